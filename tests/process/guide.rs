//! The integrator's guide, run as it stands: from an empty folder, with `curl`, `openssl` and `jq` alone.

use crate::support::{bounded, program};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const GUIDE: &str = include_str!("../../docs/integrators.md");

/// The blocks to be typed, but for the first, which starts the demo in another window.
fn blocks() -> Vec<&'static str> {
    let parts = GUIDE.split("```sh\n").skip(2);
    parts.filter_map(|part| part.split("```").next()).collect()
}

struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn demo(folder: &Path) -> Demo {
    let log = folder.join("demo.log");
    let child = Command::new(program())
        .args(["demo", "--lang", "en"])
        .current_dir(folder)
        .stdout(File::create(&log).expect("log"))
        .stderr(Stdio::null())
        .spawn();
    let demo = Demo(child.expect("started"));
    let until = Instant::now() + Duration::from_secs(180);
    while !std::fs::read_to_string(&log).is_ok_and(|said| said.contains("Ctrl-C")) {
        assert!(Instant::now() < until, "the demo is not up");
        std::thread::sleep(Duration::from_millis(100));
    }
    demo
}

#[test]
fn every_line_of_the_integrators_guide_does_what_it_says() {
    let there = |tool: &&str| Command::new(tool).arg("--version").output().is_ok();
    if !["bash", "curl", "jq", "openssl", "sha256sum"]
        .iter()
        .all(there)
    {
        say!("left out: the integrator's guide needs bash, curl, jq, openssl and sha256sum");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let _demo = demo(folder.path());
    let script = format!("set -euo pipefail\n{}", blocks().join("\n"));
    let mut bash = Command::new("bash");
    bash.args(["-c", &script])
        .current_dir(folder.path().join("lienthong-demo"));
    let output = bounded(bash, Duration::from_secs(120));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{errors}");
    for words in [
        "\"code\": \"H53.MAU.LC\"",
        "\"disposition\": \"accepted\"",
        "\"event\": \"offered\"",
        "Về dự toán quý I",
        "\"state\": \"accepted\"",
        "\"repeated\": false",
        "\"status\": 410",
        "\"code\": \"withdrawn\"",
        "\"status\": \"agreed\"",
        "\"sub_indication\": \"HASH_FAILURE\"",
        "\"code\": \"impossible_move\"",
    ] {
        assert!(said.contains(words), "{words} is not in:\n{said}\n{errors}");
    }
    let digests: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()))
        .collect();
    assert!(
        digests.len() == 2 && digests[0] == digests[1],
        "{digests:?}"
    );
}
