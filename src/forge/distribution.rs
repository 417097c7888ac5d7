//! Where CRLs are distributed and what part of the truth each tells (RFC 5280 §4.2.1.13, §5.2.5).

use super::der;
use super::extension::{Extension, id};
use super::name::{GeneralName, Name, general_names};
use crate::format::asn1::write::{element, tag};

/// Reasons of revocation as the bits of ReasonFlags (RFC 5280 §4.2.1.13).
pub mod reasons {
    /// keyCompromise.
    pub const KEY_COMPROMISE: u8 = 1;
    /// cACompromise.
    pub const CA_COMPROMISE: u8 = 2;
    /// affiliationChanged.
    pub const AFFILIATION_CHANGED: u8 = 3;
    /// superseded.
    pub const SUPERSEDED: u8 = 4;
    /// cessationOfOperation.
    pub const CESSATION: u8 = 5;
    /// certificateHold.
    pub const HOLD: u8 = 6;
    /// privilegeWithdrawn.
    pub const WITHDRAWN: u8 = 7;
    /// aACompromise.
    pub const AA_COMPROMISE: u8 = 8;
}

/// DistributionPointName.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PointName {
    /// fullName.
    Full(Vec<GeneralName>),
    /// nameRelativeToCRLIssuer: one relative name as [`super::name::relative`] makes it.
    Relative(Vec<u8>),
}

impl PointName {
    /// One address.
    #[must_use]
    pub fn uri(uri: &str) -> Self {
        Self::Full(vec![GeneralName::uri(uri)])
    }

    fn der(&self) -> Vec<u8> {
        match self {
            Self::Full(names) => der::retag(0, general_names(names)),
            Self::Relative(name) => der::retag(1, name.clone()),
        }
    }
}

/// One DistributionPoint of a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Point {
    /// distributionPoint.
    pub name: Option<PointName>,
    /// reasons, as bits of [`reasons`].
    pub reasons: Option<Vec<u8>>,
    /// cRLIssuer.
    pub issuer: Option<Name>,
}

impl Point {
    /// All reasons at one address, by the certificate's issuer.
    #[must_use]
    pub fn uri(uri: &str) -> Self {
        Self {
            name: Some(PointName::uri(uri)),
            reasons: None,
            issuer: None,
        }
    }

    fn der(&self) -> Vec<u8> {
        // The name is a CHOICE and so tagged explicitly.
        let name = self.name.as_ref().map(|n| der::explicit(0, &n.der()));
        let reasons = self
            .reasons
            .as_ref()
            .map(|r| der::implicit(1, &der::named_bits(r)));
        let issuer = self.issuer.as_ref().map(|issuer| {
            element(
                tag::context(2),
                &GeneralName::Directory(issuer.clone()).der(),
            )
        });
        let parts = [name, reasons, issuer].map(Option::unwrap_or_default);
        der::sequence_of(&parts)
    }
}

fn points(kind: &str, points: &[Point]) -> Extension {
    let points: Vec<Vec<u8>> = points.iter().map(Point::der).collect();
    Extension::raw(kind, false, der::sequence_of(&points))
}

/// cRLDistributionPoints (RFC 5280 §4.2.1.13).
#[must_use]
pub fn crl_points(list: &[Point]) -> Extension {
    points(id::CRL_POINTS, list)
}

/// freshestCRL (RFC 5280 §4.2.1.15), in certificates and in CRLs.
#[must_use]
pub fn freshest(list: &[Point]) -> Extension {
    points(id::FRESHEST, list)
}

/// What part of an issuer's certificates and reasons a CRL speaks of (RFC 5280 §5.2.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scope {
    /// distributionPoint.
    pub name: Option<PointName>,
    /// onlyContainsUserCerts.
    pub only_users: bool,
    /// onlyContainsCACerts.
    pub only_authorities: bool,
    /// onlySomeReasons, as bits of [`reasons`].
    pub reasons: Option<Vec<u8>>,
    /// indirectCRL.
    pub indirect: bool,
    /// onlyContainsAttributeCerts.
    pub only_attributes: bool,
}

impl Scope {
    /// Everything; a list with this scope says nothing that one without does not.
    pub const ALL: Self = Self {
        name: None,
        only_users: false,
        only_authorities: false,
        reasons: None,
        indirect: false,
        only_attributes: false,
    };

    /// issuingDistributionPoint.
    #[must_use]
    pub fn extension(&self) -> Extension {
        let flag = |number: u8, set: bool| {
            if set {
                der::implicit(number, &[0xff])
            } else {
                Vec::new()
            }
        };
        let name = self.name.as_ref().map(|n| der::explicit(0, &n.der()));
        let reasons = self
            .reasons
            .as_ref()
            .map(|r| der::implicit(3, &der::named_bits(r)));
        let value = der::sequence_of(&[
            name.unwrap_or_default(),
            flag(1, self.only_users),
            flag(2, self.only_authorities),
            reasons.unwrap_or_default(),
            flag(4, self.indirect),
            flag(5, self.only_attributes),
        ]);
        Extension::raw(id::ISSUING_POINT, true, value)
    }
}
