//! Evidence that was gathered beside the configured material, shared by all judgements: certificates,
//! CRLs and OCSP responses that were fetched. And what a judgement says it still needs.
//!
//! Nothing here is trusted for having been fetched: each use verifies the signature. What is here
//! for one issuer (or one serial number) stands in a bucket with a version, so that a remembered
//! outcome knows whether anything it asked about has changed since.

use super::certificate::{Certificate, CertificateError};
use super::name::Name;
use super::report::{Evidence, EvidenceItem};
use super::revocation::crl::{Crl, CrlError};
use super::revocation::ocsp::{OcspError, OcspResponse};
use crate::format::asn1::values::minimal;
use crate::model::{Digest, Timestamp};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

/// CRLs kept of one issuer: base and delta under a few keys and parts. The oldest of a scope goes
/// first.
const MAX_CRLS_OF_ISSUER: usize = 64;
/// OCSP responses kept for one serial number: a few responders, a few issuers with one serial.
const MAX_RESPONSES_OF_SERIAL: usize = 8;
/// Certificates kept of one subject.
const MAX_CERTIFICATES_OF_SUBJECT: usize = 16;
/// Buckets of one kind; each holds little, so this bounds memory at some hundred megabytes at worst
/// and far below in practice.
const MAX_BUCKETS: usize = 16 * 1024;

/// Addresses whose silence is remembered.
const MAX_SILENT: usize = 4096;

/// What kind of evidence something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EvidenceKind {
    /// A certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// An OCSP response.
    Ocsp,
    /// A timestamp token.
    Timestamp,
}

impl EvidenceKind {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Ocsp => "ocsp",
            Self::Timestamp => "timestamp",
        }
    }
}

/// An address where something may be had.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// A CRL by GET (RFC 5280 §4.2.1.13).
    Crl {
        /// Its address.
        uri: String,
    },
    /// An OCSP responder (RFC 6960 appendix A).
    Ocsp {
        /// Its address.
        uri: String,
        /// The DER of the OCSPRequest, without a nonce.
        request: Bytes,
    },
    /// The issuer's certificate by GET (RFC 5280 §4.2.2.1, caIssuers).
    Issuer {
        /// Its address.
        uri: String,
    },
}

impl Source {
    /// Its address.
    #[must_use]
    pub fn uri(&self) -> &str {
        match self {
            Self::Crl { uri } | Self::Ocsp { uri, .. } | Self::Issuer { uri } => uri,
        }
    }

    /// What comes from there.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        match self {
            Self::Crl { .. } => EvidenceKind::Crl,
            Self::Ocsp { .. } => EvidenceKind::Ocsp,
            Self::Issuer { .. } => EvidenceKind::Certificate,
        }
    }
}

/// Something without which a judgement stays open: any one of its sources may settle it, the best
/// first. Its addresses come from certificates; CRL and OCSP ones only from certificates that chain
/// by signature to an anchor (`verdicts.md` §3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Need {
    /// SHA-256 of the certificate that is asked about.
    pub certificate: Digest,
    /// Where, the best first.
    pub sources: Vec<Source>,
}

/// An address where a judgement looked for more, and what was known of it at that moment. Kept with
/// the document: without it, who judges again would not know that something was waited for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Awaited {
    /// The address.
    pub uri: String,
    /// Since when it did not answer, if it was asked.
    pub silent_since: Option<Timestamp>,
    /// Whether nothing will come from there, see [`Pool::silent`].
    pub for_good: bool,
}

/// What is known of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::trust) struct Regard {
    /// Whether somebody asks there.
    asked: bool,
    silence: Option<Silence>,
}

impl Regard {
    /// Whether something may still come from there.
    pub(in crate::trust) fn may_answer(self) -> bool {
        self.asked && self.silence.is_none_or(|s| !s.for_good)
    }

    /// Whether it may answer and has not been found silent: something fresher may come from there,
    /// and if not, what is at hand has to do.
    pub(in crate::trust) fn is_unasked(self) -> bool {
        self.asked && self.silence.is_none()
    }

    /// Since when it is silent.
    pub(in crate::trust) fn silent_since(self) -> Option<Timestamp> {
        self.silence.map(|s| s.since)
    }

    /// To be kept, if somebody asks there.
    pub(in crate::trust) fn awaited(self, uri: &str) -> Option<Awaited> {
        self.asked.then(|| Awaited {
            uri: uri.to_owned(),
            silent_since: self.silent_since(),
            for_good: self.silence.is_some_and(|s| s.for_good),
        })
    }
}

/// Why gathered bytes are not evidence.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not a certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Not a CRL.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// Not an OCSP response.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    /// A timestamp, which is nobody's but its document's.
    #[error("a timestamp belongs to its document")]
    Timestamp,
}

/// What came with the document: its signer chose it, so it never hides anything newer.
#[derive(Clone, Debug, Default)]
pub(in crate::trust) struct Supplied {
    pub(in crate::trust) certificates: Vec<Arc<Certificate>>,
    pub(in crate::trust) crls: Vec<Arc<Crl>>,
    pub(in crate::trust) responses: Vec<Arc<OcspResponse>>,
}

