//! An office's day through the binary and a real daemon: send, fetch, answer, count, end.

use super::Desk;
use lienthong::clock::{Clock, SystemClock};
use lienthong::forge::key::KeyKind;
use lienthong::forge::pki::{Authority, Crl, Profile, Validity};
use rcgen::DnType;
use std::net::TcpListener;

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    listener.local_addr().expect("address").port()
}

pub(super) const CONFIG: &str = "lienthong/config/lienthong.toml";

pub(super) fn install(desk: &Desk) -> Vec<u8> {
    let now = SystemClock.now();
    let listen = format!("127.0.0.1:{}", free_port());
    desk.run(&format!(
        "init --no-input --name Trục-mẫu --listen {listen}"
    ))
    .ends(0);
    let text = std::fs::read_to_string(desk.path(CONFIG)).expect("config");
    let operations = format!("127.0.0.1:{}", free_port());
    desk.write(CONFIG, text.replace("127.0.0.1:8480", &operations));
    let root = Authority::root("Gốc", KeyKind::P256, Validity::around(now)).expect("root");
    let crl = Crl {
        validity: Validity::days(now, 1, 7),
        number: 1,
        revoked: Vec::new(),
    };
    desk.write("lienthong/certs/trust/co-yeu/root.pem", root.pem());
    desk.write("lienthong/certs/crl/root.crl", root.crl(&crl).expect("CRL"));
    let name = [(DnType::CommonName, "Sở Tài chính")];
    let agency = root.issue(
        &name,
        KeyKind::P256,
        Validity::around(now),
        Profile::Signing,
    );
    let agency = agency.expect("certificate");
    desk.write("agency.pem", agency.pem());
    for unit in ["H53.7", "H53.8"] {
        desk.run(&format!("unit add {unit} --name Sở")).ends(0);
        desk.run(&format!(
            "unit enrol {unit} --out lienthong/profiles/{unit}"
        ))
        .ends(0);
    }
    desk.run("unit bind H53.7 --certificate agency.pem --role agency")
        .ends(0);
    let content = "Kính gửi Sở Nội vụ: về dự toán quý I".as_bytes();
    agency.sign_encapsulated(content, now).expect("signed")
}

#[test]
fn a_document_goes_from_one_office_to_another() {
    let desk = Desk::new();
    let signed = install(&desk);
    desk.write("12-STC.p7m", &signed);
    desk.write("trống.txt", "không ký");
    let mut daemon = desk.serve(CONFIG, &desk.path("lienthong/lienthong.sock"));

    desk.run("serve").ends(1).says(CONFIG);
    let waiting = "inbox --wait 60 --profile H53.8";
    assert_eq!(desk.interrupted(waiting), Some(130));
    let id = sends(&desk);
    fetches_and_answers(&desk, &id, &signed);
    counts(&desk);
    erases(&desk, &id);
    desk.run("unit revoke H53.8").ends(0).says("nạp lại");
    desk.run("inbox --profile H53.8")
        .ends(1)
        .says("certificate_revoked");
    assert_eq!(daemon.stop(), Some(0), "an orderly stop");
    desk.run("inbox --profile H53.7")
        .ends(4)
        .says("lienthong serve");
    desk.run("recount --json")
        .ends(0)
        .says("\"differences\":[]");
    desk.run("rates").ends(0).says("50,0\u{a0}% 1/2");
}

