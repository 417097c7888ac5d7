//! `dead-letters`: over the socket of the running daemon, or on the store itself while none runs.

mod place;

use super::args::{ActOnDead, ListDead};
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::{document_id, moment};
use super::receipt;
use crate::client::dead_letters::{
    DeadLetterActed, DeadLetterRef, DeadLetterView, DeadLettersRequest, MOST_AT_ONCE, TriedView,
};
use crate::config::Settings;
use crate::intake::DeskMove;
use crate::keys::files::own;
use crate::lang;
use place::Place;
use std::collections::BTreeSet;

/// Rows of a page when everything is read.
const PAGE: usize = 200;
/// Dead letters of one unit that one command sends again. More than that is a matter of the unit, not of
/// its letters, and the command can be repeated.
const MOST_OF_A_UNIT: usize = 10_000;

/// Does something at the desk.
async fn at_desk<T>(
    console: &Console,
    settings: &Settings,
    work: impl AsyncFnOnce(&Place) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let place = Place::open(console, settings).await?;
    let done = work(&place).await;
    place.close().await;
    done
}

pub(super) async fn list(console: &Console, asked: &ListDead) -> Result<Exit, Failure> {
    let settings = console.settings()?.settings;
    let (unit, after) = (asked.unit.as_deref(), asked.after.as_deref());
    let page = at_desk(console, &settings, async |place| {
        place.list(console, unit, after, asked.limit).await
    });
    let page = page.await?;
    if console.json {
        page.items.iter().for_each(|item| console.json(item));
    } else if page.items.is_empty() && page.next.is_none() {
        if let Some(text) = unit {
            // A unit that ended has dead letters; one that never was has none, and is a misspelt one.
            super::unit::known(console, &settings, &super::unit::code(console, text)?)?;
        }
        console.tell("cli-dead-none", &[]);
    } else {
        let rows: Vec<Vec<String>> = page.items.iter().map(row).collect();
        console.table("cli-dead-header", &rows);
    }
    if let Some(next) = &page.next {
        let of = unit.map(|unit| format!(" --unit {unit}"));
        let of = of.unwrap_or_default();
        console.next(&format!("lienthong dead-letters list{of} --after {next}"));
    } else if let Some(first) = page.items.first() {
        console.next(&format!("lienthong dead-letters show {}", first.id));
    }
    Ok(Exit::Done)
}

fn row(item: &DeadLetterView) -> Vec<String> {
    vec![
        item.id.clone(),
        moment(&item.expired),
        item.recipient.clone(),
        item.sender.clone(),
        lang::visible(&format!("{}/{}", item.number, item.notation)),
        item.said.fault.clone(),
        item.said.cause.clone(),
    ]
}

pub(super) async fn show(console: &Console, id: &str) -> Result<Exit, Failure> {
    let id = document_id(console, id)?;
    let settings = console.settings()?.settings;
    let found = at_desk(console, &settings, async |place| {
        place.show(console, id).await
    });
    let found = found.await?;
    if console.json {
        found.items.iter().for_each(|item| console.json(item));
        return Ok(Exit::Done);
    }
    for item in &found.items {
        tell(console, item);
    }
    console.next(&format!("lienthong dead-letters replay {id}"));
    Ok(Exit::Done)
}

fn tell(console: &Console, item: &DeadLetterView) {
    let row = |key: &str, value: &str| {
        let value = lang::visible(value);
        console.out(&format!("{}: {value}", console.text(key, &[])));
    };
    row("cli-document", &item.id);
    row("cli-code", &format!("{}/{}", item.number, item.notation));
    row("cli-sender", &item.sender);
    let name = item.recipient_name.as_deref().unwrap_or_default();
    row(
        "cli-dead-recipient",
        format!("{} {name}", item.recipient).trim_end(),
    );
    let (from, until) = (moment(&item.since), moment(&item.expired));
    let values = [("from", from.as_str()), ("until", until.as_str())];
    row(
        "cli-dead-span",
        &console.text("cli-dead-span-value", &values),
    );
    row("cli-dead-cause", &item.said.cause);
    row("cli-dead-fault", &item.said.fault);
    row("cli-dead-remedy", &item.said.remedy);
    if !item.attempts.is_empty() {
        row("cli-dead-attempts", "");
        item.attempts.iter().for_each(|one| tried(console, one));
    }
    let (count, left) = (
        item.replay.replays.to_string(),
        item.replay.replays_left.to_string(),
    );
    let values = [("count", count.as_str()), ("left", left.as_str())];
    row(
        "cli-dead-replays",
        &console.text("cli-dead-replays-value", &values),
    );
    row("cli-dead-replay", &item.said.replay);
}

fn tried(console: &Console, one: &TriedView) {
    let attempt = &one.attempt;
    let said = lang::attempt(
        console.language,
        attempt.number,
        &attempt.outcome,
        attempt.code,
    );
    console.out(&format!("  {} {said}", moment(&one.at)));
}

