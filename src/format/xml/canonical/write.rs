//! What is written, and how characters are written (Canonical XML §2.3).

use crate::format::allowance::{Allowance, Spent};
use crate::format::xml::scan::{all_plain, plain_written};
use crate::format::xml::scope::NamespaceId;
use crate::format::xml::tag::Attribute;
use crate::format::xml::text::{CDATA, Piece, reference, value_pieces};
use std::ops::Range;

/// Octets that are gathered before they are handed on.
const WINDOW: usize = 32 * 1024;

/// What was written and not yet handed on.
struct Gathered<'o> {
    out: &'o mut dyn FnMut(&[u8]),
    bytes: Vec<u8>,
    /// What may still be handed on.
    work: &'o Allowance,
}

impl Gathered<'_> {
    /// Beyond the allowance nothing is handed on, and the walk ends.
    fn hand_on(&mut self, bytes: &[u8]) {
        if self.work.take(bytes.len()).is_ok() {
            (self.out)(bytes);
        }
    }

    #[inline]
    fn raw(&mut self, bytes: &[u8]) {
        if self.bytes.len().saturating_add(bytes.len()) > WINDOW {
            self.flush();
        }
        if bytes.len() >= WINDOW {
            self.hand_on(bytes);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let mut bytes = std::mem::take(&mut self.bytes);
            self.hand_on(&bytes);
            bytes.clear();
            self.bytes = bytes;
        }
    }
}

/// What stands in the document as it is to be written is not written piece by piece, but when something
/// else comes: most of a document is one run.
pub(super) struct Sink<'d, 'o> {
    gathered: Gathered<'o>,
    text: &'d str,
    /// Up to here the text was written or left out.
    done: usize,
    /// Declarations as they were written last, by the place of their prefix.
    declarations: Vec<Option<(NamespaceId, String)>>,
}

/// Who takes what is written, and how much may be.
pub(super) type Within<'o> = (&'o Allowance, &'o mut dyn FnMut(&[u8]));

/// Prefixes whose declaration is kept: nearly no document has more.
const KEPT: usize = 16;

impl<'d, 'o> Sink<'d, 'o> {
    pub(super) fn new(text: &'d str, (work, out): Within<'o>) -> Self {
        Self {
            gathered: Gathered {
                out,
                bytes: Vec::with_capacity(WINDOW),
                work,
            },
            text,
            done: 0,
            declarations: vec![None; KEPT],
        }
    }

    /// Writes the text as it stands up to `from`, and goes on at `to`.
    #[inline]
    pub(super) fn leave_out(&mut self, from: usize, to: usize) {
        let run = self.bytes(self.done..from);
        self.done = to;
        self.gathered.raw(run);
    }

    /// Writes something else instead of what stands there.
    fn instead(&mut self, range: Range<usize>, other: &str) {
        self.leave_out(range.start, range.end);
        self.raw(other);
    }

    /// Nothing before `at` will be left out: what is enough for a piece is handed on.
    #[inline]
    pub(super) fn settled(&mut self, at: usize) {
        if at.saturating_sub(self.done) >= WINDOW {
            self.leave_out(at, at);
        }
    }

    #[inline]
    pub(super) fn raw(&mut self, text: &str) {
        self.gathered.raw(text.as_bytes());
    }

    pub(super) fn flush(&mut self) {
        self.gathered.flush();
    }

    /// Takes from the allowance what costs time and is not written.
    pub(super) fn pay(&self, octets: usize) {
        // Whoever walks looks at every node whether anything is left.
        let _ = self.gathered.work.take(octets);
    }

    /// Whether more was written, or done for it, than is allowed.
    #[inline]
    pub(super) fn check(&self) -> Result<(), Spent> {
        match self.gathered.work.is_spent() {
            true => Err(Spent(self.gathered.work.given())),
            false => Ok(()),
        }
    }

    fn letter(&mut self, c: char) {
        self.raw(c.encode_utf8(&mut [0; 4]));
    }

