//! Whether bytes are a receipt under a given receipt CA: offline, strict, and never under a CA that
//! the bytes themselves bring along.
//!
//! The gateway writes receipts in one way, so everything else is refused: one signer, one
//! certificate, P-256 with SHA-256, the signed attributes of RFC 5652 §11 and RFC 5035 §3.

use super::dossier::{self, DossierSlip};
use super::nil::{self, NilStatement};
use super::receipt::{Receipt, ReceiptError};
use super::statement::{self, MAX_STATEMENT, Statement};
use crate::format::asn1::oid;
use crate::format::asn1::values::time;
use crate::format::asn1::write::{element, tag};
use crate::format::cms::read::{Attribute, SignedAttributes, SignedData, SignerId, Tail, parse};
use crate::format::cms::write::{Assembly, SignatureAlgorithm, SignerCertificate, assemble};
use crate::model::{Digest, Timestamp};
use crate::trust::certificate::Certificate;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The largest receipt read: 100 files and every field at its limit fit in a quarter.
pub const MAX_RECEIPT: usize = 256 * 1024;

/// The largest statement read: the certificate and its signature fit in the rest.
const MAX_SEALED_STATEMENT: usize = MAX_STATEMENT + MAX_RECEIPT;

/// What the gateway signs with its content inside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sealed {
    /// A receipt.
    Receipt(Box<Receipt>),
    /// The statement of a period.
    Statement(Box<Statement>),
    /// That of a nil return.
    Nil(Box<NilStatement>),
    /// The slip of a dossier.
    Dossier(Box<DossierSlip>),
}

/// Checks a receipt (DER of a CMS SignedData) under the pinned receipt CA.
///
/// # Errors
/// See [`ReceiptError`].
pub fn verify(der: &[u8], ca: &Certificate) -> Result<Receipt, ReceiptError> {
    if der.len() > MAX_RECEIPT {
        return Err(ReceiptError::Shape("larger than any receipt"));
    }
    let (content, signer) = opened(der)?;
    let receipt = Receipt::parse(&content)?;
    issued(&signer, ca, receipt.at)?;
    Ok(receipt)
}

/// Checks a receipt or a statement, whichever it is, under the pinned receipt CA.
///
/// # Errors
/// See [`ReceiptError`].
pub fn verify_sealed(der: &[u8], ca: &Certificate) -> Result<Sealed, ReceiptError> {
    if der.len() <= MAX_RECEIPT && is_of(der, nil::SCHEMA) {
        return verify_nil(der, ca).map(Box::new).map(Sealed::Nil);
    }
    if der.len() <= MAX_RECEIPT && is_of(der, dossier::SCHEMA) {
        return verify_slip(der, ca).map(Box::new).map(Sealed::Dossier);
    }
    if der.len() <= MAX_RECEIPT && !is_of(der, statement::SCHEMA) {
        return verify(der, ca).map(Box::new).map(Sealed::Receipt);
    }
    if der.len() > MAX_SEALED_STATEMENT {
        return Err(ReceiptError::Shape("larger than any statement"));
    }
    let (content, signer) = opened(der)?;
    let statement = Statement::parse(&content)?;
    issued(&signer, ca, statement.at)?;
    Ok(Sealed::Statement(Box::new(statement)))
}

/// Checks the statement of a nil return under the pinned receipt CA.
///
/// # Errors
/// See [`ReceiptError`].
pub fn verify_nil(der: &[u8], ca: &Certificate) -> Result<NilStatement, ReceiptError> {
    if der.len() > MAX_RECEIPT {
        return Err(ReceiptError::Shape("larger than any receipt"));
    }
    let (content, signer) = opened(der)?;
    let stated = NilStatement::parse(&content)?;
    issued(&signer, ca, stated.at)?;
    Ok(stated)
}

/// Checks the slip of a dossier under the pinned receipt CA.
///
/// # Errors
/// See [`ReceiptError`].
pub fn verify_slip(der: &[u8], ca: &Certificate) -> Result<DossierSlip, ReceiptError> {
    if der.len() > MAX_RECEIPT {
        return Err(ReceiptError::Shape("larger than any receipt"));
    }
    let (content, signer) = opened(der)?;
    let slip = DossierSlip::parse(&content)?;
    issued(&signer, ca, slip.at)?;
    Ok(slip)
}

