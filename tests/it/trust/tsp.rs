//! Timestamp structures (RFC 3161 §2.4): what is read, and what is refused.

use crate::trust::world::NOW;
use lienthong::forge::extension::Extension;
use lienthong::forge::ocsp::Hash;
use lienthong::forge::timestamp::{Query, granted, rejected};
use lienthong::forge::{GeneralName, Name, der};
use lienthong::format::asn1::oid;
use lienthong::format::asn1::write::{constructed, element, sequence};
use lienthong::format::tsp::{Accuracy, TimeStampResp, TstInfo, request};
use lienthong::format::x509::general_name;
use lienthong::model::Timestamp;

const POLICY: &str = "1.2.3.4.1";

fn imprint() -> Vec<u8> {
    sequence(&[&Hash::Sha256.algorithm(), &der::octets(&[7; 32])])
}

/// TSTInfo of these fields behind the imprint.
fn info(rest: &[Vec<u8>]) -> Vec<u8> {
    let head = [der::integer(1), der::oid(POLICY), imprint()];
    der::sequence_of(&[&head[..], rest].concat())
}

fn time(text: &str) -> Vec<u8> {
    element(0x18, text.as_bytes())
}

fn usual() -> Vec<Vec<u8>> {
    vec![der::integer(0x0102), time("20261124000000.5Z")]
}

#[test]
fn every_field_is_read() {
    let name = GeneralName::Directory(Name::of("TSA"));
    let unknown = Extension::raw("1.2.3.4", false, vec![5, 0]);
    let accuracy = sequence(&[&der::integer(1), &[0x80, 2, 1, 0xf4], &[0x81, 1, 9]]);
    let rest = [
        usual(),
        vec![
            accuracy,
            der::yes(),
            der::raw_integer(&[0, 0xff]),
            der::explicit(0, &name.der()),
            constructed(0xa1, &[&unknown.der()]),
        ],
    ];
    let der = info(&rest.concat());
    let read = TstInfo::read(&der).expect("info");
    assert_eq!(oid::dotted(read.policy), POLICY);
    assert_eq!(read.imprint.algorithm, oid::SHA256);
    assert_eq!(read.imprint.digest, [7; 32]);
    assert_eq!(read.serial, [1, 2]);
    assert_eq!(read.gen_time, Timestamp(NOW.0 + 500));
    let accuracy = read.accuracy.expect("accuracy");
    assert_eq!((accuracy.micros, accuracy.millis()), (1_500_009, 1501));
    assert!(read.ordering);
    assert_eq!(read.nonce, Some(&[0, 0xff][..]));
    let Some(general_name::GeneralName::Directory(tsa)) = read.tsa else {
        panic!("{read:?}");
    };
    assert_eq!((tsa, read.critical), (&Name::of("TSA").der()[..], None));
}

