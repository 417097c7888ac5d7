//! The walk over the tree: what is in scope, what was written, and what is still open.

use super::write::{Sink, Within};
use super::{CanonicalError, FOUND, Form, Method, Selection, ordering};
use crate::format::xml::nodes::{Marks, OTHER};
use crate::format::xml::scan::{is_space, known_name};
use crate::format::xml::scope::{Mark, NamespaceId, Namespaces, Scope};
use crate::format::xml::tag::{Attribute, End, Tag};
use crate::format::xml::text::data_length;
use crate::format::xml::tree::{Document, Kind, NodeId};
use std::collections::BTreeMap;
use std::ops::Range;

/// Prefixes of a document that are found at once; nearly none has as many.
const FEW: usize = 64;
/// What bringing one more into scope is counted as, beside its octets, where there are more.
const DECLARED: usize = 256;

/// An element whose end-tag is still to come; where nothing is chosen one by one, only those that brought
/// something into scope, and the outermost.
pub(super) struct Open<'d> {
    pub(super) id: NodeId,
    stop: usize,
    scope: Mark,
    rendered: Mark,
    pub(super) visible: bool,
    /// The selected namespace nodes, where they are chosen one by one.
    pub(super) selected: Selected<'d>,
}

/// Namespace nodes: their prefixes and what these stand for.
pub(super) enum Selected<'d> {
    /// All that are in scope; what was written is the same then.
    All,
    These(BTreeMap<&'d str, NamespaceId>),
}

/// What is to be written of namespaces at an element.
pub(super) type New<'d> = Vec<(&'d str, NamespaceId)>;

pub(super) struct Walk<'d, 'o, S> {
    pub(super) document: &'d Document<'d>,
    /// The one that is in no other.
    element: NodeId,
    pub(super) method: &'d Method,
    pub(super) selection: &'d S,
    pub(super) namespaces: Namespaces<'d>,
    /// What prefixes stand for.
    pub(super) scope: Scope<'d>,
    /// What was written that they stand for, at the nearest element that was written.
    pub(super) rendered: Scope<'d>,
    pub(super) open: Vec<Open<'d>>,
    /// The attributes of the element that is being written.
    read: Vec<Attribute<'d>>,
    /// Those of them that declare nothing, in their order.
    pub(super) sorted: Vec<Attribute<'d>>,
    new: New<'d>,
    pub(super) sink: Sink<'d, 'o>,
}

impl<'d, 'o, S: Selection> Walk<'d, 'o, S> {
    pub(super) fn new(
        document: &'d Document<'d>,
        method: &'d Method,
        selection: &'d S,
        within: Within<'o>,
    ) -> Self {
        Self {
            document,
            element: document.element(),
            method,
            selection,
            namespaces: Namespaces::new(),
            scope: Scope::new(document.prefixes()),
            rendered: Scope::new(document.prefixes()),
            open: Vec::new(),
            read: Vec::new(),
            sorted: Vec::new(),
            new: Vec::new(),
            sink: Sink::new(document.text(), within),
        }
    }

    pub(super) fn run(&mut self, apex: NodeId) -> Result<(), CanonicalError> {
        self.enter(apex)?;
        self.all(apex)?;
        self.sink.flush();
        Ok(self.sink.check()?)
    }

    /// Takes over what is in scope at the apex.
    fn enter(&mut self, apex: NodeId) -> Result<(), CanonicalError> {
        let mut above = Vec::new();
        let mut at = self.document.parent(apex);
        while let Some(element) = at {
            above.push(element);
            at = self.document.parent(element);
        }
        let mut read = std::mem::take(&mut self.read);
        for element in above.into_iter().rev() {
            if let Some(end) = self
                .document
                .tag(element)
                .and_then(|tag| tag.read(&mut read))
            {
                let tag = end.at.saturating_sub(self.document.start(element));
                self.sink.pay(tag.saturating_add(FOUND));
                self.bind(read.iter().copied())?;
            }
        }
        self.read = read;
        // What is in scope may be new at the apex, all of it.
        self.sink.pay(ordering(self.scope.bindings()));
        Ok(())
    }

    fn bind(
        &mut self,
        attributes: impl Iterator<Item = Attribute<'d>>,
    ) -> Result<(), CanonicalError> {
        for attribute in attributes {
            if let Some(prefix) = attribute.declares() {
                if self.scope.bindings() > FEW {
                    self.sink.pay(DECLARED);
                }
                let namespace = attribute.value();
                if !namespace.is_empty() && !is_absolute(&namespace) {
                    return Err(CanonicalError::RelativeNamespace(namespace.into_owned()));
                }
                let namespace = self.namespaces.id(namespace);
                self.scope.bind(prefix, namespace);
            }
        }
        Ok(())
    }

