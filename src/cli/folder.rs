//! `folder`: a document office sends, receives and answers by its folder.

use super::args::Folder;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::receipt;
use crate::agent::{Agent, AgentError, Office, Options, Tell, Told};
use crate::client::Client;
use crate::clock::SystemClock;
use crate::lang;
use crate::model::UnitCode;
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) async fn folder(console: &Console, asked: &Folder) -> Result<Exit, Failure> {
    let profile = console.profile()?;
    let code = || {
        let values = [("code", profile.unit.as_str())];
        Failure::usage(console.language, "cli-code-wrong", &values)
    };
    let unit = UnitCode::parse(&profile.unit).ok_or_else(code)?;
    let client = Client::new(&profile, console.office_language);
    let client = client.map_err(|e| Failure {
        exit: Exit::Configuration,
        ..Failure::client(console.language, &e)
    })?;
    let office = Office {
        client,
        unit,
        receipt_ca: receipt::authority(console, &profile.receipt_ca)?,
        language: console.office_language,
        clock: Arc::new(SystemClock),
        tell: tell(console),
    };
    let options = Options {
        every: asked.every,
        quiet: asked.quiet,
        missing: asked.missing,
        give_up: asked.give_up,
        follow: asked.follow,
    };
    let stopped = |e: AgentError| failure(console, &e);
    let agent = Agent::open(&asked.folder, office, options).map_err(stopped)?;
    if !asked.once {
        let path = asked.folder.display().to_string();
        let values = [("path", path.as_str()), ("unit", profile.unit.as_str())];
        console.tell("folder-event-started", &values);
        agent.run().await.map_err(stopped)?;
        return Ok(Exit::Done);
    }
    let pass = agent.once().await.map_err(stopped)?;
    Ok(if pass.unreachable {
        Exit::Unreachable
    } else if pass.failed > 0 {
        Exit::Refused
    } else {
        Exit::Done
    })
}

/// One line for each event, on stdout.
fn tell(console: &Console) -> Tell {
    let console = console.clone();
    Box::new(move |told: &Told| {
        let at = console.now();
        if console.json {
            console.json(&as_json(told, &at.to_string()));
            return;
        }
        let disposition = told.values.iter().find(|(name, _)| *name == "disposition");
        let word = disposition.map(|(_, d)| lang::word(console.language, "disposition", d));
        let known = told.values.iter().map(|(name, value)| match *name {
            "problem" => (*name, lang::foreign(console.language, value)),
            name => (name, value.clone()),
        });
        let known: Vec<(&str, String)> = known.collect();
        let mut values: Vec<(&str, &str)> = Vec::new();
        values.extend(known.iter().map(|(name, value)| (*name, value.as_str())));
        values.extend(word.iter().map(|word| ("word", word.as_str())));
        let line = console.text(&format!("folder-event-{}", told.event), &values);
        console.out(&format!("{} {line}", lang::report::moment(at)));
    })
}

fn as_json(told: &Told, at: &str) -> Value {
    let mut line = Map::new();
    line.insert("event".into(), told.event.into());
    line.insert("at".into(), at.into());
    for (name, value) in &told.values {
        line.insert((*name).to_owned(), value.as_str().into());
    }
    Value::Object(line)
}

fn failure(console: &Console, error: &AgentError) -> Failure {
    let language = console.language;
    let text = |key: &str, path: &std::path::Path, name: &str, value: &str| {
        let path = path.display().to_string();
        let values = [("path", path.as_str()), (name, value)];
        let next = lang::text(language, &format!("{key}-next"), &[]);
        Failure::new(Exit::Failed, lang::text(language, key, &values)).with_next(next)
    };
    match error {
        AgentError::Busy(path) => text("cli-folder-busy", path, "", ""),
        AgentError::OtherUnit { folder, unit } => {
            text("cli-folder-other-unit", folder, "unit", unit)
        }
        AgentError::Disk { path, problem } => Failure::unwritable(language, path, problem),
        AgentError::Record { path, problem } => text("cli-folder-record", path, "problem", problem),
        AgentError::Client(error) => Failure::client(language, error),
    }
}
