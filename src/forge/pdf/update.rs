//! Incremental updates by hand: any objects, put behind any file of ours.

use std::fmt::Write;

/// An update of some objects, each with what stands between `obj` and `endobj`.
#[must_use]
pub fn updated(bytes: &[u8], objects: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let (previous, root) = (after(bytes, b"startxref\n"), after(bytes, b"/Root "));
    let mut out = bytes.to_vec();
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        let _ = write!(table, "{number} 1\n{:010} 00000 n \n", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\nendobj\n");
    }
    let at = out.len();
    let _ = write!(
        table,
        "trailer\n<< /Size 9999 /Root {root} 0 R /Prev {previous} >>\nstartxref\n{at}\n%%EOF\n"
    );
    out.extend_from_slice(table.as_bytes());
    out
}

/// The number behind the last `key`; 0 if there is none.
#[must_use]
pub fn after(bytes: &[u8], key: &[u8]) -> u32 {
    let at = memchr::memmem::rfind(bytes, key);
    let rest = at.and_then(|at| bytes.get(at.saturating_add(key.len())..));
    let digits = rest.unwrap_or_default().iter();
    let digits = digits.take_while(|b| b.is_ascii_digit()).copied().collect();
    String::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// What stands between `obj` and `endobj` of the last object with a number; empty if there is none.
#[must_use]
pub fn body(bytes: &[u8], number: u32) -> Vec<u8> {
    let head = format!("\n{number} 0 obj\n");
    let at = memchr::memmem::rfind(bytes, head.as_bytes());
    let rest = at.and_then(|at| bytes.get(at.saturating_add(head.len())..));
    let rest = rest.unwrap_or_default();
    let end = memchr::memmem::find(rest, b"\nendobj").unwrap_or(0);
    rest.get(..end).unwrap_or_default().to_vec()
}

/// A body with the first `from` in it replaced.
#[must_use]
pub fn edited(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let Some(at) = memchr::memmem::find(body, from.as_bytes()) else {
        return body.to_vec();
    };
    let (before, rest) = body.split_at(at);
    let after = rest.get(from.len()..).unwrap_or_default();
    [before, to.as_bytes(), after].concat()
}
