//! The container: whole, as the gateway writes it, every file under the one signature.

use super::{BundleError, MAX_WHOLE, Proven};
use crate::client::bundle::{ARCHIVE_MANIFEST, INDEX, MANIFEST, README, SIGNATURE, TIMESTAMP};
use crate::config;
use crate::format::asic::{Container, EXTENDED, Kind, Role};
use crate::format::content::Content;
use crate::format::zip::write::folded;
use crate::format::zip::{Archive, Entry, Unpacked};
use crate::model::{Digest, Timestamp};
use crate::seal::{self, Beside, Brought};
use crate::trust::certificate::Certificate;
use crate::trust::material::{Material, MaterialInput};
use crate::trust::report::{
    Coverage, FileFormat, FileReport, Integrity, SignatureReport, TimestampKind, TimestampReport,
};
use crate::trust::revocation::crl::Crl;
use crate::trust::revocation::ocsp::OcspResponse;
use crate::trust::validator::{Signed, Validator};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A timestamp that holds under the given anchors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamped {
    /// When it says that what it is over existed.
    pub moment: Timestamp,
    /// The trust domain of its authority.
    pub domain: String,
}

/// How long the signature of a container can be checked (EN 319 122-1 §6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Level {
    /// The gateway's own word for when it signed.
    B,
    /// There are timestamps, and they do not hold under the given anchors, or none were given.
    BWithUnprovedTimestamps,
    /// A timestamp proves when the signature existed.
    T(Stamped),
    /// Another one, over signature and all files, goes on proving it when the algorithms of the signature no
    /// longer hold; the receipt certificate was issued before it said that nothing is published about its
    /// revocation, so that LT, which would hold that, is not reached.
    Archived(Stamped, Stamped),
    /// The same, with everything there that there is to judge by: the certificate itself says that nothing is
    /// published about its revocation (RFC 9608).
    Lta(Stamped, Stamped),
}

/// A container that is whole.
pub(super) struct Opened<'a> {
    archive: &'a Archive<'a>,
    pub(super) signed: Timestamp,
    pub(super) level: Level,
}

impl<'a> Opened<'a> {
    fn entry(&self, name: &str) -> Result<&'a Entry, BundleError> {
        let entry = self.archive.file(name);
        entry.ok_or_else(|| BundleError::Missing(name.to_owned()))
    }

    /// A file as a body.
    pub(super) fn body(&self, name: &str) -> Result<Unpacked<'a>, BundleError> {
        Ok(Unpacked::new(self.archive, self.entry(name)?))
    }

    /// A file, whole.
    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        let unpacked = self.archive.unpack(self.entry(name)?, MAX_WHOLE);
        unpacked.map_err(|e| BundleError::Container(e.to_string()))
    }

    /// The names of everything that is content.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let entries = self.archive.entries().iter();
        let names = entries.map(|entry| entry.name.as_str());
        names.filter(|name| *name != "mimetype" && !name.starts_with("META-INF/"))
    }

    /// A file that has to have this digest, by the word of `by`.
    pub(super) fn named(
        &self,
        name: &str,
        sha256: &Digest,
        by: &str,
    ) -> Result<Unpacked<'a>, BundleError> {
        let body = self.body(name)?;
        match body.digest() == *sha256 {
            true => Ok(body),
            false => Err(BundleError::Differs(name.to_owned(), by.to_owned())),
        }
    }
}

