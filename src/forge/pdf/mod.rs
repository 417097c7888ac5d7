//! Writes PDFs (ISO 32000-1), signs them by incremental updates, and does to signed ones what an
//! attacker would.

mod archive;
pub mod attack;
pub mod bomb;
mod encryption;
mod packed;
mod range;
mod shape;
mod style;
mod tags;
pub mod tamper;
pub mod update;

pub use archive::Evidence;
pub use encryption::Protection;
pub use packed::{Packing, text_field};
pub use style::Style;
pub use tags::Tagging;

use super::letter::{Letter, PAGE};
use super::ocsp::Hash;
use super::vietnamese::FONTS;
use super::{ForgeError, Identity, Variant};
use crate::model::Timestamp;
use range::Range;
use shape::appearance;
use std::fmt::Write;

const CATALOG: u32 = 1;
const PAGES: u32 = 2;
const INFO: u32 = 3;

/// The `SubFilter` of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubFilter {
    /// PAdES (EN 319 142-1).
    Cades,
    /// The older form (ISO 32000-1 §12.8.3.3).
    Pkcs7,
    /// The oldest form, over a SHA-1 digest inside (ISO 32000-1 §12.8.3.3.1).
    Sha1,
}

/// How a signature is shown and named.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// The field's name, unique in the file, ASCII.
    pub field: String,
    /// The signer's name (`/Name`).
    pub name: String,
    /// The lines shown on page 1.
    pub lines: Vec<String>,
    /// Where, as left, bottom, right, top.
    pub place: [f64; 4],
    /// Red, green, blue of what is shown.
    pub colour: [u8; 3],
    /// The form of the signature.
    pub sub_filter: SubFilter,
}

#[derive(Clone, Debug)]
struct Page {
    object: u32,
    content: u32,
    annotations: Vec<u32>,
}

/// A PDF under construction: its bytes so far and what the next update must repeat.
#[derive(Clone, Debug)]
pub struct Pdf {
    bytes: Vec<u8>,
    next: u32,
    last_xref: Option<usize>,
    pages: Vec<Page>,
    fields: Vec<u32>,
    store: Option<u32>,
    info: u32,
    restriction: String,
    id: String,
    person: [f64; 4],
    agency: [f64; 4],
    style: Style,
    structure: Option<tags::Structure>,
    encryption: Option<encryption::Encryption>,
}

impl Pdf {
    /// A PDF of one page, not signed.
    #[must_use]
    pub fn new(letter: &Letter) -> Self {
        Self::styled(letter, Style::default())
    }

    /// As [`Pdf::new`], put together in another way, as are all of its updates.
    #[must_use]
    pub fn styled(letter: &Letter, style: Style) -> Self {
        Self::made(letter, style, None)
    }

    /// As [`Pdf::new`], encrypted under a user password (ISO 32000-2 §7.6).
    #[must_use]
    pub fn encrypted(letter: &Letter, how: Protection, password: &str) -> Self {
        Self::made(letter, Style::default(), Some((how, password)))
    }

    fn made(letter: &Letter, style: Style, protection: Option<(Protection, &str)>) -> Self {
        let drawn = letter.draw();
        let content = &drawn.content;
        let mut pdf = Self {
            bytes: style.header.to_vec(),
            next: INFO.saturating_add(1),
            last_xref: None,
            pages: Vec::new(),
            fields: Vec::new(),
            store: None,
            info: INFO,
            restriction: String::new(),
            id: crate::model::Digest::of(content)
                .to_hex()
                .chars()
                .take(32)
                .collect(),
            person: drawn.person,
            agency: drawn.agency,
            style,
            structure: None,
            encryption: None,
        };
        let mut update = Update::default();
        if let Some((how, password)) = protection {
            let dictionary = pdf.encrypt(how, password);
            let object = pdf.encryption.as_ref().map_or(0, |found| found.object);
            pdf.object(&mut update, object, dictionary.as_bytes());
        }
        let title = text_string(&format!(
            "{}/{} {}",
            letter.number, letter.notation, letter.subject
        ));
        let author = text_string(&letter.agency);
        let page = pdf.add_page(&mut update, content);
        pdf.pages.push(page);
        pdf.write_pages(&mut update);
        pdf.write_catalog(&mut update);
        let info = format!("<< /Title {title} /Author {author} /Producer (lienthong demo) >>");
        pdf.object(&mut update, INFO, info.as_bytes());
        pdf.finish(update);
        pdf
    }

