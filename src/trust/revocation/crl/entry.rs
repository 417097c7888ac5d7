//! The entries of a list (RFC 5280 §5.1.2.6, §5.3): scanned once for the index, and one of them taken
//! apart when its serial number is asked for.

use super::CrlError;
use super::index::{Index, Seed};
use crate::format::asn1::oid::dotted;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::time;
use crate::format::limits::{MAX_EXTENSION_BYTES, MAX_EXTENSIONS};
use crate::format::x509::extension::Extension;
use crate::model::Timestamp;
use crate::trust::revocation::reason::RevocationReason;
use std::ops::Range;

/// id-ce-cRLReasons (§5.3.1).
const REASON: &[u8] = &[0x55, 0x1d, 0x15];
/// id-ce-invalidityDate (§5.3.2).
const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
/// id-ce-certificateIssuer (§5.3.3).
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];

/// What a list says of one certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CrlEntry {
    /// Why.
    pub reason: RevocationReason,
    /// revocationDate.
    pub revoked_at: Timestamp,
    /// invalidityDate: since when it is suspected to be invalid.
    pub invalidity: Option<Timestamp>,
}

impl CrlEntry {
    /// Of two entries for one certificate: the graver reason, and the earlier time.
    pub(super) fn worse(self, other: Self) -> Self {
        let graver = match self.reason.gravity() >= other.reason.gravity() {
            true => self,
            false => other,
        };
        Self {
            revoked_at: self.revoked_at.min(other.revoked_at),
            ..graver
        }
    }
}

/// An entry whose certificate is another issuer's than the list's: it and those after it, up to the
/// next one, belong to that issuer (§5.3.3).
#[derive(Clone, Debug)]
pub(super) struct Issuer {
    /// Where the entry starts.
    pub(super) from: u32,
    /// Where the GeneralNames of certificateIssuer lie.
    pub(super) names: Range<u32>,
}

/// What one pass over the entries gives.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    pub(super) index: Index,
    /// In the order of the list.
    pub(super) issuers: Vec<Issuer>,
    pub(super) extended: bool,
    pub(super) removes: bool,
    pub(super) defect: Option<String>,
}

/// Scans revokedCertificates. Every entry's outline is checked; what it says is read when asked for.
pub(super) fn scan(list: Option<&Element<'_>>, seed: Seed) -> Result<Scan, CrlError> {
    let mut scan = Scanner::default();
    if let Some(list) = list {
        scan.list(list, seed)?;
    }
    Ok(Scan {
        index: Index::new(seed, &scan.hashes, &scan.offsets),
        issuers: scan.issuers,
        extended: scan.extended,
        removes: scan.removes,
        defect: scan.defect,
    })
}

#[derive(Default)]
struct Scanner<'a> {
    hashes: Vec<u32>,
    offsets: Vec<u32>,
    issuers: Vec<Issuer>,
    last_issuer: &'a [u8],
    extended: bool,
    removes: bool,
    defect: Option<String>,
}

/// Most entries: serial number, time and a reason, or no reason.
struct Outline<'a> {
    serial: &'a [u8],
    extensions: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn list(&mut self, list: &Element<'a>, seed: Seed) -> Result<(), CrlError> {
        // A list of half a million has some fifty octets in each entry; twenty is the least.
        let expected = list.content.len() / 40;
        self.hashes.reserve(expected);
        self.offsets.reserve(expected);
        let end = list.content_range().end;
        let mut rest = list.content;
        while !rest.is_empty() {
            let start = end.saturating_sub(rest.len());
            let (entry, after) = split(rest, 0x30).ok_or(BerError::Header(start))?;
            let outline = outline(entry).ok_or(BerError::Value(start))?;
            let from = u32::try_from(start).map_err(|_| CrlError::TooLarge)?;
            self.hashes.push(seed.hash(outline.serial));
            self.offsets.push(from);
            if !outline.extensions.is_empty() {
                self.extended = true;
                if !is_plain_reason(outline.extensions) {
                    let tail = outline.extensions.len().saturating_add(after.len());
                    let base = end.saturating_sub(tail);
                    self.extensions(from, Reader::at(outline.extensions, base))?;
                }
            }
            rest = after;
        }
        Ok(())
    }

    /// Extensions other than a reason alone.
    fn extensions(&mut self, from: u32, mut part: Reader<'a>) -> Result<(), CrlError> {
        let list = part.expect(0x30)?;
        part.end()?;
        let mut items = list.reader();
        let (mut seen, mut count) = (Seen::default(), 0usize);
        while let Some(item) = items.next()? {
            count = count.saturating_add(1);
            if list.indefinite || item.indefinite || count > MAX_EXTENSIONS {
                return Err(BerError::Value(list.start).into());
            }
            let extension = Extension::read(&item)?;
            if !seen.first(extension.kind) {
                self.note("repeated entry extension".to_owned());
            }
            self.extension(from, &extension)?;
        }
        Ok(())
    }

    fn extension(&mut self, from: u32, extension: &Extension<'a>) -> Result<(), CrlError> {
        let read = match extension.kind {
            REASON => read_reason(extension)
                .map(|reason| self.removes |= reason == RevocationReason::RemoveFromCrl),
            INVALIDITY_DATE => read_time(extension).map(|_| ()),
            CERTIFICATE_ISSUER => return self.issuer(from, extension),
            // §5.3: one that cannot be processed bars the whole list.
            other if extension.critical => {
                self.note(format!("critical entry extension {}", dotted(other)));
                Ok(())
            }
            _ => Ok(()),
        };
        if read.is_err() {
            let name = dotted(extension.kind);
            self.note(format!("malformed entry extension {name}"));
        }
        Ok(())
    }

    fn issuer(&mut self, from: u32, extension: &Extension<'a>) -> Result<(), CrlError> {
        if !extension.critical {
            self.note("certificateIssuer is not critical".to_owned());
        }
        if extension.value.len() > MAX_EXTENSION_BYTES {
            return Err(BerError::Value(extension.value_start).into());
        }
        // Most lists repeat the name; the entries go on belonging to the same issuer then.
        if self.issuers.is_empty() || self.last_issuer != extension.value {
            let narrow = |at: usize| u32::try_from(at).map_err(|_| CrlError::TooLarge);
            let range = extension.value_range();
            self.issuers.push(Issuer {
                from,
                names: narrow(range.start)?..narrow(range.end)?,
            });
            self.last_issuer = extension.value;
        }
        Ok(())
    }

    fn note(&mut self, defect: String) {
        self.defect.get_or_insert(defect);
    }
}

