//! Recounting from the log: a second way to the same figures, sharing no increment code with
//! [`super::count()`]. It first rebuilds what became of every document, then counts documents and
//! deliveries by looking at them.

mod exchange;

use super::{Counts, Measure};
use crate::model::event::{Countable, Due, Event, Judged, Offered, Recorded, Way};
use crate::model::{
    Disposition, DocumentId, DocumentKey, LocalDay, Period, ReasonCode, Status, Timestamp, UnitCode,
};
use exchange::Registers;
use std::collections::{BTreeMap, BTreeSet};

/// Figures per unit and day.
pub type Figures = BTreeMap<(UnitCode, LocalDay), Counts>;

/// A difference between the counters and the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The unit.
    pub unit: UnitCode,
    /// The day.
    pub day: LocalDay,
    /// The measure.
    pub measure: Measure,
    /// What the counter says.
    pub counted: i64,
    /// What the log says.
    pub recounted: i64,
}

#[derive(Debug)]
struct Life {
    sender: UnitCode,
    promulgated: LocalDay,
    /// The offer and every later decision, with their days.
    decisions: Vec<(LocalDay, Judged)>,
    /// The last day on which it was sent in time, if that is on record.
    issue_due: Option<LocalDay>,
    arrivals: BTreeMap<UnitCode, (Timestamp, Option<Due>, Way)>,
    answers: BTreeMap<UnitCode, (Status, Timestamp)>,
    addressees: usize,
    /// How each delivery ended that did not stay, on which day; a recall is marked.
    withdrawn: BTreeMap<UnitCode, (End, LocalDay)>,
    /// The days on which a delivery expired.
    expiries: Vec<LocalDay>,
    /// The recipients, and whether they count.
    countable: Vec<(UnitCode, Countable)>,
    paper_follows: bool,
    /// On which day a recipient had completed the work.
    completed: BTreeMap<UnitCode, LocalDay>,
}

impl Life {
    fn new(e: &Offered, at: Timestamp) -> Self {
        let countable = e.countable.iter().copied();
        Self {
            sender: e.sender.clone(),
            promulgated: e.promulgated,
            decisions: vec![(at.local_day(), e.judged.clone())],
            issue_due: e.issue_due,
            arrivals: BTreeMap::new(),
            answers: BTreeMap::new(),
            addressees: e.recipients.len(),
            withdrawn: BTreeMap::new(),
            expiries: Vec::new(),
            countable: e.recipients.iter().cloned().zip(countable).collect(),
            paper_follows: e.paper_follows,
            completed: BTreeMap::new(),
        }
    }
}

/// How a delivery that does not stay was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Recalled,
    TakenBack,
    GivenUp,
}

/// Takes the records of the log in order, then gives the figures.
#[derive(Debug, Default)]
pub struct Recount {
    lives: BTreeMap<DocumentId, Life>,
    /// Every key's first document, in the order of the log.
    firsts: BTreeMap<DocumentKey, DocumentId>,
    /// Every offer of each key, in the order of the log.
    offers: BTreeMap<DocumentKey, Vec<DocumentId>>,
    registers: Registers,
    /// Which share of all documents is taken, out of how many; without: all.
    share: Option<(u32, u32)>,
}

impl Recount {
    /// Takes one of `of` shares of the documents, from 0. The figures of all shares add up to those of all documents,
    /// so that a recount of many needs the memory of few.
    #[must_use]
    pub fn share(number: u32, of: u32) -> Self {
        let share = Some((number, of.max(1)));
        let registers = Registers::share(share);
        Self {
            share,
            registers,
            ..Self::default()
        }
    }

    /// The figures of a period, without those that are zero.
    #[must_use]
    pub fn period_figures(&self, period: Period) -> BTreeMap<UnitCode, Counts> {
        let mut out: BTreeMap<UnitCode, Counts> = BTreeMap::new();
        for ((unit, day), counts) in self.figures() {
            if !period.contains(day) {
                continue;
            }
            let total = out.entry(unit).or_default();
            for (measure, figure) in counts {
                let sum = total.entry(measure).or_insert(0);
                *sum = sum.saturating_add(figure);
            }
        }
        for counts in out.values_mut() {
            counts.retain(|_, figure| *figure != 0);
        }
        out.retain(|_, counts| !counts.is_empty());
        out
    }

