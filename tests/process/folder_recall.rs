//! Recalls by the folder: a sender moves what it sent into `recall/`, a recipient answers by moving what was recalled
//! into `returned/` or `kept/`; and both are killed at every step of it.

use crate::folder::{Desk, RECIPIENT, SENDER, code};
use crate::folder_inbox::{folder, names, receipts_are_kept, send, state};
use crate::folder_kills::killed_at;
use crate::support::{Gateway, block_on, bounded, has, now};
use base64::Engine;
use lienthong::model::DocumentId;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

const WHY: &str = "Sai số liệu ở mục 2";

fn month() -> String {
    now().local_day().to_string().chars().take(7).collect()
}

/// Puts a document that was sent otherwise into the sender's `recall/`, as its folder lies in `processed/`.
fn put_back(desk: &Desk<'_>, id: DocumentId, number: &str, reason: Option<&str>) {
    let office = desk.gateway.office(SENDER);
    let receipts = block_on(office.client.receipts(id)).expect("receipts");
    let der = base64::engine::general_purpose::STANDARD.decode(&receipts[0].p7m);
    let folder = desk.root.join("recall").join(number);
    fs::create_dir_all(&folder).expect("folder");
    let text = format!("Tệp 0 của văn bản {number}. ");
    fs::write(folder.join("cong van.txt"), text).expect("written");
    fs::write(folder.join("bien-nhan.p7m"), der.expect("base64")).expect("written");
    if let Some(reason) = reason {
        fs::write(folder.join("LY-DO-THU-HOI.txt"), reason).expect("written");
    }
}

fn moved(desk: &Desk<'_>, from: &str, to: &str) {
    fs::rename(desk.root.join(from), desk.root.join(to)).expect("moved");
}

/// The records of one kind of a document.
fn records(gateway: &Gateway, id: DocumentId, event: &str) -> usize {
    let office = gateway.office(SENDER);
    let view = block_on(office.client.document(id)).expect("document");
    view.timeline.iter().filter(|e| e.event == event).count()
}

#[test]
fn what_was_sent_is_recalled_by_moving_it_once_a_reason_is_written() {
    let gateway = Gateway::of_world();
    let (desk, other) = (
        Desk::new(&gateway, SENDER, "so"),
        Desk::new(&gateway, RECIPIENT, "xa"),
    );
    let name = "12-STC-VP_2026-11-23_Gui nham";
    desk.put(&format!("{name}.txt"), "Văn bản gửi nhầm.");
    assert_eq!(code(&desk.once()), 0);
    let sent = desk.sent();
    let id = DocumentId::parse(&sent[0].id).expect("id");
    assert_eq!(code(&other.once()), 0);
    let unfetched = send(&gateway, "13", &["cv.txt"], 10);
    // Nothing is recalled by a slip of the hand.
    moved(
        &desk,
        &format!("processed/{name}"),
        &format!("recall/{name}"),
    );
    assert_eq!(code(&desk.once()), 5);
    let why = desk.read(&format!("recall/{name}/CHUA-THU-HOI.txt"));
    assert!(why.contains("Chưa có gì bị thu hồi"), "{why}");
    assert_eq!(state(&gateway, id).0, "arrived");
    let paper = desk.root.join(format!("recall/{name}/LY-DO-THU-HOI.txt"));
    let prepared = fs::read_to_string(&paper).expect("prepared");
    fs::write(&paper, format!("{prepared}{WHY}\n")).expect("written");
    put_back(&desk, unfetched, "13", Some(WHY));
    fs::create_dir(desk.root.join("recall/Thư mục lạ")).expect("folder");
    assert_eq!(code(&desk.once()), 5, "one is no document");
    let why = desk.read("recall/Thư mục lạ/CHUA-THU-HOI.txt");
    assert!(why.contains("Không nhận ra"), "{why}");
    assert_eq!(state(&gateway, id).0, "recalled");
    assert_eq!(state(&gateway, unfetched).0, "taken_back");
    let done = format!("recall/{}/{name}", month());
    let said = desk.read(&format!("{done}/DA-THU-HOI.txt"));
    assert!(said.contains("đã bị thu hồi"), "{said}");
    let files = desk.files(&done);
    for file in [
        format!("{name}.txt"),
        "KET-QUA.txt".to_owned(),
        "LY-DO-THU-HOI.txt".to_owned(),
        format!(
            "bien-nhan-thu-hoi {}.p7m",
            lienthong::demo::units::UNITS[RECIPIENT].code
        ),
    ] {
        assert!(files.contains(&file), "{file}: {files:?}");
    }
    assert!(!files.contains(&"CHUA-THU-HOI.txt".to_owned()), "{files:?}");
    fs::remove_dir_all(desk.root.join("recall/Thư mục lạ")).expect("removed");
    // Moved there again it is known, and nothing is recalled twice.
    moved(&desk, &done, &format!("recall/{name}"));
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(records(&gateway, id, "recalled"), 1);
    receipts_are_kept(&desk, id, &["offered", "arrived", "recalled"]);
    let journal = desk.read(&format!("receipts/NHAT-KY-{}.txt", month()));
    assert!(
        journal.contains(&format!("nơi gửi thu hồi: {WHY}")),
        "{journal}"
    );
}

