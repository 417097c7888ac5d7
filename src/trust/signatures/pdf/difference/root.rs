//! Trailer and catalog (ISO 32000-2 §7.5.5, §7.7.2).

use super::graph::of_value;
use super::node::Node;
use super::{Comparison, Objection};
use crate::format::pdf::{Dictionary, Value, same, same_entries};
use crate::trust::changes::{ChangeKind, ChangeLevel};

/// What other rules look at, and what changes nothing that is seen.
const CATALOG: &[&[u8]] = &[
    b"AcroForm",
    b"DSS",
    b"Extensions",
    b"Metadata",
    b"MarkInfo",
    b"Names",
    b"Version",
];

impl<'d> Comparison<'d, '_> {
    pub(super) fn root(&mut self) -> Result<(), Objection> {
        let (old, new) = (Node::trailer(self.old), Node::trailer(self.new));
        let wrong = Objection::to(None, ChangeKind::Root);
        if new.reference(b"Info").is_some() {
            let what = (ChangeLevel::Updates, ChangeKind::Metadata);
            self.entry((&old, &new), b"Info", what)?;
        }
        let root = new.reference(b"Root").ok_or(wrong)?;
        if old.reference(b"Root") != Some(root) && !self.fresh.contains(&root) {
            return Err(wrong);
        }
        let (old, new) = self.catalogs()?;
        if !same_entries(old.dictionary()?, new.dictionary()?, CATALOG) {
            return Err(Objection::to(root, ChangeKind::Root));
        }
        let what = (ChangeLevel::Updates, ChangeKind::Catalog);
        for key in [&b"Extensions"[..], b"MarkInfo"] {
            self.entry((&old, &new), key, what)?;
        }
        self.names((&old, &new))?;
        if self.fresh.contains(&root) {
            self.note(root, what.0, what.1);
        }
        // It is referred to from everywhere (/Data of a signature's references, say), and every entry
        // of it was compared.
        self.approve(root, what, |_| true)
    }

    /// Name trees stay (they hold scripts and embedded files), but for that of the looks of
    /// annotations (§7.7.4), which say nothing before an annotation uses them.
    fn names(&mut self, (old, new): (&Node<'d>, &Node<'d>)) -> Result<(), Objection> {
        let (before, after) = (old.under(b"Names", self.old), new.under(b"Names", self.new));
        let number = new
            .reference(b"Names")
            .filter(|n| self.overridden.contains(n));
        let kept = match (&before, &after) {
            (None, None) => true,
            (Some(was), Some(is)) => same(&was.value, &is.value),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if kept && number.is_none() {
            return Ok(());
        }
        let what = (ChangeLevel::Annotations, ChangeKind::Annotation);
        let (before, after) = self.entry((old, new), b"Names", what)?;
        let before = before.unwrap_or_else(|| old.empty());
        let after = after.unwrap_or_else(|| new.empty());
        if !same_entries(before.dictionary()?, after.dictionary()?, &[b"AP"]) {
            return Err(Objection::to(after.container, ChangeKind::Root));
        }
        self.entry((&before, &after), b"AP", what)?;
        self.level = self.level.max(ChangeLevel::Annotations);
        Ok(())
    }

    /// How the file is encrypted, and what goes into its key (§7.6.4.3.2): all that was there would say
    /// something else. Other entries of table 15 are looked at elsewhere, or nothing to a reader.
    pub(super) fn encryption(&self) -> Result<(), Objection> {
        let (old, new) = (Node::trailer(self.old), Node::trailer(self.new));
        let (old, new) = (old.dictionary()?, new.dictionary()?);
        let how = |trailer: &Dictionary<'d>| trailer.get(b"Encrypt").cloned();
        // The second of two identifiers is each revision's own (§14.4).
        let id = |trailer: &Dictionary<'d>| match trailer.get(b"ID") {
            Some(Value::Array(items)) => items.first().cloned(),
            other => other.cloned(),
        };
        let kept = |was: Option<Value<'d>>, is: Option<Value<'d>>| match (was, is) {
            (None, None) => true,
            (Some(was), Some(is)) => same(&was, &is),
            (Some(_), None) | (None, Some(_)) => false,
        };
        let object = how(new).and_then(|how| how.reference());
        // What is promised today would come tomorrow, be it the dictionary or a part of it.
        let there = object.is_none_or(|object| self.old.has(object) && self.identical(object))
            && how(new).is_none_or(|how| self.is_whole(how));
        let encrypted = how(old).is_some();
        if there && kept(how(old), how(new)) && (!encrypted || kept(id(old), id(new))) {
            Ok(())
        } else {
            Err(Objection::to(object, ChangeKind::Encryption))
        }
    }

    /// Whether an encryption dictionary says all itself.
    fn is_whole(&self, how: Value<'d>) -> bool {
        let said = match how.reference() {
            Some(object) => self.new.sealed(object).map(|object| object.value),
            None => Some(how),
        };
        let mut others = Vec::new();
        if let Some(said) = &said {
            of_value(said, &mut others);
        }
        said.is_some() && others.is_empty()
    }

    pub(super) fn catalogs(&self) -> Result<(Node<'d>, Node<'d>), Objection> {
        let (old, new) = (Node::trailer(self.old), Node::trailer(self.new));
        let found = old
            .under(b"Root", self.old)
            .zip(new.under(b"Root", self.new));
        found.ok_or_else(|| Objection::to(None, ChangeKind::Root))
    }
}
