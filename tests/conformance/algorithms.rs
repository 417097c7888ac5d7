//! Which algorithms a family takes: those of its own profile (`verdicts.md` §6), since the corpora test
//! paths and formats with keys that nobody accepts any more.

use super::case::Case;
use lienthong::trust::algorithms::policy::{Item, KeyKind, Rule, Validity};
use lienthong::trust::algorithms::{AlgorithmPolicy, DigestAlgorithm, SignatureFamily};

/// The profile of one case.
pub(crate) fn of_case(case: &Case) -> AlgorithmPolicy {
    match case.params["security_level"].as_str() {
        Some("0") => openssl_level(0, 512, 112),
        Some("1") => openssl_level(80, 1024, 160),
        Some("2") => openssl_level(112, 2048, 224),
        Some("3") => openssl_level(128, 3072, 256),
        _ if case.family == "limbo" => AlgorithmPolicy::etsi(),
        // Interoperability vectors with certificates of their time.
        _ if case.family == "xmldsig-xmlsec" => openssl_level(0, 512, 112),
        // Old messages and certificates, whose integrity is asked.
        _ => openssl_level(60, 1024, 160),
    }
}

/// OpenSSL's security levels: digests by their resistance to collisions, keys by their size.
fn openssl_level(bits: usize, rsa: u32, ec: u32) -> AlgorithmPolicy {
    use DigestAlgorithm::{Md5, Sha1, Sha224, Sha256, Sha384, Sha512};
    let rule = |item| Rule::new(item, Validity::ALWAYS);
    let mut policy = AlgorithmPolicy::none();
    for digest in [Md5, Sha1, Sha224, Sha256, Sha384, Sha512] {
        let resistance = match (digest == Md5, digest == Sha1) {
            (true, _) => 39,
            (_, true) => 63,
            (false, false) => digest.output_len() * 4,
        };
        if resistance >= bits {
            policy.set(rule(Item::Digest(digest)));
        }
    }
    for digest in [
        DigestAlgorithm::Sha3_224,
        DigestAlgorithm::Sha3_256,
        DigestAlgorithm::Sha3_384,
        DigestAlgorithm::Sha3_512,
    ] {
        policy.set(rule(Item::Digest(digest)));
    }
    for family in [
        SignatureFamily::RsaPkcs1,
        SignatureFamily::RsaPss,
        SignatureFamily::Ecdsa,
        SignatureFamily::PlainEcdsa,
        SignatureFamily::Dsa,
        SignatureFamily::Ed25519,
    ] {
        policy.set(rule(Item::Signature(family, None)));
    }
    policy.set(rule(Item::Key(KeyKind::Rsa, rsa)));
    policy.set(rule(Item::Key(KeyKind::Dsa, rsa)));
    policy.set(rule(Item::Key(KeyKind::Ec, ec)));
    policy.set(rule(Item::Key(KeyKind::Ed25519, 256)));
    policy.set(rule(Item::Key(KeyKind::Ed448, 448)));
    policy
}
