//! `trust list`: what is trusted, and how old the evidence is.

use super::console::Console;
use super::failure::{Exit, Failure};
use crate::client::admin::{Admin, TrustView};
use crate::config;
use crate::lang;
use crate::model::Timestamp;
use std::path::Path;

pub(super) async fn list(console: &Console, folder: Option<&Path>) -> Result<Exit, Failure> {
    let view = view(console, folder).await?;
    if console.json {
        console.json(&view);
        return Ok(Exit::Done);
    }
    let now = console.now();
    section(
        console,
        "cli-trust-anchors",
        view.anchors.iter().map(|a| {
            let c = &a.certificate;
            let days = days(console, now, Some(&c.not_after));
            format!(
                "[{}] {} — {days}\n      SHA-256 {}",
                a.domain,
                lang::visible(&c.subject),
                c.sha256
            )
        }),
    );
    section(
        console,
        "cli-trust-intermediates",
        view.intermediates.iter().map(|c| {
            let days = days(console, now, Some(&c.not_after));
            format!(
                "{} — {days}\n      SHA-256 {}",
                lang::visible(&c.subject),
                c.sha256
            )
        }),
    );
    section(
        console,
        "cli-trust-crls",
        view.crls.iter().map(|crl| {
            let days = days(console, now, crl.next_update.as_deref());
            let count = crl.entries.to_string();
            let entries = console.text("cli-trust-entries", &[("count", &count)]);
            let day = super::office::moment(&crl.this_update);
            let of = console.text("cli-trust-of", &[("day", &day)]);
            format!("{} — {of} — {entries} — {days}", lang::visible(&crl.issuer))
        }),
    );
    Ok(Exit::Done)
}

async fn view(console: &Console, folder: Option<&Path>) -> Result<TrustView, Failure> {
    let failed = |e| Failure::config(console.language, &e);
    if let Some(folder) = folder {
        let material = config::load_material(folder, None).map_err(failed)?;
        return Ok(TrustView::of(&material, ""));
    }
    let settings = console.settings()?.settings;
    if let Some(admin) = Admin::connect(&settings.socket(), console.language).await {
        let view = admin.trust().await;
        return view.map_err(|e| Failure::client(console.language, &e));
    }
    let rules = config::load_rules(&settings).map_err(failed)?;
    Ok(TrustView::of(
        rules.validator.material(),
        &rules.digest.to_hex(),
    ))
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

fn days(console: &Console, now: Timestamp, until: Option<&str>) -> String {
    let Some(until) = until.and_then(Timestamp::parse) else {
        return console.text("report-unknown", &[]);
    };
    let left = until.secs().saturating_sub(now.secs());
    if left < 0 {
        return console.text("cli-trust-expired", &[]);
    }
    let days = left.div_euclid(86_400).to_string();
    console.text("cli-trust-days", &[("days", &days)])
}
