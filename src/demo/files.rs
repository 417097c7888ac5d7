//! Real third-party files through the gateway under policy `record`: what is not TOTAL-FAILED
//! arrives byte for byte with its verdict and receipt, the rest is refused with a receipt.

use super::folder::DemoFolder;
use super::install::{Kind, Plan, units};
use super::office::Office;
use super::outcome::disposition;
use super::report::say_daemon;
use super::run::{Done, start};
use super::table::{cells, table};
use super::third_party::{Foreign, read};
use super::units::UNITS;
use super::voice::Voice;
use super::{DemoError, Options};
use crate::client::wire::{ListItem, Submitted};
use crate::clock::{Clock, SystemClock};
use crate::model::{Digest, Disposition, Indication};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How many files travel at the same time.
const ABREAST: usize = 4;
/// The sending and the receiving unit.
const FROM: usize = 1;
const TO: usize = 3;
/// Ký hiệu of these documents.
const NOTATION: &str = "THU-NGHIEM";

/// What came of one file.
#[derive(Clone, Debug)]
struct Row {
    foreign: Foreign,
    indication: String,
    sub: String,
    reason: String,
    disposition: String,
    problems: Vec<String>,
}

/// Runs it; whether every file came out as the rules demand.
///
/// # Errors
/// [`DemoError`] if it could not be run.
pub async fn run(
    options: &Options,
    folder: &DemoFolder,
    files: &Path,
    voice: &mut Voice<'_>,
) -> Result<Done, DemoError> {
    let (foreign, material) = read(files)?;
    if foreign.is_empty() {
        return Err(DemoError::NoFiles(files.into()));
    }
    let anchors = material
        .iter()
        .filter(|f| f.path.starts_with("trust/"))
        .count();
    let (count, anchors) = (foreign.len().to_string(), anchors.to_string());
    voice.say(
        "demo-files-made",
        &[("count", &count), ("anchors", &anchors)],
    );
    let plan = Plan {
        policy: "record",
        units: units(),
        bindings: Vec::new(),
        changes: Vec::new(),
        material,
        private: Vec::new(),
        kind: Kind::Live,
    };
    let (installation, daemon) = start(&options.program, folder.path(), &plan).await?;
    say_daemon(voice, &installation);
    let office = |unit: usize| {
        let code = UNITS.get(unit).map_or("", |u| u.code);
        Office::open(&installation, code, options.language)
    };
    let (sender, recipient) = (Arc::new(office(FROM)?), office(TO)?);
    let mut rows = send_all(&sender, foreign).await;
    let arrived = take_in_all(&recipient, &mut rows).await?;
    for (i, row) in rows.iter_mut().enumerate() {
        let there = arrived.contains(&number(i));
        let refused = row.disposition == Disposition::Refuse.name();
        if there == refused {
            row.problems
                .push("arrived although refused, or did not arrive".into());
        }
    }
    print(voice, &rows);
    Ok(Done {
        daemon,
        year: None,
        server: None,
        intended: rows.iter().all(|r| r.problems.is_empty()),
    })
}

fn number(index: usize) -> String {
    index.saturating_add(1).to_string()
}

async fn send_all(sender: &Arc<Office>, foreign: Vec<Foreign>) -> Vec<Row> {
    let mut rows: BTreeMap<usize, Row> = BTreeMap::new();
    let mut running = JoinSet::new();
    let mut waiting = foreign.into_iter().enumerate();
    loop {
        while running.len() < ABREAST
            && let Some((i, file)) = waiting.next()
        {
            let sender = Arc::clone(sender);
            running.spawn(async move { (i, send(&sender, i, file).await) });
        }
        match running.join_next().await {
            Some(Ok((i, row))) => drop(rows.insert(i, row)),
            Some(Err(_)) => {}
            None => return rows.into_values().collect(),
        }
    }
}

async fn send(sender: &Office, index: usize, foreign: Foreign) -> Row {
    let mut row = Row {
        indication: String::new(),
        sub: String::new(),
        reason: String::new(),
        disposition: String::new(),
        problems: Vec::new(),
        foreign,
    };
    match offered(sender, index, &row.foreign).await {
        Ok(sent) => {
            row.indication = sent.verdict.indication;
            row.sub = sent.verdict.sub_indication.unwrap_or_default();
            row.reason = sent.verdict.reason;
            row.disposition = sent.disposition;
        }
        Err(problem) => row.problems.push(problem),
    }
    let failed = row.indication == Indication::TotalFailed.name();
    let refused = row.disposition == Disposition::Refuse.name();
    if failed != refused {
        row.problems
            .push(format!("{} but {}", row.indication, row.disposition));
    }
    if row.foreign.must_not_pass && row.indication == Indication::TotalPassed.name() {
        row.problems
            .push("passed although its manifest calls it invalid".into());
    }
    row
}

