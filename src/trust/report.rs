//! What was found about each signature of one file: the one report that `verify`, `POST /v1/verify`
//! and the relay give.

use super::changes::Changes;
use super::evidence::{Awaited, EvidenceKind, Need, Used};
use super::name::readable;
use super::path::PathOutcome;
use super::payload::{Payload, Proved};
use super::verdict::Verdict;
use crate::model::indication::words;
use crate::model::{Digest, Indication, Reason, Timestamp};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

words! {
    /// What kind of file it is, by its own bytes.
    FileFormat {
        /// A PDF.
        Pdf = 1 "pdf",
        /// CMS SignedData with its content inside.
        CmsEncapsulated = 2 "cms",
        /// CMS SignedData whose content is another file.
        CmsDetached = 3 "cms-detached",
        /// OOXML, ODF or another ZIP container: recognised, not judged.
        Container = 4 "container",
        /// XML.
        Xml = 5 "xml",
        /// Anything else.
        Other = 6 "other",
        /// ASiC-S: one file, and a signature file or timestamps over it.
        AsicS = 7 "asic-s",
        /// ASiC-E: files, and signature files over them.
        AsicE = 8 "asic-e",
    }
}

words! {
    /// What one signature covers.
    Coverage {
        /// The whole file, without its own value.
        WholeFile = 1 "whole-file",
        /// One earlier revision of the PDF, from its first byte.
        Revision = 2 "revision",
        /// The content inside the CMS.
        Encapsulated = 3 "encapsulated",
        /// Another file.
        Detached = 4 "detached",
        /// Not what its format demands.
        Unclear = 5 "unclear",
        /// Some of the file's content and not all of it.
        Part = 6 "part",
    }
}

words! {
    /// Whether cryptography and format hold, whatever the chain.
    Integrity {
        /// Digest, signed attributes and signature value hold.
        Intact = 1 "intact",
        /// At least one of them does not.
        Broken = 2 "broken",
        /// Not judged.
        NotJudged = 3 "not-judged",
    }
}

words! {
    /// The level of a signature for the long term (EN 319 122-1 §6, EN 319 142-1 §6).
    Level {
        /// Basic: it names the signer's certificate.
        B = 1 "B",
        /// A timestamp proves when it existed.
        T = 2 "T",
        /// The evidence for its validation lies beside it.
        Lt = 3 "LT",
        /// An archive or document timestamp covers that evidence.
        Lta = 4 "LTA",
    }
}

impl Integrity {
    /// Of a signature that did not prove intact, by what was said of it.
    pub(in crate::trust) fn unproved(verdict: &Verdict) -> Self {
        match verdict.indication() {
            Indication::TotalFailed => Self::Broken,
            Indication::Indeterminate | Indication::TotalPassed => Self::NotJudged,
        }
    }
}

/// One certificate of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateInfo {
    /// Subject in RFC 4514 form, control characters made visible; for reading only.
    pub subject: String,
    /// Issuer in RFC 4514 form; for reading only.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// notBefore.
    pub not_before: Timestamp,
    /// notAfter.
    pub not_after: Timestamp,
    /// SHA-256 of its DER.
    pub sha256: Digest,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key: Digest,
}

impl CertificateInfo {
    /// How its holder is called; for reading only.
    #[must_use]
    pub fn holder(&self) -> String {
        called(&self.subject)
    }

    /// How its issuer is called; for reading only.
    #[must_use]
    pub fn issued_by(&self) -> String {
        called(&self.issuer)
    }

    /// The organisation that the certificate names for its holder; for reading only.
    #[must_use]
    pub fn organisation(&self) -> Option<String> {
        readable::part(&self.subject, "O").or_else(|| readable::part(&self.subject, "OU"))
    }
}

/// The common name, else the whole name.
fn called(name: &str) -> String {
    readable::part(name, "CN").unwrap_or_else(|| name.to_owned())
}

/// Something that a verdict rests on, to be kept with the document: judged again from it, the
/// document has the same verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceItem {
    /// What it is.
    pub kind: EvidenceKind,
    /// SHA-256 of its DER.
    pub sha256: Digest,
    /// Its DER.
    pub bytes: Bytes,
}

/// A piece of revocation evidence that was used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// What it is: `crl` or `ocsp`.
    pub kind: &'static str,
    /// SHA-256 of its DER.
    pub sha256: Digest,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// nextUpdate, if it has one.
    pub next_update: Option<Timestamp>,
}

