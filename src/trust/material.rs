//! Validation material: anchors, intermediates, distrust and CRLs, checked whole when loaded and
//! never changed afterwards.

use super::certificate::{Certificate, CertificateError};
use super::name::readable;
use super::report::CertificateInfo;
use super::revocation::crl::{Crl, CrlError};
use crate::model::{Digest, Hasher, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Material as it was found, DER throughout.
#[derive(Clone, Debug, Default)]
pub struct MaterialInput {
    /// Anchors with their trust domain.
    pub anchors: Vec<(String, Vec<u8>)>,
    /// Intermediate certificates.
    pub intermediates: Vec<Vec<u8>>,
    /// SHA-256 of a certificate's DER or of a SubjectPublicKeyInfo.
    pub distrust: Vec<Digest>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// A CRL older than this is stale whatever its nextUpdate says.
    pub max_crl_age_secs: Option<i64>,
    /// thisUpdate of the newest CRL ever seen of a scope ([`CrlInfo::scope`]): an older one is left
    /// out.
    pub newest_seen: BTreeMap<String, Timestamp>,
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
    /// A CRL.
    #[error("CRL {index}: {source}")]
    Crl {
        /// Its place in the input.
        index: usize,
        /// Why.
        source: CrlError,
    },
}

/// One anchor.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Anchor {
    pub(in crate::trust) domain: String,
    pub(in crate::trust) certificate: Arc<Certificate>,
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
    distrust: BTreeSet<Digest>,
    crls: Vec<Crl>,
    pub(in crate::trust) max_crl_age_secs: Option<i64>,
    by_subject: BTreeMap<Vec<u8>, Vec<Arc<Certificate>>>,
    anchors_by_subject: BTreeMap<Vec<u8>, Vec<usize>>,
    crls_by_issuer: BTreeMap<Vec<u8>, Vec<usize>>,
    left_out: Vec<CrlInfo>,
    digest: Digest,
}

impl Material {
    /// Parses everything; nothing is taken if one item is faulty.
    ///
    /// # Errors
    /// [`MaterialError`], naming the item.
    pub fn new(input: MaterialInput) -> Result<Self, MaterialError> {
        let (crls, left_out) = crls(&input)?;
        let digest = digest(&input, &crls);
        let mut anchors = Vec::with_capacity(input.anchors.len());
        for (index, (domain, der)) in input.anchors.into_iter().enumerate() {
            match Certificate::parse(&der) {
                Ok(certificate) => anchors.push(Anchor {
                    domain,
                    certificate: Arc::new(certificate),
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
            distrust: input.distrust.into_iter().collect(),
            crls,
            max_crl_age_secs: input.max_crl_age_secs,
            by_subject: BTreeMap::new(),
            anchors_by_subject: BTreeMap::new(),
            crls_by_issuer: BTreeMap::new(),
            left_out,
            digest,
        };
        material.index();
        Ok(material)
    }

    fn index(&mut self) {
        for certificate in &self.intermediates {
            let known = self.by_subject.entry(certificate.subject().to_vec());
            known.or_default().push(Arc::clone(certificate));
        }
        for (at, anchor) in self.anchors.iter().enumerate() {
            let subject = anchor.certificate.subject().to_vec();
            self.anchors_by_subject.entry(subject).or_default().push(at);
        }
        for (at, crl) in self.crls.iter().enumerate() {
            let issuer = crl.issuer().to_vec();
            self.crls_by_issuer.entry(issuer).or_default().push(at);
        }
    }

    /// SHA-256 over everything in it, independent of order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
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
        self.crls.iter().map(described)
    }

    /// The CRLs that are older than one already seen, so that nothing is judged by them.
    #[must_use]
    pub fn left_out(&self) -> &[CrlInfo] {
        &self.left_out
    }

    pub(in crate::trust) fn anchors_named(&self, subject: &[u8]) -> impl Iterator<Item = &Anchor> {
        let found = self.anchors_by_subject.get(subject);
        found
            .into_iter()
            .flatten()
            .filter_map(|at| self.anchors.get(*at))
    }

    pub(in crate::trust) fn certificates_named(&self, subject: &[u8]) -> &[Arc<Certificate>] {
        self.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    pub(in crate::trust) fn certificates(&self) -> &[Arc<Certificate>] {
        &self.intermediates
    }

    pub(in crate::trust) fn crls_of(&self, issuer: &[u8]) -> impl Iterator<Item = (usize, &Crl)> {
        let found = self.crls_by_issuer.get(issuer);
        found
            .into_iter()
            .flatten()
            .filter_map(|at| self.crls.get(*at).map(|crl| (*at, crl)))
    }

    pub(in crate::trust) fn distrusts(&self, certificate: &Certificate) -> bool {
        self.distrust.contains(&certificate.sha256())
            || self.distrust.contains(&certificate.key_digest())
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
fn crls(input: &MaterialInput) -> Result<(Vec<Crl>, Vec<CrlInfo>), MaterialError> {
    let (mut used, mut left_out) = (Vec::with_capacity(input.crls.len()), Vec::new());
    for (index, der) in input.crls.iter().enumerate() {
        let named = |source| MaterialError::Crl { index, source };
        let crl = Crl::parse(der.clone()).map_err(named)?;
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

fn digest(input: &MaterialInput, crls: &[Crl]) -> Digest {
    let mut items: Vec<Vec<u8>> = Vec::new();
    let mut item = |kind: &str, label: &str, digest: Digest| {
        let mut bytes = format!("{kind}\0{label}\0").into_bytes();
        bytes.extend_from_slice(&digest.0);
        items.push(bytes);
    };
    for (domain, der) in &input.anchors {
        item("anchor", domain, Digest::of(der));
    }
    for der in &input.intermediates {
        item("intermediate", "", Digest::of(der));
    }
    for digest in &input.distrust {
        item("distrust", "", *digest);
    }
    for crl in crls {
        item("crl", "", crl.sha256());
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
