//! Object identifiers, as the content octets of their encoding (X.690 §8.19).

/// id-data (RFC 5652 §4).
pub const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// id-signedData (RFC 5652 §5.1).
pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-contentType (RFC 5652 §11.1).
pub const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// id-messageDigest (RFC 5652 §11.2).
pub const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// id-signingTime (RFC 5652 §11.3).
pub const SIGNING_TIME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05];
/// id-aa-signingCertificateV2 (RFC 5035 §3).
pub const SIGNING_CERTIFICATE_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f,
];
/// id-sha256 (RFC 5754 §2.2).
pub const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// rsaEncryption (RFC 8017 appendix A.1).
pub const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// sha256WithRSAEncryption (RFC 8017 appendix A.2.4).
pub const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// ecdsa-with-SHA256 (RFC 5758 §3.2).
pub const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// id-aa-signingCertificate (RFC 2634 §5.4).
pub const SIGNING_CERTIFICATE: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0c,
];
/// id-sha1 (RFC 3370 §2.1).
pub const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
/// id-md5 (RFC 3370 §2.2).
pub const MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05];
/// id-sha384 (RFC 5754 §2.3).
pub const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// id-sha512 (RFC 5754 §2.4).
pub const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];
/// id-sha224 (RFC 5754 §2.1).
pub const SHA224: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04];
/// md5WithRSAEncryption (RFC 3370 §3.2).
pub const MD5_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04];
/// sha1WithRSAEncryption (RFC 3370 §3.2).
pub const SHA1_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
/// sha384WithRSAEncryption (RFC 8017 appendix A.2.4).
pub const SHA384_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c];
/// sha512WithRSAEncryption (RFC 8017 appendix A.2.4).
pub const SHA512_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
/// id-RSASSA-PSS (RFC 8017 appendix A.2.3).
pub const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// id-mgf1 (RFC 8017 appendix A.2.1).
pub const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
/// id-ecPublicKey (RFC 5480 §2.1.1).
pub const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// secp256r1 (RFC 5480 §2.1.1.1).
pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// secp384r1 (RFC 5480 §2.1.1.1).
pub const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// ecdsa-with-SHA1 (RFC 3279 §2.2.3).
pub const ECDSA_WITH_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];
/// ecdsa-with-SHA384 (RFC 5758 §3.2).
pub const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];
/// ecdsa-with-SHA512 (RFC 5758 §3.2).
pub const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
/// id-sha3-224 (NIST CSOR; RFC 8702 §2).
pub const SHA3_224: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x07];
/// id-sha3-256 (NIST CSOR; RFC 9688 §2).
pub const SHA3_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08];
/// id-sha3-384 (RFC 9688 §2).
pub const SHA3_384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09];
/// id-sha3-512 (RFC 9688 §2).
pub const SHA3_512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x0a];
/// sha224WithRSAEncryption (RFC 4055 §5).
pub const SHA224_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e];
/// sha-1WithRSAEncryption, the older identifier (RFC 8017 appendix A.2.4 names the other).
pub const SHA1_WITH_RSA_OIW: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1d];
/// id-rsassa-pkcs1-v1-5-with-sha3-224 (RFC 9688 §3.1).
pub const SHA3_224_WITH_RSA: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0d];
/// id-rsassa-pkcs1-v1-5-with-sha3-256 (RFC 9688 §3.1).
pub const SHA3_256_WITH_RSA: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0e];
/// id-rsassa-pkcs1-v1-5-with-sha3-384 (RFC 9688 §3.1).
pub const SHA3_384_WITH_RSA: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0f];
/// id-rsassa-pkcs1-v1-5-with-sha3-512 (RFC 9688 §3.1).
pub const SHA3_512_WITH_RSA: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x10];
/// ecdsa-with-SHA224 (RFC 5758 §3.2).
pub const ECDSA_WITH_SHA224: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01];
/// id-ecdsa-with-sha3-224 (RFC 9688 §3.2).
pub const ECDSA_WITH_SHA3_224: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x09];
/// id-ecdsa-with-sha3-256 (RFC 9688 §3.2).
pub const ECDSA_WITH_SHA3_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0a];
/// id-ecdsa-with-sha3-384 (RFC 9688 §3.2).
pub const ECDSA_WITH_SHA3_384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0b];
/// id-ecdsa-with-sha3-512 (RFC 9688 §3.2).
pub const ECDSA_WITH_SHA3_512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0c];
/// ecdsa-plain-SHA1 (BSI TR-03111 §5.2.1).
pub const PLAIN_ECDSA_SHA1: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x01];
/// ecdsa-plain-SHA224 (BSI TR-03111 §5.2.1).
pub const PLAIN_ECDSA_SHA224: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x02];
/// ecdsa-plain-SHA256 (BSI TR-03111 §5.2.1).
pub const PLAIN_ECDSA_SHA256: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03];
/// ecdsa-plain-SHA384 (BSI TR-03111 §5.2.1).
pub const PLAIN_ECDSA_SHA384: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x04];
/// ecdsa-plain-SHA512 (BSI TR-03111 §5.2.1).
pub const PLAIN_ECDSA_SHA512: &[u8] = &[0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x05];
/// id-dsa (RFC 3279 §2.3.2).
pub const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
/// ecdsa signatures without a digest (ANSI X9.62: id-ecSigType).
pub const EC_SIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
/// id-dsa-with-sha1 (RFC 3279 §2.2.2).
pub const DSA_WITH_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03];
/// id-dsa-with-sha224 (RFC 5758 §3.1).
pub const DSA_WITH_SHA224: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x01];
/// id-dsa-with-sha256 (RFC 5758 §3.1).
pub const DSA_WITH_SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02];
/// id-dsa-with-sha384 (NIST CSOR).
pub const DSA_WITH_SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x03];
/// id-dsa-with-sha512 (NIST CSOR).
pub const DSA_WITH_SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x04];
/// id-Ed25519 (RFC 8410 §3).
pub const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// id-Ed448 (RFC 8410 §3).
pub const ED448: &[u8] = &[0x2b, 0x65, 0x71];
/// id-X25519 (RFC 8410 §3).
pub const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
/// id-X448 (RFC 8410 §3).
pub const X448: &[u8] = &[0x2b, 0x65, 0x6f];
/// secp192r1 (RFC 5480 §2.1.1.1).
pub const P192: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
/// secp224r1 (RFC 5480 §2.1.1.1).
pub const P224: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x21];
/// secp521r1 (RFC 5480 §2.1.1.1).
pub const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// secp256k1 (SEC 2 §2.4.1).
pub const SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
/// brainpoolP256r1 (RFC 5639 §4.1).
pub const BRAINPOOL_P256R1: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07];
/// brainpoolP384r1 (RFC 5639 §4.1).
pub const BRAINPOOL_P384R1: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0b];
/// brainpoolP512r1 (RFC 5639 §4.1).
pub const BRAINPOOL_P512R1: &[u8] = &[0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0d];

