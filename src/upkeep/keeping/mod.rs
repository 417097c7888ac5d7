//! Content whose term of keeping is over is dropped, document by document, oldest first; and what was erased and is
//! still on the medium is taken off it: after a crash between event and medium, after a disk that failed, after a body
//! that was being sent again. So are files of changes that were never committed.
//!
//! Nothing is remembered here that a restart would lose: what was dropped is in the log, and a walk begins again.

mod dossiers;
mod plan;
mod trusted;
mod walk;

pub use plan::plan;

use crate::intake::{Intake, MoveError};
use crate::model::{DocumentId, Timestamp};
use crate::policy::Retention;
use crate::store::{CommitError, ReadError, Readiness};
use crate::telemetry::names;
use plan::Counted;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trusted::Trust;
use walk::{Fate, Terms, is_too_young};

/// How often it is looked whether anything is to be taken off the medium: nothing to do costs a look into the index.
const EVERY: Duration = Duration::from_secs(60);
/// While the store cannot be read yet.
const SOON: Duration = Duration::from_secs(1);
/// After a walk that came to its end: terms are days.
const BETWEEN_WALKS: Duration = Duration::from_secs(24 * 3600);
/// Documents looked at before others get the disk: each that is dropped costs a sync of the log.
const PAGE: usize = 100;
/// The pause after them.
const BETWEEN_PAGES: Duration = Duration::from_millis(100);

/// Ends terms, and takes erased content off the medium.
pub struct Keeping {
    intake: Arc<Intake>,
    retention: Arc<Retention>,
    stop: CancellationToken,
    begun: Instant,
    trust: Trust,
    /// When the next walk begins.
    next: Instant,
    /// When files that belong to nobody are looked for again.
    next_sweep: Instant,
    /// Where the walk goes on.
    walk: Option<Walk>,
    /// The walk over dossiers.
    dossiers: dossiers::Walk,
}

/// A walk over all documents, from the oldest to the first that is too young.
struct Walk {
    after: Option<DocumentId>,
    counted: Counted,
    dropped: u64,
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keeping({:?})", self.retention.general)
    }
}

