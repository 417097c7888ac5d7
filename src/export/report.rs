//! What a report says: figures, leagues, trend and slips, each worked out by `rates`.

use super::league::{League, Line, besides, leagues, lines};
use super::shortcomings::shortcomings;
use super::trend::{Month, months, trend};
use crate::client::figures::{rate_view, sums};
use crate::client::findings::FindingView;
use crate::client::history::History;
use crate::client::report::{ContactView, LeagueView, MonthView, ReportView, SlipView, SlipsView};
use crate::client::wire::RatesView;
use crate::model::simulated::is_simulated;
use crate::model::{LocalDay, Period, Timestamp, UnitCode};
use crate::rates::Definition;
use crate::rates::compare::year_before;
use crate::rates::slips::{Looked, Slip, slips, traffic};
use crate::rates::target::Target;
use crate::registry::{Registry, Role};
use std::collections::BTreeMap;

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

/// A report. What it says of single units is in [`Self::lines`] and [`Self::leagues`], and laid out row by row: there may
/// be a hundred thousand of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Its period.
    pub period: Period,
    /// What it says, but for single units.
    pub view: ReportView,
    /// The targets of the trend's rates for everybody, where there is one.
    pub targets: BTreeMap<&'static str, i64>,
    /// The units, in the order of their codes.
    pub lines: Vec<Line>,
    /// The units by rate and level.
    pub leagues: Vec<League>,
}

impl Report {
    /// The figures with those of every unit.
    #[must_use]
    pub fn figures(&self) -> RatesView {
        RatesView {
            units: self.lines.iter().map(Line::view).collect(),
            ..self.view.figures.clone()
        }
    }

    /// The leagues with every place.
    #[must_use]
    pub fn league_views(&self) -> Vec<LeagueView> {
        let leagues = self.leagues.iter();
        leagues.map(|league| league.view(&self.lines)).collect()
    }

    /// All of it, as it travels.
    #[must_use]
    pub fn whole(&self) -> ReportView {
        ReportView {
            figures: self.figures(),
            leagues: self.league_views(),
            ..self.view.clone()
        }
    }
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
    let lines = lines(asked);
    let besides = besides(asked, &lines);
    let leagues: Vec<League> = ranked
        .flat_map(|rate| leagues(asked, rate, &lines, &besides))
        .collect();
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
                ..sums(asked.period, totals, asked.registry, asked.unit)
            },
            shortcomings: shortcomings(&leagues, &lines, &period),
            leagues: Vec::new(),
            trend: months_view(&trend),
            slips: slips_view(asked),
        },
        lines,
        leagues,
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
    let rest = months
        .iter()
        .filter_map(|(month, _)| asked.history.rest.get(month));
    let beside = rest.fold(0_i64, |all, counts| all.saturating_add(traffic(counts)));
    let found = slips(&Looked {
        registry: asked.registry,
        months: &months,
        waiting: &asked.history.waiting,
        ends: &ends,
        joined: &joined,
        beside,
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
