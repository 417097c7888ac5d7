//! The key that signs receipts.

use super::files::{self, own};
use super::{Issued, KeyError};
use crate::format::asn1::oid;
use crate::format::asn1::write::{element, tag};
use crate::format::cms::write::{
    Assembly, SignatureAlgorithm, SignerCertificate, assemble, signed_attributes_naming,
    signing_certificate,
};
use crate::model::{Digest, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use std::fmt;
use std::path::Path;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A P-256 key with its certificate, parsed once.
pub struct ReceiptKey {
    key: EcdsaKeyPair,
    signer: SignerCertificate,
    /// The attribute that names it, the same in every receipt.
    named: Vec<u8>,
    chance: SystemRandom,
}

impl ReceiptKey {
    /// Reads `receipt.pem` and `receipt.key` of `certs/own/`.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn load(certs_own: &Path) -> Result<Self, KeyError> {
        let path = certs_own.join(own::RECEIPT);
        let certificate = files::read_certificate(&path)?;
        let key = files::read_key(&certs_own.join(own::RECEIPT_KEY))?;
        Self::from_der(&certificate, &key).map_err(|problem| KeyError::Content { path, problem })
    }

    /// From a certificate just issued.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_issued(issued: &Issued) -> Result<Self, KeyError> {
        use rustls_pki_types::PrivatePkcs8KeyDer;
        use rustls_pki_types::pem::PemObject;
        let key = PrivatePkcs8KeyDer::from_pem_slice(issued.key_pem.as_bytes())
            .map_err(|e| KeyError::Issue(e.to_string()))?;
        Self::from_der(&issued.certificate_der, key.secret_pkcs8_der()).map_err(KeyError::Issue)
    }

    fn from_der(certificate: &[u8], key: &[u8]) -> Result<Self, String> {
        let chance = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key, &chance)
            .map_err(|e| format!("the receipt key is not a P-256 key in PKCS#8: {e}"))?;
        let (_, parsed) = X509Certificate::from_der(certificate)
            .map_err(|e| format!("the receipt certificate cannot be read: {e}"))?;
        if parsed.public_key().subject_public_key.data != key.public_key().as_ref() {
            return Err("the receipt key does not belong to the receipt certificate".into());
        }
        let signer = SignerCertificate {
            der: certificate.to_vec(),
            issuer: parsed.issuer().as_raw().to_vec(),
            serial: element(tag::INTEGER, parsed.raw_serial()),
        };
        Ok(Self {
            key,
            named: signing_certificate(&signer),
            signer,
            chance,
        })
    }

    /// The receipt certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.signer.der
    }

    /// Signs a receipt's content: CMS SignedData with the content inside, DER (`.p7m`).
    ///
    /// # Errors
    /// [`KeyError::Sign`] if the system gives no randomness.
    pub fn seal(&self, json: &[u8], at: Timestamp) -> Result<Vec<u8>, KeyError> {
        self.sign(json, at, true)
    }

    /// Signs what lies beside the signature: CAdES level B (EN 319 122-1 §6), DER (`.p7s`).
    ///
    /// # Errors
    /// [`KeyError::Sign`] if the system gives no randomness.
    pub fn sign_detached(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, KeyError> {
        self.sign(content, at, false)
    }

    fn sign(&self, content: &[u8], at: Timestamp, inside: bool) -> Result<Vec<u8>, KeyError> {
        let digest = Digest::of(content);
        let attributes = signed_attributes_naming(oid::DATA, &digest, &self.named, Some(at));
        let signature = self.key.sign(&self.chance, &attributes);
        let signature = signature.map_err(|_| KeyError::Sign)?;
        Ok(assemble(&Assembly {
            content_type: oid::DATA,
            content: inside.then_some(content),
            attributes: Some(&attributes),
            signature: signature.as_ref(),
            algorithm: SignatureAlgorithm::EcdsaSha256,
            signer: &self.signer,
            chain: &[],
            revocation: &[],
            unsigned: &[],
        }))
    }
}

impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptKey(..)")
    }
}
