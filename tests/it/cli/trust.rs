//! `trust list`, `trust check`, `trust reload`: over a folder, and over a running daemon.

use super::Desk;
use super::offices::{CONFIG, install};
use lienthong::clock::{Clock, SystemClock};
use lienthong::forge::key::KeyKind;
use lienthong::forge::pki::{Authority, Crl, Validity};
use lienthong::model::Timestamp;

fn authority(name: &str, now: Timestamp) -> Authority {
    Authority::root(name, KeyKind::P256, Validity::around(now)).expect("root")
}

fn list(of: &Authority, validity: Validity) -> Vec<u8> {
    let crl = Crl {
        validity,
        number: 1,
        revoked: Vec::new(),
    };
    of.crl(&crl).expect("CRL")
}

#[test]
fn a_folder_is_looked_through() {
    let (desk, now) = (Desk::new(), SystemClock.now());
    std::fs::create_dir(desk.path("empty")).expect("folder");
    desk.run("trust check --trust empty")
        .ends(1)
        .says("certs/trust/");
    desk.run("trust check --trust nowhere")
        .ends(1)
        .says("nowhere");

    let root = authority("Gốc", now);
    desk.write("c/trust/co-yeu/root.pem", root.pem());
    desk.write(
        "c/trust/co-yeu/domain.toml",
        "purposes = [\"documents\"]\nmax_path_len = 1\n[names.permitted]\ndn = [\"C=VN\"]\n",
    );
    desk.write("c/crl/root.crl", list(&root, Validity::days(now, 1, 7)));
    desk.run("trust check --trust c")
        .ends(0)
        .says("Không có việc gì phải làm");
    desk.run("trust list --trust c")
        .ends(0)
        .says("[co-yeu]")
        .says("dùng cho: ký văn bản\n")
        .says("số cấp trung gian nhiều nhất 1; chỉ các tên dn:C=VN")
        .says("giờ trước")
        .says("phải có bản mới trước");
    let view = desk.run("trust list --trust c --json").ends(0).json();
    assert_eq!(view["anchors"][0]["purposes"][0], "documents");
    assert_eq!(view["anchors"][0]["restrictions"]["max_path_len"], 1);
    assert_eq!(view["crls"][0]["age_hours"], 24);
    assert_eq!(view["crls"][0]["newest"], true);
    assert!(view["next_crl"].is_string() && view["anchors"][0]["days_left"].is_i64());

    desk.write("c/crl/root.crl", list(&root, Validity::days(now, 7, -1)));
    desk.write("c/crl/broken.crl", "<html>404</html>");
    desk.write("c/intermediate/lost.pem", authority("Lạ", now).pem());
    desk.write("c/distrust/list.txt", format!("{:064x} # ai đó\n", 1));
    let found = desk.run("trust check --trust c --json").ends(1).json();
    let codes: Vec<&str> = found["findings"]
        .as_array()
        .expect("list")
        .iter()
        .map(|f| {
            let said = |key: &str| !f[key].as_str().expect("text").is_empty();
            assert!(said("sentence") && said("remedy"), "{f}");
            f["code"].as_str().expect("code")
        })
        .collect();
    let expected = [
        "intermediate_unchained",
        "crl_stale",
        "file_passed_over",
        "distrust_idle",
    ];
    assert_eq!(codes, expected);
    desk.run("trust check --trust c --lang en")
        .ends(1)
        .says("broken.crl")
        .says("→ Put the authority's newest list");

    desk.write("c/trust/co-yeu/domain.toml", "purposes = [\"all\"]\n");
    desk.run("trust check --trust c")
        .ends(3)
        .says("domain.toml:1:13")
        .says("^^^^^");
}

#[test]
fn a_daemon_takes_over_what_is_right_and_keeps_what_it_has_else() {
    let desk = Desk::new();
    install(&desk);
    let _daemon = desk.serve(CONFIG, &desk.path("lienthong/lienthong.sock"));
    let rules = || desk.run("trust list --json").ends(0).json();
    let before = rules();
    let toml = "lienthong/certs/trust/co-yeu/domain.toml";
    desk.write(toml, "max_path_length = 1\n");
    desk.run("trust reload")
        .ends(1)
        .says("domain.toml:1:1")
        .says("cũ");
    assert_eq!(rules()["rules"], before["rules"]);
    desk.write(toml, "max_path_len = 1\n");
    desk.run("trust reload").ends(0);
    let after = rules();
    assert_ne!(after["rules"], before["rules"]);
    assert_eq!(after["anchors"][0]["restrictions"]["max_path_len"], 1);
    // A broken list keeps nothing else from coming into force, and is told.
    desk.write("lienthong/certs/crl/root.crl", "half");
    desk.write("lienthong/certs/distrust/list.txt", format!("{:064x}\n", 2));
    desk.run("trust reload").ends(0);
    let now = rules();
    assert_ne!(now["rules"], after["rules"]);
    assert_eq!(
        now["crls"].as_array().expect("lists").len(),
        1,
        "the list read before"
    );
    assert_eq!(now["passed_over"][0]["earlier_kept"], true);
    desk.run("trust check").ends(1).says("root.crl");
}
