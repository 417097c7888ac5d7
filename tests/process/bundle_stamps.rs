//! Evidence bundles under a timestamp authority over real HTTP: well, and silent.

use crate::stamps::{Authority, send};
use crate::support::{Gateway, bounded, good, has, program};
use lienthong::forge::server::Fault;
use lienthong::format::content::Memory;
use lienthong::format::zip::write::Writer;
use lienthong::format::zip::{Archive, Method};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the program alone says of a bundle, under the installation's receipt CA and anchors.
fn verified(gateway: &Gateway, bundle: &Path, trust: &Path) -> (Option<i32>, Value) {
    let mut command = Command::new(program());
    command
        .args(["receipt", "verify", "--json", "--ca"])
        .arg(gateway.at.home.join("certs/own/receipt-ca.pem"))
        .arg(bundle)
        .arg("--trust")
        .arg(trust)
        .stdin(Stdio::null());
    let output = bounded(command, Duration::from_secs(60));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let json = serde_json::from_str(&text).unwrap_or_else(|_| {
        // Refused: why, for whoever reads a failure of this test.
        Value::from(String::from_utf8_lossy(&output.stderr).into_owned())
    });
    (output.status.code(), json)
}

/// What EU DSS says of a bundle, where `tests/oracle/run` has put it: signature and timestamps intact, the chain
/// up to the receipt CA; and of the bundle with one file changed, that it is not.
fn opened_by_dss(gateway: &Gateway, bundle: &Path) {
    let dss = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle/dss");
    if !dss.join("Judge.class").exists() || !has("java") {
        say!("bundle: left out: EU DSS is not in target/oracle/dss (tests/oracle/run fetches it)");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let anchors = folder.path().join("anchors");
    std::fs::create_dir_all(&anchors).expect("folder");
    let ca = gateway.at.home.join("certs/own/receipt-ca.pem");
    std::fs::copy(ca, anchors.join("0")).expect("copied");
    let altered = folder.path().join("altered.asice");
    std::fs::write(&altered, repacked(bundle, &[], "README.txt")).expect("written");
    let line = |n, file: &Path| format!("{n}\t{}\t\t\t{}\t\t\n", file.display(), anchors.display());
    let jobs = [line(1, bundle), line(2, &altered)].concat();
    let input = folder.path().join("jobs");
    std::fs::write(&input, jobs).expect("written");
    let mut command = Command::new("java");
    let path = format!("{0}/lib/*:{0}", dss.display());
    command
        .args(["-Xmx512m", "-cp", &path, "Judge"])
        .stdin(std::fs::File::open(&input).expect("jobs"));
    let output = bounded(command, Duration::from_secs(120));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    say!("bundle: EU DSS: {said}");
    let of = |n: &str| {
        said.lines()
            .find(|line| line.starts_with(n))
            .unwrap_or_default()
    };
    let good = of("1\t");
    assert!(good.contains("TOTAL_PASSED"), "{said}");
    for wrong in [
        "fault",
        "not-intact",
        "not-valid",
        "FAILED",
        "NO_CERTIFICATE_CHAIN",
    ] {
        assert!(!good.contains(wrong), "{said}");
    }
    assert!(of("2\t").contains("FAILED"), "{said}");
}

/// The bundle packed as before, without some of its files and with another octet behind one.
fn repacked(bundle: &Path, without: &[&str], longer: &str) -> Vec<u8> {
    let bytes = std::fs::read(bundle).expect("bundle");
    let content = Memory::new(bytes.into());
    let archive = Archive::read(&content).expect("archive");
    let mut writer = Writer::new();
    let left = |name: &str| !without.contains(&name);
    for entry in archive.entries().iter().filter(|e| left(&e.name)) {
        let mut bytes = archive.unpack(entry, 1 << 20).expect("file");
        if entry.name == longer {
            bytes.push(b'!');
        }
        let added = writer.add(&entry.name, &bytes, Method::Stored);
        added.expect("added");
    }
    writer.finish().expect("archive")
}

#[test]
fn a_bundle_is_stamped_as_far_as_the_authority_goes_along() {
    let authority = Authority::start();
    let folder = tempfile::tempdir().expect("folder");
    let mut gateway = authority.installed(&folder.path().join("home"), 3);
    gateway.up();
    let (id, _) = send(&gateway, 1);
    let fetch = |name: &str| {
        let to = folder.path().join(name);
        let path = to.display().to_string();
        good(&gateway.as_unit(2, &["evidence", &id, "--bundle", &path]));
        to
    };
    let stamped = fetch("stamped.asice");
    // The anchors alone: what else the timestamps need came with the bundle.
    let trust = folder.path().join("trust-only");
    std::fs::create_dir_all(&trust).expect("folder");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(gateway.at.home.join("certs/trust"))
        .arg(&trust)
        .status();
    assert!(copied.expect("cp").success());
    let (code, told) = verified(&gateway, &stamped, &trust);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told["level"], "LTA", "{told}");
    assert_eq!(told["judgements"][0]["again"]["result"], "same", "{told}");
    opened_by_dss(&gateway, &stamped);
    // Without the list of the last timestamp, and without that itself, it is what is left.
    let part = folder.path().join("part.asice");
    let left_out = ["META-INF/ASiCArchiveManifest.xml", "META-INF/timestamp.tst"];
    std::fs::write(&part, repacked(&stamped, &left_out, "")).expect("written");
    let (code, told) = verified(&gateway, &part, &trust);
    assert_eq!(
        (code, &told["level"]),
        (Some(0), &Value::from("T")),
        "{told}"
    );
    // Anchors that prove no time.
    let none = folder.path().join("none");
    std::fs::create_dir_all(none.join("trust")).expect("folder");
    let (_, told) = verified(&gateway, &stamped, &none);
    assert_eq!(told["level"], "B-with-unproved-timestamps", "{told}");
    // With a timestamp of the log as well: over a record whose receipt is not here, which is said.
    good(&gateway.as_administrator(&["stamps", "now"]));
    let (code, told) = verified(&gateway, &fetch("log.asice"), &trust);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(told["stamp"]["direct"], false, "{told}");
    // The anchors alone prove that one too: its lists came with the bundle.
    assert!(told["stamp"]["moment"].is_string(), "{told}");
    // Silent: the bundle comes all the same, and says what it lacks.
    authority.server.fault("/tsa", Some(Fault::Status(503)));
    let plain = fetch("plain.asice");
    let (code, told) = verified(&gateway, &plain, &trust);
    assert_eq!(
        (code, &told["level"]),
        (Some(0), &Value::from("B")),
        "{told}"
    );
    // Nothing of what is stamped can be exchanged.
    let mut bytes = std::fs::read(&stamped).expect("bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&stamped, bytes).expect("written");
    assert_eq!(verified(&gateway, &stamped, &trust).0, Some(1));
}
