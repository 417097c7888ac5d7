//! `unit add`, `list`, `show`, `import`: the registry. Changes go to the file, then the running
//! daemon is told.

use super::args::UnitAdd;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::unit_delivery;
use crate::client::admin::Admin;
use crate::client::wire::UnitView;
use crate::config::{ConfigError, Settings, registry};
use crate::lang::report::moment;
use crate::model::UnitCode;
use crate::registry::{Binding, Channel, Unit, UnitKind};
use std::path::Path;

/// Parses a code of the command line.
pub(super) fn code(console: &Console, text: &str) -> Result<UnitCode, Failure> {
    let wrong = || Failure::usage(console.language, "cli-code-wrong", &[("code", text)]);
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
    change: impl FnOnce(&mut Vec<Unit>, &mut Vec<Binding>),
) -> Result<(), Failure> {
    let edited = registry::edit(&settings.units, change);
    edited.map(|_| ()).map_err(|e| match e {
        // Not the file's mistake but the command's.
        ConfigError::Registry { error, .. } => Failure::new(
            Exit::Failed,
            crate::lang::registry(console.language, &error),
        ),
        ConfigError::NotFound(_)
        | ConfigError::Read { .. }
        | ConfigError::Write { .. }
        | ConfigError::Mistake(_)
        | ConfigError::Environment { .. }
        | ConfigError::Material { .. } => Failure::config(console.language, &e),
    })
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
    edit(console, &settings, |units, _| units.push(unit))?;
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
    let unknown = || Failure::new(Exit::Usage, format!("kind {kind:?}: state, other"));
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
    })
}

fn read(console: &Console, settings: &Settings) -> Result<crate::registry::Registry, Failure> {
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
    let unit = registry.unit(&code).ok_or_else(|| none(console, text))?;
    let bound: Vec<&Binding> = registry.bindings().filter(|b| b.unit == code).collect();
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
            "bindings": bindings,
        }));
        return Ok(Exit::Done);
    }
    let u = view(unit);
    console.table(
        "cli-unit-header",
        &[vec![u.code, u.name, u.kind, u.parent.unwrap_or_default()]],
    );
    console.out(&unit_delivery::line(console, unit));
    console.out(&format!("\n{}:", console.text("cli-bindings", &[])));
    for binding in bound {
        let mark = if binding.in_force(now) { "✔" } else { "✘" };
        let until = binding.until.map(|u| format!(" → {}", moment(u)));
        let until = until.unwrap_or_default();
        let (role, key) = (binding.role.name(), binding.keys.subject);
        console.out(&format!(
            "  {mark} {role:<9} {key}  {}{until}  {}",
            moment(binding.from),
            crate::lang::visible(&binding.note)
        ));
    }
    Ok(Exit::Done)
}

/// No such unit.
pub(super) fn none(console: &Console, code: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        console.text("cli-unit-none", &[("code", code)]),
    )
    .with_next(console.text("cli-unit-list-next", &[]))
}

pub(super) async fn import(console: &Console, file: &Path) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|e| Failure::unreadable(console.language, file, &e))?;
    let is_toml = file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    let (new, bound) = if is_toml {
        let registry = registry::parse(file, &text);
        let registry = registry.map_err(|e| Failure::config(console.language, &e))?;
        let bound: Vec<Binding> = registry.bindings().cloned().collect();
        (registry.units().cloned().collect(), bound)
    } else {
        (from_csv(console, file, &text)?, Vec::new())
    };
    let count = u64::try_from(new.len()).unwrap_or(0);
    edit(console, &settings, |units, bindings| {
        // What is listed already is brought up to date, so that an import can be repeated.
        let listed: std::collections::BTreeSet<_> = new.iter().map(|u| u.code.clone()).collect();
        let mut new = new;
        // A table of units says nothing of how documents reach them.
        if !is_toml {
            let known: std::collections::BTreeMap<_, _> = units
                .iter()
                .map(|u| (u.code.clone(), u.channel.clone()))
                .collect();
            for unit in &mut new {
                unit.channel = known.get(&unit.code).cloned().unwrap_or_default();
            }
        }
        units.retain(|u| !listed.contains(&u.code));
        units.extend(new);
        bindings.extend(bound);
        let mut seen = Vec::with_capacity(bindings.len());
        bindings.retain(|b| {
            let fresh = !seen.contains(b);
            if fresh {
                seen.push(b.clone());
            }
            fresh
        });
    })?;
    console.say(&crate::lang::counted(
        console.language,
        "cli-unit-imported",
        count,
        &[],
    ));
    reload(console, &settings).await?;
    Ok(Exit::Done)
}

/// Rows of `code,name,kind,parent`; a head line and the last two columns may be absent.
fn from_csv(console: &Console, file: &Path, text: &str) -> Result<Vec<Unit>, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    let mut units = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let cells = cells(line);
        let cell = |n: usize| cells.get(n).map_or("", String::as_str);
        if line.trim().is_empty() || (i == 0 && cell(0).eq_ignore_ascii_case("code")) {
            continue;
        }
        let kind = if cell(2).is_empty() { "state" } else { cell(2) };
        let unit = unit_of(console, cell(0), cell(1).to_owned(), kind, Some(cell(3)));
        let number = i.saturating_add(1);
        units.push(unit.map_err(|f| Failure {
            message: format!("{}:{number}: {}", file.display(), f.message),
            ..f
        })?);
    }
    Ok(units)
}

/// One line of CSV (RFC 4180), without line breaks inside quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => all.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    all.push(cell);
    all.into_iter().map(|c| c.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_split_outside_quotes() {
        assert_eq!(
            cells(r#"H53,"Sở ""A"", B", state,"#),
            ["H53", r#"Sở "A", B"#, "state", ""]
        );
        assert_eq!(cells("H53;Sở;state;H5"), ["H53", "Sở", "state", "H5"]);
    }
}
