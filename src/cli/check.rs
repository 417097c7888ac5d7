//! `check-config`: every effective value with its source, and whether all rules and keys load.

use super::check_authority::{Asked, ask};
use super::check_delivery;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::app;
use crate::config::{self, Loaded, Source};
use crate::keys::ReceiptKey;
use crate::lang;
use crate::model::Timestamp;
use crate::policy::Rules;
use crate::registry::Role;
use crate::trust::algorithms::policy::{Item, Rule, Validity};
use std::collections::{BTreeMap, BTreeSet};

/// A year without days off is told of this long before: days off are announced in the autumn.
const LOOK_AHEAD_SECS: i64 = 45 * 24 * 3600;

/// Terms below an hour are a slip of who counted in other units than seconds, or an experiment.
const SHORT_SECS: i64 = 3600;

pub(super) async fn check(console: &Console) -> Result<Exit, Failure> {
    let loaded = console.settings()?;
    let settings = &loaded.settings;
    let rules = config::load_rules(settings).map_err(|e| Failure::config(console.language, &e))?;
    let dossiers = config::dossier_rules::read(&settings.dossier_rules);
    let dossiers = dossiers.map_err(|e| Failure::config(console.language, &e))?;
    ReceiptKey::load(&settings.own()).map_err(|e| Failure::key(console.language, &e))?;
    app::mail::post(settings)
        .map_err(|e| Failure::new(Exit::Configuration, format!("[mail]: {e}")))?;
    let authority = ask(console, settings).await?;
    let material = rules.validator.material();
    let algorithms = material.algorithms();
    let counts = [
        ("anchors", material.anchors().count()),
        ("intermediates", material.intermediates().count()),
        ("crls", material.crls().count()),
        ("units", rules.registry.units().count()),
        ("bindings", rules.registry.bindings().count()),
        ("days off", rules.calendar.days_off()),
        ("days made up", rules.calendar.made_up()),
        ("dossier rules", dossiers.iter().count()),
    ];
    if console.json {
        console.json(&told(&loaded, &rules, &counts, authority.as_ref()));
        return Ok(Exit::Done);
    }
    let width = effective(console, &loaded);
    let row = |name: &str, value: &dyn std::fmt::Display| {
        let name = console.text(&format!("loaded-{}", name.replace(' ', "-")), &[]);
        console.out(&format!("{name:<width$} : {value}"));
    };
    for (name, count) in &counts {
        row(name, count);
    }
    row("office hours", &rules.calendar.hours());
    for rule in algorithms.rules() {
        row("algorithms", &algorithm(console, &rule));
    }
    let path = loaded.path.display().to_string();
    console.tell("cli-config-good", &[("path", &path)]);
    warn(console, &rules);
    let look_back = settings.look_back_secs.div_euclid(24 * 3600);
    let shortest = settings.retention.shortest().map(i64::from);
    if shortest.is_some_and(|days| days < look_back) {
        console.tell("cli-check-retention", &[("days", &look_back.to_string())]);
    }
    if settings.clocks.shortest() < SHORT_SECS {
        console.tell("cli-check-clocks", &[]);
    }
    check_delivery::tell(console, settings, &rules);
    if settings.mail.way.is_none() && settings.schedules.iter().any(|s| !s.mail.is_empty()) {
        console.tell("cli-check-mail", &[]);
    }
    if let Some(asked) = authority {
        asked.tell(console);
    }
    Ok(Exit::Done)
}