/// What is in a statement that the gateway itself kept: nothing is checked but that it can be read.
///
/// # Errors
/// See [`ReceiptError`].
pub fn kept_statement(der: &[u8]) -> Result<Statement, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    Statement::parse(&content(der, &data)?)
}

/// What is in the statement of a nil return that the gateway itself kept: nothing is checked but that it can be read.
///
/// # Errors
/// See [`ReceiptError`].
pub fn nil_statement(der: &[u8]) -> Result<NilStatement, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    NilStatement::parse(&content(der, &data)?)
}

/// By the one member that tells; whatever is wrong with it is told by reading it as such.
fn is_of(der: &[u8], schema: &str) -> bool {
    let member = format!("\"schema\":\"{schema}\"");
    der.windows(member.len()).any(|w| w == member.as_bytes())
}

/// The content, whose signature holds, and who signed it.
fn opened(der: &[u8]) -> Result<(Vec<u8>, Certificate), ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    let content = content(der, &data)?;
    let signer = signer(&data)?;
    signature(der, &data, (&content, true), &signer)?;
    Ok((content, signer))
}

/// Checks a signature of the receipt key that lies beside what it signs, as the list of an evidence bundle
/// has it, under the pinned receipt CA.
///
/// # Errors
/// See [`ReceiptError`].
pub fn verify_detached(
    der: &[u8],
    content: &[u8],
    ca: &Certificate,
) -> Result<Beside, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    if data.content_type != oid::DATA || data.content.is_some() {
        return Err(ReceiptError::Shape("there is content inside"));
    }
    let signer = holder(&data)?;
    signature(der, &data, (content, false), &signer)?;
    let attributes = data.signers.first().and_then(|s| s.attributes.as_ref());
    let attributes = attributes.ok_or(ReceiptError::Attributes)?;
    let signing_time = one(attributes, oid::SIGNING_TIME)?.values.first();
    let at = signing_time.and_then(time);
    let at = at.ok_or(ReceiptError::Attributes)?;
    issued(&signer, ca, at)?;
    let structure = structure(&signer)?;
    let mut extensions = structure.extensions().iter();
    Ok(Beside {
        at,
        never_revoked: extensions.any(|own| own.oid.as_bytes() == oid::NO_REV_AVAIL),
    })
}

/// A signature beside its content that holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beside {
    /// When the gateway says it signed.
    pub at: Timestamp,
    /// Whether the certificate says that nothing is published about its revocation (noRevAvail, RFC 9608 §2).
    pub never_revoked: bool,
}

/// A signature beside its content with one more unsigned attribute, a timestamp, and what that is judged by.
///
/// # Errors
/// See [`ReceiptError`]; nothing is checked but what is put together again.
pub fn with_unsigned(der: &[u8], more: &Unsigned<'_>) -> Result<Vec<u8>, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    written(&data, None, &holder(&data)?, Some(more))
}

/// What is added to a signature, whose holder does not sign it.
#[derive(Clone, Debug, Default)]
pub struct Unsigned<'a> {
    /// The attribute, complete encoding.
    pub attribute: &'a [u8],
    /// Certificates, DER.
    pub certificates: Vec<&'a [u8]>,
    /// RevocationInfoChoices (RFC 5652 §10.2.1), complete encodings.
    pub revocation: Vec<&'a [u8]>,
}

/// Certificates and CRLs that came with a signature beside its content, none of them judged.
///
/// # Errors
/// See [`ReceiptError`].
pub fn brought(der: &[u8]) -> Result<Brought, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    let owned = |all: &[&[u8]]| all.iter().map(|one| one.to_vec()).collect();
    Ok(Brought {
        certificates: owned(&data.certificates),
        crls: owned(&data.revocation.crls),
        responses: owned(&data.revocation.responses),
    })
}

/// What came with a signature, DER.
#[derive(Clone, Debug, Default)]
pub struct Brought {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub responses: Vec<Vec<u8>>,
}

/// The value of the one signature, over which a timestamp goes (EN 319 122-1 §5.3).
///
/// # Errors
/// See [`ReceiptError`].
pub fn signature_value(der: &[u8]) -> Result<Vec<u8>, ReceiptError> {
    let data = parse(der, Tail::Nothing).map_err(|e| ReceiptError::Cms(e.to_string()))?;
    match data.signers.as_slice() {
        [signer] => Ok(signer.signature.to_vec()),
        _ => Err(ReceiptError::Shape("not exactly one signer")),
    }
}

