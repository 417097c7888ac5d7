//! Timestamps (RFC 3161): the request, the response, and TSTInfo inside a token, read strictly as
//! DER. Whether a token holds is not decided here.

use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element, Reader, check_lengths};
use crate::format::asn1::values::{generalized_time, small_integer};
use crate::format::asn1::write::{
    element, octet_string, oid as oid_der, sequence, small_integer as number, tag,
};
use crate::format::cms::read::Algorithm;
use crate::format::x509::extension::Extension;
use crate::format::x509::general_name::GeneralName;
use crate::model::Timestamp;

/// PKIStatus *granted* and *grantedWithMods* (§2.4.2): with either there is a token.
const GRANTED: [u32; 2] = [0, 1];

/// PKIStatusInfo and, if it was granted, the token (§2.4.2, TimeStampResp).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStampResp<'a> {
    /// PKIStatus: 0 granted, 1 granted with changes, 2 rejected, 3 waiting, 4 and 5 about
    /// revocation.
    pub status: u32,
    /// PKIFailureInfo: the octets of the BIT STRING, the number of unused bits first.
    pub failure: Option<&'a [u8]>,
    /// The token: ContentInfo with SignedData. There is one exactly if the status says so.
    pub token: Option<&'a [u8]>,
}

impl<'a> TimeStampResp<'a> {
    /// Reads a response. The token inside is CMS, which need not be DER.
    ///
    /// # Errors
    /// [`BerError`], also if status and token contradict each other.
    pub fn read(bytes: &'a [u8]) -> Result<Self, BerError> {
        let mut outer = Reader::new(bytes);
        let mut fields = outer.expect(0x30)?.reader();
        outer.end()?;
        let info = fields.expect(0x30)?;
        let token = fields.optional(0x30)?;
        fields.end()?;
        check_lengths(&info)?;
        let mut parts = info.reader();
        let status = parts.expect(0x02)?;
        let status = small_integer(&status).ok_or(BerError::Value(status.start))?;
        // statusString: words for people, which nothing hangs on.
        parts.optional(0x30)?;
        let failure = parts.optional(0x03)?;
        parts.end()?;
        if GRANTED.contains(&status) != token.is_some() {
            return Err(BerError::Value(info.start));
        }
        Ok(Self {
            status,
            failure: failure.map(|bits| bits.content),
            token: token.map(|token| token.full),
        })
    }

    /// The numbers of the bits that PKIFailureInfo sets: 0 badAlg, 2 badRequest, 5 badDataFormat,
    /// 14 timeNotAvailable, 15 unacceptedPolicy, 16 unacceptedExtension, 17
    /// addInfoNotAvailable, 25 systemFailure.
    pub fn failures(&self) -> impl Iterator<Item = usize> {
        let bits = self
            .failure
            .unwrap_or_default()
            .get(1..)
            .unwrap_or_default();
        let octets = bits.iter().take(4).zip((0usize..).step_by(8));
        octets.flat_map(|(octet, base)| {
            let set = (0..8usize).filter(move |n| octet & 0x80u8.wrapping_shr(narrow(*n)) != 0);
            set.map(move |n| base.saturating_add(n))
        })
    }
}

fn narrow(bit: usize) -> u32 {
    u32::try_from(bit).unwrap_or(0)
}

/// How far genTime may be off (§2.4.2, Accuracy), in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accuracy {
    /// To either side.
    pub micros: u64,
}

impl Accuracy {
    fn read(element: &Element<'_>) -> Result<Self, BerError> {
        let malformed = BerError::Value(element.start);
        let mut fields = element.reader();
        let seconds = fields.optional(0x02)?;
        let millis = fields.optional(0x80)?;
        let micros = fields.optional(0x81)?;
        fields.end()?;
        let number = |field: Option<Element<'_>>, fraction: bool| match field {
            None => Ok(0),
            Some(field) => match small_integer(&field) {
                // "INTEGER (1..999)"
                Some(0 | 1000..) if fraction => Err(malformed),
                Some(value) => Ok(u64::from(value)),
                None => Err(malformed),
            },
        };
        let (seconds, millis) = (number(seconds, false)?, number(millis, true)?);
        let whole = seconds.saturating_mul(1_000_000);
        let thousands = millis.saturating_mul(1000);
        let micros = number(micros, true)?;
        Ok(Self {
            micros: whole.saturating_add(thousands).saturating_add(micros),
        })
    }

    /// In whole milliseconds, rounded up.
    #[must_use]
    pub fn millis(self) -> i64 {
        i64::try_from(self.micros.div_ceil(1000)).unwrap_or(i64::MAX)
    }
}

/// What was stamped (§2.4.1, MessageImprint).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageImprint<'a> {
    /// The digest's object identifier: its content octets.
    pub algorithm: &'a [u8],
    /// The digest.
    pub digest: &'a [u8],
}

