//! One pass over the text: well-formedness, namespaces, and the tree.

use super::encoding::decode;
use super::names::{begins_last_of_plane, forbidden, name_length};
use super::nodes::{Marks, Nodes, OTHER, narrow};
use super::scan::{behind, is_space, plain_data, spaces};
use super::scope::{Mark, NamespaceId, Namespaces, Scope};
use super::tag::Attribute;
use super::tree::{Document, NodeId};
use super::{XmlError, malformed, text};
use crate::format::limits::MAX_XML_BYTES;
use std::borrow::Cow;
use std::ops::Range;

pub(super) fn read(bytes: &[u8]) -> Result<Document<'_>, XmlError> {
    let too_many = |what, limit| Err(XmlError::TooMany { what, limit });
    if bytes.len() > MAX_XML_BYTES {
        return too_many("octets", MAX_XML_BYTES);
    }
    let text = decode(bytes)?;
    if text.len() > MAX_XML_BYTES {
        return too_many("octets", MAX_XML_BYTES);
    }
    match Parser::new(&text).document() {
        Ok((nodes, prefixes, element)) => Ok(Document {
            text,
            nodes,
            prefixes,
            element: NodeId(element),
        }),
        // Of what is wrong in several ways, a character is named first.
        Err(other) => Err(forbidden(&text).map_or(other, |at| malformed(at, "character"))),
    }
}

/// Whether it declares a namespace; the namespace that it is in; local part or declared prefix.
pub(super) type FullName<'t> = (bool, NamespaceId, &'t str);

/// The tree, where prefixes lie that have a number, and the outermost element.
type Read = (Nodes, Vec<(u32, u32)>, u32);