/// The one certificate that the signer names.
fn holder(data: &SignedData<'_>) -> Result<Certificate, ReceiptError> {
    let [signer] = data.signers.as_slice() else {
        return Err(ReceiptError::Shape("not exactly one signer"));
    };
    let all = data.certificates.iter();
    let all = all.filter_map(|der| Certificate::parse(der).ok());
    let mut found = all.filter(|own| match signer.id {
        SignerId::IssuerSerial { issuer, serial } => {
            issuer == own.issuer() && serial == own.serial()
        }
        SignerId::KeyId(_) => false,
    });
    match (found.next(), found.next()) {
        (Some(own), None) => Ok(own),
        (Some(_) | None, _) => Err(ReceiptError::Shape("not one certificate of the signer")),
    }
}

fn signer(data: &SignedData<'_>) -> Result<Certificate, ReceiptError> {
    let [certificate] = data.certificates.as_slice() else {
        return Err(ReceiptError::Shape("not exactly one certificate"));
    };
    Certificate::parse(certificate).map_err(|e| ReceiptError::Cms(e.to_string()))
}

fn content(der: &[u8], data: &SignedData<'_>) -> Result<Vec<u8>, ReceiptError> {
    if data.content_type != oid::DATA {
        return Err(ReceiptError::Shape("the content is not id-data"));
    }
    let pieces = data.content.as_ref();
    let pieces = pieces.ok_or(ReceiptError::Shape("there is no content inside"))?;
    let bytes = pieces
        .iter()
        .map(|p| der.get(p.clone()).unwrap_or_default());
    Ok(bytes.flatten().copied().collect())
}

/// `content`: what is signed, and whether it is inside. A receipt has no unsigned attribute.
fn signature(
    der: &[u8],
    data: &SignedData<'_>,
    (content, inside): (&[u8], bool),
    certificate: &Certificate,
) -> Result<(), ReceiptError> {
    let [signer] = data.signers.as_slice() else {
        return Err(ReceiptError::Shape("not exactly one signer"));
    };
    let named = match signer.id {
        SignerId::IssuerSerial { issuer, serial } => {
            issuer == certificate.issuer() && serial == certificate.serial()
        }
        SignerId::KeyId(_) => false,
    };
    if !named {
        return Err(ReceiptError::Shape(
            "the signer is not the certificate's holder",
        ));
    }
    if signer.digest.oid != oid::SHA256 || signer.algorithm.oid != oid::ECDSA_WITH_SHA256 {
        return Err(ReceiptError::Shape("not signed by ECDSA with SHA-256"));
    }
    if inside && !signer.unsigned.is_empty() {
        return Err(ReceiptError::Shape("a receipt has no unsigned attributes"));
    }
    let attributes = signer.attributes.as_ref();
    let attributes = attributes.ok_or(ReceiptError::Shape("there are no signed attributes"))?;
    check_attributes(attributes, content, certificate)?;
    verifies(certificate, &attributes.as_encoded(), &signer.signature)?;
    // What no signature covers (versions, tags, lengths) must be as the gateway writes it.
    if written(data, inside.then_some(content), certificate, None)? == der {
        Ok(())
    } else {
        Err(ReceiptError::Shape("not encoded as receipts are"))
    }
}

/// As the gateway writes a signature of these parts.
fn written(
    data: &SignedData<'_>,
    content: Option<&[u8]>,
    certificate: &Certificate,
    more: Option<&Unsigned<'_>>,
) -> Result<Vec<u8>, ReceiptError> {
    let [signer] = data.signers.as_slice() else {
        return Err(ReceiptError::Shape("not exactly one signer"));
    };
    let signed = signer.attributes.as_ref().map(SignedAttributes::as_encoded);
    let unsigned = signer.unsigned.iter().map(|attribute| attribute.full);
    let unsigned = unsigned
        .chain(more.map(|more| more.attribute))
        .collect::<Vec<_>>();
    // Beside its content a signature may bring what its timestamps are judged by; a receipt brings nothing.
    let beside = content.is_none();
    let own = certificate.der();
    let chain = data.certificates.iter().filter(|_| beside);
    let chain = chain.chain(more.iter().flat_map(|more| &more.certificates));
    let mut chain: Vec<&[u8]> = chain.copied().filter(|der| *der != own).collect();
    chain.sort_unstable();
    let mut revocation: Vec<&[u8]> = match beside {
        true => data.revocation_choices.clone(),
        false => Vec::new(),
    };
    revocation.extend(more.iter().flat_map(|more| &more.revocation));
    Ok(assemble(&Assembly {
        content_type: oid::DATA,
        content,
        attributes: signed.as_deref(),
        signature: &signer.signature,
        algorithm: SignatureAlgorithm::EcdsaSha256,
        signer: &SignerCertificate {
            der: certificate.der().to_vec(),
            issuer: certificate.issuer().to_vec(),
            serial: element(tag::INTEGER, certificate.serial()),
        },
        chain: &chain,
        revocation: &revocation,
        unsigned: &unsigned,
    }))
}

