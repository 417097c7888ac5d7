//! From a figure to what it counts: documents and deliveries with their metadata, as many as the figure says.
//!
//! The same list serves the administrator's socket, `/v1` (a unit's own figures only) and the command line while no
//! daemon runs. Subjects are shown as far as they are kept; content of files is not.

use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::figure_rows::{FigureRowView, FigureRowsQuery, FigureRowsView};
use crate::format::envelope::Envelope;
use crate::intake::Intake;
use crate::model::simulated::is_simulated;
use crate::model::{DocumentId, DocumentKey, LocalDay, Period, Position, UnitCode};
use crate::rates::{Behind, Item};
use crate::relay::{Delivery, DocumentState};
use crate::store::FigureRow;

/// Receipts of one row: a document to all units of a province has 160,000 deliveries.
const MOST_RECEIPTS: usize = 20;

/// One page.
///
/// # Errors
/// A problem of the query or of the store.
pub fn list(intake: &Intake, query: &FigureRowsQuery) -> Result<FigureRowsView, Problem> {
    let invalid = |name: &'static str, text: &str| {
        let args = vec![("value", v1::shown(text))];
        Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
    };
    let text = query.unit.as_deref().unwrap_or_default();
    let unit = UnitCode::parse(text).ok_or_else(|| invalid("unit", text))?;
    let period = match query.period.as_deref() {
        None => Period::month_of(intake.tools().clock.now().local_day()),
        Some(text) => Period::parse(text).ok_or_else(|| invalid("period", text))?,
    };
    let missing = match query.missing.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(text) => return Err(invalid("missing", text)),
    };
    let measure = query.measure.as_deref().unwrap_or_default();
    let behind = if missing {
        Behind::missing(measure)
    } else {
        Behind::named(measure)
    };
    let behind = behind.ok_or_else(|| invalid("measure", measure))?;
    let after = v1::figure_cursor(query.after.as_deref())?;
    let limit = v1::limit(query.limit.as_deref())?;
    let ledger = &intake.tools().ledger;
    let page = ledger.figure_rows(&unit, period.days(), &behind, after.as_ref(), limit)?;
    let items = page.rows.iter().map(|row| view(intake, row));
    Ok(FigureRowsView {
        simulated: is_simulated(&intake.tools().gateway),
        name: intake
            .rules()
            .registry
            .unit(&unit)
            .map(|u| u.name.clone())
            .unwrap_or_default(),
        unit: unit.to_string(),
        measure: measure.to_owned(),
        period: period.to_string(),
        missing,
        total: page.total,
        position: page.at.0,
        items: items.collect::<Result<_, _>>()?,
        next: page.next.map(|next| next.to_string()),
    })
}

/// One row.
pub(super) fn view(intake: &Intake, row: &FigureRow) -> Result<FigureRowView, Problem> {
    let mut view = match &row.item {
        Item::Document(id) => document(intake, &intake.state(*id)?)?,
        Item::Delivery(id, recipient) => delivery(intake, *id, recipient)?,
        Item::Key(key) => match intake.tools().ledger.first_offer(key)? {
            Some(id) => document(intake, &intake.state(id)?)?,
            None => of_register(key, row.day),
        },
        Item::Import(id) => FigureRowView {
            kind: "import".to_owned(),
            id: Some(id.to_string()),
            ..FigureRowView::default()
        },
    };
    view.day = row.day.to_string();
    Ok(view)
}

fn of_register(key: &DocumentKey, day: LocalDay) -> FigureRowView {
    FigureRowView {
        kind: "register".to_owned(),
        number: Some(key.number.as_str().to_owned()),
        notation: Some(key.notation.as_str().to_owned()),
        promulgated: Some(day.to_string()),
        sender: Some(key.unit.to_string()),
        ..FigureRowView::default()
    }
}

/// A document, whatever day it counts on.
pub(super) fn document(intake: &Intake, state: &DocumentState) -> Result<FigureRowView, Problem> {
    let arrivals = state.deliveries.iter().filter_map(|d| d.arrived);
    let answers = state.deliveries.iter().filter_map(|d| d.answer);
    let sole = match state.offered.recipients.as_slice() {
        [one] => Some(one.to_string()),
        _ => None,
    };
    let disposition = state.judged.disposition.name().to_owned();
    Ok(FigureRowView {
        kind: "document".to_owned(),
        recipient: sole,
        arrived: arrivals.map(|(at, _)| at).min().map(|at| at.to_string()),
        answered: answers
            .map(|answer| answer.at)
            .min()
            .map(|at| at.to_string()),
        state: Some(disposition),
        receipts: receipts(state, None),
        ..whole(intake, state)?
    })
}

fn delivery(
    intake: &Intake,
    id: DocumentId,
    recipient: &UnitCode,
) -> Result<FigureRowView, Problem> {
    let state = intake.state(id)?;
    let delivery: Option<&Delivery> = state.delivery(recipient);
    let answer = delivery.and_then(|d| d.answer);
    Ok(FigureRowView {
        kind: "delivery".to_owned(),
        recipient: Some(recipient.to_string()),
        arrived: delivery
            .and_then(|d| d.arrived)
            .map(|(at, _)| at.to_string()),
        answered: answer.map(|answer| answer.at.to_string()),
        state: delivery.map(|d| d.standing.name().to_owned()),
        receipts: receipts(&state, Some(recipient)),
        ..whole(intake, &state)?
    })
}

/// What is the same for a document and for each of its deliveries.
fn whole(intake: &Intake, state: &DocumentState) -> Result<FigureRowView, Problem> {
    let offered = &state.offered;
    let id = state.id().to_string();
    Ok(FigureRowView {
        number: Some(offered.key.number.as_str().to_owned()),
        notation: Some(offered.key.notation.as_str().to_owned()),
        promulgated: Some(offered.promulgated.to_string()),
        subject: subject(intake, state)?,
        sender: Some(offered.sender.to_string()),
        recipients: offered.recipients.len(),
        offered: state.arrived().map(|at| at.to_string()),
        disposition: Some(state.judged.disposition.name().to_owned()),
        indication: Some(state.judged.indication.name().to_owned()),
        reason: Some(state.judged.reason.name().to_owned()),
        next: Some(format!("lienthong status {id}")),
        id: Some(id),
        ..FigureRowView::default()
    })
}

fn subject(intake: &Intake, state: &DocumentState) -> Result<Option<String>, Problem> {
    if !state.offered.kept {
        return Ok(None);
    }
    let raw = intake.content_bytes(state, &state.offered.envelope)?;
    let envelope = raw.and_then(|raw| Envelope::parse(&raw).ok());
    Ok(envelope.map(|envelope| envelope.subject))
}

/// The records of the document as a whole, and of one delivery of it or of all.
fn receipts(state: &DocumentState, recipient: Option<&UnitCode>) -> Vec<u64> {
    let index = recipient.and_then(|unit| {
        let found = state.deliveries.iter().position(|d| d.recipient == *unit);
        found.and_then(|index| u16::try_from(index).ok())
    });
    let own = state.proved().filter(|entry| {
        recipient.is_none() || entry.recipient.is_none() || entry.recipient == index
    });
    let positions = own.map(|entry| entry.position);
    positions
        .take(MOST_RECEIPTS)
        .map(|Position(at)| at)
        .collect()
}
