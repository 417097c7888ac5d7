//! What is written, and how characters are written (Canonical XML §2.3).

use crate::format::xml::text::{Piece, pieces, value_pieces};

/// Octets that are gathered before they are handed on.
const WINDOW: usize = 32 * 1024;

pub(super) struct Sink<'o> {
    out: &'o mut dyn FnMut(&[u8]),
    gathered: Vec<u8>,
}

impl<'o> Sink<'o> {
    pub(super) fn new(out: &'o mut dyn FnMut(&[u8])) -> Self {
        Self {
            out,
            gathered: Vec::with_capacity(WINDOW),
        }
    }

    pub(super) fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        if self.gathered.len().saturating_add(bytes.len()) > WINDOW {
            self.flush();
        }
        if bytes.len() >= WINDOW {
            (self.out)(bytes);
        } else {
            self.gathered.extend_from_slice(bytes);
        }
    }

    pub(super) fn flush(&mut self) {
        (self.out)(&self.gathered);
        self.gathered.clear();
    }

    fn letter(&mut self, c: char) {
        self.raw(c.encode_utf8(&mut [0; 4]));
    }

    /// Character data as it stands in the document.
    pub(super) fn data(&mut self, text: &str) {
        pieces(text, |piece| match piece {
            // No reference, markup or line end is left in it.
            Piece::Plain(text) => self.with_escape(text, b'>', "&gt;"),
            Piece::Section(text) => self.each(text, data_escape),
            Piece::Referred(c) => match data_escape(c) {
                Some(escape) => self.raw(escape),
                None => self.letter(c),
            },
            Piece::Blank(c) => self.letter(c),
        });
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
        self.raw(" xmlns");
        if !prefix.is_empty() {
            self.raw(":");
            self.raw(prefix);
        }
        self.raw("=\"");
        self.each(namespace, value_escape);
        self.raw("\"");
    }

    /// An attribute whose value stands in the document.
    pub(super) fn attribute(&mut self, name: &str, raw: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        value_pieces(raw, |piece| match piece {
            Piece::Plain(text) | Piece::Section(text) => self.with_escape(text, b'"', "&quot;"),
            Piece::Referred(c) => match value_escape(c) {
                Some(escape) => self.raw(escape),
                None => self.letter(c),
            },
            Piece::Blank(c) => self.letter(c),
        });
        self.raw("\"");
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
