//! What of the material is of any use: which intermediates lead to an anchor, which lists come from
//! a known issuer and until when each counts, which distrust entries meet anything.

use super::anchor::{Anchor, Distrust, signed_part};
use super::certificate::Certificate;
use super::material::{CrlInfo, Material};
use super::report::CertificateInfo;
use super::revocation::crl::Crl;
use super::revocation::signatures::{Signed, verify};
use crate::model::{Digest, Timestamp};
use crate::trust::algorithms::{Acceptance, KeyFacts, PublicKeyRef, SignatureScheme, Usage};
use std::collections::{BTreeMap, BTreeSet};

/// One list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SurveyedCrl {
    /// What it says of itself.
    pub info: CrlInfo,
    /// Whether an anchor or an intermediate that leads to one has signed it.
    pub issuer_known: bool,
    /// Whether no list of the same scope is newer.
    pub newest: bool,
    /// When it is past its nextUpdate or older than allowed; `None`: it never proves anything.
    pub counts_until: Option<Timestamp>,
    /// What bars it from saying anything good.
    pub defect: Option<String>,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// Intermediates that lead to no anchor.
    pub unchained: Vec<CertificateInfo>,
    /// Every list.
    pub crls: Vec<SurveyedCrl>,
    /// Distrust entries that meet no certificate or key of the material.
    pub idle_distrust: Vec<Distrust>,
}

/// An algorithm or key of an authority that will not be accepted for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ageing {
    /// The authority's certificate.
    pub certificate: CertificateInfo,
    /// What it is: `RSA 2048`, `SHA-1`.
    pub what: String,
    /// Until when it is accepted; `None`: it is not, now.
    pub until: Option<Timestamp>,
}

/// The algorithms and keys of anchors and intermediates that are not accepted at `at`, or whose end
/// is set. What the certificate of an anchor is signed with proves nothing and is not looked at.
#[must_use]
pub fn ageing(material: &Material, at: Timestamp) -> Vec<Ageing> {
    let policy = material.algorithms();
    let mut found = Vec::new();
    let mut note = |certificate: &Certificate, what: String, acceptance: &Acceptance| {
        let until = match acceptance {
            Acceptance::Accepted { until: None, .. } => return,
            Acceptance::Accepted { until, .. } => *until,
            Acceptance::NotAccepted { .. } => None,
        };
        found.push(Ageing {
            certificate: certificate.info(),
            what,
            until,
        });
    };
    for certificate in authorities(material) {
        if let Ok(facts) = KeyFacts::of(PublicKeyRef::new(certificate.public_key())) {
            let acceptance = policy.judge_key(Usage::Certificate, &facts, at);
            note(certificate, facts.name(), &acceptance);
        }
    }
    for certificate in material.certificates() {
        let scheme = certificate.algorithm().ok();
        let scheme = scheme.and_then(|a| SignatureScheme::new(&a, None).ok());
        if let Some(scheme) = scheme {
            let digest = scheme.digest();
            let acceptance = policy.judge_digest(Usage::Certificate, digest, at);
            note(certificate, digest.name().to_owned(), &acceptance);
        }
    }
    found
}

/// Looks through the material. It verifies every signature in it once, so it takes the time of
/// hashing every list.
#[must_use]
pub fn survey(material: &Material) -> Survey {
    let reach = Reach::of(material);
    let unchained = material.certificates().iter();
    let unchained = unchained.filter(|c| !reach.0.contains_key(&c.sha256()));
    let mut newest: BTreeMap<Digest, Timestamp> = BTreeMap::new();
    for crl in material.lists() {
        let known = newest
            .entry(crl.scope())
            .or_insert_with(|| crl.this_update());
        *known = crl.this_update().max(*known);
    }
    let crl = |crl: &Crl| {
        let signer = |c: &&Certificate| c.subject_name() == crl.issuer_name() && signed_by(crl, c);
        let issuer = reach.certificates(material).find(signer);
        let age = issuer.and_then(|issuer| reach.max_crl_age(material, issuer));
        SurveyedCrl {
            info: CrlInfo::of(crl),
            issuer_known: issuer.is_some(),
            newest: newest.get(&crl.scope()) == Some(&crl.this_update()),
            counts_until: counts_until(crl, age),
            defect: crl.defect().map(str::to_owned),
        }
    };
    Survey {
        unchained: unchained.map(|c| c.info()).collect(),
        crls: material.lists().map(crl).collect(),
        idle_distrust: idle_distrust(material),
    }
}

