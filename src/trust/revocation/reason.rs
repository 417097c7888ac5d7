//! Why a certificate was revoked (RFC 5280 §5.3.1).

use crate::format::asn1::read::{BerError, Element};
use crate::model::indication::words;

words! {
    /// CRLReason.
    RevocationReason {
        /// No reason was given.
        Unspecified = 0 "unspecified",
        /// The subject's private key is known or suspected to be in other hands.
        KeyCompromise = 1 "keyCompromise",
        /// The same of a CA's.
        CaCompromise = 2 "cACompromise",
        /// The subject's name or other facts changed.
        AffiliationChanged = 3 "affiliationChanged",
        /// Replaced by another certificate.
        Superseded = 4 "superseded",
        /// No longer needed for its purpose.
        CessationOfOperation = 5 "cessationOfOperation",
        /// Suspended: may be lifted.
        CertificateHold = 6 "certificateHold",
        /// In a delta list: no longer listed.
        RemoveFromCrl = 8 "removeFromCRL",
        /// A privilege in it was withdrawn.
        PrivilegeWithdrawn = 9 "privilegeWithdrawn",
        /// An attribute authority's key is in other hands.
        AaCompromise = 10 "aACompromise",
    }
}

impl RevocationReason {
    /// From the ENUMERATED.
    ///
    /// # Errors
    /// [`BerError`] for anything else and for values without a meaning, 7 among them.
    pub fn read(element: &Element<'_>) -> Result<Self, BerError> {
        let value = match (element.tag, element.content) {
            (0x0a, [octet]) => Self::from_number(u16::from(*octet)),
            _ => None,
        };
        value.ok_or(BerError::Value(element.start))
    }

    /// Whether what the key made before the revocation stays good without any other proof of when:
    /// the key was given up, not lost (RFC 3161 §4, item 1; *unspecified* is what a list says that
    /// gives no reason, and then nothing stays).
    pub(in crate::trust) fn spares_earlier(self) -> bool {
        match self {
            Self::AffiliationChanged | Self::Superseded | Self::CessationOfOperation => true,
            Self::Unspecified
            | Self::KeyCompromise
            | Self::CaCompromise
            | Self::CertificateHold
            | Self::RemoveFromCrl
            | Self::PrivilegeWithdrawn
            | Self::AaCompromise => false,
        }
    }

    /// How much it says against the certificate: of two entries for one certificate the graver counts.
    pub(in crate::trust) fn gravity(self) -> u8 {
        match self {
            Self::RemoveFromCrl => 0,
            Self::CertificateHold => 1,
            Self::Unspecified
            | Self::AffiliationChanged
            | Self::Superseded
            | Self::CessationOfOperation
            | Self::PrivilegeWithdrawn => 2,
            Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise => 3,
        }
    }
}