    /// The file as it is now.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where the person's signature belongs on page 1.
    #[must_use]
    pub fn person_place(&self) -> [f64; 4] {
        self.person
    }

    /// Where the agency's signature belongs on page 1.
    #[must_use]
    pub fn agency_place(&self) -> [f64; 4] {
        self.agency
    }

    /// Signs the file as it is, by an incremental update.
    ///
    /// # Errors
    /// [`ForgeError`] if signing fails.
    pub fn sign(&mut self, by: &Identity, mark: &Mark, at: Timestamp) -> Result<(), ForgeError> {
        self.sign_with(by, mark, at, Variant::Good)
    }

    /// As [`Pdf::sign`], with one thing wrong in the CMS.
    ///
    /// # Errors
    /// [`ForgeError`] if signing fails.
    pub fn sign_with(
        &mut self,
        by: &Identity,
        mark: &Mark,
        at: Timestamp,
        variant: Variant<'_>,
    ) -> Result<(), ForgeError> {
        let claimed = (mark.sub_filter != SubFilter::Cades).then_some(at);
        let inside = mark.sub_filter == SubFilter::Sha1;
        // The length of the CMS is known but for a few octets of an ECDSA value.
        let sample = by.sign(&Hash::Sha1.of(b""), inside, claimed, variant)?;
        let room = vec![0; sample.len().saturating_add(32)];
        let room = (self.style.digits)(&room).len();
        let range = self.write_signature(mark, at, room)?;
        let digest = range.digest(&self.bytes)?;
        let signed = range.signed(&self.bytes)?;
        let cms = if inside {
            by.sign(&Hash::Sha1.of(&signed), inside, claimed, variant)?
        } else {
            by.sign_digest(&digest, &signed, inside, claimed, variant)?
        };
        self.fill(&range, &cms, room)
    }

