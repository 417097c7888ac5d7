//! What the built-in policies say of certain moments, and how rules combine.

use super::*;
use crate::trust::algorithms::{Curve, KeyFamily, PssScheme, SignatureFamily};
use DigestAlgorithm::{Md5, Sha1, Sha224, Sha256, Sha512};
use SignatureScheme::{Dsa, Ecdsa, Ed25519, RsaPkcs1};

fn at(day: &str) -> Timestamp {
    Timestamp::parse(&format!("{day}T00:00:00Z")).expect("day")
}

const fn rsa(bits: u32) -> KeyFacts {
    KeyFacts {
        family: KeyFamily::Rsa,
        bits,
    }
}

const P256: KeyFacts = KeyFacts {
    family: KeyFamily::Ec(Curve::P256),
    bits: 256,
};

fn refused(acceptance: &Acceptance) -> Option<(&str, Option<Timestamp>)> {
    match acceptance {
        Acceptance::Accepted { .. } => None,
        Acceptance::NotAccepted { what, since, .. } => Some((what, *since)),
    }
}

const fn dsa(bits: u32) -> KeyFacts {
    KeyFacts {
        family: KeyFamily::Dsa,
        bits,
    }
}

const EDWARDS: KeyFacts = KeyFacts {
    family: KeyFamily::Ed25519,
    bits: 256,
};

const fn pss(mask: DigestAlgorithm) -> SignatureScheme {
    SignatureScheme::RsaPss(PssScheme {
        digest: Sha256,
        mask,
        salt: 32,
    })
}

