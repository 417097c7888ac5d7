//! Timestamps of an evidence bundle: over its signature (EN 319 122-1 §5.3), then over everything in it
//! (EN 319 162-1 §A.7). An authority that is slow or ill leaves the bundle as far as it came.

use super::{AskError, Granted, Stamps};
use crate::intake::{BundleError, Draft};
use crate::model::Digest;
use std::time::Duration;

/// How long one who asks for a bundle is kept waiting for its timestamps: authorities take from two seconds
/// to two minutes (`validation.md` of the design), and clients give up sooner.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a bundle has not the timestamps that it could have.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("no answer within {PATIENCE:?}")]
    Slow,
}

impl Stamps {
    /// Stamps a bundle as far as the authority goes along.
    pub async fn bundle(&self, draft: &mut Draft) {
        let stamped = tokio::time::timeout(PATIENCE, self.stamp_bundle(draft));
        let outcome = stamped.await.unwrap_or(Err(Problem::Slow));
        if let Err(error) = outcome {
            tracing::warn!(%error, "an evidence bundle lacks a timestamp");
        }
    }

    async fn stamp_bundle(&self, draft: &mut Draft) -> Result<(), Problem> {
        // One bundle at a time: those who fetch them make no more load than the log does.
        let _turn = self.bundles.lock().await;
        let granted = self.token(draft.to_stamp()?).await?;
        draft.stamped(&granted.token, &granted.report.signature.kept)?;
        let list = draft.archive_list();
        let token = self.token(Digest::of(list.as_bytes())).await?.token;
        draft.archived(list, token);
        Ok(())
    }

    async fn token(&self, imprint: Digest) -> Result<Granted, AskError> {
        let (tools, rules) = (self.intake.tools(), self.intake.rules());
        let asked = self
            .authority
            .ask(&tools.judge, &rules, imprint, &*tools.clock);
        asked.await
    }
}
