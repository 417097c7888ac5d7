//! The level that a signature reaches (EN 319 142-1 §6): what it carries, whether or not it passes.

use super::File;
use super::stamps::Judged;
use crate::format::cms::read::SignedData;
use crate::format::pdf::SignatureDictionary;
use crate::model::ReasonCode;
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::path::Purpose;
use crate::trust::report::{Integrity, Level, SignatureReport, TimestampReport};

/// Each level holds all of those below it.
pub(super) fn reached(
    file: &File<'_>,
    dictionary: &SignatureDictionary,
    data: &SignedData<'_>,
    report: &SignatureReport,
    stamps: &[Judged],
) -> Option<Level> {
    let named = ReasonCode::SigningCertificateAbsent;
    let baseline = dictionary.sub_filter == "ETSI.CAdES.detached"
        && report.integrity == Integrity::Intact
        && report.warnings.iter().all(|warning| warning.code != named);
    if !baseline {
        return None;
    }
    let proves = |stamp: &TimestampReport| stamp.proves().is_some();
    if !report.timestamps.iter().any(proves) {
        return Some(Level::B);
    }
    let inside = !data.revocation.crls.is_empty() || !data.revocation.responses.is_empty();
    if !inside && file.store.says_nothing() {
        return Some(Level::T);
    }
    // The evidence itself has to lie under a document timestamp.
    let mut stamps = stamps.iter().filter(|stamp| stamp.archives);
    let archived = stamps.any(|stamp| stamp.covers(&dictionary.range));
    Some(if archived { Level::Lta } else { Level::Lt })
}

/// `adbe.pkcs7.sha1` rests on SHA-1 whatever the signer's digest is: accepted only as long as SHA-1
/// was when the signature is proved to exist.
pub(super) fn weak_digest(file: &File<'_>, report: &mut SignatureReport, whole: bool) {
    if whole || !report.verdict.is_passed() {
        return;
    }
    let stamps = report.timestamps.iter();
    let proved = stamps.filter_map(TimestampReport::proves);
    // Who had the file then vouches for all of it.
    let existed = file.validator.existed(file.at);
    let moment = proved.chain(existed).min().unwrap_or(file.at).min(file.at);
    let algorithms = file.validator.material().algorithms();
    let usage = Purpose::Document.usage();
    let accepted = algorithms.judge_digest(usage, DigestAlgorithm::Sha1, moment);
    if let Some(problem) = accepted.problem() {
        report.verdict = problem;
    }
}
