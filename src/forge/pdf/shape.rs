//! What a signature looks like.

use super::{Mark, stream};
use crate::forge::vietnamese::{FONTS, Face, draw};
use std::fmt::Write;

/// A frame with lines in it.
pub(super) fn appearance(mark: &Mark) -> Vec<u8> {
    let [left, bottom, right, top] = mark.place;
    let (w, h) = (right - left, top - bottom);
    let [r, g, b] = mark.colour.map(|c| f64::from(c) / 255.0);
    let mut out = format!("{r:.2} {g:.2} {b:.2} rg {r:.2} {g:.2} {b:.2} RG 1.2 w\n");
    let _ = writeln!(out, "0.8 0.8 {:.1} {:.1} re S", w - 1.6, h - 1.6);
    let mut y = h - 11.0;
    for line in &mark.lines {
        draw(line, Face::Roman, 7.5, (5.0, y), &mut out);
        y -= 10.0;
    }
    let entries = format!(
        "/Type /XObject /Subtype /Form /BBox [0 0 {w} {h}] /Resources << /Font {FONTS} >> "
    );
    stream(&entries, out.as_bytes())
}
