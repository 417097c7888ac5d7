//! Start-tags (XML 1.0 §3.1): name and attributes, read where they lie.

use super::names::{ascii_name, name_length, split};
use super::scan::{plain_value, spaces};
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
}

impl<'a> Attribute<'a> {
    /// What the value says.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        text::value(self.raw)
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

    /// The octets of its prefix, the first the lowest, if it has one of up to eight that was seen.
    #[inline]
    pub(super) fn prefix_word(&self) -> Option<u64> {
        let word = self.rest.as_bytes().get(1..)?.first_chunk()?;
        let octets = self.prefix?.checked_sub(1)?;
        let unused = 8usize.checked_sub(octets)?.checked_mul(8)?;
        let mask = u64::MAX.unbounded_shr(u32::try_from(unused).ok()?);
        Some(u64::from_le_bytes(*word) & mask)
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
    pub(super) fn stands(&self, text: &str, read: &[Attribute<'_>], end: End) -> bool {
        let (bytes, mut at, mut before) = (text.as_bytes(), self.end_of_name(), "");
        let each = read.iter().all(|a| {
            let value_at = a.at.saturating_add(a.name.len()).saturating_add(2);
            let spaced = a.at == at.saturating_add(1) && a.value_at == value_at;
            let spelled = bytes.get(at) == Some(&b' ')
                && bytes.get(value_at.saturating_sub(1)) == Some(&b'"');
            let follows = before.is_empty() || before < a.name;
            at = value_at.saturating_add(a.raw.len()).saturating_add(1);
            before = a.name;
            spaced && spelled && follows && a.plain && a.prefix == Some(0) && a.name != "xmlns"
        });
        each && !end.empty && end.at == at.saturating_add(1)
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
        let bytes = self.rest.as_bytes();
        let from = self.at;
        let mut at = skip(bytes, from);
        let wrong = |at: usize, what| Err(malformed(self.base.saturating_add(at), what));
        match bytes.get(at) {
            Some(b'>') => return Ok(self.ends(at.saturating_add(1), false)),
            Some(b'/') if bytes.get(at.saturating_add(1)) == Some(&b'>') => {
                return Ok(self.ends(at.saturating_add(2), true));
            }
            Some(_) if at > from => {}
            Some(_) | None => return wrong(at, "start-tag"),
        }
        let start = at;
        let (name, prefix) = named(self.rest.get(at..).unwrap_or_default());
        if name.is_empty() {
            return wrong(at, "name of an attribute");
        }
        at = skip(bytes, at.saturating_add(name.len()));
        if bytes.get(at) != Some(&b'=') {
            return wrong(at, "attribute without a value");
        }
        at = skip(bytes, at.saturating_add(1));
        let Some(quote @ (b'"' | b'\'')) = bytes.get(at).copied() else {
            return wrong(at, "attribute value without quotes");
        };
        at = at.saturating_add(1);
        let Some((length, plain)) = value_length(bytes.get(at..).unwrap_or_default(), quote) else {
            return wrong(at, "attribute value without an end");
        };
        let end = at.saturating_add(length);
        let raw = self.rest.get(at..end).unwrap_or_default();
        self.at = end.saturating_add(1);
        Ok(Some(Attribute {
            name,
            raw,
            at: self.base.saturating_add(start),
            value_at: self.base.saturating_add(at),
            prefix,
            plain,
        }))
    }

    fn ends(&mut self, at: usize, empty: bool) -> Option<Attribute<'a>> {
        let at = self.base.saturating_add(at);
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

/// The first octet from `at` on that is no white space.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize) -> usize {
    at.saturating_add(spaces(bytes.get(at..).unwrap_or_default()))
}
