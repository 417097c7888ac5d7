//! Figures as they are stored: which measures there are, one bit for each place, then the figures, a byte or two each;
//! refusals, which are few, with their numbers behind them.

use crate::rates::{Counts, Measure};
use crate::store::codec::CodecError;
use crate::store::codec::bytes::{Reader, Writer};

/// The places of plain measures: their bits, and one that says whether there are refusals, fit into a number.
const PLACES: usize = 63;

/// Appends some figures.
pub(super) fn write(out: &mut Vec<u8>, counts: &Counts) {
    let refused = counts.refused();
    let flag = u64::from(!refused.is_empty());
    unsigned(out, counts.there().wrapping_shl(1) | flag);
    let mut w = Writer(out);
    for figure in counts.figures() {
        w.figure(*figure);
    }
    if flag == 1 {
        w.many(refused.len());
        for (measure, figure) in refused {
            w.u16(measure.number());
            w.figure(*figure);
        }
    }
}

/// Seven bits a byte, lowest first.
fn unsigned(out: &mut Vec<u8>, mut rest: u64) {
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

fn read_unsigned(r: &mut Reader<'_>) -> Result<u64, CodecError> {
    let mut value = 0_u64;
    for shift in [0_u32, 7, 14, 21, 28, 35, 42, 49, 56, 63] {
        let byte = r.u8()?;
        value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(CodecError::Value("places", value))
}

/// What some figures are added up in, or thrown into.
pub(super) trait Take {
    /// A plain measure, by its place.
    fn plain(&mut self, place: u32, figure: i64);
    /// A refusal.
    fn refused(&mut self, measure: Measure, figure: i64);
}

/// Reads some figures.
pub(super) fn read(r: &mut Reader<'_>, to: &mut impl Take) -> Result<(), CodecError> {
    let head = read_unsigned(r)?;
    let mut there = head >> 1;
    while there != 0 {
        let place = there.trailing_zeros();
        there &= there.wrapping_sub(1);
        if Measure::at_place(place).is_none() {
            return Err(CodecError::Value("place", u64::from(place)));
        }
        to.plain(place, r.figure()?);
    }
    if head & 1 == 1 {
        for _ in 0..r.u32()? {
            let measure = r.word("measure", Measure::from_number)?;
            to.refused(measure, r.figure()?);
        }
    }
    Ok(())
}

/// Reads some figures, which are what was written.
pub(super) fn read_counts(r: &mut Reader<'_>) -> Result<Counts, CodecError> {
    struct Figures(Vec<i64>, Vec<(Measure, i64)>);
    impl Take for Figures {
        #[inline]
        fn plain(&mut self, _: u32, figure: i64) {
            self.0.push(figure);
        }
        fn refused(&mut self, measure: Measure, figure: i64) {
            self.1.push((measure, figure));
        }
    }
    let there = read_unsigned(&mut Reader(r.0))? >> 1;
    let many = usize::try_from(there.count_ones()).unwrap_or(0);
    let mut figures = Figures(Vec::with_capacity(many), Vec::new());
    read(r, &mut figures)?;
    Ok(Counts::of_parts(there, figures.0, figures.1))
}

/// Takes nothing: to see whether figures can be read, or to pass over them.
pub(super) struct Nothing;

impl Take for Nothing {
    fn plain(&mut self, _: u32, _: i64) {}
    fn refused(&mut self, _: Measure, _: i64) {}
}

/// Sums by measure; each has its place, so that a sum takes no look-up.
pub(super) struct Sums {
    plain: [i64; PLACES],
    there: u64,
    refused: Vec<(Measure, i64)>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            plain: [0; PLACES],
            there: 0,
            refused: Vec::new(),
        }
    }
}

impl Take for Sums {
    #[inline]
    fn plain(&mut self, place: u32, figure: i64) {
        let at = usize::try_from(place).ok();
        if let Some(sum) = at.and_then(|at| self.plain.get_mut(at)) {
            *sum = sum.saturating_add(figure);
            self.there |= 1_u64.wrapping_shl(place);
        }
    }

    fn refused(&mut self, measure: Measure, figure: i64) {
        match self.refused.binary_search_by_key(&measure, |(m, _)| *m) {
            Ok(at) => {
                if let Some((_, sum)) = self.refused.get_mut(at) {
                    *sum = sum.saturating_add(figure);
                }
            }
            Err(at) => self.refused.insert(at, (measure, figure)),
        }
    }
}

impl Sums {
    /// Adds some that were spread out.
    pub(super) fn add(&mut self, counts: &Counts) {
        let mut left = counts.there();
        for figure in counts.figures() {
            self.plain(left.trailing_zeros(), *figure);
            left &= left.wrapping_sub(1);
        }
        for (measure, figure) in counts.refused() {
            self.refused(*measure, *figure);
        }
    }

    /// What came together, which then begins anew; `None`: nothing did.
    pub(super) fn take(&mut self) -> Option<Counts> {
        if self.there == 0 && self.refused.is_empty() {
            return None;
        }
        let there = std::mem::take(&mut self.there);
        let many = usize::try_from(there.count_ones()).unwrap_or(0);
        let (mut left, mut figures) = (there, Vec::with_capacity(many));
        while left != 0 {
            let at = usize::try_from(left.trailing_zeros()).ok();
            left &= left.wrapping_sub(1);
            if let Some(sum) = at.and_then(|at| self.plain.get_mut(at)) {
                figures.push(std::mem::take(sum));
            }
        }
        let refused = std::mem::take(&mut self.refused);
        Some(Counts::of_parts(there, figures, refused))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_fit_into_a_number() {
        assert!(Measure::plain().count() < PLACES);
        assert!(Measure::at_place(63).is_none());
    }

    proptest! {
        #[test]
        fn what_is_read_was_written(all in prop::collection::vec((0_usize..200, any::<i64>()), 0..80)) {
            let measures: Vec<Measure> = Measure::names().into_values().collect();
            let known = all.iter().filter_map(|(at, n)| Some((*measures.get(*at)?, *n)));
            let counts: Counts = known.collect();
            let mut bytes = Vec::new();
            write(&mut bytes, &counts);
            let (mut r, mut sums) = (Reader(&bytes), Sums::default());
            read(&mut r, &mut sums).unwrap();
            prop_assert!(r.0.is_empty());
            prop_assert_eq!(sums.take().unwrap_or_default(), counts.clone());
            sums.add(&counts);
            prop_assert_eq!(sums.take().unwrap_or_default(), counts.clone());
            prop_assert_eq!(sums.take(), None);
            prop_assert_eq!(read_counts(&mut Reader(&bytes)).unwrap(), counts);
            for cut in 0..bytes.len() {
                prop_assert!(read(&mut Reader(&bytes[..cut]), &mut Nothing).is_err());
            }
        }
    }

    #[test]
    fn places_that_no_measure_has_are_damage() {
        let mut bytes = Vec::new();
        unsigned(&mut bytes, 1 << 60);
        bytes.push(0);
        assert!(read(&mut Reader(&bytes), &mut Nothing).is_err());
    }
}
