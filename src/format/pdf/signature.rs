//! What a signature dictionary says (ISO 32000-2 §12.8.1), and where.

use super::date;
use super::value::{Dictionary, Value, text};
use super::view::View;
use crate::model::Timestamp;
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

/// Fields that a signature locks (FieldMDP and `/Lock`, ISO 32000-2 tables 236 and 260).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FieldLock {
    /// All of them.
    All,
    /// These, and those below them.
    Include(Vec<String>),
    /// All but these and those below them.
    Exclude(Vec<String>),
}

impl FieldLock {
    /// Whether a field is locked.
    #[must_use]
    pub fn locks(&self, name: &str) -> bool {
        let among = |names: &[String]| {
            names.iter().any(|one| {
                let below = name.strip_prefix(one.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => among(names),
            Self::Exclude(names) => !among(names),
        }
    }
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
    /// The object that it is, if it is one by itself.
    pub object: Option<u32>,
    /// What it permits afterwards, if it says so: DocMDP, or `/P` of its field's lock.
    pub permission: Option<Permission>,
    /// The fields that it locks.
    pub locks: Vec<FieldLock>,
    /// `/M`: when it was signed, by the signer's word.
    pub claimed: Option<Timestamp>,
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
            object: None,
            permission: None,
            locks: Vec::new(),
            claimed: None,
            timestamp: false,
            range: 0..0,
        }
    }

    /// Whether it is a document timestamp: by its type or by its format (§12.8.5).
    #[must_use]
    pub fn is_timestamp(&self) -> bool {
        let kind = self.sub_filter.as_str();
        self.timestamp || matches!(kind, "ETSI.RFC3161" | "PBAD.DocTimeStamp")
    }

    /// Reads one that lies in the file itself.
    pub(super) fn read<'s, 'd: 's>(
        name: String,
        dictionary: &Dictionary<'s>,
        view: View<'d, '_>,
    ) -> Self {
        let mut found = Self::broken(name, "");
        found.problem = None;
        found.restrict(dictionary, view);
        found.range = dictionary.range.clone();
        found.timestamp = dictionary.get(b"Type").and_then(Value::name) == Some(b"DocTimeStamp");
        found.claimed = dictionary
            .get(b"M")
            .and_then(text)
            .and_then(|m| date::read(&m));
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

impl SignatureDictionary {
    /// DocMDP and FieldMDP (ISO 32000-2 §12.8.2.2, §12.8.2.4).
    fn restrict<'s, 'd: 's>(&mut self, dictionary: &Dictionary<'s>, view: View<'d, '_>) {
        for reference in view.array(dictionary, b"Reference").unwrap_or_default() {
            let reference = match reference.reference() {
                Some(number) => view.value(number),
                None => Some(reference),
            };
            let Some(reference) = reference.and_then(Value::into_dictionary) else {
                continue;
            };
            let method = view.under(&reference, b"TransformMethod");
            let parameters = view.dictionary(&reference, b"TransformParams");
            match method.as_ref().and_then(Value::name) {
                Some(b"DocMDP") => {
                    let level = parameters.and_then(|p| view.under(&p, b"P"));
                    // Table 257: 2 if absent. Anything else is read as the strictest.
                    self.permit(match level.map(|level| level.integer()) {
                        None | Some(Some(2)) => Permission::Forms,
                        Some(Some(3)) => Permission::Annotations,
                        Some(_) => Permission::Nothing,
                    });
                }
                Some(b"FieldMDP") => self.locks.push(field_lock(parameters.as_ref(), view)),
                _ => {}
            }
        }
    }

    /// `/Lock` of the field that holds it (§12.7.5.5, table 236).
    pub(super) fn lock<'s, 'd: 's>(&mut self, field: &Dictionary<'s>, view: View<'d, '_>) {
        let Some(lock) = view.dictionary(field, b"Lock") else {
            return;
        };
        self.locks.push(field_lock(Some(&lock), view));
        match view.under(&lock, b"P").map(|level| level.integer()) {
            None => {}
            Some(Some(2)) => self.permit(Permission::Forms),
            Some(Some(3)) => self.permit(Permission::Annotations),
            Some(_) => self.permit(Permission::Nothing),
        }
    }

    /// The strictest of what it says counts.
    fn permit(&mut self, permission: Permission) {
        let known = self.permission.unwrap_or(permission);
        self.permission = Some(known.min(permission));
    }
}

/// What cannot be read locks everything.
fn field_lock<'s, 'd: 's>(lock: Option<&Dictionary<'s>>, view: View<'d, '_>) -> FieldLock {
    let Some(lock) = lock.filter(|_| !view.is_locked()) else {
        return FieldLock::All;
    };
    let names = || -> Option<Vec<String>> {
        let names = view.array(lock, b"Fields")?;
        names.iter().map(text).collect()
    };
    let action = view.under(lock, b"Action");
    match (action.as_ref().and_then(Value::name), names()) {
        (Some(b"Include"), Some(names)) => FieldLock::Include(names),
        (Some(b"Exclude"), Some(names)) => FieldLock::Exclude(names),
        _ => FieldLock::All,
    }
}

fn byte_range(value: &Value<'_>) -> Option<[u64; 4]> {
    let items = value.array()?.iter();
    let numbers: Option<Vec<u64>> = items
        .map(|v| v.integer().and_then(|v| u64::try_from(v).ok()))
        .collect();
    numbers?.try_into().ok()
}