    /// Takes the next record.
    pub fn take(&mut self, record: &Recorded) {
        match &record.event {
            Event::Offered(e) if !in_share(self.share, &e.key) => {}
            Event::Offered(e) => self.offered(e, record),
            Event::Rejudged(e) => {
                if let Some(life) = self.lives.get_mut(&e.document) {
                    life.decisions
                        .push((record.at.local_day(), e.judged.clone()));
                }
            }
            Event::Arrived(e) => {
                if let Some(life) = self.lives.get_mut(&e.document) {
                    life.arrivals
                        .entry(e.recipient.clone())
                        .or_insert((record.at, e.due, e.way));
                }
            }
            Event::Answered(e) => {
                if let Some(life) = self.lives.get_mut(&e.document) {
                    let answer = (e.status, record.at);
                    life.answers.entry(e.recipient.clone()).or_insert(answer);
                }
            }
            Event::Recalled(e) => self.end(e.document, &e.recipient, End::Recalled, record),
            Event::TakenBack(e) => self.end(e.document, &e.recipient, End::TakenBack, record),
            Event::TakeBackAnswered(e) => {
                if e.status == Status::Agreed {
                    self.end(e.document, &e.recipient, End::TakenBack, record);
                }
            }
            Event::GivenUp(e) => self.end(e.document, &e.recipient, End::GivenUp, record),
            Event::Expired(e) => {
                if let Some(life) = self.lives.get_mut(&e.document) {
                    life.expiries.push(record.at.local_day());
                }
            }
            Event::Progressed(e) => {
                let done = e.status == Status::Completed;
                if let Some(life) = self.lives.get_mut(&e.document).filter(|_| done) {
                    let day = record.at.local_day();
                    life.completed.entry(e.recipient.clone()).or_insert(day);
                }
            }
            Event::RegisterImported(_)
            | Event::RegisterEntries(_)
            | Event::RegisterUndone(_)
            | Event::NilReturned(_) => self.registers.take(&record.event),
            // What the counters say of themselves is no evidence.
            Event::Counted(_)
            | Event::ReceiptSigned(_)
            | Event::RulesChanged(_)
            | Event::Simulated(_)
            | Event::Doubted(_)
            | Event::Stamped(_)
            | Event::ClockConfirmed(_)
            | Event::PeriodClosed(_)
            | Event::FindingOpened(_)
            | Event::FindingClosed(_)
            | Event::FindingReminded(_)
            | Event::ReportSent(_)
            | Event::Dossier(_)
            | Event::Survey(_)
            | Event::TakeBackAsked(_)
            | Event::RecallAnswered(_)
            | Event::Superseded(_)
            | Event::Updated(_)
            | Event::Replayed(_)
            | Event::Erased(_)
            | Event::Attempted(_) => {}
        }
    }

    fn offered(&mut self, e: &Offered, record: &Recorded) {
        // Secret material is in no figure, and keeps no place for what is offered under its number later.
        if e.judged.reason != ReasonCode::SecrecyNotAllowed {
            self.firsts.entry(e.key.clone()).or_insert(e.document);
            let offers = self.offers.entry(e.key.clone()).or_default();
            offers.push(e.document);
        }
        self.lives.insert(e.document, Life::new(e, record.at));
    }

    fn end(&mut self, document: DocumentId, recipient: &UnitCode, how: End, record: &Recorded) {
        if let Some(life) = self.lives.get_mut(&document) {
            let ends = &mut life.withdrawn;
            let day = record.at.local_day();
            ends.entry(recipient.clone()).or_insert((how, day));
        }
    }

    /// The figures of everything taken.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut sheet = Sheet::default();
        let firsts: BTreeSet<DocumentId> = self.firsts.values().copied().collect();
        for (id, life) in &self.lives {
            sheet.gateway(life);
            if firsts.contains(id) {
                sheet.document(life);
            }
            sheet.deliveries(life);
            sheet.ends(life);
        }
        self.exchange(&mut sheet);
        sheet.0
    }
}

