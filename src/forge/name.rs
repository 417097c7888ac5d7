//! Names of every shape: distinguished names with any string type (RFC 5280 §4.1.2.4) and general
//! names of every form (RFC 5280 §4.2.1.6).

use super::der;
use crate::format::asn1::read::Reader;
use crate::format::asn1::write::{element, set_of, tag};

/// countryName.
pub const COUNTRY: &str = "2.5.4.6";
/// organizationName.
pub const ORGANIZATION: &str = "2.5.4.10";
/// organizationalUnitName.
pub const UNIT: &str = "2.5.4.11";
/// commonName.
pub const COMMON: &str = "2.5.4.3";
/// domainComponent.
pub const DOMAIN: &str = "0.9.2342.19200300.100.1.25";
/// emailAddress.
pub const EMAIL: &str = "1.2.840.113549.1.9.1";

/// A distinguished name: its relative names, DER, one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name(Vec<u8>);

impl Name {
    /// The empty name.
    #[must_use]
    pub fn empty() -> Self {
        Self(Vec::new())
    }

    /// C=VN, O=Liên thông - mẫu and this common name: what the authorities made here are called.
    #[must_use]
    pub fn of(common: &str) -> Self {
        Self::empty()
            .with(COUNTRY, der::PRINTABLE, "VN")
            .with(ORGANIZATION, der::UTF8, "Liên thông - mẫu")
            .with(COMMON, der::UTF8, common)
    }

    /// Followed by one attribute, as text in a string type of [`der`].
    #[must_use]
    pub fn with(self, kind: &str, string: u8, value: &str) -> Self {
        self.and(&[(kind, der::text(string, value))])
    }

    /// Followed by one relative name of several attributes, whose values are complete encodings.
    #[must_use]
    pub fn and(mut self, attributes: &[(&str, Vec<u8>)]) -> Self {
        self.0.extend(relative(attributes));
        self
    }

    /// A name as it is encoded somewhere; bytes that are none give the empty name.
    #[must_use]
    pub fn from_der(encoded: &[u8]) -> Self {
        let name = Reader::new(encoded).expect(tag::SEQUENCE);
        Self(name.map(|n| n.content.to_vec()).unwrap_or_default())
    }

    /// The name, DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        element(tag::SEQUENCE, &self.0)
    }
}

/// RelativeDistinguishedName, DER.
#[must_use]
pub fn relative(attributes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, value)| der::sequence_of(&[der::oid(kind), value.clone()]))
        .collect();
    let parts: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    set_of(&parts)
}

/// A general name of any form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GeneralName {
    /// otherName: its type, and its value as a complete encoding.
    Other(String, Vec<u8>),
    /// rfc822Name.
    Mail(String),
    /// dNSName.
    Dns(String),
    /// x400Address: the content octets.
    X400(Vec<u8>),
    /// directoryName.
    Directory(Name),
    /// ediPartyName: the content octets.
    Edi(Vec<u8>),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress: 4 or 16 octets, twice as many in name constraints.
    Ip(Vec<u8>),
    /// registeredID.
    Registered(String),
    /// A complete encoding.
    Raw(Vec<u8>),
}

impl GeneralName {
    /// dNSName.
    #[must_use]
    pub fn dns(name: &str) -> Self {
        Self::Dns(name.to_owned())
    }

    /// uniformResourceIdentifier.
    #[must_use]
    pub fn uri(uri: &str) -> Self {
        Self::Uri(uri.to_owned())
    }

    /// rfc822Name.
    #[must_use]
    pub fn mail(address: &str) -> Self {
        Self::Mail(address.to_owned())
    }

    /// The name, DER.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        match self {
            Self::Other(kind, value) => {
                let inner = [der::oid(kind), der::explicit(0, value)].concat();
                element(tag::context(0), &inner)
            }
            Self::Mail(text) => der::implicit(1, text.as_bytes()),
            Self::Dns(text) => der::implicit(2, text.as_bytes()),
            Self::X400(content) => element(tag::context(3), content),
            // A CHOICE is tagged explicitly (X.680 §31.2.7).
            Self::Directory(name) => der::explicit(4, &name.der()),
            Self::Edi(content) => element(tag::context(5), content),
            Self::Uri(text) => der::implicit(6, text.as_bytes()),
            Self::Ip(octets) => der::implicit(7, octets),
            Self::Registered(kind) => der::implicit(8, &der::arcs(kind)),
            Self::Raw(encoded) => encoded.clone(),
        }
    }
}

/// GeneralNames, DER.
#[must_use]
pub fn general_names(names: &[GeneralName]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = names.iter().map(GeneralName::der).collect();
    der::sequence_of(&names)
}
