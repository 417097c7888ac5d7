//! A document with what its verdict rests on, judged again in a process that has no network: the
//! same verdict, down to the path and the words.

use crate::support::{Gateway, WORLD, block_on, bounded, good, program};
use lienthong::demo::cases::Case;
use lienthong::demo::documents::{self, DocumentToSend};
use lienthong::demo::install::Plan;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The program without a network where the system lets us take it away, and whether it does.
fn without_network() -> (Command, bool) {
    let tried = Command::new("unshare").args(["-rn", "true"]).status();
    if tried.is_ok_and(|status| status.success()) {
        let mut command = Command::new("unshare");
        command.arg("-rn").arg(program());
        return (command, true);
    }
    say!("evidence: no network namespace here, so --offline alone");
    (Command::new(program()), false)
}

/// What a file of a report may sign, as the commands that `evidence` prints have it: first what the envelope
/// says, then every other file of the document.
fn signs<'r>(report: &'r Value, file: &'r Value) -> Vec<&'r str> {
    let Some(of) = file["of"].as_str() else {
        return Vec::new();
    };
    let all = report["files"].as_array().expect("files").iter();
    let others = all.filter(|one| one["of"].is_null() && one["name"] != of);
    let names = others.map(|one| one["name"].as_str().expect("name"));
    std::iter::once(of).chain(names).collect()
}

