//! What the extensions of a certificate say (RFC 5280 §4.2), as far as path validation asks.
//!
//! Each value is read when the certificate is, so that a malformed one is known at once; names and
//! points stay in place and are taken apart only where they are asked for.

use super::purposes::Purposes;
use crate::format::asn1::oid::dotted;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::small_integer;
use crate::format::limits::MAX_POLICIES;
use crate::format::x509::distribution_point::DistributionPoint;
use crate::format::x509::general_name::GeneralName;
use std::collections::BTreeSet;
use std::ops::Range;

/// keyUsage bits (RFC 5280 §4.2.1.3): bit `n` of the BIT STRING is `1 << n`.
pub(in crate::trust) mod usage {
    pub(in crate::trust) const DIGITAL_SIGNATURE: u16 = 1;
    pub(in crate::trust) const NON_REPUDIATION: u16 = 1 << 1;
    pub(in crate::trust) const KEY_CERT_SIGN: u16 = 1 << 5;
    pub(in crate::trust) const CRL_SIGN: u16 = 1 << 6;
}

/// anyPolicy (RFC 5280 §4.2.1.4).
pub(in crate::trust) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];

/// A certificate policy identifier: the content octets of its OBJECT IDENTIFIER.
pub type PolicyOid = Box<[u8]>;

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicConstraints {
    /// cA.
    pub ca: bool,
    /// pathLenConstraint.
    pub path_len: Option<u32>,
}

/// Why an extension makes a certificate unusable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::trust) struct Defect {
    /// What is wrong, in standard terms.
    pub(in crate::trust) what: String,
    /// The clause.
    pub(in crate::trust) clause: &'static str,
}

impl Defect {
    fn new(what: impl Into<String>, clause: &'static str) -> Self {
        let what = what.into();
        Self { what, clause }
    }
}

/// The extensions of one certificate. Ranges lie in the certificate's DER.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::trust) struct Extensions {
    /// Whether there is any.
    pub(in crate::trust) any: bool,
    pub(in crate::trust) basic: Option<BasicConstraints>,
    pub(in crate::trust) key_usage: Option<u16>,
    /// The purposes of extendedKeyUsage, if it is there.
    pub(in crate::trust) purposes: Option<Purposes>,
    pub(in crate::trust) subject_key: Option<Vec<u8>>,
    pub(in crate::trust) authority_key: Option<Vec<u8>>,
    pub(in crate::trust) alternative_names: Option<Range<usize>>,
    /// Whether subjectAltName is critical.
    pub(in crate::trust) critical_names: bool,
    pub(in crate::trust) name_constraints: Option<Range<usize>>,
    /// Whether these are not critical.
    pub(in crate::trust) optional_names: bool,
    pub(in crate::trust) policies: Option<Vec<PolicyOid>>,
    /// issuerDomainPolicy and subjectDomainPolicy of each mapping.
    pub(in crate::trust) mappings: Vec<(PolicyOid, PolicyOid)>,
    pub(in crate::trust) require_explicit_policy: Option<u32>,
    pub(in crate::trust) inhibit_policy_mapping: Option<u32>,
    pub(in crate::trust) inhibit_any_policy: Option<u32>,
    /// Whether one of the two above is not critical.
    pub(in crate::trust) optional_policy: bool,
    pub(in crate::trust) crl_points: Option<Range<usize>>,
    pub(in crate::trust) freshest_crl: Option<Range<usize>>,
    /// Addresses of OCSP responders (§4.2.2.1).
    pub(in crate::trust) ocsp: Vec<String>,
    /// Addresses of the issuer's certificates (§4.2.2.1).
    pub(in crate::trust) issuers: Vec<String>,
    /// id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1).
    pub(in crate::trust) no_check: bool,
    /// A critical extension that is not known, a malformed or repeated one: nobody may use this
    /// certificate.
    pub(in crate::trust) defect: Option<Defect>,
    /// What a conforming authority must not issue though every part of it can be processed.
    pub(in crate::trust) nonconformity: Option<Defect>,
}

