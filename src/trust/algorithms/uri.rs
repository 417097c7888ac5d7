//! Algorithms by the identifiers of XML (XMLDSig §6, RFC 9231 §2, W3C XML Security Algorithm
//! Cross-Reference).

use super::{DigestAlgorithm, PssScheme, Rejection, SignatureScheme};
use crate::format::asn1::write;
use crate::format::xml::signature::{PssParameters, SignatureMethod};
use std::borrow::Cow;

use DigestAlgorithm::{
    Md5, Sha1, Sha3_224, Sha3_256, Sha3_384, Sha3_512, Sha224, Sha256, Sha384, Sha512,
};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const MORE_2001: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const MORE_2021: &str = "http://www.w3.org/2021/04/xmldsig-more#";
const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";

/// A digest algorithm by its URI.
///
/// # Errors
/// [`Rejection::NotSupported`] if it is not implemented.
pub fn digest(uri: &str) -> Result<DigestAlgorithm, Rejection> {
    let known = [
        (MORE_2001, "md5", Md5),
        (DSIG, "sha1", Sha1),
        (MORE_2001, "sha224", Sha224),
        (ENC, "sha256", Sha256),
        (MORE_2001, "sha384", Sha384),
        (ENC, "sha512", Sha512),
        (MORE_2007, "sha3-224", Sha3_224),
        (MORE_2007, "sha3-256", Sha3_256),
        (MORE_2007, "sha3-384", Sha3_384),
        (MORE_2007, "sha3-512", Sha3_512),
    ];
    let mut found = known
        .into_iter()
        .filter(|(base, name, _)| uri.strip_prefix(base) == Some(name));
    let found = found.next().map(|(_, _, digest)| digest);
    found.ok_or_else(|| unknown(uri))
}

fn unknown(uri: &str) -> Rejection {
    Rejection::NotSupported(uri.chars().take(128).collect())
}

/// How the octets of a signature value are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueForm {
    /// As the scheme has them.
    Plain,
    /// Two numbers side by side (XMLDSig §6.4.1 and §6.4.3), which the scheme has as a SEQUENCE.
    Pair,
}

/// A signature scheme by its URI and parameters, and how its values are written.
///
/// # Errors
/// [`Rejection::NotSupported`] if it is not implemented; an HMAC is never accepted, because whoever
/// verifies it can have made it.
pub fn signature(method: &SignatureMethod) -> Result<(SignatureScheme, ValueForm), Rejection> {
    let uri = method.uri.as_str();
    if uri.contains("#hmac-") {
        return Err(Rejection::NotAccepted("HMAC".into()));
    }
    if uri == "http://www.w3.org/2007/05/xmldsig-more#rsa-pss" {
        let default = PssParameters::default();
        let scheme = pss(method.pss.as_ref().unwrap_or(&default))?;
        return Ok((SignatureScheme::RsaPss(scheme), ValueForm::Plain));
    }
    if method.pss.is_some() {
        return Err(Rejection::NotSupported("RSA-PSS parameters".into()));
    }
    rsa(uri)
        .or_else(|| pair(uri))
        .or_else(|| {
            let eddsa = uri.strip_prefix(MORE_2021) == Some("eddsa-ed25519");
            eddsa.then_some((SignatureScheme::Ed25519, ValueForm::Plain))
        })
        .ok_or_else(|| unknown(uri))
}