pub(super) fn judge(
    content: &dyn Content,
    (ca, anchors): (&Certificate, Option<&PathBuf>),
    at: Timestamp,
    inside: impl FnOnce(Opened<'_>) -> Result<Proven, BundleError>,
) -> Result<Proven, BundleError> {
    let archive = Archive::read(content).map_err(|e| BundleError::Container(e.to_string()))?;
    shape(&archive)?;
    let signed = Signed {
        content,
        detached: None,
        beside: &[],
    };
    let judged = |material| Validator::new(Arc::new(material)).judge_signed(&signed, at);
    let report = judged(match anchors {
        // From the bundle alone: what else lies in the folder may be gone one day.
        Some(folder) => config::load_judging(folder, brought(&archive, folder)?)?,
        None => nothing()?,
    });
    // What the verifier knows besides, a newer list, can only take a timestamp away.
    let wider = match anchors {
        Some(folder) => {
            let material = config::load_beside(folder, brought(&archive, folder)?)?;
            Some(judged(material))
        }
        None => None,
    };
    let signature = covered(&report)?;
    let whole = |name: &str| match archive.file(name) {
        Some(entry) => {
            let unpacked = archive.unpack(entry, MAX_WHOLE);
            unpacked.map_err(|e| BundleError::Container(e.to_string()))
        }
        None => Err(BundleError::Missing(name.to_owned())),
    };
    let (list, p7s) = (whole(MANIFEST)?, whole(SIGNATURE)?);
    let own = seal::verify_detached(&p7s, &list, ca).map_err(BundleError::Signature)?;
    let reports = (&report, wider.as_ref());
    let level = level((signature, &own), reports, [&list, &p7s])?;
    inside(Opened {
        archive: &archive,
        signed: own.at,
        level,
    })
}

/// What the signature brings for its timestamps, as far as it can be read: lists that their issuers sign. Under
/// the algorithms of the verifier's folder.
fn brought(archive: &Archive<'_>, folder: &Path) -> Result<MaterialInput, BundleError> {
    let p7s = archive
        .file(SIGNATURE)
        .and_then(|entry| archive.unpack(entry, MAX_WHOLE).ok());
    let found = p7s.and_then(|p7s| seal::brought(&p7s).ok());
    let Brought {
        certificates,
        crls,
        responses,
    } = found.unwrap_or_default();
    material_of(
        [certificates, crls, responses].into_iter().flatten(),
        folder,
    )
}

/// Each piece as what it is read as; what is none of them counts for nothing.
pub(super) fn material_of(
    pieces: impl Iterator<Item = Vec<u8>>,
    folder: &Path,
) -> Result<MaterialInput, BundleError> {
    let mut input = MaterialInput {
        algorithms: config::algorithms::read(&folder.join("algorithms.toml"))?,
        ..MaterialInput::default()
    };
    for piece in pieces {
        let piece = Bytes::from(piece);
        if Certificate::parse(&piece).is_ok() {
            input.intermediates.push(piece.to_vec());
        } else if Crl::parse(piece.clone()).is_ok() {
            input.crls.push(piece);
        } else if OcspResponse::parse(piece.clone()).is_ok() {
            input.responses.push(piece);
        }
    }
    Ok(input)
}

fn nothing() -> Result<Material, BundleError> {
    let none = Material::new(MaterialInput::default());
    none.map_err(|e| BundleError::Container(e.to_string()))
}

/// As the gateway writes it, and nothing else.
fn shape(archive: &Archive<'_>) -> Result<(), BundleError> {
    let wrong = |what: &str| BundleError::Container(what.to_owned());
    let container = Container::read(archive)?.ok_or_else(|| wrong("not ASiC"))?;
    container.check()?;
    if container.kind() != Kind::Extended || !container.remarks().is_empty() {
        return Err(wrong("not an ASiC-E container as the gateway writes it"));
    }
    let names: Vec<&str> = archive.entries().iter().map(|e| e.name.as_str()).collect();
    let stamped = [MANIFEST, SIGNATURE, ARCHIVE_MANIFEST, TIMESTAMP];
    let tail: &[&str] = match names.last() {
        Some(&TIMESTAMP) => &stamped,
        _ => &[MANIFEST, SIGNATURE],
    };
    let inside = names.strip_prefix(&["mimetype", README, INDEX]);
    let inside = inside.and_then(|rest| rest.strip_suffix(tail));
    let inside = inside.ok_or_else(|| wrong("its files are not in the order of the gateway"))?;
    // A folder, a package list, an evidence record, a second signature: none is the gateway's.
    let others = inside
        .iter()
        .any(|name| folded(name).starts_with("meta-inf"));
    // With the two before them.
    let data = inside.len().saturating_add(2);
    if others || container.of(Role::Data).count() != data || !archive.is_as_written() {
        return Err(wrong("there is more in it than the gateway writes"));
    }
    let first = archive.entries().first();
    let media = first.and_then(|entry| archive.unpack(entry, MAX_WHOLE).ok());
    if media.as_deref() != Some(EXTENDED.as_bytes()) {
        return Err(wrong("its mimetype is not that of ASiC-E"));
    }
    Ok(())
}

/// The one signature, which has to be over every file; whether its chain holds is not asked here.
fn covered(report: &FileReport) -> Result<&SignatureReport, BundleError> {
    if let Some(fault) = &report.fault {
        let reason = fault.reason();
        let args: Vec<&str> = reason.args.iter().map(|(_, text)| text.as_str()).collect();
        let said = format!("{} {}", reason.code.name(), args.join(", "));
        return Err(BundleError::NotSigned(said));
    }
    let [signature] = report.signatures.as_slice() else {
        return Err(BundleError::NotSigned("not exactly one signature".into()));
    };
    let whole = report.format == FileFormat::AsicE
        && signature.name == SIGNATURE
        && signature.integrity == Integrity::Intact
        && signature.coverage == Coverage::Encapsulated;
    if !whole {
        let reason = signature.verdict.reason();
        let args: Vec<&str> = reason.args.iter().map(|(_, text)| text.as_str()).collect();
        let said = format!("{} {}", reason.code.name(), args.join(", "));
        return Err(BundleError::NotSigned(said));
    }
    Ok(signature)
}

/// `files`: the list and the signature over it, which the last timestamp has to be over too. A timestamp counts that
/// holds in each of the reports.
fn level(
    (signature, own): (&SignatureReport, &Beside),
    (report, wider): (&FileReport, Option<&FileReport>),
    files: [&[u8]; 2],
) -> Result<Level, BundleError> {
    let wider = match wider {
        Some(wider) => Some(all_stamps(covered(wider)?, wider)),
        None => None,
    };
    let all = all_stamps(signature, report);
    let holds = |(place, _): &(usize, &&TimestampReport)| match &wider {
        Some(wider) => wider.get(*place).is_some_and(|own| own.proves().is_some()),
        None => true,
    };
    let holding = || {
        all.iter()
            .enumerate()
            .filter(holds)
            .map(|(_, stamp)| *stamp)
    };
    let of = |kind: TimestampKind| holding().filter(move |t| t.kind == kind);
    let signed = signature.covers.iter().map(|covered| covered.file);
    let signed = signed.chain(files.map(|bytes| Some(Digest::of(bytes))));
    let signed: BTreeSet<Option<Digest>> = signed.collect();
    // Anybody can have a part of it stamped: that goes on proving nothing of the rest.
    let whole = |stamp: &&TimestampReport| {
        let covers = stamp.signature.covers.iter().map(|covered| covered.file);
        signed.is_subset(&covers.collect())
    };
    let first = of(TimestampKind::Signature).find_map(stamped);
    let archive = of(TimestampKind::Archive).filter(whole).find_map(stamped);
    Ok(match (first, archive) {
        (Some(first), Some(archive)) if own.never_revoked => Level::Lta(first, archive),
        (Some(first), Some(archive)) => Level::Archived(first, archive),
        (Some(first), None) => Level::T(first),
        (None, _) if !all.is_empty() => Level::BWithUnprovedTimestamps,
        (None, _) => Level::B,
    })
}

/// The timestamps of a container, in the order in which they lie there, whatever they are judged by.
fn all_stamps<'r>(
    signature: &'r SignatureReport,
    report: &'r FileReport,
) -> Vec<&'r TimestampReport> {
    signature
        .timestamps
        .iter()
        .chain(&report.timestamps)
        .collect()
}

fn stamped(report: &TimestampReport) -> Option<Stamped> {
    Some(Stamped {
        moment: report.proves()?,
        domain: report.signature.domain.clone().unwrap_or_default(),
    })
}
