//! `verify`: the full report about every signature of one file, without the daemon; without network
//! too where that is asked.

use super::args::Verify;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::payload;
use crate::app;
use crate::client::laid_out::AWAITED;
use crate::clock::SystemClock;
use crate::config;
use crate::format::content::{Content, Memory};
use crate::judge::{FileInput, Judge, JudgeError, Patience, report};
use crate::lang::{self, report::Context};
use crate::model::{Indication, Timestamp};
use crate::policy::Rules;
use crate::registry::{KeyPair, Registry};
use crate::trust::evidence::Pool;
use crate::trust::material::{Material, MaterialInput};
use crate::trust::report::{FileReport, SignatureReport};
use crate::trust::validator::{Beside, SuppliedDer, Validator};
use std::path::Path;
use std::sync::Arc;

pub(super) async fn verify(console: &Console, asked: &Verify) -> Result<Exit, Failure> {
    let at = time(console, asked.at.as_deref())?.unwrap_or_else(|| console.now());
    let existed = time(console, asked.existed.as_deref())?;
    if existed.is_some_and(|existed| existed >= at) {
        // It would prove nothing, and go unnoticed.
        return Err(Failure::usage(console.language, "cli-existed-late", &[]));
    }
    if let Some(dir) = &asked.payload {
        payload::check_room(console, dir)?;
    }
    let content = read(console, &asked.file)?;
    let detached = asked.detached.iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((name.into_owned(), input(read(console, path)?)))
    });
    let detached = detached.collect::<Result<Vec<_>, Failure>>()?;
    let (rules, judge) = prepare(console, asked, existed)?;
    let (digest, file) = (content.digest(), input(content));
    let (judged_file, beside) = (file.clone(), detached.clone());
    let judged = judge.verify(
        Arc::clone(&rules),
        None,
        (file, detached),
        at,
        Patience::Report,
    );
    let failed = |e: JudgeError| Failure::new(Exit::Failed, e.to_string());
    let report = judged.await.map_err(failed)?;
    let payload = asked.payload.as_ref().map(|dir| {
        let beside = beside.iter().map(|(name, other)| Beside {
            name,
            content: &*other.content,
            known: None,
        });
        let beside: Vec<Beside<'_>> = beside.collect();
        let judged = payload::judged(&asked.file, &*judged_file.content, &beside);
        payload::write(console, dir, &judged, &report)
    });
    let payload = payload.transpose()?;
    if console.json {
        let material = rules.validator.material();
        let json = report::file(&report, digest, (at, existed), material);
        console.out(&with_payload(&json, payload));
    } else {
        let unit = |s: &SignatureReport| bound(console, &rules.registry, s, at);
        let units: Vec<Option<String>> = report.signatures.iter().map(unit).collect();
        let name = asked.file.file_name().unwrap_or_default().to_string_lossy();
        let context = Context {
            name: &name,
            at,
            existed,
            anchors: rules.validator.material().anchors().next().is_some(),
            units: &units,
        };
        console.out(lang::report::file(console.style(), context, &report).trim_end());
        if let Some(payload) = payload {
            console.out(&format!("\n{}", payload.text));
        }
    }
    Ok(exit(&report))
}

/// The report, and beside it what was written.
fn with_payload(json: &[u8], payload: Option<payload::Told>) -> String {
    let told = payload.and_then(|payload| {
        let mut whole: serde_json::Value = serde_json::from_slice(json).ok()?;
        whole
            .as_object_mut()?
            .insert("payload".into(), payload.json);
        Some(whole.to_string())
    });
    told.unwrap_or_else(|| String::from_utf8_lossy(json).into_owned())
}

/// A moment of the command line.
fn time(console: &Console, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let parse = |text: &str| {
        let wrong = || Failure::usage(console.language, "cli-time-wrong", &[("text", text)]);
        Timestamp::parse(text).ok_or_else(wrong)
    };
    text.map(parse).transpose()
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

fn input(content: Memory) -> FileInput {
    FileInput {
        digest: content.digest(),
        size: u64::try_from(content.bytes().len()).unwrap_or(u64::MAX),
        content: Arc::new(content),
    }
}

/// The rules of `--trust`, else those of the installation, else none; and who judges by them.
fn prepare(
    console: &Console,
    asked: &Verify,
    existed: Option<Timestamp>,
) -> Result<(Arc<Rules>, Judge), Failure> {
    let failed = |e| Failure::config(console.language, &e);
    let loaded = match &asked.trust {
        Some(_) => None,
        None => console.settings_if_any()?,
    };
    let settings = loaded.as_ref().map(|loaded| &loaded.settings);
    let (material, registry) = match (&asked.trust, settings) {
        (Some(folder), _) => {
            let found = std::fs::read_dir(folder);
            found.map_err(|e| Failure::unreadable(console.language, folder, &e))?;
            let material = config::load_material(folder, None).map_err(failed)?;
            (material, Registry::default())
        }
        (None, Some(settings)) => {
            let material = config::load_installed(settings);
            let registry = config::registry::read(&settings.units).map_err(failed)?;
            (material.map_err(failed)?, registry)
        }
        (None, None) => {
            let none = Material::new(MaterialInput::default());
            let none = none.map_err(|e| Failure::new(Exit::Failed, e.to_string()))?;
            (none, Registry::default())
        }
    };
    let clock = Arc::new(SystemClock);
    let (pool, gatherer) = app::evidence::for_one_judgement(settings, asked.offline, clock)
        .map_err(|e| Failure::new(Exit::Failed, e))?;
    if let Some(folder) = asked.trust.as_ref().filter(|_| asked.offline) {
        recall(console, folder, &pool)?;
    }
    let validator = Validator::with_pool(Arc::new(material), pool);
    let validator = match existed {
        Some(existed) => validator.in_hindsight(existed, &SuppliedDer::default()),
        None => validator,
    };
    let policy = settings.map(|s| s.policy.clone()).unwrap_or_default();
    let validator = match asked.payload {
        Some(_) => validator.handing_out(),
        None => validator,
    };
    let rules = Rules::new(Arc::new(validator), Arc::new(registry), policy);
    let judge = Judge::new(1, u64::MAX);
    let judge = match gatherer {
        Some(gatherer) => judge.fetching(gatherer),
        None => judge,
    };
    Ok((Arc::new(rules), judge))
}

/// What was awaited when the document of an evidence folder was judged is awaited again.
fn recall(console: &Console, folder: &Path, pool: &Pool) -> Result<(), Failure> {
    let path = folder.join(AWAITED);
    let unreadable = |e: &dyn std::fmt::Display| {
        let e = std::io::Error::other(e.to_string());
        Failure::unreadable(console.language, &path, &e)
    };
    match std::fs::read(&path) {
        Ok(json) => {
            let awaited = report::read_awaited(&json).map_err(|e| unreadable(&e))?;
            pool.recall(&awaited);
            Ok(())
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(unreadable(&e)),
    }
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
