//! `register`: the paper register of a unit, over the socket of the running daemon, over `/v1` as the unit itself, or
//! on the store while no daemon runs.

mod look;
mod place;

use super::args::{Days, Register, RegisterImport, RegisterNil};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::document_id;
use super::place::Place;
use super::receipt;
use crate::client::receipts::BadReceipt;
use crate::client::register::{ImportQuery, NilRequest, RegisterView, TakenView, UndoRequest};
use crate::lang;
use crate::model::LocalDay;
use crate::register::{self, Asked, Columns, MAX_FILE, Mistake, RegisterError};
use crate::seal::verify_nil;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;
use std::path::Path;

pub(super) async fn register(console: &Console, command: Register) -> Result<Exit, Failure> {
    match command {
        Register::Import(asked) => import(console, &asked).await,
        Register::Nil(asked) => nil(console, &asked).await,
        Register::List { unit, period } => {
            look::list(console, unit.as_deref(), period.as_deref()).await
        }
        Register::Undo { id, reason, staff } => {
            undo(console, &id, UndoRequest { reason, staff }).await
        }
        Register::Gaps { unit, year } => look::gaps(console, &unit, year).await,
        Register::Conflicts { unit, period } => look::conflicts(console, &unit, &period).await,
    }
}

/// Does something where registers are.
async fn at_desk<T>(
    console: &Console,
    work: impl AsyncFnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let settings = console.settings()?.settings;
    let place = Place::here(console, &settings).await?;
    let done = work(&place).await;
    place.close().await;
    done
}

/// Reads the file here first: what is wrong with it is told without a gateway.
async fn import(console: &Console, asked: &RegisterImport) -> Result<Exit, Failure> {
    let (from, to) = span(console, &asked.days)?;
    let columns = asked.columns.as_deref().map(Columns::parse).transpose();
    let columns = columns.map_err(|e| {
        let said = lang::register_columns(console.language, &e);
        Failure::new(Exit::Usage, format!("--columns: {said}"))
    })?;
    let file = read(console, &asked.file)?;
    let how = Asked {
        from,
        to,
        today: console.now().local_day(),
        columns,
        sheet: asked.sheet.clone(),
    };
    let rows = register::read(&file, &how).map_err(|e| refused(console, &asked.file, &e))?;
    let count = u64::try_from(rows.rows.len()).unwrap_or(u64::MAX);
    if asked.dry_run {
        let view = TakenView {
            register: None,
            documents: count,
            passed_over: rows.passed_over,
            says_channel: rows.says_channel,
        };
        return Ok(told(console, &view, from, to));
    }
    let query = ImportQuery {
        unit: asked.days.unit.clone(),
        from: from.to_string(),
        to: to.to_string(),
        columns: asked.columns.clone(),
        sheet: asked.sheet.clone(),
        replace: asked.replace,
        dry_run: false,
    };
    let place = Place::of_days(console, &asked.days).await?;
    let done = place.import(console, &query, file).await;
    place.close().await;
    Ok(told(console, &done?, from, to))
}

fn read(console: &Console, file: &Path) -> Result<Bytes, Failure> {
    let unreadable = |e: std::io::Error| Failure::unreadable(console.language, file, &e);
    let length = std::fs::metadata(file).map_err(unreadable)?.len();
    if usize::try_from(length).map_or(true, |length| length > MAX_FILE) {
        return Err(refused(console, file, &RegisterError::TooLarge(MAX_FILE)));
    }
    std::fs::read(file).map(Bytes::from).map_err(unreadable)
}

fn span(console: &Console, days: &Days) -> Result<(LocalDay, LocalDay), Failure> {
    let day = |name: &str, text: &str| {
        let wrong = || {
            let values = [("name", name), ("text", text)];
            Failure::usage(console.language, "cli-register-day", &values)
        };
        LocalDay::parse(text).ok_or_else(wrong)
    };
    let (from, to) = (day("--from", &days.from)?, day("--to", &days.to)?);
    match from <= to {
        true => Ok((from, to)),
        false => Err(Failure::usage(console.language, "cli-register-order", &[])),
    }
}

