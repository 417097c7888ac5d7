//! What is known of registers: the list of them, gaps in the numbering, conflicts.

use super::super::admin::Office;
use super::super::problem::{Problem, ProblemCode};
use super::super::v1::{self, Asking};
use super::{PAGE, invalid, own_unit, view};
use crate::client::register::{
    ConflictView, ConflictsView, GapsView, NumberView, RegistersView, SeriesView,
};
use crate::intake::Intake;
use crate::model::event::Countable;
use crate::model::{DocumentId, DocumentKey, Period, UnitCode};
use crate::rates::OneDocument;
use crate::rates::one_document::{Party, Reach};
use crate::register::conflicts::{self as compared, Known};
use crate::register::gaps::{Numbers, Series, Source};
use crate::store::{Import, Ledger, ReadError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

/// Rows of one answer: more than anybody reads, and some 400 KB.
const MAX_LISTED: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    unit: Option<String>,
    period: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GapsQuery {
    unit: Option<String>,
    year: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConflictsQuery {
    unit: Option<String>,
    period: String,
}

/// Reads the index for long, so it runs beside the requests.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ProblemCode::Internal)?
}

pub(super) async fn listed(
    State(office): State<Office>,
    query: Asking<ListQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let work = move || {
        list(
            &office.intake,
            query.unit.as_deref(),
            query.period.as_deref(),
        )
    };
    Ok(v1::json(StatusCode::OK, &beside(work).await?))
}

pub(super) async fn gaps_of(
    State(office): State<Office>,
    query: Asking<GapsQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let work = move || gaps(&office.intake, query.unit.as_deref(), &query.year);
    Ok(v1::json(StatusCode::OK, &beside(work).await?))
}

pub(super) async fn conflicts_of(
    State(office): State<Office>,
    query: Asking<ConflictsQuery>,
) -> Result<Response, Problem> {
    let query = v1::asked(query)?;
    let work = move || conflicts(&office.intake, query.unit.as_deref(), &query.period);
    Ok(v1::json(StatusCode::OK, &beside(work).await?))
}

/// Every document of a unit, in pages.
pub(super) fn each(
    ledger: &dyn Ledger,
    unit: &UnitCode,
    mut take: impl FnMut(DocumentKey, OneDocument),
) -> Result<(), ReadError> {
    let mut after: Option<DocumentKey> = None;
    loop {
        let page = ledger.one_documents(unit, after.as_ref(), PAGE)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        page.into_iter().for_each(|(key, one)| take(key, one));
    }
}

/// Whose import that is.
pub(super) fn unit_of(intake: &Intake, id: DocumentId) -> Result<Option<UnitCode>, Problem> {
    let ledger = &intake.tools().ledger;
    for unit in intake.rules().registry.units() {
        if ledger
            .imports(&unit.code)?
            .iter()
            .any(|one| one.import == id)
        {
            return Ok(Some(unit.code.clone()));
        }
    }
    Ok(None)
}

/// Imports and nil returns of one unit or of all, in a period or at all; the newest first.
///
/// # Errors
/// A problem of the query or of the store.
pub fn list(
    intake: &Intake,
    unit: Option<&str>,
    period: Option<&str>,
) -> Result<RegistersView, Problem> {
    let period = period.map(|text| Period::parse(text).ok_or_else(|| invalid("period", text)));
    let period = period.transpose()?;
    let ledger = &intake.tools().ledger;
    let mut all: Vec<Import> = match unit {
        Some(unit) => ledger.imports(&own_unit(intake, Some(unit))?)?,
        None => {
            let mut all = Vec::new();
            for unit in intake.rules().registry.units() {
                all.extend(ledger.imports(&unit.code)?);
            }
            all
        }
    };
    if let Some(period) = period {
        let (first, last) = period.days().into_inner();
        all.retain(|import| import.from <= last && first <= import.to);
    }
    all.sort_by_key(|import| std::cmp::Reverse(import.position));
    let more = all.len().saturating_sub(MAX_LISTED);
    Ok(RegistersView {
        items: all.iter().take(MAX_LISTED).map(view).collect(),
        more: u64::try_from(more).unwrap_or(u64::MAX),
    })
}

/// Numbers that are missing from each notation's series.
///
/// # Errors
/// A problem of the query or of the store.
pub fn gaps(intake: &Intake, unit: Option<&str>, year: &str) -> Result<GapsView, Problem> {
    let unit = own_unit(intake, unit)?;
    let year: i16 = year.parse().map_err(|_| invalid("year", year))?;
    let mut numbers = Numbers::default();
    each(&*intake.tools().ledger, &unit, |key, one| {
        if key.year != year {
            return;
        }
        if one.first.is_some() {
            numbers.add(&key.number, &key.notation, Source::Document);
        }
        if one.entry.is_some() {
            numbers.add(&key.number, &key.notation, Source::Register);
        }
    })?;
    let gaps = numbers.gaps();
    let series = |one: Series| SeriesView {
        notation: one.notation,
        known: one.known,
        last: one.last,
        missing: one.missing,
        ranges: one
            .ranges
            .into_iter()
            .map(|range| range.into_inner())
            .collect(),
        repeated: one.repeated,
    };
    let odd = gaps.odd.into_iter().map(|one| NumberView {
        number: one.number,
        notation: one.notation,
    });
    Ok(GapsView {
        unit: unit.to_string(),
        year,
        odd: odd.collect(),
        more: gaps.more,
        series: gaps.series.into_iter().map(series).collect(),
    })
}

/// Documents of which the register and the gateway say different things.
///
/// # Errors
/// A problem of the query or of the store.
pub fn conflicts(
    intake: &Intake,
    unit: Option<&str>,
    period: &str,
) -> Result<ConflictsView, Problem> {
    let unit = own_unit(intake, unit)?;
    let days = Period::parse(period).ok_or_else(|| invalid("period", period))?;
    let (mut items, mut more) = (Vec::new(), 0u64);
    each(&*intake.tools().ledger, &unit, |key, one| {
        let Some(entry) = one.entry else { return };
        let by_document = one.first.is_some_and(|(_, day)| days.contains(day));
        if !days.contains(entry.day) && !by_document {
            return;
        }
        for conflict in compared::conflicts(entry.day, entry.sent_by, known(&one)) {
            if items.len() >= MAX_LISTED {
                more = more.saturating_add(1);
                continue;
            }
            items.push(ConflictView {
                number: key.number.as_str().to_owned(),
                notation: key.notation.as_str().to_owned(),
                conflict: conflict.name().to_owned(),
                register_day: entry.day.to_string(),
                channel: entry.sent_by.name().to_owned(),
                register: entry.import.to_string(),
                document: one.first.map(|(id, _)| id.to_string()),
                document_day: one.first.map(|(_, day)| day.to_string()),
            });
        }
    })?;
    Ok(ConflictsView {
        unit: unit.to_string(),
        period: days.to_string(),
        items,
        more,
    })
}

/// What came electronically. An offer that was refused or withdrawn everywhere went nowhere.
fn known(one: &OneDocument) -> Option<Known> {
    let (_, day) = one.first?;
    let went = |reach| matches!(reach, Reach::Open | Reach::Arrived);
    let counts = |party: &Party| party.countable != Countable::No && went(party.reach);
    Some(Known {
        day,
        countable: one.parties.iter().any(counts),
    })
}
