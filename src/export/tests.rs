#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small figures of tests"
)]

use super::report::{periods, slips_view};
use super::*;
use crate::client::history::History;
use crate::model::{Language, LocalDay, Period, Timestamp, UnitCode};
use crate::rates::column::Column;
use crate::rates::slips::Waiting;
use crate::rates::target::{Scope, Target};
use crate::rates::{Counts, Definition, Measure};
use crate::registry::{Channel, Contact, Details, Level, Registry, Unit, UnitKind};
use std::collections::BTreeMap;
use std::io::Read;

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn period(text: &str) -> Period {
    Period::parse(text).expect("period")
}

const NAMES: [&str; 6] = [
    "Xã Long Cang",
    "Xã Rạch Kiến",
    "Xã Mỹ Lệ",
    "=HYPERLINK(\"http://a\",\"Xã Tân Lân\")",
    "Xã Cần Đước",
    "Xã Long Hựu <b>&amp;",
];

fn registry() -> Registry {
    let unit = |number: usize, name: &str| Unit {
        code: code(&format!("H80.12.{number}")),
        name: name.into(),
        kind: UnitKind::State,
        parent: Some(code("H80.12")),
        channel: Channel::Pull,
        details: Details {
            level: Some(Level::Commune),
            contact: Contact {
                name: "Văn thư".into(),
                email: "vanthu@tayninh.gov.vn".into(),
                phone: "0272 3881 000".into(),
            },
            ..Details::default()
        },
    };
    let mut units: Vec<Unit> = NAMES.iter().zip(1..).map(|(n, i)| unit(i, n)).collect();
    units.push(Unit {
        parent: None,
        code: code("H80.12"),
        name: "Vùng Cần Đước (mẫu)".into(),
        ..unit(9, "")
    });
    Registry::new(units, Vec::new()).expect("registry")
}

/// Figures of two years; the third unit falls back in the last month, the fifth has too few, the sixth no whole register.
fn history() -> History {
    let mut history = History::default();
    for (month, of) in periods(period("2026-11")).into_iter().enumerate() {
        let month = month as i64;
        let mut totals = BTreeMap::new();
        for unit in 1..=6_i64 {
            let offered = match (unit, of == period("2026-11")) {
                (3, true) => 12,
                (5, _) => 9,
                _ => 40 + unit * 3 + month % 5,
            };
            let days = i64::from(of.days().end().number() - of.days().start().number()) + 1;
            let signed = offered - (unit % 3) - (month % 2);
            let counts = Counts::from([
                (Measure::Offered, offered),
                (Measure::Offers, offered + 2),
                (Measure::AgencySigned, signed),
                (Measure::BothSigned, signed - 2),
                (Measure::Countable, offered),
                (Measure::Electronic, offered - 1),
                (Measure::ElectronicOnly, offered - 3),
                (Measure::PaperOnly, unit),
                (Measure::RegisterDays, if unit == 6 { 3 } else { days }),
                (Measure::Received, 30 + unit),
                (Measure::ReceivedAnsweredInTime, 26 + unit / 2),
                (Measure::IssuedLate, unit % 4),
            ]);
            totals.insert(code(&format!("H80.12.{unit}")), counts);
        }
        history.periods.insert(of, totals);
    }
    let since = LocalDay::parse("2026-11-09").expect("day");
    let waiting = Waiting { count: 7, since };
    history.waiting.insert(code("H80.12.2"), waiting);
    history
}

fn targets() -> Vec<Target> {
    let of = |rate: &str, per_mille| Target {
        rate: Definition::find(rate).expect("known"),
        scope: Scope::All,
        from: LocalDay::parse("2020-01-01").expect("day"),
        per_mille,
        basis: "NQ 17/NQ-CP".into(),
    };
    vec![
        of("exchange", 900),
        of("signed", 960),
        of("issued_late", 50),
    ]
}

pub(super) fn report_of(language: Language) -> (Report, Vec<Sheet>) {
    let (registry, history, targets) = (registry(), history(), targets());
    let report = compose(&asked(&registry, &history, &targets));
    let sheets = told::sheets(language, &report, &Column::defaults());
    (report, sheets)
}

