//! CMS SignedData by an [`Identity`]: as it should be, or with one thing wrong.

use super::timestamp::signature_timestamp;
use super::{ForgeError, Identity};
use crate::format::asn1::oid;
use crate::format::cms::write::{Assembly, assemble, signed_attributes};
use crate::model::{Digest, Timestamp};

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug)]
pub enum Variant<'a> {
    /// Nothing.
    Good,
    /// No signed attributes: the signature is over the content itself.
    NoSignedAttributes,
    /// The message-digest attribute names other content.
    WrongDigest,
    /// The content-type attribute says signed-data.
    WrongContentType,
    /// signing-certificate-v2 names this other certificate.
    OtherCertificate(&'a Identity),
    /// The signature value has one bit flipped.
    FlippedBit,
    /// Attributes as content (`validation.md` §7.3 C1): the signed attributes of a good signature
    /// become the content of one without signed attributes, and the old value verifies.
    AttributesAsContent,
}

impl Identity {
    /// A detached signature of `content`, DER.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails.
    pub fn sign_detached(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, ForgeError> {
        self.sign(content, false, Some(at), Variant::Good)
    }

    /// A SignedData with `content` inside, DER.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails.
    pub fn sign_encapsulated(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, ForgeError> {
        self.sign(content, true, Some(at), Variant::Good)
    }

    /// A detached signature of `content` with a timestamp over its value (RFC 3161 appendix A): `stamp`
    /// makes the token.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails; what `stamp` gives.
    pub fn sign_stamped(
        &self,
        content: &[u8],
        stamp: impl FnOnce(&[u8]) -> Result<Vec<u8>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        let value = |value: &[u8]| Ok(vec![signature_timestamp(&stamp(value)?)]);
        self.sign_archived(content, value, |_| Ok(Vec::new()))
    }

    /// A detached signature of `content` with unsigned attributes in two steps: first those made from
    /// its value, then those made from the message with these.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails; what the two give.
    pub fn sign_archived(
        &self,
        content: &[u8],
        over_value: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
        over_message: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        self.sign_for_long(content, (None, &[]), over_value, over_message)
    }

    /// As [`Identity::sign_archived`], with the content inside.
    ///
    /// # Errors
    /// As [`Identity::sign_archived`].
    pub fn archive_inside(
        &self,
        content: &[u8],
        over_value: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
        over_message: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        self.archived((content, true), (None, &[]), over_value, over_message)
    }

    /// As [`Identity::sign_archived`], with a claimed signing time and CRLs in the message.
    ///
    /// # Errors
    /// As [`Identity::sign_archived`].
    pub fn sign_for_long(
        &self,
        content: &[u8],
        with: (Option<Timestamp>, &[&[u8]]),
        over_value: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
        over_message: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        self.archived((content, false), with, over_value, over_message)
    }

    fn archived(
        &self,
        (content, inside): (&[u8], bool),
        (at, revocation): (Option<Timestamp>, &[&[u8]]),
        over_value: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
        over_message: impl FnOnce(&[u8]) -> Result<Vec<Vec<u8>>, ForgeError>,
    ) -> Result<Vec<u8>, ForgeError> {
        let attributes = signed_attributes(&Digest::of(content), &self.certificate, at);
        let signature = self.key.sign(&attributes)?;
        let algorithm = self.key.algorithm()?;
        let chain: Vec<&[u8]> = self.chain.iter().map(Vec::as_slice).collect();
        let with = |unsigned: &[Vec<u8>]| {
            let unsigned: Vec<&[u8]> = unsigned.iter().map(Vec::as_slice).collect();
            assemble(&Assembly {
                content_type: oid::DATA,
                content: inside.then_some(content),
                attributes: Some(&attributes),
                signature: &signature,
                algorithm,
                signer: &self.certificate,
                chain: &chain,
                revocation,
                unsigned: &unsigned,
            })
        };
        let mut unsigned = over_value(&signature)?;
        let more = over_message(&with(&unsigned))?;
        unsigned.extend(more);
        Ok(with(&unsigned))
    }

    /// A SignedData over `content`, DER. `at` is the claimed signing time; PAdES wants none.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails.
    pub fn sign(
        &self,
        content: &[u8],
        inside: bool,
        at: Option<Timestamp>,
        variant: Variant<'_>,
    ) -> Result<Vec<u8>, ForgeError> {
        self.sign_digest(&Digest::of(content), content, inside, at, variant)
    }

    /// As [`Identity::sign`], for content whose digest is known already.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if signing fails.
    pub fn sign_digest(
        &self,
        digest: &Digest,
        content: &[u8],
        inside: bool,
        at: Option<Timestamp>,
        variant: Variant<'_>,
    ) -> Result<Vec<u8>, ForgeError> {
        let named = if let Variant::OtherCertificate(other) = variant {
            &other.certificate
        } else {
            &self.certificate
        };
        let wrong = matches!(variant, Variant::WrongDigest);
        let digest = if wrong {
            Digest::of(b"something else")
        } else {
            *digest
        };
        let mut attributes = signed_attributes(&digest, named, at);
        if matches!(variant, Variant::WrongContentType) {
            misname_content_type(&mut attributes);
        }
        let bare = matches!(variant, Variant::NoSignedAttributes);
        let mut signature = self.key.sign(if bare { content } else { &attributes })?;
        if matches!(variant, Variant::FlippedBit)
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        let moved = matches!(variant, Variant::AttributesAsContent);
        let inner = if moved {
            attributes.as_slice()
        } else {
            content
        };
        let chain: Vec<&[u8]> = self.chain.iter().map(Vec::as_slice).collect();
        Ok(assemble(&Assembly {
            content_type: oid::DATA,
            content: (inside || moved).then_some(inner),
            attributes: (!bare && !moved).then_some(&attributes),
            signature: &signature,
            algorithm: self.key.algorithm()?,
            signer: &self.certificate,
            chain: &chain,
            revocation: &[],
            unsigned: &[],
        }))
    }
}

/// Turns id-data in the content-type attribute into id-signedData, before it is signed. Both have
/// the same length and differ in the last octet, so the order of the SET stays.
fn misname_content_type(attributes: &mut [u8]) {
    let at = attributes
        .windows(oid::DATA.len())
        .position(|w| w == oid::DATA);
    let last = at.and_then(|at| at.checked_add(oid::DATA.len())?.checked_sub(1));
    if let Some(octet) = last.and_then(|last| attributes.get_mut(last)) {
        *octet = 2;
    }
}
