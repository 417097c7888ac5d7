//! SignedProperties (EN 319 132-1 §5.2).

use super::super::field::{Sequence, base64, leaf, malformed, only, optional};
use super::super::key_info::{IssuerSerial, issuer_serial};
use super::stamp::{Stamp, StampKind};
use super::{Version, called, digest, properties, properties_of_data};
use crate::format::limits::{MAX_CERTIFICATES, MAX_XML_REFERENCES};
use crate::format::xml::signature::SignatureError;
use crate::format::xml::{Index, NodeId};
use crate::model::Timestamp;

/// Qualifiers of a policy; schemas allow any number, signers write one.
const MAX_QUALIFIERS: usize = 8;

/// What the signer says and signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedProperties {
    /// Its element.
    pub node: NodeId,
    /// Its identifier.
    pub id: Option<String>,
    /// SigningTime.
    pub time: Option<Timestamp>,
    /// SigningCertificate and SigningCertificateV2, as far as they are there.
    pub certificates: Vec<SigningCertificate>,
    /// SignaturePolicyIdentifier.
    pub policy: Option<PolicyId>,
    /// DataObjectFormat, one after the other.
    pub formats: Vec<DataFormat>,
    /// Timestamps over what was to be signed.
    pub stamps: Vec<Stamp>,
    /// Other properties, by name.
    pub others: Vec<String>,
}

/// Which certificate the signer says is the signing one; with it may be others of its path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SigningCertificate {
    /// Whether it is the first version of the property (TS 101 903 §7.2.2).
    pub old: bool,
    /// The certificates.
    pub certificates: Vec<CertificateId>,
}

/// A certificate that the signer names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateId {
    /// The digest algorithm's identifier.
    pub algorithm: String,
    /// The digest of the certificate.
    pub digest: Vec<u8>,
    /// Its issuer and serial number, where they are said.
    pub serial: Option<SignerSerial>,
}

/// Issuer and serial number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignerSerial {
    /// As text.
    Text(IssuerSerial),
    /// IssuerSerial of RFC 5035, DER, and only a hint (EN 319 132-1 §5.2.2); `None` if it cannot be read.
    Der(Option<Vec<u8>>),
}

/// By which rules the signer signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyId {
    /// By those that follow from what is signed.
    Implied,
    /// By those of a document.
    Explicit {
        /// What it is called.
        identifier: String,
        /// Algorithm and value of its digest; `None` where it is not written.
        digest: Option<(String, Vec<u8>)>,
        /// Whether the digest is not that of its octets alone: transforms, or a way of its own.
        processed: bool,
        /// Where it can be had.
        uris: Vec<String>,
    },
}

/// What kind of data a reference is to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataFormat {
    /// The reference.
    pub reference: Option<String>,
    /// MimeType.
    pub kind: Option<String>,
}

impl SignedProperties {
    pub(super) fn read(
        index: &Index<'_>,
        version: Version,
        id: NodeId,
    ) -> Result<Self, SignatureError> {
        let own = version.namespace();
        let mut inside = Sequence::of(index, id, ("groups of properties", 2))?;
        let about_signature = inside.optional(own, "SignedSignatureProperties");
        let about_data = inside.optional(own, "SignedDataObjectProperties");
        inside.end()?;
        let mut read = Self {
            node: id,
            id: optional(index, id, "Id"),
            time: None,
            certificates: Vec::new(),
            policy: None,
            formats: Vec::new(),
            stamps: Vec::new(),
            others: Vec::new(),
        };
        if let Some(list) = about_signature {
            read.about_signature(index, version, list)?;
        }
        if let Some(list) = about_data {
            read.about_data(index, version, list)?;
        }
        Ok(read)
    }

    /// Each of these says one thing: it is there once.
    fn about_signature(
        &mut self,
        index: &Index<'_>,
        version: Version,
        list: NodeId,
    ) -> Result<(), SignatureError> {
        let mut met = Vec::new();
        for id in properties(index, list)? {
            let (namespace, local) = index.name(id);
            if namespace != version.namespace() {
                self.others.push(called(index, id));
                continue;
            }
            if met.contains(&local) {
                return Err(malformed(index, id, "twice"));
            }
            met.push(local);
            match local {
                "SigningTime" => self.time = Some(moment(index, id)?),
                "SigningCertificate" | "SigningCertificateV2" => {
                    self.certificates.push(SigningCertificate {
                        old: local == "SigningCertificate",
                        certificates: certificates(index, version, id)?,
                    });
                }
                "SignaturePolicyIdentifier" => self.policy = Some(policy(index, version, id)?),
                _ => self.others.push(called(index, id)),
            }
        }
        Ok(())
    }

    fn about_data(
        &mut self,
        index: &Index<'_>,
        version: Version,
        list: NodeId,
    ) -> Result<(), SignatureError> {
        for id in properties_of_data(index, list)? {
            let (namespace, local) = index.name(id);
            let stamp = |kind| Stamp::read(index, version, id, kind);
            match (namespace == version.namespace(), local) {
                (true, "DataObjectFormat") => self.formats.push(data_format(index, version, id)?),
                (true, "AllDataObjectsTimeStamp") => {
                    self.stamps.push(stamp(StampKind::AllDataObjects)?);
                }
                (true, "IndividualDataObjectsTimeStamp") => {
                    self.stamps.push(stamp(StampKind::IndividualDataObjects)?);
                }
                _ => self.others.push(called(index, id)),
            }
        }
        Ok(())
    }
}

