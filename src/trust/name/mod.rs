//! Distinguished names, compared as RFC 5280 §7.1 demands.
//!
//! A name is turned once into its comparison form: attribute values that are text are prepared by
//! the LDAP string preparation (RFC 4518 §2), so that letter case, white space and the string type
//! make no difference; every other value counts octet by octet. Two names match if their comparison
//! forms are equal, and a name lies in the subtree of another if its form begins with the other's.

mod prepare;
pub(super) mod readable;

pub(in crate::trust) use prepare::text;
pub(in crate::trust) use readable::readable;

use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::limits::MAX_NAME_BYTES;
use std::fmt;
use std::sync::Arc;

/// A distinguished name in its comparison form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(Arc<[u8]>);

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl Name {
    /// From the whole encoding of a Name.
    ///
    /// # Errors
    /// [`BerError`] if it is not one, or longer than is read.
    pub fn parse(der: &[u8]) -> Result<Self, BerError> {
        if der.len() > MAX_NAME_BYTES {
            return Err(BerError::Value(0));
        }
        let mut outer = Reader::new(der);
        let mut sequence = outer.expect(0x30)?.reader();
        outer.end()?;
        let mut form = Vec::with_capacity(der.len());
        while let Some(set) = sequence.next()? {
            if set.tag != 0x31 {
                return Err(BerError::Value(set.start));
            }
            relative(set.reader(), &mut form)?;
        }
        Ok(Self(form.into()))
    }

    /// This name with one more relative name below it: nameRelativeToCRLIssuer (§4.2.1.13). `rdn` is
    /// the content of a RelativeDistinguishedName.
    ///
    /// # Errors
    /// [`BerError`] if it is not one.
    pub fn with_relative(&self, rdn: &[u8]) -> Result<Self, BerError> {
        let mut form = self.0.to_vec();
        relative(Reader::new(rdn), &mut form)?;
        Ok(Self(form.into()))
    }

    /// Whether it has no part at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `base` or lies below it (§4.2.1.10, directoryName). Each relative name carries
    /// its own length, so that octets alone decide.
    #[must_use]
    pub fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// Appends the comparison form of one RelativeDistinguishedName: its length, then its attributes in
/// the order of their forms, since a SET has none (§7.1).
fn relative(mut attributes: Reader<'_>, form: &mut Vec<u8>) -> Result<(), BerError> {
    let at = attributes.offset();
    let first = attributes.next()?.ok_or(BerError::Value(at))?;
    let after = form.len();
    form.extend_from_slice(&length(0));
    if attributes.remaining().is_empty() {
        // One attribute, as in nearly every name: nothing to put in order.
        attribute(&first, form)?;
    } else {
        let mut parts = Vec::new();
        let mut next = Some(first);
        while let Some(element) = next {
            let mut part = Vec::with_capacity(element.full.len());
            attribute(&element, &mut part)?;
            parts.push(part);
            next = attributes.next()?;
        }
        parts.sort_unstable();
        parts.iter().for_each(|part| form.extend_from_slice(part));
    }
    fill(form, after);
    Ok(())
}

/// Appends the comparison form of one AttributeTypeAndValue.
fn attribute(attribute: &Element<'_>, form: &mut Vec<u8>) -> Result<(), BerError> {
    if attribute.tag != 0x30 {
        return Err(BerError::Value(attribute.start));
    }
    let mut fields = attribute.reader();
    let kind = fields.expect(0x06)?.content;
    let value = fields.any()?;
    fields.end()?;
    form.extend_from_slice(&length(kind.len()));
    form.extend_from_slice(kind);
    let mark = form.len();
    // Every string type alike (§7.1).
    form.push(0x0c);
    form.extend_from_slice(&length(0));
    let filled = mark.saturating_add(1);
    if !prepare::append(&value, form) {
        form.truncate(mark);
        form.push(value.tag);
        form.extend_from_slice(&length(0));
        form.extend_from_slice(value.content);
    }
    fill(form, filled);
    Ok(())
}

/// Writes the length of all that follows the four octets at `at` into them.
fn fill(form: &mut [u8], at: usize) {
    if let Some((octets, rest)) = form.get_mut(at..).and_then(<[u8]>::split_first_chunk_mut) {
        *octets = length(rest.len());
    }
}

/// A length in four octets; names are bounded far below.
fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
#[allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "a set of one attribute reads like a set of two"
)]
mod tests {
    use super::*;
    use crate::format::asn1::write::{constructed, element, oid, sequence, tag};

