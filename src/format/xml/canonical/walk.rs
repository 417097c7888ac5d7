//! The walk over the tree: what is in scope, what was written, and what is still open.

use super::write::Sink;
use super::{CanonicalError, Form, Method, Selection};
use crate::format::xml::scan::{is_space, plain_written};
use crate::format::xml::scope::{Mark, NamespaceId, Namespaces, Scope};
use crate::format::xml::tag::{Attribute, End, Tag};
use crate::format::xml::tree::{Document, Kind, NodeId};
use std::collections::BTreeMap;
use std::ops::Range;

/// An element whose end-tag is still to come.
pub(super) struct Open<'d> {
    pub(super) id: NodeId,
    stop: usize,
    scope: Mark,
    rendered: Mark,
    pub(super) visible: bool,
    /// The selected namespace nodes, where they are chosen one by one.
    pub(super) selected: Option<Selected<'d>>,
}

/// Namespace nodes: their prefixes and what these stand for.
pub(super) type Selected<'d> = BTreeMap<&'d str, NamespaceId>;

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
    new: New<'d>,
    pub(super) sink: Sink<'d, 'o>,
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
            new: Vec::new(),
            sink: Sink::new(document.text(), out),
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
        let mut at = 0;
        while next < end || !self.open.is_empty() {
            let start = self.document.range(next).start;
            match self.open.last() {
                Some(open) if next >= end || start >= open.stop => {
                    at = self.close(at, open.stop);
                    continue;
                }
                Some(_) if start > at => self.text(at..start),
                Some(_) => {}
                // Between what is outside the element nothing is written.
                None => self.sink.leave_out(at, start),
            }
            (at, next) = self.node(next)?;
        }
        self.sink.leave_out(at, at);
        Ok(())
    }

    fn text(&mut self, range: Range<usize>) {
        let Some(parent) = self.open.last().map(|open| open.id) else {
            return;
        };
        match self.selection.text(parent, &range) {
            true => self.sink.data(range),
            false => self.sink.leave_out(range.start, range.end),
        }
    }

    /// Writes the rest of the innermost element; where that ends.
    fn close(&mut self, at: usize, stop: usize) -> usize {
        let rest = self.document.slice(at..stop).as_bytes();
        let plain = plain_written(rest);
        let length = match rest.get(plain..) {
            Some([b'<', b'/', ..]) => plain,
            _ => memchr::memrchr(b'<', rest).unwrap_or(0),
        };
        let tag = at.saturating_add(length);
        if length > 0 {
            self.text(at..tag);
        }
        if let Some(open) = self.open.pop() {
            match open.visible {
                true => self.end_tag(rest.get(length..).unwrap_or_default(), stop),
                false => self.sink.leave_out(tag, stop),
            }
            self.scope.back_to(open.scope);
            self.rendered.back_to(open.rendered);
        }
        self.sink.settled(stop);
        stop
    }

    /// An end-tag as it stands, without the white space in it.
    fn end_tag(&mut self, tag: &[u8], stop: usize) {
        let inside = tag.split_last().map_or(tag, |(_, inside)| inside);
        let blank = inside.iter().rev().take_while(|b| is_space(**b)).count();
        if blank > 0 {
            let end = stop.saturating_sub(1);
            self.sink.leave_out(end.saturating_sub(blank), end);
        }
    }

    /// Writes a node; what comes behind what was written, in the text and in the tree.
    fn node(&mut self, id: NodeId) -> Result<(usize, NodeId), CanonicalError> {
        let range = self.document.range(id);
        if self.selection.nothing_in(id) {
            self.sink.leave_out(range.start, range.end);
            return Ok((range.end, self.document.after(id)));
        }
        let next = NodeId(id.0.saturating_add(1));
        if self.document.kind(id) == Kind::Element {
            return Ok((self.element(id)?, next));
        }
        self.sink.leave_out(range.start, range.end);
        match self.document.kind(id) {
            Kind::Comment if !self.method.comments => {}
            Kind::Comment | Kind::Instruction if self.selection.node(id) => self.beside(id),
            Kind::Comment | Kind::Instruction | Kind::Document | Kind::Element => {}
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
        let range = self.document.range(id);
        let open = Open {
            id,
            stop: range.end,
            scope: self.scope.mark(),
            rendered: self.rendered.mark(),
            visible: self.selection.node(id),
            selected: None,
        };
        match self.document.bare_name(id) {
            Some(name) if open.visible && self.parent_written() && !S::CHOOSES => {
                // Behind `<` and the name.
                let end = range.start.saturating_add(name.len()).saturating_add(1);
                self.bare(name, end);
                self.open.push(open);
                Ok(end.saturating_add(1))
            }
            _ => self.tagged(open),
        }
    }

    /// A start-tag without attributes stands as it is written; in the exclusive form, but for the
    /// namespace of its name.
    #[inline]
    fn bare(&mut self, name: &'d str, end: usize) {
        if self.method.form != Form::Exclusive {
            return;
        }
        let prefix = memchr::memchr(b':', name.as_bytes()).and_then(|at| name.get(..at));
        if let Some((prefix, namespace)) = self.new_at(prefix.unwrap_or("")) {
            self.sink.leave_out(end, end);
            self.sink.namespace(prefix, self.namespaces.text(namespace));
            self.rendered.bind(prefix, namespace);
        }
    }

    /// The same of any start-tag.
    fn tagged(&mut self, mut open: Open<'d>) -> Result<usize, CanonicalError> {
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
            false => self
                .sink
                .leave_out(self.document.range(open.id).start, end.at),
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
        let brings = S::CHOOSES || (self.method.form != Form::Exclusive && !self.parent_written());
        if brings || !new.is_empty() || !self.stands(tag, read, end) {
            self.sink.leave_out(tag.end_of_name(), end.at);
            for (prefix, namespace) in &new {
                self.sink
                    .namespace(prefix, self.namespaces.text(*namespace));
                self.rendered.bind(prefix, *namespace);
            }
            self.attributes(id, read);
            self.sink.raw(">");
        }
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