fn rsa(uri: &str) -> Option<(SignatureScheme, ValueForm)> {
    let pkcs1 = [
        (MORE_2001, "rsa-md5", Md5),
        (DSIG, "rsa-sha1", Sha1),
        (MORE_2001, "rsa-sha224", Sha224),
        (MORE_2001, "rsa-sha256", Sha256),
        (MORE_2001, "rsa-sha384", Sha384),
        (MORE_2001, "rsa-sha512", Sha512),
    ];
    let mut found = pkcs1.into_iter().filter(|(b, n, _)| is(uri, b, n));
    if let Some((_, _, digest)) = found.next() {
        return Some((SignatureScheme::RsaPkcs1(digest), ValueForm::Plain));
    }
    // RFC 9231 §2.3.10: MGF1 with the same digest, a salt as long as it.
    let mgf1 = [
        ("sha1-rsa-MGF1", Sha1),
        ("sha224-rsa-MGF1", Sha224),
        ("sha256-rsa-MGF1", Sha256),
        ("sha384-rsa-MGF1", Sha384),
        ("sha512-rsa-MGF1", Sha512),
        ("sha3-224-rsa-MGF1", Sha3_224),
        ("sha3-256-rsa-MGF1", Sha3_256),
        ("sha3-384-rsa-MGF1", Sha3_384),
        ("sha3-512-rsa-MGF1", Sha3_512),
    ];
    let mut found = mgf1
        .into_iter()
        .filter(|(name, _)| is(uri, MORE_2007, name));
    let (_, digest) = found.next()?;
    let scheme = PssScheme {
        digest,
        mask: digest,
        salt: length(digest),
    };
    Some((SignatureScheme::RsaPss(scheme), ValueForm::Plain))
}

fn pair(uri: &str) -> Option<(SignatureScheme, ValueForm)> {
    let ecdsa = [
        (MORE_2001, "ecdsa-sha1", Sha1),
        (MORE_2001, "ecdsa-sha224", Sha224),
        (MORE_2001, "ecdsa-sha256", Sha256),
        (MORE_2001, "ecdsa-sha384", Sha384),
        (MORE_2001, "ecdsa-sha512", Sha512),
        (MORE_2021, "ecdsa-sha3-224", Sha3_224),
        (MORE_2021, "ecdsa-sha3-256", Sha3_256),
        (MORE_2021, "ecdsa-sha3-384", Sha3_384),
        (MORE_2021, "ecdsa-sha3-512", Sha3_512),
    ];
    let mut found = ecdsa.into_iter().filter(|(b, n, _)| is(uri, b, n));
    if let Some((_, _, digest)) = found.next() {
        return Some((SignatureScheme::Ecdsa(digest), ValueForm::Pair));
    }
    let dsa = [(DSIG, "dsa-sha1", Sha1), (DSIG11, "dsa-sha256", Sha256)];
    let mut found = dsa.into_iter().filter(|(b, n, _)| is(uri, b, n));
    let (_, _, digest) = found.next()?;
    Some((SignatureScheme::Dsa(digest), ValueForm::Pair))
}

fn is(uri: &str, base: &str, name: &str) -> bool {
    uri.strip_prefix(base) == Some(name)
}

fn length(digest: DigestAlgorithm) -> u32 {
    u32::try_from(digest.output_len()).unwrap_or(u32::MAX)
}

/// RFC 9231 §2.3.9: by default SHA-256, MGF1 with the same, a salt as long as it, trailer 1.
fn pss(parameters: &PssParameters) -> Result<PssScheme, Rejection> {
    let named = |uri: &Option<String>| uri.as_deref().map(digest).transpose();
    let message = named(&parameters.digest)?.unwrap_or(Sha256);
    let mask = match &parameters.mask {
        None => message,
        Some((function, inside)) if function == MGF1 => named(inside)?.unwrap_or(Sha256),
        Some((other, _)) => return Err(unknown(other)),
    };
    if parameters.trailer.is_some_and(|trailer| trailer != 1) {
        return Err(Rejection::NotSupported(
            "RSA-PSS with another trailer".into(),
        ));
    }
    Ok(PssScheme {
        digest: message,
        mask,
        salt: parameters.salt.unwrap_or_else(|| length(message)),
    })
}

impl ValueForm {
    /// The value as the scheme reads it.
    ///
    /// # Errors
    /// [`Rejection::Invalid`] if it is not two numbers of one length.
    pub fn read(self, value: &[u8]) -> Result<Cow<'_, [u8]>, Rejection> {
        match self {
            Self::Plain => Ok(Cow::Borrowed(value)),
            Self::Pair => {
                let half = value.len() / 2;
                let even = !value.is_empty() && value.len().is_multiple_of(2);
                let (r, s) = value.split_at_checked(half).ok_or(Rejection::Invalid)?;
                match even {
                    true => Ok(write::sequence(&[&integer(r), &integer(s)]).into()),
                    false => Err(Rejection::Invalid),
                }
            }
        }
    }
}

