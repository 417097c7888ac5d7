//! The level that a CAdES or XAdES signature reaches (EN 319 122-1 §6, EN 319 132-1 §6): what it carries,
//! whether or not it passes.

use super::report::{Integrity, Level, SignatureReport, TimestampKind, TimestampReport};
use crate::format::cms::read::SignedData;
use crate::model::ReasonCode;

/// Of a CAdES signature.
pub(super) fn of_cms(data: &SignedData<'_>, report: &SignatureReport) -> Option<Level> {
    let revocation = &data.revocation;
    of(
        !revocation.crls.is_empty() || !revocation.responses.is_empty(),
        report,
    )
}

/// Of an XAdES signature, with revocation data among its properties or without it.
pub(super) fn of_xml(inside: bool, report: &SignatureReport) -> Option<Level> {
    of(inside, report)
}

/// Each level holds all of those below it.
fn of(inside: bool, report: &SignatureReport) -> Option<Level> {
    let absent = ReasonCode::SigningCertificateAbsent;
    // §6.3 table 1: signing-time and signing-certificate are among what level B demands.
    let baseline = report.integrity == Integrity::Intact
        && report.claimed_time.is_some()
        && report.warnings.iter().all(|warning| warning.code != absent);
    if !baseline {
        return None;
    }
    let proves = |kind: TimestampKind| {
        let mut found = report.timestamps.iter().filter(|stamp| stamp.kind == kind);
        found.any(|stamp| TimestampReport::proves(stamp).is_some())
    };
    if !proves(TimestampKind::Signature) {
        return Some(Level::B);
    }
    match (inside, proves(TimestampKind::Archive)) {
        (false, _) => Some(Level::T),
        (true, false) => Some(Level::Lt),
        (true, true) => Some(Level::Lta),
    }
}
