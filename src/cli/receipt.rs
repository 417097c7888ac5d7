//! `receipt verify`, and how receipts are shown.

use super::args::ReceiptVerify;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::{audit, bundle};
use crate::client::receipts;
use crate::client::wire::ReceiptView;
use crate::keys::files::{self, own};
use crate::lang;
use crate::model::Digest;
use crate::model::simulated::is_simulated;
use crate::seal::dossier::DossierSlip;
use crate::seal::nil::NilStatement;
use crate::seal::receipt::{ActedBy, Receipt};
use crate::seal::{Sealed, verify_detached, verify_sealed};
use crate::trust::certificate::Certificate;
use std::path::Path;

/// Reads the CA under which receipts are signed.
pub(super) fn authority(console: &Console, path: &Path) -> Result<Certificate, Failure> {
    let der = files::read_certificate(path).map_err(|e| Failure::key(console.language, &e))?;
    let wrong = |e| Failure::new(Exit::Configuration, format!("{}: {e}", path.display()));
    Certificate::parse(&der).map_err(wrong)
}

/// Decodes and checks a receipt that the gateway sent; gives its bytes too.
pub(super) fn check(
    console: &Console,
    view: &ReceiptView,
    ca: &Certificate,
) -> Result<(Receipt, Vec<u8>), Failure> {
    receipts::open(view, ca).map_err(|e| bad(console, &e))
}

/// A receipt that is not what it should be.
pub(super) fn bad(console: &Console, problem: &dyn std::fmt::Display) -> Failure {
    let problem = problem.to_string();
    let said = console.text("cli-receipt-bad", &[("problem", &problem)]);
    Failure::new(Exit::Failed, said).with_next(console.text("cli-receipt-bad-next", &[]))
}

/// Saves a receipt under a new name.
pub(super) fn save(console: &Console, der: &[u8], path: &Path) -> Result<(), Failure> {
    files::write_new(path, der, 0o644).map_err(|e| Failure::key(console.language, &e))?;
    let path = path.display().to_string();
    console.tell("cli-receipt-saved", &[("path", &path)]);
    Ok(())
}

/// Saves a receipt in a folder, under a name that no other receipt has.
pub(super) fn save_in(
    console: &Console,
    folder: &Path,
    stated: &Receipt,
    der: &[u8],
) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::unwritable(console.language, folder, &e);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let name = format!(
        "{}-{}-{}.p7m",
        stated.document, stated.position, stated.event
    );
    save(console, der, &folder.join(name))
}

pub(super) fn verify(console: &Console, asked: &ReceiptVerify) -> Result<Exit, Failure> {
    let ca = match &asked.ca {
        Some(path) => authority(console, path)?,
        None => pinned(console)?,
    };
    let file = &asked.file;
    let der = std::fs::read(file);
    let der = der.map_err(|e| Failure::unreadable(console.language, file, &e))?;
    if let Some(form) = &asked.detached {
        return beside(console, &der, form, &ca);
    }
    if asked.events.is_none() && bundle::is_bundle(&der) {
        return bundle::verify(console, der, &ca, asked.trust.as_ref());
    }
    let stated = match verify_sealed(&der, &ca).map_err(|e| bad(console, &e))? {
        Sealed::Statement(stated) => {
            return audit::verify(console, &stated, asked.events.as_deref());
        }
        Sealed::Nil(stated) => return nil(console, asked, &stated),
        Sealed::Dossier(stated) => return slip(console, asked, &stated),
        Sealed::Receipt(stated) => stated,
    };
    no_events(console, asked)?;
    if console.json {
        console.json(&serde_json::json!({ "verified": true, "receipt": facts(&stated) }));
    } else {
        console.out(&format!("✔ {}", console.text("cli-receipt-good", &[])));
        show(console, &stated);
    }
    Ok(Exit::Done)
}

/// A form that the gateway sealed by a signature beside it.
fn beside(console: &Console, der: &[u8], form: &Path, ca: &Certificate) -> Result<Exit, Failure> {
    let bytes = std::fs::read(form);
    let bytes = bytes.map_err(|e| Failure::unreadable(console.language, form, &e))?;
    let told = verify_detached(der, &bytes, ca).map_err(|e| bad(console, &e))?;
    let digest = Digest::of(&bytes).to_hex();
    if console.json {
        let at = told.at.to_string();
        console.json(&serde_json::json!({ "verified": true, "at": at, "sha256": digest }));
        return Ok(Exit::Done);
    }
    console.out(&format!("✔ {}", console.text("cli-form-good", &[])));
    for (key, value) in [
        ("cli-time", lang::report::moment(told.at)),
        ("cli-form-digest", digest),
    ] {
        console.out(&format!("  {}: {value}", console.text(key, &[])));
    }
    Ok(Exit::Done)
}

/// Only a statement of a period is held against events.
fn no_events(console: &Console, asked: &ReceiptVerify) -> Result<(), Failure> {
    if asked.events.is_none() {
        return Ok(());
    }
    let said = console.text("cli-events-receipt", &[]);
    Err(Failure::new(Exit::Usage, said))
}

