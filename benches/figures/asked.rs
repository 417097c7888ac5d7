//! What people ask of the figures, and the recount.

use super::plan::Plan;
use super::report::year_report;
use super::{Rows, cpu, median, start};
use lienthong::clock::ManualClock;
use lienthong::model::{Period, Position, UnitCode};
use lienthong::rates::recount::Recount;
use lienthong::rates::report::report_of;
use lienthong::rates::{Behind, Measure};
use lienthong::store::FigureCursor;
use lienthong::store::embedded::Embedded;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Documents of one slice of a recount, as `upkeep` takes them.
const SLICE: u64 = 50_000;
const TIMES: usize = 9;
const PAGE: usize = 50;

fn period(text: &str) -> Period {
    Period::parse(text).expect("a period")
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let from = Instant::now();
    let done = run();
    (from.elapsed(), done)
}

/// Opens the store and asks.
pub fn run(folder: &Path, plan: &Plan, runtime: &Runtime, rows: &mut Rows) {
    let clock = Arc::new(ManualClock::new(plan.end()));
    let (store, ready) = start(folder, clock);
    rows.one("ready after a clean stop", ready.as_secs_f64(), "s", "");
    rows.memory("ready");
    month(&store, rows);
    series(&store, rows);
    pages(&store, rows);
    rows.memory("months, series and pages");
    recounted(&store, plan, rows);
    rows.memory("recount");
    year_report(&store, plan, rows);
    runtime.block_on(store.ledger.close());
}

/// Rates of all units in a month: the first time, and again.
fn month(store: &Embedded, rows: &mut Rows) {
    let mut all = Vec::new();
    let mut again = Vec::new();
    let mut totals = Vec::new();
    let mut units = 0;
    for month in [
        "2026-10", "2026-03", "2025-06", "2026-11", "2025-02", "2025-09", "2026-07",
    ] {
        let rates = || {
            let totals = store.ledger.rates(period(month), None).expect("rates");
            let units = report_of(totals, |_| 30);
            let rated = units.iter().flat_map(|unit| unit.rates());
            let known = rated.filter(|(_, rate)| rate.per_mille().is_some());
            (units.len(), known.count())
        };
        let (took, (found, known)) = timed(rates);
        if found == 0 {
            continue;
        }
        assert!(known > 0);
        units = found;
        all.push(took);
        again.push(timed(rates).0);
        totals.push(timed(|| store.ledger.rates(period(month), None)).0);
    }
    rows.one("units with figures in a month", units as f64, "", "");
    let most = all.iter().max().expect("some").as_secs_f64() * 1e3;
    rows.one(
        "all units' rates of a month, first time",
        median(all),
        "ms",
        "< 100",
    );
    rows.one("… at most", most, "ms", "< 100");
    rows.one(
        "all units' rates of a month, again",
        median(again),
        "ms",
        "< 100",
    );
    rows.one("… their counters alone", median(totals), "ms", "");
}

/// 24 months of one unit: of one with very many documents, of one with few.
fn series(store: &Embedded, rows: &mut Rows) {
    for (what, n) in [("with many documents", 7), ("with few", 70_007)] {
        let unit = Plan::code(n);
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let of = |month: &String| {
                let totals = store.ledger.rates(period(month), Some(&unit));
                let units = report_of(totals.expect("rates"), |_| 30);
                units.iter().flat_map(|unit| unit.rates()).count()
            };
            let (took, rates) = timed(|| Plan::months().iter().map(of).sum::<usize>());
            assert!(rates > 0);
            times.push(took);
        }
        let first = times[0].as_secs_f64() * 1e3;
        rows.one(
            &format!("24 months of one unit {what}, first time"),
            first,
            "ms",
            "< 2",
        );
        rows.one(
            &format!("24 months of one unit {what}, median"),
            median(times),
            "ms",
            "< 2",
        );
    }
}

/// Pages of what is behind a figure: the first, one from within, and of a measure that few rows have.
fn pages(store: &Embedded, rows: &mut Rows) {
    let unit = Plan::code(3);
    let measure = |name: &str| Behind::measure(Measure::from_name(name).expect("a measure"));
    for (what, month, behind) in [
        ("of a month", "2026-10", measure("offered")),
        ("of a year", "2026", measure("offered")),
        ("of a year, electronic", "2026", measure("electronic")),
        ("of a year, issued late", "2026", measure("issued_late")),
        ("of a year, received", "2026", measure("received")),
    ] {
        let mut times = Vec::new();
        let mut after: Option<FigureCursor> = None;
        let mut shown = 0;
        for _ in 0..TIMES {
            let page = || {
                let days = period(month).days();
                let rows = store
                    .ledger
                    .figure_rows(&unit, days, &behind, after.as_ref(), PAGE);
                rows.expect("a page")
            };
            let (took, page) = timed(page);
            shown = shown.max(page.rows.len());
            times.push(took);
            after = page.next;
        }
        let most = times.iter().max().expect("some").as_secs_f64() * 1e3;
        rows.one(
            &format!("page of {shown} rows {what}, median"),
            median(times),
            "ms",
            "< 10",
        );
        rows.one("… at most", most, "ms", "< 10");
    }
    listed(store, &unit, rows);
}

/// The whole list has as many rows as the figure.
fn listed(store: &Embedded, unit: &UnitCode, rows: &mut Rows) {
    let behind = Behind::measure(Measure::Offered);
    let (took, (count, total)) = timed(|| {
        let (mut count, mut after) = (0, None);
        loop {
            let days = period("2026").days();
            let page = store
                .ledger
                .figure_rows(unit, days, &behind, after.as_ref(), 200);
            let page = page.expect("a page");
            count += page.rows.len();
            after = page.next;
            if after.is_none() {
                return (count, page.total);
            }
        }
    });
    assert_eq!(i64::try_from(count).expect("count"), total);
    rows.one(
        &format!("whole list of {count} rows, for each row"),
        took.as_secs_f64() * 1e6 / count.max(1) as f64,
        "µs",
        "",
    );
}

/// The log read and counted by the second way, as the slices of `upkeep` do it; what one share finds is compared with
/// what the same share finds when it is read again.
fn recounted(store: &Embedded, plan: &Plan, rows: &mut Rows) {
    let of = u32::try_from(plan.documents.div_ceil(SLICE))
        .expect("shares")
        .max(1);
    let mut records = 0_u64;
    let used = cpu();
    let (took, recount) = timed(|| {
        let mut recount = Recount::share(0, of);
        let mut each = |record: &lienthong::model::event::Recorded| {
            recount.take(record);
            records += 1;
        };
        store
            .ledger
            .replay(Position::END, &mut each)
            .expect("the log");
        recount
    });
    let rate = records as f64 / took.as_secs_f64();
    rows.one(
        &format!("recount, one of {of} shares: records"),
        rate,
        "/s",
        ">= 500000",
    );
    rows.one(
        "… by CPU time",
        records as f64 / (cpu() - used),
        "/s",
        ">= 500000",
    );
    let (figured, figures) = timed(|| recount.period_figures(period("2026-10")));
    rows.one("… and its figures", figured.as_secs_f64() * 1e3, "ms", "");
    assert!(!figures.is_empty());
}
