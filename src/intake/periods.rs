//! Closing periods: the figures of one are frozen in a statement that is signed before it is committed, in the same
//! change as the event that names it. So a period is closed with its statement, or not at all, whatever is interrupted.
//!
//! Nothing changes a statement. What comes later shows beside it, and enters by a correction: the next statement of the
//! period, which names the one before and every figure that differs.

use super::notes::MAX_REASON;
use super::{Intake, SealError};
use crate::model::event::PeriodClosed;
use crate::model::{Digest, DocumentId, Event, Period, Position, Timestamp, UnitCode};
use crate::relay::Desk;
use crate::seal::kept_statement;
use crate::seal::receipt::{ReceiptError, RecordRef};
use crate::seal::statement::{
    Correction, MAX_STATEMENT, RegistryRef, Statement, StatementRef, changes,
};
use crate::store::{Change, CommitError, LogStatement, PeriodTotals, ReadError, Vault, VaultError};
use arc_swap::ArcSwapOption;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tries to read counters and holds as of one moment, and to commit before another statement: each fails only when
/// something is decided or closed within the same few milliseconds.
const TRIES: usize = 10;
/// Held documents read at a time.
const PAGE: usize = 1000;

/// A statement on record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closed {
    /// The record.
    pub record: LogStatement,
    /// Whether the period had been closed before; nothing was written then.
    pub repeated: bool,
}

/// Why no statement was made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CloseError {
    /// The period, or an answer clock that began in it, still runs.
    #[error("period {period} runs until {until}, the last answers due in it included")]
    Running {
        /// The period.
        period: Period,
        /// It may be closed after that.
        until: Timestamp,
    },
    /// There is nothing to correct.
    #[error("period {0} is not closed")]
    Open(Period),
    /// No figure differs.
    #[error("no figure of period {0} differs from its statement")]
    Same(Period),
    /// No reason, or words that are too long.
    #[error("the reason is missing or too long")]
    Reason,
    /// Decisions or statements came in between again and again.
    #[error("too much happened meanwhile; try again")]
    Busy,
    /// It has more units and figures than a statement may have.
    #[error("the statement would be larger than {MAX_STATEMENT} bytes")]
    TooLarge,
    /// A statement on record cannot be read.
    #[error("the statement on record cannot be read: {0}")]
    Kept(String),
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// See [`VaultError`].
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// See [`SealError`].
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// A statement as it was signed, and what it says.
///
/// # Errors
/// [`CloseError::Kept`] or [`CloseError::Vault`] if its body is not what it was.
pub fn read_statement(
    vault: &dyn Vault,
    record: &LogStatement,
) -> Result<(Bytes, Statement), CloseError> {
    let content = vault.open(&record.closed.sealed)?;
    let content = content.ok_or_else(|| CloseError::Kept("its body is not there".into()))?;
    let der = Bytes::copy_from_slice(content.bytes());
    let statement = kept_statement(&der);
    let statement = statement.map_err(|e: ReceiptError| CloseError::Kept(e.to_string()))?;
    Ok((der, statement))
}

/// The statement asked for last, since the figures of a closed period are read from it every time.
#[derive(Debug, Default)]
pub(super) struct Stated(ArcSwapOption<(Digest, Arc<Statement>)>);

/// The figures as of one record.
struct Frozen {
    totals: PeriodTotals,
    undecided: BTreeMap<DocumentId, UnitCode>,
}

impl Intake {
    /// Closes a period. One that is closed already keeps its first statement, which is the answer again.
    ///
    /// # Errors
    /// See [`CloseError`].
    pub async fn close_period(&self, period: Period) -> Result<Closed, CloseError> {
        let _one = self.closing.lock().await;
        let first = || self.tools.ledger.statement(period, Some(1));
        for _ in 0..TRIES {
            if let Some(record) = first()? {
                let repeated = true;
                return Ok(Closed { record, repeated });
            }
            let until = period.settles(&self.rules().calendar);
            if self.tools.clock.now() <= until {
                return Err(CloseError::Running { period, until });
            }
            let frozen = self.freeze(period)?;
            match self.record_statement(period, frozen, None).await {
                Err(CloseError::Commit(CommitError::Stale)) => {}
                done => return done,
            }
        }
        Err(CloseError::Busy)
    }