    fn all(&mut self, apex: NodeId) -> Result<(), CanonicalError> {
        let (end, root) = (self.document.after(apex), self.document.root());
        let last = self.document.range(apex).end;
        let mut next = if apex == root { NodeId(1) } else { apex };
        let mut at = 0;
        while next < end {
            self.sink.check()?;
            let start = self.document.start(next);
            if self.open.is_empty() {
                // Between what is outside the element nothing is written.
                self.sink.leave_out(at, start);
            }
            self.sink.settled(start);
            let (from, following, plain) = self.node(next, start)?;
            let to = match following < end {
                true => self.document.start(following),
                false => last,
            };
            at = match plain {
                true => self.pass(from, to),
                false => self.behind(from, to),
            };
            next = following;
        }
        self.sink.leave_out(at, at);
        Ok(())
    }

    /// Passes over character data and end-tags that stand as they are written; where it ends.
    #[inline]
    fn pass(&mut self, from: usize, to: usize) -> usize {
        let mut at = if self.open.is_empty() { from } else { to };
        while let Some(open) = self.open.last()
            && open.stop <= to
        {
            at = if self.open.len() > 1 { to } else { open.stop };
            self.leave();
        }
        at
    }

    /// Writes character data and end-tags; where it ends, which is before `to` at the end of the element
    /// that is in no other.
    fn behind(&mut self, from: usize, to: usize) -> usize {
        let mut at = from;
        while at < to && !self.open.is_empty() {
            let tag = at.saturating_add(data_length(self.document.slice(at..to).as_bytes()));
            if tag > at {
                self.text(at..tag);
            }
            at = match tag < to {
                true => self.end_tag(tag),
                false => to,
            };
        }
        at
    }

    fn text(&mut self, range: Range<usize>) {
        let parent = self.open.last().map(|open| open.id);
        let chosen = |parent| self.selection.text(parent, &range);
        match !S::CHOOSES || parent.is_some_and(chosen) {
            true => self.sink.data(range),
            false => self.sink.leave_out(range.start, range.end),
        }
    }

    /// An end-tag as it stands, without the white space in it; where it ends.
    fn end_tag(&mut self, at: usize) -> usize {
        let rest = self.document.text().as_bytes();
        let rest = rest.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let stop = at.saturating_add(length).saturating_add(1);
        let ends = self.open.last().filter(|open| open.stop == stop);
        if ends.is_none_or(|open| open.visible) {
            let inside = rest.get(..length).unwrap_or_default();
            let blank = inside.iter().rev().take_while(|b| is_space(**b)).count();
            if blank > 0 {
                let end = stop.saturating_sub(1);
                self.sink.leave_out(end.saturating_sub(blank), end);
            }
        } else {
            self.sink.leave_out(at, stop);
        }
        if ends.is_some() {
            self.leave();
        }
        stop
    }

    /// Takes back what was in scope in the innermost element.
    fn leave(&mut self) {
        if let Some(open) = self.open.pop() {
            self.scope.back_to(open.scope);
            self.rendered.back_to(open.rendered);
        }
    }

    /// Writes a node; what comes behind what was written, in the text and in the tree, and whether that
    /// stands up to the next node as it is written.
    #[inline]
    fn node(&mut self, id: NodeId, start: usize) -> Result<(usize, NodeId, bool), CanonicalError> {
        if self.selection.nothing_in(id) {
            let stop = self.document.range(id).end;
            self.sink.leave_out(start, stop);
            return Ok((stop, self.document.after(id), false));
        }
        let (marks, next) = (self.document.marks(id), id.following());
        let plain = marks.plain() && !S::CHOOSES;
        if marks.stands() && !S::CHOOSES && self.parent_written() {
            self.standing(id, start, marks);
            return Ok((self.behind_tag(start, plain), next, plain));
        }
        let behind = match self.document.kind(id) {
            Kind::Element => self.element(id)?,
            Kind::Comment | Kind::Instruction | Kind::Document => self.other(id),
        };
        Ok((behind, next, plain))
    }

    /// Where the content of an element begins whose start-tag stands; of what is passed over, that need
    /// not be known.
    #[inline]
    fn behind_tag(&self, start: usize, plain: bool) -> usize {
        if plain {
            return start;
        }
        let rest = self.document.text().as_bytes();
        let rest = rest.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        start.saturating_add(length).saturating_add(1)
    }

    /// A comment or processing instruction; where it ends.
    fn other(&mut self, id: NodeId) -> usize {
        let range = self.document.range(id);
        self.sink.leave_out(range.start, range.end);
        let comment = self.document.kind(id) == Kind::Comment;
        if (self.method.comments || !comment) && self.selection.node(id) {
            self.beside(id);
        }
        range.end
    }