/// The folder of the one document of that number in the inbox, with the mark of a recall in its name.
fn marked(desk: &Desk<'_>, number: &str) -> String {
    let wanted = format!(" {number}-STC-VP");
    let names = names(desk, "inbox");
    let found: Vec<&String> = names.iter().filter(|n| n.contains(&wanted)).collect();
    assert_eq!(found.len(), 1, "{names:?}");
    assert!(found[0].contains("[THU HỒI]"), "{names:?}");
    found[0].clone()
}

fn recall(gateway: &Gateway, id: DocumentId, how: &str) {
    let done = gateway.as_unit(SENDER, &[how, &id.to_string(), "--reason", WHY]);
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn the_receipt_of_another_document_among_its_files_recalls_nothing() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let [one, two] = ["41", "42"].map(|n| send(&gateway, n, &["cv.txt"], 10));
    put_back(&desk, one, "41", None);
    put_back(&desk, two, "42", Some(WHY));
    let at = |path: &str| desk.root.join("recall").join(path);
    // What could not be sent, with the receipt of an earlier document as its annex, and no receipt of its own.
    fs::create_dir(at("43")).expect("folder");
    fs::rename(at("41/bien-nhan.p7m"), at("43/bien-nhan.p7m")).expect("moved");
    fs::write(at("43/cong van.txt"), "Văn bản khác").expect("written");
    fs::write(at("43/LY-DO-THU-HOI.txt"), WHY).expect("written");
    // What was sent with the same annex.
    fs::copy(at("43/bien-nhan.p7m"), at("42/bien nhan 41.p7m")).expect("copied");
    assert_eq!(code(&desk.once()), 5);
    assert_eq!(state(&gateway, one).0, "waiting");
    assert_eq!(state(&gateway, two).0, "taken_back");
    let why = desk.read("recall/43/CHUA-THU-HOI.txt");
    assert!(why.contains("Không nhận ra"), "{why}");
    // With the files of both nobody knows which is meant.
    let third = send(&gateway, "44", &["cv.txt"], 10);
    put_back(&desk, third, "44", Some(WHY));
    fs::copy(at("43/bien-nhan.p7m"), at("44/bien nhan 41.p7m")).expect("copied");
    fs::copy(at("41/cong van.txt"), at("44/phu luc.txt")).expect("copied");
    fs::remove_dir_all(at("43")).expect("removed");
    assert_eq!(code(&desk.once()), 5);
    assert_eq!(state(&gateway, one).0, "waiting");
    assert_eq!(state(&gateway, third).0, "waiting");
}

