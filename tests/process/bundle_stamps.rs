//! Evidence bundles under a timestamp authority over real HTTP: well, and silent.

use crate::stamps::{Authority, send};
use crate::support::{Gateway, bounded, good, program};
use lienthong::forge::server::Fault;
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
    let json = serde_json::from_str(&text).unwrap_or(Value::Null);
    (output.status.code(), json)
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
    assert_eq!(told["level"], "T-with-archive-timestamp", "{told}");
    assert_eq!(told["judgements"][0]["again"]["result"], "same", "{told}");
    // Anchors that prove no time.
    let none = folder.path().join("none");
    std::fs::create_dir_all(none.join("trust")).expect("folder");
    let (_, told) = verified(&gateway, &stamped, &none);
    assert_eq!(told["level"], "B-with-unproved-timestamps", "{told}");
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
