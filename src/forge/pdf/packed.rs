//! Updates of any objects, encrypted as the file is: in the file itself, or in an object stream under a
//! cross-reference stream (ISO 32000-2 §7.5.7, §7.5.8).

use super::update::edited;
use super::{Pdf, Update, stream};
use crate::forge::Letter;
use std::fmt::Write;

/// How the object stream of an update is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    /// As it should be.
    There,
    /// Not at all: its objects are listed in it, and it is left to whoever appends.
    Promised,
    /// With a length that is an object.
    LengthIn(u32),
    /// Its objects are listed at places in it that are not theirs.
    Aside,
}

impl Pdf {
    /// Shows one more annotation on page 1, by an incremental update.
    pub fn annotate(&mut self, number: u32) {
        let Some(page) = self.pages.first_mut() else {
            return;
        };
        page.annotations.push(number);
        let page = page.clone();
        let mut update = Update::default();
        self.write_page(&mut update, &page);
        self.finish(update);
    }

    /// Lets the trailers of the next updates name an object as `/Info`.
    pub fn describe_by(&mut self, number: u32) {
        self.info = number;
    }

    /// A number that no object has.
    pub fn reserve(&mut self) -> u32 {
        self.number()
    }

    /// Adds a field for text to the form, by an incremental update.
    pub fn add_text_field(&mut self, name: &str) -> u32 {
        let number = self.number();
        self.fields.push(number);
        let mut update = Update::default();
        let field = text_field(name, "");
        self.object(&mut update, number, field.as_bytes());
        self.write_catalog(&mut update);
        self.finish(update);
        number
    }

    /// Writes what is on page 1, by an incremental update.
    pub fn draw_again(&mut self, letter: &Letter) {
        let Some(content) = self.pages.first().map(|page| page.content) else {
            return;
        };
        let mut update = Update::default();
        self.object(&mut update, content, &stream("", &letter.draw().content));
        self.finish(update);
    }

    /// Writes objects, new ones or in place of others.
    pub fn update(&mut self, objects: &[(u32, &str)]) {
        let mut update = Update::default();
        for (number, body) in objects {
            self.object(&mut update, *number, body.as_bytes());
        }
        self.finish(update);
    }

    /// As [`Pdf::update`], all of them in one object stream.
    pub fn update_packed(&mut self, objects: &[(u32, &str)]) {
        self.pack(objects, Packing::There);
    }

    /// As [`Pdf::update_packed`]; the number of the stream and what stands, or would, between its `obj`
    /// and `endobj`.
    pub fn pack(&mut self, objects: &[(u32, &str)], how: Packing) -> (u32, Vec<u8>) {
        let (container, table) = (self.number(), self.number());
        let (mut index, mut data) = (String::new(), String::new());
        for (number, body) in objects {
            let _ = write!(index, "{number} {} ", data.len());
            let _ = writeln!(data, "{body}");
        }
        let entries = format!("/Type /ObjStm /N {} /First {} ", objects.len(), index.len());
        let mut update = Update::default();
        let mut body = stream(&entries, format!("{index}{data}").as_bytes());
        if let Packing::LengthIn(number) = how {
            let own = format!("/Length {}", index.len().saturating_add(data.len()));
            body = edited(&body, &own, &format!("/Length {number} 0 R"));
        }
        if how != Packing::Promised {
            self.object(&mut update, container, &body);
        }
        let at = self.bytes.len();
        // Type, place or container, and place inside.
        let mut rows = vec![(table, 1u8, at, 0u16)];
        rows.extend(update.offsets.iter().map(|(n, offset)| (*n, 1, *offset, 0)));
        let inside = usize::try_from(container).unwrap_or(0);
        let first = u16::from(how == Packing::Aside);
        for ((number, _), place) in objects.iter().zip(first..) {
            rows.push((*number, 2, inside, place));
        }
        let (mut sections, mut data) = (String::new(), Vec::new());
        for (number, kind, place, inside) in rows {
            let _ = write!(sections, "{number} 1 ");
            data.push(kind);
            let place = u32::try_from(place).unwrap_or(0);
            data.extend_from_slice(&place.to_be_bytes());
            data.extend_from_slice(&inside.to_be_bytes());
        }
        let previous = self.last_xref.unwrap_or(0);
        let entries = format!(
            "/Type /XRef /W [1 4 2] /Index [{sections}] /Prev {previous} {} ",
            self.trailer()
        );
        self.sealed_object(&mut update, table, &stream(&entries, &data));
        let end = format!("startxref\n{at}\n%%EOF\n");
        self.bytes.extend_from_slice(end.as_bytes());
        self.last_xref = Some(at);
        (container, body)
    }
}

/// A field for text with a value, as an object.
#[must_use]
pub fn text_field(name: &str, value: &str) -> String {
    format!("<< /FT /Tx /T ({name}) /DA (/F1 11 Tf) /V ({value}) >>")
}
