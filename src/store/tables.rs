//! The tables that the log is folded into, in memory: all of them in the memory twin; in the
//! embedded store those rows that its index does not hold yet.

use super::behind::FigureRows;
use super::dossiers::DossierRows;
use super::findings::FindingRows;
use super::registers::{Import, moves_figures};
use super::surveys::SurveyRows;
use super::{LogStamp, LogStatement, Page, ReadError, Resting};
use crate::model::event::{ClockConfirmed, Event, Recorded, RulesChanged};
use crate::model::{
    Digest, Disposition, DocumentId, DocumentKey, Period, Position, Timestamp, UnitCode,
};
use crate::rates::{Increment, OneDocument, count};
use crate::relay::{Desk, DocumentState, fold, told};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

/// A list of documents per unit, oldest first. `None`: taken off it.
pub(in crate::store) type Lists = BTreeMap<(UnitCode, Position), Option<DocumentId>>;

/// The lists that each unit has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum UnitList {
    /// What waits for its answer.
    Inbox,
    /// What it sent.
    Outbox,
    /// What it is to be told of its documents.
    Notices,
}

impl UnitList {
    pub(in crate::store) const ALL: [Self; 3] = [Self::Inbox, Self::Outbox, Self::Notices];
}

/// Rows by their keys. `None` marks a row that an older layer may hold and that is gone.
#[derive(Debug, Default)]
pub(in crate::store) struct Tables {
    pub(in crate::store) documents: BTreeMap<DocumentId, Arc<DocumentState>>,
    pub(in crate::store) inbox: Lists,
    pub(in crate::store) outbox: Lists,
    /// What waits for somebody, by the place of the offer.
    pub(in crate::store) desks: BTreeMap<(Desk, Position), Option<DocumentId>>,
    pub(in crate::store) requests: BTreeMap<Digest, Option<DocumentId>>,
    /// Documents as they are counted, by their keys.
    pub(in crate::store) ones: BTreeMap<DocumentKey, Option<Arc<OneDocument>>>,
    /// Imports of registers and nil returns.
    pub(in crate::store) imports: BTreeMap<(UnitCode, DocumentId), Import>,
    pub(in crate::store) receipts: BTreeMap<Position, Digest>,
    /// What each unit is to be told of its documents.
    pub(in crate::store) notices: Lists,
    /// Documents by the certificates that they rest on, in the order of their arrival.
    pub(in crate::store) resting: BTreeSet<(Digest, Resting)>,
    /// Certificates that documents rest on, with the arrival of the last.
    pub(in crate::store) certificates: BTreeMap<Digest, Timestamp>,
    pub(in crate::store) rules: Option<RulesChanged>,
    /// The last time that a clock which went back was confirmed.
    pub(in crate::store) clock: Option<ClockConfirmed>,
    /// Timestamps of the log, by the position that they stamp.
    pub(in crate::store) stamps: BTreeMap<Position, LogStamp>,
    /// Statements of periods, by the record that says so.
    pub(in crate::store) statements: BTreeMap<Position, LogStatement>,
    /// The same by period and number.
    pub(in crate::store) periods: BTreeMap<(Period, u32), Position>,
    /// Findings, and reports that went out.
    pub(in crate::store) findings: FindingRows,
    /// Dossiers.
    pub(in crate::store) dossiers: DossierRows,
    /// The survey.
    pub(in crate::store) surveys: SurveyRows,
    /// Documents whose verdict was put in doubt: those that older layers do not count.
    pub(in crate::store) doubted: u64,
    /// What the counters count: what this layer adds to older ones.
    pub(in crate::store) figures: FigureRows,
}

impl Tables {
    /// The rows of one kind of list.
    pub(in crate::store) fn list(&self, which: UnitList) -> &Lists {
        match which {
            UnitList::Inbox => &self.inbox,
            UnitList::Outbox => &self.outbox,
            UnitList::Notices => &self.notices,
        }
    }

    /// Applies one record. `before` is the state of its document until now. Returns what it counts.
    pub(in crate::store) fn apply(
        &mut self,
        record: &Recorded,
        before: Option<&DocumentState>,
    ) -> Vec<Increment> {
        let steps = count(record);
        for step in &steps {
            self.figures.add(step);
        }
        self.change(record, before);
        steps
    }

