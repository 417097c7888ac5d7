//! A statement against the events: whether the chain from the first record to the one counted last is whole, whether
//! its head is the one stated, and whether the figures recounted from those events are the ones stated.
//!
//! It needs neither a gateway nor its store: records come one by one, in their order, as they were exported.

use super::statement::{Change, Statement, StatementRef, UnitFigures, changes};
use crate::model::event::{Event, PeriodClosed, Recorded};
use crate::model::simulated::is_simulated;
use crate::model::{Digest, Disposition, DocumentId, Position, ReasonCode, UnitCode};
use crate::rates::recount::Recount;
use std::collections::BTreeMap;

/// Figures told at most: one is enough to refuse, and a list of all helps nobody.
pub const MAX_TOLD: usize = 1000;

/// What the events do not bear out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuditError {
    /// Another record stands where one is due: some were left out, repeated or put in another order.
    #[error("record {found} stands where record {due} is due")]
    Order {
        /// The place that is next.
        due: Position,
        /// The place that the record says it has.
        found: Position,
    },
    /// A record does not name the one before it by its hash: one of the two was altered.
    #[error("record {0} does not follow from the record before it")]
    Chain(Position),
    /// The events end before the last record counted.
    #[error("the events end at record {last}, and the statement counts up to record {counted}")]
    Short {
        /// The last record.
        last: Position,
        /// The last one counted.
        counted: Position,
    },
    /// The chain's head there is another one than was stated.
    #[error("at record {0} the hash chain has another head than was stated")]
    Head(Position),
    /// An earlier statement is named that the events do not have so.
    #[error("the statement of record {0} is not the one that is named as the one before")]
    Previous(Position),
    /// Not the next statement of its period by the events.
    #[error("by the events, statement {found} of the period is due, and this is {stated}")]
    Number {
        /// Which one this says it is.
        stated: u32,
        /// Which one is due.
        found: u32,
    },
    /// Figures that come out otherwise; `before` is the stated one.
    #[error("{} figures come out otherwise", .0.len())]
    Figures(Vec<Change>),
    /// What a correction says that was before comes out otherwise; `before` is the stated one.
    #[error("{} figures of the corrected statement come out otherwise", .0.len())]
    Corrected(Vec<Change>),
    /// The events say that nothing took place and the statement does not, or the other way round.
    #[error("the events and the statement differ about whether all this is simulated")]
    Simulated,
    /// The documents without a decision are others.
    #[error("the documents held without a decision are others")]
    Undecided,
}

/// What was borne out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Audited {
    /// Records looked at, those behind the last one counted included.
    pub records: u64,
    /// Units with figures compared.
    pub units: usize,
    /// Earlier statements whose heads were compared.
    pub statements: usize,
    /// The record that says that this statement was made, if the events reach so far.
    pub closed: Option<Position>,
}

/// Looks at the events of a statement, one by one.
#[derive(Debug)]
pub struct Audit<'a> {
    of: &'a Statement,
    own: Digest,
    last: Position,
    head: Digest,
    recount: Recount,
    /// Figures of the period at the record up to which the corrected statement counts.
    corrected: Option<UnitFigures>,
    figures: Option<UnitFigures>,
    held: BTreeMap<DocumentId, UnitCode>,
    /// Heads at which statements to come may say they were counted.
    heads: BTreeMap<Position, Digest>,
    statements: Vec<PeriodClosed>,
    closed: Option<Position>,
}

impl<'a> Audit<'a> {
    /// Begins before the first record.
    #[must_use]
    pub fn new(of: &'a Statement) -> Self {
        Self {
            of,
            own: of.digest(),
            last: Position::START,
            head: Digest::ZERO,
            recount: Recount::default(),
            corrected: None,
            figures: None,
            held: BTreeMap::new(),
            heads: BTreeMap::new(),
            statements: Vec::new(),
            closed: None,
        }
    }

    /// Takes the next record, with the hash that it names as its predecessor's. The record's own hash is of its bytes.
    ///
    /// # Errors
    /// See [`AuditError`].
    pub fn take(&mut self, previous: &Digest, record: &Recorded) -> Result<(), AuditError> {
        let due = self.last.next();
        if record.position != due {
            let found = record.position;
            return Err(AuditError::Order { due, found });
        }
        if *previous != self.head {
            return Err(AuditError::Chain(record.position));
        }
        let simulated = matches!(record.event, Event::Simulated(_));
        let marked = is_simulated(&self.of.gateway) && due == FIRST;
        if simulated != marked {
            return Err(AuditError::Simulated);
        }
        (self.last, self.head) = (record.position, record.hash);
        if let Event::PeriodClosed(e) = &record.event {
            self.statement(record.position, e)?;
        }
        self.count(record)
    }

    fn count(&mut self, record: &Recorded) -> Result<(), AuditError> {
        let counted = self.of.counted;
        if record.position > counted.position {
            return Ok(());
        }
        self.recount.take(record);
        self.hold(record);
        let correction = self.of.correction.as_ref().map(|c| c.of);
        for named in self.of.previous.iter().chain(&correction) {
            self.same_head(named.counted.position, named.counted.chain)?;
        }
        if correction.is_some_and(|of| of.counted.position == self.last) {
            self.corrected = Some(self.recount.period_figures(self.of.period));
        }
        if self.last == counted.position {
            self.same_head(counted.position, counted.chain)?;
            self.figures = Some(self.recount.period_figures(self.of.period));
            // What is counted is counted: the rest is the chain's.
            self.recount = Recount::default();
        }
        // A statement counts up to a record shortly before its own.
        self.heads.insert(self.last, self.head);
        if self.heads.len() > NEAR {
            self.heads.pop_first();
        }
        Ok(())
    }

