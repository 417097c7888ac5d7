//! One certificate revocation list (RFC 5280 §5), read in place: its entries are never turned into
//! objects, only counted into an index of serial numbers.
//!
//! A list with a defect proves nothing good about any certificate, but what it lists stays visible.
//! Whether a list may be used for a certificate is not decided here.

mod entry;
mod extensions;
mod index;

pub use entry::CrlEntry;
pub use extensions::IssuingDistributionPoint;

use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::{minimal, time};
use crate::format::cms::read::Algorithm;
use crate::format::x509::distribution_point::DistributionPoint;
use crate::format::x509::general_name::GeneralName;
use crate::model::{Digest, Hasher, Timestamp};
use crate::trust::algorithms::Message;
use crate::trust::name::Name;
use bytes::Bytes;
use extensions::Extensions;
use index::Seed;
use std::fmt;
use std::ops::Range;

/// From this size on hashing costs more than the slower check of a value whose digest is known.
const LARGE: usize = 1 << 20;

/// Why bytes are not a CRL.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CrlError {
    /// Not DER, or not the structure.
    #[error("not a CRL: {0}")]
    Structure(#[from] BerError),
    /// Larger than offsets reach.
    #[error("a CRL above 4 GiB")]
    TooLarge,
}

/// A CRL.
#[derive(Clone)]
pub struct Crl {
    der: Bytes,
    sha256: Digest,
    /// SHA-256 of what is signed, of a large list.
    signed: Option<Digest>,
    fields: Fields,
    issuer_name: Name,
    extensions: Extensions,
    defect: Option<String>,
    scope: Digest,
    entries: entry::Scan,
}

/// The parts of the list, and where they lie.
#[derive(Clone, Debug)]
struct Fields {
    tbs: Range<usize>,
    issuer: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries)", self.sha256, self.len())
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for Crl {}

impl Crl {
    /// Reads DER and builds the index. The bytes are kept, never copied.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn parse(der: Bytes) -> Result<Self, CrlError> {
        if u32::try_from(der.len()).is_err() {
            return Err(CrlError::TooLarge);
        }
        let outline = Outline::read(&der)?;
        let (sha256, signed) = digests(&der, outline.tbs.full);
        let issuer_name = Name::parse(outline.issuer.full)?;
        let extensions = match outline.extensions {
            Some(explicit) => Extensions::read(explicit.reader())?,
            None => Extensions::default(),
        };
        let entries = entry::scan(outline.entries.as_ref(), Seed::of(&sha256))?;
        let part = |range: &Option<Range<usize>>| {
            let found = range.as_ref().and_then(|range| der.get(range.clone()));
            Digest::of(found.unwrap_or_default())
        };
        let scope = scope(&[
            Digest::of(outline.issuer.full),
            part(&extensions.authority),
            part(&extensions.point),
            Digest::of(&[u8::from(extensions.base_number.is_some())]),
        ]);
        Ok(Self {
            defect: defect(&outline, &extensions, &entries),
            fields: outline.fields()?,
            sha256,
            signed,
            issuer_name,
            extensions,
            scope,
            entries,
            der,
        })
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    fn optional(&self, range: Option<&Range<usize>>) -> Option<&[u8]> {
        range.map(|range| self.part(range))
    }

    /// The whole list.
    #[must_use]
    pub fn der(&self) -> &Bytes {
        &self.der
    }

