//! What documents of the year are made of: identifiers that are the same every time, envelopes, files, and the verdicts
//! that are given, since nothing was signed.

use super::chance::Chance;
use super::offices::Office;
use super::plan::{Plan, Signed};
use super::{DemoError, SEED};
use crate::model::event::{Judged, Policy};
use crate::model::{
    Digest, Disposition, DocumentId, Indication, ReasonCode, SubIndication, Timestamp,
};
use bytes::Bytes;

/// The envelope of a document.
pub(super) fn envelope(
    offices: &[Office],
    plan: &Plan,
    office: &Office,
) -> Result<Bytes, DemoError> {
    let sent = plan.sent.as_ref();
    let stops = sent.map(|sent| sent.stops.as_slice()).unwrap_or_default();
    let recipients: Result<Vec<_>, DemoError> = stops
        .iter()
        .map(|stop| {
            let code = offices
                .get(stop.office)
                .ok_or_else(|| DemoError::Year("no such office".to_owned()))?
                .code
                .as_str();
            Ok(serde_json::json!({ "unit": code }))
        })
        .collect();
    let mut envelope = serde_json::json!({
        "number": format!("{:02}", plan.number),
        "notation": plan.notation(office),
        "promulgated": plan.day.to_string(),
        "type": plan.kind,
        "subject": format!("Mô phỏng: về {}", plan.subject),
        "signer": { "name": "Mô Phỏng", "position": "Chủ tịch (mẫu)" },
        "recipients": recipients?,
        "paper_follows": plan.paper,
        "files": [{ "name": "van-ban.txt", "role": "main" }],
    });
    if let Some(due) = sent.and_then(|sent| sent.due)
        && let Some(fields) = envelope.as_object_mut()
    {
        fields.insert("due".to_owned(), due.to_string().into());
    }
    let bytes = serde_json::to_vec(&envelope).map_err(|e| DemoError::Year(e.to_string()))?;
    Ok(Bytes::from(bytes))
}

/// The identifier of an offer, and how it is signed.
pub(super) fn identifier(place: usize, plan: &Plan, nth: usize) -> (DocumentId, Signed) {
    let offers = plan.sent.as_ref().map(|sent| sent.offers.as_slice());
    let offer = offers.and_then(|offers| offers.get(nth)).copied();
    let (at, signed) = offer.unwrap_or_else(|| (Timestamp::default(), Signed::Nobody));
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    let nth = u64::try_from(nth).unwrap_or(u64::MAX);
    let seed = SEED ^ place.wrapping_mul(0x1_0000_01b3) ^ nth.rotate_left(60);
    (DocumentId::new(at, Chance::new(seed).ten_bytes()), signed)
}

/// Its one file: tiny, and what it is.
pub(super) fn file(plan: &Plan, office: &Office, nth: usize) -> Bytes {
    let (number, notation) = (plan.number, plan.notation(office));
    let (unit, year) = (&office.code, plan.day.year());
    let text = format!("VĂN BẢN MÔ PHỎNG {number:02}/{notation} {unit} {year} #{nth}\n");
    Bytes::from(text)
}

/// What the gateway would have said.
pub(super) fn judged(signed: Signed, rules: Digest) -> Judged {
    use Indication::{Indeterminate, TotalFailed, TotalPassed};
    let (indication, sub, reason) = match signed {
        Signed::Both | Signed::Agency => (TotalPassed, None, ReasonCode::SignedAsRequired),
        Signed::Person => (TotalPassed, None, ReasonCode::AgencySignatureMissing),
        Signed::Nobody => (
            Indeterminate,
            Some(SubIndication::Generic),
            ReasonCode::NoSignature,
        ),
        Signed::Altered => (
            TotalFailed,
            Some(SubIndication::HashFailure),
            ReasonCode::DigestMismatch,
        ),
    };
    Judged {
        indication,
        sub_indication: sub,
        reason,
        disposition: match signed.passes() {
            true => Disposition::Accept,
            false => Disposition::Refuse,
        },
        agency_signed: signed.passes(),
        person_signed: matches!(signed, Signed::Both | Signed::Person),
        policy: Policy::RequireAgency,
        rules,
        report: None,
    }
}
