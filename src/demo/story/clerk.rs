//! A clerk: types commands, each of which is a process, and reads what they print.

use super::{Stage, Verified};
use crate::demo::DemoError;
use crate::demo::units::UnitInfo;
use crate::model::Language;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// One unit's clerk.
#[derive(Clone, Copy, Debug)]
pub(in crate::demo) struct Clerk<'a> {
    pub(in crate::demo) stage: Stage<'a>,
    pub(in crate::demo) unit: &'static UnitInfo,
}

/// What a command came to.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::demo) struct Came {
    /// Its exit code; -1 if a signal ended it.
    pub(in crate::demo) code: i32,
    /// What it printed, as JSON: its rows, where it prints several.
    pub(in crate::demo) rows: Vec<Value>,
    /// What it said besides.
    pub(in crate::demo) said: String,
}

impl Came {
    /// A text in what it printed, by its pointer.
    pub(in crate::demo) fn text(&self, pointer: &str) -> String {
        let first = self.rows.first().and_then(|row| row.pointer(pointer));
        let text = first.and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

impl Clerk<'_> {
    /// Types a command under the unit's profile.
    pub(in crate::demo) fn types(&self, arguments: &[&str]) -> Result<Came, DemoError> {
        types(
            self.stage,
            &[arguments, &["--profile", &self.profile()]].concat(),
        )
    }

    /// What a command prints for people.
    pub(in crate::demo) fn reads(&self, arguments: &[&str]) -> Result<String, DemoError> {
        reads(
            self.stage,
            &[arguments, &["--profile", &self.profile()]].concat(),
        )
    }

    fn profile(&self) -> String {
        let profile = self.stage.at.profile(self.unit.code);
        profile.display().to_string()
    }

    /// The CA of receipts that its office has pinned.
    pub(in crate::demo) fn receipt_ca(&self) -> PathBuf {
        let profile = self.stage.at.profile(self.unit.code);
        profile.with_file_name("receipt-ca.pem")
    }
}

/// Types a command as the gateway's administrator.
pub(in crate::demo) fn administrates(
    stage: Stage<'_>,
    arguments: &[&str],
) -> Result<Came, DemoError> {
    types(
        stage,
        &[arguments, &["--config", &configured(stage)]].concat(),
    )
}

/// What a command of the administrator prints for people.
pub(in crate::demo) fn administrator_reads(
    stage: Stage<'_>,
    arguments: &[&str],
) -> Result<String, DemoError> {
    reads(
        stage,
        &[arguments, &["--config", &configured(stage)]].concat(),
    )
}

fn configured(stage: Stage<'_>) -> String {
    stage.at.config.display().to_string()
}

/// Verifies a receipt from the file and the pinned CA alone; the problem, if it is none.
pub(in crate::demo) fn verifies(
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

/// Verifies a form by its signature beside it and the pinned CA alone; the problem, if it is none.
pub(in crate::demo) fn verifies_form(
    clerk: Clerk<'_>,
    file: &Path,
) -> Result<Result<(), String>, DemoError> {
    let ca = clerk.receipt_ca();
    let (form, ca) = (file.display().to_string(), ca.display().to_string());
    let beside = format!("{form}.p7s");
    let arguments = [
        "receipt",
        "verify",
        &beside,
        "--detached",
        &form,
        "--ca",
        &ca,
    ];
    let came = types(clerk.stage, &arguments)?;
    Ok(match came.code {
        0 => Ok(()),
        _ => Err(format!("{form}: {}", came.said.trim())),
    })
}

/// Verifies the slip of a dossier from the file and the pinned CA alone; the problem, if it is none.
pub(in crate::demo) fn verifies_slip(
    clerk: Clerk<'_>,
    file: &Path,
    number: &str,
) -> Result<Result<(), String>, DemoError> {
    let ca = clerk.receipt_ca();
    let (shown, ca) = (file.display().to_string(), ca.display().to_string());
    let came = types(clerk.stage, &["receipt", "verify", &shown, "--ca", &ca])?;
    let genuine = came.code == 0 && came.text("/slip/number") == number;
    Ok(match genuine {
        true => Ok(()),
        false => Err(format!("{shown}: {}", came.said.trim())),
    })
}

fn types(stage: Stage<'_>, arguments: &[&str]) -> Result<Came, DemoError> {
    let mut all = arguments.to_vec();
    all.push("--json");
    let output = ran(stage, &all)?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let rows = printed.lines().map(serde_json::from_str);
    Ok(Came {
        code: output.status.code().unwrap_or(-1),
        rows: rows.filter_map(Result::ok).collect(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn reads(stage: Stage<'_>, arguments: &[&str]) -> Result<String, DemoError> {
    let output = ran(stage, arguments)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn ran(stage: Stage<'_>, arguments: &[&str]) -> Result<Output, DemoError> {
    let language = match stage.language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let mut command = Command::new(stage.program);
    command
        .args(arguments)
        .args(["--no-input", "--lang", language])
        .current_dir(&stage.at.home)
        .stdin(Stdio::null());
    // What is set for a real installation is not meant for this one.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LIENTHONG") {
            command.env_remove(name);
        }
    }
    let output = command.output();
    output.map_err(|e| DemoError::folder(stage.program, &e))
}