    fn change(&mut self, record: &Recorded, before: Option<&DocumentState>) {
        match &record.event {
            Event::ReceiptSigned(e) => {
                self.receipts.entry(e.of).or_insert(e.receipt);
            }
            Event::RulesChanged(e) => self.rules = Some(e.clone()),
            // The log itself is asked for it, not what is made of it.
            Event::Simulated(_) => {}
            Event::ClockConfirmed(e) => self.clock = Some(e.as_ref().clone()),
            Event::Counted(e) => self.one(&e.key, |one| one.take(&record.event)),
            Event::RegisterImported(_) | Event::RegisterUndone(_) | Event::NilReturned(_) => {
                self.handed_in(record);
            }
            Event::RegisterEntries(e) => self.entered(e),
            Event::Stamped(e) => {
                let stamp = LogStamp {
                    position: record.position,
                    at: record.at,
                    stamped: e.as_ref().clone(),
                };
                self.stamps.insert(e.of, stamp);
            }
            Event::PeriodClosed(e) => {
                let statement = LogStatement {
                    position: record.position,
                    at: record.at,
                    closed: e.as_ref().clone(),
                };
                let key = (e.period, e.number);
                self.periods.insert(key, record.position);
                self.statements.insert(record.position, statement);
            }
            Event::FindingOpened(_)
            | Event::FindingClosed(_)
            | Event::FindingReminded(_)
            | Event::ReportSent(_) => self.findings.apply(record),
            Event::Dossier(_) => self.dossiers.apply(record),
            Event::Survey(_) => self.surveys.apply(record),
            Event::Offered(_)
            | Event::Rejudged(_)
            | Event::Arrived(_)
            | Event::Answered(_)
            | Event::Doubted(_)
            | Event::Progressed(_)
            | Event::TakeBackAsked(_)
            | Event::TakenBack(_)
            | Event::TakeBackAnswered(_)
            | Event::Recalled(_)
            | Event::RecallAnswered(_)
            | Event::Superseded(_)
            | Event::Updated(_)
            | Event::Expired(_)
            | Event::Replayed(_)
            | Event::GivenUp(_)
            | Event::Erased(_)
            | Event::Attempted(_) => {
                if before.is_none() {
                    // What is erased may be a dossier's.
                    self.dossiers.apply(record);
                }
                if let Some(after) = fold(before.cloned(), record) {
                    self.moved(record, before, Arc::new(after));
                }
            }
        }
    }

    fn moved(
        &mut self,
        record: &Recorded,
        before: Option<&DocumentState>,
        after: Arc<DocumentState>,
    ) {
        let id = after.id();
        if moves_figures(&record.event) {
            self.one(&after.offered.key, |one| one.take(&record.event));
        }
        self.listed(before, &after);
        self.waits(before, &after);
        for unit in told(&after, &record.event) {
            let key = (unit.clone(), record.position);
            self.notices.insert(key, Some(id));
        }
        match &record.event {
            Event::Offered(e) => {
                self.outbox
                    .insert((e.sender.clone(), record.position), Some(id));
                // A refusal too: it binds nothing, but says whether the next one is the same.
                self.requests.insert(e.request, Some(id));
                self.rests(&after, &e.rests_on);
            }
            Event::Rejudged(e) => {
                // A key whose outcome was a refusal does not bind (`counting.md`, §3).
                if e.judged.disposition == Disposition::Refuse {
                    self.requests.insert(after.offered.request, None);
                }
                self.rests(&after, &e.rests_on);
            }
            Event::Doubted(_) => {
                if after.doubts.len() == 1 {
                    self.doubted = self.doubted.saturating_add(1);
                }
            }
            Event::Arrived(_)
            | Event::Answered(_)
            | Event::ReceiptSigned(_)
            | Event::RulesChanged(_)
            | Event::Simulated(_)
            | Event::Stamped(_)
            | Event::ClockConfirmed(_)
            | Event::PeriodClosed(_)
            | Event::Counted(_)
            | Event::RegisterImported(_)
            | Event::RegisterEntries(_)
            | Event::RegisterUndone(_)
            | Event::NilReturned(_)
            | Event::FindingOpened(_)
            | Event::FindingClosed(_)
            | Event::FindingReminded(_)
            | Event::ReportSent(_)
            | Event::Dossier(_)
            | Event::Survey(_)
            | Event::Progressed(_)
            | Event::TakeBackAsked(_)
            | Event::TakenBack(_)
            | Event::TakeBackAnswered(_)
            | Event::Recalled(_)
            | Event::RecallAnswered(_)
            | Event::Superseded(_)
            | Event::Updated(_)
            | Event::Expired(_)
            | Event::Replayed(_)
            | Event::GivenUp(_)
            | Event::Erased(_)
            | Event::Attempted(_) => {}
        }
        let was = before.is_some_and(DocumentState::is_called_off);
        let offered = &after.offered;
        // A key that is the content says only that it is there already. Once it is with nobody any more, the same
        // content is a new send; who names its requests, though, is promised the same answer for ever.
        if after.is_called_off() && !was && offered.request == offered.content {
            self.requests.insert(offered.request, None);
        }
        self.documents.insert(id, after);
    }

    /// The rows of the inboxes are those that the deliveries name.
    fn listed(&mut self, before: Option<&DocumentState>, after: &DocumentState) {
        for (index, delivery) in after.deliveries.iter().enumerate() {
            let old = before.and_then(|state| state.deliveries.get(index));
            let old = old.and_then(|delivery| delivery.listed);
            if old == delivery.listed {
                continue;
            }
            if let Some(at) = old {
                self.inbox.insert((delivery.recipient.clone(), at), None);
            }
            if let Some(at) = delivery.listed {
                let key = (delivery.recipient.clone(), at);
                self.inbox.insert(key, Some(after.id()));
            }
        }
    }

