//! Pages (ISO 32000-2 §7.7.3): they stay as they are, but for the widgets of new fields and for
//! annotations.

use super::node::Node;
use super::{Comparison, Objection};
use crate::format::limits::MAX_PDF_DEPTH;
use crate::format::pdf::{Value, same, same_entries};
use crate::trust::changes::{ChangeKind, ChangeLevel};
use std::collections::{BTreeMap, BTreeSet};

impl<'d> Comparison<'d, '_> {
    /// Looks at every page, where anything is still to be explained.
    pub(super) fn pages(&mut self, widgets: &BTreeMap<u32, String>) -> Result<(), Objection> {
        if self.overridden.is_subset(&self.approved) {
            return Ok(());
        }
        let (old, new) = self.catalogs()?;
        let root = old
            .reference(b"Pages")
            .filter(|_| new.reference(b"Pages").is_some());
        let root = root.ok_or_else(|| Objection::to(None, ChangeKind::Pages))?;
        let mut seen = BTreeSet::new();
        self.page_node(root, widgets, &mut seen, 0)
    }

    fn page_node(
        &mut self,
        number: u32,
        widgets: &BTreeMap<u32, String>,
        seen: &mut BTreeSet<u32>,
        depth: usize,
    ) -> Result<(), Objection> {
        let wrong = Objection::to(number, ChangeKind::Pages);
        if !seen.insert(number) || depth > MAX_PDF_DEPTH {
            return Err(wrong);
        }
        let (old, new) = (
            Node::object(number, self.old),
            Node::object(number, self.new),
        );
        let (before, after) = (
            old.dictionary().map_err(|_| wrong)?,
            new.dictionary().map_err(|_| wrong)?,
        );
        let kind = before.get(b"Type").and_then(Value::name);
        if kind == Some(b"Page") || (kind.is_none() && before.get(b"Kids").is_none()) {
            return self.page(number, (&old, &new), widgets);
        }
        let lists = (old.under(b"Kids", self.old), new.under(b"Kids", self.new));
        let (Some(was), Some(is)) = lists else {
            return Err(wrong);
        };
        if !same(&was.value, &is.value) || !same_entries(before, after, &[]) {
            return Err(wrong);
        }
        for kid in was.array().ok_or(wrong)? {
            let kid = kid.reference().ok_or(wrong)?;
            self.page_node(kid, widgets, seen, depth.saturating_add(1))?;
        }
        Ok(())
    }

    fn page(
        &mut self,
        number: u32,
        (old, new): (&Node<'d>, &Node<'d>),
        widgets: &BTreeMap<u32, String>,
    ) -> Result<(), Objection> {
        let lists = (old.reference(b"Annots"), new.reference(b"Annots"));
        let touched = [Some(number), lists.0, lists.1];
        if !touched
            .iter()
            .flatten()
            .any(|n| self.overridden.contains(n))
        {
            return Ok(());
        }
        let wrong = Objection::to(number, ChangeKind::Pages);
        if !same_entries(old.dictionary()?, new.dictionary()?, &[b"Annots"]) {
            return Err(wrong);
        }
        let of = |node: &Node<'d>, view| match node.under(b"Annots", view) {
            None => Ok(BTreeSet::new()),
            Some(list) => {
                let items = list.array().unwrap_or_default().iter();
                let numbers: Option<BTreeSet<u32>> = items.map(Value::reference).collect();
                numbers.ok_or(wrong)
            }
        };
        let (before, after) = (of(old, self.old)?, of(new, self.new)?);
        if let Some(gone) = before.difference(&after).next() {
            return Err(Objection::to(*gone, ChangeKind::AnnotationRemoved));
        }
        let mut level = ChangeLevel::Updates;
        for added in after.difference(&before) {
            if !widgets.contains_key(added) {
                self.annotation(*added)?;
                level = ChangeLevel::Annotations;
            }
        }
        let what = (level, ChangeKind::Page);
        self.entry((old, new), b"Annots", what)?;
        // A page is referred to from everywhere, and every other entry of it is as it was.
        self.approve(number, what, |_| true)
    }

    /// A new annotation that is no field.
    fn annotation(&mut self, number: u32) -> Result<(), Objection> {
        let node = Node::object(number, self.new);
        let kind = node.dictionary()?.get(b"Subtype").and_then(Value::name);
        if !self.fresh.contains(&number) || kind.is_none_or(|kind| kind == b"Widget") {
            return Err(Objection::to(number, ChangeKind::Reused));
        }
        self.note(number, ChangeLevel::Annotations, ChangeKind::Annotation);
        Ok(())
    }
}
