#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small figures of tests"
)]

use super::report::{periods, slips_view};
use super::sheet::Flow;
use super::*;
use crate::client::history::History;
use crate::model::{Language, LocalDay, Period, Timestamp, UnitCode};
use crate::rates::column::Column;
use crate::rates::slips::Waiting;
use crate::rates::target::{Scope, Target};
use crate::rates::{Counts, Definition, Measure};
use crate::registry::{
    Channel, Contact, Details, Level, Registry, Succession, SuccessionKind, Unit, UnitKind,
};
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
    let flows = || sheets.iter().cloned().map(Flow::whole).collect();
    let book = xlsx::write(flows(), at).expect("book");
    assert_eq!(book, xlsx::write(flows(), at).expect("again"));
    let table = part(&book, "xl/worksheets/sheet1.xml");
    // A percentage is a number: 47 of 49 and so on, rounded as it is printed everywhere.
    assert!(table.contains("state=\"frozen\""));
    let text = "t=\"inlineStr\"><is><t xml:space=\"preserve\">=HYPERLINK(";
    assert!(table.contains(text), "it is there, as text");
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
#[ignore = "writes a workbook for other programs to open"]
fn a_workbook_is_written_for_others() {
    let (_, sheets) = report_of(Language::Vi);
    let at = Timestamp::parse("2026-12-01T08:00:00+07:00").expect("time");
    let flows = sheets.into_iter().map(Flow::whole).collect();
    let book = xlsx::write(flows, at).expect("book");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/report.xlsx");
    std::fs::write(path, book).expect("written");
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
            let units = &report.figures().units;
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
    let leagues = report.league_views();
    let signed = leagues.iter().find(|l| l.rate == "signed");
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
        ..MonthView::default()
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
    // What is not comparable is on no line.
    let apart = |mut month: MonthView| {
        month.not_comparable = month.period.as_str() < "2026-03";
        month
    };
    let months: Vec<MonthView> = months.into_iter().map(apart).collect();
    let svg = chart::trend(Language::Vi, &months, period("2026-07"), false);
    assert_eq!(svg.matches("<polyline").count(), 1);
    assert_eq!(svg.matches("<circle").count(), 1);
}

/// H80.13 and H80.14 became H80.12.1 in June; a part of H80.12.2 went to H80.12.3 in March.
fn reorganised() -> Registry {
    let mut parts = registry().parts();
    for text in ["H80.13", "H80.14"] {
        let mut unit = parts.units[0].clone();
        (unit.code, unit.parent) = (code(text), None);
        parts.units.push(unit);
    }
    let change = |kind, on: &str, from: &[&str], to: &str| Succession {
        kind,
        on: LocalDay::parse(on).expect("day"),
        basis: "NQ 1682".into(),
        from: from.iter().map(|text| code(text)).collect(),
        to: vec![code(to)],
    };
    parts.changes = vec![
        change(
            SuccessionKind::Merge,
            "2026-06-01",
            &["H80.13", "H80.14"],
            "H80.12.1",
        ),
        change(
            SuccessionKind::Part,
            "2026-03-01",
            &["H80.12.2"],
            "H80.12.3",
        ),
    ];
    Registry::of(parts).expect("registry")
}

