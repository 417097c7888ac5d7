//! Canonical forms: C14N 1.0 and 1.1, inclusive and exclusive, with comments or without them.
//!
//! The form is written while the tree is walked, in pieces of bounded size; what is in scope and what was
//! written already is looked up in tables, so that neither depth nor width costs more than its octets.

mod attributes;
mod base;
mod write;

use super::scope::{Mark, NONE, NamespaceId, Namespaces, Scope};
use super::tag::Attribute;
use super::tree::{Document, Kind, NodeId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use write::Sink;

/// Which form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Form {
    /// Canonical XML 1.0.
    Inclusive10,
    /// Canonical XML 1.1.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
}

/// A form, its comments, and prefixes that the exclusive form treats as the inclusive one does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Method {
    /// Which form.
    pub form: Form,
    /// Whether comments are written.
    pub comments: bool,
    /// PrefixList of InclusiveNamespaces, the default namespace as an empty prefix.
    pub inclusive: BTreeSet<String>,
}

impl Method {
    /// The method that an Algorithm names; `None` if it names another.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        const INCLUSIVE_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
        const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
        const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let (form, rest) = [
            (Form::Inclusive10, INCLUSIVE_10),
            (Form::Inclusive11, INCLUSIVE_11),
            (Form::Exclusive, EXCLUSIVE),
        ]
        .into_iter()
        .find_map(|(form, start)| uri.strip_prefix(start).map(|rest| (form, rest)))?;
        let comments = match (form, rest) {
            (_, "") => false,
            (Form::Exclusive, "WithComments") => true,
            (Form::Inclusive10 | Form::Inclusive11, "#WithComments") => true,
            _ => return None,
        };
        Some(Self {
            form,
            comments,
            inclusive: BTreeSet::new(),
        })
    }
}

/// Why there is no canonical form.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A namespace that is not absolute has none (Canonical XML §1.3).
    #[error("a namespace that is not absolute: {0}")]
    RelativeNamespace(String),
}

/// Which nodes are written.
pub trait Selection {
    /// Whether namespace nodes and attributes are chosen one by one.
    const CHOOSES: bool;

    /// An element, comment or processing instruction.
    fn node(&self, id: NodeId) -> bool;

    /// Whether nothing in an element is written either, so that it need not be walked.
    fn nothing_in(&self, id: NodeId) -> bool;

    /// Character data in an element.
    fn text(&self, parent: NodeId, range: &Range<usize>) -> bool;

    /// An attribute of an element.
    fn attribute(&self, element: NodeId, name: &str) -> bool;

    /// The namespace node of a prefix at an element.
    fn namespace(&self, element: NodeId, prefix: &str) -> bool;
}

/// Everything but some elements with all that they hold.
#[derive(Clone, Copy, Debug)]
pub struct AllBut<'a>(pub &'a [NodeId]);

impl Selection for AllBut<'_> {
    const CHOOSES: bool = false;

    fn node(&self, id: NodeId) -> bool {
        !self.0.contains(&id)
    }

    fn nothing_in(&self, id: NodeId) -> bool {
        self.0.contains(&id)
    }

    fn text(&self, _: NodeId, _: &Range<usize>) -> bool {
        true
    }

    fn attribute(&self, _: NodeId, _: &str) -> bool {
        true
    }

    fn namespace(&self, _: NodeId, _: &str) -> bool {
        true
    }
}

/// Writes the canonical form of a node and what it holds, as far as it is selected.
///
/// # Errors
/// [`CanonicalError`].
pub fn write<S: Selection>(
    document: &Document<'_>,
    apex: NodeId,
    method: &Method,
    selection: &S,
    out: &mut dyn FnMut(&[u8]),
) -> Result<(), CanonicalError> {
    let mut walk = Walk {
        document,
        method,
        selection,
        namespaces: Namespaces::new(),
        scope: Scope::new(),
        rendered: Scope::new(),
        open: Vec::new(),
        read: Vec::new(),
        sink: Sink::new(out),
    };
    walk.enter(apex)?;
    walk.all(apex)?;
    walk.sink.flush();
    Ok(())
}

/// The same as one piece.
///
/// # Errors
/// [`CanonicalError`].
pub fn to_vec<S: Selection>(
    document: &Document<'_>,
    apex: NodeId,
    method: &Method,
    selection: &S,
) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = Vec::new();
    write(document, apex, method, selection, &mut |piece| {
        bytes.extend_from_slice(piece);
    })?;
    Ok(bytes)
}

/// An element whose end-tag is still to come.
struct Open<'d> {
    id: NodeId,
    name: &'d str,
    stop: usize,
    scope: Mark,
    rendered: Mark,
    visible: bool,
    /// The selected namespace nodes, where they are chosen one by one.
    selected: Selected<'d>,
}

