//! Judges one file: what kind it is, which signatures it carries, and the verdict about each.

use super::cache::PathCache;
use super::certificate::{Certificate, CertificateError};
use super::changes::ChangeLevel;
use super::evidence::Pool;
use super::hindsight::{Hindsight, Told};
use super::level;
use super::material::Material;
use super::path::{self, Demands, Moments, PathOutcome, Purpose, World};
use super::report::{Coverage, FileFormat, FileReport, SignatureReport, TimestampReport};
use super::revocation::signatures::CheckedSignatures;
use super::revocation::status::told_revoked;
use super::signatures::cms::{self, Covered, Digests, Judging};
use super::signatures::pdf;
use super::supplied::Accompanying;
pub use super::supplied::SuppliedDer;
use super::timestamp::{self, Imprint, Token};
use super::verdict::Verdict;
use crate::format::cms::read::{CmsError, SignedData, Tail, looks_like_signed_data, parse};
use crate::format::content::{Content, ContentError};
use crate::format::limits::MAX_PADDING;
use crate::model::{Hasher, Reason, ReasonCode, SubIndication, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Material and what was found out under it.
#[derive(Debug)]
pub struct Validator {
    material: Arc<Material>,
    pool: Arc<Pool>,
    paths: PathCache,
    signatures: Arc<CheckedSignatures>,
    hindsight: Option<Hindsight>,
    admitted: ChangeLevel,
}

impl Validator {
    /// A validator under `material` alone, its caches empty.
    #[must_use]
    pub fn new(material: Arc<Material>) -> Self {
        Self::with_pool(material, Arc::new(Pool::new()))
    }

    /// A validator under `material` and what is gathered beside it, its caches empty.
    #[must_use]
    pub fn with_pool(material: Arc<Material>, pool: Arc<Pool>) -> Self {
        Self {
            material,
            pool,
            paths: PathCache::default(),
            signatures: Arc::default(),
            hindsight: None,
            admitted: ChangeLevel::Updates,
        }
    }

    /// A validator of what is known to have existed at `existed`, by more than its own word: the gateway
    /// had it then (EN 319 102-1 §5.6, past signature validation). `kept` is what its first verdict rested on.
    /// Outcomes of the past and of the present are never shared (`verdicts.md` §3).
    #[must_use]
    pub fn in_hindsight(&self, existed: Timestamp, kept: &SuppliedDer<'_>) -> Self {
        Self {
            material: Arc::clone(&self.material),
            pool: Arc::clone(&self.pool),
            paths: PathCache::default(),
            signatures: Arc::clone(&self.signatures),
            hindsight: Some(Hindsight::new(existed, kept)),
            admitted: self.admitted,
        }
    }

    /// Since when what is judged is known to have existed, if that is before the judgement.
    pub(in crate::trust) fn existed(&self, at: Timestamp) -> Option<Timestamp> {
        self.hindsight.as_ref()?.existed(at)
    }

    /// Certificates that the first verdict rested on.
    pub(in crate::trust) fn kept_certificates(&self) -> impl Iterator<Item = &[u8]> {
        let kept = self.hindsight.iter().flat_map(Hindsight::certificates);
        kept.map(|certificate| certificate.der())
    }

    /// Whether anything at hand says that a certificate is revoked for good, whoever signed it: whether
    /// it is worth judging again what rests on the certificate.
    #[must_use]
    pub fn told_revoked(&self, certificate: &Certificate) -> Option<Told> {
        told_revoked(&self.material, &self.pool, certificate)
    }

    /// Lets a PDF be changed so far after its last signature, where the signature permits it.
    #[must_use]
    pub fn admitting(mut self, admitted: ChangeLevel) -> Self {
        self.admitted = admitted.min(ChangeLevel::Annotations);
        self
    }

    /// The most that a PDF may be changed after its last signature: evidence and timestamps, unless
    /// more is admitted.
    #[must_use]
    pub fn admitted(&self) -> ChangeLevel {
        self.admitted
    }

    /// What is gathered beside the material.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// The material.
    #[must_use]
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// Judges every signature of a file. `detached` is the content that a detached CMS signs.
    /// Never panics; an internal error is a fault of the report, never a pass.
    #[must_use]
    pub fn judge_file(
        &self,
        content: &dyn Content,
        detached: Option<&dyn Content>,
        at: Timestamp,
    ) -> FileReport {
        let Ok(format) = catch_unwind(AssertUnwindSafe(|| recognise(content.bytes()))) else {
            return FileReport::faulty(FileFormat::Other, internal("panic"));
        };
        let judged = catch_unwind(AssertUnwindSafe(|| {
            self.judge(format, content, detached, at)
        }));
        judged.unwrap_or_else(|_| FileReport::faulty(format, internal("panic")))
    }

    fn judge(
        &self,
        format: FileFormat,
        content: &dyn Content,
        detached: Option<&dyn Content>,
        at: Timestamp,
    ) -> FileReport {
        match (format, detached) {
            (FileFormat::CmsEncapsulated | FileFormat::CmsDetached, detached) => {
                self.judge_cms(content, detached, at)
            }
            // Only a CMS signs another file.
            (_, Some(_)) => FileReport::faulty(format, not_a_detached_signature()),
            (FileFormat::Pdf, None) => pdf::judge_pdf(self, content, at)
                .unwrap_or_else(|error| FileReport::faulty(format, internal(&error.to_string()))),
            (FileFormat::Container | FileFormat::Xml, None) => {
                FileReport::faulty(format, not_supported(format.name()))
            }
            // Armoured CMS, or anything else in PEM.
            (FileFormat::Other, None) if content.bytes().starts_with(b"-----BEGIN ") => {
                FileReport::faulty(format, not_supported("PEM"))
            }
            (FileFormat::Other, None) => FileReport::unsigned(format),
        }
    }

    fn judge_cms(
        &self,
        content: &dyn Content,
        detached: Option<&dyn Content>,
        at: Timestamp,
    ) -> FileReport {
        let data = match parse(content.bytes(), Tail::Zeros) {
            Ok(data) if data.behind.len() <= MAX_PADDING => data,
            Ok(_) => return FileReport::faulty(FileFormat::CmsEncapsulated, padded_beyond()),
            Err(error) => {
                return FileReport::faulty(FileFormat::CmsEncapsulated, cms::malformed(&error));
            }
        };
        let (format, coverage) = match data.content {
            Some(_) => (FileFormat::CmsEncapsulated, Coverage::Encapsulated),
            None => (FileFormat::CmsDetached, Coverage::Detached),
        };
        // RFC 5652 §5.2: no signer, no signature.
        if data.signers.is_empty() {
            return FileReport::unsigned(format);
        }
        let covered = match (&data.content, detached) {
            (Some(pieces), None) => Covered {
                content,
                ranges: pieces.iter().map(|r| wide(r.start)..wide(r.end)).collect(),
            },
            (None, Some(other)) => Covered {
                content: other,
                ranges: std::iter::once(0..wide(other.bytes().len())).collect(),
            },
            // Attack catalogue C3: which of two contents was signed?
            (Some(_), Some(_)) => return FileReport::faulty(format, two_contents()),
            (None, None) => {
                let sub = SubIndication::SignedDataNotFound;
                let code = ReasonCode::DetachedContentMissing;
                return FileReport::faulty(format, Verdict::indeterminate(sub, code));
            }
        };
        match self.judge_signers(&data, &covered, coverage, at) {
            Ok(signatures) => FileReport {
                format,
                signatures,
                fault: None,
            },
            Err(error) => FileReport::faulty(format, internal(&error.to_string())),
        }
    }

    fn judge_signers(
        &self,
        data: &SignedData<'_>,
        covered: &Covered<'_>,
        coverage: Coverage,
        at: Timestamp,
    ) -> Result<Vec<SignatureReport>, ContentError> {
        let digests = Digests::compute(data, covered)?;
        let given = Judging {
            supplied: &Accompanying::new(cms::supplied(data), None),
            validator: self,
            data,
            digests: &digests,
            coverage,
            proofs: &[],
            at,
        };
        let numbered = data.signers.iter().zip(1u32..);
        let judged = numbered.map(|(signer, number)| {
            let mut report = cms::judge(&given, signer, number.to_string());
            report.level = level::of_cms(data, &report);
            report.warnings.extend(padding(data));
            report
        });
        Ok(judged.collect())
    }

    /// Judges one timestamp token over what `imprint` gives the digest of. Never panics; an internal
    /// error is never a pass.
    #[must_use]
    pub fn judge_timestamp(
        &self,
        token: &[u8],
        imprint: Imprint<'_>,
        at: Timestamp,
    ) -> TimestampReport {
        let token = Token {
            der: token,
            tail: Tail::Nothing,
            imprint,
            around: None,
            at,
            fault: None,
        };
        let name = || "1".to_owned();
        catch_unwind(AssertUnwindSafe(|| timestamp::judge(self, &token, name())))
            .unwrap_or_else(|_| timestamp::unread(name(), internal("panic")))
    }

    /// The path of a certificate through what came with it, computed or remembered: everything that
    /// `purpose` demands.
    ///
    /// # Errors
    /// [`CertificateError`] if `signer` is none.
    pub fn path_of(
        &self,
        signer: &[u8],
        supplied: &SuppliedDer<'_>,
        purpose: Purpose,
        moments: Moments,
    ) -> Result<Arc<PathOutcome>, CertificateError> {
        let supplied = Accompanying::new(supplied.clone(), None);
        self.path_through(signer, &supplied, purpose, moments)
    }

    pub(in crate::trust) fn path_through(
        &self,
        signer: &[u8],
        supplied: &Accompanying<'_>,
        purpose: Purpose,
        moments: Moments,
    ) -> Result<Arc<PathOutcome>, CertificateError> {
        let mut hasher = Hasher::new();
        // DER carries its own length, so that the parts cannot be confused.
        hasher.update(signer);
        hasher.update(&supplied.digest().0);
        let Moments {
            proven, existed, ..
        } = moments;
        hasher.update(format!("{purpose:?} {proven:?} {existed:?}").as_bytes());
        let key = hasher.finish();
        if let Some(known) = self.paths.get(&key, &self.pool, moments.at) {
            return Ok(known);
        }
        let demands = Demands::everything(purpose);
        let outcome = Arc::new(self.search(signer, supplied, &demands, moments)?);
        self.paths.put(key, Arc::clone(&outcome));
        Ok(outcome)
    }

    /// Searches the path of a certificate. Supplied bytes that are not what they should be are passed
    /// over: they are nobody's issuer and say nothing.
    ///
    /// # Errors
    /// [`CertificateError`] if `certificate` itself is none.
    pub fn judge_path(
        &self,
        certificate: &[u8],
        supplied: &SuppliedDer<'_>,
        demands: &Demands,
        moments: Moments,
    ) -> Result<PathOutcome, CertificateError> {
        let supplied = Accompanying::new(supplied.clone(), None);
        self.search(certificate, &supplied, demands, moments)
    }

    fn search(
        &self,
        certificate: &[u8],
        supplied: &Accompanying<'_>,
        demands: &Demands,
        moments: Moments,
    ) -> Result<PathOutcome, CertificateError> {
        let signer = Arc::new(Certificate::parse(certificate)?);
        let mut supplied = supplied.for_signer(&signer);
        if let Some(hindsight) = &self.hindsight {
            hindsight.add_to(&mut supplied, &signer);
        }
        let world = World {
            material: &self.material,
            pool: &self.pool,
            signatures: &self.signatures,
            supplied: &supplied,
        };
        Ok(path::find(world, signer, demands, moments))
    }
}

/// What kind of file it is, by its own bytes. Everything that may carry a signature is recognised,
/// so that what is not judged is never called unsigned.
fn recognise(bytes: &[u8]) -> FileFormat {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let text = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    if looks_like_signed_data(bytes) {
        FileFormat::CmsEncapsulated
    } else if head.windows(5).any(|w| w == b"%PDF-") {
        FileFormat::Pdf
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        FileFormat::Container
    } else if text.starts_with(b"<")
        || head.starts_with(b"\xff\xfe<")
        || head.starts_with(b"\xfe\xff\0<")
    {
        FileFormat::Xml
    } else {
        FileFormat::Other
    }
}

/// Zeros behind a message that was cut out of its place in a PDF, or of a block. They are no part of
/// it and say nothing.
fn padding(data: &SignedData<'_>) -> Option<Reason> {
    let bytes = data.behind.len();
    let reason = || Reason::new(ReasonCode::PaddingIgnored).with("bytes", bytes.to_string());
    (bytes > 0).then(reason)
}

fn padded_beyond() -> Verdict {
    cms::malformed(&CmsError::TooMany {
        what: "bytes of padding",
        limit: MAX_PADDING,
    })
}

fn wide(offset: usize) -> u64 {
    u64::try_from(offset).unwrap_or(u64::MAX)
}

fn internal(error: &str) -> Verdict {
    let reason = Reason::new(ReasonCode::ValidatorError).with("error", error);
    Verdict::indeterminate(SubIndication::Generic, reason)
}

fn not_supported(format: &'static str) -> Verdict {
    let reason = Reason::new(ReasonCode::FormatNotSupported).with("format", format);
    Verdict::indeterminate(SubIndication::Generic, reason)
}

fn not_a_detached_signature() -> Verdict {
    let reason = Reason::new(ReasonCode::MalformedCms).with("error", "not a detached signature");
    Verdict::failed(SubIndication::FormatFailure, reason)
}

fn two_contents() -> Verdict {
    let reason = Reason::new(ReasonCode::MalformedCms).with("error", "detached and encapsulated");
    Verdict::failed(SubIndication::FormatFailure, reason)
}