impl Extensions {
    /// Reads Extensions: the SEQUENCE inside the explicit tag 3.
    pub(super) fn read(list: &Element<'_>) -> Result<Self, BerError> {
        let mut found = Self::default();
        let mut seen = BTreeSet::new();
        let mut items = list.reader();
        while let Some(item) = items.next()? {
            if item.tag != 0x30 {
                return Err(BerError::Value(item.start));
            }
            let mut fields = item.reader();
            let kind = fields.expect(0x06)?.content;
            let critical = fields.optional(0x01)?.map(|flag| boolean(&flag));
            let critical = critical.transpose()?.unwrap_or(false);
            let value = fields.expect(0x04)?;
            fields.end()?;
            found.any = true;
            if !seen.insert(kind) {
                found.refuse("repeated extension", "RFC 5280 §4.2");
            }
            if found.take(kind, critical, &value).is_err() {
                let what = format!("malformed extension {}", dotted(kind));
                found.refuse(what, "RFC 5280 §4.2");
            }
        }
        Ok(found)
    }

    pub(super) fn refuse(&mut self, what: impl Into<String>, clause: &'static str) {
        self.defect.get_or_insert_with(|| Defect::new(what, clause));
    }

    pub(super) fn object(&mut self, what: &'static str, clause: &'static str) {
        self.nonconformity
            .get_or_insert_with(|| Defect::new(what, clause));
    }

    fn take(&mut self, kind: &[u8], critical: bool, value: &Element<'_>) -> Result<(), BerError> {
        let der = value.content;
        match kind {
            [0x55, 0x1d, 0x0e] => {
                self.subject_key = Some(whole(der, 0x04)?.content.to_vec());
                self.never_critical(
                    critical,
                    "critical subjectKeyIdentifier",
                    "RFC 5280 §4.2.1.2",
                );
            }
            [0x55, 0x1d, 0x23] => {
                let mut fields = whole(der, 0x30)?.reader();
                self.authority_key = fields.optional(0x80)?.map(|id| id.content.to_vec());
                let clause = "RFC 5280 §4.2.1.1";
                self.never_critical(critical, "critical authorityKeyIdentifier", clause);
            }
            [0x55, 0x1d, 0x0f] => self.key_usage = Some(key_usage(der)?),
            [0x55, 0x1d, 0x13] => self.basic = Some(basic_constraints(der)?),
            [0x55, 0x1d, 0x25] => {
                self.purposes = Some(Purposes::read(whole(der, 0x30)?, critical)?)
            }
            [0x55, 0x1d, 0x11] => {
                GeneralName::sequence(der)?;
                self.alternative_names = Some(value.content_range());
                self.critical_names = critical;
            }
            [0x55, 0x1d, 0x1e] => {
                whole(der, 0x30)?;
                self.name_constraints = Some(value.content_range());
                self.optional_names = !critical;
            }
            [0x55, 0x1d, 0x20] => self.policies = Some(policies(der)?),
            [0x55, 0x1d, 0x21] => self.mappings = mappings(der)?,
            [0x55, 0x1d, 0x24] => self.policy_constraints(der, critical)?,
            [0x55, 0x1d, 0x36] => {
                self.inhibit_any_policy = Some(skip_certs(&whole(der, 0x02)?)?);
                self.optional_policy |= !critical;
            }
            [0x55, 0x1d, 0x1f] => {
                DistributionPoint::sequence(der)?;
                self.crl_points = Some(value.content_range());
            }
            [0x55, 0x1d, 0x2e] => {
                DistributionPoint::sequence(der)?;
                self.freshest_crl = Some(value.content_range());
                self.never_critical(critical, "critical freshestCRL", "RFC 5280 §4.2.1.15");
            }
            // authorityInfoAccess
            [0x2b, 6, 1, 5, 5, 7, 1, 1] => {
                self.access(der)?;
                let clause = "RFC 5280 §4.2.2.1";
                self.never_critical(critical, "critical authorityInfoAccess", clause);
            }
            // id-pkix-ocsp-nocheck
            [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5] => self.no_check = true,
            // issuerAltName binds nothing here.
            [0x55, 0x1d, 0x12] => {
                GeneralName::sequence(der)?;
            }
            // §4.2: a critical extension that is not recognised.
            other if critical => {
                let what = format!("critical extension {}", dotted(other));
                self.refuse(what, "RFC 5280 §4.2");
            }
            _ => {}
        }
        Ok(())
    }