/// A number without sign as an INTEGER (X.690 §8.3).
fn integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|b| **b == 0).count();
    let digits = octets.get(zeros..).unwrap_or_default();
    let mut content = Vec::with_capacity(digits.len().saturating_add(1));
    if digits.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    write::element(write::tag::INTEGER, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(uri: &str) -> SignatureMethod {
        SignatureMethod {
            uri: uri.to_owned(),
            pss: None,
        }
    }

    #[test]
    fn two_numbers_become_a_sequence() {
        let read = |value: &[u8]| ValueForm::Pair.read(value).map(Cow::into_owned);
        assert_eq!(read(&[1, 2]), Ok(vec![0x30, 6, 2, 1, 1, 2, 1, 2]));
        // Leading zeros go, a sign bit gets one; of nothing but zeros one is left, which no scheme takes.
        assert_eq!(
            read(&[0, 1, 0x80, 0]),
            Ok(vec![0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0])
        );
        assert_eq!(read(&[0, 0]), Ok(vec![0x30, 6, 2, 1, 0, 2, 1, 0]));
        for wrong in [&[][..], &[1], &[1, 2, 3]] {
            assert_eq!(read(wrong), Err(Rejection::Invalid));
        }
        assert_eq!(ValueForm::Plain.read(&[1]), Ok(Cow::Borrowed(&[1u8][..])));
    }

    #[test]
    fn identifiers_name_what_they_should_and_nothing_near() {
        let rows = [
            ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "RSA SHA-1"),
            (
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "RSA SHA-256",
            ),
            (
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                "ECDSA SHA-384",
            ),
            (
                "http://www.w3.org/2021/04/xmldsig-more#ecdsa-sha3-256",
                "ECDSA SHA3-256",
            ),
            ("http://www.w3.org/2009/xmldsig11#dsa-sha256", "DSA SHA-256"),
            (
                "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
                "RSA-PSS SHA-512",
            ),
            (
                "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
                "RSA-PSS SHA-256",
            ),
            (
                "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
                "Ed25519",
            ),
        ];
        for (uri, name) in rows {
            let (scheme, _) = signature(&named(uri)).expect(uri);
            assert_eq!(scheme.name(), name);
            for near in [format!("{uri} "), format!("x{uri}"), uri.to_uppercase()] {
                assert!(signature(&named(&near)).is_err(), "{near}");
            }
        }
        let hmac = named("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256");
        assert_eq!(signature(&hmac), Err(Rejection::NotAccepted("HMAC".into())));
        assert!(digest("http://www.w3.org/2001/04/xmlenc#sha256").is_ok());
        assert!(digest("http://www.w3.org/2000/09/xmldsig#sha256").is_err());
    }

    #[test]
    fn parameters_of_pss_have_the_defaults_of_rfc_9231() {
        let with = |parameters| SignatureMethod {
            pss: Some(parameters),
            ..named("http://www.w3.org/2007/05/xmldsig-more#rsa-pss")
        };
        let scheme = |parameters| signature(&with(parameters)).map(|(scheme, _)| scheme);
        let sha384 = Some("http://www.w3.org/2001/04/xmldsig-more#sha384".to_owned());
        let found = scheme(PssParameters {
            digest: sha384,
            ..PssParameters::default()
        });
        let expected = PssScheme {
            digest: Sha384,
            mask: Sha384,
            salt: 48,
        };
        assert_eq!(found, Ok(SignatureScheme::RsaPss(expected)));
        let trailer = PssParameters {
            trailer: Some(2),
            ..PssParameters::default()
        };
        assert!(scheme(trailer).is_err());
        let mask = PssParameters {
            mask: Some(("urn:other".into(), None)),
            ..PssParameters::default()
        };
        assert!(scheme(mask).is_err());
        // Of another identifier parameters are not guessed at.
        let other = SignatureMethod {
            uri: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256".into(),
            ..with(PssParameters::default())
        };
        assert!(signature(&other).is_err());
    }
}
