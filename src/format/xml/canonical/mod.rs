//! Canonical forms: C14N 1.0 and 1.1, inclusive and exclusive, with comments or without them.
//!
//! The form is written while the tree is walked, in pieces of bounded size; what is in scope and what was
//! written already is looked up in tables, so that neither depth nor width costs more than its octets.

mod attributes;
mod base;
mod write;

use super::scope::{Mark, Scope};
use super::tag::Tag;
use super::tree::{Document, Kind, NodeId};
use std::borrow::Cow;
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
        scope: Scope::default(),
        rendered: Scope::default(),
        open: Vec::new(),
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
    selected: BTreeMap<&'d str, String>,
}

struct Walk<'d, 'o, S> {
    document: &'d Document<'d>,
    method: &'d Method,
    selection: &'d S,
    /// What prefixes stand for.
    scope: Scope<'d>,
    /// What was written that they stand for, at the nearest element that was written.
    rendered: Scope<'d>,
    open: Vec<Open<'d>>,
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
                self.bind(&tag)?;
            }
        }
        Ok(())
    }

    fn bind(&mut self, tag: &Tag<'d>) -> Result<(), CanonicalError> {
        for attribute in tag.attributes() {
            if let Some(prefix) = attribute.declares() {
                let namespace = attribute.value();
                if !namespace.is_empty() && !is_absolute(&namespace) {
                    return Err(CanonicalError::RelativeNamespace(namespace.into_owned()));
                }
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
        let Some(tag) = self.document.tag(id) else {
            return Ok(self.document.range(id).end);
        };
        let (scope, rendered) = (self.scope.mark(), self.rendered.mark());
        self.bind(&tag)?;
        let visible = self.selection.node(id);
        let mut selected = BTreeMap::new();
        if visible {
            self.sink.raw("<");
            self.sink.raw(tag.name());
            let namespaces = self.namespaces(id, &tag, scope, &mut selected);
            for (prefix, namespace) in &namespaces {
                self.sink.namespace(prefix, namespace);
            }
            for (prefix, namespace) in namespaces {
                self.rendered.bind(prefix, Cow::Owned(namespace));
            }
            self.attributes(id, &tag);
            self.sink.raw(">");
        }
        let range = self.document.range(id);
        let content = self.document.content(id);
        if content.start == range.end {
            if visible {
                self.sink.end_tag(tag.name());
            }
            self.scope.back_to(scope);
            self.rendered.back_to(rendered);
            return Ok(range.end);
        }
        self.open.push(Open {
            id,
            name: tag.name(),
            stop: range.end,
            scope,
            rendered,
            visible,
            selected,
        });
        Ok(content.start)
    }

    /// Whether the element around the one that is being written was written.
    fn parent_written(&self) -> bool {
        self.open.last().is_some_and(|open| open.visible)
    }

    /// The namespaces to be written at an element, in the order of their prefixes.
    fn namespaces(
        &self,
        id: NodeId,
        tag: &Tag<'d>,
        own: Mark,
        selected: &mut BTreeMap<&'d str, String>,
    ) -> BTreeMap<&'d str, String> {
        if self.method.form == Form::Exclusive {
            return self.exclusive(id, tag, own);
        }
        if S::CHOOSES {
            return self.chosen(id, selected);
        }
        // What was written around it is in scope here, too: only what it declares itself is new.
        let prefixes: Vec<&'d str> = match self.parent_written() {
            true => self.scope.since(own).to_vec(),
            false => self.scope.prefixes().collect(),
        };
        prefixes
            .into_iter()
            .filter_map(|p| self.new_at(p))
            .collect()
    }

    /// A prefix and its namespace, if something else was written for it.
    fn new_at(&self, prefix: &'d str) -> Option<(&'d str, String)> {
        let namespace = self.scope.get(prefix)?;
        let written = self.rendered.get(prefix);
        let same = match namespace {
            // Nothing written and nothing there is the same (§2.3, namespace axis).
            "" => written.is_none_or(str::is_empty),
            _ => written == Some(namespace),
        };
        (!same && prefix != "xml").then(|| (prefix, namespace.to_owned()))
    }

    /// Exclusive XML Canonicalization §3.
    fn exclusive(&self, id: NodeId, tag: &Tag<'d>, own: Mark) -> BTreeMap<&'d str, String> {
        let visible = |name: &str| self.selection.attribute(id, name);
        let attributes = tag.attributes().filter(|a| a.declares().is_none());
        let attributes = attributes.filter(|a| visible(a.name)).map(|a| a.split().0);
        let mut used: BTreeSet<&'d str> = attributes.filter(|prefix| !prefix.is_empty()).collect();
        used.insert(tag.split().0);
        if !self.method.inclusive.is_empty() {
            let listed = |prefix: &&str| self.method.inclusive.contains(*prefix);
            match self.parent_written() && !S::CHOOSES {
                true => used.extend(self.scope.since(own).iter().copied().filter(listed)),
                false => used.extend(self.scope.prefixes().filter(listed)),
            }
        }
        let chosen = |prefix: &&str| {
            self.scope.get(prefix).is_none_or(str::is_empty) || self.selection.namespace(id, prefix)
        };
        let found = used.into_iter().filter(chosen);
        found.filter_map(|prefix| self.new_at(prefix)).collect()
    }

    /// Canonical XML §2.3 where namespace nodes are chosen one by one: each is compared with those of the
    /// nearest element that is written.
    fn chosen(
        &self,
        id: NodeId,
        selected: &mut BTreeMap<&'d str, String>,
    ) -> BTreeMap<&'d str, String> {
        for prefix in self.scope.prefixes() {
            let namespace = self.scope.get(prefix).unwrap_or_default();
            if !namespace.is_empty() && self.selection.namespace(id, prefix) {
                selected.insert(prefix, namespace.to_owned());
            }
        }
        let above = self.open.iter().rev().find(|open| open.visible);
        let above = |prefix: &str| above.and_then(|open| open.selected.get(prefix));
        let new = selected
            .iter()
            .filter(|(prefix, ns)| above(prefix) != Some(*ns));
        let mut new: BTreeMap<&'d str, String> = new.map(|(p, ns)| (*p, ns.clone())).collect();
        if !selected.contains_key("") && above("").is_some() {
            new.insert("", String::new());
        }
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