/// Every effective value and where it came from; gives the width of the names.
/// A rule about an algorithm in one line.
fn algorithm(console: &Console, rule: &Rule) -> String {
    let words = |key: &str| console.text(key, &[]);
    let usage = match rule.usage {
        Some(usage) => words(&format!("algorithm-for-{}", usage.name())),
        None => words("algorithm-for-any"),
    };
    let (kind, name) = match rule.item {
        Item::Digest(digest) => ("digest", digest.name().to_owned()),
        Item::Signature(family, None) => ("signature", family.name().to_owned()),
        Item::Signature(family, Some(digest)) => {
            ("signature", format!("{} {}", family.name(), digest.name()))
        }
        Item::Key(kind, bits) => ("key", format!("{} {bits}", kind.name())),
    };
    let (from, until) = match rule.validity {
        Validity::Never => {
            return format!(
                "{usage}, {} {name}: {}",
                words(&format!("algorithm-{kind}")),
                words("algorithm-never")
            );
        }
        Validity::Within { from, until } => (from, until),
    };
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let (from, until) = (at(from), at(until));
    let key = match (from.is_empty(), until.is_empty()) {
        (true, true) => "algorithm-always",
        (false, true) => "algorithm-from",
        (true, false) => "algorithm-until",
        (false, false) => "algorithm-between",
    };
    let when = console.text(key, &[("from", &from), ("until", &until)]);
    format!(
        "{usage}, {} {name}: {when}",
        words(&format!("algorithm-{kind}"))
    )
}

fn effective(console: &Console, loaded: &Loaded) -> usize {
    let all = || loaded.sources.iter();
    let width = all().map(|e| e.key.len()).max().unwrap_or(0);
    let value_width = all().map(|e| e.value.chars().count()).max().unwrap_or(0);
    for effective in all() {
        let (key, value) = (effective.key, &effective.value);
        let source = match &effective.source {
            Source::Default => console.text("cli-config-default", &[]),
            said @ (Source::Environment(_) | Source::File(..)) => said.to_string(),
        };
        console.out(&format!(
            "{key:<width$} = {value:<value_width$}  # {source}"
        ));
    }
    width
}

fn told(
    loaded: &Loaded,
    rules: &Rules,
    counts: &[(&str, usize)],
    authority: Option<&Asked>,
) -> serde_json::Value {
    let values = loaded.sources.iter().map(|e| {
        let source = e.source.to_string();
        serde_json::json!({ "key": e.key, "value": e.value, "source": source })
    });
    let counts: serde_json::Map<String, serde_json::Value> = counts
        .iter()
        .map(|(name, n)| (name.replace(' ', "_"), (*n).into()))
        .collect();
    let algorithms = rules.validator.material().algorithms().rules();
    serde_json::json!({
        "path": loaded.path.display().to_string(),
        "values": values.collect::<Vec<_>>(),
        "loaded": counts,
        "office_hours": rules.calendar.hours(),
        "algorithms": algorithms.map(|rule| rule.to_string()).collect::<Vec<_>>(),
        "rules": rules.digest.to_hex(),
        "timestamp_authority": authority.map(Asked::json),
        "delivery_problems": check_delivery::json(&loaded.settings, rules),
    })
}

/// What is no mistake, but keeps documents from being relayed.
fn warn(console: &Console, rules: &Rules) {
    let material = rules.validator.material();
    if material.anchors().next().is_none() {
        console.tell("cli-check-anchors", &[]);
    } else if material.crls().next().is_none() {
        console.tell("cli-check-crls", &[]);
    }
    let now = console.now();
    let mut newest: BTreeMap<String, Option<Timestamp>> = BTreeMap::new();
    for crl in material.crls() {
        let due = newest.entry(crl.issuer.clone()).or_default();
        *due = (*due).max(crl.next_update);
    }
    for (issuer, due) in newest {
        if due.is_some_and(|due| due < now) {
            console.tell("cli-check-stale", &[("issuer", &lang::visible(&issuer))]);
        }
    }
    let known = rules.calendar.years();
    let soon = now.plus_secs(LOOK_AHEAD_SECS);
    for year in BTreeSet::from([now.local_day().year(), soon.local_day().year()]) {
        if !known.contains(&year) {
            console.tell("cli-check-holidays", &[("year", &year.to_string())]);
        }
    }
    if rules.registry.units().next().is_none() {
        console.tell("cli-check-units", &[]);
    } else if !rules.registry.bindings().any(|b| b.role == Role::Agency) {
        console.tell("cli-check-bindings", &[]);
    }
}
