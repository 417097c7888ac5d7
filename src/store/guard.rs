//! What a change must meet before it is written, and what it then writes. Serves both stores.

use super::registers::keys;
use super::{
    ClockBack, CommitError, Finding, Import, LogStatement, ReadError, SurveyCode, codec, dossiers,
    findings, surveys,
};
use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::model::event::{
    ClockConfirmed, Event, Judged, Offered, PeriodClosed, PlainName, Recorded, RegisterEntries,
    SurveyGroup,
};
use crate::model::{
    Digest, Disposition, DocumentId, DocumentKey, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::OneDocument;
use crate::relay::{DocumentState, still_follows};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far a clock may stand before the last event (`counting.md` of the design, §1).
const BACKWARDS_MS: i64 = 5 * 60 * 1000;

/// What is known when a change is checked: the projections and what the group already holds.
pub(in crate::store) trait Known {
    fn document(&self, id: DocumentId) -> Result<Option<Arc<DocumentState>>, ReadError>;
    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError>;
    fn one(&self, key: &DocumentKey) -> Result<Option<Arc<OneDocument>>, ReadError>;
    /// What a unit handed in, the oldest first.
    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError>;
    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError>;
    /// The document first offered under a key.
    fn first_offer(&self, key: &DocumentKey) -> Result<Option<DocumentId>, ReadError> {
        let first = self.one(key)?.and_then(|one| one.first);
        Ok(first.map(|(id, _)| id))
    }
    /// The last time that a clock which went back was confirmed.
    fn clock(&self) -> Result<Option<ClockConfirmed>, ReadError>;
    /// The last statement of a period.
    fn statement_of(&self, period: Period) -> Result<Option<LogStatement>, ReadError>;
    /// The last statement of whatever period.
    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError>;
    fn finding(&self, id: DocumentId) -> Result<Option<Arc<Finding>>, ReadError>;
    fn dossier(&self, id: DocumentId) -> Result<Option<Arc<DossierState>>, ReadError>;
    /// The dossier that a request key stands for.
    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError>;
    fn survey_code(&self, code: &Digest) -> Result<Option<Arc<SurveyCode>>, ReadError>;
    fn survey_tally(&self, group: &SurveyGroup) -> Result<Option<Tally>, ReadError>;
    /// Whether the result slip of a dossier had a code.
    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError>;
    /// The last place that an agency gave to a dossier on a day; zero: none.
    fn last_place(&self, agency: &UnitCode, day: LocalDay) -> Result<u32, ReadError>;
    /// The record that says that a scheduled report went out.
    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError>;
}

/// A change that met its guards.
#[derive(Debug)]
pub(in crate::store) enum Passed {
    /// These events are to be written.
    Write(Vec<Event>),
    /// It was committed before, with these records.
    Repeat(Vec<Recorded>),
}

/// Checks a change.
///
/// # Errors
/// See [`CommitError`].
pub(in crate::store) fn check(
    known: &dyn Known,
    subject: Option<(DocumentId, Position)>,
    events: Vec<Event>,
) -> Result<Passed, CommitError> {
    if let Some(long) = events.iter().find(|event| !codec::fits(event)) {
        return Err(CommitError::TooLong(long.name()));
    }
    if events.iter().any(|e| matches!(e, Event::Simulated(_))) {
        // The writer marks a log by itself, as it begins it.
        return Err(CommitError::Marked);
    }
    for event in &events {
        if let Event::Offered(e) = event
            && let Some(repeat) = repeat(known, e)?
        {
            return Ok(Passed::Repeat(vec![repeat]));
        }
        if dossiers::repeats(known, event)? {
            return Ok(Passed::Repeat(Vec::new()));
        }
    }
    if let Some((id, expected)) = subject {
        let found = known.document(id).map_err(unavailable)?;
        let version = match found {
            Some(document) => document.version,
            None => {
                let dossier = known.dossier(id).map_err(unavailable)?;
                dossier.map_or(Position::START, |d| d.version)
            }
        };
        if version != expected {
            return Err(CommitError::Stale);
        }
    }
    let mut counting = Counting::default();
    for event in &events {
        if !counting.is_right(known, event).map_err(unavailable)? {
            return Err(CommitError::Stale);
        }
    }
    for event in &events {
        if let Event::PeriodClosed(e) = event {
            follows(known, e)?;
        }
        findings::follows(known, event)?;
        dossiers::follows(known, subject, event)?;
    }
    surveys::follow(known, &events)?;
    others(known, subject, &events)?;
    fresh(known, events)
}

/// Statements are one chain, and those of a period are numbered: a period is closed once, and a correction names what
/// it corrects.
fn follows(known: &dyn Known, e: &PeriodClosed) -> Result<(), CommitError> {
    let of_period = known.statement_of(e.period).map_err(unavailable)?;
    let last = known.last_statement().map_err(unavailable)?;
    let digest = |s: &Option<LogStatement>| s.as_ref().map(|s| s.closed.statement);
    let number = of_period.as_ref().map_or(0, |s| s.closed.number);
    let counted = last.as_ref().map_or(Position::START, |s| s.closed.position);
    let next = e.number == number.saturating_add(1)
        && e.corrects == digest(&of_period)
        && e.previous == digest(&last)
        && counted <= e.position;
    next.then_some(()).ok_or(CommitError::Stale)
}

/// What a change takes back of registers before it hands in others: a register is replaced in one change.
#[derive(Default)]
struct Counting {
    undone: BTreeSet<DocumentId>,
    /// Documents whose entry goes, and whether nothing else is known of them.
    struck: BTreeMap<DocumentKey, bool>,
}

impl Counting {
    /// Whether an event says of the documents that it counts what is known of them.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the others count nothing")]
    fn is_right(&mut self, known: &dyn Known, event: &Event) -> Result<bool, ReadError> {
        match event {
            Event::Offered(e) => {
                let one = known.one(&e.key)?;
                let first = one.as_ref().is_none_or(|one| one.first.is_none());
                let entered = one.is_some_and(|one| one.entry.is_some());
                Ok(first == e.first_offer && (first && entered) == e.in_register)
            }
            Event::RegisterEntries(e) => self.entries(known, e),
            Event::RegisterUndone(e) => {
                self.undone.insert(e.import);
                let all = known.imports(&e.unit)?;
                let own = all.iter().find(|import| import.import == e.import);
                Ok(own.is_some_and(|import| import.undone.is_none()))
            }
            Event::RegisterImported(e) => self.is_free(known, &e.unit, (e.from, e.to)),
            Event::NilReturned(e) => self.is_free(known, &e.unit, (e.from, e.to)),
            _ => Ok(true),
        }
    }

    fn entries(&mut self, known: &dyn Known, e: &RegisterEntries) -> Result<bool, ReadError> {
        for (key, entry) in keys(e).zip(&e.entries) {
            let alone = match (e.undone, self.struck.get(&key)) {
                (false, Some(alone)) => *alone,
                (false, None) => known.one(&key)?.is_none(),
                (true, _) => known.one(&key)?.is_some_and(|one| one.first.is_none()),
            };
            if alone != entry.alone {
                return Ok(false);
            }
            if e.undone {
                self.struck.insert(key, alone);
            }
        }
        Ok(true)
    }

    /// Whether nothing that counts covers one of those days.
    fn is_free(
        &self,
        known: &dyn Known,
        unit: &UnitCode,
        (from, to): (LocalDay, LocalDay),
    ) -> Result<bool, ReadError> {
        let all = known.imports(unit)?;
        let mut others = all.iter().filter(|i| !self.undone.contains(&i.import));
        Ok(!others.any(|import| import.covers(from, to)))
    }
}

/// What the subject brings about for other documents has to follow from how they stand now.
fn others(
    known: &dyn Known,
    subject: Option<(DocumentId, Position)>,
    events: &[Event],
) -> Result<(), CommitError> {
    let Some((own, _)) = subject else {
        return Ok(());
    };
    for event in events {
        let Some(other) = event.document().filter(|id| *id != own) else {
            continue;
        };
        let state = known.document(other).map_err(unavailable)?;
        if state.is_none_or(|state| !still_follows(&state, event)) {
            return Err(CommitError::Stale);
        }
    }
    Ok(())
}

/// The record that an earlier change with the same request key wrote. One that was refused binds nothing, but where the
/// same content is refused again as it was before, that is the same refusal (`counting.md` of the design, §3).
fn repeat(known: &dyn Known, e: &Offered) -> Result<Option<Recorded>, CommitError> {
    let Some(id) = known.request(&e.request).map_err(unavailable)? else {
        return Ok(None);
    };
    let Some(state) = known.document(id).map_err(unavailable)? else {
        return Ok(None);
    };
    let same = state.offered.content == e.content;
    if state.judged.disposition == Disposition::Refuse {
        let again = same && is_same_refusal(&state.offered.judged, &e.judged);
        return Ok(offer_record(&state).filter(|_| again));
    }
    if !same {
        return Err(CommitError::KeyReused(id));
    }
    Ok(offer_record(&state))
}

/// Whether a refusal says what another one said. The rules and the report may differ: both were judged, and what a
/// receipt tells its reader came out alike.
fn is_same_refusal(before: &Judged, now: &Judged) -> bool {
    let told = |judged: &Judged| Judged {
        rules: Digest::ZERO,
        report: None,
        ..judged.clone()
    };
    let refused = |judged: &Judged| judged.disposition == Disposition::Refuse;
    refused(before) && refused(now) && told(before) == told(now)
}

/// The record of a document's offer, as it was written.
fn offer_record(state: &DocumentState) -> Option<Recorded> {
    let entry = state.timeline.first()?;
    Some(Recorded {
        position: entry.position,
        at: entry.at,
        hash: entry.hash,
        event: Event::Offered(Box::new(state.offered.clone())),
    })
}

/// Drops receipts of records that have one; a change of nothing else is a repeat.
fn fresh(known: &dyn Known, events: Vec<Event>) -> Result<Passed, CommitError> {
    let all = events.len();
    let mut seen = BTreeSet::new();
    let mut keep = Vec::with_capacity(all);
    for event in events {
        if let Event::ReceiptSigned(e) = &event {
            let stored = known.receipt(e.of).map_err(unavailable)?;
            if stored.is_some() || !seen.insert(e.of) {
                continue;
            }
        }
        keep.push(event);
    }
    if keep.is_empty() && all > 0 {
        return Ok(Passed::Repeat(Vec::new()));
    }
    Ok(Passed::Write(keep))
}

/// The commit time of a change of `events`: never before the last record. A clock further back than five minutes is not
/// believed, unless it was confirmed, or these events confirm it; then event time stands still.
pub(in crate::store) fn commit_time(
    known: &dyn Known,
    last: Timestamp,
    now: Timestamp,
    events: &[Event],
) -> Result<Timestamp, CommitError> {
    let confirms = |event: &Event| matches!(event, Event::ClockConfirmed(e) if e.last == last && covers(e, last, now));
    if !is_back(last, now) || events.iter().any(confirms) {
        return Ok(now.max(last));
    }
    let confirmed = known.clock().map_err(unavailable)?;
    match clock_back(confirmed.as_ref(), last, now) {
        None => Ok(last),
        Some(ClockBack { last, now }) => Err(CommitError::ClockBack { last, now }),
    }
}

/// A commit time, if it is not before the earliest that is asked for.
pub(in crate::store) fn not_before(
    earliest: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, CommitError> {
    match now < earliest {
        true => Err(CommitError::Early { earliest, now }),
        false => Ok(now),
    }
}

/// Whether changes are refused because the clock went back.
pub(in crate::store) fn clock_back(
    confirmed: Option<&ClockConfirmed>,
    last: Timestamp,
    now: Timestamp,
) -> Option<ClockBack> {
    let believed = !is_back(last, now) || confirmed.is_some_and(|c| covers(c, last, now));
    (!believed).then_some(ClockBack { last, now })
}

fn is_back(last: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_add(BACKWARDS_MS) < last.0
}

/// What was confirmed ends with the first record of a later time, and does not cover a clock that went back once more.
fn covers(confirmed: &ClockConfirmed, last: Timestamp, now: Timestamp) -> bool {
    last <= confirmed.last && !is_back(confirmed.clock, now)
}

fn unavailable(e: ReadError) -> CommitError {
    CommitError::Unavailable(e.to_string())
}
