#![allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]

use super::press::{Job, MAX_BYTES, MAX_DRAWINGS, MAX_PAGES, print};
use super::report::MAX_CELLS;
use super::*;
use crate::client::periods::StatementView;
use crate::export::Report;
use crate::export::tests::report_of;
use crate::model::{Language, Timestamp};
use crate::rates::column::Column;
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Every letter of Vietnamese with every mark, in both cases.
const LETTERS: &str = "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ\
                       aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ";

/// Runs one of poppler's programs on a PDF; `None` where there is none.
fn poppler(program: &str, args: &[&str], pdf: &[u8]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let Ok(mut running) = command.spawn() else {
        eprintln!("left out: no {program}");
        return None;
    };
    let mut input = running.stdin.take().expect("input");
    let pdf = pdf.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&pdf));
    let out = running.wait_with_output().expect("output");
    let _ = writing.join();
    assert!(out.status.success(), "{program}");
    Some(String::from_utf8(out.stdout).expect("UTF-8"))
}

/// The text of each page without spaces and line ends, which are where columns leave them.
fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let text = poppler("pdftotext", &["-layout", "-", "-"], pdf)?;
    let bare = |page: &str| {
        page.chars()
            .filter(|c| !c.is_whitespace() && *c != '\u{200b}')
            .collect()
    };
    let mut pages: Vec<String> = text.split('\u{c}').map(bare).collect();
    pages.pop();
    Some(pages)
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn closed(language: Language) -> Report {
    let (mut report, _) = report_of(language);
    report.view.figures.statement = Some(StatementView {
        period: "2026-11".into(),
        first_day: "2026-11-01".into(),
        last_day: "2026-11-30".into(),
        number: 2,
        counted: 4711,
        chain: DIGEST.into(),
        statement_sha256: DIGEST.into(),
        sealed_sha256: DIGEST.into(),
        corrects: None,
        previous: None,
        position: 4712,
        at: "2026-12-01T07:00:00+07:00".into(),
    });
    report
}

fn printed(language: Language, of: &Report, mark: Option<&str>) -> Printed {
    let look = Look {
        mark,
        template: None,
    };
    report(language, of, &Column::defaults(), look).expect("printed")
}

#[test]
fn a_report_says_on_paper_what_its_sheets_say() {
    for language in [Language::Vi, Language::En] {
        let of = closed(language);
        let made = printed(language, &of, Some("MÔ PHỎNG"));
        assert_eq!(made.not_archivable, None);
        assert_eq!(made.remarks, Vec::<String>::new());
        let Some(pages) = pages(&made.bytes) else {
            return;
        };
        assert_eq!(pages.len(), made.pages);
        for (page, number) in pages.iter().zip(1..) {
            assert!(page.contains(DIGEST), "page {number}: {page}");
            assert!(
                page.contains(&format!("{number}/{}", made.pages)),
                "page {number}"
            );
            assert!(page.contains("MÔPHỎNG"), "page {number}");
        }
        let all = pages.concat();
        for sheet in crate::export::told::sheets(language, &of, &Column::defaults()) {
            if sheet.name == crate::lang::text(language, "sheet-tab-figures", &[]) {
                continue;
            }
            let labels = sheet.heads.iter().map(|head| &head.label);
            for said in labels.chain([&sheet.name]).chain(&sheet.notes) {
                assert!(has(&all, said), "{said}");
            }
            let cells = sheet.rows.iter().flat_map(|row| &row.cells);
            for cell in cells {
                let said = cell.shown(language);
                assert!(has(&all, &said), "{said}");
            }
        }
    }
}

/// Whether the words of a text are there; those of a cell stand on lines with those of its neighbours between them, and long
/// ones are broken.
fn has(all: &str, said: &str) -> bool {
    let words = said.split(|c: char| !c.is_alphanumeric());
    words
        .into_iter()
        .all(|word| word.chars().count() > 15 || all.contains(word))
}

#[test]
fn charts_are_vectors_and_fonts_are_inside() {
    let of = closed(Language::Vi);
    let made = printed(Language::Vi, &of, None);
    if let Some(images) = poppler("pdfimages", &["-list", "-"], &made.bytes) {
        assert_eq!(images.lines().count(), 2, "only a heading: {images}");
    }
    if let Some(fonts) = poppler("pdffonts", &["-"], &made.bytes) {
        let lines: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!lines.is_empty());
        for line in lines {
            assert!(
                line.contains("yes yes yes"),
                "embedded, a part, with Unicode: {line}"
            );
        }
    }
    if let Some(info) = poppler("pdfinfo", &["-"], &made.bytes) {
        assert!(
            info.contains("Producer") || info.contains("Creator"),
            "{info}"
        );
        assert!(
            info.contains("JavaScript:      no") && info.contains("Encrypted:       no"),
            "{info}"
        );
    }
    let text = String::from_utf8_lossy(&made.bytes);
    assert!(
        text.contains("<pdfaid:part>2</pdfaid:part>") && text.contains("<pdfaid:conformance>U")
    );
}

