//! The log stamped by a timestamp authority over real HTTP: slow, silent, ill and well again, under
//! kills. `stamps_rewritten` has the log that is not what it was.

use crate::support::{
    Fault as Wrong, Gateway, WORLD, block_on, bounded, draft, get, good, now, program,
};
use lienthong::clock::SystemClock;
use lienthong::demo::install::Plan;
use lienthong::demo::world::MaterialFile;
use lienthong::forge::distribution::{Point, crl_points};
use lienthong::forge::server::{Fault, Served, Server, Stamper};
use lienthong::forge::{RevocationList, Template, Validity};
use lienthong::model::Digest;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// A root for timestamps, an authority between, and the one that stamps.
pub struct Authority {
    pub server: Server,
    material: Vec<MaterialFile>,
    /// Its tasks serve while processes are waited for.
    _runtime: Runtime,
}

impl Authority {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("runtime");
        let server = runtime.block_on(Server::start(Arc::new(SystemClock)));
        let server = server.expect("server");
        let validity = Validity::around(now());
        // Lists are nowhere but here: they have to be fetched.
        let listed = |at: &str| crl_points(&[Point::uri(&server.url(at))]);
        let root = Template::authority("Gốc dấu thời gian", validity).self_signed();
        let root = root.expect("root");
        let between = Template::authority("Cấp dấu thời gian", validity);
        let between = between.with(listed("/goc.crl")).issued_by(&root);
        let between = between.expect("authority");
        let signer = Template::stamper("Dấu thời gian", validity);
        let signer = signer.with(listed("/cap.crl")).issued_by(&between);
        for (at, by) in [("/goc.crl", &root), ("/cap.crl", &between)] {
            let list = RevocationList::complete(1, Validity::days(now(), 1, 7));
            let list = list.signed_by(by).expect("list");
            server.publish(at, Served::crl(list));
        }
        let file = |path: &str, bytes: &[u8]| MaterialFile {
            path: path.into(),
            bytes: bytes.to_vec(),
        };
        let purposes = b"purposes = [\"timestamping\"]\n";
        let material = vec![
            file("trust/dau/goc.crt", &root.der),
            file("trust/dau/goc.toml", purposes),
        ];
        server.publish(
            "/tsa",
            Served::Stamper(Arc::new(Stamper {
                signer: signer.expect("signer"),
                ahead_secs: 0,
            })),
        );
        Self {
            server,
            material,
            _runtime: runtime,
        }
    }

    /// An installation that asks here and waits so long for an answer; not started.
    pub fn installed(&self, home: &Path, timeout_secs: u64) -> Gateway {
        let mut plan = Plan::of(&WORLD).expect("plan");
        plan.private.push(self.server.address().to_string());
        plan.material
            .extend(self.material.iter().map(|file| MaterialFile {
                path: file.path.clone(),
                bytes: file.bytes.clone(),
            }));
        let gateway = Gateway::installed(home, &plan);
        let mut text = std::fs::read_to_string(&gateway.at.config).expect("configuration");
        let url = self.server.url("/tsa");
        text.push_str(&format!(
            "\n[timestamp]\nurl = \"{url}\"\ntimeout_secs = {timeout_secs}\n"
        ));
        std::fs::write(&gateway.at.config, text).expect("configuration");
        gateway
    }
}

/// Sends one document; its identifier and how long that took.
pub fn send(gateway: &Gateway, number: u64) -> (String, Duration) {
    let made = draft(&WORLD.members[2], &[0, 1], number, 300, Wrong::None);
    let office = gateway.office(2);
    let began = Instant::now();
    let sent = block_on(office.send(&made.envelope, &made.files)).expect("sent");
    let took = began.elapsed();
    assert_eq!(sent.submitted.disposition, "accepted");
    (sent.submitted.id, took)
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text} {output:?}"))
}

fn status(gateway: &Gateway) -> Value {
    json(&gateway.as_administrator(&["status", "--json"]))
}

pub fn check(gateway: &Gateway, tokens: &[&str]) -> (Option<i32>, Value) {
    let output = gateway.as_administrator(&[&["stamps", "check", "--json"], tokens].concat());
    (output.status.code(), json(&output))
}

/// State and problem of every stamp.
pub fn found(view: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let stamps = view["stamps"].as_array().expect("stamps");
    let row = |stamp: &Value| (text(&stamp["state"]), text(&stamp["problem"]));
    stamps.iter().map(row).collect()
}

fn metric(gateway: &Gateway, line: &str) -> Option<f64> {
    let text = get(gateway.at.operations, "/metrics")?;
    let found = text.lines().find_map(|l| l.strip_prefix(line));
    found?.trim().parse().ok()
}

