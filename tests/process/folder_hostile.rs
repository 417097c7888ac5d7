//! `lienthong folder` among people who want more than to send and receive: who let it read, write or send files that
//! only the agent may, who stop it, or who fill its memory.

use crate::folder::{Desk, RECIPIENT, Running, SENDER, code, put_signed};
use crate::folder_inbox::{folder, names, send, state};
use crate::folder_kills::killed_at;
use crate::support::{Gateway, block_on, bounded, has, until};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn pipe(at: &Path) {
    let made = Command::new("mkfifo").arg(at).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn pipes_stop_nothing_and_links_lead_nowhere() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let secret = gateway.at.home.join("secret");
    fs::write(&secret, "key").expect("written");
    let id = send(&gateway, "71", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "71");
    let at = |path: &str| desk.root.join(path);
    for place in ["accepted", "refused"] {
        let waits = at(place).join("mo ta la ong dan");
        fs::create_dir(&waits).expect("folder");
        pipe(&waits.join("van-ban.json"));
        pipe(&waits.join("LY-DO.txt"));
    }
    // Where the agent is about to write.
    let strange = at("accepted/la");
    fs::create_dir(&strange).expect("folder");
    symlink(&secret, strange.join(".CHUA-TRA-LOI.txt.part")).expect("link");
    symlink(&secret, strange.join("CHUA-TRA-LOI.txt")).expect("link");
    symlink(&secret, strange.join("van-ban.json")).expect("link");
    let journal = names(&desk, "receipts")
        .into_iter()
        .find(|n| n.ends_with(".txt"));
    let journal = at("receipts").join(journal.expect("a journal"));
    fs::rename(&journal, journal.with_extension("old")).expect("renamed");
    fs::rename(at("inbox").join(&name), at("accepted").join(&name)).expect("moved");
    let ended = desk.once();
    assert_eq!(code(&ended), 5, "some are explained");
    assert_eq!(state(&gateway, id).0, "accepted");
    assert_eq!(fs::read_to_string(&secret).expect("there"), "key");
    let told = desk.read("accepted/la/CHUA-TRA-LOI.txt");
    assert!(told.contains("Việc cần làm"), "{told}");
    // A journal that leads elsewhere is not written. What waits for it comes in once, however often it is tried,
    // and goes on once the journal is mended.
    let second = send(&gateway, "72", &["cv.txt"], 10);
    fs::remove_file(&journal).expect("removed");
    symlink(&secret, &journal).expect("link");
    let running = Running::of(&desk);
    until("it came in", || !names(&desk, "inbox").is_empty());
    std::thread::sleep(Duration::from_secs(4));
    drop(running);
    assert_eq!(names(&desk, "inbox").len(), 1);
    assert_eq!(fs::read_to_string(&secret).expect("there"), "key");
    fs::remove_file(&journal).expect("removed");
    desk.once();
    assert_eq!(state(&gateway, second).0, "arrived");
    assert!(
        fs::read_to_string(&journal)
            .expect("written")
            .contains("72/STC-VP")
    );
}

#[test]
fn a_sidecar_without_end_is_explained() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    let outbox = desk.outbox();
    fs::write(outbox.join("bom.pdf"), "x").expect("written");
    let bomb = File::create(outbox.join("bom.json")).expect("file");
    bomb.set_len(16 << 30).expect("sparse");
    drop(bomb);
    // With little room, so that whoever reads it whole is ended by the system.
    let agent = desk.command(&["--once"]);
    let mut command = Command::new("prlimit");
    command.arg("--as=4294967296").arg(agent.get_program());
    command.args(agent.get_args());
    for (name, value) in agent.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let ended = match has("prlimit") {
        true => bounded(command, Duration::from_secs(60)),
        false => return say!("left out: no prlimit"),
    };
    assert_eq!(
        code(&ended),
        5,
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let told = desk.read("failed/bom/LY-DO.txt");
    assert!(told.contains("262144"), "{told}");
    assert_eq!(desk.sent().len(), 0);
}

