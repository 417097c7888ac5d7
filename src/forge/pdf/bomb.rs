//! PDFs that are small and long to read: many revisions, many objects, cycles (attack catalogue P6).

use super::update::{after, body, edited, updated};
use std::fmt::Write;

/// Many updates of nothing but the title, one after the other.
#[must_use]
pub fn revisions(signed: &[u8], count: u32) -> Vec<u8> {
    let mut out = signed.to_vec();
    let mut previous = after(signed, b"startxref\n");
    let root = after(signed, b"/Root ");
    for number in (10_000..).take(usize::try_from(count).unwrap_or(0)) {
        let (object, table) = (out.len(), out.len().saturating_add(40));
        let one = format!("{number} 0 obj\n<< /Title ({number}) >>");
        let one = format!("{one:33}\nendobj");
        let tail = format!(
            "{one}xref\n{number} 1\n{object:010} 00000 n \ntrailer\n<< /Size 99999 /Root {root} 0 R \
             /Info {number} 0 R /Prev {previous} >>\nstartxref\n{table}\n%%EOF\n"
        );
        out.extend_from_slice(tail.as_bytes());
        previous = u32::try_from(table).unwrap_or(u32::MAX);
    }
    out
}

/// An update that gives a place to many numbers, all of them the same.
#[must_use]
pub fn objects(signed: &[u8], count: usize) -> Vec<u8> {
    let mut out = signed.to_vec();
    let (previous, root) = (after(signed, b"startxref\n"), after(signed, b"/Root "));
    let (at, object) = (out.len(), signed.len());
    let mut table = format!("xref\n10000 {count}\n");
    for _ in 0..count {
        let _ = writeln!(table, "{object:010} 00000 n ");
    }
    let _ = write!(
        table,
        "trailer\n<< /Size 9999999 /Root {root} 0 R /Prev {previous} >>\nstartxref\n{at}\n%%EOF\n"
    );
    out.extend_from_slice(table.as_bytes());
    out
}

/// An update in which the pages are their own kids, and the fields theirs.
#[must_use]
pub fn cycles(signed: &[u8]) -> Vec<u8> {
    let root = after(signed, b"/Root ");
    let catalog = edited(&body(signed, root), "/Fields [", "/Fields [901 0 R ");
    updated(
        signed,
        &[
            (root, catalog),
            (
                super::PAGES,
                b"<< /Type /Pages /Kids [2 0 R 900 0 R] >>".to_vec(),
            ),
            (
                900,
                b"<< /Type /Pages /Kids [2 0 R] /Parent 900 0 R >>".to_vec(),
            ),
            (
                901,
                b"<< /T (a) /Kids [901 0 R] /Parent 901 0 R /FT /Sig /V 902 0 R >>".to_vec(),
            ),
            (902, b"902 0 R".to_vec()),
        ],
    )
}
