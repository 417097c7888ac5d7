//! Public keys: what a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) holds, read without trusting it.

use super::{PssScheme, Rejection};
use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::significant;
use crate::format::cms::read::Algorithm;

/// Above this a check costs more than any real key is worth (attack catalogue K3); ring has the
/// same bound.
pub const MAX_RSA_BITS: u32 = 8192;
/// The longest public exponent: FIPS 186-4 demands 65537 or more, and the cost of a check grows
/// with each bit (ring has the same bound).
const MAX_EXPONENT_BITS: u32 = 33;

/// A public key as a certificate carries it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKeyRef<'a> {
    /// The SubjectPublicKeyInfo, whole.
    pub spki: &'a [u8],
    /// The working public key parameters of the issuer (RFC 5280 §6.1.4 (d) to (f)), whole, for a
    /// DSA key that leaves its own out.
    pub inherited: Option<&'a [u8]>,
}

impl<'a> PublicKeyRef<'a> {
    /// A key that inherits nothing: a trust anchor's, or one outside a path.
    #[must_use]
    pub fn new(spki: &'a [u8]) -> Self {
        Self {
            spki,
            inherited: None,
        }
    }

    /// The key of a certificate below the one that holds `self`, with the parameters that it
    /// inherits (RFC 5280 §6.1.4 (d) to (f)): those of `self`, if it has the same algorithm and
    /// none of its own.
    #[must_use]
    pub fn below(self, spki: &'a [u8]) -> Self {
        let (Ok(above), Ok(below)) = (Info::read(self.spki), Info::read(spki)) else {
            return Self::new(spki);
        };
        let same = above.algorithm.oid == below.algorithm.oid;
        let bare = stated(&below.algorithm).is_none();
        let working = stated(&above.algorithm).map(|p| p.full).or(self.inherited);
        Self {
            spki,
            inherited: working.filter(|_| same && bare),
        }
    }
}

/// A named curve.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Curve {
    /// secp192r1.
    P192,
    /// secp224r1.
    P224,
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
    /// secp256k1.
    Secp256k1,
    /// brainpoolP256r1.
    BrainpoolP256r1,
    /// brainpoolP384r1.
    BrainpoolP384r1,
    /// brainpoolP512r1.
    BrainpoolP512r1,
}

impl Curve {
    const ALL: [(&'static [u8], Self); 9] = [
        (oid::P192, Self::P192),
        (oid::P224, Self::P224),
        (oid::P256, Self::P256),
        (oid::P384, Self::P384),
        (oid::P521, Self::P521),
        (oid::SECP256K1, Self::Secp256k1),
        (oid::BRAINPOOL_P256R1, Self::BrainpoolP256r1),
        (oid::BRAINPOOL_P384R1, Self::BrainpoolP384r1),
        (oid::BRAINPOOL_P512R1, Self::BrainpoolP512r1),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P192 => "P-192",
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
            Self::BrainpoolP256r1 => "brainpoolP256r1",
            Self::BrainpoolP384r1 => "brainpoolP384r1",
            Self::BrainpoolP512r1 => "brainpoolP512r1",
        }
    }

    /// The size of its order in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::P192 => 192,
            Self::P224 => 224,
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 => 256,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::P521 => 521,
            Self::BrainpoolP512r1 => 512,
        }
    }

    /// The size of a coordinate in bytes.
    pub(super) fn bytes(self) -> usize {
        usize::try_from(self.bits().div_ceil(8)).unwrap_or(usize::MAX)
    }
}

/// What kind a key is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyFamily {
    /// rsaEncryption.
    Rsa,
    /// id-RSASSA-PSS: a key that signs in no other way (RFC 4055 §1.2).
    RsaPss,
    /// DSA.
    Dsa,
    /// An elliptic curve.
    Ec(Curve),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// X25519 or X448, which sign nothing.
    Agreement,
}

/// What the policy asks about a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyFacts {
    /// Its kind.
    pub family: KeyFamily,
    /// Its size: of the modulus, of the prime p, of the curve.
    pub bits: u32,
}

impl KeyFacts {
    /// What is known of a key.
    ///
    /// # Errors
    /// [`Rejection`] if it is of an unknown kind, malformed, or refused at any time.
    pub fn of(key: PublicKeyRef<'_>) -> Result<Self, Rejection> {
        PublicKey::parse(key).map(|key| key.facts())
    }