/// Something that an outcome rests on.
#[derive(Clone, Debug)]
pub(in crate::trust) enum Used {
    Certificate(Arc<Certificate>),
    Crl(Arc<Crl>),
    Ocsp(Arc<OcspResponse>),
}

impl Used {
    pub(in crate::trust) fn kind(&self) -> EvidenceKind {
        match self {
            Self::Certificate(_) => EvidenceKind::Certificate,
            Self::Crl(_) => EvidenceKind::Crl,
            Self::Ocsp(_) => EvidenceKind::Ocsp,
        }
    }

    pub(in crate::trust) fn sha256(&self) -> Digest {
        match self {
            Self::Certificate(certificate) => certificate.sha256(),
            Self::Crl(crl) => crl.sha256(),
            Self::Ocsp(response) => response.sha256(),
        }
    }

    /// To be kept with the document.
    pub(in crate::trust) fn item(&self) -> EvidenceItem {
        EvidenceItem {
            kind: self.kind(),
            sha256: self.sha256(),
            bytes: self.der(),
        }
    }

    /// What reports say of it, if it is about revocation.
    pub(in crate::trust) fn described(&self) -> Option<Evidence> {
        let (this_update, next_update) = match self {
            Self::Certificate(_) => return None,
            Self::Crl(crl) => (crl.this_update(), crl.next_update()),
            Self::Ocsp(response) => {
                let single = response.singles().first()?;
                (single.this_update(), single.next_update())
            }
        };
        Some(Evidence {
            kind: self.kind().name(),
            sha256: self.sha256(),
            this_update,
            next_update,
        })
    }

    fn der(&self) -> Bytes {
        match self {
            Self::Certificate(certificate) => Bytes::copy_from_slice(certificate.der()),
            Self::Crl(crl) => crl.der().clone(),
            Self::Ocsp(response) => response.der().clone(),
        }
    }
}

/// Something that an outcome asked of the pool, and the version it found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::trust) enum Asked {
    Crls(Name, u64),
    Responses(Vec<u8>, u64),
    Certificates(Name, u64),
}

impl Asked {
    /// Whether the pool would answer as it did.
    pub(in crate::trust) fn holds(&self, pool: &Pool) -> bool {
        match self {
            Self::Crls(name, version) => pool.crls_of(name).version == *version,
            Self::Responses(serial, version) => pool.responses_for(serial).version == *version,
            Self::Certificates(name, version) => pool.certificates_named(name).version == *version,
        }
    }
}

/// Evidence of one issuer, subject or serial number.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Bucket<T> {
    /// Changes whenever its items do.
    pub(in crate::trust) version: u64,
    pub(in crate::trust) items: Vec<Arc<T>>,
}

impl<T> Default for Bucket<T> {
    fn default() -> Self {
        Self {
            version: 0,
            items: Vec::new(),
        }
    }
}

impl<T> Bucket<T> {
    /// Whether it was added; of more than `most`, the item with the least `age` goes.
    fn add<K: Ord>(&mut self, item: Arc<T>, version: u64, most: usize, age: impl Fn(&T) -> K) {
        self.items.push(item);
        if self.items.len() > most {
            let oldest = self.items.iter().enumerate().min_by_key(|(_, i)| age(i));
            if let Some((at, _)) = oldest {
                self.items.remove(at);
            }
        }
        self.version = version;
    }
}

#[derive(Debug, Default)]
struct Shelves {
    version: u64,
    crls: BTreeMap<Name, Bucket<Crl>>,
    responses: BTreeMap<Vec<u8>, Bucket<OcspResponse>>,
    certificates: BTreeMap<Name, Bucket<Certificate>>,
    silent: BTreeMap<String, Silence>,
    /// Addresses asked when the document was first judged.
    recalled: BTreeSet<String>,
}

/// What is known of an address that did not answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Silence {
    since: Timestamp,
    /// Nothing will come from there: not an allowed address, or not what was asked for.
    for_good: bool,
}

/// The gathered evidence.
#[derive(Debug, Default)]
pub struct Pool {
    shelves: RwLock<Shelves>,
    /// Whether somebody fetches what is needed.
    fetches: bool,
}

