//! Text of people in one form.

use std::borrow::Cow;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in NFC (Unicode Standard Annex 15). Nearly all that is sent is in it already, and a look tells.
#[must_use]
pub fn nfc(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

/// A text as people tell names apart: letters without marks and case, and digits; nothing else. `Lý do.TXT` and
/// `LY-DO.txt` are one.
#[must_use]
pub fn unmarked(text: &str) -> String {
    let plain = text.nfkd().flat_map(char::to_lowercase);
    let plain = plain.map(|c| if c == 'đ' { 'd' } else { c });
    plain.filter(|c| c.is_alphanumeric()).collect()
}

/// Spreadsheets take a text with one of these at its beginning for a formula, or for the end of the cell before.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The text as a cell that no spreadsheet computes.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    match text.starts_with(FORMULA) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Such a cell read back.
#[must_use]
pub fn bare(text: &str) -> &str {
    let inside = text
        .strip_prefix('\'')
        .filter(|inside| inside.starts_with(FORMULA));
    inside.unwrap_or(text)
}

/// The words of a text as they are searched for: without marks and case, `Đ` as `d`, in their order.
pub fn search_words(text: &str) -> impl Iterator<Item = String> + '_ {
    // A mark that stands alone belongs to the letter before it, and ends no word.
    let apart = |c: char| !c.is_alphanumeric() && !is_combining_mark(c);
    text.split(apart)
        .map(unmarked)
        .filter(|word| !word.is_empty())
}

/// Whether a character shows nothing of itself, or makes what is around it read otherwise than it is written: controls,
/// characters of no width, fillers, tags, and bidirectional controls (Unicode TR 36 §2.8, UAX 44
/// Default_Ignorable_Code_Point). Variation selectors stay out: they are part of how signs are written.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether nobody can read anything in it.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let selector = |c: char| matches!(c, '\u{fe00}'..='\u{fe0f}');
    text.chars()
        .all(|c| c.is_whitespace() || is_hidden(c) || selector(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quick_look_changes_nothing(text in "[\\PC\\u{300}-\\u{36f}\\u{1100}-\\u{11ff}aeoiuyđĐêơư]{0,40}") {
            prop_assert_eq!(nfc(&text), text.nfc().collect::<String>());
        }
    }

    #[test]
    fn vietnamese_in_two_spellings_is_one() {
        assert_eq!(nfc("Nghi\u{323} quye\u{302}\u{301}t"), "Nghị quyết");
        assert_eq!(nfc("Nghị quyết"), "Nghị quyết");
    }

    #[test]
    fn words_are_found_in_any_spelling() {
        let all = |text: &str| search_words(text).collect::<Vec<_>>().join(" ");
        let plain = "v v giao dat khu 12 stc vp";
        for text in [
            "V/v giao đất khu 12/STC-VP",
            "V/v GIAO ĐẤT khu 12/STC-VP",
            "v/v giao \u{111}a\u{302}\u{301}t khu 12/stc-vp",
            "v v giao dat, khu: 12 (stc) vp",
        ] {
            assert_eq!(all(text), plain, "{text}");
        }
        assert_eq!(all(" -/ \u{301}"), "");
    }

    #[test]
    fn cells_are_no_formulas_and_come_back() {
        for text in [
            "=1+1", "+84", "-", "@a", "\t=1", "\r", "'=", "'", "", "a=b", "Xã",
        ] {
            let cell = inert(text);
            assert!(!cell.starts_with(FORMULA), "{text}");
            if !text.starts_with('\'') {
                assert_eq!(bare(&cell), text);
            }
        }
    }

    #[test]
    fn what_nobody_sees_is_blank_and_signs_are_not() {
        for blank in [
            "",
            " \n\t",
            "\u{200b}",
            "\u{a0}\u{2060}\u{feff}",
            "\u{3164}\u{fe0f}",
            "\0",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for read in ["a", "\u{200b}.", "👩\u{200d}💻", "0"] {
            assert!(!is_blank(read), "{read:?}");
        }
        for hidden in ['\u{200b}', '\u{202e}', '\u{ad}', '\u{e0041}', '\n'] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in ['a', 'ệ', ' ', '😀', '\u{301}', '/'] {
            assert!(!is_hidden(seen), "{seen:?}");
        }
    }
}
