//! The folders under `certs/`, into material.
//!
//! ```text
//! trust/<domain>/   anchors            *.pem *.crt *.cer *.der, restricted by domain.toml and <stem>.toml
//! intermediate/     other CA certificates   the same endings
//! distrust/         certificates never accepted; *.txt with SHA-256 of keys or certificates
//! crl/              revocation lists    *.crl *.pem *.der
//! ocsp/             OCSP responses      *.der *.ocsp *.ors
//! algorithms.toml   which algorithms are accepted, where no configuration says it
//! ```
//!
//! Other files are left alone; `awaited.json` of an evidence folder is read by `verify --offline`.
//! What a person puts there (anchors, restrictions, intermediates, distrust) is taken whole or not at
//! all: half of it could trust more than was meant. What jobs fetch (lists) is taken file by file: a
//! broken download must not keep the other lists, or a distrusted key, from coming into force, and a
//! list that is not there can only hold documents.

use super::domain::{self, DOMAIN_FILE, Layer};
use super::folder::{decode, entries, files, read, wrong};
use super::{ConfigError, SeenCrls, Settings, algorithms};
use crate::model::{Digest, Timestamp};
use crate::shelf::Shelf;
use crate::trust::anchor::{AnchorInput, Distrust};
use crate::trust::certificate::Certificate;
use crate::trust::material::{Material, MaterialInput, PassedOver};
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::ocsp::OcspResponse;
use bytes::Bytes;
use rustls_pki_types::pem::SectionKind;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const CERTIFICATES: &[&str] = &["pem", "crt", "cer", "der"];
const CRLS: &[&str] = &["crl", "pem", "der"];
const RESPONSES: &[&str] = &["der", "ocsp", "ors"];

/// Lists up to this length stay in memory.
const IN_MEMORY: usize = 64 << 10;

/// The lists last read from each file.
pub(super) type Lists = BTreeMap<PathBuf, Vec<Arc<Crl>>>;

/// Loads anchors, intermediates, distrust and CRLs from a folder laid out like `certs/`.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_material(certs: &Path, max_crl_age_secs: Option<i64>) -> Result<Material, ConfigError> {
    let input = MaterialInput {
        max_crl_age_secs,
        algorithms: algorithms::read(&certs.join("algorithms.toml"))?,
        ..MaterialInput::default()
    };
    load(certs, input, &mut Lists::new(), None)
}

/// Anchors and distrust of a folder laid out like `certs/`, and everything else of `evidence`: what was kept
/// with a document, judged under somebody's own anchors and nothing else of theirs.
///
/// # Errors
/// [`ConfigError`], naming the file that is not what its folder holds.
pub fn load_judging(certs: &Path, mut evidence: MaterialInput) -> Result<Material, ConfigError> {
    for folder in entries(&certs.join("trust"))? {
        if folder.is_dir() {
            evidence.anchors.extend(anchors(&folder)?);
        }
    }
    evidence.distrust.extend(distrust(&certs.join("distrust"))?);
    Material::new(evidence).map_err(|e| wrong(certs, &e))
}

/// As [`load_material`], with `evidence` beside what the folder holds, under the algorithms of `evidence`.
///
/// # Errors
/// As [`load_material`].
pub fn load_beside(certs: &Path, evidence: MaterialInput) -> Result<Material, ConfigError> {
    load(certs, evidence, &mut Lists::new(), None)
}

/// As [`load_material`], from where the settings say and under the installation's algorithms.
///
/// # Errors
/// As [`load_material`], and for `algorithms.toml`.
pub fn load_installed(settings: &Settings) -> Result<Material, ConfigError> {
    load(
        &settings.certs,
        installed(settings)?,
        &mut Lists::new(),
        None,
    )
}

/// What the settings say of the material.
pub(super) fn installed(settings: &Settings) -> Result<MaterialInput, ConfigError> {
    Ok(MaterialInput {
        max_crl_age_secs: settings.max_crl_age_secs,
        algorithms: algorithms::read(&settings.algorithms)?,
        ..MaterialInput::default()
    })
}