/// What the statement of a nil return says.
fn nil(console: &Console, asked: &ReceiptVerify, stated: &NilStatement) -> Result<Exit, Failure> {
    no_events(console, asked)?;
    if console.json {
        let facts: serde_json::Value =
            serde_json::from_slice(&stated.to_json()).unwrap_or_default();
        console.json(&serde_json::json!({ "verified": true, "nil": facts }));
        return Ok(Exit::Done);
    }
    console.out(&format!("✔ {}", console.text("cli-nil-good", &[])));
    let row = |key: &str, value: &str| {
        let said = console.text(key, &[]);
        console.out(&format!("  {said}: {}", lang::visible(value)));
    };
    row("cli-gateway", &stated.gateway);
    row("cli-nil-unit", stated.unit.as_str());
    let days = lang::register_span(console.language, stated.from, stated.to);
    row("cli-nil-days", &days);
    row("cli-actor", &actor(console, &stated.by));
    for (key, words) in [
        ("cli-nil-reason", &stated.reason),
        ("cli-nil-staff", &stated.staff),
    ] {
        if let Some(words) = words {
            row(key, words);
        }
    }
    row("cli-time", &lang::report::moment(stated.at));
    row("cli-nil-id", &stated.import.to_string());
    Ok(Exit::Done)
}

/// What the slip of a dossier says.
fn slip(console: &Console, asked: &ReceiptVerify, stated: &DossierSlip) -> Result<Exit, Failure> {
    no_events(console, asked)?;
    if console.json {
        let facts: serde_json::Value =
            serde_json::from_slice(&stated.to_json()).unwrap_or_default();
        console.json(&serde_json::json!({ "verified": true, "slip": facts }));
        return Ok(Exit::Done);
    }
    console.mark(is_simulated(&stated.gateway));
    console.out(&format!("✔ {}", console.text("cli-slip-good", &[])));
    let row = |key: &str, value: &str| {
        let said = console.text(key, &[]);
        console.out(&format!("  {said}: {}", lang::visible(value)));
    };
    row("cli-gateway", &stated.gateway);
    row("cli-dossier-number", &stated.number.to_string());
    let procedure = &stated.procedure;
    let procedure = format!("{} v{}", procedure.code, procedure.version);
    row("cli-dossier-procedure", &procedure);
    let status = lang::word(console.language, "dossier-status", stated.status.name());
    row("cli-dossier-status", &status);
    for (key, at) in [
        ("cli-dossier-received", stated.received),
        ("cli-dossier-due-label", stated.due),
        ("cli-time", Some(stated.at)),
    ] {
        if let Some(at) = at {
            row(key, &lang::report::moment(at));
        }
    }
    for item in &stated.items {
        let component = item.component.as_ref().or(item.fact.as_ref());
        let component = component.map(ToString::to_string).unwrap_or_default();
        let problem = lang::word(console.language, "dossier-problem", item.problem.name());
        console.out(format!("  - {component} — {problem}").trim_end());
    }
    row("cli-position", &stated.position.to_string());
    row("cli-chain", &stated.chain.to_hex());
    Ok(Exit::Done)
}

fn actor(console: &Console, actor: &ActedBy) -> String {
    match actor {
        ActedBy::Administrator => console.text("cli-administrator", &[]),
        ActedBy::Unit(code) => code.to_string(),
    }
}

fn pinned(console: &Console) -> Result<Certificate, Failure> {
    if !console.names_profile()
        && let Some(loaded) = console.settings_if_any()?
    {
        return authority(console, &loaded.settings.own().join(own::RECEIPT_CA));
    }
    let no_ca = |_| Failure::new(Exit::Configuration, console.text("cli-receipt-no-ca", &[]));
    authority(console, &console.profile().map_err(no_ca)?.receipt_ca)
}

/// The content of a receipt as JSON.
pub(super) fn facts(stated: &Receipt) -> serde_json::Value {
    serde_json::from_slice(&stated.to_json()).unwrap_or_default()
}

/// The facts of a receipt, one a line.
pub(super) fn show(console: &Console, stated: &Receipt) {
    let language = console.language;
    let row = |key: &str, value: &str| {
        console.out(&format!(
            "  {}: {}",
            console.text(key, &[]),
            lang::visible(value)
        ));
    };
    console.mark(is_simulated(&stated.gateway));
    row("cli-gateway", &stated.gateway);
    row("cli-document", &stated.document.to_string());
    row("cli-sender", stated.sender.as_str());
    row("cli-event", &lang::word(language, "event", &stated.event));
    if let Some(recipient) = &stated.recipient {
        row("cli-recipient", recipient.as_str());
    }
    for one in &stated.facts.redirected {
        let values = [("written", one.written.as_str()), ("to", one.to.as_str())];
        console.out(&format!("  ⚠ {}", console.text("redirected", &values)));
    }
    if let Some(actor) = &stated.facts.actor {
        row("cli-actor", &self::actor(console, actor));
    }
    if let Some(status) = stated.status {
        row(
            "cli-disposition",
            &lang::word(language, "state", status.name()),
        );
    }
    if let Some((cause, _)) = stated.facts.expiry {
        row(
            "report-reason",
            &lang::word(language, "cause", cause.name()),
        );
    }
    let judged = &stated.judged;
    let verdict = format!(
        "{} ({}) — {}",
        lang::word(language, "indication", judged.indication.name()),
        judged.indication,
        lang::word(language, "disposition", judged.disposition.name())
    );
    row("cli-verdict", &verdict);
    row(
        "report-reason",
        &lang::reason(language, &judged.reason.into()),
    );
    row("cli-time", &lang::report::moment(stated.at));
    row("cli-position", &stated.position.to_string());
    row("cli-chain", &stated.chain.to_hex());
    row("cli-envelope", &stated.envelope.to_hex());
    for file in &stated.files {
        let role = lang::word(language, "folder-role", file.role.name());
        let line = format!("{role}, {} byte, SHA-256 {}", file.size, file.digest);
        row("cli-file", &line);
    }
}
