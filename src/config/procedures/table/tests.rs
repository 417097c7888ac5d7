//! What is written is read back, whatever stands in it; and the place of every mistake.

use super::super::{ProceduresError, SAMPLES, import, parse, to_csv, to_toml};
use super::*;
use crate::dossier::{Component, Condition, Fact, FactKind, Form, SignedBy, Term, Validity};
use crate::model::{LocalDay, is_blank, is_hidden, nfc};
use crate::registry::Level;
use proptest::prelude::*;

fn of(text: &str) -> Result<Vec<Procedure>, ConfigError> {
    let all = read(Path::new("/srv/p.csv"), text.as_bytes())?;
    Ok(all.into_iter().map(|(_, own)| own).collect())
}

const HEAD: &str = "row,code,version,procedure,field,level,basis,from,working_days,id,name,kind,forms,copies,when\n";
const GOOD: &str = "fact,1.1,1,Một,Hộ tịch,commune,QĐ 1,2025-07-01,3,x,Có không?,flag,,,\n\
                    ,1.1,1,,,,,,,a,\"A, bản chính\",,original electronic,2,x\n\
                    component,1.1,1,Một,,commune,,,3,b,B,,original,,not x\n";

#[test]
fn a_row_is_a_component_and_says_the_rest_once_or_always() {
    let all = of(&format!("{HEAD}{GOOD}")).expect("good");
    let [own] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!((own.code.as_str(), own.version), ("1.1", 1));
    assert_eq!(own.term, Term::WorkingDays(3));
    assert_eq!(own.facts["x"].kind, FactKind::Flag);
    let [a, b] = &own.components[..] else {
        panic!("{own:?}");
    };
    assert_eq!((a.name.as_str(), a.copies), ("A, bản chính", 2));
    assert_eq!(a.forms, [Form::Original, Form::Electronic].into());
    assert_eq!(
        a.when.as_ref().map(ToString::to_string).as_deref(),
        Some("x")
    );
    assert_eq!((b.copies, b.signed_by), (1, SignedBy::Nobody));
    // As spreadsheets write it: with a mark, semicolons, lines that end in CR LF, and Vietnamese heads.
    let vietnamese = "Mã thủ tục;Phiên bản;Tên thủ tục;Lĩnh vực;Cấp;Căn cứ thủ tục;Từ ngày;Số ngày làm việc;Mã;Tên;Hình thức";
    let text = format!(
        "\u{feff}{vietnamese}\r\n1.2;1;Hai;Hộ tịch;commune;QĐ 2;2025-07-01;5;a;A;original\r\n;;;;;;;;;;\r\n"
    );
    let all = of(&text).expect("good");
    assert_eq!(all[0].name, "Hai");
}

#[test]
fn the_samples_go_through_a_table_unchanged() {
    let of_sample = |(name, text): &(&str, &str)| parse(Path::new(name), text).expect("sample");
    let all: Vec<Procedure> = SAMPLES.iter().map(of_sample).collect();
    let table = to_csv(&all);
    let back = read(Path::new("/srv/p.csv"), &table).expect("read back");
    let lines: Vec<usize> = back.iter().map(|(line, _)| *line).collect();
    assert!(lines.is_sorted() && lines[0] == 2, "{lines:?}");
    let back: Vec<Procedure> = back.into_iter().map(|(_, own)| own).collect();
    assert_eq!(back, all);
}

/// What is changed into what, the line that is meant, and what is said.
const MISTAKES: [(&str, &str, u8, &str); 25] = [
    ("row,code", "row,cod", 1, "expected one of these columns"),
    ("row,code", "row,row", 1, "expected one of these columns"),
    ("1.1,1,Một", ",1,Một", 2, "nothing is in the column code"),
    ("1.1,1,Một", "1.1,0,Một", 2, "versions count from 1"),
    (
        "1.1,1,Một",
        "1.1,65536,Một",
        2,
        "whole number, at most 65535",
    ),
    ("1.1,1,Một", "../1,1,Một", 2, "expected letters, digits"),
    (
        "1,Một,Hộ",
        "1,,Hộ",
        4,
        "first row of 1.1 says something else",
    ),
    (
        "commune,QĐ",
        "xã,QĐ",
        4,
        "first row of 1.1 says something else",
    ),
    ("QĐ 1", " ", 2, "nothing is in the column basis"),
    ("2025-07-01", "01/07/2025", 2, "expected a day"),
    ("flag", "flags", 2, "expected kind"),
    ("x,Có", "y,Có", 3, "reads x"),
    (
        "original electronic",
        "bản chính",
        3,
        "expected one of: original",
    ),
    (
        "original electronic",
        "",
        3,
        "nothing is in the column forms",
    ),
    (",2,x", ",256,x", 3, "at most 255"),
    (",2,x", ",0,x", 3, "1 to 20 copies"),
    (",2,x", ",-1,x", 3, "whole number"),
    (",2,x", ",2,x and", 3, "missing at the end"),
    (",2,x", ",2,x and not x", 3, "no case meets"),
    (",2,x", ",2,x,more", 3, "not a row of the table"),
    (
        "component,1.1",
        "komponent,1.1",
        4,
        "expected one of: component",
    ),
    ("3,b,B", "3,a,B", 4, "a is there twice"),
    ("component,1.1,1", "fact,1.1,1", 4, "column kind"),
    (
        "component,1.1,1",
        "word,1.1,1",
        4,
        "no earlier row is of a fact",
    ),
    ("component,1.1,1", "word,1.1,1", 4, "words of this name"),
];

