//! Attributes as nearly all are, read at one look: what of them has to be known is known when they were passed over.

use super::index::is_identifier;
use super::names::ascii_name;
use super::scan::{behind, plain_value};

/// Up to so many of one tag; those of an invoice have at most three.
const FEW: usize = 4;

/// The attributes behind the name of a tag, if none has a prefix, declares a namespace or is an identifier, and each is
/// written as in a canonical form: the octets up to the end of the tag, that `<` included; whether the element is
/// empty; and whether the tag stands as its own canonical form. `None` of any others, and of more than [`FEW`].
#[inline]
pub(super) fn attributes(bytes: &[u8]) -> Option<(usize, bool, bool)> {
    let (mut at, mut ordered) = (0usize, true);
    let mut names: [&[u8]; FEW] = [&[]; FEW];
    for count in 0..=FEW {
        let inside = match behind(bytes, at) {
            [b'>', ..] => return Some((at.wrapping_add(2), false, ordered)),
            [b'/', b'>', ..] => return Some((at.wrapping_add(3), true, false)),
            [b' ', inside @ ..] => inside,
            _ => return None,
        };
        let (name, octets) = attribute(inside)?;
        let before = names.get(..count)?;
        if before.contains(&name) {
            return None;
        }
        ordered &= before.last().is_none_or(|before| *before < name);
        *names.get_mut(count)? = name;
        at = at.wrapping_add(octets).wrapping_add(1);
    }
    None
}

/// The name of one of these, and its octets up to behind the quote.
#[inline]
fn attribute(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (length, prefix) = ascii_name(bytes)?;
    let (name, behind) = bytes.split_at_checked(length)?;
    let [b'=', b'"', value @ ..] = behind else {
        return None;
    };
    let plain = plain_value(value);
    let ends = value.get(plain) == Some(&b'"');
    let says_more = prefix != 0 || name == b"xmlns" || is_identifier(name);
    let octets = length.wrapping_add(plain).wrapping_add(3);
    (ends && !says_more).then_some((name, octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::xml::Document;
    use crate::format::xml::tag::Tag;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// What a tag with attributes can be made of, right and wrong.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            " a=\"\"",
            " a=\"1\"",
            " b=\"x y\"",
            " currencyID=\"VND\"",
            " Id=\"i\"",
            " xmlns=\"u:v\"",
            " xmlns:p=\"u:p\"",
            " p:a=\"\"",
            " b=''",
            " c=\"é\"",
            " é=\"\"",
            " d=\"&amp;\"",
            " e=\"\t\"",
            " f=\">\"",
            "  g=\"\"",
            "\nh=\"\"",
            " i =\"\"",
            " j= \"\"",
            " k",
            "l=\"\"",
            " xmlnsa=\"\"",
            " id=\"\"",
            " m=\"\u{ffff}\"",
            "/",
            "<",
            "\"",
            " ",
        ])
    }

    /// What the tag says to who reads each attribute: its end, and whether it stands.
    fn read(text: &str) -> (usize, bool, bool) {
        let tag = Tag::at(text, 0).expect("a name");
        let mut all = Vec::new();
        let end = tag.read(&mut all).expect("an end");
        assert!(
            all.iter().all(|a| a.plain && a.declares().is_none()),
            "{text}"
        );
        assert!(
            all.iter().all(|a| !is_identifier(a.name.as_bytes())),
            "{text}"
        );
        let names: BTreeSet<_> = all.iter().map(|a| a.name).collect();
        assert_eq!(names.len(), all.len(), "{text}");
        (end.at, end.empty, tag.stands(&all, end))
    }

    proptest! {
        #[test]
        fn what_is_read_at_one_look_is_what_is_read_one_by_one(
            pieces in prop::collection::vec(piece(), 0..6),
            empty in any::<bool>(),
        ) {
            let end = if empty { "/>" } else { ">" };
            let text = format!("<t{}{end}and behind it more", pieces.concat());
            if let Some((octets, empty, stands)) = attributes(&text.as_bytes()[2..]) {
                prop_assert_eq!((octets.saturating_add(1), empty, stands), read(&text));
                let whole = format!("{}{}", &text[..=octets], if empty { "" } else { "</t>" });
                prop_assert!(Document::read(whole.as_bytes()).is_ok(), "{}", whole);
            }
        }
    }

    #[test]
    fn what_invoices_have_is_read_at_one_look() {
        for (text, found) in [
            (" currencyID=\"VND\">", Some((false, true))),
            (" a=\"\" b=\"\" c=\"\" d=\"\">", Some((false, true))),
            (" b=\"\" a=\"\">", Some((false, false))),
            (" a=\"Giấy in\"/>", Some((true, false))),
            (" a=\"\" a=\"\">", None),
            (" a=\"\" b=\"\" c=\"\" d=\"\" e=\"\">", None),
            (" Id=\"\">", None),
            (" xmlns=\"\">", None),
            (" xmlns:p=\"u:\">", None),
            (" xml:lang=\"vi\">", None),
            (" a=\"\"", None),
            (" a=\"", None),
            (" a", None),
        ] {
            // The `<` before the name is counted.
            let found = found.map(|(empty, stands)| (text.len() + 1, empty, stands));
            assert_eq!(attributes(text.as_bytes()), found, "{text}");
        }
    }
}
