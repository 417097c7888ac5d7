//! Certification path validation (RFC 5280 §6) from a signer to a configured anchor, through the
//! certificates supplied with the signature and those configured, CRLs included.
//!
//! Names are compared octet by octet. Name and policy constraints are not judged yet: a path that
//! holds one is INDETERMINATE, never accepted without them. Every comparison with a moment goes
//! through `Clockwork`, so that each outcome knows for how long it stays the same.

mod constraints;
mod status;

pub(in crate::trust) use status::CrlSignatures;

use crate::model::{Digest, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::{MIN_RSA_BITS, Rejection, SignatureScheme};
use crate::trust::certificate::Certificate;
use crate::trust::material::{Anchor, Material};
use crate::trust::report::{CertificateInfo, Evidence};
use crate::trust::verdict::{PathProof, Verdict};
use std::sync::Arc;

/// Signature checks in one search: path building among same-named CAs is exponential
/// (rustls/webpki#152 chose the same number).
const MAX_SIGNATURE_CHECKS: usize = 100;
/// Certificates between signer and anchor, the signer included; real paths have two to four.
const MAX_DEPTH: usize = 8;

/// What the last certificate of a path is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Nothing in particular: the path alone.
    Any,
    /// Signing documents.
    Document,
    /// A TLS server (RFC 5280 §4.2.1.12).
    Server,
    /// A TLS client.
    Client,
}

/// What a path is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Demands {
    /// Whether every certificate below the anchor needs a CRL that says it is not revoked.
    pub revocation: bool,
    /// What the last certificate must be allowed to do.
    pub purpose: Purpose,
    /// Whether the path must be valid for a stated policy (RFC 5280 §6.1.1 (e)), which is not
    /// judged yet.
    pub explicit_policy: bool,
    /// The smallest RSA key of any certificate of the path.
    pub min_rsa_bits: u32,
    /// The most intermediate certificates.
    pub max_intermediates: usize,
}

impl Demands {
    /// What a signature over a document demands: everything.
    pub const DOCUMENT: Self = Self {
        revocation: true,
        purpose: Purpose::Document,
        explicit_policy: false,
        min_rsa_bits: MIN_RSA_BITS,
        max_intermediates: MAX_DEPTH - 1,
    };
}

/// What was found about the path of one certificate.
#[derive(Clone, Debug)]
pub struct PathOutcome {
    pub(in crate::trust) signer: Arc<Certificate>,
    pub(in crate::trust) path: Vec<CertificateInfo>,
    pub(in crate::trust) domain: Option<String>,
    pub(in crate::trust) issuer_key: Option<Digest>,
    pub(in crate::trust) evidence: Vec<Evidence>,
    pub(in crate::trust) problem: Option<Verdict>,
    proof: Option<PathProof>,
    from: Timestamp,
    until: Timestamp,
}

impl PathOutcome {
    /// What is wrong; `None` if the path meets the demands.
    #[must_use]
    pub fn problem(&self) -> Option<&Verdict> {
        self.problem.as_ref()
    }

    /// The proof, if the path met everything a document's signature demands.
    pub(in crate::trust) fn proof(&self) -> Option<&PathProof> {
        self.proof.as_ref()
    }

