//! A list that dates a revocation before the arrival of accepted documents, put before the real
//! daemon: everybody concerned is told exactly once, whenever it is killed, and `verify` comes to the
//! same verdict from what is exported.

use crate::support::{Draft, Fault, Gateway, WORLD, block_on, bounded, draft, good, now, program};
use lienthong::demo::install::Plan;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SENDER: usize = 2;
const RECIPIENTS: [usize; 2] = [0, 1];
const DOCUMENTS: u64 = 120;

fn accepted(gateway: &Gateway, number: u64) -> String {
    let made: Draft = draft(
        &WORLD.members[SENDER],
        &RECIPIENTS,
        number,
        300,
        Fault::None,
    );
    let sent = block_on(gateway.office(SENDER).send(&made.envelope, &made.files));
    let sent = sent.expect("sent").submitted;
    assert_eq!(sent.disposition, "accepted", "{sent:?}");
    sent.id
}

fn lines(output: &str) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).expect("JSON");
    output.lines().map(read).collect()
}

/// The doubts of which a unit is told, all of them.
fn notices(gateway: &Gateway, place: usize) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let last = all
            .last()
            .map_or(0, |n| n["position"].as_u64().expect("position"));
        let after = last.to_string();
        let page = ["notices", "--json", "--limit", "50", "--after", &after];
        let page = lines(&good(&gateway.as_unit(place, &page)));
        if page.is_empty() {
            all.retain(|n| n["notice"] == "doubted");
            return all;
        }
        all.extend(page);
    }
}

fn wait_for(gateway: &Gateway, place: usize, least: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = notices(gateway, place);
        if found.len() >= least {
            return found;
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{} of {least}: {}",
            found.len(),
            gateway.log()
        );
    }
}

#[test]
fn a_late_revocation_is_told_once_however_often_the_daemon_is_killed() {
    let mut gateway = Gateway::start(&Plan::of(&WORLD).expect("plan"));
    let ids: Vec<String> = (1..=DOCUMENTS).map(|n| accepted(&gateway, n)).collect();
    let other = block_on({
        let made = draft(&WORLD.members[4], &[0], 900, 300, Fault::None);
        let office = gateway.office(4);
        async move { office.send(&made.envelope, &made.files).await }
    });
    assert_eq!(other.expect("sent").submitted.disposition, "accepted");
    assert!(notices(&gateway, SENDER).is_empty());
    // It comes while nobody is there.
    gateway.kill();
    let since = now().plus_secs(-3600);
    let list = WORLD.late_crl(&WORLD.members[SENDER], since, now());
    let list = list.expect("list");
    std::fs::write(gateway.at.certs().join(&list.path), &list.bytes).expect("written");
    gateway.up();
    // In the middle of the work, several times.
    for pause in [0, 20, 40, 80] {
        std::thread::sleep(Duration::from_millis(pause));
        gateway.kill();
        gateway.up();
    }
    let all = wait_for(&gateway, SENDER, ids.len());
    say!(
        "late: told in each life of the daemon: {:?}",
        lives(&gateway)
    );
    std::thread::sleep(Duration::from_millis(500));
    for place in [SENDER, RECIPIENTS[0], RECIPIENTS[1]] {
        let told = notices(&gateway, place);
        let mut named: Vec<&str> = told.iter().filter_map(|n| n["id"].as_str()).collect();
        named.sort_unstable();
        let mut expected: Vec<&str> = ids.iter().map(String::as_str).collect();
        expected.sort_unstable();
        assert_eq!(named, expected, "unit {place}: each once, and no other");
        assert_eq!(told[0]["verdict"]["sub_indication"], "REVOKED_NO_POE");
    }
    assert!(notices(&gateway, 4).is_empty());
    shown(&gateway, &ids[0]);
    let position = all.iter().find(|n| n["id"] == ids[0].as_str());
    let position = position.expect("told")["position"].to_string();
    verified_again(&gateway, &ids[0], &position);
    let page = crate::support::get(gateway.at.operations, "/?lang=vi").expect("page");
    assert!(
        page.contains("120 văn bản đã chuyển nay có kết luận bị nghi ngờ"),
        "{page}"
    );
    // What it says of itself, and no figure moved.
    let figures = gateway.as_administrator(&["recount", "--json"]);
    let figures: Value = serde_json::from_str(&good(&figures)).expect("JSON");
    assert_eq!(figures["differences"], serde_json::json!([]));
    // New documents of the sender are refused, as ever.
    let made = draft(&WORLD.members[SENDER], &[0], 901, 300, Fault::None);
    let sent = block_on(gateway.office(SENDER).send(&made.envelope, &made.files));
    assert_eq!(sent.expect("sent").submitted.disposition, "refused");
    gateway.stop();
}

