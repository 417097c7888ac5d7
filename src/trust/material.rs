//! Validation material: anchors, intermediates, distrust and CRLs, checked whole when loaded and
//! never changed afterwards.

use super::algorithms::AlgorithmPolicy;
use super::anchor::{Anchor, AnchorInput, Distrust, signed_part};
use super::certificate::{Certificate, CertificateError};
use super::name::{Name, readable};
use super::report::CertificateInfo;
use super::revocation::crl::{Crl, CrlError};
use super::revocation::ocsp::{OcspError, OcspResponse};
use crate::format::asn1::values::minimal;
use crate::model::{Digest, Hasher, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Material as it was found, DER throughout.
#[derive(Clone, Debug, Default)]
pub struct MaterialInput {
    /// Anchors with their trust domain and what they are restricted to.
    pub anchors: Vec<AnchorInput>,
    /// Intermediate certificates.
    pub intermediates: Vec<Vec<u8>>,
    /// Certificates and keys that are not trusted.
    pub distrust: Vec<Distrust>,
    /// CRLs.
    pub crls: Vec<Bytes>,
    /// OCSP responses.
    pub responses: Vec<Bytes>,
    /// CRLs that were read before.
    pub parsed_crls: Vec<Arc<Crl>>,
    /// Files with evidence that could not be read, for reports.
    pub passed_over: Vec<PassedOver>,
    /// A CRL older than this is stale whatever its nextUpdate says.
    pub max_crl_age_secs: Option<i64>,
    /// thisUpdate of the newest CRL ever seen of a scope ([`CrlInfo::scope`]): an older one is left
    /// out.
    pub newest_seen: BTreeMap<String, Timestamp>,
    /// Which algorithms are accepted.
    pub algorithms: AlgorithmPolicy,
}

/// A file with evidence that could not be read, so that it counts for nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassedOver {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
    /// Whether what was read from it before stays in use.
    pub earlier_kept: bool,
}

/// Which item of a [`MaterialInput`] is not what it should be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MaterialError {
    /// An anchor.
    #[error("anchor {index} of domain {domain}: {source}")]
    Anchor {
        /// Its place in the input.
        index: usize,
        /// Its domain.
        domain: String,
        /// Why.
        source: CertificateError,
    },
    /// An intermediate certificate.
    #[error("intermediate certificate {index}: {source}")]
    Intermediate {
        /// Its place in the input.
        index: usize,
        /// Why.
        source: CertificateError,
    },
    /// An OCSP response.
    #[error("OCSP response {index}: {source}")]
    Ocsp {
        /// Its place in the input.
        index: usize,
        /// Why.
        source: OcspError,
    },
    /// A CRL.
    #[error("CRL {index}: {source}")]
    Crl {
        /// Its place in the input.
        index: usize,
        /// Why.
        source: CrlError,
    },
}

/// What is said of a CRL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlInfo {
    /// The issuer for people (RFC 4514).
    pub issuer: String,
    /// What it is a list of ([`Crl::scope`]), the issuer in words first.
    pub scope: String,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// nextUpdate.
    pub next_update: Option<Timestamp>,
    /// SHA-256 of the DER.
    pub sha256: Digest,
    /// How many certificates it lists.
    pub entries: usize,
}

/// Checked material.
#[derive(Debug)]
pub struct Material {
    anchors: Vec<Anchor>,
    intermediates: Vec<Arc<Certificate>>,
    /// Digest of certificate, signed part or key → since when.
    pub(in crate::trust) distrust: BTreeMap<Digest, Timestamp>,
    pub(in crate::trust) distrust_entries: Vec<Distrust>,
    crls: Vec<Arc<Crl>>,
    responses: BTreeMap<Vec<u8>, Vec<Arc<OcspResponse>>>,
    pub(in crate::trust) max_crl_age_secs: Option<i64>,
    by_subject: BTreeMap<Name, Vec<Arc<Certificate>>>,
    anchors_by_subject: BTreeMap<Name, Vec<usize>>,
    crls_by_issuer: BTreeMap<Name, Vec<Arc<Crl>>>,
    left_out: Vec<CrlInfo>,
    algorithms: AlgorithmPolicy,
    algorithms_file: (Digest, Bytes),
    passed_over: Vec<PassedOver>,
    digest: Digest,
}

