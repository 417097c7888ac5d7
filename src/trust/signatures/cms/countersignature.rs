//! Countersignatures (RFC 5652 §11.4): other signers who sign a signature value. Each is judged and
//! reported for itself. It neither makes a signature good nor spoils it, and whoever countersigns has
//! not signed the document.

use super::digests::Digests;
use super::{Judging, Signs, judge_as, malformed};
use crate::format::asn1::oid;
use crate::format::cms::read::{CmsError, SignedData, SignerInfo, countersigner};
use crate::format::limits::MAX_COUNTERSIGNATURES;
use crate::trust::report::{Coverage, Integrity, SignatureReport};

/// The countersignatures over one of the signers, in their order; those over them are not looked at.
pub(super) fn over(given: &Judging<'_, '_>, signer: &SignerInfo<'_>) -> Vec<SignatureReport> {
    let encoded = signer.unsigned_values(oid::COUNTERSIGNATURE);
    let share = MAX_COUNTERSIGNATURES.checked_div(given.data.signers.len());
    let some = encoded.take(share.unwrap_or(0).max(1)).zip(1u32..);
    let judged = |(value, number): (&crate::format::asn1::read::Element<'_>, u32)| {
        one(given, signer, countersigner(value.full), number.to_string())
    };
    some.map(judged).collect()
}

fn one(
    given: &Judging<'_, '_>,
    signer: &SignerInfo<'_>,
    read: Result<SignerInfo<'_>, CmsError>,
    name: String,
) -> SignatureReport {
    let own = match read {
        Ok(own) => own,
        Err(error) => {
            let verdict = malformed(&error);
            let integrity = Integrity::unproved(&verdict);
            return SignatureReport::bare(name, verdict, integrity, Coverage::Encapsulated);
        }
    };
    let data = SignedData {
        content: None,
        signers: vec![own],
        behind: &[],
        ..given.data.clone()
    };
    let about = Judging {
        data: &data,
        digests: &Digests::of(&data, &signer.signature),
        coverage: Coverage::Encapsulated,
        ..*given
    };
    match data.signers.first() {
        Some(own) => judge_as(&about, own, Signs::Signature, name),
        None => {
            let verdict = malformed(&CmsError::OtherContentType);
            SignatureReport::bare(name, verdict, Integrity::Broken, Coverage::Encapsulated)
        }
    }
}