#[test]
fn the_same_report_is_the_same_file() {
    let of = closed(Language::Vi);
    let first = printed(Language::Vi, &of, None);
    assert_eq!(first, printed(Language::Vi, &of, None));
    let mut later = of.clone();
    later.view.made = "2026-12-02T08:00:00+07:00".into();
    assert_ne!(first.bytes, printed(Language::Vi, &later, None).bytes);
}

/// Sets data with a template of one line each.
fn job(template: &'static str, data: Value) -> Job {
    Job {
        templates: vec![("main.typ", template.to_owned())],
        data,
        drawings: Vec::new(),
        identifier: "test".into(),
        at: Timestamp::parse("2026-12-01T08:00:00+07:00").expect("time"),
    }
}

const LINES: &str = r#"#set text(font: "Libertinus Serif")
#for one in json("data.json") { table(columns: 3cm, one); pagebreak(weak: true) }"#;

#[test]
fn text_of_others_is_never_markup() {
    let long = "ổ".repeat(10_000);
    let wide = format!("{} ", "Tờ trình").repeat(1_000);
    let hostile = [
        "#import \"@preview/cetz:0.4.0\": *",
        "#panic(\"x\")",
        "$x^2 + sum_(i=1)^n$",
        "]",
        "[",
        "\\",
        "\\u{1F600}",
        "*b* _i_ `c` = h",
        "<label> @ref // c /* c */",
        "~ -- --- ... - + / https://a.vn",
        "\"a\" 'b'",
        "#\"\n#eval(\"1\")",
        "{{",
        "}}",
        "%PDF-1.7",
        "(\\)) Tj ET",
        "&lt;svg&gt;<svg onload=x>",
        LETTERS,
        long.as_str(),
        wide.as_str(),
    ];
    let made = print(job(LINES, json!(hostile))).expect("printed");
    assert_eq!((made.not_archivable, made.remarks), (None, Vec::new()));
    let Some(pages) = pages(&made.bytes) else {
        return;
    };
    let all = pages.concat();
    for one in hostile {
        let said = bare(&crate::lang::visible(one));
        assert!(
            all.contains(&said),
            "{}",
            one.chars().take(60).collect::<String>()
        );
    }
}

#[test]
fn every_character_is_drawn_or_numbered() {
    use unicode_normalization::UnicodeNormalization;
    let apart: String = LETTERS.nfd().collect();
    let strange = [
        "漢字",
        "😀",
        "\u{202e}ngược\u{202c}",
        "a\u{200b}b",
        "\u{fdd0}",
        "\u{e000}",
        "\u{10fffd}",
        "ب",
        "א",
        "x\u{301}\u{301}\u{323}",
    ];
    let mut given: Vec<&str> = strange.to_vec();
    given.push(&apart);
    let made = print(job(LINES, json!(given))).expect("printed");
    assert_eq!((made.not_archivable, made.remarks), (None, Vec::new()));
    let Some(pages) = pages(&made.bytes) else {
        return;
    };
    let all = pages.concat();
    let said = [
        "\\u{6f22}\\u{5b57}",
        "\\u{1f600}",
        "\\u{202e}ngược\\u{202c}",
        "a\\u{200b}b",
        "\\u{fdd0}",
        "\\u{e000}",
        "\\u{10fffd}",
        LETTERS,
    ];
    for said in said {
        assert!(all.contains(said), "{said} is not in {all}");
    }
}

#[test]
fn a_template_reaches_nothing_but_what_it_was_handed() {
    let closed = [
        "#read(\"/etc/passwd\")",
        "#read(\"../../../../etc/passwd\")",
        "#image(\"/etc/passwd\")",
        "#include \"other.typ\"",
        "#import \"@preview/cetz:0.4.0\": *",
        "#import \"@local/a:0.1.0\": *",
        "#plugin(\"a.wasm\")",
        "#datetime.today().display()",
        "#while true { }",
        "#let f(n) = f(n + 1)\n#f(0)",
        "#for",
    ];
    for template in closed {
        let made = print(job(template, json!([])));
        assert!(
            matches!(made, Err(PdfError::Template(_))),
            "{template}: {made:?}"
        );
    }
    let reads = "#read(\"data.json\")";
    assert!(print(job(reads, json!(["a"]))).is_ok());
}