#[test]
fn what_is_recalled_says_so_and_is_answered_by_moving_it() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let [one, two, three] = ["11", "12", "13"].map(|n| send(&gateway, n, &["cv.txt"], 10));
    assert_eq!(code(&desk.once()), 0);
    let accepted = folder(&desk, "inbox", "12");
    moved(
        &desk,
        &format!("inbox/{accepted}"),
        &format!("accepted/{accepted}"),
    );
    assert_eq!(code(&desk.once()), 0);
    for id in [one, two] {
        recall(&gateway, id, "recall");
    }
    recall(&gateway, three, "take-back");
    assert_eq!(code(&desk.once()), 0);
    // In the inbox it is marked, its files stay; put away already it is spoken of.
    let first = marked(&desk, "11");
    let files = names(&desk, &format!("inbox/{first}"));
    assert!(files.contains(&"cv.txt".to_owned()), "{files:?}");
    let second = marked(&desk, "12");
    for name in [&first, &second] {
        let said = desk.read(&format!("inbox/{name}/LUU-Y.txt"));
        assert!(said.contains(WHY) && said.contains("returned/"), "{said}");
    }
    let third = folder(&desk, "inbox", "13");
    assert!(third.contains("[XIN LẤY LẠI]"), "{third}");
    // To accept what was recalled is no answer.
    moved(
        &desk,
        &format!("inbox/{first}"),
        &format!("accepted/{first}"),
    );
    assert_eq!(code(&desk.once()), 5);
    let why = desk.read(&format!("accepted/{first}/CHUA-TRA-LOI.txt"));
    assert!(
        why.contains("đã thu hồi") && why.contains("returned/"),
        "{why}"
    );
    moved(
        &desk,
        &format!("accepted/{first}"),
        &format!("returned/{first}"),
    );
    // What was accepted goes back itself; the word about it in the inbox is answered with it.
    let place = format!("accepted/{}/{accepted}", month());
    moved(&desk, &place, &format!("kept/{accepted}"));
    moved(
        &desk,
        &format!("inbox/{third}"),
        &format!("returned/{third}"),
    );
    assert_eq!(code(&desk.once()), 5, "to keep it needs a reason");
    assert_eq!(state(&gateway, one).0, "recall_agreed");
    assert_eq!(state(&gateway, two).0, "recalled");
    assert_eq!(state(&gateway, three).0, "taken_back");
    let reason = desk.root.join(format!("kept/{accepted}/LY-DO-TU-CHOI.txt"));
    fs::write(reason, "Đã ban hành theo đó").expect("written");
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(state(&gateway, two).0, "recall_declined");
    both_answers_are_kept(&desk, &accepted, &second);
    nothing_to_give_back(&gateway, &desk);
    let office = gateway.office(SENDER);
    let view = block_on(office.client.document(two)).expect("document");
    let answer = view.timeline.iter().find(|e| e.event == "recall-answered");
    let answer = answer.expect("answered").reason.as_deref();
    assert_eq!(answer, Some("Đã ban hành theo đó"));
}

/// The folder that was accepted and then kept has the receipts of both answers, and the word about it the second.
fn both_answers_are_kept(desk: &Desk<'_>, accepted: &str, second: &str) {
    let kept = format!("kept/{}/{accepted}", month());
    let files = names(desk, &kept);
    for file in [
        "bien-nhan-tra-loi.p7m",
        "bien-nhan-tra-lai.p7m",
        "DA-TRA-LOI.txt",
    ] {
        assert!(files.contains(&file.to_owned()), "{file}: {files:?}");
    }
    let said = desk.read(&format!("inbox/{second}/DA-TRA-LOI-THU-HOI.txt"));
    assert!(said.contains("không đồng ý"), "{said}");
}

/// What was not asked for is explained.
fn nothing_to_give_back(gateway: &Gateway, desk: &Desk<'_>) {
    let last = send(gateway, "14", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    let name = folder(desk, "inbox", "14");
    moved(desk, &format!("inbox/{name}"), &format!("returned/{name}"));
    assert_eq!(code(&desk.once()), 5);
    let why = desk.read(&format!("returned/{name}/CHUA-TRA-LOI.txt"));
    assert!(why.contains("không thu hồi"), "{why}");
    assert_eq!(state(gateway, last).0, "arrived");
}

#[test]
fn what_took_the_place_of_a_document_is_named_beside_it() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let old = send(&gateway, "31", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    let file = gateway.at.home.join("32.txt");
    fs::write(&file, "Bản thay thế").expect("written");
    let signature = crate::support::WORLD.members[SENDER]
        .agency
        .sign_detached("Bản thay thế".as_bytes(), now());
    let own = gateway.at.home.join("32.p7s");
    fs::write(&own, signature.expect("signed")).expect("written");
    let (file, signature) = (
        file.display().to_string(),
        format!("{}:32.txt", own.display()),
    );
    let sent = gateway.as_unit(
        SENDER,
        &[
            "send",
            &file,
            "--signature",
            &signature,
            "--to",
            lienthong::demo::units::UNITS[RECIPIENT].code,
            "--number",
            "32",
            "--notation",
            "STC-VP",
            "--subject",
            "Bản thay thế",
            "--replaces",
            &old.to_string(),
        ],
    );
    assert!(sent.status.success(), "{sent:?}");
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "31");
    assert!(name.contains("[ĐÃ THAY THẾ]"), "{name}");
    let files = names(&desk, &format!("inbox/{name}"));
    assert!(!files.contains(&"DA-TRA-LOI.txt".to_owned()), "{files:?}");
    let said = desk.read(&format!("inbox/{name}/LUU-Y.txt"));
    assert!(said.contains("Văn bản thay thế, mã: "), "{said}");
    receipts_are_kept(&desk, old, &["offered", "arrived", "superseded"]);
}

