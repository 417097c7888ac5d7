//! The columns that are read, by the names that people give them, or as somebody says.

use crate::model::indication::words;
use crate::model::unmarked;

words! {
    /// A column that is read.
    Column {
        /// The number, or number and notation in one.
        Number = 1 "number",
        /// The notation.
        Notation = 2 "notation",
        /// The day of promulgation.
        Day = 3 "date",
        /// How it was sent.
        Channel = 4 "channel",
    }
}

/// Names as they are told apart: first those of NĐ 30/2020 Phụ lục IV, then of office systems, then English.
const NAMES: [(&str, Column); 46] = [
    ("sokyhieuvanban", Column::Number),
    ("sokyhieu", Column::Number),
    ("sovakyhieu", Column::Number),
    ("sovakyhieuvanban", Column::Number),
    ("sokyhieuvb", Column::Number),
    ("sohieu", Column::Number),
    ("sohieuvanban", Column::Number),
    ("sovanban", Column::Number),
    ("sovb", Column::Number),
    ("sodi", Column::Number),
    ("sovanbandi", Column::Number),
    ("so", Column::Number),
    ("number", Column::Number),
    ("numberandnotation", Column::Number),
    ("numbernotation", Column::Number),
    ("documentnumber", Column::Number),
    ("codenumber", Column::Number),
    ("reference", Column::Number),
    ("kyhieu", Column::Notation),
    ("kyhieuvanban", Column::Notation),
    ("notation", Column::Notation),
    ("codenotation", Column::Notation),
    ("ngaythangvanban", Column::Day),
    ("ngaythangnamvanban", Column::Day),
    ("ngaythangnam", Column::Day),
    ("ngaythang", Column::Day),
    ("ngayvanban", Column::Day),
    ("ngayvb", Column::Day),
    ("ngaybanhanh", Column::Day),
    ("ngaythangbanhanh", Column::Day),
    ("ngaythangnambanhanh", Column::Day),
    ("ngayky", Column::Day),
    ("ngay", Column::Day),
    ("date", Column::Day),
    ("dateofdocument", Column::Day),
    ("documentdate", Column::Day),
    ("promulgationdate", Column::Day),
    ("promulgated", Column::Day),
    ("hinhthucgui", Column::Channel),
    ("hinhthucphathanh", Column::Channel),
    ("phuongthucgui", Column::Channel),
    ("cachgui", Column::Channel),
    ("kenhgui", Column::Channel),
    ("channel", Column::Channel),
    ("sentby", Column::Channel),
    ("sentas", Column::Channel),
];

impl Column {
    pub(super) fn named(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// By its letter, from 0.
    At(usize),
    /// By its name in the head.
    Named(String),
}

/// Columns as somebody says them: `number=A,notation=B,date=C`, or `number=Số đi,date=Ngày ký`; the names of columns in
/// Vietnamese too. `row=5` says in which line the documents begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns {
    pub(super) places: Vec<(Column, Place)>,
    pub(super) row: Option<u64>,
}

/// Why what was said are no columns.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ColumnsError {
    /// Something that is no column.
    #[error("{0:?} is no column")]
    Unknown(String),
    /// A column twice.
    #[error("{0} is there twice")]
    Repeated(Column),
    /// A column that has to be there.
    #[error("{0} is missing")]
    Missing(Column),
    /// A line that is none.
    #[error("row={0:?} is no line")]
    Row(String),
}

impl Columns {
    /// Reads them.
    ///
    /// # Errors
    /// [`ColumnsError`].
    pub fn parse(text: &str) -> Result<Self, ColumnsError> {
        let mut pieces: Vec<(String, String)> = Vec::new();
        for piece in text.split(',') {
            match (piece.split_once('='), pieces.last_mut()) {
                (Some((key, value)), _) => pieces.push((unmarked(key), value.trim().to_owned())),
                // The name of a column may have a comma in it.
                (None, Some((_, value))) => value.push_str(piece),
                (None, None) => return Err(ColumnsError::Unknown(piece.to_owned())),
            }
        }
        let mut columns = Self {
            places: Vec::new(),
            row: None,
        };
        for (key, value) in pieces {
            columns.add(&key, &value)?;
        }
        for needed in [Column::Number, Column::Day] {
            if columns.place(needed).is_none() {
                return Err(ColumnsError::Missing(needed));
            }
        }
        Ok(columns)
    }

    fn add(&mut self, key: &str, value: &str) -> Result<(), ColumnsError> {
        if matches!(key, "row" | "dong") {
            let row = value.parse().ok().filter(|row| *row > 0);
            self.row = Some(row.ok_or_else(|| ColumnsError::Row(value.to_owned()))?);
            return Ok(());
        }
        let Some(column) = Column::named(key).filter(|_| !value.is_empty()) else {
            return Err(ColumnsError::Unknown(format!("{key}={value}")));
        };
        if self.place(column).is_some() {
            return Err(ColumnsError::Repeated(column));
        }
        let place = match letters(value) {
            Some(place) => Place::At(place),
            None => Place::Named(unmarked(value)),
        };
        self.places.push((column, place));
        Ok(())
    }

    pub(super) fn named(&self, name: &str) -> Option<Column> {
        let is = |place: &Place| matches!(place, Place::Named(known) if known == name);
        let found = self.places.iter().find(|(_, place)| is(place));
        found.map(|(column, _)| *column)
    }

    fn place(&self, column: Column) -> Option<&Place> {
        let found = self.places.iter().find(|(known, _)| *known == column);
        found.map(|(_, place)| place)
    }
}

/// `A` is 0, `Z` 25, `AA` 26; up to `XFD`.
pub(super) fn letters(text: &str) -> Option<usize> {
    if text.is_empty() || text.len() > 3 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let place = text.bytes().fold(0usize, |sum, letter| {
        let value = usize::from(letter.saturating_sub(b'A')).saturating_add(1);
        sum.saturating_mul(26).saturating_add(value)
    });
    place.checked_sub(1).filter(|place| *place < 16_384)
}
