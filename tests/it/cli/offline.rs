//! What needs neither daemon nor configuration: `verify` and `receipt verify`.

use super::Desk;
use lienthong::clock::{Clock, SystemClock};
use lienthong::forge::key::KeyKind;
use lienthong::forge::pki::{Authority, Crl, Profile, Validity};
use lienthong::forge::xml::{Plan, Reference};
use lienthong::keys::files::{self, own};
use lienthong::keys::{Authority as Issuer, ReceiptKey, issue};
use lienthong::model::{Timestamp, UnitCode};
use rcgen::DnType;

/// An authority whose material lies in `trust/`, and a signer under it.
fn signer(desk: &Desk, now: Timestamp) -> lienthong::forge::pki::Identity {
    let root = Authority::root("Gốc", KeyKind::P256, Validity::around(now)).expect("root");
    let crl = Crl {
        validity: Validity::days(now, 1, 7),
        number: 1,
        revoked: Vec::new(),
    };
    desk.write("trust/trust/cong-cong/root.pem", root.pem());
    desk.write("trust/crl/root.crl", root.crl(&crl).expect("CRL"));
    let name = [(DnType::CommonName, "Trần Thị An")];
    let issued = root.issue(
        &name,
        KeyKind::P256,
        Validity::around(now),
        Profile::Signing,
    );
    issued.expect("certificate")
}

#[test]
fn verify_tells_by_its_exit_code() {
    let (desk, now) = (Desk::new(), SystemClock.now());
    let signer = signer(&desk, now);
    let content = "Về dự toán quý I".as_bytes();
    desk.write("a.txt", content);
    desk.write("other.txt", "Về dự toán quý II");
    desk.write("a.p7s", signer.sign_detached(content, now).expect("signed"));
    desk.write(
        "a.p7m",
        signer.sign_encapsulated(content, now).expect("signed"),
    );
    desk.run("verify a.p7m --trust trust")
        .ends(0)
        .says("✔")
        .says("Trần Thị An");
    desk.run("verify a.p7s --detached a.txt --trust trust --offline")
        .ends(0)
        .says("TOTAL-PASSED");
    desk.run("verify a.p7s --detached other.txt --trust trust")
        .ends(10)
        .says("✘")
        .says("HASH_FAILURE");
    desk.run("verify a.p7m")
        .ends(11)
        .says("--trust")
        .says("NO_CERTIFICATE_CHAIN_FOUND");
    desk.run("verify a.txt --trust trust")
        .ends(11)
        .says("Không có chữ ký số");
    desk.run("verify a.p7m --trust trust --at 2036-01-01T00:00:00Z")
        .ends(11);
    desk.run("verify a.p7m --trust missing").ends(1);
    desk.run("verify missing.pdf").ends(1).says("missing.pdf");
    let report = desk.run("verify a.p7m --trust trust --json").ends(0).json();
    assert_eq!(report["schema"], "lienthong-report-1");
    assert_eq!(report["indication"], "TOTAL-PASSED");
    let english = desk.run("verify a.p7m --trust trust --lang en").ends(0);
    english.says("VALID").says("Every check passed");
}

#[test]
fn an_xml_signature_finds_its_files_by_their_names() {
    let (desk, now) = (Desk::new(), SystemClock.now());
    let signer = signer(&desk, now);
    let (main, annex) = ("Về dự toán", "Phụ lục");
    desk.write("a.txt", main);
    desk.write("phu luc.txt", annex);
    desk.write("doi-ten.txt", main);
    let mut plan = Plan::detached("a.txt", main.as_bytes());
    desk.write("mot.xml", plan.sign(&signer).expect("signed").text);
    let second = Reference::to_file("phu%20luc.txt", annex.as_bytes());
    plan.references.push(second);
    desk.write("hai.xml", plan.sign(&signer).expect("signed").text);
    for (files, exit, said) in [
        (
            "hai.xml --detached a.txt --detached phu_luc.txt",
            0,
            "TOTAL-PASSED",
        ),
        (
            "hai.xml --detached phu_luc.txt --detached a.txt",
            0,
            "TOTAL-PASSED",
        ),
        // One of two, and the other under another name: nothing is taken for what it is not.
        ("hai.xml --detached a.txt", 11, "SIGNED_DATA_NOT_FOUND"),
        (
            "hai.xml --detached doi-ten.txt --detached phu_luc.txt",
            11,
            "SIGNED_DATA_NOT_FOUND",
        ),
        ("hai.xml", 11, "SIGNED_DATA_NOT_FOUND"),
        // One file for the one reference: its name does not matter, its octets do.
        ("mot.xml --detached doi-ten.txt", 0, "TOTAL-PASSED"),
        ("mot.xml --detached phu_luc.txt", 10, "HASH_FAILURE"),
    ] {
        let line = format!("verify {files} --trust trust --offline");
        let words = line
            .split(' ')
            .map(|word| word.replace("phu_luc", "phu luc"));
        let words: Vec<String> = words.collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        desk.run_with(&words, &[]).ends(exit).says(said);
    }
}

