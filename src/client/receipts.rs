//! Receipts as they come over the wire, opened under the pinned CA and held against what was asked.

use super::Sent;
use super::wire::ReceiptView;
use crate::model::{Digest, ReasonCode};
use crate::seal::receipt::{Receipt, ReceiptError, verify};
use crate::trust::certificate::Certificate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Why a receipt proves nothing here.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadReceipt {
    /// Not base64.
    #[error("{0}")]
    Encoding(String),
    /// Not a receipt under the pinned CA.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// A genuine receipt of something else: the field that differs.
    #[error("{0}")]
    Other(&'static str),
}

/// Decodes and checks a receipt; gives its bytes too.
///
/// # Errors
/// See [`BadReceipt`].
pub fn open(view: &ReceiptView, ca: &Certificate) -> Result<(Receipt, Vec<u8>), BadReceipt> {
    let der = STANDARD.decode(&view.p7m);
    let der = der.map_err(|e| BadReceipt::Encoding(e.to_string()))?;
    let stated = verify(&der, ca)?;
    if stated.position.0 != view.position {
        return Err(BadReceipt::Other("position"));
    }
    Ok((stated, der))
}

/// Whether an event decides about a document: its offer, or a later judgement of a held one.
#[must_use]
pub fn decides(event: &str) -> bool {
    event == "offered" || event == "rejudged"
}

/// Whether a receipt is of this send: a genuine receipt for something else proves nothing about it.
///
/// # Errors
/// [`BadReceipt::Other`] with the first field that differs.
pub fn of_send(
    stated: &Receipt,
    sender: &str,
    envelope: &[u8],
    sent: &Sent,
) -> Result<(), BadReceipt> {
    let digests: Vec<Digest> = stated.files.iter().map(|f| f.digest).collect();
    // A document with a level of secrecy is refused before a file of it is read, so that its receipt names none.
    let unread = digests.is_empty() && stated.judged.reason == ReasonCode::SecrecyNotAllowed;
    let submitted = &sent.submitted;
    let checks = [
        ("document", stated.document.to_string() == submitted.id),
        ("sender", stated.sender.as_str() == sender),
        ("event", decides(&stated.event)),
        (
            "disposition",
            stated.judged.disposition.name() == submitted.disposition,
        ),
        // A repeat states the envelope that was sent first: the same content, maybe other bytes.
        (
            "envelope_sha256",
            submitted.repeated || stated.envelope == Digest::of(envelope),
        ),
        ("files", unread || digests == sent.digests),
    ];
    match checks.iter().find(|(_, good)| !good) {
        None => Ok(()),
        Some((field, _)) => Err(BadReceipt::Other(field)),
    }
}
