//! What was said and handed in with dossiers is dropped when the term of their procedure is over, counted from their end.
//! What is not over is never dropped, however old it is.

use super::{BETWEEN_PAGES, BETWEEN_WALKS, EVERY, Keeping, PAGE, later};
use crate::dossier::life::DossierState;
use crate::intake::DossierError;
use crate::model::event::ErasureCause;
use crate::model::{DocumentId, Timestamp};
use crate::policy::DossierTerms;
use std::time::Duration;
use tokio::time::Instant;

/// Where the walk over dossiers is.
pub(super) struct Walk {
    next: Instant,
    after: Option<DocumentId>,
    dropped: u64,
}

impl Walk {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            next: now,
            after: None,
            dropped: 0,
        }
    }
}

/// Whether the term of a dossier is over, and something of it is left.
fn is_due(terms: &DossierTerms, state: &DossierState, now: Timestamp) -> bool {
    let term = terms.term(state.procedure.code.as_str());
    let end = state.ended().and_then(|since| term.end(since));
    let left = state.bodies().iter().any(|body| !state.is_erased(body));
    left && end.is_some_and(|end| end <= now)
}

impl Keeping {
    /// One page of the walk, if one is due and the clock is believed; how long to wait then.
    pub(super) async fn dossiers_turn(&mut self) -> Duration {
        if self.retention.dossiers.is_forever() || Instant::now() < self.dossiers.next {
            return EVERY;
        }
        let now = match self.trusted() {
            Ok(Some(now)) => now,
            Ok(None) => return EVERY,
            Err(problem) => {
                tracing::warn!(%problem, "terms of dossiers are not looked at; it is tried again");
                return EVERY;
            }
        };
        match self.dossiers_page(now).await {
            Ok(true) => {
                let dropped = self.dossiers.dropped;
                self.dossiers = Walk::new(later(BETWEEN_WALKS));
                tracing::info!(dossiers = dropped, "terms of dossiers were ended");
                EVERY
            }
            Ok(false) => BETWEEN_PAGES,
            Err(problem) => {
                tracing::warn!(%problem, "terms of dossiers are not ended; it is tried again");
                EVERY
            }
        }
    }

    async fn dossiers_page(&mut self, now: Timestamp) -> Result<bool, DossierError> {
        let ledger = self.intake.tools().ledger.clone();
        let page = ledger.dossiers_from(self.dossiers.after, PAGE)?;
        for id in &page {
            if self.stop.is_cancelled() {
                return Ok(false);
            }
            let state = ledger.dossier(*id)?;
            let due = state.is_some_and(|state| is_due(&self.retention.dossiers, &state, now));
            if due {
                let done = self.intake.erase_dossier(*id, ErasureCause::Term, None);
                let repeated = done.await?.outcome.repeated;
                let more = u64::from(!repeated);
                self.dossiers.dropped = self.dossiers.dropped.saturating_add(more);
            }
            self.dossiers.after = Some(*id);
        }
        Ok(page.len() < PAGE)
    }
}
