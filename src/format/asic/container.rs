//! What each file of a container is.

use super::media::{self, Media};
use super::{AsicError, Remark};
use crate::format::limits::{MAX_ASIC_BYTES, MAX_ASIC_SIGNATURES, MAX_MIMETYPE};
use crate::format::xml::Document;
use crate::format::zip::{Archive, Entry, ZipError};

/// Namespace of OpenDocument package manifests.
const PACKAGE: &str = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";

/// The package's list of files.
const LIST: &str = "META-INF/manifest.xml";

/// The two kinds of container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// ASiC-S: one file with one signature file or timestamp over it (§4.3).
    Simple,
    /// ASiC-E: files and signature files over any of them (§4.4).
    Extended,
}

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// `mimetype`.
    Mimetype,
    /// A folder.
    Folder,
    /// Content.
    Data,
    /// About the package, and not about its signatures: its list of files.
    Package,
    /// XML signatures.
    Xml,
    /// A CMS signature.
    Cms,
    /// A timestamp token.
    Timestamp,
    /// What a CMS signature or timestamp is over.
    Manifest,
    /// What a timestamp for the archive is over.
    ArchiveManifest,
    /// An evidence record or what it is over (RFC 4998, RFC 6283).
    EvidenceRecord,
    /// Says what is encrypted.
    Encryption,
}

/// A container.
#[derive(Debug)]
pub struct Container<'a> {
    archive: &'a Archive<'a>,
    kind: Kind,
    roles: Vec<Role>,
    remarks: Vec<Remark>,
}