    /// The issuer's name, whole encoding.
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        self.part(&self.fields.issuer)
    }

    /// The issuer in its comparison form.
    #[must_use]
    pub fn issuer_name(&self) -> &Name {
        &self.issuer_name
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.fields.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.fields.next_update
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.index.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The magnitude of cRLNumber (§5.2.3), without leading zeros: of two, the longer is the larger.
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.optional(self.extensions.number.as_ref())
    }

    /// Whether it has a cRLNumber, as every list of RFC 5280 has (§5.2.3).
    #[must_use]
    pub fn numbered(&self) -> bool {
        self.extensions.number.is_some()
    }

    /// The magnitude of BaseCRLNumber (§5.2.4) as [`Crl::number`]; `None` for a complete list.
    #[must_use]
    pub fn base_number(&self) -> Option<&[u8]> {
        self.optional(self.extensions.base_number.as_ref())
    }

    /// Whether it is a delta to another list (§5.2.4).
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.extensions.base_number.is_some()
    }

    /// The identifier of the key that signed it, as it names it (§5.2.1).
    #[must_use]
    pub fn authority_key(&self) -> Option<&[u8]> {
        self.optional(self.extensions.authority_key.as_ref())
    }

    /// issuingDistributionPoint (§5.2.5). One that is malformed, which is a defect, covers nothing.
    #[must_use]
    pub fn idp(&self) -> Option<IssuingDistributionPoint<'_>> {
        let value = self.optional(self.extensions.point.as_ref())?;
        let nothing = IssuingDistributionPoint {
            point: None,
            only_user: true,
            only_ca: true,
            only_attribute: true,
            indirect: self.extensions.indirect,
            only_some_reasons: None,
        };
        Some(IssuingDistributionPoint::read(Reader::new(value)).unwrap_or(nothing))
    }

    /// Where its deltas are to be had (§5.2.6).
    #[must_use]
    pub fn freshest(&self) -> Vec<DistributionPoint<'_>> {
        let value = self.optional(self.extensions.freshest.as_ref());
        let points = value.map(DistributionPoint::sequence);
        points.and_then(Result::ok).unwrap_or_default()
    }

    /// expiredCertsOnCRL: certificates that expired since then stay listed.
    #[must_use]
    pub fn expired_certs(&self) -> Option<Timestamp> {
        self.extensions.expired_since
    }

    /// What bars it from saying anything good, if anything does.
    #[must_use]
    pub fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }

    /// What it is a list of: issuer's name, issuer's key as the list names it, and part. Only lists of
    /// one scope replace each other: a CA that changed its key goes on with a list under each.
    #[must_use]
    pub fn scope(&self) -> Digest {
        self.scope
    }

    pub(in crate::trust) fn to_be_signed(&self) -> Message<'_> {
        Message::hashed(self.part(&self.fields.tbs), self.signed)
    }

    pub(in crate::trust) fn signature(&self) -> &[u8] {
        self.part(&self.fields.signature)
    }

    pub(in crate::trust) fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        Algorithm::read(&mut Reader::new(self.part(&self.fields.algorithm)))
    }

    /// What it says of a certificate, by serial number and issuer; `None` if it is not listed. Of
    /// several entries for one certificate, all of them count.
    ///
    /// # Errors
    /// [`CrlError`] if the entry is listed but malformed, so that nothing is known of it.
    pub fn entry(&self, serial: &[u8], issuer: &Name) -> Result<Option<CrlEntry>, CrlError> {
        let wanted = minimal(serial);
        let mut found: Option<CrlEntry> = None;
        for at in self.entries.index.candidates(serial) {
            let listed = entry::serial_at(&self.der, *at).map(minimal);
            if listed == Some(wanted) && self.belongs(*at, issuer)? {
                let entry = entry::entry_at(&self.der, *at)?;
                found = Some(found.map_or(entry, |other| other.worse(entry)));
            }
        }
        Ok(found)
    }

    /// Whether the entry at an offset is one of `issuer`'s certificates: that of the last
    /// certificateIssuer at or before it, else the list's own issuer (§5.3.3).
    fn belongs(&self, at: u32, issuer: &Name) -> Result<bool, CrlError> {
        let issuers = &self.entries.issuers;
        let after = issuers.partition_point(|i| i.from <= at);
        let Some(last) = after.checked_sub(1).and_then(|last| issuers.get(last)) else {
            return Ok(*issuer == self.issuer_name);
        };
        let wide = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let range = wide(last.names.start)..wide(last.names.end);
        let names = self.part(&range);
        let mut found = None;
        for name in GeneralName::sequence(names)? {
            if let GeneralName::Directory(name) = name {
                found = Some(found.unwrap_or(false) || Name::parse(name)? == *issuer);
            }
        }
        found.ok_or_else(|| BerError::Value(range.start).into())
    }
}

