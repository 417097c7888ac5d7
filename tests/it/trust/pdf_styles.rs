//! PDFs put together in unusual ways: what is legal passes; what other programs may read differently holds
//! and never passes; what cannot be followed fails.

use super::pdf::{letter, signed_by_both};
use super::world::*;
use lienthong::forge::pdf::Style;
use lienthong::forge::{KeyKind, Pdf};
use lienthong::model::ReasonCode as R;
use lienthong::model::SubIndication as S;
use lienthong::model::digest::to_hex;
use lienthong::trust::report::{FileReport, Integrity};

fn signed(world: &World, style: Style) -> Vec<u8> {
    signed_by_both(Pdf::styled(&letter(), style), world)
}

fn judge(world: &World, bytes: &[u8]) -> FileReport {
    world.validator().judge_file(&memory(bytes), None, NOW)
}

fn spaced(octets: &[u8]) -> String {
    let digits = to_hex(octets).to_uppercase();
    let lines: Vec<String> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    lines.join("\r\n")
}

/// ISO 32000-2 §7.2.4, §7.3.4.3, §7.5.2, §7.5.4, §7.5.5.
#[test]
fn unusual_files_pass() {
    let world = World::new(KeyKind::P256);
    let good = Style::default();
    let rows = [
        ("good", good.clone()),
        (
            "PDF 2.0, no binary comment",
            Style {
                header: b"%PDF-2.0\n",
                ..good.clone()
            },
        ),
        (
            "more comments behind the header",
            Style {
                header: b"%PDF-1.4\r\n%\xff\xff\xff\xff\r\n% by hand\r\n\r\n",
                ..good.clone()
            },
        ),
        (
            "entries of 19 octets",
            Style {
                entry_end: "\n",
                ..good.clone()
            },
        ),
        (
            "entries of 21 octets",
            Style {
                entry_end: " \r\n",
                ..good.clone()
            },
        ),
        (
            "entries that end with CR",
            Style {
                entry_end: " \r",
                ..good.clone()
            },
        ),
        (
            "comments and blank lines around the trailer",
            Style {
                before_trailer: "\r\n% the trailer\r\n\r\n",
                before_start: "\n\n% the start\n",
                ..good.clone()
            },
        ),
        (
            "the offset and the end on one line",
            Style {
                before_end: " ",
                ..good.clone()
            },
        ),
        (
            "blank lines before the end",
            Style {
                before_end: "\r\n\r\n  \r\n",
                ..good.clone()
            },
        ),
        (
            "no line behind the end",
            Style {
                after_end: "",
                ..good.clone()
            },
        ),
        (
            "CR behind the end",
            Style {
                after_end: "\r",
                ..good.clone()
            },
        ),
        (
            "an offset of the white space before the table",
            Style {
                off: -1,
                ..good.clone()
            },
        ),
        (
            "lines of upper-case digits",
            Style {
                digits: spaced,
                ..good.clone()
            },
        ),
    ];
    for (name, style) in rows {
        // An update begins on a line of its own.
        let report = judge(&world, &signed(&world, style));
        assert_eq!(worst(&report), Some(PASSED), "{name} {:?}", report.fault);
    }
}

/// Read by some and refused or rebuilt by others.
#[test]
fn irregular_files_hold_and_never_pass() {
    let world = World::new(KeyKind::P256);
    let good = Style::default();
    let rows = [
        (
            "offset of a cross-reference table",
            Style {
                off: 1,
                ..good.clone()
            },
        ),
        (
            "offset of a cross-reference table",
            Style {
                off: -9,
                ..good.clone()
            },
        ),
        (
            "cross-reference table counted from 1",
            Style {
                from_one: true,
                ..good.clone()
            },
        ),
        (
            "/Prev 0",
            Style {
                previous_zero: true,
                ..good.clone()
            },
        ),
    ];
    for (what, style) in rows {
        let bytes = signed(&world, style);
        irregular(&world, &bytes, what);
        // Altered, it is broken as any other.
        let mut altered = bytes;
        lienthong::forge::pdf::alter_inside(&mut altered).expect("altered");
        let expected = failed(S::HashFailure, R::DigestMismatch);
        assert_eq!(worst(&judge(&world, &altered)), Some(expected), "{what}");
    }
    // Nobody signed what follows, and it shows nothing.
    for behind in [&b"\n"[..], b"\r\n", b"\0\0 \n", &[b' '; 60]] {
        let bytes = [signed(&world, good.clone()).as_slice(), behind].concat();
        irregular(&world, &bytes, "white space behind what is signed");
    }
}

fn irregular(world: &World, bytes: &[u8], what: &str) {
    let report = judge(world, bytes);
    let expected = open(S::SigConstraintsFailure, R::PdfIrregular);
    assert_eq!(worst(&report), Some(expected), "{what} {report:#?}");
    let last = report.signatures.last().expect("signed");
    assert_eq!(last.verdict.reason().arg("what"), Some(what));
    for signature in &report.signatures {
        assert_eq!(signature.integrity, Integrity::Intact, "{what}");
    }
}

/// Nothing else is repaired.
#[test]
fn files_that_cannot_be_followed_fail() {
    let world = World::new(KeyKind::P256);
    let good = Style::default();
    let malformed = failed(S::FormatFailure, R::MalformedPdf);
    let far = signed(
        &world,
        Style {
            off: -40,
            ..good.clone()
        },
    );
    assert_eq!(worst(&judge(&world, &far)), Some(malformed), "far off");
    let whole = signed(&world, good.clone());
    for (name, bytes) in [
        ("before the header", [&b"\n"[..], &whole].concat()),
        (
            "a page before the header",
            [&b"<html>"[..], &whole].concat(),
        ),
        ("behind the end", [&whole, &b"\n%"[..]].concat()),
        ("the end cut off", whole[..whole.len() - 3].to_vec()),
    ] {
        assert_eq!(worst(&judge(&world, &bytes)), Some(malformed), "{name}");
    }
    let wide = [&whole[..], &[b' '; 80]].concat();
    let expected = failed(S::FormatFailure, R::ByteRangeWrong);
    assert_eq!(worst(&judge(&world, &wide)), Some(expected), "much space");
}
