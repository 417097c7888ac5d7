//! Relative references to files beside each other (RFC 3986 §4.2): which name is meant.

use std::borrow::Cow;

/// Which file is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named<T> {
    /// This one.
    One(T),
    /// One is called as the reference is written, another as it is read.
    Several,
    /// None of them.
    Nothing,
}

/// Finds the file that a reference names. Percent-encoded octets are decoded once and `+` is a plus;
/// writers who do not encode what they write are understood too, as long as that names no second file.
pub fn find<'n, T: Copy>(uri: &str, files: impl IntoIterator<Item = (&'n str, T)>) -> Named<T> {
    // A fragment or query is no part of a name, unless the name is written as it is.
    let plain = decoded(uri).filter(|_| is_relative(uri));
    let named = |name: &str| name == uri || Some(name) == plain.as_deref();
    let mut found = files.into_iter().filter(|(name, _)| named(name));
    match (found.next(), found.next()) {
        (None, _) => Named::Nothing,
        (Some((_, one)), None) => Named::One(one),
        (Some(_), Some(_)) => Named::Several,
    }
}

/// Whether it is a path without scheme, root, query or fragment.
#[must_use]
pub fn is_relative(uri: &str) -> bool {
    !has_scheme(uri) && !uri.starts_with('/') && !uri.contains(['#', '?'])
}

/// RFC 3986 §3.1
fn has_scheme(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// With percent-encoded octets (RFC 3986 §2.1) as what they stand for.
fn decoded(uri: &str) -> Option<Cow<'_, str>> {
    if !uri.contains('%') {
        return Some(Cow::Borrowed(uri));
    }
    let mut octets = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            let (digits, behind) = rest.split_at_checked(2)?;
            let value = digits.iter().try_fold(0u8, |value, digit| {
                let digit = char::from(*digit).to_digit(16)?;
                Some(value << 4 | u8::try_from(digit).ok()?)
            });
            octets.push(value?);
            rest = behind;
        } else {
            octets.push(*first);
        }
    }
    String::from_utf8(octets).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reading_of_a_reference() {
        let names = [
            "a b.txt",
            "a+b.txt",
            "a%20c.txt",
            "a c.txt",
            "100%.txt",
            "Công văn.txt",
        ];
        let find = |uri: &str| find(uri, names.iter().map(|name| (*name, *name)));
        assert_eq!(find("a b.txt"), Named::One("a b.txt"));
        assert_eq!(find("a%20b.txt"), Named::One("a b.txt"));
        assert_eq!(find("a+b.txt"), Named::One("a+b.txt"));
        assert_eq!(find("a%2Bb.txt"), Named::One("a+b.txt"));
        assert_eq!(find("a%2520b.txt"), Named::Nothing);
        assert_eq!(find("a%2520c.txt"), Named::One("a%20c.txt"));
        assert_eq!(find("a%20c.txt"), Named::Several);
        assert_eq!(find("100%.txt"), Named::One("100%.txt"));
        assert_eq!(find("100%25.txt"), Named::One("100%.txt"));
        assert_eq!(find("C%C3%B4ng%20v%C4%83n.txt"), Named::One("Công văn.txt"));
        for other in [
            "",
            "/a b.txt",
            "file:a b.txt",
            "../a b.txt",
            "a b.txt#x",
            "%+2",
            "%zz",
            "a%",
        ] {
            assert_eq!(find(other), Named::Nothing, "{other}");
        }
    }
}
