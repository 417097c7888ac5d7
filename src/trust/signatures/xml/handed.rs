//! The octets of what was signed, for those who take them: held while they are digested, never read again.

use super::extent::Extent;
use super::problem::Problem;
use super::work::Work;
use crate::format::limits::MAX_XML_FORM;
use crate::format::xml::canonical::{Selection, walking};
use crate::format::xml::{Document, Kind, NodeId};
use bytes::Bytes;
use std::ops::Range;

/// What went through one digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Octets {
    /// Nobody wants them.
    Unwanted,
    /// There were more than are held for one file.
    TooMany,
    Held(Bytes),
}

impl Octets {
    /// Of so many that are held, or not any more.
    pub(super) fn held(&self) -> Option<Bytes> {
        match self {
            Self::Held(octets) => Some(octets.clone()),
            Self::Unwanted | Self::TooMany => None,
        }
    }
}

/// Holds what goes through a digest.
pub(super) struct Holder<'w> {
    work: &'w Work,
    held: Option<Vec<u8>>,
}

impl<'w> Holder<'w> {
    pub(super) fn new(work: &'w Work) -> Self {
        Self {
            work,
            held: Some(Vec::new()),
        }
    }

    pub(super) fn take(&mut self, piece: &[u8]) {
        if !self.work.hands_out() {
            return;
        }
        match (&mut self.held, self.work.hold(piece.len())) {
            (Some(held), true) => held.extend_from_slice(piece),
            (_, false) => self.held = None,
            (None, true) => {}
        }
    }

    pub(super) fn finish(self) -> Octets {
        match self.held {
            _ if !self.work.hands_out() => Octets::Unwanted,
            Some(held) => Octets::Held(held.into()),
            None => Octets::TooMany,
        }
    }
}

/// A canonical form that is needed in one piece. Of a document that is small it may be large.
pub(super) struct Form {
    octets: Vec<u8>,
    most: usize,
    whole: bool,
}

impl Form {
    /// Of a part of that document.
    pub(super) fn of(document: &Document<'_>) -> Self {
        let twice = document.text().len().saturating_mul(2);
        Self {
            octets: Vec::new(),
            most: twice.max(MAX_XML_FORM),
            whole: true,
        }
    }

    pub(super) fn take(&mut self, piece: &[u8]) {
        self.whole &= self.octets.len().saturating_add(piece.len()) <= self.most;
        if self.whole {
            self.octets.extend_from_slice(piece);
        }
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, Problem> {
        match self.whole {
            true => Ok(self.octets),
            false => Err(Problem::Limit(
                "octets of a canonical form that is held",
                self.most,
            )),
        }
    }
}

/// What was digested of a document, as it stands there; what was left out is cut out, and so are comments,
/// which no signature of a document is asked to cover. `None` where a part of a node was left out.
pub(super) fn original(document: &Document<'_>, extent: &Extent, work: &Work) -> Option<Octets> {
    let Extent::Nodes { apex, .. } = extent else {
        return None;
    };
    let nodes = document.after(*apex).place().saturating_sub(apex.place());
    if work
        .spend(walking(document.range(*apex).len(), nodes))
        .is_err()
    {
        return Some(Octets::TooMany);
    }
    let ranges = places(document, extent)?;
    let mut holder = Holder::new(work);
    for range in ranges {
        holder.take(document.slice(range).as_bytes());
    }
    Some(holder.finish())
}

fn places(document: &Document<'_>, extent: &Extent) -> Option<Vec<Range<usize>>> {
    let Extent::Nodes {
        apex,
        without,
        chosen,
    } = extent
    else {
        return None;
    };
    let all = match *apex == document.root() {
        true => 0..document.text().len(),
        false => document.range(*apex),
    };
    let taken = |id: NodeId| match (chosen, document.kind(id)) {
        (_, Kind::Comment) => Some(false),
        (_, Kind::Document) | (None, _) => Some(true),
        (Some(chosen), Kind::Instruction) => Some(chosen.node(id)),
        (Some(chosen), Kind::Element) if chosen.whole(id) => Some(true),
        (Some(chosen), Kind::Element) if chosen.nothing_of(id) => Some(false),
        (Some(_), Kind::Element) => None,
    };
    let (mut ranges, mut from) = (Vec::new(), all.start);
    let (mut next, after) = (*apex, document.after(*apex));
    while next < after {
        let cut = without.contains(&next);
        if !cut && taken(next)? {
            next = next.following();
            continue;
        }
        let behind = document.after(next);
        // Something taken inside of what was left out: it does not stand anywhere as it was digested.
        if !cut && !none_taken(next.following(), behind, taken) {
            return None;
        }
        let range = document.range(next);
        ranges.push(from..range.start);
        (from, next) = (range.end, behind);
    }
    ranges.push(from..all.end);
    Some(ranges)
}

fn none_taken(from: NodeId, behind: NodeId, taken: impl Fn(NodeId) -> Option<bool>) -> bool {
    let mut next = from;
    while next < behind {
        if taken(next) != Some(false) {
            return false;
        }
        next = next.following();
    }
    true
}
