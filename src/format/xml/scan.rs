//! Passing over octets: one look in a table for each, or sixteen of them at once.

use wide::u8x16;

/// What an octet can be; more than one of them.
pub(super) mod class {
    /// Of a name without a colon, in ASCII.
    pub(in crate::format::xml) const NAME: u8 = 1;
    /// At the beginning of one.
    pub(in crate::format::xml) const START: u8 = 2;
    /// White space (S).
    pub(in crate::format::xml) const SPACE: u8 = 4;
    /// What ends character data or has to be looked at in it; control characters that no document may
    /// hold, and the first octet of U+FFFE, among them.
    pub(in crate::format::xml) const IN_DATA: u8 = 8;
    /// The same of an attribute value, its white space included.
    pub(in crate::format::xml) const IN_VALUE: u8 = 16;
    /// What ends the name of a tag beside white space.
    pub(in crate::format::xml) const TAG: u8 = 64;
    /// What may be written otherwise than it stands in character data.
    pub(in crate::format::xml) const WRITTEN: u8 = 32;
}

/// One look for each octet instead of a comparison for each range of them.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut all = [0; 256];
    let (mut rest, mut octet) = (all.as_mut_slice(), 0u8);
    while let Some((classes, behind)) = rest.split_first_mut() {
        *classes = classes_of(octet);
        octet = octet.wrapping_add(1);
        rest = behind;
    }
    all
}

const fn classes_of(octet: u8) -> u8 {
    let letter = octet.is_ascii_alphabetic() || octet == b'_';
    let name = letter || octet.is_ascii_digit() || matches!(octet, b'-' | b'.');
    let space = matches!(octet, b' ' | b'\t' | b'\n' | b'\r');
    let low = octet < b' ';
    let odd = (low && !space) || matches!(octet, b'&' | b'<' | 0xef);
    let value = odd || low || matches!(octet, b'"' | b'\'' | b'>');
    set(letter, class::START)
        | set(name, class::NAME)
        | set(space, class::SPACE)
        | set(odd || matches!(octet, b'>' | b'\r'), class::IN_DATA)
        | set(value, class::IN_VALUE)
        | set(matches!(octet, b'&' | b'<' | b'>' | b'\r'), class::WRITTEN)
        | set(matches!(octet, b'>' | b'/'), class::TAG)
}

const fn set(holds: bool, class: u8) -> u8 {
    if holds { class } else { 0 }
}

#[inline]
pub(super) fn is(octet: u8, class: u8) -> bool {
    CLASSES
        .get(usize::from(octet))
        .is_some_and(|found| found & class != 0)
}

/// The octets from a place on, which is never beyond the end: a branch that is never taken costs less than choosing
/// between them and nothing.
#[inline]
pub(super) fn behind(bytes: &[u8], at: usize) -> &[u8] {
    match bytes.get(at..) {
        Some(rest) => rest,
        None => nothing(),
    }
}

#[cold]
#[inline(never)]
fn nothing() -> &'static [u8] {
    &[]
}

/// How many octets of the beginning are not of a class.
#[inline]
fn until(bytes: &[u8], class: u8) -> usize {
    let end = bytes.iter().position(|b| is(*b, class));
    end.unwrap_or(bytes.len())
}

/// How many octets of the beginning are of a class.
#[inline]
pub(super) fn during(bytes: &[u8], class: u8) -> usize {
    let end = bytes.iter().position(|b| !is(*b, class));
    end.unwrap_or(bytes.len())
}

/// Octets that are looked at in one step.
const BLOCK: usize = 16;

/// The same as `until`, block by block; `marks` is not zero where an octet is of the class. Nearly always it ends in
/// the first block or the second. What is left is a part of what there was, so that no difference wraps.
#[inline]
fn until_block(bytes: &[u8], class: u8, marks: impl Fn(u8x16) -> u8x16) -> usize {
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<BLOCK>() {
        let found = marks(u8x16::new(*block)).to_bitmask();
        if found != 0 {
            let passed = bytes.len().wrapping_sub(rest.len());
            return passed.wrapping_add(first(found));
        }
        rest = behind;
    }
    let passed = bytes.len().wrapping_sub(rest.len());
    passed.wrapping_add(until(rest, class))
}

/// The first mark.
#[inline]
fn first(found: u32) -> usize {
    usize::try_from(found.trailing_zeros()).unwrap_or(BLOCK)
}

#[inline]
fn each(octet: u8) -> u8x16 {
    u8x16::splat(octet)
}

#[inline]
fn equal(block: u8x16, octet: u8) -> u8x16 {
    block.simd_eq(each(octet))
}

#[inline]
fn at_most(block: u8x16, octet: u8) -> u8x16 {
    block.min(each(octet)).simd_eq(block)
}

#[inline]
fn between(block: u8x16, first: u8, last: u8) -> u8x16 {
    block.max(each(first)).simd_eq(block) & at_most(block, last)
}

/// `<` and `>`, which differ in one bit.
#[inline]
fn angle(block: u8x16) -> u8x16 {
    equal(block | each(2), b'>')
}

/// Octets of character data before the next that has to be looked at when it is read.
#[inline]
pub(super) fn plain_data(bytes: &[u8]) -> usize {
    until_block(bytes, class::IN_DATA, |block| {
        let low = at_most(block, 0x1f) & !(equal(block, b'\n') | equal(block, b'\t'));
        low | angle(block) | equal(block, b'&') | equal(block, 0xef)
    })
}

