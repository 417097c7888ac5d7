//! Registers as CSV.

use super::*;
use proptest::prelude::*;

#[test]
fn a_register_of_the_form_is_read() {
    let text = "\u{feff}ỦY BAN NHÂN DÂN XÃ PHƯỚC LÝ, TỈNH TÂY NINH;;;;;;;\r\n\
        SỔ ĐĂNG KÝ VĂN BẢN ĐI;;;;;;;\r\n\r\n\
        \"Số, ký hiệu văn bản\";Ngày tháng văn bản;Tên loại và trích yếu nội dung văn bản;Người ký;\
        Nơi nhận văn bản;\"Đơn vị, người nhận bản lưu\";Số lượng bản;Ghi chú\r\n\
        (1);(2);(3);(4);(5);(6);(7);(8)\r\n\
        01/QĐ-UBND;02/11/2026;\"Quyết định về việc a; b,\r\nvà \"\"c\"\"\";Lê Văn A;UBND tỉnh;VT;02;\r\n\
        Số: 12/STC-VP;3/11/26;Công văn;Lê Văn A;;;;\r\n\
        ;;;;;;;cộng sổ tháng\r\n\
        12a/UBND – VP;2026-11-04;Công văn;;;;;\r\n\
        13-QĐ/TU;ngày 05 tháng 11 năm 2026;;;;;;\r\n\
        \u{a0};\u{a0};;;;;;\r\n\
        14/QĐ;6/11;;;;;;\r\n";
    let rows = read(text.as_bytes(), &asked()).expect("a register");
    assert_eq!(
        told(&rows),
        [
            "6: 01|QĐ-UBND 2026-11-02 paper",
            "8: 12|STC-VP 2026-11-03 paper",
            "10: 12a|UBND–VP 2026-11-04 paper",
            "11: 13|QĐ/TU 2026-11-05 paper",
            "13: 14|QĐ 2026-11-06 paper",
        ]
    );
    assert!(!rows.says_channel);
    assert_eq!(rows.passed_over, 1);
}

#[test]
fn number_and_notation_may_stand_apart_and_the_channel_beside_them() {
    for (head, delimiter) in [
        ("Số,Ký hiệu,Ngày ban hành,Hình thức gửi", ","),
        ("SỐ;KÝ HIỆU;NGÀY BAN HÀNH;HÌNH THỨC GỬI", ";"),
        ("number\tnotation\tdate\tchannel", "\t"),
    ] {
        let lines = [
            ["5", "QĐ-UBND", "01/11/2026", "giấy"],
            ["6/QĐ-UBND", "QĐ-UBND", "01.11.2026", "Điện tử"],
            ["7/QĐ-UBND", "", "01-11-2026", "cả hai"],
            ["8", "/QĐ-UBND", "2026/11/01", ""],
        ];
        let lines = lines.map(|line| line.join(delimiter)).join("\n");
        let rows = read(format!("{head}\n{lines}").as_bytes(), &asked()).expect(head);
        assert_eq!(
            told(&rows),
            [
                "2: 5|QĐ-UBND 2026-11-01 paper",
                "3: 6|QĐ-UBND 2026-11-01 electronic",
                "4: 7|QĐ-UBND 2026-11-01 both",
                "5: 8|QĐ-UBND 2026-11-01 paper",
            ]
        );
        assert!(rows.says_channel);
    }
}

