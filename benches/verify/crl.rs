//! Half a million entries: the first look-up in a list that was never seen (read, indexed, hashed,
//! its signature checked, and a signer's whole path with it) and those after it.

use crate::{NOW, Row, on_cpu};
use bytes::Bytes;
use lienthong::forge::crl::many;
use lienthong::forge::{Entity, Key, KeyKind, RevocationList, Template, Validity};
use lienthong::format::asn1::read::Reader;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments};
use lienthong::trust::revocation::crl::Crl;
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ENTRIES: u32 = 500_000;
const ROUNDS: usize = 5;

pub(crate) fn rows() -> Vec<Row> {
    let key = Key::generate(KeyKind::Rsa2048).expect("key");
    let template = Template::authority("CA", Validity::around(NOW)).key(key);
    let ca = template.self_signed().expect("ca");
    let random = many(ENTRIES, NOW);
    let mut entries: Vec<&[u8]> = random.chunks(random.len() / ENTRIES as usize).collect();
    entries.sort_unstable();
    let sorted = entries.concat();
    let mut rows = Vec::new();
    for (order, encoded) in [("random", &random), ("sorted", &sorted)] {
        rows.extend(list(order, encoded, &ca));
    }
    rows
}

fn list(order: &str, encoded: &[u8], ca: &Entity) -> [Row; 4] {
    let list = RevocationList {
        encoded: encoded.to_vec(),
        ..RevocationList::complete(1, Validity::days(NOW, 1, 6))
    };
    let der = Bytes::from(list.signed_by(ca).expect("list"));
    let step = encoded.len() / ENTRIES as usize;
    let serials: Vec<&[u8]> = encoded
        .chunks(step)
        .step_by(997)
        .map(|entry| Reader::new(entry).any().expect("entry"))
        .map(|entry| entry.reader().any().expect("serial").content)
        .collect();
    let signature = signature(&der, ca);
    let read = || Crl::parse(der.clone()).expect("list");
    let crl = read();
    let signer = Template::signer("Signer", Validity::around(NOW));
    let signer = signer.issued_by(ca).expect("signer");
    let first = || assert!(passes(&signer, ca, der.clone()));
    let later = || assert!(serials.iter().all(|serial| listed(&crl, serial)));
    let row = |what: &str, took: Duration| Row {
        name: format!("CRL of 500,000, {order}: {what}"),
        bytes: der.len(),
        per_second: 1.0 / took.as_secs_f64(),
        micros: took.as_secs_f64() * 1e6,
    };
    let each = u32::try_from(serials.len()).expect("few");
    [
        row("read and indexed", best(|| drop(black_box(read())))),
        row(
            "its signature alone, by ring",
            best(|| assert!(signature())),
        ),
        row("first look-up", best(first)),
        row("later look-up", best(later) / each),
    ]
}

fn listed(crl: &Crl, serial: &[u8]) -> bool {
    let entry = crl.entry(serial, crl.issuer_name());
    black_box(entry.expect("entry")).is_some()
}

/// Whether a signer's path passes with a list that nobody has seen.
fn passes(signer: &Entity, ca: &Entity, list: Bytes) -> bool {
    let input = MaterialInput {
        anchors: vec![AnchorInput::ordinary("bench", ca.der.clone())],
        crls: vec![list],
        ..MaterialInput::default()
    };
    let validator = Validator::new(Arc::new(Material::new(input).expect("material")));
    let (nothing, moments) = (SuppliedDer::default(), Moments::at(NOW));
    let found = validator.judge_path(&signer.der, &nothing, &Demands::document(), moments);
    found.expect("certificate").problem().is_none()
}

/// The check of the list's signature, alone.
fn signature<'a>(der: &'a [u8], ca: &Entity) -> impl Fn() -> bool + 'a {
    let mut list = Reader::new(der).any().expect("list").reader();
    let tbs = list.any().expect("tbs").full;
    list.any().expect("algorithm");
    let value = &list.any().expect("signature").content[1..];
    let mut key = Reader::new(ca.key.spki()).any().expect("key").reader();
    key.any().expect("algorithm");
    let key = key.any().expect("bits").content[1..].to_vec();
    move || {
        let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
        let key = ring::signature::UnparsedPublicKey::new(algorithm, &key);
        key.verify(tbs, value).is_ok()
    }
}

/// The shortest mean of some rounds, on a CPU where that is known: the scheduler counts that time
/// only every few milliseconds, so a round is long.
fn best(work: impl Fn()) -> Duration {
    let round = |_| {
        let (start, busy, mut times) = (Instant::now(), on_cpu(), 0u32);
        while start.elapsed() < Duration::from_millis(300) {
            work();
            times += 1;
        }
        let took = match (busy, on_cpu()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => start.elapsed(),
        };
        took / times
    };
    (0..ROUNDS).map(round).min().expect("rounds")
}