#[test]
fn a_record_of_somebody_else_moves_and_sends_nothing_from_outside() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    assert_eq!(code(&desk.once()), 0);
    let secret = gateway.at.home.join("khoa.txt");
    fs::write(&secret, "key").expect("written");
    let bytes: Vec<u8> = secret.to_string_lossy().bytes().collect();
    let data = fs::metadata(&secret).expect("there");
    let taken = |from: &[u8], name: &str| {
        use std::os::unix::fs::MetadataExt;
        serde_json::json!({ "from": from, "name": name, "sidecar": false, "size": data.len(),
            "seconds": data.mtime(), "nanoseconds": data.mtime_nsec(), "inode": data.ino() })
    };
    let up = desk.root.join("outbox/../../khoa.txt");
    let up: Vec<u8> = up.to_string_lossy().bytes().collect();
    let ready = serde_json::json!({ "step": "ready", "key": "k", "envelope": "{}",
        "files": [["khoa.txt", "../../../khoa.txt"]], "since": "2026-11-23T00:00:00+07:00" });
    let claimed = serde_json::json!({ "step": "claimed" });
    let decided = serde_json::json!({ "step": "decided", "folder": "../ra ngoai", "outcome":
        { "outcome": "failed", "code": "x", "message": "x", "next": "x" } });
    let good = desk.root.join("outbox/khoa.txt");
    let good: Vec<u8> = good.to_string_lossy().bytes().collect();
    // By way of a link above the folder, where no look at the folder itself finds it.
    symlink(&gateway.at.home, desk.root.join("outbox/la")).expect("link");
    let deep = desk.root.join("outbox/la/so/../khoa.txt");
    let deep: Vec<u8> = deep.to_string_lossy().bytes().collect();
    let linked = desk.root.join("outbox/la/sau/khoa.txt");
    let linked: Vec<u8> = linked.to_string_lossy().bytes().collect();
    for (i, (name, files, step)) in [
        ("khoa", taken(&bytes, "khoa.txt"), &claimed),
        ("khoa", taken(&deep, "khoa.txt"), &claimed),
        ("khoa", taken(&linked, "khoa.txt"), &claimed),
        ("khoa", taken(&up, "khoa.txt"), &claimed),
        ("khoa", taken(&good, "../khoa.txt"), &claimed),
        ("../khoa", taken(&good, "khoa.txt"), &claimed),
        ("khoa", taken(&good, "khoa.txt"), &ready),
        ("khoa", taken(&good, "khoa.txt"), &decided),
    ]
    .into_iter()
    .enumerate()
    {
        let record = serde_json::json!({ "version": 1, "id": "la", "name": name, "recipient": null,
            "files": [files], "missing": [], "step": step });
        let path = desk.root.join(".lienthong/jobs/la.json");
        fs::write(&path, record.to_string()).expect("written");
        let ended = desk.once();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(code(&ended) == 1 && said.contains("la.json"), "{i}: {said}");
        assert_eq!(fs::read_to_string(&secret).expect("there"), "key", "{i}");
        fs::remove_file(&path).expect("removed");
    }
    // A link in the place of a recipient's folder.
    let linked = desk.root.join("outbox/la/khoa.txt");
    let linked: Vec<u8> = linked.to_string_lossy().bytes().collect();
    let mut record = serde_json::json!({ "version": 1, "id": "la", "name": "khoa", "recipient": null,
        "files": [taken(&linked, "khoa.txt")], "missing": [], "step": claimed });
    let path = desk.root.join(".lienthong/jobs/la.json");
    fs::write(&path, record.to_string()).expect("written");
    assert_eq!(code(&desk.once()), 0, "nothing came");
    assert_eq!(fs::read_to_string(&secret).expect("there"), "key");
    // One that would have another file removed, or written over.
    record["id"] = "../../../khoa".into();
    let other = gateway.at.home.join("khoa.json");
    fs::write(&other, "key").expect("written");
    fs::write(&path, record.to_string()).expect("written");
    let ended = desk.once();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(code(&ended) == 1 && said.contains("la.json"), "{said}");
    assert_eq!(fs::read_to_string(&other).expect("there"), "key");
    fs::remove_file(&path).expect("removed");
    assert_eq!(desk.sent().len(), 0);
    assert_eq!(code(&desk.once()), 0);
}

