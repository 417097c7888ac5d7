//! Timestamps among the properties: what each stamps (EN 319 132-1 §5.1.4, §5.3, §5.5.2 and annex A;
//! TS 101 903 §7.3 to §7.7), and what its token proves.

use super::super::nodes::{File, digest_input};
use super::super::problem::Problem;
use super::super::resolve::by_id;
use super::{Properties, says_properties};
use crate::format::cms::read::Tail;
use crate::format::limits::{MAX_TIMESTAMPS, MAX_TIMESTAMPS_IN_ALL, XML_WORK_OF_REFERENCE};
use crate::format::uri::{Named, Names};
use crate::format::xml::NodeId;
use crate::format::xml::canonical::{AllBut, Method, write_within};
use crate::format::xml::signature::qualifying::{Property, References, Stamp, StampKind};
use crate::format::xml::signature::{Reference, Signature};
use crate::model::{Indication, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::report::{TimestampKind, TimestampReport};
use crate::trust::supplied::Accompanying;
use crate::trust::timestamp::{self, Token};
use crate::trust::validator::Validator;
use crate::trust::verdict::Verdict;
use std::cell::RefCell;
use std::collections::BTreeSet;

type Out<'o> = &'o mut dyn FnMut(&[u8]);

/// A signature whose timestamps are judged.
pub(in super::super) struct Stamped<'a, 'd> {
    pub(in super::super) validator: &'a Validator,
    pub(in super::super) file: &'a File<'a, 'd>,
    pub(in super::super) signature: &'a Signature,
    pub(in super::super) supplied: &'a Accompanying<'a>,
    pub(in super::super) at: Timestamp,
    /// Signatures in the file, all of them.
    pub(in super::super) signatures: usize,
}

impl Properties {
    /// Judges the tokens in their order: those that the signer signed too, then those over the signature.
    pub(in super::super) fn timestamps(&self, of: &Stamped<'_, '_>) -> Vec<TimestampReport> {
        let signed = self.signed().into_iter().flat_map(|signed| &signed.stamps);
        let signed = signed.map(|stamp| (stamp, 0));
        let unsigned = self.unsigned().iter().zip(0usize..);
        let unsigned = unsigned.filter_map(|(one, place)| match &one.property {
            Property::Stamp(stamp) => Some((stamp, place)),
            Property::Values(_)
            | Property::References(_)
            | Property::CounterSignature(_)
            | Property::Policy(_)
            | Property::Unknown(_)
            | Property::Malformed(_) => None,
        });
        let all = signed.chain(unsigned);
        let each = all.flat_map(|(stamp, place)| {
            let tokens = stamp.tokens.iter();
            tokens.map(move |token| (stamp, place, token))
        });
        let share = MAX_TIMESTAMPS_IN_ALL.checked_div(of.signatures);
        let most = share.unwrap_or(0).clamp(1, MAX_TIMESTAMPS);
        let judged = each.take(most).zip(1u32..);
        judged
            .map(|((stamp, place, token), number)| {
                let over = Over {
                    properties: self,
                    of,
                    stamp,
                    place,
                };
                over.judge(token, number.to_string())
            })
            .collect()
    }
}

/// A property with tokens, and where it stands among the unsigned ones.
struct Over<'a, 'd> {
    properties: &'a Properties,
    of: &'a Stamped<'a, 'd>,
    stamp: &'a Stamp,
    place: usize,
}

impl Over<'_, '_> {
    fn judge(&self, token: &[u8], name: String) -> TimestampReport {
        let failed = RefCell::new(None);
        let imprint = |algorithm: DigestAlgorithm| {
            let mut context = algorithm.context();
            match self.write(&mut |piece| context.update(piece)) {
                Ok(()) => Some(context.finish().as_ref().to_vec()),
                Err(problem) => {
                    failed.replace(Some(problem));
                    None
                }
            }
        };
        let token = Token {
            der: token,
            tail: Tail::Nothing,
            imprint: &imprint,
            around: Some(self.of.supplied),
            at: self.of.at,
            proved: None,
            fault: None,
        };
        let mut report = timestamp::judge(self.of.validator, &token, name);
        if let Some(problem) = failed.take()
            && report.signature.verdict.reason().code == ReasonCode::DetachedContentMissing
        {
            report.signature.verdict = self.unjudged(problem);
        }
        let kind = match self.stamp.kind {
            StampKind::AllDataObjects | StampKind::IndividualDataObjects => TimestampKind::Content,
            StampKind::References => TimestampKind::References,
            StampKind::Signature | StampKind::SignatureAndReferences => TimestampKind::Signature,
            StampKind::Archive => TimestampKind::Archive,
        };
        TimestampReport { kind, ..report }
    }

    /// Why it is not known what the token should stamp. It says nothing against the signature.
    fn unjudged(&self, problem: Problem) -> Verdict {
        let listed = !self.stamp.includes.is_empty();
        if let (true, Problem::NotSupported(_) | Problem::NotFound) = (listed, &problem) {
            let index = self.of.file.index;
            let property: String = index.name(self.stamp.node).1.chars().take(200).collect();
            let what = format!("Include in {property}");
            let reason = Reason::new(ReasonCode::TimestampPartsNotJudged).with("what", what);
            return Verdict::indeterminate(SubIndication::Generic, reason);
        }
        let verdict = problem.verdict(None);
        let sub = verdict.sub().unwrap_or(SubIndication::Generic);
        match verdict.indication() {
            Indication::Indeterminate => verdict,
            Indication::TotalPassed | Indication::TotalFailed => {
                Verdict::indeterminate(sub, verdict.reason().clone())
            }
        }
    }

    /// What is stamped, one part after the other.
    fn write(&self, out: Out<'_>) -> Result<(), Problem> {
        let method = self.method()?;
        let signature = self.of.signature;
        if !self.stamp.includes.is_empty() && self.stamp.kind != StampKind::IndividualDataObjects {
            return self.listed(&method, out);
        }
        match self.stamp.kind {
            StampKind::AllDataObjects => {
                let all = signature.signed_info.references.iter();
                self.references(all.filter(|one| !says_properties(one)), &method, out)
            }
            StampKind::IndividualDataObjects => self.individual(&method, out),
            StampKind::Signature => self.node(signature.value.node, &method, out),
            StampKind::References => self.unsigned(false, &method, out),
            StampKind::SignatureAndReferences => {
                self.node(signature.value.node, &method, out)?;
                self.unsigned(true, &method, out)
            }
            StampKind::Archive => self.everything(&method, out),
        }
    }

    /// EN 319 132-1 §5.1.4.3: Canonical XML 1.0 unless it is said.
    fn method(&self) -> Result<Method, Problem> {
        let Some(said) = &self.stamp.canonicalization else {
            return Ok(Method::implied());
        };
        let method = said.method.clone();
        method.ok_or_else(|| Problem::NotSupported(said.uri.clone()))
    }

    fn references<'r>(
        &self,
        references: impl Iterator<Item = &'r Reference>,
        method: &Method,
        out: Out<'_>,
    ) -> Result<(), Problem> {
        for reference in references {
            self.of.file.work.spend(XML_WORK_OF_REFERENCE)?;
            digest_input(self.of.file, self.of.signature, reference, method, out)?;
        }
        Ok(())
    }

    /// §5.2.8.2: what the references are to that are included, in that order.
    fn individual(&self, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        let all = &self.of.signature.signed_info.references;
        let named = all.iter().filter_map(|one| Some((one.id.as_deref()?, one)));
        let named = Names::of(named);
        for include in &self.stamp.includes {
            let id = include.uri.strip_prefix('#').ok_or(Problem::NotFound)?;
            let (Named::One(one), true) = (named.called(id), include.referenced) else {
                return Err(Problem::NotSupported("Include".to_owned()));
            };
            self.references(std::iter::once(one), method, out)?;
        }
        match self.stamp.includes.is_empty() {
            true => Err(Problem::NotFound),
            false => Ok(()),
        }
    }

    /// TS 101 903 §7.1.4.3.1, §7.5.1.2, §7.5.2.2: what is listed, in that order. It counts only as long as each is
    /// what such a timestamp is over where nothing is listed: this signature's own value, once, and its own
    /// properties before this one; whatever else may be listed is somebody's who could have put it there.
    fn listed(&self, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        let unknown = || Problem::NotSupported("Include".to_owned());
        let (with_value, with_references) = match self.stamp.kind {
            StampKind::Signature => (true, false),
            StampKind::SignatureAndReferences => (true, true),
            StampKind::References => (false, true),
            StampKind::AllDataObjects | StampKind::IndividualDataObjects | StampKind::Archive => {
                return Err(unknown());
            }
        };
        let index = self.of.file.index;
        let value = self.of.signature.value.node;
        let (mut values, mut met) = (0u32, BTreeSet::new());
        for include in &self.stamp.includes {
            let id = include.uri.strip_prefix('#').ok_or_else(unknown)?;
            let node = by_id(index, id)?;
            let own = self.before().any(|one| {
                one.node == node
                    && with_references
                    && is_stamped_with_references(&one.property, with_value)
            });
            if include.referenced || !(own || with_value && node == value) || !met.insert(node) {
                return Err(unknown());
            }
            values = values.saturating_add(u32::from(node == value));
            self.node(node, method, out)?;
        }
        match values == u32::from(with_value) {
            true => Ok(()),
            false => Err(unknown()),
        }
    }

    /// The properties before this one that hold digests of certificates and revocation data, in their
    /// order; with signature timestamps or without them.
    fn unsigned(&self, stamps: bool, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        for one in self.before() {
            if is_stamped_with_references(&one.property, stamps) {
                self.node(one.node, method, out)?;
            }
        }
        Ok(())
    }

    fn before(&self) -> impl Iterator<Item = &crate::format::xml::signature::qualifying::Unsigned> {
        self.properties.unsigned().iter().take(self.place)
    }

    /// §5.5.2.2 and TS 101 903 §8.2.1: what the references are to; SignedInfo, SignatureValue, KeyInfo; the
    /// unsigned properties before this one; the other objects than that of the properties. In version 1.3.2
    /// (TS 101 903 V1.3.2 §7.7.1) only those that no reference is to.
    fn everything(&self, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        let signature = self.of.signature;
        let references = &signature.signed_info.references;
        self.references(references.iter(), method, out)?;
        self.node(signature.signed_info.node, method, out)?;
        self.node(signature.value.node, method, out)?;
        if let Some(key_info) = &signature.key_info {
            self.node(key_info.node, method, out)?;
        }
        for one in self.before() {
            self.node(one.node, method, out)?;
        }
        for object in &signature.objects {
            let uri = object.id.as_ref().map(|id| format!("#{id}"));
            let referred = uri.is_some() && references.iter().any(|one| one.uri == uri);
            if (self.stamp.added || !referred) && !object.elements.contains(&self.properties.0.node)
            {
                self.node(object.node, method, out)?;
            }
        }
        Ok(())
    }

    fn node(&self, id: NodeId, method: &Method, out: Out<'_>) -> Result<(), Problem> {
        let from = (self.of.file.index.document(), id);
        let work = self.of.file.work.octets();
        Ok(write_within(work, from, method, &AllBut(&[]), out)?)
    }
}

/// Whether a timestamp over references is over a property: one with digests of certificates or revocation
/// data, or, where it is over the signature too, a signature timestamp.
fn is_stamped_with_references(property: &Property, stamps: bool) -> bool {
    match property {
        Property::References(
            References::Certificates | References::Revocation | References::Attribute,
        ) => true,
        Property::Stamp(stamp) => stamps && stamp.kind == StampKind::Signature,
        Property::Values(_)
        | Property::CounterSignature(_)
        | Property::Policy(_)
        | Property::Unknown(_)
        | Property::Malformed(_) => false,
    }
}
