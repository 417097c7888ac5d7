//! XAdES in a container (EN 319 162-1 §4.3.3.2 and §4.4.3.2): signatures whose references name the files.

use super::Found;
use super::cades::{name, unread};
use super::opened::Opened;
use super::problem::malformed;
use crate::format::asic::Role;
use crate::format::content::{ContentError, Memory};
use crate::format::zip::Unpacked;
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::payload::Proved;
use crate::trust::report::{Integrity, SignatureReport};
use crate::trust::signatures::xml;
use crate::trust::validator::{Beside, Signed};
use std::collections::BTreeSet;

pub(super) fn judge_all(opened: &Opened<'_>) -> Result<Vec<Found>, ContentError> {
    let mut files: Vec<(usize, Unpacked<'_>)> = Vec::new();
    for (place, _) in opened.files() {
        let sha256 = opened.known_sha256(place);
        files.extend(
            opened
                .body(place)
                .map(|body| (place, body.with_digest(sha256))),
        );
    }
    let own = opened
        .container
        .of(Role::Xml)
        .map(|(place, _)| opened.bytes(place).len());
    let beside = opened.files().map(|(_, entry)| entry.size);
    let work = xml::Work::of(
        own.sum(),
        beside.fold(0, u64::saturating_add),
        opened.validator.hands_out(),
    );
    let mut found = Vec::new();
    for (place, _) in opened.container.of(Role::Xml) {
        let known = |name: &str, algorithm: DigestAlgorithm| opened.digest_of(name, algorithm);
        let beside: Vec<Beside<'_>> = files
            .iter()
            .map(|(_, body)| Beside {
                name: body.name(),
                content: body,
                known: Some(&known),
            })
            .collect();
        let body = Memory::new(opened.bytes(place).to_vec().into());
        let signed = Signed {
            content: &body,
            detached: None,
            beside: &beside,
        };
        let report = xml::judge_xml(opened.validator, &signed, opened.at, &work);
        if let Some(fault) = report.fault {
            found.push(unread(opened, place, fault));
            continue;
        }
        if report.signatures.is_empty() {
            let name = opened.name(place);
            let verdict = malformed(format!("{name} has no signature"));
            found.push(unread(opened, place, verdict));
        }
        // All signatures of a file together: one that does not hold says itself why.
        let named = xml::referenced(opened.bytes(place));
        let named = named.iter().filter_map(|(uri, _)| opened.place(uri).ok());
        let names: BTreeSet<usize> = named.collect();
        let several = report.signatures.len() > 1;
        for mut own in report.signatures {
            own.name = name(opened, place, &own.name, several);
            if opened.validator.hands_out() {
                own.proved = entries(opened, own.proved);
            }
            found.push(Found {
                covers: covers(opened, &own),
                names: names.clone(),
                report: own,
            });
        }
    }
    Ok(found)
}

/// What a signature file covers beside it are files of the container.
fn entries(opened: &Opened<'_>, proved: Proved) -> Proved {
    let archive = opened.container.archive();
    let place = |name: &str| {
        let mut named = opened.files().filter(|(_, entry)| entry.name == name);
        named.next().map(|(place, _)| place)
    };
    let digested = |place| opened.known(place).into_iter().next();
    proved.into_container(archive.digest(), place, digested)
}

/// The files whose whole octets its references are over.
fn covers(opened: &Opened<'_>, report: &SignatureReport) -> BTreeSet<usize> {
    if report.integrity != Integrity::Intact {
        return BTreeSet::new();
    }
    let files = report.covers.iter().filter(|covered| covered.whole_file());
    let places = files.filter_map(|covered| opened.place(covered.uri.as_deref()?).ok());
    places.collect()
}