pub(super) async fn act(
    console: &Console,
    asked: &ActOnDead,
    what: DeskMove,
) -> Result<Exit, Failure> {
    if asked.ids.is_empty() {
        return Err(Failure::usage(console.language, "cli-dead-what", &[]));
    }
    let mut items = Vec::with_capacity(asked.ids.len());
    for id in &asked.ids {
        items.push(DeadLetterRef {
            id: document_id(console, id)?.to_string(),
            recipient: asked.recipient.clone(),
        });
    }
    let reason = asked.reason.as_deref().unwrap_or_default().trim();
    if what == DeskMove::GiveUp && reason.is_empty() {
        let (title, detail) = lang::problem(console.language, "reason_required");
        return Err(Failure::new(Exit::Usage, title).with_next(detail));
    }
    let settings = console.settings()?.settings;
    at_desk(console, &settings, async |place| {
        done(console, place, &settings, what, asked, &items).await
    })
    .await
}

/// Sends every dead letter of one unit again, after it was said how many there are.
pub(super) async fn replay_unit(
    console: &Console,
    asked: &ActOnDead,
    unit: &str,
    yes: bool,
) -> Result<Exit, Failure> {
    let unit = super::unit::code(console, unit)?.to_string();
    let settings = console.settings()?.settings;
    at_desk(console, &settings, async |place| {
        let items = all_of(console, place, &unit).await?;
        if items.is_empty() {
            console.tell("cli-dead-none", &[]);
            return Ok(Exit::Done);
        }
        if !sure(console, items.len(), &unit, yes)? {
            console.tell("cli-dead-stopped", &[]);
            return Ok(Exit::Done);
        }
        done(console, place, &settings, DeskMove::Replay, asked, &items).await
    })
    .await
}

/// Whether so many are to be sent again: as said before, or asked now.
fn sure(console: &Console, count: usize, unit: &str, yes: bool) -> Result<bool, Failure> {
    let count = count.to_string();
    let values = [("count", count.as_str()), ("unit", unit)];
    if yes {
        return Ok(true);
    }
    if !console.asks() {
        let said = console.text("cli-dead-unsure", &values);
        let next = console.text("cli-dead-unsure-next", &[]);
        return Err(Failure::new(Exit::Usage, said).with_next(next));
    }
    Ok(console.sure(&console.text("cli-dead-sure", &values)))
}

async fn all_of(
    console: &Console,
    place: &Place,
    unit: &str,
) -> Result<Vec<DeadLetterRef>, Failure> {
    let (mut all, mut after) = (BTreeSet::new(), None::<String>);
    loop {
        let page = place
            .list(console, Some(unit), after.as_deref(), PAGE)
            .await?;
        all.extend(page.items.into_iter().map(|item| DeadLetterRef {
            id: item.id,
            recipient: Some(item.recipient),
        }));
        after = page.next;
        if after.is_none() || all.len() >= MOST_OF_A_UNIT {
            return Ok(all.into_iter().take(MOST_OF_A_UNIT).collect());
        }
    }
}

async fn done(
    console: &Console,
    place: &Place,
    settings: &Settings,
    what: DeskMove,
    asked: &ActOnDead,
    items: &[DeadLetterRef],
) -> Result<Exit, Failure> {
    let ca = receipt::authority(console, &settings.own().join(own::RECEIPT_CA))?;
    let mut exit = Exit::Done;
    for some in items.chunks(MOST_AT_ONCE) {
        let request = DeadLettersRequest {
            items: some.to_vec(),
            reason: asked.reason.clone(),
            staff: None,
        };
        for one in place.act(console, what, &request).await?.items {
            if one.problem.is_some() {
                exit = Exit::Failed;
            }
            let checked = one
                .receipt
                .as_ref()
                .map(|r| receipt::check(console, r, &ca));
            let checked = checked.transpose()?;
            report(console, what, &one);
            if let (Some((stated, der)), Some(folder)) = (checked, &asked.receipts_out) {
                receipt::save_in(console, folder, &stated, &der)?;
            }
        }
    }
    Ok(exit)
}

fn report(console: &Console, what: DeskMove, one: &DeadLetterActed) {
    if console.json {
        console.json(one);
        return;
    }
    let unit = one.recipient.as_deref().unwrap_or_default();
    let values = [("id", one.id.as_str()), ("unit", unit)];
    if let Some(message) = &one.message {
        let values = [("id", one.id.as_str()), ("problem", message)];
        console.tell("cli-dead-not-done", &values);
        return;
    }
    let key = match (one.repeated, what) {
        (true, _) => "cli-dead-before",
        (false, DeskMove::Replay) => "cli-dead-replayed",
        (false, DeskMove::GiveUp) => "cli-dead-given-up",
    };
    console.out(&format!("✔ {}", console.text(key, &values)));
}
