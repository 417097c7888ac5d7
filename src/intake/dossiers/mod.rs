//! Taking dossiers in, and what happens to them: judged at the door by the function that `dossier check` uses, then
//! committed, numbered by the writer of the store, and answered with a signed slip. `dossier` decides.
//!
//! What is complete is taken in; what is surplus is handed back and not kept (NĐ 61/2018/NĐ-CP Điều 5 khoản 1 điểm đ).
//! What lacks something is registered with the one request for all that it lacks, refused with a reason, or, where only
//! a signature cannot be decided yet, registered to be looked at again: nobody is asked for what may come good.

mod appointment;
mod erase;
mod forms;
mod judged;
mod moves;
mod settle;
mod slips;
mod take_in;
mod words;

pub use erase::DossierErased;
pub use judged::{JudgeDossier, judged};
pub use moves::{Act, DossierMoved};
pub use settle::{Settled, settle};
pub use take_in::DossierOffer;
pub use words::Words;

use super::SealError;
use super::receipts::ReceiptError;
use crate::dossier::life::{DossierState, Entry, Impossible};
use crate::format::json::Misshapen;
use crate::judge::JudgeError;
use crate::model::LocalDay;
use crate::store::{CommitError, ReadError, VaultError};
use bytes::Bytes;

/// A dossier that was taken in, or something that was done with one, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierOutcome {
    /// The dossier after it.
    pub state: DossierState,
    /// The record of it.
    pub entry: Entry,
    /// The slip.
    pub slip: Bytes,
    /// Whether it had been done before.
    pub repeated: bool,
}

/// Why nothing was done with a dossier.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DossierError {
    /// No version of the procedure is in force.
    #[error("no procedure {0} is in force on {1}")]
    NoProcedure(String, LocalDay),
    /// No text says anything of the clock of dossiers for that day.
    #[error("no rules of dossiers hold on {0}")]
    NoRules(LocalDay),
    /// What was said of it is not right.
    #[error("{}: {}", .0.pointer, .0.problem)]
    Misshapen(Misshapen),
    /// Other files came than it names: how many are named.
    #[error("{0} files are named")]
    Files(usize),
    /// It is refused, or ended, without a reason.
    #[error("a reason is needed")]
    NoReason,
    /// No such dossier.
    #[error("no such dossier")]
    NotFound,
    /// What was handed in before was erased, so that nothing can be judged with it.
    #[error("what was handed in was erased")]
    Erased,
    /// With what came now it is still not complete.
    #[error("still not complete")]
    Incomplete(Box<Settled>),
    /// See [`Impossible`].
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// See [`JudgeError`].
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// See [`VaultError`].
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// It was done, and the slip could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<Misshapen> for DossierError {
    fn from(error: Misshapen) -> Self {
        Self::Misshapen(error)
    }
}

impl From<ReceiptError> for DossierError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Seal(e) => Self::Seal(e),
            ReceiptError::Read(e) => Self::Read(e),
            ReceiptError::Vault(e) => Self::Vault(e),
        }
    }
}