#[test]
fn every_mistake_shows_its_line() {
    let good = format!("{HEAD}{GOOD}");
    for (from, to, line, problem) in MISTAKES {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        let said = of(&changed);
        let Err(ConfigError::Mistake(mistake)) = said else {
            panic!("{to}: {said:?}");
        };
        assert!(mistake.problem.contains(problem), "{to}: {mistake}");
        assert_eq!(mistake.line, usize::from(line), "{to}: {mistake}");
    }
    // A fact and a condition that an earlier row declares already.
    for again in [
        "fact,1.1,1,,,,,,,x,Lại hỏi?,number,,,",
        "condition,1.1,1,,,,,,,c,x,,,,\ncondition,1.1,1,,,,,,,c,x,,,,",
    ] {
        let Err(ConfigError::Mistake(mistake)) = of(&format!("{good}{again}\n")) else {
            panic!("{again}: taken twice");
        };
        assert!(mistake.problem.contains("an earlier row"), "{mistake}");
        assert_eq!(mistake.line, 4 + again.lines().count(), "{mistake}");
    }
    let mut octets = good.into_bytes();
    octets[HEAD.len() + 9] = 0xff;
    let Err(ConfigError::Mistake(mistake)) = read(Path::new("/srv/p.csv"), &octets) else {
        panic!("octets were taken for text");
    };
    assert_eq!(mistake.line, 2, "{mistake}");
    assert!(mistake.problem.contains("CSV UTF-8"), "{mistake}");
}

#[test]
fn ten_thousand_components_and_names_that_are_paths_are_refused_at_their_line() {
    let rows = |count: usize| {
        let row = |n: usize| format!("component,1.1,1,,,,,,,c{n},C,,original,,\n");
        let first = "component,1.1,1,Một,F,commune,B,2025-07-01,3,a,A,,original,,\n";
        format!("{HEAD}{first}{}", (0..count).map(row).collect::<String>())
    };
    for (count, line) in [(200, 202), (1_999, 202), (10_000, 2_002)] {
        let Err(ConfigError::Mistake(mistake)) = of(&rows(count)) else {
            panic!("{count} were taken");
        };
        assert_eq!(mistake.line, line, "{mistake}");
        assert!(mistake.problem.contains("more than"), "{mistake}");
    }
    for id in [
        "../../etc/passwd",
        "a/b",
        "C:",
        "CON.",
        "A",
        "ă",
        "a\u{202e}b",
        "-rf",
    ] {
        let text = rows(0).replacen(",a,A,", &format!(",{id},A,"), 1);
        let Err(ConfigError::Mistake(mistake)) = of(&text) else {
            panic!("{id} was taken");
        };
        assert_eq!(mistake.line, 2, "{mistake}");
    }
}

#[test]
fn a_table_is_taken_whole_or_not_at_all() {
    let dir = tempfile::tempdir().expect("folder");
    let folder = dir.path().join("procedures");
    let put = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let second = GOOD.replace("1.1,1", "1.2,1");
    let wrong = second.replace("original,,not x", "giấy,,not x");
    let bad = put("bad.csv", &format!("{HEAD}{GOOD}{wrong}"));
    assert!(import(&folder, &[bad], false).is_err());
    assert!(!folder.exists(), "nothing half-imported");
    let good = put("good.CSV", &format!("{HEAD}{GOOD}{second}"));
    let done = import(&folder, std::slice::from_ref(&good), false).expect("taken");
    assert_eq!(done.iter().filter(|one| one.new).count(), 2);
    let again = import(&folder, &[good], false).expect("taken");
    assert!(again.iter().all(|one| !one.new), "the same again");
    // A version that is known says something else in the second procedure: the error names the row.
    let third = GOOD.replace("1.1,1", "1.3,1");
    let changed = second.replace("Một", "Khác");
    let changed = put("changed.csv", &format!("{HEAD}{third}{changed}"));
    let Err(ProceduresError::NotTaken { path, .. }) = import(&folder, &[changed], false) else {
        panic!("a published version was changed");
    };
    assert!(
        path.to_string_lossy().ends_with("changed.csv:5"),
        "{}",
        path.display()
    );
    let files = std::fs::read_dir(&folder).expect("folder").count();
    assert_eq!(files, 2, "nothing half-imported");
}

