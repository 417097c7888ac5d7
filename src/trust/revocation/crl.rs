//! One certificate revocation list (RFC 5280 §5), scanned in place: its entries are never turned
//! into objects, only into a sorted index of serial numbers.
//!
//! Only complete lists for one issuer are judged. A delta, an indirect or a partitioned list and
//! any critical extension that is not known make it unsupported: it then proves nothing, and no
//! certificate is good because of it.

use crate::format::asn1::read::{BerError, Element, Reader, significant, time};
use crate::format::cms::read::Algorithm;
use crate::model::{Digest, Hasher, Timestamp};
use std::fmt;
use std::ops::Range;

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

/// What a complete list says of one serial number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Revoked for good.
    Revoked,
    /// certificateHold (RFC 5280 §5.3.1): may be lifted.
    OnHold,
}

/// A CRL.
#[derive(Clone, PartialEq, Eq)]
pub struct Crl {
    der: Vec<u8>,
    sha256: Digest,
    tbs: Range<usize>,
    issuer: Range<usize>,
    algorithm: Range<usize>,
    signature: Range<usize>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    unsupported: Option<String>,
    scope: Digest,
    /// Low octets of the serial number, and where the entry starts; sorted.
    index: Vec<(u64, u32)>,
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries)", self.sha256, self.index.len())
    }
}

