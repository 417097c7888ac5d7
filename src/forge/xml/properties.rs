//! The signed properties of XAdES (EN 319 132-1 §5.2, before it TS 101 903 §7.2).

use super::unsigned::Stamping;
use super::{Reference, Transform, escaped, method};
use crate::forge::timestamp::Token;
use crate::forge::{Entity, ForgeError, Identity, der};
use crate::format::xml::canonical::Method;
use crate::model::Timestamp;
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::certificate::Certificate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Namespace of XAdES since version 1.3.2.
pub const V132: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// Namespace of version 1.2.2.
pub const V122: &str = "http://uri.etsi.org/01903/v1.2.2#";
/// Namespace of version 1.1.1.
pub const V111: &str = "http://uri.etsi.org/01903/v1.1.1#";
/// Namespace of what version 1.4.1 added.
pub const V141: &str = "http://uri.etsi.org/01903/v1.4.1#";
/// Type of the reference to the signed properties.
pub const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// A certificate that the signer says is the signing one.
#[derive(Clone, Debug)]
pub struct Named {
    /// Which.
    pub certificate: Identity,
    /// Whether by SigningCertificateV2.
    pub v2: bool,
    /// The digest by which.
    pub digest: DigestAlgorithm,
    /// Whether issuer and serial number are given too.
    pub issuer_serial: bool,
}

impl Named {
    /// By SigningCertificateV2, SHA-256, issuer and serial number.
    #[must_use]
    pub fn v2(certificate: &Identity) -> Self {
        Self {
            certificate: certificate.clone(),
            v2: true,
            digest: DigestAlgorithm::Sha256,
            issuer_serial: true,
        }
    }

    /// By SigningCertificate of TS 101 903, SHA-256, issuer and serial number.
    #[must_use]
    pub fn v1(certificate: &Identity) -> Self {
        Self {
            v2: false,
            ..Self::v2(certificate)
        }
    }

    fn xml(&self) -> Result<String, ForgeError> {
        let der = &self.certificate.certificate.der;
        let digest = digest_value(self.digest, der);
        let digest = format!("<xades:CertDigest>{digest}</xades:CertDigest>");
        let issuer = match (self.issuer_serial, self.v2) {
            (false, _) => String::new(),
            (true, true) => {
                // GeneralNames with one directoryName, then the number (RFC 5035 §4).
                let certificate = &self.certificate.certificate;
                let names = der::sequence_of(&[der::explicit(4, &certificate.issuer)]);
                let both = der::sequence_of(&[names, certificate.serial.clone()]);
                let both = STANDARD.encode(both);
                format!("<xades:IssuerSerialV2>{both}</xades:IssuerSerialV2>")
            }
            (true, false) => {
                let read = Certificate::parse(der).map_err(super::unread)?;
                format!(
                    "<xades:IssuerSerial><ds:X509IssuerName>{}</ds:X509IssuerName>\
                     <ds:X509SerialNumber>{}</ds:X509SerialNumber></xades:IssuerSerial>",
                    escaped(&read.info().issuer),
                    decimal(&self.certificate.serial())
                )
            }
        };
        Ok(format!("<xades:Cert>{digest}{issuer}</xades:Cert>"))
    }
}

/// A number as people write it, from its octets.
fn decimal(octets: &[u8]) -> u128 {
    octets.iter().fold(0u128, |sum, octet| {
        sum.wrapping_mul(256).wrapping_add(u128::from(*octet))
    })
}

/// `ds:DigestMethod` and `ds:DigestValue`.
pub(super) fn digest_value(algorithm: DigestAlgorithm, octets: &[u8]) -> String {
    format!(
        "<ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue>{}</ds:DigestValue>",
        method::digest(algorithm),
        STANDARD.encode(algorithm.of(octets))
    )
}

/// SignaturePolicyIdentifier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Policy {
    /// SignaturePolicyImplied.
    Implied,
    /// SignaturePolicyId: a name, and the policy itself, whose digest is given.
    Explicit {
        /// Identifier.
        id: String,
        /// The policy's octets.
        policy: Vec<u8>,
        /// SPURI.
        uri: Option<String>,
    },
}

impl Policy {
    fn xml(&self) -> String {
        let inside = match self {
            Self::Implied => "<xades:SignaturePolicyImplied/>".to_owned(),
            Self::Explicit { id, policy, uri } => {
                let uri = uri.as_ref().map(|uri| {
                    format!(
                        "<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>{}\
                         </xades:SPURI></xades:SigPolicyQualifier></xades:SigPolicyQualifiers>",
                        escaped(uri)
                    )
                });
                format!(
                    "<xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>{}\
                     </xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>{}\
                     </xades:SigPolicyHash>{}</xades:SignaturePolicyId>",
                    escaped(id),
                    digest_value(DigestAlgorithm::Sha256, policy),
                    uri.unwrap_or_default()
                )
            }
        };
        format!("<xades:SignaturePolicyIdentifier>{inside}</xades:SignaturePolicyIdentifier>")
    }
}

