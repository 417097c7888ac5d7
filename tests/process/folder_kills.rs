//! `lienthong folder` killed at every step of its life: at each rename, sync, removal and exchange with the
//! gateway, one after the other; then it is started again, and the document was sent once and is whole.

use crate::folder::{Desk, RECIPIENT, SENDER};
use crate::support::{Gateway, bounded, has};
use lienthong::demo::units::UNITS;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};
use std::time::Duration;

/// The calls at which it is killed; strace counts each by itself, so that only spellings of one call stand
/// together. Whether every document makes such a call: which of the exchanging ones are used is the runtime's.
const STEPS: [(&str, bool); 8] = [
    ("rename,renameat", true),
    ("renameat2", true),
    ("fsync", true),
    ("unlink,unlinkat", true),
    ("mkdir,mkdirat", true),
    ("sendto", false),
    ("writev", false),
    ("recvfrom", false),
];
/// More calls of a kind than one document may need.
const MOST: u32 = 200;

/// One pass that is killed when it makes the `n`th call of a kind; it ends by itself if there are fewer.
pub fn killed_at(desk: &Desk<'_>, calls: &str, n: u32) -> Output {
    let whole = desk.command(&["--once"]);
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={calls}"),
    ]);
    command.args(["-e", &format!("inject={calls}:signal=SIGKILL:when={n}")]);
    command.arg(whole.get_program()).args(whole.get_args());
    bounded(command, Duration::from_secs(60))
}

/// Whether the document of that number was sent once, and lies whole where it belongs.
fn is_whole(desk: &Desk<'_>, number: u32, text: &str, at: &str) {
    let number = number.to_string();
    let sent = desk.sent();
    let times = sent.iter().filter(|item| item.number == number).count();
    assert_eq!(times, 1, "{at}: sent {times} times");
    let name = format!("{number}-GIET_2026-11-23_Thu");
    assert_eq!(
        desk.read(&format!("processed/{name}/{name}.txt")),
        text,
        "{at}"
    );
    let files = desk.files("processed");
    let own = files
        .iter()
        .filter(|f| f.starts_with(&format!("{name}/")))
        .count();
    assert_eq!(
        own, 4,
        "{at}: document, signature, outcome, receipt: {files:?}"
    );
    assert_eq!(desk.files("sending"), [""; 0], "{at}");
    assert_eq!(desk.files("failed"), [""; 0], "{at}");
    assert_eq!(desk.files(".lienthong/jobs"), [""; 0], "{at}");
    let outbox = format!("outbox/{}", UNITS[RECIPIENT].code);
    assert_eq!(desk.files(&outbox), [""; 0], "{at}");
}

#[test]
fn killed_at_every_step_it_sends_each_document_once_and_loses_nothing() {
    if !has("strace") {
        say!("left out: strace is not installed");
        return;
    }
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "van-ban");
    let (mut number, mut kills) = (0u32, 0u32);
    for (calls, always) in STEPS {
        for n in 1..=MOST {
            number += 1;
            let text = format!("Văn bản {number}.");
            desk.put(&format!("{number}-GIET_2026-11-23_Thu.txt"), &text);
            let ended = killed_at(&desk, calls, n).status;
            let at = format!("{calls} {n}");
            if !ended.success() {
                assert_eq!(ended.signal(), Some(9), "{at}: ended by itself: {ended}");
                kills += 1;
                let again = bounded(desk.command(&["--once"]), Duration::from_secs(60));
                let told = String::from_utf8_lossy(&again.stderr).into_owned();
                assert_eq!(again.status.code(), Some(0), "{at}: {told}");
            }
            is_whole(&desk, number, &text, &at);
            if ended.success() {
                assert!(n > 1 || !always, "{calls}: never killed");
                break;
            }
            assert!(n < MOST, "{calls}: too many");
        }
    }
    say!("killed {kills} times in {number} documents: each sent once, each whole");
}
