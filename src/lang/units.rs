//! Sentences about units: what is wrong with a registry or a table, and what an import changes.

use super::{day, text, word};
use crate::model::{Language, UnitCode};
use crate::registry::difference::{Difference, Field};
use crate::registry::table::{Mistake, TableError};
use crate::registry::{Binding, LineageError, RegistryError, Succession};

/// What is wrong with a registry.
#[must_use]
pub fn registry(language: Language, error: &RegistryError) -> String {
    let say = |key: &str, one: &str, two: &str, three: &str| {
        text(
            language,
            key,
            &[("one", one), ("two", two), ("three", three)],
        )
    };
    match error {
        RegistryError::RepeatedUnit(unit) => say("registry-repeated-unit", unit.as_str(), "", ""),
        RegistryError::UnknownParent(unit, parent) => say(
            "registry-unknown-parent",
            unit.as_str(),
            parent.as_str(),
            "",
        ),
        RegistryError::Cycle(unit) => say("registry-cycle", unit.as_str(), "", ""),
        RegistryError::UnknownUnit(unit) => say("registry-unknown-unit", unit.as_str(), "", ""),
        RegistryError::RepeatedKey { key, first, second } => {
            say("registry-repeated-key", &key.to_hex(), first, second)
        }
        RegistryError::UnknownGroupUnit(unit) => {
            say("registry-unknown-group-unit", unit.as_str(), "", "")
        }
        RegistryError::RepeatedCode {
            code,
            first,
            second,
        } => say(
            "registry-repeated-code",
            code.as_str(),
            first.as_str(),
            second.as_str(),
        ),
        RegistryError::Details { unit, what } => say(
            "registry-details",
            unit.as_str(),
            &word(language, "registry-details", what.name()),
            "",
        ),
        RegistryError::Lineage(error) => lineage(language, error),
        RegistryError::TooMany => say("registry-too-many", "", "", ""),
    }
}

fn lineage(language: Language, error: &LineageError) -> String {
    let kind = |kind: &str| word(language, "succession", kind);
    let (key, one, two, three) = match error {
        LineageError::Units { kind: k, on } => (
            "lineage-units",
            kind(k.name()),
            day(language, *on),
            String::new(),
        ),
        LineageError::NoBasis { kind: k, on } => (
            "lineage-no-basis",
            kind(k.name()),
            day(language, *on),
            String::new(),
        ),
        LineageError::UnknownUnit { unit, on } => (
            "lineage-unknown-unit",
            unit.to_string(),
            day(language, *on),
            String::new(),
        ),
        LineageError::EndedTwice {
            unit,
            first,
            second,
        } => (
            "lineage-ended-twice",
            unit.to_string(),
            day(language, *first),
            day(language, *second),
        ),
        LineageError::Ended { unit, on, ended } => (
            "lineage-ended",
            unit.to_string(),
            day(language, *on),
            day(language, *ended),
        ),
        LineageError::TooMany => (
            "lineage-too-many",
            String::new(),
            String::new(),
            String::new(),
        ),
    };
    text(
        language,
        key,
        &[("one", &one), ("two", &two), ("three", &three)],
    )
}

/// A mistake of a table: the line of the file, then what is wrong there.
#[must_use]
pub fn cell(language: Language, mistake: &Mistake) -> String {
    let column = word(language, "column", mistake.column.name());
    let expected = word(language, "column-form", mistake.column.name());
    let key = format!("cell-{}", mistake.problem.name());
    let values = [
        ("column", column.as_str()),
        ("value", mistake.value.as_str()),
        ("expected", expected.as_str()),
    ];
    format!("{}: {}", mistake.line, text(language, &key, &values))
}

/// Why a table is none.
#[must_use]
pub fn table(language: Language, error: &TableError) -> String {
    let (key, value) = match error {
        TableError::NotText(line) => ("table-not-text", line.to_string()),
        TableError::Row(line) => ("table-row", line.to_string()),
        TableError::Head(name) => ("table-head", name.clone()),
        TableError::Cells(_, count) => ("table-cells", count.to_string()),
        TableError::Empty => ("table-empty", String::new()),
    };
    text(language, key, &[("value", &value)])
}

/// One thing that an import changes, with a sign at its beginning.
#[must_use]
pub fn difference(language: Language, one: &Difference) -> String {
    match one {
        Difference::Added(unit, name) => format!("+ {unit} {}", super::visible(name)),
        Difference::Removed(unit, name) => format!("- {unit} {}", super::visible(name)),
        Difference::Changed(unit, fields) => {
            let all: Vec<String> = fields.iter().map(|one| field(language, one)).collect();
            format!("~ {unit} {}", all.join("; "))
        }
        Difference::Bound(key) => format!("+ {}", bound(language, key)),
        Difference::Unbound(key) => format!("- {}", bound(language, key)),
        Difference::Happened(change) => format!("+ {}", happened(language, change)),
        Difference::Undone(change) => format!("- {}", happened(language, change)),
    }
}

fn field(language: Language, field: &Field) -> String {
    let name = word(language, "unit-field", field.name);
    let shown = |text: &str| match text {
        "" => "—".to_owned(),
        text => super::visible(text),
    };
    format!("{name}: {} → {}", shown(&field.before), shown(&field.after))
}

fn bound(language: Language, binding: &Binding) -> String {
    let (role, key) = (
        word(language, "role", binding.role.name()),
        binding.keys.subject.to_hex(),
    );
    let values = [
        ("unit", binding.unit.as_str()),
        ("role", role.as_str()),
        ("key", key.as_str()),
    ];
    text(language, "difference-key", &values)
}

/// A change of units in words: *1/7/2025 sáp nhập: A, B → C (NQ …)*.
#[must_use]
pub fn happened(language: Language, change: &Succession) -> String {
    let codes = |all: &[UnitCode]| {
        all.iter()
            .map(UnitCode::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let kind = word(language, "succession", change.kind.name());
    let (on, from, to) = (
        day(language, change.on),
        codes(&change.from),
        codes(&change.to),
    );
    let values = [
        ("on", on.as_str()),
        ("kind", kind.as_str()),
        ("from", from.as_str()),
        ("to", if to.is_empty() { "—" } else { to.as_str() }),
        ("basis", change.basis.as_str()),
    ];
    text(language, "difference-change", &values)
}
