//! Several signers of one content in one CMS SignedData (RFC 5652 §5.1).

use super::ForgeError;
use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Reader};
use crate::format::asn1::write::{
    constructed, oid as oid_der, sequence, set_of, small_integer, tag,
};

/// What one message has of its signer.
struct Parts<'a> {
    digests: &'a [u8],
    content: &'a [u8],
    certificates: &'a [u8],
    signers: &'a [u8],
}

fn parts(message: &[u8]) -> Result<Parts<'_>, BerError> {
    let mut info = Reader::new(message).expect(tag::SEQUENCE)?.reader();
    info.any()?;
    let mut data = info.expect(tag::context(0))?.reader();
    let mut data = data.expect(tag::SEQUENCE)?.reader();
    data.any()?;
    Ok(Parts {
        digests: data.expect(tag::SET)?.full,
        content: data.expect(tag::SEQUENCE)?.full,
        certificates: data.expect(tag::context(0))?.content,
        signers: data.expect(tag::SET)?.content,
    })
}

/// One message of the signers of all of them, made by [`super::Identity::sign`] over the same content.
///
/// # Errors
/// [`ForgeError::Cms`] for what is no such message.
pub fn together(messages: &[Vec<u8>]) -> Result<Vec<u8>, ForgeError> {
    let all: Result<Vec<Parts<'_>>, BerError> = messages.iter().map(|m| parts(m)).collect();
    let all = all.map_err(|e| ForgeError::Cms(e.to_string()))?;
    let first = all.first();
    let first = first.ok_or_else(|| ForgeError::Cms("nobody signs".into()))?;
    let certificates: Vec<&[u8]> = all.iter().map(|one| one.certificates).collect();
    let signers: Vec<&[u8]> = all.iter().map(|one| one.signers).collect();
    let data = sequence(&[
        &small_integer(1),
        first.digests,
        first.content,
        &constructed(tag::context(0), &certificates),
        &set_of(&signers),
    ]);
    Ok(sequence(&[
        &oid_der(oid::SIGNED_DATA),
        &constructed(tag::context(0), &[&data]),
    ]))
}
