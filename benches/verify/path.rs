//! A chain of three RSA-2048 certificates with the CRLs of both authorities: the bare signature checks
//! that it needs, the whole of RFC 5280 §6 cold and remembered, and the same chain by rustls-webpki and
//! `openssl verify`.

use crate::{NOW, ROUNDS, Row};
use bytes::Bytes;
use lienthong::forge::{Entity, Key, KeyKind, RevocationList, Template, Validity};
use lienthong::format::asn1::read::Reader;
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::path::{Demands, Moments, Purpose};
use lienthong::trust::validator::{SuppliedDer, Validator};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Signers, all different, so that nothing is remembered by accident.
const SIGNERS: usize = 200;

struct Chain {
    root: Entity,
    ca: Entity,
    signers: Vec<Entity>,
    crls: [Vec<u8>; 2],
}

impl Chain {
    fn new() -> Self {
        let good = Validity::around(NOW);
        let key = || Key::generate(KeyKind::Rsa2048).expect("key");
        let root = Template::authority("Root", good)
            .key(key())
            .self_signed()
            .expect("root");
        let ca = Template::authority("CA", good)
            .key(key())
            .issued_by(&root)
            .expect("ca");
        let shared = key();
        let signer = |n: usize| {
            let template = Template::signer(&format!("Signer {n}"), good).key(shared.clone());
            template.issued_by(&ca).expect("signer")
        };
        let crl = |of: &Entity| {
            let list = RevocationList::complete(1, Validity::days(NOW, 1, 6));
            list.signed_by(of).expect("crl")
        };
        Self {
            crls: [crl(&root), crl(&ca)],
            signers: (0..SIGNERS).map(signer).collect(),
            root,
            ca,
        }
    }

    fn material(&self) -> Arc<Material> {
        let input = MaterialInput {
            anchors: vec![AnchorInput::ordinary("bench", self.root.der.clone())],
            crls: self.crls.iter().cloned().map(Bytes::from).collect(),
            ..MaterialInput::default()
        };
        Arc::new(Material::new(input).expect("material"))
    }
}

/// What is signed, and the value, of a certificate or a list.
fn parts(der: &[u8]) -> (&[u8], &[u8]) {
    let mut outer = Reader::new(der).any().expect("object").reader();
    let tbs = outer.any().expect("signed").full;
    outer.any().expect("algorithm");
    (tbs, &outer.any().expect("value").content[1..])
}

fn raw_key(spki: &[u8]) -> Vec<u8> {
    let mut fields = Reader::new(spki).any().expect("key").reader();
    fields.any().expect("algorithm");
    fields.any().expect("bits").content[1..].to_vec()
}

pub(crate) fn rows() -> Vec<Row> {
    let chain = Chain::new();
    let ((bare, cold), ratio) = bare_and_cold(&chain);
    let warm = warm(&chain);
    let mut rows = vec![
        row("chain of 3, RSA-2048: 4 bare signature checks", bare),
        row("chain of 3, RSA-2048: whole, cold", cold),
        row("chain of 3, RSA-2048: whole, remembered", warm),
        row("chain of 3, RSA-2048: rustls-webpki", webpki(&chain)),
    ];
    rows.extend(openssl(&chain).map(|took| row("chain of 3, RSA-2048: openssl verify", took)));
    println!("cold chain of three to its bare signature checks, pair by pair, median: {ratio:.2}");
    rows
}

fn row(name: &str, took: Duration) -> Row {
    Row {
        name: name.to_owned(),
        bytes: 0,
        per_second: 1.0 / took.as_secs_f64(),
        micros: took.as_secs_f64() * 1e6,
    }
}

/// The best mean over all signers of some rounds.
fn best(mut round: impl FnMut()) -> Duration {
    let best = (0..ROUNDS * 4).map(|_| timed(&mut round)).min();
    best.expect("rounds")
}

/// The mean over all signers of one round.
fn timed(round: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    round();
    start.elapsed() / u32::try_from(SIGNERS).expect("few")
}

/// Both in turn, so that a machine that slows down does so to both: the best of each, and the median of
/// the ratios pair by pair.
fn bare_and_cold(chain: &Chain) -> ((Duration, Duration), f64) {
    let mut bare = bare(chain);
    let mut cold = cold(chain);
    let pairs: Vec<(Duration, Duration)> = (0..ROUNDS * 4)
        .map(|_| (timed(&mut bare), timed(&mut cold)))
        .collect();
    let ratio = |(bare, cold): &(Duration, Duration)| cold.as_secs_f64() / bare.as_secs_f64();
    let mut ratios: Vec<f64> = pairs.iter().map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let least = |of: fn(&(Duration, Duration)) -> Duration| pairs.iter().map(of).min();
    let best = (least(|p| p.0), least(|p| p.1));
    let best = (best.0.expect("rounds"), best.1.expect("rounds"));
    (best, ratios[ratios.len() / 2])
}

