//! `verify`: the full report about every signature of one file, without daemon or network.

use super::args::Verify;
use super::console::Console;
use super::failure::{Exit, Failure};
use crate::config;
use crate::format::content::{Content, Memory};
use crate::lang::{self, report::Context};
use crate::model::{Indication, Timestamp};
use crate::registry::{KeyPair, Registry};
use crate::trust::material::{Material, MaterialInput};
use crate::trust::report::{FileReport, SignatureReport};
use crate::trust::validator::Validator;
use std::path::Path;
use std::sync::Arc;

pub(super) fn verify(console: &Console, asked: &Verify) -> Result<Exit, Failure> {
    let at = match asked.at.as_deref() {
        None => console.now(),
        Some(text) => {
            let values = [("text", text)];
            let wrong = || Failure::usage(console.language, "cli-time-wrong", &values);
            Timestamp::parse(text).ok_or_else(wrong)?
        }
    };
    let content = read(console, &asked.file)?;
    let detached = asked
        .detached
        .as_deref()
        .map(|path| read(console, path))
        .transpose()?;
    let (material, registry) = rules(console, asked)?;
    let validator = Validator::new(Arc::new(material));
    let other = detached.as_ref().map(|d| -> &dyn Content { d });
    let report = validator.judge_file(&content, other, at);
    if console.json {
        let json = crate::judge::report::file(&report, content.digest(), at);
        console.out(&String::from_utf8_lossy(&json));
    } else {
        let unit = |s: &SignatureReport| bound(console, &registry, s, at);
        let units: Vec<Option<String>> = report.signatures.iter().map(unit).collect();
        let name = asked.file.file_name().unwrap_or_default().to_string_lossy();
        let context = Context {
            name: &name,
            at,
            anchors: validator.material().anchors().next().is_some(),
            units: &units,
        };
        console.out(lang::report::file(console.style(), context, &report).trim_end());
    }
    Ok(exit(&report))
}

/// No signature at all is no pass (`verdicts.md` §1).
fn exit(report: &FileReport) -> Exit {
    match report.worst().map(|v| v.indication()) {
        Some(Indication::TotalPassed) => Exit::Done,
        Some(Indication::TotalFailed) => Exit::SignatureFailed,
        Some(Indication::Indeterminate) | None => Exit::Indeterminate,
    }
}

/// Read whole, never mapped: its owner may change it meanwhile.
fn read(console: &Console, path: &Path) -> Result<Memory, Failure> {
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|e| Failure::unreadable(console.language, path, &e))?;
    Ok(Memory::new(bytes.into()))
}

/// The material of `--trust`, else that of the installation, else none.
fn rules(console: &Console, asked: &Verify) -> Result<(Material, Registry), Failure> {
    let failed = |e| Failure::config(console.language, &e);
    if let Some(folder) = &asked.trust {
        let found = std::fs::read_dir(folder);
        found.map_err(|e| Failure::unreadable(console.language, folder, &e))?;
        let material = config::load_material(folder, None).map_err(failed)?;
        return Ok((material, Registry::default()));
    }
    if let Some(loaded) = console.settings_if_any()? {
        let settings = loaded.settings;
        let material = config::load_material(&settings.certs, settings.max_crl_age_secs);
        let registry = config::registry::read(&settings.units).map_err(failed)?;
        return Ok((material.map_err(failed)?, registry));
    }
    let none = Material::new(MaterialInput::default());
    let none = none.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
    Ok((none, Registry::default()))
}

/// The unit and role that a signature's keys are bound to.
fn bound(
    console: &Console,
    registry: &Registry,
    signature: &SignatureReport,
    at: Timestamp,
) -> Option<String> {
    let subject = signature.signer.as_ref()?.key;
    let keys = KeyPair {
        issuer: signature.issuer_key?,
        subject,
    };
    let Some(binding) = registry.binding(keys, at) else {
        // Without a registry there is nothing to say about units.
        let any = registry.units().next().is_some();
        return any.then(|| console.text("report-unit-none", &[]));
    };
    let name = registry.unit(&binding.unit).map_or("", |u| u.name.as_str());
    let role = lang::word(console.language, "role", binding.role.name());
    Some(format!("{name} ({}) — {role}", binding.unit))
}
