//! Draws Vietnamese text with the standard fonts that every PDF reader has, embedding none: base
//! letters by the font, marks by its accent glyphs or by small strokes. `ActualText` carries the
//! real text, so that searching and copying work.

use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

/// A standard face.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// Times-Roman, resource `F1`.
    Roman,
    /// Times-Bold, resource `F2`.
    Bold,
}

/// Font resources of everything drawn here, as the value of `/Font`.
pub const FONTS: &str = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman \
    /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences \
    [128 /grave /acute /circumflex /tilde /breve /dotlessi] >> >> \
    /F2 << /Type /Font /Subtype /Type1 /BaseFont /Times-Bold \
    /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences \
    [128 /grave /acute /circumflex /tilde /breve /dotlessi] >> >> >>";

const DOTLESS_I: char = '\u{85}';

/// Widths of the characters 32 to 126 in thousandths (Adobe's metrics of the standard fonts).
const ROMAN: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
const BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
    611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
    722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
    278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];

/// One letter taken apart.
struct Letter {
    base: char,
    marks: Vec<char>,
    barred: bool,
}

fn take_apart(text: &str) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for c in text.nfd() {
        let (base, barred) = match c {
            'đ' => ('d', true),
            'Đ' => ('D', true),
            '–' | '—' => ('-', false),
            '“' | '”' => ('"', false),
            c => (c, false),
        };
        match letters.last_mut() {
            Some(last) if ('\u{300}'..='\u{36f}').contains(&c) => last.marks.push(c),
            _ => letters.push(Letter {
                base: if (' '..='~').contains(&base) {
                    base
                } else {
                    '?'
                },
                marks: Vec::new(),
                barred,
            }),
        }
    }
    letters
}

fn advance(base: char, face: Face) -> f64 {
    let table = if face == Face::Roman { &ROMAN } else { &BOLD };
    let index = u32::from(base)
        .checked_sub(32)
        .and_then(|i| usize::try_from(i).ok());
    f64::from(*index.and_then(|i| table.get(i)).unwrap_or(&500))
}

/// The width of `text` in points.
#[must_use]
pub fn width(text: &str, face: Face, size: f64) -> f64 {
    let total: f64 = take_apart(text).iter().map(|l| advance(l.base, face)).sum();
    total * size / 1000.0
}

/// Breaks `text` into lines of at most `limit` points.
#[must_use]
pub fn wrap(text: &str, face: Face, size: f64, limit: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if line.is_empty() || width(&longer, face, size) <= limit {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Appends the operators that draw `text` with its left end at `x` on the base line `y`.
pub fn draw(text: &str, face: Face, size: f64, (x, y): (f64, f64), out: &mut String) {
    let letters = take_apart(text);
    let font = if face == Face::Roman { "F1" } else { "F2" };
    let mut actual = String::from("FEFF");
    for unit in text.encode_utf16() {
        let _ = write!(actual, "{unit:04X}");
    }
    let _ = writeln!(out, "/Span << /ActualText <{actual}> >> BDC");
    let bases: String = letters.iter().map(shown).collect();
    let _ = writeln!(out, "BT /{font} {size} Tf {x:.2} {y:.2} Td ({bases}) Tj ET");
    let mut pen = Pen {
        font,
        size,
        x,
        y,
        width: 0.0,
        out,
    };
    for letter in &letters {
        pen.width = advance(letter.base, face);
        pen.marks(letter);
        pen.x += pen.width * size / 1000.0;
    }
    out.push_str("EMC\n");
}

/// The base letter inside a string operand.
fn shown(letter: &Letter) -> String {
    match letter.base {
        'i' if letter.marks.iter().any(|m| *m != '\u{323}') => octal(DOTLESS_I),
        c @ ('(' | ')' | '\\') => format!("\\{c}"),
        c => c.to_string(),
    }
}

fn octal(c: char) -> String {
    format!("\\{:03o}", u32::from(c))
}

struct Pen<'a> {
    font: &'static str,
    size: f64,
    x: f64,
    y: f64,
    width: f64,
    out: &'a mut String,
}

impl Pen<'_> {
    /// A point of the letter's own space (thousandths) on the page.
    fn at(&self, dx: f64, dy: f64) -> String {
        let (x, y) = (
            self.x + dx * self.size / 1000.0,
            self.y + dy * self.size / 1000.0,
        );
        format!("{x:.2} {y:.2}")
    }

    fn glyph(&mut self, code: &str, dx: f64, dy: f64) {
        let at = self.at(dx, dy);
        let _ = writeln!(
            self.out,
            "BT /{} {} Tf {at} Td ({code}) Tj ET",
            self.font, self.size
        );
    }

    fn stroke(&mut self, path: &[(f64, f64)], operator: &str) {
        let points: Vec<String> = path.iter().map(|(dx, dy)| self.at(*dx, *dy)).collect();
        let Some((first, rest)) = points.split_first() else {
            return;
        };
        let line = self.size * 0.05;
        let _ = writeln!(
            self.out,
            "{line:.2} w {first} m {} {operator} S",
            rest.join(" ")
        );
    }

    fn marks(&mut self, letter: &Letter) {
        let raise = if letter.base.is_uppercase() {
            190.0
        } else {
            0.0
        };
        let shape = ['\u{302}', '\u{306}']
            .iter()
            .any(|m| letter.marks.contains(m));
        let middle = self.width / 2.0;
        if letter.barred {
            let (from, to, y) = if letter.base == 'd' {
                (240.0, 530.0, 570.0)
            } else {
                (0.0, 340.0, 331.0)
            };
            self.stroke(&[(from, y), (to, y)], "l");
        }
        for mark in &letter.marks {
            // A tone mark stands above a circumflex or breve, a little aside.
            let (aside, up) = if shape {
                (150.0, raise + 120.0)
            } else {
                (0.0, raise)
            };
            let accent = middle - 166.0;
            match mark {
                '\u{300}' => self.glyph("\\200", accent - aside, up),
                '\u{301}' => self.glyph("\\201", accent + aside, up),
                '\u{302}' => self.glyph("\\202", accent, raise),
                '\u{303}' => self.glyph("\\203", accent, up),
                '\u{306}' => self.glyph("\\204", accent, raise),
                '\u{323}' => self.glyph(".", middle - 125.0, -210.0),
                '\u{309}' => {
                    let (x, y) = (middle + aside, up);
                    let path = [
                        (x - 75.0, y + 655.0),
                        (x - 50.0, y + 725.0),
                        (x + 80.0, y + 715.0),
                        (x + 60.0, y + 640.0),
                        (x + 45.0, y + 600.0),
                        (x - 5.0, y + 600.0),
                        (x, y + 545.0),
                    ];
                    self.curve(&path);
                }
                '\u{31b}' => {
                    let (x, y) = (self.width, raise);
                    let path = [
                        (x - 110.0, y + 425.0),
                        (x + 10.0, y + 430.0),
                        (x + 55.0, y + 470.0),
                        (x + 30.0, y + 550.0),
                    ];
                    self.curve(&path);
                }
                _ => {}
            }
        }
    }

    /// Bézier segments: a start, then three points each.
    fn curve(&mut self, path: &[(f64, f64)]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let mut line = format!("{:.2} w {} m", self.size * 0.05, self.at(first.0, first.1));
        for segment in rest.chunks_exact(3) {
            let points: Vec<String> = segment.iter().map(|(dx, dy)| self.at(*dx, *dy)).collect();
            let _ = write!(line, " {} c", points.join(" "));
        }
        let _ = writeln!(self.out, "{line} S");
    }
}