impl<'a> Container<'a> {
    /// Reads an archive as a container; `None` if it is an archive of another kind.
    ///
    /// # Errors
    /// [`AsicError`].
    pub fn read(archive: &'a Archive<'a>) -> Result<Option<Self>, AsicError> {
        let Media { text, mut remarks } = media::read(archive)?;
        let roles: Vec<Role> = archive.entries().iter().map(role).collect();
        let told = match text.as_deref() {
            Some("application/vnd.etsi.asic-s+zip") => Some(Kind::Simple),
            Some("application/vnd.etsi.asic-e+zip") => Some(Kind::Extended),
            // The Estonian and Lithuanian forms before the standard.
            Some(text) if text.starts_with("application/vnd.bdoc") => Some(Kind::Extended),
            Some(text) if text.starts_with("application/vnd.lt.archyvai.adoc") => {
                Some(Kind::Extended)
            }
            Some(_) | None => None,
        };
        let kind = match told {
            Some(kind) => kind,
            None if is_other(archive, text.as_deref()) => return Ok(None),
            None => match by_content(archive, &roles) {
                Some(kind) => kind,
                None => return Ok(None),
            },
        };
        if told.is_none() && text.is_some() {
            remarks.push(Remark::OtherType);
        }
        let container = Self {
            archive,
            kind,
            roles,
            remarks,
        };
        container.bounded()?;
        match text.is_none() && container.package_names_type()? {
            true => Err(AsicError::NoMimetype),
            false => Ok(Some(container)),
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The archive.
    #[must_use]
    pub fn archive(&self) -> &'a Archive<'a> {
        self.archive
    }

    /// What is not as it should be about its media type.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The files of one role, with their places in the archive.
    pub fn of(&self, role: Role) -> impl Iterator<Item = (usize, &'a Entry)> {
        let all = self.archive.entries().iter().zip(&self.roles).enumerate();
        all.filter(move |(_, (_, own))| **own == role)
            .map(|(place, (entry, _))| (place, entry))
    }

    /// The files that are neither content nor judged, with their places in the archive. The package's list
    /// of files is not among them: nearly every container of some programs has one.
    pub fn not_judged(&self) -> impl Iterator<Item = (usize, &'a Entry)> {
        let all = [Role::Package, Role::EvidenceRecord].into_iter();
        all.flat_map(|role| self.of(role))
            .filter(|(_, entry)| entry.name != LIST)
    }

    /// What the kind of container allows (§4.3.3, §4.4.3).
    ///
    /// # Errors
    /// [`AsicError::Structure`].
    pub fn check(&self) -> Result<(), AsicError> {
        let count = |role| self.of(role).count();
        // What is encrypted is not what its recipient reads.
        if count(Role::Encryption) > 0 {
            return Err(AsicError::Structure("it has encrypted files"));
        }
        // Anything could be in it, and nobody signs it.
        let long = |(_, entry): (usize, &Entry)| entry.size > MAX_MIMETYPE;
        if self.of(Role::Mimetype).any(long) {
            return Err(AsicError::Structure("its mimetype is no media type"));
        }
        let data = count(Role::Data);
        if data == 0 {
            return Err(AsicError::Structure("it has no content"));
        }
        let signed = count(Role::Xml).saturating_add(count(Role::Cms));
        let stamped = count(Role::Timestamp);
        let records = count(Role::EvidenceRecord);
        if records > 0 && signed.saturating_add(stamped) > 0 && self.kind == Kind::Simple {
            return Err(AsicError::Structure(
                "an evidence record beside a signature or timestamp",
            ));
        }
        if self.kind == Kind::Extended {
            return Ok(());
        }
        // §4.3.3.1: one file, at the top.
        if data != 1 {
            return Err(AsicError::Structure("ASiC-S with more than one file"));
        }
        if self
            .of(Role::Data)
            .any(|(_, entry)| entry.name.contains('/'))
        {
            return Err(AsicError::Structure("ASiC-S with its file in a folder"));
        }
        if signed > 1 || (signed > 0 && stamped > 0 && count(Role::ArchiveManifest) == 0) {
            return Err(AsicError::Structure(
                "ASiC-S with more than one signature file",
            ));
        }
        match count(Role::Manifest) {
            0 => Ok(()),
            _ => Err(AsicError::Structure("ASiC-S with a manifest")),
        }
    }

    /// Bounds what is read whole.
    fn bounded(&self) -> Result<(), AsicError> {
        let apart = [Role::Data, Role::Folder, Role::Mimetype];
        let own = self.archive.entries().iter().zip(&self.roles);
        let own: Vec<&Entry> = own
            .filter(|(_, role)| !apart.contains(role))
            .map(|(entry, _)| entry)
            .collect();
        if own.len() > MAX_ASIC_SIGNATURES {
            return Err(AsicError::TooMany {
                what: "signature files and manifests",
                limit: MAX_ASIC_SIGNATURES,
            });
        }
        let size = own
            .iter()
            .fold(0u64, |sum, entry| sum.saturating_add(entry.size));
        match size > MAX_ASIC_BYTES {
            true => Err(AsicError::Zip(ZipError::TooMany {
                what: "octets of signature files and manifests",
                limit: MAX_ASIC_BYTES,
            })),
            false => Ok(()),
        }
    }

    /// Whether its package manifest (ODF 1.2 part 3 §3.2) gives the whole a media type.
    fn package_names_type(&self) -> Result<bool, AsicError> {
        let Some(entry) = self.archive.file(LIST) else {
            return Ok(false);
        };
        let bytes = self.archive.unpack(entry, MAX_ASIC_BYTES)?;
        // It is about nothing that is signed; one that cannot be read names nothing.
        let Ok(document) = Document::read(&bytes) else {
            return Ok(false);
        };
        let is_whole = |id| {
            let tag = document.tag(id);
            let mut attributes = tag.iter().flat_map(|tag| tag.attributes());
            attributes.any(|a| a.name.ends_with("full-path") && a.value() == "/")
        };
        Ok(document
            .nodes()
            .any(|id| document.is(id, PACKAGE, "file-entry") && is_whole(id)))
    }
}

/// §4.3.3.2, §4.4.3.2, §4.4.4.2 and annex A: by its name in META-INF.
fn role(entry: &Entry) -> Role {
    if entry.folder {
        return Role::Folder;
    }
    let Some(name) = entry.name.strip_prefix("META-INF/") else {
        return match entry.name.as_str() {
            media::NAME => Role::Mimetype,
            _ => Role::Data,
        };
    };
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    let xml = last.strip_suffix(".xml");
    match (folder, last, xml) {
        ("", "manifest.xml" | "container.xml" | "metadata.xml" | "rights.xml", _) => Role::Package,
        ("", "encryption.xml", _) => Role::Encryption,
        ("", _, Some(stem)) if stem.starts_with("ASiCManifest") => Role::Manifest,
        ("", _, Some(stem)) if stem.starts_with("ASiCArchiveManifest") => Role::ArchiveManifest,
        ("", _, Some(stem)) if stem.starts_with("ASiCEvidenceRecordManifest") => {
            Role::EvidenceRecord
        }
        ("", _, _) if last.contains("evidencerecord") && is_record(last) => Role::EvidenceRecord,
        // The Lithuanian form has them in a folder of their own.
        ("" | "signatures", _, Some(stem)) if stem.contains("signatures") => Role::Xml,
        ("", _, _) if last.contains("signature") && last.ends_with(".p7s") => Role::Cms,
        ("", _, _) if last.contains("timestamp") && last.ends_with(".tst") => Role::Timestamp,
        _ => Role::Data,
    }
}

/// §4.3.3.2: an evidence record is in XML or in ASN.1.
fn is_record(name: &str) -> bool {
    [".xml", ".ers"].iter().any(|kind| name.ends_with(kind))
}

/// Whether it is a package of another kind, which has signatures of its own: OOXML, OpenDocument, EPUB.
fn is_other(archive: &Archive<'_>, media: Option<&str>) -> bool {
    let foreign = ["application/vnd.oasis.opendocument", "application/epub+zip"];
    media.is_some_and(|text| foreign.iter().any(|f| text.starts_with(f)))
        || archive.file("[Content_Types].xml").is_some()
        || archive.file("META-INF/documentsignatures.xml").is_some()
}

/// Which kind it is by what it holds; `None` without any signature of such a container.
fn by_content(archive: &Archive<'_>, roles: &[Role]) -> Option<Kind> {
    let has = |role: Role| roles.contains(&role);
    if !has(Role::Xml) && !has(Role::Cms) && !has(Role::Timestamp) {
        return None;
    }
    let simple = ["signature.p7s", "signatures.xml", "timestamp.tst"];
    let at = |name: &&str| archive.file(&format!("META-INF/{name}")).is_some();
    let data = roles.iter().filter(|role| **role == Role::Data).count();
    match data == 1 && !has(Role::Manifest) && simple.iter().any(at) {
        true => Some(Kind::Simple),
        false => Some(Kind::Extended),
    }
}
