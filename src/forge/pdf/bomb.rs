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

/// An update whose catalog lies in an object stream that inflates to `inflated` octets, one of `noise`
/// of them being no repetition, which says how small it is in the file.
#[must_use]
pub fn inflating(signed: &[u8], inflated: usize, noise: usize) -> Vec<u8> {
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write as _;
    let root = after(signed, b"/Root ");
    let head = format!("{root} 0 ");
    let mut data = [head.as_bytes(), &body(signed, root), b"\n%"].concat();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while data.len() < inflated {
        for _ in 0..128 {
            // xorshift: what it gives does not deflate.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            data.extend_from_slice(&state.to_be_bytes());
        }
        data.resize(data.len().saturating_add(noise.saturating_mul(1024)), b' ');
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector cannot fail.
    let _ = encoder.write_all(&data);
    let deflated = encoder.finish().unwrap_or_default();
    let mut out = signed.to_vec();
    let stream = out.len();
    let dictionary = format!(
        "950 0 obj\n<</Type/ObjStm/N 1/First {}/Filter/FlateDecode/Length {}>>stream\n",
        head.len(),
        deflated.len()
    );
    out.extend_from_slice(dictionary.as_bytes());
    out.extend_from_slice(&deflated);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    with_table(
        signed,
        out,
        &[(root, Place::Inside(950)), (950, Place::At(stream))],
    )
}

/// An update of object streams, each of which stands in the dictionary of the one before, so that
/// reading one means to read all that are deeper; the fields of the form lie in them.
#[must_use]
pub fn nested(signed: &[u8], depth: u32) -> Vec<u8> {
    const FIRST: u32 = 10_000;
    let (root, inside) = (after(signed, b"/Root "), FIRST.saturating_add(depth));
    let mut out = signed.to_vec();
    let mut places = vec![(root, Place::At(out.len()))];
    let numbers = |from: u32| (from..).take(usize::try_from(depth).unwrap_or(0));
    let fields: String = numbers(inside).map(|n| format!("{n} 0 R ")).collect();
    let catalog = edited(
        &body(signed, root),
        "/Fields [",
        &format!("/Fields [{fields}"),
    );
    out.extend_from_slice(format!("{root} 0 obj\n").as_bytes());
    out.extend_from_slice(&catalog);
    out.extend_from_slice(b"\nendobj\n");
    for number in numbers(FIRST) {
        places.push((number, Place::At(out.len())));
        let head = format!("{number} 0 obj<</Type/ObjStm/N 0/First 0/Length 0/X(");
        out.extend_from_slice(head.as_bytes());
    }
    for _ in 0..depth {
        out.extend_from_slice(b")>>stream\n\nendstream ");
    }
    out.push(b'\n');
    let streams = numbers(FIRST).zip(numbers(inside));
    places.extend(streams.map(|(stream, object)| (object, Place::Inside(stream))));
    with_table(signed, out, &places)
}

/// Where an object is.
#[derive(Clone, Copy)]
enum Place {
    /// At an offset of the file.
    At(usize),
    /// The first one in an object stream.
    Inside(u32),
}

/// `out` with a cross-reference stream (ISO 32000-2 §7.5.8) behind it that goes on from the last table.
fn with_table(signed: &[u8], mut out: Vec<u8>, places: &[(u32, Place)]) -> Vec<u8> {
    let (previous, root) = (after(signed, b"startxref\n"), after(signed, b"/Root "));
    let mut index = String::new();
    let mut rows = Vec::new();
    for (number, place) in places {
        let _ = write!(index, "{number} 1 ");
        let (kind, field) = match place {
            Place::At(offset) => (1, u32::try_from(*offset).unwrap_or(u32::MAX)),
            Place::Inside(stream) => (2, *stream),
        };
        rows.push(kind);
        rows.extend_from_slice(&field.to_be_bytes());
        rows.push(0);
    }
    let at = out.len();
    let head = format!(
        "99999 0 obj\n<</Type/XRef/W[1 4 1]/Index[{index}]/Size 100000/Root {root} 0 R/Prev {previous}\
         /Length {}>>stream\n",
        rows.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&rows);
    let tail = format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n");
    out.extend_from_slice(tail.as_bytes());
    out
}
