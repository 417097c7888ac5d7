//! What judging one file may cost, and what was digested of it already.

use super::extent::Extent;
use super::handed::Octets;
use super::problem::Problem;
use crate::format::allowance::{Allowance, Spent};
use crate::format::content::Content;
use crate::format::limits::{
    MAX_ASIC_MEMORY, MAX_PAYLOAD_HELD, MAX_XML_REFERENCES_IN_ALL, MAX_XML_WORK, XML_WORK_BASE,
    XML_WORK_OF_REFERENCE, XML_WORK_SHARE, XML_WORK_SHARE_BESIDE,
};
use crate::format::xml::NodeId;
use crate::format::xml::signature::Transform;
use crate::model::Digest;
use crate::trust::algorithms::{DigestAlgorithm, DigestValue};
use crate::trust::validator::Signed;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What may still be spent on one file that was sent, all signature files in it together.
#[derive(Debug)]
pub(in crate::trust) struct Work {
    /// Octets to be walked, written and digested.
    octets: Allowance,
    /// Octets to be held unpacked.
    memory: Allowance,
    /// Signed octets that may be held to be handed out; `None`: nobody wants any.
    payload: Option<Allowance>,
    /// References to be judged.
    references: Allowance,
    /// How many documents with signatures there were.
    documents: Cell<usize>,
    /// What was digested already.
    known: RefCell<BTreeMap<Input, Hashed>>,
}

/// What was digested of it, the digest, and the octets where they are wanted.
#[derive(Clone, Debug)]
pub(super) struct Hashed {
    pub(super) extent: Extent,
    pub(super) digest: DigestValue,
    pub(super) octets: Octets,
}

/// What is digested: the same of the same, in the same way.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Input {
    pub(super) of: Of,
    /// The signature that the first transform leaves out, where there is one that does.
    pub(super) without: Option<NodeId>,
    pub(super) transforms: Vec<Transform>,
    pub(super) algorithm: DigestAlgorithm,
}

/// Of what, in one file that was sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Of {
    /// A node of the document with that number, with the comments in it or without them.
    Node(usize, NodeId, bool),
    /// A file with that SHA-256.
    File(Digest),
}

impl Work {
    /// For one document with signatures and the files beside it.
    pub(in crate::trust) fn alone(signed: &Signed<'_>, hands_out: bool) -> Self {
        let beside = signed.beside.iter().map(|one| one.content);
        let beside = beside.chain(signed.detached).map(Content::length);
        let beside = beside.fold(0, u64::saturating_add);
        Self::of(signed.content.bytes().len(), beside, hands_out)
    }

    /// For documents with signatures of so many octets, and files beside them of so many. `hands_out`: whether what
    /// was signed is wanted.
    pub(in crate::trust) fn of(documents: usize, beside: u64, hands_out: bool) -> Self {
        let own = documents.saturating_mul(XML_WORK_SHARE);
        let own = own.saturating_add(XML_WORK_BASE).min(MAX_XML_WORK);
        let beside = beside.saturating_mul(XML_WORK_SHARE_BESIDE);
        let beside = usize::try_from(beside).unwrap_or(usize::MAX);
        Self {
            octets: Allowance::of(own.saturating_add(beside)),
            memory: Allowance::of(MAX_ASIC_MEMORY),
            payload: hands_out.then(|| Allowance::of(MAX_PAYLOAD_HELD)),
            references: Allowance::of(MAX_XML_REFERENCES_IN_ALL),
            documents: Cell::new(0),
            known: RefCell::default(),
        }
    }

    /// Whether what was signed is wanted.
    pub(super) fn hands_out(&self) -> bool {
        self.payload.is_some()
    }

    /// Takes room for signed octets; none is left once something did not fit.
    pub(super) fn hold(&self, octets: usize) -> bool {
        let taken = |left: &Allowance| left.take(octets).is_ok();
        self.payload.as_ref().is_some_and(taken)
    }

    /// What may be walked, written and digested.
    pub(super) fn octets(&self) -> &Allowance {
        &self.octets
    }

    /// Takes some of it.
    pub(super) fn spend(&self, octets: usize) -> Result<(), Problem> {
        Ok(self.octets.take(octets)?)
    }

    /// One more reference is judged.
    pub(super) fn reference(&self) -> Result<(), Problem> {
        let Spent(limit) = match self.references.take(1) {
            Ok(()) => return self.spend(XML_WORK_OF_REFERENCE),
            Err(spent) => spent,
        };
        Err(Problem::Limit("references in one file", limit))
    }

    /// The number of one more document.
    pub(super) fn document(&self) -> usize {
        let number = self.documents.get();
        self.documents.set(number.saturating_add(1));
        number
    }

    /// What was digested before.
    pub(super) fn known(&self, input: &Input) -> Option<Hashed> {
        self.known.borrow().get(input).cloned()
    }

    pub(super) fn keep(&self, input: Input, hashed: Hashed) {
        self.known.borrow_mut().insert(input, hashed);
    }

    /// A file in one piece. What is packed is paid for by its told size, before any of it is unpacked.
    pub(super) fn whole<'c>(&self, content: &'c dyn Content) -> Result<&'c [u8], Problem> {
        if !content.at_hand() {
            let length = usize::try_from(content.length()).unwrap_or(usize::MAX);
            let limit = Problem::Limit("octets of packed files to be transformed", MAX_ASIC_MEMORY);
            self.memory.take(length).map_err(|_| limit)?;
        }
        Ok(content.bytes())
    }
}
