//! GeneralName (RFC 5280 §4.2.1.6), in place.

use crate::format::asn1::read::{BerError, Element, Reader};

/// A name of one of the nine forms; the content octets, not judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GeneralName<'a> {
    /// otherName: type and value.
    Other(&'a [u8]),
    /// rfc822Name: a mailbox, or in a constraint also a host or domain.
    Mail(&'a [u8]),
    /// dNSName.
    Dns(&'a [u8]),
    /// x400Address.
    X400(&'a [u8]),
    /// directoryName: the Name, whole encoding.
    Directory(&'a [u8]),
    /// ediPartyName.
    EdiParty(&'a [u8]),
    /// uniformResourceIdentifier.
    Uri(&'a [u8]),
    /// iPAddress: 4 or 16 octets, in a constraint 8 or 32.
    Ip(&'a [u8]),
    /// registeredID: an object identifier.
    RegisteredId(&'a [u8]),
}

impl<'a> GeneralName<'a> {
    /// The name in one element.
    ///
    /// # Errors
    /// [`BerError`] for a tag outside the nine forms or a malformed value.
    pub fn read(element: &Element<'a>) -> Result<Self, BerError> {
        let content = element.content;
        Ok(match element.tag {
            0xa0 => Self::Other(content),
            0x81 => Self::Mail(content),
            0x82 => Self::Dns(content),
            0xa3 => Self::X400(content),
            0xa4 => {
                // Name is a CHOICE, so its tag stays explicit (X.680 §31.2.7).
                let mut inner = element.reader();
                let name = inner.expect(0x30)?;
                inner.end()?;
                Self::Directory(name.full)
            }
            0xa5 => Self::EdiParty(content),
            0x86 => Self::Uri(content),
            0x87 => Self::Ip(content),
            0x88 => Self::RegisteredId(content),
            _ => return Err(BerError::Value(element.start)),
        })
    }

    /// Every name up to the end of a reader.
    ///
    /// # Errors
    /// [`BerError`] if one of them is none.
    pub fn list(mut names: Reader<'a>) -> Result<Vec<Self>, BerError> {
        let mut found = Vec::new();
        while let Some(name) = names.next()? {
            found.push(Self::read(&name)?);
        }
        Ok(found)
    }

    /// Every name of a GeneralNames (the value of subjectAltName, §4.2.1.6).
    ///
    /// # Errors
    /// [`BerError`] if it is not one, or empty.
    pub fn sequence(der: &'a [u8]) -> Result<Vec<Self>, BerError> {
        let mut outer = Reader::new(der);
        let names = outer.expect(0x30)?;
        outer.end()?;
        let found = Self::list(names.reader())?;
        if found.is_empty() {
            return Err(BerError::Value(names.start));
        }
        Ok(found)
    }
}
