//! Sentences with owned values, as problems carry them to where the language is known.

use crate::lang;
use crate::model::Language;

/// Named values for a sentence.
pub(super) type Args = Vec<(&'static str, String)>;

/// The sentence under `key`; values of others are shown with their control characters visible.
#[must_use]
pub(super) fn text(language: Language, key: &str, args: &Args) -> String {
    let shown: Vec<(&str, String)> = args
        .iter()
        .map(|(name, value)| (*name, lang::visible(value)))
        .collect();
    let shown: Vec<(&str, &str)> = shown.iter().map(|(n, v)| (*n, v.as_str())).collect();
    lang::text(language, key, &shown)
}
