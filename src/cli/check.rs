//! `check-config`: every effective value with its source, and whether all rules and keys load.

use super::check_authority::{Asked, ask};
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::config;
use crate::keys::ReceiptKey;
use crate::lang;
use crate::model::Timestamp;
use crate::policy::Rules;
use crate::registry::Role;
use std::collections::BTreeMap;

pub(super) async fn check(console: &Console) -> Result<Exit, Failure> {
    let loaded = console.settings()?;
    let settings = &loaded.settings;
    let rules = config::load_rules(settings).map_err(|e| Failure::config(console.language, &e))?;
    ReceiptKey::load(&settings.own()).map_err(|e| Failure::key(console.language, &e))?;
    let authority = ask(console, settings).await?;
    let material = rules.validator.material();
    let algorithms = material.algorithms();
    let counts = [
        ("anchors", material.anchors().count()),
        ("intermediates", material.intermediates().count()),
        ("crls", material.crls().count()),
        ("units", rules.registry.units().count()),
        ("bindings", rules.registry.bindings().count()),
    ];
    if console.json {
        let values = loaded.sources.iter().map(|e| {
            let source = e.source.to_string();
            serde_json::json!({ "key": e.key, "value": e.value, "source": source })
        });
        let counts: serde_json::Map<String, serde_json::Value> = counts
            .iter()
            .map(|(name, n)| ((*name).to_owned(), (*n).into()))
            .collect();
        console.json(&serde_json::json!({
            "path": loaded.path.display().to_string(),
            "values": values.collect::<Vec<_>>(),
            "loaded": counts,
            "algorithms": algorithms.rules().map(|rule| rule.to_string()).collect::<Vec<_>>(),
            "rules": rules.digest.to_hex(),
            "timestamp_authority": authority.as_ref().map(Asked::json),
        }));
        return Ok(Exit::Done);
    }
    let width = loaded
        .sources
        .iter()
        .map(|e| e.key.len())
        .max()
        .unwrap_or(0);
    let value_width = loaded
        .sources
        .iter()
        .map(|e| e.value.chars().count())
        .max()
        .unwrap_or(0);
    for effective in &loaded.sources {
        let (key, value, source) = (effective.key, &effective.value, &effective.source);
        console.out(&format!(
            "{key:<width$} = {value:<value_width$}  # {source}"
        ));
    }
    for (name, count) in counts {
        console.out(&format!("{name:<width$} : {count}"));
    }
    for rule in algorithms.rules() {
        console.out(&format!("algorithms : {rule}"));
    }
    let path = loaded.path.display().to_string();
    console.tell("cli-config-good", &[("path", &path)]);
    warn(console, &rules);
    if let Some(asked) = authority {
        asked.tell(console);
    }
    Ok(Exit::Done)
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
    if rules.registry.units().next().is_none() {
        console.tell("cli-check-units", &[]);
    } else if !rules.registry.bindings().any(|b| b.role == Role::Agency) {
        console.tell("cli-check-bindings", &[]);
    }
}
