//! Numbers that are missing: within a year and a notation they run from 01 without a gap (NĐ 30/2020/NĐ-CP Điều 15).

use super::key::Folded;
use crate::model::{CodeNotation, CodeNumber};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Series that are listed: a unit has some dozens of notations.
pub const MAX_SERIES: usize = 1_000;
/// Ranges, numbers given twice, and numbers that are none, that are listed of all series together.
pub const MAX_LISTED: usize = 1_000;

/// From where a number is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// A document that came here electronically.
    Document,
    /// A row of the paper register.
    Register,
}

/// The numbers of one notation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Series {
    /// The notation as it is told apart.
    pub notation: String,
    /// Numbers that are known.
    pub known: u64,
    /// The highest of them.
    pub last: u64,
    /// Numbers from 1 to the highest that are not known.
    pub missing: u64,
    /// They, as ranges in their order.
    pub ranges: Vec<RangeInclusive<u64>>,
    /// Numbers that one source has more than once.
    pub repeated: Vec<u64>,
}

/// What is missing from the numbers of a unit and year.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Gaps {
    /// Every notation in order.
    pub series: Vec<Series>,
    /// Numbers that are not only digits, with their notation: `12a`, `01bis`.
    pub odd: Vec<Folded>,
    /// Series, ranges and numbers that are not listed.
    pub more: u64,
}

/// How often each source has a number.
type Times = BTreeMap<Source, u64>;

/// Numbers of one unit and year as they come in, in any order.
#[derive(Default, Debug)]
pub struct Numbers {
    series: BTreeMap<String, BTreeMap<u64, Times>>,
    odd: BTreeMap<Folded, Times>,
}

impl Numbers {
    /// Adds one.
    pub fn add(&mut self, number: &CodeNumber, notation: &CodeNotation, source: Source) {
        let folded = Folded::new(number, notation);
        let times = match folded.plain() {
            // 0 is before the first.
            Some(number) if number > 0 => {
                let series = self.series.entry(folded.notation).or_default();
                series.entry(number).or_default()
            }
            Some(_) | None => self.odd.entry(folded).or_default(),
        };
        let count = times.entry(source).or_default();
        *count = count.saturating_add(1);
    }

    /// What is missing.
    #[must_use]
    pub fn gaps(self) -> Gaps {
        let mut room = Room {
            left: MAX_LISTED,
            more: 0,
        };
        let mut gaps = Gaps::default();
        for (notation, numbers) in self.series {
            if gaps.series.len() >= MAX_SERIES {
                room.more = room.more.saturating_add(1);
                continue;
            }
            gaps.series.push(series(notation, &numbers, &mut room));
        }
        let odd = self.odd.into_keys().filter(|_| room.takes());
        gaps.odd = odd.collect();
        gaps.more = room.more;
        gaps
    }
}

/// What may still be listed.
struct Room {
    left: usize,
    more: u64,
}

impl Room {
    fn takes(&mut self) -> bool {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.more = self.more.saturating_add(1);
                false
            }
        }
    }
}

fn series(notation: String, numbers: &BTreeMap<u64, Times>, room: &mut Room) -> Series {
    let mut series = Series {
        notation,
        known: u64::try_from(numbers.len()).unwrap_or(u64::MAX),
        last: 0,
        missing: 0,
        ranges: Vec::new(),
        repeated: Vec::new(),
    };
    for (number, times) in numbers {
        let (from, to) = (series.last.saturating_add(1), number.saturating_sub(1));
        if from <= to {
            let length = to.saturating_sub(from).saturating_add(1);
            series.missing = series.missing.saturating_add(length);
            if room.takes() {
                series.ranges.push(from..=to);
            }
        }
        if times.values().any(|times| *times > 1) && room.takes() {
            series.repeated.push(*number);
        }
        series.last = *number;
    }
    series
}
