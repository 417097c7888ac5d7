//! `status` of the gateway, and `stamps`: timestamps of the log, from the running daemon, or from the
//! store itself while none runs.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::moment;
use super::store;
use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::client::stamps::{
    StampProofView, StampView, StampsCheckRequest, StampsCheckView, StatusView,
};
use crate::fetch::FetchError;
use crate::forge::pki::pem;
use crate::lang;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use std::path::{Path, PathBuf};

/// No token with its chain is longer (`app::evidence`).
const MAX_TOKEN: u64 = 256 << 10;

pub(super) async fn status(console: &Console) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let view = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => Some(admin.status().await.map_err(|e| client(console, &e))?),
        None => store::status(console, &settings).await?,
    };
    match view {
        Some(view) => show_status(console, &view),
        None => console.tell("cli-stamps-none", &[]),
    }
    Ok(Exit::Done)
}

pub(super) async fn now(console: &Console) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let Some(admin) = Admin::connect(&settings.socket(), console.language).await else {
        let said = console.text("cli-stamps-no-daemon", &[]);
        return Err(Failure::new(Exit::Unreachable, said));
    };
    let view = admin.stamp_now().await.map_err(|e| client(console, &e))?;
    show_status(console, &view);
    Ok(match &view.authority {
        None => Exit::Configuration,
        Some(authority) if authority.failing.is_some() => Exit::Failed,
        Some(_) => Exit::Done,
    })
}

pub(super) async fn check(console: &Console, files: &[PathBuf]) -> Result<Exit, Failure> {
    let tokens: Result<Vec<Bytes>, Failure> = files.iter().map(|f| read(console, f)).collect();
    let tokens = tokens?;
    let settings = console.settings()?.settings;
    let view = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => {
            let tokens = tokens.iter().map(|token| STANDARD.encode(token)).collect();
            let checked = admin.check_stamps(&StampsCheckRequest { tokens }).await;
            Some(checked.map_err(|e| client(console, &e))?)
        }
        None => store::check_stamps(console, &settings, &tokens).await?,
    };
    let Some(view) = view else {
        console.tell("cli-stamps-none", &[]);
        // Tokens of a log that is not there are no proof that all is well.
        return Ok(if files.is_empty() {
            Exit::Done
        } else {
            Exit::Failed
        });
    };
    if console.json {
        console.json(&view);
    } else {
        show_check(console, &view);
    }
    Ok(if view.stamps.iter().any(StampView::is_bad) {
        Exit::Failed
    } else if view.stamps.iter().any(|stamp| stamp.state == "open") {
        Exit::Indeterminate
    } else {
        Exit::Done
    })
}

pub(super) async fn export(
    console: &Console,
    of: Option<u64>,
    out: &Path,
) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let found = match Admin::connect(&settings.socket(), console.language).await {
        Some(admin) => match admin.stamp(of).await {
            Ok(found) => Some(found),
            Err(ClientError::Problem(problem)) if problem.code == "not_found" => None,
            Err(e) => return Err(client(console, &e)),
        },
        None => store::stamp(console, &settings, of).await?,
    };
    let Some(found) = found else {
        let said = console.text("cli-stamps-none", &[]);
        return Err(Failure::new(Exit::Failed, said));
    };
    let command = write(console, &found, out)?;
    if console.json {
        let path = out.display().to_string();
        console.json(&serde_json::json!({
            "stamp": found.stamp, "out": path, "command": command,
        }));
    } else {
        console.out(&line(console, &found.stamp));
        console.out(&command);
    }
    Ok(Exit::Done)
}

/// Writes token, certificates and a README into a new folder; gives the command that checks it there.
pub(super) fn write(
    console: &Console,
    found: &StampProofView,
    out: &Path,
) -> Result<String, Failure> {
    let unreadable = |_| Failure::new(Exit::Failed, console.text("cli-stamps-unreadable", &[]));
    let token = STANDARD.decode(&found.token).map_err(unreadable)?;
    let (mut anchors, mut chain) = (String::new(), String::new());
    for certificate in &found.certificates {
        let der = STANDARD.decode(&certificate.der).map_err(unreadable)?;
        let to = if certificate.anchor {
            &mut anchors
        } else {
            &mut chain
        };
        to.push_str(&pem("CERTIFICATE", &der));
    }
    let untrusted = if chain.is_empty() {
        ""
    } else {
        " -untrusted chain.pem"
    };
    // Nothing but hexadecimal digits reaches the line that somebody runs.
    let head: String = found
        .stamp
        .head
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    let command = format!(
        "openssl ts -verify -digest {head} -in token.tst -token_in -CAfile anchor.pem{untrusted}"
    );
    let of = found.stamp.of.map(|of| of.to_string()).unwrap_or_default();
    let said = found
        .stamp
        .moment
        .as_deref()
        .map(moment)
        .unwrap_or_default();
    let values = [("position", of.as_str()), ("moment", said.as_str())];
    let readme = console.text("cli-stamps-readme", &values);
    let readme = format!("{readme}\n\n{command}\n");
    let facts = serde_json::to_string_pretty(&found.stamp).unwrap_or_default();
    let unwritable = |path: &Path, e| Failure::unwritable(console.language, path, &e);
    std::fs::create_dir_all(out).map_err(|e| unwritable(out, e))?;
    for (name, bytes) in [
        ("token.tst", token.as_slice()),
        ("anchor.pem", anchors.as_bytes()),
        ("chain.pem", chain.as_bytes()),
        ("stamp.json", facts.as_bytes()),
        ("README", readme.as_bytes()),
    ] {
        let path = out.join(name);
        let made = std::fs::File::create_new(&path);
        let written = made.and_then(|mut file| std::io::Write::write_all(&mut file, bytes));
        written.map_err(|e| unwritable(&path, e))?;
    }
    Ok(command)
}

