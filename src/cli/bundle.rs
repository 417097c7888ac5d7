//! Evidence bundles on the command line: fetched, and judged without the gateway.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::receipt;
use super::receive::named;
use crate::client::Client;
use crate::client::bundle::BundlePiece;
use crate::format::content::Memory;
use crate::judge::bundle::{self, Again, Judgement, Level, LogStamp, Proven, Stamped};
use crate::lang;
use crate::model::DocumentId;
use crate::trust::certificate::Certificate;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Fetches the bundle of a document into a new file; a broken transfer leaves none.
pub(super) async fn fetch(
    console: &Console,
    client: &Client,
    id: DocumentId,
    to: &Path,
) -> Result<Exit, Failure> {
    if to.exists() {
        return Err(Failure::exists(console.language, to));
    }
    // It is made while it is sent, so nobody knows how long it will be.
    let progress = console.progress_open_ended();
    let temporary = to.with_file_name(format!(".{id}.asice.part"));
    let _ = std::fs::remove_file(&temporary);
    let saved = client.bundle(id, &temporary, &progress).await;
    progress.end();
    let (digest, size) = saved.map_err(|error| {
        let _ = std::fs::remove_file(&temporary);
        Failure::client(console.language, &error)
    })?;
    named(&temporary, to).map_err(|e| Failure::unwritable(console.language, to, &e))?;
    let path = to.display().to_string();
    if console.json {
        let sha256 = digest.to_hex();
        console
            .json(&json!({ "id": id.to_string(), "bundle": path, "size": size, "sha256": sha256 }));
    } else {
        console.out(&path);
        console.tell("cli-bundle-written", &[("path", &path)]);
    }
    Ok(Exit::Done)
}

/// Whether a file is a container and no receipt.
pub(super) fn is_bundle(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK")
}

