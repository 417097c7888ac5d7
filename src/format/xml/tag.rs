//! Start-tags (XML 1.0 §3.1): name and attributes, read where they lie.

use super::names::{ascii_name, name_length, split};
use super::scan::{behind, plain_value, spaces};
use super::{XmlError, malformed, text};
use std::borrow::Cow;

/// A start-tag or empty-element tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag<'a> {
    /// The text from its `<` on.
    rest: &'a str,
    /// Where that begins.
    at: usize,
    /// The qualified name.
    name: &'a str,
    /// The length of its prefix with the colon; `None` if that is still to be seen.
    prefix: Option<usize>,
}

/// One attribute, a namespace declaration too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attribute<'a> {
    /// The qualified name.
    pub name: &'a str,
    /// The value as it stands between its quotes.
    pub raw: &'a str,
    /// Where the name begins.
    pub at: usize,
    /// Where the value begins, behind its quote.
    pub value_at: usize,
    /// The length of the prefix with its colon; `None` if that is still to be seen.
    pub(super) prefix: Option<usize>,
    /// Whether the value says what stands there, and no character of it could be written otherwise.
    pub(super) plain: bool,
    /// Whether it stands in its tag as in a canonical form: behind one space, and its value in double quotes right
    /// behind `=`.
    pub(super) spelled: bool,
}

impl<'a> Attribute<'a> {
    /// What the value says.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        text::value(self.raw)
    }

    /// The octet behind its value and the quote.
    #[inline]
    pub(super) fn end(&self) -> usize {
        let value = self.value_at.wrapping_add(self.raw.len());
        value.wrapping_add(1)
    }

    /// The prefix that it declares, empty for the default namespace; `None` if it declares none.
    #[must_use]
    pub fn declares(&self) -> Option<&'a str> {
        match self.name.strip_prefix("xmlns")? {
            "" => Some(""),
            rest => rest.strip_prefix(':'),
        }
    }

    /// Prefix and local part.
    #[must_use]
    #[inline]
    pub fn split(&self) -> (&'a str, &'a str) {
        split(self.name).unwrap_or(("", self.name))
    }
}

impl<'a> Tag<'a> {
    /// The tag at an octet of the text.
    #[inline]
    pub(super) fn at(document: &'a str, at: usize) -> Result<Self, XmlError> {
        let rest = document.get(at..).unwrap_or_default();
        let inside = rest.get(1..).unwrap_or_default();
        let (name, prefix) = named(inside);
        match name {
            "" => Err(malformed(at, "name of an element")),
            _ => Ok(Self {
                rest,
                at,
                name,
                prefix,
            }),
        }
    }

    /// The same, whose name is known: its length, and that of its prefix with the colon.
    #[inline]
    pub(super) fn named(
        document: &'a str,
        at: usize,
        (length, prefix): (usize, usize),
    ) -> Option<Self> {
        let rest = document.get(at..)?;
        Some(Self {
            rest,
            at,
            name: rest.get(1..length.wrapping_add(1))?,
            prefix: Some(prefix),
        })
    }

    /// The octets from the name on.
    pub(super) fn inside(&self) -> &'a [u8] {
        self.rest.as_bytes().get(1..).unwrap_or_default()
    }

    /// How it ends, if that is right behind the name.
    #[inline]
    pub(super) fn bare(&self) -> Option<End> {
        let behind = self.name.len().checked_add(1)?;
        let (octets, empty) = match self.rest.as_bytes().get(behind..)? {
            [b'>', ..] => (1, false),
            [b'/', b'>', ..] => (2, true),
            _ => return None,
        };
        let at = self.at.saturating_add(behind).saturating_add(octets);
        Some(End { at, empty })
    }

    /// The octet behind its name.
    #[inline]
    pub(super) fn end_of_name(&self) -> usize {
        let length = self.name.len().saturating_add(1);
        self.at.saturating_add(length)
    }

    pub(super) fn prefix(&self) -> Option<usize> {
        self.prefix
    }

    /// Prefix, empty if there is none, and local part; `None` if it has not the form of a qualified name.
    #[inline]
    pub(super) fn parts(&self) -> Option<(&'a str, &'a str)> {
        match self.prefix {
            Some(length) => {
                let (prefix, local) = self.name.split_at_checked(length)?;
                Some((prefix.get(..length.saturating_sub(1))?, local))
            }
            None => split(self.name),
        }
    }

    /// The qualified name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Prefix, empty if there is none, and local part.
    #[must_use]
    pub fn split(&self) -> (&'a str, &'a str) {
        self.parts().unwrap_or(("", self.name))
    }

    /// Its attributes in their order, namespace declarations among them.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.rest,
            base: self.at,
            at: self.name.len().saturating_add(1),
            end: None,
        }
    }
}

