//! The structure tree of a tagged PDF (ISO 32000-2 §14.7): some signers tag the widget of the field that
//! they add. One element for each new widget may be added, of nothing but a reference to it, and its place in
//! the parent tree; everything that was there stays.

use super::graph::Site;
use super::node::Node;
use super::{Comparison, Objection};
use crate::format::limits::{MAX_PDF_DEPTH, MAX_PDF_OBJECTS};
use crate::format::pdf::{Dictionary, Value, View, same, same_entries};
use crate::trust::changes::{ChangeKind, ChangeLevel};
use std::collections::{BTreeMap, BTreeSet};

const WHAT: (ChangeLevel, ChangeKind) = (ChangeLevel::Updates, ChangeKind::Structure);
/// What the tree's root may change.
const ROOT: &[&[u8]] = &[b"K", b"ParentTree", b"ParentTreeNextKey"];
/// What a new element may say: nothing that is read out in another's place.
const ELEMENT: &[&[u8]] = &[b"Type", b"S", b"P", b"Pg", b"K"];
/// Under which keys elements are used, and parts of the parent tree.
const USES: &[&[u8]] = &[
    b"StructTreeRoot",
    b"ParentTree",
    b"K",
    b"P",
    b"Nums",
    b"Names",
    b"Kids",
    b"Ref",
];

/// The parent tree by its keys.
type Numbers<'d> = BTreeMap<i64, Value<'d>>;

impl<'d> Comparison<'d, '_> {
    /// `widgets`: those of the new fields for signatures.
    pub(super) fn structure(&mut self, widgets: &BTreeSet<u32>) -> Result<(), Objection> {
        if widgets.is_empty() || self.overridden.is_subset(&self.approved) {
            return Ok(());
        }
        let (old, new) = self.catalogs()?;
        let root = old.reference(b"StructTreeRoot");
        let root = root.filter(|root| new.reference(b"StructTreeRoot") == Some(*root));
        let Some(root) = root else {
            return Ok(());
        };
        // New elements, and the widget of each.
        let mut elements = BTreeMap::new();
        let changed: Vec<u32> = self
            .overridden
            .difference(&self.approved)
            .copied()
            .collect();
        for number in changed {
            let node = Node::object(number, self.old);
            let kind = node.value.dictionary().and_then(|d| d.get(b"Type"));
            if number == root || kind.and_then(Value::name) == Some(b"StructElem") {
                let but: &[&[u8]] = if number == root { ROOT } else { &[b"K"] };
                self.element(number, but, widgets, &mut elements)?;
            }
        }
        self.parent_tree(root, &elements)
    }

    /// Something that was there: it has its kids, and new ones behind them.
    fn element(
        &mut self,
        number: u32,
        but: &[&[u8]],
        widgets: &BTreeSet<u32>,
        elements: &mut BTreeMap<u32, u32>,
    ) -> Result<(), Objection> {
        let wrong = Objection::to(number, ChangeKind::Changed);
        let (old, new) = (
            Node::object(number, self.old),
            Node::object(number, self.new),
        );
        if !same_entries(old.dictionary()?, new.dictionary()?, but) {
            return Err(wrong);
        }
        let (before, after) = (kids(&old, self.old), kids(&new, self.new));
        let kept = after.len() >= before.len();
        if !kept || !before.iter().zip(&after).all(|(was, is)| same(was, is)) {
            return Err(wrong);
        }
        for added in after.iter().skip(before.len()) {
            let kid = added.reference().ok_or(wrong)?;
            let widget = self.new_element(kid, number, widgets)?;
            if elements.values().any(|known| *known == widget) {
                return Err(Objection::to(kid, ChangeKind::Structure));
            }
            elements.insert(kid, widget);
        }
        // A list of its own, not an only kid.
        let list = |node: &Node<'d>, view: View<'d, '_>| {
            let number = node.reference(b"K")?;
            let found = Node::object(number, view);
            found.array().is_some().then_some(number)
        };
        if let Some(list) = list(&new, self.new).or_else(|| list(&old, self.old)) {
            self.approve(list, WHAT, is_use)?;
        }
        self.approve(number, WHAT, is_use)
    }

    /// A new element of nothing but a reference to one of the new widgets: which.
    fn new_element(
        &mut self,
        number: u32,
        parent: u32,
        widgets: &BTreeSet<u32>,
    ) -> Result<u32, Objection> {
        let wrong = Objection::to(number, ChangeKind::Structure);
        if !self.fresh.contains(&number) {
            return Err(Objection::to(number, ChangeKind::Reused));
        }
        let node = Node::object(number, self.new);
        let element = node.dictionary()?;
        only(element, ELEMENT).ok_or(wrong)?;
        let name = |key| element.get(key).and_then(Value::name);
        let kind = name(b"Type").is_none_or(|kind| kind == b"StructElem");
        // Tables 368 and 384: what a widget is tagged as.
        let tagged = matches!(name(b"S"), Some(b"Form" | b"Annot"));
        let below = element.get(b"P").and_then(Value::reference) == Some(parent);
        let kids = kids(&node, self.new);
        let [kid] = kids.as_slice() else {
            return Err(wrong);
        };
        let kid = self.new.direct(kid).ok_or(wrong)?;
        let reference = kid.dictionary().filter(|d| !d.repeats_any()).ok_or(wrong)?;
        only(reference, &[b"Type", b"Obj", b"Pg"]).ok_or(wrong)?;
        let to_object = reference.get(b"Type").and_then(Value::name) == Some(b"OBJR");
        let widget = reference.get(b"Obj").and_then(Value::reference);
        let widget = widget.filter(|widget| widgets.contains(widget));
        let pages = [element.get(b"Pg"), reference.get(b"Pg")];
        let pages = pages.into_iter().flatten().all(|page| self.is_page(page));
        if kind && tagged && below && to_object && pages {
            self.note(number, WHAT.0, WHAT.1);
            return widget.ok_or(wrong);
        }
        Err(wrong)
    }

    /// A page that was there.
    fn is_page(&self, value: &Value<'d>) -> bool {
        let page = value.reference().map(|n| Node::object(n, self.old));
        let kind = |node: &Node<'d>| {
            let kind = node.value.dictionary().and_then(|d| d.get(b"Type"));
            kind.and_then(Value::name) == Some(b"Page")
        };
        page.as_ref().is_some_and(kind)
    }

    /// §14.7.5.4: new keys lead to the new elements whose widgets name them.
    fn parent_tree(&mut self, root: u32, elements: &BTreeMap<u32, u32>) -> Result<(), Objection> {
        let wrong = Objection::to(root, ChangeKind::Structure);
        let (old, new) = (Node::object(root, self.old), Node::object(root, self.new));
        let next = |node: &Node<'d>| {
            node.value
                .dictionary()?
                .get(b"ParentTreeNextKey")?
                .integer()
        };
        if next(&old).is_some_and(|was| next(&new).is_none_or(|is| is < was)) {
            return Err(wrong);
        }
        let tree = |node: &Node<'d>, view| {
            let (mut parts, mut found) = (BTreeSet::new(), Numbers::new());
            if let Some(top) = node.under(b"ParentTree", view) {
                parts.extend(node.reference(b"ParentTree"));
                numbers(&top, view, (&mut parts, &mut found), 0)?;
            }
            Some((parts, found))
        };
        let (mut parts, before) = tree(&old, self.old).ok_or(wrong)?;
        let (others, after) = tree(&new, self.new).ok_or(wrong)?;
        parts.extend(others);
        for (key, was) in &before {
            if !after.get(key).is_some_and(|is| same(was, is)) {
                return Err(wrong);
            }
        }
        for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(key)) {
            let widget = value.reference().and_then(|number| elements.get(&number));
            let widget = Node::object(*widget.ok_or(wrong)?, self.new);
            let named = widget
                .value
                .dictionary()
                .and_then(|d| d.get(b"StructParent"));
            if named.and_then(Value::integer) != Some(*key) {
                return Err(wrong);
            }
        }
        for part in parts {
            self.approve(part, WHAT, is_use)?;
        }
        Ok(())
    }
}

