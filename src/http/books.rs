//! The registers of a document office: outgoing and incoming documents of a unit (NĐ 30/2020/NĐ-CP Phụ lục IV), made of
//! the same rows as its figures, so that register and figure cannot differ.

use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::books::{BookQuery, BookRow, BookView};
use crate::format::envelope::Envelope;
use crate::intake::{Intake, Note};
use crate::model::indication::words;
use crate::model::simulated::is_simulated;
use crate::model::{LocalDay, Period, Status, Timestamp, UnitCode};
use crate::rates::{Behind, Item, Measure};
use crate::relay::{Delivery, DocumentState, TimelineKind};

/// Recipients that a row names: a document may have 160,000.
const MOST_RECIPIENTS: usize = 50;

words! {
    /// A register.
    Book {
        /// Sổ đăng ký văn bản đi.
        Outgoing = 1 "outgoing",
        /// Sổ đăng ký văn bản đến.
        Incoming = 2 "incoming",
    }
}

impl Book {
    /// What stands in it: the figures' own items.
    fn behind(self) -> Behind {
        let of = match self {
            // What was recalled as a whole keeps its number, and its line.
            Self::Outgoing => vec![Measure::Offered, Measure::RecalledDocuments],
            Self::Incoming => vec![Measure::Received],
        };
        Behind {
            of,
            without: Vec::new(),
        }
    }
}

/// One page.
///
/// # Errors
/// A problem of the query or of the store.
pub fn list(intake: &Intake, book: Book, query: &BookQuery) -> Result<BookView, Problem> {
    let invalid = |name: &'static str, text: &str| {
        let args = vec![("value", v1::shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
    };
    let text = query.unit.as_deref().unwrap_or_default();
    let unit = UnitCode::parse(text).ok_or_else(|| invalid("unit", text))?;
    let now = intake.tools().clock.now();
    let period = match query.period.as_deref() {
        None => Period::month_of(now.local_day()),
        Some(text) => Period::parse(text).ok_or_else(|| invalid("period", text))?,
    };
    let after = v1::figure_cursor(query.after.as_deref())?;
    let limit = v1::limit(query.limit.as_deref())?;
    let ledger = &intake.tools().ledger;
    let page = ledger.figure_rows(&unit, period.days(), &book.behind(), after.as_ref(), limit)?;
    let rules = intake.rules();
    let name = |code: &UnitCode| rules.registry.unit(code).map(|unit| unit.name.clone());
    let mut items = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        let id = match &row.item {
            Item::Document(id) | Item::Delivery(id, _) => *id,
            Item::Key(_) | Item::Import(_) => continue,
        };
        let state = intake.state(id)?;
        let own = state.delivery(&unit).filter(|_| book == Book::Incoming);
        let mut made = made(intake, &state, own, now)?;
        made.sender_name = name(&state.offered.sender).unwrap_or_default();
        items.push(made);
    }
    Ok(BookView {
        simulated: is_simulated(&intake.tools().gateway),
        name: name(&unit).unwrap_or_default(),
        unit: unit.to_string(),
        book: book.name().to_owned(),
        period: period.to_string(),
        total: page.total,
        position: page.at.0,
        items,
        next: page.next.map(|next| next.to_string()),
    })
}

fn made(
    intake: &Intake,
    state: &DocumentState,
    own: Option<&Delivery>,
    now: Timestamp,
) -> Result<BookRow, Problem> {
    let offered = &state.offered;
    let mut row = BookRow {
        id: state.id().to_string(),
        number: offered.key.number.as_str().to_owned(),
        notation: offered.key.notation.as_str().to_owned(),
        promulgated: offered.promulgated.to_string(),
        sender: offered.sender.to_string(),
        recipients: first(&offered.recipients),
        recipient_count: offered.recipients.len(),
        urgency: offered.urgency.name().to_owned(),
        state: state.judged.disposition.name().to_owned(),
        due: offered.due.map(|day| day.to_string()),
        recalled: state.is_withdrawn(),
        ..BookRow::default()
    };
    if offered.kept
        && let Some(raw) = intake.content_bytes(state, &offered.envelope)?
        && let Ok(envelope) = Envelope::parse(&raw)
    {
        row.document_type = envelope.kind;
        row.subject = Some(envelope.subject);
        row.signer = Some(envelope.signer.name).filter(|name| !name.is_empty());
    }
    if let Some(own) = own {
        handled(intake, state, own, now, &mut row)?;
    }
    Ok(row)
}

fn first(units: &[UnitCode]) -> Vec<String> {
    let named = units.iter().take(MOST_RECIPIENTS);
    named.map(ToString::to_string).collect()
}

/// What the recipient did with it.
fn handled(
    intake: &Intake,
    state: &DocumentState,
    own: &Delivery,
    now: Timestamp,
    row: &mut BookRow,
) -> Result<(), Problem> {
    let completed = completed(state, own);
    let done = completed.map_or_else(|| now.local_day(), Timestamp::local_day);
    let due: Option<LocalDay> = own.due.and_then(|due| due.complete).or(state.offered.due);
    let refused = own.answer.is_some_and(|a| a.status == Status::Refused);
    row.state = own.standing.name().to_owned();
    row.arrived = own.arrived.map(|(at, _)| at.to_string());
    row.answer_due = own.due.map(|due| due.answer.to_string());
    row.answered = own.answer.map(|answer| answer.at.to_string());
    row.due = due.map(|day| day.to_string());
    row.completed = completed.map(|at| at.to_string());
    row.answer_late = own.answer_late_since(now).is_some();
    row.recalled = own.standing.is_recalled();
    // What was sent back or recalled is nobody's work any more.
    row.work_late = due.is_some_and(|due| done > due) && !refused && !row.recalled;
    let note = own.answer.and_then(|answer| answer.note);
    if let Some(note) = note
        && let Some(bytes) = intake.content_bytes(state, &note)?
    {
        let note: Option<Note> = serde_json::from_slice(&bytes).ok();
        row.staff = note.and_then(|note| note.staff);
    }
    Ok(())
}

/// When the work on it was said to be done.
fn completed(state: &DocumentState, own: &Delivery) -> Option<Timestamp> {
    let index = state.deliveries.iter().position(|d| d == own);
    let index = index.and_then(|index| u16::try_from(index).ok())?;
    let mut entries = state.timeline.iter().filter(|entry| {
        entry.kind == TimelineKind::Progressed
            && entry.recipient == Some(index)
            && entry.status == Some(Status::Completed)
    });
    entries.next().map(|entry| entry.at)
}
