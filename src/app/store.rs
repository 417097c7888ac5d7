//! Opening the store, off the runtime: it reads the log, and the projections if they must be made
//! anew.

use super::ServeError;
use crate::clock::{Clock, ResumedClock};
use crate::config::Settings;
use crate::model::Timestamp;
use crate::store::Readiness;
use crate::store::embedded::{self, Embedded, OpenOptions};
use std::sync::Arc;
use std::time::Duration;

/// Opens ledger and vault in the data folder.
///
/// A simulated history goes on from its last record, whatever time it is: the clock that comes back is to be used from
/// here on.
pub(super) async fn open(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<(Embedded, Arc<dyn Clock>), ServeError> {
    if !settings.simulated {
        let opened = open_with(settings, Arc::clone(&clock)).await?;
        return Ok((opened, clock));
    }
    let resumed = Arc::new(ResumedClock::default());
    let handed: Arc<dyn Clock> = Arc::<ResumedClock>::clone(&resumed);
    let opened = open_with(settings, Arc::clone(&handed)).await?;
    while matches!(opened.ledger.readiness(), Readiness::Rebuilding { .. }) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let last = opened.ledger.last_at();
    let last = last.map_err(|e| ServeError::Store(e.to_string()))?;
    if last > Timestamp::default() {
        resumed.resume(last);
    }
    Ok((opened, handed))
}

async fn open_with(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Embedded, ServeError> {
    let options = OpenOptions {
        staged_memory_bytes: settings.limits.staged_memory_bytes,
        simulated: settings.seed(),
        ..OpenOptions::default()
    };
    let data = settings.data.clone();
    let opened = tokio::task::spawn_blocking(move || embedded::open(&data, options, clock)).await;
    let opened = opened.map_err(|e| ServeError::Store(e.to_string()))?;
    opened.map_err(|e| ServeError::Store(e.to_string()))
}
