//! Totals per measure, in little room: a year's report holds those of all units of several periods.

use super::Measure;
use std::fmt;
use std::ops::Index;

/// Totals per measure. A measure that never moved is absent, which is not the same as zero.
///
/// Plain measures have their places, so that finding one is counting bits; of refusals, which are few, there is a list.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Which places are there, the first in the lowest bit.
    there: u64,
    /// The figures of those, in the order of the places.
    figures: Vec<i64>,
    /// Refusals, in the order of their reasons.
    refused: Vec<(Measure, i64)>,
}

impl Counts {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            there: 0,
            figures: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// None, with room for what a unit moves on a day.
    pub(crate) fn with_room() -> Self {
        Self {
            figures: Vec::with_capacity(14),
            ..Self::default()
        }
    }

    /// Put together: which places are there, their figures in this order, and refusals in theirs. Places that no measure
    /// has, or another number of figures, make none.
    pub(crate) fn of_parts(there: u64, figures: Vec<i64>, refused: Vec<(Measure, i64)>) -> Self {
        let fits = there.wrapping_shr(Measure::PLACES) == 0
            && usize::try_from(there.count_ones()).ok() == Some(figures.len());
        if !fits {
            return Self::default();
        }
        Self {
            there,
            figures,
            refused,
        }
    }

    /// Which places are there.
    pub(crate) fn there(&self) -> u64 {
        self.there
    }

    /// The figures of the places that are there.
    pub(crate) fn figures(&self) -> &[i64] {
        &self.figures
    }

    /// The refusals.
    pub(crate) fn refused(&self) -> &[(Measure, i64)] {
        &self.refused
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.there == 0 && self.refused.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.figures.len().saturating_add(self.refused.len())
    }

    /// The figure of a measure; `None`: it never moved.
    #[must_use]
    #[inline]
    pub fn get(&self, measure: &Measure) -> Option<&i64> {
        match measure.place() {
            Some(place) => {
                let bit = 1_u64.wrapping_shl(place);
                if self.there & bit == 0 {
                    return None;
                }
                self.figures.get(before(self.there, bit))
            }
            None => {
                let found = self.refused.binary_search_by_key(measure, |(m, _)| *m).ok();
                found.and_then(|at| self.refused.get(at)).map(|(_, n)| n)
            }
        }
    }

    /// Whether a measure moved.
    #[must_use]
    pub fn contains_key(&self, measure: &Measure) -> bool {
        self.get(measure).is_some()
    }

    /// The place of a figure, to be changed or filled.
    pub fn entry(&mut self, measure: Measure) -> Entry<'_> {
        Entry {
            counts: self,
            measure,
        }
    }

    /// Adds to a figure, which then is there.
    #[inline]
    pub fn add(&mut self, measure: Measure, by: i64) {
        let figure = self.entry(measure).or_insert(0);
        *figure = figure.saturating_add(by);
    }

    /// Adds all figures of others.
    pub fn add_all(&mut self, others: &Self) {
        if self.is_empty() {
            self.clone_from(others);
            return;
        }
        if self.there == others.there {
            for (own, other) in self.figures.iter_mut().zip(&others.figures) {
                *own = own.saturating_add(*other);
            }
        } else {
            for (measure, by) in others.iter().take(others.figures.len()) {
                self.add(*measure, *by);
            }
        }
        for (measure, by) in &others.refused {
            self.add(*measure, *by);
        }
    }

    /// Puts a figure there; the one that was.
    pub fn insert(&mut self, measure: Measure, figure: i64) -> Option<i64> {
        let known = self.get(&measure).copied();
        *self.entry(measure).or_insert(figure) = figure;
        known
    }

    /// Takes a figure away; the one that was.
    pub fn remove(&mut self, measure: &Measure) -> Option<i64> {
        let known = self.get(measure).copied();
        self.retain(|other, _| other != measure);
        known
    }

    /// Leaves only those figures.
    pub fn retain(&mut self, mut keep: impl FnMut(&Measure, &mut i64) -> bool) {
        let all = std::mem::take(self).into_iter();
        *self = all
            .filter_map(|(measure, mut figure)| {
                keep(&measure, &mut figure).then_some((measure, figure))
            })
            .collect();
    }

    /// Every figure, in the order of the measures.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            left: self.there,
            figures: self.figures.iter(),
            refused: self.refused.iter(),
        }
    }

    /// The measures, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &Measure> {
        self.iter().map(|(measure, _)| measure)
    }

    /// The figures, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        let refused = self.refused.iter_mut().map(|(_, figure)| figure);
        self.figures.iter_mut().chain(refused)
    }

    /// The figures, in the order of the measures.
    pub fn values(&self) -> impl Iterator<Item = &i64> {
        self.iter().map(|(_, figure)| figure)
    }
}

/// How many places are there before that of a bit.
#[inline]
fn before(there: u64, bit: u64) -> usize {
    let lower = there & bit.wrapping_sub(1);
    usize::try_from(lower.count_ones()).unwrap_or(usize::MAX)
}

/// The place of one figure.
#[derive(Debug)]
pub struct Entry<'a> {
    counts: &'a mut Counts,
    measure: Measure,
}

