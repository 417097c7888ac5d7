//! The units of a report, and their places by one rate, each level by itself. They are kept as figures and become what is
//! printed one after the other: a report of everybody has a hundred thousand units and five times as many places.

use super::report::Asked;
use crate::client::figures::{named_view, rate_view};
use crate::client::report::{LeagueView, PlaceView};
use crate::client::wire::UnitRatesView;
use crate::model::{LocalDay, Period, UnitCode};
use crate::rates::compare::{Change, Compared, Rank, change, compare, ranks, year_before};
use crate::rates::report::{Cover, Rate, UnitRates};
use crate::rates::target::{Target, standing, target};
use crate::rates::tree::days_between;
use crate::rates::{Counts, Definition};
use crate::registry::{Level, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A unit of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Its figures.
    pub rates: UnitRates,
    /// Its name; empty of a unit that the registry does not know.
    pub name: String,
    /// Its level.
    pub level: Option<Level>,
}

impl Line {
    /// As it travels.
    #[must_use]
    pub fn view(&self) -> UnitRatesView {
        named_view(&self.rates, self.name.clone(), self.level)
    }
}

/// Units of one level by one rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct League {
    /// The rate.
    pub rate: &'static Definition,
    /// The level; `None`: of no known level.
    pub level: Option<Level>,
    /// The units, best first, then those without a place.
    pub places: Vec<Place>,
}

impl League {
    /// As it travels.
    #[must_use]
    pub fn view(&self, lines: &[Line]) -> LeagueView {
        LeagueView {
            rate: self.rate.name.to_owned(),
            level: self.level.map(|level| level.name().to_owned()),
            places: self.views(lines).collect(),
        }
    }
}

impl League {
    /// Its places as they travel.
    pub fn views<'a>(&'a self, lines: &'a [Line]) -> impl Iterator<Item = PlaceView> + 'a {
        let places = self.places.iter();
        places.map(|place| place.view(self.rate, lines))
    }
}

/// The place of a unit by one rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which of the report's lines it is.
    line: u32,
    /// From 1; `None`: there is no rate, or it is of too few.
    pub place: Option<u32>,
    aim: Option<Arc<Target>>,
    before: Earlier,
    year_before: Option<Earlier>,
    /// The units that became this one in between; mostly none.
    predecessors: BTreeSet<UnitCode>,
}

/// A rate in an earlier period.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Earlier {
    change: Change,
    rate: Option<Rate>,
}

impl Place {
    fn line<'a>(&self, lines: &'a [Line]) -> Option<&'a Line> {
        lines.get(usize::try_from(self.line).ok()?)
    }

    /// Whether its target is met; `None`: it has none, or no rate.
    #[must_use]
    pub fn met(&self, rate: &Definition, lines: &[Line]) -> Option<bool> {
        let aim = self.aim.as_deref()?;
        let own = self.line(lines)?.rates.rate(rate);
        standing(aim, &own).map(|stands| stands.met)
    }

    /// As it travels.
    #[must_use]
    pub fn view(&self, rate: &Definition, lines: &[Line]) -> PlaceView {
        let line = self.line(lines);
        let own = line.map_or_else(|| Rate::of(0, 0), |line| line.rates.rate(rate));
        let aim = self.aim.as_deref();
        let stands = aim.and_then(|aim| standing(aim, &own));
        let points = |earlier: &Earlier| match earlier.change {
            Change::Points(points) => Some(points),
            Change::NotComparable | Change::None => None,
        };
        let rate_of = |earlier: &Earlier| earlier.rate.as_ref().map(rate_view);
        let year = self.year_before.as_ref();
        let mut both = std::iter::once(&self.before).chain(year);
        let predecessors = self.predecessors.iter();
        PlaceView {
            unit: line
                .map(|line| line.rates.unit.to_string())
                .unwrap_or_default(),
            name: line.map(|line| line.name.clone()).unwrap_or_default(),
            rate: rate_view(&own),
            place: self.place,
            target_per_mille: aim.map(|aim| aim.per_mille),
            distance: stands.map(|stands| stands.distance),
            met: stands.map(|stands| stands.met),
            basis: aim.map(|aim| aim.basis.clone()),
            before: points(&self.before),
            year_before: year.and_then(points),
            rate_before: rate_of(&self.before),
            rate_year_before: year.and_then(rate_of),
            predecessors: predecessors.map(ToString::to_string).collect(),
            not_comparable: both.any(|one| one.change == Change::NotComparable),
        }
    }
}

/// The units of a report.
pub(super) fn lines(asked: &Asked<'_>) -> Vec<Line> {
    let registry = asked.registry;
    let days = asked.period.days().into_inner();
    let mut known = registry.units().peekable();
    let units = asked.history.of(asked.period).iter();
    let inside = units.filter(|(unit, _)| {
        let above = asked.unit;
        above.is_none_or(|above| registry.is_within(unit, above))
    });
    inside
        .map(|(unit, counts)| {
            while known.next_if(|known| known.code < *unit).is_some() {}
            let known = known.next_if(|known| known.code == *unit);
            Line {
                name: known.map(|unit| unit.name.clone()).unwrap_or_default(),
                level: known.and_then(|unit| unit.details.level),
                rates: UnitRates::new(
                    unit.clone(),
                    counts.clone(),
                    days_between(registry, unit, days),
                ),
            }
        })
        .collect()
}

/// What the rates of a unit are held beside.
pub(super) struct Beside<'a> {
    known: Option<&'a Unit>,
    before: Side<'a>,
    year_before: Option<Side<'a>>,
}

/// A unit in an earlier period.
enum Side<'a> {
    /// The same unit then.
    Same(&'a Counts, Cover),
    /// It changed in between.
    Changed(Period),
}

