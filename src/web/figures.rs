//! From counters to what the page shows.

use crate::lang;
use crate::model::{Language, Reason, ReasonCode, UnitCode};
use crate::policy::Rules;
use crate::rates::report::{Rate, UnitRates, report, unit_rates};
use crate::rates::{Counts, Measure};
use std::collections::BTreeMap;

/// A rate as numerator and denominator, and as the length of its bar.
pub(super) struct Share {
    pub(super) of: String,
    pub(super) per_mille: Option<i64>,
}

/// One figure.
pub(super) struct Cell {
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

impl Figures {
    pub(super) fn new(
        totals: &BTreeMap<UnitCode, Counts>,
        rules: &Rules,
        language: Language,
    ) -> Self {
        let writer = Writer(language);
        let rows: Vec<Row> = report(totals)
            .iter()
            .map(|unit| Row {
                code: unit.unit.to_string(),
                name: rules
                    .registry
                    .unit(&unit.unit)
                    .map_or_else(String::new, |u| u.name.clone()),
                cells: writer.cells(unit),
            })
            .collect();
        let all = sum(totals.values());
        // The sum belongs to no unit; its code is never shown.
        let total = totals.keys().next().map(|any| unit_rates(any, &all));
        let cards = total.as_ref().map(|total| writer.cards(total));
        let heads = rows.first().map(|row| &row.cells);
        let heads = heads.map(|cells| cells.iter().map(|c| c.label.clone()).collect());
        Self {
            cards: cards.unwrap_or_default(),
            heads: heads.unwrap_or_default(),
            refusals: total.map(|t| writer.refusals(&t)).unwrap_or_default(),
            rows,
        }
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut out = Counts::new();
    for (measure, n) in all.flatten() {
        let figure = out.entry(*measure).or_insert(0);
        *figure = figure.saturating_add(*n);
    }
    out
}

struct Writer(Language);

impl Writer {
    fn text(&self, key: &str) -> String {
        lang::text(self.0, key, &[])
    }

    fn count(&self, unit: &UnitRates, measure: Measure) -> Cell {
        Cell {
            label: lang::word(self.0, "measure", &measure.name()),
            value: self.number(unit.counts.get(&measure).copied().unwrap_or(0)),
            share: None,
            key: false,
        }
    }

    fn rate(&self, name: &str, rate: &Rate, key: bool) -> Cell {
        let label = lang::word(self.0, "rate", name);
        let Some(denominator) = rate.denominator else {
            return Cell {
                label,
                value: self.text("cli-rates-unknown"),
                share: Some(Share {
                    of: format!("{} / ?", self.number(rate.numerator)),
                    per_mille: None,
                }),
                key,
            };
        };
        let per_mille = rate.per_mille();
        let (over, under) = (self.number(rate.numerator), self.number(denominator));
        Cell {
            label,
            value: per_mille.map_or_else(|| "–".to_owned(), |p| self.percent(p)),
            share: Some(Share {
                of: format!("{over} / {under}"),
                per_mille: per_mille.map(|p| p.clamp(0, 1000)),
            }),
            key,
        }
    }

    fn cards(&self, total: &UnitRates) -> Vec<Cell> {
        vec![
            self.count(total, Measure::Offered),
            self.rate("signed", &total.signed, true),
            self.rate("both_signed", &total.both_signed, false),
            self.count(total, Measure::Delivered),
            self.rate("accepted", &total.accepted, true),
            self.rate("answered_in_time", &total.answered_in_time, true),
            self.rate("answered_same_day", &total.answered_same_day, false),
            self.rate("issued_late", &total.issued_late, false),
            self.count(total, Measure::Held),
            self.small(self.rate("exchange", &total.exchange, false)),
        ]
    }

    /// Words instead of a number would be set too large on a card.
    fn small(&self, cell: Cell) -> Cell {
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

    fn cells(&self, unit: &UnitRates) -> Vec<Cell> {
        vec![
            self.count(unit, Measure::Offered),
            self.rate("signed", &unit.signed, false),
            self.rate("both_signed", &unit.both_signed, false),
            self.count(unit, Measure::Delivered),
            self.rate("accepted", &unit.accepted, false),
            self.rate("issued_late", &unit.issued_late, false),
            self.rate("answered_in_time", &unit.answered_in_time, false),
            self.rate("answered_same_day", &unit.answered_same_day, false),
            self.count(unit, Measure::Received),
            self.rate("own_answers_in_time", &unit.own_answers_in_time, false),
            self.rate("own_answers_same_day", &unit.own_answers_same_day, false),
            self.rate("exchange", &unit.exchange, false),
        ]
    }

    fn refusals(&self, total: &UnitRates) -> Vec<(String, String)> {
        let mut all: Vec<(&ReasonCode, &i64)> = total.refused.iter().collect();
        all.sort_by_key(|(reason, n)| (std::cmp::Reverse(**n), **reason));
        let row = |(reason, n): (&ReasonCode, &i64)| {
            let sentence = lang::reason(self.0, &Reason::new(*reason));
            (sentence, self.number(*n))
        };
        all.into_iter().map(row).collect()
    }

    /// `1.234` in Vietnamese, `1,234` in English.
    fn number(&self, n: i64) -> String {
        let mark = if self.0 == Language::Vi { '.' } else { ',' };
        let digits = n.unsigned_abs().to_string();
        let mut out = String::new();
        if n < 0 {
            out.push('-');
        }
        for (i, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(i);
            if i > 0 && left % 3 == 0 {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    }

    /// `87,3 %` in Vietnamese, `87.3%` in English.
    fn percent(&self, per_mille: i64) -> String {
        let (whole, tenth) = (per_mille.div_euclid(10), per_mille.rem_euclid(10));
        match self.0 {
            Language::Vi => format!("{whole},{tenth}\u{a0}%"),
            Language::En => format!("{whole}.{tenth}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_each_language_does() {
        let (vi, en) = (Writer(Language::Vi), Writer(Language::En));
        assert_eq!(vi.number(1_234_567), "1.234.567");
        assert_eq!(en.number(-1_234), "-1,234");
        assert_eq!(vi.number(0), "0");
        assert_eq!(vi.percent(873), "87,3\u{a0}%");
        assert_eq!(en.percent(1000), "100.0%");
    }
}
