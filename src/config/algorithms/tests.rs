//! The sample, what entries change, and mistakes at their place.

use super::*;
use crate::model::Timestamp;
use crate::trust::algorithms::{KeyFacts, KeyFamily, SignatureScheme};

fn of(text: &str) -> Result<AlgorithmPolicy, ConfigError> {
    parse(Path::new("/srv/config/algorithms.toml"), text)
}

#[test]
fn the_sample_spells_out_the_default() {
    let default = AlgorithmPolicy::default();
    assert_eq!(of(SAMPLE).expect("sample"), default);
    // And all of it: on top of nothing it says the same.
    let bare = SAMPLE.replacen("profile = \"national\"", "profile = \"none\"", 1);
    assert_eq!(of(&bare).expect("sample"), default);
    assert_eq!(of("").expect("empty"), default);
    assert_eq!(
        of("profile = \"etsi\"").expect("etsi"),
        AlgorithmPolicy::etsi()
    );
    assert_eq!(read(Path::new("/nowhere/algorithms.toml")), Ok(default));
}

#[test]
fn entries_replace_what_the_profile_says() {
    let text = "[[digest]]\nname = \"SHA-1\"\naccepted = false\n\
                [[key]]\nname = \"RSA\"\nbits = 3072\nusage = [\"timestamp\", \"crl\"]\n\
                [[signature]]\nname = \"ECDSA\"\ndigest = \"SHA-512\"\nfrom = \"2027-01-01T00:00:00+07:00\"\n";
    let policy = of(text).expect("good");
    let archive = Timestamp::parse("2010-01-01T00:00:00Z").expect("time");
    let now = Timestamp::parse("2026-11-24T00:00:00Z").expect("time");
    let rsa = |bits| KeyFacts {
        family: KeyFamily::Rsa,
        bits,
    };
    let sha1 = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1);
    let sha256 = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256);
    let accepted =
        |usage, scheme, bits, at| policy.judge(usage, scheme, &rsa(bits), at).is_accepted();
    assert!(!accepted(Usage::Document, sha1, 2048, archive));
    assert!(accepted(Usage::Document, sha256, 2048, now));
    assert!(!accepted(Usage::Timestamp, sha256, 2048, now));
    assert!(!accepted(Usage::Crl, sha256, 1024, archive));
    assert!(accepted(Usage::Crl, sha256, 3072, now));
    // A greater size alone accepts no smaller one.
    let stricter = of("[[key]]\nname = \"RSA\"\nbits = 4096\n").expect("good");
    let key = |bits| {
        stricter
            .judge_key(Usage::Document, &rsa(bits), now)
            .is_accepted()
    };
    assert!(key(4096) && !key(2048));
    let listed = policy.rules().map(|rule| rule.to_string());
    let listed: Vec<String> = listed.collect();
    assert!(
        listed.contains(&"any digest SHA-1: never".to_owned()),
        "{listed:?}"
    );
    let dated = "any signature ECDSA SHA-512: from 2027-01-01T00:00:00.000+07:00";
    assert!(listed.contains(&dated.to_owned()), "{listed:?}");
}

#[test]
fn every_mistake_shows_line_and_column() {
    let digest = "[[digest]]\nname = \"SHA-1\"\n";
    let table = [
        (
            "profile = \"lax\"\n".to_owned(),
            (1, 11, 5),
            "national, etsi, none",
        ),
        (
            "[[digest]]\nname = \"SHA1\"\n".to_owned(),
            (2, 8, 6),
            "SHA-256",
        ),
        (
            "[[digest]]\nnames = \"SHA-1\"\n".to_owned(),
            (2, 1, 5),
            "unknown field",
        ),
        ("[[digests]]\n".to_owned(), (1, 3, 7), "unknown field"),
        (format!("{digest}until = \"2012\"\n"), (3, 9, 6), "RFC 3339"),
        (format!("{digest}until = 2012\n"), (3, 9, 4), "string"),
        (format!("{digest}usage = []\n"), (3, 9, 2), "purpose"),
        (
            format!("{digest}usage = [\"crl\", \"all\"]\n"),
            (3, 17, 5),
            "timestamp",
        ),
        (
            format!("{digest}accepted = false\nuntil = \"2012-01-01T00:00:00Z\"\n"),
            (4, 9, 22),
            "no dates",
        ),
        (
            format!("{digest}from = \"2012-01-01T00:00:00Z\"\nuntil = \"2012-01-01T00:00:00Z\"\n"),
            (4, 9, 22),
            "after from",
        ),
        (format!("{digest}{digest}"), (4, 8, 7), "the same"),
        (
            "[[key]]\nname = \"RSA\"\nbits = 64\n".to_owned(),
            (3, 8, 2),
            "128 to 8192",
        ),
        ("[[key]]\nname = \"RSA\"\n".to_owned(), (1, 1, 7), "bits"),
        (
            "[[key]]\nname = \"rsa\"\nbits = 2048\n".to_owned(),
            (2, 8, 5),
            "RSA, DSA",
        ),
        (
            "[[signature]]\nname = \"RSA\"\ndigest = \"SHA\"\n".to_owned(),
            (3, 10, 5),
            "SHA-256",
        ),
    ];
    for (text, place, problem) in table {
        let Err(ConfigError::Mistake(mistake)) = of(&text) else {
            panic!("{text}: not refused at its place");
        };
        let found = (mistake.line, mistake.column, mistake.width);
        assert_eq!(found, place, "{text}: {mistake}");
        assert!(mistake.problem.contains(problem), "{text}: {mistake}");
    }
}

#[test]
fn what_is_written_says_the_same() {
    let text = "profile = \"etsi\"\n[[digest]]\nname = \"SHA-1\"\nusage = [\"crl\", \"ocsp\"]\n\
                until = \"2027-01-01T00:00:00Z\"\n[[digest]]\nname = \"SHA-512\"\naccepted = false\n\
                [[signature]]\nname = \"RSA\"\ndigest = \"SHA-256\"\nfrom = \"2020-01-01T00:00:00Z\"\n\
                [[key]]\nname = \"RSA\"\nbits = 4096\nusage = [\"document\"]\n";
    for policy in [
        AlgorithmPolicy::national(),
        AlgorithmPolicy::etsi(),
        AlgorithmPolicy::none(),
        of(text).expect("policy"),
    ] {
        let written = policy.to_toml();
        assert_eq!(of(&written).expect("again"), policy, "{written}");
    }
}