    /// A comment or processing instruction; outside the element each has a line of its own.
    fn beside(&mut self, id: NodeId) {
        let outside = self.document.parent(id) == Some(self.document.root());
        let behind = outside && id > self.element;
        if behind {
            self.sink.raw("\n");
        }
        let (target, text) = self.document.inside(id);
        match self.document.kind(id) {
            Kind::Comment => self.sink.comment(text),
            Kind::Element | Kind::Instruction | Kind::Document => {
                self.sink.instruction(target, text)
            }
        }
        if outside && !behind {
            self.sink.raw("\n");
        }
    }

    /// A start-tag that stands as it is written; in the exclusive form, but for the namespace of its name.
    #[inline]
    fn standing(&mut self, id: NodeId, start: usize, marks: Marks) {
        if self.method.form != Form::Exclusive {
            return;
        }
        let Some((place, namespace)) = self.new_of_name(id, marks) else {
            return;
        };
        let rest = self.document.text().as_bytes();
        let inside = start.saturating_add(1);
        let length = known_name(rest.get(inside..).unwrap_or_default());
        let end = inside.saturating_add(length);
        self.sink.leave_out(end, end);
        let prefix = self.scope.prefix(place);
        // In an element that holds no other nobody asks what was written.
        if !self.document.is_leaf(id) {
            self.open.push(self.opened(id));
            match marks.prefix() {
                OTHER => {
                    self.rendered.bind(prefix, namespace);
                }
                // Numbers are places, here as there.
                _ => self.rendered.bind_at(place, namespace),
            }
        }
        let namespace = (namespace, self.namespaces.text(namespace));
        self.sink.namespace_of(place, prefix, namespace);
    }

    fn opened(&self, id: NodeId) -> Open<'d> {
        Open {
            id,
            stop: self.document.range(id).end,
            scope: self.scope.mark(),
            rendered: self.rendered.mark(),
            visible: self.selection.node(id),
            selected: Selected::All,
        }
    }

    /// Writes the start-tag of an element; where its content begins, or what follows if it has none.
    fn element(&mut self, id: NodeId) -> Result<usize, CanonicalError> {
        let mut open = self.opened(id);
        let Some(tag) = self.document.tag(open.id) else {
            return Ok(open.stop);
        };
        let mut read = std::mem::take(&mut self.read);
        let Some(end) = tag.read(&mut read) else {
            return Ok(open.stop);
        };
        self.bind(read.iter().copied())?;
        match open.visible {
            true => self.start_tag(&tag, &read, end, &mut open),
            false => self.left_out((open.id, tag.name()), &read, end.at, open.scope),
        }
        self.read = read;
        if !end.empty {
            self.open.push(open);
            return Ok(end.at);
        }
        if open.visible {
            self.sink.end_tag(tag.name());
        }
        self.scope.back_to(open.scope);
        self.rendered.back_to(open.rendered);
        Ok(end.at)
    }

    fn start_tag(&mut self, tag: &Tag<'d>, read: &[Attribute<'d>], end: End, open: &mut Open<'d>) {
        let mut new = std::mem::take(&mut self.new);
        let (id, name) = (open.id, tag.name());
        self.to_write(id, (name, read), open.scope, &mut open.selected, &mut new);
        self.sink.leave_out(tag.end_of_name(), end.at);
        for (prefix, namespace) in &new {
            let text = self.namespaces.text(*namespace);
            match self.scope.bound(prefix) {
                Some(place) => self.sink.namespace_of(place, prefix, (*namespace, text)),
                None => self.sink.namespace(prefix, text),
            }
            self.rendered.bind(prefix, *namespace);
        }
        self.attributes(id, read);
        self.sink.raw(">");
        self.new = new;
    }

    /// Canonical XML §2.3: of an element that is not chosen, those of its namespaces and attributes that are
    /// chosen all the same stand where its start-tag would.
    fn left_out(
        &mut self,
        (id, name): (NodeId, &'d str),
        read: &[Attribute<'d>],
        end: usize,
        own: Mark,
    ) {
        self.sink.leave_out(self.document.start(id), end);
        if !S::CHOOSES || !self.selection.any_inside_tag(id) {
            return;
        }
        let mut new = std::mem::take(&mut self.new);
        // What was written at it is in scope in nothing.
        self.to_write(id, (name, read), own, &mut Selected::All, &mut new);
        for (prefix, namespace) in &new {
            self.sink
                .namespace(prefix, self.namespaces.text(*namespace));
        }
        self.attributes(id, read);
        self.new = new;
    }

    /// Whether the element around the one that is being written was written.
    pub(super) fn parent_written(&self) -> bool {
        self.open.last().is_some_and(|open| open.visible)
    }
}

/// Whether it begins with a scheme (RFC 3986 §3.1).
fn is_absolute(uri: &str) -> bool {
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}
