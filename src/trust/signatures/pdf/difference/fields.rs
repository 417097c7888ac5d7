//! What happened to each field: new ones for signatures, signed ones, filled-in ones (ISO 32000-2
//! §12.7.4, §12.7.5.5).

use super::form::{Field, Fields};
use super::graph::Site;
use super::node::Node;
use super::{Comparison, Objection, Touched};
use crate::format::pdf::{Dictionary, Value, same_entries};
use crate::trust::changes::{ChangeKind, ChangeLevel};
use std::collections::BTreeMap;

/// What filling in changes.
const VALUE: &[&[u8]] = &[b"Ff", b"Type", b"AP", b"AS", b"V", b"F", b"DA", b"Q"];
/// What some writers change in fields that they do not touch.
const IDLE: &[&[u8]] = &[b"Ff", b"Type"];
/// Under which keys a field is used as a field or as a widget.
const USES: &[&[u8]] = &[b"Fields", b"Kids", b"Parent", b"Annots", b"Obj", b"CO"];

impl<'d> Comparison<'d, '_> {
    pub(super) fn fields(&mut self, old: &Fields, new: &Fields) -> Result<(), Objection> {
        let mut removed = old.iter().filter(|(name, _)| !new.contains_key(*name));
        if let Some((_, field)) = removed.next() {
            return Err(Objection::to(field.number, ChangeKind::FieldRemoved));
        }
        // Widgets of new fields, and whose they are.
        let mut widgets = BTreeMap::new();
        for (name, field) in new {
            match old.get(name) {
                None => self.new_field(name, field, &mut widgets)?,
                Some(before) => self.known_field(name, before, field)?,
            }
        }
        self.pages(&widgets)?;
        self.structure(&widgets.into_keys().collect())
    }

    fn touch(&mut self, field: u32, name: &str, (lock, certification): (bool, bool)) {
        self.touched.push(Touched {
            object: field,
            name: name.to_owned(),
            despite_lock: lock,
            despite_certification: certification,
        });
    }

    /// Only fields for signatures, made of new objects alone.
    fn new_field(
        &mut self,
        name: &str,
        field: &Field,
        widgets: &mut BTreeMap<u32, String>,
    ) -> Result<(), Objection> {
        let number = field.number;
        if field.kind.as_deref() != Some(b"Sig") {
            return Err(Objection::to(number, ChangeKind::FieldAdded));
        }
        self.is_new(number)?;
        let node = Node::object(number, self.new);
        let dictionary = node.dictionary()?;
        no_action(number, dictionary)?;
        let mut visible = is_visible(dictionary);
        let kids = self.new.array(dictionary, b"Kids").unwrap_or_default();
        for kid in &kids {
            let malformed = Objection::to(number, ChangeKind::FieldMalformed);
            let kid = kid.reference().ok_or(malformed)?;
            let widget = Node::object(kid, self.new);
            let widget = widget.dictionary()?;
            if widget.get(b"T").is_none() {
                self.is_new(kid)?;
                no_action(kid, widget)?;
                visible |= is_visible(widget);
                widgets.insert(kid, name.to_owned());
            }
        }
        if kids.is_empty() {
            widgets.insert(number, name.to_owned());
        }
        let level = match visible {
            true => ChangeLevel::Forms,
            false => ChangeLevel::Updates,
        };
        self.note(number, level, ChangeKind::SignatureField);
        self.touch(number, name, (!visible, !visible));
        if dictionary
            .get(b"V")
            .is_some_and(|value| *value != Value::Null)
        {
            self.signed(name, number, dictionary, visible)?;
        }
        Ok(())
    }

    fn is_new(&self, number: u32) -> Result<(), Objection> {
        if self.fresh.contains(&number) {
            Ok(())
        } else {
            Err(Objection::to(number, ChangeKind::Reused))
        }
    }

    /// The value of a field that was just signed.
    fn signed(
        &mut self,
        name: &str,
        field: u32,
        dictionary: &Dictionary<'d>,
        visible: bool,
    ) -> Result<(), Objection> {
        let malformed = Objection::to(field, ChangeKind::FieldMalformed);
        let value = dictionary.get(b"V").and_then(Value::reference);
        let value = value.ok_or(malformed)?;
        self.is_new(value)?;
        let node = Node::object(value, self.new);
        let signature = node.dictionary()?;
        let kind = signature.get(b"Type").and_then(Value::name);
        // EN 319 142-1 §5.4.3: a document timestamp is not shown.
        if kind == Some(b"DocTimeStamp") && !visible {
            self.note(value, ChangeLevel::Updates, ChangeKind::DocumentTimestamp);
        } else {
            self.note(value, ChangeLevel::Forms, ChangeKind::Signature);
            self.touch(field, name, (false, true));
        }
        Ok(())
    }

    fn known_field(&mut self, name: &str, old: &Field, new: &Field) -> Result<(), Objection> {
        let number = new.number;
        if old.number != number {
            return Err(Objection::to(number, ChangeKind::Reused));
        }
        if old.kind != new.kind {
            return Err(Objection::to(number, ChangeKind::FieldMalformed));
        }
        let (before, after) = (
            Node::object(number, self.old),
            Node::object(number, self.new),
        );
        if self.overridden.contains(&number) {
            comparable(number, before.dictionary()?, after.dictionary()?)?;
        }
        if new.kind.as_deref() == Some(b"Sig") {
            self.signature_field(name, number, &before, &after)
        } else {
            self.filled_in(name, number, &before, &after)
        }
    }

    /// A field for a signature may be signed, once.
    fn signature_field(
        &mut self,
        name: &str,
        number: u32,
        before: &Node<'d>,
        after: &Node<'d>,
    ) -> Result<(), Objection> {
        if !self.overridden.contains(&number) {
            return Ok(());
        }
        let (old, new) = (before.dictionary()?, after.dictionary()?);
        let has = |d: &Dictionary<'_>| d.get(b"V").is_some_and(|value| *value != Value::Null);
        if has(old) || !has(new) {
            if same_entries(old, new, IDLE) {
                let what = (ChangeLevel::Updates, ChangeKind::SignatureField);
                self.approve(number, what, is_use)?;
            }
            return Ok(());
        }
        let what = (ChangeLevel::Updates, ChangeKind::SignatureField);
        self.approve(number, what, is_use)?;
        self.appearance((before, after))?;
        self.signed(name, number, new, is_visible(new))
    }

    fn filled_in(
        &mut self,
        name: &str,
        number: u32,
        before: &Node<'d>,
        after: &Node<'d>,
    ) -> Result<(), Objection> {
        let noted = self.changes.len();
        if self.overridden.contains(&number) {
            let what = (ChangeLevel::Forms, ChangeKind::FieldValue);
            self.approve(number, what, is_use)?;
        }
        self.appearance((before, after))?;
        if self.changes.len() > noted {
            let idle = same_entries(before.dictionary()?, after.dictionary()?, IDLE);
            let alone = self.changes.len() == noted.saturating_add(1);
            self.touch(number, name, (idle && alone, true));
        }
        Ok(())
    }
}