static NONE: Counts = Counts::new();

/// What the rates of each line are held beside.
pub(super) fn besides<'a>(asked: &Asked<'a>, lines: &[Line]) -> Vec<Beside<'a>> {
    let registry = asked.registry;
    let mut known = registry.units().peekable();
    let before = sides(asked, asked.period.previous(), lines);
    let year = year_before(asked.period).map(|period| sides(asked, period, lines));
    let mut year = year.map(Vec::into_iter);
    let both = lines.iter().zip(before);
    both.map(|(line, before)| {
        let unit = &line.rates.unit;
        while known.next_if(|known| known.code < *unit).is_some() {}
        Beside {
            known: known.next_if(|known| known.code == *unit),
            before,
            year_before: year.as_mut().and_then(Iterator::next),
        }
    })
    .collect()
}

fn sides<'a>(asked: &Asked<'a>, earlier: Period, lines: &[Line]) -> Vec<Side<'a>> {
    let registry = asked.registry;
    let days = earlier.days().into_inner();
    let last = *asked.period.days().end();
    let mut totals = asked.history.of(earlier).iter().peekable();
    let units = lines.iter().map(|line| &line.rates.unit);
    units
        .map(|unit| {
            while totals.next_if(|(code, _)| *code < unit).is_some() {}
            let counts = totals.next_if(|(code, _)| *code == unit);
            if is_changed(asked, unit, (days.0, last)) {
                return Side::Changed(earlier);
            }
            let counts = counts.map_or(&NONE, |(_, counts)| counts);
            Side::Same(counts, clamped(counts, days_between(registry, unit, days)))
        })
        .collect()
}

fn is_changed(asked: &Asked<'_>, unit: &UnitCode, (from, until): (LocalDay, LocalDay)) -> bool {
    let mut changes = asked.registry.lineage().changes_of(unit);
    changes.any(|change| from < change.on && change.on <= until)
}

/// A register of days on which the unit was not covers none.
fn clamped(counts: &Counts, days: u32) -> Cover {
    let own = Cover::of(counts, days);
    Cover {
        covered: own.covered.min(own.of),
        ..own
    }
}

/// The units by one rate, each level by itself. Units with nothing to count are left out.
pub(super) fn leagues(
    asked: &Asked<'_>,
    rate: &'static Definition,
    lines: &[Line],
    besides: &[Beside<'_>],
) -> Vec<League> {
    let mut aims = BTreeMap::new();
    let mut levels: BTreeMap<Option<Level>, Vec<Place>> = BTreeMap::new();
    for ((line, at), beside) in lines.iter().zip(0_u32..).zip(besides) {
        let own = line.rates.rate(rate);
        if own.numerator == 0 && own.denominator.so_far() == 0 {
            continue;
        }
        let against = |side: &Side<'_>| against(asked, rate, line, side);
        let before = against(&beside.before);
        let year = beside.year_before.as_ref().map(against);
        let both = std::iter::once(&before).chain(&year);
        let predecessors: BTreeSet<UnitCode> =
            both.flat_map(|one| one.predecessors.clone()).collect();
        let earlier = |compared: Compared| Earlier {
            change: compared.change,
            rate: compared.before,
        };
        let place = Place {
            line: at,
            place: None,
            aim: aim(asked, rate, beside.known, &mut aims),
            before: earlier(before),
            year_before: year.map(earlier),
            predecessors,
        };
        levels.entry(line.level).or_default().push(place);
    }
    let league = |(level, mut places): (Option<Level>, Vec<Place>)| {
        let own = places.iter().filter_map(|place| place.line(lines));
        let own: Vec<Rate> = own.map(|line| line.rates.rate(rate)).collect();
        let rated = places.iter().map(|place| place.line).zip(&own);
        let ranks: Vec<Option<Rank>> = ranks(rate, &rated.collect::<Vec<_>>());
        for (place, rank) in places.iter_mut().zip(ranks) {
            place.place = rank.map(|rank| rank.place);
        }
        // Lines are in the order of the codes.
        places.sort_by_key(|place| (place.place.unwrap_or(u32::MAX), place.line));
        League {
            rate,
            level,
            places,
        }
    };
    levels.into_iter().map(league).collect()
}

fn against(asked: &Asked<'_>, rate: &'static Definition, line: &Line, side: &Side<'_>) -> Compared {
    let (registry, history) = (asked.registry, asked.history);
    match side {
        Side::Changed(earlier) => {
            let (before, after) = (history.of(*earlier), history.of(asked.period));
            let (before, after) = ((*earlier, before), (asked.period, after));
            compare(registry, &line.rates.unit, rate, before, after)
        }
        Side::Same(counts, cover) => {
            let before = Rate::of_counts(rate, counts, *cover);
            let own = clamped(&line.rates.counts, line.rates.cover.of);
            let after = Rate::of_counts(rate, &line.rates.counts, own);
            Compared {
                change: change(&before, &after),
                before: Some(before),
                predecessors: BTreeSet::new(),
            }
        }
    }
}

/// The target of a unit; each is held once, by its place among all.
fn aim(
    asked: &Asked<'_>,
    rate: &Definition,
    known: Option<&Unit>,
    aims: &mut BTreeMap<usize, Arc<Target>>,
) -> Option<Arc<Target>> {
    let last = *asked.period.days().end();
    let found = target(asked.targets, rate, known?, last)?;
    let at = asked
        .targets
        .iter()
        .position(|one| std::ptr::eq(one, found))?;
    let held = aims.entry(at).or_insert_with(|| Arc::new(found.clone()));
    Some(Arc::clone(held))
}
