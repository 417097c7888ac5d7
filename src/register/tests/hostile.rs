//! Files made to hurt.

use super::book::{book, inline};
use super::*;
use crate::format::zip::Method;
use crate::format::zip::write::Writer;
use std::fmt::Write as _;

#[test]
fn a_million_rows_are_read_and_no_more() {
    // Nothing in the columns that are read, so that a build for tests reads them in a moment.
    let mut text = "Số;Ngày\n1/QĐ;02/11/2026\n".to_owned();
    text.push_str(&";;x\n".repeat(999_999));
    let rows = read(text.as_bytes(), &asked()).expect("a million rows");
    assert_eq!((rows.rows.len(), rows.passed_over), (1, 999_999));
    text.push_str(";;x\n");
    assert_eq!(
        read(text.as_bytes(), &asked()),
        Err(RegisterError::TooManyRows)
    );
}

#[test]
fn more_than_is_taken_is_still_reported() {
    let mut text = "Số;Ký hiệu;Ngày\n".to_owned();
    let many = MAX_TAKEN + 10_000;
    for number in 1..many {
        let day = if number % 200 == 0 {
            "31/11/2026"
        } else {
            "2/11/26"
        };
        writeln!(text, "{number};QĐ;{day}").expect("memory");
    }
    // The last is the first once more.
    text.push_str("01;qđ;2/11/26\n");
    let mut report = report(read(text.as_bytes(), &asked()));
    assert!(report.is_too_many());
    assert_eq!((report.rows, report.count), (many, many / 200));
    assert_eq!(report.mistakes.len(), MAX_MISTAKES);
    let lines: Vec<u64> = report.mistakes.iter().map(|m| m.line).collect();
    assert!(lines.is_sorted() && lines[0] == 201, "{lines:?}");
    report.rows = MAX_TAKEN;
    assert!(!report.is_too_many());
}

#[test]
fn a_large_file_and_a_wide_row_are_refused() {
    let large = vec![b' '; MAX_FILE + 1];
    assert_eq!(
        read(&large, &asked()),
        Err(RegisterError::TooLarge(MAX_FILE))
    );
    let wide = format!("Số;Ngày\n1/QĐ;02/11/2026{}\n", ";".repeat(20_000));
    assert_eq!(
        read(wide.as_bytes(), &asked()),
        Err(RegisterError::TooWide(2))
    );
}

fn no_workbook(bytes: &[u8], what: &str) {
    let result = read(bytes, &asked());
    match &result {
        Err(RegisterError::NoWorkbook(why)) => assert!(why.contains(what), "{why}"),
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn a_bomb_is_not_unpacked() {
    let blanks = vec![b' '; 16 << 20];
    let mut writer = Writer::new();
    writer
        .add("xl/workbook.xml", &blanks, Method::Deflated)
        .expect("a part");
    no_workbook(&writer.finish().expect("an archive"), "times its size");
    // Below the ratio, and still more than a sheet may be.
    let mut data = String::with_capacity(130 << 20);
    let mut seed = 1u32;
    while data.len() <= 128 << 20 {
        for _ in 0..100 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            write!(data, "{seed:x} ").expect("memory");
        }
        data.push_str(&" ".repeat(20_000));
    }
    let bytes = book(&[("a", "", &data)], &[]);
    assert!(bytes.len() < MAX_FILE);
    assert!(matches!(
        read(&bytes, &asked()),
        Err(RegisterError::TooLarge(_))
    ));
}

#[test]
fn many_tags_are_not_made_a_tree() {
    let mut data = String::new();
    for _ in 0..13_000_000u32 {
        data.push_str("<c/>");
    }
    // Stored, so that no ratio stops it.
    let bytes = book::stored(&book(&[("a", "", "X")], &[]), "X", &data);
    assert!(matches!(
        read(&bytes, &asked()),
        Err(RegisterError::TooLarge(_))
    ));
}

#[test]
fn malformed_workbooks_are_refused() {
    let good = book(&[("a", "", "<row/>")], &[]);
    no_workbook(b"PK\x03\x04", "");
    no_workbook(&good[..good.len() - 1], "");
    let mut writer = Writer::new();
    writer
        .add("content.xml", b"<x/>", Method::Stored)
        .expect("a part");
    no_workbook(&writer.finish().expect("an archive"), "_rels/.rels");
    no_workbook(&book(&[("a", "", "<row>")], &[]), "not well-formed");
    let doctype = book(&[("a", "", "]]>")], &[]);
    no_workbook(&doctype, "not well-formed");
    let entity = book::stored(
        &good,
        "<worksheet",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet",
    );
    no_workbook(&entity, "document type");
    // A place far to the right, and rows that go back, cost nothing.
    let far = format!(
        "<row r='1'>{}{}</row><row r='4294967295'>{}{}</row><row r='1'>{}</row>",
        inline("XFC1", "Số"),
        inline("XFD1", "Ngày"),
        inline("XFC9", "1/QĐ"),
        inline("XFD9", "02/11/2026"),
        inline("XFE9", "y")
    );
    let rows = read(&book(&[("a", "", &far)], &[]), &asked()).expect("rows");
    assert_eq!(told(&rows), ["4294967295: 1|QĐ 2026-11-02 paper"]);
}