/// Sends a document, again, and ones that are refused; its identifier.
fn sends(desk: &Desk) -> String {
    let fields = "--to H53.8 --notation STC --subject Về-dự-toán --profile H53.7";
    let sent = desk.run(&format!(
        "send 12-STC.p7m --number 12 {fields} --receipt-out R.p7m --json"
    ));
    let sent = sent.ends(0).json();
    assert_eq!(
        (&sent["disposition"], &sent["receipt_verified"]),
        (&"accepted".into(), &true.into())
    );
    let id = sent["id"].as_str().expect("id").to_owned();
    let ca = "--ca lienthong/certs/own/receipt-ca.pem";
    desk.run(&format!("receipt verify R.p7m {ca}"))
        .ends(0)
        .says(&id);
    let again = desk
        .run(&format!("send 12-STC.p7m --number 12 {fields} --json"))
        .ends(0)
        .json();
    assert_eq!(
        (&again["id"], &again["repeated"]),
        (&sent["id"], &true.into())
    );
    let refused = desk
        .run(&format!("send trống.txt --number 13 {fields}"))
        .ends(5);
    refused
        .says("✘")
        .says("không có chữ ký số")
        .says("Biên nhận đúng");
    // Its receipt names no file, since none was read.
    desk.run(&format!(
        "send 12-STC.p7m --number 15 --secrecy secret {fields}"
    ))
    .ends(5)
    .says("Văn bản mật")
    .says("Biên nhận đúng");
    let to_nobody = fields.replace("H53.8", "H99");
    desk.run(&format!("send 12-STC.p7m --number 14 {to_nobody}"))
        .ends(1)
        .says("unknown_recipient");
    id
}

fn fetches_and_answers(desk: &Desk, id: &str, signed: &[u8]) {
    let inbox = desk.run("inbox --json --profile H53.8").ends(0).json();
    assert_eq!(
        (&inbox["id"], &inbox["state"]),
        (&id.into(), &"waiting".into())
    );
    desk.run(&format!("answer {id} accepted --profile H53.8"))
        .ends(1)
        .says("impossible_move")
        .says("→ arrived (đã đến)");
    desk.run(&format!("receive {id} --out in --profile H53.8"))
        .ends(0)
        .says("12-STC.p7m");
    assert_eq!(
        std::fs::read(desk.path("in/12-STC.p7m")).expect("received"),
        signed
    );
    let receipts = std::fs::read_dir(desk.path("in")).expect("folder").count();
    assert_eq!(
        receipts, 3,
        "the file, and the receipts of offer and arrival"
    );
    desk.run(&format!("receive {id} --out in --profile H53.8"))
        .ends(0);
    desk.write("in/12-STC.p7m", "something of our own");
    desk.run(&format!("receive {id} --out in --profile H53.8"))
        .ends(1)
        .says("đã có và khác với tệp");
    let given = desk
        .run(&format!("answer {id} 03 --staff An --profile H53.8 --json"))
        .ends(0)
        .json();
    assert_eq!(given["receipt_facts"]["status"], "accepted");
    desk.run("inbox --profile H53.8")
        .ends(0)
        .says("Không có văn bản");
    let status = desk
        .run(&format!("status {id} --profile H53.7 --json"))
        .ends(0)
        .json();
    assert_eq!(status["recipients"][0]["state"], "accepted");
}

/// Erases a file by order, never unasked, and its sender sees it.
fn erases(desk: &Desk, id: &str) {
    let erase = format!("document erase {id} --basis QĐ-15");
    for what in ["--all", "--all --json", "--file 1 --no-input"] {
        desk.run(&format!("{erase} {what}")).ends(2).says("--yes");
    }
    desk.run(&format!("{erase} --file 9 --yes"))
        .ends(1)
        .says("không có tệp thứ 9");
    desk.run(&format!("{erase} --file 1 --yes")).ends(0);
    desk.run(&format!("status {id} --profile H53.7"))
        .ends(0)
        .says("văn bản chính")
        .says("đã xóa theo lệnh")
        .says("tệp thứ 1")
        .says("QĐ-15");
}

fn counts(desk: &Desk) {
    desk.run("rates")
        .ends(0)
        .says("50,0\u{a0}% 1/2")
        .says("100,0\u{a0}% 1/1")
        .says("chưa rõ mẫu số");
    desk.run("rates --lang en")
        .ends(0)
        .says("50.0% 1/2")
        .says("unknown denominator");
    let csv = desk.run("rates --csv --unit H53.7").ends(0);
    assert!(
        csv.out.starts_with('\u{feff}') && csv.out.contains(",H53.7,"),
        "{csv:?}"
    );
    reports(desk);
    desk.run("recount").ends(0).says("khớp hoàn toàn");
    desk.run("trust list").ends(0).says("[co-yeu]").says("Gốc");
}

