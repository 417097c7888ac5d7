//! A clerk: types commands, each of which is a process, and reads what they print.

use super::{Stage, Verified};
use crate::demo::DemoError;
use crate::demo::units::UnitInfo;
use crate::model::Language;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// One unit's clerk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clerk<'a> {
    pub(super) stage: Stage<'a>,
    pub(super) unit: &'static UnitInfo,
}

/// What a command came to.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Came {
    /// Its exit code; -1 if a signal ended it.
    pub(super) code: i32,
    /// What it printed, as JSON: its rows, where it prints several.
    pub(super) rows: Vec<Value>,
    /// What it said besides.
    pub(super) said: String,
}

impl Came {
    /// A text in what it printed, by its pointer.
    pub(super) fn text(&self, pointer: &str) -> String {
        let first = self.rows.first().and_then(|row| row.pointer(pointer));
        let text = first.and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl Clerk<'_> {
    /// Types a command under the unit's profile.
    pub(super) fn types(&self, arguments: &[&str]) -> Result<Came, DemoError> {
        let profile = self.stage.at.profile(self.unit.code);
        let profile = profile.display().to_string();
        let mut all = arguments.to_vec();
        all.extend(["--profile", &profile]);
        types(self.stage, &all)
    }
}

/// Types a command as the gateway's administrator.
pub(super) fn administrates(stage: Stage<'_>, arguments: &[&str]) -> Result<Came, DemoError> {
    let config = stage.at.config.display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--config", &config]);
    types(stage, &all)
}

/// Verifies a receipt from the file and the pinned CA alone; the problem, if it is none.
pub(super) fn verifies(
    stage: Stage<'_>,
    ca: &Path,
    file: &Path,
    document: &str,
) -> Result<Result<Verified, String>, DemoError> {
    let (shown, ca) = (file.display().to_string(), ca.display().to_string());
    let came = types(stage, &["receipt", "verify", &shown, "--ca", &ca])?;
    let stated = came.rows.first().and_then(|row| row.get("receipt"));
    let genuine = came.code == 0 && came.text("/receipt/document") == document;
    let Some(stated) = stated.filter(|_| genuine) else {
        return Ok(Err(format!("{shown}: {}", came.said.trim())));
    };
    let etsi = stated.get("etsi").and_then(Value::as_array);
    let etsi = etsi.into_iter().flatten().filter_map(Value::as_str);
    Ok(Ok(Verified {
        event: came.text("/receipt/event"),
        etsi: etsi.map(str::to_owned).collect(),
        position: stated
            .get("position")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
    }))
}

fn types(stage: Stage<'_>, arguments: &[&str]) -> Result<Came, DemoError> {
    let language = match stage.language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let mut command = Command::new(stage.program);
    command
        .args(arguments)
        .args(["--json", "--no-input", "--lang", language])
        .current_dir(&stage.at.home)
        .stdin(Stdio::null());
    // What is set for a real installation is not meant for this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LIENTHONG") {
            command.env_remove(name);
        }
    }
    let output = command.output();
    let output = output.map_err(|e| DemoError::folder(stage.program, &e))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let rows = printed.lines().map(serde_json::from_str);
    Ok(Came {
        code: output.status.code().unwrap_or(-1),
        rows: rows.filter_map(Result::ok).collect(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
