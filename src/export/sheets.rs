//! The sheets that any figures can be laid out in: the table, the figures under it, the definitions.

use super::sheet::{Cell, Head, Row, Sheet, capital};
use crate::client::wire::{RateView, RatesView};
use crate::lang;
use crate::model::{Language, Period};
use crate::rates::column::Column;
use crate::rates::definitions::DEFINITIONS;
use std::collections::BTreeMap;

const NARROW: u16 = 6;
const FIGURE: u16 = 10;
const CODE: u16 = 16;
const NAME: u16 = 40;
const WORDS: u16 = 60;

fn text(language: Language, key: &str) -> String {
    lang::text(language, key, &[])
}

/// A period by its name in the file of figures.
#[must_use]
pub fn period(language: Language, name: &str) -> String {
    Period::parse(name).map_or_else(|| name.to_owned(), |p| lang::period(language, p))
}

/// The table of a report: a heading of two rows, the columns numbered, *a/b* beside each percentage; the sum last.
#[must_use]
pub fn table(language: Language, view: &RatesView, columns: &[Column], lines: &[String]) -> Sheet {
    let word = |key: &str| text(language, key);
    let mut heads = vec![
        Head::one(word("sheet-number"), NARROW),
        Head::one(word("sheet-unit"), NAME),
        Head::one(word("sheet-code"), CODE),
    ];
    heads.extend(columns.iter().map(|column| match column {
        Column::Count(measure) => {
            Head::one(lang::word(language, "measure", &measure.name()), FIGURE)
        }
        Column::Rate(rate) => Head {
            label: capital(&lang::word(language, "rate", rate.name)),
            parts: vec![word("sheet-ratio"), word("sheet-percent")],
            width: FIGURE,
        },
    }));
    let cells = |counts: &BTreeMap<String, i64>, rates: &BTreeMap<String, RateView>| {
        let cells = columns.iter().flat_map(|column| match column {
            Column::Count(measure) => {
                let n = counts.get(&measure.name()).copied().unwrap_or(0);
                vec![Cell::Number(n)]
            }
            Column::Rate(rate) => ratio(language, rates.get(rate.name)),
        });
        cells.collect::<Vec<_>>()
    };
    let mut rows: Vec<Row> = Vec::with_capacity(view.units.len());
    for (unit, number) in view.units.iter().zip(1_i64..) {
        let mut all = vec![
            Cell::Number(number),
            Cell::text(&unit.name),
            Cell::text(&unit.unit),
        ];
        all.extend(cells(&unit.counts, &unit.rates));
        rows.push(Row {
            cells: all,
            strong: false,
        });
    }
    let mut notes = vec![word("sheet-note-known")];
    if let Some(sum) = view.sums.first() {
        let label = match &sum.unit {
            None => word("sheet-total"),
            Some(_) => sum.name.clone(),
        };
        let mut all = vec![Cell::Empty, Cell::text(&label), Cell::Empty];
        all.extend(cells(&sum.counts, &sum.rates));
        rows.push(Row {
            cells: all,
            strong: true,
        });
        let (whole, units) = (sum.whole.to_string(), sum.units.to_string());
        let values = [("whole", whole.as_str()), ("units", units.as_str())];
        notes.push(lang::text(language, "cli-rates-whole", &values));
    }
    Sheet {
        name: word("sheet-tab-table"),
        titles: lines.to_vec(),
        heads,
        numbered: true,
        fixed: 3,
        rows,
        notes,
    }
}

/// *39/40* and 97,5 %; without a known denominator *39/?* and nothing.
fn ratio(language: Language, rate: Option<&RateView>) -> Vec<Cell> {
    let Some(rate) = rate else {
        return vec![Cell::Empty, Cell::Empty];
    };
    let over = lang::number(language, rate.numerator);
    let under = rate.denominator.map(|under| lang::number(language, under));
    let said = format!("{over}/{}", under.as_deref().unwrap_or("?"));
    vec![
        Cell::Text(said),
        rate.per_mille.map_or(Cell::Empty, Cell::Percent),
    ]
}

/// Numerators and denominators as numbers, to reckon with.
#[must_use]
pub fn figures(language: Language, view: &RatesView, columns: &[Column]) -> Sheet {
    let word = |key: &str| text(language, key);
    let mut heads = vec![
        Head::one(word("sheet-code"), CODE),
        Head::one(word("sheet-unit"), NAME),
    ];
    heads.extend(columns.iter().map(|column| match column {
        Column::Count(measure) => Head {
            label: measure.name(),
            parts: Vec::new(),
            width: FIGURE,
        },
        Column::Rate(rate) => Head {
            label: rate.name.to_owned(),
            parts: vec![word("sheet-numerator"), word("sheet-denominator")],
            width: FIGURE,
        },
    }));
    let rows = view.units.iter().map(|unit| {
        let mut cells = vec![Cell::text(&unit.unit), Cell::text(&unit.name)];
        for column in columns {
            match column {
                Column::Count(measure) => {
                    let n = unit.counts.get(&measure.name());
                    cells.push(Cell::Number(n.copied().unwrap_or(0)));
                }
                Column::Rate(rate) => {
                    let rate = unit.rates.get(rate.name);
                    cells.push(rate.map_or(Cell::Empty, |rate| Cell::Number(rate.numerator)));
                    let under = rate.and_then(|rate| rate.denominator);
                    cells.push(under.map_or(Cell::Empty, Cell::Number));
                }
            }
        }
        Row {
            cells,
            strong: false,
        }
    });
    Sheet {
        name: word("sheet-tab-figures"),
        titles: Vec::new(),
        heads,
        numbered: false,
        fixed: 2,
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

/// Every rate with its formula, what it means, on which text it rests and what it leaves out.
#[must_use]
pub fn definitions(language: Language) -> Sheet {
    let word = |key: &str| text(language, key);
    let heads = [
        ("sheet-rate", NAME),
        ("sheet-name", CODE),
        ("sheet-formula", WORDS),
        ("sheet-explained", WORDS),
        ("sheet-source", NAME),
        ("sheet-without", NAME),
    ];
    let rows = DEFINITIONS.iter().map(|rate| {
        let key = format!("rate-{}.explained", rate.name.replace('_', "-"));
        let (over, under) = (
            lang::terms(language, rate.over),
            lang::terms(language, rate.under),
        );
        let cells = [
            capital(&lang::word(language, "rate", rate.name)),
            rate.name.to_owned(),
            format!("({over}) ÷ ({under})"),
            text(language, &key),
            rate.source.to_owned(),
            lang::left_out(language, rate),
        ];
        Row {
            cells: cells.map(Cell::Text).to_vec(),
            strong: false,
        }
    });
    Sheet {
        name: word("sheet-tab-definitions"),
        titles: Vec::new(),
        heads: heads
            .map(|(key, width)| Head::one(word(key), width))
            .to_vec(),
        numbered: false,
        fixed: 1,
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
