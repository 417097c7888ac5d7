//! From counters to what the page shows.

use crate::lang;
use crate::model::{Language, Period, Reason, ReasonCode, UnitCode};
use crate::policy::Rules;
use crate::rates::report::{Rate, UnitRates, report};
use crate::rates::tree::{Together, days_of, together};
use crate::rates::{Counts, Definition, Measure};
use std::collections::BTreeMap;

/// A rate as numerator and denominator, and as the length of its bar.
pub(super) struct Share {
    pub(super) of: String,
    pub(super) per_mille: Option<i64>,
}

/// One figure.
pub(super) struct Cell {
    /// The stable name of the figure.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) share: Option<Share>,
    /// Whether it is among the figures that a report leads with.
    pub(super) key: bool,
}

/// One unit.
pub(super) struct Row {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) cells: Vec<Cell>,
}

/// Everything the page shows of a month.
pub(super) struct Figures {
    pub(super) cards: Vec<Cell>,
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) refusals: Vec<(String, String)>,
}

/// The figures of a row of the table, in its order: measures and rates.
const ROW: [(&str, bool); 14] = [
    ("offered", false),
    ("exchange", true),
    ("exchange_only", true),
    ("signed", true),
    ("both_signed", true),
    ("issued_late", true),
    ("delivered", false),
    ("accepted", true),
    ("answered_in_time", true),
    ("answered_same_day", true),
    ("received", false),
    ("own_answers_in_time", true),
    ("own_answers_same_day", true),
    ("completed_in_time", true),
];

impl Figures {
    pub(super) fn new(
        period: Period,
        totals: &BTreeMap<UnitCode, Counts>,
        rules: &Rules,
        language: Language,
    ) -> Self {
        let (writer, registry) = (Writer(language), &rules.registry);
        let measures = Measure::names();
        let units = report(totals, |unit| days_of(registry, unit, period));
        let rows = units.iter().map(|unit| Row {
            code: unit.unit.to_string(),
            name: registry
                .unit(&unit.unit)
                .map_or_else(String::new, |u| u.name.clone()),
            cells: writer.cells(unit, &measures),
        });
        let rows: Vec<Row> = rows.collect();
        let heads = rows.first().map(|row| &row.cells);
        let heads = heads.map(|cells| cells.iter().map(|c| c.label.clone()).collect());
        let total = (!rows.is_empty()).then(|| together(totals, registry, period, None));
        let cards = total.as_ref().map(|total| writer.cards(total));
        Self {
            cards: cards.unwrap_or_default(),
            heads: heads.unwrap_or_default(),
            refusals: total
                .map(|t| writer.refusals(&t.counts))
                .unwrap_or_default(),
            rows,
        }
    }
}

pub(super) struct Writer(pub(super) Language);

/// With a capital at its beginning.
pub(super) fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

impl Writer {
    pub(super) fn count(&self, counts: &Counts, measure: Measure) -> Cell {
        Cell {
            name: measure.name(),
            label: lang::word(self.0, "measure", &measure.name()),
            value: lang::number(self.0, counts.get(&measure).copied().unwrap_or(0)),
            share: None,
            key: false,
        }
    }

    pub(super) fn rate(&self, name: &str, rate: &Rate, key: bool) -> Cell {
        let label = lang::word(self.0, "rate", name);
        let Some(denominator) = rate.denominator.known() else {
            return Cell {
                name: name.to_owned(),
                label,
                value: lang::denominator(self.0, rate.denominator),
                share: Some(Share {
                    of: format!("{} / ?", lang::number(self.0, rate.numerator)),
                    per_mille: None,
                }),
                key,
            };
        };
        let per_mille = rate.per_mille();
        let (over, under) = (
            lang::number(self.0, rate.numerator),
            lang::number(self.0, denominator),
        );
        Cell {
            name: name.to_owned(),
            label,
            value: per_mille.map_or_else(|| "–".to_owned(), |p| lang::percent(self.0, p)),
            share: Some(Share {
                of: format!("{over} / {under}"),
                per_mille: per_mille.map(|p| p.clamp(0, 1000)),
            }),
            key,
        }
    }

    fn cards(&self, total: &Together) -> Vec<Cell> {
        let rate = |name: &str, key: bool| {
            let known = Definition::find(name);
            known.map(|known| self.rate(name, &total.rate(known), key))
        };
        let count = |measure: Measure| Some(self.count(&total.counts, measure));
        let exchange = rate("exchange", false).map(|cell| match cell.share {
            Some(Share {
                per_mille: None, ..
            }) => Self::small(cell),
            _ => cell,
        });
        let all = [
            count(Measure::Offered),
            rate("signed", true),
            rate("both_signed", false),
            count(Measure::Delivered),
            rate("accepted", true),
            rate("answered_in_time", true),
            rate("answered_same_day", false),
            rate("issued_late", false),
            count(Measure::Held),
            exchange,
        ];
        all.into_iter().flatten().collect()
    }

    /// Words instead of a number would be set too large on a card.
    fn small(cell: Cell) -> Cell {
        let of = cell.share.as_ref().map(|share| share.of.clone());
        Cell {
            value: of.unwrap_or_default(),
            share: Some(Share {
                of: cell.value,
                per_mille: None,
            }),
            ..cell
        }
    }

    fn cells(&self, unit: &UnitRates, measures: &BTreeMap<String, Measure>) -> Vec<Cell> {
        let cells = ROW.iter().filter_map(|(name, is_rate)| {
            if *is_rate {
                let known = Definition::find(name)?;
                return Some(self.rate(name, &unit.rate(known), false));
            }
            Some(self.count(&unit.counts, *measures.get(*name)?))
        });
        cells.collect()
    }

    fn refusals(&self, total: &Counts) -> Vec<(String, String)> {
        let all = total.iter().filter_map(|(measure, n)| {
            let Measure::Refused(reason) = measure else {
                return None;
            };
            Some((*reason, *n))
        });
        let mut all: Vec<(ReasonCode, i64)> = all.collect();
        all.sort_by_key(|(reason, n)| (std::cmp::Reverse(*n), *reason));
        let row = |(reason, n): (ReasonCode, i64)| {
            let sentence = lang::reason(self.0, &Reason::new(reason));
            (sentence, lang::number(self.0, n))
        };
        all.into_iter().map(row).collect()
    }
}
