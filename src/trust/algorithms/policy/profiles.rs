//! The two policies that are built in.

use super::{AlgorithmPolicy, Item, KeyKind, Rule, Validity};
use crate::model::Timestamp;
use crate::trust::algorithms::{DigestAlgorithm, SignatureFamily};

/// Dates of ETSI TS 119 312 V2.1.1 (2026-06), each the first moment after the last day, in UTC.
mod ends {
    use super::Timestamp;

    /// RSA below 1024 bits: practical attack of August 2010 (Table D.2).
    pub(super) const RSA_786: Timestamp = Timestamp(1_280_620_800_000);
    /// SHA-1 (Table D.1) and ECDSA below 224 bits (Table D.2): 2012-08-01.
    pub(super) const SHA1: Timestamp = Timestamp(1_343_779_200_000);
    /// DSA with 1024 bits (Table D.2): 2015-12-01.
    pub(super) const DSA_1024: Timestamp = Timestamp(1_448_928_000_000);
    /// RSA with 1024 and 1536 bits (Table D.2): 2019-10-01.
    pub(super) const RSA_1024: Timestamp = Timestamp(1_569_888_000_000);
    /// ECDSA with 224 bits (Table D.2): 2021-10-01.
    pub(super) const EC_224: Timestamp = Timestamp(1_633_046_400_000);
    /// SHA-224 (Table D.1): 2026-01-01.
    pub(super) const SHA224: Timestamp = Timestamp(1_767_225_600_000);
    /// RSA and DSA from 1900 to 2999 bits (§8.4, Tables 6 and 7): end of 2026.
    pub(super) const LEGACY_2026: Timestamp = Timestamp(1_798_761_600_000);
}

/// Table 1 of ETSI TS 119 312: recommended without an end.
const STRONG: [DigestAlgorithm; 6] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sha3_256,
    DigestAlgorithm::Sha3_384,
    DigestAlgorithm::Sha3_512,
];

fn key(kind: KeyKind, bits: u32, validity: Validity) -> Rule {
    Rule::new(Item::Key(kind, bits), validity)
}

fn signature(family: SignatureFamily) -> Rule {
    Rule::new(Item::Signature(family, None), Validity::ALWAYS)
}

fn digest(algorithm: DigestAlgorithm, validity: Validity) -> Rule {
    Rule::new(Item::Digest(algorithm), validity)
}

impl AlgorithmPolicy {
    fn of(rules: &[Rule]) -> Self {
        let strong = STRONG.map(|algorithm| digest(algorithm, Validity::ALWAYS));
        let all = strong.iter().chain(rules);
        all.fold(Self::none(), |policy, rule| policy.with(*rule))
    }

    /// ETSI TS 119 312 V2.1.1: Tables 1, 2, 6 and 7, and for archives the end dates of annex D,
    /// which speak of the moment at which a signature was made.
    #[must_use]
    pub fn etsi() -> Self {
        Self::of(&[
            digest(DigestAlgorithm::Sha1, Validity::before(ends::SHA1)),
            digest(DigestAlgorithm::Sha224, Validity::before(ends::SHA224)),
            // Table 2; plain ECDSA differs from ECDSA in its encoding alone.
            signature(SignatureFamily::RsaPkcs1),
            signature(SignatureFamily::RsaPss),
            signature(SignatureFamily::Ecdsa),
            signature(SignatureFamily::PlainEcdsa),
            signature(SignatureFamily::Dsa),
            signature(SignatureFamily::Ed25519),
            key(KeyKind::Rsa, 786, Validity::before(ends::RSA_786)),
            key(KeyKind::Rsa, 1024, Validity::before(ends::RSA_1024)),
            key(KeyKind::Rsa, 1900, Validity::before(ends::LEGACY_2026)),
            key(KeyKind::Rsa, 3000, Validity::ALWAYS),
            key(KeyKind::Dsa, 1024, Validity::before(ends::DSA_1024)),
            key(KeyKind::Dsa, 1900, Validity::before(ends::LEGACY_2026)),
            key(KeyKind::Dsa, 3000, Validity::ALWAYS),
            key(KeyKind::Ec, 163, Validity::before(ends::SHA1)),
            key(KeyKind::Ec, 224, Validity::before(ends::EC_224)),
            key(KeyKind::Ec, 256, Validity::ALWAYS),
            key(KeyKind::Ed25519, 256, Validity::ALWAYS),
            key(KeyKind::Ed448, 448, Validity::ALWAYS),
        ])
    }

    /// What Vietnamese agencies use: RSA from 2048 bits (PKCS #1 v1.5 and PSS) and ECDSA from 256,
    /// with SHA-256 or better. SHA-1 and RSA from 1024 bits are accepted in archives alone, up to
    /// the end dates of ETSI TS 119 312 annex D.
    #[must_use]
    pub fn national() -> Self {
        Self::of(&[
            digest(DigestAlgorithm::Sha1, Validity::before(ends::SHA1)),
            signature(SignatureFamily::RsaPkcs1),
            signature(SignatureFamily::RsaPss),
            signature(SignatureFamily::Ecdsa),
            signature(SignatureFamily::PlainEcdsa),
            key(KeyKind::Rsa, 1024, Validity::before(ends::RSA_1024)),
            key(KeyKind::Rsa, 2048, Validity::ALWAYS),
            key(KeyKind::Ec, 256, Validity::ALWAYS),
        ])
    }
}
