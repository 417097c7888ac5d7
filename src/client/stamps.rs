//! Timestamps of the gateway's log, as `/admin/status`, `/admin/stamps` and
//! `/v1/documents/{id}/stamp` show them.

use serde::{Deserialize, Serialize};

/// Answer to `GET /admin/status`: the log, and who stamps it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StatusView {
    /// The last record of the log.
    pub position: u64,
    /// Its hash: the head of the chain.
    pub head: String,
    /// The last stamp, if there is any.
    pub last_stamp: Option<StampView>,
    /// Who is asked; `null` where nobody is, or no daemon runs.
    pub authority: Option<AuthorityView>,
}

/// The timestamp authority as configured, and what goes wrong with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuthorityView {
    /// Its address.
    pub url: String,
    /// How long after one stamp the next is asked for.
    pub every_secs: u64,
    /// Since when no stamp could be had; absent if all is well.
    pub failing: Option<FailingView>,
}

/// Why there is no newer stamp.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FailingView {
    /// Since when.
    pub since: String,
    /// How often in a row.
    pub times: u32,
    /// Why, the last time: a stable name.
    pub code: String,
    /// The value that its sentence shows.
    pub value: String,
    /// When it is tried again.
    pub next: String,
}

/// One stamp, and what is found about it now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StampView {
    /// Its record in the log; `null` for a token that was handed in.
    pub position: Option<u64>,
    /// When that was committed.
    pub at: Option<String>,
    /// The record that is stamped.
    pub of: Option<u64>,
    /// Its hash, which the token is over.
    pub head: String,
    /// When it existed, by the authority's word.
    pub moment: Option<String>,
    /// Who says so: the subject of the authority's certificate, for reading only.
    pub authority: Option<String>,
    /// SHA-256 of that certificate.
    pub authority_sha256: Option<String>,
    /// SHA-256 of the token.
    pub token_sha256: String,
    /// `good`, `rewritten`, `missing`, `failed` or `open`.
    pub state: String,
    /// Why, where it is not good: a stable name, a reason's where `state` is `failed` or `open`.
    pub problem: Option<String>,
}

impl StampView {
    /// Whether it shows that the log is not what it was, or shows nothing for good.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        !matches!(self.state.as_str(), "good" | "open")
    }
}

/// A stamp with all that is needed to check it elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StampProofView {
    /// The stamp.
    pub stamp: StampView,
    /// The token: base64 of its DER.
    pub token: String,
    /// The certificates that its verdict rests on.
    pub certificates: Vec<StampCertificateView>,
}

/// One certificate of a stamp's path.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StampCertificateView {
    /// Base64 of its DER.
    pub der: String,
    /// Whether it is a trust anchor here.
    pub anchor: bool,
}

/// Body of `POST /admin/stamps/check`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StampsCheckRequest {
    /// Tokens that were kept elsewhere: base64 of their DER.
    #[serde(default)]
    pub tokens: Vec<String>,
}

/// Answer to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StampsCheckView {
    /// Records of the log that were read.
    pub records: u64,
    /// Every stamp in the log, oldest first, and then the tokens that were handed in.
    pub stamps: Vec<StampView>,
}