/// The calls at which both are killed, and whether every document makes such a call.
const STEPS: [(&str, bool); 6] = [
    ("rename,renameat", true),
    ("renameat2", true),
    ("fsync", true),
    ("unlink,unlinkat", false),
    ("writev", false),
    ("recvfrom", false),
];
/// More calls of a kind than one document may need.
const MOST: u32 = 200;

/// One pass killed at its `n`th call, then one that ends by itself. Whether it was killed.
fn broken_off(desk: &Desk<'_>, calls: &str, n: u32, at: &str) -> bool {
    let ended = killed_at(desk, calls, n).status;
    if ended.success() {
        return false;
    }
    assert_eq!(ended.signal(), Some(9), "{at}: ended by itself: {ended}");
    let again = bounded(desk.command(&["--once"]), Duration::from_secs(60));
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(0), "{at}: {told}");
    true
}

#[test]
fn killed_at_every_step_each_recall_is_made_once_told_once_and_answered_once() {
    if !has("strace") {
        say!("left out: strace is not installed");
        return;
    }
    let gateway = Gateway::of_world();
    let (sender, desk) = (
        Desk::new(&gateway, SENDER, "so"),
        Desk::new(&gateway, RECIPIENT, "xa"),
    );
    for place in [&sender, &desk] {
        assert_eq!(code(&place.once()), 0);
    }
    let (mut number, mut kills) = (0u32, 0u32);
    for (calls, always) in STEPS {
        for n in 1..=MOST {
            number += 1;
            let (text, at) = (number.to_string(), format!("{calls} {n}"));
            let id = send(&gateway, &text, &["cv.txt"], 10);
            assert_eq!(code(&desk.once()), 0, "{at}");
            put_back(&sender, id, &text, Some(WHY));
            let one = broken_off(&sender, calls, n, &at);
            let done = format!("recall/{}/{text}", month());
            assert!(
                sender
                    .read(&format!("{done}/DA-THU-HOI.txt"))
                    .contains("ĐÃ THU HỒI"),
                "{at}"
            );
            assert_eq!(names(&sender, "recall"), [month()], "{at}");
            receipts_are_kept(&sender, id, &["recalled"]);
            let two = broken_off(&desk, calls, n, &at);
            let name = marked(&desk, &text);
            let said = desk.read(&format!("inbox/{name}/LUU-Y.txt"));
            assert!(said.contains(WHY), "{at}: {said}");
            moved(&desk, &format!("inbox/{name}"), &format!("returned/{name}"));
            let three = broken_off(&desk, calls, n, &at);
            let done = format!("returned/{}/{name}", month());
            let said = desk.read(&format!("{done}/DA-TRA-LOI-THU-HOI.txt"));
            assert!(said.contains("đồng ý"), "{at}: {said}");
            assert!(
                desk.read(&format!("{done}/cv.txt")).contains("Tệp 0"),
                "{at}"
            );
            assert_eq!(state(&gateway, id).0, "recall_agreed", "{at}");
            assert_eq!(records(&gateway, id, "recalled"), 1, "{at}");
            let events = ["offered", "arrived", "recalled", "recall-answered"];
            receipts_are_kept(&desk, id, &events);
            assert_eq!(names(&desk, "returned"), [month()], "{at}");
            assert_eq!(desk.files(".lienthong/received"), [""; 0], "{at}");
            kills += u32::from(one) + u32::from(two) + u32::from(three);
            if !one && !two && !three {
                assert!(n > 1 || !always, "{calls}: never killed");
                break;
            }
            assert!(n < MOST, "{calls}: too many");
        }
    }
    assert_eq!(names(&desk, "inbox"), [""; 0]);
    say!("killed {kills} times over {number} documents: each recalled once, each answered once");
}
