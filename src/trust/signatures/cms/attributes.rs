//! The signed attributes (RFC 5652 §5.3, §11; EN 319 102-1 §5.2.3, §5.2.7).

use super::digests::digest_of;
use super::reference::{check_references, references};
use super::{Signs, Task};
use crate::format::asn1::oid;
use crate::format::asn1::read::Element;
use crate::format::asn1::values::{any_time, time};
use crate::format::cms::read::{Attribute, SignedAttributes, SignerInfo};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::certificate::Certificate;
use crate::trust::path::rejected;
use crate::trust::verdict::Verdict;

pub(super) fn format_failure(code: ReasonCode, what: &'static str) -> Verdict {
    let reason = Reason::new(code).with("what", what);
    Verdict::failed(SubIndication::FormatFailure, reason)
}

pub(super) fn is_sorted(attributes: &SignedAttributes<'_>) -> bool {
    attributes.list.is_sorted_by_key(|a| a.full)
}

/// The signed attributes, after everything about them but the signature value was checked.
pub(super) fn attributes<'s, 'd>(
    task: &Task<'_, '_>,
    signer: &'s SignerInfo<'d>,
    certificate: Option<(&Certificate, &mut Vec<Reason>)>,
) -> Result<&'s SignedAttributes<'d>, Verdict> {
    // Without them the signature may be one over somebody's attributes
    // (draft-ietf-lamps-cms-euf-cma-signeddata).
    let attributes = signer.attributes.as_ref().ok_or_else(|| {
        Verdict::failed(
            SubIndication::FormatFailure,
            ReasonCode::SignedAttributesMissing,
        )
    })?;
    // RFC 5652 §11: these three are signed or they are nothing.
    let signed_only = [oid::CONTENT_TYPE, oid::MESSAGE_DIGEST, oid::SIGNING_TIME];
    if signer
        .unsigned
        .iter()
        .any(|attribute| signed_only.contains(&attribute.kind))
    {
        let what = "a signed attribute among the unsigned";
        return Err(format_failure(ReasonCode::SignedAttributesWrong, what));
    }
    content_type(task, attributes)?;
    // RFC 5652 §11.2
    let signed = single(attributes, oid::MESSAGE_DIGEST, "message-digest")?;
    if signed.tag != 0x04 {
        return Err(format_failure(
            ReasonCode::SignedAttributesWrong,
            "message-digest",
        ));
    }
    claimed_time(attributes)?;
    let references = references(attributes)?;
    let algorithm = digest_of(&signer.digest).map_err(rejected)?;
    if task.given.digests.get(algorithm) != Some(signed.content) {
        return Err(Verdict::failed(
            SubIndication::HashFailure,
            ReasonCode::DigestMismatch,
        ));
    }
    if let Some((certificate, warnings)) = certificate {
        check_references(task, &references, certificate, warnings)?;
    }
    Ok(attributes)
}

fn content_type(task: &Task<'_, '_>, attributes: &SignedAttributes<'_>) -> Result<(), Verdict> {
    let right = match task.signs {
        // RFC 5652 §11.1: once, with one value, equal to eContentType.
        Signs::Content => {
            let kind = single(attributes, oid::CONTENT_TYPE, "content-type")?;
            kind.tag == 0x06 && kind.content == task.given.data.content_type
        }
        // §11.4: a signature value has none.
        Signs::Signature => attributes.of(oid::CONTENT_TYPE).next().is_none(),
    };
    let wrong = || format_failure(ReasonCode::SignedAttributesWrong, "content-type");
    right.then_some(()).ok_or_else(wrong)
}

pub(super) fn single<'d>(
    attributes: &SignedAttributes<'d>,
    kind: &[u8],
    what: &'static str,
) -> Result<Element<'d>, Verdict> {
    let mut found = attributes.of(kind);
    let value = found.next().and_then(only_value);
    match (value, found.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(format_failure(ReasonCode::SignedAttributesWrong, what)),
    }
}

fn only_value<'d>(attribute: &Attribute<'d>) -> Option<Element<'d>> {
    match attribute.values.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// signing-time: absent, or once with one value that is a time (RFC 5652 §11.3), if perhaps in a form that is
/// not DER.
pub(super) fn claimed_time(
    attributes: &SignedAttributes<'_>,
) -> Result<Option<Timestamp>, Verdict> {
    if attributes.of(oid::SIGNING_TIME).next().is_none() {
        return Ok(None);
    }
    let value = single(attributes, oid::SIGNING_TIME, "signing-time")?;
    let wrong = || format_failure(ReasonCode::SignedAttributesWrong, "signing-time");
    any_time(&value).map(Some).ok_or_else(wrong)
}

/// Whether the signing-time, if there is one, has the form that DER has.
pub(super) fn time_is_der(attributes: &SignedAttributes<'_>) -> bool {
    let mut times = attributes.of(oid::SIGNING_TIME).flat_map(|a| &a.values);
    times.all(|value| time(value).is_some())
}
