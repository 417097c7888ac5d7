//! What a reminder says: which unit, which finding, until when; in Vietnamese with English below. No subject of a
//! document, no name of a person and none of the words of the finding: who reads the letter looks them up at the gateway.

use crate::lang;
use crate::mail::Letter;
use crate::model::event::ReminderCause;
use crate::model::{Language, LocalDay, Timestamp};
use crate::registry::Unit;
use crate::store::Finding;

/// What a letter is made of.
pub(super) struct Asked<'a> {
    pub(super) gateway: &'a str,
    pub(super) finding: &'a Finding,
    pub(super) unit: &'a Unit,
    pub(super) cause: ReminderCause,
    pub(super) at: Timestamp,
}

/// The letter to the contact of the unit. The same reminder of one day is the same letter, and one that was asked for
/// another one each time.
pub(super) fn letter(asked: &Asked<'_>) -> Letter {
    let today = asked.at.local_day();
    let id = match asked.cause {
        ReminderCause::Ahead | ReminderCause::Overdue => {
            format!("{}-{today}-{}", asked.finding.finding, asked.cause)
        }
        ReminderCause::Asked => {
            let number = asked.finding.reminders;
            format!("{}-{today}-{}-{number}", asked.finding.finding, asked.cause)
        }
    };
    let late = asked.finding.due < today;
    let [vietnamese, english] = [Language::Vi, Language::En].map(|l| said(asked, l, today, late));
    Letter {
        id,
        to: asked.unit.details.contact.email.clone(),
        subject: subject(asked, late),
        text: format!("{vietnamese}\n\n— English —\n\n{english}\n"),
        files: Vec::new(),
        at: asked.at,
    }
}

fn key(late: bool, part: &str) -> String {
    let when = if late { "late" } else { "ahead" };
    format!("letter-{part}-{when}")
}

fn subject(asked: &Asked<'_>, late: bool) -> String {
    let due = lang::day(Language::Vi, asked.finding.due);
    let unit = asked.finding.unit.to_string();
    let gateway = lang::visible(asked.gateway);
    let values = [
        ("gateway", gateway.as_str()),
        ("unit", unit.as_str()),
        ("due", due.as_str()),
    ];
    lang::text(Language::Vi, &key(late, "subject"), &values)
}

fn said(asked: &Asked<'_>, language: Language, today: LocalDay, late: bool) -> String {
    let finding = asked.finding;
    let days = today.number().saturating_sub(finding.due.number());
    let days = days.unsigned_abs().to_string();
    let (due, opened) = (
        lang::day(language, finding.due),
        lang::day(language, finding.at.local_day()),
    );
    let (id, unit) = (finding.finding.to_string(), finding.unit.to_string());
    let (name, gateway) = (
        lang::visible(&asked.unit.name),
        lang::visible(asked.gateway),
    );
    let count = finding.items.to_string();
    let values = [
        ("id", id.as_str()),
        ("unit", unit.as_str()),
        ("name", name.as_str()),
        ("gateway", gateway.as_str()),
        ("due", due.as_str()),
        ("opened", opened.as_str()),
        ("days", days.as_str()),
        ("count", count.as_str()),
    ];
    let first = lang::text(language, &key(late, "first"), &values);
    let rest = lang::text(language, "letter-finding", &values);
    let look = lang::text(language, "letter-look", &values);
    let end = lang::text(language, "letter-end", &values);
    [first, rest, look, end].join("\n\n")
}