/// What was found about one signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureReport {
    /// The PDF field's name, or the signer's number in the CMS, from 1.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether cryptography and format hold, whatever the chain.
    pub integrity: Integrity,
    /// What it covers.
    pub coverage: Coverage,
    /// The end of what it covers in the file, for PDF.
    pub covered_until: Option<u64>,
    /// What came after it, for PDF.
    pub changes: Option<Changes>,
    /// The level that it reaches, where it is one that has levels.
    pub level: Option<Level>,
    /// The signer's certificate, where it was found.
    pub signer: Option<CertificateInfo>,
    /// SHA-256 of the issuer's public key *on the validated path*; `None` without a path.
    pub issuer_key: Option<Digest>,
    /// The path from the signer's issuer to the anchor, as far as one was found.
    pub path: Vec<CertificateInfo>,
    /// The anchor's trust domain; `None` without a path.
    pub domain: Option<String>,
    /// The signature algorithm's name.
    pub algorithm: String,
    /// The time the signer claims; never proof.
    pub claimed_time: Option<Timestamp>,
    /// The revocation evidence used.
    pub evidence: Vec<Evidence>,
    /// What is worth saying though it does not decide.
    pub warnings: Vec<Reason>,
    /// What would settle it, where only evidence is missing.
    pub needs: Vec<Need>,
    /// The addresses where it looked for more, where it did not pass.
    pub awaited: Vec<Awaited>,
    /// Everything that the verdict rests on.
    pub kept: Vec<EvidenceItem>,
    /// The timestamps over it.
    pub timestamps: Vec<TimestampReport>,
    /// The signatures over it, which decide nothing about it.
    pub countersignatures: Vec<Self>,
    /// What an XML signature, or one in a container, covers, one reference after the other; empty unless it
    /// is intact.
    pub covers: Vec<Covered>,
    /// The octets that it covers, for [`FileReport::payload`]; empty unless they were asked for and it is
    /// intact.
    pub proved: Proved,
}

/// What one reference covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Covered {
    /// The reference, as it is written; `None`: it leaves open what it refers to.
    pub uri: Option<String>,
    /// The name of the element that is covered, in this file; `None` for the whole of a file.
    pub element: Option<String>,
    /// Its identifier, where it has one.
    pub id: Option<String>,
    /// SHA-256 of the other file that is covered whole; `None` for an element of this one, and where
    /// something was left out.
    pub file: Option<Digest>,
    /// Where that lies in the file, where its octets are those of the text (UTF-8).
    pub range: Option<Range<u64>>,
    /// What was done before it was digested.
    pub transforms: Vec<String>,
    /// The digest algorithm's name.
    pub algorithm: &'static str,
    /// The digest in hexadecimal.
    pub digest: String,
}

impl Covered {
    /// Whether it is another file, octet by octet.
    pub(in crate::trust) fn whole_file(&self) -> bool {
        self.element.is_none() && self.transforms.is_empty()
    }
}

impl SignatureReport {
    /// A signature about which nothing but a verdict is known.
    #[must_use]
    pub fn bare(name: String, verdict: Verdict, integrity: Integrity, coverage: Coverage) -> Self {
        Self {
            name,
            verdict,
            integrity,
            coverage,
            covered_until: None,
            changes: None,
            level: None,
            signer: None,
            issuer_key: None,
            path: Vec::new(),
            domain: None,
            algorithm: String::new(),
            claimed_time: None,
            evidence: Vec::new(),
            warnings: Vec::new(),
            needs: Vec::new(),
            awaited: Vec::new(),
            kept: Vec::new(),
            timestamps: Vec::new(),
            countersignatures: Vec::new(),
            covers: Vec::new(),
            proved: Proved::default(),
        }
    }

    /// With what was found about the path of its signer.
    pub(in crate::trust) fn along(self, outcome: &PathOutcome) -> Self {
        Self {
            signer: Some(outcome.certificate().info()),
            issuer_key: outcome.issuer_key,
            path: outcome.path.clone(),
            domain: outcome.domain.clone(),
            evidence: outcome.evidence(),
            needs: outcome.needs.clone(),
            awaited: outcome.awaited.clone(),
            kept: outcome.used.iter().map(Used::item).collect(),
            ..self
        }
    }
}

words! {
    /// What a timestamp of a signature is over.
    TimestampKind {
        /// The signature value (RFC 3161 appendix A), or bytes that were handed in.
        Signature = 1 "signature",
        /// The signature and all that it needs for the long term (EN 319 122-1 §5.5).
        Archive = 2 "archive",
        /// A PDF's revisions up to it (ISO 32000-2 §12.8.5).
        Document = 3 "document",
        /// What was to be signed, before it was (EN 319 132-1 §5.2.8).
        Content = 4 "content",
        /// Digests of certificates and revocation data (EN 319 132-1 annex A.1.5.2).
        References = 5 "references",
    }
}

