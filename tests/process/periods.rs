//! Periods are closed, corrected and checked by the real binary: over the socket and on the store at rest, under SIGKILL,
//! and by an outsider who has nothing but the statement, the receipt CA and the events.

use crate::lives::uploads;
use crate::support::{Fault, Gateway, WORLD, block_on, draft, good, now, run};
use lienthong::client::progress::Progress;
use lienthong::model::LocalDay;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SENDER: usize = 0;
const RECIPIENT: usize = 7;

/// So many days ago: a day whose answers are due in any case, weekends and holidays in between.
fn day(before: i32) -> String {
    let today = now().local_day();
    LocalDay::from_number(today.number() - before)
        .expect("a day")
        .to_string()
}

/// Sends a document of its own, promulgated on that day.
fn send(gateway: &Gateway, number: u64, promulgated: &str) {
    let made = draft(
        &WORLD.members[SENDER],
        &[RECIPIENT],
        number,
        300,
        Fault::None,
    );
    let mut envelope: Value = serde_json::from_slice(&made.envelope).expect("JSON");
    envelope["promulgated"] = promulgated.into();
    let (office, files, silent) = (gateway.office(SENDER), uploads(&made), Progress::silent());
    let envelope = envelope.to_string().into_bytes();
    let sent = block_on(office.client.send(&envelope, &files, None, &silent)).expect("sent");
    assert_eq!(sent.submitted.disposition, "accepted");
}

fn asked(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let out = good(&gateway.as_administrator(&all));
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{out}: {e}"))
}

fn offered(rates: &Value) -> i64 {
    let units = rates["units"].as_array().expect("units").iter();
    units
        .map(|unit| unit["counts"]["offered"].as_i64().unwrap_or(0))
        .sum()
}

/// A folder with what an outsider has: the receipt CA, and what else is put there.
struct Outside(tempfile::TempDir);

impl Outside {
    fn new(gateway: &Gateway) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let own = gateway.at.home.join("certs/own/receipt-ca.pem");
        std::fs::copy(&own, folder.path().join("ca.pem"))
            .unwrap_or_else(|e| panic!("{own:?}: {e}"));
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn verify(&self, statement: &Path, events: &Path) -> (Option<i32>, Value) {
        let (statement, events) = (
            statement.display().to_string(),
            events.display().to_string(),
        );
        let arguments = [
            "receipt", "verify", &statement, "--ca", "ca.pem", "--events", &events, "--json",
        ];
        let output = run(&arguments, self.0.path());
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.code(),
            serde_json::from_str(&out).unwrap_or_default(),
        )
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[allow(clippy::too_many_lines, reason = "one story from end to end")]
#[test]
fn a_period_is_closed_corrected_and_checked_without_the_gateway() {
    let mut gateway = Gateway::of_world();
    let month = day(40);
    send(&gateway, 1, &month);
    send(&gateway, 2, &month);
    let today = now().local_day().to_string();
    let running = gateway.as_administrator(&["period", "close", &today]);
    assert_eq!(running.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&running.stderr).contains("period_running"));
    let first = asked(&gateway, &["period", "close", &month]);
    assert_eq!(
        (&first["number"], &first["repeated"]),
        (&1.into(), &false.into())
    );
    let again = asked(&gateway, &["period", "close", &month]);
    assert_eq!(
        (&again["position"], &again["repeated"]),
        (&first["position"], &true.into())
    );
    let same = gateway.as_administrator(&["period", "correct", &month, "--reason", "vì"]);
    assert!(String::from_utf8_lossy(&same.stderr).contains("nothing_to_correct"));

    send(&gateway, 3, &month);
    let stated = asked(&gateway, &["rates", "--period", &month]);
    let live = asked(&gateway, &["rates", "--period", &month, "--live"]);
    assert_eq!((offered(&stated), offered(&live)), (2, 3));
    assert_eq!(stated["statement"]["number"], 1);
    let shown = asked(&gateway, &["period", "show", &month]);
    assert!(!shown["since"].as_array().expect("changes").is_empty());

