//! An evidence bundle judged without the gateway and without a network: under a pinned receipt CA and, for
//! the document's own signatures, under anchors that whoever judges trusts.
//!
//! The container is signed by the receipt key, and a receipt names the envelope, the files and the report of
//! its record, and a report what it rests on: each link is compared, so that nothing in the container is
//! taken because it lies there. What is there and named by nothing fails it too.

mod again;
mod container;
mod contents;

pub use again::{Again, NotAgain};
pub use container::{Level, Stamped};

use crate::client::bundle::BundleIndex;
use crate::config::ConfigError;
use crate::format::asic::AsicError;
use crate::format::content::Content;
use crate::model::{Digest, Position, Timestamp};
use crate::seal::receipt::{Receipt, ReceiptError};
use crate::trust::certificate::Certificate;
use std::path::PathBuf;

/// What is not the document itself and read whole: a report of a hundred files, a list of a nation.
const MAX_WHOLE: u64 = 128 << 20;

/// Why a bundle proves nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BundleError {
    /// Not a container that is read, or not one of this gateway's.
    #[error("not an evidence bundle: {0}")]
    Container(String),
    /// Its list, or a file against it.
    #[error("what is in it is not what was signed: {0}")]
    NotSigned(String),
    /// The signature over its list.
    #[error("the signature of the container: {0}")]
    Signature(ReceiptError),
    /// A receipt in it.
    #[error("{0}: {1}")]
    Receipt(String, ReceiptError),
    /// `bundle.json`.
    #[error("bundle.json: {0}")]
    Index(String),
    /// Something that another part of it names is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// Something that no part of it names.
    #[error("{0} does not belong to the document")]
    Surplus(String),
    /// Two parts of it that do not go together.
    #[error("{0} is not what {1} says")]
    Differs(String, String),
    /// The anchors that were given.
    #[error(transparent)]
    Anchors(#[from] ConfigError),
}

impl From<AsicError> for BundleError {
    fn from(error: AsicError) -> Self {
        Self::Container(error.to_string())
    }
}

/// What a bundle proves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proven {
    /// What it says lies where.
    pub index: BundleIndex,
    /// When the gateway says it signed the container; with [`Level::B`] nothing proves it.
    pub signed: Timestamp,
    /// What proves when the signature existed.
    pub level: Level,
    /// The receipts, oldest first.
    pub receipts: Vec<Receipt>,
    /// The judgements, oldest first.
    pub judgements: Vec<Judgement>,
    /// The timestamp of the log, where there is one.
    pub log_stamp: Option<LogStamp>,
}

/// One judgement of the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The place of its record.
    pub position: Position,
    /// The moment as of which it was judged.
    pub at: String,
    /// What came out when it was judged again.
    pub again: Again,
}

/// A timestamp of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogStamp {
    /// The record that is stamped.
    pub of: Position,
    /// Its hash.
    pub head: Digest,
    /// When it existed, if the token holds under the given anchors.
    pub moment: Option<Timestamp>,
    /// Whether it is the record of a receipt here: then nothing between them has to be believed.
    pub direct: bool,
}

impl Proven {
    /// Whether there is a judgement, and every one was made again.
    #[must_use]
    pub fn all_again(&self) -> bool {
        let mut all = self.judgements.iter();
        !self.judgements.is_empty()
            && all.all(|judgement| !matches!(judgement.again, Again::Not(_)))
    }

    /// Whether every judgement that was made again came out the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let mut all = self.judgements.iter();
        all.all(|judgement| !matches!(judgement.again, Again::Differs { .. }))
    }
}

/// Judges a bundle under the receipt CA `ca`; the document's signatures and timestamps under `anchors`, a
/// folder laid out like `certs/`, where one is given. `at`: now.
///
/// # Errors
/// See [`BundleError`].
pub fn judge(
    content: &dyn Content,
    ca: &Certificate,
    anchors: Option<&PathBuf>,
    at: Timestamp,
) -> Result<Proven, BundleError> {
    container::judge(content, (ca, anchors), at, |opened| {
        contents::judge(&opened, ca, anchors, at)
    })
}