#[test]
fn columns_can_be_said_by_letter_and_by_name() {
    let text = "1;05/QĐ;02/11/2026;x\n2;06/QĐ;03/11/2026;y\n";
    let by_letter = with_columns("number=B,date=C");
    assert_eq!(
        read(text.as_bytes(), &by_letter).expect("rows").rows.len(),
        2
    );
    let titled = format!("Sổ của văn phòng\nstt;tên;lúc;gì\n{text}");
    let from_row = with_columns("số=B,ngày=C,dòng=3");
    assert_eq!(
        read(titled.as_bytes(), &from_row).expect("rows").rows[0].line,
        3
    );
    let by_name = with_columns("number=Tên, họ,date=Lúc");
    let named = titled.replace("tên;", "\"TÊN, HỌ\";");
    assert_eq!(
        read(named.as_bytes(), &by_name).expect("rows").rows[1].line,
        4
    );
    // A head that is known ends where the documents begin, whatever the letters say.
    let two_days = "Số ký hiệu;Ngày ký;Ngày ban hành\n05/QĐ;01/10/2026;02/11/2026\n";
    let twice = read(two_days.as_bytes(), &asked());
    assert!(
        matches!(&twice, Err(RegisterError::HeadTwice(Column::Day, one, two))
            if one == "Ngày ký" && two == "Ngày ban hành"),
        "{twice:?}"
    );
    let told_which = with_columns("number=A,date=C");
    assert_eq!(
        read(two_days.as_bytes(), &told_which).expect("rows").rows[0].line,
        2
    );
    for (text, error) in [
        ("number=A", ColumnsError::Missing(Column::Day)),
        ("date=A", ColumnsError::Missing(Column::Number)),
        (
            "number=A,date=B,date=C",
            ColumnsError::Repeated(Column::Day),
        ),
        (
            "number=A,colour=B",
            ColumnsError::Unknown("colour=B".to_owned()),
        ),
        ("number=A,date=", ColumnsError::Unknown("date=".to_owned())),
        ("A,B", ColumnsError::Unknown("A".to_owned())),
        ("number=A,date=B,row=0", ColumnsError::Row("0".to_owned())),
    ] {
        assert_eq!(Columns::parse(text), Err(error), "{text}");
    }
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let long = "x".repeat(31);
    let text = format!(
        "Số ký hiệu;Ngày ban hành;Hình thức gửi\n\
        01/QĐ;32/11/2026;\n\
        02;02/11/2026;\n\
        QĐ-UBND;02/11/2026;\n\
        ;02/11/2026;\n\
        03/QĐ;;\n\
        04/QĐ;01/12/2026;\n\
        05/QĐ;31/10/2026;\n\
        06/{long};02/11/2026;\n\
        123456789012/QĐ;02/11/2026;\n\
        07/QĐ\u{200b};02/11/2026;\n\
        08/QĐ;02/11/2026;bồ câu\n\
        09/QĐ;02/11/2026;\n\
        9/qđ;03/11/2026;\n\
        =1+1;11/24/2026;\n\
        Tổng số: 14 văn bản;;\n"
    );
    assert_eq!(
        mistakes(read(text.as_bytes(), &asked())),
        [
            "2: date unreadable 32/11/2026",
            "3: notation missing 02",
            "4: notation missing QĐ-UBND",
            "5: number missing ",
            "6: date missing ",
            "7: date future 01/12/2026",
            "8: date outside 31/10/2026",
            &format!("9: notation too_long {long}"),
            "10: number too_long 123456789012/QĐ",
            "11: number hidden 07/QĐ\u{200b}",
            "12: channel unreadable bồ câu",
            "14: number repeated  (13)",
            "15: notation missing =1+1",
            "15: date unreadable 11/24/2026",
            "16: notation missing Tổng số: 14 văn bản",
            "16: date missing ",
        ]
    );
}

#[test]
fn a_number_may_come_again_in_another_year_and_under_another_notation() {
    let over_new_year = Asked {
        from: local_day("2025-12-01"),
        ..asked()
    };
    let text = "Số;Ký hiệu;Ngày\n1;QĐ;31/12/2025\n1;QĐ;02/01/2026\n1;QĐ-VP;02/01/2026\n";
    let rows = read(text.as_bytes(), &over_new_year).expect("rows");
    assert_eq!(rows.rows.len(), 3);
    // Of which year a day is has then to be said.
    let short = text.replace("31/12/2025", "31/12");
    assert_eq!(
        mistakes(read(short.as_bytes(), &over_new_year)),
        ["2: date unreadable 31/12"]
    );
}

#[test]
fn what_is_no_register_is_refused_whole() {
    let is = |text: &str, expected: RegisterError| {
        assert_eq!(read(text.as_bytes(), &asked()), Err(expected), "{text}");
    };
    is("", RegisterError::Head(vec![Column::Number, Column::Day]));
    is(
        "Số,Nội dung\n1/QĐ,x\n",
        RegisterError::Head(vec![Column::Day]),
    );
    is("Số,Ngày\n", RegisterError::Empty);
    is("Số,Ngày\n,\n", RegisterError::Empty);
    is(
        "Ngày đến,Số đến,Tác giả,Số ký hiệu,Ngày tháng\n",
        RegisterError::Incoming,
    );
    is(
        "Số,Ngày\n1/QĐ,\"02/11/2026\n2/QĐ,02/11/2026\n",
        RegisterError::Quote(2),
    );
    // Else the second document would be part of the first one's subject.
    is(
        "Số,Ngày,Trích yếu\n1/QĐ,02/11/2026,\"a\n2/QĐ,02/11/2026,\"b\"\n",
        RegisterError::Quote(2),
    );
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice();
    assert_eq!(read(old, &asked()), Err(RegisterError::OldWorkbook));
    let legacy = b"S\xf4\xec,K\xfd hi\xea\xf2u,Ng\xe0y\n1,Q\xd0-UBND,02/11/2026\n".as_slice();
    assert_eq!(read(legacy, &asked()), Err(RegisterError::NotText));
    let wide = "Số,Ngày\n".encode_utf16().flat_map(u16::to_le_bytes);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
    assert_eq!(read(&wide, &asked()), Err(RegisterError::NotText));
    // Windows-1258, as Excel saves "CSV" without UTF-8.
    let legacy = b"number,notation,date\n1,Q\xd0-UBND,02/11/2026\n".as_slice();
    assert_eq!(mistakes(read(legacy, &asked())), ["2: notation not_text "]);
}