impl Crl {
    /// Reads DER and builds the index.
    ///
    /// # Errors
    /// [`CrlError`].
    pub fn parse(der: Vec<u8>) -> Result<Self, CrlError> {
        if u32::try_from(der.len()).is_err() {
            return Err(CrlError::TooLarge);
        }
        let mut outer = Reader::new(&der);
        let mut list = outer.expect(0x30)?.reader();
        outer.end()?;
        let tbs = list.expect(0x30)?;
        let algorithm = list.expect(0x30)?;
        let value = list.expect(0x03)?;
        list.end()?;
        if value.content.first() != Some(&0) {
            return Err(BerError::Value(value.start).into());
        }
        let signed = signed_part(&tbs)?;
        let mut unsupported = signed.unsupported;
        if signed.algorithm != algorithm.full {
            unsupported = Some("signature algorithms differ".into());
        }
        let whole = |e: &Element<'_>| e.start..e.start.saturating_add(e.full.len());
        let signature = value.content_range();
        let (tbs, algorithm) = (whole(&tbs), whole(&algorithm));
        Ok(Self {
            sha256: Digest::of(&der),
            tbs,
            issuer: signed.issuer,
            algorithm,
            signature: signature.start.saturating_add(1)..signature.end,
            this_update: signed.this_update,
            next_update: signed.next_update,
            unsupported,
            scope: signed.scope,
            index: signed.index,
            der,
        })
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// The issuer's name, whole encoding.
    #[must_use]
    pub fn issuer(&self) -> &[u8] {
        self.part(&self.issuer)
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// thisUpdate.
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// nextUpdate.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// How many certificates it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether it lists none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// What makes it one that is not judged, if anything does.
    #[must_use]
    pub fn unsupported(&self) -> Option<&str> {
        self.unsupported.as_deref()
    }

    /// What it is a list of: issuer's name, issuer's key as the list names it, and part. Only lists of
    /// one scope replace each other: a CA that changed its key goes on with a list under each.
    #[must_use]
    pub fn scope(&self) -> Digest {
        self.scope
    }

    pub(in crate::trust) fn to_be_signed(&self) -> &[u8] {
        self.part(&self.tbs)
    }

    pub(in crate::trust) fn signature(&self) -> &[u8] {
        self.part(&self.signature)
    }

    pub(in crate::trust) fn algorithm(&self) -> Result<Algorithm<'_>, BerError> {
        Algorithm::read(&mut Reader::new(self.part(&self.algorithm)))
    }

    /// What it says of a serial number; `None` if it is not listed.
    #[must_use]
    pub fn entry(&self, serial: &[u8]) -> Option<Entry> {
        let wanted = significant(serial);
        let key = low_octets(wanted);
        let from = self.index.partition_point(|(k, _)| *k < key);
        let candidates = self.index.get(from..).unwrap_or_default();
        candidates
            .iter()
            .take_while(|(k, _)| *k == key)
            .find_map(|(_, at)| self.matching(*at, wanted))
    }

    fn matching(&self, at: u32, wanted: &[u8]) -> Option<Entry> {
        let rest = self.der.get(usize::try_from(at).ok()?..)?;
        let mut fields = Reader::new(rest).any().ok()?.reader();
        let serial = fields.expect(0x02).ok()?;
        if significant(serial.content) != wanted {
            return None;
        }
        fields.any().ok()?;
        let reason = fields
            .optional(0x30)
            .ok()
            .flatten()
            .and_then(|e| reason(&e));
        // 6: certificateHold.
        Some(if reason == Some(6) {
            Entry::OnHold
        } else {
            Entry::Revoked
        })
    }
}

fn low_octets(serial: &[u8]) -> u64 {
    let from = serial.len().saturating_sub(8);
    let low = serial.get(from..).unwrap_or_default();
    low.iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

struct SignedPart {
    algorithm: Vec<u8>,
    issuer: Range<usize>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    index: Vec<(u64, u32)>,
    unsupported: Option<String>,
    scope: Digest,
}

fn signed_part(tbs: &Element<'_>) -> Result<SignedPart, BerError> {
    let mut fields = tbs.reader();
    fields.optional(0x02)?;
    let algorithm = fields.expect(0x30)?.full.to_vec();
    let issuer = fields.expect(0x30)?;
    let update = fields.any()?;
    let this_update = time(&update).ok_or(BerError::Value(update.start))?;
    let next_update = match fields.peek() {
        Some(0x17 | 0x18) => {
            let update = fields.any()?;
            Some(time(&update).ok_or(BerError::Value(update.start))?)
        }
        _ => None,
    };
    let mut unsupported = None;
    let mut numbered = false;
    let mut index = Vec::new();
    let (mut key, mut part, mut delta) = (Vec::new(), Vec::new(), false);
    if let Some(entries) = fields.optional(0x30)? {
        index = scan(&entries, &mut unsupported)?;
    }
    if let Some(explicit) = fields.optional(0xa0)? {
        let list = explicit.reader().expect(0x30)?;
        each_extension(&list, |kind, critical, value| match kind {
            // cRLNumber, authorityKeyIdentifier: never critical (RFC 5280 §5.2.1, §5.2.3)
            [0x55, 0x1d, 0x14] if !critical => numbered = true,
            [0x55, 0x1d, 0x23] if !critical => key = value.to_vec(),
            [0x55, 0x1d, 0x1b] => {
                delta = true;
                unsupported = Some("delta".into());
            }
            [0x55, 0x1d, 0x1c] => {
                part = value.to_vec();
                unsupported = Some("issuingDistributionPoint".into());
            }
            other if critical => unsupported = Some(crate::format::asn1::oid::dotted(other)),
            _ => {}
        })?;
    }
    fields.end()?;
    // RFC 5280 §5.2.3: every CRL has a number.
    if !numbered && unsupported.is_none() {
        unsupported = Some("no cRLNumber".into());
    }
    Ok(SignedPart {
        algorithm,
        issuer: issuer.start..issuer.start.saturating_add(issuer.full.len()),
        this_update,
        next_update,
        index,
        unsupported,
        scope: scope(&[issuer.full, &key, &part, &[u8::from(delta)]]),
    })
}

fn scope(parts: &[&[u8]]) -> Digest {
    let mut hasher = Hasher::new();
    for part in parts {
        // Each part's own digest, so that no two lists of parts are spelt alike.
        hasher.update(&Digest::of(part).0);
    }
    hasher.finish()
}

fn scan(
    entries: &Element<'_>,
    unsupported: &mut Option<String>,
) -> Result<Vec<(u64, u32)>, BerError> {
    let mut index = Vec::new();
    let mut list = entries.reader();
    while let Some(entry) = list.next()? {
        if entry.tag != 0x30 {
            return Err(BerError::Value(entry.start));
        }
        let mut fields = entry.reader();
        let serial = fields.expect(0x02)?;
        fields.any()?;
        if let Some(extensions) = fields.optional(0x30)? {
            each_extension(&extensions, |kind, critical, _| match kind {
                // cRLReason, invalidityDate
                [0x55, 0x1d, 0x15 | 0x18] => {}
                [0x55, 0x1d, 0x1d] => *unsupported = Some("certificateIssuer".into()),
                other if critical => *unsupported = Some(crate::format::asn1::oid::dotted(other)),
                _ => {}
            })?;
        }
        let at = u32::try_from(entry.start).map_err(|_| BerError::Value(entry.start))?;
        index.push((low_octets(significant(serial.content)), at));
    }
    index.sort_unstable();
    Ok(index)
}

fn each_extension(
    list: &Element<'_>,
    mut visit: impl FnMut(&[u8], bool, &[u8]),
) -> Result<(), BerError> {
    let mut items = list.reader();
    while let Some(item) = items.next()? {
        let mut fields = item.reader();
        let kind = fields.expect(0x06)?.content;
        let critical = fields.optional(0x01)?.is_some_and(|b| b.content != [0]);
        let value = fields.expect(0x04)?.content;
        fields.end()?;
        visit(kind, critical, value);
    }
    Ok(())
}

fn reason(extensions: &Element<'_>) -> Option<u8> {
    let mut found = None;
    each_extension(extensions, |kind, _, value| {
        if kind == [0x55, 0x1d, 0x15] {
            found = match value {
                [0x0a, 1, reason] => Some(*reason),
                _ => None,
            };
        }
    })
    .ok()?;
    found
}
