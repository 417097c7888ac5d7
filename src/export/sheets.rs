//! The sheets that any figures can be laid out in: the table, the figures under it, the definitions.

use super::league::Line;
use super::sheet::{Cell, Flow, Head, Row, Sheet, capital};
use crate::client::figures::rate_view;
use crate::client::wire::{RateView, RatesView, SumView};
use crate::lang;
use crate::model::{Language, Period};
use crate::rates::column::Column;
use crate::rates::definitions::DEFINITIONS;
use crate::rates::report::UnitRates;
use crate::rates::{Definition, Measure};
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

/// One unit of a table: what it is called, and its figures, wherever they come from.
#[derive(Clone, Debug)]
pub struct Named<'a, F> {
    /// Its code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its figures.
    pub figures: F,
}

/// Figures of a unit.
pub trait Figures {
    /// A measure.
    fn count(&self, measure: Measure) -> i64;
    /// A rate, if it is there.
    fn rate(&self, rate: &Definition) -> Option<RateView>;
}

impl Figures for &UnitRates {
    fn count(&self, measure: Measure) -> i64 {
        self.counts.get(&measure).copied().unwrap_or(0)
    }

    fn rate(&self, rate: &Definition) -> Option<RateView> {
        Some(rate_view(&UnitRates::rate(self, rate)))
    }
}

/// Figures as they travelled: by measure, and by rate.
#[derive(Clone, Copy, Debug)]
pub struct Travelled<'a>(
    pub &'a BTreeMap<String, i64>,
    pub &'a BTreeMap<String, RateView>,
);

impl Figures for Travelled<'_> {
    fn count(&self, measure: Measure) -> i64 {
        self.0.get(&measure.name()).copied().unwrap_or(0)
    }

    fn rate(&self, rate: &Definition) -> Option<RateView> {
        self.1.get(rate.name).cloned()
    }
}

/// The units of figures that travelled.
pub fn travelled(view: &RatesView) -> impl Iterator<Item = Named<'_, Travelled<'_>>> {
    view.units.iter().map(|unit| Named {
        code: &unit.unit,
        name: &unit.name,
        figures: Travelled(&unit.counts, &unit.rates),
    })
}

/// The units of a report.
pub fn units(lines: &[Line]) -> impl Iterator<Item = Named<'_, &UnitRates>> {
    lines.iter().map(|line| Named {
        code: line.rates.unit.as_str(),
        name: &line.name,
        figures: &line.rates,
    })
}

fn cells(language: Language, columns: &[Column], figures: &impl Figures, out: &mut Vec<Cell>) {
    for column in columns {
        match column {
            Column::Count(measure) => out.push(Cell::Number(figures.count(*measure))),
            Column::Rate(rate) => out.extend(ratio(language, figures.rate(rate).as_ref())),
        }
    }
}

/// The table of a report: a heading of two rows, the columns numbered, *a/b* beside each percentage; the sum last.
#[must_use]
pub fn table<'a, F: Figures + 'a>(
    language: Language,
    (sums, units): (&'a [SumView], impl Iterator<Item = Named<'a, F>> + 'a),
    columns: &'a [Column],
    lines: &[String],
) -> Flow<'a> {
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
    let mut notes = vec![word("sheet-note-known")];
    if let Some(sum) = sums.first() {
        let (whole, units) = (sum.whole.to_string(), sum.units.to_string());
        let values = [("whole", whole.as_str()), ("units", units.as_str())];
        notes.push(lang::text(language, "cli-rates-whole", &values));
    }
    let sheet = Sheet {
        name: word("sheet-tab-table"),
        titles: lines.to_vec(),
        heads,
        numbered: true,
        fixed: 3,
        rows: Vec::new(),
        notes,
    };
    let rows = units.zip(1_i64..).map(move |(unit, number)| {
        let mut all = Vec::with_capacity(columns.len().saturating_mul(2).saturating_add(3));
        all.push(Cell::Number(number));
        all.push(Cell::text(unit.name));
        all.push(Cell::text(unit.code));
        cells(language, columns, &unit.figures, &mut all);
        Row {
            cells: all,
            strong: false,
        }
    });
    let last = sums.first().map(|sum| {
        let label = match &sum.unit {
            None => word("sheet-total"),
            Some(_) => sum.name.clone(),
        };
        let mut all = vec![Cell::Empty, Cell::text(&label), Cell::Empty];
        let figures = Travelled(&sum.counts, &sum.rates);
        cells(language, columns, &figures, &mut all);
        Row {
            cells: all,
            strong: true,
        }
    });
    Flow::of(sheet, rows.chain(last))
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
pub fn figures<'a, F: Figures + 'a>(
    language: Language,
    units: impl Iterator<Item = Named<'a, F>> + 'a,
    columns: &'a [Column],
) -> Flow<'a> {
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
    let rows = units.map(move |unit| {
        let mut cells = vec![Cell::text(unit.code), Cell::text(unit.name)];
        for column in columns {
            match column {
                Column::Count(measure) => {
                    cells.push(Cell::Number(unit.figures.count(*measure)));
                }
                Column::Rate(rate) => {
                    let rate = unit.figures.rate(rate);
                    let over = rate.as_ref().map(|rate| Cell::Number(rate.numerator));
                    cells.push(over.unwrap_or(Cell::Empty));
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
    let sheet = Sheet {
        name: word("sheet-tab-figures"),
        titles: Vec::new(),
        heads,
        numbered: false,
        fixed: 2,
        rows: Vec::new(),
        notes: Vec::new(),
    };
    Flow::of(sheet, rows)
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
