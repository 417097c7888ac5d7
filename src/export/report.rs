//! What a report says: figures, leagues, trend and slips, each worked out by `rates`.

use super::shortcomings::shortcomings;
use super::trend::{Month, months, trend};
use crate::client::figures::{rate_view, rates_with_sums};
use crate::client::findings::FindingView;
use crate::client::history::History;
use crate::client::report::{
    ContactView, LeagueView, MonthView, PlaceView, ReportView, SlipView, SlipsView,
};
use crate::client::wire::RatesView;
use crate::model::simulated::is_simulated;
use crate::model::{LocalDay, Period, Timestamp, UnitCode};
use crate::rates::Definition;
use crate::rates::compare::{Change, Compared, Rank, compare, rank, year_before};
use crate::rates::report::{Cover, Rate};
use crate::rates::slips::{Looked, Slip, slips};
use crate::rates::target::{Target, standing, target};
use crate::rates::tree::days_of;
use crate::registry::{Level, Registry, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The rates that leagues and trend are of: exchange, signature, answer and issue, one of each.
const KEY: [&str; 4] = ["exchange", "signed", "own_answers_in_time", "issued_late"];
/// Rates that have a league, and no line in the trend.
const BESIDE: [&str; 1] = ["both_signed"];

/// What a report is asked for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The period.
    pub period: Period,
    /// A unit and all below it; `None`: all.
    pub unit: Option<&'a UnitCode>,
    /// The units.
    pub registry: &'a Registry,
    /// What rates are to reach.
    pub targets: &'a [Target],
    /// The counts of [`periods`], and what waits.
    pub history: &'a History,
    /// The gateway's name.
    pub gateway: &'a str,
    /// Now.
    pub at: Timestamp,
}

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Its period.
    pub period: Period,
    /// What it says.
    pub view: ReportView,
    /// The targets of the trend's rates for everybody, where there is one.
    pub targets: BTreeMap<&'static str, i64>,
}

