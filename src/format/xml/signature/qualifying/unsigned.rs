//! UnsignedSignatureProperties (EN 319 132-1 §5.3–5.5, annex A).

use super::super::field::{Sequence, base64, malformed, only};
use super::stamp::{Stamp, StampKind};
use super::{ADDED, Version, called, properties};
use crate::format::limits::{MAX_CERTIFICATES, MAX_REVOCATION_INFO};
use crate::format::xml::signature::{DS, SignatureError};
use crate::format::xml::{Index, NodeId};

/// A property that is not signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsigned {
    /// Its element.
    pub node: NodeId,
    /// What it says.
    pub property: Property,
}

/// What an unsigned property says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Property {
    /// Tokens.
    Stamp(Stamp),
    /// Certificates and revocation data: of the signer's path, of attribute authorities, of timestamps.
    Values(Values),
    /// Digests of certificates or revocation data.
    References(References),
    /// A signature over the signature value.
    CounterSignature(NodeId),
    /// The policy itself, where it is inside.
    Policy(Option<Vec<u8>>),
    /// One that is not known.
    Unknown(String),
    /// One that cannot be read.
    Malformed(SignatureError),
}

/// Whose digests a property holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum References {
    /// CompleteCertificateRefs, also in its second version.
    Certificates,
    /// CompleteRevocationRefs.
    Revocation,
    /// AttributeCertificateRefs, also in its second version, and AttributeRevocationRefs.
    Attribute,
}

/// Certificates and revocation data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Values {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// CRLs, DER.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses, DER.
    pub responses: Vec<Vec<u8>>,
}

pub(super) fn read(
    index: &Index<'_>,
    version: Version,
    id: NodeId,
) -> Result<Vec<Unsigned>, SignatureError> {
    let own = version.namespace();
    let mut inside = Sequence::of(index, id, ("groups of properties", 2))?;
    let about_signature = inside.optional(own, "UnsignedSignatureProperties");
    let about_data = inside.optional(own, "UnsignedDataObjectProperties");
    inside.end()?;
    let mut all = Vec::new();
    if let Some(list) = about_signature {
        for node in properties(index, list)? {
            let read = property(index, version, node);
            let property = read.unwrap_or_else(Property::Malformed);
            all.push(Unsigned { node, property });
        }
    }
    if let Some(list) = about_data {
        all.push(Unsigned {
            node: list,
            property: Property::Unknown(called(index, list)),
        });
    }
    Ok(all)
}

fn property(index: &Index<'_>, version: Version, id: NodeId) -> Result<Property, SignatureError> {
    let (namespace, local) = index.name(id);
    let stamp = |kind| Stamp::read(index, version, id, kind).map(Property::Stamp);
    let refers = |whose| Ok(Property::References(whose));
    if namespace == ADDED {
        return match local {
            "ArchiveTimeStamp" | "ArchiveTimeStampV2" => stamp(StampKind::Archive),
            "SigAndRefsTimeStampV2" => stamp(StampKind::SignatureAndReferences),
            "RefsOnlyTimeStampV2" => stamp(StampKind::References),
            "CompleteCertificateRefsV2" => refers(References::Certificates),
            "AttributeCertificateRefsV2" => refers(References::Attribute),
            "TimeStampValidationData" => stamp_data(index, version, id),
            "SignaturePolicyStore" => policy_store(index, id),
            _ => Ok(Property::Unknown(called(index, id))),
        };
    }
    if namespace != version.namespace() {
        return Ok(Property::Unknown(called(index, id)));
    }
    match local {
        "SignatureTimeStamp" => stamp(StampKind::Signature),
        "SigAndRefsTimeStamp" => stamp(StampKind::SignatureAndReferences),
        "RefsOnlyTimeStamp" => stamp(StampKind::References),
        "ArchiveTimeStamp" => stamp(StampKind::Archive),
        "CompleteCertificateRefs" => refers(References::Certificates),
        "CompleteRevocationRefs" => refers(References::Revocation),
        "AttributeCertificateRefs" | "AttributeRevocationRefs" => refers(References::Attribute),
        "CertificateValues" | "AttrAuthoritiesCertValues" => {
            let mut values = Values::default();
            values.certificates(index, version, id)?;
            Ok(Property::Values(values))
        }
        "RevocationValues" | "AttributeRevocationValues" => {
            let mut values = Values::default();
            values.revocation(index, version, id)?;
            Ok(Property::Values(values))
        }
        "CounterSignature" => counter_signature(index, id),
        _ => Ok(Property::Unknown(called(index, id))),
    }
}

impl Values {
    /// §5.4.1: certificates; others than X.509 in DER are not read.
    fn certificates(
        &mut self,
        index: &Index<'_>,
        version: Version,
        id: NodeId,
    ) -> Result<(), SignatureError> {
        for one in only(index, id, ("certificates", MAX_CERTIFICATES))? {
            if index.is(one, version.namespace(), "EncapsulatedX509Certificate") {
                self.certificates.push(base64(index, one)?);
            }
        }
        Ok(())
    }

    /// §5.4.2
    fn revocation(
        &mut self,
        index: &Index<'_>,
        version: Version,
        id: NodeId,
    ) -> Result<(), SignatureError> {
        let own = version.namespace();
        for group in only(index, id, ("kinds of revocation data", 3))? {
            let (list, element) = match index.name(group) {
                (namespace, "CRLValues") if namespace == own => {
                    (&mut self.crls, "EncapsulatedCRLValue")
                }
                (namespace, "OCSPValues") if namespace == own => {
                    (&mut self.responses, "EncapsulatedOCSPValue")
                }
                _ => continue,
            };
            for one in only(index, group, ("revocation values", MAX_REVOCATION_INFO))? {
                match index.is(one, own, element) {
                    true => list.push(base64(index, one)?),
                    false => return Err(malformed(index, one, "not revocation data")),
                }
            }
        }
        Ok(())
    }
}

/// §5.5.1
fn stamp_data(index: &Index<'_>, version: Version, id: NodeId) -> Result<Property, SignatureError> {
    let mut values = Values::default();
    for part in only(index, id, ("kinds of data", 2))? {
        match index.name(part) {
            (namespace, "CertificateValues") if namespace == version.namespace() => {
                values.certificates(index, version, part)?;
            }
            (namespace, "RevocationValues") if namespace == version.namespace() => {
                values.revocation(index, version, part)?;
            }
            _ => return Err(malformed(index, part, "unknown in TimeStampValidationData")),
        }
    }
    Ok(Property::Values(values))
}

/// §5.2.7.2: one signature and nothing else.
fn counter_signature(index: &Index<'_>, id: NodeId) -> Result<Property, SignatureError> {
    let mut inside = Sequence::of(index, id, ("counter-signatures", 1))?;
    let signature = inside.demanded(DS, "Signature")?;
    inside.end()?;
    Ok(Property::CounterSignature(signature))
}

/// §5.2.10
fn policy_store(index: &Index<'_>, id: NodeId) -> Result<Property, SignatureError> {
    let mut inside = index.elements(id).into_iter();
    let document = inside.find(|id| index.is(*id, ADDED, "SignaturePolicyDocument"));
    Ok(Property::Policy(
        document.map(|id| base64(index, id)).transpose()?,
    ))
}
