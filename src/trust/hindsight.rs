//! Judging again what passed once, with what became known since (EN 319 102-1 §5.6, past signature
//! validation): that somebody had it at a moment is a proof of existence, and a certificate that a
//! later list dates revoked before that moment undoes the verdict.
//!
//! Ordinary judgements know nothing of this.

use super::certificate::Certificate;
use super::evidence::Supplied;
use super::report::{FileReport, SignatureReport};
use super::supplied::SuppliedDer;
use super::timestamp::lacks_proof;
use super::verdict::Verdict;
use crate::model::{Digest, SubIndication, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is said against a certificate, by lists and responses that nobody has verified yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told {
    /// The earliest moment since which it is said to be revoked for good.
    pub since: Timestamp,
    /// Over those that say so: another one among them says it anew.
    pub by: Digest,
}

/// What is known of something that was judged before.
#[derive(Clone, Debug)]
pub(in crate::trust) struct Hindsight {
    existed: Timestamp,
    kept: Supplied,
}

impl Hindsight {
    pub(in crate::trust) fn new(existed: Timestamp, kept: &SuppliedDer<'_>) -> Self {
        Self {
            existed,
            kept: kept.parsed(),
        }
    }

    /// The proof of existence, if it is one at the moment of judgement.
    pub(in crate::trust) fn existed(&self, at: Timestamp) -> Option<Timestamp> {
        Some(self.existed).filter(|existed| *existed < at)
    }

    pub(in crate::trust) fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.kept.certificates.iter()
    }

    /// Adds what was kept to what came with a document, for the path of `signer`. It never hides
    /// anything newer either.
    pub(in crate::trust) fn add_to(&self, supplied: &mut Supplied, signer: &Certificate) {
        let certificates = self.kept.certificates.iter();
        let others = certificates.filter(|c| c.sha256() != signer.sha256());
        supplied.certificates.extend(others.cloned());
        supplied.crls.extend(self.kept.crls.iter().cloned());
        supplied
            .responses
            .extend(self.kept.responses.iter().cloned());
    }
}

/// The verdict of a signature that a revocation keeps from passing, and the certificates revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Undone<'a> {
    /// The signature's verdict.
    pub verdict: &'a Verdict,
    /// SHA-256 of each certificate that was found revoked: of its own path, or of the path of a
    /// timestamp without which nothing proves it to be earlier.
    pub certificates: BTreeSet<Digest>,
}

/// Of each signature of a file that a revocation keeps from passing. What waits for evidence is not
/// among them, nor what fails for another reason.
pub fn undone(report: &FileReport) -> impl Iterator<Item = Undone<'_>> {
    report.signatures.iter().filter_map(of_signature)
}

fn of_signature(report: &SignatureReport) -> Option<Undone<'_>> {
    let verdict = &report.verdict;
    let own = revoked(verdict);
    if own.is_none() && !lacks_proof(verdict) {
        return None;
    }
    let stamps = report.timestamps.iter();
    let stamps = stamps.filter_map(|stamp| revoked(&stamp.signature.verdict));
    let certificates: BTreeSet<Digest> = own.into_iter().chain(stamps).collect();
    (!certificates.is_empty()).then_some(Undone {
        verdict,
        certificates,
    })
}

/// The certificate that a verdict finds revoked.
fn revoked(verdict: &Verdict) -> Option<Digest> {
    let revoked = matches!(
        verdict.sub(),
        Some(SubIndication::RevokedNoPoe | SubIndication::RevokedCaNoPoe)
    );
    let certificate = verdict.reason().arg("certificate")?;
    revoked.then(|| Digest::from_hex(certificate)).flatten()
}
