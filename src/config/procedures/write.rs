//! A procedure as the file that says it.

use crate::dossier::{Component, FactKind, Procedure, SignedBy, Term, Validity};
use std::fmt::Write as _;

/// The text that [`super::parse`] reads back to the same procedure.
#[must_use]
pub fn to_toml(own: &Procedure) -> String {
    let mut out = String::new();
    line(&mut out, "code", &own.code);
    line(&mut out, "name", &own.name);
    line(&mut out, "field", &own.field);
    line(&mut out, "level", own.level.name());
    line(&mut out, "basis", &own.basis);
    bare(&mut out, "version", &own.version.to_string());
    line(&mut out, "from", &own.from.to_string());
    if let Some(until) = own.until {
        line(&mut out, "until", &until.to_string());
    }
    match own.term {
        Term::WorkingDays(days) => bare(&mut out, "working_days", &days.to_string()),
        Term::WorkingHours(hours) => bare(&mut out, "working_hours", &hours.to_string()),
    }
    flag(&mut out, "fee", own.fee);
    flag(&mut out, "sample", own.sample);
    maybe(&mut out, "source", own.source.as_deref());
    for (name, fact) in &own.facts {
        let _ = writeln!(out, "\n[facts.{name}]");
        line(&mut out, "question", &fact.question);
        match &fact.kind {
            FactKind::Flag => line(&mut out, "kind", "flag"),
            FactKind::Number => line(&mut out, "kind", "number"),
            FactKind::Word(words) => list(&mut out, "words", words.iter().map(String::as_str)),
        }
    }
    if !own.conditions.is_empty() {
        out.push_str("\n[conditions]\n");
        for (name, condition) in &own.conditions {
            line(&mut out, name, &condition.to_string());
        }
    }
    for component in &own.components {
        one(&mut out, component);
    }
    out
}

fn one(out: &mut String, own: &Component) {
    out.push_str("\n[[component]]\n");
    line(out, "id", &own.id);
    line(out, "name", &own.name);
    list(out, "forms", own.forms.iter().map(|form| form.name()));
    maybe(out, "template", own.template.as_deref());
    bare(out, "copies", &own.copies.to_string());
    if own.signed_by != SignedBy::Nobody {
        line(out, "signed_by", own.signed_by.name());
    }
    match own.valid {
        None => {}
        Some(Validity::Days(days)) => bare(out, "valid_days", &days.to_string()),
        Some(Validity::Months(months)) => bare(out, "valid_months", &months.to_string()),
    }
    maybe(
        out,
        "when",
        own.when.as_ref().map(ToString::to_string).as_deref(),
    );
    maybe(out, "one_of", own.one_of.as_deref());
    flag(out, "several", own.several);
    maybe(out, "in_database", own.in_database.as_deref());
    maybe(out, "basis", own.basis.as_deref());
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn line(out: &mut String, key: &str, text: &str) {
    bare(out, key, &quoted(text));
}

fn bare(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {value}");
}

fn maybe(out: &mut String, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        line(out, key, text);
    }
}

fn flag(out: &mut String, key: &str, set: bool) {
    if set {
        bare(out, key, "true");
    }
}

fn list<'a>(out: &mut String, key: &str, all: impl Iterator<Item = &'a str>) {
    let all: Vec<String> = all.map(quoted).collect();
    bare(out, key, &format!("[{}]", all.join(", ")));
}
