//! Keys, receipts and the certificates issued, checked with the `openssl` tool where there is one.

use super::files::{self, own};
use super::issue::{self, Authority, Validity};
use super::{KeyError, ReceiptKey};
use crate::model::{Timestamp, UnitCode};
use crate::seal::receipt::tests::sample;
use crate::seal::receipt::{ReceiptError, verify};
use crate::trust::certificate::Certificate;
use std::path::Path;
use std::process::{Command, Output};

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn openssl(folder: &Path, arguments: &str) -> Option<Output> {
    let run = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output();
    if run.is_err() {
        eprintln!("left out: there is no openssl tool here");
    }
    run.ok()
}

/// The documented command; the time is given because the certificates are of a fixed day.
const VERIFY: &str = "cms -verify -inform DER -in R.p7m -CAfile receipt-ca.pem -attime 1795000000";

#[test]
fn openssl_accepts_a_receipt_and_refuses_a_forged_one() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    files::create_own(folder, "Trục mẫu", &["localhost".into()], NOW).expect("keys");
    let key = ReceiptKey::load(folder).expect("key");
    let json = sample().to_json();
    let receipt = folder.join("R.p7m");
    std::fs::write(&receipt, key.seal(&json, NOW).expect("sealed")).expect("written");
    if let Some(output) = openssl(folder, VERIFY) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert_eq!(output.stdout, json, "printed as it was signed");
    }

    // A unit's transport key, and even one issued by mistake under the receipt CA.
    let unit = UnitCode::parse("H53.7").expect("code");
    let pinned = files::read_certificate(&folder.join(own::RECEIPT_CA)).expect("ca");
    let pinned = Certificate::parse(&pinned).expect("ca");
    for (ca, key, expected) in [
        (
            own::TRANSPORT_CA,
            own::TRANSPORT_CA_KEY,
            ReceiptError::OtherAuthority,
        ),
        (own::RECEIPT_CA, own::RECEIPT_CA_KEY, ReceiptError::Purpose),
    ] {
        let ca = Authority::new(&files::read_pair(folder, ca, key).expect("ca")).expect("ca");
        let client = issue::issue_client(&ca, &unit, Validity::years(NOW, 1)).expect("client");
        let forged = ReceiptKey::from_issued(&client)
            .expect("key")
            .seal(&json, NOW);
        let forged = forged.expect("sealed");
        assert_eq!(verify(&forged, &pinned), Err(expected));
        std::fs::write(&receipt, forged).expect("written");
        if let Some(output) = openssl(folder, VERIFY) {
            let accepted = output.status.success();
            assert!(!accepted, "openssl accepted a forged receipt");
        }
    }
}

#[test]
fn certificates_say_what_they_are_for() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    files::create_own(
        folder,
        "Trục mẫu",
        &["localhost".into(), "127.0.0.1".into()],
        NOW,
    )
    .expect("keys");
    let table = [
        (
            own::RECEIPT_CA,
            "CA:TRUE, pathlen:0",
            "Certificate Sign",
            None,
        ),
        (own::RECEIPT, "CA:FALSE", "Digital Signature", None),
        (
            own::TRANSPORT_CA,
            "CA:TRUE, pathlen:0",
            "Certificate Sign",
            None,
        ),
        (
            own::SERVER,
            "CA:FALSE",
            "Digital Signature",
            Some("TLS Web Server"),
        ),
    ];
    for (name, constraint, usage, extended) in table {
        let Some(output) = openssl(folder, &format!("x509 -noout -text -in {name}")) else {
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(constraint), "{name}: {text}");
        let line = text
            .lines()
            .skip_while(|l| !l.contains("X509v3 Key Usage"))
            .nth(1);
        assert_eq!(line.map(str::trim), Some(usage), "{name}");
        assert_eq!(
            text.contains("Extended Key Usage"),
            extended.is_some(),
            "{name}"
        );
        assert!(extended.is_none_or(|e| text.contains(e)), "{name}");
    }
}

