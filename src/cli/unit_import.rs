//! `unit import` and `unit export`: the registry as TOML and as a table.

use super::args::{UnitExport, UnitImport};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::unit::{change_view, read, refused, reload};
use crate::config::registry::{self, Import, ImportError};
use crate::lang;
use crate::registry::difference::Difference;
use crate::registry::table::{self, TableError};
use serde_json::{Value, json};
use std::path::Path;

/// Differences that are shown one by one; `--json` gives all.
const SHOWN: usize = 50;

pub(super) async fn import(console: &Console, asked: &UnitImport) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let file = asked.file.as_path();
    let unreadable = |e: std::io::Error| Failure::unreadable(console.language, file, &e);
    let import = match is_toml(file) {
        false => Import::Table(std::fs::read(file).map_err(unreadable)?),
        true => {
            let text = std::fs::read_to_string(file).map_err(unreadable)?;
            let registry = registry::parse(file, &text);
            Import::Registry(registry.map_err(|e| Failure::config(console.language, &e))?)
        }
    };
    let differences = registry::import(&settings.units, &import, asked.dry_run);
    let differences = differences.map_err(|e| match e {
        ImportError::Config(error) => refused(console, error),
        ImportError::Table(error) => table_refused(console, file, &error),
    })?;
    show(console, &differences);
    let count = u64::try_from(differences.len()).unwrap_or(u64::MAX);
    let (language, none) = (console.language, differences.is_empty());
    let key = match asked.dry_run {
        true => "cli-unit-import-dry",
        false => "cli-unit-imported",
    };
    console.say(&lang::counted(language, key, count, &[]));
    match (asked.dry_run, none) {
        (true, false) => {
            let path = file.display().to_string();
            console.next(&console.text("cli-unit-import-dry-next", &[("path", &path)]));
        }
        (false, false) => reload(console, &settings).await?,
        (_, true) => {}
    }
    Ok(Exit::Done)
}

fn is_toml(file: &Path) -> bool {
    file.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"))
}

fn show(console: &Console, differences: &[Difference]) {
    if console.json {
        differences.iter().for_each(|one| console.json(&view(one)));
        return;
    }
    for one in differences.iter().take(SHOWN) {
        console.out(&lang::difference(console.language, one));
    }
    let more = differences.len().saturating_sub(SHOWN);
    if more > 0 {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        console.say(&lang::counted(
            console.language,
            "cli-unit-import-more",
            more,
            &[],
        ));
    }
}

fn view(one: &Difference) -> Value {
    match one {
        Difference::Added(unit, name) => json!({"added": unit.as_str(), "name": name}),
        Difference::Removed(unit, name) => json!({"removed": unit.as_str(), "name": name}),
        Difference::Changed(unit, fields) => {
            let fields = fields.iter().map(
                |field| json!({"field": field.name, "before": field.before, "after": field.after}),
            );
            json!({"changed": unit.as_str(), "fields": fields.collect::<Vec<_>>()})
        }
        Difference::Bound(key) => {
            json!({"bound": key.keys.subject.to_hex(), "unit": key.unit.as_str(), "role": key.role.name()})
        }
        Difference::Unbound(key) => {
            json!({"unbound": key.keys.subject.to_hex(), "unit": key.unit.as_str(), "role": key.role.name()})
        }
        Difference::Happened(change) => json!({"happened": change_view(change)}),
        Difference::Undone(change) => json!({"undone": change_view(change)}),
    }
}

/// Why a table was not taken: its mistakes row by row, then what to do.
fn table_refused(console: &Console, file: &Path, error: &TableError) -> Failure {
    let path = file.display().to_string();
    if let TableError::Cells(mistakes, count) = error {
        for mistake in mistakes {
            console.say(&format!("{path}:{}", lang::cell(console.language, mistake)));
        }
        let counted = lang::counted(console.language, "cli-unit-table-mistakes", *count, &[]);
        return Failure::new(Exit::Failed, counted)
            .with_next(console.text("cli-unit-table-next", &[]));
    }
    let said = lang::table(console.language, error);
    Failure::new(Exit::Failed, format!("{path}: {said}"))
        .with_next(console.text("cli-unit-table-form-next", &[]))
}

pub(super) fn export(console: &Console, asked: &UnitExport) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let registry = read(console, &settings)?;
    let as_table = asked.csv || asked.out.as_deref().is_some_and(|out| !is_toml(out));
    let bytes = match as_table {
        true => table::write(&registry),
        false => registry::to_toml(&registry).into_bytes(),
    };
    match &asked.out {
        None => console.out(String::from_utf8_lossy(&bytes).trim_end()),
        Some(out) => {
            std::fs::write(out, &bytes)
                .map_err(|e| Failure::unwritable(console.language, out, &e))?;
            let count = u64::try_from(registry.units().count()).unwrap_or(u64::MAX);
            let path = out.display().to_string();
            let values = [("path", path.as_str())];
            console.say(&lang::counted(
                console.language,
                "cli-unit-exported",
                count,
                &values,
            ));
        }
    }
    Ok(Exit::Done)
}