/// As [`load_installed`], leaving out CRLs older than one already seen, and going on with what was
/// read before from a file that is broken now. Long lists lie on `shelf`, mapped from there: their
/// own files may be changed by others (`verdicts.md` §4).
pub(super) fn load_after(
    certs: &Path,
    mut input: MaterialInput,
    seen: &mut SeenCrls,
    shelf: Option<&Shelf>,
) -> Result<Material, ConfigError> {
    input.newest_seen.clone_from(seen.newest());
    let material = load(certs, input, seen.lists(), shelf)?;
    if let Some(shelf) = shelf {
        tidy(shelf, seen.lists());
    }
    Ok(material)
}

fn load(
    certs: &Path,
    mut input: MaterialInput,
    lists: &mut Lists,
    shelf: Option<&Shelf>,
) -> Result<Material, ConfigError> {
    for folder in entries(&certs.join("trust"))? {
        // A file beside the domains belongs to no domain, so it anchors nothing.
        if folder.is_dir() {
            input.anchors.extend(anchors(&folder)?);
        }
    }
    let intermediates = certificates(&certs.join("intermediate"))?;
    input.intermediates.extend(intermediates);
    input.distrust.extend(distrust(&certs.join("distrust"))?);
    (input.parsed_crls, input.passed_over) = crls(&certs.join("crl"), lists, shelf)?;
    let (responses, passed_over) = responses(&certs.join("ocsp"))?;
    input.responses.extend(responses);
    input.passed_over.extend(passed_over);
    // Every item was parsed above under its file's name, so this names none.
    Material::new(input).map_err(|e| wrong(certs, &e))
}

/// The anchors of one domain.
fn anchors(folder: &Path) -> Result<Vec<AnchorInput>, ConfigError> {
    let domain = folder.file_name().unwrap_or_default().to_string_lossy();
    let shared = Layer::read(&folder.join(DOMAIN_FILE))?;
    let mut all = Vec::new();
    let mut stems = BTreeSet::new();
    for path in files(folder, CERTIFICATES)? {
        let beside = path.with_extension("toml");
        // The domain's own file speaks for all; it is nobody's second one.
        let own = if beside.ends_with(DOMAIN_FILE) {
            Layer::default()
        } else {
            Layer::read(&beside)?
        };
        for der in decode(&path, SectionKind::Certificate)? {
            let certificate = Certificate::parse(&der).map_err(|e| wrong(&path, &e))?;
            all.push(AnchorInput {
                domain: domain.clone().into_owned(),
                constraints: domain::constraints(&shared, &own, &certificate)?,
                der,
            });
        }
        stems.insert(beside);
    }
    let lost = |path: &PathBuf| !path.ends_with(DOMAIN_FILE) && !stems.contains(path);
    match files(folder, &["toml"])?.into_iter().find(lost) {
        // A restriction with a misspelt name restricts nothing.
        Some(path) => Err(wrong(&path, &"no certificate of that name beside it")),
        None => Ok(all),
    }
}

fn certificates(folder: &Path) -> Result<Vec<Vec<u8>>, ConfigError> {
    let mut all = Vec::new();
    for path in files(folder, CERTIFICATES)? {
        for der in decode(&path, SectionKind::Certificate)? {
            Certificate::parse(&der).map_err(|e| wrong(&path, &e))?;
            all.push(der);
        }
    }
    Ok(all)
}

fn distrust(folder: &Path) -> Result<Vec<Distrust>, ConfigError> {
    let mut all = Vec::new();
    for path in files(folder, CERTIFICATES)? {
        for der in decode(&path, SectionKind::Certificate)? {
            let certificate = Certificate::parse(&der).map_err(|e| wrong(&path, &e))?;
            all.push(Distrust::from(&certificate));
        }
    }
    for path in files(folder, &["txt"])? {
        let bytes = read(&path)?;
        for (i, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let number = i.saturating_add(1);
            let problem = || {
                let expected = "expected a SHA-256 in hex, and after it nothing or: from RFC3339";
                wrong(&path, &format!("line {number}: {expected}"))
            };
            all.push(distrusted(line).ok_or_else(problem)?);
        }
    }
    Ok(all)
}

