//! An evaluator of XPath 1.0 that exists only here (`verdicts.md` §6): the node sets of canonical forms. It is
//! slow and knows what such expressions use; of any other expression it says nothing.

mod read;

use lienthong::format::xml::canonical::Selection;
use lienthong::format::xml::{Child, Document, Found, Index, Kind, NodeId, XML};
use read::{Axis, Expr, Step, Test};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A node of the XPath data model (§5).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Node {
    Tree(NodeId),
    /// By the element that it is in and where it begins.
    Text(NodeId, usize),
    Attribute(NodeId, String),
    Namespace(NodeId, String),
}

/// A set of nodes.
pub(crate) struct Chosen(BTreeSet<Node>);

impl Selection for Chosen {
    const CHOOSES: bool = true;

    fn node(&self, id: NodeId) -> bool {
        self.0.contains(&Node::Tree(id))
    }

    fn nothing_in(&self, _: NodeId) -> bool {
        false
    }

    fn text(&self, parent: NodeId, range: &Range<usize>) -> bool {
        let (from, to) = (
            Node::Text(parent, range.start),
            Node::Text(parent, range.end),
        );
        self.0.range(from..to).next().is_some()
    }

    fn attribute(&self, element: NodeId, name: &str) -> bool {
        self.0.contains(&Node::Attribute(element, name.to_owned()))
    }

    fn namespace(&self, element: NodeId, prefix: &str) -> bool {
        self.0
            .contains(&Node::Namespace(element, prefix.to_owned()))
    }
}

/// The nodes that an expression gives. Prefixes are those of an XPath element around it, else of the document.
pub(crate) fn chosen(document: &Document<'_>, file: &str) -> Option<Chosen> {
    let (text, own) = unwrapped(file)?;
    let index = Index::of(document);
    let declared = |prefix: &str| {
        let tags = document.nodes().filter_map(|id| document.tag(id));
        let mut all = tags.flat_map(|tag| tag.attributes().collect::<Vec<_>>());
        let found = all.find(|a| a.declares() == Some(prefix));
        found.map(|a| a.value().into_owned())
    };
    let prefixes = |prefix: &str| own.get(prefix).cloned().or_else(|| declared(prefix));
    let expression = read::expression(&text, &prefixes)?;
    let context = Context {
        index: &index,
        node: Node::Tree(document.root()),
        position: 1,
        size: 1,
    };
    match context.value(&expression)? {
        Value::Set(set) => Some(Chosen(set)),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
    }
}

/// The expression in an XPath element, and the prefixes that this binds.
fn unwrapped(file: &str) -> Option<(String, BTreeMap<String, String>)> {
    if !file.trim_start().starts_with('<') {
        return Some((file.to_owned(), BTreeMap::new()));
    }
    let document = Document::read(file.as_bytes()).ok()?;
    let element = document.element();
    let tag = document.tag(element)?;
    let bound = tag.attributes().filter_map(|a| {
        let prefix = a.declares()?.to_owned();
        Some((prefix, a.value().into_owned()))
    });
    Some((document.character_data(element), bound.collect()))
}

#[derive(Clone)]
enum Value {
    Set(BTreeSet<Node>),
    Bool(bool),
    Number(f64),
    Text(String),
}

#[derive(Clone)]
struct Context<'i, 'd> {
    index: &'i Index<'d>,
    node: Node,
    position: usize,
    size: usize,
}

impl Context<'_, '_> {
    fn at(&self, node: Node, position: usize, size: usize) -> Self {
        Self {
            index: self.index,
            node,
            position,
            size,
        }
    }

    fn value(&self, expression: &Expr) -> Option<Value> {
        Some(match expression {
            Expr::Number(number) => Value::Number(*number),
            Expr::Literal(text) => Value::Text(text.clone()),
            Expr::Or(one, other) => Value::Bool(self.holds(one)? || self.holds(other)?),
            Expr::And(one, other) => Value::Bool(self.holds(one)? && self.holds(other)?),
            Expr::Compare(operator, one, other) => {
                let (one, other) = (self.value(one)?, self.value(other)?);
                Value::Bool(self.compare(operator, &one, &other)?)
            }
            Expr::Union(one, other) => {
                let (mut one, other) = (self.set(one)?, self.set(other)?);
                one.extend(other);
                Value::Set(one)
            }
            Expr::Filter(inside, predicates) => {
                let nodes: Vec<Node> = self.set(inside)?.into_iter().collect();
                Value::Set(self.filtered(nodes, predicates)?.into_iter().collect())
            }
            Expr::Path(from, steps) => Value::Set(self.path(from, steps)?),
            Expr::Call(name, arguments) => self.call(name, arguments)?,
        })
    }

    fn set(&self, expression: &Expr) -> Option<BTreeSet<Node>> {
        match self.value(expression)? {
            Value::Set(set) => Some(set),
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => None,
        }
    }