/// xs:dateTime. Without an offset it is taken as universal time: it proves nothing anyway.
fn moment(index: &Index<'_>, id: NodeId) -> Result<Timestamp, SignatureError> {
    let text = leaf(index, id)?;
    let text = text.trim_ascii();
    let time = text.split_once('T').map_or("", |(_, time)| time);
    let zoned = time.contains(['Z', '+', '-']);
    let found = match zoned {
        true => Timestamp::parse(text),
        false => Timestamp::parse(&format!("{text}Z")),
    };
    found.ok_or_else(|| malformed(index, id, "not a moment"))
}

/// §5.2.2, and §7.2.2 of TS 101 903.
fn certificates(
    index: &Index<'_>,
    version: Version,
    id: NodeId,
) -> Result<Vec<CertificateId>, SignatureError> {
    let all = only(index, id, ("certificates", MAX_CERTIFICATES))?;
    if all.is_empty() {
        return Err(malformed(index, id, "no certificate"));
    }
    let each = all
        .into_iter()
        .map(|cert| match index.is(cert, version.namespace(), "Cert") {
            true => certificate(index, version, cert),
            false => Err(malformed(index, cert, "not a Cert")),
        });
    each.collect()
}

fn certificate(
    index: &Index<'_>,
    version: Version,
    id: NodeId,
) -> Result<CertificateId, SignatureError> {
    let own = version.namespace();
    let mut inside = Sequence::of(index, id, ("elements in a Cert", 2))?;
    let digested = inside.demanded(own, "CertDigest")?;
    let text = inside.optional(own, "IssuerSerial");
    let der = inside.optional(own, "IssuerSerialV2");
    inside.end()?;
    let (algorithm, digest) = digest(index, version, digested)?;
    let serial = match (text, der) {
        (Some(text), _) => Some(SignerSerial::Text(issuer_serial(index, text)?)),
        (None, Some(der)) => Some(SignerSerial::Der(base64(index, der).ok())),
        (None, None) => None,
    };
    Ok(CertificateId {
        algorithm,
        digest,
        serial,
    })
}

/// §5.2.9
fn policy(index: &Index<'_>, version: Version, id: NodeId) -> Result<PolicyId, SignatureError> {
    let own = version.namespace();
    let mut inside = Sequence::of(index, id, ("policies", 1))?;
    if inside.optional(own, "SignaturePolicyImplied").is_some() {
        inside.end()?;
        return Ok(PolicyId::Implied);
    }
    let explicit = inside.demanded(own, "SignaturePolicyId")?;
    inside.end()?;
    let mut inside = Sequence::of(index, explicit, ("elements in a policy", 4))?;
    let name = inside.demanded(own, "SigPolicyId")?;
    let transforms = inside.optional(super::DS, "Transforms");
    let hash = inside.optional(own, "SigPolicyHash");
    let qualifiers = inside.optional(own, "SigPolicyQualifiers");
    inside.end()?;
    let mut named = index.elements(name).into_iter();
    let identifier = named.find(|id| index.is(*id, own, "Identifier"));
    let identifier = identifier.ok_or_else(|| malformed(index, name, "no Identifier"))?;
    let digest = hash.map(|id| digest(index, version, id)).transpose()?;
    let (uris, specified) = match qualifiers {
        Some(list) => policy_qualifiers(index, list)?,
        None => (Vec::new(), false),
    };
    Ok(PolicyId::Explicit {
        identifier: leaf(index, identifier)?.trim_ascii().to_owned(),
        digest,
        processed: transforms.is_some() || specified,
        uris,
    })
}

/// Where the policy can be had, and whether a specification says how it is digested.
fn policy_qualifiers(
    index: &Index<'_>,
    list: NodeId,
) -> Result<(Vec<String>, bool), SignatureError> {
    let (mut uris, mut specified) = (Vec::new(), false);
    for qualifier in only(index, list, ("qualifiers", MAX_QUALIFIERS))? {
        for id in index.elements(qualifier).into_iter().take(MAX_QUALIFIERS) {
            match index.name(id).1 {
                "SPURI" => uris.push(leaf(index, id)?.trim_ascii().to_owned()),
                "SPDocSpecification" => specified = true,
                _ => {}
            }
        }
    }
    Ok((uris, specified))
}

/// §5.2.4
fn data_format(
    index: &Index<'_>,
    version: Version,
    id: NodeId,
) -> Result<DataFormat, SignatureError> {
    let inside = only(index, id, ("elements of a format", MAX_XML_REFERENCES))?;
    let mut kinds = inside.into_iter();
    let kind = kinds.find(|id| index.is(*id, version.namespace(), "MimeType"));
    Ok(DataFormat {
        reference: optional(index, id, "ObjectReference"),
        kind: kind.map(|id| leaf(index, id)).transpose()?,
    })
}
