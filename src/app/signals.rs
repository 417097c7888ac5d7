//! Signals: HUP reloads, TERM and INT stop.

use super::ServeError;
use crate::upkeep::Reloader;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Listens for signals until `done`.
pub(super) fn spawn(
    tasks: &TaskTracker,
    reloader: Arc<Reloader>,
    shutdown: CancellationToken,
    done: CancellationToken,
) -> Result<(), ServeError> {
    let open = |kind| signal(kind).map_err(|e| ServeError::Signals(e.to_string()));
    let mut reload = open(SignalKind::hangup())?;
    let mut terminate = open(SignalKind::terminate())?;
    let mut interrupt = open(SignalKind::interrupt())?;
    tasks.spawn(async move {
        loop {
            tokio::select! {
                () = done.cancelled() => return,
                _ = terminate.recv() => shutdown.cancel(),
                _ = interrupt.recv() => shutdown.cancel(),
                _ = reload.recv() => {
                    // What came of it is in the log; nobody waits for it.
                    let _ = reloader.reload().await;
                }
            }
        }
    });
    Ok(())
}
