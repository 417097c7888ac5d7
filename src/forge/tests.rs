//! OpenSSL and poppler take what is made here, and refuse what is broken; where they are not
//! installed the tests say nothing.

use super::pdf::alter_inside;
use super::pki::pem;
use super::*;
use crate::clock::{Clock, SystemClock};
use rcgen::DnType;
use std::process::Command;

fn openssl(dir: &std::path::Path, args: &[&str]) -> Option<(bool, String)> {
    let run = Command::new("openssl").current_dir(dir).args(args).output();
    let out = run.ok()?;
    Some((
        out.status.success(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    ))
}

/// OpenSSL takes what is made here, with CRLs checked, and refuses what is broken.
#[test]
fn openssl_agrees() {
    let now = SystemClock.now();
    let good = Validity::around(now);
    let dir = tempfile::tempdir().expect("folder");
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(dir.path().join(name), bytes).expect("written");
    };
    write("content", "Nội dung".as_bytes());
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let root = Authority::root("Gốc", kind, good).expect("root");
        let ca = root.authority("Cấp phát", kind, good).expect("ca");
        let name = [(DnType::CommonName, "Trần Thị An")];
        let signer = ca
            .issue(&name, kind, good, Profile::Signing)
            .expect("issued");
        let revoked = ca
            .issue(&name, kind, good, Profile::Signing)
            .expect("issued");
        let crl = Crl {
            validity: good,
            number: 1,
            revoked: vec![(revoked.serial(), now)],
        };
        let empty = Crl {
            revoked: vec![],
            ..crl.clone()
        };
        let mut trust = root.pem();
        trust += &pem("X509 CRL", &root.crl(&empty).expect("crl"));
        trust += &pem("X509 CRL", &ca.crl(&crl).expect("crl"));
        write("trust.pem", trust.as_bytes());
        let content = "Nội dung".as_bytes();
        let cases = [
            (&signer, Variant::Good, true),
            (&revoked, Variant::Good, false),
            (&signer, Variant::WrongDigest, false),
            (&signer, Variant::FlippedBit, false),
            (&signer, Variant::OtherCertificate(&revoked), false),
        ];
        for (by, variant, accepted) in cases {
            let der = by.sign(content, false, Some(now), variant).expect("signed");
            write("s.p7s", &der);
            let args = "cms -verify -binary -cades -inform DER -in s.p7s -content content \
                        -CAfile trust.pem -crl_check_all -out out -purpose any";
            let args: Vec<&str> = args.split_whitespace().collect();
            let Some((ok, why)) = openssl(dir.path(), &args) else {
                return;
            };
            assert_eq!(ok, accepted, "{kind:?} {variant:?}: {why}");
        }
        let der = signer.sign_encapsulated(content, now).expect("signed");
        write("s.p7m", &der);
        let args = "cms -verify -binary -cades -inform DER -in s.p7m -CAfile trust.pem \
                    -crl_check_all -out out -purpose any";
        let args: Vec<&str> = args.split_whitespace().collect();
        let (ok, why) = openssl(dir.path(), &args).expect("openssl");
        assert!(ok, "{why}");
        assert_eq!(std::fs::read(dir.path().join("out")).expect("out"), content);
    }
}

fn letter() -> Letter {
    Letter {
        above: "UBND TỈNH TÂY NINH".into(),
        agency: "SỞ TÀI CHÍNH".into(),
        place: "Tây Ninh".into(),
        date: crate::model::LocalDay::new(2026, 11, 24).expect("day"),
        number: "12".into(),
        notation: "STC-VP".into(),
        kind: "Công văn".into(),
        subject: "về dự toán quý I năm 2027".into(),
        recipients: vec!["UBND xã Long Cang".into(), "UBND xã Rạch Kiến".into()],
        body: vec![
            "Thực hiện chỉ đạo của Ủy ban nhân dân tỉnh về việc lập dự toán ngân sách, Sở \
             Tài chính đề nghị các đơn vị gửi báo cáo trước ngày 15 tháng 12, kèm bảng tổng \
             hợp số liệu theo mẫu; mọi vướng mắc xin phản ánh kịp thời."
                .into(),
            "ăâđêôơư ắằẳẵặ ấầẩẫậ éèẻẽẹ ếềểễệ íìỉĩị óòỏõọ ốồổỗộ ớờởỡợ úùủũụ ứừửữự ýỳỷỹỵ \
             ĂÂĐÊÔƠƯ ẮẰẲẴẶ ẤẦẨẪẬ ẾỀỂỄỆ ỚỜỞỠỢ ỨỪỬỮỰ"
                .into(),
        ],
        position: vec!["KT. GIÁM ĐỐC".into(), "PHÓ GIÁM ĐỐC".into()],
        signer: "Trần Thị An".into(),
    }
}

