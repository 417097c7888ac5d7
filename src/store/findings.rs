//! Findings in the tables, and what a change of them must meet: nothing is closed but by evidence that exists.

use super::guard::Known;
use super::tables::merge;
use super::{CommitError, ReadError};
use crate::model::event::{
    Event, Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    Recorded, ReminderCause,
};
use crate::model::{Digest, DocumentId, LocalDay, Period, Position, Timestamp, UnitCode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A finding. What it is about is asked for by itself ([`super::Ledger::finding_items`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Its identifier.
    pub finding: DocumentId,
    /// The unit of which it is.
    pub unit: UnitCode,
    /// From which figure it was opened.
    pub figure: Option<FoundIn>,
    /// How many items it names.
    pub items: u32,
    /// The last day on which the remedy is in time.
    pub due: LocalDay,
    /// The body that holds its words.
    pub note: Digest,
    /// Who opened it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
    /// The place of its record.
    pub position: Position,
    /// When it was opened.
    pub at: Timestamp,
    /// How often somebody was reminded.
    pub reminders: u32,
    /// The last reminder: when, its day, and why.
    pub reminded: Option<(Timestamp, LocalDay, ReminderCause)>,
    /// How it ended.
    pub closed: Option<FindingEnd>,
}

/// How a finding ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingEnd {
    /// The place of the record.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// What shows that it is made good.
    pub evidence: Vec<Evidence>,
    /// The body that holds what was said.
    pub note: Digest,
    /// Who closed it.
    pub actor: Option<UnitCode>,
}

impl Finding {
    /// Whether the remedy is late on a day.
    #[must_use]
    pub fn is_overdue(&self, today: LocalDay) -> bool {
        self.closed.is_none() && self.due < today
    }

    /// Whether it went out by itself on that day already.
    #[must_use]
    pub fn was_reminded_on(&self, day: LocalDay) -> bool {
        self.reminded.is_some_and(|(_, last, _)| last >= day)
    }
}

/// The rows of findings, and of reports that went out.
#[derive(Debug, Default)]
pub(in crate::store) struct FindingRows {
    pub(in crate::store) rows: BTreeMap<DocumentId, Arc<Finding>>,
    pub(in crate::store) items: BTreeMap<DocumentId, Arc<Vec<FoundItem>>>,
    /// Findings of each unit.
    pub(in crate::store) units: BTreeSet<(UnitCode, DocumentId)>,
    /// Open ones by due date; `false`: closed since.
    pub(in crate::store) open: BTreeMap<(LocalDay, DocumentId), bool>,
    pub(in crate::store) sent: BTreeMap<(PlainName, Period), Position>,
}

impl FindingRows {
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        merge(&mut self.rows, newer.rows);
        merge(&mut self.items, newer.items);
        merge(&mut self.open, newer.open);
        merge(&mut self.sent, newer.sent);
        self.units.extend(newer.units);
    }

    /// Applies a record; the finding that it moves is here already.
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "it is called for these alone"
    )]
    pub(in crate::store) fn apply(&mut self, record: &Recorded) {
        match &record.event {
            Event::FindingOpened(e) => self.opened(record, e),
            Event::FindingClosed(e) => self.closed(record, e),
            Event::FindingReminded(e) => self.reminded(record, e),
            Event::ReportSent(e) => {
                let key = (e.schedule.clone(), e.period);
                self.sent.entry(key).or_insert(record.position);
            }
            _ => {}
        }
    }

    fn opened(&mut self, record: &Recorded, e: &FindingOpened) {
        let row = Finding {
            finding: e.finding,
            unit: e.unit.clone(),
            figure: e.figure.clone(),
            items: u32::try_from(e.items.len()).unwrap_or(u32::MAX),
            due: e.due,
            note: e.note,
            actor: e.actor.clone(),
            position: record.position,
            at: record.at,
            reminders: 0,
            reminded: None,
            closed: None,
        };
        self.rows.insert(e.finding, Arc::new(row));
        self.items.insert(e.finding, Arc::new(e.items.clone()));
        self.units.insert((e.unit.clone(), e.finding));
        self.open.insert((e.due, e.finding), true);
    }

    fn closed(&mut self, record: &Recorded, e: &FindingClosed) {
        if let Some(row) = self.rows.get_mut(&e.finding) {
            let row = Arc::make_mut(row);
            row.closed = Some(FindingEnd {
                position: record.position,
                at: record.at,
                evidence: e.evidence.clone(),
                note: e.note,
                actor: e.actor.clone(),
            });
            self.open.insert((row.due, e.finding), false);
        }
    }

    fn reminded(&mut self, record: &Recorded, e: &FindingReminded) {
        if let Some(row) = self.rows.get_mut(&e.finding) {
            let row = Arc::make_mut(row);
            row.reminders = row.reminders.saturating_add(1);
            row.reminded = Some((record.at, e.day, e.cause));
        }
    }

    /// Those of a unit or of all, after one.
    pub(in crate::store) fn after(
        &self,
        unit: Option<&UnitCode>,
        after: Option<DocumentId>,
    ) -> impl Iterator<Item = DocumentId> + '_ {
        let from = after.map_or(DocumentId::FIRST, DocumentId::next);
        let own = unit.map(|unit| self.units.range((unit.clone(), from)..));
        let own = own.into_iter().flatten();
        let unit = unit.cloned();
        let all = unit.is_none().then(|| self.rows.range(from..));
        let of_unit = own.take_while(move |(of, _)| Some(of) == unit.as_ref());
        let all = all.into_iter().flatten().map(|(id, _)| *id);
        of_unit.map(|(_, id)| *id).chain(all)
    }

    /// Rows of the open ones after a place.
    pub(in crate::store) fn open_after(
        &self,
        after: Option<(LocalDay, DocumentId)>,
    ) -> impl Iterator<Item = ((LocalDay, DocumentId), bool)> + '_ {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.open.range((from, Bound::Unbounded));
        rows.map(|(key, open)| (*key, *open))
    }
}

