//! PDF files made to be slow: attack catalogue P6. Each takes minutes or hours if one of its parts is
//! read again for every other part.

use lienthong::format::pdf::{Document, PdfError, SignatureDictionary};
use std::time::Duration;
use tokio::time::Instant;

/// Far above what any of them takes here, far below what they would take.
const SOON: Duration = Duration::from_secs(20);

/// Objects from 1 on, under a catalog that is object 1.
fn pdf(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (i, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", i + 1).as_bytes());
    }
    let at = out.len();
    let size = objects.len() + 1;
    table.push_str(&format!(
        "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n"
    ));
    out.extend_from_slice(table.as_bytes());
    out
}

fn read(bytes: &[u8]) -> Result<Vec<SignatureDictionary>, PdfError> {
    let begun = Instant::now();
    let found = Document::read(bytes).and_then(|document| document.signatures());
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    found
}

fn too_many(found: &Result<Vec<SignatureDictionary>, PdfError>) -> bool {
    matches!(found, Err(PdfError::TooMany { .. }))
}

#[test]
fn comments_behind_each_trace_of_a_signature() {
    let body = "/SubFilter%".repeat(100_000);
    assert!(too_many(&read(&pdf(&["<<>>".into(), format!("({body})")]))));
}

#[test]
fn many_signature_fields() {
    let fields = "<</FT/Sig/V<</ByteRange 1>>>>".repeat(40_000);
    let found = read(&pdf(&[format!("<</AcroForm<</Fields[{fields}]>>>>")]));
    assert!(too_many(&found));
}

#[test]
fn one_large_object_referred_to_from_every_field() {
    let fields = "<</T 2 0 R>>".repeat(40_000);
    let large = format!("({})", "x".repeat(1_000_000));
    let found = read(&pdf(&[
        format!("<</AcroForm<</Fields[{fields}]>>>>"),
        large,
    ]));
    assert!(too_many(&found));
}

#[test]
fn object_streams_by_turns_in_an_older_revision() {
    // Two revisions, each a cross-reference stream; the older one has 400,000 entries that name two
    // containers by turns. Neither container exists.
    let mut out = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    let old = out.len();
    let mut rows = Vec::new();
    for i in 0..400_000u32 {
        rows.extend_from_slice(&[2, 0x30, u8::from(i % 2 == 0), 0]);
    }
    let head = format!(
        "2 0 obj\n<</Type/XRef/W[1 2 1]/Size 400000/Root 1 0 R/Length {}>>stream\n",
        rows.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&rows);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let new = out.len();
    let rows = [1u8, 0, 9, 0];
    let head = format!(
        "3 0 obj\n<</Type/XRef/W[1 2 1]/Index[1 1]/Size 4/Root 1 0 R/Prev {old}/Length 4>>stream\n"
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&rows);
    let tail = format!("\nendstream\nendobj\nstartxref\n{new}\n%%EOF\n");
    out.extend_from_slice(tail.as_bytes());
    assert_eq!(read(&out), Ok(Vec::new()));
}

#[test]
fn object_streams_inside_each_other() {
    // Object n is a string inside the dictionary of object n - 1, so that reading one reads all that
    // are deeper.
    const DEPTH: usize = 8_000;
    let fields: String = (DEPTH + 2..2 * DEPTH + 2)
        .map(|n| format!("{n} 0 R "))
        .collect();
    let form = format!("<</AcroForm<</Fields[{fields}]>>>>");
    let mut out = format!("%PDF-1.7\n1 0 obj\n{form}\nendobj\n").into_bytes();
    let mut starts = Vec::new();
    for n in 2..DEPTH + 2 {
        starts.push(out.len());
        let head = format!("{n} 0 obj<</Type/ObjStm/N 0/First 0/Length 0/X(");
        out.extend_from_slice(head.as_bytes());
    }
    for _ in 0..DEPTH {
        out.extend_from_slice(b")>>stream\n\nendstream ");
    }
    let at = out.len();
    let mut rows = vec![1, 0, 0, 9, 0, 0];
    for start in &starts {
        let bytes = u32::try_from(*start).expect("small").to_be_bytes();
        rows.extend_from_slice(&[1, bytes[1], bytes[2], bytes[3], 0, 0]);
    }
    for n in 2..DEPTH + 2 {
        let bytes = u32::try_from(n).expect("small").to_be_bytes();
        rows.extend_from_slice(&[2, bytes[1], bytes[2], bytes[3], 0, 0]);
    }
    let head = format!(
        "99999 0 obj\n<</Type/XRef/W[1 3 2]/Index[1 {}]/Size 99999/Root 1 0 R/Length {}>>stream\n",
        2 * DEPTH + 1,
        rows.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&rows);
    out.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    assert!(too_many(&read(&out)));
}

#[test]
fn a_signature_dictionary_in_an_object_stream_is_none() {
    // Its offsets are those of the stream's data, whatever lies there in the file.
    let field = "<</FT/Sig/V<</Byte#52ange[0 1 2 3]/Contents<00>>>>>";
    let data = format!("4 0 {field}");
    let mut out = b"%PDF-1.7\n1 0 obj\n<</AcroForm<</Fields[4 0 R]>>>>\nendobj\n".to_vec();
    let stream = out.len();
    let head = format!(
        "2 0 obj\n<</Type/ObjStm/N 1/First 4/Length {}>>stream\n{data}\nendstream\nendobj\n",
        data.len()
    );
    out.extend_from_slice(head.as_bytes());
    let at = out.len();
    let rows = [
        1,
        9,
        0,
        1,
        u8::try_from(stream).expect("small"),
        0,
        0,
        0,
        0,
        2,
        2,
        0,
    ];
    let head = "3 0 obj\n<</Type/XRef/W[1 1 1]/Index[1 4]/Size 5/Root 1 0 R/Length 12>>stream\n";
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&rows);
    out.extend_from_slice(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").as_bytes());
    let found = read(&out).expect("a structure");
    let problems: Vec<_> = found.iter().map(|s| s.problem).collect();
    assert_eq!(problems, [Some("V")]);
}