/// The periods of which a report needs the counts.
#[must_use]
pub fn periods(period: Period) -> Vec<Period> {
    let compared = [Some(period), Some(period.previous()), year_before(period)];
    let mut all = months(period);
    for one in compared.into_iter().flatten() {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// Puts a report together.
#[must_use]
pub fn compose(asked: &Asked<'_>) -> Report {
    let key = KEY.iter().filter_map(|name| Definition::find(name));
    let key: Vec<&'static Definition> = key.collect();
    let totals = asked.history.of(asked.period);
    let trend = trend(
        asked.history,
        asked.registry,
        asked.unit,
        &key,
        &months(asked.period),
    );
    let beside = BESIDE.iter().filter_map(|name| Definition::find(name));
    let ranked = key.iter().copied().chain(beside);
    let leagues: Vec<LeagueView> = ranked.flat_map(|rate| leagues(asked, rate)).collect();
    let period = asked.period.to_string();
    let last = *asked.period.days().end();
    let general = key.iter().filter_map(|rate| {
        let all = asked.targets.iter().filter(|target| {
            target.rate.name == rate.name
                && target.from <= last
                && target.scope == crate::rates::target::Scope::All
        });
        let latest = all.max_by_key(|target| target.from)?;
        Some((rate.name, latest.per_mille))
    });
    Report {
        period: asked.period,
        targets: general.collect(),
        view: ReportView {
            findings: late(asked),
            made: asked.at.to_string(),
            gateway: asked.gateway.to_owned(),
            figures: RatesView {
                simulated: is_simulated(asked.gateway),
                statement: asked.history.statements.get(&asked.period).cloned(),
                ..rates_with_sums(asked.period, totals, asked.registry, asked.unit)
            },
            shortcomings: shortcomings(&leagues, &period),
            leagues,
            trend: months_view(&trend),
            slips: slips_view(asked),
        },
    }
}

/// The findings of the report's units that are overdue, the first to be due at the head.
fn late(asked: &Asked<'_>) -> Vec<FindingView> {
    let today = asked.at.local_day();
    let mut all = asked.history.findings.clone();
    all.retain(|finding| {
        let unit = UnitCode::parse(&finding.unit);
        let inside = asked.unit.is_none_or(|above| {
            let within = |unit: &UnitCode| asked.registry.is_within(unit, above);
            unit.as_ref().is_some_and(within)
        });
        inside && LocalDay::parse(&finding.due).is_some_and(|due| due < today)
    });
    for finding in &mut all {
        let due = LocalDay::parse(&finding.due).unwrap_or(today);
        let days = today.number().saturating_sub(due.number());
        finding.days_late = u32::try_from(days).unwrap_or(0);
        "overdue".clone_into(&mut finding.state);
        let unit = UnitCode::parse(&finding.unit);
        let known = unit.and_then(|unit| asked.registry.unit(&unit));
        finding.name = known.map(|unit| unit.name.clone()).unwrap_or_default();
    }
    all
}

fn months_view(trend: &[Month]) -> Vec<MonthView> {
    let month = |month: &Month| {
        let rates = month.rates.iter();
        let rates = rates.map(|(known, rate)| (known.name.to_owned(), rate_view(rate)));
        MonthView {
            period: month.period.to_string(),
            rates: rates.collect(),
            predecessors: month.predecessors.iter().map(ToString::to_string).collect(),
            not_comparable: month.not_comparable,
        }
    };
    trend.iter().map(month).collect()
}

/// The rate of every unit of the report in a period.
fn rates_of(asked: &Asked<'_>, rate: &Definition, period: Period) -> BTreeMap<UnitCode, Rate> {
    let inside = |unit: &UnitCode| {
        let above = asked.unit;
        above.is_none_or(|above| asked.registry.is_within(unit, above))
    };
    let units = asked.history.of(period).iter();
    units
        .filter(|(unit, _)| inside(unit))
        .map(|(unit, counts)| {
            let cover = Cover::of(counts, days_of(asked.registry, unit, period));
            (unit.clone(), Rate::of_counts(rate, counts, cover))
        })
        .collect()
}

/// The units by one rate, each level by itself. Units with nothing to count are left out.
fn leagues(asked: &Asked<'_>, rate: &'static Definition) -> Vec<LeagueView> {
    let mut levels: BTreeMap<Option<Level>, BTreeMap<UnitCode, Rate>> = BTreeMap::new();
    for (unit, own) in rates_of(asked, rate, asked.period) {
        if own.numerator == 0 && own.denominator.so_far() == 0 {
            continue;
        }
        let known = asked.registry.unit(&unit);
        let level = known.and_then(|unit| unit.details.level);
        levels.entry(level).or_default().insert(unit, own);
    }
    let beside = Beside { asked, rate };
    levels
        .iter()
        .map(|(level, rates)| {
            let ranks = rank(rate, rates);
            let mut places: Vec<PlaceView> = rates
                .iter()
                .map(|(unit, own)| beside.place(unit, own, ranks.get(unit)))
                .collect();
            places.sort_by_key(|place| (place.place.unwrap_or(u32::MAX), place.unit.clone()));
            LeagueView {
                rate: rate.name.to_owned(),
                level: level.map(|level| level.name().to_owned()),
                places,
            }
        })
        .collect()
}

/// What a unit's rate is held beside.
struct Beside<'a> {
    asked: &'a Asked<'a>,
    rate: &'static Definition,
}

impl Beside<'_> {
    fn place(&self, unit: &UnitCode, own: &Rate, rank: Option<&Rank>) -> PlaceView {
        let registry = self.asked.registry;
        let known = registry.unit(unit);
        let last = *self.asked.period.days().end();
        let aim = known.and_then(|known| target(self.asked.targets, self.rate, known, last));
        let stands = aim.and_then(|aim| standing(aim, own));
        let before = self.against(unit, self.asked.period.previous());
        let year = year_before(self.asked.period).map(|period| self.against(unit, period));
        let both = || std::iter::once(&before).chain(&year);
        let predecessors: BTreeSet<&UnitCode> = both().flat_map(|one| &one.predecessors).collect();
        let points = |compared: &Compared| match compared.change {
            Change::Points(points) => Some(points),
            Change::NotComparable | Change::None => None,
        };
        let rate_before = |compared: &Compared| compared.before.as_ref().map(rate_view);
        PlaceView {
            unit: unit.to_string(),
            name: known.map(|known| known.name.clone()).unwrap_or_default(),
            rate: rate_view(own),
            place: rank.map(|rank| rank.place),
            target_per_mille: aim.map(|aim| aim.per_mille),
            distance: stands.map(|stands| stands.distance),
            met: stands.map(|stands| stands.met),
            basis: aim.map(|aim| aim.basis.clone()),
            before: points(&before),
            year_before: year.as_ref().and_then(points),
            rate_before: rate_before(&before),
            rate_year_before: year.as_ref().and_then(rate_before),
            predecessors: predecessors.into_iter().map(ToString::to_string).collect(),
            not_comparable: both().any(|one| one.change == Change::NotComparable),
        }
    }

    fn against(&self, unit: &UnitCode, earlier: Period) -> Compared {
        let Asked {
            registry, history, ..
        } = self.asked;
        let later = self.asked.period;
        let (before, after) = (history.of(earlier), history.of(later));
        compare(registry, unit, self.rate, (earlier, before), (later, after))
    }
}

