//! Charts as SVG: without a script, with real text, in colours that stay apart on paper. Each has a title in words for
//! those who do not see it.

use super::sheet::capital;
use super::told;
use crate::client::report::{LeagueView, MonthView};
use crate::lang;
use crate::model::simulated::MARK;
use crate::model::{Language, Period};
use std::fmt::Write;

const WIDTH: i64 = 960;
const LEFT: i64 = 350;
const RIGHT: i64 = 170;
const BAR: i64 = 26;
const TOP: i64 = 64;
/// Bars on one chart: what a printed page holds; the table has all.
const MOST: usize = 40;

const INK: &str = "#1b1f24";
const SOFT: &str = "#5b6570";
const LINE: &str = "#c9d1d9";
const FILL: &str = "#1f5f99";
const WANTING: &str = "#b35900";
const ALARM: &str = "#a4001d";
/// Lines of a trend: told apart by their dashes too, where there is no colour.
const LINES: [(&str, &str); 4] = [
    ("#1f5f99", ""),
    ("#b35900", "8 4"),
    ("#1a7f4b", "2 3"),
    ("#7a3e9d", "10 3 2 3"),
];

/// Text that stands in SVG or HTML.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in lang::visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Draws into `out`; nothing fails in memory.
struct Drawing(String);

impl Drawing {
    fn new(height: i64, title: &str, simulated: bool) -> Self {
        let mut out = String::new();
        let said = match simulated {
            true => format!("{} – {}", escaped(MARK), escaped(title)),
            false => escaped(title),
        };
        let _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{said}\" \
             font-family=\"'Be Vietnam Pro', 'Segoe UI', 'Liberation Sans', sans-serif\" font-size=\"14\">\n\
             <title>{said}</title>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
        );
        let mut drawing = Self(out);
        drawing.text(
            (24, 32),
            &format!("font-size=\"19\" font-weight=\"600\" fill=\"{INK}\""),
            title,
        );
        if simulated {
            let style = format!("font-size=\"13\" font-weight=\"700\" fill=\"{ALARM}\"");
            drawing.text((24, 52), &style, MARK);
        }
        drawing
    }

    fn text(&mut self, (x, y): (i64, i64), style: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(self.0, "<text x=\"{x}\" y=\"{y}\" {style}>{text}</text>");
    }

    fn line(&mut self, from: (i64, i64), to: (i64, i64), style: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let _ = writeln!(
            self.0,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" {style}/>"
        );
    }

    fn done(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }
}

/// How far along `length` so many tenths of a percent are.
fn along(length: i64, per_mille: i64) -> i64 {
    length
        .saturating_mul(per_mille.clamp(0, 1000))
        .div_euclid(1000)
}

/// Bars of one league, best first; units without a place are left to the table.
#[must_use]
pub fn league(language: Language, league: &LeagueView, period: Period, simulated: bool) -> String {
    let rate = capital(&lang::word(language, "rate", &league.rate));
    let level = told::level(language, league.level.as_deref());
    let shown = lang::period(language, period);
    let rate = format!("{rate} ({level})");
    let values = [("rate", rate.as_str()), ("period", shown.as_str())];
    let title = lang::text(language, "sheet-league-title", &values);
    let ranked: Vec<_> = league.places.iter().filter(|p| p.place.is_some()).collect();
    let (rows, rest) = ranked.split_at(ranked.len().min(MOST));
    let count = i64::try_from(rows.len()).unwrap_or(0).max(1);
    let bottom = TOP.saturating_add(count.saturating_mul(BAR));
    let mut drawing = Drawing::new(bottom.saturating_add(44), &title, simulated);
    let length = WIDTH.saturating_sub(LEFT).saturating_sub(RIGHT);
    for tenths in [0, 250, 500, 750, 1000] {
        let x = LEFT.saturating_add(along(length, tenths));
        drawing.line((x, TOP), (x, bottom), &format!("stroke=\"{LINE}\""));
        let style = format!("text-anchor=\"middle\" font-size=\"12\" fill=\"{SOFT}\"");
        let y = bottom.saturating_add(18);
        drawing.text((x, y), &style, &format!("{} %", tenths.div_euclid(10)));
    }
    for (place, top) in rows.iter().zip((TOP..).step_by(26)) {
        let per_mille = place.rate.per_mille.unwrap_or(0);
        let (wide, middle) = (along(length, per_mille), top.saturating_add(18));
        let fill = if place.met == Some(false) {
            WANTING
        } else {
            FILL
        };
        let number = place.place.map(|n| n.to_string()).unwrap_or_default();
        let name = format!("{number}. {}", clipped(&place.name, 42));
        let x = LEFT.saturating_sub(10);
        drawing.text(
            (x, middle),
            &format!("text-anchor=\"end\" fill=\"{INK}\""),
            &name,
        );
        let y = top.saturating_add(4);
        let _ = writeln!(
            drawing.0,
            "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{wide}\" height=\"18\" fill=\"{fill}\"/>"
        );
        if let Some(target) = place.target_per_mille {
            let x = LEFT.saturating_add(along(length, target));
            let (from, to) = ((x, top), (x, top.saturating_add(BAR)));
            drawing.line(
                from,
                to,
                &format!("stroke=\"{INK}\" stroke-width=\"2\" stroke-dasharray=\"4 2\""),
            );
        }
        let said = format!(
            "{}  {}",
            lang::percent(language, per_mille),
            told::fraction(language, &place.rate)
        );
        let x = LEFT.saturating_add(length).saturating_add(10);
        drawing.text((x, middle), &format!("fill=\"{INK}\""), &said);
    }
    if !rest.is_empty() {
        let count = rest.len().to_string();
        let more = lang::text(language, "sheet-more", &[("count", &count)]);
        let y = bottom.saturating_add(36);
        drawing.text((24, y), &format!("font-size=\"12\" fill=\"{SOFT}\""), &more);
    }
    drawing.done()
}

