//! Relative references to files beside each other (RFC 3986 §4.2): which name is meant.

use std::borrow::Cow;
use std::collections::HashMap;

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

/// Files by their names, so that what many references to many files cost is their sum.
#[derive(Clone, Debug)]
pub struct Names<'n, T>(HashMap<&'n str, Named<T>>);

impl<'n, T: Copy> Names<'n, T> {
    /// Of these files.
    pub fn of(files: impl IntoIterator<Item = (&'n str, T)>) -> Self {
        let mut names = HashMap::new();
        for (name, file) in files {
            let met = names.entry(name);
            met.and_modify(|known| *known = Named::Several)
                .or_insert(Named::One(file));
        }
        Self(names)
    }

    /// The file of exactly that name.
    #[must_use]
    pub fn called(&self, name: &str) -> Named<T> {
        self.0.get(name).copied().unwrap_or(Named::Nothing)
    }

    /// The file that a reference names. Percent-encoded octets are decoded once and `+` is a plus;
    /// writers who do not encode what they write are understood too, as long as that names no second file.
    #[must_use]
    pub fn find(&self, uri: &str) -> Named<T> {
        // A fragment or query is no part of a name, unless the name is written as it is.
        let plain = decoded(uri).filter(|_| is_relative(uri));
        // RFC 3986 §5.2.4: `./` before a path leads nowhere.
        let plain = plain
            .as_deref()
            .map(|path| path.strip_prefix("./").unwrap_or(path));
        let plain = plain.filter(|plain| *plain != uri);
        let read = plain.map_or(Named::Nothing, |plain| self.called(plain));
        match (self.called(uri), read) {
            (one, Named::Nothing) => one,
            (Named::Nothing, other) => other,
            (Named::One(_) | Named::Several, Named::One(_) | Named::Several) => Named::Several,
        }
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
        let files = Names::of(names.iter().map(|name| (*name, *name)));
        let find = |uri: &str| files.find(uri);
        assert_eq!(find("a b.txt"), Named::One("a b.txt"));
        assert_eq!(find("a%20b.txt"), Named::One("a b.txt"));
        assert_eq!(find("a+b.txt"), Named::One("a+b.txt"));
        assert_eq!(find("a%2Bb.txt"), Named::One("a+b.txt"));
        assert_eq!(find("a%2520b.txt"), Named::Nothing);
        assert_eq!(find("a%2520c.txt"), Named::One("a%20c.txt"));
        assert_eq!(find("a%20c.txt"), Named::Several);
        assert_eq!(find("100%.txt"), Named::One("100%.txt"));
        assert_eq!(find("100%25.txt"), Named::One("100%.txt"));
        assert_eq!(find("./a+b.txt"), Named::One("a+b.txt"));
        assert_eq!(find("./100%25.txt"), Named::One("100%.txt"));
        assert_eq!(find("C%C3%B4ng%20v%C4%83n.txt"), Named::One("Công văn.txt"));
        for other in [
            "",
            "/a b.txt",
            "file:a b.txt",
            "../a b.txt",
            "./../a b.txt",
            ".//a b.txt",
            "a b.txt#x",
            "%+2",
            "%zz",
            "a%",
        ] {
            assert_eq!(find(other), Named::Nothing, "{other}");
        }
        let twice = Names::of([("a", 1), ("a", 2), ("b", 3)]);
        assert_eq!(twice.find("a"), Named::Several);
        assert_eq!(twice.find("%61"), Named::Several);
        assert_eq!(twice.find("%62"), Named::One(3));
    }
}
