//! The form's dictionary and its list of fields (ISO 32000-2 §12.7.3, §12.7.4).

use super::node::Node;
use super::{Comparison, Objection};
use crate::format::limits::MAX_PDF_DEPTH;
use crate::format::pdf::{Value, View, same, same_entries, text};
use crate::trust::changes::{ChangeKind, ChangeLevel};
use std::collections::{BTreeMap, BTreeSet};

/// What other rules look at, and defaults for fields to be filled in.
const FORM: &[&[u8]] = &[b"Fields", b"DR", b"DA", b"Q", b"NeedAppearances"];

/// A field of one revision.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// `/FT`, its own or inherited.
    pub(super) kind: Option<Vec<u8>>,
}

/// The fields of one revision by their full names.
pub(super) type Fields = BTreeMap<String, Field>;

impl<'d> Comparison<'d, '_> {
    pub(super) fn form(&mut self) -> Result<(), Objection> {
        let catalogs = self.catalogs()?;
        let updates = (ChangeLevel::Updates, ChangeKind::Form);
        let forms = (ChangeLevel::Forms, ChangeKind::Form);
        let (old, new) = self.entry((&catalogs.0, &catalogs.1), b"AcroForm", updates)?;
        let Some(new) = new else {
            return Ok(());
        };
        let old = old.unwrap_or_else(|| catalogs.0.empty());
        if !same_entries(old.dictionary()?, new.dictionary()?, FORM) {
            return Err(Objection::to(new.container, ChangeKind::Form));
        }
        for key in [&b"DA"[..], b"Q", b"NeedAppearances"] {
            let values = (old.under(key, self.old), new.under(key, self.new));
            let kept = match values {
                (Some(was), Some(is)) => same(&was.value, &is.value),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            if !kept {
                self.level = self.level.max(ChangeLevel::Forms);
            }
        }
        self.resources((&old, &new), forms)?;
        let (before, after) = self.entry((&old, &new), b"Fields", updates)?;
        let list = |node: Option<Node<'d>>, view| match node {
            Some(node) => list(&node, view),
            None => Ok(Fields::new()),
        };
        let (before, after) = (list(before, self.old)?, list(after, self.new)?);
        self.fields(&before, &after)
    }

    /// Default fonts may be added to, never changed: fields already filled in are drawn with them. The
    /// rest is not used for text (§12.7.3.3).
    fn resources(
        &mut self,
        (old, new): (&Node<'d>, &Node<'d>),
        what: (ChangeLevel, ChangeKind),
    ) -> Result<(), Objection> {
        let (before, after) = self.entry((old, new), b"DR", what)?;
        let (Some(before), Some(after)) = (before, after) else {
            return Ok(());
        };
        if let (Some(was), Some(is)) = self.entry((&before, &after), b"Font", what)? {
            let fonts = is.dictionary()?;
            let mut known = was.dictionary()?.entries.iter();
            if !known.all(|(name, font)| fonts.get(name).is_some_and(|kept| same(kept, font))) {
                return Err(Objection::to(is.container, ChangeKind::Form));
            }
        }
        if !same_entries(before.dictionary()?, after.dictionary()?, &[]) {
            self.level = self.level.max(ChangeLevel::Forms);
        }
        Ok(())
    }
}

/// The fields in a list and below it.
fn list(node: &Node<'_>, view: View<'_, '_>) -> Result<Fields, Objection> {
    let items = node.array();
    let items = items.ok_or_else(|| Objection::to(node.container, ChangeKind::FieldMalformed))?;
    let mut walk = Walk {
        view,
        seen: BTreeSet::new(),
        found: Fields::new(),
    };
    walk.list(items, None, None, 0)?;
    Ok(walk.found)
}

struct Walk<'d, 'a> {
    view: View<'d, 'a>,
    seen: BTreeSet<u32>,
    found: Fields,
}

impl<'d> Walk<'d, '_> {
    fn list(
        &mut self,
        items: &[Value<'d>],
        parent: Option<&str>,
        inherited: Option<&[u8]>,
        depth: usize,
    ) -> Result<(), Objection> {
        for item in items {
            let number = item.reference();
            let malformed = || Objection::to(number, ChangeKind::FieldMalformed);
            let number = number.ok_or_else(malformed)?;
            let node = Node::object(number, self.view);
            let field = node.dictionary().map_err(|_| malformed())?;
            // A widget of the field above (§12.7.4.1).
            let Some(name) = field.get(b"T") else {
                continue;
            };
            let name = if self.view.is_locked() {
                // What cannot be read is told apart by its object.
                format!("#{number}")
            } else {
                let name = text(name).filter(|name| !name.contains('.'));
                name.ok_or_else(malformed)?
            };
            let name = match parent {
                Some(parent) => format!("{parent}.{name}"),
                None => name,
            };
            let own = field.get(b"FT").and_then(Value::name);
            let kind = own.or(inherited);
            let kids = self.view.array(field, b"Kids").unwrap_or_default();
            let repeated = !self.seen.insert(number) || self.found.contains_key(&name);
            if repeated || (kids.is_empty() && kind.is_none()) || depth > MAX_PDF_DEPTH {
                return Err(malformed());
            }
            let found = Field {
                number,
                kind: kind.map(<[u8]>::to_vec),
            };
            self.found.insert(name.clone(), found);
            self.list(&kids, Some(&name), kind, depth.saturating_add(1))?;
        }
        Ok(())
    }
}