    // At rest the same commands open the store themselves.
    gateway.stop();
    let second = asked(
        &gateway,
        &["period", "correct", &month, "--reason", "Gửi chậm"],
    );
    assert_eq!(
        (&second["number"], &second["corrects"]),
        (&2.into(), &first["statement_sha256"])
    );
    assert_eq!(offered(&asked(&gateway, &["rates", "--period", &month])), 3);
    good(&gateway.as_administrator(&["recount", "--period", &month]));
    let outside = Outside::new(&gateway);
    let (one, two) = (outside.path("1.p7m"), outside.path("2.p7m"));
    for (number, path) in [("1", &one), ("2", &two)] {
        let arguments = [
            "period",
            "show",
            &month,
            "--number",
            number,
            "--out",
            &text(path),
        ];
        good(&gateway.as_administrator(&arguments));
    }
    let events = outside.path("events.ndjson");
    gateway.up();
    good(&gateway.as_administrator(&["period", "export", "--out", &text(&events)]));
    for statement in [&one, &two] {
        let (code, report) = outside.verify(statement, &events);
        assert_eq!(
            (code, &report["events"]["verified"]),
            (Some(0), &true.into()),
            "{report}"
        );
    }
    // An event left out.
    let all = std::fs::read_to_string(&events).expect("events");
    let mut lines: Vec<&str> = all.lines().collect();
    lines.remove(2);
    let less = outside.path("less.ndjson");
    std::fs::write(&less, lines.join("\n")).expect("written");
    let (code, report) = outside.verify(&two, &less);
    assert_eq!(
        (code, &report["events"]["code"]),
        (Some(1), &"order".into()),
        "{report}"
    );
    // Another gateway's CA.
    std::fs::copy(
        gateway.at.home.join("certs/own/transport-ca.pem"),
        outside.path("ca.pem"),
    )
    .expect("copied");
    assert_eq!(outside.verify(&two, &events).0, Some(1));
}

/// Killed at any moment while it closes: afterwards a period is closed with a statement that is borne out, or it is not
/// closed at all and can be.
#[test]
fn a_kill_leaves_a_period_closed_or_open() {
    let mut gateway = Gateway::of_world();
    for number in 0..4 {
        send(
            &gateway,
            1 + number,
            &day(30 + i32::try_from(number % 2).unwrap()),
        );
    }
    let (mut closed, mut open) = (0, 0);
    for round in 0..8u64 {
        let period = day(30 + i32::try_from(round).unwrap());
        std::thread::scope(|scope| {
            let close = scope.spawn(|| gateway.as_administrator(&["period", "close", &period]));
            // From before the request arrives to after the answer.
            std::thread::sleep(Duration::from_millis(15 * round));
            let id = gateway.process().to_string();
            let killed = std::process::Command::new("kill")
                .args(["-9", &id])
                .status();
            assert!(killed.expect("kill").success());
            let _ = close.join().expect("ended");
        });
        gateway.kill();
        gateway.up();
        let known = gateway.as_administrator(&["period", "show", &period, "--json"]);
        let before = known.status.success();
        let done = asked(&gateway, &["period", "close", &period]);
        assert_eq!(done["repeated"], before, "round {round}");
        if before {
            closed += 1;
        } else {
            open += 1;
        }
    }
    say!("killed while closing: {closed} were closed, {open} were not");
    let outside = Outside::new(&gateway);
    let events = outside.path("events.ndjson");
    good(&gateway.as_administrator(&["period", "export", "--out", &text(&events)]));
    for round in 0..8 {
        let path = outside.path(&format!("{round}.p7m"));
        let arguments = ["period", "show", &day(30 + round), "--out", &text(&path)];
        good(&gateway.as_administrator(&arguments));
        let (code, report) = outside.verify(&path, &events);
        assert_eq!(code, Some(0), "{report}");
    }
    good(&gateway.as_administrator(&["recount"]));
}
