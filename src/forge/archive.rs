//! Archive timestamps of CAdES (archive-time-stamp-v3, EN 319 122-1 §5.5.3) with the index of what they
//! cover (§5.5.2), and those before them over the whole message (archive-time-stamp-v2, ETSI TS 101 733
//! §6.4.1): right ones, and ones over something else.

use super::ocsp::Hash;
use super::timestamp::Token;
use super::{Entity, ForgeError, der};
use crate::format::asn1::oid;
use crate::format::asn1::write::{constructed, oid as oid_der, tag};
use crate::format::cms::read::{Tail, parse};
use crate::format::cms::write::attribute;
use crate::model::Timestamp;

/// The index: digests by SHA-256.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HashIndex {
    /// Of each certificate.
    pub certificates: Vec<Vec<u8>>,
    /// Of each list and response.
    pub revocation: Vec<Vec<u8>>,
    /// Of each unsigned attribute, value by value.
    pub unsigned: Vec<Vec<u8>>,
    /// Whether it is the older kind, which names attributes whole and leaves the algorithm out.
    pub old: bool,
}

fn unread(e: impl std::fmt::Display) -> ForgeError {
    ForgeError::Certificate(e.to_string())
}

impl HashIndex {
    /// Of everything in a message with one signer.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if it cannot be read back.
    pub fn of(message: &[u8], old: bool) -> Result<Self, ForgeError> {
        let data = parse(message, Tail::Nothing).map_err(unread)?;
        let each = |all: &[&[u8]]| all.iter().map(|one| Hash::Sha256.of(one)).collect();
        let mut unsigned = Vec::new();
        for found in data.signers.iter().flat_map(|signer| &signer.unsigned) {
            if old {
                unsigned.push(Hash::Sha256.of(found.full));
                continue;
            }
            let kind = oid_der(found.kind);
            let values = found.values.iter();
            unsigned.extend(values.map(|v| Hash::Sha256.of(&[&kind, v.full].concat())));
        }
        Ok(Self {
            certificates: each(&data.certificate_choices),
            revocation: each(&data.revocation_choices),
            unsigned,
            old,
        })
    }

    fn der(&self) -> Vec<u8> {
        let list = |all: &[Vec<u8>]| {
            let all: Vec<Vec<u8>> = all.iter().map(|one| der::octets(one)).collect();
            der::sequence_of(&all)
        };
        let algorithm = (!self.old).then(|| Hash::Sha256.algorithm());
        der::sequence_of(&[
            algorithm.unwrap_or_default(),
            list(&self.certificates),
            list(&self.revocation),
            list(&self.unsigned),
        ])
    }

    /// The unsigned attribute of a token that carries it.
    #[must_use]
    pub fn attribute(&self) -> Vec<u8> {
        let kind = if self.old {
            oid::ATS_HASH_INDEX
        } else {
            oid::ATS_HASH_INDEX_V3
        };
        attribute(kind, &self.der())
    }

    /// The token over a message with one signer and its detached content, and over this index.
    ///
    /// # Errors
    /// [`ForgeError`] if the message cannot be read back or the token not be signed.
    pub fn token(
        &self,
        message: &[u8],
        content: &[u8],
        at: Timestamp,
    ) -> Result<Token, ForgeError> {
        let data = parse(message, Tail::Nothing).map_err(unread)?;
        let signer = data.signers.first().ok_or_else(|| unread("no signer"))?;
        let stamped = [
            &oid_der(data.content_type),
            &Hash::Sha256.of(content),
            signer.signed_fields,
            &self.der(),
        ]
        .concat();
        let mut token = Token::of(&stamped, at);
        token.unsigned.push(self.attribute());
        Ok(token)
    }
}

/// The unsigned attribute with an archive timestamp over everything in a message.
///
/// # Errors
/// As [`HashIndex::token`].
pub fn archive_timestamp(
    message: &[u8],
    content: &[u8],
    at: Timestamp,
    by: &Entity,
) -> Result<Vec<u8>, ForgeError> {
    let index = HashIndex::of(message, false)?;
    let token = index.token(message, content, at)?.signed_by(by)?;
    Ok(carried(&token))
}

/// The unsigned attribute that carries a token.
#[must_use]
pub fn carried(token: &[u8]) -> Vec<u8> {
    attribute(oid::ARCHIVE_TIMESTAMP_V3, token)
}

/// What an archive-time-stamp-v2 stamps, part by part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Whole {
    /// encapContentInfo.
    pub encapsulated: Vec<u8>,
    /// The content outside it.
    pub content: Vec<u8>,
    /// certificates.
    pub certificates: Vec<u8>,
    /// crls.
    pub revocation: Vec<u8>,
    /// The signer's fields from version to signature.
    pub signer: Vec<u8>,
    /// Its unsigned attributes.
    pub unsigned: Vec<Vec<u8>>,
    /// Whether these have their tag and length around them (V1.8.3), and do not stand one by one (V2.2.1).
    pub tagged: bool,
}

impl Whole {
    /// Of everything in a message with one signer, and the content outside it.
    ///
    /// # Errors
    /// [`ForgeError::Certificate`] if it cannot be read back.
    pub fn of(message: &[u8], content: &[u8]) -> Result<Self, ForgeError> {
        let data = parse(message, Tail::Nothing).map_err(unread)?;
        let signer = data.signers.first().ok_or_else(|| unread("no signer"))?;
        let [encapsulated, certificates, revocation] = data.fields.map(<[u8]>::to_vec);
        Ok(Self {
            encapsulated,
            content: content.to_vec(),
            certificates,
            revocation,
            signer: signer.signed_fields.to_vec(),
            unsigned: signer.unsigned.iter().map(|a| a.full.to_vec()).collect(),
            tagged: false,
        })
    }

    /// The unsigned attribute with a token over these parts.
    ///
    /// # Errors
    /// [`ForgeError`] if the token cannot be signed.
    pub fn stamped(&self, at: Timestamp, by: &Entity) -> Result<Vec<u8>, ForgeError> {
        let unsigned: Vec<&[u8]> = self.unsigned.iter().map(Vec::as_slice).collect();
        let unsigned = if self.tagged && !unsigned.is_empty() {
            constructed(tag::context(1), &unsigned)
        } else {
            unsigned.concat()
        };
        let parts = [
            &self.encapsulated[..],
            &self.content,
            &self.certificates,
            &self.revocation,
            &self.signer,
            &unsigned,
        ];
        let token = Token::of(&parts.concat(), at).signed_by(by)?;
        Ok(attribute(oid::ARCHIVE_TIMESTAMP_V2, &token))
    }
}
