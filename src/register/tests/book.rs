//! Registers as workbooks, made by the project's own writer of archives.

use super::*;
use crate::format::zip::Method;
use crate::format::zip::write::Writer;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of sheets: name, attributes, and what is in `sheetData`; and the texts they share.
pub(super) fn book(sheets: &[(&str, &str, &str)], strings: &[&str]) -> Vec<u8> {
    let mut writer = Writer::new();
    let mut add = |name: &str, text: &str| {
        writer
            .add(name, text.as_bytes(), Method::Deflated)
            .expect("a part");
    };
    let link = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id='{id}' Type='{LINKS}/{kind}' Target='{target}'/>")
    };
    let list = |inside: &str| {
        let namespace = "http://schemas.openxmlformats.org/package/2006/relationships";
        format!("<Relationships xmlns='{namespace}'>{inside}</Relationships>")
    };
    add(
        "_rels/.rels",
        &list(&link("a", "officeDocument", "xl/workbook.xml")),
    );
    let (mut listed, mut links) = (
        String::new(),
        link("s", "sharedStrings", "sharedStrings.xml"),
    );
    for (place, (name, attributes, data)) in sheets.iter().enumerate() {
        listed.push_str(&format!(
            "<sheet name='{name}' sheetId='{place}' r:id='r{place}' {attributes}/>"
        ));
        links.push_str(&link(
            &format!("r{place}"),
            "worksheet",
            &format!("/xl/s{place}.xml"),
        ));
        let sheet = format!("<worksheet xmlns='{MAIN}'><sheetData>{data}</sheetData></worksheet>");
        add(&format!("xl/s{place}.xml"), &sheet);
    }
    let book =
        format!("<workbook xmlns='{MAIN}' xmlns:r='{LINKS}'><sheets>{listed}</sheets></workbook>");
    add("xl/workbook.xml", &book);
    add("xl/_rels/workbook.xml.rels", &list(&links));
    let items: String = strings.iter().map(|s| format!("<si>{s}</si>")).collect();
    add(
        "xl/sharedStrings.xml",
        &format!("<sst xmlns='{MAIN}'>{items}</sst>"),
    );
    writer.finish().expect("an archive")
}

pub(super) fn inline(place: &str, text: &str) -> String {
    format!("<c r='{place}' t='inlineStr'><is><t>{text}</t></is></c>")
}

fn head() -> String {
    let cells = [
        inline("B3", "Số, ký hiệu văn bản"),
        inline("D3", "Ngày tháng văn bản"),
    ];
    format!("<row r='3'>{}</row>", cells.concat())
}

fn one(data: &str, strings: &[&str]) -> Vec<u8> {
    book(&[("Sổ", "", &format!("{}{data}", head()))], strings)
}

#[test]
fn cells_of_every_kind_are_read() {
    let strings = [
        "<r><t>01/</t></r><r><t>QĐ-UBND</t></r><rPh sb='0' eb='1'><t>x</t></rPh>",
        "<t xml:space='preserve'> 02/UBND_x000A_-VP </t>",
    ];
    // 46328 is 2 November 2026; a time of day is a part of it.
    let data = "<row r='4'><c r='B4' t='s'><v>0</v></c><c r='D4' s='1'><v>46328</v></c></row>\
        <row r='6'><c r='B6' t='s'><v>1</v></c><c r='D6' t='str'><f>A1</f><v>03/11/2026</v></c></row>\
        <row><c/><c t='inlineStr'><is><t>3/QĐ</t></is></c><c/><c><v>4.63285E4</v></c></row>\
        <row r='8'><c r='A8'><v>7</v></c></row>\
        <row r='9'><c r='B9' t='str'><v>4/QĐ</v></c><c r='D9' t='d'><v>2026-11-05T00:00:00</v></c></row>";
    let rows = read(&one(data, &strings), &asked()).expect("a register");
    assert_eq!(
        told(&rows),
        [
            "4: 01|QĐ-UBND 2026-11-02 paper",
            "6: 02|UBND-VP 2026-11-03 paper",
            "7: 3|QĐ 2026-11-02 paper",
            "9: 4|QĐ 2026-11-05 paper",
        ]
    );
    assert_eq!(rows.passed_over, 1);
}