fn asked<'a>(registry: &'a Registry, history: &'a History, targets: &'a [Target]) -> Asked<'a> {
    Asked {
        period: period("2026-11"),
        unit: None,
        registry,
        targets,
        history,
        gateway: "truc-mau",
        at: Timestamp::parse("2026-12-01T08:00:00+07:00").expect("time"),
    }
}

/// The part of a workbook of this name.
fn part(book: &[u8], name: &str) -> String {
    let end = book
        .windows(4)
        .rposition(|w| w == b"PK\x05\x06")
        .expect("end");
    let word = |at: usize| u32::from_le_bytes(book[at..at + 4].try_into().expect("4")) as usize;
    let half = |at: usize| u16::from_le_bytes(book[at..at + 2].try_into().expect("2")) as usize;
    let mut at = word(end + 16);
    for _ in 0..half(end + 10) {
        let (long, extra, comment) = (half(at + 28), half(at + 30), half(at + 32));
        let (size, local) = (word(at + 20), word(at + 42));
        if &book[at + 46..at + 46 + long] == name.as_bytes() {
            let data = local + 30 + half(local + 26) + half(local + 28);
            let mut text = String::new();
            flate2::read::DeflateDecoder::new(&book[data..data + size])
                .read_to_string(&mut text)
                .expect("inflated");
            return text;
        }
        at += 46 + long + extra + comment;
    }
    panic!("no {name}");
}

#[test]
fn a_workbook_has_types_and_runs_nothing() {
    let (_, sheets) = report_of(Language::Vi);
    let at = Timestamp::parse("2026-12-01T08:00:00+07:00").expect("time");
    let book = xlsx::write(&sheets, at).expect("book");
    assert_eq!(book, xlsx::write(&sheets, at).expect("again"));
    let strings = part(&book, "xl/sharedStrings.xml");
    assert!(strings.contains("=HYPERLINK("), "it is there, as text");
    let table = part(&book, "xl/worksheets/sheet1.xml");
    // A percentage is a number: 47 of 49 and so on, rounded as it is printed everywhere.
    assert!(table.contains("state=\"frozen\""));
    assert!(
        table.contains("<v>0.938</v>") || table.contains("<v>0.9"),
        "{table}"
    );
    for number in 1..=7 {
        let sheet = part(&book, &format!("xl/worksheets/sheet{number}.xml"));
        assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{number}");
    }
    assert!(part(&book, "xl/workbook.xml").contains("Xếp hạng"));
}

#[test]
fn the_table_is_that_of_a_national_report() {
    let (report, sheets) = report_of(Language::Vi);
    let table = &sheets[0];
    assert!(table.has_parts() && table.numbered);
    assert_eq!(table.rows.len(), 7);
    for row in &table.rows {
        assert_eq!(row.cells.len(), table.columns());
    }
    let sixth = &table.rows[5].cells;
    let exchange = sixth.iter().position(|c| c == &Cell::Text("60/?".into()));
    let exchange = exchange.unwrap_or_else(|| panic!("{sixth:?}"));
    assert_eq!(
        sixth[exchange + 1],
        Cell::Empty,
        "no percentage unless known"
    );
    let sum = &report.view.figures.sums[0];
    assert_eq!((sum.whole, sum.units), (5, 7));
    let all: i64 = ["1", "2", "3", "4", "5"]
        .iter()
        .map(|n| {
            let units = &report.view.figures.units;
            let unit = units.iter().find(|u| u.unit.ends_with(&format!(".{n}")));
            unit.expect("unit").counts["electronic"]
        })
        .sum();
    assert_eq!(sum.rates["exchange"].numerator, all);
    assert!(table.rows[6].strong);
}

#[test]
fn few_are_listed_and_not_ranked() {
    let (report, _) = report_of(Language::Vi);
    let signed = report.view.leagues.iter().find(|l| l.rate == "signed");
    let places = &signed.expect("league").places;
    assert_eq!(places.len(), 6);
    let unranked: Vec<&str> = places
        .iter()
        .filter(|p| p.place.is_none())
        .map(|p| p.unit.as_str())
        .collect();
    // Twelve and nine documents.
    assert_eq!(unranked, ["H80.12.3", "H80.12.5"]);
    assert_eq!(places[0].place, Some(1));
    assert!(places[0].met.is_some() && places[0].before.is_some());
    assert!(places[0].year_before.is_some());
}