pub(super) fn verify(
    console: &Console,
    bytes: Vec<u8>,
    ca: &Certificate,
    trust: Option<&PathBuf>,
) -> Result<Exit, Failure> {
    if let Some(folder) = trust {
        let found = std::fs::read_dir(folder);
        found.map_err(|e| Failure::unreadable(console.language, folder, &e))?;
    }
    let content = Memory::new(bytes.into());
    let judged = bundle::judge(&content, ca, trust, console.now());
    let proven = judged.map_err(|error| {
        if let bundle::BundleError::Anchors(e) = &error {
            return Failure::config(console.language, e);
        }
        let problem = lang::visible(&error.to_string());
        let values = [("problem", problem.as_str())];
        let failure = Failure::new(Exit::Failed, console.text("cli-bundle-bad", &values));
        failure.with_next(console.text("cli-bundle-bad-next", &[]))
    })?;
    if console.json {
        console.json(&facts(&proven));
    } else {
        show(console, &proven);
    }
    Ok(match proven.agrees() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// What lies in the bundle, and what does not: for the sentences and for JSON alike.
fn pieces(proven: &Proven) -> (Vec<&BundlePiece>, Vec<(&BundlePiece, &str)>) {
    let all = || proven.index.files.iter().chain([&proven.index.envelope]);
    let there = all().filter(|piece| piece.path.is_some()).collect();
    let absent = all().filter_map(|piece| Some((piece, piece.absent.as_deref()?)));
    (there, absent.collect())
}

fn facts(proven: &Proven) -> serde_json::Value {
    let (_, absent) = pieces(proven);
    let absent = absent
        .iter()
        .map(|(piece, why)| json!({ "sha256": piece.sha256, "why": why }));
    let judgements = proven.judgements.iter().map(|judgement| {
        let again = match &judgement.again {
            Again::Same(signatures) => json!({ "result": "same", "verdicts": signatures }),
            Again::Differs { stated, found } => {
                json!({ "result": "differs", "stated": stated, "found": found })
            }
            Again::Not(why) => json!({ "result": "not_judged", "why": why.name() }),
        };
        json!({ "position": judgement.position.0, "at": judgement.at, "again": again })
    });
    let stamp = proven.log_stamp.as_ref().map(|stamp| {
        json!({
            "of": stamp.of.0, "head": stamp.head.to_hex(), "direct": stamp.direct,
            "moment": stamp.moment.map(|moment| moment.to_string()),
        })
    });
    json!({
        "verified": proven.agrees(),
        "judged_again": proven.all_again(),
        "document": proven.index.document,
        "gateway": proven.index.gateway,
        "signed": proven.signed.to_string(),
        "level": level_name(&proven.level),
        "absent": absent.collect::<Vec<_>>(),
        "judgements": judgements.collect::<Vec<_>>(),
        "stamp": stamp,
        "receipts": proven.receipts.iter().map(receipt::facts).collect::<Vec<_>>(),
    })
}

fn level_name(level: &Level) -> &'static str {
    match level {
        Level::B => "B",
        Level::BWithUnprovedTimestamps => "B-with-unproved-timestamps",
        Level::T(_) => "T",
        Level::Archived(..) => "T-with-archive-timestamp",
        Level::Lta(..) => "LTA",
    }
}

fn show(console: &Console, proven: &Proven) {
    let say = |key: &str, values: &[(&str, &str)]| console.out(&console.text(key, values));
    let count = proven.receipts.len().to_string();
    let document = proven.index.document.as_str();
    let gateway = lang::visible(&proven.index.gateway);
    let values = [("document", document), ("gateway", &gateway)];
    console.out(&format!("✔ {}", console.text("cli-bundle-good", &values)));
    say("cli-bundle-receipts", &[("count", &count)]);
    for receipt in &proven.receipts {
        let event = lang::word(console.language, "event", &receipt.event);
        let at = lang::report::moment(receipt.at);
        let recipient = receipt.recipient.as_ref().map(ToString::to_string);
        let line = format!(
            "  {} {at} {event} {}",
            receipt.position,
            recipient.unwrap_or_default()
        );
        console.out(line.trim_end());
    }
    let (there, absent) = pieces(proven);
    let count = there.len().to_string();
    say("cli-bundle-files", &[("count", &count)]);
    for (piece, why) in absent {
        let why = console.text(&format!("cli-bundle-{}", why.replace('_', "-")), &[]);
        say(
            "cli-bundle-absent",
            &[("sha256", &piece.sha256), ("why", &why)],
        );
    }
    for judgement in &proven.judgements {
        show_judgement(console, judgement);
    }
    show_level(console, proven);
    match &proven.log_stamp {
        None => say("cli-evidence-not-stamped", &[]),
        Some(stamp) => show_stamp(console, stamp),
    }
    say("cli-bundle-not-proven", &[]);
}

fn show_judgement(console: &Console, judgement: &Judgement) {
    let position = judgement.position.to_string();
    // Without its report nobody knows when it was made.
    let at = match judgement.at.as_str() {
        "" => console.text("report-unknown", &[]),
        at => moment(at),
    };
    let values = [("position", position.as_str()), ("at", at.as_str())];
    match &judgement.again {
        Again::Same(_) => console.out(&console.text("cli-bundle-same", &values)),
        Again::Not(why) => {
            let key = format!("cli-bundle-not-judged-{}", why.name());
            console.out(&console.text(&key, &values));
        }
        Again::Differs { stated, found } => {
            console.out(&format!(
                "✘ {}",
                console.text("cli-bundle-differs", &values)
            ));
            for (sign, lines) in [("-", stated), ("+", found)] {
                for line in lines {
                    console.out(&format!("  {sign} {}", lang::visible(line)));
                }
            }
        }
    }
}

fn show_level(console: &Console, proven: &Proven) {
    let signed = lang::report::moment(proven.signed);
    let at = |stamped: &Stamped| lang::report::moment(stamped.moment);
    let text = match &proven.level {
        Level::B if proven.index.stamping => {
            console.text("cli-bundle-level-late", &[("signed", &signed)])
        }
        Level::B => console.text("cli-bundle-level-b", &[("signed", &signed)]),
        Level::BWithUnprovedTimestamps => {
            console.text("cli-bundle-level-unproved", &[("signed", &signed)])
        }
        Level::T(first) => console.text("cli-bundle-level-t", &[("moment", &at(first))]),
        Level::Archived(first, archive) | Level::Lta(first, archive) => {
            let key = match matches!(proven.level, Level::Lta(..)) {
                true => "cli-bundle-level-lta",
                false => "cli-bundle-level-archived",
            };
            let (first, archive) = (at(first), at(archive));
            let values = [("moment", first.as_str()), ("archive", archive.as_str())];
            console.text(key, &values)
        }
    };
    console.out(&text);
}

fn show_stamp(console: &Console, stamp: &LogStamp) {
    let of = stamp.of.to_string();
    let moment = stamp.moment.map(lang::report::moment);
    let values = [
        ("position", of.as_str()),
        ("moment", moment.as_deref().unwrap_or("?")),
    ];
    let key = match (stamp.moment, stamp.direct) {
        (None, _) => "cli-bundle-stamp-open",
        (Some(_), true) => "cli-bundle-stamp-direct",
        (Some(_), false) => "cli-bundle-stamp-later",
    };
    console.out(&console.text(key, &values));
}

/// The name of a bundle where none is given.
pub(super) fn default_name(id: DocumentId) -> PathBuf {
    PathBuf::from(format!("{id}.asice"))
}