#[test]
fn a_record_of_what_came_in_moves_nothing_from_outside() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    assert_eq!(code(&desk.once()), 0);
    let secret = gateway.at.home.join("khoa.txt");
    fs::write(&secret, "key").expect("written");
    let id = "0193a0b0-0000-7000-8000-000000000001";
    let path = desk.root.join(format!(".lienthong/received/{id}.json"));
    for (own, folder, was) in [
        (id, "la", "../../khoa.txt"),
        (id, "../../khoa", "la"),
        ("0193a0b0-0000-7000-8000-000000000002", "la", "la"),
    ] {
        let record = serde_json::json!({ "version": 1, "id": own, "folder": folder, "was": was,
            "placed": true, "seen": 0 });
        fs::write(&path, record.to_string()).expect("written");
        let ended = desk.once();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(code(&ended) == 1 && said.contains(id), "{was}: {said}");
        assert_eq!(fs::read_to_string(&secret).expect("there"), "key", "{was}");
    }
    fs::remove_file(&path).expect("removed");
    assert_eq!(code(&desk.once()), 0);
}

#[test]
fn links_where_documents_are_put_together_empty_no_folder_and_stop_nothing() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let known = send(&gateway, "91", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "91");
    let at = |path: &str| desk.root.join(path);
    fs::rename(at("inbox").join(&name), at("accepted").join(&name)).expect("moved");
    assert_eq!(code(&desk.once()), 0);
    let others = gateway.at.home.join("cua nguoi khac");
    fs::create_dir(&others).expect("folder");
    fs::write(others.join("khoa"), "key").expect("written");
    let arriving = at("inbox/.lienthong");
    fs::create_dir_all(&arriving).expect("folder");
    let (none, file, deep) = (
        "0193a0b0-0000-7000-8000-000000000001",
        "0193a0b0-0000-7000-8000-000000000002",
        "0193a0b0-0000-7000-8000-000000000003",
    );
    // Of a document that was answered, of none, of one that is about to come.
    symlink(&others, arriving.join(known.to_string())).expect("link");
    symlink(&others, arriving.join(none)).expect("link");
    fs::write(arriving.join(file), "x").expect("written");
    fs::create_dir_all(arriving.join(deep).join("sau")).expect("folder");
    let [next, coming] = ["92", "93"].map(|n| send(&gateway, n, &["cv.txt"], 10));
    symlink(&others, arriving.join(coming.to_string())).expect("link");
    assert_eq!(code(&desk.once()), 5, "some are told");
    assert_eq!(
        fs::read_to_string(others.join("khoa")).expect("there"),
        "key"
    );
    assert_eq!(fs::read_dir(&others).expect("there").count(), 1);
    assert_eq!(state(&gateway, next).0, "arrived");
    assert_eq!(state(&gateway, coming).0, "waiting");
    fs::remove_file(arriving.join(coming.to_string())).expect("removed");
    fs::remove_dir_all(arriving.join(deep)).expect("removed");
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(state(&gateway, coming).0, "arrived");
}

#[test]
fn what_was_changed_after_it_was_taken_is_not_sent_under_the_old_key() {
    let mut gateway = Gateway::of_world();
    gateway.stop();
    let secret = gateway.at.home.join("khoa.txt");
    fs::write(&secret, "key").expect("written");
    let name = "81-STC-VP_2026-11-23_Doi sau";
    let desk = Desk::new(&gateway, SENDER, "so");
    put_signed(&desk.outbox(), &format!("{name}.txt"), "Thật.");
    // One pass, which sends before it asks for anything else: an agent that runs may find out by its other halves that
    // the gateway is away, and then takes nothing.
    assert_eq!(code(&desk.once()), 4, "the gateway is away");
    let taken = desk
        .root
        .join("sending")
        .join(name)
        .join(format!("{name}.txt"));
    let ready = |job: &String| job.contains("\"ready\"");
    assert!(desk.jobs().iter().any(ready), "{:?}", desk.jobs());
    fs::remove_file(&taken).expect("removed");
    symlink(&secret, &taken).expect("link");
    let root = desk.root.clone();
    gateway.up();
    let desk = Desk::new(&gateway, SENDER, "so");
    let running = Running::of(&desk);
    until("it is explained", || {
        root.join("failed").join(name).is_dir()
    });
    drop(running);
    assert_eq!(desk.sent().len(), 0);
    let told = desk.read(&format!("failed/{name}/LY-DO.txt"));
    assert!(told.contains(&format!("{name}.txt")), "{told}");
    assert_eq!(fs::read_to_string(&secret).expect("there"), "key");
}