fn is_use(site: &Site) -> bool {
    // Lists may be objects of their own.
    site.key().is_empty() || USES.contains(&site.key())
}

fn only(dictionary: &Dictionary<'_>, keys: &[&[u8]]) -> Option<()> {
    let mut entries = dictionary.entries.iter();
    entries
        .all(|(key, _)| keys.contains(&key.as_ref()))
        .then_some(())
}

/// The kids of an element: a list, or an only one.
fn kids<'d>(node: &Node<'d>, view: View<'d, '_>) -> Vec<Value<'d>> {
    let Some(value) = node.value.dictionary().and_then(|d| d.get(b"K")) else {
        return Vec::new();
    };
    match view.direct(value) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => vec![value.clone()],
    }
}

/// Flattens a number tree (§7.9.7), and gathers the objects that it is made of.
fn numbers<'d>(
    node: &Node<'d>,
    view: View<'d, '_>,
    (parts, found): (&mut BTreeSet<u32>, &mut Numbers<'d>),
    depth: usize,
) -> Option<()> {
    let dictionary = node.value.dictionary().filter(|d| !d.repeats_any())?;
    only(dictionary, &[b"Type", b"Nums", b"Kids", b"Limits"])?;
    if depth > MAX_PDF_DEPTH {
        return None;
    }
    for key in [&b"Nums"[..], b"Kids", b"Limits"] {
        parts.extend(dictionary.get(key).and_then(Value::reference));
    }
    let pairs = view.array(dictionary, b"Nums").unwrap_or_default();
    for pair in pairs.chunks(2) {
        let [key, value] = pair else {
            return None;
        };
        let most = usize::try_from(MAX_PDF_OBJECTS).unwrap_or(usize::MAX);
        let again = found.insert(key.integer()?, value.clone()).is_some();
        if again || found.len() > most {
            return None;
        }
    }
    for kid in view.array(dictionary, b"Kids").unwrap_or_default() {
        let number = kid.reference()?;
        // A part of it twice would have no end, or very many.
        if !parts.insert(number) {
            return None;
        }
        let below = Node::object(number, view);
        numbers(
            &below,
            view,
            (&mut *parts, &mut *found),
            depth.saturating_add(1),
        )?;
    }
    Some(())
}