/// Why a register is not taken: its mistakes row by row, then what to do.
fn refused(console: &Console, file: &Path, error: &RegisterError) -> Failure {
    let path = file.display().to_string();
    let (said, next) = lang::register_error(console.language, error);
    let RegisterError::Refused(report) = error else {
        return Failure::new(Exit::Failed, format!("{path}: {said}")).with_next(next);
    };
    for mistake in &report.mistakes {
        let sentence = lang::register_mistake(console.language, mistake);
        if console.json {
            console.json(&view(mistake, &sentence));
        } else {
            console.say(&format!("{path}:{sentence}"));
        }
    }
    Failure::new(Exit::Failed, said).with_next(next)
}

fn view(mistake: &Mistake, sentence: &str) -> serde_json::Value {
    json!({
        "line": mistake.line,
        "column": mistake.column.name(),
        "value": mistake.value,
        "problem": mistake.problem.name(),
        "first": (mistake.first > 0).then_some(mistake.first),
        "detail": sentence,
    })
}

fn told(console: &Console, view: &TakenView, from: LocalDay, to: LocalDay) -> Exit {
    let span = lang::register_span(console.language, from, to);
    if console.json {
        console.json(view);
    } else {
        let (id, unit) = match &view.register {
            Some(register) => (register.id.as_str(), register.unit.as_str()),
            None => ("", ""),
        };
        let key = match view.register {
            Some(_) => "cli-register-imported",
            None => "cli-register-dry",
        };
        let values = [("id", id), ("unit", unit), ("span", span.as_str())];
        console.out(&lang::counted(
            console.language,
            key,
            view.documents,
            &values,
        ));
        again(
            console,
            view.register
                .as_ref()
                .is_some_and(|register| register.repeated),
        );
    }
    if view.passed_over > 0 {
        let said = lang::counted(
            console.language,
            "cli-register-passed",
            view.passed_over,
            &[],
        );
        console.say(&said);
    }
    if !view.says_channel {
        console.say(&console.text("cli-register-no-channel", &[]));
    }
    Exit::Done
}

async fn nil(console: &Console, asked: &RegisterNil) -> Result<Exit, Failure> {
    let (from, to) = span(console, &asked.days)?;
    let request = NilRequest {
        unit: asked.days.unit.clone(),
        from: from.to_string(),
        to: to.to_string(),
        reason: asked.reason.clone(),
        staff: asked.staff.clone(),
    };
    let place = Place::of_days(console, &asked.days).await?;
    let done = place.nil(console, &request).await;
    place.close().await;
    let done = done?;
    let signed = statement(console, &done)?;
    if let (Some(path), Some(der)) = (&asked.receipt_out, &signed) {
        receipt::save(console, der, path)?;
    }
    if console.json {
        console.json(&done);
    } else {
        let span = lang::register_span(console.language, from, to);
        let values = [
            ("id", done.id.as_str()),
            ("unit", &done.unit),
            ("span", &span),
        ];
        console.out(&console.text("cli-register-nil", &values));
        again(console, done.repeated);
    }
    Ok(Exit::Done)
}

/// The signed statement of a nil return. One that came from a gateway is believed once it holds, and says what was said.
fn statement(console: &Console, done: &RegisterView) -> Result<Option<Vec<u8>>, Failure> {
    let Some(p7m) = &done.p7m else {
        return Ok(None);
    };
    let der = STANDARD
        .decode(p7m)
        .map_err(|e| receipt::bad(console, &e))?;
    if console.names_profile() {
        let ca = receipt::authority(console, &console.profile()?.receipt_ca)?;
        let stated = verify_nil(&der, &ca).map_err(|e| receipt::bad(console, &e))?;
        let days = (stated.from.to_string(), stated.to.to_string());
        let same = stated.import.to_string() == done.id
            && stated.unit.as_str() == done.unit
            && (&days.0, &days.1) == (&done.from, &done.to);
        if !same {
            return Err(receipt::bad(console, &BadReceipt::Other("import")));
        }
    }
    Ok(Some(der))
}

/// That it had been handed in before.
fn again(console: &Console, repeated: bool) {
    if repeated {
        console.say(&console.text("cli-register-repeated", &[]));
    }
}

async fn undo(console: &Console, id: &str, request: UndoRequest) -> Result<Exit, Failure> {
    let id = document_id(console, id)?;
    let done = at_desk(console, async |place| {
        place.undo(console, id, &request).await
    });
    let done = done.await?;
    if console.json {
        console.json(&done);
    } else {
        let values = [("id", done.id.as_str()), ("unit", &done.unit)];
        console.out(&console.text("cli-register-undone", &values));
    }
    Ok(Exit::Done)
}
