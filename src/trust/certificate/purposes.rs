//! extendedKeyUsage (RFC 5280 §4.2.1.12).

use crate::format::asn1::read::{BerError, Element};

/// What a key may be used for, by its certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::trust) struct Purposes {
    named: u8,
    /// How many purposes there are.
    count: usize,
    critical: bool,
}

/// One purpose, or several as alternatives.
pub(in crate::trust) const ANY_PURPOSE: u8 = 1;
/// Signing documents.
pub(in crate::trust) const DOCUMENT_SIGNING: u8 = 1 << 1;
/// A TLS server.
pub(in crate::trust) const SERVER_AUTH: u8 = 1 << 2;
/// A TLS client.
pub(in crate::trust) const CLIENT_AUTH: u8 = 1 << 3;
/// Signing timestamps.
pub(in crate::trust) const TIME_STAMPING: u8 = 1 << 4;
/// Signing OCSP responses.
pub(in crate::trust) const OCSP_SIGNING: u8 = 1 << 5;

impl Purposes {
    pub(super) fn read(list: Element<'_>, critical: bool) -> Result<Self, BerError> {
        let mut items = list.reader();
        let (mut named, mut count) = (0, 0usize);
        while let Some(item) = items.next()? {
            if item.tag != 0x06 {
                return Err(BerError::Value(item.start));
            }
            named |= purpose(item.content);
            count = count.saturating_add(1);
        }
        // SEQUENCE SIZE (1..MAX)
        if count == 0 {
            return Err(BerError::Value(list.start));
        }
        Ok(Self {
            named,
            count,
            critical,
        })
    }

    /// Whether `purpose` is named, or any.
    pub(in crate::trust) fn allow(self, purpose: u8) -> bool {
        self.named & (purpose | ANY_PURPOSE) != 0
    }

    /// Whether `purpose` is named itself.
    pub(in crate::trust) fn name(self, purpose: u8) -> bool {
        self.named & purpose != 0
    }

    /// RFC 3161 §2.3: critical, and timeStamping alone.
    pub(in crate::trust) fn is_time_stamping_alone(self) -> bool {
        self.critical && self.count == 1 && self.named == TIME_STAMPING
    }
}

fn purpose(oid: &[u8]) -> u8 {
    match oid {
        [0x55, 0x1d, 0x25, 0x00] => ANY_PURPOSE,
        [0x2b, 6, 1, 5, 5, 7, 3, 1] => SERVER_AUTH,
        [0x2b, 6, 1, 5, 5, 7, 3, 2] => CLIENT_AUTH,
        [0x2b, 6, 1, 5, 5, 7, 3, 8] => TIME_STAMPING,
        [0x2b, 6, 1, 5, 5, 7, 3, 9] => OCSP_SIGNING,
        // emailProtection; documentSigning (RFC 9336); Microsoft's and Adobe's document signing.
        [0x2b, 6, 1, 5, 5, 7, 3, 4 | 0x24]
        | [0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x0a, 3, 0x0c]
        | [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 1, 1, 5] => DOCUMENT_SIGNING,
        _ => 0,
    }
}
