//! `receipt verify` of a statement: by itself, and against exported events. It needs no gateway, no store and no
//! network.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::period;
use crate::client::periods::ChangeView;
use crate::lang;
use crate::model::simulated::is_simulated;
use crate::seal::audit::{Audit, AuditError, Audited};
use crate::seal::statement::{Change, Statement};
use crate::store::exported::{Exported, ExportedError};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Tells what a genuine statement says, and whether the events bear it out.
pub(super) fn verify(
    console: &Console,
    statement: &Statement,
    events: Option<&Path>,
) -> Result<Exit, Failure> {
    let audited = events.map(|path| against(console, statement, path));
    let audited = audited.transpose()?;
    if console.json {
        console.json(&report(statement, audited.as_ref()));
    } else {
        show(console, statement, audited.as_ref());
    }
    match audited {
        Some(Err(_)) => Ok(Exit::Failed),
        Some(Ok(_)) | None => Ok(Exit::Done),
    }
}

type Outcome = Result<Audited, AuditError>;

/// Reads the events once, record by record; what is held in memory is what the recount holds.
fn against(console: &Console, statement: &Statement, path: &Path) -> Result<Outcome, Failure> {
    let unreadable = |e: &dyn std::fmt::Display| Failure::unreadable(console.language, path, e);
    let broken = |e: ExportedError| match e {
        ExportedError::Io(e) => unreadable(&e),
        ExportedError::Header
        | ExportedError::Line(_)
        | ExportedError::Record { .. }
        | ExportedError::End => {
            let problem = e.to_string();
            let said = console.text("cli-events-broken", &[("problem", &problem)]);
            Failure::new(Exit::Failed, said).with_next(console.text("cli-events-broken-next", &[]))
        }
    };
    let file = File::open(path).map_err(|e| unreadable(&e))?;
    let mut events = Exported::open(BufReader::new(file)).map_err(broken)?;
    let mut audit = Audit::new(statement);
    while let Some((previous, record)) = events.next_record().map_err(broken)? {
        if let Err(e) = audit.take(&previous, &record) {
            return Ok(Err(e));
        }
    }
    Ok(audit.end())
}

fn report(statement: &Statement, audited: Option<&Outcome>) -> serde_json::Value {
    let content: serde_json::Value =
        serde_json::from_slice(&statement.to_json()).unwrap_or_default();
    let mut view = serde_json::json!({
        "verified": true,
        "statement_sha256": statement.digest().to_hex(),
        "statement": content,
    });
    let events = match audited {
        None => return view,
        Some(Ok(audited)) => serde_json::json!({
            "verified": true,
            "records": audited.records,
            "units": audited.units,
            "statements": audited.statements,
            "closed": audited.closed.map(|closed| closed.0),
        }),
        Some(Err(e)) => serde_json::json!({
            "verified": false,
            "code": code(e),
            "problem": e.to_string(),
            "figures": figures(e).iter().map(ChangeView::of).collect::<Vec<_>>(),
        }),
    };
    if let Some(members) = view.as_object_mut() {
        members.insert("events".to_owned(), events);
    }
    view
}

/// The stable name of what the events do not bear out; also the key of its sentence.
fn code(error: &AuditError) -> &'static str {
    match error {
        AuditError::Order { .. } => "order",
        AuditError::Chain(_) => "chain",
        AuditError::Short { .. } => "short",
        AuditError::Head(_) => "head",
        AuditError::Previous(_) => "previous",
        AuditError::Number { .. } => "number",
        AuditError::Figures(_) => "figures",
        AuditError::Corrected(_) => "corrected",
        AuditError::Undecided => "undecided",
        AuditError::Simulated => "simulated",
    }
}

fn figures(error: &AuditError) -> &[Change] {
    match error {
        AuditError::Figures(all) | AuditError::Corrected(all) => all,
        AuditError::Order { .. }
        | AuditError::Chain(_)
        | AuditError::Short { .. }
        | AuditError::Head(_)
        | AuditError::Previous(_)
        | AuditError::Number { .. }
        | AuditError::Undecided
        | AuditError::Simulated => &[],
    }
}

fn show(console: &Console, statement: &Statement, audited: Option<&Outcome>) {
    console.out(&format!("✔ {}", console.text("cli-statement-good", &[])));
    let row = |key: &str, value: &str| {
        let label = console.text(key, &[]);
        console.out(&format!("  {label}: {}", lang::visible(value)));
    };
    console.mark(is_simulated(&statement.gateway));
    row("cli-gateway", &statement.gateway);
    row(
        "cli-period",
        &lang::period(console.language, statement.period),
    );
    row("cli-period-number", &statement.number.to_string());
    row("cli-time", &lang::report::moment(statement.at));
    row("cli-position", &statement.counted.position.to_string());
    row("cli-chain", &statement.counted.chain.to_hex());
    row("cli-period-digest", &statement.digest().to_hex());
    row("cli-period-units", &statement.units.len().to_string());
    row(
        "cli-period-undecided",
        &statement.undecided.len().to_string(),
    );
    if let Some(correction) = &statement.correction {
        row("cli-period-corrects", &correction.of.statement.to_hex());
        row("report-reason", &correction.reason);
        changes(console, &correction.changes);
    }
    match audited {
        None => console.tell("cli-events-none", &[]),
        Some(Ok(audited)) => {
            let (records, units) = (audited.records.to_string(), audited.units.to_string());
            let statements = audited.statements.to_string();
            let values = [
                ("records", records.as_str()),
                ("units", units.as_str()),
                ("statements", statements.as_str()),
            ];
            console.out(&format!("✔ {}", console.text("cli-events-good", &values)));
        }
        Some(Err(e)) => {
            let why = lang::word(console.language, "audit", code(e));
            let problem = e.to_string();
            let values = [("why", why.as_str()), ("problem", problem.as_str())];
            console.out(&format!("✘ {}", console.text("cli-events-bad", &values)));
            changes(console, figures(e));
        }
    }
}

fn changes(console: &Console, all: &[Change]) {
    let views: Vec<ChangeView> = all.iter().map(ChangeView::of).collect();
    period::changes(console, &views);
}
