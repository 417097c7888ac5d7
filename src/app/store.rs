//! Opening the store, off the runtime: it reads the log, and the projections if they must be made
//! anew.

use super::ServeError;
use crate::clock::Clock;
use crate::config::Settings;
use crate::store::embedded::{self, Embedded, OpenOptions};
use std::sync::Arc;

/// Opens ledger and vault in the data folder.
pub(super) async fn open(
    settings: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Embedded, ServeError> {
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