    const CN: &[u8] = &[0x55, 4, 3];
    const O: &[u8] = &[0x55, 4, 10];

    fn attribute(kind: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        sequence(&[&oid(kind), &element(tag, value)])
    }

    fn name(rdns: &[&[Vec<u8>]]) -> Name {
        let sets: Vec<Vec<u8>> = rdns
            .iter()
            .map(|rdn| {
                let parts: Vec<&[u8]> = rdn.iter().map(Vec::as_slice).collect();
                constructed(tag::SET, &parts)
            })
            .collect();
        let parts: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        Name::parse(&sequence(&parts)).expect("name")
    }

    fn single(tag: u8, value: &[u8]) -> Name {
        name(&[&[attribute(CN, tag, value)]])
    }

    #[test]
    fn text_matches_whatever_its_case_spaces_and_type() {
        let utf16: Vec<u8> = "Sở Tài chính"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        for (left, right, equal) in [
            ((0x13, &b"Good CA"[..]), (0x0c, &b"gOOD ca"[..]), true),
            ((0x13, b" Good   CA "), (0x13, b"Good CA"), true),
            ((0x13, b"GoodCA"), (0x13, b"Good CA"), false),
            ((0x1e, &utf16), (0x0c, "SỞ TÀI CHÍNH".as_bytes()), true),
            // NFD and NFC of one text (RFC 4518 §2.3)
            (
                (0x0c, "Sở".as_bytes()),
                (0x0c, "So\u{31b}\u{309}".as_bytes()),
                true,
            ),
            ((0x0c, "straße".as_bytes()), (0x0c, b"STRASSE"), true),
            // mapped to nothing (RFC 4518 §2.2)
            ((0x0c, "a\u{ad}b\u{200b}".as_bytes()), (0x0c, b"ab"), true),
            ((0x14, b"caf\xe9"), (0x0c, "café".as_bytes()), true),
            // not text: octets count, and so does the type
            ((0x0c, b"\xff"), (0x0c, b"\xff"), true),
            ((0x0c, b"\xff"), (0x13, b"\xff"), false),
            ((0x04, b"ab"), (0x04, b"AB"), false),
            ((0x04, b"ab"), (0x0c, b"ab"), false),
        ] {
            let (a, b) = (single(left.0, left.1), single(right.0, right.1));
            assert_eq!(a == b, equal, "{left:02x?} {right:02x?}");
        }
    }

    #[test]
    fn attributes_of_one_set_have_no_order_and_sets_have() {
        let (cn, o) = (attribute(CN, 0x0c, b"a"), attribute(O, 0x0c, b"b"));
        let one = name(&[&[cn.clone(), o.clone()]]);
        assert_eq!(one, name(&[&[o.clone(), cn.clone()]]));
        assert_ne!(one, name(&[&[o.clone()], &[cn.clone()]]));
        let (down, up) = (name(&[&[o.clone()], &[cn.clone()]]), name(&[&[cn], &[o]]));
        assert_ne!(down, up);
    }

    #[test]
    fn a_subtree_is_whole_relative_names() {
        let (o, cn) = (attribute(O, 0x0c, b"Agency"), attribute(CN, 0x0c, b"x"));
        let base = name(&[&[o.clone()]]);
        let below = name(&[&[o.clone()], &[cn.clone()]]);
        assert!(below.is_within(&base) && base.is_within(&base));
        assert!(!base.is_within(&below));
        assert!(!name(&[&[o, cn]]).is_within(&base));
        let longer = name(&[&[attribute(O, 0x0c, b"Agency2")]]);
        assert!(!longer.is_within(&base));
        assert!(below.is_within(&name(&[])) && name(&[]).is_empty());
    }

    #[test]
    fn relative_names_join_and_junk_is_refused() {
        let (o, cn) = (attribute(O, 0x0c, b"a"), attribute(CN, 0x0c, b"b"));
        let joined = name(&[&[o.clone()]]).with_relative(&cn).expect("joined");
        assert_eq!(joined, name(&[&[o], &[cn]]));
        for junk in [
            &b"junk"[..],
            &[0x30, 2, 0x31, 0],
            &[0x30, 2, 0x30, 0],
            &[0x30, 6, 0x31, 4, 0x31, 2, 5, 0],
            &[0x30, 11, 0x31, 9, 0x31, 7, 6, 1, 3, 0x0c, 2, b'a', b'b'],
            &[0x30, 0, 0],
        ] {
            assert!(Name::parse(junk).is_err(), "{junk:02x?}");
        }
    }
}
