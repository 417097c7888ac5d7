//! A report as it travels: what stands in its sheets, for programs.

use super::figure_rows::FigureRowView;
use super::findings::FindingView;
use super::wire::{RateView, RatesView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who answers for a unit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ContactView {
    /// Person or office.
    pub name: String,
    /// Address of electronic mail.
    pub email: String,
    /// Telephone.
    pub phone: String,
}

/// What is going wrong with a unit.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SlipView {
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// `never_sent`, `not_opening`, `dropped`, `back_to_paper` or `certificate_ending`.
    pub kind: String,
    /// The day since when; of a certificate, its last one.
    pub since: String,
    /// The figure now: documents, tenths of a percent or days, by the kind.
    pub now: i64,
    /// What it is held against.
    pub before: i64,
    /// By which measure the documents are looked for.
    pub measure: String,
    /// The unit's share of all traffic, in tenths of a percent.
    pub weight_per_mille: i64,
    /// Who is to be asked.
    pub contact: ContactView,
}

/// Slips of a period.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SlipsView {
    /// The last complete month that was looked at.
    pub period: String,
    /// The slips, of the units with most traffic first.
    pub slips: Vec<SlipView>,
}

/// The place of a unit by one rate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PlaceView {
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The rate.
    pub rate: RateView,
    /// Its place, from 1; `null`: there is no rate, or it is of too few.
    pub place: Option<u32>,
    /// The target, in tenths of a percent.
    pub target_per_mille: Option<i64>,
    /// Rate less target, in tenths of a percentage point.
    pub distance: Option<i64>,
    /// Whether it is met.
    pub met: Option<bool>,
    /// The text that sets the target.
    pub basis: Option<String>,
    /// Change against the period before, in tenths of a percentage point.
    pub before: Option<i64>,
    /// Change against the same period of the year before.
    pub year_before: Option<i64>,
    /// The rate of the period before; `null`: not comparable.
    #[serde(default)]
    pub rate_before: Option<RateView>,
    /// That of the same period of the year before.
    #[serde(default)]
    pub rate_year_before: Option<RateView>,
    /// The units that became this one in between, whose figures are in what it is compared with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predecessors: Vec<String>,
    /// Whether one of the two is left out because the unit was another one then.
    pub not_comparable: bool,
}

/// Units of one level by one rate.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct LeagueView {
    /// The rate.
    pub rate: String,
    /// The level; `null`: of no known level.
    pub level: Option<String>,
    /// The units, best first, then those without a place.
    pub places: Vec<PlaceView>,
}

/// One month of a trend.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MonthView {
    /// The month.
    pub period: String,
    /// Rates by their names.
    pub rates: BTreeMap<String, RateView>,
    /// The units that became those of the report since, whose figures are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub predecessors: Vec<String>,
    /// Whether a change since then leaves nothing to compare: the rates are those of the units of the report alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_comparable: bool,
}

/// A rate of a unit that does not meet its target.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ShortcomingView {
    /// The unit's code.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// The rate.
    pub rate: String,
    /// What it is.
    pub value: RateView,
    /// The target, in tenths of a percent.
    pub target_per_mille: Option<i64>,
    /// Rate less target, in tenths of a percentage point.
    pub distance: Option<i64>,
    /// The text that sets the target.
    pub basis: Option<String>,
    /// Whether its documents are those that the rate lacks; else those that it counts and should not.
    pub missing: bool,
    /// How many those are.
    pub count: i64,
    /// The first of them.
    pub documents: Vec<FigureRowView>,
    /// The command that names all.
    pub command: String,
}

/// A report.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ReportView {
    /// When it was made.
    pub made: String,
    /// By which gateway; of a simulated history with its mark.
    pub gateway: String,
    /// Findings that are overdue: what a report begins with.
    #[serde(default)]
    pub findings: Vec<FindingView>,
    /// The figures with their sums.
    pub figures: RatesView,
    /// Leagues by rate and level.
    pub leagues: Vec<LeagueView>,
    /// The trend of all units of the report together, the earliest month first.
    pub trend: Vec<MonthView>,
    /// Slips.
    pub slips: SlipsView,
    /// What units fall short in, those with most documents first.
    #[serde(default)]
    pub shortcomings: Vec<ShortcomingView>,
}