    /// Makes the next statement of a closed period, with the figures as they are now.
    ///
    /// # Errors
    /// See [`CloseError`].
    pub async fn correct_period(&self, period: Period, reason: &str) -> Result<Closed, CloseError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > MAX_REASON {
            return Err(CloseError::Reason);
        }
        let _one = self.closing.lock().await;
        for _ in 0..TRIES {
            let last = self.tools.ledger.statement(period, None)?;
            let last = last.ok_or(CloseError::Open(period))?;
            let frozen = self.freeze(period)?;
            match self
                .record_statement(period, frozen, Some((&last, reason)))
                .await
            {
                Err(CloseError::Commit(CommitError::Stale)) => {}
                done => return done,
            }
        }
        Err(CloseError::Busy)
    }

    /// What a statement on record says.
    ///
    /// # Errors
    /// As of [`read_statement`].
    pub fn stated(&self, record: &LogStatement) -> Result<Arc<Statement>, CloseError> {
        let sealed = record.closed.sealed;
        let known = self.stated.0.load_full().filter(|known| known.0 == sealed);
        if let Some(known) = known {
            return Ok(Arc::clone(&known.1));
        }
        let (_, statement) = read_statement(&*self.tools.vault, record)?;
        let statement = Arc::new(statement);
        let kept = Arc::new((sealed, Arc::clone(&statement)));
        self.stated.0.store(Some(kept));
        Ok(statement)
    }

    /// Counters and what is undecided, as of one record: nothing was put on hold or decided while they were read.
    fn freeze(&self, period: Period) -> Result<Frozen, CloseError> {
        for _ in 0..TRIES {
            let before = self.undecided(period)?;
            let totals = self.tools.ledger.period_totals(period)?;
            let undecided = self.undecided(period)?;
            if before == undecided {
                return Ok(Frozen { totals, undecided });
            }
        }
        Err(CloseError::Busy)
    }

    fn undecided(&self, period: Period) -> Result<BTreeMap<DocumentId, UnitCode>, ReadError> {
        let ledger = &self.tools.ledger;
        let (mut found, mut after) = (BTreeMap::new(), Some(Position::START));
        while let Some(from) = after {
            let page = ledger.desk(Desk::Held, from, PAGE)?;
            for (_, id) in page.items {
                let Some(state) = ledger.document(id)? else {
                    continue;
                };
                let offer = &state.offered;
                if offer.first_offer && period.contains(offer.promulgated) {
                    found.insert(id, offer.sender.clone());
                }
            }
            after = page.next;
        }
        Ok(found)
    }

    /// Makes, signs and commits a statement.
    async fn record_statement(
        &self,
        period: Period,
        frozen: Frozen,
        corrects: Option<(&LogStatement, &str)>,
    ) -> Result<Closed, CloseError> {
        let tools = &self.tools;
        let previous = tools.ledger.last_statement()?;
        let statement = self.statement(period, frozen, previous.as_ref(), corrects)?;
        let json = statement.to_json();
        if json.len() > MAX_STATEMENT {
            return Err(CloseError::TooLarge);
        }
        let sealed = tools.sealer.seal_statement(&json, statement.at)?;
        let mut stage = tools.vault.stage(u64::MAX)?;
        stage.write(Bytes::from(sealed)).await?;
        let staged = stage.finish().await?;
        let body = tools.vault.keep(&staged).await?.lasting();
        let closed = PeriodClosed {
            period,
            number: statement.number,
            position: statement.counted.position,
            chain: statement.counted.chain,
            statement: Digest::of(&json),
            sealed: body.digest(),
            corrects: corrects.map(|(last, _)| last.closed.statement),
            previous: previous.map(|previous| previous.closed.statement),
            actor: None,
        };
        let change = Change {
            subject: None,
            bodies: vec![body],
            events: vec![Event::PeriodClosed(Box::new(closed.clone()))],
        };
        let done = tools.ledger.commit(change).await?;
        let record = done.records.first().ok_or(CommitError::Unknown)?;
        Ok(Closed {
            record: LogStatement {
                position: record.position,
                at: record.at,
                closed,
            },
            repeated: false,
        })
    }

    fn statement(
        &self,
        period: Period,
        frozen: Frozen,
        previous: Option<&LogStatement>,
        corrects: Option<(&LogStatement, &str)>,
    ) -> Result<Statement, CloseError> {
        let tools = &self.tools;
        let registry = Arc::clone(&self.rules().registry);
        let mut units = frozen.totals.totals;
        for counts in units.values_mut() {
            counts.retain(|_, figure| *figure != 0);
        }
        let mut count = 0u64;
        for unit in registry.units() {
            units.entry(unit.code.clone()).or_default();
            count = count.saturating_add(1);
        }
        let correction = match corrects {
            None => None,
            Some((last, reason)) => {
                let (_, before) = read_statement(&*tools.vault, last)?;
                let changes = changes(&before.units, &units);
                if changes.is_empty() {
                    return Err(CloseError::Same(period));
                }
                Some(Correction {
                    of: named(last),
                    reason: reason.to_owned(),
                    changes,
                })
            }
        };
        Ok(Statement {
            gateway: tools.gateway.clone(),
            period,
            number: corrects.map_or(1, |(last, _)| last.closed.number.saturating_add(1)),
            registry: RegistryRef {
                digest: registry.digest(),
                units: count,
            },
            units,
            undecided: frozen.undecided,
            counted: RecordRef {
                position: frozen.totals.position,
                chain: frozen.totals.chain,
            },
            previous: previous.map(named),
            correction,
            // The record has this time or a later one.
            at: tools.clock.now().max(tools.ledger.last_at()?),
        })
    }
}

fn named(record: &LogStatement) -> StatementRef {
    StatementRef {
        statement: record.closed.statement,
        counted: RecordRef {
            position: record.closed.position,
            chain: record.closed.chain,
        },
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "small figures of tests"
)]
mod tests;
