//! Where number, notation, day and channel stand, and where the documents begin.

use super::cell::Cell;
use super::columns::{Column, Columns, Place};
use super::{MAX_ABOVE, Record, RegisterError, Table};
use crate::model::unmarked;

/// What only a register of incoming documents has (NĐ 30/2020 Phụ lục IV, sổ đăng ký văn bản đến).
const INCOMING: [&str; 4] = ["ngayden", "soden", "datereceived", "incomingnumber"];

/// Where the columns are, and where the documents begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Head {
    places: Vec<(Column, usize)>,
    /// The line of the first row that may be a document.
    pub(super) first: u64,
}

impl Head {
    /// Finds the columns; where they are said by their letters, no head need be there.
    pub(super) fn find(table: &dyn Table, said: Option<&Columns>) -> Result<Self, RegisterError> {
        let mut seen = Seen::default();
        if let Some(head) = search(table, said, &mut seen)? {
            return Ok(head);
        }
        if let Some(head) = said.and_then(Self::by_letters) {
            return Ok(head);
        }
        if seen.unreadable {
            return Err(RegisterError::NotText);
        }
        let missing = needed(said)
            .into_iter()
            .filter(|c| !seen.columns.contains(c));
        Err(RegisterError::Head(missing.collect()))
    }

    /// Finds a line that names the columns.
    pub(super) fn in_a_line(
        table: &dyn Table,
        said: Option<&Columns>,
    ) -> Result<Option<Self>, RegisterError> {
        search(table, said, &mut Seen::default())
    }

    fn by_letters(said: &Columns) -> Option<Self> {
        let places = said.places.iter().map(|(column, place)| match place {
            Place::At(place) => Some((*column, *place)),
            Place::Named(_) => None,
        });
        Some(Self {
            places: places.collect::<Option<_>>()?,
            first: said.row.unwrap_or(1),
        })
    }

    /// Where a column is.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        let found = self.places.iter().find(|(known, _)| *known == column);
        found.map(|(_, place)| *place)
    }
}

/// What was seen of a head that is none.
#[derive(Default)]
struct Seen {
    /// The columns that the best line names.
    columns: Vec<Column>,
    /// Whether something was no text.
    unreadable: bool,
}

fn search(
    table: &dyn Table,
    said: Option<&Columns>,
    seen: &mut Seen,
) -> Result<Option<Head>, RegisterError> {
    let (mut found, mut lines) = (None::<Head>, 0u64);
    table.rows(&mut |record| {
        if let Some(head) = &mut found {
            if is_numbering(record) {
                head.first = record.line.saturating_add(1);
            }
            return Ok(false);
        }
        lines = lines.saturating_add(1);
        let places = in_record(record, said, seen)?;
        found = places.map(|places| Head {
            places,
            first: record.line.saturating_add(1),
        });
        Ok(found.is_some() || lines < MAX_ABOVE)
    })?;
    if let (Some(head), Some(row)) = (&mut found, said.and_then(|said| said.row)) {
        head.first = row;
    }
    Ok(found)
}

type Places = Vec<(Column, usize)>;

/// The columns, if the record is the line that names them.
fn in_record(
    record: &Record<'_>,
    said: Option<&Columns>,
    seen: &mut Seen,
) -> Result<Option<Places>, RegisterError> {
    let names: Vec<(usize, String, &str)> = record.cells.iter().filter_map(name).collect();
    let letters = said.and_then(Head::by_letters);
    let by_name = said.filter(|_| letters.is_none());
    let column = |name: &str| match by_name {
        Some(said) => said.named(name),
        None => Column::named(name),
    };
    let found = names
        .iter()
        .filter_map(|(place, name, text)| Some((column(name)?, *place, *text)));
    let found: Vec<(Column, usize, &str)> = found.collect();
    let unreadable = |(_, cell): &(usize, Cell<'_>)| *cell == Cell::Unreadable;
    seen.unreadable |= record.cells.iter().any(unreadable);
    if found.len() > seen.columns.len() {
        seen.columns = found.iter().map(|(column, ..)| *column).collect();
    }
    let is_there = |column: &Column| found.iter().any(|(known, ..)| known == column);
    if !needed(by_name).iter().all(is_there) {
        return Ok(None);
    }
    // Where letters say which, names need not.
    if let Some(head) = letters {
        return Ok(Some(head.places));
    }
    let incoming = |(_, name, _): &(usize, String, &str)| INCOMING.contains(&name.as_str());
    if said.is_none() && names.iter().any(incoming) {
        return Err(RegisterError::Incoming);
    }
    for (at, (column, _, text)) in found.iter().enumerate() {
        let mut before = found.iter().take(at);
        if let Some((.., other)) = before.find(|(known, ..)| known == column) {
            let (one, two) = ((*other).to_owned(), (*text).to_owned());
            return Err(RegisterError::HeadTwice(*column, one, two));
        }
    }
    let places = found.iter().map(|(column, place, _)| (*column, *place));
    Ok(Some(places.collect()))
}

/// The columns that a head has to name.
fn needed(by_name: Option<&Columns>) -> Vec<Column> {
    match by_name {
        Some(said) => said.places.iter().map(|(column, _)| *column).collect(),
        None => vec![Column::Number, Column::Day],
    }
}

/// What may be the name of a column. Behind a bracket a head says how it is to be filled in.
fn name<'r>((place, cell): &'r (usize, Cell<'_>)) -> Option<(usize, String, &'r str)> {
    match cell {
        Cell::Text(text) => {
            let name = text.split('(').next().unwrap_or_default();
            Some((*place, unmarked(name), text.as_ref()))
        }
        Cell::Number(..) | Cell::Formula | Cell::Failed(_) | Cell::Unreadable => None,
    }
}

/// `(1) | (2) | (3)`: the line below the head of a form.
fn is_numbering(record: &Record<'_>) -> bool {
    let mut numbers = record.cells.iter().enumerate().map(|(place, (_, cell))| {
        let text = cell.text();
        let text = text.trim_start_matches('(').trim_end_matches(')');
        text.parse().ok() == place.checked_add(1)
    });
    record.cells.len() >= 3 && numbers.all(|follows| follows)
}