/// Under P-256 only: a key of another curve or kind has another length, and fails.
fn verifies(key_of: &Certificate, message: &[u8], value: &[u8]) -> Result<(), ReceiptError> {
    let parsed = structure(key_of)?;
    let point = parsed.public_key().subject_public_key.data.as_ref();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
        .verify(message, value)
        .map_err(|_| ReceiptError::Signature)
}

fn structure(certificate: &Certificate) -> Result<X509Certificate<'_>, ReceiptError> {
    let parsed = X509Certificate::from_der(certificate.der());
    parsed
        .map(|(_, c)| c)
        .map_err(|e| ReceiptError::Cms(e.to_string()))
}

fn one<'a, 'b>(
    attributes: &'b SignedAttributes<'a>,
    kind: &[u8],
) -> Result<&'b Attribute<'a>, ReceiptError> {
    let mut all = attributes.of(kind);
    match (all.next(), all.next()) {
        (Some(attribute), None) if attribute.values.len() == 1 => Ok(attribute),
        (Some(_) | None, _) => Err(ReceiptError::Attributes),
    }
}

fn check_attributes(
    attributes: &SignedAttributes<'_>,
    content: &[u8],
    certificate: &Certificate,
) -> Result<(), ReceiptError> {
    let value = |kind: &[u8]| {
        let attribute = one(attributes, kind)?;
        attribute
            .values
            .first()
            .copied()
            .ok_or(ReceiptError::Attributes)
    };
    let content_type = value(oid::CONTENT_TYPE)?;
    let digest = value(oid::MESSAGE_DIGEST)?;
    let right = content_type.tag == 0x06
        && content_type.content == oid::DATA
        && digest.tag == 0x04
        && digest.content == Digest::of(content).0;
    // RFC 5035 §3: SEQUENCE { certs SEQUENCE { ESSCertIDv2 { certHash, … } } }, SHA-256 by default.
    let reference = value(oid::SIGNING_CERTIFICATE_V2)?;
    let hash = reference.reader().expect(0x30).and_then(|certs| {
        let id = certs.reader().expect(0x30)?;
        id.reader().expect(0x04)
    });
    let hash = hash.map_err(|_| ReceiptError::Attributes)?;
    if right && hash.content == Digest::of(certificate.der()).0 {
        Ok(())
    } else {
        Err(ReceiptError::Attributes)
    }
}

/// The receipt certificate was issued by the pinned CA, for signing and for nothing else.
fn issued(signer: &Certificate, ca: &Certificate, at: Timestamp) -> Result<(), ReceiptError> {
    let (leaf, authority) = (structure(signer)?, structure(ca)?);
    let is_authority = authority.is_ca()
        && authority
            .key_usage()
            .is_ok_and(|usage| usage.is_some_and(|u| u.value.key_cert_sign()));
    if !is_authority {
        return Err(ReceiptError::NotAnAuthority);
    }
    let named = signer.issuer() == ca.subject();
    if !named || verifies(ca, signer.to_be_signed(), signer.signature()).is_err() {
        return Err(ReceiptError::OtherAuthority);
    }
    let basic = leaf.basic_constraints().ok().flatten();
    let usage = leaf.key_usage().ok().flatten();
    let plain = basic.is_some_and(|b| !b.value.ca)
        && usage.is_some_and(|u| u.value.digital_signature() && !u.value.key_cert_sign())
        // A transport or server certificate has one; a receipt certificate has none.
        && leaf.extended_key_usage().is_ok_and(|e| e.is_none());
    if !plain {
        return Err(ReceiptError::Purpose);
    }
    for certificate in [signer, ca] {
        let (from, until) = (certificate.not_before(), certificate.not_after());
        if at < from || until < at {
            return Err(ReceiptError::Validity { at, from, until });
        }
    }
    Ok(())
}