    /// The desks on which it lies.
    fn waits(&mut self, before: Option<&DocumentState>, after: &DocumentState) {
        let Some(offer) = after.timeline.first() else {
            return;
        };
        for desk in Desk::ALL {
            let now = after.is_on(*desk);
            if before.is_some_and(|state| state.is_on(*desk)) != now {
                let row = now.then(|| after.id());
                self.desks.insert((*desk, offer.position), row);
            }
        }
    }

    /// Rows of a desk after a place.
    pub(in crate::store) fn desk_after(
        &self,
        desk: Desk,
        after: Position,
    ) -> impl Iterator<Item = (Position, Option<DocumentId>)> + '_ {
        let range = (desk, after.next())..=(desk, Position::END);
        self.desks.range(range).map(|((_, at), id)| (*at, *id))
    }

    fn rests(&mut self, state: &DocumentState, certificates: &[Digest]) {
        let Some(arrived) = state.arrived() else {
            return;
        };
        let document = state.id();
        for certificate in certificates {
            let row = Resting { arrived, document };
            self.resting.insert((*certificate, row));
            // A held document may come after one that arrived later.
            let last = self.certificates.entry(*certificate).or_insert(arrived);
            *last = arrived.max(*last);
        }
    }

    /// Certificates after `after`, in the order of their digests.
    pub(in crate::store) fn certificates_after(
        &self,
        after: Option<Digest>,
    ) -> impl Iterator<Item = (Digest, Timestamp)> + '_ {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.certificates.range((from, Bound::Unbounded));
        rows.map(|(certificate, last)| (*certificate, *last))
    }

    /// Documents that rest on a certificate, from `from` on.
    pub(in crate::store) fn resting_from(
        &self,
        certificate: Digest,
        from: Resting,
    ) -> impl Iterator<Item = Resting> + '_ {
        let rows = self.resting.range((certificate, from)..);
        rows.take_while(move |(of, _)| *of == certificate)
            .map(|(_, row)| *row)
    }

    /// Takes over newer rows.
    pub(in crate::store) fn absorb(&mut self, newer: Self) {
        merge(&mut self.documents, newer.documents);
        merge(&mut self.inbox, newer.inbox);
        merge(&mut self.outbox, newer.outbox);
        merge(&mut self.desks, newer.desks);
        merge(&mut self.requests, newer.requests);
        merge(&mut self.ones, newer.ones);
        merge(&mut self.imports, newer.imports);
        merge(&mut self.receipts, newer.receipts);
        merge(&mut self.notices, newer.notices);
        merge(&mut self.stamps, newer.stamps);
        merge(&mut self.statements, newer.statements);
        merge(&mut self.periods, newer.periods);
        self.findings.absorb(newer.findings);
        self.dossiers.absorb(newer.dossiers);
        self.surveys.absorb(newer.surveys);
        self.doubted = self.doubted.saturating_add(newer.doubted);
        self.figures.absorb(newer.figures);
        self.resting.extend(newer.resting);
        for (certificate, last) in newer.certificates {
            let known = self.certificates.entry(certificate).or_insert(last);
            *known = last.max(*known);
        }
        self.rules = newer.rules.or_else(|| self.rules.take());
        self.clock = newer.clock.or_else(|| self.clock.take());
    }
}

impl Tables {
    /// A statement of a period: of that number, or the last.
    pub(in crate::store) fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Option<&LogStatement> {
        let (from, to) = number.map_or((0, u32::MAX), |n| (n, n));
        let mut rows = self.periods.range((period, from)..=(period, to));
        let (_, at) = rows.next_back()?;
        self.statements.get(at)
    }
}

/// Puts newer rows over older ones. Row by row: `BTreeMap::append` would build the whole map anew
/// for a handful of rows.
pub(in crate::store) fn merge<K: Ord, V>(older: &mut BTreeMap<K, V>, newer: BTreeMap<K, V>) {
    if older.is_empty() {
        *older = newer;
    } else {
        older.extend(newer);
    }
}

/// A page of `unit`'s rows after `after`.
pub(in crate::store) fn rows_after<'a>(
    list: &'a Lists,
    unit: &UnitCode,
    after: Position,
) -> impl Iterator<Item = (Position, Option<DocumentId>)> + use<'a> {
    let from = (unit.clone(), after.next());
    let to = (unit.clone(), Position(u64::MAX));
    list.range(from..=to).map(|((_, at), id)| (*at, *id))
}

/// Cuts a list that goes on at least one row beyond `limit`, if there is one, into a page.
pub(in crate::store) fn page(
    rows: impl Iterator<Item = Result<(Position, DocumentId), ReadError>>,
    limit: usize,
) -> Result<Page, ReadError> {
    let mut items = Vec::new();
    let mut more = false;
    for row in rows {
        if items.len() >= limit {
            more = true;
            break;
        }
        items.push(row?);
    }
    let next = items.last().filter(|_| more).map(|(at, _)| *at);
    Ok(Page { items, next })
}
