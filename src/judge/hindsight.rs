//! A document that was judged and relayed before, judged again with what became known since
//! (`verdicts.md` §3).

use super::Judged;
use crate::model::{Digest, Disposition, Timestamp};
use crate::policy::{FileFinding, Judgement};
use crate::trust::evidence::EvidenceKind;
use crate::trust::hindsight::undone;
use crate::trust::validator::{SuppliedDer, Validator};
use bytes::Bytes;
use std::collections::BTreeSet;

/// What is known of it.
#[derive(Clone, Debug)]
pub struct Hindsight {
    /// When it was there: the synced arrival, a proof of existence (EN 319 102-1 §5.6).
    pub existed: Timestamp,
    /// What its verdict rested on then.
    pub kept: Vec<(EvidenceKind, Bytes)>,
    /// The decision that stands, whatever is found.
    pub stands: Disposition,
}

impl Hindsight {
    pub(super) fn validator(&self, today: &Validator) -> Validator {
        let of = |kind: EvidenceKind| {
            let all = self.kept.iter().filter(move |(found, _)| *found == kind);
            all.map(|(_, der)| der.as_ref()).collect()
        };
        let kept = SuppliedDer {
            certificates: of(EvidenceKind::Certificate),
            crls: of(EvidenceKind::Crl),
            responses: of(EvidenceKind::Ocsp),
        };
        today.in_hindsight(self.existed, &kept)
    }

    /// What is found about the signatures is the verdict. Whether a unit is still bound, or the policy
    /// wants more than it did, is no question about a document that was relayed.
    pub(super) fn conclude(&self, findings: &[FileFinding], judgement: &mut Judgement) {
        let mut found = findings.iter().flat_map(|f| undone(&f.report));
        if let Some(undone) = found.next() {
            judgement.indication = undone.verdict.indication();
            judgement.sub = undone.verdict.sub();
            judgement.reason = undone.verdict.reason().clone();
            judgement.agency_signed = false;
            judgement.person_signed = false;
        }
        judgement.disposition = self.stands;
    }
}

impl Judged {
    /// The certificates whose revocation undoes what was found before; none of a document whose
    /// signatures still pass, that waits for evidence, or that fails for another reason.
    #[must_use]
    pub fn undone_by(&self) -> Vec<Digest> {
        let found = self.findings.iter().flat_map(|f| undone(&f.report));
        let certificates: BTreeSet<Digest> = found.flat_map(|one| one.certificates).collect();
        certificates.into_iter().collect()
    }
}