/// Sends one file and verifies the receipt against the bytes sent.
async fn offered(sender: &Office, index: usize, foreign: &Foreign) -> Result<Submitted, String> {
    let load = |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let own = bytes::Bytes::from(load(&foreign.path)?);
    if foreign
        .sha256
        .is_some_and(|sha256| sha256 != Digest::of(&own))
    {
        return Err("not the file of the manifest".into());
    }
    let name = |path: &Path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        format!("{}-{name}", number(index))
    };
    let mut files = Vec::new();
    let mut listed = Vec::new();
    let main = foreign.detached.as_deref().unwrap_or(&foreign.path);
    let content = match &foreign.detached {
        Some(detached) => load(detached)?.into(),
        None => own.clone(),
    };
    files.push((name(main), content));
    listed.push(serde_json::json!({ "name": name(main), "role": "main" }));
    if foreign.detached.is_some() {
        let signature = format!("{}.p7s", name(&foreign.path));
        listed
            .push(serde_json::json!({ "name": signature, "role": "signature", "of": name(main) }));
        files.push((signature, own));
    }
    let subject: String = foreign.id.chars().take(400).collect();
    let recipient = UNITS.get(TO).map_or("", |u| u.code);
    let envelope = serde_json::json!({
        "number": number(index),
        "notation": NOTATION,
        "promulgated": SystemClock.now().local_day().to_string(),
        "subject": subject,
        "recipients": [{ "unit": recipient }],
        "files": listed,
    });
    let envelope = envelope.to_string().into_bytes();
    let sent = sender
        .send(&envelope, &files)
        .await
        .map_err(|e| e.to_string())?
        .submitted;
    let digests: Vec<Digest> = files.iter().map(|(_, bytes)| Digest::of(bytes)).collect();
    sender.verified_for(&sent.receipt, &sent.id, Digest::of(&envelope), &digests)?;
    Ok(sent)
}

/// The recipient fetches, compares and answers everything; the numbers of what arrived.
async fn take_in_all(recipient: &Office, rows: &mut [Row]) -> Result<BTreeSet<String>, DemoError> {
    let mut arrived = BTreeSet::new();
    loop {
        let page = recipient.client.inbox(None, 100, 0).await?;
        let fresh: Vec<&ListItem> = page
            .items
            .iter()
            .filter(|i| arrived.insert(i.number.clone()))
            .collect();
        if fresh.is_empty() {
            return Ok(arrived);
        }
        for item in fresh {
            let taken = recipient.take_in(item, None).await;
            let index = item
                .number
                .parse::<usize>()
                .ok()
                .and_then(|n| n.checked_sub(1));
            let row = index.and_then(|i| rows.get_mut(i));
            match (taken, row) {
                (Ok(received), Some(row)) => row.problems.extend(received.problems),
                (Err(e), Some(row)) => row.problems.push(e.to_string()),
                (_, None) => {}
            }
        }
    }
}

/// Files by what their check came to.
#[derive(Default)]
struct Tally<'a> {
    passed: usize,
    failed: usize,
    recorded: BTreeMap<&'a str, usize>,
}

impl<'a> Tally<'a> {
    fn of(rows: &'a [Row]) -> Self {
        let mut tally = Self::default();
        for row in rows {
            let known = Indication::ALL.iter().find(|i| i.name() == row.indication);
            let count = match known {
                Some(Indication::TotalPassed) => &mut tally.passed,
                Some(Indication::TotalFailed) => &mut tally.failed,
                Some(Indication::Indeterminate) | None => {
                    tally.recorded.entry(&row.reason).or_default()
                }
            };
            *count = count.saturating_add(1);
        }
        tally
    }
}

fn print(voice: &mut Voice<'_>, rows: &[Row]) {
    let (yes, no) = (voice.word("demo-yes"), voice.word("demo-no"));
    let mut out = vec![cells(&voice.word("demo-files-header"))];
    for (i, row) in rows.iter().enumerate() {
        out.push(vec![
            number(i),
            row.foreign.id.clone(),
            row.foreign.kind.clone(),
            format!("{} {}", row.indication, row.sub),
            row.reason.clone(),
            disposition(voice.language, &row.disposition),
            if row.problems.is_empty() {
                yes.clone()
            } else {
                no.clone()
            },
        ]);
    }
    voice.print("");
    voice.print(&table(&out));
    for row in rows {
        for problem in &row.problems {
            voice.say(
                "demo-wrong",
                &[("code", &row.foreign.id), ("problem", problem)],
            );
        }
    }
    voice.print("");
    print_tally(voice, rows);
}

fn print_tally(voice: &mut Voice<'_>, rows: &[Row]) {
    let tally = Tally::of(rows);
    let judged = tally.passed.saturating_add(tally.failed).to_string();
    let only: usize = tally.recorded.values().sum();
    let (passed, failed) = (tally.passed.to_string(), tally.failed.to_string());
    let values = [
        ("count", &*judged),
        ("passed", &passed),
        ("failed", &failed),
    ];
    let only = only.to_string();
    voice.say(
        "demo-files-judged",
        &[values.as_slice(), &[("recorded", &only)]].concat(),
    );
    for (reason, count) in &tally.recorded {
        voice.print(&format!("  {count:>5}  {reason}"));
    }
    let right = rows
        .iter()
        .filter(|r| r.problems.is_empty())
        .count()
        .to_string();
    voice.say(
        "demo-result",
        &[("right", &right), ("all", &rows.len().to_string())],
    );
}
