//! Statements of periods as they are shown.

use crate::client::figures;
use crate::client::periods::{ChangeView, StatementContentView, StatementView};
use crate::client::wire::RatesView;
use crate::model::UnitCode;
use crate::registry::Registry;
use crate::seal::statement::{Statement, changes};
use crate::store::{Ledger, LogStatement, ReadError};

/// A statement on record.
#[must_use]
pub fn statement_view(record: &LogStatement) -> StatementView {
    let closed = &record.closed;
    let (first, last) = closed.period.days().into_inner();
    StatementView {
        period: closed.period.to_string(),
        first_day: first.to_string(),
        last_day: last.to_string(),
        number: closed.number,
        counted: closed.position.0,
        chain: closed.chain.to_hex(),
        statement_sha256: closed.statement.to_hex(),
        sealed_sha256: closed.sealed.to_hex(),
        corrects: closed.corrects.map(|digest| digest.to_hex()),
        previous: closed.previous.map(|digest| digest.to_hex()),
        position: record.position.0,
        at: record.at.to_string(),
    }
}

/// A statement with what it says; the last one of its period also with what came since.
///
/// # Errors
/// See [`ReadError`].
pub fn statement_content(
    ledger: &dyn Ledger,
    record: &LogStatement,
    statement: &Statement,
) -> Result<StatementContentView, ReadError> {
    let period = statement.period;
    let last = ledger.statement(period, None)?;
    let since = if last.is_some_and(|last| last.position == record.position) {
        let now = ledger.rates(period, None)?;
        let changes = changes(&statement.units, &now);
        Some(changes.iter().map(ChangeView::of).collect())
    } else {
        None
    };
    Ok(StatementContentView {
        record: statement_view(record),
        statement: serde_json::from_slice(&statement.to_json()).unwrap_or_default(),
        since,
    })
}

/// The rates of a closed period, as its statement has them.
#[must_use]
pub fn stated_rates(
    record: &LogStatement,
    statement: &Statement,
    unit: Option<&UnitCode>,
    sums: bool,
    registry: &Registry,
) -> RatesView {
    figures::stated(statement_view(record), statement, unit, sums, registry)
}