#[test]
fn numbers_typed_as_numbers_and_days_from_1904() {
    let data = "<row r='1'><c r='A1' t='inlineStr'><is><t>Số</t></is></c>\
        <c r='B1' t='inlineStr'><is><t>Ký hiệu</t></is></c>\
        <c r='C1' t='inlineStr'><is><t>Ngày</t></is></c></row>\
        <row r='2'><c r='A2'><v>5</v></c><c r='B2' t='inlineStr'><is><t>QĐ</t></is></c>\
        <c r='C2'><v>44866</v></c></row>";
    let bytes = book(&[("a", "", data)], &[]);
    let text = mistakes(read(&bytes, &asked()));
    assert_eq!(text, ["2: date outside 2022-11-01"]);
    // The same workbook counted from 1904.
    let mac = book(&[("a", "", data)], &[]);
    let mac = rewritten(
        &mac,
        "xl/workbook.xml",
        "<sheets>",
        "<workbookPr date1904='1'/><sheets>",
    );
    let rows = read(&mac, &asked()).expect("rows");
    assert_eq!(told(&rows), ["2: 5|QĐ 2026-11-02 paper"]);
}

/// The workbook with what stands there in its sheet changed, and nothing packed.
pub(super) fn stored(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    rewritten(bytes, "xl/s0.xml", from, to)
}

/// The workbook with a part changed.
fn rewritten(bytes: &[u8], part: &str, from: &str, to: &str) -> Vec<u8> {
    use crate::format::content::Memory;
    use crate::format::zip::Archive;
    let content = Memory::new(bytes.to_vec().into());
    let archive = Archive::read(&content).expect("an archive");
    let mut writer = Writer::new();
    for entry in archive.entries() {
        let inside = archive.unpack(entry, 1 << 20).expect("a part");
        let mut text = String::from_utf8(inside).expect("text");
        if entry.name == part {
            text = text.replace(from, to);
        }
        let added = writer.add(&entry.name, text.as_bytes(), Method::Stored);
        added.expect("a part");
    }
    writer.finish().expect("an archive")
}

#[test]
fn formulas_are_never_computed_and_failed_ones_are_told() {
    let data = "<row r='4'><c r='B4'><f>HYPERLINK(\"http://x\")</f></c><c r='D4'><v>46328</v></c></row>\
        <row r='5'><c r='B5' t='e'><f>1/0</f><v>#DIV/0!</v></c><c r='D5'><f>TODAY()</f></c></row>\
        <row r='6'><c r='B6' t='s'><v>9</v></c><c r='D6' t='inlineStr'><is><t>46328</t></is></c></row>";
    assert_eq!(
        mistakes(read(&one(data, &[]), &asked())),
        [
            "4: number formula ",
            "5: number formula #DIV/0!",
            "5: date formula ",
            "6: number not_text ",
            "6: date unreadable 46328",
        ]
    );
}

#[test]
fn of_several_sheets_the_one_that_is_meant_is_read() {
    let month = |number: &str| {
        let cells = [
            inline("B4", &format!("{number}/QĐ")),
            inline("D4", "02/11/2026"),
        ];
        format!("{}<row r='4'>{}</row>", head(), cells.concat())
    };
    let (ten, eleven) = (month("10"), month("11"));
    let several = book(&[("Tháng 10", "", &ten), ("Tháng 11", "", &eleven)], &[]);
    let names = vec!["Tháng 10".to_owned(), "Tháng 11".to_owned()];
    assert_eq!(
        read(&several, &asked()),
        Err(RegisterError::Sheets(names.clone()))
    );
    let named = |name: &str| Asked {
        sheet: Some(name.to_owned()),
        ..asked()
    };
    let rows = read(&several, &named("thang 11")).expect("rows");
    assert_eq!(told(&rows), ["4: 11|QĐ 2026-11-02 paper"]);
    let missing = read(&several, &named("Tháng 12"));
    assert_eq!(
        missing,
        Err(RegisterError::NoSheet("Tháng 12".to_owned(), names))
    );
    // Empty sheets and hidden ones are nobody's register.
    for other in [
        ("Sheet2", "", ""),
        ("Tháng 10", "state='hidden'", ten.as_str()),
    ] {
        let two = book(&[other, ("Tháng 11", "", &eleven)], &[]);
        assert_eq!(
            read(&two, &asked()).expect("rows").rows.len(),
            1,
            "{}",
            other.0
        );
    }
}
