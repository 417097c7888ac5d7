//! What a signature check is counted as, so that what one file may cost is the same on every machine.

use super::{Curve, KeyFacts, KeyFamily, Rejection};

/// Octets that are digested in a microsecond.
const OCTETS: usize = 512;

/// Microseconds of one core, rounded up: those of the slower library where two can tell, and of what is signed
/// those of the slower digests. A key that is none is refused before anything is computed.
pub(in crate::trust) fn cost(key: Result<KeyFacts, Rejection>, octets: usize) -> u64 {
    let value = key.map_or(1, |key| of_value(&key));
    let digested = u64::try_from(octets / OCTETS).unwrap_or(u64::MAX);
    value.saturating_add(digested)
}

fn of_value(key: &KeyFacts) -> u64 {
    let square = |bits: u32, unit: u64| {
        let units = u64::from(bits).div_ceil(unit);
        units.saturating_mul(units)
    };
    match key.family {
        // One short power: 2,048 bits come to 64, 8,192 to 1,024.
        KeyFamily::Rsa | KeyFamily::RsaPss => square(key.bits, 256),
        // Two powers as long as the order: 3,072 bits come to 1,024.
        KeyFamily::Dsa => square(key.bits, 96),
        KeyFamily::Ec(curve) => of_curve(curve),
        KeyFamily::Ed25519 => 100,
        // Nothing is computed.
        KeyFamily::Ed448 | KeyFamily::Agreement => 1,
    }
}

fn of_curve(curve: Curve) -> u64 {
    match curve {
        Curve::P256 => 200,
        Curve::P384 | Curve::BrainpoolP256r1 => 600,
        Curve::P521 | Curve::BrainpoolP384r1 => 1_000,
        Curve::P192 | Curve::P224 | Curve::Secp256k1 | Curve::BrainpoolP512r1 => 1,
    }
}