    /// Its name, for people: `RSA 2048`, `P-256`.
    #[must_use]
    pub fn name(&self) -> String {
        match self.family {
            KeyFamily::Rsa | KeyFamily::RsaPss => format!("RSA {}", self.bits),
            KeyFamily::Dsa => format!("DSA {}", self.bits),
            KeyFamily::Ec(curve) => curve.name().to_owned(),
            KeyFamily::Ed25519 => "Ed25519".to_owned(),
            KeyFamily::Ed448 => "Ed448".to_owned(),
            KeyFamily::Agreement => "a key that signs nothing".to_owned(),
        }
    }
}

/// An RSA key: unsigned numbers without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct RsaKey<'a> {
    pub(super) modulus: &'a [u8],
    pub(super) exponent: &'a [u8],
    pub(super) bits: u32,
}

/// A DSA key: unsigned numbers without leading zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct DsaKey<'a> {
    pub(super) p: &'a [u8],
    pub(super) q: &'a [u8],
    pub(super) g: &'a [u8],
    pub(super) y: &'a [u8],
    pub(super) bits: u32,
}

/// A public key that is fit to be verified with.
#[derive(Clone, Copy, Debug)]
pub(super) enum PublicKey<'a> {
    Rsa(RsaKey<'a>),
    RsaPss(RsaKey<'a>, Option<PssScheme>),
    Dsa(DsaKey<'a>),
    Ec(Curve, &'a [u8]),
    Ed25519(&'a [u8]),
    Ed448,
    Agreement(u32),
}

impl<'a> PublicKey<'a> {
    pub(super) fn parse(key: PublicKeyRef<'a>) -> Result<Self, Rejection> {
        let info = Info::read(key.spki)?;
        let algorithm = &info.algorithm;
        match algorithm.oid {
            // RFC 3279 §2.3.1: the parameters are NULL.
            oid::RSA_ENCRYPTION if stated(algorithm).is_none() => rsa(info.bits).map(Self::Rsa),
            oid::RSASSA_PSS => {
                let restriction = algorithm.parameters.as_ref();
                let restriction = restriction.map(PssScheme::read).transpose()?;
                Ok(Self::RsaPss(rsa(info.bits)?, restriction))
            }
            oid::DSA => dsa(
                stated(algorithm).map(|p| p.full).or(key.inherited),
                info.bits,
            ),
            oid::EC_PUBLIC_KEY => Ok(Self::Ec(curve(algorithm)?, info.bits)),
            // RFC 8410 §3: no parameters.
            oid::ED25519 if algorithm.parameters.is_none() => Ok(Self::Ed25519(info.bits)),
            oid::ED448 if algorithm.parameters.is_none() => Ok(Self::Ed448),
            oid::X25519 => Ok(Self::Agreement(256)),
            oid::X448 => Ok(Self::Agreement(448)),
            other => Err(Rejection::NotSupported(oid::dotted(other))),
        }
    }

    pub(super) fn facts(&self) -> KeyFacts {
        let (family, bits) = match self {
            Self::Rsa(key) => (KeyFamily::Rsa, key.bits),
            Self::RsaPss(key, _) => (KeyFamily::RsaPss, key.bits),
            Self::Dsa(key) => (KeyFamily::Dsa, key.bits),
            Self::Ec(curve, _) => (KeyFamily::Ec(*curve), curve.bits()),
            Self::Ed25519(_) => (KeyFamily::Ed25519, 256),
            Self::Ed448 => (KeyFamily::Ed448, 448),
            Self::Agreement(bits) => (KeyFamily::Agreement, *bits),
        };
        KeyFacts { family, bits }
    }
}

fn malformed(_: BerError) -> Rejection {
    Rejection::NotSupported("a malformed public key".to_owned())
}

/// A SubjectPublicKeyInfo taken apart.
struct Info<'a> {
    algorithm: Algorithm<'a>,
    bits: &'a [u8],
}

impl<'a> Info<'a> {
    fn read(spki: &'a [u8]) -> Result<Self, Rejection> {
        let mut outer = Reader::new(spki);
        let mut fields = outer.expect(0x30).map_err(malformed)?.reader();
        outer.end().map_err(malformed)?;
        let algorithm = Algorithm::read(&mut fields).map_err(malformed)?;
        let bits = fields.expect(0x03).map_err(malformed)?.content;
        fields.end().map_err(malformed)?;
        // Every key is whole octets.
        let Some((0, bits)) = bits.split_first() else {
            return Err(malformed(BerError::Value(0)));
        };
        Ok(Self { algorithm, bits })
    }
}

/// The parameters, where they say anything: NULL stands for none (RFC 5280 §6.1.4 (e)).
fn stated<'a>(algorithm: &Algorithm<'a>) -> Option<Element<'a>> {
    algorithm.parameters.filter(|p| p.tag != 0x05)
}

/// RFC 5480 §2.1.1: a named curve. One that is spelled out may have a generator of the forger's
/// choice (CVE-2020-0601).
fn curve(algorithm: &Algorithm<'_>) -> Result<Curve, Rejection> {
    match algorithm.parameters.map(|p| (p.tag, p.content)) {
        Some((0x06, name)) => {
            let mut known = Curve::ALL.iter().filter(|(kind, _)| *kind == name);
            let found = known.next().map(|(_, curve)| *curve);
            found.ok_or_else(|| Rejection::NotSupported(oid::dotted(name)))
        }
        Some((0x30, _)) => Err(Rejection::NotAccepted("an explicit curve".into())),
        Some(_) | None => Err(Rejection::NotSupported("a key without a curve".into())),
    }
}

/// RSAPublicKey (RFC 8017 appendix A.1.1). The modulus is read as unsigned whatever its encoding
/// says: a series of real identity cards writes it as a negative number.
fn rsa(bits: &[u8]) -> Result<RsaKey<'_>, Rejection> {
    let mut outer = Reader::new(bits);
    let mut fields = outer.expect(0x30).map_err(malformed)?.reader();
    outer.end().map_err(malformed)?;
    let modulus = significant(fields.expect(0x02).map_err(malformed)?.content);
    let exponent = unsigned(&fields.expect(0x02).map_err(malformed)?)?;
    fields.end().map_err(malformed)?;
    let bits = bit_length(modulus);
    if bits > MAX_RSA_BITS {
        return Err(Rejection::NotAccepted(format!("RSA {bits}")));
    }
    if modulus.last().is_none_or(|last| last & 1 == 0) {
        return Err(malformed(BerError::Value(0)));
    }
    let odd = exponent.last().is_some_and(|last| last & 1 == 1);
    if !odd || exponent == [1] || bit_length(exponent) > MAX_EXPONENT_BITS {
        return Err(Rejection::NotAccepted("RSA with this exponent".into()));
    }
    Ok(RsaKey {
        modulus,
        exponent,
        bits,
    })
}