    /// As [`Pdf::sign`], with a value that `cms` makes of what is covered, of about the same length for any.
    ///
    /// # Errors
    /// [`ForgeError`] if there is no value, or no place for it.
    pub fn sign_as(
        &mut self,
        mark: &Mark,
        at: Timestamp,
        cms: impl Fn(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<(), ForgeError> {
        let room = vec![0; cms(b"")?.len().saturating_add(32)];
        let room = (self.style.digits)(&room).len();
        let range = self.write_signature(mark, at, room)?;
        let value = cms(&range.signed(&self.bytes)?)?;
        self.fill(&range, &value, room)
    }

    /// Puts a signature value into its place.
    fn fill(&mut self, range: &Range, cms: &[u8], room: usize) -> Result<(), ForgeError> {
        let hex = (self.style.digits)(cms);
        let start = range.gap.0.saturating_add(1);
        let end = start.saturating_add(hex.len());
        let place = self.bytes.get_mut(start..end);
        let fits = hex.len() <= room;
        match place {
            Some(place) if fits => place.copy_from_slice(hex.as_bytes()),
            _ => return Err(ForgeError::Pdf("the signature is longer than its place")),
        }
        Ok(())
    }

    /// Lets the next signatures carry an entry: `/Reference` with what they permit or lock (ISO 32000-2
    /// §12.8.2).
    pub fn restrict(&mut self, entry: &str) {
        entry.clone_into(&mut self.restriction);
    }

    /// Appends a page by an incremental update.
    pub fn append_page(&mut self, letter: &Letter) {
        let mut update = Update::default();
        let page = self.add_page(&mut update, &letter.draw().content);
        self.pages.push(page);
        self.write_pages(&mut update);
        self.finish(update);
    }

    fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        number
    }

    fn object(&mut self, update: &mut Update, number: u32, body: &[u8]) {
        match &self.encryption {
            Some(encryption) => {
                let body = encryption.body(number, self.bytes.len(), body);
                self.sealed_object(update, number, &body);
            }
            None => self.sealed_object(update, number, body),
        }
    }

    /// An object whose body is encrypted already, or never.
    fn sealed_object(&mut self, update: &mut Update, number: u32, body: &[u8]) {
        update.offsets.push((number, self.bytes.len()));
        self.bytes
            .extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// What every trailer repeats.
    fn trailer(&self) -> String {
        let encrypt = self.encryption.as_ref();
        let encrypt = encrypt.map_or_else(String::new, |e| format!(" /Encrypt {} 0 R", e.object));
        format!(
            "/Size {} /Root {CATALOG} 0 R /Info {} 0 R /ID [<{id}> <{id}>]{encrypt}",
            self.next,
            self.info,
            id = self.id
        )
    }

    fn add_page(&mut self, update: &mut Update, content: &[u8]) -> Page {
        let page = Page {
            object: self.number(),
            content: self.number(),
            annotations: Vec::new(),
        };
        self.object(update, page.content, &stream("", content));
        self.write_page(update, &page);
        page
    }

    fn write_page(&mut self, update: &mut Update, page: &Page) {
        let annotations = references(&page.annotations);
        let body = format!(
            "<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {} {}] /Contents {} 0 R \
             /Resources << /Font {FONTS} >> /Annots {annotations} >>",
            PAGE.0, PAGE.1, page.content
        );
        self.object(update, page.object, body.as_bytes());
    }

    fn write_pages(&mut self, update: &mut Update) {
        let kids: Vec<u32> = self.pages.iter().map(|p| p.object).collect();
        let body = format!(
            "<< /Type /Pages /Kids {} /Count {} >>",
            references(&kids),
            kids.len()
        );
        self.object(update, PAGES, body.as_bytes());
    }

    fn write_catalog(&mut self, update: &mut Update) {
        let mut body = format!("<< /Type /Catalog /Pages {PAGES} 0 R /Lang (vi-VN)");
        if !self.fields.is_empty() {
            // SigFlags 3: signatures exist, and the file may only be appended to (§12.7.2).
            let _ = write!(
                body,
                " /AcroForm << /Fields {} /SigFlags 3 >>",
                references(&self.fields)
            );
        }
        if let Some(store) = self.store {
            let _ = write!(body, " /DSS {store} 0 R");
        }
        if let Some(structure) = &self.structure {
            let root = structure.root;
            let _ = write!(
                body,
                " /StructTreeRoot {root} 0 R /MarkInfo << /Marked true >>"
            );
        }
        body.push_str(" >>");
        self.object(update, CATALOG, body.as_bytes());
    }

    /// Writes field, appearance and an unsigned value with its place, then the end of the update.
    fn write_signature(
        &mut self,
        mark: &Mark,
        at: Timestamp,
        room: usize,
    ) -> Result<Range, ForgeError> {
        let mut update = Update::default();
        let (value, field, shape) = (self.number(), self.number(), self.number());
        self.fields.push(field);
        let first = self.pages.first_mut().ok_or(ForgeError::Pdf("no page"))?;
        first.annotations.push(field);
        let first = first.clone();
        self.write_page(&mut update, &first);
        self.write_catalog(&mut update);
        self.object(&mut update, shape, &appearance(mark));
        let [left, bottom, right, top] = mark.place;
        let tagged = self.tag_widget(&mut update, field, first.object);
        let widget = format!(
            "<< /Type /Annot /Subtype /Widget /FT /Sig /T ({}) /V {value} 0 R /P {} 0 R {tagged} \
             /Rect [{left} {bottom} {right} {top}] /F 132 /AP << /N {shape} 0 R >> >>",
            mark.field, first.object
        );
        self.object(&mut update, field, widget.as_bytes());
        let filter = match mark.sub_filter {
            SubFilter::Cades => "ETSI.CAdES.detached",
            SubFilter::Pkcs7 => "adbe.pkcs7.detached",
            SubFilter::Sha1 => "adbe.pkcs7.sha1",
        };
        let head = format!(
            "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /{filter} /Name {} /M (D:{}) {} \
             /ByteRange ",
            text_string(&mark.name),
            pdf_date(at),
            self.restriction
        );
        self.write_value(update, value, &head, room)
    }

    /// Writes an unsigned value after `head`, with its place, then the end of the update.
    fn write_value(
        &mut self,
        mut update: Update,
        value: u32,
        head: &str,
        room: usize,
    ) -> Result<Range, ForgeError> {
        let head = match &self.encryption {
            Some(encryption) => encryption.head(value, self.bytes.len(), head.as_bytes()),
            None => head.as_bytes().to_vec(),
        };
        let start = self
            .bytes
            .len()
            .saturating_add(format!("{value} 0 obj\n").len());
        let range_at = start.saturating_add(head.len());
        let contents = format!("{:60} /Contents ", "");
        let gap = range_at.saturating_add(contents.len());
        let rest = format!("{contents}<{}> >>", "0".repeat(room));
        self.sealed_object(&mut update, value, &[&head, rest.as_bytes()].concat());
        self.finish(update);
        let range = Range {
            gap: (gap, gap.saturating_add(room).saturating_add(2)),
            end: self.bytes.len(),
        };
        range.patch(&mut self.bytes, range_at)?;
        Ok(range)
    }

    /// Writes cross-reference section and trailer.
    fn finish(&mut self, mut update: Update) {
        update.offsets.sort_unstable();
        let at = self.bytes.len();
        let style = &self.style;
        let mut out = String::from("xref\n");
        let first = self.last_xref.is_none();
        if first && style.from_one {
            let count = update.offsets.len().saturating_add(1);
            let _ = writeln!(out, "1 {count}");
        } else if first {
            out.push_str("0 1\n");
        }
        if first {
            // The head of the list of free objects (§7.5.4).
            let _ = write!(out, "0000000000 65535 f{}", style.entry_end);
        }
        for (number, offset) in &update.offsets {
            if !(first && style.from_one) {
                let _ = writeln!(out, "{number} 1");
            }
            let _ = write!(out, "{offset:010} 00000 n{}", style.entry_end);
        }
        let prev = match self.last_xref {
            Some(previous) => format!(" /Prev {previous}"),
            None if style.previous_zero => " /Prev 0".into(),
            None => String::new(),
        };
        let said = at.saturating_add_signed(style.off);
        let _ = write!(
            out,
            "{}trailer\n<< {}{prev} >>\n{}startxref\n{said}{}%%EOF{}",
            style.before_trailer,
            self.trailer(),
            style.before_start,
            style.before_end,
            style.after_end,
        );
        self.bytes.extend_from_slice(out.as_bytes());
        self.last_xref = Some(said);
    }
}

#[derive(Default)]
struct Update {
    offsets: Vec<(u32, usize)>,
}

/// Changes one byte of visible text in a file whose content streams are not compressed: the last
/// letter of what is drawn first.
///
/// # Errors
/// [`ForgeError::Pdf`] if there is no such byte.
pub fn alter_inside(bytes: &mut [u8]) -> Result<(), ForgeError> {
    let shown = b") Tj ET";
    let at = bytes.windows(shown.len()).position(|w| w == shown);
    let last = at
        .and_then(|at| at.checked_sub(1))
        .ok_or(ForgeError::Pdf("no text"))?;
    let octet = bytes.get_mut(last).ok_or(ForgeError::Pdf("no text"))?;
    *octet = if *octet == b'x' { b'y' } else { b'x' };
    Ok(())
}

fn references(objects: &[u32]) -> String {
    let each: Vec<String> = objects.iter().map(|o| format!("{o} 0 R")).collect();
    format!("[{}]", each.join(" "))
}

fn stream(entries: &str, content: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {entries}/Length {} >>\nstream\n", content.len()).into_bytes();
    out.extend_from_slice(content);
    out.extend_from_slice(b"\nendstream");
    out
}

/// A text string (§7.9.2.2) in UTF-16, as hexadecimal digits.
fn text_string(text: &str) -> String {
    let mut out = String::from("<FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(out, "{unit:04X}");
    }
    out.push('>');
    out
}

/// A date (§7.9.4) at the office's offset.
fn pdf_date(at: Timestamp) -> String {
    let shown = at.to_string();
    let digits = shown.chars().take(19).filter(char::is_ascii_digit);
    format!("{}+07'00'", digits.collect::<String>())
}
