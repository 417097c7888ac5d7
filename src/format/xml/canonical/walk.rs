//! The walk over the tree: what is in scope, what was written, and what is still open.

use super::write::Sink;
use super::{CanonicalError, Method, Selection};
use crate::format::xml::scope::{Mark, NamespaceId, Namespaces, Scope};
use crate::format::xml::tag::Attribute;
use crate::format::xml::tree::{Document, Kind, NodeId};
use std::collections::BTreeMap;
use std::ops::Range;

/// An element whose end-tag is still to come.
pub(super) struct Open<'d> {
    pub(super) id: NodeId,
    name: &'d str,
    stop: usize,
    scope: Mark,
    rendered: Mark,
    pub(super) visible: bool,
    /// The selected namespace nodes, where they are chosen one by one.
    pub(super) selected: Selected<'d>,
}

/// Namespace nodes: their prefixes and what these stand for.
pub(super) type Selected<'d> = BTreeMap<&'d str, NamespaceId>;

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
    pub(super) sink: Sink<'o>,
}

impl<'d, 'o, S: Selection> Walk<'d, 'o, S> {
    pub(super) fn new(
        document: &'d Document<'d>,
        method: &'d Method,
        selection: &'d S,
        out: &'o mut dyn FnMut(&[u8]),
    ) -> Self {
        Self {
            document,
            element: document.element(),
            method,
            selection,
            namespaces: Namespaces::new(),
            scope: Scope::new(),
            rendered: Scope::new(),
            open: Vec::new(),
            read: Vec::new(),
            sink: Sink::new(out),
        }
    }

    pub(super) fn run(&mut self, apex: NodeId) -> Result<(), CanonicalError> {
        self.enter(apex)?;
        self.all(apex)?;
        self.sink.flush();
        Ok(())
    }

    /// Takes over what is in scope at the apex.
    fn enter(&mut self, apex: NodeId) -> Result<(), CanonicalError> {
        let mut above = Vec::new();
        let mut at = self.document.parent(apex);
        while let Some(element) = at {
            above.push(element);
            at = self.document.parent(element);
        }
        for element in above.into_iter().rev() {
            if let Some(tag) = self.document.tag(element) {
                self.bind(tag.attributes())?;
            }
        }
        Ok(())
    }

    fn bind(
        &mut self,
        attributes: impl Iterator<Item = Attribute<'d>>,
    ) -> Result<(), CanonicalError> {
        for attribute in attributes {
            if let Some(prefix) = attribute.declares() {
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
        let end = self.document.after(apex);
        let root = self.document.root();
        let mut next = if apex == root { NodeId(1) } else { apex };
        let mut at = self.document.range(next).start;
        while next < end || !self.open.is_empty() {
            let range = self.document.range(next);
            let inside = self.open.last().map(|open| open.stop);
            match inside {
                Some(stop) if next >= end || range.start >= stop => at = self.close(at),
                _ => {
                    if range.start > at && inside.is_some() {
                        self.text(at..range.start);
                    }
                    (at, next) = self.node(next)?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, range: Range<usize>) {
        let Some(parent) = self.open.last().map(|open| open.id) else {
            return;
        };
        if self.selection.text(parent, &range) {
            self.sink.data(self.document.slice(range));
        }
    }

    /// Writes the rest of the innermost element; where that ends.
    fn close(&mut self, at: usize) -> usize {
        let Some(stop) = self.open.last().map(|open| open.stop) else {
            return at;
        };
        let rest = self.document.slice(at..stop);
        let length = memchr::memrchr(b'<', rest.as_bytes()).unwrap_or(0);
        if length > 0 {
            self.text(at..at.saturating_add(length));
        }
        if let Some(open) = self.open.pop() {
            if open.visible {
                self.sink.end_tag(open.name);
            }
            self.scope.back_to(open.scope);
            self.rendered.back_to(open.rendered);
        }
        stop
    }

    /// Writes a node; what comes behind what was written, in the text and in the tree.
    fn node(&mut self, id: NodeId) -> Result<(usize, NodeId), CanonicalError> {
        let range = self.document.range(id);
        if self.selection.nothing_in(id) {
            return Ok((range.end, self.document.after(id)));
        }
        let next = NodeId(id.0.saturating_add(1));
        match self.document.kind(id) {
            Kind::Element => return Ok((self.element(id)?, next)),
            Kind::Comment if !self.method.comments => {}
            Kind::Comment | Kind::Instruction if self.selection.node(id) => self.beside(id),
            Kind::Comment | Kind::Instruction | Kind::Document => {}
        }
        Ok((range.end, next))
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

    /// Writes the start-tag of an element; where its content begins, or what follows if it has none.
    fn element(&mut self, id: NodeId) -> Result<usize, CanonicalError> {
        let stop = self.document.range(id).end;
        let Some(tag) = self.document.tag(id) else {
            return Ok(stop);
        };
        let (scope, rendered) = (self.scope.mark(), self.rendered.mark());
        let mut read = std::mem::take(&mut self.read);
        let end = tag.read(&mut read);
        self.bind(read.iter().copied())?;
        let visible = self.selection.node(id);
        let mut selected = Selected::new();
        if visible {
            self.start_tag(id, (tag.name(), &read), scope, &mut selected);
        }
        self.read = read;
        match end.filter(|end| !end.empty) {
            Some(end) => {
                self.open.push(Open {
                    id,
                    name: tag.name(),
                    stop,
                    scope,
                    rendered,
                    visible,
                    selected,
                });
                Ok(end.at)
            }
            None => {
                if visible {
                    self.sink.end_tag(tag.name());
                }
                self.scope.back_to(scope);
                self.rendered.back_to(rendered);
                Ok(stop)
            }
        }
    }

    fn start_tag(
        &mut self,
        id: NodeId,
        (name, attributes): (&'d str, &[Attribute<'d>]),
        own: Mark,
        selected: &mut Selected<'d>,
    ) {
        self.sink.raw("<");
        self.sink.raw(name);
        for (prefix, namespace) in self.to_write(id, (name, attributes), own, selected) {
            let text = self.namespaces.text(namespace);
            self.sink.namespace(prefix, text);
            self.rendered.bind(prefix, namespace);
        }
        self.attributes(id, attributes);
        self.sink.raw(">");
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
