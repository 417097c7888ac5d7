//! The rows of a sheet (ECMA-376-1 §18.3).

use super::local;
use crate::format::xml::{Document, NodeId};
use crate::register::cell::{Cell, Epoch};
use crate::register::columns::letters;
use crate::register::{Record, RegisterError, Sink, Table};
use std::borrow::Cow;

/// A sheet and the texts that its cells share.
pub(super) struct Sheet<'s> {
    pub(super) xml: Document<'s>,
    pub(super) strings: Strings<'s>,
    pub(super) epoch: Epoch,
}

/// The texts that cells share (§18.4), by their places.
pub(super) struct Strings<'s> {
    xml: &'s Document<'s>,
    items: Vec<NodeId>,
}

impl<'s> Strings<'s> {
    pub(super) fn new(xml: &'s Document<'s>) -> Self {
        let items = elements(xml, xml.element()).filter(|node| local(xml, *node) == "si");
        Self {
            xml,
            items: items.collect(),
        }
    }

    fn get(&self, place: &str) -> Option<String> {
        let place: usize = place.trim().parse().ok()?;
        Some(rich_text(self.xml, *self.items.get(place)?))
    }
}

/// What an element holds, one behind the other.
fn elements<'d>(xml: &'d Document<'_>, node: NodeId) -> impl Iterator<Item = NodeId> + use<'d> {
    let (mut next, after) = (node.following(), xml.after(node));
    std::iter::from_fn(move || {
        let node = next;
        next = xml.after(node);
        (node < after).then_some(node)
    })
}

/// The text of its runs; how a word is pronounced (`rPh`) is none of it.
fn rich_text(xml: &Document<'_>, node: NodeId) -> String {
    let mut text = String::new();
    for part in elements(xml, node) {
        match local(xml, part) {
            "t" => text.push_str(&xml.character_data(part)),
            "r" => {
                let runs = elements(xml, part).filter(|node| local(xml, *node) == "t");
                runs.for_each(|run| text.push_str(&xml.character_data(run)));
            }
            _ => {}
        }
    }
    unescaped(text)
}

/// `_x000D_` stands for a character that XML cannot have, or has not kept (§22.9.2.19).
fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some((before, behind)) = rest.split_once("_x") {
        out.push_str(before);
        let digits = behind.get(..4).filter(|_| behind.get(4..5) == Some("_"));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = behind.get(5..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Table for Sheet<'_> {
    fn rows(&self, sink: &mut Sink<'_>) -> Result<(), RegisterError> {
        let xml = &self.xml;
        let data = elements(xml, xml.element()).find(|node| local(xml, *node) == "sheetData");
        let Some(data) = data else {
            return Ok(());
        };
        let mut line = 0u64;
        for row in elements(xml, data).filter(|node| local(xml, *node) == "row") {
            let said = xml.attribute(row, "r").and_then(|r| r.parse().ok());
            // Rows without a number come one behind the other; one that goes back would hide which is meant.
            line = said
                .filter(|said| *said > line)
                .unwrap_or_else(|| line.saturating_add(1));
            let record = Record {
                line,
                width: 0,
                cells: self.cells(row),
            };
            if !record.cells.is_empty() && !sink(&record)? {
                break;
            }
        }
        Ok(())
    }
}

impl Sheet<'_> {
    fn cells(&self, row: NodeId) -> Vec<(usize, Cell<'_>)> {
        let (mut cells, mut next) = (Vec::new(), 0usize);
        for node in elements(&self.xml, row).filter(|node| local(&self.xml, *node) == "c") {
            let (mut place, mut kind) = (None, Cow::Borrowed(""));
            for attribute in self
                .xml
                .tag(node)
                .into_iter()
                .flat_map(|tag| tag.attributes())
            {
                match attribute.name {
                    "r" => place = column(attribute.raw),
                    "t" => kind = attribute.value(),
                    _ => {}
                }
            }
            let place = place.unwrap_or(next);
            next = place.saturating_add(1);
            if let Some(cell) = self.cell(node, &kind) {
                cells.push((place, cell));
            }
        }
        cells
    }

    /// What a cell says; `None` if it is empty.
    fn cell(&self, node: NodeId, kind: &str) -> Option<Cell<'_>> {
        let (mut value, mut inside, mut formula) = (None, None, false);
        for part in elements(&self.xml, node) {
            match local(&self.xml, part) {
                "v" => value = Some(self.xml.character_data(part)),
                "is" => inside = Some(rich_text(&self.xml, part)),
                "f" => formula = true,
                _ => {}
            }
        }
        let text = |text: String| {
            let says = !text.trim().is_empty();
            says.then_some(Cell::Text(Cow::Owned(text)))
        };
        if kind == "inlineStr" {
            return inside.and_then(text);
        }
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return formula.then_some(Cell::Formula);
        };
        match kind {
            "s" => match self.strings.get(&value) {
                Some(shared) => text(shared),
                None => Some(Cell::Unreadable),
            },
            "e" => Some(Cell::Failed(Cow::Owned(value))),
            "str" | "d" => text(unescaped(value)),
            "b" => text(value),
            _ => {
                let number = value.trim().parse().ok().filter(|n: &f64| n.is_finite());
                Some(number.map_or(Cell::Unreadable, |n| Cell::Number(n, self.epoch)))
            }
        }
    }
}

/// The column of `AB12`.
fn column(place: &str) -> Option<usize> {
    letters(place.trim_end_matches(|c: char| c.is_ascii_digit()))
}