    #[inline]
    fn bytes(&self, range: Range<usize>) -> &'d [u8] {
        self.text.as_bytes().get(range).unwrap_or_default()
    }

    /// Character data up to the next markup: what of it is written otherwise than it stands there.
    #[inline]
    pub(super) fn data(&mut self, range: Range<usize>) {
        let mut at = range.start;
        loop {
            // Behind the data there is markup, which ends what is plain.
            let rest = self.bytes(at..self.text.len());
            let plain = plain_written(rest);
            at = at.saturating_add(plain);
            if at >= range.end {
                return;
            }
            let found = rest.get(plain..).unwrap_or_default();
            at = match found {
                [b'&', ..] => self.referred(at),
                [b'<', ..] => self.section(at..range.end),
                [..] => self.escaped(at, found),
            };
        }
    }

    /// A reference at an octet; where it ends.
    fn referred(&mut self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let (c, length) = reference(rest).unwrap_or(('\u{fffd}', 1));
        let end = at.saturating_add(length);
        let mut letter = [0; 4];
        let other = match data_escape(c) {
            Some(escape) => escape,
            None => c.encode_utf8(&mut letter),
        };
        if rest.get(..length) != Some(other) {
            self.instead(at..end, other);
        }
        end
    }

    /// A CDATA section at the beginning of a range; where it ends.
    fn section(&mut self, range: Range<usize>) -> usize {
        let from = range.start.saturating_add(CDATA.len());
        let inside = self.bytes(from..range.end);
        let length = memchr::memmem::find(inside, b"]]>").unwrap_or(inside.len());
        let end = from.saturating_add(length);
        self.leave_out(range.start, from);
        let mut at = from;
        while at < end {
            let rest = self.bytes(at..end);
            let plain = plain_written(rest);
            at = self.escaped(
                at.saturating_add(plain),
                rest.get(plain..).unwrap_or_default(),
            );
        }
        let behind = end.saturating_add(3).min(range.end);
        self.leave_out(end, behind);
        behind
    }

    /// A character that is written otherwise, or the end of a line (XML 1.0 §2.11), at an octet where
    /// `found` begins; what comes behind it.
    fn escaped(&mut self, at: usize, found: &[u8]) -> usize {
        let (length, other) = match found {
            [] => return at,
            [b'\r', b'\n', ..] => (2, "\n"),
            [b'\r', ..] => (1, "\n"),
            [b'&', ..] => (1, "&amp;"),
            [b'<', ..] => (1, "&lt;"),
            [b'>', ..] => (1, "&gt;"),
            [..] => return at.saturating_add(1),
        };
        let end = at.saturating_add(length);
        self.instead(at..end, other);
        end
    }

    /// Text in which one character is written otherwise.
    fn with_escape(&mut self, text: &str, special: u8, escape: &str) {
        let mut rest = text;
        while let Some(at) = memchr::memchr(special, rest.as_bytes()) {
            let (before, behind) = rest.split_at(at);
            self.raw(before);
            self.raw(escape);
            rest = behind.get(1..).unwrap_or_default();
        }
        self.raw(rest);
    }

    /// Text in which any character may have to be written otherwise.
    fn each(&mut self, text: &str, escape: fn(char) -> Option<&'static str>) {
        for c in text.chars() {
            match escape(c) {
                Some(escape) => self.raw(escape),
                None => self.letter(c),
            }
        }
    }

    pub(super) fn end_tag(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    pub(super) fn namespace(&mut self, prefix: &str, namespace: &str) {
        self.raw(&declaration(prefix, namespace));
    }

    /// The same of a prefix that has a place; most elements need one of a few declarations.
    #[inline]
    pub(super) fn namespace_of(
        &mut self,
        place: usize,
        prefix: &str,
        (id, namespace): (NamespaceId, &str),
    ) {
        let Some(kept) = self.declarations.get_mut(place) else {
            return self.namespace(prefix, namespace);
        };
        let (of, text) = kept.get_or_insert_with(|| (id, declaration(prefix, namespace)));
        if *of != id {
            (*of, *text) = (id, declaration(prefix, namespace));
        }
        self.gathered.raw(text.as_bytes());
    }

    /// An attribute as it stands in the document.
    pub(super) fn attribute(&mut self, attribute: &Attribute<'_>) {
        if attribute.spelled && attribute.plain {
            // With the space before it.
            let whole = self.bytes(attribute.at.saturating_sub(1)..attribute.end());
            return self.gathered.raw(whole);
        }
        self.raw(" ");
        self.raw(attribute.name);
        self.raw("=\"");
        match attribute.plain {
            true => self.raw(attribute.raw),
            false => self.value(attribute.raw),
        }
        self.raw("\"");
    }

    fn value(&mut self, raw: &str) {
        value_pieces(raw, |piece| match piece {
            Piece::Plain(text) | Piece::Section(text) => self.with_escape(text, b'"', "&quot;"),
            Piece::Referred(c) => match value_escape(c) {
                Some(escape) => self.raw(escape),
                None => self.letter(c),
            },
            Piece::Blank(c) => self.letter(c),
        });
    }

    /// An attribute whose value was made.
    pub(super) fn made(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        self.each(value, value_escape);
        self.raw("\"");
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.raw("<!--");
        self.lines(text);
        self.raw("-->");
    }

    pub(super) fn instruction(&mut self, target: &str, text: &str) {
        self.raw("<?");
        self.raw(target);
        if !text.is_empty() {
            self.raw(" ");
            self.lines(text);
        }
        self.raw("?>");
    }

    /// Text without references, its line ends made one character each (XML 1.0 §2.11).
    fn lines(&mut self, text: &str) {
        let mut rest = text;
        while let Some((line, behind)) = rest.split_once('\r') {
            self.raw(line);
            self.raw("\n");
            rest = behind.strip_prefix('\n').unwrap_or(behind);
        }
        self.raw(rest);
    }
}

/// A namespace declaration with the space before it.
fn declaration(prefix: &str, namespace: &str) -> String {
    let colon = if prefix.is_empty() { "" } else { ":" };
    let begin = [" xmlns", colon, prefix, "=\""];
    let mut text = begin.concat();
    match all_plain(namespace) {
        true => text.push_str(namespace),
        false => namespace.chars().for_each(|c| match value_escape(c) {
            Some(escape) => text.push_str(escape),
            None => text.push(c),
        }),
    }
    text.push('"');
    text
}

fn data_escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}

fn value_escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}
