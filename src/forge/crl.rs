//! CRLs of every kind (RFC 5280 §5): complete, delta, indirect, partitioned, signed by any key, with
//! any extension, and long ones in little time.

use super::certificate::signed;
use super::distribution::Scope;
use super::extension::{self, Extension};
use super::name::Name;
use super::pki::Validity;
use super::{Entity, ForgeError, Scheme, der};
use crate::format::asn1::write::{element, tag};
use crate::model::Timestamp;

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revoked {
    /// The content octets of the serial number.
    pub serial: Vec<u8>,
    /// revocationDate.
    pub at: Timestamp,
    /// crlEntryExtensions.
    pub extensions: Vec<Extension>,
}

impl Revoked {
    /// Revoked without a reason.
    #[must_use]
    pub fn new(serial: &[u8], at: Timestamp) -> Self {
        Self {
            serial: serial.to_vec(),
            at,
            extensions: Vec::new(),
        }
    }

    /// With a reason by its number (RFC 5280 §5.3.1): 1 keyCompromise, 6 certificateHold, 8
    /// removeFromCRL.
    #[must_use]
    pub fn reason(self, code: u8) -> Self {
        self.with(extension::reason(code))
    }

    /// With an extension.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    fn der(&self) -> Vec<u8> {
        let extensions = wrapped(&self.extensions).unwrap_or_default();
        der::sequence_of(&[
            der::raw_integer(&self.serial),
            der::time(self.at),
            extensions,
        ])
    }
}

/// Extensions, DER, unless there are none.
pub(super) fn wrapped(extensions: &[Extension]) -> Option<Vec<u8>> {
    let parts: Vec<Vec<u8>> = extensions.iter().map(Extension::der).collect();
    (!parts.is_empty()).then(|| der::sequence_of(&parts))
}

/// What a CRL is to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevocationList {
    /// Whether the version is written: without it the list is one of version 1.
    pub versioned: bool,
    /// The issuer it names, if not the one that signs.
    pub issuer: Option<Name>,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// nextUpdate.
    pub next_update: Option<Timestamp>,
    /// Entries.
    pub revoked: Vec<Revoked>,
    /// Further entries as they are encoded, such as those of [`many`].
    pub encoded: Vec<u8>,
    /// crlExtensions.
    pub extensions: Vec<Extension>,
    /// How it is signed, if not as the key does.
    pub scheme: Option<Scheme>,
}

impl RevocationList {
    /// A complete list under a number that revokes nobody.
    #[must_use]
    pub fn complete(number: u64, validity: Validity) -> Self {
        Self {
            versioned: true,
            issuer: None,
            this_update: validity.from,
            next_update: Some(validity.until),
            revoked: Vec::new(),
            encoded: Vec::new(),
            extensions: vec![extension::crl_number(number)],
            scheme: None,
        }
    }

    /// A list of what changed since the complete list numbered `base`.
    #[must_use]
    pub fn delta(number: u64, base: u64, validity: Validity) -> Self {
        Self::complete(number, validity).with(extension::delta_indicator(base))
    }

    /// Speaking only of this scope.
    #[must_use]
    pub fn scope(self, scope: &Scope) -> Self {
        self.with(scope.extension())
    }

    /// With an extension in place of one of its kind.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|e| e.kind != extension.kind);
        self.extensions.push(extension);
        self
    }

    /// Naming another issuer than the one that signs.
    #[must_use]
    pub fn issued_as(self, name: Name) -> Self {
        Self {
            issuer: Some(name),
            ..self
        }
    }

    /// With one entry more.
    #[must_use]
    pub fn revoke(mut self, entry: Revoked) -> Self {
        self.revoked.push(entry);
        self
    }

    /// Signed, with the key identifier of the signer.
    ///
    /// # Errors
    /// [`ForgeError::Key`] if the key does not sign.
    pub fn signed_by(&self, signer: &Entity) -> Result<Vec<u8>, ForgeError> {
        let scheme = self.scheme.unwrap_or_else(|| signer.key.scheme());
        let mut entries: Vec<u8> = self.revoked.iter().flat_map(Revoked::der).collect();
        entries.extend_from_slice(&self.encoded);
        let entries = if entries.is_empty() {
            // RFC 5280 §5.1.2.6: an empty list is left out.
            Vec::new()
        } else {
            element(tag::SEQUENCE, &entries)
        };
        let mut extensions = vec![extension::authority_key(&signer.identifier)];
        extensions.extend(self.extensions.iter().cloned());
        let (version, extensions) = if self.versioned {
            (der::integer(1), wrapped(&extensions))
        } else {
            (Vec::new(), None)
        };
        let tbs = [
            version,
            scheme.identifier(),
            self.issuer.as_ref().unwrap_or(&signer.name).der(),
            der::time(self.this_update),
            self.next_update.map(der::time).unwrap_or_default(),
            entries,
            extensions.map(|e| der::explicit(0, &e)).unwrap_or_default(),
        ];
        signed(&element(tag::SEQUENCE, &tbs.concat()), &signer.key, scheme)
    }
}

/// `count` entries with serial numbers of 16 octets, made without an object for each: 500,000 take
/// a few milliseconds. A reason of keyCompromise makes each about 49 octets long, as real ones are.
#[must_use]
pub fn many(count: u32, at: Timestamp) -> Vec<u8> {
    let template = Revoked::new(&[0x5a; 16], at).reason(1).der();
    // Header of the entry, header of the serial number, then twelve octets that stay.
    const NUMBER: std::ops::Range<usize> = 16..20;
    let mut out = Vec::with_capacity(
        template
            .len()
            .saturating_mul(usize::try_from(count).unwrap_or(0)),
    );
    for number in 0..count {
        let start = out.len();
        out.extend_from_slice(&template);
        // Spread, so that an index has something to sort.
        let spread = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
        if let Some(place) = out.get_mut(start..).and_then(|e| e.get_mut(NUMBER)) {
            place.copy_from_slice(&spread);
        }
    }
    out
}