fn client(console: &Console, error: &ClientError) -> Failure {
    Failure::client(console.language, error)
}

fn read(console: &Console, path: &Path) -> Result<Bytes, Failure> {
    let failed = |e: std::io::Error| {
        let (path, problem) = (path.display().to_string(), e.to_string());
        let values = [("path", path.as_str()), ("problem", problem.as_str())];
        Failure::new(Exit::Failed, console.text("cli-file-unreadable", &values))
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let mut limited = std::io::Read::take(file, MAX_TOKEN);
    std::io::Read::read_to_end(&mut limited, &mut bytes).map_err(failed)?;
    Ok(bytes.into())
}

fn show_status(console: &Console, view: &StatusView) {
    if console.json {
        console.json(view);
        return;
    }
    let row = |key: &str, value: &str| {
        let label = console.text(key, &[]);
        console.out(&format!("{label}: {}", lang::visible(value)));
    };
    row("cli-position", &view.position.to_string());
    row("cli-chain", &view.head);
    let last = view.last_stamp.as_ref();
    let last = last.map(|stamp| line(console, stamp));
    let last = last.unwrap_or_else(|| console.text("cli-stamps-none", &[]));
    row("cli-stamps-last", &last);
    let Some(authority) = &view.authority else {
        let nobody = console.text("cli-stamps-nobody", &[]);
        row("cli-stamps-authority", &nobody);
        return;
    };
    row("cli-stamps-authority", &authority.url);
    if let Some(failing) = &authority.failing {
        let (since, next) = (moment(&failing.since), moment(&failing.next));
        let values = [("since", since.as_str()), ("next", next.as_str())];
        let times = u64::from(failing.times);
        let said = lang::counted(console.language, "cli-stamps-failing", times, &values);
        let why = trouble(console, &failing.code, &failing.value);
        row("cli-stamps-trouble", &format!("{said} {why}"));
    }
}

/// Why the authority gave nothing, in a sentence.
pub(super) fn trouble(console: &Console, code: &str, value: &str) -> String {
    if FetchError::CODES.contains(&code) && code != "not-evidence" {
        return lang::fetch(console.language, code, value).0;
    }
    let said = lang::word(console.language, "stamp", code);
    format!("{said} ({})", lang::visible(value))
}

/// One stamp in one line: what, when, by whom, and whether it holds.
fn line(console: &Console, stamp: &StampView) -> String {
    let of = stamp.of.map_or_else(|| "?".to_owned(), |of| of.to_string());
    let at = stamp.moment.as_deref().map(moment).unwrap_or_default();
    let by = lang::visible(stamp.authority.as_deref().unwrap_or("?"));
    let state = lang::word(console.language, "stamp", &stamp.state);
    let mut line = format!("#{of} {at} {by} — {state}");
    if let Some(problem) = &stamp.problem {
        let judged = matches!(stamp.state.as_str(), "failed" | "open") && problem != "not-a-token";
        let word = if judged { "reason" } else { "stamp" };
        let said = lang::word(console.language, word, problem);
        line.push_str(&format!(": {said} ({problem})"));
    }
    line
}

fn show_check(console: &Console, view: &StampsCheckView) {
    for stamp in &view.stamps {
        console.out(&line(console, stamp));
    }
    let bad = view.stamps.iter().filter(|stamp| stamp.is_bad()).count();
    let (records, count, bad) = (
        view.records.to_string(),
        view.stamps.len().to_string(),
        bad.to_string(),
    );
    let values = [
        ("records", records.as_str()),
        ("count", count.as_str()),
        ("bad", bad.as_str()),
    ];
    console.tell("cli-stamps-checked", &values);
}
