//! RSA signatures (RFC 8017 §8): the number from RustCrypto, the encodings here, since they are of
//! any digest, salt and key size.

use crate::format::asn1::write::{null, octet_string, oid, sequence};
use crate::trust::algorithms::key::{MAX_RSA_BITS, RsaKey};
use crate::trust::algorithms::{DigestAlgorithm, Message, PssScheme};
use rsa::hazmat::rsa_encrypt;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PublicKey};

/// RSASSA-PKCS1-v1_5-VERIFY (RFC 8017 §8.2.2): the whole encoded message is made and compared, so
/// that nothing of it is left to the signer.
pub(super) fn verify_pkcs1(
    digest: DigestAlgorithm,
    key: &RsaKey<'_>,
    message: Message<'_>,
    signature: &[u8],
) -> bool {
    let Some(encoded) = recover(key, signature) else {
        return false;
    };
    // EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 0x00 0x01 PS 0x00 T, PS at least eight octets of 0xff.
    let algorithm = sequence(&[&oid(digest.oid()), &null()]);
    let hash = message.digest(digest);
    let info = sequence(&[&algorithm, &octet_string(hash.as_ref())]);
    let fill = encoded.len().checked_sub(info.len().saturating_add(3));
    let Some(fill) = fill.filter(|fill| *fill >= 8) else {
        return false;
    };
    let expected = [&[0, 1][..], &vec![0xff; fill], &[0], &info].concat();
    encoded == expected
}

/// RSASSA-PSS-VERIFY (RFC 8017 §8.1.2).
pub(super) fn verify_pss(
    scheme: PssScheme,
    key: &RsaKey<'_>,
    message: Message<'_>,
    signature: &[u8],
) -> bool {
    let Some(encoded) = recover(key, signature) else {
        return false;
    };
    // The encoded message has one bit less than the modulus, which may be one octet less.
    let bits = key.bits.saturating_sub(1);
    let encoded = match (bits.is_multiple_of(8), encoded.split_first()) {
        (false, _) => encoded.as_slice(),
        (true, Some((0, rest))) => rest,
        (true, _) => return false,
    };
    pss_consistent(scheme, message, encoded, bits).unwrap_or(false)
}

/// EMSA-PSS-VERIFY (RFC 8017 §9.1.2); `None` where lengths do not fit.
fn pss_consistent(
    scheme: PssScheme,
    message: Message<'_>,
    encoded: &[u8],
    bits: u32,
) -> Option<bool> {
    let salt_len = usize::try_from(scheme.salt).ok()?;
    let hash_len = scheme.digest.output_len();
    let (rest, trailer) = encoded.split_at_checked(encoded.len().checked_sub(1)?)?;
    let (masked, h) = rest.split_at_checked(rest.len().checked_sub(hash_len)?)?;
    let unused = (8u32.saturating_sub(bits % 8)) % 8;
    let mask = 0xffu8.checked_shr(unused)?;
    if trailer != [0xbc] || masked.first().is_none_or(|first| first & !mask != 0) {
        return Some(false);
    }
    let mut data = mgf1(scheme.mask, h, masked.len());
    for (to, from) in data.iter_mut().zip(masked) {
        *to ^= from;
    }
    if let Some(first) = data.first_mut() {
        *first &= mask;
    }
    let (fill, salt) = data.split_at_checked(data.len().checked_sub(salt_len)?)?;
    let (one, zeros) = fill.split_last()?;
    if *one != 1 || zeros.iter().any(|byte| *byte != 0) {
        return Some(false);
    }
    let mut context = scheme.digest.context();
    context.update(&[0; 8]);
    context.update(message.digest(scheme.digest).as_ref());
    context.update(salt);
    Some(context.finish().as_ref() == h)
}

/// MGF1 (RFC 8017 appendix B.2.1).
fn mgf1(digest: DigestAlgorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let mut seeded = digest.context();
    seeded.update(seed);
    let mut mask = Vec::with_capacity(length.saturating_add(64));
    for counter in 0u32.. {
        if mask.len() >= length {
            break;
        }
        let mut context = seeded.clone();
        context.update(&counter.to_be_bytes());
        mask.extend_from_slice(context.finish().as_ref());
    }
    mask.truncate(length);
    mask
}

/// RSAVP1 (RFC 8017 §5.2.2): the encoded message, as long as the modulus.
fn recover(key: &RsaKey<'_>, signature: &[u8]) -> Option<Vec<u8>> {
    let limit = usize::try_from(MAX_RSA_BITS).ok()?;
    let modulus = BoxedUint::from_be_slice_vartime(key.modulus);
    let exponent = BoxedUint::from_be_slice_vartime(key.exponent);
    let public = PublicKey::new_with_size_limits(modulus, exponent, 1..=limit).ok()?;
    if signature.len() != key.modulus.len() {
        return None;
    }
    let modulus = public.n().as_ref();
    let value = BoxedUint::from_be_slice(signature, modulus.bits_precision()).ok()?;
    if value >= *modulus {
        return None;
    }
    let encoded = rsa_encrypt(&public, &value).ok()?.to_be_bytes();
    // The library's number is whole words; what is above the modulus is zero.
    let above = encoded.len().checked_sub(signature.len())?;
    encoded.get(above..).map(<[u8]>::to_vec)
}