#[test]
fn what_was_changed_before_it_was_written_down_what_is_sent_goes_back_and_is_not_sent() {
    if !has("strace") {
        return say!("left out: strace is not installed");
    }
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "so");
    assert_eq!(code(&desk.once()), 0);
    let secret = gateway.at.home.join("khoa.txt");
    fs::write(&secret, "key").expect("written");
    let name = "82-STC-VP_2026-11-23_Doi truoc";
    desk.put(&format!("{name}.txt"), "Thật.");
    let taken = desk.root.join(format!("sending/{name}/{name}.txt"));
    // Killed when the record of what is sent would get its name: the files are gathered, and only claimed.
    let mut n = 0;
    while !taken.exists() {
        n += 1;
        assert!(n < 20, "the files are never gathered");
        let ended = killed_at(&desk, "rename,renameat", n).status;
        assert!(!ended.success(), "{n}: it came to its end");
    }
    assert!(desk.jobs().iter().all(|job| job.contains("\"claimed\"")));
    fs::remove_file(&taken).expect("removed");
    symlink(&secret, &taken).expect("link");
    assert_eq!(code(&desk.once()), 5, "its signature has no document");
    assert_eq!(desk.sent().len(), 0);
    assert_eq!(fs::read_to_string(&secret).expect("there"), "key");
    let back = desk.outbox().join(format!("{name}.txt"));
    assert!(back.is_symlink(), "it lies where it lay");
    assert_eq!(desk.files("sending"), [""; 0]);
    assert_eq!(desk.jobs(), [""; 0]);
    let told = desk.read(&format!("failed/{name}.txt/LY-DO.txt"));
    assert!(told.contains(&format!("{name}.txt")), "{told}");
    // The true one in its place is sent.
    fs::remove_file(back).expect("removed");
    desk.put(&format!("{name}.txt"), "Thật.");
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(desk.sent().len(), 1);
}

#[test]
fn what_was_recalled_before_it_appeared_never_appears() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let id = send(&gateway, "91", &["cv.txt"], 10);
    assert_eq!(code(&desk.once()), 0);
    let name = folder(&desk, "inbox", "91");
    // As a crash before the last rename leaves it: everything there, and nothing remembered.
    let hidden = desk.root.join("inbox/.lienthong").join(id.to_string());
    fs::create_dir_all(hidden.parent().expect("folder")).expect("folder");
    fs::rename(desk.root.join("inbox").join(&name), &hidden).expect("moved");
    fs::remove_file(desk.root.join(format!(".lienthong/received/{id}.json"))).expect("removed");
    let recalled = gateway.as_unit(SENDER, &["recall", &id.to_string(), "--reason", "Sai"]);
    assert_eq!(code(&recalled), 0);
    let agreed = gateway.as_unit(RECIPIENT, &["answer", &id.to_string(), "15"]);
    assert_eq!(code(&agreed), 0);
    desk.once();
    assert_eq!(names(&desk, "inbox"), [""; 0]);
    assert!(!hidden.exists());
    let office = gateway.office(RECIPIENT);
    let view = block_on(office.client.document(id)).expect("document");
    assert_eq!(view.recipients[0].state, "recall_agreed");
}

#[test]
fn a_link_in_place_of_a_folder_in_the_inbox_has_nothing_written_where_it_leads() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, RECIPIENT, "xa");
    let ids = ["73", "74", "75"].map(|number| send(&gateway, number, &["cv.txt"], 10));
    assert_eq!(code(&desk.once()), 0);
    let elsewhere = gateway.at.home.join("noi khac");
    fs::create_dir(&elsewhere).expect("folder");
    for number in ["73", "74", "75"] {
        let name = folder(&desk, "inbox", number);
        let at = desk.root.join("inbox").join(&name);
        fs::rename(&at, gateway.at.home.join(number)).expect("moved");
        symlink(&elsewhere, &at).expect("link");
        if number == "75" {
            let put = desk.root.join("accepted").join(&name);
            fs::rename(gateway.at.home.join(number), put).expect("moved");
        }
    }
    // What makes the agent write beside each: answered by another program, recalled, and answered by a copy.
    let answered = gateway.as_unit(RECIPIENT, &["answer", &ids[0].to_string(), "accepted"]);
    assert_eq!(code(&answered), 0);
    let recalled = gateway.as_unit(SENDER, &["recall", &ids[1].to_string(), "--reason", "Sai"]);
    assert_eq!(code(&recalled), 0);
    assert_eq!(code(&desk.once()), 0);
    let states = ids.map(|id| state(&gateway, id).0);
    assert_eq!(states, ["accepted", "recalled", "accepted"]);
    let written: Vec<_> = fs::read_dir(&elsewhere).expect("there").collect();
    assert!(written.is_empty(), "{written:?}");
}
