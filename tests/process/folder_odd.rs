//! `lienthong folder` among files as they are: oddly named, half written, renamed, huge; and with folders that lie
//! on other file systems, are full, or cannot be written.

use crate::folder::{Desk, RECIPIENT, Running, SENDER, code, put_signed};
use crate::folder_inbox::{folder, names, send, state};
use crate::folder_kills::killed_at;
use crate::support::{Gateway, bounded, has, until, within};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The most memory that an agent ever had, in megabytes.
fn peak(agent: &Running) -> u64 {
    let status = format!("/proc/{}/status", agent.process());
    let status = fs::read_to_string(status).expect("status");
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.expect("kilobytes") / 1024
}

/// A file system of its own, for as long as this lives.
struct Mounted(PathBuf);

impl Mounted {
    /// `None` where nothing may be mounted.
    fn at(path: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(path).expect("folder");
        let size = format!("size={megabytes}m");
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], path).then(|| Self(path.to_owned()))
    }

    fn again(&self, options: &str) {
        let all = format!("remount,{options}");
        assert!(mount(&["-o", &all], &self.0), "{all}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn mount(arguments: &[&str], path: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(arguments).arg(path).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn oddly_named_files_are_sent_or_explained_and_never_lost() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let outbox = desk.outbox();
    let good = [
        "21-STC-VP_2026-11-23_Va\u{306}n ba\u{309}n.txt".to_owned(),
        "22-STC-VP_2026-11-23_📄 Kế hoạch.txt".to_owned(),
        // 251 bytes, so that its signature has 255.
        format!("23-STC-VP_2026-11-23_{}aaaa.txt", "ấ".repeat(74)),
        "24-STC-VP_2026-11-23_Cach cuoi.txt ".to_owned(),
        "25-STC-VP_2026-11-23_'\"$(rm) & ;.txt".to_owned(),
    ];
    assert_eq!(good[2].len(), 251);
    for (i, name) in good.iter().enumerate() {
        put_signed(&outbox, name, &format!("Tên lạ {i}."));
    }
    for name in ["-26-STC-VP_2026-11-23_Gach.txt", " 27 khoang trang.txt"] {
        fs::write(outbox.join(name), "x").expect("written");
    }
    fs::write(
        outbox.join(OsStr::from_bytes(b"28-STC-VP_2026-11-23_\xff.txt")),
        "x",
    )
    .expect("written");
    fs::write(outbox.join(".29-STC-VP_2026-11-23_An.txt"), "x").expect("written");
    assert_eq!(code(&desk.once()), 5, "some are explained");
    let mut numbers: Vec<String> = desk.sent().into_iter().map(|item| item.number).collect();
    numbers.sort();
    assert_eq!(numbers, ["21", "22", "23", "24", "25", "28"]);
    // The last is unsigned, and refused for that.
    assert_eq!(names(&desk, "processed").len(), good.len());
    assert_eq!(names(&desk, "failed").len(), 3);
    for name in names(&desk, "failed") {
        let told = desk.read(&format!("failed/{name}/LY-DO.txt"));
        assert!(told.contains("Việc cần làm"), "{name}: {told}");
    }
    let left: Vec<String> = desk.files("outbox");
    assert_eq!(left.len(), 1, "the hidden one: {left:?}");
    assert_eq!(desk.files("sending"), [""; 0]);
    // And the other side gets them under names that fit everywhere.
    let other = Desk::new(&gateway, RECIPIENT, "xa");
    assert_eq!(code(&other.once()), 0);
    let inbox = names(&other, "inbox");
    assert_eq!(inbox.len(), good.len(), "{inbox:?}");
    for name in other.files("inbox").iter().flat_map(|path| path.split('/')) {
        assert!(name.len() <= 255 && !name.ends_with([' ', '.']), "{name:?}");
    }
}

#[test]
fn what_is_being_written_waits_and_what_is_renamed_is_taken() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let outbox = desk.outbox();
    let running = Running::of(&desk);
    let name = "31-STC-VP_2026-11-23_Dang chep.txt";
    let text = "Một dòng.\n".repeat(100);
    put_signed(&outbox, name, &text);
    until("the whole one is sent", || {
        names(&desk, "processed").len() == 1
    });
    // One that somebody holds open is not taken, however long it rests.
    let name = "32-STC-VP_2026-11-23_Dang mo.txt";
    let mut file = File::create(outbox.join(name)).expect("open");
    file.write_all(b"N\xe1\xbb\xada").expect("written");
    // Another that comes later is sent meanwhile, so that the agent looked at both several times.
    for n in 33..36 {
        put_signed(&outbox, &format!("{n}-STC-VP_2026-11-23_Sau.txt"), "Sau.");
        let sent = usize::try_from(n).expect("small") - 31;
        until("a later one is sent", || {
            names(&desk, "processed").len() == sent
        });
    }
    assert!(outbox.join(name).is_file(), "taken while it was open");
    file.write_all(" còn lại.".as_bytes()).expect("written");
    drop(file);
    // Unsigned, so it is refused; but whole.
    until("it is taken", || names(&desk, "failed").len() == 1);
    assert_eq!(
        desk.read(&format!("failed/32-STC-VP_2026-11-23_Dang mo/{name}")),
        "Nửa còn lại."
    );
    // A program that copies under another name first.
    let copy = outbox.join("36-STC-VP_2026-11-23_Doi ten.txt.part");
    fs::write(&copy, "Đổi tên.").expect("written");
    put_signed(&outbox, "37-STC-VP_2026-11-23_Sau.txt", "Sau nữa.");
    until("a later one is sent", || {
        names(&desk, "processed").len() == 5
    });
    assert!(copy.is_file());
    fs::rename(&copy, copy.with_extension("")).expect("renamed");
    until("it is taken", || names(&desk, "failed").len() == 2);
    drop(running);
}

