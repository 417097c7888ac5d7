//! The receiving half of `lienthong folder` killed at every step of its life, while a document comes in and while it
//! is answered; and the gateway started anew between two files of one document.

use crate::folder::{Desk, RECIPIENT, code};
use crate::folder_inbox::{PAPERS, folder, names, receipts_are_kept, send, state};
use crate::folder_kills::killed_at;
use crate::support::{Gateway, bounded, has, now};
use lienthong::model::DocumentId;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

/// The calls at which it is killed, and whether every document makes such a call.
const STEPS: [(&str, bool); 7] = [
    ("rename,renameat", true),
    ("renameat2", true),
    ("fsync", true),
    ("unlink,unlinkat", false),
    ("mkdir,mkdirat", true),
    ("writev", false),
    ("recvfrom", false),
];
/// More calls of a kind than one document may need.
const MOST: u32 = 200;
/// Its files: two, each with a signature.
const FILES: [&str; 2] = ["cong van.txt", "phụ lục.txt"];

/// What everybody may see of a document at any moment: nothing, or all of it.
fn is_whole_or_absent(desk: &Desk<'_>, place: &str, number: &str, at: &str) {
    let wanted = format!(" {number}-STC-VP ");
    for name in names(desk, place).iter().filter(|n| n.contains(&wanted)) {
        let seen = names(desk, &format!("{place}/{name}"));
        for due in PAPERS.iter().chain(&FILES).chain(&["ky-0.p7s", "ky-1.p7s"]) {
            assert!(
                seen.iter().any(|n| n == due),
                "{at}: {due} is not in {seen:?}"
            );
        }
        for (i, file) in FILES.iter().enumerate() {
            let text = desk.read(&format!("{place}/{name}/{file}"));
            let line = format!("Tệp {i} của văn bản {number}. ");
            assert!(
                text.len() > 3000 && text.replace(&line, "").is_empty(),
                "{at}: {file}"
            );
        }
    }
}

/// One pass killed at its `n`th call, then one that ends by itself. Whether it was killed.
fn broken_off(desk: &Desk<'_>, calls: &str, n: u32, at: &str, look: impl Fn()) -> bool {
    let ended = killed_at(desk, calls, n).status;
    look();
    if ended.success() {
        return false;
    }
    assert_eq!(ended.signal(), Some(9), "{at}: ended by itself: {ended}");
    let again = bounded(desk.command(&["--once"]), Duration::from_secs(60));
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert_eq!(again.status.code(), Some(0), "{at}: {told}");
    true
}

/// Whether the document lies once in `place`, whole, and nothing of it anywhere else.
fn is_once(desk: &Desk<'_>, place: &str, number: &str, at: &str) -> String {
    is_whole_or_absent(desk, place, number, at);
    let name = folder(desk, place, number);
    assert_eq!(desk.files("inbox/.lienthong"), [""; 0], "{at}");
    name
}

fn came_in(gateway: &Gateway, desk: &Desk<'_>, id: DocumentId, number: &str, at: &str) -> String {
    let name = is_once(desk, "inbox", number, at);
    assert_eq!(state(gateway, id).0, "arrived", "{at}");
    receipts_are_kept(desk, id, &["offered", "arrived"]);
    name
}

#[test]
fn killed_at_every_step_each_document_comes_in_once_and_is_answered_once() {
    if !has("strace") {
        say!("left out: strace is not installed");
        return;
    }
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    assert_eq!(code(&desk.once()), 0);
    let month: String = now().local_day().to_string().chars().take(7).collect();
    let (mut number, mut kills) = (0u32, 0u32);
    for (calls, always) in STEPS {
        for n in 1..=MOST {
            number += 1;
            let text = number.to_string();
            let id = send(&gateway, &text, &FILES, 3000);
            let at = format!("{calls} {n}");
            let look = || is_whole_or_absent(&desk, "inbox", &text, &at);
            let one = broken_off(&desk, calls, n, &at, look);
            let name = came_in(&gateway, &desk, id, &text, &at);
            let place = if number.is_multiple_of(2) {
                "accepted"
            } else {
                "refused"
            };
            let to = desk.root.join(place).join(&name);
            fs::rename(desk.root.join("inbox").join(&name), &to).expect("moved");
            if place == "refused" {
                fs::write(to.join("LY-DO-TU-CHOI.txt"), "Sai nơi nhận").expect("written");
            }
            let two = broken_off(&desk, calls, n, &at, || {});
            let done = format!("{place}/{month}");
            let name = is_once(&desk, &done, &text, &at);
            assert!(
                desk.read(&format!("{done}/{name}/DA-TRA-LOI.txt"))
                    .contains("ĐÃ TRẢ LỜI")
            );
            assert_eq!(state(&gateway, id).0, place, "{at}");
            receipts_are_kept(&desk, id, &["offered", "arrived", "answered"]);
            assert_eq!(names(&desk, place), [month.as_str()], "{at}");
            assert_eq!(desk.files(".lienthong/received"), [""; 0], "{at}");
            kills += u32::from(one) + u32::from(two);
            if !one && !two {
                assert!(n > 1 || !always, "{calls}: never killed");
                break;
            }
            assert!(n < MOST, "{calls}: too many");
        }
    }
    assert_eq!(names(&desk, "inbox"), [""; 0]);
    say!("killed {kills} times over {number} documents: each came in once, each answered once");
}

#[test]
fn a_gateway_started_anew_between_two_files_gets_the_document_noted_as_arrived() {
    if !has("strace") {
        say!("left out: strace is not installed");
        return;
    }
    let mut gateway = Gateway::of_world();
    let id = {
        let desk = Desk::new(&gateway, RECIPIENT, "xa");
        assert_eq!(code(&desk.once()), 0);
        let id = send(&gateway, "1", &FILES, 3000);
        // Killed when the second of the four files would get its name.
        let mut n = 0;
        loop {
            n += 1;
            assert!(n < 50, "no file was kept");
            let ended = killed_at(&desk, "rename,renameat", n).status;
            assert_eq!(ended.signal(), Some(9), "{n}");
            let files = desk.files("inbox/.lienthong");
            let kept = files.iter().filter(|f| !f.ends_with(".part")).count();
            assert_eq!(state(&gateway, id).0, "waiting");
            if (1..4).contains(&kept) {
                break id;
            }
        }
    };
    gateway.kill();
    gateway.up();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    assert_eq!(code(&desk.once()), 0);
    came_in(&gateway, &desk, id, "1", "after the restart");
}
