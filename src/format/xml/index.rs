//! What every element is called, and which are found by an identifier: read in one pass, so that what
//! a signature costs does not grow with the depth or width of what lies around it.

use super::scope::{Mark, NamespaceId, Namespaces, Scope};
use super::tree::{Document, Kind, NodeId, wide};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The names and identifiers of a document.
#[derive(Debug)]
pub struct Index<'d> {
    document: &'d Document<'d>,
    namespaces: Namespaces<'d>,
    /// The namespace of each node; of what is no element, none.
    of: Vec<NamespaceId>,
    /// Elements with an identifier, by the hash of that: sixteen octets each, whatever its length.
    ids: Vec<(u64, NodeId)>,
}

/// What an identifier stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// One element.
    One(NodeId),
    /// Several, so that two readers may take different ones.
    Several,
}

/// Attributes that identify their element, whatever it is: those of XMLDSig and XAdES (`Id`), what
/// others write for it, and that of the recommendation xml:id.
const IDENTIFIERS: [&str; 4] = ["Id", "ID", "id", "xml:id"];

/// Who chooses identifiers cannot make them collide.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl<'d> Index<'d> {
    /// Reads the start-tags of a document.
    #[must_use]
    pub fn of(document: &'d Document<'d>) -> Self {
        let mut index = Self {
            document,
            namespaces: Namespaces::new(),
            of: Vec::with_capacity(document.nodes.len()),
            ids: Vec::new(),
        };
        let mut scope = Scope::new();
        let mut open: Vec<(usize, Mark)> = Vec::new();
        for id in document.nodes() {
            let range = document.range(id);
            while open.last().is_some_and(|(stop, _)| *stop <= range.start) {
                if let Some((_, mark)) = open.pop() {
                    scope.back_to(mark);
                }
            }
            let mark = scope.mark();
            let namespace = index.enter(id, &mut scope);
            index.of.push(namespace);
            if document.kind(id) == Kind::Element {
                open.push((range.end, mark));
            }
        }
        index.ids.sort_unstable();
        index
    }

    fn enter(&mut self, id: NodeId, scope: &mut Scope<'d>) -> NamespaceId {
        let Some(tag) = self.document.tag(id) else {
            return super::scope::NONE;
        };
        for attribute in tag.attributes() {
            if let Some(prefix) = attribute.declares() {
                let namespace = self.namespaces.id(attribute.value());
                scope.bind(prefix, namespace);
            } else if IDENTIFIERS.contains(&attribute.name) {
                self.ids.push((hash(&attribute.value()), id));
            }
        }
        scope.get(tag.split().0).unwrap_or(super::scope::NONE)
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    /// Namespace and local name; of what is no element, empty.
    #[must_use]
    pub fn name(&self, id: NodeId) -> (&str, &'d str) {
        let namespace = self.of.get(wide(id.0)).copied();
        let namespace = namespace.map_or("", |id| self.namespaces.text(id));
        let local = self.document.tag(id).map_or("", |tag| tag.split().1);
        (namespace, local)
    }

    /// Whether it is the element of that name.
    #[must_use]
    pub fn is(&self, id: NodeId, namespace: &str, local: &str) -> bool {
        let tag = self.document.tag(id);
        tag.is_some_and(|tag| tag.split().1 == local) && self.name(id).0 == namespace
    }

    /// The elements of that name in document order.
    pub fn named<'s>(
        &'s self,
        namespace: &'s str,
        local: &'s str,
    ) -> impl Iterator<Item = NodeId> + 's {
        let wanted = self.namespaces.known(namespace);
        let all = self.document.nodes().zip(&self.of);
        let inside = all.filter(move |(_, of)| Some(**of) == wanted);
        let tags = inside.filter(move |(id, _)| self.is(*id, namespace, local));
        tags.map(|(id, _)| id)
    }

    /// What an identifier stands for; `None` if it is nobody's.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Found> {
        let wanted = hash(id);
        let from = self.ids.partition_point(|(hash, _)| *hash < wanted);
        let alike = self.ids.get(from..).unwrap_or_default().iter();
        let alike = alike.take_while(|(hash, _)| *hash == wanted);
        let mut found = alike
            .map(|(_, node)| *node)
            .filter(|node| self.has_id(*node, id));
        let first = found.next()?;
        match found.any(|other| other != first) {
            true => Some(Found::Several),
            false => Some(Found::One(first)),
        }
    }

    fn has_id(&self, node: NodeId, id: &str) -> bool {
        let tag = self.document.tag(node);
        let mut all = tag.iter().flat_map(|tag| tag.attributes());
        all.any(|a| IDENTIFIERS.contains(&a.name) && a.value() == id)
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