type Row = (
    SignatureScheme,
    KeyFacts,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

/// Scheme, key and day; what ETSI TS 119 312 V2.1.1 refuses, and what the national policy refuses.
#[rustfmt::skip]
const DATES: [Row; 20] = [
    // Table D.1
    (RsaPkcs1(Sha1), rsa(2048), "2012-07-31", None, None),
    (RsaPkcs1(Sha1), rsa(2048), "2012-08-01", Some("SHA-1"), Some("SHA-1")),
    (RsaPkcs1(Sha224), rsa(3072), "2025-12-31", None, Some("SHA-224")),
    (RsaPkcs1(Sha224), rsa(3072), "2026-01-01", Some("SHA-224"), Some("SHA-224")),
    (RsaPkcs1(Md5), rsa(2048), "2000-01-01", Some("MD5"), Some("MD5")),
    // Table D.2
    (RsaPkcs1(Sha256), rsa(1024), "2019-09-30", None, None),
    (RsaPkcs1(Sha256), rsa(1024), "2019-10-01", Some("RSA 1024"), Some("RSA 1024")),
    (RsaPkcs1(Sha256), rsa(768), "2005-01-01", Some("RSA 768"), Some("RSA 768")),
    (Dsa(Sha256), dsa(1024), "2015-11-30", None, Some("DSA SHA-256")),
    (Dsa(Sha256), dsa(1024), "2015-12-01", Some("DSA 1024"), Some("DSA SHA-256")),
    // Tables 6 and 7
    (RsaPkcs1(Sha256), rsa(2048), "2026-12-31", None, None),
    (RsaPkcs1(Sha256), rsa(2048), "2027-01-01", Some("RSA 2048"), None),
    (RsaPkcs1(Sha256), rsa(2047), "2026-11-24", None, Some("RSA 2047")),
    (RsaPkcs1(Sha512), rsa(3072), "2040-01-01", None, None),
    (Dsa(Sha256), dsa(3072), "2040-01-01", None, Some("DSA SHA-256")),
    // Tables 2 and 4
    (pss(Sha256), rsa(4096), "2026-11-24", None, None),
    (pss(Sha1), rsa(4096), "2026-11-24", Some("SHA-1"), Some("SHA-1")),
    (Ecdsa(Sha256), P256, "2026-11-24", None, None),
    (Ecdsa(Sha1), P256, "2026-11-24", Some("SHA-1"), Some("SHA-1")),
    (Ed25519, EDWARDS, "2026-11-24", None, Some("Ed25519")),
];

#[test]
fn the_built_in_policies_follow_their_dates() {
    let (etsi, national) = (AlgorithmPolicy::etsi(), AlgorithmPolicy::national());
    for (scheme, key, day, by_etsi, by_national) in DATES {
        for (policy, expected) in [(&etsi, by_etsi), (&national, by_national)] {
            for usage in Usage::ALL {
                let acceptance = policy.judge(usage, scheme, &key, at(day));
                let found = refused(&acceptance).map(|(what, _)| what);
                assert_eq!(found, expected, "{} {} {day}", scheme.name(), key.name());
            }
        }
    }
}

#[test]
fn a_weak_algorithm_tells_since_when_and_what_lacks() {
    let policy = AlgorithmPolicy::default();
    let end = at("2012-08-01");
    let judge = |scheme| policy.judge(Usage::Document, scheme, &rsa(2048), at("2026-11-24"));
    let ended = judge(RsaPkcs1(Sha1));
    assert_eq!(refused(&ended), Some(("SHA-1", Some(end))));
    assert_eq!(ended.span(), (Some(end), None));
    // EN 319 102-1 §5.1.3, Table 3: a proof of existence would help the first, not the second.
    let sub = |acceptance: &Acceptance| acceptance.problem().and_then(|v| v.sub());
    let without_proof = SubIndication::CryptoConstraintsFailureNoPoe;
    assert_eq!(sub(&ended), Some(without_proof));
    let never = judge(RsaPkcs1(Md5));
    assert_eq!(sub(&never), Some(SubIndication::CryptoConstraintsFailure));
    assert_eq!(judge(RsaPkcs1(Sha256)).problem(), None);
}

/// The cache of paths relies on it: inside the span nothing changes.
#[test]
fn an_answer_holds_in_its_span_and_changes_at_no_moment_inside() {
    let days = [
        "1999-01-01",
        "2010-07-31",
        "2010-08-01",
        "2012-08-01",
        "2015-12-01",
        "2019-09-30",
        "2019-10-01",
        "2026-01-01",
        "2026-11-24",
        "2027-01-01",
        "2050-01-01",
    ];
    let inside = |acceptance: &Acceptance, moment: Timestamp| {
        let (from, until) = acceptance.span();
        from.is_none_or(|from| from <= moment) && until.is_none_or(|until| moment < until)
    };
    let days = days.map(at);
    let pairs = || {
        days.iter()
            .flat_map(|now| days.iter().map(move |other| (*now, *other)))
    };
    let sizes = [800, 1024, 2048, 3072].map(rsa);
    let schemes = [RsaPkcs1(Sha1), RsaPkcs1(Sha224), RsaPkcs1(Sha256)];
    for policy in [AlgorithmPolicy::etsi(), AlgorithmPolicy::national()] {
        for (scheme, key) in schemes
            .iter()
            .flat_map(|s| sizes.iter().map(move |k| (*s, k)))
        {
            for (now, other) in pairs() {
                let judge = |moment| policy.judge(Usage::Crl, scheme, key, moment);
                let here = judge(now);
                assert!(inside(&here, now), "{now}");
                assert!(
                    !inside(&here, other) || here == judge(other),
                    "{now} {other}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_accepted_that_no_rule_names() {
    let none = AlgorithmPolicy::none();
    for scheme in [RsaPkcs1(Sha256), Ecdsa(Sha256), Ed25519] {
        for usage in Usage::ALL {
            assert!(
                !none
                    .judge(usage, scheme, &rsa(4096), at("2026-11-24"))
                    .is_accepted()
            );
        }
    }
    let agreement = KeyFacts {
        family: KeyFamily::Agreement,
        bits: 256,
    };
    let policy = AlgorithmPolicy::etsi();
    assert!(
        !policy
            .judge_key(Usage::Document, &agreement, at("2026-11-24"))
            .is_accepted()
    );
}

#[test]
fn a_purpose_of_its_own_goes_before_and_one_digest_before_any() {
    let now = at("2026-11-24");
    let item = Item::Key(KeyKind::Rsa, 3072);
    let stricter = Rule::new(item, Validity::ALWAYS).only_for(Usage::Timestamp);
    let policy = AlgorithmPolicy::national().with(stricter);
    let accepted = |policy: &AlgorithmPolicy, usage, scheme, key: &KeyFacts| {
        policy.judge(usage, scheme, key, now).is_accepted()
    };
    let sha256 = RsaPkcs1(Sha256);
    assert!(accepted(&policy, Usage::Document, sha256, &rsa(2048)));
    // The rule about 2048 bits for any purpose does not count beside one for this purpose.
    assert!(!accepted(&policy, Usage::Timestamp, sha256, &rsa(2048)));
    assert!(accepted(&policy, Usage::Timestamp, sha256, &rsa(3072)));
    let item = Item::Signature(SignatureFamily::Ecdsa, Some(Sha512));
    let policy = policy.with(Rule::new(item, Validity::Never));
    assert!(!accepted(&policy, Usage::Document, Ecdsa(Sha512), &P256));
    assert!(accepted(&policy, Usage::Document, Ecdsa(Sha256), &P256));
    let item = Item::Digest(Sha256);
    let later = Validity::Within {
        from: Some(at("2027-01-01")),
        until: None,
    };
    let policy = policy.with(Rule::new(item, later).only_for(Usage::Crl));
    let early = policy.judge(Usage::Crl, sha256, &rsa(2048), now);
    assert_eq!(refused(&early), Some(("SHA-256", None)));
    assert_eq!(early.span(), (None, Some(at("2027-01-01"))));
}

#[test]
fn sizes_taken_out_are_gone_and_the_digest_names_the_rules() {
    let national = AlgorithmPolicy::national();
    let mut policy = national.clone();
    policy.clear_keys(None, KeyKind::Rsa);
    assert!(
        !policy
            .judge_key(Usage::Document, &rsa(4096), at("2026-11-24"))
            .is_accepted()
    );
    assert_ne!(policy.digest(), national.digest());
    for rule in national
        .rules()
        .filter(|r| matches!(r.item, Item::Key(KeyKind::Rsa, _)))
    {
        policy.set(rule);
    }
    assert_eq!(policy, national);
    assert_eq!(policy.digest(), national.digest());
    let others = [AlgorithmPolicy::etsi(), AlgorithmPolicy::none()];
    assert!(
        others
            .iter()
            .all(|other| other.digest() != national.digest())
    );
}
