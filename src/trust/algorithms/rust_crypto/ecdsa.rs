//! ECDSA (FIPS 186-5 §6.4.2) on the curves that RustCrypto has.

use crate::trust::algorithms::{Curve, DigestAlgorithm, Message};
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, ProjectivePoint, PublicKey,
};
use ecdsa::{EcdsaCurve, Signature, SignatureSize, hazmat};

/// Whether `r ‖ s` is a signature; `None` for a curve that is not implemented.
pub(super) fn verify(
    curve: Curve,
    point: &[u8],
    digest: DigestAlgorithm,
    message: Message<'_>,
    numbers: &[u8],
) -> Option<bool> {
    let hash = message.digest(digest);
    let hash = hash.as_ref();
    Some(match curve {
        Curve::P256 => on::<p256::NistP256>(point, hash, numbers),
        Curve::P384 => on::<p384::NistP384>(point, hash, numbers),
        Curve::P521 => on::<p521::NistP521>(point, hash, numbers),
        Curve::BrainpoolP256r1 => on::<bp256::BrainpoolP256r1>(point, hash, numbers),
        Curve::BrainpoolP384r1 => on::<bp384::BrainpoolP384r1>(point, hash, numbers),
        Curve::P192 | Curve::P224 | Curve::Secp256k1 | Curve::BrainpoolP512r1 => return None,
    })
}

/// The point is checked to lie on the curve and not to be the identity (SEC 1 §3.2.2.1).
fn on<C>(point: &[u8], hash: &[u8], numbers: &[u8]) -> bool
where
    C: EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ecdsa::elliptic_curve::array::ArraySize,
{
    let Ok(key) = PublicKey::<C>::from_sec1_bytes(point) else {
        return false;
    };
    let Ok(signature) = Signature::<C>::from_slice(numbers) else {
        return false;
    };
    let point = ProjectivePoint::<C>::from(*key.as_affine());
    hazmat::verify_prehashed::<C>(&point, hash, &signature).is_ok()
}
