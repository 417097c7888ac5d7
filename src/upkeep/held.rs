//! Documents on hold: judged again when the rules changed or evidence arrived, judged for the first time when they were
//! too large to be judged before the answer, refused at their deadline.

use super::Reloader;
use super::again::{self, Trouble};
use crate::fetch::{Allowance, Gatherer};
use crate::intake::Intake;
use crate::model::event::Judged;
use crate::model::{Digest, Disposition, DocumentId, Indication, ReasonCode, SubIndication};
use crate::relay::DocumentState;
use crate::store::ReadError;
use crate::telemetry::names;
use crate::trust::evidence::Need;
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

/// Cares for documents on hold.
pub struct Held {
    intake: Arc<Intake>,
    reloader: Arc<Reloader>,
    /// How a document was last judged to be held.
    tried: BTreeMap<DocumentId, Tried>,
}

/// A judgement that left a document on hold.
struct Tried {
    /// Under which rules.
    rules: Digest,
    /// What would settle it; what would not be fetched is left out.
    needs: Vec<Need>,
    /// What it may still have fetched.
    allowance: Allowance,
    /// The latest arrival of evidence before it.
    since: u64,
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
        let (mut changed, held) = (self.reloader.changed(), self.intake.held());
        let gatherer = self.intake.tools().judge.gatherer();
        let mut arrivals = gatherer.map(Gatherer::arrivals);
        loop {
            if let Err(trouble) = self.pass(&stop).await {
                tracing::warn!(%trouble, "held documents could not be read");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                _ = changed.changed() => {}
                () = held.notified() => tokio::time::sleep(GATHER).await,
                () = again::arrival(&mut arrivals) => tokio::time::sleep(GATHER).await,
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
            // Most are only read: without this a hundred thousand would be read in one piece, before requests.
            tokio::task::coop::consume_budget().await;
        }
        self.ask_again();
        Ok(())
    }

    /// Asks for what held documents lack, each thing once. A source that rests is not asked.
    fn ask_again(&self) {
        if let Some(gatherer) = self.intake.tools().judge.gatherer() {
            let needs = self.tried.values().flat_map(|tried| &tried.needs);
            let needs: BTreeSet<&Need> = needs.collect();
            if !needs.is_empty() {
                gatherer.begin(needs.into_iter().cloned().collect());
            }
        }
    }

    async fn one(&mut self, id: DocumentId) -> Result<(), Trouble> {
        let state = self.intake.state(id)?;
        if state.judged.disposition != Disposition::Hold {
            return Ok(());
        }
        let now = self.intake.tools().clock.now();
        let over = state.offered.hold_until.is_some_and(|until| until <= now);
        // The last word is of the deadline: a list whose time had not come may have come into use
        // since, without any rule having changed.
        // What was erased cannot be judged; it leaves the hold at its deadline.
        if (self.may_differ(&state) || over) && !state.lacks_content() {
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

    /// Whether another judgement may come out otherwise: under other rules, or with evidence that
    /// arrived since. After a restart nobody knows what it lacks, so it is judged once to say so.
    fn may_differ(&self, state: &DocumentState) -> bool {
        let rules = self.intake.rules().digest;
        let gatherer = self.intake.tools().judge.gatherer();
        let Some(tried) = self.tried.get(&state.id()) else {
            let pending = state.judged.reason == ReasonCode::NotJudgedYet;
            return pending || gatherer.is_some() || state.judged.rules != rules;
        };
        tried.rules != rules || gatherer.is_some_and(|g| g.arrival(&tried.needs) > tried.since)
    }

    /// Judges it again; gives whether it left the hold.
    async fn again(&mut self, state: &DocumentState) -> Result<bool, Trouble> {
        let tools = self.intake.tools();
        let rules = self.intake.rules();
        let job = again::job(&self.intake, state)?;
        let since = tools.judge.gatherer().map_or(0, Gatherer::latest);
        let done = again::judge(&self.intake, &rules, job).await?;
        let judged = done.judgement.judged(None);
        if judged.disposition == Disposition::Hold {
            self.note(state.id(), rules.digest, done.needs(), since);
            return Ok(false);
        }
        let after = self.intake.rejudged(state.id(), judged, Some(done)).await?;
        if let Some(after) = after {
            let (document, disposition) = (after.id(), after.judged.disposition);
            tracing::info!(%document, %disposition, reason = %after.judged.reason, "left the hold");
        }
        Ok(true)
    }

    fn note(&mut self, id: DocumentId, rules: Digest, needs: Vec<Need>, since: u64) {
        let before = self.tried.remove(&id);
        let mut allowance = before.map(|tried| tried.allowance).unwrap_or_default();
        let needs = allowance.admit(needs);
        let tried = Tried {
            rules,
            needs,
            allowance,
            since,
        };
        self.tried.insert(id, tried);
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