/// The finding that an event moves, which has to be at hand before it is applied.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "no other event moves a finding"
)]
pub(in crate::store) fn moved_by(event: &Event) -> Option<DocumentId> {
    match event {
        Event::FindingClosed(e) => Some(e.finding),
        Event::FindingReminded(e) => Some(e.finding),
        _ => None,
    }
}

/// Whether what an event says of findings follows from what is known.
///
/// # Errors
/// [`CommitError::Stale`] if it does not, [`CommitError::Unavailable`] if it cannot be told.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the others say nothing of findings"
)]
pub(in crate::store) fn follows(known: &dyn Known, event: &Event) -> Result<(), CommitError> {
    let right = match event {
        Event::FindingOpened(e) => known.finding(e.finding).map(|found| found.is_none()),
        Event::FindingReminded(e) => may_remind(known, e),
        Event::FindingClosed(e) => may_close(known, e),
        Event::ReportSent(e) => known
            .report_sent(&e.schedule, e.period)
            .map(|sent| sent.is_none()),
        _ => return Ok(()),
    };
    match right {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommitError::Stale),
        Err(e) => Err(CommitError::Unavailable(e.to_string())),
    }
}

/// An open one, and by itself once on a day.
fn may_remind(known: &dyn Known, e: &FindingReminded) -> Result<bool, ReadError> {
    let Some(found) = open(known, e.finding, &e.unit)? else {
        return Ok(false);
    };
    Ok(e.cause == ReminderCause::Asked || !found.was_reminded_on(e.day))
}

fn may_close(known: &dyn Known, e: &FindingClosed) -> Result<bool, ReadError> {
    if open(known, e.finding, &e.unit)?.is_none() || e.evidence.is_empty() {
        return Ok(false);
    }
    for one in &e.evidence {
        if !exists(known, &e.unit, one)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn open(
    known: &dyn Known,
    finding: DocumentId,
    unit: &UnitCode,
) -> Result<Option<Arc<Finding>>, ReadError> {
    let found = known.finding(finding)?;
    Ok(found.filter(|found| found.closed.is_none() && found.unit == *unit))
}

/// A file is in the same change, which names it as a body that lasts.
fn exists(known: &dyn Known, unit: &UnitCode, evidence: &Evidence) -> Result<bool, ReadError> {
    match evidence {
        Evidence::Document(id) => Ok(known.document(*id)?.is_some()),
        Evidence::Receipt(of) => Ok(known.receipt(*of)?.is_some()),
        Evidence::Statement(period, number) => {
            let last = known.statement_of(*period)?;
            Ok(*number > 0 && last.is_some_and(|last| *number <= last.closed.number))
        }
        Evidence::Import(id) => {
            let all = known.imports(unit)?;
            let own = |import: &super::Import| import.import == *id && import.undone.is_none();
            Ok(all.iter().any(own))
        }
        Evidence::File(_) => Ok(true),
    }
}
