//! `trust list`, `trust check` and `trust reload`: what is trusted, how old the evidence is, what to
//! see to, and how a change comes into force.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use crate::client::admin::Admin;
use crate::client::trust::{
    AnchorView, CertificateView, CrlView, FindingView, Restrictions, SourceView, TrustView,
};
use crate::config;
use crate::lang;
use std::path::Path;

pub(super) async fn list(console: &Console, folder: Option<&Path>) -> Result<Exit, Failure> {
    let view = view(console, folder).await?;
    if console.json {
        console.json(&view);
        return Ok(Exit::Done);
    }
    section(
        console,
        "cli-trust-anchors",
        view.anchors.iter().map(|a| anchor(console, a)),
    );
    section(
        console,
        "cli-trust-intermediates",
        view.intermediates.iter().map(|c| certificate(console, c)),
    );
    let crls = view.crls.iter().filter(|crl| crl.newest);
    section(console, "cli-trust-crls", crls.map(|c| crl(console, c)));
    if !view.left_out.is_empty() {
        let rows = view.left_out.iter().map(|c| crl(console, c));
        section(console, "cli-trust-left-out", rows);
    }
    if !view.passed_over.is_empty() {
        let row = |file: &crate::client::trust::PassedOverView| {
            format!(
                "{}: {}",
                lang::visible(&file.file),
                lang::visible(&file.problem)
            )
        };
        section(
            console,
            "cli-trust-passed-over",
            view.passed_over.iter().map(row),
        );
    }
    if !view.sources.is_empty() {
        let rows = view.sources.iter().map(|s| source(console, s));
        section(console, "cli-trust-sources", rows);
    }
    next_crl(console, &view);
    let grave = view.findings.iter().filter(|f| f.grave).count();
    if grave > 0 {
        console.tell("cli-trust-see-check", &[("count", &grave.to_string())]);
    }
    Ok(Exit::Done)
}

pub(super) async fn check(console: &Console, folder: Option<&Path>) -> Result<Exit, Failure> {
    let view = view(console, folder).await?;
    let grave = view.findings.iter().any(|f| f.grave);
    let exit = if grave { Exit::Failed } else { Exit::Done };
    if console.json {
        let findings: Vec<serde_json::Value> =
            view.findings.iter().map(|f| told(console, f)).collect();
        console.json(&serde_json::json!({
            "at": view.at, "rules": view.rules, "next_crl": view.next_crl,
            "anchors": view.anchors.len(), "intermediates": view.intermediates.len(),
            "crls": view.crls.len(), "findings": findings,
        }));
        return Ok(exit);
    }
    for finding in &view.findings {
        let (sentence, remedy) = words(console, finding);
        let mark = if finding.grave { "✘" } else { "·" };
        console.out(&format!("{mark} {sentence}\n    → {remedy}"));
    }
    let counts = [
        ("anchors", view.anchors.len().to_string()),
        ("intermediates", view.intermediates.len().to_string()),
        ("crls", view.crls.len().to_string()),
    ];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(k, v)| (*k, v.as_str())).collect();
    console.out(&console.text("cli-trust-counts", &counts));
    next_crl(console, &view);
    if !grave {
        console.out(&console.text("cli-trust-good", &[]));
    }
    Ok(exit)
}

/// Makes the running daemon take over what stands in the folders; without one, says whether it could.
pub(super) async fn reload(console: &Console) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
        let reloaded = admin.reload().await;
        let reloaded = reloaded.map_err(|e| Failure::client(console.language, &e))?;
        if console.json {
            console.json(&reloaded);
        } else {
            console.tell("cli-reloaded", &[]);
        }
        return Ok(Exit::Done);
    }
    let rules = config::load_rules(&settings);
    rules.map_err(|e| Failure::config(console.language, &e))?;
    console.tell("cli-no-daemon", &[]);
    Ok(Exit::Done)
}

fn words(console: &Console, finding: &FindingView) -> (String, String) {
    let args = finding.args.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    lang::finding(console.language, &finding.code, args)
}

fn told(console: &Console, finding: &FindingView) -> serde_json::Value {
    let (sentence, remedy) = words(console, finding);
    serde_json::json!({
        "code": finding.code, "grave": finding.grave, "args": finding.args,
        "sentence": sentence, "remedy": remedy,
    })
}

async fn view(console: &Console, folder: Option<&Path>) -> Result<TrustView, Failure> {
    let failed = |e| Failure::config(console.language, &e);
    if let Some(folder) = folder {
        let found = std::fs::read_dir(folder);
        found.map_err(|e| Failure::unreadable(console.language, folder, &e))?;
        let rules = config::load_folder(folder).map_err(failed)?;
        return Ok(TrustView::of(&rules, console.now()));
    }
    let settings = console.settings()?.settings;
    if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
        let view = admin.trust().await;
        return view.map_err(|e| Failure::client(console.language, &e));
    }
    let rules = config::load_rules(&settings).map_err(failed)?;
    Ok(TrustView::of(&rules, console.now()))
}

