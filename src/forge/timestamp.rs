//! Timestamp tokens (RFC 3161): good ones, ones with any field changed, the responses that carry
//! them and the queries they answer.

use super::crl::wrapped;
use super::extension::Extension;
use super::name::GeneralName;
use super::ocsp::Hash;
use super::{Entity, ForgeError, der};
use crate::format::asn1::read::{BerError, Reader};
use crate::format::asn1::write::tag;
use crate::format::cms::write::{Assembly, assemble, attribute, signed_attributes_of};
use crate::model::{Digest, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// id-ct-TSTInfo.
pub const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
/// id-aa-signatureTimeStampToken (RFC 3161 appendix A).
pub const SIGNATURE_TIMESTAMP: &str = "1.2.840.113549.1.9.16.2.14";

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// TSTInfo (RFC 3161 §2.4.2) and what is around it.
#[derive(Clone, Debug)]
pub struct Token {
    /// policy.
    pub policy: String,
    /// The AlgorithmIdentifier of the imprint's hash, DER.
    pub algorithm: Vec<u8>,
    /// hashedMessage.
    pub imprint: Vec<u8>,
    /// serialNumber.
    pub serial: u64,
    /// genTime, a complete encoding.
    pub time: Vec<u8>,
    /// accuracy in seconds.
    pub accuracy: Option<u64>,
    /// ordering.
    pub ordering: bool,
    /// The content octets of the nonce.
    pub nonce: Option<Vec<u8>>,
    /// tsa.
    pub tsa: Option<GeneralName>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// The content type that is written, id-ct-TSTInfo by right.
    pub content_type: String,
    /// The certificate that signing-certificate-v2 names, if not the signer's.
    pub names: Option<Entity>,
    /// Whether the signer's certificate and those above it are sent along.
    pub with_certificates: bool,
    /// Unsigned attributes, complete encodings.
    pub unsigned: Vec<Vec<u8>>,
}

impl Token {
    /// For some bytes, by their SHA-256, at a time.
    #[must_use]
    pub fn of(message: &[u8], at: Timestamp) -> Self {
        Self::imprint(Hash::Sha256.algorithm(), Hash::Sha256.of(message), at)
    }

    /// For a digest that is known already.
    #[must_use]
    pub fn imprint(algorithm: Vec<u8>, imprint: Vec<u8>, at: Timestamp) -> Self {
        Self {
            policy: "1.3.6.1.4.1.99999.1".into(),
            algorithm,
            imprint,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            time: der::generalized(at),
            accuracy: Some(1),
            ordering: false,
            nonce: None,
            tsa: None,
            extensions: Vec::new(),
            content_type: TST_INFO.into(),
            names: None,
            with_certificates: true,
            unsigned: Vec::new(),
        }
    }

    fn info(&self) -> Vec<u8> {
        let accuracy = self.accuracy.map(|s| der::sequence_of(&[der::integer(s)]));
        let ordering = if self.ordering {
            der::yes()
        } else {
            Vec::new()
        };
        let nonce = self.nonce.as_ref().map(|n| der::raw_integer(n));
        let tsa = self.tsa.as_ref().map(|n| der::explicit(0, &n.der()));
        let extensions = wrapped(&self.extensions).map(|e| der::retag(1, e));
        der::sequence_of(&[
            der::integer(1),
            der::oid(&self.policy),
            der::sequence_of(&[self.algorithm.clone(), der::octets(&self.imprint)]),
            der::integer(self.serial),
            self.time.clone(),
            accuracy.unwrap_or_default(),
            ordering,
            nonce.unwrap_or_default(),
            tsa.unwrap_or_default(),
            extensions.unwrap_or_default(),
        ])
    }

    /// TimeStampToken, DER.
    ///
    /// # Errors
    /// [`ForgeError`] if the key does not sign CMS or the certificate cannot be read back.
    pub fn signed_by(&self, signer: &Entity) -> Result<Vec<u8>, ForgeError> {
        let identity = signer.identity()?;
        let named = match &self.names {
            Some(other) => other.identity()?.certificate,
            None => identity.certificate.clone(),
        };
        let info = self.info();
        let content_type = der::arcs(&self.content_type);
        let attributes = signed_attributes_of(&content_type, &Digest::of(&info), &named, None);
        let signature = signer.key.sign(&attributes)?;
        let chain: Vec<&[u8]> = signer.above.iter().map(Vec::as_slice).collect();
        let unsigned: Vec<&[u8]> = self.unsigned.iter().map(Vec::as_slice).collect();
        Ok(assemble(&Assembly {
            content_type: &content_type,
            content: Some(&info),
            attributes: Some(&attributes),
            signature: &signature,
            algorithm: signer.key.algorithm()?,
            signer: &identity.certificate,
            chain: if self.with_certificates { &chain } else { &[] },
            revocation: &[],
            unsigned: &unsigned,
        }))
    }
}

/// The unsigned attribute that carries a token over a signature value (RFC 3161 appendix A).
#[must_use]
pub fn signature_timestamp(token: &[u8]) -> Vec<u8> {
    attribute(&der::arcs(SIGNATURE_TIMESTAMP), token)
}

/// TimeStampResp that grants a token.
#[must_use]
pub fn granted(token: &[u8]) -> Vec<u8> {
    der::sequence_of(&[der::sequence_of(&[der::integer(0)]), token.to_vec()])
}

/// TimeStampResp that rejects: PKIStatus 2 and a bit of PKIFailureInfo (0 badAlg, 2 badRequest,
/// 5 badDataFormat, 14 timeNotAvailable, 15 unacceptedPolicy).
#[must_use]
pub fn rejected(failure: u8) -> Vec<u8> {
    use crate::format::asn1::write::element;
    let failure = element(der::BIT_STRING, &der::named_bits(&[failure]));
    der::sequence_of(&[der::sequence_of(&[der::integer(2), failure])])
}

/// TimeStampReq as an authority reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Query {
    /// The AlgorithmIdentifier of the imprint's hash, DER.
    pub algorithm: Vec<u8>,
    /// hashedMessage.
    pub imprint: Vec<u8>,
    /// The content octets of the nonce.
    pub nonce: Option<Vec<u8>>,
    /// certReq.
    pub certificates: bool,
}

impl Query {
    /// Reads DER.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(query: &[u8]) -> Result<Self, BerError> {
        let mut fields = Reader::new(query).expect(tag::SEQUENCE)?.reader();
        fields.expect(tag::INTEGER)?;
        let mut imprint = fields.expect(tag::SEQUENCE)?.reader();
        let algorithm = imprint.expect(tag::SEQUENCE)?.full.to_vec();
        let hashed = imprint.expect(tag::OCTET_STRING)?.content.to_vec();
        fields.optional(tag::OID)?;
        let nonce = fields.optional(tag::INTEGER)?;
        let wanted = fields.optional(der::BOOLEAN)?;
        Ok(Self {
            algorithm,
            imprint: hashed,
            nonce: nonce.map(|n| n.content.to_vec()),
            certificates: wanted.is_some_and(|w| w.content != [0]),
        })
    }

    /// The token that answers it.
    #[must_use]
    pub fn token(&self, at: Timestamp) -> Token {
        Token {
            nonce: self.nonce.clone(),
            with_certificates: self.certificates,
            ..Token::imprint(self.algorithm.clone(), self.imprint.clone(), at)
        }
    }
}
