//! The statements of periods in redb: by the record that says so, and by period and number.

use super::index::Layer;
use super::index_rows::{PERIODS, STATEMENTS, View, failed, row};
use crate::model::{Period, Position};
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{CodecError, read_closed, write_closed};
use crate::store::{LogStatement, ReadError};
use redb::{ReadableTable, WriteTransaction};

pub(super) fn write_statements(
    change: &WriteTransaction,
    layer: &Layer,
) -> Result<(), redb::Error> {
    let mut statements = change.open_table(STATEMENTS)?;
    for (at, statement) in &layer.tables.statements {
        let mut row = Vec::new();
        let mut writer = Writer(&mut row);
        writer.position(statement.position);
        writer.time(statement.at);
        write_closed(&mut writer, &statement.closed);
        statements.insert(&at.0.to_be_bytes()[..], &row[..])?;
    }
    let mut periods = change.open_table(PERIODS)?;
    for ((period, number), at) in &layer.tables.periods {
        periods.insert(&key(*period, *number)[..], &at.0.to_be_bytes()[..])?;
    }
    Ok(())
}

/// Its name, zero (which no name holds), the number: one period's rows stand together, oldest first.
fn key(period: Period, number: u32) -> Vec<u8> {
    let mut key = period.to_string().into_bytes();
    key.push(0);
    key.extend_from_slice(&number.to_be_bytes());
    key
}

fn read(row: &[u8]) -> Result<LogStatement, CodecError> {
    let mut reader = Reader(row);
    let statement = LogStatement {
        position: reader.position()?,
        at: reader.time()?,
        closed: read_closed(&mut reader)?,
    };
    reader.end()?;
    Ok(statement)
}

impl View {
    /// Statements after a place, oldest first.
    pub(super) fn statements(
        &self,
        after: Position,
    ) -> Result<impl Iterator<Item = Result<LogStatement, ReadError>> + use<>, ReadError> {
        let from = after.next().0.to_be_bytes();
        let range = self.statements.range::<&[u8]>(&from[..]..);
        Ok(range.map_err(|e| failed(&e))?.map(|row| {
            let (_, value) = row.map_err(|e| failed(&e))?;
            read(value.value()).map_err(|e| failed(&e))
        }))
    }

    /// A statement of a period: of that number, or the last.
    pub(super) fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<Option<LogStatement>, ReadError> {
        let (from, to) = number.map_or((0, u32::MAX), |n| (n, n));
        let (from, to) = (key(period, from), key(period, to));
        let range = self.periods.range::<&[u8]>(from.as_slice()..=to.as_slice());
        let last = range.map_err(|e| failed(&e))?.next_back();
        let Some((_, at)) = last.transpose().map_err(|e| failed(&e))? else {
            return Ok(None);
        };
        row(&self.statements, at.value(), read)
    }

    pub(super) fn last_statement(&self) -> Result<Option<LogStatement>, ReadError> {
        let last = self.statements.last().map_err(|e| failed(&e))?;
        let read = last.map(|(_, row)| read(row.value()));
        read.transpose().map_err(|e| failed(&e))
    }
}