impl<'a> Tag<'a> {
    /// Its attributes into `all`, which is emptied before; how it ends.
    pub(super) fn read(&self, all: &mut Vec<Attribute<'a>>) -> Option<End> {
        let mut attributes = self.attributes();
        all.clear();
        all.extend(attributes.by_ref());
        attributes.end()
    }

    /// Whether it is written in the document as in its canonical form, whatever namespaces are in scope:
    /// attributes without prefixes in their order, one space and double quotes around each.
    pub(super) fn stands(&self, read: &[Attribute<'_>], end: End) -> bool {
        let (mut at, mut before) = (self.end_of_name(), "");
        let each = read.iter().all(|a| {
            let follows = before.is_empty() || before < a.name;
            at = a.end();
            before = a.name;
            a.spelled && follows && a.plain && a.prefix == Some(0) && a.name != "xmlns"
        });
        each && !end.empty && end.at == at.wrapping_add(1)
    }
}

/// Reads attributes; when it has no more it knows how the tag ends.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a str,
    base: usize,
    at: usize,
    end: Option<End>,
}

/// How a tag ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// The octet behind it.
    pub(super) at: usize,
    /// Whether it is that of an empty element.
    pub(super) empty: bool,
}

impl<'a> Attributes<'a> {
    /// The next attribute; `None` behind the last.
    pub(super) fn read(&mut self) -> Result<Option<Attribute<'a>>, XmlError> {
        // Places in the text, which is far shorter than what would wrap.
        let bytes = self.rest.as_bytes();
        let from = self.at;
        let mut at = skip(bytes, from);
        let wrong = |at: usize, what| Err(malformed(self.base.wrapping_add(at), what));
        match behind(bytes, at) {
            [b'>', ..] => return Ok(self.ends(at.wrapping_add(1), false)),
            [b'/', b'>', ..] => return Ok(self.ends(at.wrapping_add(2), true)),
            [_, ..] if at > from => {}
            [..] => return wrong(at, "start-tag"),
        }
        let start = at;
        let (name, prefix) = named(self.rest.get(at..).unwrap_or_default());
        if name.is_empty() {
            return wrong(at, "name of an attribute");
        }
        at = skip(bytes, at.wrapping_add(name.len()));
        if bytes.get(at) != Some(&b'=') {
            return wrong(at, "attribute without a value");
        }
        at = skip(bytes, at.wrapping_add(1));
        let Some(quote @ (b'"' | b'\'')) = bytes.get(at).copied() else {
            return wrong(at, "attribute value without quotes");
        };
        at = at.wrapping_add(1);
        let Some((length, plain)) = value_length(behind(bytes, at), quote) else {
            return wrong(at, "attribute value without an end");
        };
        let end = at.wrapping_add(length);
        let raw = self.rest.get(at..end).unwrap_or_default();
        self.at = end.wrapping_add(1);
        let spaced = start == from.wrapping_add(1) && bytes.get(from) == Some(&b' ');
        let joined = at == start.wrapping_add(name.len()).wrapping_add(2);
        Ok(Some(Attribute {
            name,
            raw,
            at: self.base.wrapping_add(start),
            value_at: self.base.wrapping_add(at),
            prefix,
            plain,
            spelled: spaced && joined && quote == b'"',
        }))
    }

    fn ends(&mut self, at: usize, empty: bool) -> Option<Attribute<'a>> {
        let at = self.base.wrapping_add(at);
        self.end = Some(End { at, empty });
        None
    }

    /// How the tag ends; known once everything was read.
    pub(super) fn end(&self) -> Option<End> {
        self.end
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    /// Of a tag that was read once, nothing is wrong any more.
    fn next(&mut self) -> Option<Attribute<'a>> {
        match self.end {
            Some(_) => None,
            None => self.read().ok().flatten(),
        }
    }
}

/// The name at the beginning, empty if there is none, and the length of its prefix, if that is seen at
/// once.
#[inline]
fn named(text: &str) -> (&str, Option<usize>) {
    match ascii_name(text.as_bytes()) {
        Some((length, prefix)) => (text.get(..length).unwrap_or_default(), Some(prefix)),
        None => (text.get(..name_length(text)).unwrap_or_default(), None),
    }
}

/// How long a value is, and whether nothing in it has to be looked at.
fn value_length(bytes: &[u8], quote: u8) -> Option<(usize, bool)> {
    let plain = plain_value(bytes);
    let rest = bytes.get(plain..)?;
    match *rest.first()? == quote {
        true => Some((plain, true)),
        false => Some((plain.checked_add(memchr::memchr(quote, rest)?)?, false)),
    }
}

/// The first octet from `at` on that is no white space; mostly that one, or the next.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize) -> usize {
    match behind(bytes, at) {
        [first, ..] if *first > b' ' => at,
        [b' ', next, ..] if *next > b' ' => at.wrapping_add(1),
        rest => at.wrapping_add(spaces(rest)),
    }
}
