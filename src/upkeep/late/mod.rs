//! Late revocations: a list or response that dates a revocation before the arrival of documents that
//! were accepted (`verdicts.md` §3). Each is judged again in hindsight, and where the revocation
//! undoes the verdict, that becomes an event of which sender and recipients are told.
//!
//! Which documents rest on a certificate is in the index, which is folded from the log; what was said
//! already is in the log. So nothing that matters is remembered here: after a start everything at
//! hand is looked at once, also what came while the daemon was down.

mod told;

use super::Reloader;
use super::again::{self, Trouble};
use crate::fetch::Gatherer;
use crate::format::limits::MAX_SUPPLIED_BYTES;
use crate::intake::Intake;
use crate::judge::report::read_kept;
use crate::judge::{Hindsight, Judged};
use crate::model::{Digest, DocumentId, Indication, SubIndication, Timestamp};
use crate::relay::DocumentState;
use crate::store::{ReadError, Resting};
use crate::trust::evidence::EvidenceKind;
use crate::trust::hindsight::Told;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Without any news a pass is made this often: for documents that were being judged while a list
/// came into use, and for what was missed.
const EVERY: Duration = Duration::from_secs(10);
/// Fetched evidence that comes piece after piece is looked at together: a response for each signer
/// must not cost a look at every certificate.
const GATHER: Duration = Duration::from_secs(5);
const DAY: i64 = 24 * 3600;
/// Documents of one certificate read at a time.
const PAGE: usize = 500;
/// Documents that wait for evidence; more are found again by the next list.
const MAX_WAITING: usize = 100_000;

/// Looks for late revocations.
pub struct Late {
    intake: Arc<Intake>,
    reloader: Arc<Reloader>,
    /// How long a document is looked after, in seconds.
    look_back_secs: i64,
    /// Under which rules, up to which arrival of evidence and on which day certificates were looked
    /// up.
    looked: Option<(Digest, u64, i64)>,
    certificates: BTreeMap<Digest, Followed>,
    /// Documents whose judgement waits for evidence.
    waiting: BTreeSet<DocumentId>,
}

/// A certificate that is said to be revoked, and how far its documents were looked at.
struct Followed {
    told: Told,
    from: Resting,
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Late({} certificates)", self.certificates.len())
    }
}