/// The signed properties, and where they stand.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The namespace, [`V132`] by right.
    pub namespace: String,
    /// SigningTime.
    pub time: Option<Timestamp>,
    /// Which certificate is the signing one; the signer's by SigningCertificateV2 if `None`.
    pub certificates: Option<Vec<Named>>,
    /// SignaturePolicyIdentifier.
    pub policy: Option<Policy>,
    /// Other elements in SignedSignatureProperties, behind those.
    pub more: String,
    /// DataObjectFormat: the Id of a reference, and a MimeType.
    pub formats: Vec<(String, String)>,
    /// Other elements in SignedDataObjectProperties, behind those.
    pub data: String,
    /// An AllDataObjectsTimeStamp is added.
    pub content_stamp: Option<(Entity, Timestamp)>,
    /// Target of QualifyingProperties, if not this signature.
    pub target: Option<String>,
    /// Type of the reference to them; `None`: there is no reference.
    pub kind: Option<String>,
    /// The form in which they are signed.
    pub canonical: Method,
}

impl Properties {
    /// What level B wants (EN 319 132-1 §6.3): the claimed time and the signer's certificate.
    #[must_use]
    pub fn basic(at: Timestamp) -> Self {
        Self {
            namespace: V132.into(),
            time: Some(at),
            certificates: None,
            policy: None,
            more: String::new(),
            formats: Vec::new(),
            data: String::new(),
            content_stamp: None,
            target: None,
            kind: Some(SIGNED_PROPERTIES.into()),
            canonical: method::exclusive(),
        }
    }

    /// With these certificates as the signing one.
    #[must_use]
    pub fn naming(mut self, certificates: Vec<Named>) -> Self {
        self.certificates = Some(certificates);
        self
    }

    /// The reference that signs them.
    pub(super) fn reference(&self, signature: &str) -> Option<Reference> {
        let kind = self.kind.as_deref()?;
        let uri = format!("#{}", id_in(signature));
        let steps = vec![Transform::Canonical(self.canonical.clone())];
        Some(Reference::to(&uri, steps).of_kind(kind))
    }

    /// EN 319 132-1 §5.2.8.1: over what the other references digest, one after the other.
    pub(super) fn stamp_content(&mut self, octets: &[Vec<u8>]) -> Result<(), ForgeError> {
        if let Some((by, at)) = self.content_stamp.take() {
            let token = Token::of(&octets.concat(), at).signed_by(&by)?;
            let stamping = Stamping::by(&by, at);
            let stamp = stamping.carrying("xades:AllDataObjectsTimeStamp", &token);
            self.data.push_str(&stamp);
        }
        Ok(())
    }

    /// `ds:Object` with them.
    pub(super) fn object(&self, signature: &str, signer: &Identity) -> Result<String, ForgeError> {
        let own = format!("#{signature}");
        let target = escaped(self.target.as_deref().unwrap_or(&own));
        let inside = self.element(signature, signer)?;
        Ok(format!(
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{}\" Target=\"{target}\">{inside}\
             </xades:QualifyingProperties></ds:Object>",
            self.namespace
        ))
    }

    /// `SignedProperties`.
    fn element(&self, signature: &str, signer: &Identity) -> Result<String, ForgeError> {
        let mut about = String::new();
        if let Some(time) = self.time {
            about.push_str(&format!("<xades:SigningTime>{time}</xades:SigningTime>"));
        }
        let certificates = self.certificates.clone();
        let certificates = certificates.unwrap_or_else(|| vec![Named::v2(signer)]);
        for (v2, name) in [
            (false, "SigningCertificate"),
            (true, "SigningCertificateV2"),
        ] {
            let some = certificates.iter().filter(|named| named.v2 == v2);
            let all: Result<String, ForgeError> = some.map(Named::xml).collect();
            match all?.as_str() {
                "" => {}
                all => about.push_str(&format!("<xades:{name}>{all}</xades:{name}>")),
            }
        }
        about.push_str(&self.policy.as_ref().map(Policy::xml).unwrap_or_default());
        about.push_str(&self.more);
        let formats = self.formats.iter().map(|(reference, kind)| {
            format!(
                "<xades:DataObjectFormat ObjectReference=\"#{}\"><xades:MimeType>{}</xades:MimeType>\
                 </xades:DataObjectFormat>",
                escaped(reference),
                escaped(kind)
            )
        });
        let data: String = formats.chain([self.data.clone()]).collect();
        let data = match data.as_str() {
            "" => data,
            all => format!(
                "<xades:SignedDataObjectProperties>{all}</xades:SignedDataObjectProperties>"
            ),
        };
        Ok(format!(
            "<xades:SignedProperties Id=\"{}\"><xades:SignedSignatureProperties>{about}\
             </xades:SignedSignatureProperties>{data}</xades:SignedProperties>",
            id_in(signature)
        ))
    }
}

/// The Id of a signature's signed properties.
#[must_use]
pub fn id_in(signature: &str) -> String {
    format!("{signature}-thuoc-tinh")
}
