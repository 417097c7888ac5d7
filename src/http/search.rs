//! Searching documents by their metadata: number, notation, agency, day, and words of the subject with and without
//! marks.
//!
//! A unit's documents are gone through as its figures list them, day by day, and each subject is read from its
//! envelope: no word of a subject is kept anywhere else, so that none outlives the erasure of the envelope. One request
//! looks at a bounded number of documents and says where it stopped.

use super::figure_rows::{document, view};
use super::problem::{Problem, ProblemCode};
use super::v1;
use crate::client::figure_rows::FigureRowView;
use crate::client::search::{SearchQuery, SearchView};
use crate::intake::Intake;
use crate::model::simulated::is_simulated;
use crate::model::{DocumentId, LocalDay, UnitCode, search_words};
use crate::rates::{Behind, Item, Measure};
use crate::registry::Registry;
use crate::relay::DocumentState;
use crate::store::FigureCursor;
use std::ops::RangeInclusive;

/// Documents looked at for one page: each is read with its envelope.
const MOST_LOOKED_AT: usize = 1_000;
/// Documents fetched at once.
const STEP: usize = 200;
/// The longest range: each month of it is a look into the figures.
const MOST_DAYS: i32 = 3_660;
/// The range where no first day is named.
const YEAR: i32 = 366;
/// The longest text to look for, and how much of it is looked for.
const MAX_TEXT: usize = 500;
const MAX_TERMS: usize = 20;

/// What a document must have.
struct Wanted {
    terms: Vec<Term>,
    number: Option<String>,
    notation: Option<String>,
    agency: Option<UnitCode>,
    days: RangeInclusive<LocalDay>,
}

/// What stands between two spaces of the text: the code of the other side, or words.
struct Term {
    text: String,
    words: Vec<String>,
}

impl Term {
    fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            words: search_words(text).collect(),
        }
    }

    /// Whether every word of it begins one of these. A number is meant as a whole: 12 is not 123.
    fn is_said(&self, said: &[String]) -> bool {
        let digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
        self.words.iter().all(|word| match digits(word) {
            true => said.contains(word),
            false => said.iter().any(|other| other.starts_with(word)),
        })
    }
}

fn invalid(name: &'static str, text: &str) -> Problem {
    let args = vec![("value", v1::shown(text))];
    Problem::new(ProblemCode::QueryInvalid).at(name, "field-invalid", args)
}

impl Wanted {
    fn of(query: &SearchQuery, today: LocalDay) -> Result<Self, Problem> {
        let text = query.text.as_deref().unwrap_or_default();
        if text.len() > MAX_TEXT {
            return Err(invalid("text", text));
        }
        let terms = text.split_whitespace().take(MAX_TERMS).map(Term::of);
        let agency = query.agency.as_deref();
        let agency =
            agency.map(|text| UnitCode::parse(text).ok_or_else(|| invalid("agency", text)));
        let day = |name: &'static str, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| LocalDay::parse(text).ok_or_else(|| invalid(name, text)))
                .transpose()
        };
        let last = day("to", &query.to)?.unwrap_or(today);
        let year = LocalDay::from_number(last.number().saturating_sub(YEAR)).unwrap_or(last);
        let first = day("from", &query.from)?.unwrap_or(year);
        let length = last.number().saturating_sub(first.number());
        if !(0..=MOST_DAYS).contains(&length) {
            return Err(invalid("from", &first.to_string()));
        }
        Ok(Self {
            terms: terms.collect(),
            number: query.number.clone(),
            notation: query.notation.as_deref().map(joined),
            agency: agency.transpose()?,
            days: first..=last,
        })
    }

    /// Whether a document has all of it.
    fn holds(&self, state: &DocumentState, row: &FigureRowView, registry: &Registry) -> bool {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let sides = || [&row.sender, &row.recipient].into_iter().flatten();
        let number = self.number.as_ref();
        let notation = self.notation.as_ref();
        let agency = self.agency.as_ref();
        let offered = &state.offered;
        let is_side =
            |code: &UnitCode| offered.sender == *code || offered.recipients.contains(code);
        if number.is_some_and(|number| row.number.as_ref() != Some(number))
            || notation.is_some_and(|notation| joined(&text(&row.notation)) != *notation)
            || agency.is_some_and(|agency| !is_side(agency))
        {
            return false;
        }
        if self.terms.is_empty() {
            return true;
        }
        let mut said: Vec<String> = Vec::new();
        for of in [&row.number, &row.notation, &row.subject] {
            said.extend(search_words(&text(of)));
        }
        for side in sides() {
            let unit = UnitCode::parse(side);
            let unit = unit.and_then(|code| registry.unit(&code));
            said.extend(unit.iter().flat_map(|unit| search_words(&unit.name)));
        }
        self.terms.iter().all(|term| {
            let code = |side: &String| side.eq_ignore_ascii_case(&term.text);
            sides().any(code) || term.is_said(&said)
        })
    }
}

