//! Content that was erased, and erasing it by order over the socket of administration.

use super::wire::ReceiptView;
use serde::{Deserialize, Serialize};

/// Content of a document was erased.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErasureView {
    /// The place of its record in the log.
    pub position: u64,
    /// When it was committed.
    pub at: String,
    /// `order`, or `term` when its term of keeping is over.
    pub cause: String,
    /// Who ordered it, and by what right.
    pub basis: Option<String>,
    /// The files, by their numbers from 1.
    pub files: Vec<usize>,
    /// Whether the envelope was.
    pub envelope: bool,
    /// Whether words of its moves were.
    pub words: bool,
    /// Whether reports of its judgements were.
    pub reports: bool,
}

/// Body of `POST /admin/documents/{id}/erase`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EraseRequest {
    /// The files, by their numbers from 1.
    #[serde(default)]
    pub files: Vec<usize>,
    /// Every file, the envelope and the words of its moves.
    #[serde(default)]
    pub all: bool,
    /// The reports of its judgements.
    #[serde(default)]
    pub reports: bool,
    /// Who ordered it, and by what right.
    pub basis: String,
}

/// Answer to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErasedView {
    /// The document.
    pub id: String,
    /// The place of the record in the log.
    pub position: u64,
    /// When it was committed.
    pub at: String,
    /// What was named.
    pub bodies: Vec<ErasedBodyView>,
    /// Recipients that have not fetched it: it cannot be delivered whole any more.
    pub undelivered: Vec<String>,
    /// Bytes that were taken off the disk by this.
    pub freed_bytes: u64,
    /// Bodies that are still on the disk for a moment, because they are being sent again just now.
    pub waiting: u64,
    /// Whether all of it had been erased before.
    pub repeated: bool,
    /// The receipt; absent where no gateway ran, which signs it when it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptView>,
}

/// One body that was erased.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ErasedBodyView {
    /// `file`, `envelope`, `words` or `report`.
    pub part: String,
    /// The number of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<usize>,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether the same bytes stay because another document has them too.
    pub elsewhere: bool,
}
