//! Signals: HUP reloads, TERM and INT stop.

use super::ServeError;
use crate::upkeep::Reloader;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Signals of the process from when this was opened on: one that comes before anybody attends to it is not lost, and
/// does not end the process where it stands.
pub(super) struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Before anything is begun that has to be ended in good order.
    pub(super) fn open() -> Result<Self, ServeError> {
        let open = |kind| signal(kind).map_err(|e| ServeError::Signals(e.to_string()));
        Ok(Self {
            reload: open(SignalKind::hangup())?,
            terminate: open(SignalKind::terminate())?,
            interrupt: open(SignalKind::interrupt())?,
        })
    }

    /// Attends to them until `done`.
    pub(super) fn attend(
        self,
        tasks: &TaskTracker,
        reloader: Arc<Reloader>,
        shutdown: CancellationToken,
        done: CancellationToken,
    ) {
        let Self {
            mut reload,
            mut terminate,
            mut interrupt,
        } = self;
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
    }
}