/// Anchors and intermediates.
fn authorities(material: &Material) -> impl Iterator<Item = &Certificate> {
    let anchors = material.trust_anchors().iter().map(Anchor::certificate);
    let others = material.certificates().iter().map(AsRef::as_ref);
    anchors.chain(others)
}

fn counts_until(crl: &Crl, max_age: Option<i64>) -> Option<Timestamp> {
    let by_age = max_age.map(|age| crl.this_update().plus_secs(age));
    crl.next_update().into_iter().chain(by_age).min()
}

fn idle_distrust(material: &Material) -> Vec<Distrust> {
    let met: BTreeSet<Digest> = authorities(material)
        .flat_map(|c| [c.sha256(), signed_part(c), c.key_digest()])
        .collect();
    let entries: BTreeSet<Distrust> = material.distrust_entries.iter().copied().collect();
    let idle = |entry: &Distrust| {
        let own = [Some(entry.digest), entry.to_be_signed];
        !own.into_iter()
            .flatten()
            .any(|digest| met.contains(&digest))
    };
    entries.into_iter().filter(idle).collect()
}

/// Of each certificate that leads to an anchor: the places of those anchors.
struct Reach(BTreeMap<Digest, BTreeSet<usize>>);

impl Reach {
    fn of(material: &Material) -> Self {
        let mut reach: BTreeMap<Digest, BTreeSet<usize>> = BTreeMap::new();
        for (at, anchor) in material.trust_anchors().iter().enumerate() {
            let known = reach.entry(anchor.certificate.sha256()).or_default();
            known.insert(at);
        }
        let links = links(material);
        // Each pass either finds something new or is the last.
        loop {
            let before: usize = reach.values().map(BTreeSet::len).sum();
            for (subject, issuer) in &links {
                let above = reach.get(issuer).cloned().unwrap_or_default();
                if !above.is_empty() {
                    reach.entry(*subject).or_default().extend(above);
                }
            }
            if before == reach.values().map(BTreeSet::len).sum::<usize>() {
                return Self(reach);
            }
        }
    }

    /// Those of the material that lead to an anchor, anchors included.
    fn certificates<'a>(&'a self, material: &'a Material) -> impl Iterator<Item = &'a Certificate> {
        authorities(material).filter(|c| self.0.contains_key(&c.sha256()))
    }

    /// The strictest limit of the anchors above a certificate.
    fn max_crl_age(&self, material: &Material, issuer: &Certificate) -> Option<i64> {
        let above = self.0.get(&issuer.sha256()).into_iter().flatten();
        let own = above.filter_map(|at| material.trust_anchors().get(*at));
        let ages = own.filter_map(|a| a.constraints.max_crl_age_secs.or(material.max_crl_age_secs));
        ages.min()
    }
}

/// Which intermediate was signed by which certificate.
fn links(material: &Material) -> Vec<(Digest, Digest)> {
    let issuers: Vec<&Certificate> = authorities(material).collect();
    let mut links = Vec::new();
    for subject in material.certificates() {
        for issuer in &issuers {
            if subject.issuer_name() == issuer.subject_name() && signed_by(&**subject, issuer) {
                links.push((subject.sha256(), issuer.sha256()));
            }
        }
    }
    links
}

fn signed_by(evidence: &impl Signed, issuer: &Certificate) -> bool {
    verify(evidence, PublicKeyRef::new(issuer.public_key())).is_ok()
}
