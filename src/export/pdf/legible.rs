//! Text as it can be printed: every character has a letter in the fonts, and every word can be broken.

use super::press::Fonts;
use crate::lang;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word after which it may be broken anywhere: more than a Vietnamese word has, and few English ones have.
const WORD: usize = 16;
/// … and after which it may be broken behind a mark, as between *a/* and *b*.
const PART: usize = 5;
/// The marks.
const MARKS: &[char] = &['_', '/', '@', '.', ',', ';', ':', ')', '=', '&', '?', '-'];

/// A place where a line may end: hidden in text of others, so that each is ours. Templates make it a gap of no width.
const BREAK: char = '\u{200b}';

/// Text of a cell or a line: composed, so that letter and marks are one; hidden characters and those without a letter in
/// the fonts by their numbers; long words breakable.
pub(super) fn text(fonts: &Fonts, given: &str) -> String {
    let composed: String = given.nfc().collect();
    let mut out = String::with_capacity(composed.len());
    let (mut long, mut marked) = (0_usize, false);
    for c in drawn(fonts, &lang::visible(&composed)).chars() {
        if c.is_whitespace() {
            long = 0;
        } else if (long >= WORD || long >= PART && marked) && !is_combining_mark(c) {
            out.push(BREAK);
            long = 1;
        } else {
            long = long.saturating_add(1);
        }
        marked = MARKS.contains(&c);
        out.push(c);
    }
    out
}

/// A drawing: its text composed and drawable. Its line ends and its markup are left alone.
pub(super) fn drawing(fonts: &Fonts, svg: &str) -> String {
    let composed: String = svg.nfc().collect();
    drawn(fonts, &composed)
}

/// Characters without a letter in the fonts by their numbers: an archivable PDF has a letter for each.
fn drawn(fonts: &Fonts, given: &str) -> String {
    let mut out = String::with_capacity(given.len());
    for c in given.chars() {
        if c.is_ascii() || fonts.has(c) && !is_private(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Characters on which only those who use them agree: a font may draw anything.
fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Every string of data; keys are those of the program.
pub(super) fn data(fonts: &Fonts, value: &mut Value) {
    match value {
        Value::String(said) => *said = text(fonts, said),
        Value::Array(all) => all.iter_mut().for_each(|one| data(fonts, one)),
        Value::Object(all) => all.values_mut().for_each(|one| data(fonts, one)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
