//! Registers are handed in to the real binary under SIGKILL: afterwards each is there whole or not at all, and handing it
//! in again says which.

use crate::support::{Gateway, WORLD, good, now};
use lienthong::model::LocalDay;
use serde_json::Value;
use std::fmt::Write;
use std::time::Duration;

const UNIT: usize = 0;
const ROWS: i64 = 6_000;

fn day(before: i32) -> String {
    let today = now().local_day();
    let day = LocalDay::from_number(today.number() - before).expect("a day");
    day.to_string()
}

fn asked(gateway: &Gateway, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let out = good(&gateway.as_administrator(&all));
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{out}: {e}"))
}

/// What the figures and the list say of a day's register.
fn known(gateway: &Gateway, unit: &str, day: &str) -> (i64, i64, usize) {
    let rates = asked(gateway, &["rates", "--period", day, "--unit", unit]);
    let count = |name: &str| rates["units"][0]["counts"][name].as_i64().unwrap_or(0);
    let list = gateway.as_administrator(&[
        "register", "list", "--unit", unit, "--period", day, "--json",
    ]);
    let list = good(&list).lines().count();
    (count("paper_only"), count("register_days"), list)
}

#[test]
fn a_kill_leaves_a_register_whole_or_not_there() {
    let mut gateway = Gateway::of_world();
    let unit = WORLD.members[UNIT].unit.code.to_string();
    let folder = tempfile::tempdir().expect("folder");
    let (mut whole, mut nothing) = (0, 0);
    for round in 0..10_u64 {
        let day = day(30 + i32::try_from(round).expect("few"));
        let mut text = "Số;Ký hiệu;Ngày\n".to_owned();
        for number in 1..=ROWS {
            writeln!(text, "{number};LAN{round}-VP;{day}").expect("text");
        }
        let path = folder.path().join(format!("{round}.csv"));
        std::fs::write(&path, text).expect("written");
        let file = path.display().to_string();
        let hand_in = [
            "register", "import", &file, "--unit", &unit, "--from", &day, "--to", &day,
        ];
        std::thread::scope(|scope| {
            let import = scope.spawn(|| gateway.as_administrator(&hand_in));
            // From before the request arrives to after the answer.
            std::thread::sleep(Duration::from_millis(20 + 50 * round));
            let id = gateway.process().to_string();
            let killed = std::process::Command::new("kill")
                .args(["-9", &id])
                .status();
            assert!(killed.expect("kill").success());
            let _ = import.join().expect("ended");
        });
        gateway.kill();
        gateway.up();
        let found = known(&gateway, &unit, &day);
        let before = found != (0, 0, 0);
        assert!(!before || found == (ROWS, 1, 1), "round {round}: {found:?}");
        let done = asked(&gateway, &hand_in);
        let repeated = done["register"]["repeated"].as_bool().unwrap_or(false);
        assert_eq!(repeated, before, "round {round}");
        assert_eq!(known(&gateway, &unit, &day), (ROWS, 1, 1), "round {round}");
        match before {
            true => whole += 1,
            false => nothing += 1,
        }
    }
    say!("killed while a register was handed in: {whole} were there whole, {nothing} not at all");
    good(&gateway.as_administrator(&["recount"]));
}