fn until<T>(what: &str, gateway: &Gateway, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        let late = began.elapsed() > Duration::from_secs(90);
        assert!(!late, "{what}: {}", gateway.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A metric is set a moment after what it counts can be seen elsewhere.
fn counted(gateway: &Gateway, name: &str, expected: f64) {
    until(name, gateway, || {
        let found = metric(gateway, name)?;
        ((found - expected).abs() < f64::EPSILON).then_some(())
    });
}

/// What `check-config` says beside the values.
fn configuration(gateway: &Gateway) -> String {
    let output = gateway.as_administrator(&["check-config"]);
    good(&output);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs the last line of the README that was exported.
fn openssl(folder: &Path, change: impl Fn(String) -> String) -> (bool, String) {
    let readme = std::fs::read_to_string(folder.join("README")).expect("README");
    let line = readme.lines().last().expect("a command").to_owned();
    assert!(line.starts_with("openssl ts -verify"), "{line}");
    let mut command = Command::new("sh");
    command.arg("-c").arg(change(line)).current_dir(folder);
    let output = bounded(command, Duration::from_secs(60));
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (
        output.status.success() && said.contains("Verification: OK"),
        said,
    )
}

#[test]
fn a_slow_silent_or_ill_authority_slows_no_sender_and_is_asked_again() {
    let authority = Authority::start();
    let folder = tempfile::tempdir().expect("folder");
    let mut gateway = authority.installed(&folder.path().join("home"), 3);
    authority.server.fault("/tsa", Some(Fault::Hang));
    gateway.up();
    until("asked", &gateway, || {
        (authority.server.asked("/tsa") > 0).then_some(())
    });
    // While it hangs, and after it failed.
    let (mut slowest, mut ids) = (Duration::ZERO, Vec::new());
    for number in 1..=20 {
        let (id, took) = send(&gateway, number);
        slowest = slowest.max(took);
        ids.push(id);
    }
    say!("stamps: slowest of 20 sends while the authority hangs: {slowest:.0?}");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    let failing = until("told", &gateway, || {
        let failing = status(&gateway)["authority"]["failing"].clone();
        (!failing.is_null()).then_some(failing)
    });
    assert_eq!(
        (&failing["code"], &failing["times"]),
        (&"silent".into(), &1.into())
    );
    assert!(status(&gateway)["last_stamp"].is_null());
    counted(
        &gateway,
        "lienthong_log_stamps_total{outcome=\"silent\"}",
        1.0,
    );
    counted(&gateway, "lienthong_log_stamp_failures", 1.0);
    assert!(
        gateway.log().contains("the log could not be stamped"),
        "{}",
        gateway.log()
    );

    let last = well_again(&authority, &gateway);
    evidence_and_openssl(&gateway, folder.path(), &ids[19], &last);
    good(&gateway.as_administrator(&["recount"]));
    let told = good(&gateway.as_administrator(&["status"]));
    assert!(
        told.contains("Dấu thời gian") && told.contains("holds"),
        "{told}"
    );
    send(&gateway, 21);
    ill(&authority, &gateway);
}

/// Ill in another way, and asked by hand.
fn ill(authority: &Authority, gateway: &Gateway) {
    authority.server.fault("/tsa", Some(Fault::Status(503)));
    let asked = gateway.as_administrator(&["stamps", "now"]);
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let words = String::from_utf8_lossy(&asked.stdout).into_owned();
    assert!(
        words.contains("One attempt failed") && words.contains("503"),
        "{words}"
    );
    let words = configuration(gateway);
    assert!(
        words.contains("Note: the timestamp authority") && words.contains("503"),
        "{words}"
    );
}

/// Nobody has to do anything, and it answers slowly by then.
fn well_again(authority: &Authority, gateway: &Gateway) -> Value {
    let slow = Fault::Slow(Duration::from_secs(1));
    authority.server.fault("/tsa", Some(slow));
    let last = until("stamped", gateway, || {
        let last = status(gateway)["last_stamp"].clone();
        (!last.is_null()).then_some(last)
    });
    assert_eq!(last["state"], "good", "{last}");
    counted(
        gateway,
        "lienthong_log_stamps_total{outcome=\"stamped\"}",
        1.0,
    );
    counted(gateway, "lienthong_log_stamp_failures", 0.0);
    let of = last["of"].as_f64().expect("of");
    counted(gateway, "lienthong_log_stamped_position", of);
    assert_eq!(check(gateway, &[]).0, Some(0));

    // Nothing came after it, so nobody is asked again.
    let before = authority.server.asked("/tsa");
    good(&gateway.as_administrator(&["stamps", "now"]));
    assert_eq!(authority.server.asked("/tsa"), before);
    let words = configuration(gateway);
    let told = "Dấu thời gian";
    assert!(
        words.contains(told) && words.contains("CN=Gốc dấu thời gian"),
        "{words}"
    );
    last
}

/// What an office and an operator export, and what openssl says of it.
fn evidence_and_openssl(gateway: &Gateway, folder: &Path, id: &str, last: &Value) {
    let (ours, theirs) = (folder.join("ours"), folder.join("theirs"));
    let text = |path: &PathBuf| path.display().to_string();
    good(&gateway.as_administrator(&["stamps", "export", "--out", &text(&ours)]));
    good(&gateway.as_unit(2, &["evidence", id, "--out", &text(&theirs)]));
    let again = gateway.as_administrator(&["stamps", "export", "--out", &text(&ours)]);
    assert_eq!(again.status.code(), Some(1), "nothing is overwritten");
    for at in [ours, theirs.join("stamp")] {
        let facts = std::fs::read(at.join("stamp.json")).expect("facts");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        assert_eq!(facts["head"], last["head"]);
        let (holds, said) = openssl(&at, |line| line);
        assert!(holds, "{said}");
        // Of another head it is no proof, and openssl says so.
        let head = last["head"].as_str().expect("head").to_owned();
        let other = Digest::of(b"other").to_hex();
        let (holds, said) = openssl(&at, |line| line.replace(&head, &other));
        assert!(!holds && said.contains("FAILED"), "{said}");
    }
}

/// Asks for a stamp by hand and does not wait.
fn ask(gateway: &Gateway) -> Child {
    let config = gateway.at.config.display().to_string();
    let mut command = Command::new(program());
    command.args(["stamps", "now", "--config", &config]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("started")
}

#[test]
fn no_stamp_that_was_acknowledged_is_lost_to_a_kill() {
    let authority = Authority::start();
    let folder = tempfile::tempdir().expect("folder");
    let mut gateway = authority.installed(&folder.path().join("home"), 10);
    gateway.up();
    let mut acknowledged: Vec<(u64, String)> = Vec::new();
    for round in 1..=8u64 {
        send(&gateway, round);
        if round % 2 == 0 {
            // Killed while the authority is being asked: nothing was acknowledged.
            let slow = Fault::Slow(Duration::from_millis(300));
            authority.server.fault("/tsa", Some(slow));
            let before = authority.server.asked("/tsa");
            let mut asking = ask(&gateway);
            until("asked", &gateway, || {
                (authority.server.asked("/tsa") > before).then_some(())
            });
            gateway.kill();
            let _ = asking.wait();
            authority.server.fault("/tsa", None);
        } else {
            let view = json(&gateway.as_administrator(&["stamps", "now", "--json"]));
            let last = &view["last_stamp"];
            let row = (last["of"].as_u64(), last["token_sha256"].as_str());
            gateway.kill();
            acknowledged.push((row.0.expect("of"), row.1.expect("token").to_owned()));
        }
        gateway.up();
        let (code, view) = check(&gateway, &[]);
        assert_eq!(code, Some(0), "{view}");
        let stamps = view["stamps"].as_array().expect("stamps");
        for (of, token) in &acknowledged {
            let known = |s: &Value| s["of"] == *of && s["token_sha256"] == token.as_str();
            assert!(stamps.iter().any(known), "{of} {token}: {view}");
        }
    }
    let (_, view) = check(&gateway, &[]);
    say!(
        "stamps: {} acknowledged, {} in the log after 8 kills",
        acknowledged.len(),
        found(&view).len()
    );
    // It stops though the authority is silent. Without a daemon the same is read from the store.
    authority.server.fault("/tsa", Some(Fault::Hang));
    send(&gateway, 9);
    let before = authority.server.asked("/tsa");
    let mut asking = ask(&gateway);
    until("asked", &gateway, || {
        (authority.server.asked("/tsa") > before).then_some(())
    });
    let began = Instant::now();
    gateway.stop();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let _ = asking.wait();
    let (_, view) = check(&gateway, &[]);
    assert!(
        view["stamps"].as_array().is_some_and(|s| s.len() >= 4),
        "{view}"
    );
    assert!(
        found(&view).iter().all(|(state, _)| state == "good"),
        "{view}"
    );
    let offline = status(&gateway);
    assert_eq!(offline["last_stamp"]["state"], "good", "{offline}");
    assert!(offline["authority"].is_null());
}