impl<'a> MessageImprint<'a> {
    fn read(element: &Element<'a>) -> Result<Self, BerError> {
        let mut fields = element.reader();
        let algorithm = Algorithm::read(&mut fields)?;
        let digest = fields.expect(0x04)?.content;
        fields.end()?;
        // RFC 5754 §2: absent, or NULL by older writers.
        match algorithm.parameters.map(|p| (p.tag, p.content.len())) {
            None | Some((0x05, 0)) => Ok(Self {
                algorithm: algorithm.oid,
                digest,
            }),
            Some(_) => Err(BerError::Value(element.start)),
        }
    }
}

/// TSTInfo (§2.4.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TstInfo<'a> {
    /// policy: the object identifier's content octets.
    pub policy: &'a [u8],
    /// messageImprint.
    pub imprint: MessageImprint<'a>,
    /// serialNumber: its content octets.
    pub serial: &'a [u8],
    /// genTime, cut to milliseconds.
    pub gen_time: Timestamp,
    /// accuracy; absent: not said here.
    pub accuracy: Option<Accuracy>,
    /// ordering: tokens of one TSA can be ordered by genTime alone.
    pub ordering: bool,
    /// nonce: its content octets.
    pub nonce: Option<&'a [u8]>,
    /// tsa: a hint at the name of the TSA.
    pub tsa: Option<GeneralName<'a>>,
    /// A critical extension: none is known, so that a token with one is not to be used.
    pub critical: Option<String>,
}

impl<'a> TstInfo<'a> {
    /// Reads the content of a token.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, BerError> {
        let mut outer = Reader::new(bytes);
        let info = outer.expect(0x30)?;
        outer.end()?;
        check_lengths(&info)?;
        let mut fields = info.reader();
        let version = fields.expect(0x02)?;
        if small_integer(&version) != Some(1) {
            return Err(BerError::Value(version.start));
        }
        let policy = fields.expect(0x06)?.content;
        let imprint = MessageImprint::read(&fields.expect(0x30)?)?;
        let serial = fields.expect(0x02)?.content;
        let time = fields.any()?;
        let gen_time = generalized_time(&time).ok_or(BerError::Value(time.start))?;
        let accuracy = fields.optional(0x30)?;
        let ordering = fields.optional(0x01)?;
        let nonce = fields.optional(0x02)?;
        let tsa = fields.optional(0xa0)?;
        let extensions = fields.optional(0xa1)?;
        fields.end()?;
        Ok(Self {
            policy,
            imprint,
            serial,
            gen_time,
            accuracy: accuracy.as_ref().map(Accuracy::read).transpose()?,
            ordering: ordering.is_some_and(|flag| flag.content != [0]),
            nonce: nonce.map(|nonce| nonce.content),
            tsa: tsa.map(|tsa| general_name(&tsa)).transpose()?,
            critical: extensions.map_or(Ok(None), |list| critical(&list))?,
        })
    }
}

fn general_name<'a>(explicit: &Element<'a>) -> Result<GeneralName<'a>, BerError> {
    let mut inner = explicit.reader();
    let name = GeneralName::read(&inner.any()?)?;
    inner.end()?;
    Ok(name)
}

fn critical(list: &Element<'_>) -> Result<Option<String>, BerError> {
    let extensions = Extension::list(list.reader())?;
    let mut critical = extensions.iter().filter(|extension| extension.critical);
    Ok(critical.next().map(|extension| oid::dotted(extension.kind)))
}

/// TimeStampReq (§2.4.1): asks for a token over a digest, under a policy where one is given (its
/// object identifier's content octets), with the TSA's certificate inside. The nonce's octets are
/// written as a number that is not negative.
#[must_use]
pub fn request(
    algorithm: &[u8],
    digest: &[u8],
    policy: Option<&[u8]>,
    nonce: Option<&[u8]>,
) -> Vec<u8> {
    let imprint = sequence(&[&sequence(&[&oid_der(algorithm)]), &octet_string(digest)]);
    let nonce = nonce.map(|octets| {
        let significant: Vec<u8> = octets.iter().copied().skip_while(|o| *o == 0).collect();
        // Zero needs an octet, and a leading bit would be a sign.
        let sign = significant.first().is_none_or(|first| *first >= 0x80);
        let zero: &[u8] = if sign { &[0] } else { &[] };
        element(tag::INTEGER, &[zero, &significant].concat())
    });
    let policy = policy.map(oid_der);
    sequence(&[
        &number(1),
        &imprint,
        policy.as_deref().unwrap_or_default(),
        nonce.as_deref().unwrap_or_default(),
        // certReq
        &[0x01, 1, 0xff],
    ])
}