#[test]
fn keys_are_private_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let names = ["localhost".to_owned()];
    files::create_own(folder, "a", &names, NOW).expect("keys");
    for key in [
        own::RECEIPT_CA_KEY,
        own::RECEIPT_KEY,
        own::TRANSPORT_CA_KEY,
        own::SERVER_KEY,
    ] {
        let mode = std::fs::metadata(folder.join(key))
            .expect("file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let again = files::create_own(folder, "a", &names, NOW);
    assert!(matches!(again, Err(KeyError::Exists(_))), "{again:?}");
    std::fs::copy(folder.join(own::SERVER_KEY), folder.join(own::RECEIPT_KEY)).expect("copied");
    let mixed = ReceiptKey::load(folder);
    assert!(matches!(mixed, Err(KeyError::Content { .. })), "{mixed:?}");
}

fn sealed() -> (tempfile::TempDir, Vec<u8>, Certificate) {
    let folder = tempfile::tempdir().expect("folder");
    files::create_own(folder.path(), "a", &["localhost".into()], NOW).expect("keys");
    let key = ReceiptKey::load(folder.path()).expect("key");
    let receipt = key.seal(&sample().to_json(), NOW).expect("sealed");
    let ca = files::read_certificate(&folder.path().join(own::RECEIPT_CA)).expect("ca");
    (folder, receipt, Certificate::parse(&ca).expect("ca"))
}

#[test]
fn a_receipt_verifies_under_its_own_ca_only() {
    let (folder, receipt, ca) = sealed();
    assert_eq!(verify(&receipt, &ca), Ok(sample()));
    let (_other_folder, _, other) = sealed();
    assert_eq!(verify(&receipt, &other), Err(ReceiptError::OtherAuthority));
    // A receipt certificate pinned by mistake is no authority.
    let leaf = files::read_certificate(&folder.path().join(own::RECEIPT)).expect("certificate");
    let leaf = Certificate::parse(&leaf).expect("certificate");
    assert_eq!(verify(&receipt, &leaf), Err(ReceiptError::NotAnAuthority));
}

#[test]
fn no_flipped_cut_or_added_byte_passes() {
    let (_folder, receipt, ca) = sealed();
    for i in 0..receipt.len() {
        for bit in [1u8, 0x20, 0x80] {
            let mut changed = receipt.clone();
            changed[i] ^= bit;
            assert!(verify(&changed, &ca).is_err(), "byte {i} bit {bit:#x}");
        }
        assert!(verify(&receipt[..i], &ca).is_err(), "cut at {i}");
    }
    let longer = [receipt.as_slice(), &[0]].concat();
    assert!(verify(&longer, &ca).is_err());
}

#[test]
fn content_that_is_not_canonical_is_refused_though_signed() {
    let (folder, _, ca) = sealed();
    let key = ReceiptKey::load(folder.path()).expect("key");
    let json = String::from_utf8(sample().to_json()).expect("text");
    for (from, to) in [
        ("{\"at\"", "{ \"at\""),
        (",\"chain\"", ",\"at\":\"\",\"chain\""),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json);
        let receipt = key.seal(changed.as_bytes(), NOW).expect("sealed");
        let refused = verify(&receipt, &ca);
        assert!(matches!(refused, Err(ReceiptError::Json(_))), "{refused:?}");
    }
}

#[test]
#[ignore = "prints a figure: cargo test --release --lib receipts_per_second -- --ignored --nocapture"]
fn receipts_per_second() {
    let (folder, receipt, ca) = sealed();
    let key = ReceiptKey::load(folder.path()).expect("key");
    let json = sample().to_json();
    let time = |what: &str, work: &dyn Fn()| {
        let start = tokio::time::Instant::now();
        (0..2000).for_each(|_| work());
        println!(
            "{what}: {:.0} µs each",
            start.elapsed().as_secs_f64() * 1e6 / 2000.0
        );
    };
    time("sealed", &|| assert!(key.seal(&json, NOW).is_ok()));
    time("verified", &|| assert!(verify(&receipt, &ca).is_ok()));
}
