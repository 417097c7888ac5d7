#![allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]

use super::*;
use crate::dossier::{Facts, Presented, Problem, Procedure, Term, check};
use crate::keys::{Authority, ReceiptKey, Validity, issue};
use crate::model::dossier::DossierItem;
use crate::model::event::PlainName;
use crate::model::{Language, Timestamp};
use crate::seal::verify_detached;
use crate::trust::certificate::Certificate;

pub(in crate::export) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a moment")
}

fn received() -> Timestamp {
    at("2026-11-24T09:15:00+07:00")
}

fn due() -> Timestamp {
    at("2026-12-01T17:00:00+07:00")
}

fn signer() -> (String, String) {
    ("Chủ tịch".into(), "Trần Thị Bình".into())
}

fn wanted(number: u8) -> Wanted {
    Wanted {
        item: format!("Thành phần số {number}"),
        todo: "Nộp bổ sung thành phần này.".into(),
        reason: "thiếu".into(),
        ground: "Quyết định số 1872/QĐ-BTP".into(),
        stage: "Tiếp nhận".into(),
        author: "Lê Văn Cường".into(),
    }
}

/// What each form is filled in with in tests.
#[allow(clippy::too_many_lines, reason = "a list of samples")]
pub(in crate::export) fn said(kind: FormKind) -> Said {
    let officer = "Lê Văn Cường".to_owned();
    match kind {
        FormKind::Intake => Said::Intake(Intake {
            components: vec![
                Handed {
                    name: "Tờ khai đăng ký khai sinh".into(),
                    form: "bản điện tử".into(),
                    copies: 1,
                },
                Handed {
                    name: "Giấy chứng sinh".into(),
                    form: "bản chính".into(),
                    copies: 1,
                },
            ],
            sets: 1,
            term: Term::WorkingDays(5),
            received: received(),
            due: due(),
            collect: "Bộ phận Một cửa xã Long Cang".into(),
            entry: Some(("03".into(), "118".into())),
            officer,
        }),
        FormKind::Supplement => Said::Supplement(Supplement {
            wanted: vec![wanted(1), wanted(2)],
            again: None,
            contact: (officer.clone(), "0272 3 888 111".into()),
            officer,
        }),
        FormKind::Refusal => Said::Refusal(Refusal {
            reasons: vec![(
                "Không thuộc thẩm quyền của xã.".into(),
                "Luật Hộ tịch Điều 7".into(),
            )],
            officer,
        }),
        FormKind::Apology => Said::Apology(Apology {
            received: received(),
            due: due(),
            again: at("2026-12-04T17:00:00+07:00"),
            reason: "Chờ xác minh của cơ quan nơi cư trú trước đây.".into(),
            signer: signer(),
        }),
        FormKind::Stop => Said::Stop(Stop {
            received: received(),
            reason: "Quá thời hạn bổ sung, hồ sơ không được bổ sung.".into(),
            ground: "NĐ 118/2025/NĐ-CP".into(),
            next: "nộp lại hồ sơ đầy đủ bất cứ lúc nào".into(),
            signer: signer(),
        }),
        FormKind::Control => Said::Control(Control {
            agency: "UBND xã Long Cang".into(),
            others: vec!["Công an xã".into(), "Trạm y tế xã".into()],
            steps: vec![Step {
                agency: "Công chức Tư pháp - Hộ tịch".into(),
                gave: "Lê Văn Cường".into(),
                took: "Phạm Minh Đức".into(),
                at: received(),
                due: Some(due()),
                result: "Đúng hạn".into(),
                note: String::new(),
            }],
        }),
        FormKind::Register => Said::Register(Register {
            days: (received().local_day(), due().local_day()),
            rows: (1..=3).map(line).collect(),
        }),
        FormKind::Returned => Said::Returned(Returned {
            received: received(),
            due: due(),
            returned: at("2026-11-30T10:05:00+07:00"),
            survey: Some((
                "7K2M-9QXA-4WTN-C3RD".into(),
                Some("https://motcua.example.vn/khao-sat".into()),
            )),
            officer,
        }),
    }
}

fn line(number: u8) -> BookRow {
    BookRow {
        dossier: format!("H01.01.02-261124-000{number}"),
        procedure: "Đăng ký khai sinh".into(),
        sets: 1,
        applicant: applicant(),
        agency: "UBND xã Long Cang".into(),
        received: Some(received().local_day()),
        due: Some(due().local_day()),
        way: "Trực tiếp".into(),
        ..BookRow::default()
    }
}

fn applicant() -> Applicant {
    Applicant {
        name: "Nguyễn Văn An".into(),
        address: "Ấp 3, xã Long Cang, tỉnh Tây Ninh".into(),
        phone: "0900 000 000".into(),
        email: String::new(),
    }
}