/// The slips of a report: by the complete months up to its last day.
#[must_use]
pub fn slips_view(asked: &Asked<'_>) -> SlipsView {
    let today = asked.at.local_day();
    let complete = months(asked.period);
    let complete = complete.into_iter().filter(|m| *m.days().end() < today);
    let months: Vec<_> = complete
        .map(|month| (month, asked.history.of(month)))
        .collect();
    let (ends, joined) = keys(asked);
    let found = slips(&Looked {
        registry: asked.registry,
        months: &months,
        waiting: &asked.history.waiting,
        ends: &ends,
        joined: &joined,
        today,
    });
    let inside = |slip: &&Slip| {
        let above = asked.unit;
        above.is_none_or(|above| asked.registry.is_within(&slip.unit, above))
    };
    let found = found.iter().filter(inside);
    let last = months.last().map(|(month, _)| month.to_string());
    SlipsView {
        period: last.unwrap_or_default(),
        slips: found.map(|slip| slip_view(asked.registry, slip)).collect(),
    }
}

type Days = BTreeMap<UnitCode, LocalDay>;

/// When the keys of units end that are in force, and since when a unit has had one to speak to the gateway.
fn keys(asked: &Asked<'_>) -> (Days, Days) {
    let (mut ends, mut joined) = (Days::new(), Days::new());
    for binding in asked.registry.bindings() {
        if binding.role == Role::Transport {
            let day = binding.from.local_day();
            let first = joined.entry(binding.unit.clone()).or_insert(day);
            *first = day.min(*first);
        }
    }
    // The last key of each role to end is what the unit is left with; the first role without one is a slip.
    for role in [Role::Agency, Role::Transport] {
        for (unit, end) in last_of(asked, role) {
            let first = ends.entry(unit).or_insert(end);
            *first = end.min(*first);
        }
    }
    (ends, joined)
}

fn last_of(asked: &Asked<'_>, role: Role) -> Days {
    let mut last: BTreeMap<UnitCode, Option<LocalDay>> = BTreeMap::new();
    let in_force = asked.registry.bindings();
    for binding in in_force.filter(|b| b.role == role && b.in_force(asked.at)) {
        let until = binding.until.map(Timestamp::local_day);
        let known = last.entry(binding.unit.clone()).or_insert(until);
        *known = known.zip(until).map(|(a, b)| a.max(b));
    }
    last.into_iter()
        .filter_map(|(unit, end)| Some((unit, end?)))
        .collect()
}

fn slip_view(registry: &Registry, slip: &Slip) -> SlipView {
    let unit = registry.unit(&slip.unit);
    let contact = unit.map(|unit| &unit.details.contact);
    SlipView {
        unit: slip.unit.to_string(),
        name: unit.map(|unit| unit.name.clone()).unwrap_or_default(),
        kind: slip.kind.name().to_owned(),
        since: slip.since.to_string(),
        now: slip.now,
        before: slip.before,
        measure: slip.measure.name(),
        weight_per_mille: slip.weight,
        contact: contact.map_or_else(ContactView::default, |contact| ContactView {
            name: contact.name.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
        }),
    }
}
