//! What operators and units are shown of stamps.

use super::Stamps;
use super::books::Books;
use crate::client::stamps::{
    AuthorityView, FailingView, StampCertificateView, StampProofView, StatusView,
};
use crate::model::Timestamp;
use crate::policy::Rules;
use crate::store::{Ledger, LogStamp, ReadError, Vault};
use crate::trust::certificate::Certificate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The log and its last stamp; with who is asked, where a daemon asks.
///
/// # Errors
/// See [`ReadError`].
pub fn status(
    ledger: &dyn Ledger,
    vault: &dyn Vault,
    rules: &Rules,
    at: Timestamp,
    stamps: Option<&Stamps>,
) -> Result<StatusView, ReadError> {
    let (position, head) = ledger.head()?;
    let books = Books { vault, rules, at };
    let last = ledger.last_stamp()?;
    Ok(StatusView {
        position: position.0,
        head: head.to_hex(),
        last_stamp: last.map(|stamp| books.shown(&stamp)),
        authority: stamps.map(authority),
    })
}

fn authority(stamps: &Stamps) -> AuthorityView {
    let failing = stamps.failing();
    AuthorityView {
        url: stamps.url().to_owned(),
        every_secs: stamps.every().as_secs(),
        failing: failing.map(|failing| FailingView {
            since: failing.since.to_string(),
            times: failing.times,
            code: failing.code.to_owned(),
            value: failing.value,
            next: failing.next.to_string(),
        }),
    }
}

/// One stamp with what is needed to check it elsewhere; `None` where its token is not kept.
#[must_use]
pub fn proof(
    vault: &dyn Vault,
    rules: &Rules,
    at: Timestamp,
    stamp: &LogStamp,
) -> Option<StampProofView> {
    let books = Books { vault, rules, at };
    let token = books.body(&stamp.stamped.token)?;
    let anchors = rules.validator.material().trust_anchors();
    let certificate = |der: &bytes::Bytes| {
        let sha256 = Certificate::parse(der).ok()?.sha256();
        Some(StampCertificateView {
            der: STANDARD.encode(der),
            anchor: anchors.iter().any(|a| a.certificate().sha256() == sha256),
        })
    };
    Some(StampProofView {
        stamp: books.shown(stamp),
        token: STANDARD.encode(&token),
        certificates: books.kept(stamp).iter().filter_map(certificate).collect(),
    })
}