#[test]
fn what_the_clause_does_not_allow_is_refused() {
    let with = |more: &[Vec<u8>]| info(&[&usual()[..], more].concat());
    let second = der::integer(1);
    for (what, der, good) in [
        ("the least", with(&[]), true),
        (
            "version 2",
            der::sequence_of(&[
                der::integer(2),
                der::oid(POLICY),
                imprint(),
                der::integer(1),
                time("20261124000000Z"),
            ]),
            false,
        ),
        (
            "UTCTime",
            info(&[der::integer(1), element(0x17, b"261124000000Z")]),
            false,
        ),
        (
            "local time",
            info(&[der::integer(1), time("20261124000000")]),
            false,
        ),
        ("no time", info(&[der::integer(1)]), false),
        (
            "no seconds",
            info(&[der::integer(1), time("202611240000Z")]),
            false,
        ),
        ("accuracy of nothing", with(&[sequence(&[])]), true),
        ("0 milliseconds", with(&[sequence(&[&[0x80, 1, 0]])]), false),
        (
            "1000 milliseconds",
            with(&[sequence(&[&[0x80, 2, 3, 0xe8]])]),
            false,
        ),
        (
            "negative seconds",
            with(&[sequence(&[&[2, 1, 0xff]])]),
            false,
        ),
        (
            "micro before milli",
            with(&[sequence(&[&[0x81, 1, 9], &[0x80, 1, 9]])]),
            false,
        ),
        (
            "nonce before ordering",
            with(&[second.clone(), der::yes()]),
            false,
        ),
        ("two nonces", with(&[second.clone(), second]), false),
        ("an empty tsa", with(&[der::explicit(0, &[])]), false),
        ("something behind", [with(&[]), vec![0]].concat(), false),
        (
            "an imprint with parameters",
            der::sequence_of(&[
                der::integer(1),
                der::oid(POLICY),
                sequence(&[
                    &der::algorithm("2.16.840.1.101.3.4.2.1", Some(&der::integer(1))),
                    &der::octets(&[7; 32]),
                ]),
                der::integer(1),
                time("20261124000000Z"),
            ]),
            false,
        ),
    ] {
        assert_eq!(TstInfo::read(&der).is_ok(), good, "{what}");
    }
    let critical = Extension::raw("1.2.3.4", true, vec![5, 0]);
    let der = with(&[constructed(0xa1, &[&critical.der()])]);
    let read = TstInfo::read(&der).expect("info");
    assert_eq!(read.critical.as_deref(), Some("1.2.3.4"));
    // Nothing but DER.
    let whole = with(&[]);
    let indefinite = [&[0x30, 0x80], &whole[2..], &[0, 0]].concat();
    assert!(TstInfo::read(&indefinite).is_err());
    for cut in 0..whole.len() {
        assert!(TstInfo::read(&whole[..cut]).is_err());
    }
}

#[test]
fn accuracy_is_rounded_away_from_the_time() {
    for (micros, millis) in [
        (0, 0),
        (1, 1),
        (1000, 1),
        (1001, 2),
        (u64::MAX, 18_446_744_073_709_552),
    ] {
        assert_eq!(Accuracy { micros }.millis(), millis);
    }
}

#[test]
fn a_response_has_a_token_or_says_why_not() {
    let token = sequence(&[&[5, 0]]);
    let der = granted(&token);
    let read = TimeStampResp::read(&der).expect("response");
    assert_eq!((read.status, read.token), (0, Some(&token[..])));
    for bit in [0usize, 2, 5, 14, 15, 16, 17, 25] {
        let der = rejected(u8::try_from(bit).expect("bit"));
        let read = TimeStampResp::read(&der).expect("response");
        assert_eq!((read.status, read.token), (2, None));
        assert_eq!(read.failures().collect::<Vec<_>>(), [bit]);
    }
    let status = |status| der::sequence_of(&[der::integer(status)]);
    for (what, der) in [
        ("granted without a token", der::sequence_of(&[status(0)])),
        (
            "rejected with one",
            der::sequence_of(&[status(2), token.clone()]),
        ),
        (
            "two tokens",
            der::sequence_of(&[status(0), token.clone(), token]),
        ),
        ("no status", sequence(&[])),
        (
            "something behind",
            [granted(&sequence(&[])), vec![0]].concat(),
        ),
    ] {
        assert!(TimeStampResp::read(&der).is_err(), "{what}");
    }
}

#[test]
fn a_request_is_what_an_authority_reads() {
    for (nonce, written) in [
        (None, None),
        (Some(&[0x5a, 1][..]), Some(&[0x5a, 1][..])),
        (Some(&[0, 0, 0xa5]), Some(&[0, 0xa5])),
        (Some(&[0, 0]), Some(&[0])),
    ] {
        let der = request(oid::SHA256, &[7; 32], None, nonce);
        let read = Query::read(&der).expect("query");
        assert_eq!((&read.imprint[..], read.certificates), (&[7; 32][..], true));
        assert_eq!(read.nonce.as_deref(), written);
    }
}
