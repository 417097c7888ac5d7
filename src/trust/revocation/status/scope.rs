//! Whether a list speaks about a certificate at all (RFC 5280 §6.3.3 (b), (d)).

use crate::format::asn1::read::BerError;
use crate::format::x509::distribution_point::{DistributionPoint, PointName, ReasonFlags};
use crate::format::x509::general_name::GeneralName;
use crate::trust::certificate::Certificate;
use crate::trust::name::Name;
use crate::trust::revocation::crl::{Crl, IssuingDistributionPoint};

/// One distribution point of a certificate, or the one that every certificate has: its issuer
/// (§6.3.3, after the loop).
pub(super) struct Point<'a> {
    name: Option<PointName<'a>>,
    reasons: ReasonFlags,
    /// cRLIssuer: the names by which the list may be issued instead of the certificate's issuer.
    pub(super) crl_issuers: Vec<Name>,
    given_issuer: bool,
}

impl<'a> Point<'a> {
    /// The points of a certificate, the issuer itself last.
    pub(super) fn of(certificate: &'a Certificate) -> Result<Vec<Self>, BerError> {
        let points = certificate.crl_points()?;
        let mut found: Vec<Self> = points
            .into_iter()
            .map(Self::given)
            .collect::<Result<_, _>>()?;
        found.push(Self {
            name: Some(PointName::Full(vec![GeneralName::Directory(
                certificate.issuer(),
            )])),
            reasons: ReasonFlags::ALL,
            crl_issuers: Vec::new(),
            given_issuer: false,
        });
        Ok(found)
    }

    fn given(point: DistributionPoint<'a>) -> Result<Self, BerError> {
        let directory = |name: &GeneralName<'a>| match name {
            GeneralName::Directory(der) => Some(Name::parse(der)),
            GeneralName::Other(_)
            | GeneralName::Mail(_)
            | GeneralName::Dns(_)
            | GeneralName::X400(_)
            | GeneralName::EdiParty(_)
            | GeneralName::Uri(_)
            | GeneralName::Ip(_)
            | GeneralName::RegisteredId(_) => None,
        };
        Ok(Self {
            crl_issuers: point
                .crl_issuer
                .iter()
                .filter_map(directory)
                .collect::<Result<_, _>>()?,
            given_issuer: !point.crl_issuer.is_empty(),
            reasons: point.reasons.unwrap_or(ReasonFlags::ALL),
            name: point.name,
        })
    }

    /// The names by which a list for this point is issued.
    pub(super) fn issuers<'n>(&'n self, certificate: &'n Certificate) -> Vec<&'n Name> {
        if self.given_issuer {
            self.crl_issuers.iter().collect()
        } else {
            vec![certificate.issuer_name()]
        }
    }

    /// For which reasons a list, issued by one of those names, speaks about a certificate through
    /// this point; `None` if it does not.
    pub(super) fn covers(&self, crl: &Crl, certificate: &Certificate) -> Option<ReasonFlags> {
        let idp = crl.idp();
        // (b)(1): another issuer than the certificate's needs a list that says so.
        let indirect = idp.as_ref().is_some_and(|idp| idp.indirect);
        if self.given_issuer && !indirect {
            return None;
        }
        let Some(idp) = idp else {
            return Some(self.reasons);
        };
        let is_ca = certificate.is_ca();
        // (b)(2)(ii) to (iv)
        if idp.only_attribute || (idp.only_user && is_ca) || (idp.only_ca && !is_ca) {
            return None;
        }
        // (b)(2)(i)
        if !self.same_place(&idp, crl, certificate).unwrap_or(false) {
            return None;
        }
        // (d)
        let some = idp.only_some_reasons.unwrap_or(ReasonFlags::ALL);
        Some(self.reasons.and(some))
    }

    fn same_place(
        &self,
        idp: &IssuingDistributionPoint<'_>,
        crl: &Crl,
        certificate: &Certificate,
    ) -> Result<bool, BerError> {
        let Some(theirs) = &idp.point else {
            return Ok(true);
        };
        let theirs = Place::all(theirs, crl.issuer_name())?;
        let ours = match &self.name {
            Some(name) => {
                let base = self
                    .crl_issuers
                    .first()
                    .unwrap_or_else(|| certificate.issuer_name());
                Place::all(name, base)?
            }
            None => self
                .crl_issuers
                .iter()
                .cloned()
                .map(Place::Directory)
                .collect(),
        };
        Ok(ours.iter().any(|ours| theirs.contains(ours)))
    }
}

/// A name of a place, in a form in which two can be compared.
#[derive(PartialEq, Eq)]
enum Place<'a> {
    Directory(Name),
    Other(GeneralName<'a>),
}

impl<'a> Place<'a> {
    fn all(name: &PointName<'a>, base: &Name) -> Result<Vec<Self>, BerError> {
        let place = |name: &GeneralName<'a>| {
            if let GeneralName::Directory(der) = name {
                Name::parse(der).map(Self::Directory)
            } else {
                Ok(Self::Other(*name))
            }
        };
        match name {
            PointName::Full(names) => names.iter().map(place).collect(),
            PointName::Relative(rdn) => Ok(vec![Self::Directory(base.with_relative(rdn)?)]),
        }
    }
}