/// What `verify` says in the folder.
fn judged_again(folder: &Path, file: &str, signs: &[&str], at: &str) -> Value {
    let (mut command, _) = without_network();
    command
        .args(["verify", &format!("files/{file}"), "--trust", "."])
        .args(["--at", at, "--offline", "--json"])
        .current_dir(folder)
        .stdin(Stdio::null());
    for name in signs {
        command.args(["--detached", &format!("files/{name}")]);
    }
    let output = bounded(command, Duration::from_secs(60));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

/// What is left of a file's report when the registry is not asked.
fn verdicts(file: &Value) -> Value {
    let mut signatures = file["signatures"].clone();
    for signature in signatures.as_array_mut().expect("signatures") {
        signature
            .as_object_mut()
            .expect("signature")
            .remove("speaks_for");
    }
    serde_json::json!({ "format": file["format"], "fault": file["fault"], "signatures": signatures })
}

fn send(gateway: &Gateway, document: &DocumentToSend) -> Value {
    let office = gateway.office(document.sender);
    let bytes = |f: &documents::FileToSend| (f.name.clone(), bytes::Bytes::from(f.bytes.clone()));
    let files: Vec<_> = document.files.iter().map(bytes).collect();
    let sent = block_on(office.send(&document.envelope, &files)).expect("sent");
    serde_json::to_value(&sent.submitted).expect("JSON")
}

/// The bundle of a document, as its sender fetches it.
fn bundle_of(gateway: &Gateway, sender: usize, id: &str, folder: &Path) -> PathBuf {
    let to = folder.join(format!("{id}.asice"));
    let path = to.display().to_string();
    good(&gateway.as_unit(sender, &["evidence", id, "--bundle", &path]));
    to
}

/// `receipt verify` in a process without network: its exit code and what it says.
fn receipt_verify(gateway: &Gateway, bundle: &Path, trust: bool) -> (Option<i32>, String) {
    let certs = gateway.at.home.join("certs");
    let (mut command, _) = without_network();
    command
        .args(["receipt", "verify", "--json", "--ca"])
        .arg(certs.join("own/receipt-ca.pem"))
        .arg(bundle)
        .stdin(Stdio::null());
    if trust {
        command.arg("--trust").arg(&certs);
    }
    let output = bounded(command, Duration::from_secs(60));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

fn proven(gateway: &Gateway, bundle: &Path) -> Value {
    let (code, text) = receipt_verify(gateway, bundle, true);
    assert_eq!(code, Some(0), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_bundle_is_judged_by_the_program_alone() {
    let gateway = Gateway::of_world();
    let folder = tempfile::tempdir().expect("folder");
    let all = documents::make(&WORLD).expect("documents");
    let (mut good_one, mut refused) = (None, None);
    for document in &all {
        let sent = send(&gateway, document);
        let id = sent["id"].as_str().expect("id").to_owned();
        let place = match sent["disposition"].as_str() {
            Some("accepted") => &mut good_one,
            Some("refused") => &mut refused,
            _ => continue,
        };
        place.get_or_insert((document.sender, id));
        if good_one.is_some() && refused.is_some() {
            break;
        }
    }
    let (sender, id) = good_one.expect("an accepted one");
    let bundle = bundle_of(&gateway, sender, &id, folder.path());
    let told = proven(&gateway, &bundle);
    assert_eq!(told["level"], "B");
    assert_eq!(told["document"], id.as_str());
    // Without anchors the receipts are proven, and what is not is said.
    let (code, text) = receipt_verify(&gateway, &bundle, false);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("no-anchors"), "{text}");
    let mut bytes = std::fs::read(&bundle).expect("bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = folder.path().join("altered.asice");
    std::fs::write(&altered, bytes).expect("written");
    assert_eq!(receipt_verify(&gateway, &altered, true).0, Some(1));
    let path = bundle.display().to_string();
    let once = gateway.as_unit(sender, &["evidence", &id, "--bundle", &path]);
    assert_eq!(once.status.code(), Some(1), "nothing is written over");
    let before = std::fs::read(&bundle).expect("bundle");
    let nobody = "01a20b11-1a80-77e8-928b-950e0cbd1763";
    let failed = gateway.as_unit(sender, &["evidence", nobody, "--bundle", &path]);
    assert!(!failed.status.success());
    let after = std::fs::read(&bundle).expect("a failed request takes no bundle away");
    assert_eq!(before, after);
    let beside = std::fs::read_dir(folder.path()).expect("folder");
    let unfinished = beside.filter(|e| {
        let name = e.as_ref().map(|e| e.file_name()).unwrap_or_default();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(unfinished.count(), 0, "nothing unfinished stays");
    let (sender, id) = refused.expect("a refused one");
    let bundle = bundle_of(&gateway, sender, &id, folder.path());
    let told = proven(&gateway, &bundle);
    assert_eq!(told["absent"][0]["why"], "not_kept", "{told}");
    assert_eq!(told["judgements"][0]["again"]["why"], "absent", "{told}");
}

#[test]
fn judged_again_from_the_kept_evidence_the_verdict_is_the_same() {
    let mut plan = Plan::of(&WORLD).expect("plan");
    // Everything but TOTAL-FAILED is relayed, so its files are kept.
    plan.policy = "record";
    let gateway = Gateway::start(&plan);
    let folder = tempfile::tempdir().expect("folder");
    let (mut cases, mut compared, mut bundled) = (BTreeSet::new(), 0, 0);
    let (mut sub_indications, mut reasons) = (BTreeSet::new(), BTreeSet::new());
    for document in documents::make(&WORLD).expect("documents") {
        if document.case == Case::Secret || !cases.insert(document.case) {
            continue;
        }
        let sent = send(&gateway, &document);
        let id = sent["id"].as_str().expect("id");
        let out = folder.path().join(id);
        let path = out.display().to_string();
        good(&gateway.as_unit(document.sender, &["evidence", id, "--out", &path]));
        let text = std::fs::read_to_string(out.join("report.json")).expect("report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        if sent["disposition"] == "refused" {
            assert!(!out.join("files").exists(), "{}: not kept", document.case);
            continue;
        }
        let at = std::fs::read_to_string(out.join("at")).expect("moment");
        for file in report["files"].as_array().expect("files") {
            let name = file["name"].as_str().expect("name");
            let again = judged_again(&out, name, &signs(&report, file), at.trim());
            assert_eq!(again["sha256"], file["sha256"]);
            assert_eq!(
                verdicts(&again),
                verdicts(file),
                "{}: {name}",
                document.case
            );
            for signature in file["signatures"].as_array().expect("signatures") {
                sub_indications.insert(signature["sub_indication"].to_string());
                reasons.insert(signature["reason"]["code"].to_string());
                compared += 1;
            }
        }
        let again = gateway.as_unit(document.sender, &["evidence", id, "--out", &path]);
        assert_eq!(again.status.code(), Some(1), "the folder is not empty");
        let bundle = bundle_of(&gateway, document.sender, id, folder.path());
        let proven = proven(&gateway, &bundle);
        let again = proven["judgements"].as_array().expect("judgements");
        for judgement in again {
            assert_eq!(
                judgement["again"]["result"], "same",
                "{}: {proven}",
                document.case
            );
            bundled += 1;
        }
    }
    say!(
        "evidence: {compared} signatures of {} cases judged again: {sub_indications:?}",
        cases.len()
    );
    assert!(
        compared >= 15 && sub_indications.len() >= 5,
        "{compared} {sub_indications:?}"
    );
    assert!(
        bundled >= 15,
        "{bundled} judgements made again from bundles"
    );
    // Offline nobody is asked, and yet what waited for an issuer or an answer waits.
    for reason in ["\"issuer_pending\"", "\"revocation_missing\""] {
        assert!(reasons.contains(reason), "{reason}: {reasons:?}");
    }
}

#[test]
fn the_algorithms_of_the_day_go_with_it() {
    let mut plan = Plan::of(&WORLD).expect("plan");
    plan.policy = "record";
    let folder = tempfile::tempdir().expect("folder");
    let mut gateway = Gateway::installed(&folder.path().join("home"), &plan);
    // Elsewhere accepted, here not for documents: only what was kept can say so.
    let rule = "[[key]]\nname = \"EC\"\nbits = 256\nusage = [\"document\"]\naccepted = false\n";
    let config = gateway.at.config.with_file_name("algorithms.toml");
    std::fs::write(config, rule).expect("written");
    gateway.up();
    let all = documents::make(&WORLD).expect("documents");
    let wanted = |d: &&DocumentToSend| d.case == Case::Detached && d.algorithms == "ECDSA";
    let document = all.iter().find(wanted).expect("one");
    let sent = send(&gateway, document);
    assert_eq!(
        sent["verdict"]["reason"], "algorithm_not_accepted",
        "{sent}"
    );
    let id = sent["id"].as_str().expect("id");
    let out = folder.path().join("out");
    let path = out.display().to_string();
    good(&gateway.as_unit(document.sender, &["evidence", id, "--out", &path]));
    let report = std::fs::read_to_string(out.join("report.json")).expect("report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let at = std::fs::read_to_string(out.join("at")).expect("moment");
    for file in report["files"].as_array().expect("files") {
        let name = file["name"].as_str().expect("name");
        let again = judged_again(&out, name, &signs(&report, file), at.trim());
        assert_eq!(verdicts(&again), verdicts(file), "{name}");
    }
}

#[test]
fn a_name_that_is_hidden_keeps_nobody_from_the_evidence() {
    let gateway = Gateway::of_world();
    let (sender, recipient) = (crate::folder::SENDER, crate::folder::RECIPIENT);
    crate::folder::put_signed(&gateway.at.home, ".an.txt", "Công văn có tên ẩn.");
    let to = lienthong::demo::units::UNITS[recipient].code;
    let sent = gateway.as_unit(
        sender,
        &[
            "send",
            ".an.txt",
            "--signature",
            ".an.txt.p7s:.an.txt",
            "--to",
            to,
            "--number",
            "64",
            "--notation",
            "STC-VP",
            "--promulgated",
            "2026-11-23",
            "--subject",
            "Tên ẩn",
            "--json",
        ],
    );
    let sent: Value = serde_json::from_str(&good(&sent)).expect("JSON");
    let id = sent["id"].as_str().expect("id");
    for (unit, arguments) in [
        (recipient, ["receive", id, "--out", "van-ban", "--json"]),
        (recipient, ["evidence", id, "--out", "chung-cu", "--json"]),
    ] {
        good(&gateway.as_unit(unit, &arguments));
    }
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(gateway.at.home.join(folder)).expect("folder");
        let names = entries.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains("an.txt")).collect()
    };
    let saved = names("chung-cu/files");
    assert_eq!(saved, names("van-ban"), "both under the same names");
    assert!(saved.iter().all(|name| !name.starts_with('.')), "{saved:?}");
    let readme = std::fs::read_to_string(gateway.at.home.join("chung-cu/README")).expect("README");
    let command = readme.lines().find(|line| line.contains("--detached"));
    let command = command.expect("a command");
    let command = command.replacen("lienthong", "exec \"$0\"", 1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).arg(program());
    shell.current_dir(gateway.at.home.join("chung-cu"));
    good(&bounded(shell, Duration::from_secs(60)));
}