#[test]
fn slips_have_contact_and_day() {
    let (registry, history, targets) = (registry(), history(), targets());
    let found = slips_view(&asked(&registry, &history, &targets));
    assert_eq!(found.period, "2026-11");
    let kinds: Vec<(&str, &str, &str)> = found
        .slips
        .iter()
        .map(|s| (s.unit.as_str(), s.kind.as_str(), s.since.as_str()))
        .collect();
    let expected = [
        ("H80.12.2", "not_opening", "2026-11-09"),
        ("H80.12.3", "dropped", "2026-11-01"),
    ];
    for one in expected {
        assert!(kinds.contains(&one), "{kinds:?}");
    }
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert_eq!(found.slips[0].contact.name, "Văn thư");
}

#[test]
fn charts_and_page_have_no_script_and_no_markup_of_others() {
    for language in [Language::Vi, Language::En] {
        let (report, _) = report_of(language);
        let charts = html::charts(language, &report);
        assert!(charts.len() > 3, "{}", charts.len());
        let page = html::page(language, &report, &Column::defaults());
        let all = charts.iter().map(|(_, (_, svg))| svg).chain([&page]);
        for text in all {
            assert!(!text.contains("<script") && !text.contains("<b>"), "{text}");
            assert!(
                !text.contains("http://a\""),
                "an address that is not quoted"
            );
        }
        for (_, (name, svg)) in &charts {
            assert!(
                svg.starts_with("<svg xmlns=") && svg.contains("<title>"),
                "{name}"
            );
            let tree = crate::format::xml::Document::read(svg.as_bytes());
            assert!(tree.is_ok(), "{name}");
        }
    }
}

#[test]
fn a_month_without_a_rate_interrupts_the_line() {
    use crate::client::report::MonthView;
    use crate::client::wire::RateView;
    let month = |n: usize, per_mille| MonthView {
        period: format!("2026-{n:02}"),
        rates: BTreeMap::from([(
            "signed".to_owned(),
            RateView {
                per_mille,
                ..RateView::default()
            },
        )]),
    };
    let months: Vec<MonthView> = [
        Some(900),
        Some(910),
        None,
        Some(920),
        None,
        Some(1),
        Some(2),
    ]
    .iter()
    .zip(1..)
    .map(|(rate, n)| month(n, *rate))
    .collect();
    let svg = chart::trend(Language::Vi, &months, period("2026-07"), false);
    assert_eq!(svg.matches("<polyline").count(), 2);
    assert_eq!(svg.matches("<circle").count(), 1);
}

#[test]
fn months_of_a_report_are_reckoned_as_its_period_is() {
    let months = trend::months(period("2026-Q4@15"));
    assert_eq!(months.len(), 24);
    assert_eq!(months.last(), Some(&period("2026-12@15")));
    let months = trend::months(period("2026-11-24"));
    assert_eq!(months.last(), Some(&period("2026-11")));
    assert_eq!(periods(period("2026-11")).len(), 24);
    assert_eq!(periods(period("2026")).len(), 26);
}

/// The rows of the table of `docs/rates.md`, made from the definitions.
fn documented() -> String {
    let label = |name: &str| crate::lang::word(Language::En, "rate", name);
    let rows = crate::rates::definitions::DEFINITIONS.iter().map(|rate| {
        let (over, under) = rate.formula();
        let counted = match rate.counted {
            crate::rates::Counted::Documents => "documents",
            crate::rates::Counted::Activity
            | crate::rates::Counted::Deliveries
            | crate::rates::Counted::Days => "deliveries",
        };
        let register = if rate.register { "register" } else { "" };
        let without: Vec<&str> = rate.without.iter().map(|one| one.name()).collect();
        format!(
            "| `{}` | {} | `{over}` ÷ `{under}` | {counted} | {register} | {} | {} |\n",
            rate.name,
            label(rate.name),
            rate.source,
            without.join(", ")
        )
    });
    rows.collect()
}

#[test]
fn the_page_of_rates_has_every_definition() {
    let page = include_str!("../../docs/rates.md");
    let rows = documented();
    assert!(page.contains(&rows), "docs/rates.md is to have:\n{rows}");
}
