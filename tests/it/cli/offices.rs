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
    desk.run("rates").ends(0).says("1/2 50,0 %");
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
        .says("impossible_move");
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

fn counts(desk: &Desk) {
    desk.run("rates")
        .ends(0)
        .says("1/2 50,0 %")
        .says("1/1 100,0 %")
        .says("chưa rõ mẫu số");
    desk.run("rates --lang en")
        .ends(0)
        .says("1/2 50.0 %")
        .says("unknown denominator");
    let csv = desk.run("rates --csv --unit H53.7").ends(0);
    assert!(
        csv.out.starts_with('\u{feff}') && csv.out.contains(",H53.7,"),
        "{csv:?}"
    );
    desk.run("recount").ends(0).says("khớp hoàn toàn");
    desk.run("trust list").ends(0).says("[co-yeu]").says("Gốc");
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
