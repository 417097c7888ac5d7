//! CAdES in a container (EN 319 162-1 §4.3.3.2 and §4.4.4.2): in ASiC-S over the file, in ASiC-E over a
//! manifest that lists files.

use super::opened::{Checked, Opened};
use super::problem::malformed;
use super::stamps::{Stamped, over};
use super::{Found, worsen};
use crate::format::asic::Role;
use crate::format::content::ContentError;
use crate::model::Timestamp;
use crate::trust::algorithms::{DigestAlgorithm, DigestValue};
use crate::trust::path::Purpose;
use crate::trust::report::{Coverage, Integrity, SignatureReport, TimestampReport};
use crate::trust::signatures::cms::{self, Apart};
use crate::trust::timestamp;
use crate::trust::verdict::Verdict;
use std::collections::BTreeSet;

pub(super) fn judge_all(
    opened: &Opened<'_>,
    stamps: &[Stamped],
) -> Result<Vec<Found>, ContentError> {
    let mut found = Vec::new();
    for (place, _) in opened.container.of(Role::Cms) {
        let (data, checked) = match signed(opened, place)? {
            Ok(signed) => signed,
            Err(verdict) => {
                found.push(unread(opened, place, verdict));
                continue;
            }
        };
        let proofs: Vec<TimestampReport> = over(stamps, place).cloned().collect();
        let Some(body) = opened.body(data) else {
            continue;
        };
        let apart = Apart {
            message: opened.bytes(place),
            content: &body,
            known: opened.known(data),
            proofs: &proofs,
        };
        match cms::judge_apart(opened.validator, &apart, opened.at)? {
            Ok(reports) if reports.is_empty() => {
                let name = opened.name(place);
                let verdict = malformed(format!("{name} has no signature"));
                found.push(unread(opened, place, verdict));
            }
            Ok(reports) => {
                let several = reports.len() > 1;
                for mut report in reports {
                    report.name = name(opened, place, &report.name, several);
                    found.push(concluded(opened, report, &checked));
                }
            }
            Err(verdict) => found.push(unread(opened, place, verdict)),
        }
    }
    Ok(found)
}

/// A signature's name: that of its file, and its number where that has several.
pub(super) fn name(opened: &Opened<'_>, place: usize, number: &str, several: bool) -> String {
    let file = opened.name(place);
    match several {
        true => format!("{file} #{number}"),
        false => file.to_owned(),
    }
}

/// What a signature file is over, and which files it covers thereby.
fn signed(
    opened: &Opened<'_>,
    place: usize,
) -> Result<Result<(usize, Checked), Verdict>, ContentError> {
    let direct = opened.directly().into_iter().find(|(own, _)| *own == place);
    if let Some((_, data)) = direct {
        let mut checked = Checked::default();
        checked.places.insert(data);
        checked.named.insert(data);
        // The message's own digest is one of those that were computed for it.
        let known = opened.known(data).into_iter().next();
        checked
            .digested
            .extend(known.map(|(algorithm, digest)| (data, algorithm, digest)));
        return Ok(Ok((data, checked)));
    }
    Ok(match opened.manifest_of(place) {
        Some(listed) => Ok((listed.place, opened.check(listed)?)),
        None => Err(malformed(format!(
            "{} is in no manifest",
            opened.name(place)
        ))),
    })
}

pub(super) fn unread(opened: &Opened<'_>, place: usize, verdict: Verdict) -> Found {
    let integrity = Integrity::unproved(&verdict);
    let name = opened.name(place).to_owned();
    Found {
        report: SignatureReport::bare(name, verdict, integrity, Coverage::Unclear),
        covers: BTreeSet::new(),
        names: BTreeSet::new(),
    }
}

/// With what is wrong about the list that is signed.
fn concluded(opened: &Opened<'_>, mut report: SignatureReport, checked: &Checked) -> Found {
    let existed = opened.validator.existed(opened.at);
    let proved = timestamp::earliest(&report.timestamps, opened.at);
    let moment = proved.into_iter().chain(existed).min().unwrap_or(opened.at);
    if let Some(problem) = checked.problem.clone() {
        // Nobody knows what the signed list would say of what is not there.
        if report.integrity == Integrity::Intact {
            report.integrity = Integrity::unproved(&problem);
        }
        worsen(&mut report, problem);
    } else if let Some(problem) = weak(opened, checked, moment) {
        worsen(&mut report, problem);
    }
    let intact = report.integrity == Integrity::Intact;
    if intact {
        report.covers.clone_from(&checked.covers);
        if opened.validator.hands_out() {
            let digested = checked.digested.iter();
            let piece = |(place, algorithm, digest): &(usize, DigestAlgorithm, DigestValue)| {
                opened.piece(*place, (*algorithm, digest.clone()))
            };
            report.proved = digested.map(piece).collect();
        }
    }
    Found {
        covers: checked.places.iter().copied().filter(|_| intact).collect(),
        names: checked.named.clone(),
        report,
    }
}

/// EN 319 102-1 §5.2.8: the digests of what is covered count as the signature's does.
fn weak(opened: &Opened<'_>, checked: &Checked, moment: Timestamp) -> Option<Verdict> {
    let algorithms = opened.validator.material().algorithms();
    let usage = Purpose::Document.usage();
    let mut problems = checked
        .algorithms
        .iter()
        .filter_map(|algorithm| algorithms.judge_digest(usage, *algorithm, moment).problem());
    problems.next()
}
