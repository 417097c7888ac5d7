//! The signatures of a file and how they stand to each other: which sign content, and which only sign the
//! value of another one (counter-signatures, EN 319 132-1 §5.2.7).

use super::problem::malformed;
use super::resolve::by_id;
use super::xades::Properties;
use crate::format::xml::signature::qualifying::{COUNTERSIGNED, is_signed_properties_type};
use crate::format::xml::signature::{Reference, Signature};
use crate::format::xml::{Index, NodeId};
use crate::trust::verdict::Verdict;

/// A signature that could be read, with its properties.
pub(super) struct Entry {
    pub(super) signature: Signature,
    pub(super) properties: Option<Properties>,
}

/// A signature of a file.
pub(super) struct Found {
    node: NodeId,
    pub(super) read: Result<Entry, Verdict>,
    /// The signature over whose value it is, where it is over nothing else.
    over: Option<NodeId>,
}

/// Every signature of a file.
pub(super) struct Signatures(Vec<Found>);

impl Signatures {
    pub(super) fn read(index: &Index<'_>, elements: &[NodeId]) -> Self {
        let found = elements.iter().map(|node| Found {
            node: *node,
            read: entry(index, *node),
            over: None,
        });
        let mut all = Self(found.collect());
        all.relate(index);
        all
    }

    fn relate(&mut self, index: &Index<'_>) {
        let by_property = self.entries().flat_map(|entry| {
            let own = entry
                .properties
                .iter()
                .flat_map(Properties::countersignatures);
            own.map(|node| (node, entry.signature.node))
        });
        let mut over: Vec<(NodeId, NodeId)> = by_property.collect();
        let by_type: Vec<(NodeId, NodeId)> = self
            .entries()
            .filter(|entry| over.iter().all(|(node, _)| *node != entry.signature.node))
            .filter_map(|entry| {
                let target = self.signed_value(index, &entry.signature)?;
                Some((entry.signature.node, target))
            })
            .collect();
        // One level: what is over another that is over a third stands for itself.
        let mut any = over.clone();
        any.extend(&by_type);
        let first = |(_, target): &&(NodeId, NodeId)| any.iter().all(|(node, _)| node != target);
        over.extend(by_type.iter().filter(first));
        for found in &mut self.0 {
            let own = over.iter().find(|(node, _)| *node == found.node);
            found.over = own.map(|(_, target)| *target);
        }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter_map(|found| found.read.as_ref().ok())
    }

    /// §5.2.7.3: the other signature to whose value all references of one are that are not to its own
    /// properties, each saying so.
    fn signed_value(&self, index: &Index<'_>, signature: &Signature) -> Option<NodeId> {
        let mut target = None;
        for reference in &signature.signed_info.references {
            match reference.kind.as_deref() {
                Some(kind) if is_signed_properties_type(kind) => {}
                Some(COUNTERSIGNED) => {
                    let found = self.value_of(index, reference)?;
                    if target.is_some_and(|before| before != found) || found == signature.node {
                        return None;
                    }
                    target = Some(found);
                }
                Some(_) | None => return None,
            }
        }
        target
    }

    fn value_of(&self, index: &Index<'_>, reference: &Reference) -> Option<NodeId> {
        let id = reference.uri.as_deref()?.strip_prefix('#')?;
        let node = by_id(index, id).ok()?;
        let mut all = self.entries();
        let found = all.find(|entry| entry.signature.value.node == node)?;
        Some(found.signature.node)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Those that sign content.
    pub(super) fn of_content(&self) -> impl Iterator<Item = &Found> {
        self.0.iter().filter(|found| found.over.is_none())
    }

    /// Those over the value of one.
    pub(super) fn over(&self, signature: &Signature) -> impl Iterator<Item = &Found> {
        let node = signature.node;
        self.0.iter().filter(move |found| found.over == Some(node))
    }
}

fn entry(index: &Index<'_>, node: NodeId) -> Result<Entry, Verdict> {
    let signature = Signature::read(index, node).map_err(|error| malformed(&error))?;
    let properties = Properties::read(index, &signature)?;
    Ok(Entry {
        signature,
        properties,
    })
}