/// id-ce-noRevAvail (RFC 9608 §2).
pub const NO_REV_AVAIL: &[u8] = &[0x55, 0x1d, 56];
/// id-ri-ocsp-response (RFC 5940 §2.1).
pub const OCSP_RESPONSE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 16, 2];
/// id-aa-timeStampToken (RFC 3161 appendix A).
pub const SIGNATURE_TIMESTAMP: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e,
];
/// id-countersignature (RFC 5652 §11.4).
pub const COUNTERSIGNATURE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x06];
/// id-aa-ets-archiveTimestamp (ETSI TS 101 733 V1.7.4 §6.4.1).
pub const ARCHIVE_TIMESTAMP: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x1b,
];
/// id-aa-ets-archiveTimestampV2 (ETSI TS 101 733 V2.2.1 §6.4.1).
pub const ARCHIVE_TIMESTAMP_V2: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x30,
];
/// id-aa-ets-archiveTimestampV3 (EN 319 122-1 §5.5.3).
pub const ARCHIVE_TIMESTAMP_V3: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x04];
/// id-aa-ATSHashIndex (ETSI TS 101 733 V2.2.1 §6.4.2).
pub const ATS_HASH_INDEX: &[u8] = &[0x04, 0x00, 0x8d, 0x45, 0x02, 0x05];
/// id-aa-ATSHashIndex-v3 (EN 319 122-1 §5.5.2).
pub const ATS_HASH_INDEX_V3: &[u8] = &[0x04, 0x00, 0x81, 0x95, 0x32, 0x01, 0x05];
/// id-ct-TSTInfo (RFC 3161 §2.4.2).
pub const TST_INFO: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04,
];

/// Dotted decimal, for people; `?` where the octets are not an identifier.
#[must_use]
pub fn dotted(content: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut value = 0u64;
    for byte in content.iter().take(64) {
        value = value
            .saturating_mul(128)
            .saturating_add(u64::from(byte & 0x7f));
        if byte & 0x80 == 0 {
            arcs.push(value);
            value = 0;
        }
    }
    let Some((first, rest)) = arcs.split_first() else {
        return "?".into();
    };
    let root = (*first / 40).min(2);
    let mut text = format!("{root}.{}", first.saturating_sub(root.saturating_mul(40)));
    for arc in rest {
        text.push('.');
        text.push_str(&arc.to_string());
    }
    text
}

/// The content octets of an identifier in dotted decimal; `None` for anything else.
#[must_use]
pub fn from_dotted(text: &str) -> Option<Vec<u8>> {
    let mut arcs = text.split('.').map(|arc| {
        let plain = !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| arc.parse::<u64>().ok()).flatten()
    });
    let (first, second) = (arcs.next()??, arcs.next()??);
    // X.690 §8.19.4: the first two arcs are one number.
    if first > 2 || (first < 2 && second > 39) {
        return None;
    }
    let mut out = base128(first.checked_mul(40)?.checked_add(second)?);
    for arc in arcs {
        out.extend(base128(arc?));
    }
    Some(out)
}

fn base128(value: u64) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut rest = value;
    loop {
        let more = if digits.is_empty() { 0 } else { 0x80 };
        digits.push(more | u8::try_from(rest & 0x7f).unwrap_or(0));
        rest >>= 7;
        if rest == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_identifiers_are_read_and_written() {
        for (text, content) in [
            ("1.2.840.113549.1.7.2", SIGNED_DATA),
            ("2.16.840.1.101.3.4.2.1", SHA256),
            ("1.3.132.0.34", P384),
            ("1.2.840.113549.1.9.16.2.27", ARCHIVE_TIMESTAMP),
            ("1.2.840.113549.1.9.16.2.48", ARCHIVE_TIMESTAMP_V2),
            ("0.4.0.1733.2.4", ARCHIVE_TIMESTAMP_V3),
            ("0.4.0.1733.2.5", ATS_HASH_INDEX),
            ("0.4.0.19122.1.5", ATS_HASH_INDEX_V3),
        ] {
            assert_eq!(from_dotted(text).as_deref(), Some(content));
            assert_eq!(dotted(content), text);
        }
        assert_eq!(from_dotted("2.999.3"), Some(vec![0x88, 0x37, 3]));
        for text in [
            "",
            "1",
            "3.1",
            "1.40",
            "1..2",
            "1.2.",
            "1.+2",
            "1.2.x",
            "0.99999999999999999999",
        ] {
            assert_eq!(from_dotted(text), None, "{text}");
        }
    }
}
