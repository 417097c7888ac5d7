//! Vectors made with OpenSSL, and keys and signatures that must not pass.

use super::key::PublicKey;
use super::ring_verifier::RingVerifier;
use super::rust_crypto::RustCryptoVerifier;
use super::verifier::Verifier as _;
use super::*;
use crate::format::asn1::oid;
use crate::format::asn1::read::Reader;
use crate::format::asn1::write::{element, null, sequence, small_integer, tag};
use crate::format::cms::read::Algorithm;
use crate::model::Digest;
use crate::model::digest::from_hex;
use proptest::prelude::*;
use std::collections::BTreeMap;

const MESSAGE: &[u8] = b"lienthong";
const VECTORS: &str = include_str!("vectors.txt");

struct Vector {
    what: String,
    spki: Vec<u8>,
    algorithm: Vec<u8>,
    signature: Vec<u8>,
}

fn keys() -> BTreeMap<&'static str, Vec<u8>> {
    let keys = VECTORS.lines().filter_map(|line| line.strip_prefix("key "));
    let parts = keys.map(|line| line.split_once(' ').expect("name and key"));
    parts
        .map(|(name, hex)| (name, from_hex(hex).expect("hex")))
        .collect()
}

fn vectors() -> Vec<Vector> {
    let keys = keys();
    let rows = VECTORS.lines().filter_map(|line| line.strip_prefix("row "));
    let vector = |row: &str| {
        let (fields, what) = row.split_once(" | ").expect("clause");
        let fields: Vec<&str> = fields.split(' ').collect();
        Vector {
            what: format!("{}: {what}", fields[0]),
            spki: keys[fields[0]].clone(),
            algorithm: from_hex(fields[1]).expect("hex"),
            signature: from_hex(fields[2]).expect("hex"),
        }
    };
    rows.map(vector).collect()
}

fn vector(start: &str) -> Vector {
    let found = vectors().into_iter().find(|v| v.what.starts_with(start));
    found.unwrap_or_else(|| panic!("{start}"))
}