    fn holds(&self, expression: &Expr) -> Option<bool> {
        Some(truth(&self.value(expression)?))
    }

    fn path(&self, from: &read::From, steps: &[Step]) -> Option<BTreeSet<Node>> {
        let mut nodes = match from {
            read::From::Root => BTreeSet::from([Node::Tree(self.index.document().root())]),
            read::From::Here => BTreeSet::from([self.node.clone()]),
            read::From::Of(expression) => self.set(expression)?,
        };
        for step in steps {
            let mut found = BTreeSet::new();
            for node in nodes {
                let reached = self.axis(step.axis, &node);
                let reached = reached.into_iter();
                let met = reached.filter(|node| self.meets(step.axis, &step.test, node));
                found.extend(self.filtered(met.collect(), &step.predicates)?);
            }
            nodes = found;
        }
        Some(nodes)
    }

    fn filtered(&self, mut nodes: Vec<Node>, predicates: &[Expr]) -> Option<Vec<Node>> {
        for predicate in predicates {
            let size = nodes.len();
            let mut kept = Vec::new();
            for (node, position) in nodes.into_iter().zip(1..) {
                let value = self.at(node.clone(), position, size).value(predicate)?;
                let holds = match value {
                    Value::Number(number) => number == position as f64,
                    Value::Set(_) | Value::Bool(_) | Value::Text(_) => truth(&value),
                };
                if holds {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Some(nodes)
    }

    fn parent(&self, node: &Node) -> Option<Node> {
        match node {
            Node::Tree(id) => self.index.document().parent(*id),
            Node::Text(id, _) | Node::Attribute(id, _) | Node::Namespace(id, _) => Some(*id),
        }
        .map(Node::Tree)
    }

    /// In the order of the axis (§2.4).
    fn axis(&self, axis: Axis, node: &Node) -> Vec<Node> {
        let document = self.index.document();
        let ups = || std::iter::successors(self.parent(node), |node| self.parent(node));
        let own = || std::iter::once(node.clone());
        match (axis, node) {
            (Axis::Own, _) => own().collect(),
            (Axis::Parent, _) => self.parent(node).into_iter().collect(),
            (Axis::Ancestor, _) => ups().collect(),
            (Axis::AncestorOrSelf, _) => own().chain(ups()).collect(),
            (Axis::DescendantOrSelf, _) => own().chain(self.below(node)).collect(),
            (Axis::Descendant, _) => self.below(node),
            (Axis::Child, Node::Tree(id)) => self.children(*id),
            (Axis::Attribute, Node::Tree(id)) => {
                let tag = document.tag(*id);
                let all = tag.iter().flat_map(|tag| tag.attributes());
                let all = all.filter(|a| a.declares().is_none());
                all.map(|a| Node::Attribute(*id, a.name.to_owned()))
                    .collect()
            }
            (Axis::Namespace, Node::Tree(id)) => self.namespaces(*id),
            (Axis::Child | Axis::Attribute | Axis::Namespace, _) => Vec::new(),
        }
    }

    fn children(&self, id: NodeId) -> Vec<Node> {
        let document = self.index.document();
        let all = document.children(id).filter_map(|child| match child {
            Child::Node(id) => Some(Node::Tree(id)),
            // What lies between the nodes of the document itself is no text.
            Child::Text(_) if id == document.root() => None,
            Child::Text(range) => Some(Node::Text(id, range.start)),
        });
        all.collect()
    }

    fn below(&self, node: &Node) -> Vec<Node> {
        let Node::Tree(id) = node else {
            return Vec::new();
        };
        let children = self.children(*id).into_iter();
        let each = children.flat_map(|child| {
            let inside = self.below(&child);
            std::iter::once(child).chain(inside)
        });
        each.collect()
    }

    /// Those in scope, `xml` included (§5.4).
    fn namespaces(&self, id: NodeId) -> Vec<Node> {
        let document = self.index.document();
        if document.kind(id) != Kind::Element {
            return Vec::new();
        }
        let mut known: BTreeMap<String, bool> = BTreeMap::from([("xml".to_owned(), true)]);
        for element in std::iter::successors(Some(id), |id| document.parent(*id)) {
            for attribute in document
                .tag(element)
                .iter()
                .flat_map(|tag| tag.attributes())
            {
                if let Some(prefix) = attribute.declares() {
                    let there = !attribute.value().is_empty();
                    known.entry(prefix.to_owned()).or_insert(there);
                }
            }
        }
        let there = known.into_iter().filter(|(_, there)| *there);
        there
            .map(|(prefix, _)| Node::Namespace(id, prefix))
            .collect()
    }

    /// §2.3
    fn meets(&self, axis: Axis, test: &Test, node: &Node) -> bool {
        let kind = |id: &NodeId| self.index.document().kind(*id);
        let principal = match (axis, node) {
            (Axis::Attribute, Node::Attribute(..)) | (Axis::Namespace, Node::Namespace(..)) => true,
            (Axis::Attribute | Axis::Namespace, _) => false,
            (_, Node::Tree(id)) => kind(id) == Kind::Element,
            _ => false,
        };
        match test {
            Test::Node => true,
            Test::Text => matches!(node, Node::Text(..)),
            Test::Comment => matches!(node, Node::Tree(id) if kind(id) == Kind::Comment),
            Test::Instruction => matches!(node, Node::Tree(id) if kind(id) == Kind::Instruction),
            Test::Named(namespace, local) => {
                let (own_namespace, own_local) = self.name(node);
                principal
                    && namespace.as_ref().is_none_or(|n| *n == own_namespace)
                    && local.as_ref().is_none_or(|l| *l == own_local)
            }
        }
    }

    fn name(&self, node: &Node) -> (String, String) {
        match node {
            Node::Tree(id) => {
                let (namespace, local) = self.index.name(*id);
                (
                    namespace.to_owned(),
                    self.target(*id).unwrap_or(local).to_owned(),
                )
            }
            Node::Attribute(id, name) => match name.split_once(':') {
                Some(("xml", local)) => (XML.to_owned(), local.to_owned()),
                Some((prefix, local)) => (
                    self.index.namespace(*id, prefix).to_owned(),
                    local.to_owned(),
                ),
                None => (String::new(), name.clone()),
            },
            Node::Namespace(_, prefix) => (String::new(), prefix.clone()),
            Node::Text(..) => (String::new(), String::new()),
        }
    }

    /// That of a processing instruction, which is its name (§5.5).
    fn target(&self, id: NodeId) -> Option<&str> {
        let document = self.index.document();
        let inside = document.slice(document.range(id)).strip_prefix("<?")?;
        let ends = |c: char| c.is_ascii_whitespace() || c == '?';
        inside.split(ends).next()
    }

    fn qualified(&self, node: &Node) -> String {
        match node {
            Node::Tree(id) => {
                let tag = self.index.document().tag(*id);
                let name = tag.as_ref().map(|tag| tag.name());
                name.or_else(|| self.target(*id))
                    .unwrap_or_default()
                    .to_owned()
            }
            Node::Attribute(_, name) => name.clone(),
            Node::Namespace(..) | Node::Text(..) => self.name(node).1,
        }
    }

    fn call(&self, name: &str, arguments: &[Expr]) -> Option<Value> {
        let named = || match arguments {
            [] => Some(self.node.clone()),
            [one] => self.set(one)?.into_iter().next(),
            _ => None,
        };
        Some(match (name, arguments) {
            ("true", []) => Value::Bool(true),
            ("false", []) => Value::Bool(false),
            ("not", [one]) => Value::Bool(!self.holds(one)?),
            ("boolean", [one]) => Value::Bool(self.holds(one)?),
            ("count", [one]) => Value::Number(self.set(one)?.len() as f64),
            ("position", []) => Value::Number(self.position as f64),
            ("last", []) => Value::Number(self.size as f64),
            ("local-name", _) => Value::Text(self.name(&named()?).1),
            ("name", _) => Value::Text(self.qualified(&named()?)),
            ("namespace-uri", _) => Value::Text(self.name(&named()?).0),
            ("id", [Expr::Literal(text)]) => {
                let found = text
                    .split_whitespace()
                    .filter_map(|id| self.index.by_id(id));
                let one = found.map(|found| match found {
                    Found::One(id) => Some(Node::Tree(id)),
                    Found::Several => None,
                });
                Value::Set(one.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// Numbers, and texts of attributes and names (§3.4); of other sets nothing is compared.
    fn compare(&self, operator: &str, one: &Value, other: &Value) -> Option<bool> {
        let order = match (one, other) {
            (Value::Number(one), Value::Number(other)) => one.partial_cmp(other)?,
            (Value::Text(one), Value::Text(other)) => one.cmp(other),
            (Value::Set(set), Value::Text(text)) | (Value::Text(text), Value::Set(set)) => {
                let value = |node: &Node| match node {
                    Node::Attribute(id, name) => {
                        let found = self.index.document().attribute(*id, name);
                        found.map(|found| found.into_owned())
                    }
                    Node::Tree(id) => Some(self.index.document().character_data(*id)),
                    Node::Text(..) | Node::Namespace(..) => None,
                };
                let values: Option<Vec<String>> = set.iter().map(value).collect();
                let equal = operator == "=";
                return match operator {
                    "=" | "!=" => Some(values?.iter().any(|value| (value == text) == equal)),
                    _ => None,
                };
            }
            _ => return None,
        };
        Some(match operator {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            _ => order.is_ge(),
        })
    }
}

/// §4.3, boolean()
fn truth(value: &Value) -> bool {
    match value {
        Value::Set(set) => !set.is_empty(),
        Value::Bool(value) => *value,
        Value::Number(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
    }
}
