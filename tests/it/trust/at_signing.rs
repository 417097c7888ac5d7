//! What the national circular asks about each signature, as text and as JSON.

use super::pdf::{letter, mark};
use super::world::*;
use lienthong::forge::{Entity, Identity, KeyKind, Pdf, SubFilter, Template, Validity};
use lienthong::judge::report;
use lienthong::lang::report::{Context, Style, file};
use lienthong::model::{Digest, Language, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::at_signing::{AtSigning, Standing, TimeSource};
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::FileReport;

fn signed(by: &Identity) -> Vec<u8> {
    let mut pdf = Pdf::new(&letter());
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(by, &mark, NOW.plus_secs(-60)).expect("signed");
    pdf.into_bytes()
}

fn judged(input: MaterialInput, bytes: &[u8]) -> FileReport {
    validator(input).judge_file(&memory(bytes), None, NOW)
}

fn found(report: &FileReport) -> AtSigning {
    AtSigning::of(&report.signatures[0], None)
}

fn shown(language: Language, report: &FileReport) -> String {
    let context = Context {
        name: "12.pdf",
        at: NOW,
        existed: None,
        anchors: true,
        units: &[],
    };
    let style = Style {
        language,
        colour: false,
    };
    file(style, context, report)
}

fn json(report: &FileReport, existed: Option<Timestamp>) -> serde_json::Value {
    let material = Material::new(MaterialInput::default()).expect("material");
    let bytes = report::file(report, Digest::of(b""), (NOW, existed), &material);
    let json = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(crate::server::schema::conforms("FileReport", &json), Ok(()));
    json
}

#[test]
fn each_standing_has_its_own_words() {
    let world = World::new(KeyKind::P256);
    let good = signed(&world.signer);
    let stale = MaterialInput {
        crls: vec![
            crl(&world.root, &[]),
            crl_at(&world.ca, &[], Validity::days(NOW, 9, -2)),
        ],
        ..world.input()
    };
    let none = MaterialInput {
        crls: Vec::new(),
        ..world.input()
    };
    let revoked = MaterialInput {
        crls: vec![crl(&world.root, &[]), crl(&world.ca, &[&world.signer])],
        ..world.input()
    };
    let mut altered = good.clone();
    lienthong::forge::pdf::alter_inside(&mut altered).expect("altered");
    let rows = [
        (
            judged(world.input(), &good),
            Standing::Valid,
            "CÒN HIỆU LỰC",
        ),
        (judged(stale, &good), Standing::Unchecked, "CẢNH BÁO"),
        (judged(none, &good), Standing::Unchecked, "CẢNH BÁO"),
        (
            judged(revoked, &good),
            Standing::NotValid,
            "KHÔNG CÒN HIỆU LỰC",
        ),
        (
            judged(World::new(KeyKind::P256).input(), &good),
            Standing::NotConcluded,
            "chưa kết luận được",
        ),
        (
            judged(world.input(), &altered),
            Standing::NotConcluded,
            "chưa kết luận được",
        ),
    ];
    for (report, standing, words) in &rows {
        assert_eq!(found(report).standing, *standing);
        let line = format!("    Chứng thư tại thời điểm ký: {words}");
        let text = shown(Language::Vi, report);
        assert!(text.contains(&line), "{text}");
        let at_signing = &json(report, None)["signatures"][0]["at_signing"];
        assert_eq!(at_signing["certificate"], standing.name());
        assert_eq!(at_signing["signer"], "Sở Tài chính");
        assert_eq!(at_signing["time_source"], "claimed");
        // Nothing but a pass may be called valid.
        let passed = report.signatures[0].verdict.is_passed();
        assert_eq!(passed, *standing == Standing::Valid);
    }
}

#[test]
fn a_clerk_reads_who_signed_for_which_unit_and_until_when() {
    let good = Validity::around(NOW);
    let root = Template::authority("Gốc", good)
        .self_signed()
        .expect("root");
    let stamper = Template::stamper("Dấu thời gian", good).issued_by(&root);
    let stamper: Entity = stamper.expect("stamper");
    let name = lienthong::forge::Name::empty()
        .with(
            lienthong::forge::name::ORGANIZATION,
            0x0c,
            "Sở Tài chính, tỉnh",
        )
        .with(lienthong::forge::name::COMMON, 0x0c, "Trần Thị An");
    let signer = Template::signer("x", good).subject(name).issued_by(&root);
    let signer = signer.expect("signer").identity().expect("identity");
    let mut pdf = Pdf::new(&letter());
    let mark = mark("CoQuan", SubFilter::Cades);
    pdf.sign(&signer, &mark, NOW.plus_secs(-60))
        .expect("signed");
    pdf.stamp(&stamper, "Dau", NOW.plus_secs(-30))
        .expect("stamped");
    let list = lienthong::forge::RevocationList::complete(1, Validity::days(NOW, 0, 6));
    let mut anchor = AnchorInput::ordinary("co-yeu", root.der.clone());
    anchor.constraints.purposes.timestamping = true;
    let input = MaterialInput {
        anchors: vec![anchor],
        crls: vec![list.signed_by(&root).expect("list").into()],
        ..MaterialInput::default()
    };
    let report = judged(input, pdf.bytes());
    assert_eq!(worst(&report), Some(PASSED), "{report:#?}");
    let stamped = (NOW.plus_secs(-29), TimeSource::Timestamp);
    assert_eq!(found(&report).time, Some(stamped));
    // Somebody had it before the stamp says so.
    let earlier = NOW.plus_secs(-45);
    let found = AtSigning::of(&report.signatures[0], Some(earlier));
    assert_eq!(found.time, Some((earlier, TimeSource::Existed)));
    let text = shown(Language::Vi, &report);
    for line in [
        "  KẾT LUẬN CHUNG: ✔ HỢP LỆ (TOTAL-PASSED)",
        "    Người ký: Trần Thị An",
        "    Đơn vị quản lý (theo chứng thư): Sở Tài chính, tỉnh",
        "    Tổ chức cấp chứng thư: Gốc",
        "    Thời điểm ký: không muộn hơn 24/11/2026 06:59:31 (có dấu thời gian chứng minh)",
        "    Nội dung được ký: còn nguyên vẹn",
        "    Chứng thư tại thời điểm ký: CÒN HIỆU LỰC",
        "    Thời hạn của chứng thư: từ 25/10/2026 07:00:00 đến 25/10/2027 07:00:00",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    let text = shown(Language::En, &report);
    assert!(
        text.contains("    Certificate at signing time: VALID\n"),
        "{text}"
    );
    let at_signing = &json(&report, None)["signatures"][0]["at_signing"];
    assert_eq!(at_signing["managing_unit"], "Sở Tài chính, tỉnh");
    assert_eq!(at_signing["time_source"], "timestamp");
}
