//! What an erasure is told as, by the gateway and by a command that does it without one.

use crate::client::erase::{ErasedBodyView, ErasedView};
use crate::client::wire::ReceiptView;
use crate::intake::{ErasedContent, ErasedPart};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// The view of an erasure; with its receipt where one was signed.
#[must_use]
pub fn erased_view(done: &ErasedContent, receipt: Option<&Bytes>) -> ErasedView {
    let body = |(part, sha256, elsewhere): &(ErasedPart, crate::model::Digest, bool)| {
        let (name, n) = match part {
            ErasedPart::File(n) => ("file", Some(*n)),
            ErasedPart::Envelope => ("envelope", None),
            ErasedPart::Words => ("words", None),
            ErasedPart::Report => ("report", None),
        };
        ErasedBodyView {
            part: name.to_owned(),
            n,
            sha256: sha256.to_hex(),
            elsewhere: *elsewhere,
        }
    };
    let entry = &done.entry;
    ErasedView {
        id: done.state.id().to_string(),
        position: entry.position.0,
        at: entry.at.to_string(),
        bodies: done.bodies.iter().map(body).collect(),
        undelivered: done.undelivered.iter().map(ToString::to_string).collect(),
        freed_bytes: done.purged.bytes,
        waiting: done.purged.waiting,
        repeated: done.repeated,
        receipt: receipt.map(|p7m| ReceiptView {
            position: entry.position.0,
            event: entry.kind.name().to_owned(),
            at: entry.at.to_string(),
            p7m: STANDARD.encode(p7m),
        }),
    }
}
