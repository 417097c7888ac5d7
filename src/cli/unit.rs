//! `unit add`, `list`, `show`: the registry. Changes go to the file, then the running
//! daemon is told.

use super::args::UnitAdd;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::unit_delivery;
use crate::client::admin::Admin;
use crate::client::wire::UnitView;
use crate::config::{ConfigError, Settings, registry};
use crate::lang::{self, report::moment};
use crate::model::{LocalDay, UnitCode};
use crate::registry::{Binding, Channel, Details, Parts, Registry, Succession, Unit, UnitKind};

/// Parses a code of the command line.
pub(super) fn code(console: &Console, text: &str) -> Result<UnitCode, Failure> {
    let wrong = || {
        let failure = Failure::usage(console.language, "cli-code-wrong", &[("code", text)]);
        failure.with_next(console.text("cli-code-wrong-next", &[]))
    };
    UnitCode::parse(text).ok_or_else(wrong)
}

/// Tells the running daemon to load the rules anew; says so, or that none runs.
pub(super) async fn reload(console: &Console, settings: &Settings) -> Result<(), Failure> {
    match Admin::connect(&settings.socket(), console.language).await {
        None => console.tell("cli-no-daemon", &[]),
        Some(admin) => {
            let reloaded = admin.reload().await;
            reloaded.map_err(|e| Failure::client(console.language, &e))?;
            console.tell("cli-reloaded", &[]);
        }
    }
    Ok(())
}

/// Changes the registry's file.
pub(super) fn edit(
    console: &Console,
    settings: &Settings,
    change: impl FnOnce(&mut Parts),
) -> Result<(), Failure> {
    let edited = registry::edit(&settings.units, change);
    edited.map(|_| ()).map_err(|e| refused(console, e))
}

/// Why a change was not made.
pub(super) fn refused(console: &Console, error: ConfigError) -> Failure {
    match error {
        // Not the file's mistake but the command's.
        ConfigError::Registry { error, .. } => {
            Failure::new(Exit::Failed, lang::registry(console.language, &error))
        }
        ConfigError::NotFound(_)
        | ConfigError::Read { .. }
        | ConfigError::Write { .. }
        | ConfigError::Mistake(_)
        | ConfigError::Environment { .. }
        | ConfigError::Material { .. } => Failure::config(console.language, &error),
    }
}

pub(super) async fn add(console: &Console, asked: UnitAdd) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let unit = unit_of(
        console,
        &asked.code,
        asked.name,
        &asked.kind,
        asked.parent.as_deref(),
    )?;
    let code = unit.code.to_string();
    if read(console, &settings)?.unit(&unit.code).is_some() {
        let values = [("code", code.as_str())];
        let failure = Failure::new(Exit::Failed, console.text("cli-unit-exists", &values));
        return Err(failure.with_next(console.text("cli-unit-exists-next", &values)));
    }
    edit(console, &settings, |parts| parts.units.push(unit))?;
    console.tell("cli-unit-added", &[("code", &code)]);
    reload(console, &settings).await?;
    Ok(Exit::Done)
}

fn unit_of(
    console: &Console,
    text: &str,
    name: String,
    kind: &str,
    parent: Option<&str>,
) -> Result<Unit, Failure> {
    let unknown = || {
        let values = [
            ("flag", "--kind"),
            ("value", kind),
            ("known", "state, other"),
        ];
        Failure::usage(console.language, "cli-value-unknown", &values)
    };
    let parent = parent.filter(|p| !p.is_empty());
    if name.trim().is_empty() {
        let values = [("code", text)];
        return Err(Failure::usage(
            console.language,
            "cli-unit-no-name",
            &values,
        ));
    }
    Ok(Unit {
        code: code(console, text)?,
        name,
        kind: UnitKind::from_name(kind).ok_or_else(unknown)?,
        parent: parent.map(|p| code(console, p)).transpose()?,
        channel: Channel::Pull,
        details: Details::default(),
    })
}

pub(super) fn read(console: &Console, settings: &Settings) -> Result<Registry, Failure> {
    registry::read(&settings.units).map_err(|e| Failure::config(console.language, &e))
}

fn view(unit: &Unit) -> UnitView {
    UnitView {
        code: unit.code.to_string(),
        name: unit.name.clone(),
        kind: unit.kind.name().to_owned(),
        parent: unit.parent.as_ref().map(ToString::to_string),
    }
}

pub(super) fn list(console: &Console) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let registry = read(console, &settings)?;
    let views: Vec<UnitView> = registry.units().map(view).collect();
    if console.json {
        views.iter().for_each(|unit| console.json(unit));
        return Ok(Exit::Done);
    }
    if views.is_empty() {
        console.tell("cli-check-units", &[]);
    }
    let row = |u: UnitView| vec![u.code, u.name, u.kind, u.parent.unwrap_or_default()];
    console.table(
        "cli-unit-header",
        &views.into_iter().map(row).collect::<Vec<_>>(),
    );
    Ok(Exit::Done)
}

