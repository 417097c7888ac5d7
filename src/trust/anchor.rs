//! Trust anchors: a certificate, the trust domain it stands for, and what the operator allows it
//! (RFC 5280 §6.1.1 (d); RFC 5937 for the restrictions). Nothing is judged here: the path is told
//! the inputs with which RFC 5280 §6.1.1 begins.

mod distinguished;
mod subtrees;

pub use subtrees::{MAX_SUBTREES, Subtree, SubtreeKind, name_constraints, readable_constraints};

use super::certificate::Certificate;
use super::material::Material;
use crate::model::{Digest, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// For what a certification path may end at an anchor. Transport identities are keys bound to units
/// and end at the gateway's own authority, never here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purposes {
    /// Signatures over documents.
    pub documents: bool,
    /// Timestamp tokens: proof that something existed (`verdicts.md` §3).
    pub timestamping: bool,
    /// OCSP responders.
    pub ocsp: bool,
}

impl Purposes {
    /// Where the operator says nothing: documents and what OCSP says about their signers. Proof of
    /// time is more than most authorities are trusted with, so it has to be named.
    pub const ORDINARY: Self = Self {
        documents: true,
        timestamping: false,
        ocsp: true,
    };
    /// Nothing at all.
    pub const NONE: Self = Self {
        documents: false,
        timestamping: false,
        ocsp: false,
    };
}

/// Whether a certificate may issue others (RFC 5280 §6.1.4 (k)); before version 3 an anchor is a
/// name and a key only.
#[must_use]
pub fn may_issue(certificate: &Certificate) -> bool {
    certificate
        .basic_constraints()
        .map_or_else(|| certificate.version() < 3, |basic| basic.ca)
}

/// What an anchor is restricted to. Each field left open restricts nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnchorConstraints {
    /// For what a path may end here.
    pub purposes: Purposes,
    /// The anchor counts for judgements of this moment and later.
    pub from: Option<Timestamp>,
    /// The anchor counts for judgements before this moment.
    pub until: Option<Timestamp>,
    /// What is signed is accepted only if it is proved to have existed before this moment.
    pub distrust_after: Option<Timestamp>,
    /// Permitted and excluded subtrees from the start (RFC 5280 §6.1.1 (h) and (i)): the DER of a
    /// NameConstraints value (§4.2.1.10).
    pub names: Option<Vec<u8>>,
    /// user-initial-policy-set (RFC 5280 §6.1.1 (c)): content octets of the identifiers; `None` is
    /// any policy.
    pub policies: Option<BTreeSet<Vec<u8>>>,
    /// initial-explicit-policy (RFC 5280 §6.1.1 (f)).
    pub require_explicit_policy: bool,
    /// initial-policy-mapping-inhibit (RFC 5280 §6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit (RFC 5280 §6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// The most intermediate certificates that are not self-issued (RFC 5280 §6.1.2 (k), RFC 5937
    /// §3.2: pathLenConstraint of the anchor).
    pub max_path_len: Option<u32>,
    /// A CRL under this anchor that is older than this is stale whatever its nextUpdate says; it
    /// takes the place of the limit for all domains.
    pub max_crl_age_secs: Option<i64>,
}

impl AnchorConstraints {
    /// Where the operator says nothing.
    #[must_use]
    pub fn ordinary() -> Self {
        Self {
            purposes: Purposes::ORDINARY,
            from: None,
            until: None,
            distrust_after: None,
            names: None,
            policies: None,
            require_explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            max_path_len: None,
            max_crl_age_secs: None,
        }
    }
}

/// An anchor as it was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnchorInput {
    /// Its trust domain.
    pub domain: String,
    /// The certificate.
    pub der: Vec<u8>,
    /// What it is restricted to.
    pub constraints: AnchorConstraints,
}

impl AnchorInput {
    /// An anchor about which the operator says nothing but its domain.
    #[must_use]
    pub fn ordinary(domain: impl Into<String>, der: Vec<u8>) -> Self {
        Self {
            domain: domain.into(),
            der,
            constraints: AnchorConstraints::ordinary(),
        }
    }

    /// All that it decides, for the digest of the material.
    pub(in crate::trust) fn label(&self) -> String {
        format!("{}\0{:?}", self.domain, self.constraints)
    }
}

/// One anchor of the material.
#[derive(Clone, Debug)]
pub struct Anchor {
    pub(in crate::trust) domain: String,
    pub(in crate::trust) certificate: Arc<Certificate>,
    pub(in crate::trust) constraints: AnchorConstraints,
}

impl Anchor {
    /// Its trust domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What it is restricted to.
    #[must_use]
    pub fn constraints(&self) -> &AnchorConstraints {
        &self.constraints
    }
}

/// A certificate or key that is not trusted whatever a path says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Distrust {
    /// SHA-256 of the certificate's DER, of its signed part or of its SubjectPublicKeyInfo.
    pub digest: Digest,
    /// SHA-256 of the certificate's signed part (tbsCertificate), where the certificate itself is
    /// known: an ECDSA signature (r, s) can be written as (r, n − s) by anybody, and the certificate
    /// then has another digest.
    pub to_be_signed: Option<Digest>,
    /// From when on: what is proved to have been signed earlier stands. `None`: never trusted.
    pub from: Option<Timestamp>,
}

impl From<Digest> for Distrust {
    fn from(digest: Digest) -> Self {
        Self {
            digest,
            to_be_signed: None,
            from: None,
        }
    }
}

impl From<&Certificate> for Distrust {
    fn from(certificate: &Certificate) -> Self {
        Self {
            digest: certificate.sha256(),
            to_be_signed: Some(signed_part(certificate)),
            from: None,
        }
    }
}

/// SHA-256 of what the issuer of a certificate signed.
pub(in crate::trust) fn signed_part(certificate: &Certificate) -> Digest {
    Digest::of(certificate.to_be_signed())
}

impl Material {
    /// Since when a certificate is distrusted, by itself or by its key: `None` if it is not, the
    /// beginning of time if it always was.
    pub(in crate::trust) fn distrusted_since(
        &self,
        certificate: &Certificate,
    ) -> Option<Timestamp> {
        if !self.distrusts_any() {
            return None;
        }
        let digests = [
            certificate.sha256(),
            signed_part(certificate),
            certificate.key_digest(),
        ];
        let since = digests.iter().filter_map(|d| self.distrust.get(d).copied());
        since.min()
    }

    /// Whether anything is distrusted.
    #[must_use]
    pub fn distrusts_any(&self) -> bool {
        !self.distrust.is_empty()
    }

    /// Since when a certificate is distrusted: `None` if it is not, `Some(None)` if it always was.
    #[must_use]
    pub fn distrusted_from(&self, certificate: &Certificate) -> Option<Option<Timestamp>> {
        let since = self.distrusted_since(certificate)?;
        Some((since > Timestamp(i64::MIN)).then_some(since))
    }

    /// The oldest CRL that counts under an anchor.
    #[must_use]
    pub fn max_crl_age(&self, anchor: &Anchor) -> Option<i64> {
        anchor
            .constraints
            .max_crl_age_secs
            .or(self.max_crl_age_secs)
    }

    /// Whether a certificate is distrusted at `at`.
    #[must_use]
    pub fn distrusted_at(&self, certificate: &Certificate, at: Timestamp) -> bool {
        let since = self.distrusted_since(certificate);
        since.is_some_and(|since| since <= at)
    }
}