/// A register as a system would export it.
fn written(rows: &[Row], delimiter: char) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let head = FORM.map(quoted).join(&delimiter.to_string());
    let mut text = format!("{head}{delimiter}\"Hình thức gửi\"\n");
    for row in rows {
        let name = format!("{}/{}", row.number.as_str(), row.notation.as_str());
        let day = row.day.0.strftime("%d/%m/%Y").to_string();
        let cells = [
            quoted(&name),
            day,
            quoted("Về việc \"a\"; b, c\nd"),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            row.sent_by.name().to_owned(),
        ];
        text.push_str(&cells.join(&delimiter.to_string()));
        text.push('\n');
    }
    text
}

fn a_row() -> impl Strategy<Value = Row> {
    let channel = prop::sample::select(SentBy::ALL);
    (
        "[1-9][0-9]{0,6}[a-z]{0,2}",
        "[A-ZĐ][A-ZĐ]{0,5}(-[A-ZĐ]{1,6}){0,2}",
        1i8..=30,
        channel,
    )
        .prop_map(|(number, notation, day, sent_by)| Row {
            line: 0,
            number: CodeNumber::parse(&number).expect("a number"),
            notation: CodeNotation::parse(&notation).expect("a notation"),
            day: LocalDay::new(2026, 11, day).expect("a day"),
            sent_by,
        })
}

proptest! {
    #[test]
    fn what_was_written_is_read(mut rows in prop::collection::vec(a_row(), 1..40), semicolon: bool) {
        let mut seen = std::collections::BTreeSet::new();
        rows.retain(|row| seen.insert(Folded::new(&row.number, &row.notation)));
        let text = written(&rows, if semicolon { ';' } else { ',' });
        let read = read(text.as_bytes(), &asked()).expect("a register");
        // The line break in each subject.
        for (row, line) in rows.iter_mut().zip((2u64..).step_by(2)) {
            row.line = line;
        }
        prop_assert_eq!(read.rows, rows);
        prop_assert!(read.says_channel);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in "[,;\"\n0-9/ÀĐ a-z=]{0,200}") {
        let _ = read(&bytes, &asked());
        let _ = read(&[b"PK\x03\x04".as_slice(), &bytes].concat(), &asked());
        let _ = read(format!("so,ngay\n{text}").as_bytes(), &asked());
    }
}

#[test]
fn a_heading_with_a_comma_and_no_quotes_is_told_as_such() {
    for (head, row) in [
        ("Số, ký hiệu,Ngày,Nơi nhận", "12/QĐ-UBND,02/11/2026,Xã A"),
        ("Số, ký hiệu văn bản,Ngày", "12/QĐ-UBND,02/11/2026"),
        ("Ngày,Số, ký hiệu,Nơi nhận", "02/11/2026,12/QĐ-UBND,Xã A"),
        (
            "TT,Ngày ký,Số, ký hiệu,Hình thức gửi",
            "1,02/11/2026,12/QĐ-UBND,giấy",
        ),
    ] {
        let read = read(format!("{head}\n{row}\n").as_bytes(), &asked());
        let Err(RegisterError::HeadComma(name)) = read else {
            panic!("{head}: {read:?}");
        };
        assert!(name.starts_with("Số,"), "{name}");
    }
    for (head, row) in [
        // In quotes, or really two columns.
        ("\"Số, ký hiệu\",Ngày", "12/QĐ-UBND,02/11/2026"),
        ("Số;Ký hiệu;Ngày", "12;QĐ-UBND;02/11/2026"),
        ("Số,Ký hiệu,Ngày", "12,QĐ-UBND,02/11/2026"),
        // Only the empty cells at the end are missing.
        ("Số,Ký hiệu,Ngày,Ghi chú", "12,QĐ-UBND,02/11/2026"),
        ("Số,Ký hiệu,Ngày,Ghi chú", "12/QĐ-UBND,,02/11/2026"),
    ] {
        let rows = read(format!("{head}\n{row}\n").as_bytes(), &asked()).expect(head);
        assert_eq!(told(&rows), ["2: 12|QĐ-UBND 2026-11-02 paper"], "{head}");
    }
}
