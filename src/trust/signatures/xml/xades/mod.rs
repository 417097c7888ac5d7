//! XAdES (EN 319 132-1, before it ETSI TS 101 903): the properties of a signature and what follows from
//! them.
//!
//! Why properties cannot be put in from elsewhere: those that count are right inside an object of the
//! signature itself, once; the signature refers to their nodes and digests all of them; and every reference
//! that says it is to signed properties is to these and no others. Unsigned ones can be added by anybody:
//! they are certificates and lists that are verified like any other, tokens of authorities over this very
//! signature, and signatures over its value.

pub(super) mod certificate;
mod policy;
pub(super) mod stamps;

use super::nodes::SignedNodes;
use super::problem::malformed;
use super::resolve::by_id;
use crate::format::xml::signature::qualifying::{
    PolicyId, Property, Qualifying, SignedProperties, Unsigned, Values, Version, elsewhere,
    is_signed_properties_type, qualifying,
};
use crate::format::xml::signature::{Reference, Signature};
use crate::format::xml::{Index, NodeId};
use crate::model::{Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::supplied::SuppliedDer;
use crate::trust::verdict::Verdict;

/// The properties of one signature.
pub(super) struct Properties(Qualifying);

/// Attack catalogue X8.
fn wrong(what: &'static str) -> Verdict {
    let reason = Reason::new(ReasonCode::SignedPropertiesWrong).with("what", what);
    Verdict::failed(SubIndication::SigConstraintsFailure, reason)
}

fn says_properties(reference: &Reference) -> bool {
    let kind = reference.kind.as_deref();
    kind.is_some_and(is_signed_properties_type)
}

/// Whether a reference is to what DigiDoc 1.2 wrote for signed properties: inside the signature, in no
/// namespace of XAdES. They say nothing here.
fn is_before_xades(index: &Index<'_>, signature: &Signature, reference: &Reference) -> bool {
    let id = reference
        .uri
        .as_deref()
        .and_then(|uri| uri.strip_prefix('#'));
    let node = id.and_then(|id| by_id(index, id).ok());
    node.is_some_and(|node| {
        let (namespace, local) = index.name(node);
        local == "SignedProperties"
            && Version::of(namespace).is_none()
            && index.document().contains(signature.node, node)
    })
}

impl Properties {
    /// Those of a signature, if it has any. None of their words counts before [`Self::bound`].
    pub(super) fn read(index: &Index<'_>, signature: &Signature) -> Result<Option<Self>, Verdict> {
        let references = &signature.signed_info.references;
        let promised = references
            .iter()
            .any(|one| says_properties(one) && !is_before_xades(index, signature, one));
        // What lies there may be signed, and say which certificate or policy was meant.
        if let Some(uri) = elsewhere(index, &signature.objects) {
            let uri: String = uri.chars().take(200).collect();
            let reason = Reason::new(ReasonCode::PropertiesElsewhere).with("uri", uri);
            return Err(Verdict::indeterminate(SubIndication::Generic, reason));
        }
        // EN 319 132-1 §4.4.2: all in one QualifyingProperties.
        let found = match qualifying(index, &signature.objects)[..] {
            [] if promised => return Err(wrong("absent")),
            [] => return Ok(None),
            [one] => one,
            [_, ..] => return Err(wrong("several")),
        };
        let read = Qualifying::read(index, found).map_err(|error| malformed(&error))?;
        // §4.3.3: Target refers to the signature's Id.
        if let Some(target) = &read.target {
            let target = target.strip_prefix('#').unwrap_or(target);
            if signature.id.as_deref() != Some(target) {
                return Err(wrong("target"));
            }
        }
        match &read.signed {
            None if promised => Err(wrong("absent")),
            None | Some(_) => Ok(Some(Self(read))),
        }
    }

    /// §4.4.1: the signature refers to its own signed properties, whole, and to no others.
    pub(super) fn bound(
        &self,
        index: &Index<'_>,
        signature: &Signature,
        signed: &SignedNodes,
    ) -> Result<(), Verdict> {
        let Some(own) = &self.0.signed else {
            return Ok(());
        };
        let mut any = false;
        // What its references cover, in their order, before what manifests name.
        let references = signature.signed_info.references.iter();
        for (reference, part) in references.zip(signed.parts()) {
            let whole = part.reference() == reference.node && part.extent().holds(index, own.node);
            any |= whole;
            if says_properties(reference) && !whole {
                return Err(wrong("reference"));
            }
        }
        match any {
            true => Ok(()),
            false => Err(wrong("not signed")),
        }
    }

    fn signed(&self) -> Option<&SignedProperties> {
        self.0.signed.as_ref()
    }

    fn unsigned(&self) -> &[Unsigned] {
        &self.0.unsigned
    }

    /// SigningTime.
    pub(super) fn claimed_time(&self) -> Option<Timestamp> {
        self.signed()?.time
    }

    fn values(&self) -> impl Iterator<Item = &Values> {
        self.unsigned()
            .iter()
            .filter_map(|one| match &one.property {
                Property::Values(values) => Some(values),
                Property::Stamp(_)
                | Property::References(_)
                | Property::CounterSignature(_)
                | Property::Policy(_)
                | Property::Unknown(_)
                | Property::Malformed(_) => None,
            })
    }

    /// Certificates in values.
    pub(super) fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        let all = self.values().flat_map(|values| &values.certificates);
        all.map(Vec::as_slice)
    }

    /// Adds what came with it to what came with its signature.
    pub(super) fn supply<'a>(&'a self, supplied: &mut SuppliedDer<'a>) {
        for values in self.values() {
            let each = |all: &'a [Vec<u8>]| all.iter().map(Vec::as_slice);
            supplied.certificates.extend(each(&values.certificates));
            supplied.crls.extend(each(&values.crls));
            supplied.responses.extend(each(&values.responses));
        }
    }

    /// Whether it carries revocation data.
    pub(super) fn has_revocation(&self) -> bool {
        let mut all = self.values();
        all.any(|values| !values.crls.is_empty() || !values.responses.is_empty())
    }

    /// The signatures over its value that are among its properties.
    pub(super) fn countersignatures(&self) -> impl Iterator<Item = NodeId> {
        self.unsigned().iter().filter_map(|one| match one.property {
            Property::CounterSignature(node) => Some(node),
            Property::Stamp(_)
            | Property::Values(_)
            | Property::References(_)
            | Property::Policy(_)
            | Property::Unknown(_)
            | Property::Malformed(_) => None,
        })
    }

    /// What is worth saying of it.
    pub(super) fn warnings(&self) -> Vec<Reason> {
        let mut warnings = Vec::new();
        let mut passed_over = |what: &str| {
            warnings.push(Reason::new(ReasonCode::PropertyNotRead).with("what", what));
        };
        for one in self.unsigned() {
            match &one.property {
                Property::Unknown(name) => passed_over(name),
                Property::Malformed(error) => passed_over(&error.to_string()),
                Property::Stamp(stamp) if stamp.in_xml => passed_over("XMLTimeStamp"),
                Property::Stamp(_)
                | Property::Values(_)
                | Property::References(_)
                | Property::CounterSignature(_)
                | Property::Policy(_) => {}
            }
        }
        if let Some(PolicyId::Explicit { identifier, .. }) = self.policy() {
            let identifier: String = identifier.chars().take(200).collect();
            let named = Reason::new(ReasonCode::SignaturePolicyNamed);
            warnings.push(named.with("policy", identifier));
        }
        warnings
    }
}