#[test]
fn a_template_of_the_operator_takes_the_place_of_ours() {
    let of = closed(Language::Vi);
    let own = |template| {
        let look = Look {
            mark: None,
            template: Some(template),
        };
        report(Language::Vi, &of, &Column::defaults(), look)
    };
    let made = own("#import \"form.typ\": data, paged\n#show: paged\nSố: 12/BC-UBND #data.title")
        .expect("printed");
    assert_eq!((made.not_archivable, made.pages), (None, 1));
    if let Some(pages) = pages(&made.bytes) {
        assert!(pages.concat().contains("Số:12/BC-UBND"), "{pages:?}");
    }
    let wrong = own("= A\n\n#nothing").expect_err("wrong").to_string();
    assert!(
        wrong.contains("main.typ:3: unknown variable: nothing"),
        "{wrong}"
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let much = Value::from("a".repeat(MAX_BYTES));
    let made = print(job(LINES, json!([much])));
    assert!(matches!(made, Err(PdfError::TooLarge { .. })), "{made:?}");
    let mut drawn = job(LINES, json!([]));
    drawn.drawings = vec!["<svg/>".into(); MAX_DRAWINGS + 1];
    assert_eq!(
        print(drawn),
        Err(PdfError::TooManyDrawings(MAX_DRAWINGS + 1))
    );
    let made = print(job(
        "#for n in range(2001) { [a]; pagebreak(weak: true) }",
        json!([]),
    ));
    assert_eq!(made, Err(PdfError::TooManyPages(MAX_PAGES + 1)));
    let mut of = closed(Language::Vi);
    let slip = of.view.slips.slips.first().cloned().expect("slip");
    of.view.slips.slips = vec![slip; MAX_CELLS / 8];
    let made = report(Language::Vi, &of, &Column::defaults(), Look::default());
    assert!(
        matches!(made, Err(PdfError::TooManyCells { .. })),
        "{made:?}"
    );
}

#[test]
fn what_cannot_be_archived_is_printed_and_said_to_be() {
    let made = print(job(
        "#set text(font: \"Libertinus Serif\", fallback: false)\n漢",
        json!([]),
    ))
    .expect("printed");
    assert!(made.bytes.starts_with(b"%PDF-1."));
    assert!(made.not_archivable.is_some_and(|why| !why.is_empty()));
}

#[test]
#[ignore = "measures the largest report that is printed"]
fn the_largest_report_is_printed() {
    let mut of = closed(Language::Vi);
    let unit = of.lines.first().cloned().expect("unit");
    // A unit is a row of 19 cells in the table and four of 11 in the leagues.
    let units = MAX_CELLS / 64;
    of.lines = vec![unit; units];
    for league in &mut of.leagues {
        let place = league.places.first().cloned().expect("place");
        league.places = vec![place; units];
    }
    let made = printed(Language::Vi, &of, None);
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    let (pages, bytes) = (made.pages, made.bytes.len());
    eprintln!("{units} units: {pages} pages, {bytes} bytes, {peak:?}");
    assert_eq!(made.not_archivable, None);
}

#[test]
fn every_form_is_printed_as_its_page_says_it_and_can_be_archived() {
    use crate::export::forms::tests::slip as filled;
    use crate::export::forms::{Edition, FormKind, compose};
    for edition in Edition::ALL {
        for kind in FormKind::ALL {
            let laid = compose(Language::Vi, &filled(*edition, *kind));
            let printed = slip(&laid).expect("printed");
            assert_eq!(printed.not_archivable, None, "{kind}");
            assert!(printed.remarks.is_empty(), "{kind}: {:?}", printed.remarks);
            assert_eq!(printed.pages, 1, "{kind}");
            assert_eq!(printed, slip(&laid).expect("printed"), "{kind}");
            let Some(pages) = pages(&printed.bytes) else {
                continue;
            };
            let text = pages.concat();
            let title = bare(&laid.title.to_uppercase());
            for said in [
                title,
                bare(&laid.form),
                bare(&laid.heading.country),
                bare(&laid.foot),
            ] {
                assert!(text.contains(&said), "{kind}: {said} in {text}");
            }
            for signature in &laid.signatures {
                assert!(text.contains(&bare(&signature.name)), "{kind}");
            }
        }
    }
}

#[test]
fn what_was_filled_into_a_form_is_never_markup_of_a_pdf() {
    use crate::export::forms::tests::slip as filled;
    use crate::export::forms::{Edition, FormKind, compose};
    let hostile = "#panic(\"x\") *y* $z$ <w> #read(\"/etc/passwd\") \\ \u{202e}";
    let mut form = filled(Edition::Of2025, FormKind::Intake);
    form.about.applicant.name = hostile.into();
    form.issuer.agency = "ế".repeat(400);
    form.issuer.simulated = true;
    let printed = slip(&compose(Language::Vi, &form)).expect("printed");
    if let Some(pages) = pages(&printed.bytes) {
        let text = pages.concat();
        assert!(text.contains("#panic(\"x\")*y*$z$<w>#read("), "{text}");
        assert!(text.contains(&bare(crate::model::simulated::MARK)));
    }
}

#[test]
#[ignore = "writes the forms, to be looked at"]
fn write_forms() {
    use crate::export::forms::tests::slip as filled;
    use crate::export::forms::{Edition, FormKind, compose};
    let folder = std::env::temp_dir().join("lienthong-forms");
    std::fs::create_dir_all(&folder).expect("folder");
    for kind in FormKind::ALL {
        let laid = compose(Language::Vi, &filled(Edition::Of2025, *kind));
        let printed = slip(&laid).expect("printed");
        std::fs::write(folder.join(format!("{kind}.pdf")), printed.bytes).expect("written");
    }
}