/// One line that can be seen, with everything in it that a table or a spreadsheet could take amiss.
fn lines() -> impl Strategy<Value = String> {
    let plain = "[a-zA-Z0-9ăâđêôơưếệ ,;\"'=+@\\-|#\\\\.]{1,24}";
    let line = prop_oneof![
        plain.prop_map(|text: String| text),
        "\\PC{1,12}".prop_map(|text: String| text)
    ];
    let line = line.prop_map(|text| nfc(text.trim()));
    line.prop_filter("seen", |text| {
        !is_blank(text) && !text.chars().any(is_hidden) && *text == nfc(text.trim())
    })
}

fn components() -> impl Strategy<Value = Vec<Component>> {
    let when = [
        "f0",
        "not f0",
        "f1 >= 2 and f0",
        "f2 == 'hai' or not f0",
        "named",
        "not (named and f1 < -3)",
    ];
    let valid = prop_oneof![
        any::<u16>().prop_map(Validity::Days),
        any::<u16>().prop_map(Validity::Months)
    ];
    let one = (
        (
            lines(),
            prop::collection::btree_set(prop::sample::select(Form::ALL), 1..5),
        ),
        (
            prop::option::of(lines()),
            1_u8..=20,
            prop::sample::select(SignedBy::ALL),
        ),
        (
            prop::option::of(valid),
            prop::option::of(prop::sample::select(when.to_vec())),
        ),
        (
            any::<bool>(),
            any::<bool>(),
            prop::option::of(lines()),
            prop::option::of(lines()),
        ),
    );
    let one = one.prop_map(
        |(
            (name, forms),
            (template, copies, signed_by),
            (valid, when),
            (one_of, several, database, basis),
        )| {
            let asked = database.is_none();
            Component {
                id: String::new(),
                name,
                forms,
                template,
                copies,
                signed_by,
                valid,
                when: when
                    .filter(|_| asked)
                    .map(|text| Condition::parse(text).expect("condition")),
                one_of: (asked && one_of).then(|| "nhóm; \"một\"".to_owned()),
                several,
                in_database: database,
                basis,
            }
        },
    );
    prop::collection::vec(one, 1..6)
}

fn procedures() -> impl Strategy<Value = Procedure> {
    let term = prop_oneof![
        any::<u16>().prop_map(Term::WorkingDays),
        any::<u16>().prop_map(Term::WorkingHours)
    ];
    let head = (
        lines(),
        lines(),
        lines(),
        prop::option::of(lines()),
        prop::sample::select(Level::ALL),
        term,
    );
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), lines());
    (head, flags, components()).prop_map(
        |((name, field, basis, source, level, term), (fee, sample, ends, question), components)| {
            let day = |text| LocalDay::parse(text).expect("day");
            let fact = |kind| Fact {
                question: question.clone(),
                kind,
            };
            // Two alternatives at least, and every fact is read by one.
            let mut all = components;
            let last = all[0].clone();
            for when in ["f0", "f1 == 5", "f2 != 'một hai'", "named"] {
                all.push(Component {
                    when: Some(Condition::parse(when).expect("condition")),
                    one_of: Some("nhóm; \"một\"".to_owned()),
                    in_database: None,
                    ..last.clone()
                });
            }
            for (n, own) in (0..).zip(&mut all) {
                own.id = format!("c-{n}");
            }
            Procedure {
                code: "1.001193".into(),
                name,
                field,
                level,
                basis,
                version: 7,
                from: day("2025-07-01"),
                until: ends.then(|| day("2026-07-01")),
                term,
                fee,
                sample,
                source,
                facts: [
                    ("f0".to_owned(), fact(FactKind::Flag)),
                    ("f1".to_owned(), fact(FactKind::Number)),
                    (
                        "f2".to_owned(),
                        fact(FactKind::Word(
                            ["hai", "một hai", "=3"].map(str::to_owned).into(),
                        )),
                    ),
                ]
                .into(),
                conditions: [(
                    "named".to_owned(),
                    Condition::parse("f0 and f2 == 'hai'").expect("condition"),
                )]
                .into(),
                components: all,
            }
        },
    )
}

proptest! {
    // What fails stays in `proptest-regressions/`.
    #[test]
    fn what_is_written_is_read_back(procedure in procedures(), other in procedures()) {
        let other = Procedure { version: 8, ..other };
        let table = to_csv([&procedure, &other]);
        let back = read(Path::new("/srv/p.csv"), &table);
        let back: Vec<Procedure> = back.map_err(|e| TestCaseError::fail(e.to_string()))?.into_iter().map(|(_, own)| own).collect();
        prop_assert_eq!(&back, &[procedure.clone(), other]);
        let toml = to_toml(&procedure);
        let back = parse(Path::new("/srv/p.toml"), &toml).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(back, procedure);
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200), text in "[a-z,;\"'\n\r =.0-9]{0,200}") {
        let path = Path::new("/srv/p.csv");
        let with_head = format!("{HEAD}{text}");
        for bytes in [&octets[..], text.as_bytes(), with_head.as_bytes()] {
            if let Err(e) = read(path, bytes) {
                prop_assert!(matches!(e, ConfigError::Mistake(_)), "{e}");
            }
        }
    }
}