pub(super) fn show(console: &Console, text: &str) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let registry = read(console, &settings)?;
    let code = code(console, text)?;
    let unit = registry.called(&code).ok_or_else(|| none(console, text))?;
    let bound: Vec<&Binding> = registry
        .bindings()
        .filter(|b| b.unit == unit.code)
        .collect();
    let now = console.now();
    if console.json {
        let bindings = bound.iter().map(|b| {
            serde_json::json!({
                "role": b.role.name(), "issuer_key": b.keys.issuer.to_hex(),
                "subject_key": b.keys.subject.to_hex(), "from": b.from.to_string(),
                "until": b.until.map(|u| u.to_string()), "note": b.note,
                "in_force": b.in_force(now),
            })
        });
        let bindings: Vec<_> = bindings.collect();
        console.json(&serde_json::json!({
            "unit": view(unit), "delivery": unit_delivery::view(&unit.channel),
            "bindings": bindings, "details": details_view(unit, &registry),
        }));
        return Ok(Exit::Done);
    }
    let u = view(unit);
    console.table(
        "cli-unit-header",
        &[vec![u.code, u.name, u.kind, u.parent.unwrap_or_default()]],
    );
    console.out(&unit_delivery::line(console, unit));
    details(console, unit, &registry, now.local_day());
    console.out(&format!("\n{}:", console.text("cli-bindings", &[])));
    for binding in bound {
        let mark = if binding.in_force(now) { "✔" } else { "✘" };
        let until = binding.until.map(|u| format!(" → {}", moment(u)));
        let until = until.unwrap_or_default();
        let (role, key) = (binding.role.name(), binding.keys.subject);
        console.out(&format!(
            "  {mark} {role:<9} {key}  {}{until}  {}",
            moment(binding.from),
            lang::visible(&binding.note)
        ));
    }
    Ok(Exit::Done)
}

/// A change of units.
pub(super) fn change_view(change: &Succession) -> serde_json::Value {
    serde_json::json!({
        "kind": change.kind.name(), "on": change.on.to_string(), "basis": change.basis,
        "from": codes(&change.from), "to": codes(&change.to),
    })
}

fn codes(all: &[UnitCode]) -> Vec<&str> {
    all.iter().map(UnitCode::as_str).collect()
}

fn details_view(unit: &Unit, registry: &Registry) -> serde_json::Value {
    let details = &unit.details;
    let names = details
        .former_names
        .iter()
        .map(|former| serde_json::json!({"name": former.name, "until": former.until.to_string()}));
    let ways = details
        .reached
        .iter()
        .map(|way| serde_json::json!({"from": way.from.to_string(), "via": way.via.name()}));
    let changes = registry.lineage().changes_of(&unit.code).map(change_view);
    serde_json::json!({
        "level": details.level.map(crate::registry::Level::name),
        "aliases": codes(&details.aliases),
        "former_names": names.collect::<Vec<_>>(),
        "contact": {
            "name": details.contact.name, "email": details.contact.email, "phone": details.contact.phone,
        },
        "reached": ways.collect::<Vec<_>>(),
        "ended": registry.lineage().end(&unit.code).map(|end| end.to_string()),
        "changes": changes.collect::<Vec<_>>(),
    })
}

/// What else is known of a unit, and what became of it.
fn details(console: &Console, unit: &Unit, registry: &Registry, today: LocalDay) {
    let (language, details) = (console.language, &unit.details);
    let say = |key: &str, values: &[(&str, &str)]| console.out(&console.text(key, values));
    let word = |prefix: &str, name: &str| lang::word(language, prefix, name);
    if let Some(level) = details.level {
        say(
            "cli-unit-level",
            &[("level", &word("unit-level", level.name()))],
        );
    }
    if !details.aliases.is_empty() {
        say(
            "cli-unit-codes",
            &[("codes", &codes(&details.aliases).join(", "))],
        );
    }
    for former in &details.former_names {
        let (name, until) = (
            lang::visible(&former.name),
            lang::day(language, former.until),
        );
        say("cli-unit-former", &[("name", &name), ("until", &until)]);
    }
    let contact = &details.contact;
    let said = [&contact.name, &contact.email, &contact.phone];
    let said: Vec<String> = said
        .into_iter()
        .filter(|t| !t.is_empty())
        .map(|t| lang::visible(t))
        .collect();
    if !said.is_empty() {
        say("cli-unit-contact", &[("contact", &said.join(", "))]);
    }
    for way in &details.reached {
        let (from, via) = (
            lang::day(language, way.from),
            word("unit-via", way.via.name()),
        );
        say("cli-unit-reached", &[("from", &from), ("via", &via)]);
    }
    if let Some(end) = registry
        .lineage()
        .end(&unit.code)
        .filter(|end| *end <= today)
    {
        say("cli-unit-ended", &[("on", &lang::day(language, end))]);
    }
    for change in registry.lineage().changes_of(&unit.code) {
        console.out(&lang::happened(language, change));
    }
}

/// Whether there is such a unit.
pub(super) fn known(
    console: &Console,
    settings: &Settings,
    code: &UnitCode,
) -> Result<(), Failure> {
    let known = read(console, settings)?.unit(code).map(|_| ());
    known.ok_or_else(|| none(console, code.as_str()))
}

/// No such unit.
pub(super) fn none(console: &Console, code: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        console.text("cli-unit-none", &[("code", code)]),
    )
    .with_next(console.text("cli-unit-list-next", &[]))
}