    /// Whether the outcome would be the same at `at`.
    pub(in crate::trust) fn same_at(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// The moment of judgement, and the span around it in which no comparison made so far would have
/// come out otherwise.
#[derive(Clone, Copy, Debug)]
struct Clockwork {
    at: Timestamp,
    from: Timestamp,
    until: Timestamp,
}

impl Clockwork {
    fn new(at: Timestamp) -> Self {
        Self {
            at,
            from: Timestamp(i64::MIN),
            until: Timestamp(i64::MAX),
        }
    }

    /// Whether `moment` has come.
    fn reached(&mut self, moment: Timestamp) -> bool {
        if self.at >= moment {
            self.from = self.from.max(moment);
            true
        } else {
            self.until = self.until.min(moment);
            false
        }
    }
}

/// Why one path does not hold; ordered by how near it is to holding.
#[derive(Clone, Debug)]
struct Failure {
    rank: u8,
    verdict: Verdict,
    path: Vec<CertificateInfo>,
    domain: Option<String>,
    evidence: Vec<Evidence>,
}

struct Search<'a> {
    material: &'a Material,
    crl_signatures: &'a CrlSignatures,
    supplied: &'a [Arc<Certificate>],
    demands: Demands,
    clock: Clockwork,
    checks: usize,
    exhausted: bool,
    best: Option<Failure>,
}

struct Found {
    path: Vec<CertificateInfo>,
    domain: String,
    issuer_key: Digest,
    evidence: Vec<Evidence>,
}

/// Searches a path from `signer` to an anchor that meets `demands` at `at`.
pub(in crate::trust) fn find(
    material: &Material,
    crl_signatures: &CrlSignatures,
    signer: Arc<Certificate>,
    supplied: &[Arc<Certificate>],
    demands: Demands,
    at: Timestamp,
) -> PathOutcome {
    let mut search = Search {
        material,
        crl_signatures,
        supplied,
        demands,
        clock: Clockwork::new(at),
        checks: 0,
        exhausted: false,
        best: None,
    };
    let mut path = vec![Arc::clone(&signer)];
    let found = search.explore(&mut path);
    let Clockwork { from, until, .. } = search.clock;
    match found {
        Some(found) => PathOutcome {
            signer,
            path: found.path,
            domain: Some(found.domain),
            issuer_key: Some(found.issuer_key),
            evidence: found.evidence,
            problem: None,
            proof: (demands == Demands::DOCUMENT)
                .then(|| PathProof::assert_all_checks_passed(from, until)),
            from,
            until,
        },
        None => failed(signer, search),
    }
}

fn failed(signer: Arc<Certificate>, search: Search<'_>) -> PathOutcome {
    let Clockwork { from, until, .. } = search.clock;
    let failure = if search.exhausted {
        let reason = Reason::new(ReasonCode::LimitExceeded).with("limit", "signature checks");
        Failure {
            rank: 0,
            verdict: Verdict::indeterminate(SubIndication::CertificateChainGeneralFailure, reason),
            path: Vec::new(),
            domain: None,
            evidence: Vec::new(),
        }
    } else {
        search.best.unwrap_or_else(|| no_path(&signer))
    };
    PathOutcome {
        signer,
        path: failure.path,
        domain: failure.domain,
        issuer_key: None,
        evidence: failure.evidence,
        problem: Some(failure.verdict),
        proof: None,
        from,
        until,
    }
}

fn no_path(signer: &Certificate) -> Failure {
    let reason = Reason::new(ReasonCode::NoPath)
        .with("issuer", crate::trust::name::readable(signer.issuer()));
    Failure {
        rank: 9,
        verdict: Verdict::indeterminate(SubIndication::NoCertificateChainFound, reason),
        path: Vec::new(),
        domain: None,
        evidence: Vec::new(),
    }
}

impl<'a> Search<'a> {
    fn explore(&mut self, path: &mut Vec<Arc<Certificate>>) -> Option<Found> {
        let tip = Arc::clone(path.last()?);
        let material = self.material;
        for anchor in material.anchors_named(tip.issuer()) {
            // An anchor that signs itself is not a path of its own.
            if anchor.certificate.sha256() == tip.sha256() {
                continue;
            }
            if self.signed_by(&tip, &anchor.certificate, path)
                && let Some(found) = self.evaluate(path, anchor)
            {
                return Some(found);
            }
        }
        // The path holds the signer and the intermediates found so far.
        if path.len() >= MAX_DEPTH || path.len() > self.demands.max_intermediates {
            return None;
        }
        for candidate in self.candidates(&tip, path) {
            if self.exhausted {
                return None;
            }
            if self.signed_by(&tip, &candidate, path) {
                path.push(candidate);
                let found = self.explore(path);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    /// Issuers by name that are not in the path yet, those with the key identifier first.
    fn candidates(&self, tip: &Certificate, path: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
        let configured = self.material.certificates_named(tip.issuer()).iter();
        let supplied = self.supplied.iter().filter(|c| c.subject() == tip.issuer());
        let mut found: Vec<Arc<Certificate>> = Vec::new();
        for candidate in configured.chain(supplied) {
            let same_key = |c: &Certificate| {
                c.key_digest() == candidate.key_digest() && c.subject() == candidate.subject()
            };
            let known = found.iter().any(|c| c.sha256() == candidate.sha256())
                || path.iter().any(|c| same_key(c))
                || self
                    .material
                    .anchors_named(candidate.subject())
                    .any(|a| same_key(&a.certificate));
            if !known {
                found.push(Arc::clone(candidate));
            }
        }
        let wanted = tip.extensions.authority_key.as_ref();
        found.sort_by_key(|c| wanted.is_none() || c.extensions.subject_key.as_ref() != wanted);
        found
    }

    fn signed_by(
        &mut self,
        subject: &Certificate,
        issuer: &Certificate,
        path: &[Arc<Certificate>],
    ) -> bool {
        if !self.spend() {
            return false;
        }
        let checked = subject
            .algorithm()
            .map_err(|_| Rejection::Invalid)
            .and_then(|algorithm| SignatureScheme::new(&algorithm, None))
            .and_then(|scheme| {
                let message = subject.to_be_signed();
                scheme.verify(issuer.public_key(), message, subject.signature())
            });
        match checked {
            Ok(()) => true,
            Err(Rejection::Invalid) => false,
            Err(rejection) => {
                let verdict = rejected(rejection);
                self.note(5, verdict, path, None, Vec::new());
                false
            }
        }
    }

    pub(super) fn spend(&mut self) -> bool {
        self.checks = self.checks.saturating_add(1);
        if self.checks > MAX_SIGNATURE_CHECKS {
            self.exhausted = true;
        }
        !self.exhausted
    }

    fn note(
        &mut self,
        rank: u8,
        verdict: Verdict,
        path: &[Arc<Certificate>],
        anchor: Option<&Anchor>,
        evidence: Vec<Evidence>,
    ) {
        if self.best.as_ref().is_some_and(|best| best.rank <= rank) {
            return;
        }
        self.best = Some(Failure {
            rank,
            verdict,
            path: described(path, anchor),
            domain: anchor.map(|a| a.domain.clone()),
            evidence,
        });
    }

    /// Checks a path whose signatures hold.
    fn evaluate(&mut self, path: &[Arc<Certificate>], anchor: &Anchor) -> Option<Found> {
        let checked = self
            .constraints(path, anchor)
            .and_then(|()| self.validity(path, anchor));
        let evidence = match checked {
            Ok(()) => self.revocation(path, anchor),
            Err(problem) => Err((problem, Vec::new())),
        };
        match evidence {
            Ok(evidence) => Some(Found {
                path: described(path, Some(anchor)),
                domain: anchor.domain.clone(),
                issuer_key: path.get(1).unwrap_or(&anchor.certificate).key_digest(),
                evidence,
            }),
            Err(((rank, verdict), evidence)) => {
                self.note(rank, verdict, path, Some(anchor), evidence);
                None
            }
        }
    }
}

type Problem = (u8, Verdict);

const CHAIN: SubIndication = SubIndication::ChainConstraintsFailure;

fn general() -> Problem {
    let reason = ReasonCode::LimitExceeded;
    let sub = SubIndication::CertificateChainGeneralFailure;
    (4, Verdict::indeterminate(sub, reason))
}

fn chain(code: ReasonCode, certificate: &Certificate) -> Problem {
    let reason = Reason::new(code).with("subject", certificate.subject_text());
    (6, Verdict::indeterminate(CHAIN, reason))
}

/// A signature that does not count because of its algorithm.
pub(in crate::trust) fn rejected(rejection: Rejection) -> Verdict {
    match rejection {
        Rejection::Invalid => Verdict::failed(
            SubIndication::SigCryptoFailure,
            ReasonCode::SignatureInvalid,
        ),
        Rejection::NotAccepted(name) => Verdict::indeterminate(
            SubIndication::CryptoConstraintsFailure,
            Reason::new(ReasonCode::AlgorithmNotAccepted).with("algorithm", name),
        ),
        Rejection::NotSupported(name) => Verdict::indeterminate(
            SubIndication::Generic,
            Reason::new(ReasonCode::AlgorithmNotSupported).with("algorithm", name),
        ),
    }
}

/// The path from the signer's issuer to the anchor.
fn described(path: &[Arc<Certificate>], anchor: Option<&Anchor>) -> Vec<CertificateInfo> {
    let above = path.iter().skip(1).map(|c| c.info());
    above.chain(anchor.map(|a| a.certificate.info())).collect()
}