impl Keeping {
    /// Puts it together.
    #[must_use]
    pub fn new(intake: Arc<Intake>, retention: Arc<Retention>, stop: CancellationToken) -> Self {
        let now = Instant::now();
        Self {
            intake,
            retention,
            stop,
            begun: now,
            trust: Trust::default(),
            next: now,
            next_sweep: now,
            walk: None,
            dossiers: dossiers::Walk::new(now),
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self) {
        loop {
            let pause = match self.intake.tools().ledger.readiness() {
                Readiness::Ready => {
                    self.purge().await;
                    let swept = self.sweep().await;
                    let pause = self.turn().await.min(swept);
                    self.dossiers_turn().await.min(pause)
                }
                Readiness::Rebuilding { .. } | Readiness::Failed(_) => SOON,
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes off the medium what nobody has a right to.
    async fn purge(&self) {
        match self.intake.tools().vault.purge().await {
            Ok(done) if done.bodies > 0 || done.segments > 0 => {
                tracing::info!(
                    bodies = done.bodies,
                    bytes = done.bytes,
                    segments = done.segments,
                    "erased content was taken off the medium"
                );
            }
            Ok(_) => {}
            Err(problem) => {
                tracing::error!(%problem, "erased content is still on the medium; it is tried again");
            }
        }
    }

    /// Removes a piece of the files of changes that were never committed, if a walk is due; how long to wait then.
    async fn sweep(&mut self) -> Duration {
        if Instant::now() < self.next_sweep {
            return EVERY;
        }
        match self.intake.tools().vault.sweep().await {
            Ok(swept) => {
                if swept.files > 0 {
                    metrics::counter!(names::ORPHANS).increment(swept.files);
                    tracing::info!(
                        files = swept.files,
                        bytes = swept.bytes,
                        "files of changes that were never committed were removed"
                    );
                }
                if !swept.done {
                    return BETWEEN_PAGES;
                }
                self.next_sweep = later(BETWEEN_WALKS);
            }
            Err(problem) => {
                tracing::warn!(%problem, "files of changes never committed were not looked for; it is tried again");
            }
        }
        EVERY
    }

    /// One page of a walk, if one is due and the clock is believed; how long to wait then.
    async fn turn(&mut self) -> Duration {
        let Some(shortest) = self.retention.shortest() else {
            return EVERY;
        };
        let now = match self.trusted() {
            Ok(Some(now)) if self.walk.is_some() || self.next <= Instant::now() => now,
            Ok(_) => return EVERY,
            Err(problem) => {
                tracing::warn!(%problem, "terms of keeping are not looked at; it is tried again");
                return EVERY;
            }
        };
        match self.page(shortest, now).await {
            Ok(true) => {
                self.ended();
                EVERY
            }
            Ok(false) => BETWEEN_PAGES,
            Err(problem) => {
                tracing::warn!(%problem, "terms of keeping are not ended; it is tried again");
                EVERY
            }
        }
    }

    /// The clock, if it is believed: what is looked at is looked at as of that moment.
    fn trusted(&mut self) -> Result<Option<Timestamp>, ReadError> {
        let tools = self.intake.tools();
        let (wall, last) = (tools.clock.now(), tools.ledger.last_at()?);
        let (trusted, strange) = self.trust.look(wall, self.begun.elapsed(), last);
        if let Some(strange) = strange {
            tracing::warn!(
                ?strange, clock = %wall, last_event = %last,
                "the clock may be wrong: nothing is dropped for a day"
            );
        }
        Ok(trusted.then_some(wall))
    }

    /// Looks at the next documents and drops what is due; whether the walk is over.
    async fn page(&mut self, shortest: u32, now: Timestamp) -> Result<bool, MoveError> {
        let mut walk = self.walk.take().unwrap_or_else(|| Walk {
            after: None,
            counted: Counted::new(&self.retention, now, 0),
            dropped: 0,
        });
        let (intake, retention) = (Arc::clone(&self.intake), Arc::clone(&self.retention));
        let looked = tokio::task::spawn_blocking(move || {
            let due = look(&intake, &retention, &mut walk, shortest, now)?;
            Ok::<_, ReadError>((walk, due))
        });
        let looked = looked.await.map_err(|e| ReadError::Failed(e.to_string()))?;
        let (mut walk, (due, over)) = looked?;
        for (id, end) in due {
            if self.stop.is_cancelled() {
                return Ok(false);
            }
            let done = self.drop(id, end, now).await?;
            walk.dropped = walk.dropped.saturating_add(u64::from(done));
        }
        self.walk = Some(walk);
        Ok(over)
    }

    /// Drops the content of a document, if it still is due.
    async fn drop(
        &self,
        id: DocumentId,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<bool, MoveError> {
        let registry = Arc::clone(&self.intake.rules().registry);
        let terms = Terms {
            vault: &*self.intake.tools().vault,
            registry: &registry,
            retention: &self.retention,
            now,
        };
        // One whose end has moved since is looked at by the next walk.
        let is_due = |state: &_| terms.fate(state).0 == Fate::Due(end);
        let bodies = match self.intake.end_term(id, end, is_due).await {
            // The clock went back behind the end; so will the next walk find it.
            Err(MoveError::Commit(CommitError::Early { .. })) => return Ok(false),
            ended => ended?,
        };
        metrics::counter!(names::ERASED, "cause" => "term").increment(bodies);
        Ok(bodies > 0)
    }

    fn ended(&mut self) {
        self.next = later(BETWEEN_WALKS);
        let Some(walk) = self.walk.take() else {
            return;
        };
        for (why, documents) in walk.counted.open() {
            #[allow(
                clippy::cast_precision_loss,
                clippy::as_conversions,
                reason = "a gauge is a float; it is exact up to 2^53 documents"
            )]
            metrics::gauge!(names::RETENTION_OPEN, "why" => why.name()).set(documents as f64);
        }
        #[allow(
            clippy::cast_precision_loss,
            clippy::as_conversions,
            reason = "a gauge is a float; seconds since 1970 are exact in it"
        )]
        metrics::gauge!(names::RETENTION_WALKED).set(self.intake.tools().clock.now().secs() as f64);
        tracing::info!(documents = walk.dropped, "terms of keeping were ended");
    }
}

fn later(by: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(by).unwrap_or(now)
}

/// The documents of the next page whose content is to be dropped and when its term ended, and whether there is no further page.
fn look(
    intake: &Intake,
    retention: &Retention,
    walk: &mut Walk,
    shortest: u32,
    now: Timestamp,
) -> Result<(Vec<(DocumentId, Timestamp)>, bool), ReadError> {
    let tools = intake.tools();
    let registry = Arc::clone(&intake.rules().registry);
    let terms = Terms {
        vault: &*tools.vault,
        registry: &registry,
        retention,
        now,
    };
    let page = tools.ledger.documents(walk.after, PAGE)?;
    let mut due = Vec::new();
    for id in &page {
        if is_too_young(*id, shortest, now) {
            return Ok((due, true));
        }
        walk.after = Some(*id);
        let Some(state) = tools.ledger.document(*id)? else {
            continue;
        };
        let (fate, class) = terms.fate(&state);
        if let Fate::Due(end) = fate {
            due.push((*id, end));
        }
        walk.counted.take(&state, (fate, class));
    }
    Ok((due, page.len() < PAGE))
}