impl Material {
    /// Parses everything; nothing is taken if one item is faulty.
    ///
    /// # Errors
    /// [`MaterialError`], naming the item.
    pub fn new(input: MaterialInput) -> Result<Self, MaterialError> {
        let (crls, left_out) = crls(&input)?;
        let responses = responses(&input)?;
        let digest = digest(&input, &crls);
        let mut anchors = Vec::with_capacity(input.anchors.len());
        for (index, anchor) in input.anchors.into_iter().enumerate() {
            let AnchorInput {
                domain,
                der,
                constraints,
            } = anchor;
            match Certificate::parse(&der) {
                Ok(certificate) => anchors.push(Anchor {
                    domain,
                    certificate: Arc::new(certificate),
                    constraints,
                }),
                Err(source) => {
                    return Err(MaterialError::Anchor {
                        index,
                        domain,
                        source,
                    });
                }
            }
        }
        let mut intermediates = Vec::with_capacity(input.intermediates.len());
        for (index, der) in input.intermediates.iter().enumerate() {
            let parsed = Certificate::parse(der);
            let named = |source| MaterialError::Intermediate { index, source };
            intermediates.push(Arc::new(parsed.map_err(named)?));
        }
        let mut material = Self {
            anchors,
            intermediates,
            distrust: BTreeMap::new(),
            distrust_entries: input.distrust,
            crls,
            responses,
            max_crl_age_secs: input.max_crl_age_secs,
            by_subject: BTreeMap::new(),
            anchors_by_subject: BTreeMap::new(),
            crls_by_issuer: BTreeMap::new(),
            left_out,
            algorithms_file: (input.algorithms.digest(), input.algorithms.to_toml().into()),
            algorithms: input.algorithms,
            passed_over: input.passed_over,
            digest,
        };
        material.index();
        Ok(material)
    }

    fn index(&mut self) {
        self.distrust = distrust(&self.distrust_entries);
        // A digest alone names one encoding of a certificate; where that is at hand, every other.
        let anchors = self.anchors.iter().map(|a| &a.certificate);
        let named = self.intermediates.iter().chain(anchors).filter_map(|c| {
            let since = self.distrust.get(&c.sha256())?;
            Some((signed_part(c), *since))
        });
        for (digest, since) in named.collect::<Vec<_>>() {
            let known = self.distrust.entry(digest).or_insert(since);
            *known = since.min(*known);
        }
        for certificate in &self.intermediates {
            let known = self.by_subject.entry(certificate.subject_name().clone());
            known.or_default().push(Arc::clone(certificate));
        }
        for (at, anchor) in self.anchors.iter().enumerate() {
            let subject = anchor.certificate.subject_name().clone();
            self.anchors_by_subject.entry(subject).or_default().push(at);
        }
        for crl in &self.crls {
            let known = self.crls_by_issuer.entry(crl.issuer_name().clone());
            known.or_default().push(Arc::clone(crl));
        }
    }

    /// SHA-256 over everything in it, independent of order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The algorithms as a file that says the same, to be kept beside what is judged by them, and its
    /// SHA-256.
    #[must_use]
    pub fn algorithms_file(&self) -> &(Digest, Bytes) {
        &self.algorithms_file
    }

    /// Which algorithms are accepted.
    #[must_use]
    pub fn algorithms(&self) -> &AlgorithmPolicy {
        &self.algorithms
    }

    /// The anchors with their domains.
    pub fn anchors(&self) -> impl Iterator<Item = (&str, CertificateInfo)> {
        self.anchors
            .iter()
            .map(|a| (a.domain.as_str(), a.certificate.info()))
    }

    /// The intermediate certificates.
    pub fn intermediates(&self) -> impl Iterator<Item = CertificateInfo> {
        self.intermediates.iter().map(|c| c.info())
    }

    /// The CRLs.
    pub fn crls(&self) -> impl Iterator<Item = CrlInfo> {
        self.crls.iter().map(|crl| described(crl))
    }

    /// The CRLs that are older than one already seen, so that nothing is judged by them.
    #[must_use]
    pub fn left_out(&self) -> &[CrlInfo] {
        &self.left_out
    }

