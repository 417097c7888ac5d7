//! The languages of texts for people: Vietnamese first.

use super::indication::words;

words! {
    /// The language of texts for people.
    Language {
        /// Vietnamese.
        Vi = 1 "vi",
        /// English.
        En = 2 "en",
    }
}
