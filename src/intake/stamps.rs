//! Timestamps of the log: the token and what the verdict about it rests on become bodies, and the
//! event names them. No document is touched, and no sender waits.

use super::Intake;
use crate::judge::Basis;
use crate::model::event::Stamped;
use crate::model::{Digest, Event, Position, Timestamp};
use crate::store::{Change, CommitError, LogStamp, VaultError};
use crate::trust::report::TimestampReport;
use bytes::Bytes;

/// Pieces that one verdict about a token may rest on: a path and lists for each certificate of it.
const MAX_RESTS_ON: usize = 256;

/// A token that was accepted.
#[derive(Clone, Debug)]
pub struct NewStamp {
    /// The record that was the head of the log.
    pub of: Position,
    /// Its hash.
    pub head: Digest,
    /// The token, DER.
    pub token: Bytes,
    /// genTime.
    pub moment: Timestamp,
    /// What was found about it.
    pub report: TimestampReport,
}

/// Why an accepted token is not on record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StampError {
    /// The log did not take it.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// Its bytes could not be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A verdict that passed and names no signer: never expected.
    #[error("the verdict names no authority")]
    NoAuthority,
}

impl Intake {
    /// Puts an accepted token on record.
    ///
    /// # Errors
    /// See [`StampError`].
    pub async fn stamped(&self, stamp: NewStamp) -> Result<LogStamp, StampError> {
        let signature = &stamp.report.signature;
        let authority = signature.signer.as_ref().ok_or(StampError::NoAuthority)?;
        let kept = signature.kept.iter().take(MAX_RESTS_ON).map(|item| Basis {
            kind: item.kind.name(),
            sha256: item.sha256,
            bytes: item.bytes.clone(),
        });
        let kept: Vec<Basis> = kept.collect();
        let token = self.tools.vault.keep_bytes(stamp.token);
        let stamped = Stamped {
            of: stamp.of,
            head: stamp.head,
            moment: stamp.moment,
            token: token.digest(),
            authority: authority.sha256,
            rests_on: kept.iter().map(|basis| basis.sha256).collect(),
        };
        let mut bodies = vec![token];
        bodies.extend(self.keep_evidence(&kept).await?);
        let change = Change {
            subject: None,
            bodies,
            events: vec![Event::Stamped(Box::new(stamped.clone()))],
        };
        let written = self.tools.ledger.commit(change).await?;
        let record = written.records.last();
        let record = record.ok_or(CommitError::Unknown)?;
        Ok(LogStamp {
            position: record.position,
            at: record.at,
            stamped,
        })
    }
}