fn mark(field: &str, name: &str, place: [f64; 4]) -> Mark {
    Mark {
        field: field.into(),
        name: name.into(),
        lines: vec![
            format!("Ký bởi: {name}"),
            "2026-11-24T07:30:00+07:00".into(),
        ],
        place,
        colour: [200, 0, 0],
        sub_filter: SubFilter::Cades,
    }
}

/// `pdfsig` takes both signatures and tells an altered file.
#[test]
fn pdfsig_agrees() {
    let now = SystemClock.now();
    let good = Validity::around(now);
    let root = Authority::root("Gốc", KeyKind::P256, good).expect("root");
    let ca = root.authority("Cấp phát", KeyKind::P256, good).expect("ca");
    let issue = |name| {
        let subject = [(DnType::CommonName, name)];
        ca.issue(&subject, KeyKind::P256, good, Profile::Signing)
            .expect("issued")
    };
    let (person, agency) = (issue("Trần Thị An"), issue("Sở Tài chính"));
    let mut pdf = Pdf::new(&letter());
    let (left, right) = (pdf.agency_place(), pdf.person_place());
    pdf.sign(&person, &mark("Nguoiky", "Trần Thị An", right), now)
        .expect("signed");
    pdf.sign(&agency, &mark("Coquan", "Sở Tài chính", left), now)
        .expect("signed");
    let dir = tempfile::tempdir().expect("folder");
    let show = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let out = Command::new("pdfsig")
            .arg("-nocert")
            .arg(&path)
            .output()
            .ok()?;
        Some(String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let Some(said) = show("good.pdf", pdf.bytes()) else {
        return;
    };
    assert_eq!(said.matches("Signature is Valid").count(), 2, "{said}");
    assert!(said.contains("Total document signed"), "{said}");
    let mut altered = pdf.bytes().to_vec();
    alter_inside(&mut altered).expect("altered");
    let said = show("altered.pdf", &altered).expect("pdfsig");
    assert_eq!(said.matches("Digest Mismatch").count(), 2, "{said}");
    pdf.append_page(&letter());
    let said = show("appended.pdf", pdf.bytes()).expect("pdfsig");
    assert_eq!(
        said.matches("Not total document signed").count(),
        2,
        "{said}"
    );
    let stranger = issue("Người lạ");
    pdf.sign(
        &stranger,
        &mark("Nguoila", "Người lạ", [60.0, 60.0, 160.0, 90.0]),
        now,
    )
    .expect("signed");
    let said = show("stranger.pdf", pdf.bytes()).expect("pdfsig");
    assert_eq!(said.matches("Signature is Valid").count(), 3, "{said}");
}

/// What is encrypted here, another reader opens, strings, streams and object streams.
#[test]
fn qpdf_opens_encrypted_files() {
    let dir = tempfile::tempdir().expect("folder");
    let path = dir.path().join("file.pdf");
    for how in pdf::Protection::ALL {
        for password in ["", "mat khau"] {
            let mut pdf = Pdf::encrypted(&letter(), how, password);
            let field = pdf.add_text_field("GhiChu");
            let filled = pdf::text_field("GhiChu", "Da \\(xong\\)");
            pdf.update_packed(&[(field, &filled)]);
            pdf.append_page(&letter());
            std::fs::write(&path, pdf.bytes()).expect("written");
            let qpdf = |args: &[&str]| {
                let password = format!("--password={password}");
                let done = Command::new("qpdf")
                    .arg(password)
                    .args(args)
                    .arg(&path)
                    .output();
                done.ok().map(|done| {
                    let said = String::from_utf8_lossy(&done.stdout).into_owned();
                    (done.status.success(), said, done.stderr)
                })
            };
            let Some((sound, said, errors)) = qpdf(&["--check"]) else {
                return;
            };
            let errors = String::from_utf8_lossy(&errors);
            assert!(sound && errors.is_empty(), "{how:?} {said} {errors}");
            let (_, title, _) = qpdf(&["--show-object=3"]).expect("there");
            let wide = letter()
                .subject
                .encode_utf16()
                .map(|unit| format!("{unit:04x}"))
                .collect::<String>();
            assert!(title.contains(&wide), "{how:?} {title}");
            let (_, value, _) = qpdf(&[&format!("--show-object={field}")]).expect("there");
            assert!(value.contains("(Da \\(xong\\))"), "{how:?} {value}");
        }
    }
}