fn bare(chain: &Chain) -> impl FnMut() + '_ {
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    let (root, ca) = (raw_key(chain.root.key.spki()), raw_key(chain.ca.key.spki()));
    let check = move |key: &[u8], der: &[u8]| {
        let (message, value) = parts(der);
        let key = ring::signature::UnparsedPublicKey::new(algorithm, key);
        key.verify(message, value).expect("signature");
    };
    move || {
        for signer in &chain.signers {
            check(&ca, &signer.der);
            check(&root, &chain.ca.der);
            check(&root, &chain.crls[0]);
            check(&ca, &chain.crls[1]);
        }
    }
}

/// Each signer with a validator that remembers nothing.
fn cold(chain: &Chain) -> impl FnMut() + '_ {
    let material = chain.material();
    let fresh: Vec<Validator> = (0..SIGNERS * ROUNDS * 4)
        .map(|_| Validator::new(Arc::clone(&material)))
        .collect();
    let mut fresh = fresh.into_iter();
    let demands = Demands::document();
    move || {
        let supplied = supplied(chain);
        for signer in &chain.signers {
            let validator = fresh.next().expect("enough");
            let found = validator.judge_path(&signer.der, &supplied, &demands, Moments::at(NOW));
            assert!(found.expect("certificate").problem().is_none());
        }
    }
}

fn warm(chain: &Chain) -> Duration {
    let (validator, moments) = (Validator::new(chain.material()), Moments::at(NOW));
    let supplied = supplied(chain);
    best(|| {
        for signer in &chain.signers {
            let found = validator.path_of(&signer.der, &supplied, Purpose::Document, moments);
            assert!(black_box(found.expect("certificate")).problem().is_none());
        }
    })
}

fn supplied(chain: &Chain) -> SuppliedDer<'_> {
    SuppliedDer {
        certificates: vec![chain.ca.der.as_slice()],
        ..SuppliedDer::default()
    }
}

fn webpki(chain: &Chain) -> Duration {
    use webpki::{
        BorrowedCertRevocationList, CertRevocationList, EndEntityCert, KeyUsage,
        RevocationOptionsBuilder, anchor_from_trusted_cert,
    };
    let root = chain.root.der.as_slice().into();
    let anchors = [anchor_from_trusted_cert(&root).expect("anchor")];
    let lists: Vec<CertRevocationList<'_>> = chain
        .crls
        .iter()
        .map(|der| {
            BorrowedCertRevocationList::from_der(der)
                .expect("list")
                .into()
        })
        .collect();
    let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
    let between = [chain.ca.der.as_slice().into()];
    let moment = Duration::from_secs(u64::try_from(NOW.secs()).expect("after 1970"));
    let at = rustls_pki_types::UnixTime::since_unix_epoch(moment);
    best(|| {
        for signer in &chain.signers {
            let der = signer.der.as_slice().into();
            let end = EndEntityCert::try_from(&der).expect("certificate");
            let options = RevocationOptionsBuilder::new(&lists)
                .expect("lists")
                .build();
            end.verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &between,
                at,
                KeyUsage::client_auth(),
                Some(options),
                None,
            )
            .expect("valid");
        }
    })
}

/// All signers in one process, its start included; `None` without the tool.
fn openssl(chain: &Chain) -> Option<Duration> {
    let folder = tempfile::tempdir().expect("folder");
    let write = |name: &str, label: &str, der: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem(label, der)).expect("written");
        path
    };
    let root = write("root.pem", "CERTIFICATE", &chain.root.der);
    let ca = write("ca.pem", "CERTIFICATE", &chain.ca.der);
    let lists = [
        write("root.crl", "X509 CRL", &chain.crls[0]),
        write("ca.crl", "X509 CRL", &chain.crls[1]),
    ];
    let signers = chain.signers.iter().enumerate();
    let signers: Vec<_> = signers
        .map(|(n, s)| write(&format!("{n}.pem"), "CERTIFICATE", &s.der))
        .collect();
    let run = |signers: &[std::path::PathBuf]| {
        let mut command = Command::new("openssl");
        command.args([
            "verify",
            "-crl_check_all",
            "-attime",
            &NOW.secs().to_string(),
        ]);
        command.arg("-CAfile").arg(&root).arg("-untrusted").arg(&ca);
        for list in &lists {
            command.arg("-CRLfile").arg(list as &Path);
        }
        command.args(signers).output().ok()
    };
    let good = run(&signers[..1])?;
    assert!(good.status.success(), "{good:?}");
    Some(best(|| {
        assert!(run(&signers).is_some_and(|o| o.status.success()))
    }))
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|l| std::str::from_utf8(l).expect("text"))
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