#[test]
fn a_huge_file_takes_no_more_memory_than_a_small_one() {
    const HUGE: u64 = 1 << 30;
    let gateway = Gateway::of_world();
    // First forty-eight megabytes that come in: with the other the gateway is busy for a while.
    let id = send(&gateway, "42", &["lon.txt"], 48 << 20);
    let other = Desk::new(&gateway, RECIPIENT, "xa");
    let running = Running::of(&other);
    until("it came in", || names(&other, "inbox").len() == 1);
    let received = peak(&running);
    drop(running);
    assert!(received < 128, "{received} MB");
    assert_eq!(state(&gateway, id).0, "arrived");
    let desk = Desk::new(&gateway, SENDER, "so");
    let name = "41-STC-VP_2026-11-23_Lon.txt";
    let file = File::create(desk.outbox().join(name)).expect("file");
    file.set_len(HUGE).expect("sparse");
    drop(file);
    let running = Running::of(&desk);
    // Hashed twice, sent over TLS and hashed again: minutes on a slow machine.
    within(Duration::from_secs(300), "it is sent or explained", || {
        !names(&desk, "processed").is_empty() || !names(&desk, "failed").is_empty()
    });
    let peak = peak(&running);
    drop(running);
    assert!(peak < 128, "{peak} MB");
    let place = if names(&desk, "failed").is_empty() {
        "processed"
    } else {
        "failed"
    };
    let stem = name.trim_end_matches(".txt");
    let kept = desk.root.join(place).join(stem).join(name);
    assert_eq!(fs::metadata(kept).expect("kept").len(), HUGE);
    say!("48 MB received with {received} MB of memory, 1 GB sent with {peak} MB");
}

#[test]
fn an_outbox_on_another_file_system_is_copied_and_a_kill_loses_nothing() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let Some(_mounted) = Mounted::at(&desk.root.join("outbox"), 64) else {
        say!("left out: nothing may be mounted here");
        return;
    };
    let mut number = 50u32;
    for calls in ["fsync", "unlink,unlinkat", "renameat2", "rename,renameat"] {
        for n in 1..200 {
            number += 1;
            let name = format!("{number}-STC-VP_2026-11-23_Noi khac");
            let text = format!("Văn bản {number}.");
            desk.put(&format!("{name}.txt"), &text);
            let ended = match has("strace") {
                true => killed_at(&desk, calls, n).status,
                false => desk.once().status,
            };
            if !ended.success() {
                assert_eq!(ended.signal(), Some(9), "{calls} {n}: {ended}");
                let again = bounded(desk.command(&["--once"]), Duration::from_secs(60));
                let told = String::from_utf8_lossy(&again.stderr).into_owned();
                assert_eq!(again.status.code(), Some(0), "{calls} {n}: {told}");
            }
            assert_eq!(desk.read(&format!("processed/{name}/{name}.txt")), text);
            assert_eq!(desk.files("outbox"), [""; 0], "{calls} {n}");
            if ended.success() {
                break;
            }
        }
    }
    let sent = desk.sent();
    assert_eq!(sent.len(), usize::try_from(number - 50).expect("small"));
}

#[test]
fn an_inbox_that_is_full_or_cannot_be_written_says_so_and_the_rest_goes_on() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    // Less than must stay free.
    let Some(inbox) = Mounted::at(&desk.root.join("inbox"), 16) else {
        say!("left out: nothing may be mounted here");
        return;
    };
    let id = send(&gateway, "61", &["cv.txt"], 10);
    let told = desk.once();
    assert_eq!(code(&told), 5);
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        said.contains("not-received") && said.contains("MB"),
        "{said}"
    );
    assert_eq!(state(&gateway, id).0, "waiting");
    inbox.again("size=256m,ro");
    let told = desk.once();
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(said.contains("not-received"), "{said}");
    assert_eq!(state(&gateway, id).0, "waiting");
    inbox.again("size=256m,rw");
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "61");
    assert_eq!(state(&gateway, id).0, "arrived");
    // A drag to another file system is a copy, file by file.
    let to = desk.root.join("accepted").join(&name);
    let running = Running::of(&desk);
    fs::create_dir(&to).expect("folder");
    for file in names(&desk, &format!("inbox/{name}")) {
        fs::copy(
            desk.root.join("inbox").join(&name).join(&file),
            to.join(&file),
        )
        .expect("copied");
    }
    until("it is answered", || state(&gateway, id).0 == "accepted");
    until("it is put away", || {
        names(&desk, "accepted").len() == 1 && !to.exists()
    });
    drop(running);
}