    fn same_head(&self, position: Position, chain: Digest) -> Result<(), AuditError> {
        if position == self.last && chain != self.head {
            return Err(AuditError::Head(position));
        }
        Ok(())
    }

    /// What waits without a decision.
    fn hold(&mut self, record: &Recorded) {
        if let Event::Offered(e) = &record.event {
            let counts = e.first_offer && e.judged.reason != ReasonCode::SecrecyNotAllowed;
            let held = counts && e.judged.disposition == Disposition::Hold;
            if held && self.of.period.contains(e.promulgated) {
                self.held.insert(e.document, e.sender.clone());
            }
        } else if let Event::Rejudged(e) = &record.event {
            self.held.remove(&e.document);
        }
    }

    /// Earlier statements are one chain, which ends in this one.
    fn statement(&mut self, at: Position, e: &PeriodClosed) -> Result<(), AuditError> {
        if self.closed.is_some() {
            return Ok(());
        }
        let known = self.heads.get(&e.position).copied();
        if known.is_some_and(|head| head != e.chain) {
            return Err(AuditError::Head(e.position));
        }
        let last = self.statements.last().map(|e| e.statement);
        if e.previous != last {
            return Err(AuditError::Previous(at));
        }
        if e.statement == self.own {
            self.closed = Some(at);
        } else {
            self.statements.push(e.clone());
        }
        Ok(())
    }

    /// Ends it: what was borne out, or the first thing that was not.
    ///
    /// # Errors
    /// See [`AuditError`].
    pub fn end(self) -> Result<Audited, AuditError> {
        let Some(figures) = &self.figures else {
            return Err(AuditError::Short {
                last: self.last,
                counted: self.of.counted.position,
            });
        };
        let statements = self.before()?;
        let mut found = changes(&self.of.units, figures);
        if !found.is_empty() {
            found.truncate(MAX_TOLD);
            return Err(AuditError::Figures(found));
        }
        if self.held != self.of.undecided {
            return Err(AuditError::Undecided);
        }
        self.correction(figures)?;
        Ok(Audited {
            records: self.last.0,
            units: figures.len(),
            statements,
            closed: self.closed,
        })
    }

    /// The statements made before this one: those up to the one that it names, and none behind it.
    fn before(&self) -> Result<usize, AuditError> {
        let Some(named) = &self.of.previous else {
            // The first of the log: those that come later name it.
            let other = self.statements.first().filter(|_| self.closed.is_some());
            return match other {
                Some(other) => Err(AuditError::Previous(other.position)),
                None => self.number(0),
            };
        };
        let at = self.statements.iter().position(|e| is(e, named));
        let at = at.ok_or(AuditError::Previous(named.counted.position))?;
        let behind = at.saturating_add(1);
        if self.closed.is_some() && behind != self.statements.len() {
            return Err(AuditError::Previous(named.counted.position));
        }
        self.number(behind)
    }

    fn number(&self, before: usize) -> Result<usize, AuditError> {
        let all = self.statements.iter().take(before);
        let own: Vec<_> = all.filter(|e| e.period == self.of.period).collect();
        let found = own.last().map_or(1, |e| e.number.saturating_add(1));
        let corrects = self.of.correction.as_ref().map(|c| &c.of);
        let same = match (own.last(), corrects) {
            (None, None) => true,
            (Some(e), Some(named)) => is(e, named),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if found == self.of.number && same {
            return Ok(before);
        }
        let stated = self.of.number;
        Err(AuditError::Number { stated, found })
    }

    fn correction(&self, figures: &UnitFigures) -> Result<(), AuditError> {
        let (Some(stated), Some(before)) = (&self.of.correction, &self.corrected) else {
            return Ok(());
        };
        let expected = changes(before, figures);
        if expected == stated.changes {
            return Ok(());
        }
        let key = |c: &Change| (c.unit.clone(), c.measure);
        let known: BTreeMap<_, _> = expected.iter().map(|c| (key(c), c.before)).collect();
        let told = stated.changes.iter().map(|change| Change {
            after: known.get(&key(change)).copied().unwrap_or(change.after),
            ..change.clone()
        });
        let mut told: Vec<Change> = told.filter(|c| c.before != c.after).collect();
        told.truncate(MAX_TOLD);
        Err(AuditError::Corrected(told))
    }
}

/// The record that says of a log that it is simulated, and no other.
const FIRST: Position = Position(1);

/// How far before its own record a statement may count, so that its head is compared: what is committed while one is
/// made and signed. Heads further back are compared where this statement names them.
const NEAR: usize = 100_000;

fn is(e: &PeriodClosed, named: &StatementRef) -> bool {
    e.statement == named.statement
        && e.position == named.counted.position
        && e.chain == named.counted.chain
}
