//! The tree over the text.

use super::nodes::{Marks, Nodes, OTHER, narrow};
use super::scan::known_name;
use super::tag::{End, Tag, skip};
use super::{XmlError, text};
use std::borrow::Cow;
use std::ops::Range;

/// An element, comment or processing instruction; the document itself is the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The next in the order of the document: the first that it holds, or what comes behind it.
    #[must_use]
    pub fn following(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Its place in that order.
    #[must_use]
    pub fn place(self) -> usize {
        wide(self.0)
    }
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The document.
    Document,
    /// An element.
    Element,
    /// A comment.
    Comment,
    /// A processing instruction.
    Instruction,
}

/// What an element holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Child {
    /// Character data between two pieces of markup, CDATA sections and references included.
    Text(Range<usize>),
    /// A node.
    Node(NodeId),
}

/// A document that is well-formed and without a declaration of its type.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) nodes: Nodes,
    /// Where the first prefixes that are declared lie, and how long they are; the numbers in the marks of
    /// elements count from the empty prefix, which is not among them.
    pub(super) prefixes: Vec<(u32, u32)>,
    /// The one element that is in no other.
    pub(super) element: NodeId,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, XmlError> {
        super::parse::read(bytes)
    }

    /// The text that offsets are in: UTF-8, without a byte order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether that is the end of the octets that were read, and no copy of them.
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// The document as a node.
    #[must_use]
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// The one element that is in no other.
    #[must_use]
    pub fn element(&self) -> NodeId {
        self.element
    }

    /// Every node in the order of the document, the document first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..narrow(self.nodes.count())).map(NodeId)
    }

    /// The same, each with the node that it lies in: what one pass over all of them costs less than asking
    /// for the [`parent`](Self::parent) of each.
    pub fn nodes_with_parents(&self) -> impl Iterator<Item = (NodeId, Option<NodeId>)> {
        let mut open: Vec<(usize, NodeId)> = Vec::new();
        self.nodes().map(move |id| {
            let range = self.range(id);
            while open.last().is_some_and(|(stop, _)| *stop <= range.start) {
                open.pop();
            }
            let parent = open.last().map(|(_, parent)| *parent);
            open.push((range.end, id));
            (id, parent)
        })
    }

    /// Octets that it holds beside those that it was read from.
    #[must_use]
    pub fn octets(&self) -> usize {
        let text = match &self.text {
            Cow::Borrowed(_) => 0,
            Cow::Owned(text) => text.capacity(),
        };
        let prefixes = size_of_val(&*self.prefixes);
        let nodes = self.nodes.octets();
        text.saturating_add(prefixes).saturating_add(nodes)
    }

    #[inline]
    pub(super) fn start(&self, id: NodeId) -> usize {
        self.nodes.start(id.0)
    }

    #[inline]
    pub(super) fn marks(&self, id: NodeId) -> Marks {
        self.nodes.marks(id.0)
    }

    /// The prefixes that have a number, in the order of these.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &str> {
        let lie = self.prefixes.iter().map(|(at, length)| {
            let at = wide(*at);
            self.slice(at..at.saturating_add(wide(*length)))
        });
        std::iter::once("").chain(lie)
    }

    /// Where it lies in the text.
    #[must_use]
    #[inline]
    pub fn range(&self, id: NodeId) -> Range<usize> {
        self.nodes.start(id.0)..self.nodes.stop(id.0)
    }

    /// The text of a range.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// What it is.
    #[must_use]
    #[inline]
    pub fn kind(&self, id: NodeId) -> Kind {
        if id.0 == 0 {
            return Kind::Document;
        }
        // Only elements have numbers: of most, the text need not be looked at.
        if self.marks(id).prefix() != OTHER {
            return Kind::Element;
        }
        let text = self.text.as_bytes();
        match text.get(self.start(id).saturating_add(1)) {
            Some(b'!') => Kind::Comment,
            Some(b'?') => Kind::Instruction,
            Some(_) | None => Kind::Element,
        }
    }

    /// The node that it lies in; `None` for the document.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id.0 != 0).then(|| NodeId(self.nodes.around(id.0)))
    }

    /// The first node behind it and all that it holds.
    #[must_use]
    pub fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.nodes.from(id.0, self.nodes.stop(id.0)))
    }

    /// Whether it holds no other node.
    #[inline]
    pub(super) fn is_leaf(&self, id: NodeId) -> bool {
        self.nodes.is_leaf(id.0)
    }

    /// Whether `inner` is `outer` or lies in it.
    #[must_use]
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        let (outer, inner) = (self.range(outer), self.range(inner));
        outer.start <= inner.start && inner.end <= outer.end
    }

    /// The start-tag of an element; of another node, `None`.
    #[must_use]
    #[inline]
    pub fn tag(&self, id: NodeId) -> Option<Tag<'_>> {
        match self.kind(id) {
            Kind::Element => Tag::at(&self.text, self.start(id)).ok(),
            Kind::Document | Kind::Comment | Kind::Instruction => None,
        }
    }

    /// Whether it is an element whose local name begins so and ends there.
    #[inline]
    pub(super) fn is_called(&self, id: NodeId, local: &str) -> bool {
        let length = match self.marks(id).prefix() {
            OTHER => return self.tag(id).is_some_and(|tag| tag.split().1 == local),
            0 => 0,
            number => {
                let place = usize::from(number).checked_sub(1);
                let prefix = place.and_then(|place| self.prefixes.get(place));
                prefix.map_or(0, |(_, length)| wide(*length).saturating_add(1))
            }
        };
        let from = self.start(id).saturating_add(1).saturating_add(length);
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        rest.strip_prefix(local.as_bytes())
            .is_some_and(|behind| known_name(behind) == 0)
    }

    /// The namespace of a prefix at an element, empty if there is none.
    #[must_use]
    pub fn namespace(&self, id: NodeId, prefix: &str) -> Cow<'_, str> {
        match prefix {
            "xml" => return Cow::Borrowed(super::XML),
            "xmlns" => return Cow::Borrowed(super::XMLNS),
            _ => {}
        }
        let mut at = Some(id);
        while let Some(element) = at {
            let tag = self.tag(element);
            let mut own = tag.iter().flat_map(Tag::attributes);
            if let Some(found) = own.find(|a| a.declares() == Some(prefix)) {
                return found.value();
            }
            at = self.parent(element);
        }
        Cow::Borrowed("")
    }

    /// Namespace and local name of an element.
    #[must_use]
    pub fn name(&self, id: NodeId) -> Option<(Cow<'_, str>, &str)> {
        let (prefix, local) = self.tag(id)?.split();
        Some((self.namespace(id, prefix), local))
    }

    /// Whether it is the element of that name.
    #[must_use]
    pub fn is(&self, id: NodeId, namespace: &str, local: &str) -> bool {
        self.tag(id).is_some_and(|tag| tag.split().1 == local)
            && self.name(id).is_some_and(|(found, _)| found == namespace)
    }

    /// The attribute without a prefix of that name.
    #[must_use]
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<Cow<'_, str>> {
        let mut all = self.tag(id)?.attributes();
        all.find(|a| a.name == name).map(|a| a.value())
    }

    /// Where the content of a node lies: what is between its tags.
    #[must_use]
    pub fn content(&self, id: NodeId) -> Range<usize> {
        let range = self.range(id);
        let Some(tag) = self.tag(id) else {
            return range;
        };
        let mut attributes = tag.attributes();
        attributes.by_ref().for_each(drop);
        match attributes.end() {
            Some(End { at, empty: false }) => {
                // The last `<` is that of the end-tag: nothing there can hold another.
                let text = self.slice(at..range.end);
                let length = memchr::memrchr(b'<', text.as_bytes()).unwrap_or(0);
                at..at.saturating_add(length)
            }
            Some(End { empty: true, .. }) | None => range.end..range.end,
        }
    }

    /// What a node holds, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = Child> {
        let content = self.content(id);
        let (mut at, mut next, after) = (content.start, id.following(), self.after(id));
        std::iter::from_fn(move || {
            if next >= after {
                let text = std::mem::replace(&mut at, content.end)..content.end;
                return (text.start < text.end).then_some(Child::Text(text));
            }
            let range = self.range(next);
            if range.start > at {
                let text = std::mem::replace(&mut at, range.start)..range.start;
                return Some(Child::Text(text));
            }
            let node = next;
            (at, next) = (range.end, self.after(node));
            Some(Child::Node(node))
        })
    }

    /// The character data that an element holds, that of elements inside it included: in one pass over what it
    /// holds.
    #[must_use]
    pub fn character_data(&self, id: NodeId) -> String {
        let mut out = String::new();
        if self.kind(id) != Kind::Element {
            return out;
        }
        let content = self.content(id);
        let (mut at, mut next, after) = (content.start, id.following(), self.after(id));
        while next < after {
            let range = self.range(next);
            self.data_between(at..range.start, &mut out);
            at = match self.kind(next) {
                Kind::Element => self.content(next).start,
                Kind::Comment | Kind::Instruction | Kind::Document => range.end,
            };
            next = next.following();
        }
        self.data_between(at..content.end, &mut out);
        out
    }

    /// Character data in which there are end-tags and no other markup.
    fn data_between(&self, range: Range<usize>, out: &mut String) {
        let mut rest = self.slice(range);
        loop {
            let (data, tag) = rest.split_at(text::data_length(rest.as_bytes()));
            out.push_str(&text::data(data));
            let Some(end) = memchr::memchr(b'>', tag.as_bytes()) else {
                return;
            };
            rest = tag.get(end.saturating_add(1)..).unwrap_or_default();
        }
    }

    /// Target and data of a processing instruction, or the text of a comment.
    pub(super) fn inside(&self, id: NodeId) -> (&str, &str) {
        let text = self.slice(self.range(id));
        match self.kind(id) {
            Kind::Comment => {
                let end = text.len().saturating_sub(3);
                ("", text.get(4..end).unwrap_or_default())
            }
            Kind::Instruction => {
                let inside = text
                    .get(2..text.len().saturating_sub(2))
                    .unwrap_or_default();
                let end = super::names::name_length(inside);
                let (target, data) = inside.split_at(end);
                let from = skip(data.as_bytes(), 0);
                (target, data.get(from..).unwrap_or_default())
            }
            Kind::Document | Kind::Element => ("", ""),
        }
    }
}

#[inline]
pub(super) fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