    /// The files with evidence that could not be read.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    pub(in crate::trust) fn anchors_named(&self, subject: &Name) -> impl Iterator<Item = &Anchor> {
        let found = self.anchors_by_subject.get(subject);
        found
            .into_iter()
            .flatten()
            .filter_map(|at| self.anchors.get(*at))
    }

    pub(in crate::trust) fn certificates_named(&self, subject: &Name) -> &[Arc<Certificate>] {
        self.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    pub(in crate::trust) fn certificates(&self) -> &[Arc<Certificate>] {
        &self.intermediates
    }

    pub(in crate::trust) fn crls_of(&self, issuer: &Name) -> &[Arc<Crl>] {
        self.crls_by_issuer.get(issuer).map_or(&[], Vec::as_slice)
    }

    pub(in crate::trust) fn responses_for(&self, serial: &[u8]) -> &[Arc<OcspResponse>] {
        self.responses
            .get(minimal(serial))
            .map_or(&[], Vec::as_slice)
    }

    pub(in crate::trust) fn lists(&self) -> impl Iterator<Item = &Crl> {
        self.crls.iter().map(AsRef::as_ref)
    }

    /// The anchors.
    #[must_use]
    pub fn trust_anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}

/// Of two dates for one digest the earlier one counts.
fn distrust(entries: &[Distrust]) -> BTreeMap<Digest, Timestamp> {
    let mut all = BTreeMap::new();
    for entry in entries {
        let from = entry.from.unwrap_or(Timestamp(i64::MIN));
        for digest in [Some(entry.digest), entry.to_be_signed]
            .into_iter()
            .flatten()
        {
            let since = all.entry(digest).or_insert(from);
            *since = from.min(*since);
        }
    }
    all
}

impl CrlInfo {
    /// What is said of `crl`.
    #[must_use]
    pub fn of(crl: &Crl) -> Self {
        described(crl)
    }
}

fn described(crl: &Crl) -> CrlInfo {
    let issuer = readable(crl.issuer());
    CrlInfo {
        scope: format!("{issuer} #{}", crl.scope().to_hex()),
        issuer,
        this_update: crl.this_update(),
        next_update: crl.next_update(),
        sha256: crl.sha256(),
        entries: crl.len(),
    }
}

/// The CRLs to use, and those that are too old to be used again.
fn crls(input: &MaterialInput) -> Result<(Vec<Arc<Crl>>, Vec<CrlInfo>), MaterialError> {
    let mut all = input.parsed_crls.clone();
    for (index, der) in input.crls.iter().enumerate() {
        let named = |source| MaterialError::Crl { index, source };
        all.push(Arc::new(Crl::parse(der.clone()).map_err(named)?));
    }
    let (mut used, mut left_out) = (Vec::with_capacity(all.len()), Vec::new());
    for crl in all {
        let info = described(&crl);
        let newest = input.newest_seen.get(&info.scope);
        if newest.is_some_and(|newest| info.this_update < *newest) {
            left_out.push(info);
        } else {
            used.push(crl);
        }
    }
    Ok((used, left_out))
}

/// The OCSP responses, by the serial numbers that they answer about.
fn responses(
    input: &MaterialInput,
) -> Result<BTreeMap<Vec<u8>, Vec<Arc<OcspResponse>>>, MaterialError> {
    let mut all: BTreeMap<Vec<u8>, Vec<Arc<OcspResponse>>> = BTreeMap::new();
    for (index, der) in input.responses.iter().enumerate() {
        let parsed = OcspResponse::parse(der.clone());
        let named = |source| MaterialError::Ocsp { index, source };
        let response = Arc::new(parsed.map_err(named)?);
        for single in response.singles() {
            let known = all.entry(minimal(single.serial()).to_vec()).or_default();
            known.push(Arc::clone(&response));
        }
    }
    Ok(all)
}

fn digest(input: &MaterialInput, crls: &[Arc<Crl>]) -> Digest {
    let mut items: Vec<Vec<u8>> = Vec::new();
    let mut item = |kind: &str, label: &str, digest: Digest| {
        let mut bytes = format!("{kind}\0{label}\0").into_bytes();
        bytes.extend_from_slice(&digest.0);
        items.push(bytes);
    };
    for anchor in &input.anchors {
        item("anchor", &anchor.label(), Digest::of(&anchor.der));
    }
    for der in &input.intermediates {
        item("intermediate", "", Digest::of(der));
    }
    for entry in &input.distrust {
        let label = format!("{:?}{:?}", entry.from, entry.to_be_signed);
        item("distrust", &label, entry.digest);
    }
    item("algorithms", "", input.algorithms.digest());
    for crl in crls {
        item("crl", "", crl.sha256());
    }
    for der in &input.responses {
        item("ocsp", "", Digest::of(der));
    }
    items.sort_unstable();
    items.dedup();
    let mut hasher = Hasher::new();
    for bytes in &items {
        hasher.update(bytes);
        hasher.update(b"\n");
    }
    hasher.update(format!("{:?}", input.max_crl_age_secs).as_bytes());
    hasher.finish()
}