/// Dss-Parms and DSAPublicKey (RFC 3279 §2.3.2), in the sizes of FIPS 186-4 §4.2 only, so that a
/// hostile key costs no more than a real one.
fn dsa<'a>(parameters: Option<&'a [u8]>, bits: &'a [u8]) -> Result<PublicKey<'a>, Rejection> {
    let missing = || Rejection::NotSupported("a DSA key without parameters".to_owned());
    let mut outer = Reader::new(parameters.ok_or_else(missing)?);
    let mut fields = outer.expect(0x30).map_err(malformed)?.reader();
    let mut number = || unsigned(&fields.expect(0x02).map_err(malformed)?);
    let (p, q, g) = (number()?, number()?, number()?);
    fields.end().map_err(malformed)?;
    let mut value = Reader::new(bits);
    let y = unsigned(&value.expect(0x02).map_err(malformed)?)?;
    value.end().map_err(malformed)?;
    let (bits, order) = (bit_length(p), bit_length(q));
    if !matches!((bits, order), (1024, 160) | (2048, 224 | 256) | (3072, 256)) {
        return Err(Rejection::NotSupported(format!("DSA {bits}/{order}")));
    }
    if g.len() > p.len() || y.len() > p.len() {
        return Err(malformed(BerError::Value(0)));
    }
    Ok(PublicKey::Dsa(DsaKey { p, q, g, y, bits }))
}

/// A positive INTEGER, minimal or not.
fn unsigned<'a>(integer: &Element<'a>) -> Result<&'a [u8], Rejection> {
    match integer.content {
        [] => Err(malformed(BerError::Value(integer.start))),
        [first, ..] if first & 0x80 != 0 => Err(malformed(BerError::Value(integer.start))),
        bytes => Ok(significant(bytes)),
    }
}

fn bit_length(number: &[u8]) -> u32 {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    let bytes = u32::try_from(number.len()).unwrap_or(u32::MAX);
    bytes.saturating_mul(8).saturating_sub(leading)
}
