//! Judges one file: what kind it is, which signatures it carries, and the verdict about each.

use super::algorithms::{DigestAlgorithm, DigestValue, KeyFacts, Rejection, cost};
use super::cache::PathCache;
use super::certificate::{Certificate, CertificateError};
use super::changes::ChangeLevel;
use super::evidence::Pool;
use super::hindsight::{Hindsight, Told};
use super::material::Material;
use super::path::{self, Demands, Exhausted, FileBudget, Moments, PathOutcome, Purpose, World};
use super::report::{FileFormat, FileReport, TimestampReport};
use super::revocation::signatures::CheckedSignatures;
use super::revocation::status::told_revoked;
use super::signatures::{asic, cms, pdf, xml};
use super::supplied::Accompanying;
pub use super::supplied::SuppliedDer;
use super::timestamp::{self, Imprint, Token};
use super::verdict::Verdict;
use crate::format::cms::read::{Tail, looks_like_signed_data};
use crate::format::content::{Content, ContentError};
use crate::model::{Digest, Hasher, Reason, ReasonCode, SubIndication, Timestamp};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Material and what was found out under it.
#[derive(Debug)]
pub struct Validator {
    material: Arc<Material>,
    pool: Arc<Pool>,
    paths: Arc<PathCache>,
    signatures: Arc<CheckedSignatures>,
    hindsight: Option<Arc<Hindsight>>,
    admitted: ChangeLevel,
    hands_out: bool,
    /// What the checks of the one file may cost that it judges.
    file: Option<FileBudget>,
}

/// A file to be judged, and what it may sign where that lies beside it.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// The file.
    pub content: &'a dyn Content,
    /// The one file that it is said to sign: what a detached CMS signs, which names nothing itself.
    pub detached: Option<&'a dyn Content>,
    /// The files of the document, some of which a detached XML signature names itself.
    pub beside: &'a [Beside<'a>],
}

/// A file of the same document, by its name there.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// Its name, unique in the document.
    pub name: &'a str,
    /// Its bytes.
    pub content: &'a dyn Content,
    /// Its digests by its name, where they were computed already.
    pub known: Option<KnownDigests<'a>>,
}

/// The digest of a file that was read for all who ask for it.
pub type KnownDigests<'a> = &'a dyn Fn(&str, DigestAlgorithm) -> Option<DigestValue>;

