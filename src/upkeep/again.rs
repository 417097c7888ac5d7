//! Judging a kept document again: from its bodies, on the judging threads.

use crate::format::envelope::Envelope;
use crate::intake::{Intake, MoveError};
use crate::judge::{self, FileInput, Job, JudgeError, Patience};
use crate::policy::Rules;
use crate::relay::DocumentState;
use crate::store::{ReadError, VaultError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a full judging queue is left alone.
const BUSY: Duration = Duration::from_millis(200);

/// Why a document was left as it is; it is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
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
    #[error("the envelope, a file or the report was erased")]
    Erased,
}

impl Trouble {
    /// Whether another try would find the same: its kept bytes are not there or not the same.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Missing | Self::Erased | Self::Vault(_) | Self::Judge(JudgeError::Changed) => {
                true
            }
            Self::Read(_)
            | Self::Move(_)
            | Self::Judge(JudgeError::Busy | JudgeError::Share | JudgeError::Stopped) => false,
        }
    }
}

/// The document as it was offered, to be judged now.
pub(super) fn job(intake: &Intake, state: &DocumentState) -> Result<Job, Trouble> {
    let tools = intake.tools();
    let at = tools.clock.now();
    // No other document's copy stands in for what was erased of this one.
    if state.lacks_content() {
        return Err(Trouble::Erased);
    }
    let raw = intake.body(&state.offered.envelope)?;
    let raw = raw.ok_or(Trouble::Missing)?;
    let envelope = Envelope::parse(&raw).map_err(|_| Trouble::Missing)?;
    let mut files = Vec::with_capacity(state.offered.files.len());
    for file in &state.offered.files {
        files.push(FileInput {
            content: tools.vault.open(&file.digest)?.ok_or(Trouble::Missing)?,
            digest: file.digest,
            size: file.size,
        });
    }
    Ok(Job {
        sender: state.offered.sender.clone(),
        envelope: Arc::new(envelope),
        files,
        arrived: state.arrived().unwrap_or(at),
        at,
        hindsight: None,
    })
}

/// Judges it, however full the queue is.
pub(super) async fn judge(
    intake: &Intake,
    rules: &Arc<Rules>,
    job: Job,
) -> Result<judge::Judged, JudgeError> {
    loop {
        let (rules, job) = (Arc::clone(rules), job.clone());
        match intake.tools().judge.judge(rules, job, Patience::None).await {
            Err(JudgeError::Busy | JudgeError::Share) => tokio::time::sleep(BUSY).await,
            other => return other,
        }
    }
}

/// Waits until evidence arrives; for ever where none is fetched.
pub(super) async fn arrival(arrivals: &mut Option<watch::Receiver<u64>>) {
    let told = match arrivals {
        Some(arrivals) => arrivals.changed().await.is_ok(),
        None => false,
    };
    if !told {
        std::future::pending().await
    }
}