/// The digests of the whole and, of a large list, of what is signed: both in one pass, as nothing
/// else about it costs as much. Of a small one the second is left to whoever checks the signature.
fn digests(der: &[u8], signed: &[u8]) -> (Digest, Option<Digest>) {
    if signed.len() < LARGE {
        return (Digest::of(der), None);
    }
    match Digest::of_each(&[der, signed]).as_slice() {
        [whole, signed] => (*whole, Some(*signed)),
        _ => (Digest::of(der), None),
    }
}

fn scope(parts: &[Digest]) -> Digest {
    let mut hasher = Hasher::new();
    for part in parts {
        // Each part's own digest, so that no two lists of parts are spelt alike.
        hasher.update(&part.0);
    }
    hasher.finish()
}

/// The elements of a CertificateList (§5.1).
struct Outline<'a> {
    tbs: Element<'a>,
    version: Option<Element<'a>>,
    inner_algorithm: Element<'a>,
    issuer: Element<'a>,
    this_update: Element<'a>,
    next_update: Option<Element<'a>>,
    entries: Option<Element<'a>>,
    extensions: Option<Element<'a>>,
    algorithm: Element<'a>,
    signature: Element<'a>,
}

impl<'a> Outline<'a> {
    fn read(der: &'a [u8]) -> Result<Self, BerError> {
        let mut outer = Reader::new(der);
        let whole = outer.expect(0x30)?;
        outer.end()?;
        let mut list = whole.reader();
        let tbs = list.expect(0x30)?;
        let algorithm = list.expect(0x30)?;
        let signature = list.expect(0x03)?;
        list.end()?;
        let mut fields = tbs.reader();
        let outline = Self {
            tbs,
            version: fields.optional(0x02)?,
            inner_algorithm: fields.expect(0x30)?,
            issuer: fields.expect(0x30)?,
            this_update: fields.any()?,
            next_update: match fields.peek() {
                Some(0x17 | 0x18) => fields.next()?,
                Some(_) | None => None,
            },
            entries: fields.optional(0x30)?,
            extensions: fields.optional(0xa0)?,
            algorithm,
            signature,
        };
        fields.end()?;
        // DER has no indefinite length (X.690 §10.1).
        let parts = [Some(whole), Some(tbs), outline.entries, outline.extensions];
        match parts.iter().flatten().find(|part| part.indefinite) {
            Some(part) => Err(BerError::Header(part.start)),
            None => Ok(outline),
        }
    }

    fn fields(&self) -> Result<Fields, BerError> {
        let whole = |e: &Element<'_>| e.start..e.start.saturating_add(e.full.len());
        let moment = |e: &Element<'_>| time(e).ok_or(BerError::Value(e.start));
        // A signature value has no unused bits.
        if self.signature.content.first() != Some(&0) {
            return Err(BerError::Value(self.signature.start));
        }
        let signature = self.signature.content_range();
        Ok(Fields {
            tbs: whole(&self.tbs),
            issuer: whole(&self.issuer),
            algorithm: whole(&self.algorithm),
            signature: signature.start.saturating_add(1)..signature.end,
            this_update: moment(&self.this_update)?,
            next_update: self.next_update.as_ref().map(moment).transpose()?,
        })
    }
}

/// What bars a well-formed list from saying anything good.
fn defect(outline: &Outline<'_>, extensions: &Extensions, entries: &entry::Scan) -> Option<String> {
    let fixed = |what: &str| Some(what.to_owned());
    // §5.1.1.2: the two algorithm identifiers must be the same.
    if outline.inner_algorithm.full != outline.algorithm.full {
        return fixed("signature algorithms differ");
    }
    match outline.version.map(|version| version.content) {
        Some([1]) => {}
        // §5.1.2.1: with extensions the version is 2, written as 1.
        None if outline.extensions.is_none() && !entries.extended => {}
        Some(_) | None => return fixed("version"),
    }
    if let Some(defect) = extensions.defect.as_ref().or(entries.defect.as_ref()) {
        return Some(defect.clone());
    }
    // §5.3.1: only in a delta.
    if entries.removes && extensions.base_number.is_none() {
        return fixed("removeFromCRL in a complete list");
    }
    // §5.3.3: only in an indirect list.
    if !entries.issuers.is_empty() && !extensions.indirect {
        return fixed("certificateIssuer in a list that is not indirect");
    }
    None
}
