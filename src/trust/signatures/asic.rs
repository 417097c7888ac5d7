//! ASiC containers (ETSI EN 319 162-1, EN 319 102-1 §5.2): every signature and timestamp in one archive,
//! and what of its files each of them covers.
//!
//! A file counts as covered by a signature only if the digest that the signature or its manifest has for it
//! is that of what everybody unpacks under that name ([`crate::format::zip`]). What no signature covers is
//! named, and such a container never passes.

mod cades;
mod opened;
mod problem;
mod stamps;
mod xades;

use crate::format::asic::{Container, Kind, Role};
use crate::format::content::{Content, ContentError};
use crate::format::zip::Archive;
use crate::model::Indication;
use crate::model::digest::to_hex;
use crate::model::{Digest, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::report::{
    Coverage, Covered, FileFormat, FileReport, Integrity, SignatureReport, TimestampReport,
};
use crate::trust::validator::{Validator, not_supported};
use crate::trust::verdict::Verdict;
use opened::Opened;
use problem::{Problem, of_archive, of_container};
use stamps::Stamped;
use std::collections::BTreeSet;

/// What was found of one signature: its report, which of the archive's files it covers, and which it
/// only names, whether or not that could be judged.
struct Found {
    report: SignatureReport,
    covers: BTreeSet<usize>,
    names: BTreeSet<usize>,
}

/// Judges every signature and timestamp of a container; of another archive, that it is not judged.
pub(in crate::trust) fn judge_container(
    validator: &Validator,
    content: &dyn Content,
    at: Timestamp,
) -> Result<FileReport, ContentError> {
    let faulty = |format, verdict| Ok(FileReport::faulty(format, verdict));
    let archive = match Archive::read(content) {
        Ok(archive) => archive,
        Err(error) => {
            let verdict = of_archive(error, content.bytes())?;
            return faulty(FileFormat::Container, verdict);
        }
    };
    let container = match Container::read(&archive) {
        Ok(Some(container)) => container,
        Ok(None) => {
            let format = FileFormat::Container;
            return faulty(format, not_supported(format.name()));
        }
        Err(error) => return faulty(FileFormat::Container, of_container(error)?),
    };
    let format = match container.kind() {
        Kind::Simple => FileFormat::AsicS,
        Kind::Extended => FileFormat::AsicE,
    };
    if let Err(error) = container.check() {
        return faulty(format, of_container(error)?);
    }
    let opened = match Opened::read(&container, validator, at) {
        Ok(opened) => opened,
        Err(Problem::Medium(error)) => return Err(error),
        Err(Problem::Verdict(verdict)) => return faulty(format, verdict),
    };
    Ok(FileReport {
        format,
        ..judge(&opened)?
    })
}

fn judge(opened: &Opened<'_>) -> Result<FileReport, ContentError> {
    let stamps = stamps::judge_all(opened)?;
    let mut found = cades::judge_all(opened, &stamps)?;
    found.extend(xades::judge_all(opened)?);
    let data: BTreeSet<usize> = opened
        .container
        .of(Role::Data)
        .map(|(place, _)| place)
        .collect();
    let by: Vec<&BTreeSet<usize>> = match found.is_empty() {
        true => stamps.iter().map(|stamp| &stamp.covers).collect(),
        false => found.iter().map(|signature| &signature.names).collect(),
    };
    let named: BTreeSet<usize> = by.into_iter().flatten().copied().collect();
    let fault = unnamed(opened, &data, &named);
    let unsigned = found.is_empty() && stamps.is_empty();
    let mut signatures: Vec<SignatureReport> = Vec::with_capacity(found.len());
    for signature in found {
        signatures.push(concluded(opened, signature, &data));
    }
    Ok(FileReport {
        // Without any there is nothing that could cover a file.
        fault: fault.filter(|_| !unsigned),
        timestamps: alone(stamps, signatures.is_empty()),
        signatures,
        ..FileReport::unsigned(FileFormat::Container)
    })
}

/// Attack catalogue Z4: content that no signature so much as names. What is named and does not hold has
/// its verdict there.
fn unnamed(
    opened: &Opened<'_>,
    data: &BTreeSet<usize>,
    named: &BTreeSet<usize>,
) -> Option<Verdict> {
    let names: Vec<&str> = data
        .difference(named)
        .map(|place| opened.name(*place))
        .collect();
    if names.is_empty() {
        return None;
    }
    let reason = Reason::new(ReasonCode::ContainerFileNotCovered).with("files", listed(&names));
    Some(Verdict::failed(SubIndication::FormatFailure, reason))
}

/// Names, as many as a sentence takes.
fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let shown = names
        .iter()
        .take(SHOWN)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} (+{more})"),
        Some(0) | None => shown,
    }
}

/// With what it covers: all content or a part of it, which is not enough (EN 319 102-1 §5.2.8).
fn concluded(opened: &Opened<'_>, found: Found, data: &BTreeSet<usize>) -> SignatureReport {
    let Found {
        mut report, covers, ..
    } = found;
    let remarks = opened.container.remarks().iter();
    report.warnings.extend(
        remarks
            .map(|remark| Reason::new(ReasonCode::ContainerIrregular).with("what", remark.name())),
    );
    // Nobody's word stands for what is neither covered nor judged.
    let others = opened.container.not_judged();
    let others = others.filter(|(place, _)| !covers.contains(place));
    report.warnings.extend(others.map(|(_, entry)| {
        let what = format!("{} is not judged", entry.name);
        Reason::new(ReasonCode::ContainerIrregular).with("what", what)
    }));
    if report.integrity != Integrity::Intact {
        return report;
    }
    let left: Vec<&str> = data
        .difference(&covers)
        .map(|place| opened.name(*place))
        .collect();
    if left.is_empty() && report.coverage == Coverage::Detached {
        report.coverage = Coverage::Encapsulated;
        return report;
    }
    report.coverage = Coverage::Part;
    let reason = Reason::new(ReasonCode::ContainerFileNotCovered).with("files", listed(&left));
    let sub = SubIndication::SigConstraintsFailure;
    if report.verdict.reason().code != ReasonCode::ContentNotCovered {
        worsen(&mut report, Verdict::indeterminate(sub, reason));
    }
    report
}

/// The timestamps that stand for themselves: those that no signature has.
fn alone(stamps: Vec<Stamped>, all: bool) -> Vec<TimestampReport> {
    let own = stamps
        .into_iter()
        .filter(|stamp| all || !stamp.over_signature);
    own.map(|stamp| stamp.report).collect()
}

/// Puts a problem with what is covered over the verdict, unless that fails for good.
fn worsen(report: &mut SignatureReport, problem: Verdict) {
    if report.verdict.indication() != Indication::TotalFailed {
        report.verdict = problem;
        report.needs.clear();
    }
}

/// What reports say of a covered file.
fn covered(uri: &str, (algorithm, digest): (DigestAlgorithm, &[u8])) -> Covered {
    let sha256 = (algorithm == DigestAlgorithm::Sha256).then_some(digest);
    Covered {
        uri: Some(uri.to_owned()),
        element: None,
        id: None,
        file: sha256.and_then(|digest| digest.try_into().ok()).map(Digest),
        range: None,
        transforms: Vec::new(),
        algorithm: algorithm.name(),
        digest: to_hex(digest),
    }
}