    fn never_critical(&mut self, critical: bool, what: &'static str, clause: &'static str) {
        if critical {
            self.object(what, clause);
        }
    }

    /// §4.2.1.11
    fn policy_constraints(&mut self, der: &[u8], critical: bool) -> Result<(), BerError> {
        let sequence = whole(der, 0x30)?;
        let mut fields = sequence.reader();
        self.optional_policy |= !critical;
        let number = |e: Option<Element<'_>>| e.map(|e| skip_certs(&e)).transpose();
        self.require_explicit_policy = number(fields.optional(0x80)?)?;
        self.inhibit_policy_mapping = number(fields.optional(0x81)?)?;
        fields.end()?;
        // "conforming CAs MUST NOT issue certificates where policy constraints is an empty sequence"
        if self.require_explicit_policy.is_none() && self.inhibit_policy_mapping.is_none() {
            self.object("empty policyConstraints", "RFC 5280 §4.2.1.11");
        }
        Ok(())
    }

    /// §4.2.2.1
    fn access(&mut self, der: &[u8]) -> Result<(), BerError> {
        /// Addresses kept of each kind: real certificates name one or two.
        const MOST: usize = 4;
        let mut descriptions = whole(der, 0x30)?.reader();
        while let Some(description) = descriptions.next()? {
            let mut fields = description.reader();
            let method = fields.expect(0x06)?.content;
            let GeneralName::Uri(uri) = GeneralName::read(&fields.any()?)? else {
                continue;
            };
            let list = match method {
                [0x2b, 6, 1, 5, 5, 7, 0x30, 1] => &mut self.ocsp,
                [0x2b, 6, 1, 5, 5, 7, 0x30, 2] => &mut self.issuers,
                _ => continue,
            };
            if let (Ok(uri), true) = (std::str::from_utf8(uri), list.len() < MOST) {
                list.push(uri.to_owned());
            }
        }
        Ok(())
    }

    /// §4.2.1.10: authorities must mark nameConstraints critical, so that nobody accepts what they forbid who
    /// does not know them. Whoever does processes them all the same (§4.2, §6.1.4 (g)).
    pub(in crate::trust) fn optional_names(&self) -> Option<Defect> {
        let optional = || Defect::new("nameConstraints not critical", "RFC 5280 §4.2.1.10");
        self.optional_names.then(optional)
    }

    /// §4.2.1.1: whoever is not self-signed names the key of its issuer.
    pub(in crate::trust) fn lacks_authority_key(&self) -> Option<Defect> {
        let lacks = self.any && self.authority_key.is_none();
        lacks.then(|| Defect::new("no authorityKeyIdentifier", "RFC 5280 §4.2.1.1"))
    }

    /// What breaks RFC 5280 though each extension can be processed.
    pub(super) fn contradictions(&mut self, subject_empty: bool) {
        let is_ca = self.basic.is_some_and(|b| b.ca);
        let signs = self
            .key_usage
            .is_some_and(|f| f & usage::KEY_CERT_SIGN != 0);
        if signs && !is_ca {
            self.object("keyCertSign without cA", "RFC 5280 §4.2.1.3");
        }
        if self.key_usage == Some(0) {
            self.object("keyUsage without any bit", "RFC 5280 §4.2.1.3");
        }
        if self.basic.is_some_and(|b| !b.ca && b.path_len.is_some()) {
            self.object("pathLenConstraint without cA", "RFC 5280 §4.2.1.9");
        }
        if subject_empty && (is_ca || !self.critical_names) {
            self.object("empty subject", "RFC 5280 §4.1.2.6");
        }
        if self.name_constraints.is_some() && !is_ca {
            self.object("nameConstraints without cA", "RFC 5280 §4.2.1.10");
        }
        // §4.2.1.11 and §4.2.1.14 demand critical, X.509 leaves it open, and many authorities that
        // state policies leave it out. Without any policy stated, a reader that passes over the
        // constraint has no reason to think of policies at all.
        if self.optional_policy && self.policies.is_none() {
            self.object("policyConstraints not critical", "RFC 5280 §4.2.1.11");
        }
        if self.any && is_ca && self.subject_key.is_none() {
            self.object("no subjectKeyIdentifier", "RFC 5280 §4.2.1.2");
        }
    }
}