impl Pool {
    /// An empty one that nobody fills: nothing is waited for but what is put there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one for whose needs somebody fetches.
    #[must_use]
    pub fn fetching() -> Self {
        Self {
            shelves: RwLock::default(),
            fetches: true,
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves> {
        self.shelves.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an address did not answer. `for_good`: asking again is of no use before the
    /// configuration or the certificate changes.
    pub fn silent(&self, uri: &str, since: Timestamp, for_good: bool) {
        let mut shelves = self.write();
        if shelves.silent.len() >= MAX_SILENT && !shelves.silent.contains_key(uri) {
            shelves.silent.clear();
        }
        let known = shelves.silent.entry(uri.to_owned());
        let silence = known.or_insert(Silence { since, for_good });
        silence.for_good = silence.for_good || for_good;
    }

    /// Notes that an address answered.
    pub fn answered(&self, uri: &str) {
        self.write().silent.remove(uri);
    }

    /// Recalls what was awaited when a document was judged: its addresses count as asked, as they
    /// did then. That can only keep a verdict open, never make one pass.
    pub fn recall(&self, awaited: &[Awaited]) {
        for one in awaited.iter().take(MAX_SILENT) {
            if let Some(since) = one.silent_since {
                self.silent(&one.uri, since, one.for_good);
            }
            self.write().recalled.insert(one.uri.clone());
        }
    }

    /// What is known of an address.
    pub(in crate::trust) fn regard(&self, uri: &str) -> Regard {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        Regard {
            asked: self.fetches || shelves.recalled.contains(uri),
            silence: shelves.silent.get(uri).copied(),
        }
    }

    /// Parses and adds evidence of any kind but timestamps, which belong to their document.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is not what `kind` says.
    pub fn add(&self, kind: EvidenceKind, der: Bytes) -> Result<(), EvidenceError> {
        match kind {
            EvidenceKind::Certificate => self.add_certificate(&der).map(drop),
            EvidenceKind::Crl => self.add_crl(der).map(drop),
            EvidenceKind::Ocsp => self.add_ocsp(der).map(drop),
            EvidenceKind::Timestamp => Err(EvidenceError::Timestamp),
        }
    }

    /// Parses and adds a CRL; one that is there already changes nothing.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is none.
    pub fn add_crl(&self, der: Bytes) -> Result<Arc<Crl>, EvidenceError> {
        let crl = Arc::new(Crl::parse(der)?);
        let mut shelves = self.write();
        let version = shelves.next();
        let bucket = room(&mut shelves.crls, crl.issuer_name().clone());
        if !bucket
            .items
            .iter()
            .any(|known| known.sha256() == crl.sha256())
        {
            bucket.add(
                Arc::clone(&crl),
                version,
                MAX_CRLS_OF_ISSUER,
                Crl::this_update,
            );
        }
        Ok(crl)
    }

    /// Parses and adds an OCSP response.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is none.
    pub fn add_ocsp(&self, der: Bytes) -> Result<Arc<OcspResponse>, EvidenceError> {
        let response = Arc::new(OcspResponse::parse(der)?);
        let mut shelves = self.write();
        let version = shelves.next();
        for single in response.singles() {
            let bucket = room(&mut shelves.responses, minimal(single.serial()).to_vec());
            if !bucket
                .items
                .iter()
                .any(|known| known.sha256() == response.sha256())
            {
                let (item, most) = (Arc::clone(&response), MAX_RESPONSES_OF_SERIAL);
                bucket.add(item, version, most, OcspResponse::produced_at);
            }
        }
        Ok(response)
    }

    /// Parses and adds a certificate.
    ///
    /// # Errors
    /// [`EvidenceError`] if it is none.
    pub fn add_certificate(&self, der: &[u8]) -> Result<Arc<Certificate>, EvidenceError> {
        let certificate = Arc::new(Certificate::parse(der)?);
        let mut shelves = self.write();
        let version = shelves.next();
        let bucket = room(
            &mut shelves.certificates,
            certificate.subject_name().clone(),
        );
        let known = |c: &Arc<Certificate>| c.sha256() == certificate.sha256();
        if !bucket.items.iter().any(known) {
            let (item, most) = (Arc::clone(&certificate), MAX_CERTIFICATES_OF_SUBJECT);
            bucket.add(item, version, most, Certificate::not_after);
        }
        Ok(certificate)
    }

    pub(in crate::trust) fn crls_of(&self, issuer: &Name) -> Bucket<Crl> {
        self.read(|shelves| shelves.crls.get(issuer).cloned())
    }

    pub(in crate::trust) fn responses_for(&self, serial: &[u8]) -> Bucket<OcspResponse> {
        self.read(|shelves| shelves.responses.get(minimal(serial)).cloned())
    }

    pub(in crate::trust) fn certificates_named(&self, subject: &Name) -> Bucket<Certificate> {
        self.read(|shelves| shelves.certificates.get(subject).cloned())
    }

    fn read<T>(&self, find: impl Fn(&Shelves) -> Option<Bucket<T>>) -> Bucket<T> {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        find(&shelves).unwrap_or_default()
    }
}

impl Shelves {
    fn next(&mut self) -> u64 {
        self.version = self.version.saturating_add(1);
        self.version
    }
}

/// The bucket under `key`. When there are too many, those that were not changed for longest go.
fn room<K: Ord + Clone, T>(shelf: &mut BTreeMap<K, Bucket<T>>, key: K) -> &mut Bucket<T> {
    if shelf.len() >= MAX_BUCKETS && !shelf.contains_key(&key) {
        let mut versions: Vec<u64> = shelf.values().map(|b| b.version).collect();
        let middle = versions.len() / 2;
        let (_, median, _) = versions.select_nth_unstable(middle);
        let median = *median;
        shelf.retain(|_, bucket| bucket.version > median);
    }
    shelf.entry(key).or_default()
}