/// Octets of character data before the next that may be written otherwise.
#[inline]
pub(super) fn plain_written(bytes: &[u8]) -> usize {
    until_block(bytes, class::WRITTEN, |block| {
        angle(block) | equal(block, b'&') | equal(block, b'\r')
    })
}

/// The length of the name of a tag that was read before.
#[inline]
pub(super) fn known_name(bytes: &[u8]) -> usize {
    until_block(bytes, class::SPACE | class::TAG, |block| {
        at_most(block, b' ') | equal(block, b'>') | equal(block, b'/')
    })
}

/// Where the octets at the beginning are none of a qualified name, and where they are colons, one bit for each: of
/// twice as many where the first are all of one. `None` near the end.
#[inline]
pub(super) fn name_marks(bytes: &[u8]) -> Option<(u32, u32)> {
    let (block, behind) = bytes.split_first_chunk::<BLOCK>()?;
    let (none, colons) = name_marks_of(block);
    if none != 0 {
        return Some((none, colons));
    }
    let (more, others) = name_marks_of(behind.first_chunk()?);
    Some((more << BLOCK, colons | (others << BLOCK)))
}

#[inline]
fn name_marks_of(block: &[u8; BLOCK]) -> (u32, u32) {
    let block = u8x16::new(*block);
    let letter = between(block | each(0x20), b'a', b'z');
    // From `-` to `:`, which are `-`, `.`, `/`, digits and the colon.
    let other = between(block, b'-', b':') & !equal(block, b'/');
    let name = letter | other | equal(block, b'_');
    ((!name).to_bitmask(), equal(block, b':').to_bitmask())
}

/// Whether two texts are the same up to a length.
#[inline]
pub(super) fn same_up_to(one: &[u8], other: &[u8], length: usize) -> bool {
    if let (Some((a, one)), Some((b, other))) = (one.split_first_chunk(), other.split_first_chunk())
    {
        let same = same_block(a, b);
        if length <= BLOCK {
            return same >= length;
        }
        if let (Some(a), Some(b)) = (one.first_chunk(), other.first_chunk())
            && length <= 2 * BLOCK
        {
            return same == BLOCK && same_block(a, b) >= length.wrapping_sub(BLOCK);
        }
    }
    let (one, other) = (one.get(..length), other.get(..length));
    one.is_some() && one == other
}

/// How many octets of two blocks are the same from the beginning on.
#[inline]
fn same_block(one: &[u8; BLOCK], other: &[u8; BLOCK]) -> usize {
    let differ = !u8x16::new(*one).simd_eq(u8x16::new(*other)).to_bitmask();
    first(differ | (1 << BLOCK))
}

/// Octets of an attribute value before the next that has to be looked at.
#[inline]
pub(super) fn plain_value(bytes: &[u8]) -> usize {
    until_block(bytes, class::IN_VALUE, |block| {
        // `&` and `'` differ in one bit.
        let quote = equal(block | each(1), b'\'') | equal(block, b'"');
        at_most(block, 0x1f) | angle(block) | quote | equal(block, 0xef)
    })
}

/// Whether all of a value is written as it is.
pub(super) fn all_plain(value: &str) -> bool {
    let plain = until_block(value.as_bytes(), class::IN_VALUE, |block| {
        let markup = equal(block, b'&') | equal(block, b'<') | equal(block, b'"');
        at_most(block, 0x1f) | markup
    });
    plain == value.len()
}

/// Octets of white space.
#[inline]
pub(super) fn spaces(bytes: &[u8]) -> usize {
    during(bytes, class::SPACE)
}

/// White space (S).
pub(super) fn is_space(b: u8) -> bool {
    is(b, class::SPACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ends at an octet in the middle of others, and what the table says of it.
    fn compare(bytes: &[u8], octet: u8) {
        let of = |class| until(bytes, class);
        assert_eq!(plain_data(bytes), of(class::IN_DATA), "{octet}");
        assert_eq!(plain_written(bytes), of(class::WRITTEN), "{octet}");
        // Of what is below it only white space is in a tag.
        if octet >= b' ' || is_space(octet) {
            assert_eq!(known_name(bytes), of(class::SPACE | class::TAG), "{octet}");
        }
        // These are plain, but in the table they have to be looked at.
        let other = octet == 0xef || octet == b'\'' || octet == b'>';
        if let (Ok(value), false) = (std::str::from_utf8(bytes), other) {
            assert_eq!(
                all_plain(value),
                of(class::IN_VALUE) == bytes.len(),
                "{octet}"
            );
        }
    }

    #[test]
    fn texts_are_the_same_up_to_where_they_differ() {
        for (length, at) in (0..70).flat_map(|length| (0..70).map(move |at| (length, at))) {
            let one = vec![b'x'; 70];
            let mut other = one.clone();
            other[at] = b'y';
            for cut in [70, 40, 33, 32, 31, 17, 16, 15] {
                let (one, other) = (&one[..cut], &other[..cut]);
                let same = length <= cut && (at >= length || at >= cut);
                assert_eq!(same_up_to(one, other, length), same, "{length} {at} {cut}");
            }
        }
    }

    #[test]
    fn many_at_once_are_passed_over_as_one_by_one() {
        for (octet, at) in (0..=u8::MAX).flat_map(|octet| (0..75).map(move |at| (octet, at))) {
            for filler in [b'x', b'!', 0x7f, 0x80, 0xff] {
                let mut bytes = [filler; 80];
                bytes[at] = octet;
                compare(&bytes, octet);
                bytes[78] = b'<';
                compare(&bytes, octet);
            }
        }
    }
}