/// What is asked for in files, and what is asked for by name.
fn reports(desk: &Desk) {
    let all = desk.run("rates --definitions --json").ends(0).json();
    let names: Vec<&str> = all
        .as_array()
        .expect("list")
        .iter()
        .filter_map(|rate| rate["name"].as_str())
        .collect();
    assert!(names.contains(&"exchange_only_reachable"), "{names:?}");
    desk.run("rates --definitions")
        .ends(0)
        .says("(agency_signed − both_signed) ÷ (offered)")
        .says("NĐ 30/2020/NĐ-CP");
    desk.run("rates --rate signed").ends(0).says("H53.7");
    desk.run("rates --rate nothing")
        .ends(2)
        .says("--definitions");
    let tree = desk.run("rates --tree --json").ends(0).json();
    assert_eq!(tree["sums"][0]["units"], 2, "{tree}");
    assert_eq!(tree["sums"][0]["rates"]["exchange"]["state"], "unknown");
    desk.run("rates --xlsx bang.xlsx").ends(0).says("bang.xlsx");
    let book = std::fs::read(desk.path("bang.xlsx")).expect("workbook");
    assert!(book.starts_with(b"PK"));
    let target =
        "[[target]]\nrate = \"signed\"\npercent = 95\nfrom = \"2020-01-01\"\nbasis = \"KH 1\"\n";
    desk.write("lienthong/config/targets.toml", target);
    desk.run("rates --unit H53.7")
        .ends(0)
        .says("mục tiêu 95,0\u{a0}% (−45,0 điểm)");
    let made = desk.run("report --out bao-cao --json").ends(0).json();
    let made = made["files"].as_array().expect("files").len();
    let forms = if cfg!(feature = "pdf") { 6 } else { 5 };
    assert_eq!(made, forms, "a workbook, a table, a page, JSON, the trend");
    desk.run("report --out bao-cao --format docx")
        .ends(2)
        .says("xlsx");
    let printed = desk.run("report --out in --format pdf --period 2026-11");
    if cfg!(feature = "pdf") {
        printed.ends(0).says("report-2026-11.pdf");
        let pdf = std::fs::read(desk.path("in/report-2026-11.pdf")).expect("PDF");
        assert!(pdf.starts_with(b"%PDF-1.7"));
    } else {
        printed.ends(2).says("không kèm PDF").says("xlsx, csv");
    }
    let slips = desk.run("rates slips --json").ends(0).json();
    assert!(slips["slips"].is_array(), "{slips}");
    desk.run("rates slips --unit H99").ends(1);
}

#[test]
fn a_gateway_under_another_ca_is_not_spoken_to() {
    let desk = Desk::new();
    install(&desk);
    let _daemon = desk.serve(CONFIG, &desk.path("lienthong/lienthong.sock"));
    desk.run("init --no-input --data other").ends(0);
    let profile = "lienthong/profiles/H53.7";
    std::fs::copy(
        desk.path("other/certs/own/transport-ca.pem"),
        desk.path(&format!("{profile}/gateway-ca.pem")),
    )
    .expect("copied");
    desk.run("inbox --profile H53.7").ends(4).says("CA đã ghim");
    // And one whose certificate another authority issued is told so by the gateway.
    desk.run("unit add H53.9 --name Sở --config other/config/lienthong.toml")
        .ends(0);
    desk.run("unit enrol H53.9 --out stranger --config other/config/lienthong.toml")
        .ends(0);
    let url = std::fs::read_to_string(desk.path("lienthong/profiles/H53.8/profile.toml"))
        .expect("profile");
    desk.write("stranger/profile.toml", url.replace("H53.8", "H53.9"));
    std::fs::copy(
        desk.path("lienthong/profiles/H53.8/gateway-ca.pem"),
        desk.path("stranger/gateway-ca.pem"),
    )
    .expect("copied");
    let ran = desk.run("inbox --profile stranger");
    assert!([1, 4].contains(&ran.code), "{ran:?}");
}
