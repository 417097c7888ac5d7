//! `bundle.json` of an evidence bundle: what lies where in the container, and what is not in it and why.

use crate::format::zip::write::takes;
use crate::model::Digest;
use serde::{Deserialize, Serialize};

/// The value of `schema`.
pub const SCHEMA: &str = "lienthong-bundle-1";

/// How to judge a bundle, for people; right after `mimetype`.
pub const README: &str = "README.txt";
/// What lies where ([`BundleIndex`]); right after that.
pub const INDEX: &str = "bundle.json";

/// The list of what is signed.
pub const MANIFEST: &str = "META-INF/ASiCManifest.xml";
/// The gateway's signature over it.
pub const SIGNATURE: &str = "META-INF/signature.p7s";
/// The list of what the last timestamp is over.
pub const ARCHIVE_MANIFEST: &str = "META-INF/ASiCArchiveManifest.xml";
/// The last timestamp.
pub const TIMESTAMP: &str = "META-INF/timestamp.tst";

/// The folder of a trust domain, whose name is the operator's. One with `%` has another: a reference to it could
/// be one to a domain that is called as it is read.
#[must_use]
pub fn domain_folder(name: &str) -> String {
    match takes(name) && !name.contains(['/', '%']) {
        true => name.to_owned(),
        false => Digest::of(name.as_bytes()).to_hex(),
    }
}

/// Answer to `GET /v1/documents/{id}/evidence.asice`, inside the container.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleIndex {
    /// [`SCHEMA`].
    pub schema: String,
    /// The gateway's name.
    pub gateway: String,
    /// The document.
    pub document: String,
    /// Its envelope as received.
    pub envelope: BundlePiece,
    /// Its files in the envelope's order.
    pub files: Vec<BundlePiece>,
    /// The receipts, oldest first.
    pub receipts: Vec<String>,
    /// What was judged, oldest first: at the offer, after a hold, in hindsight.
    pub judgements: Vec<BundleJudgement>,
    /// The first timestamp of the log that covers the document's record.
    pub stamp: Option<BundleStamp>,
    /// Whether a timestamp authority is configured; a container without timestamps then lacks them because
    /// it did not answer in time.
    pub stamping: bool,
}

/// One piece of a document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundlePiece {
    /// Its SHA-256.
    pub sha256: String,
    /// Where it lies in the container.
    pub path: Option<String>,
    /// Why it does not: `not_kept`, `not_arrived`, `withdrawn` or `erased`.
    pub absent: Option<String>,
}

/// One judgement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleJudgement {
    /// The place of its record in the log.
    pub position: u64,
    /// Its report.
    pub report: BundlePiece,
    /// What it rests on, by SHA-256, under the folder `certs` beside the report.
    pub evidence: Vec<BundlePiece>,
}

/// A timestamp of the log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleStamp {
    /// The record that is stamped.
    pub of: u64,
    /// Its hash, which the token is over.
    pub head: String,
    /// The token.
    pub token: BundlePiece,
    /// What its verdict rested on.
    pub rests_on: Vec<BundlePiece>,
}