/// What a timestamp token says (RFC 3161 §2.4.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// genTime.
    pub gen_time: Timestamp,
    /// accuracy in milliseconds, rounded up; `None`: not said.
    pub accuracy_millis: Option<i64>,
    /// The policy under which it was made, in dotted decimal.
    pub policy: String,
    /// Serial number in hexadecimal.
    pub serial: String,
}

/// What was found about one timestamp token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimestampReport {
    /// What it is over.
    pub kind: TimestampKind,
    /// What it says, where it can be read.
    pub stamp: Option<Stamp>,
    /// What was found about the authority's signature, and in the verdict also about what is stamped.
    pub signature: SignatureReport,
}

impl TimestampReport {
    /// When the signature is proved to have existed: the latest moment that the token allows, and only
    /// if it passed and is over the signature. What was to be signed may be older than its signature.
    #[must_use]
    pub fn proves(&self) -> Option<Timestamp> {
        match self.kind {
            TimestampKind::Signature | TimestampKind::Archive | TimestampKind::Document => {}
            TimestampKind::Content | TimestampKind::References => return None,
        }
        let stamp = self.stamp.as_ref()?;
        let late = stamp.accuracy_millis.unwrap_or(0);
        let moment = Timestamp(stamp.gen_time.0.saturating_add(late));
        self.signature.verdict.is_passed().then_some(moment)
    }
}

/// What was found in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileReport {
    /// What kind of file it is.
    pub format: FileFormat,
    /// Every signature, in the order of what they cover.
    pub signatures: Vec<SignatureReport>,
    /// What is wrong with the file as a whole, whatever its signatures say. A file with a fault
    /// never passes.
    pub fault: Option<Verdict>,
    /// Timestamps over content that stand for themselves, under no signature. They speak for nobody.
    pub timestamps: Vec<TimestampReport>,
}

impl FileReport {
    /// A file without any signature, of a kind that could carry one or not.
    #[must_use]
    pub fn unsigned(format: FileFormat) -> Self {
        Self {
            format,
            signatures: Vec::new(),
            fault: None,
            timestamps: Vec::new(),
        }
    }

    /// A file that could not be judged as a whole.
    #[must_use]
    pub fn faulty(format: FileFormat, fault: Verdict) -> Self {
        Self {
            format,
            signatures: Vec::new(),
            fault: Some(fault),
            timestamps: Vec::new(),
        }
    }

    /// What was found of every signature, those in timestamps of their own included.
    fn all(&self) -> impl Iterator<Item = &SignatureReport> {
        let stamps = self.timestamps.iter().map(|stamp| &stamp.signature);
        self.signatures.iter().chain(stamps)
    }

    /// What a signature covers, if it passed, by its place in the list; nothing of a file with a fault, and
    /// nothing where nobody asked for it ([`Validator::handing_out`]).
    ///
    /// [`Validator::handing_out`]: super::validator::Validator::handing_out
    #[must_use]
    pub fn payload(&self, signature: usize) -> Option<&Payload> {
        let signature = self.signatures.get(signature)?;
        let released = signature.proved.under(&signature.verdict);
        released.filter(|_| self.fault.is_none())
    }

    /// What would settle the verdicts that lack only evidence, each thing once.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let all = self.all().flat_map(|s| s.needs.iter().cloned());
        let unique: BTreeSet<Need> = all.collect();
        unique.into_iter().collect()
    }

    /// The addresses where its verdicts looked for more, as each of them did.
    pub fn awaited(&self) -> impl Iterator<Item = &Awaited> {
        self.all().flat_map(|s| &s.awaited)
    }

    /// Everything that its verdicts rest on, each thing once, in the order of its digests.
    #[must_use]
    pub fn evidence(&self) -> Vec<EvidenceItem> {
        let all = self.all().flat_map(|s| s.kept.iter());
        let unique: BTreeMap<Digest, EvidenceItem> = all.map(|i| (i.sha256, i.clone())).collect();
        unique.into_values().collect()
    }

    /// The worst verdict in the file: any TOTAL-FAILED before any INDETERMINATE before a pass;
    /// `None` if there is neither signature nor fault. Where nobody has signed, a timestamp that does
    /// not hold decides; one that holds is no signature.
    #[must_use]
    pub fn worst(&self) -> Option<&Verdict> {
        let stamps = self.timestamps.iter().map(|stamp| &stamp.signature.verdict);
        let stamps = stamps.filter(|verdict| self.signatures.is_empty() && !verdict.is_passed());
        let signatures = self.signatures.iter().map(|s| &s.verdict);
        let all = self.fault.iter().chain(signatures).chain(stamps);
        all.min_by_key(|v| match v.indication() {
            Indication::TotalFailed => 0,
            Indication::Indeterminate => 1,
            Indication::TotalPassed => 2,
        })
    }
}