fn section(console: &Console, title: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<String> = rows.collect();
    console.out(&format!("{} ({})", console.text(title, &[]), rows.len()));
    for row in &rows {
        console.out(&format!("  {row}"));
    }
    if rows.is_empty() {
        console.out(&format!("  {}", console.text("cli-trust-empty", &[])));
    }
}

fn next_crl(console: &Console, view: &TrustView) {
    if let Some(at) = &view.next_crl {
        console.out(&console.text("cli-trust-next-crl", &[("moment", &moment(at))]));
    }
}

fn anchor(console: &Console, anchor: &AnchorView) -> String {
    let purposes: Vec<String> = anchor
        .purposes
        .iter()
        .map(|p| lang::word(console.language, "purpose", p))
        .collect();
    let purposes = if purposes.is_empty() {
        lang::word(console.language, "purpose", "none")
    } else {
        purposes.join(", ")
    };
    let mut row = format!(
        "[{}] {}",
        anchor.domain,
        certificate(console, &anchor.certificate)
    );
    let label = console.text("cli-trust-purposes", &[]);
    row.push_str(&format!("\n      {label}: {purposes}"));
    let restrictions = restrictions(console, &anchor.restrictions);
    if !restrictions.is_empty() {
        let label = console.text("cli-trust-restrictions", &[]);
        row.push_str(&format!("\n      {label}: {}", restrictions.join("; ")));
    }
    row
}

fn restrictions(console: &Console, given: &Restrictions) -> Vec<String> {
    let mut all = Vec::new();
    let mut say = |key: &str, value: String| {
        let label = lang::word(console.language, "restriction", key);
        all.push(if value.is_empty() {
            label
        } else {
            format!("{label} {value}")
        });
    };
    for (key, at) in [
        ("from", &given.from),
        ("until", &given.until),
        ("distrust_after", &given.distrust_after),
    ] {
        if let Some(at) = at {
            say(key, moment(at));
        }
    }
    if let Some(most) = given.max_path_len {
        say("max_path_len", most.to_string());
    }
    if let Some(hours) = given.max_crl_age_hours {
        say("max_crl_age_hours", hours.to_string());
    }
    for (key, list) in [
        ("permitted", &given.permitted),
        ("excluded", &given.excluded),
        ("policies", &given.policies),
    ] {
        if !list.is_empty() {
            say(key, lang::visible(&list.join(" ")));
        }
    }
    for (key, flag) in [
        ("require_explicit_policy", given.require_explicit_policy),
        ("inhibit_policy_mapping", given.inhibit_policy_mapping),
        ("inhibit_any_policy", given.inhibit_any_policy),
    ] {
        if flag {
            say(key, String::new());
        }
    }
    all
}

fn certificate(console: &Console, certificate: &CertificateView) -> String {
    let (day, days) = (
        moment(&certificate.not_after),
        certificate.days_left.to_string(),
    );
    let left = if certificate.days_left < 0 {
        console.text("cli-trust-expired", &[("day", &day)])
    } else {
        console.text("cli-trust-days", &[("days", &days), ("day", &day)])
    };
    let age = certificate.age_days.to_string();
    let age = console.text("cli-trust-age-days", &[("days", &age)]);
    format!(
        "{} — {age}, {left}\n      SHA-256 {}",
        lang::visible(&certificate.subject),
        certificate.sha256
    )
}

fn source(console: &Console, source: &SourceView) -> String {
    let mut row = format!("[{}] {}", source.kind, lang::visible(&source.uri));
    for (key, at) in [
        ("cli-trust-of-day", &source.this_update),
        ("cli-trust-until-day", &source.next_update),
        ("cli-trust-silent", &source.silent_since),
    ] {
        if let Some(at) = at {
            row.push_str(&format!(
                " — {}",
                console.text(key, &[("day", &moment(at))])
            ));
        }
    }
    let error = source.error.as_ref();
    if let Some(error) = error.filter(|_| source.silent_since.is_some()) {
        row.push_str(&format!(": {}", lang::visible(error)));
    }
    row
}

fn crl(console: &Console, crl: &CrlView) -> String {
    let left = match crl.hours_left {
        None => console.text("cli-trust-endless", &[]),
        Some(hours) if hours < 0 => console.text("cli-trust-stale", &[]),
        Some(hours) => console.text("cli-trust-hours", &[("hours", &hours.to_string())]),
    };
    let count = crl.entries.to_string();
    let entries = console.text("cli-trust-entries", &[("count", &count)]);
    let (day, age) = (moment(&crl.this_update), crl.age_hours.to_string());
    let of = console.text("cli-trust-of", &[("day", &day), ("hours", &age)]);
    format!("{} — {of}, {left}, {entries}", lang::visible(&crl.issuer))
}