/// The kinds of extensions that one entry had so far. Kinds that are not known may repeat: they are
/// either critical, and bar the list, or passed over.
#[derive(Default)]
struct Seen {
    reason: bool,
    date: bool,
    issuer: bool,
}

impl Seen {
    fn first(&mut self, kind: &[u8]) -> bool {
        let seen = match kind {
            REASON => &mut self.reason,
            INVALIDITY_DATE => &mut self.date,
            CERTIFICATE_ISSUER => &mut self.issuer,
            _ => return true,
        };
        !std::mem::replace(seen, true)
    }
}

/// A cRLReason alone, not critical, and none that needs a second look: what nearly every entry has.
fn is_plain_reason(extensions: &[u8]) -> bool {
    const HEAD: &[u8] = &[0x30, 12, 0x30, 10, 6, 3, 0x55, 0x1d, 0x15, 4, 3, 10, 1];
    matches!(extensions.strip_prefix(HEAD), Some([0..=6 | 9 | 10]))
}

/// An element of a definite length at the start, its content, and what follows it.
fn split(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match bytes {
        [found, ..] if *found != tag => return None,
        [_, length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [_, 0x81, length, rest @ ..] => (usize::from(*length), rest),
        [_, 0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [_, 0x83, a, b, c, rest @ ..] => {
            let length = u32::from_be_bytes([0, *a, *b, *c]);
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn outline(entry: &[u8]) -> Option<Outline<'_>> {
    let (serial, rest) = split(entry, 0x02)?;
    if serial.is_empty() {
        return None;
    }
    let extensions = match rest {
        [0x17, 13, rest @ ..] => rest.split_at_checked(13)?.1,
        [0x18, 15, rest @ ..] => rest.split_at_checked(15)?.1,
        _ => return None,
    };
    Some(Outline { serial, extensions })
}

/// The serial number of the entry at an offset.
pub(super) fn serial_at(der: &[u8], at: u32) -> Option<&[u8]> {
    let bytes = der.get(usize::try_from(at).ok()?..)?;
    Some(outline(split(bytes, 0x30)?.0)?.serial)
}

/// The entry at an offset, taken apart.
pub(super) fn entry_at(der: &[u8], at: u32) -> Result<CrlEntry, CrlError> {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let bytes = der.get(at..).ok_or(BerError::Truncated(at))?;
    let mut fields = Reader::new(bytes).expect(0x30)?.reader();
    fields.expect(0x02)?;
    let revoked_at = fields.any()?;
    let revoked_at = time(&revoked_at).ok_or(BerError::Value(at))?;
    let mut entry = CrlEntry {
        reason: RevocationReason::Unspecified,
        revoked_at,
        invalidity: None,
    };
    if let Some(extensions) = fields.optional(0x30)? {
        for extension in Extension::list(extensions.reader())? {
            match extension.kind {
                REASON => entry.reason = read_reason(&extension)?,
                INVALIDITY_DATE => entry.invalidity = Some(read_time(&extension)?),
                _ => {}
            }
        }
    }
    fields.end()?;
    Ok(entry)
}

fn read_reason(extension: &Extension<'_>) -> Result<RevocationReason, BerError> {
    let mut reader = extension.reader();
    let reason = RevocationReason::read(&reader.any()?)?;
    reader.end()?;
    Ok(reason)
}

/// invalidityDate is GeneralizedTime, always (§5.3.2).
fn read_time(extension: &Extension<'_>) -> Result<Timestamp, BerError> {
    let mut reader = extension.reader();
    let date = reader.expect(0x18)?;
    reader.end()?;
    time(&date).ok_or(BerError::Value(extension.value_start))
}
