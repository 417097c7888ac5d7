//! SignaturePolicyIdentifier (EN 319 132-1 §5.2.9): whether a policy that lies beside the signature is the
//! one that was signed for. Its rules are not applied; the gateway has its own.

use super::Properties;
use crate::format::xml::signature::qualifying::{PolicyId, Property};
use crate::model::{Reason, ReasonCode};
use crate::trust::algorithms::uri;

impl Properties {
    pub(super) fn policy(&self) -> Option<&PolicyId> {
        self.signed()?.policy.as_ref()
    }

    /// What stands against the policy in a SignaturePolicyStore: another digest than the signed one.
    pub(in super::super) fn policy_objection(&self) -> Option<Reason> {
        let Some(PolicyId::Explicit {
            digest: Some((algorithm, digest)),
            processed: false,
            ..
        }) = self.policy()
        else {
            return None;
        };
        let algorithm = uri::digest(algorithm).ok()?;
        let mut at_hand = self
            .unsigned()
            .iter()
            .filter_map(|one| match &one.property {
                Property::Policy(document) => document.as_ref(),
                Property::Stamp(_)
                | Property::Values(_)
                | Property::References(_)
                | Property::CounterSignature(_)
                | Property::Unknown(_)
                | Property::Malformed(_) => None,
            });
        let another = |document: &Vec<u8>| algorithm.of(document).as_ref() != digest.as_slice();
        let other = at_hand.any(another);
        other.then(|| ReasonCode::SignaturePolicyOther.into())
    }
}