impl Vector {
    fn scheme(&self) -> Result<SignatureScheme, Rejection> {
        scheme(&self.algorithm)
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Rejection> {
        let key = PublicKeyRef::new(&self.spki);
        self.scheme()?.verify(key, message, signature)
    }
}

fn scheme(algorithm: &[u8]) -> Result<SignatureScheme, Rejection> {
    let algorithm = Algorithm::read(&mut Reader::new(algorithm)).expect("algorithm");
    SignatureScheme::new(&algorithm, None)
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Curves without a maintained crate of a stable release, one that no standard of ours names.
const NOT_IMPLEMENTED: [&str; 3] = ["bp512", "k256", "ed448"];

#[test]
fn every_vector_verifies_and_no_other_message_or_value_does() {
    for vector in vectors() {
        let what = &vector.what;
        let verified = vector.verify(MESSAGE, &vector.signature);
        if NOT_IMPLEMENTED.iter().any(|name| what.starts_with(name)) {
            assert!(
                matches!(verified, Err(Rejection::NotSupported(_))),
                "{what}: {verified:?}"
            );
            continue;
        }
        assert_eq!(verified, Ok(()), "{what}");
        let invalid = Err(Rejection::Invalid);
        let message = flipped(MESSAGE, 41);
        assert_eq!(
            vector.verify(&message, &vector.signature),
            invalid,
            "{what}"
        );
        for bit in (0..vector.signature.len() * 8).step_by(509) {
            let value = flipped(&vector.signature, bit);
            assert_eq!(vector.verify(MESSAGE, &value), invalid, "{what}: bit {bit}");
        }
        let (short, long) = (
            &vector.signature[1..],
            [&vector.signature[..], &[0]].concat(),
        );
        for value in [short, &long, &[], &vec![0; vector.signature.len()]] {
            assert_eq!(vector.verify(MESSAGE, value), invalid, "{what}");
        }
    }
}

/// Message and value of a vector, one bit of them changed.
fn one_bit_off(vector: &Vector, bit: prop::sample::Index) -> (Vec<u8>, Vec<u8>) {
    let whole = [MESSAGE, &vector.signature].concat();
    let changed = flipped(&whole, bit.index(whole.len().saturating_mul(8)));
    let (message, value) = changed.split_at(MESSAGE.len());
    (message.to_vec(), value.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_flipped_bit_never_verifies(row in any::<prop::sample::Index>(), bit in any::<prop::sample::Index>()) {
        let vectors = vectors();
        let vector = row.get(&vectors);
        let (message, value) = one_bit_off(vector, bit);
        prop_assert!(vector.verify(&message, &value).is_err(), "{}", vector.what);
    }
}

#[test]
fn a_digest_that_is_known_stands_for_the_message_and_no_other_does() {
    let mut hashed = 0;
    for vector in vectors() {
        let Ok(scheme) = vector.scheme() else {
            continue;
        };
        let key = PublicKeyRef::new(&vector.spki);
        let verify = |known: &[u8], value: &[u8]| {
            let message = Message::hashed(MESSAGE, Some(Digest::of(known)));
            scheme.verify(key, message, value)
        };
        let (what, value) = (&vector.what, &vector.signature);
        let plain = scheme.verify(key, MESSAGE, value);
        assert_eq!(verify(MESSAGE, value), plain, "{what}");
        assert!(verify(MESSAGE, &flipped(value, 99)).is_err(), "{what}");
        if scheme.digest() == DigestAlgorithm::Sha256 && plain.is_ok() {
            let other = verify(&flipped(MESSAGE, 3), value);
            assert_eq!(other, Err(Rejection::Invalid), "{what}");
            hashed += 1;
        }
    }
    assert!(hashed >= 6, "{hashed}");
}

#[test]
fn where_both_libraries_can_tell_they_say_the_same() {
    let mut both = 0;
    for vector in vectors() {
        let Ok(scheme) = vector.scheme() else {
            continue;
        };
        let key = PublicKey::parse(PublicKeyRef::new(&vector.spki)).expect("key");
        for value in [vector.signature.clone(), flipped(&vector.signature, 99)] {
            let ring = RingVerifier.verify(scheme, &key, MESSAGE.into(), &value);
            let other = RustCryptoVerifier.verify(scheme, &key, MESSAGE.into(), &value);
            if ring.is_some() && other.is_some() {
                assert_eq!(ring, other, "{}", vector.what);
                both += 1;
            }
        }
    }
    assert!(both >= 20, "{both}");
}

#[test]
fn a_key_of_another_kind_has_signed_nothing() {
    let keys = keys();
    for vector in vectors() {
        let Ok(scheme) = vector.scheme() else {
            continue;
        };
        for (name, spki) in &keys {
            let verified = scheme.verify(PublicKeyRef::new(spki), MESSAGE, &vector.signature);
            assert!(
                *spki == vector.spki || verified.is_err(),
                "{} under {name}",
                vector.what
            );
        }
    }
}

#[test]
fn a_key_for_pss_signs_in_no_other_way() {
    // RFC 4055 §1.2 and §3.3
    let keys = keys();
    let (free, bound) = (&keys["psskey"], &keys["pss256"]);
    let of = |pss: &[u8], start: &str| {
        let vector = vector(start);
        let scheme = vector.scheme().expect("scheme");
        scheme.verify(PublicKeyRef::new(pss), MESSAGE, &vector.signature)
    };
    assert_eq!(of(free, "psskey"), Ok(()));
    assert_eq!(of(bound, "pss256"), Ok(()));
    // A PKCS #1 v1.5 value, made by the same number as the PSS key has.
    let plain = vector("rsa1024: RFC 8017 §8.2");
    let info = Reader::new(&plain.spki).expect(0x30).expect("sequence");
    let bits = {
        let mut fields = info.reader();
        fields.any().expect("algorithm");
        fields.any().expect("bits").full.to_vec()
    };
    let only_pss = sequence(&[&sequence(&[&element(tag::OID, oid::RSASSA_PSS)]), &bits]);
    let scheme = plain.scheme().expect("scheme");
    let verified = scheme.verify(PublicKeyRef::new(&only_pss), MESSAGE, &plain.signature);
    assert_eq!(verified, Err(Rejection::Invalid));
    let key = PublicKey::parse(PublicKeyRef::new(bound)).expect("key");
    let PublicKey::RsaPss(_, Some(restriction)) = key else {
        panic!("{key:?}");
    };
    let with = |digest, mask, salt| restriction.admits(&PssScheme { digest, mask, salt });
    use DigestAlgorithm::{Sha1, Sha256};
    assert!(with(Sha256, Sha256, 32) && with(Sha256, Sha256, 64));
    assert!(!with(Sha256, Sha256, 31) && !with(Sha1, Sha256, 32) && !with(Sha256, Sha1, 32));
}

fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let (n, e) = (
        element(tag::INTEGER, modulus),
        element(tag::INTEGER, exponent),
    );
    let bits = [&[0][..], &sequence(&[&n, &e])].concat();
    let algorithm = sequence(&[&element(tag::OID, oid::RSA_ENCRYPTION), &null()]);
    sequence(&[&algorithm, &element(0x03, &bits)])
}

#[test]
fn a_modulus_is_read_as_unsigned_however_it_is_written() {
    let vector = vector("rsa2048: RFC 8017 §8.2");
    let PublicKey::Rsa(key) = PublicKey::parse(PublicKeyRef::new(&vector.spki)).expect("key")
    else {
        panic!("no RSA key");
    };
    for zeros in 0..4 {
        let modulus = [&vec![0; zeros][..], key.modulus].concat();
        for exponent in [&[1, 0, 1][..], &[0, 0, 1, 0, 1]] {
            let spki = rsa_spki(&modulus, exponent);
            let key = PublicKeyRef::new(&spki);
            assert_eq!(KeyFacts::of(key).expect("facts").bits, 2048);
            let scheme = vector.scheme().expect("scheme");
            assert_eq!(
                scheme.verify(key, MESSAGE, &vector.signature),
                Ok(()),
                "{zeros}"
            );
        }
    }
}

#[test]
fn keys_that_cost_too_much_or_prove_nothing_are_refused_before_any_arithmetic() {
    let modulus = |bytes: usize| [&[0, 0xc3][..], &vec![0x55; bytes - 1]].concat();
    let facts = |modulus: &[u8], exponent: &[u8]| {
        KeyFacts::of(PublicKeyRef::new(&rsa_spki(modulus, exponent)))
    };
    assert_eq!(facts(&modulus(1024), &[3]).expect("facts").bits, 8192);
    for (modulus, exponent) in [
        (modulus(1025), &[1, 0, 1][..]), // attack catalogue K3
        (modulus(2048), &[1, 0, 1]),
        (modulus(256), &[1]),
        (modulus(256), &[4]),
        (modulus(256), &[0]),
        (modulus(256), &[3, 0xff, 0xff, 0xff, 0xff]), // 34 bits
        (modulus(256), &[0x55; 256]),
    ] {
        let refused = facts(&modulus, exponent);
        let what = modulus.len();
        assert!(
            matches!(refused, Err(Rejection::NotAccepted(_))),
            "{what}: {refused:?}"
        );
    }
    for (modulus, exponent) in [
        (vec![], &[3][..]),
        (vec![0], &[3]),
        (modulus(256), &[]),
        (modulus(256), &[0x81]),
        (vec![0x54; 256], &[3]), // even
    ] {
        let refused = facts(&modulus, exponent);
        assert!(
            matches!(refused, Err(Rejection::NotSupported(_))),
            "{refused:?}"
        );
    }
    assert!(
        facts(&modulus(256), &[1, 0xff, 0xff, 0xff, 0xff]).is_ok(),
        "33 bits"
    );
}

#[test]
fn a_curve_that_is_spelled_out_is_never_accepted() {
    // RFC 5480 §2.1.1; P-256 itself, written as parameters.
    let explicit = from_hex(EXPLICIT_P256).expect("hex");
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let value = from_hex(EXPLICIT_SIGNATURE).expect("hex");
    let verified = scheme.verify(PublicKeyRef::new(&explicit), MESSAGE, &value);
    assert_eq!(
        verified,
        Err(Rejection::NotAccepted("an explicit curve".into()))
    );
}

#[test]
fn compressed_points_are_read() {
    // RFC 5480 §2.2
    for (hex, row) in [(COMPRESSED_P256, "p256: "), (COMPRESSED_P521, "p521: ")] {
        let spki = from_hex(hex).expect("hex");
        for vector in vectors().into_iter().filter(|v| v.what.starts_with(row)) {
            let scheme = vector.scheme().expect("scheme");
            let verified = scheme.verify(PublicKeyRef::new(&spki), MESSAGE, &vector.signature);
            assert_eq!(verified, Ok(()), "{}", vector.what);
        }
    }
}

/// `spki` with other parameters in its AlgorithmIdentifier.
fn with_parameters(spki: &[u8], parameters: &[u8]) -> Vec<u8> {
    let mut fields = Reader::new(spki).expect(0x30).expect("sequence").reader();
    let algorithm = Algorithm::read(&mut fields).expect("algorithm");
    let bits = fields.any().expect("bits").full;
    let algorithm = sequence(&[&element(tag::OID, algorithm.oid), parameters]);
    sequence(&[&algorithm, bits])
}

#[test]
fn dsa_parameters_are_inherited_from_the_issuer() {
    // RFC 5280 §6.1.4 (d) to (f)
    let vector = vector("dsa1024: ");
    let scheme = vector.scheme().expect("scheme");
    let verify = |key: PublicKeyRef<'_>| scheme.verify(key, MESSAGE, &vector.signature);
    let (bare, with_null) = (
        with_parameters(&vector.spki, &[]),
        with_parameters(&vector.spki, &null()),
    );
    let issuer = PublicKeyRef::new(&vector.spki);
    for spki in [&bare, &with_null] {
        assert!(matches!(
            verify(PublicKeyRef::new(spki)),
            Err(Rejection::NotSupported(_))
        ));
        let child = issuer.below(spki);
        assert_eq!(verify(child), Ok(()));
        assert_eq!(verify(child.below(&bare)), Ok(()), "through two");
        assert_eq!(KeyFacts::of(child).expect("facts").bits, 1024);
    }
    let keys = keys();
    let other = PublicKeyRef::new(&keys["dsa2048"]);
    assert_eq!(
        other.below(&vector.spki).inherited,
        None,
        "own parameters go before"
    );
    assert_eq!(
        PublicKeyRef::new(&keys["p256"]).below(&bare).inherited,
        None
    );
    let through = issuer.below(&keys["rsa1024"]).below(&bare);
    assert_eq!(through.inherited, None, "another algorithm between");
}

#[test]
fn sizes_that_fips_186_does_not_name_are_no_dsa_keys() {
    let spki = &keys()["dsa1024"];
    for (p, q) in [(1024, 256), (512, 160), (8192, 256), (3072, 3072)] {
        let number =
            |bits: usize| element(tag::INTEGER, &[&[0][..], &vec![0xff; bits / 8]].concat());
        let parameters = sequence(&[&number(p), &number(q), &small_integer(2)]);
        let spki = with_parameters(spki, &parameters);
        let refused = KeyFacts::of(PublicKeyRef::new(&spki));
        assert!(
            matches!(refused, Err(Rejection::NotSupported(_))),
            "{p}/{q}: {refused:?}"
        );
    }
}

#[test]
fn every_key_says_what_it_is_and_no_part_of_one_is_a_key() {
    let expected = [
        ("rsa2048", "RSA 2048"),
        ("rsa1023", "RSA 1023"),
        ("psskey", "RSA 1024"),
        ("p521", "P-521"),
        ("bp512", "brainpoolP512r1"),
        ("k256", "secp256k1"),
        ("dsa3072", "DSA 3072"),
        ("ed25519", "Ed25519"),
        ("ed448", "Ed448"),
    ];
    let keys = keys();
    for (name, said) in expected {
        let facts = KeyFacts::of(PublicKeyRef::new(&keys[name])).expect("facts");
        assert_eq!(facts.name(), said);
    }
    for (name, spki) in &keys {
        for end in 0..spki.len() {
            assert!(
                KeyFacts::of(PublicKeyRef::new(&spki[..end])).is_err(),
                "{name}: {end}"
            );
        }
        let longer = [&spki[..], &[0]].concat();
        assert!(KeyFacts::of(PublicKeyRef::new(&longer)).is_err(), "{name}");
    }
    // RFC 8410 §3: the same key under id-X25519.
    let ed25519 = &keys["ed25519"];
    let mut x25519 = ed25519.clone();
    let at = x25519
        .windows(3)
        .position(|w| w == oid::ED25519)
        .expect("oid");
    x25519[at + 2] = oid::X25519[2];
    let facts = KeyFacts::of(PublicKeyRef::new(&x25519)).expect("facts");
    assert_eq!(facts.family, KeyFamily::Agreement);
}

#[test]
fn what_is_not_implemented_is_named() {
    let table: [(&[u8], &[u8], &str); 6] = [
        (&[0x2a, 0x03], &[], "1.2.3"),
        (oid::ED448, &[], "Ed448"),
        (oid::RSA_ENCRYPTION, &[], "rsaEncryption"),
        (oid::RSASSA_PSS, &[], "without parameters"),
        (oid::ECDSA_WITH_SHA256, &[0x30, 0], "with parameters"),
        (
            oid::RSASSA_PSS,
            &[0x30, 5, 0xa3, 3, 2, 1, 2],
            "another trailer",
        ),
    ];
    for (kind, parameters, named) in table {
        let algorithm = sequence(&[&element(tag::OID, kind), parameters]);
        let refused = scheme(&algorithm);
        let Err(Rejection::NotSupported(name)) = refused else {
            panic!("{named}: {refused:?}");
        };
        assert!(name.contains(named), "{name}");
    }
    // RFC 3370 §3.1 and §3.2: a key's algorithm, where a digest is named beside it.
    let sha256 = DigestAlgorithm::Sha256;
    for (kind, expected) in [
        (oid::RSA_ENCRYPTION, SignatureScheme::RsaPkcs1(sha256)),
        (oid::DSA, SignatureScheme::Dsa(sha256)),
        (oid::EC_PUBLIC_KEY, SignatureScheme::Ecdsa(sha256)),
        (oid::EC_SIGNATURE, SignatureScheme::Ecdsa(sha256)),
    ] {
        let algorithm = Algorithm {
            oid: kind,
            parameters: None,
        };
        let beside = SignatureScheme::new(&algorithm, Some(sha256));
        assert_eq!(beside, Ok(expected));
        let alone = SignatureScheme::new(&algorithm, None);
        assert!(
            matches!(alone, Err(Rejection::NotSupported(_))),
            "{alone:?}"
        );
    }
    // RFC 4055 §3.1: every field has its default.
    let bare = sequence(&[&element(tag::OID, oid::RSASSA_PSS), &sequence(&[])]);
    let Ok(SignatureScheme::RsaPss(pss)) = scheme(&bare) else {
        panic!("defaults");
    };
    assert_eq!(
        (pss.digest, pss.mask, pss.salt),
        (DigestAlgorithm::Sha1, DigestAlgorithm::Sha1, 20)
    );
}

#[test]
fn one_ecdsa_value_has_one_encoding() {
    // RFC 3279 §2.2.3: DER. A P-521 value lies with RustCrypto, a P-256 one with ring.
    for start in [
        "p521: RFC 5758 §3.2 | ECDSA sha256",
        "p256: RFC 3279 §2.2.3 | ECDSA sha256",
    ] {
        let vector = vector(start);
        let inner = Reader::new(&vector.signature)
            .expect(0x30)
            .expect("sequence");
        let long = [
            &[
                0x30,
                0x82,
                0,
                u8::try_from(inner.content.len()).expect("short"),
            ][..],
            inner.content,
        ];
        let indefinite = [&[0x30, 0x80][..], inner.content, &[0, 0]];
        let more = sequence(&[inner.content, &null()]);
        for other in [long.concat(), indefinite.concat(), more] {
            assert_eq!(
                vector.verify(MESSAGE, &other),
                Err(Rejection::Invalid),
                "{start}"
            );
        }
    }
}

/// The value whose public operation gives `encoded`.
fn raw_rsa(key: &rsa::PrivateKey, encoded: &[u8]) -> Vec<u8> {
    use rsa::traits::PublicKeyParts as _;
    let precision = key.n().bits_precision();
    let number = rsa::BoxedUint::from_be_slice(encoded, precision).expect("as long as the modulus");
    let value = rsa::hazmat::rsa_decrypt(None::<&mut NoChance>, key, &number).expect("value");
    value.to_be_bytes().to_vec()
}

/// `rsa_decrypt` is generic in a source of chance that it is not given.
struct NoChance;

impl rsa::rand_core::TryRng for NoChance {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(0);
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for NoChance {}

#[test]
fn only_the_one_encoding_of_pkcs1_verifies() {
    // RFC 8017 §8.2.2; attack catalogue C7
    use rsa::pkcs8::{DecodePrivateKey as _, EncodePublicKey as _};
    let pkcs8 = from_hex(FORGER).expect("hex");
    let key = rsa::PrivateKey::from_pkcs8_der(&pkcs8).expect("key");
    let spki = key.to_public_key().to_public_key_der().expect("spki");
    let hash = DigestAlgorithm::Sha384.of(MESSAGE);
    let octets = element(tag::OCTET_STRING, hash.as_ref());
    let name = element(tag::OID, oid::SHA384);
    let info = sequence(&[&sequence(&[&name, &null()]), &octets]);
    let encoded = |head: &[u8], fill: usize, between: &[u8], info: &[u8], tail: &[u8]| {
        [head, &vec![0xff; fill], between, info, tail].concat()
    };
    let fill = 128 - 3 - info.len();
    let bare = sequence(&[&sequence(&[&name]), &octets]);
    let other = sequence(&[
        &sequence(&[&element(tag::OID, oid::SHA512), &null()]),
        &octets,
    ]);
    let forged = [
        encoded(&[0, 1], fill - 20, &[0], &info, &[7; 20]),
        encoded(&[0, 1], 8, &[0], &info, &vec![7; fill - 8]),
        encoded(&[0, 1], 0, &[0], &info, &vec![7; fill]),
        encoded(&[0, 2], fill, &[0], &info, &[]),
        encoded(&[0, 0], fill, &[0], &info, &[]),
        encoded(&[1, 1], fill, &[0], &info, &[]),
        encoded(&[0, 1], fill, &[1], &info, &[]),
        encoded(&[0, 1], fill + 2, &[0], &bare, &[]),
        encoded(&[0, 1], fill, &[0], &other, &[]),
        encoded(&[0, 1], 128 - 3 - 48, &[0], hash.as_ref(), &[]),
    ];
    let scheme = SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384);
    let verify = |value: &[u8]| scheme.verify(PublicKeyRef::new(spki.as_bytes()), MESSAGE, value);
    let good = raw_rsa(&key, &encoded(&[0, 1], fill, &[0], &info, &[]));
    assert_eq!(verify(&good), Ok(()));
    for (number, forged) in forged.iter().enumerate() {
        let value = raw_rsa(&key, forged);
        assert_eq!(verify(&value), Err(Rejection::Invalid), "{number}");
    }
}

#[test]
fn numbers_outside_their_range_are_no_signature() {
    // FIPS 186-5 §6.4.2 and FIPS 186-4 §4.7, step 1; CVE-2022-21449
    let keys = keys();
    for (name, length) in [
        ("p256", 32),
        ("p384", 48),
        ("p521", 66),
        ("bp256", 32),
        ("bp384", 48),
        ("dsa1024", 20),
        ("dsa3072", 32),
    ] {
        let (zero, most) = (vec![0], [vec![0], vec![0xff; length]].concat());
        for (r, s) in [
            (&zero, &zero),
            (&zero, &most),
            (&most, &zero),
            (&most, &most),
        ] {
            let (r, s) = (element(tag::INTEGER, r), element(tag::INTEGER, s));
            let value = sequence(&[&r, &s]);
            for digest in DigestAlgorithm::ALL {
                let scheme = match name.starts_with("dsa") {
                    true => SignatureScheme::Dsa(digest),
                    false => SignatureScheme::Ecdsa(digest),
                };
                let verified = scheme.verify(PublicKeyRef::new(&keys[name]), MESSAGE, &value);
                assert_eq!(verified, Err(Rejection::Invalid), "{name}");
            }
        }
    }
}

#[test]
fn points_off_the_curve_are_no_keys() {
    // SEC 1 §3.2.2.1
    for name in ["p256", "p384", "p521", "bp256", "bp384"] {
        let vector = vector(&format!("{name}: "));
        let mut spki = vector.spki.clone();
        *spki.last_mut().expect("octet") ^= 1;
        for digest in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
            let scheme = SignatureScheme::Ecdsa(digest);
            let verified = scheme.verify(PublicKeyRef::new(&spki), MESSAGE, &vector.signature);
            assert_eq!(verified, Err(Rejection::Invalid), "{name}");
        }
    }
}

#[test]
fn digests_are_those_of_their_standards() {
    // FIPS 180-4, FIPS 202 and RFC 1321: of "abc".
    for (algorithm, hex) in [
        (DigestAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (
            DigestAlgorithm::Sha1,
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        ),
        (
            DigestAlgorithm::Sha224,
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            DigestAlgorithm::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            DigestAlgorithm::Sha3_224,
            "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
        ),
        (
            DigestAlgorithm::Sha3_256,
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        ),
    ] {
        let mut context = algorithm.context();
        context.update(b"a");
        let mut branch = context.clone();
        context.update(b"bc");
        branch.update(b"b");
        branch.update(b"c");
        let expected = from_hex(hex).expect("hex");
        assert_eq!(context.finish().as_ref(), expected, "{}", algorithm.name());
        assert_eq!(branch.finish().as_ref(), expected, "{}", algorithm.name());
    }
    for algorithm in DigestAlgorithm::ALL {
        assert_eq!(algorithm.of(b"").as_ref().len(), algorithm.output_len());
        assert_eq!(
            DigestAlgorithm::from_name(algorithm.name()),
            Some(algorithm)
        );
        assert_eq!(DigestAlgorithm::from_oid(algorithm.oid()), Ok(algorithm));
    }
}

const EXPLICIT_P256: &str = "3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ffffffff00000001000000000000000000000000ffffffffffffffffffffffff305b0420ffffffff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101034200043dbf0934094ac016aca2857be521b83d4ab27db85b7ca97f63d810f12bf4d4e15b5c9e1235490e0df1db4de0e912a1d33300b6285682ced3a59f12211d69a0ac";
const EXPLICIT_SIGNATURE: &str = "304402200934a4008ba71917d6c9c89dc55e0a8b3b0da4907a8445b9ae21778d2e5b0903022071982f7ed8ae1300780e5048c4891626e1f266a84f9b5555bf767989d7075452";
const COMPRESSED_P256: &str = "3039301306072a8648ce3d020106082a8648ce3d03010703220003443184128bd71af817d56a391bafcc633fb83b9116735b7aa5a652378210bede";
const COMPRESSED_P521: &str = "3058301006072a8648ce3d020106052b81040023034400020064e850660dbba7d2b7d67c85fe2e3376a627087c54954cd0c5f073adac0cd833e9fd11b2c8bc6f69bacbbae96ab6b6f5df6afe0d3305b46951e0731633d5b33a2b";
/// PKCS #8 of the key `rsa1024`, which signs nothing else.
const FORGER: &str = "30820276020100300d06092a864886f70d0101010500048202603082025c02010002818100d20edd9909a4cf0fbe5fdb866e8bd5ba9695e9a3d0c71fcfb5c94924b35a3f379bc5db91161c465129dca147c82dcd9922b48a118aaeba444a004ae94fcf335b73b53eadaf207e51c9a6f3b9f028b94a9da92fe1991bf5ca8da5da30acadc49540060eebbc9f38b360c3928af295bf17d97a79991b5d044ee1e4d77ee49a1c2f020301000102818100af1961333eccb925e085bb529637ce53994f21d142299aa4e45e03b0aa28e265925e1e27150d40b84b72f4a60781d6ce7e158cba0ea693f274d5459cb2c07f878b02923e3ef34aad7f2f2c7612fea82ae50e27de5830a7197b5e115a04307d73d3b6d5e6d3123b299d7bc60e57c556515ccf3d260defb94fff0dc56e148497d1024100f4c030573ec8107f4147f6e60b0fd70fbf43966b3c440291c95bb61ae18c85afb8bdde9c72deb293032c0e10b39b23a926b5b6e775a70f3a8ffe626ab5186dcd024100dbb678ec54cd891ea763c27af4b2c99c87b31cb2b5a89d5f4feaf90ea77039f4bbe4e2210100241369075b7e1baf5934a1f3c0ac40d48131b5908ccf4f5995eb0240412163bbd3d9298ab3b492df64d23248de7cfdea4b7f4dafbe05c9d01d75679dfb6b8b71d69faca5b29266abcb1fddbd85af959cc292525b23366eba36b6e9810240190f57fd84b2a8c82149849e2798d8dc0cb2463caff19a798b90fe75486dc97e7b8be0aae9054e1814abad28d6198af030e4af7e362ac6cd97aaf41495355f9f02407428c6b01a8fed4527e1d05bb65facec2dd63d341c51220312770726af214be98693b9da5130151e8b6a3cd45838318eea95b3e3d7b5a6dc21583ab9e1dd2513";