/// Namespace nodes: their prefixes and what these stand for.
type Selected<'d> = BTreeMap<&'d str, NamespaceId>;

struct Walk<'d, 'o, S> {
    document: &'d Document<'d>,
    method: &'d Method,
    selection: &'d S,
    namespaces: Namespaces<'d>,
    /// What prefixes stand for.
    scope: Scope<'d>,
    /// What was written that they stand for, at the nearest element that was written.
    rendered: Scope<'d>,
    open: Vec<Open<'d>>,
    /// The attributes of the element that is being written.
    read: Vec<Attribute<'d>>,
    sink: Sink<'o>,
}

impl<'d, S: Selection> Walk<'d, '_, S> {
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
        let behind = outside && id > self.document.element();
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
    fn parent_written(&self) -> bool {
        self.open.last().is_some_and(|open| open.visible)
    }

    /// The namespaces to be written at an element, in the order of their prefixes.
    fn to_write(
        &self,
        id: NodeId,
        tag: (&'d str, &[Attribute<'d>]),
        own: Mark,
        selected: &mut Selected<'d>,
    ) -> Vec<(&'d str, NamespaceId)> {
        if self.method.form == Form::Exclusive {
            return self.exclusive(id, tag, own);
        }
        if S::CHOOSES {
            return self.chosen(id, selected);
        }
        // What was written around it is in scope here, too: only what it declares itself is new.
        match self.parent_written() {
            true => self.new_of(self.scope.since(own)),
            false => self.new_of(self.scope.prefixes()),
        }
    }

    /// Those prefixes for which something else was written, once each and in order.
    fn new_of(&self, prefixes: impl Iterator<Item = &'d str>) -> Vec<(&'d str, NamespaceId)> {
        let mut new: Vec<_> = prefixes.filter_map(|prefix| self.new_at(prefix)).collect();
        if new.len() > 1 {
            new.sort_unstable();
            new.dedup();
        }
        new
    }

    /// A prefix and its namespace, if something else was written for it.
    fn new_at(&self, prefix: &'d str) -> Option<(&'d str, NamespaceId)> {
        let namespace = self.scope.get(prefix).filter(|_| prefix != "xml")?;
        // Nothing written and nothing there is the same (§2.3, namespace axis).
        let written = self.rendered.get(prefix).unwrap_or(NONE);
        (namespace != written).then_some((prefix, namespace))
    }

    /// Exclusive XML Canonicalization §3.
    fn exclusive(
        &self,
        id: NodeId,
        (name, attributes): (&'d str, &[Attribute<'d>]),
        own: Mark,
    ) -> Vec<(&'d str, NamespaceId)> {
        let chosen = |prefix: &&'d str| {
            let nothing = self
                .scope
                .get(prefix)
                .is_none_or(|namespace| namespace == NONE);
            nothing || self.selection.namespace(id, prefix)
        };
        let prefix = |name: &'d str| name.split_once(':').map(|(prefix, _)| prefix);
        let attributes = attributes.iter().filter(|a| a.declares().is_none());
        let attributes = attributes.filter(|a| self.selection.attribute(id, a.name));
        let used = attributes.filter_map(|a| prefix(a.name));
        let used = used.chain([prefix(name).unwrap_or("")]);
        if self.method.inclusive.is_empty() {
            return self.new_of(used.filter(chosen));
        }
        let listed = |prefix: &&str| self.method.inclusive.contains(*prefix);
        match self.parent_written() && !S::CHOOSES {
            true => {
                let listed = self.scope.since(own).filter(listed);
                self.new_of(used.chain(listed).filter(chosen))
            }
            false => {
                let listed = self.scope.prefixes().filter(listed);
                self.new_of(used.chain(listed).filter(chosen))
            }
        }
    }

    /// Canonical XML §2.3 where namespace nodes are chosen one by one: each is compared with those of the
    /// nearest element that is written.
    fn chosen(&self, id: NodeId, selected: &mut Selected<'d>) -> Vec<(&'d str, NamespaceId)> {
        for prefix in self.scope.prefixes() {
            let namespace = self.scope.get(prefix).unwrap_or(NONE);
            if namespace != NONE && self.selection.namespace(id, prefix) {
                selected.insert(prefix, namespace);
            }
        }
        let above = self.open.iter().rev().find(|open| open.visible);
        let above = |prefix: &str| above.and_then(|open| open.selected.get(prefix)).copied();
        let mut new = Vec::new();
        if !selected.contains_key("") && above("").is_some() {
            new.push(("", NONE));
        }
        let others = selected
            .iter()
            .map(|(prefix, namespace)| (*prefix, *namespace));
        new.extend(others.filter(|(prefix, namespace)| above(prefix) != Some(*namespace)));
        new
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