pub(in crate::export) fn slip(edition: Edition, kind: FormKind) -> Slip {
    Slip {
        edition,
        issuer: Issuer {
            over: "UBND tỉnh Tây Ninh".into(),
            agency: "UBND xã Long Cang".into(),
            counter: "Bộ phận tiếp nhận và trả kết quả".into(),
            place: "Long Cang".into(),
            at: received(),
            number: "118/TNHS".into(),
            opens: "https://dichvucong.example.vn/tra-cuu?ma=H01.01.02-261124-0001".into(),
            simulated: false,
        },
        about: match kind {
            FormKind::Register => About::default(),
            FormKind::Intake
            | FormKind::Supplement
            | FormKind::Refusal
            | FormKind::Apology
            | FormKind::Stop
            | FormKind::Control
            | FormKind::Returned => About {
                dossier: "H01.01.02-261124-0001".into(),
                procedure: "Đăng ký khai sinh".into(),
                code: "1.001193".into(),
                applicant: applicant(),
            },
        },
        said: said(kind),
    }
}

fn page(language: Language, slip: &Slip) -> String {
    html::page(&compose(language, slip)).expect("fits")
}

#[test]
fn forms_are_numbered_as_each_circular_numbers_them() {
    // TT 01/2018/TT-VPCP Phụ lục; TT 03/2025/TT-VPCP Phụ lục I.
    let table = [
        (FormKind::Intake, Some(1), Some(1)),
        (FormKind::Supplement, Some(2), Some(2)),
        (FormKind::Refusal, Some(3), Some(3)),
        (FormKind::Apology, Some(4), Some(4)),
        (FormKind::Stop, None, Some(5)),
        (FormKind::Control, Some(5), Some(6)),
        (FormKind::Register, Some(6), Some(7)),
        (FormKind::Returned, None, None),
    ];
    assert_eq!(table.len(), FormKind::ALL.len());
    for (kind, of_2018, of_2025) in table {
        for (edition, number) in [(Edition::Of2018, of_2018), (Edition::Of2025, of_2025)] {
            assert_eq!(kind.numbered(edition), number, "{kind} {edition}");
            if let Some(number) = number {
                assert_eq!(FormKind::with_number(edition, number), Some(kind));
            }
        }
    }
    for (edition, beyond) in [(Edition::Of2018, 7), (Edition::Of2025, 8)] {
        assert_eq!(FormKind::with_number(edition, 0), None);
        assert_eq!(FormKind::with_number(edition, beyond), None);
    }
}

