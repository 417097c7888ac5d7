//! What a report is made of: the figures of whoever is asked for and one sum of all others give the report that the figures
//! of everybody give; and what a rate is held beside is what two periods compared by themselves say.

use lienthong::export::report::{Asked, compose, periods};
use lienthong::model::{Period, Timestamp, UnitCode};
use lienthong::rates::compare::{Change, compare};
use lienthong::rates::recount::Figures;
use lienthong::rates::{Counts, Definition};
use lienthong::registry::Registry;
use lienthong::store::{Ledger, Vault};
use lienthong::upkeep;
use std::collections::BTreeMap;

/// Of every unit, of months and of the year.
pub(super) fn are_of_whom_is_asked(
    store: (&dyn Ledger, &dyn Vault),
    counted: &Figures,
    registry: &Registry,
    what: &str,
) {
    for text in ["2026-12", "2027-01", "2026-12@15", "2026"] {
        let period = Period::parse(text).expect("period");
        totals_are_sums_of_days(store.0, counted, period, what);
        let all = periods(period);
        let whole = upkeep::history(store, &all, None, true).expect("history");
        for unit in registry.units().map(|unit| &unit.code) {
            let units = upkeep::concerned(registry, unit, &all);
            let own = upkeep::history(store, &all, Some(&units), true).expect("history");
            let asked = |history| Asked {
                period,
                unit: Some(unit),
                registry,
                targets: &[],
                history,
                gateway: "truc-mau",
                at: Timestamp::parse("2027-02-20T08:00:00+07:00").expect("time"),
            };
            let (own, of_all) = (compose(&asked(&own)), compose(&asked(&whole)));
            assert_eq!(own.whole(), of_all.whole(), "{what}: {text} of {unit}");
        }
        places_stand_beside(&whole.periods, registry, period, &whole, what);
    }
}

fn totals_are_sums_of_days(ledger: &dyn Ledger, counted: &Figures, period: Period, what: &str) {
    let mut sums: BTreeMap<UnitCode, Counts> = BTreeMap::new();
    for ((unit, day), counts) in counted {
        if period.contains(*day) {
            sums.entry(unit.clone()).or_default().add_all(counts);
        }
    }
    let without_zeros = |mut all: BTreeMap<UnitCode, Counts>| {
        for counts in all.values_mut() {
            counts.retain(|_, figure| *figure != 0);
        }
        all.retain(|_, counts| !counts.is_empty());
        all
    };
    let sums = without_zeros(sums);
    let asked = ledger.rates(period, None).expect("rates");
    assert_eq!(without_zeros(asked), sums, "{what}: {period}");
    let stated = ledger.period_totals(period).expect("totals");
    assert_eq!(without_zeros(stated.totals), sums, "{what}: {period}");
}

fn places_stand_beside(
    totals: &BTreeMap<Period, BTreeMap<UnitCode, Counts>>,
    registry: &Registry,
    period: Period,
    history: &lienthong::client::history::History,
    what: &str,
) {
    let report = compose(&Asked {
        period,
        unit: None,
        registry,
        targets: &[],
        history,
        gateway: "truc-mau",
        at: Timestamp::parse("2027-02-20T08:00:00+07:00").expect("time"),
    });
    let none = BTreeMap::new();
    let of = |period: Period| (period, totals.get(&period).unwrap_or(&none));
    for league in report.league_views() {
        let rate = Definition::find(&league.rate).expect("a rate");
        for place in league.places {
            let unit = UnitCode::parse(&place.unit).expect("a unit");
            let found = compare(registry, &unit, rate, of(period.previous()), of(period));
            let points = match found.change {
                Change::Points(points) => Some(points),
                Change::NotComparable | Change::None => None,
            };
            assert_eq!(place.before, points, "{what}: {period} {unit} {rate}");
            let before = found.before.map(|rate| (rate.numerator, rate.per_mille()));
            let told = place
                .rate_before
                .map(|rate| (rate.numerator, rate.per_mille));
            assert_eq!(told, before, "{what}: {period} {unit} {rate}");
        }
    }
}
