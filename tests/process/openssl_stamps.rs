//! openssl as the timestamp authority: what we ask is answered by another's code, and what that code
//! makes is taken by ours.

use crate::support::{bounded, good, has, now};
use lienthong::forge::pki::pem;
use lienthong::forge::{Key, KeyKind, RevocationList, Template, Validity};
use lienthong::model::Digest;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::timestamp::{Query, Refusal, judge_over, settle};
use lienthong::trust::validator::Validator;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

const SETTINGS: &str = "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ncrypto_device = builtin\n\
    signer_cert = tsa.pem\nsigner_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n\
    other_policies = 1.2.3.5\ndigests = sha256\ness_cert_id_alg = sha256\nordering = yes\n";

fn reply(folder: &Path, query: &[u8]) -> Vec<u8> {
    std::fs::write(folder.join("query.tsq"), query).expect("written");
    let mut command = Command::new("openssl");
    command
        .args(["ts", "-reply", "-config", "tsa.cnf", "-section", "t"])
        .args(["-queryfile", "query.tsq", "-out", "reply.tsr"])
        .current_dir(folder);
    let output: Output = bounded(command, Duration::from_secs(60));
    good(&output);
    std::fs::read(folder.join("reply.tsr")).expect("reply")
}

#[test]
fn openssl_answers_our_query_and_its_token_is_taken() {
    if !has("openssl") {
        say!("stamps: no openssl here, left out");
        return;
    }
    let validity = Validity::around(now());
    let root = Template::authority("Gốc", validity).self_signed();
    let root = root.expect("root");
    let key = Key::generate(KeyKind::P256).expect("key");
    let private = key.pem();
    let tsa = Template::stamper("Dấu của openssl", validity).key(key);
    let tsa = tsa.issued_by(&root).expect("authority");
    let list = RevocationList::complete(1, Validity::days(now(), 1, 7));
    let mut anchor = AnchorInput::ordinary("dau", root.der.clone());
    anchor.constraints.purposes.timestamping = true;
    let material = Material::new(MaterialInput {
        anchors: vec![anchor],
        crls: vec![list.signed_by(&root).expect("list").into()],
        ..MaterialInput::default()
    });
    let validator = Validator::new(Arc::new(material.expect("material")));

    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in [
        ("tsa.cnf", SETTINGS.to_owned()),
        ("serial", "01\n".to_owned()),
        ("tsa.key", private),
        ("tsa.pem", pem("CERTIFICATE", &tsa.der)),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let head = Digest::of(b"the head of a log");
    // A leading zero and a leading bit: both are easily got wrong.
    for first in [0x00, 0x7f, 0x80, 0xff] {
        let mut nonce = [7; 16];
        nonce[0] = first;
        let query = Query::new(head, nonce, None);
        let asked = now();
        let response = reply(folder.path(), &query.der());
        let token = query.token(&response).expect("an answer to our query");
        let report = judge_over(&validator, token, &head, now());
        let moment = settle(&report, asked).expect("it holds");
        // openssl gives whole seconds.
        assert!((moment.0 - asked.0).abs() < 5000, "{moment} {asked}");
        let stamp = report.stamp.expect("stamp");
        assert_eq!(stamp.policy, "1.2.3.4");
        let other = Query::new(head, [9; 16], None);
        assert_eq!(other.token(&response), Err(Refusal::OtherNonce));
    }
    // A policy that it has, and one that it has not (unacceptedPolicy).
    let policy = |last: u8| Query::new(head, [7; 16], Some(&[0x2a, 3, last]));
    let with = policy(5);
    let response = reply(folder.path(), &with.der());
    assert!(with.token(&response).is_ok());
    let without = policy(9);
    let response = reply(folder.path(), &without.der());
    let refused = Refusal::Rejected {
        status: 2,
        failures: vec![15],
    };
    assert_eq!(without.token(&response), Err(refused));
}