/// Documents are shared out by their keys, all offers of one key together: FNV-1a over what the key is made of.
fn in_share(share: Option<(u32, u32)>, key: &DocumentKey) -> bool {
    let Some((number, of)) = share else {
        return true;
    };
    let texts = [
        key.unit.as_str(),
        key.number.as_str(),
        key.notation.as_str(),
    ];
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    let hash = bytes
        .chain(key.year.to_le_bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    hash.checked_rem(of) == Some(number)
}

#[derive(Default)]
struct Sheet(Figures);

impl Sheet {
    fn tally(&mut self, unit: &UnitCode, day: LocalDay, measure: Measure) {
        let counts = self.0.entry((unit.clone(), day)).or_default();
        let figure = counts.entry(measure).or_insert(0);
        *figure = figure.saturating_add(1);
    }

    fn gateway(&mut self, life: &Life) {
        for (i, (day, judged)) in life.decisions.iter().enumerate() {
            if i == 0 {
                self.tally(&life.sender, *day, Measure::Offers);
            }
            match judged.disposition {
                Disposition::Hold if i == 0 => self.tally(&life.sender, *day, Measure::Held),
                Disposition::Refuse => {
                    self.tally(&life.sender, *day, Measure::Refused(judged.reason));
                }
                Disposition::Hold | Disposition::Accept | Disposition::Record => {}
            }
        }
    }

    fn document(&mut self, life: &Life) {
        let Some((_, last)) = life.decisions.last() else {
            return;
        };
        let (unit, day) = (&life.sender, life.promulgated);
        let recalled = life
            .withdrawn
            .values()
            .any(|(how, _)| *how == End::Recalled);
        if recalled && life.withdrawn.len() == life.addressees {
            self.tally(unit, day, Measure::RecalledDocuments);
            return;
        }
        self.tally(unit, day, Measure::Offered);
        let first = life.decisions.first().map(|(day, _)| *day);
        if first
            .zip(life.issue_due)
            .is_some_and(|(first, due)| first > due)
        {
            self.tally(unit, day, Measure::IssuedLate);
        }
        if last.disposition == Disposition::Hold {
            self.tally(unit, day, Measure::Undecided);
            return;
        }
        if last.agency_signed {
            self.tally(unit, day, Measure::AgencySigned);
        }
        if last.agency_signed && last.person_signed {
            self.tally(unit, day, Measure::BothSigned);
        }
    }

    fn ends(&mut self, life: &Life) {
        for (how, day) in life.withdrawn.values() {
            match how {
                End::Recalled => self.tally(&life.sender, *day, Measure::Recalled),
                End::TakenBack => self.tally(&life.sender, *day, Measure::TakenBack),
                End::GivenUp => {}
            }
        }
        for day in &life.expiries {
            self.tally(&life.sender, *day, Measure::Expired);
        }
    }

    fn deliveries(&mut self, life: &Life) {
        for (recipient, (arrived, due, way)) in &life.arrivals {
            let day = arrived.local_day();
            self.tally(&life.sender, day, Measure::Delivered);
            self.tally(recipient, day, Measure::Received);
            if *way == Way::Pull {
                self.tally(recipient, day, Measure::Opened);
            }
            let until = due.and_then(|due| due.complete);
            if let Some(until) = until {
                self.tally(recipient, day, Measure::WithDue);
                if life
                    .completed
                    .get(recipient)
                    .is_some_and(|done| *done <= until)
                {
                    self.tally(recipient, day, Measure::CompletedInTime);
                }
            }
            let Some((status, answered)) = life.answers.get(recipient) else {
                continue;
            };
            match status {
                Status::Accepted => {
                    self.tally(&life.sender, day, Measure::Accepted);
                    self.tally(recipient, day, Measure::ReceivedAccepted);
                }
                Status::Refused => self.tally(&life.sender, day, Measure::RefusedByRecipient),
                Status::Arrived
                | Status::Assigned
                | Status::InProcess
                | Status::Completed
                | Status::TakeBack
                | Status::Agreed
                | Status::Declined => {}
            }
            let same_day = answered.local_day() == day;
            if due.map_or(same_day, |due| *answered <= due.answer) {
                self.tally(&life.sender, day, Measure::AnsweredInTime);
                self.tally(recipient, day, Measure::ReceivedAnsweredInTime);
            }
            if same_day {
                self.tally(&life.sender, day, Measure::AnsweredSameDay);
                self.tally(recipient, day, Measure::ReceivedAnsweredSameDay);
            }
        }
    }
}

/// Every difference between counters and log, zero and absent being the same.
#[must_use]
pub fn differences(counted: &Figures, recounted: &Figures) -> Vec<Difference> {
    let empty = Counts::new();
    let mut out = Vec::new();
    let keys: BTreeSet<_> = counted.keys().chain(recounted.keys()).collect();
    for key in keys {
        let left = counted.get(key).unwrap_or(&empty);
        let right = recounted.get(key).unwrap_or(&empty);
        let measures: BTreeSet<_> = left.keys().chain(right.keys()).collect();
        for measure in measures {
            let (a, b) = (left.get(measure).copied(), right.get(measure).copied());
            if a.unwrap_or(0) != b.unwrap_or(0) {
                out.push(Difference {
                    unit: key.0.clone(),
                    day: key.1,
                    measure: *measure,
                    counted: a.unwrap_or(0),
                    recounted: b.unwrap_or(0),
                });
            }
        }
    }
    out
}