impl Late {
    /// Puts it together.
    #[must_use]
    pub fn new(intake: Arc<Intake>, reloader: Arc<Reloader>, look_back_secs: i64) -> Self {
        Self {
            intake,
            reloader,
            look_back_secs,
            looked: None,
            certificates: BTreeMap::new(),
            waiting: BTreeSet::new(),
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut changed = self.reloader.changed();
        let gatherer = self.intake.tools().judge.gatherer();
        let mut arrivals = gatherer.map(Gatherer::arrivals);
        loop {
            match self.pass(&stop).await {
                // Nothing can be looked up yet; the next pass comes soon enough.
                Ok(()) | Err(ReadError::Rebuilding) => {}
                Err(trouble) => {
                    tracing::warn!(%trouble, "late revocations could not be looked for")
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                _ = changed.changed() => {}
                () = gathered(&mut arrivals) => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn pass(&mut self, stop: &CancellationToken) -> Result<(), ReadError> {
        let tools = self.intake.tools();
        let rules = self.intake.rules();
        let arrival = tools.judge.gatherer().map_or(0, Gatherer::latest);
        let from = self.window();
        // Once a day without any news, or lists that no judgement uses would be fetched no more.
        let news = Some((rules.digest, arrival, from.secs().div_euclid(DAY)));
        if self.looked != news {
            let found = told::all(&self.intake, Arc::clone(&rules), from).await?;
            if let Some(gatherer) = self.intake.tools().judge.gatherer() {
                gatherer.keep_lists(&found.lists);
            }
            self.take(found.told, from);
            for id in std::mem::take(&mut self.waiting) {
                if stop.is_cancelled() {
                    return Ok(());
                }
                self.one(id).await;
            }
            self.looked = news;
        }
        let certificates: Vec<Digest> = self.certificates.keys().copied().collect();
        for certificate in certificates {
            self.follow(&certificate, stop).await?;
        }
        Ok(())
    }

    /// Documents that arrived before it are not looked at.
    fn window(&self) -> Timestamp {
        let now = self.intake.tools().clock.now();
        now.plus_secs(self.look_back_secs.saturating_neg())
    }

    /// Starts again at the first document where something new is said of a certificate: another list
    /// may be the first that is signed by who may.
    fn take(&mut self, told: BTreeMap<Digest, Told>, from: Timestamp) {
        let mut before = std::mem::take(&mut self.certificates);
        for (certificate, told) in told {
            let known = before.remove(&certificate);
            let known = known.filter(|known| known.told == told);
            let followed = known.unwrap_or_else(|| Followed {
                told,
                // What arrived before the revocation stands.
                from: Resting::from(told.since.max(from)),
            });
            self.certificates.insert(certificate, followed);
        }
    }

    /// Looks at the documents of a certificate that were not looked at.
    async fn follow(
        &mut self,
        certificate: &Digest,
        stop: &CancellationToken,
    ) -> Result<(), ReadError> {
        while let Some(followed) = self.certificates.get(certificate) {
            let ledger = Arc::clone(&self.intake.tools().ledger);
            let rows = ledger.resting(certificate, followed.from, PAGE)?;
            for row in &rows {
                if stop.is_cancelled() {
                    return Ok(());
                }
                let known = ledger.document(row.document)?;
                if known.is_some_and(|state| !state.is_doubted_for(certificate)) {
                    self.one(row.document).await;
                }
                if let Some(followed) = self.certificates.get_mut(certificate) {
                    followed.from = row.next();
                }
            }
            if rows.len() < PAGE {
                break;
            }
        }
        Ok(())
    }

    async fn one(&mut self, id: DocumentId) {
        match self.again(id).await {
            Ok(false) => {}
            Ok(true) => self.wait(id),
            // What was erased can never be judged again; its verdict stands as it was.
            Err(Trouble::Erased) => {
                tracing::info!(document = %id, "erased, and so not judged in hindsight");
            }
            // Its bytes are not there, or not the same: nothing will come of another try.
            Err(trouble) if trouble.is_final() => {
                tracing::error!(document = %id, %trouble, "cannot be judged in hindsight");
            }
            Err(trouble) => {
                tracing::warn!(document = %id, %trouble, "could not be judged in hindsight");
                self.wait(id);
            }
        }
    }

    fn wait(&mut self, id: DocumentId) {
        if self.waiting.len() < MAX_WAITING {
            self.waiting.insert(id);
        }
    }

    /// Judges a document in hindsight; gives whether it waits for evidence.
    async fn again(&self, id: DocumentId) -> Result<bool, Trouble> {
        let state = self.intake.state(id)?;
        let (Some(existed), true) = (state.arrived(), state.judged.disposition.relays()) else {
            return Ok(false);
        };
        let mut job = again::job(&self.intake, &state)?;
        job.hindsight = Some(Hindsight {
            existed,
            kept: self.kept(&state)?,
            stands: state.judged.disposition,
        });
        let done = again::judge(&self.intake, &self.intake.rules(), job).await?;
        let certificates = done.undone_by();
        if certificates.is_empty() {
            self.ask(&done);
            return Ok(waits(&done));
        }
        let named: Vec<String> = certificates.iter().map(Digest::to_hex).collect();
        if let Some(after) = self.intake.doubted(id, certificates, done).await? {
            let reason = after.doubts.last().map(|doubt| doubt.judged.reason);
            let reason = reason.map_or("", |reason| reason.name());
            tracing::warn!(
                document = %id,
                sender = %after.offered.sender,
                %reason,
                revoked = %named.join(" "),
                "a later revocation undoes the verdict; sender and recipients are told"
            );
        }
        Ok(false)
    }

    fn ask(&self, done: &Judged) {
        let needs = done.needs();
        if let (Some(gatherer), false) = (self.intake.tools().judge.gatherer(), needs.is_empty()) {
            gatherer.begin(needs);
        }
    }

    /// What the verdict rested on when it was given, as far as that is short: a long list is at hand,
    /// or a newer one is.
    fn kept(&self, state: &DocumentState) -> Result<Vec<(EvidenceKind, Bytes)>, Trouble> {
        let Some(digest) = state.judged.report else {
            return Ok(Vec::new());
        };
        if state.is_erased(&digest) {
            return Err(Trouble::Erased);
        }
        let report = self.intake.body(&digest)?.ok_or(Trouble::Missing)?;
        let named = read_kept(&report).map_err(|_| Trouble::Missing)?;
        let mut room = u64::try_from(MAX_SUPPLIED_BYTES).unwrap_or(u64::MAX);
        let mut kept = Vec::with_capacity(named.len());
        for (kind, digest, size) in named {
            let Some(rest) = room.checked_sub(size) else {
                continue;
            };
            room = rest;
            if let Some(bytes) = self.intake.body(&digest)? {
                kept.push((kind, bytes));
            }
        }
        Ok(kept)
    }
}

/// Waits until evidence arrived and whatever comes with it had time to come.
async fn gathered(arrivals: &mut Option<watch::Receiver<u64>>) {
    again::arrival(arrivals).await;
    tokio::time::sleep(GATHER).await;
}

/// Whether fresh evidence could still undo it.
fn waits(done: &Judged) -> bool {
    let Judged { judgement, .. } = done;
    judgement.indication == Indication::Indeterminate
        && judgement.sub == Some(SubIndication::TryLater)
}