/// What is in a folder, by name.
fn folder(desk: &Desk, name: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(desk.path(name)).expect("a folder");
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("octets"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_payload_is_what_was_signed() {
    let (desk, now) = (Desk::new(), SystemClock.now());
    let signer = signer(&desk, now);
    let letter = "<cv Id=\"so/1\"><!-- nháp --><so/></cv>";
    let good = Plan::enveloped(letter).sign(&signer).expect("signed").text;
    desk.write("a.xml", &good);
    let canonical = "1.1-so-1.c14n.xml";
    desk.run("verify a.xml --trust trust --offline --payload moi/ra")
        .ends(0)
        .says(canonical)
        .says("dạng chuẩn tắc");
    let files = folder(&desk, "moi/ra");
    let expected = [
        (canonical, "<cv Id=\"so/1\"><so></so></cv>"),
        ("1.2-so-1.original.xml", "<cv Id=\"so/1\"><so/></cv>"),
    ];
    let expected = expected.map(|(n, text)| (n.to_owned(), text.as_bytes().to_vec()));
    assert_eq!(files, expected);
    // Never into what holds something, whatever that is.
    desk.run("verify a.xml --trust trust --offline --payload moi")
        .ends(1)
        .says("không trống");
    assert_eq!(folder(&desk, "moi/ra"), expected);
    let json = "verify a.xml --trust trust --offline --payload json --json --lang en";
    let report = desk.run(json).ends(0).json();
    assert_eq!(report["schema"], "lienthong-report-1");
    let first = &report["payload"]["files"][0];
    assert_eq!(
        (&first["form"], &first["signature"]),
        (&"canonical".into(), &1.into())
    );
    let sha256 = lienthong::model::Digest::of(&files[0].1).to_hex();
    assert_eq!(first["sha256"], sha256);
    // What did not pass gives nothing, and no folder.
    desk.write("b.xml", good.replace("<so/>", "<so/>khac"));
    desk.run("verify b.xml --trust trust --offline --payload khong")
        .ends(10)
        .says("Không ghi nội dung nào")
        .says("HASH_FAILURE");
    assert!(!desk.path("khong").exists());
    let json = "verify b.xml --trust trust --offline --payload khong --json";
    let report = desk.run(json).ends(10).json();
    assert_eq!(report["payload"]["files"], serde_json::json!([]));
    assert_eq!(
        report["payload"]["withheld"][0]["reason"],
        "digest_mismatch"
    );
    // A file beside it keeps its name.
    let signed = signer.sign_detached(b"main", now).expect("signed");
    desk.write("c.p7s", signed);
    desk.write("cong van.txt", "main");
    let words = "verify c.p7s --trust trust --offline --payload cms --detached";
    let words: Vec<&str> = words.split(' ').chain(["cong van.txt"]).collect();
    desk.run_with(&words, &[]).ends(0);
    let name = "1.1-cong van.txt".to_owned();
    assert_eq!(folder(&desk, "cms"), [(name, b"main".to_vec())]);
}

#[test]
fn a_receipt_is_checked_under_the_given_ca_only() {
    let (desk, now) = (Desk::new(), SystemClock.now());
    let folder = desk.path("own");
    std::fs::create_dir(&folder).expect("folder");
    files::create_own(&folder, "Trục mẫu", &["localhost".into()], now).expect("keys");
    let json = receipt_json(now);
    let sealed = ReceiptKey::load(&folder)
        .expect("key")
        .seal(&json, now)
        .expect("sealed");
    desk.write("R.p7m", &sealed);
    let good = desk
        .run("receipt verify R.p7m --ca own/receipt-ca.pem --json")
        .ends(0)
        .json();
    assert_eq!(good["receipt"]["sender"], "H53.7");
    desk.run("receipt verify R.p7m --ca own/receipt-ca.pem")
        .ends(0)
        .says("✔")
        .says("Trục mẫu");
    desk.run("receipt verify R.p7m --ca own/transport-ca.pem")
        .ends(1)
        .says("KHÔNG đúng: không do CA biên nhận đã cho ký")
        .says("Đừng dựa vào biên nhận này");
    desk.run("receipt verify R.p7m").ends(3).says("--ca");

    let mut flipped = sealed;
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    desk.write("R.p7m", flipped);
    desk.run("receipt verify R.p7m --ca own/receipt-ca.pem")
        .ends(1);

    let ca = files::read_pair(&folder, own::TRANSPORT_CA, own::TRANSPORT_CA_KEY).expect("CA");
    let ca = Issuer::new(&ca).expect("CA");
    let unit = UnitCode::parse("H53.7").expect("code");
    let client = issue::issue_client(&ca, &unit, issue::Validity::years(now, 1)).expect("client");
    let forged = ReceiptKey::from_issued(&client)
        .expect("key")
        .seal(&json, now)
        .expect("sealed");
    desk.write("R.p7m", forged);
    for ca in ["own/receipt-ca.pem", "own/transport-ca.pem"] {
        desk.run(&format!("receipt verify R.p7m --ca {ca}")).ends(1);
    }
}

/// The content of a receipt, written by hand as the interface describes it.
fn receipt_json(at: Timestamp) -> Vec<u8> {
    let zero = "0".repeat(64);
    format!(
        "{{\"at\":\"{at}\",\"chain\":\"{zero}\",\
         \"document\":\"0193f5a0-0000-7000-8000-000000000001\",\"envelope_sha256\":\"{zero}\",\
         \"event\":\"offered\",\"files\":[{{\"role\":\"main\",\"sha256\":\"{zero}\",\"size\":1}}],\
         \"gateway\":\"Trục mẫu\",\"position\":1,\"recipient\":null,\
         \"schema\":\"lienthong-receipt-1\",\"sender\":\"H53.7\",\"status\":null,\
         \"verdict\":{{\"agency_signed\":true,\"disposition\":\"accepted\",\
         \"indication\":\"TOTAL-PASSED\",\"person_signed\":false,\"policy\":\"require-agency\",\
         \"reason\":\"signed_as_required\",\"report_sha256\":null,\"rules_sha256\":\"{zero}\",\
         \"sub_indication\":null}}}}"
    )
    .into_bytes()
}