#[test]
fn every_form_has_the_national_heading_its_title_its_number_and_its_code() {
    let titles = [
        (FormKind::Intake, "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
        (
            FormKind::Supplement,
            "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
        ),
        (
            FormKind::Refusal,
            "Phiếu từ chối tiếp nhận giải quyết hồ sơ",
        ),
        (
            FormKind::Apology,
            "Văn bản xin lỗi và đề nghị gia hạn thời gian giải quyết",
        ),
        (FormKind::Stop, "Thông báo dừng giải quyết hồ sơ"),
        (
            FormKind::Control,
            "Phiếu kiểm soát quá trình giải quyết hồ sơ",
        ),
        (FormKind::Register, "Sổ theo dõi hồ sơ"),
        (FormKind::Returned, "Phiếu trả kết quả"),
    ];
    for (kind, title) in titles {
        let html = page(Language::Vi, &slip(Edition::Of2025, kind));
        let number = kind.numbered(Edition::Of2025);
        let number = number.map(|n| format!("Mẫu số {n:02}, TT 03/2025/TT-VPCP"));
        for text in [
            title,
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "UBND xã Long Cang",
            "Long Cang, ngày 24 tháng 11 năm 2026",
            "<svg ",
            number.as_deref().unwrap_or(title),
        ] {
            assert!(html.contains(text), "{kind}: {text}");
        }
        for language in [Language::Vi, Language::En] {
            let html = page(language, &slip(Edition::Of2025, kind));
            // A key that has no sentence would stand for itself.
            let bare: String = html
                .split("<style>")
                .map(|s| s.split("</style>").last().unwrap_or_default())
                .collect();
            assert!(
                !bare.contains("form-")
                    || bare.matches("form-").count() == bare.matches("form-action").count(),
                "{kind}: {bare}"
            );
            assert_eq!(html, page(language, &slip(Edition::Of2025, kind)));
        }
    }
    let old = page(Language::Vi, &slip(Edition::Of2018, FormKind::Apology));
    assert!(old.contains("Phiếu xin lỗi và hẹn lại ngày trả kết quả"));
    assert!(old.contains("Mẫu số 04, TT 01/2018/TT-VPCP"));
    assert!(
        page(Language::Vi, &slip(Edition::Of2018, FormKind::Control))
            .contains("Mẫu số 05, TT 01/2018")
    );
}

#[test]
fn each_form_says_what_it_is_filled_in_with() {
    let table: [(FormKind, &[&str]); 8] = [
        (
            FormKind::Intake,
            &[
                "Tờ khai đăng ký khai sinh (bản điện tử, 1 bản)",
                "5 ngày làm việc",
                "09 giờ 15 phút, ngày 24 tháng 11 năm 2026",
                "17 giờ 00 phút, ngày 01 tháng 12 năm 2026",
                "quyển số 03, số thứ tự 118",
                "Nguyễn Văn An",
            ],
        ),
        (
            FormKind::Supplement,
            &[
                "Thành phần số 2",
                "Quyết định số 1872/QĐ-BTP",
                "0272 3 888 111",
                "Trên đây là toàn bộ nội dung",
            ],
        ),
        (
            FormKind::Refusal,
            &["Không thuộc thẩm quyền của xã.", "Luật Hộ tịch Điều 7"],
        ),
        (
            FormKind::Apology,
            &[
                "17 giờ 00 phút, ngày 04 tháng 12 năm 2026",
                "Chờ xác minh",
                "Trần Thị Bình",
            ],
        ),
        (
            FormKind::Stop,
            &["Quá thời hạn bổ sung", "NĐ 118/2025/NĐ-CP", "nộp lại hồ sơ"],
        ),
        (
            FormKind::Control,
            &[
                "Công an xã; Trạm y tế xã",
                "Người nhận: Phạm Minh Đức",
                "Đúng hạn",
            ],
        ),
        (
            FormKind::Register,
            &[
                "Từ ngày 24/11/2026 đến ngày 01/12/2026",
                "H01.01.02-261124-0003",
                "(15)",
            ],
        ),
        (
            FormKind::Returned,
            &["7K2M-9QXA-4WTN-C3RD", "https://motcua.example.vn/khao-sat"],
        ),
    ];
    for (kind, texts) in table {
        let html = page(Language::Vi, &slip(Edition::Of2025, kind));
        for text in texts {
            assert!(html.contains(text), "{kind}: {text}");
        }
    }
    let mut again = slip(Edition::Of2025, FormKind::Supplement);
    if let Said::Supplement(said) = &mut again.said {
        said.again = Some("Biên bản số 4".into());
    }
    let html = page(Language::Vi, &again);
    assert!(html.contains("Biên bản số 4") && !html.contains("Trên đây là toàn bộ nội dung"));
}

#[test]
fn nothing_that_was_filled_in_is_markup_and_no_page_reaches_out() {
    let hostile = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{202e}";
    for kind in FormKind::ALL {
        let mut slip = slip(Edition::Of2025, *kind);
        let name = || hostile.to_owned();
        slip.issuer.agency = name();
        slip.issuer.counter = name();
        slip.issuer.place = name();
        slip.issuer.number = name();
        slip.about.procedure = name();
        slip.about.dossier = name();
        slip.about.applicant = Applicant {
            name: name(),
            address: name(),
            phone: name(),
            email: name(),
        };
        match &mut slip.said {
            Said::Intake(s) => s.components.iter_mut().for_each(|c| c.name = name()),
            Said::Supplement(s) => s.wanted.iter_mut().for_each(|w| w.ground = name()),
            Said::Refusal(s) => s.reasons.push((name(), name())),
            Said::Apology(s) => s.reason = name(),
            Said::Stop(s) => s.next = name(),
            Said::Control(s) => s.steps.iter_mut().for_each(|s| s.took = name()),
            Said::Register(s) => s.rows.iter_mut().for_each(|r| r.applicant.name = name()),
            Said::Returned(s) => s.survey = Some((name(), Some(name()))),
        }
        let html = page(Language::Vi, &slip);
        for wrong in [
            "<script", "<img", "src=", "href=", "@import", "url(", "\u{202e}",
        ] {
            let there = html.contains(wrong);
            let escaped = wrong == "src=" && !html.contains("<img");
            assert!(!there || escaped, "{kind}: {wrong}");
        }
        assert!(html.contains("&lt;script&gt;"), "{kind}");
        assert!(html.contains("Content-Security-Policy"));
    }
}

#[test]
fn what_is_not_filled_in_leaves_room_to_write() {
    let html = page(Language::Vi, &slip(Edition::Of2025, FormKind::Intake));
    assert!(html.contains("<p class=\"room\"><span>Email:</span> <b></b></p>"));
}

#[test]
fn a_form_of_a_simulated_gateway_says_so() {
    for kind in FormKind::ALL {
        let mut slip = slip(Edition::Of2025, *kind);
        assert!(!page(Language::Vi, &slip).contains(crate::model::simulated::MARK));
        slip.issuer.simulated = true;
        let html = page(Language::Vi, &slip);
        assert!(
            html.matches(crate::model::simulated::MARK).count() >= 2,
            "{kind}"
        );
    }
}

#[test]
fn an_address_too_long_for_paper_has_no_square_code() {
    assert!(svg(&"a".repeat(300), "").is_ok());
    assert_eq!(svg(&"a".repeat(301), ""), Err(NoCode { length: 301 }));
    let drawn = svg("H01.01.02-261124-0001", "a \"<b>\"").expect("fits");
    assert!(drawn.contains("aria-label=\"a &quot;&lt;b&gt;&quot;\""));
    // ISO/IEC 18004 §6.3.3: the finder pattern in the upper left corner, behind the quiet zone of four modules.
    for x in 4..=10 {
        assert!(drawn.contains(&format!("M{x} 4h1")) && drawn.contains(&format!("M{x} 10h1")));
    }
    assert!(!drawn.contains("M5 5h1") && drawn.contains("M6 6h1"));
}

#[test]
fn a_request_for_supplement_has_all_that_the_form_asks_for_of_every_difference() {
    let procedure = sample("1.000894");
    let facts = Facts::new();
    let presented = Presented {
        day: received().local_day(),
        facts: &facts,
        offered: &[],
    };
    let answer = check(&procedure, &presented);
    assert!(
        answer
            .items
            .iter()
            .any(|item| item.problem == Problem::Missing)
    );
    assert!(
        answer
            .items
            .iter()
            .any(|item| item.problem == Problem::FactNotDeclared)
    );
    for item in &answer.items {
        let name = |text: &Option<String>| text.as_deref().and_then(PlainName::parse);
        let item = &DossierItem {
            problem: item.problem,
            component: name(&item.component),
            offered: None,
            fact: name(&item.fact),
            verdict: item.verdict,
            ground: item.ground,
        };
        let told = Wanted::of(
            Language::Vi,
            &procedure,
            item,
            None,
            ("Tiếp nhận", "Lê Văn Cường"),
        );
        let all = [
            &told.item,
            &told.todo,
            &told.reason,
            &told.ground,
            &told.stage,
            &told.author,
        ];
        assert!(
            all.iter()
                .all(|text| !text.is_empty() && !text.starts_with("dossier-")),
            "{told:?}"
        );
    }
}

fn sample(code: &str) -> Procedure {
    use crate::config::procedures::{SAMPLES, parse};
    let all = SAMPLES
        .iter()
        .map(|(name, text)| parse(name.as_ref(), text));
    let mut all = all.map(|own| own.expect("a sample"));
    all.find(|own| own.code == code).expect("there")
}

#[test]
fn a_sealed_form_is_accepted_and_with_any_other_byte_it_is_not() {
    let now = received();
    let ca = issue::create_receipt_ca("Cổng", Validity::years(now, 20)).expect("CA");
    let authority = Authority::new(&ca).expect("CA");
    let issued = issue::issue_receipt(&authority, "Cổng", Validity::years(now, 5));
    let key = ReceiptKey::from_issued(&issued.expect("certificate")).expect("key");
    let ca = Certificate::parse(&ca.certificate_der).expect("CA");
    let html = page(Language::Vi, &slip(Edition::Of2025, FormKind::Supplement));
    let mut bytes = html.into_bytes();
    let sealed = key.sign_detached(&bytes, now).expect("signed");
    let told = verify_detached(&sealed, &bytes, &ca).expect("good");
    assert_eq!(told.at, now);
    let places: Vec<usize> = (0..bytes.len()).step_by(97).collect();
    for place in places {
        bytes[place] ^= 1;
        assert!(verify_detached(&sealed, &bytes, &ca).is_err(), "{place}");
        bytes[place] ^= 1;
    }
    bytes.push(b'\n');
    assert!(verify_detached(&sealed, &bytes, &ca).is_err());
    let other = issue::create_receipt_ca("Khác", Validity::years(now, 20)).expect("CA");
    let other = Certificate::parse(&other.certificate_der).expect("CA");
    bytes.pop();
    assert!(verify_detached(&sealed, &bytes, &other).is_err());
}

#[test]
#[ignore = "writes the forms, to be looked at"]
fn write_forms() {
    let folder = std::env::temp_dir().join("lienthong-forms");
    std::fs::create_dir_all(&folder).expect("folder");
    for edition in Edition::ALL {
        for kind in FormKind::ALL {
            let path = folder.join(format!("{edition}-{kind}.html"));
            let html = page(Language::Vi, &slip(*edition, *kind));
            std::fs::write(path, html).expect("written");
        }
    }
}