#[allow(clippy::too_many_lines, reason = "one story")]
#[test]
fn a_series_goes_on_before_a_merger_with_marks_and_never_across_a_part() {
    let (registry, june) = (reorganised(), period("2026-06"));
    let mut history = History::default();
    for month in periods(june) {
        let of =
            |over, under| Counts::from([(Measure::AgencySigned, over), (Measure::Offered, under)]);
        let mut totals = BTreeMap::from([(code("H80.12.2"), of(5, 50))]);
        match month < june {
            true => totals.extend([(code("H80.13"), of(10, 20)), (code("H80.14"), of(20, 20))]),
            false => totals.extend([(code("H80.12.1"), of(35, 40))]),
        }
        history.periods.insert(month, totals);
    }
    let report = |text: &str| {
        let unit = code(text);
        let asked = Asked {
            period: june,
            unit: Some(&unit),
            ..asked(&registry, &history, &[])
        };
        compose(&asked)
    };
    let merged = report("H80.12.1");
    for month in &merged.view.trend {
        let rate = &month.rates["signed"];
        let june = month.period == "2026-06";
        let expected = if june { (35, Some(40)) } else { (30, Some(40)) };
        assert_eq!(
            (rate.numerator, rate.denominator),
            expected,
            "{}",
            month.period
        );
        let expected: &[&str] = if june { &[] } else { &["H80.13", "H80.14"] };
        assert_eq!(month.predecessors, expected, "{}", month.period);
        assert!(!month.not_comparable);
    }
    let leagues = merged.league_views();
    let league = leagues.iter().find(|league| league.rate == "signed");
    let place = &league.expect("league").places[0];
    assert_eq!((place.before, place.not_comparable), (Some(125), false));
    let before = place.rate_before.as_ref().expect("a rate");
    assert_eq!((before.numerator, before.denominator), (30, Some(40)));
    assert_eq!(place.predecessors, ["H80.13", "H80.14"]);
    // The figures of the table stay those of whom they are of.
    assert_eq!(merged.lines.len(), 1);
    let sheets = told::sheets(Language::Vi, &merged, &Column::defaults());
    let notes: Vec<&String> = sheets.iter().flat_map(|sheet| &sheet.notes).collect();
    assert!(
        notes.iter().any(|note| note.contains("H80.13, H80.14")),
        "{notes:?}"
    );

    let parted = report("H80.12.2");
    let apart = |month: &&crate::client::report::MonthView| month.not_comparable;
    let apart: Vec<&str> = parted
        .view
        .trend
        .iter()
        .filter(apart)
        .map(|m| m.period.as_str())
        .collect();
    assert_eq!((apart.len(), apart.last()), (20, Some(&"2026-02")));
    assert!(
        parted
            .view
            .trend
            .iter()
            .all(|month| month.rates["signed"].numerator == 5)
    );
    let leagues = parted.league_views();
    let league = leagues.iter().find(|league| league.rate == "signed");
    let place = &league.expect("league").places[0];
    assert_eq!(
        (place.before, place.year_before, place.not_comparable),
        (Some(0), None, true)
    );
    assert_eq!(place.rate_year_before, None);
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

#[allow(clippy::too_many_lines, reason = "one story")]
#[test]
fn a_workbook_of_the_library_is_read_as_a_register() {
    use crate::register::{Asked, read};
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "SỔ ĐĂNG KÝ VĂN BẢN ĐI").expect("written");
    for (place, name) in (0..).zip(["Số, ký hiệu", "Ngày", "Trích yếu", "Hình thức gửi"])
    {
        sheet.write(2, place, name).expect("written");
    }
    let date = Format::new().set_num_format("dd/mm/yyyy");
    for row in 0..3_u32 {
        let at = 3 + row;
        sheet
            .write(at, 0, format!("0{}/QĐ-UBND", row + 1))
            .expect("written");
        let day = ExcelDateTime::from_ymd(2026, 11, 2 + row as u8).expect("day");
        sheet
            .write_with_format(at, 1, &day, &date)
            .expect("written");
        sheet
            .write(at, 2, "=HYPERLINK(\"http://a\")")
            .expect("written");
        sheet
            .write(at, 3, ["giấy", "điện tử", "cả hai"][row as usize])
            .expect("written");
    }
    let asked = Asked {
        from: LocalDay::parse("2026-11-01").expect("day"),
        to: LocalDay::parse("2026-11-30").expect("day"),
        today: LocalDay::parse("2026-11-30").expect("day"),
        columns: None,
        sheet: None,
    };
    let file = book.save_to_buffer().expect("book");
    let rows = read(&file, &asked).expect("a register");
    let told: Vec<String> = rows
        .rows
        .iter()
        .map(|row| {
            format!(
                "{}/{} {} {}",
                row.number.as_str(),
                row.notation.as_str(),
                row.day,
                row.sent_by
            )
        })
        .collect();
    let expected = [
        "01/QĐ-UBND 2026-11-02 paper",
        "02/QĐ-UBND 2026-11-03 electronic",
        "03/QĐ-UBND 2026-11-04 both",
    ];
    assert_eq!(told, expected);
    assert!(rows.says_channel);
    // Of a formula what it gave when the workbook was saved.
    let sheet = book.worksheet_from_index(0).expect("sheet");
    let number = Formula::new("=\"4\"&\"/QĐ-UBND\"").set_result("4/QĐ-UBND");
    sheet.write_formula(6, 0, number).expect("written");
    let day = ExcelDateTime::from_ymd(2026, 11, 5).expect("day");
    sheet.write_with_format(6, 1, &day, &date).expect("written");
    let file = book.save_to_buffer().expect("book");
    let rows = read(&file, &asked).expect("a register").rows;
    let last = rows.last().expect("a row");
    assert_eq!(
        (
            rows.len(),
            last.number.as_str(),
            last.day.to_string().as_str()
        ),
        (4, "4", "2026-11-05")
    );
}