impl Drawing {
    /// A line for every quarter of the whole, with its percentage.
    fn grid(&mut self, (left, right): (i64, i64), (top, bottom): (i64, i64)) {
        for tenths in [0, 250, 500, 750, 1000] {
            let y = bottom.saturating_sub(along(bottom.saturating_sub(top), tenths));
            self.line((left, y), (right, y), &format!("stroke=\"{LINE}\""));
            let style = format!("text-anchor=\"end\" font-size=\"12\" fill=\"{SOFT}\"");
            let at = (left.saturating_sub(8), y.saturating_add(4));
            self.text(at, &style, &format!("{} %", tenths.div_euclid(10)));
        }
    }
}

/// Lines of a trend. A month without a rate, or with one of other offices, interrupts its line: nothing is guessed.
#[must_use]
pub fn trend(language: Language, months: &[MonthView], period: Period, simulated: bool) -> String {
    let shown = lang::period(language, period);
    let title = lang::text(language, "sheet-trend-title", &[("period", &shown)]);
    let (left, right, top, bottom) = (64_i64, 936_i64, 64_i64, 364_i64);
    let mut drawing = Drawing::new(500, &title, simulated);
    drawing.grid((left, right), (top, bottom));
    let steps = i64::try_from(months.len().saturating_sub(1))
        .unwrap_or(1)
        .max(1);
    let x = |place: i64| {
        let across = right.saturating_sub(left).saturating_mul(place);
        left.saturating_add(across.div_euclid(steps))
    };
    for (month, place) in months.iter().zip(0_i64..) {
        let Some(of) = Period::parse(&month.period) else {
            continue;
        };
        let last = place == steps;
        if place % 3 == 2 || last && place % 3 == 1 {
            let style = format!("text-anchor=\"middle\" font-size=\"12\" fill=\"{SOFT}\"");
            let said = format!("{:02}/{}", of.number(), of.year());
            drawing.text((x(place), bottom.saturating_add(20)), &style, &said);
        }
    }
    let names = months.first().map(|month| month.rates.keys().collect());
    let names: Vec<&String> = names.unwrap_or_default();
    for ((name, (colour, dash)), row) in names.iter().zip(LINES).zip(0_i64..) {
        let style = format!(
            "fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-dasharray=\"{dash}\""
        );
        for part in parts(months, name) {
            let points: Vec<String> = part
                .iter()
                .map(|(place, tenths)| {
                    let y = bottom.saturating_sub(along(bottom.saturating_sub(top), *tenths));
                    format!("{},{y}", x(*place))
                })
                .collect();
            if let [one] = points.as_slice() {
                let (cx, cy) = one.split_once(',').unwrap_or(("0", "0"));
                let _ = writeln!(
                    drawing.0,
                    "<circle cx=\"{cx}\" cy=\"{cy}\" r=\"3.5\" fill=\"{colour}\"/>"
                );
            } else {
                let points = points.join(" ");
                let _ = writeln!(drawing.0, "<polyline points=\"{points}\" {style}/>");
            }
        }
        let column = row % 2;
        let at = (
            left.saturating_add(column.saturating_mul(440)),
            bottom
                .saturating_add(60)
                .saturating_add(row.div_euclid(2).saturating_mul(30)),
        );
        let (from, to) = (
            (at.0, at.1.saturating_sub(5)),
            (at.0.saturating_add(40), at.1.saturating_sub(5)),
        );
        drawing.line(from, to, &style);
        let label = lang::word(language, "rate", name);
        let said = format!("{label}: {}", last(language, months, name));
        drawing.text(
            (at.0.saturating_add(50), at.1),
            &format!("fill=\"{INK}\""),
            &said,
        );
    }
    drawing.done()
}

/// The rate of the last month, in words.
fn last(language: Language, months: &[MonthView], name: &str) -> String {
    let now = months.last().and_then(|month| month.rates.get(name));
    let now = now.and_then(|rate| rate.per_mille);
    now.map_or_else(|| "?".to_owned(), |n| lang::percent(language, n))
}

/// The stretches of months in which there is a rate to compare: places from 0, and tenths of a percent.
fn parts(months: &[MonthView], name: &str) -> Vec<Vec<(i64, i64)>> {
    let mut out: Vec<Vec<(i64, i64)>> = Vec::new();
    let mut whole = false;
    for (month, place) in months.iter().zip(0_i64..) {
        let rate = month.rates.get(name).filter(|_| !month.not_comparable);
        let Some(tenths) = rate.and_then(|rate| rate.per_mille) else {
            whole = false;
            continue;
        };
        match out.last_mut().filter(|_| whole) {
            Some(part) => part.push((place, tenths)),
            None => out.push(vec![(place, tenths)]),
        }
        whole = true;
    }
    out
}
