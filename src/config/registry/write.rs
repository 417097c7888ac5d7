//! The registry as the text of `units.toml`.

use crate::model::UnitCode;
use crate::registry::{Contact, Details, Registry};
use std::fmt::Write as _;

const HEAD: &str = "\
# Các đơn vị và khóa của chúng. / The units and the keys bound to them.
# Tệp này do các lệnh `lienthong unit …` ghi lại; chú thích khác sẽ mất.
# Written by the commands `lienthong unit …`; other comments are not kept.
";

/// The registry as text.
#[must_use]
pub fn to_toml(registry: &Registry) -> String {
    let mut out = HEAD.to_owned();
    for unit in registry.units() {
        out.push_str("\n[[unit]]\n");
        line(&mut out, "code", unit.code.as_str());
        line(&mut out, "name", &unit.name);
        line(&mut out, "kind", unit.kind.name());
        if let Some(parent) = &unit.parent {
            line(&mut out, "parent", parent.as_str());
        }
        details(&mut out, &unit.details);
        if let Some(url) = unit.channel.url() {
            let _ = writeln!(out, "[unit.{}]", unit.channel.name());
            line(&mut out, "url", url);
        }
        if let Some(ca) = unit.channel.ca() {
            line(&mut out, "ca", ca);
        }
    }
    for binding in registry.bindings() {
        out.push_str("\n[[binding]]\n");
        line(&mut out, "unit", binding.unit.as_str());
        line(&mut out, "role", binding.role.name());
        line(&mut out, "issuer_key", &binding.keys.issuer.to_hex());
        line(&mut out, "subject_key", &binding.keys.subject.to_hex());
        line(&mut out, "from", &binding.from.to_string());
        if let Some(until) = binding.until {
            line(&mut out, "until", &until.to_string());
        }
        if !binding.note.is_empty() {
            line(&mut out, "note", &binding.note);
        }
    }
    for change in registry.lineage().changes() {
        out.push_str("\n[[change]]\n");
        line(&mut out, "kind", change.kind.name());
        line(&mut out, "on", &change.on.to_string());
        line(&mut out, "basis", &change.basis);
        list(&mut out, "from", &codes(&change.from));
        list(&mut out, "to", &codes(&change.to));
    }
    out
}

/// What a unit has beside what every unit has; a list that is empty is not written.
fn details(out: &mut String, details: &Details) {
    let Details {
        level,
        aliases,
        former_names,
        contact,
        reached,
    } = details;
    if let Some(level) = level {
        line(out, "level", level.name());
    }
    list(out, "aliases", &codes(aliases));
    if *contact != Contact::default() {
        let all = [
            ("name", &contact.name),
            ("email", &contact.email),
            ("phone", &contact.phone),
        ];
        let said = all.into_iter().filter(|(_, text)| !text.is_empty());
        let said: Vec<String> = said.map(|(key, text)| pair(key, text)).collect();
        let _ = writeln!(out, "contact = {{ {} }}", said.join(", "));
    }
    let names: Vec<String> = former_names
        .iter()
        .map(|n| {
            format!(
                "{{ {}, {} }}",
                pair("until", &n.until.to_string()),
                pair("name", &n.name)
            )
        })
        .collect();
    list(out, "former_names", &names);
    let ways: Vec<String> = reached
        .iter()
        .map(|r| {
            format!(
                "{{ {}, {} }}",
                pair("from", &r.from.to_string()),
                pair("via", r.via.name())
            )
        })
        .collect();
    list(out, "reached", &ways);
}

fn codes(all: &[UnitCode]) -> Vec<String> {
    all.iter().map(|code| quoted(code.as_str())).collect()
}

fn list(out: &mut String, key: &str, values: &[String]) {
    if !values.is_empty() {
        let _ = writeln!(out, "{key} = [{}]", values.join(", "));
    }
}

fn pair(key: &str, value: &str) -> String {
    format!("{key} = {}", quoted(value))
}

/// The value's own writer quotes whatever TOML cannot hold bare.
fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

fn line(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{}", pair(key, value));
}