/// `<hex> [from RFC3339]`.
fn distrusted(line: &str) -> Option<Distrust> {
    let mut words = line.split_whitespace();
    let digest = Digest::from_hex(&words.next()?.replace(':', ""))?;
    let from = match words.next() {
        None => None,
        Some("from") => Some(Timestamp::parse(words.next()?)?),
        Some(_) => return None,
    };
    let distrust = Distrust {
        from,
        ..digest.into()
    };
    words.next().is_none().then_some(distrust)
}

/// The lists of a folder, and the files that hold none.
fn crls(
    folder: &Path,
    lists: &mut Lists,
    shelf: Option<&Shelf>,
) -> Result<(Vec<Arc<Crl>>, Vec<PassedOver>), ConfigError> {
    let paths = files(folder, CRLS)?;
    let before = std::mem::take(lists);
    let known: BTreeMap<Digest, &Arc<Crl>> = before
        .values()
        .flatten()
        .map(|crl| (crl.sha256(), crl))
        .collect();
    let (mut all, mut passed_over) = (Vec::new(), Vec::new());
    for path in paths {
        let found = match lists_of(&path, &known, shelf) {
            Ok(found) => found,
            Err(error) => {
                let earlier = before.get(&path);
                passed_over.push(PassedOver {
                    file: path.display().to_string(),
                    problem: problem(error),
                    earlier_kept: earlier.is_some(),
                });
                earlier.cloned().unwrap_or_default()
            }
        };
        all.extend(found.iter().cloned());
        if !found.is_empty() {
            lists.insert(path, found);
        }
    }
    Ok((all, passed_over))
}

/// The OCSP responses of a folder, and the files that hold none.
fn responses(folder: &Path) -> Result<(Vec<Bytes>, Vec<PassedOver>), ConfigError> {
    let (mut all, mut passed_over) = (Vec::new(), Vec::new());
    for path in files(folder, RESPONSES)? {
        let response = read(&path).map(Bytes::from).and_then(|der| {
            let parsed = OcspResponse::parse(der.clone());
            parsed.map(|_| der).map_err(|e| wrong(&path, &e))
        });
        match response {
            Ok(der) => all.push(der),
            Err(error) => passed_over.push(PassedOver {
                file: path.display().to_string(),
                problem: problem(error),
                earlier_kept: false,
            }),
        }
    }
    Ok((all, passed_over))
}

/// What is wrong, without the file's name.
fn problem(error: ConfigError) -> String {
    if let ConfigError::Read { problem, .. } | ConfigError::Material { problem, .. } = error {
        problem
    } else {
        error.to_string()
    }
}

/// The lists of one file; one that was read before is not taken apart again.
fn lists_of(
    path: &Path,
    known: &BTreeMap<Digest, &Arc<Crl>>,
    shelf: Option<&Shelf>,
) -> Result<Vec<Arc<Crl>>, ConfigError> {
    let mut found = Vec::new();
    for der in decode(path, SectionKind::Crl)? {
        let list = match known.get(&Digest::of(&der)) {
            Some(list) => Arc::clone(list),
            None => {
                let der = placed(der.into(), shelf);
                Arc::new(Crl::parse(der).map_err(|e| wrong(path, &e))?)
            }
        };
        found.push(list);
    }
    Ok(found)
}

/// A long list on the shelf; what a full disk does not take stays in memory.
fn placed(der: Bytes, shelf: Option<&Shelf>) -> Bytes {
    let Some(shelf) = shelf.filter(|_| der.len() > IN_MEMORY) else {
        return der;
    };
    match shelf.put(&der) {
        Ok((_, placed)) => placed,
        Err(error) => {
            tracing::warn!(%error, "a list could not be copied and stays in memory");
            der
        }
    }
}

/// Removes the lists that no file holds any longer; whoever still judges by one keeps its map.
fn tidy(shelf: &Shelf, lists: &Lists) {
    let used: BTreeSet<Digest> = lists.values().flatten().map(|crl| crl.sha256()).collect();
    let there = shelf.list().unwrap_or_default().into_iter();
    for (digest, _) in there.filter(|(digest, _)| !used.contains(digest)) {
        if let Err(error) = shelf.remove(digest) {
            tracing::warn!(%error, %digest, "an old list could not be removed");
        }
    }
}

#[cfg(test)]
mod tests;