fn joined(text: &str) -> String {
    search_words(text).collect::<Vec<_>>().join(" ")
}

/// One page.
///
/// # Errors
/// A problem of the query or of the store.
pub fn find(intake: &Intake, query: &SearchQuery) -> Result<SearchView, Problem> {
    let wanted = Wanted::of(query, intake.tools().clock.now().local_day())?;
    let limit = v1::limit(query.limit.as_deref())?;
    match query.unit.as_deref() {
        Some(text) => {
            let unit = UnitCode::parse(text).ok_or_else(|| invalid("unit", text))?;
            of_unit(intake, &wanted, &unit, query.after.as_deref(), limit)
        }
        None => of_all(intake, &wanted, query.after.as_deref(), limit),
    }
}

/// What a unit sent, and what arrived there.
fn of_unit(
    intake: &Intake,
    wanted: &Wanted,
    unit: &UnitCode,
    after: Option<&str>,
    limit: usize,
) -> Result<SearchView, Problem> {
    let behind = Behind {
        of: vec![Measure::Offers, Measure::Received],
        without: Vec::new(),
    };
    let (ledger, rules) = (&intake.tools().ledger, intake.rules());
    let mut after = v1::figure_cursor(after)?;
    let mut found = SearchView {
        simulated: is_simulated(&intake.tools().gateway),
        items: Vec::new(),
        looked_at: 0,
        next: None,
    };
    loop {
        let days = wanted.days.clone();
        let page = ledger.figure_rows(unit, days, &behind, after.as_ref(), STEP)?;
        for row in &page.rows {
            found.looked_at = found.looked_at.saturating_add(1);
            let (Item::Document(id) | Item::Delivery(id, _)) = &row.item else {
                continue;
            };
            let seen = view(intake, row)?;
            if wanted.holds(&intake.state(*id)?, &seen, &rules.registry) {
                found.items.push(seen);
            }
            if found.items.len() >= limit || found.looked_at >= MOST_LOOKED_AT {
                found.next = Some(FigureCursor::behind(row).to_string());
                return Ok(found);
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Everything, in the order in which it was taken in.
fn of_all(
    intake: &Intake,
    wanted: &Wanted,
    after: Option<&str>,
    limit: usize,
) -> Result<SearchView, Problem> {
    let (ledger, rules) = (&intake.tools().ledger, intake.rules());
    let begin = DocumentId::new(wanted.days.start().at_minute(0), [0; 10]);
    let mut after = match after {
        Some(text) => DocumentId::parse(text).ok_or_else(|| invalid("after", text))?,
        None => begin,
    };
    let mut found = SearchView {
        simulated: is_simulated(&intake.tools().gateway),
        items: Vec::new(),
        looked_at: 0,
        next: None,
    };
    loop {
        let ids = ledger.documents(Some(after), STEP)?;
        if ids.is_empty() {
            return Ok(found);
        }
        for id in ids {
            if id.begun().local_day() > *wanted.days.end() {
                return Ok(found);
            }
            after = id;
            found.looked_at = found.looked_at.saturating_add(1);
            let state = intake.state(id)?;
            let mut seen = document(intake, &state)?;
            seen.day = id.begun().local_day().to_string();
            if wanted.holds(&state, &seen, &rules.registry) {
                found.items.push(seen);
            }
            if found.items.len() >= limit || found.looked_at >= MOST_LOOKED_AT {
                found.next = Some(after.to_string());
                return Ok(found);
            }
        }
    }
}
