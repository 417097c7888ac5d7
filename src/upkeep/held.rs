//! Documents on hold: judged again when the rules changed, judged for the first time when they were
//! too large to be judged before the answer, refused at their deadline.

use super::Reloader;
use crate::format::envelope::Envelope;
use crate::intake::{Intake, MoveError};
use crate::judge::{FileInput, Job, JudgeError};
use crate::model::event::Judged;
use crate::model::{
    Digest, Disposition, DocumentId, Indication, ReasonCode, SubIndication, Timestamp,
};
use crate::relay::DocumentState;
use crate::store::{ReadError, VaultError};
use crate::telemetry::names;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Documents looked at in one pass; the oldest come first.
const PASS: usize = 100_000;
/// Without any news a pass is made this often: for deadlines, and for whatever was missed.
const EVERY: Duration = Duration::from_secs(10);
/// Documents that come to be held one after another are looked at together.
const GATHER: Duration = Duration::from_millis(100);
/// How long a full judging queue is left alone.
const BUSY: Duration = Duration::from_millis(200);

/// Why a held document was left as it is; it is tried again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Move(#[from] MoveError),
    #[error(transparent)]
    Judge(#[from] JudgeError),
    #[error("the envelope or a file is not kept")]
    Missing,
}

impl Trouble {
    /// Whether another try would find the same: its kept bytes are not there or not the same.
    fn is_final(&self) -> bool {
        match self {
            Self::Missing | Self::Vault(_) | Self::Judge(JudgeError::Changed) => true,
            Self::Read(_) | Self::Move(_) | Self::Judge(JudgeError::Busy | JudgeError::Stopped) => {
                false
            }
        }
    }
}

/// Cares for documents on hold.
pub struct Held {
    intake: Arc<Intake>,
    reloader: Arc<Reloader>,
    /// Under which rules a document was last judged to be held.
    tried: BTreeMap<DocumentId, Digest>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} tried)", self.tried.len())
    }
}

impl Held {
    /// Puts it together.
    #[must_use]
    pub fn new(intake: Arc<Intake>, reloader: Arc<Reloader>) -> Self {
        Self {
            intake,
            reloader,
            tried: BTreeMap::new(),
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let (changed, held) = (self.reloader.changed(), self.intake.held());
        loop {
            if let Err(trouble) = self.pass(&stop).await {
                tracing::warn!(%trouble, "held documents could not be read");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = changed.notified() => {}
                () = held.notified() => tokio::time::sleep(GATHER).await,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn pass(&mut self, stop: &CancellationToken) -> Result<(), ReadError> {
        let held = match self.intake.tools().ledger.held(PASS) {
            // Nothing can be looked up yet; the next pass comes soon enough.
            Err(ReadError::Rebuilding) => return Ok(()),
            other => other?,
        };
        #[allow(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a gauge is a float; it is exact up to 2^53 documents"
        )]
        metrics::gauge!(names::HELD).set(held.len() as f64);
        let there: BTreeSet<DocumentId> = held.iter().copied().collect();
        self.tried.retain(|id, _| there.contains(id));
        for id in held {
            if stop.is_cancelled() {
                return Ok(());
            }
            if let Err(trouble) = self.one(id).await {
                tracing::warn!(document = %id, %trouble, "a held document could not be judged again");
            }
        }
        Ok(())
    }

    async fn one(&mut self, id: DocumentId) -> Result<(), Trouble> {
        let state = self.intake.state(id)?;
        if state.judged.disposition != Disposition::Hold {
            return Ok(());
        }
        let rules = self.intake.rules().digest;
        let pending = state.judged.reason == ReasonCode::NotJudgedYet;
        let judged_under = self.tried.get(&id).copied();
        let judged_under = judged_under.or_else(|| (!pending).then_some(state.judged.rules));
        let now = self.intake.tools().clock.now();
        let over = state.offered.hold_until.is_some_and(|until| until <= now);
        // The last word is of the deadline: a list whose time had not come may have come into use
        // since, without any rule having changed.
        if judged_under != Some(rules) || over {
            match self.again(&state).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                // What can never be judged again must not wait for ever.
                Err(trouble) if over && trouble.is_final() => {
                    tracing::error!(document = %id, %trouble, "a held document cannot be judged");
                }
                Err(trouble) => return Err(trouble),
            }
        }
        if over {
            self.expire(&state).await?;
        }
        Ok(())
    }

    /// Judges it again; gives whether it left the hold.
    async fn again(&mut self, state: &DocumentState) -> Result<bool, Trouble> {
        let tools = self.intake.tools();
        let rules = self.intake.rules();
        let job = self.job(state, tools.clock.now())?;
        let done = loop {
            match tools.judge.judge(Arc::clone(&rules), job.clone()).await {
                Err(JudgeError::Busy) => tokio::time::sleep(BUSY).await,
                other => break other?,
            }
        };
        let judged = done.judgement.judged(None);
        if judged.disposition == Disposition::Hold {
            self.tried.insert(state.id(), rules.digest);
            return Ok(false);
        }
        let report = Some(done.report);
        let after = self.intake.rejudged(state.id(), judged, report).await?;
        if let Some(after) = after {
            let (document, disposition) = (after.id(), after.judged.disposition);
            tracing::info!(%document, %disposition, reason = %after.judged.reason, "left the hold");
        }
        Ok(true)
    }

    fn job(&self, state: &DocumentState, at: Timestamp) -> Result<Job, Trouble> {
        let vault = &self.intake.tools().vault;
        let raw = self.intake.body(&state.offered.envelope)?;
        let raw = raw.ok_or(Trouble::Missing)?;
        let envelope = Envelope::parse(&raw).map_err(|_| Trouble::Missing)?;
        let mut files = Vec::with_capacity(state.offered.files.len());
        for file in &state.offered.files {
            files.push(FileInput {
                content: vault.open(&file.digest)?.ok_or(Trouble::Missing)?,
                digest: file.digest,
                size: file.size,
            });
        }
        Ok(Job {
            sender: state.offered.sender.clone(),
            envelope: Arc::new(envelope),
            files,
            arrived: state.timeline.first().map_or(at, |offer| offer.at),
            at,
        })
    }

    async fn expire(&self, state: &DocumentState) -> Result<(), Trouble> {
        let judged = Judged {
            indication: Indication::Indeterminate,
            sub_indication: Some(SubIndication::TryLater),
            reason: ReasonCode::HoldExpired,
            disposition: Disposition::Refuse,
            rules: self.intake.rules().digest,
            ..state.judged.clone()
        };
        self.intake.rejudged(state.id(), judged, None).await?;
        tracing::info!(document = %state.id(), "refused: its hold has expired");
        Ok(())
    }
}