/// The one element that a value consists of.
fn whole(der: &[u8], tag: u8) -> Result<Element<'_>, BerError> {
    let mut outer = Reader::new(der);
    let element = outer.expect(tag)?;
    outer.end()?;
    Ok(element)
}

/// X.690 §11.1: all bits of true are set.
fn boolean(flag: &Element<'_>) -> Result<bool, BerError> {
    match flag.content {
        [0] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(BerError::Value(flag.start)),
    }
}

/// SkipCerts: above any path length the number makes no difference, so a larger one is that.
fn skip_certs(integer: &Element<'_>) -> Result<u32, BerError> {
    match integer.content {
        [] => Err(BerError::Value(integer.start)),
        [first, ..] if first & 0x80 != 0 => Err(BerError::Value(integer.start)),
        _ => Ok(small_integer(integer).unwrap_or(u32::MAX)),
    }
}

fn key_usage(der: &[u8]) -> Result<u16, BerError> {
    let bits = whole(der, 0x03)?;
    let (Some(unused), octets) = (
        bits.content.first(),
        bits.content.get(1..).unwrap_or_default(),
    ) else {
        return Err(BerError::Value(bits.start));
    };
    if *unused > 7 || octets.len() > 2 {
        return Err(BerError::Value(bits.start));
    }
    let octet = |at: usize| octets.get(at).copied().unwrap_or(0).reverse_bits();
    Ok(u16::from_le_bytes([octet(0), octet(1)]))
}

fn basic_constraints(der: &[u8]) -> Result<BasicConstraints, BerError> {
    let mut fields = whole(der, 0x30)?.reader();
    let ca = fields.optional(0x01)?.map(|flag| boolean(&flag));
    let ca = ca.transpose()?.unwrap_or(false);
    let path_len = fields.optional(0x02)?.map(|n| skip_certs(&n)).transpose()?;
    fields.end()?;
    Ok(BasicConstraints { ca, path_len })
}

/// §4.2.1.4; qualifiers decide nothing.
fn policies(der: &[u8]) -> Result<Vec<PolicyOid>, BerError> {
    let list = whole(der, 0x30)?;
    let mut items = list.reader();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    while let Some(item) = items.next()? {
        let policy = item.reader().expect(0x06)?.content;
        // "A certificate policy OID MUST NOT appear more than once"
        if found.len() >= MAX_POLICIES || !seen.insert(policy) {
            return Err(BerError::Value(item.start));
        }
        found.push(policy.into());
    }
    if found.is_empty() {
        return Err(BerError::Value(list.start));
    }
    Ok(found)
}

/// §4.2.1.5
fn mappings(der: &[u8]) -> Result<Vec<(PolicyOid, PolicyOid)>, BerError> {
    let list = whole(der, 0x30)?;
    let mut items = list.reader();
    let mut found = Vec::new();
    while let Some(item) = items.next()? {
        let mut pair = item.reader();
        let (from, to) = (pair.expect(0x06)?.content, pair.expect(0x06)?.content);
        pair.end()?;
        if found.len() >= MAX_POLICIES {
            return Err(BerError::Value(item.start));
        }
        found.push((from.into(), to.into()));
    }
    if found.is_empty() {
        return Err(BerError::Value(list.start));
    }
    Ok(found)
}
