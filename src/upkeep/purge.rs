//! Takes off the medium what was erased and is still there: after a crash between the event and the medium, after a
//! disk that failed, after a body that was being sent again.

use crate::intake::Intake;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Nothing to do costs a look into the index.
const EVERY: Duration = Duration::from_secs(60);
/// While the store cannot be read yet.
const SOON: Duration = Duration::from_secs(1);

/// Looks at once and then now and then, until it is told to stop.
pub async fn purge(intake: Arc<Intake>, stop: CancellationToken) {
    loop {
        let vault = &intake.tools().vault;
        let ready = intake.tools().ledger.readiness() == crate::store::Readiness::Ready;
        if ready {
            match vault.purge().await {
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
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(if ready { EVERY } else { SOON }) => {}
        }
    }
}
