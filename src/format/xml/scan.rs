//! Passing over octets: one look in a table for each, or eight or more of them at once.

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
    let value = odd || low || matches!(octet, b'"' | b'\'');
    set(letter, class::START)
        | set(name, class::NAME)
        | set(space, class::SPACE)
        | set(odd || octet == b']', class::IN_DATA)
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

/// The same as `until`, where there may be many: block by block, all of one at once.
#[inline]
fn until_long(bytes: &[u8], class: u8, blocked: impl Fn(&[u8; BLOCK]) -> bool) -> usize {
    let (first, rest) = bytes.split_at(bytes.len().min(BLOCK));
    let short = until(first, class);
    if short < first.len() {
        return short;
    }
    let (blocks, _) = rest.as_chunks::<BLOCK>();
    let clear = blocks.iter().position(blocked).unwrap_or(blocks.len());
    let from = clear
        .saturating_add(1)
        .saturating_mul(BLOCK)
        .min(bytes.len());
    from.saturating_add(until(bytes.get(from..).unwrap_or_default(), class))
}

const BLOCK: usize = 32;

/// Octets of character data before the next that has to be looked at when it is read.
pub(super) fn plain_data(bytes: &[u8]) -> usize {
    until_long(bytes, class::IN_DATA, |block| {
        block.iter().fold(false, |found, b| {
            let low = (*b < b' ') & (*b != b'\n') & (*b != b'\r') & (*b != b'\t');
            found | low | (*b == b'&') | (*b == b'<') | (*b == b']') | (*b == 0xef)
        })
    })
}

/// Octets of character data before the next that may be written otherwise: eight at a time.
#[inline]
pub(super) fn plain_written(bytes: &[u8]) -> usize {
    until_wide(bytes, class::WRITTEN, |word| {
        // `<` and `>` differ in one bit.
        let angle = zero((word | each(2)) ^ each(b'>'));
        zero(word ^ each(b'&')) | zero(word ^ each(b'\r')) | angle
    })
}

/// The length of the name of a tag that was read before.
#[inline]
pub(super) fn known_name(bytes: &[u8]) -> usize {
    until_wide(bytes, class::SPACE | class::TAG, |word| {
        let space = word.wrapping_sub(each(b'!')) & !word;
        space | zero(word ^ each(b'>')) | zero(word ^ each(b'/'))
    })
}

/// The same as `until`, eight octets at a time. Of what `marks` gives, only the high bit of each octet
/// counts, and only up to the first.
#[inline]
fn until_wide(bytes: &[u8], class: u8, marks: impl Fn(u64) -> u64) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut passed = 0usize;
    for word in words {
        let found = marks(u64::from_le_bytes(*word)) & each(0x80);
        if found != 0 {
            let octet = usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0);
            return passed.saturating_add(octet);
        }
        passed = passed.saturating_add(8);
    }
    passed.saturating_add(until(rest, class))
}

#[inline]
const fn each(octet: u8) -> u64 {
    u64::from_le_bytes([octet; 8])
}

/// Marks the octets that are zero.
#[inline]
fn zero(word: u64) -> u64 {
    word.wrapping_sub(each(1)) & !word
}

/// Octets of an attribute value before the next that has to be looked at.
pub(super) fn plain_value(bytes: &[u8]) -> usize {
    until(bytes, class::IN_VALUE)
}

/// Whether all of a value is written as it is.
pub(super) fn all_plain(value: &str) -> bool {
    let plain = until_wide(value.as_bytes(), class::IN_VALUE, |word| {
        let low = word.wrapping_sub(each(b' ')) & !word;
        low | zero(word ^ each(b'&')) | zero(word ^ each(b'<')) | zero(word ^ each(b'"'))
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
        let other = octet == 0xef || octet == b'\'';
        if let (Ok(value), false) = (std::str::from_utf8(bytes), other) {
            assert_eq!(
                all_plain(value),
                of(class::IN_VALUE) == bytes.len(),
                "{octet}"
            );
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
