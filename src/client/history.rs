//! What a report is made of: the counts of several periods, and what waits for whom.

use super::findings::FindingView;
use super::periods::StatementView;
use crate::model::{LocalDay, Period, Timestamp, UnitCode};
use crate::rates::slips::Waiting;
use crate::rates::{Counts, Measure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most periods that are asked for at a time: two years of months, and what a report compares with.
pub const MAX_PERIODS: usize = 40;

/// The most units that are asked for by name: what a request holds. Who needs more asks for all.
pub const MAX_UNITS: usize = 20_000;

/// Request of `POST /admin/history`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryRequest {
    /// The periods, at most [`MAX_PERIODS`].
    pub periods: Vec<String>,
    /// Whether what waits is asked for.
    pub waiting: bool,
    /// The units whose counters are asked for, at most [`MAX_UNITS`]; of the others their sums. Absent: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<String>>,
}

/// Documents that wait for a unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WaitingView {
    /// How many.
    pub count: u64,
    /// The day since when the oldest does.
    pub since: String,
}

/// Answer to it: counters that are not zero, by period, unit and measure.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HistoryView {
    /// The counters.
    pub periods: BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>>,
    /// The sums of all other units, where units were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rest: BTreeMap<String, BTreeMap<String, i64>>,
    /// What waits, by unit.
    pub waiting: BTreeMap<String, WaitingView>,
    /// Of periods that are closed the statement whose counters these are.
    #[serde(default)]
    pub statements: BTreeMap<String, StatementView>,
    /// Now, by the gateway's clock.
    #[serde(default)]
    pub at: Option<String>,
    /// Findings that are not closed, by their due dates.
    #[serde(default)]
    pub findings: Vec<FindingView>,
}

/// The counts of several periods, and what waits for whom.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// The counters of each period.
    pub periods: BTreeMap<Period, BTreeMap<UnitCode, Counts>>,
    /// The sums of all units that are not in them.
    pub rest: BTreeMap<Period, Counts>,
    /// What waits for whom.
    pub waiting: BTreeMap<UnitCode, Waiting>,
    /// Of periods that are closed the statement whose counters these are.
    pub statements: BTreeMap<Period, StatementView>,
    /// Now, by the gateway's clock.
    pub at: Option<Timestamp>,
    /// Findings that are not closed, by their due dates.
    pub findings: Vec<FindingView>,
}

impl History {
    /// The counters of a period; none where it was not asked for.
    #[must_use]
    pub fn of(&self, period: Period) -> &BTreeMap<UnitCode, Counts> {
        static NONE: BTreeMap<UnitCode, Counts> = BTreeMap::new();
        self.periods.get(&period).unwrap_or(&NONE)
    }

    /// Takes in what was asked for besides.
    pub fn extend(&mut self, more: Self) {
        self.periods.extend(more.periods);
        self.rest.extend(more.rest);
        self.waiting.extend(more.waiting);
        self.statements.extend(more.statements);
        self.findings.extend(more.findings);
        self.at = self.at.or(more.at);
    }

    /// As it travels.
    #[must_use]
    pub fn view(&self) -> HistoryView {
        let counts = |counts: &Counts| {
            let some = counts.iter().filter(|(_, n)| **n != 0);
            some.map(|(m, n)| (m.name(), *n)).collect()
        };
        let units = |totals: &BTreeMap<UnitCode, Counts>| {
            let all = totals.iter();
            all.map(|(unit, all)| (unit.to_string(), counts(all)))
                .collect()
        };
        let periods = self.periods.iter();
        let waiting = self.waiting.iter().map(|(unit, waiting)| {
            let view = WaitingView {
                count: waiting.count,
                since: waiting.since.to_string(),
            };
            (unit.to_string(), view)
        });
        HistoryView {
            periods: periods
                .map(|(period, totals)| (period.to_string(), units(totals)))
                .collect(),
            rest: self
                .rest
                .iter()
                .map(|(period, sum)| (period.to_string(), counts(sum)))
                .collect(),
            waiting: waiting.collect(),
            statements: self
                .statements
                .iter()
                .map(|(period, of)| (period.to_string(), of.clone()))
                .collect(),
            at: self.at.map(|at| at.to_string()),
            findings: self.findings.clone(),
        }
    }

    /// Of what travelled. What this program does not know, a measure of a later one, is left out.
    #[must_use]
    pub fn read(view: &HistoryView) -> Self {
        let names = Measure::names();
        let counts = |counts: &BTreeMap<String, i64>| {
            let known = counts.iter();
            known
                .filter_map(|(name, n)| Some((*names.get(name)?, *n)))
                .collect::<Counts>()
        };
        let units = |units: &BTreeMap<String, BTreeMap<String, i64>>| {
            let all = units.iter();
            all.filter_map(|(unit, all)| Some((UnitCode::parse(unit)?, counts(all))))
                .collect()
        };
        let periods = view.periods.iter();
        let waiting = view.waiting.iter().filter_map(|(unit, waiting)| {
            let since = LocalDay::parse(&waiting.since)?;
            let count = waiting.count;
            Some((UnitCode::parse(unit)?, Waiting { count, since }))
        });
        Self {
            periods: periods
                .filter_map(|(period, all)| Some((Period::parse(period)?, units(all))))
                .collect(),
            rest: view
                .rest
                .iter()
                .filter_map(|(period, sum)| Some((Period::parse(period)?, counts(sum))))
                .collect(),
            waiting: waiting.collect(),
            statements: view
                .statements
                .iter()
                .filter_map(|(period, of)| Some((Period::parse(period)?, of.clone())))
                .collect(),
            at: view.at.as_deref().and_then(Timestamp::parse),
            findings: view.findings.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReasonCode;

    #[test]
    fn what_travels_is_what_was_there() {
        let unit = UnitCode::parse("H53.7").expect("code");
        let refused = Measure::Refused(ReasonCode::SecrecyNotAllowed);
        let counts = Counts::from([(Measure::Offered, 40), (refused, 2)]);
        let period = Period::parse("2026-11@15").expect("period");
        let since = LocalDay::parse("2026-11-02").expect("day");
        let history = History {
            rest: BTreeMap::from([(period, Counts::from([(Measure::Received, 7)]))]),
            periods: BTreeMap::from([(period, BTreeMap::from([(unit.clone(), counts)]))]),
            waiting: BTreeMap::from([(unit, Waiting { count: 3, since })]),
            statements: BTreeMap::new(),
            at: Timestamp::parse("2026-11-30T08:00:00+07:00"),
            findings: Vec::new(),
        };
        assert_eq!(History::read(&history.view()), history);
    }
}
