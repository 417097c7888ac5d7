//! What a signature dictionary says (ISO 32000-2 §12.8.1), and where.

use super::lexer::{Dictionary, Value};
use std::ops::Range;

/// What a certification signature permits afterwards (DocMDP, ISO 32000-2 table 257).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Permission {
    /// No change at all.
    Nothing,
    /// Filling in forms and signing.
    Forms,
    /// Annotations as well.
    Annotations,
}

/// One signature dictionary, or what stands in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignatureDictionary {
    /// The full name of the field that holds it; the object's number where no field does.
    pub name: String,
    /// How many fields hold it; one is right.
    pub fields: usize,
    /// What is wrong with it, if something is.
    pub problem: Option<&'static str>,
    /// `/SubFilter`.
    pub sub_filter: String,
    /// `/ByteRange`.
    pub byte_range: [u64; 4],
    /// Where the hexadecimal string of `/Contents` lies, brackets included.
    pub contents: Range<usize>,
    /// The DocMDP permission, if it certifies.
    pub permission: Option<Permission>,
    /// Whether it is a document timestamp.
    pub timestamp: bool,
    /// Where the dictionary lies.
    pub range: Range<usize>,
}

impl SignatureDictionary {
    /// A field's value that is no signature dictionary.
    pub(crate) fn broken(name: String, problem: &'static str) -> Self {
        Self {
            name,
            fields: 1,
            problem: Some(problem),
            sub_filter: String::new(),
            byte_range: [0; 4],
            contents: 0..0,
            permission: None,
            timestamp: false,
            range: 0..0,
        }
    }

    /// Reads one that lies in the file itself. `permission` was found through its references.
    pub(super) fn read(
        name: String,
        dictionary: &Dictionary<'_>,
        permission: Option<Permission>,
    ) -> Self {
        let mut found = Self::broken(name, "");
        found.problem = None;
        found.permission = permission;
        found.range = dictionary.range.clone();
        found.timestamp = dictionary.get(b"Type").and_then(Value::name) == Some(b"DocTimeStamp");
        let text = |value: &Value<'_>| value.name().map(|n| String::from_utf8_lossy(n).into());
        match dictionary.get(b"SubFilter").map(text) {
            Some(Some(sub_filter)) => found.sub_filter = sub_filter,
            Some(None) => found.problem = Some("SubFilter"),
            None => {}
        }
        match dictionary.get(b"ByteRange").and_then(byte_range) {
            Some(range) => found.byte_range = range,
            None => found.problem = Some("ByteRange"),
        }
        match dictionary.get(b"Contents") {
            Some(Value::Hexadecimal(text, at)) => {
                found.contents = *at..at.saturating_add(text.len());
            }
            _ => found.problem = Some("Contents"),
        }
        for key in [&b"ByteRange"[..], b"Contents", b"SubFilter"] {
            if dictionary.repeats(key) {
                found.problem = Some("a repeated key");
            }
        }
        found
    }
}

fn byte_range(value: &Value<'_>) -> Option<[u64; 4]> {
    let items = value.array()?.iter();
    let numbers: Option<Vec<u64>> = items
        .map(|v| v.integer().and_then(|v| u64::try_from(v).ok()))
        .collect();
    numbers?.try_into().ok()
}