impl<'a> Entry<'a> {
    /// The figure; one that is not there is put there.
    #[inline]
    pub fn or_insert(self, figure: i64) -> &'a mut i64 {
        let Counts {
            there,
            figures,
            refused,
        } = self.counts;
        let Some(place) = self.measure.place() else {
            let at = refused.binary_search_by_key(&self.measure, |(m, _)| *m);
            let at = at.unwrap_or_else(|at| {
                refused.insert(at, (self.measure, figure));
                at
            });
            return slot(refused.get_mut(at).map(|(_, n)| n));
        };
        let bit = 1_u64.wrapping_shl(place);
        let at = before(*there, bit);
        if *there & bit == 0 {
            *there |= bit;
            figures.insert(at, figure);
        }
        slot(figures.get_mut(at))
    }
}

/// What was just found or put there.
#[allow(
    clippy::unreachable,
    reason = "the bits say how many figures there are; every change keeps both"
)]
#[inline]
fn slot(found: Option<&mut i64>) -> &mut i64 {
    match found {
        Some(found) => found,
        None => unreachable!("a figure that its bit says is there"),
    }
}

/// Every figure of [`Counts`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    left: u64,
    figures: std::slice::Iter<'a, i64>,
    refused: std::slice::Iter<'a, (Measure, i64)>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Measure, &'a i64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left != 0 {
            let place = self.left.trailing_zeros();
            self.left &= self.left.wrapping_sub(1);
            return Measure::at_place(place).zip(self.figures.next());
        }
        self.refused
            .next()
            .map(|(measure, figure)| (measure, figure))
    }
}

impl<'a> IntoIterator for &'a Counts {
    type Item = (&'a Measure, &'a i64);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Counts {
    type Item = (Measure, i64);
    type IntoIter = std::vec::IntoIter<(Measure, i64)>;

    fn into_iter(self) -> Self::IntoIter {
        let all: Vec<(Measure, i64)> = self.iter().map(|(m, n)| (*m, *n)).collect();
        all.into_iter()
    }
}

impl FromIterator<(Measure, i64)> for Counts {
    fn from_iter<I: IntoIterator<Item = (Measure, i64)>>(all: I) -> Self {
        let mut out = Self::default();
        for (measure, figure) in all {
            out.insert(measure, figure);
        }
        out
    }
}

impl<const N: usize> From<[(Measure, i64); N]> for Counts {
    fn from(all: [(Measure, i64); N]) -> Self {
        all.into_iter().collect()
    }
}

impl Index<&Measure> for Counts {
    type Output = i64;

    /// The figure of a measure, or zero.
    fn index(&self, measure: &Measure) -> &i64 {
        self.get(measure).unwrap_or(&0)
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReasonCode;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn measures() -> Vec<Measure> {
        Measure::names().into_values().collect()
    }

    fn map(counts: &Counts) -> BTreeMap<Measure, i64> {
        counts.iter().map(|(m, n)| (*m, *n)).collect()
    }

    #[test]
    fn every_measure_has_its_own_place() {
        let mut counts = Counts::new();
        for (measure, n) in measures().into_iter().zip(1..) {
            assert_eq!(counts.insert(measure, n), None);
            assert_eq!(counts[&measure], n);
        }
        let all: BTreeMap<Measure, i64> = measures().into_iter().zip(1..).collect();
        assert_eq!(map(&counts), all);
        assert_eq!(counts.len(), all.len());
        assert!(counts.iter().map(|(m, _)| *m).is_sorted());
    }

    #[test]
    fn absent_is_not_zero() {
        let zero = Counts::from([(Measure::Held, 0)]);
        assert_ne!(zero, Counts::new());
        assert_eq!(zero.get(&Measure::Held), Some(&0));
        assert_eq!(Counts::new().get(&Measure::Held), None);
        assert_eq!(format!("{zero:?}"), "{Held: 0}");
    }

    proptest! {
        /// Whatever is done to it, it is what a map would be.
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0_usize..60, 0_u8..4, -3_i64..4), 0..60)) {
            let all = measures();
            let refused = Measure::Refused(ReasonCode::SecrecyNotAllowed);
            let (mut counts, mut model) = (Counts::new(), BTreeMap::new());
            for (place, what, n) in steps {
                let measure = all.get(place).copied().unwrap_or(refused);
                match what {
                    0 => {
                        prop_assert_eq!(counts.insert(measure, n), model.insert(measure, n));
                    }
                    1 => {
                        counts.retain(|_, figure| *figure != n);
                        model.retain(|_, figure| *figure != n);
                    }
                    2 => {
                        counts.add(measure, n);
                        let figure: &mut i64 = model.entry(measure).or_insert(0);
                        *figure = figure.saturating_add(n);
                    }
                    _ => {
                        let others = Counts::from([(measure, n), (Measure::Offered, 1)]);
                        counts.add_all(&others);
                        for (measure, n) in others {
                            let figure: &mut i64 = model.entry(measure).or_insert(0);
                            *figure = figure.saturating_add(n);
                        }
                    }
                }
                prop_assert_eq!(map(&counts), model.clone());
                prop_assert_eq!(counts.get(&measure), model.get(&measure));
                prop_assert_eq!(counts.is_empty(), model.is_empty());
                prop_assert_eq!(counts.len(), model.len());
                let same = model.iter().map(|(m, n)| (*m, *n)).collect::<Counts>();
                prop_assert_eq!(&same, &counts);
                let parts = (counts.figures().to_vec(), counts.refused().to_vec());
                prop_assert_eq!(Counts::of_parts(counts.there(), parts.0, parts.1), same);
            }
        }
    }
}
