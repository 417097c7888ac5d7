//! What every element is called, and which are found by an identifier: read in one pass, so that what
//! a signature costs does not grow with the depth or width of what lies around it.

use super::declared::Declared;
use super::nodes::narrow;
use super::text::value;
use super::tree::{Document, Kind, NodeId, wide};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The names and identifiers of a document.
#[derive(Debug)]
pub struct Index<'d> {
    document: &'d Document<'d>,
    declared: Declared<'d>,
    /// Elements with an identifier, by the hash of that, and where it lies: sixteen octets each, whatever its
    /// length.
    ids: Vec<(u64, NodeId, u32)>,
}

/// What an identifier stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// One element.
    One(NodeId),
    /// Several, so that two readers may take different ones.
    Several,
}

/// Whether an attribute identifies its element, whatever it is: those of XMLDSig and XAdES (`Id`), what
/// others write for it, and that of the recommendation xml:id.
#[inline]
pub(super) fn is_identifier(name: &[u8]) -> bool {
    matches!(name, b"Id" | b"ID" | b"id" | b"xml:id")
}

/// Who chooses identifiers cannot make them collide.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl<'d> Index<'d> {
    /// Reads the start-tags of a document in which something is declared or identified.
    #[must_use]
    pub fn of(document: &'d Document<'d>) -> Self {
        let (mut declared, mut ids) = (Declared::new(document), Vec::new());
        for id in document.nodes().filter(|id| document.marks(*id).noted()) {
            let tag = document.tag(id);
            for attribute in tag.iter().flat_map(|tag| tag.attributes()) {
                if let Some(prefix) = attribute.declares() {
                    declared.add(id, prefix, attribute.value());
                } else if is_identifier(attribute.name.as_bytes()) {
                    ids.push((hash(&attribute.value()), id, narrow(attribute.value_at)));
                }
            }
        }
        declared.finish(document);
        ids.sort_unstable();
        Self {
            document,
            declared,
            ids,
        }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// Namespace and local name; of what is no element, empty.
    #[must_use]
    pub fn name(&self, id: NodeId) -> (&str, &'d str) {
        let Some(tag) = self.document.tag(id) else {
            return ("", "");
        };
        let (prefix, local) = tag.split();
        (self.namespace(id, prefix), local)
    }

    /// What a prefix stands for at an element; empty if that is nothing.
    #[must_use]
    pub fn namespace(&self, id: NodeId, prefix: &str) -> &str {
        self.declared.namespace(id, prefix)
    }

    /// Whether it is the element of that name.
    #[must_use]
    pub fn is(&self, id: NodeId, namespace: &str, local: &str) -> bool {
        self.document.is_called(id, local) && self.name(id) == (namespace, local)
    }

    /// The elements of that name in document order.
    pub fn named<'s>(
        &'s self,
        namespace: &'s str,
        local: &'s str,
    ) -> impl Iterator<Item = NodeId> + 's {
        let prefixes = self.declared.prefixes_of(namespace);
        let may = move |id: &NodeId| {
            let prefix = usize::from(self.document.marks(*id).prefix());
            prefixes.get(prefix).copied().unwrap_or(false)
        };
        let found = self.document.nodes().filter(may);
        found.filter(move |id| self.is(*id, namespace, local))
    }

    /// What an identifier stands for; `None` if it is nobody's.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Found> {
        let wanted = hash(id);
        let from = self.ids.partition_point(|(hash, ..)| *hash < wanted);
        let alike = self.ids.get(from..).unwrap_or_default().iter();
        let alike = alike.take_while(|(hash, ..)| *hash == wanted);
        let mut found = alike
            .filter(|(_, _, at)| self.has_id(*at, id))
            .map(|(_, node, _)| *node);
        let first = found.next()?;
        match found.any(|other| other != first) {
            true => Some(Found::Several),
            false => Some(Found::One(first)),
        }
    }

    /// The identifier of an element, as it is written first.
    #[must_use]
    pub fn identifier(&self, node: NodeId) -> Option<String> {
        let tag = self.document.tag(node)?;
        let mut all = tag.attributes();
        let found = all.find(|a| is_identifier(a.name.as_bytes()))?;
        Some(found.value().into_owned())
    }

    /// Whether the attribute value that begins there is that identifier: of the tag around it nothing is
    /// read, which may be as long as the document.
    fn has_id(&self, at: u32, id: &str) -> bool {
        let text = self.document.text();
        let at = wide(at);
        let quote = at
            .checked_sub(1)
            .and_then(|before| text.as_bytes().get(before));
        let rest = text.get(at..).unwrap_or_default();
        let length = quote.and_then(|quote| memchr::memchr(*quote, rest.as_bytes()));
        let raw = length.and_then(|length| rest.get(..length));
        raw.is_some_and(|raw| value(raw) == id)
    }

    /// The elements that an element holds.
    #[must_use]
    pub fn elements(&self, id: NodeId) -> Vec<NodeId> {
        let mut elements = Vec::new();
        let after = self.document.after(id);
        let mut next = NodeId(id.0.saturating_add(1));
        while next < after {
            if self.document.kind(next) == Kind::Element {
                elements.push(next);
            }
            next = self.document.after(next);
        }
        elements
    }
}
