//! The year's report: gathered, composed, and written as XLSX; of a province and all below it, and of everybody.

use super::Rows;
use super::plan::Plan;
use lienthong::export::report::{Asked, compose, periods};
use lienthong::export::{told, xlsx};
use lienthong::model::{Language, Period, UnitCode};
use lienthong::rates::column::Column;
use lienthong::registry::{Channel, Details, Level, Registry, Unit, UnitKind};
use lienthong::store::embedded::Embedded;
use lienthong::upkeep;
use std::time::Instant;

/// The units of the plan, in their tree.
pub fn registry(plan: &Plan) -> Registry {
    let unit = |n: u64| {
        let code = Plan::code(n);
        let groups = code.as_str().split('.').count();
        let level = match groups {
            1 => Some(Level::Province),
            2 => Some(Level::Commune),
            _ => None,
        };
        Unit {
            name: format!("Đơn vị {code}"),
            parent: Plan::parent(n),
            code,
            kind: UnitKind::State,
            channel: Channel::Pull,
            details: Details {
                level,
                ..Details::default()
            },
        }
    };
    let units: Vec<Unit> = (0..plan.units).map(unit).collect();
    Registry::new(units, Vec::new()).expect("registry")
}

/// Times the parts of it, each once.
pub fn year_report(store: &Embedded, plan: &Plan, rows: &mut Rows) {
    let registry = registry(plan);
    rows.memory("registry");
    let period = Period::parse("2026").expect("a year");
    let asked_for = periods(period);
    for (what, unit) in [
        ("a province and all below it", UnitCode::parse("H01")),
        ("everybody", None),
    ] {
        let from = Instant::now();
        let parts = (&*store.ledger, &*store.vault);
        let units = unit
            .as_ref()
            .map(|unit| upkeep::concerned(&registry, unit, &asked_for));
        let history = upkeep::history(parts, &asked_for, units.as_ref(), true).expect("history");
        let gathered = from.elapsed().as_secs_f64();
        let asked = Asked {
            period,
            unit: unit.as_ref(),
            registry: &registry,
            targets: &[],
            history: &history,
            gateway: "bench",
            at: plan.end(),
        };
        let composed = Instant::now();
        let report = compose(&asked);
        let took = composed.elapsed().as_secs_f64();
        let writing = Instant::now();
        drop(history);
        let columns = Column::defaults();
        let sheets = told::flows(Language::Vi, &report, &columns);
        let book = xlsx::write(sheets, plan.end()).expect("XLSX");
        let wrote = writing.elapsed().as_secs_f64();
        let of = format!("year report of {what}");
        rows.one(
            &format!("{of}: {} units, gathered", report.lines.len()),
            gathered,
            "s",
            "",
        );
        rows.one("… composed", took, "s", "");
        rows.one(&format!("… XLSX of {} octets", book.len()), wrote, "s", "");
        rows.one("… all", from.elapsed().as_secs_f64(), "s", "< 5");
        rows.memory(&of);
    }
}