/// How much each life of the daemon says that it told.
fn lives(gateway: &Gateway) -> Vec<usize> {
    let log = std::fs::read_to_string(gateway.at.home.join("serve.log")).expect("log");
    let lives = log.split(" ready: ");
    lives
        .map(|life| life.matches("undoes the verdict").count())
        .collect()
}

fn shown(gateway: &Gateway, id: &str) {
    for place in [SENDER, RECIPIENTS[0]] {
        let words = good(&gateway.as_unit(place, &["status", id]));
        assert!(words.contains("The verdict is in doubt now"), "{words}");
        assert!(words.contains("REVOKED_NO_POE"), "{words}");
        assert!(words.contains("stand; ask the sender"), "{words}");
    }
    let vietnamese = good(&gateway.as_unit(SENDER, &["status", id, "--lang", "vi"]));
    assert!(vietnamese.contains("nghi ngờ"), "{vietnamese}");
    let inbox = lines(&good(
        &gateway.as_unit(RECIPIENTS[0], &["inbox", "--json", "--limit", "200"]),
    ));
    let flagged = inbox.iter().filter(|row| row["doubted"] == true).count();
    assert_eq!((inbox.len(), flagged), (121, 120));
    // The files are still to be had, under the receipt that stands.
    let folder = tempfile::tempdir().expect("folder");
    let out = folder.path().display().to_string();
    good(&gateway.as_unit(RECIPIENTS[0], &["receive", id, "--out", &out]));
}

/// Without a network, from the exported folder alone: both verdicts again.
fn verified_again(gateway: &Gateway, id: &str, position: &str) {
    let folder = tempfile::tempdir().expect("folder");
    for (name, doubt, expected) in [("then", None, 0), ("now", Some(position), 11)] {
        let out = folder.path().join(name);
        let path = out.display().to_string();
        let mut arguments = vec!["evidence", id, "--out", &path];
        if let Some(position) = doubt {
            arguments.extend(["--doubt", position]);
        }
        good(&gateway.as_unit(SENDER, &arguments));
        let readme = std::fs::read_to_string(out.join("README")).expect("README");
        let line = readme.lines().find(|line| line.contains("--detached"));
        let line = line.expect("a command for the signature");
        assert_eq!(line.contains("--existed"), doubt.is_some(), "{line}");
        let mut command = Command::new("sh");
        let program = program().display().to_string();
        let line = line.replacen("lienthong", &program, 1);
        command.arg("-c").arg(format!("{line} --json"));
        command.current_dir(&out).stdin(Stdio::null());
        let output = bounded(command, Duration::from_secs(60));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(expected), "{line}: {text}");
        let again: Value = serde_json::from_str(&text).expect("JSON");
        let report = std::fs::read_to_string(out.join("report.json")).expect("report");
        let report: Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(again["indication"], report["indication"]);
        assert_eq!(again["sub_indication"], report["sub_indication"]);
        let (one, signature) = (
            &again["signatures"][0],
            &report["files"][1]["signatures"][0],
        );
        for part in ["indication", "reason", "path", "evidence", "words"] {
            assert_eq!(one[part], signature[part], "{part}");
        }
        assert_eq!(again["existed"]["at"], report["existed"]["at"]);
        if doubt.is_some() {
            assert_eq!(report["existed"]["source"], "arrival");
            assert_eq!(again["existed"]["source"], "given");
        }
    }
}