fn is_use(site: &Site) -> bool {
    USES.contains(&site.key())
}

/// Nothing but its value and its look changed, and it did not become something else.
fn comparable(number: u32, old: &Dictionary<'_>, new: &Dictionary<'_>) -> Result<(), Objection> {
    let kind = |d: &Dictionary<'_>| d.get(b"Type").and_then(Value::name).map(<[u8]>::to_vec);
    let kinds = match (kind(old), kind(new)) {
        (None, None) => true,
        (None, Some(new)) => new == b"Annot",
        (old, new) => old == new,
    };
    if kinds && same_entries(old, new, VALUE) {
        Ok(())
    } else {
        Err(Objection::to(number, ChangeKind::FieldMalformed))
    }
}

fn no_action(number: u32, dictionary: &Dictionary<'_>) -> Result<(), Objection> {
    let acts = dictionary.get(b"A").is_some() || dictionary.get(b"AA").is_some();
    let kind = dictionary.get(b"Subtype").map(Value::name);
    // Another annotation may draw beyond its rectangle.
    match acts || kind.is_some_and(|kind| kind != Some(b"Widget")) {
        true => Err(Objection::to(number, ChangeKind::Action)),
        false => Ok(()),
    }
}

/// Whether a widget takes any room on its page.
fn is_visible(widget: &Dictionary<'_>) -> bool {
    let Some(rectangle) = widget.get(b"Rect") else {
        return false;
    };
    let sides: Option<Vec<f64>> = rectangle
        .array()
        .and_then(|sides| sides.iter().map(Value::number).collect());
    // A rectangle that cannot be read may be any.
    match sides.as_deref() {
        Some([left, bottom, right, top]) => left != right && bottom != top,
        _ => true,
    }
}
