//! Receipts stand on their own: our command and OpenSSL accept a real one and refuse a forged one.

use crate::support::{Fault, Gateway, WORLD, block_on, bounded, draft, good, has};
use base64::Engine;
use lienthong::demo::units::UNITS;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

fn openssl(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new("openssl");
    command
        .args(arguments.split_whitespace())
        .current_dir(folder);
    bounded(command, Duration::from_secs(30))
}

#[test]
fn a_receipt_forged_with_a_transport_key_is_refused() {
    let gateway = Gateway::of_world();
    let office = gateway.office(2);
    let folder = tempfile::tempdir().expect("folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let made = draft(&WORLD.members[2], &[0], 1, 500, Fault::None);
    let sent = block_on(office.send(&made.envelope, &made.files))
        .expect("sent")
        .submitted;
    let der = base64::engine::general_purpose::STANDARD
        .decode(&sent.receipt.p7m)
        .expect("base64");
    std::fs::write(at("real.p7m"), &der).expect("written");
    let profile = gateway.at.profile(UNITS[2].code);
    let of_profile = |name: &str| profile.parent().unwrap().join(name).display().to_string();
    let ca = of_profile("receipt-ca.pem");
    good(&gateway.as_unit(2, &["receipt", "verify", &at("real.p7m"), "--ca", &ca]));
    if !has("openssl") {
        say!("left out: openssl is not installed");
        return;
    }
    let check = |file: &str| {
        let line = format!("cms -verify -inform DER -in {file} -CAfile {ca} -out {file}.json");
        openssl(folder.path(), &line)
    };
    let real = check("real.p7m");
    assert!(
        real.status.success(),
        "{}",
        String::from_utf8_lossy(&real.stderr)
    );
    let json = std::fs::read_to_string(at("real.p7m.json")).expect("content");
    assert!(json.contains(&sent.id), "{json}");
    // The same content, signed with the unit's transport key; once with the CA of transport
    // certificates inside.
    for (file, more) in [("forged.p7m", ""), ("forged2.p7m", "-certfile")] {
        let (cert, key) = (of_profile("client.pem"), of_profile("client.key"));
        let more = if more.is_empty() {
            String::new()
        } else {
            format!("{more} {}", of_profile("gateway-ca.pem"))
        };
        let line = format!(
            "cms -sign -binary -cades -nodetach -in real.p7m.json -signer {cert} -inkey {key} \
             {more} -outform DER -out {file}"
        );
        let signed = openssl(folder.path(), &line);
        assert!(
            signed.status.success(),
            "{}",
            String::from_utf8_lossy(&signed.stderr)
        );
        assert!(!check(file).status.success(), "openssl accepted {file}");
        let ours = gateway.as_unit(2, &["receipt", "verify", &at(file), "--ca", &ca]);
        assert!(
            !ours.status.success(),
            "{}",
            String::from_utf8_lossy(&ours.stdout)
        );
    }
    // One byte of the content changed.
    let mut altered = der;
    let place = altered
        .windows(6)
        .position(|w| w == b"schema")
        .expect("the content");
    altered[place] ^= 1;
    std::fs::write(at("altered.p7m"), &altered).expect("written");
    assert!(!check("altered.p7m").status.success());
    let ours = gateway.as_unit(2, &["receipt", "verify", &at("altered.p7m"), "--ca", &ca]);
    assert!(!ours.status.success());
}
