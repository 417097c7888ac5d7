//! DistributionPoint and the reasons a CRL covers (RFC 5280 §4.2.1.13, §5.2.5), in place.

use super::general_name::GeneralName;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::limits::MAX_DISTRIBUTION_POINTS;

/// A set of revocation reasons (RFC 5280 §4.2.1.13): bit `n` stands for reason `n`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReasonFlags(u16);

impl ReasonFlags {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every reason that a CRL can be restricted to: keyCompromise (1) to aACompromise (8).
    pub const ALL: Self = Self(0b1_1111_1110);

    /// The reasons that the octets of a BIT STRING name; the bit *unused* (0) and bits above 8 name
    /// none.
    #[must_use]
    pub fn read(bits: &[u8]) -> Self {
        let mut flags = 0u16;
        let octets = bits.get(1..).unwrap_or_default();
        for n in 1..=8u16 {
            let octet = octets.get(usize::from(n / 8)).copied().unwrap_or(0);
            if octet & (0x80 >> (n % 8)) != 0 {
                flags |= 1 << n;
            }
        }
        Self(flags)
    }

    /// Those in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every reason of `other` is here.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How a distribution point is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PointName<'a> {
    /// fullName: any of these.
    Full(Vec<GeneralName<'a>>),
    /// nameRelativeToCRLIssuer: the content of one RelativeDistinguishedName.
    Relative(&'a [u8]),
}

impl<'a> PointName<'a> {
    /// From the content of the explicit tag around DistributionPointName.
    ///
    /// # Errors
    /// [`BerError`] if it is neither form.
    pub fn read(mut inside: Reader<'a>) -> Result<Self, BerError> {
        let choice = inside.any()?;
        inside.end()?;
        match choice.tag {
            0xa0 => {
                let names = GeneralName::list(choice.reader())?;
                if names.is_empty() {
                    return Err(BerError::Value(choice.start));
                }
                Ok(Self::Full(names))
            }
            0xa1 => Ok(Self::Relative(choice.content)),
            _ => Err(BerError::Value(choice.start)),
        }
    }
}

/// One place where a CRL may be had (§4.2.1.13).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DistributionPoint<'a> {
    /// distributionPoint.
    pub name: Option<PointName<'a>>,
    /// reasons; absent: all of them.
    pub reasons: Option<ReasonFlags>,
    /// cRLIssuer; empty: the certificate's issuer.
    pub crl_issuer: Vec<GeneralName<'a>>,
}

impl<'a> DistributionPoint<'a> {
    fn read(element: &Element<'a>) -> Result<Self, BerError> {
        let mut fields = element.reader();
        let name = match fields.optional(0xa0)? {
            Some(name) => Some(PointName::read(name.reader())?),
            None => None,
        };
        let reasons = fields.optional(0x81)?;
        let crl_issuer = match fields.optional(0xa2)? {
            Some(names) => GeneralName::list(names.reader())?,
            None => Vec::new(),
        };
        fields.end()?;
        // "a DistributionPoint MUST NOT consist of only the reasons field"
        if name.is_none() && crl_issuer.is_empty() {
            return Err(BerError::Value(element.start));
        }
        Ok(Self {
            name,
            reasons: reasons.map(|bits| ReasonFlags::read(bits.content)),
            crl_issuer,
        })
    }

    /// The value of cRLDistributionPoints or freshestCRL (§4.2.1.13, §4.2.1.15).
    ///
    /// # Errors
    /// [`BerError`] if it is not one, empty, or longer than is followed.
    pub fn sequence(der: &'a [u8]) -> Result<Vec<Self>, BerError> {
        let mut outer = Reader::new(der);
        let points = outer.expect(0x30)?;
        outer.end()?;
        let mut list = points.reader();
        let mut found = Vec::new();
        while let Some(point) = list.next()? {
            if point.tag != 0x30 || found.len() >= MAX_DISTRIBUTION_POINTS {
                return Err(BerError::Value(point.start));
            }
            found.push(Self::read(&point)?);
        }
        if found.is_empty() {
            return Err(BerError::Value(points.start));
        }
        Ok(found)
    }

    /// The addresses under which the list may be fetched.
    pub fn uris(&self) -> impl Iterator<Item = &'a str> {
        let names = match &self.name {
            Some(PointName::Full(names)) => names.as_slice(),
            Some(PointName::Relative(_)) | None => &[],
        };
        names.iter().filter_map(|name| match name {
            GeneralName::Uri(uri) => std::str::from_utf8(uri).ok(),
            GeneralName::Other(_)
            | GeneralName::Mail(_)
            | GeneralName::Dns(_)
            | GeneralName::X400(_)
            | GeneralName::Directory(_)
            | GeneralName::EdiParty(_)
            | GeneralName::Ip(_)
            | GeneralName::RegisteredId(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::write::{constructed, element, sequence};

    #[test]
    fn reasons_are_counted_from_the_high_bit() {
        // keyCompromise (1), cACompromise (2), aACompromise (8); bit 0 is "unused".
        let flags = ReasonFlags::read(&[7, 0b1110_0000, 0b1000_0000]);
        let both = ReasonFlags::read(&[5, 0b0110_0000]);
        assert_eq!(flags, both.or(ReasonFlags(1 << 8)));
        assert!(flags.contains(both) && !both.contains(flags));
        assert_eq!(ReasonFlags::read(&[]), ReasonFlags::NONE);
        assert!(ReasonFlags::ALL.contains(ReasonFlags::read(&[0, 0xff, 0xff])));
    }

    #[test]
    fn a_point_of_reasons_alone_is_malformed() {
        let uri = element(0x86, b"http://a/b.crl");
        let name = constructed(0xa0, &[&constructed(0xa0, &[&uri])]);
        let reasons = element(0x81, &[6, 0x40]);
        let good = sequence(&[&sequence(&[&name, &reasons])]);
        let points = DistributionPoint::sequence(&good).expect("points");
        assert_eq!(points[0].uris().collect::<Vec<_>>(), ["http://a/b.crl"]);
        let bad = sequence(&[&sequence(&[&reasons])]);
        assert!(DistributionPoint::sequence(&bad).is_err());
        assert!(DistributionPoint::sequence(&sequence(&[])).is_err());
    }
}
