//! DSA (FIPS 186-4 §4.7), over RustCrypto's integers: its own `dsa` crate raises to exponents as long
//! as the modulus, which costs twelve times as much and so would a hostile chain.

use crate::format::asn1::values::significant;
use crate::trust::algorithms::key::DsaKey;
use crate::trust::algorithms::{DigestAlgorithm, Message};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd};

pub(super) fn verify(
    digest: DigestAlgorithm,
    key: &DsaKey<'_>,
    message: Message<'_>,
    r: &[u8],
    s: &[u8],
) -> bool {
    holds(key, message.digest(digest).as_ref(), r, s).unwrap_or(false)
}

/// `None` where a number is outside its range, so that nothing is computed with it.
fn holds(key: &DsaKey<'_>, hash: &[u8], r: &[u8], s: &[u8]) -> Option<bool> {
    let order = key.q.len();
    // As many octets as q has: all numbers modulo q have one precision.
    let modulo_q = |number: &[u8]| BoxedUint::from_be_slice(number, bits(order)).ok();
    let q = NonZero::new(modulo_q(key.q)?).into_option()?;
    let (first, second) = (modulo_q(r)?, modulo_q(s)?);
    let inside = |number: &BoxedUint| !bool::from(number.is_zero()) && *number < *q;
    if !inside(&first) || !inside(&second) {
        return None;
    }
    // The leftmost octets of the digest, as many as q has: both are whole octets here.
    let z = modulo_q(hash.get(..order.min(hash.len()))?)?.rem_vartime(&q);
    let w = second.invert_mod(&q).into_option()?;
    let (u1, u2) = (z.mul_mod(&w, &q), first.mul_mod(&w, &q));
    let v = power_product(key, &u1, &u2)?;
    let v = v.rem_vartime(&wide(&q, key.p.len())?);
    Some(significant(&v.to_be_bytes()) == significant(r))
}

/// g^u1 · y^u2 modulo p, where 1 < g, y < p.
fn power_product(key: &DsaKey<'_>, u1: &BoxedUint, u2: &BoxedUint) -> Option<BoxedUint> {
    let size = bits(key.p.len());
    let modulo_p = |number: &[u8]| BoxedUint::from_be_slice(number, size).ok();
    let p = Odd::new(modulo_p(key.p)?).into_option()?;
    let parameters = BoxedMontyParams::new_vartime(p.clone());
    let power = |base: &[u8], exponent: &BoxedUint| {
        let base = modulo_p(base)?;
        let one = BoxedUint::one_with_precision(size);
        (base > one && base < *p).then(|| {
            let length = bits(key.q.len());
            BoxedMontyForm::new(base, &parameters).pow_bounded_exp(exponent, length)
        })
    };
    Some(power(key.g, u1)?.mul(&power(key.y, u2)?).retrieve())
}

fn bits(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX).saturating_mul(8)
}

/// A number with the precision of so many octets.
fn wide(number: &NonZero<BoxedUint>, octets: usize) -> Option<NonZero<BoxedUint>> {
    let bytes = number.to_be_bytes();
    let wide = BoxedUint::from_be_slice(&bytes, bits(octets)).ok()?;
    NonZero::new(wide).into_option()
}