impl fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Beside({:?})", self.name)
    }
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({} bytes)", self.content.bytes().len())
    }
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
            paths: Arc::default(),
            signatures: Arc::default(),
            hindsight: None,
            admitted: ChangeLevel::Updates,
            hands_out: false,
            file: None,
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
            paths: Arc::default(),
            signatures: Arc::clone(&self.signatures),
            hindsight: Some(Arc::new(Hindsight::new(existed, kept))),
            admitted: self.admitted,
            hands_out: self.hands_out,
            file: None,
        }
    }

    /// The same with what one file may cost; what either finds out both remember.
    fn for_one_file(&self) -> Self {
        Self {
            material: Arc::clone(&self.material),
            pool: Arc::clone(&self.pool),
            paths: Arc::clone(&self.paths),
            signatures: Arc::clone(&self.signatures),
            hindsight: self.hindsight.clone(),
            admitted: self.admitted,
            hands_out: self.hands_out,
            file: Some(FileBudget::default()),
        }
    }

    /// Pays for the check of a value under a key, over so many octets, before it is made.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub(in crate::trust) fn pay_for_check(
        &self,
        key: Result<KeyFacts, Rejection>,
        octets: usize,
    ) -> Result<(), Exhausted> {
        let file = self.file.as_ref();
        file.map_or(Ok(()), |file| file.take(cost(key, octets)))
    }

    /// Since when what is judged is known to have existed, if that is before the judgement.
    pub(in crate::trust) fn existed(&self, at: Timestamp) -> Option<Timestamp> {
        self.hindsight.as_ref()?.existed(at)
    }

    /// Certificates that the first verdict rested on.
    pub(in crate::trust) fn kept_certificates(&self) -> impl Iterator<Item = &[u8]> {
        let kept = self.hindsight.iter().flat_map(|known| known.certificates());
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

    /// With what each signature covers in its report ([`FileReport::payload`]); what was digested of XML
    /// documents is held for it.
    #[must_use]
    pub fn handing_out(mut self) -> Self {
        self.hands_out = true;
        self
    }

    pub(in crate::trust) fn hands_out(&self) -> bool {
        self.hands_out
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
        let file = Signed {
            content,
            detached,
            beside: &[],
        };
        self.judge_signed(&file, at)
    }

    /// As [`Validator::judge_file`], of a file that may sign several others.
    #[must_use]
    pub fn judge_signed(&self, file: &Signed<'_>, at: Timestamp) -> FileReport {
        self.judge_guarded(file, None, at)
    }

    /// As [`Validator::judge_file`], of several files: what their messages sign is hashed side by
    /// side.
    #[must_use]
    pub fn judge_files(&self, files: &[Signed<'_>], at: Timestamp) -> Vec<FileReport> {
        let ahead = catch_unwind(AssertUnwindSafe(|| cms::hashed_ahead(files)));
        // What could not be hashed ahead is hashed when it is judged.
        let ahead = ahead.unwrap_or_else(|_| vec![None; files.len()]);
        let files = files.iter().zip(ahead);
        let reports = files.map(|(file, known)| self.judge_guarded(file, known, at));
        reports.collect()
    }

    fn judge_guarded(&self, file: &Signed<'_>, known: Option<Digest>, at: Timestamp) -> FileReport {
        let recognised = catch_unwind(AssertUnwindSafe(|| recognise(file.content.bytes())));
        let Ok(format) = recognised else {
            return FileReport::faulty(FileFormat::Other, internal("panic"));
        };
        let judged = catch_unwind(AssertUnwindSafe(|| {
            self.for_one_file().judge(format, file, known, at)
        }));
        match judged {
            Ok(Ok(report)) => report,
            Ok(Err(error)) => FileReport::faulty(format, internal(&error.to_string())),
            Err(_) => FileReport::faulty(format, internal("panic")),
        }
    }

    fn judge(
        &self,
        format: FileFormat,
        file: &Signed<'_>,
        known: Option<Digest>,
        at: Timestamp,
    ) -> Result<FileReport, ContentError> {
        Ok(match (format, file.detached) {
            (FileFormat::CmsEncapsulated | FileFormat::CmsDetached, _) => {
                cms::judge_cms(self, file, known, at)?
            }
            (FileFormat::Xml, _) => {
                let work = xml::Work::alone(file, self.hands_out);
                xml::judge_xml(self, file, at, &work)
            }
            // Only a CMS or an XML signature signs another file.
            (_, Some(_)) => FileReport::faulty(format, not_a_detached_signature()),
            (FileFormat::Pdf, None) => pdf::judge_pdf(self, file.content, at)?,
            (FileFormat::Container | FileFormat::AsicS | FileFormat::AsicE, None) => {
                asic::judge_container(self, file.content, at)?
            }
            // Armoured CMS, or anything else in PEM.
            (FileFormat::Other, None) if file.content.bytes().starts_with(b"-----BEGIN ") => {
                FileReport::faulty(format, not_supported("PEM"))
            }
            (FileFormat::Other, None) => FileReport::unsigned(format),
        })
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
            proved: None,
            fault: None,
        };
        let name = || "1".to_owned();
        let own = self.for_one_file();
        catch_unwind(AssertUnwindSafe(|| timestamp::judge(&own, &token, name())))
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
        // What was not found for want of budget is nothing to remember: another file has its own.
        if !self.file.as_ref().is_some_and(FileBudget::is_spent) {
            self.paths.put(key, Arc::clone(&outcome));
        }
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
            file: self.file.as_ref(),
        };
        Ok(path::find(world, signer, demands, moments))
    }
}

/// What kind of file it is, by its own bytes. Everything that may carry a signature is recognised,
/// so that what is not judged is never called unsigned.
fn recognise(bytes: &[u8]) -> FileFormat {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if looks_like_signed_data(bytes) {
        FileFormat::CmsEncapsulated
    } else if head.windows(5).any(|w| w == b"%PDF-") {
        FileFormat::Pdf
    } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        FileFormat::Container
    } else if looks_like_xml(bytes) {
        FileFormat::Xml
    } else {
        FileFormat::Other
    }
}

/// Whether the first octets that are no white space begin markup, in an encoding that is read (XML §F.1).
fn looks_like_xml(bytes: &[u8]) -> bool {
    let bare = |mark: &[u8]| bytes.strip_prefix(mark);
    let wide = bare(b"\xff\xfe").or_else(|| bare(b"\xfe\xff"));
    let text = wide.or_else(|| bare(b"\xef\xbb\xbf")).unwrap_or(bytes);
    // Of UTF-16 every second octet is zero where the text is ASCII.
    let mut said = text
        .iter()
        .filter(|octet| **octet != 0 && !octet.is_ascii_whitespace());
    said.next() == Some(&b'<')
}

fn internal(error: &str) -> Verdict {
    let reason = Reason::new(ReasonCode::ValidatorError).with("error", error);
    Verdict::indeterminate(SubIndication::Generic, reason)
}

pub(in crate::trust) fn not_supported(format: &'static str) -> Verdict {
    let reason = Reason::new(ReasonCode::FormatNotSupported).with("format", format);
    Verdict::indeterminate(SubIndication::Generic, reason)
}

fn not_a_detached_signature() -> Verdict {
    let reason = Reason::new(ReasonCode::MalformedCms).with("error", "not a detached signature");
    Verdict::failed(SubIndication::FormatFailure, reason)
}
