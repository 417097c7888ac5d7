//! OpenSSL reads and verifies what is made of certificates, CRLs, responses and tokens; where it is
//! not installed the tests say nothing.

use super::distribution::{Point, PointName, Scope, crl_points, freshest, reasons};
use super::extension::*;
use super::ocsp::{CertId, CertStatus, Hash, Response, Single};
use super::pki::pem;
use super::timestamp::{Query, Token, granted};
use super::*;
use crate::clock::{Clock, SystemClock};
use std::path::Path;
use std::process::Command;

fn openssl(dir: &Path, args: &str) -> Option<(bool, String)> {
    let args = args.split_whitespace();
    let out = Command::new("openssl").current_dir(dir).args(args).output();
    let out = out.ok()?;
    let text = [out.stdout, out.stderr].concat();
    Some((
        out.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}

fn put(dir: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(dir.join(name), bytes).expect("written");
}

struct World {
    root: Entity,
    ca: Entity,
    signer: Entity,
    now: crate::model::Timestamp,
    good: Validity,
}

fn world(kind: KeyKind) -> World {
    let now = SystemClock.now();
    let good = Validity::around(now);
    let key = |n| Key::shared(kind, n).expect("key");
    let root = Template::authority("Gốc", good).key(key(1));
    let root = root.self_signed().expect("root");
    let ca = Template::authority("Cấp phát", good).key(key(2));
    let ca = ca.issued_by(&root).expect("ca");
    let signer = Template::signer("Trần Thị An", good).key(key(3));
    World {
        signer: signer.issued_by(&ca).expect("signer"),
        root,
        ca,
        now,
        good,
    }
}

#[test]
fn every_kind_of_key_makes_a_path_with_lists() {
    let kinds = [
        KeyKind::P256,
        KeyKind::P384,
        KeyKind::Ed25519,
        KeyKind::Rsa2048,
    ];
    for kind in kinds {
        let world = world(kind);
        let dir = tempfile::tempdir().expect("folder");
        let dir = dir.path();
        let empty = RevocationList::complete(1, world.good);
        let listed = |serial: &[u8]| {
            let entry = Revoked::new(serial, world.now).reason(1);
            let list = empty.clone().revoke(entry);
            list.signed_by(&world.ca).expect("crl")
        };
        put(
            dir,
            "root.pem",
            pem("CERTIFICATE", &world.root.der).as_bytes(),
        );
        put(dir, "ca.pem", pem("CERTIFICATE", &world.ca.der).as_bytes());
        let signer = pem("CERTIFICATE", &world.signer.der);
        put(dir, "signer.pem", signer.as_bytes());
        let of_root = empty.signed_by(&world.root).expect("crl");
        for (serial, passes) in [(&[0x11][..], true), (&world.signer.serial, false)] {
            let lists = pem("X509 CRL", &of_root) + &pem("X509 CRL", &listed(serial));
            put(dir, "lists.pem", lists.as_bytes());
            let args = "verify -x509_strict -crl_check_all -CAfile root.pem -CRLfile lists.pem \
                        -untrusted ca.pem signer.pem";
            let Some((ok, said)) = openssl(dir, args) else {
                return;
            };
            assert_eq!(ok, passes, "{kind:?}: {said}");
            assert!(passes || said.contains("revoked"), "{said}");
        }
    }
}

#[test]
fn schemes_that_ring_does_not_make() {
    let now = SystemClock.now();
    let good = Validity::around(now);
    let dir = tempfile::tempdir().expect("folder");
    for (kind, scheme, name) in [
        (KeyKind::Rsa1024, Scheme::RsaSha1, "sha1WithRSAEncryption"),
        (
            KeyKind::Rsa1024,
            Scheme::RsaSha256,
            "sha256WithRSAEncryption",
        ),
        (KeyKind::Rsa2048, Scheme::RsaSha1, "sha1WithRSAEncryption"),
        (
            KeyKind::Rsa2048,
            Scheme::RsaSha512,
            "sha512WithRSAEncryption",
        ),
        (KeyKind::Rsa2048, Scheme::PssSha256, "rsassaPss"),
        (KeyKind::Rsa2048, Scheme::PssSha384, "rsassaPss"),
    ] {
        let key = Key::shared(kind, 1).expect("key");
        let mut template = Template::authority("Gốc", good).key(key);
        template.scheme = Some(scheme);
        let root = template.self_signed().expect("root");
        put(
            dir.path(),
            "root.pem",
            pem("CERTIFICATE", &root.der).as_bytes(),
        );
        let args = "verify -auth_level 0 -check_ss_sig -CAfile root.pem root.pem";
        let Some((ok, said)) = openssl(dir.path(), args) else {
            return;
        };
        assert!(ok, "{kind:?} {scheme:?}: {said}");
        let (_, text) = openssl(dir.path(), "x509 -in root.pem -noout -text").expect("openssl");
        assert!(text.contains(name), "{text}");
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one certificate with everything")]
fn every_extension_is_read() {
    let world = world(KeyKind::P256);
    let names = [
        GeneralName::Other(
            "1.3.6.1.4.1.311.20.2.3".into(),
            der::text(der::UTF8, "an@vn"),
        ),
        GeneralName::mail("an@longcang.vn"),
        GeneralName::dns("longcang.vn"),
        GeneralName::Directory(Name::of("Khác")),
        GeneralName::uri("http://longcang.vn/"),
        GeneralName::Ip(vec![127, 0, 0, 1]),
        GeneralName::Registered("1.2.3.4".into()),
    ];
    let relative = name::relative(&[(name::COMMON, der::text(der::UTF8, "phần 1"))]);
    let point = Point {
        name: Some(PointName::Relative(relative)),
        reasons: Some(vec![reasons::KEY_COMPROMISE, reasons::AA_COMPROMISE]),
        issuer: Some(Name::of("Người phát")),
    };
    let any = id::ANY_POLICY;
    let policies = [
        ("1.2.3.5", vec![cps("http://cps/"), notice("Chú ý")]),
        (any, vec![]),
    ];
    let template = Template::authority("Đủ thứ", world.good)
        .with(basic_constraints(true, Some(3)))
        .with(extended_key_usage(&[
            id::DOCUMENT_SIGNING,
            id::TIME_STAMPING,
        ]))
        .with(subject_alt_name(&names))
        .with(name_constraints(
            &[
                GeneralName::dns("vn"),
                GeneralName::Directory(Name::of("X")),
            ],
            &[GeneralName::Ip(vec![10, 0, 0, 0, 255, 0, 0, 0])],
        ))
        .with(policies_with(&policies))
        .with(policy_mappings(&[("1.2.3.5", "1.2.3.6")]))
        .with(policy_constraints(Some(0), Some(2)))
        .with(inhibit_any_policy(1))
        .with(crl_points(&[Point::uri("http://a/x.crl"), point]))
        .with(freshest(&[Point::uri("http://a/d.crl")]))
        .with(authority_access(&["http://a/ocsp"], &["http://a/ca.cer"]))
        .with(ocsp_no_check())
        .with(Extension::raw("1.2.3.4.5", true, vec![1, 2, 3]));
    let made = template.issued_by(&world.root).expect("issued");
    let dir = tempfile::tempdir().expect("folder");
    put(dir.path(), "c.der", &made.der);
    let Some((ok, text)) = openssl(dir.path(), "x509 -in c.der -noout -text") else {
        return;
    };
    assert!(ok, "{text}");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "CA:TRUE, pathlen:3",
        "Certificate Sign, CRL Sign",
        "email:an@longcang.vn, DNS:longcang.vn",
        "IP Address:127.0.0.1, Registered ID:1.2.3.4",
        "DNS:vn",
        "IP:10.0.0.0/255.0.0.0",
        "Policy: 1.2.3.5",
        "CPS: http://cps/",
        "Policy: X509v3 Any Policy",
        "1.2.3.5:1.2.3.6",
        "Require Explicit Policy:0, Inhibit Policy Mapping:2",
        "Inhibit Any Policy: critical 1 ",
        "URI:http://a/x.crl",
        "Key Compromise, AA Compromise",
        "Relative Name",
        "URI:http://a/d.crl",
        "OCSP - URI:http://a/ocsp",
        "CA Issuers - URI:http://a/ca.cer",
        "OCSP No Check",
        "1.2.3.4.5: critical",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
    let parsed = crate::trust::certificate::Certificate::parse(&made.der);
    assert_eq!(parsed.expect("parsed").serial(), made.serial);
}

#[test]
fn odd_certificates_are_written_as_asked() {
    let world = world(KeyKind::P256);
    let name = Name::empty()
        .with(name::COUNTRY, der::PRINTABLE, "VN")
        .with(name::ORGANIZATION, der::BMP, "Sở Tài chính")
        .with(name::UNIT, der::TELETEX, "caf\u{e9}")
        .with(name::COMMON, der::UNIVERSAL, "Đ");
    let first = Template::signer("cũ", world.good).version_1();
    let first = first.subject(name).serial(&[0xff, 0x01]);
    let made = first.issued_by(&world.ca).expect("issued");
    let dir = tempfile::tempdir().expect("folder");
    put(dir.path(), "c.der", &made.der);
    let args = "x509 -in c.der -noout -text -nameopt utf8";
    let Some((ok, text)) = openssl(dir.path(), args) else {
        return;
    };
    assert!(ok, "{text}");
    assert!(text.contains("Version: 1 (0x0)"), "{text}");
    assert!(text.contains("Sở Tài chính"), "{text}");
    assert!(text.contains("Serial Number: -255"), "{text}");
}

#[test]
fn lists_of_every_kind_are_read() {
    let world = world(KeyKind::P256);
    let scope = Scope {
        name: Some(PointName::uri("http://a/x.crl")),
        only_users: true,
        reasons: Some(vec![reasons::KEY_COMPROMISE]),
        indirect: true,
        ..Scope::ALL
    };
    let entry = Revoked::new(&[0x42], world.now)
        .reason(6)
        .with(invalidity_date(world.now))
        .with(certificate_issuer(&Name::of("Khác")));
    let list = RevocationList::delta(9, 7, world.good)
        .scope(&scope)
        .with(freshest(&[Point::uri("http://a/d.crl")]))
        .with(expired_on_crl(world.now))
        .revoke(entry);
    let made = list.signed_by(&world.ca).expect("crl");
    let dir = tempfile::tempdir().expect("folder");
    put(dir.path(), "l.der", &made);
    put(
        dir.path(),
        "ca.pem",
        pem("CERTIFICATE", &world.ca.der).as_bytes(),
    );
    let args = "crl -in l.der -noout -text -CAfile ca.pem";
    let Some((ok, text)) = openssl(dir.path(), args) else {
        return;
    };
    assert!(ok && text.contains("verify OK"), "{text}");
    for wanted in [
        "Delta CRL Indicator: critical",
        "Issuing Distribution Point: critical",
        "Only User Certificates",
        "Indirect CRL",
        "Certificate Hold",
        "Invalidity Date",
        "Certificate Issuer: critical",
        "2.5.29.60",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
}

#[test]
fn a_long_list_is_made_of_many_entries() {
    let world = world(KeyKind::P256);
    let mut list = RevocationList::complete(1, world.good);
    list.encoded = crl::many(1000, world.now);
    let made = list.signed_by(&world.ca).expect("crl");
    let dir = tempfile::tempdir().expect("folder");
    put(dir.path(), "l.der", &made);
    put(
        dir.path(),
        "ca.pem",
        pem("CERTIFICATE", &world.ca.der).as_bytes(),
    );
    let args = "crl -in l.der -noout -text -CAfile ca.pem";
    let Some((ok, text)) = openssl(dir.path(), args) else {
        return;
    };
    assert!(ok && text.contains("verify OK"), "{text}");
    let mut serials: Vec<&str> = text
        .lines()
        .filter(|l| l.contains("Serial Number"))
        .collect();
    serials.sort_unstable();
    serials.dedup();
    assert_eq!(serials.len(), 1000);
    assert_eq!(text.matches("Key Compromise").count(), 1000);
}

#[test]
fn responses_of_issuer_and_delegate_verify() {
    let world = world(KeyKind::P256);
    let delegate = Template::responder("Trả lời", world.good);
    let delegate = delegate.issued_by(&world.ca).expect("responder");
    let stranger = Template::responder("Lạ", world.good);
    let stranger = stranger.issued_by(&world.signer).expect("stranger");
    let dir = tempfile::tempdir().expect("folder");
    let dir = dir.path();
    put(
        dir,
        "root.pem",
        pem("CERTIFICATE", &world.root.der).as_bytes(),
    );
    put(dir, "ca.pem", pem("CERTIFICATE", &world.ca.der).as_bytes());
    put(
        dir,
        "s.pem",
        pem("CERTIFICATE", &world.signer.der).as_bytes(),
    );
    let request = "ocsp -issuer ca.pem -cert s.pem -reqout q.der";
    let Some((ok, said)) = openssl(dir, request) else {
        return;
    };
    assert!(ok, "{said}");
    let query = std::fs::read(dir.join("q.der")).expect("query");
    let query = ocsp::Request::read(&query).expect("read");
    let serial = &world.signer.serial;
    let id = CertId::new(&world.ca, serial, Hash::Sha1);
    assert_eq!(query.ids, std::slice::from_ref(&id));
    let nonce = query.nonce.expect("nonce");
    for (status, word) in [
        (CertStatus::Good, "s.pem: good"),
        (CertStatus::Revoked(world.now, Some(1)), "s.pem: revoked"),
        (CertStatus::Unknown, "s.pem: unknown"),
    ] {
        let single = Single::new(id.clone(), status, world.now).cert_hash(&world.signer.der);
        let other = CertId::new(&world.ca, &[1], Hash::Sha256);
        let other = Single::new(other, CertStatus::Good, world.now);
        let response = Response::new(world.now, vec![other, single]).nonce(&nonce);
        for (by, verifies) in [(&world.ca, true), (&delegate, true), (&stranger, false)] {
            let mut response = response.clone().with_certificates(vec![by.der.clone()]);
            response.responder = ocsp::ResponderId::ByKey;
            put(dir, "r.der", &response.signed_by(by).expect("response"));
            let args = "ocsp -no_nonce -reqin q.der -respin r.der -issuer ca.pem -cert s.pem -CAfile \
                        root.pem -verify_other ca.pem";
            let (ok, said) = openssl(dir, args).expect("openssl");
            assert_eq!(said.contains("Response verify OK"), verifies, "{said}");
            assert!(!verifies || (ok && said.contains(word)), "{said}");
        }
    }
    put(dir, "e.der", &ocsp::error(ocsp::status::TRY_LATER));
    let (_, said) = openssl(dir, "ocsp -respin e.der").expect("openssl");
    assert!(said.contains("trylater (3)"), "{said}");
}

#[test]
fn tokens_verify() {
    let world = world(KeyKind::P256);
    let stamper = Template::stamper("Dấu thời gian", world.good);
    let stamper = stamper.issued_by(&world.ca).expect("stamper");
    let dir = tempfile::tempdir().expect("folder");
    let dir = dir.path();
    put(
        dir,
        "root.pem",
        pem("CERTIFICATE", &world.root.der).as_bytes(),
    );
    put(dir, "ca.pem", pem("CERTIFICATE", &world.ca.der).as_bytes());
    put(dir, "data", b"hello");
    let request = "ts -query -data data -sha256 -cert -out q.tsq";
    let Some((ok, said)) = openssl(dir, request) else {
        return;
    };
    assert!(ok, "{said}");
    let query = std::fs::read(dir.join("q.tsq")).expect("query");
    let query = Query::read(&query).expect("read");
    assert_eq!(query.imprint, Hash::Sha256.of(b"hello"));
    let good = query.token(world.now);
    let wrong = Token {
        imprint: Hash::Sha256.of(b"other"),
        ..good.clone()
    };
    for (token, by, verifies) in [
        (&good, &stamper, true),
        (&wrong, &stamper, false),
        (&good, &world.signer, false),
    ] {
        let token = token.signed_by(by).expect("token");
        put(dir, "r.tsr", &granted(&token));
        let args = "ts -verify -queryfile q.tsq -in r.tsr -CAfile root.pem -untrusted ca.pem";
        let (ok, said) = openssl(dir, args).expect("openssl");
        assert_eq!(ok, verifies, "{said}");
    }
    // A signature that carries a token over its value is still one.
    let signer = world.signer.identity().expect("identity");
    let stamp = |value: &[u8]| Token::of(value, world.now).signed_by(&stamper);
    let signed = signer.sign_stamped(b"hello", stamp).expect("signed");
    put(dir, "s.p7s", &signed);
    let args = "cms -verify -binary -cades -inform DER -in s.p7s -content data -CAfile root.pem \
                -purpose any -out out";
    let (ok, said) = openssl(dir, args).expect("openssl");
    assert!(ok, "{said}");
    put(dir, "no.tsr", &timestamp::rejected(2));
    let (_, said) = openssl(dir, "ts -reply -in no.tsr -text").expect("openssl");
    assert!(said.contains("Rejected"), "{said}");
}