/// An element that has begun.
pub(super) struct Open {
    pub(super) node: u32,
    /// Where its name begins.
    pub(super) name: usize,
    /// Octets of its name.
    pub(super) length: usize,
    pub(super) mark: Mark,
}

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) nodes: Nodes,
    /// Whether what was read since the last node began stands as its canonical form.
    pub(super) plain: bool,
    /// Where prefixes lie that have a number of their own.
    pub(super) prefixes: Vec<(u32, u32)>,
    pub(super) open: Vec<Open>,
    pub(super) namespaces: Namespaces<'t>,
    pub(super) scope: Scope<'t>,
    /// The attributes of the element that is being read.
    pub(super) attributes: Vec<Attribute<'t>>,
    /// Their names in full.
    pub(super) full: Vec<FullName<'t>>,
    /// The one element that is in no other, once it has begun.
    pub(super) outermost: u32,
    /// Whether that has ended.
    pub(super) done: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            nodes: Nodes::new(text.len()),
            plain: true,
            prefixes: Vec::new(),
            open: Vec::new(),
            namespaces: Namespaces::new(),
            scope: Scope::new(std::iter::once("")),
            attributes: Vec::new(),
            full: Vec::new(),
            outermost: 0,
            done: false,
        }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        behind(self.text.as_bytes(), self.at)
    }

    /// Passes over octets of the text, which is far shorter than what would wrap.
    #[inline]
    pub(super) fn pass(&mut self, octets: usize) {
        self.at = self.at.wrapping_add(octets);
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn wrong<T>(&self, what: &'static str) -> Result<T, XmlError> {
        Err(malformed(self.at, what))
    }

    fn document(mut self) -> Result<Read, XmlError> {
        self.declaration()?;
        loop {
            let markup = match self.open.is_empty() {
                true => self.outside()?,
                false => self.character_data()?,
            };
            match markup {
                [] => break,
                [_, b'/', ..] => self.end_tag()?,
                [_, b'?', ..] => self.instruction()?,
                [_, b'!', ..] => self.declared()?,
                [..] => self.start_tag()?,
            }
        }
        match self.open.is_empty() && self.done {
            true => {
                self.seen();
                self.nodes.finish();
                Ok((self.nodes, self.prefixes, self.outermost))
            }
            false => self.wrong("end of the document"),
        }
    }

    /// XMLDecl (§2.8).
    fn declaration(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let begins = rest.strip_prefix("<?xml");
        if !begins.is_some_and(|rest| rest.bytes().next().is_some_and(is_space)) {
            return Ok(());
        }
        let Some(end) = memchr::memmem::find(rest.as_bytes(), b"?>") else {
            return self.wrong("XML declaration");
        };
        let inside = rest.get(5..end).unwrap_or_default();
        if !is_declaration(inside) {
            return self.wrong("XML declaration");
        }
        self.allowed(inside)?;
        self.at = end.saturating_add(2);
        Ok(())
    }

    /// Whether what is not looked at octet by octet holds what no document may hold.
    pub(super) fn allowed(&self, text: &str) -> Result<(), XmlError> {
        match forbidden(text) {
            None => Ok(()),
            Some(_) => self.wrong("character"),
        }
    }

    /// Outside the element: white space up to the next markup, which begins what is handed back.
    fn outside(&mut self) -> Result<&'t [u8], XmlError> {
        let blank = spaces(self.bytes());
        if !matches!(self.bytes().get(blank), None | Some(b'<')) {
            return self.wrong("text outside the element");
        }
        self.pass(blank);
        match self.bytes().starts_with(text::CDATA.as_bytes()) {
            true => self.wrong("text outside the element"),
            false => Ok(self.bytes()),
        }
    }

    /// Up to the next markup that is no CDATA section.
    #[inline]
    fn character_data(&mut self) -> Result<&'t [u8], XmlError> {
        // Where a start-tag ended the data behind it was passed over already.
        match self.bytes() {
            bytes @ [b'<', next, ..] if *next != b'!' => return Ok(bytes),
            bytes => self.pass(plain_data(bytes)),
        }
        match self.bytes() {
            bytes @ [b'<', next, ..] if *next != b'!' => Ok(bytes),
            [..] => self.special_data(),
        }
    }

    /// The same from a character on that has to be looked at.
    fn special_data(&mut self) -> Result<&'t [u8], XmlError> {
        loop {
            self.pass(plain_data(self.bytes()));
            let bytes = self.bytes();
            match bytes {
                [b'<', b'!', ..] if bytes.starts_with(text::CDATA.as_bytes()) => self.section()?,
                [] | [b'<', ..] => return Ok(bytes),
                [b'&', ..] => match text::reference(self.rest()) {
                    Some((_, length)) => {
                        self.plain &= text::is_written(bytes);
                        self.pass(length);
                    }
                    None => return self.wrong("reference"),
                },
                [b'>', ..] if self.ends_section() => return self.wrong("]]> in character data"),
                [b'>' | b'\r', ..] => {
                    self.plain = false;
                    self.pass(1);
                }
                [0xef, ..] if !begins_last_of_plane(bytes) => self.pass(3),
                [..] => return self.wrong("character"),
            }
        }
    }

    /// Whether the `>` that comes next ends `]]>` (§2.4); markup ends with `>`, and so none is before it.
    fn ends_section(&mut self) -> bool {
        let before = self.text.as_bytes().get(..self.at);
        let ends = before.is_some_and(|before| before.ends_with(b"]]"));
        if ends {
            self.at = self.at.saturating_sub(2);
        }
        ends
    }

    /// CDSect (§2.7).
    fn section(&mut self) -> Result<(), XmlError> {
        self.plain = false;
        let rest = self.rest();
        let Some(end) = memchr::memmem::find(rest.as_bytes(), b"]]>") else {
            return self.wrong("CDATA section without an end");
        };
        self.allowed(rest.get(..end).unwrap_or_default())?;
        self.pass(end.saturating_add(3));
        Ok(())
    }

    /// A node that begins; its number.
    #[inline]
    pub(super) fn begin(&mut self, start: usize, marks: Marks) -> u32 {
        self.seen();
        let around = || self.open.last().map_or(0, |open| open.node);
        self.nodes.add(start, marks, around)
    }

    /// A node that begins and has ended.
    #[inline]
    pub(super) fn begin_whole(&mut self, range: Range<usize>, marks: Marks) -> u32 {
        self.seen();
        let around = || self.open.last().map_or(0, |open| open.node);
        self.nodes.add_whole(range, marks, around)
    }

    /// Notes what was seen behind the last node.
    #[inline]
    fn seen(&mut self) {
        if !std::mem::replace(&mut self.plain, true) {
            self.nodes.not_plain_behind();
        }
    }

    /// A comment or processing instruction up to an octet.
    fn add(&mut self, stop: usize) {
        self.begin_whole(self.at..stop, Marks::BESIDE);
        self.at = stop;
    }

    /// Gives a prefix that lies there its number, if it is new and there is one left.
    pub(super) fn number(&mut self, place: usize, at: usize, prefix: &str) {
        let next = self.prefixes.len().saturating_add(1);
        if place == next && place < usize::from(OTHER) {
            self.prefixes.push((narrow(at), narrow(prefix.len())));
        }
    }

    /// A comment, or what is refused.
    fn declared(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix("<!--") else {
            return match rest.starts_with("<!DOCTYPE") {
                true => Err(XmlError::DocumentType),
                false => self.wrong("markup"),
            };
        };
        // §2.5: the first -- is that of the end.
        let Some(length) = memchr::memmem::find(inside.as_bytes(), b"--") else {
            return self.wrong("comment without an end");
        };
        if inside.as_bytes().get(length.saturating_add(2)) != Some(&b'>') {
            return self.wrong("-- in a comment");
        }
        self.allowed(inside.get(..length).unwrap_or_default())?;
        let stop = self.at.saturating_add(length).saturating_add(7);
        self.add(stop);
        Ok(())
    }

    /// PI (§2.6).
    fn instruction(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        let inside = rest.get(2..).unwrap_or_default();
        let Some(length) = memchr::memmem::find(inside.as_bytes(), b"?>") else {
            return self.wrong("processing instruction without an end");
        };
        let inside = inside.get(..length).unwrap_or_default();
        let (target, data) = inside.split_at(name_length(inside));
        let blank = data.bytes().next().is_none_or(is_space);
        // Namespaces §7: no colon.
        if target.is_empty() || target.contains(':') || !blank || target.eq_ignore_ascii_case("xml")
        {
            return self.wrong("processing instruction");
        }
        self.allowed(data)?;
        let stop = self.at.saturating_add(length).saturating_add(4);
        self.add(stop);
        Ok(())
    }
}

/// What stands between `<?xml` and `?>` (§2.8).
fn is_declaration(text: &str) -> bool {
    let mut rest = text;
    let mut take = |name: &str| -> Option<Cow<'_, str>> {
        let trimmed = rest.trim_start_matches(['\t', '\n', '\r', ' ']);
        let after = trimmed
            .strip_prefix(name)
            .filter(|_| trimmed.len() < rest.len())?;
        let after = after
            .trim_start_matches(['\t', '\n', '\r', ' '])
            .strip_prefix('=')?;
        let after = after.trim_start_matches(['\t', '\n', '\r', ' ']);
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, behind) = after.get(1..)?.split_once(quote)?;
        rest = behind;
        Some(Cow::Borrowed(value))
    };
    let version = take("version").is_some_and(|version| {
        let minor = version.strip_prefix("1.").unwrap_or_default();
        !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit())
    });
    let _decoded = take("encoding");
    let standalone = take("standalone").is_none_or(|value| matches!(&*value, "yes" | "no"));
    version && standalone && rest.bytes().all(is_space)
}
