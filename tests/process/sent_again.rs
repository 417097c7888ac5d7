//! A document that was taken back or recalled, and is sent again as it was: by the command line and by the folder it
//! is a new one, which is delivered; what was not withdrawn, or names its request, stays the first.

use crate::folder::{Desk, RECIPIENT, SENDER, code, put_signed};
use crate::support::{Gateway, block_on, good};
use lienthong::demo::units::UNITS;
use serde_json::Value;
use std::fs;

fn withdrawn(gateway: &Gateway, how: &str, id: &str) {
    good(&gateway.as_unit(SENDER, &[how, id, "--reason", "Gửi nhầm"]));
}

/// What lies in the recipient's inbox.
fn waiting(gateway: &Gateway) -> Vec<String> {
    let office = gateway.office(RECIPIENT);
    let page = block_on(office.client.inbox(None, 100, 0)).expect("inbox");
    page.items.into_iter().map(|row| row.id).collect()
}

#[test]
fn by_the_command_line() {
    let gateway = Gateway::of_world();
    put_signed(&gateway.at.home, "cv.txt", "Công văn gửi nhầm.");
    let to = UNITS[RECIPIENT].code;
    let send = |number: &str, more: &[&str]| -> Value {
        let fields = [
            "send",
            "cv.txt",
            "--signature",
            "cv.txt.p7s:cv.txt",
            "--to",
            to,
            "--number",
            number,
            "--notation",
            "STC-VP",
            "--promulgated",
            "2026-11-23",
            "--subject",
            "Về việc gửi nhầm",
            "--json",
        ];
        let sent = gateway.as_unit(SENDER, &[&fields[..], more].concat());
        serde_json::from_str(&good(&sent)).expect("JSON")
    };
    let id = |sent: &Value| sent["id"].as_str().expect("id").to_owned();
    let first = id(&send("61", &[]));
    assert_eq!(send("61", &[])["repeated"], true);
    withdrawn(&gateway, "take-back", &first);
    let second = send("61", &[]);
    assert_eq!(second["repeated"], false);
    assert_eq!(second["duplicate_of"], first.as_str());
    assert_eq!(waiting(&gateway), [id(&second)]);
    let third = send("61", &[]);
    assert_eq!(
        (id(&third), &third["repeated"]),
        (id(&second), &true.into())
    );
    // Who names its requests is promised the same answer, and told that nothing comes of it.
    let named = ["--key", "62/2026"];
    let first = id(&send("62", &named));
    withdrawn(&gateway, "take-back", &first);
    let again = send("62", &named);
    assert_eq!((id(&again), &again["repeated"]), (first, &true.into()));
    assert_eq!(again["withdrawn"], true);
    assert_eq!(waiting(&gateway), [id(&second)]);
    assert_eq!(send("62", &["--key", "62/2026-2"])["repeated"], false);
}

#[test]
fn by_the_folder() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let name = "63-STC-VP_2026-11-23_Gui nham";
    let files = [format!("{name}.txt"), format!("{name}.txt.p7s")];
    let kept = gateway.at.home.join("ban goc");
    fs::create_dir(&kept).expect("folder");
    put_signed(&kept, &files[0], "Công văn gửi nhầm.");
    let put = || {
        for file in &files {
            fs::copy(kept.join(file), desk.outbox().join(file)).expect("copied");
        }
        assert_eq!(code(&desk.once()), 0);
        let sent = desk.sent();
        let ids: Vec<String> = sent.iter().map(|row| row.id.clone()).collect();
        ids
    };
    let first = put();
    assert_eq!((first.len(), put().len()), (1, 1), "the same send");
    withdrawn(&gateway, "take-back", &first[0]);
    let second = put();
    assert_eq!(second.len(), 2);
    assert_eq!(put().len(), 2, "the same send");
    let new = second
        .iter()
        .find(|id| !first.contains(id))
        .expect("a new one");
    assert_eq!(waiting(&gateway), std::slice::from_ref(new));
    let office = gateway.office(RECIPIENT);
    let id = lienthong::model::DocumentId::parse(new).expect("id");
    let view = block_on(office.client.document(id)).expect("document");
    assert_eq!(view.duplicate_of.as_deref(), Some(first[0].as_str()));
    // As often as it is withdrawn.
    withdrawn(&gateway, "take-back", new);
    assert_eq!(put().len(), 3);
    assert_eq!(waiting(&gateway).len(), 1);
}
