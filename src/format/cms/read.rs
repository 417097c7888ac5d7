//! A typed view of CMS SignedData (RFC 5652 §5) that keeps original ranges and skips what it does
//! not know: attribute certificates of any version, other revocation information, unsigned
//! attributes.

use crate::format::asn1::oid;
use crate::format::asn1::read::{BerError, Element, Reader};
use crate::format::asn1::values::small_integer;
use crate::format::limits::{
    MAX_ATTRIBUTES, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES, MAX_INDEX_ENTRIES,
    MAX_REVOCATION_INFO, MAX_SIGNERS,
};
use std::borrow::Cow;
use std::ops::Range;

/// Why bytes are not SignedData as read here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CmsError {
    /// Not BER, or not the structure.
    #[error(transparent)]
    Ber(#[from] BerError),
    /// A ContentInfo of another type.
    #[error("not id-signedData")]
    OtherContentType,
    /// Well-formed, with content inside that is no OCTET STRING, as PKCS #7 allowed (RFC 5652
    /// §5.2.1).
    #[error("content that is no OCTET STRING")]
    OtherContent,
    /// More of something than its limit.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Its limit.
        limit: usize,
    },
}

/// What may follow the ContentInfo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Nothing: a file.
    Nothing,
    /// Zeros: the padding of a PDF's `/Contents`.
    Zeros,
    /// Anything, for whoever asks to judge.
    Anything,
}

/// AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Algorithm<'a> {
    /// The object identifier's content octets.
    pub oid: &'a [u8],
    /// The parameters, if any.
    pub parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    /// Reads one AlgorithmIdentifier.
    ///
    /// # Errors
    /// [`BerError`] if it is none.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, BerError> {
        let mut fields = reader.expect(0x30)?.reader();
        let oid = fields.expect(0x06)?.content;
        let parameters = fields.next()?;
        fields.end()?;
        Ok(Self { oid, parameters })
    }
}

/// SignedData.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedData<'a> {
    /// eContentType: the object identifier's content octets.
    pub content_type: &'a [u8],
    /// Where the octets of eContent lie in the input; `None` if the content is elsewhere.
    pub content: Option<Vec<Range<usize>>>,
    /// The X.509 certificates, whole.
    pub certificates: Vec<&'a [u8]>,
    /// Every certificate of whatever kind, as it is encoded.
    pub certificate_choices: Vec<&'a [u8]>,
    /// Everything about revocation, as it is encoded.
    pub revocation_choices: Vec<&'a [u8]>,
    /// What came with it about revocation.
    pub revocation: RevocationInfo<'a>,
    /// The signers.
    pub signers: Vec<SignerInfo<'a>>,
    /// What follows the ContentInfo.
    pub behind: &'a [u8],
    /// encapContentInfo, certificates and crls, as they are encoded; what is absent has no octets.
    pub fields: [&'a [u8]; 3],
}

/// RevocationInfoChoices, as far as they are known (RFC 5652 §10.2.1, RFC 5940 §2.1). Never judged
/// here, so that what is malformed or beyond a bound is passed over.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RevocationInfo<'a> {
    /// CRLs, whole.
    pub crls: Vec<&'a [u8]>,
    /// OCSP responses, whole.
    pub responses: Vec<&'a [u8]>,
}

/// How a signer names its certificate (RFC 5652 §5.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignerId<'a> {
    /// issuerAndSerialNumber.
    IssuerSerial {
        /// The issuer's name, whole encoding.
        issuer: &'a [u8],
        /// The serial number's content octets.
        serial: &'a [u8],
    },
    /// subjectKeyIdentifier.
    KeyId(&'a [u8]),
}

/// SignerInfo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerInfo<'a> {
    /// The signer's certificate.
    pub id: SignerId<'a>,
    /// digestAlgorithm.
    pub digest: Algorithm<'a>,
    /// signedAttrs.
    pub attributes: Option<SignedAttributes<'a>>,
    /// signatureAlgorithm.
    pub algorithm: Algorithm<'a>,
    /// The signature value.
    pub signature: Cow<'a, [u8]>,
    /// The fields from version to signature, as they are encoded.
    pub signed_fields: &'a [u8],
    /// The unsigned attributes. Nobody vouches for them, so that one whose values are malformed has
    /// none.
    pub unsigned: Vec<Attribute<'a>>,
}

/// The signed attributes, as encoded and taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedAttributes<'a> {
    /// The element under its implicit tag.
    pub element: Element<'a>,
    /// Its attributes, in the order of the encoding.
    pub list: Vec<Attribute<'a>>,
}

/// One attribute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute<'a> {
    /// attrType: the object identifier's content octets.
    pub kind: &'a [u8],
    /// The whole attribute.
    pub full: &'a [u8],
    /// Its values.
    pub values: Vec<Element<'a>>,
}

impl<'a> SignerInfo<'a> {
    /// Every value of the unsigned attributes of a kind.
    pub fn unsigned_values(&self, kind: &[u8]) -> impl Iterator<Item = &Element<'a>> {
        let found = self.unsigned.iter().filter(move |a| a.kind == kind);
        found.flat_map(|attribute| &attribute.values)
    }
}

impl<'a> SignedAttributes<'a> {
    /// Every attribute of a kind.
    pub fn of(&self, kind: &[u8]) -> impl Iterator<Item = &Attribute<'a>> {
        self.list.iter().filter(move |a| a.kind == kind)
    }

    /// What was signed if the signer signed the bytes as they are here: the same encoding under
    /// the tag of SET OF (RFC 5652 §5.4).
    #[must_use]
    pub fn as_encoded(&self) -> Vec<u8> {
        let mut bytes = self.element.full.to_vec();
        if let Some(tag) = bytes.first_mut() {
            *tag = 0x31;
        }
        bytes
    }

    /// What was signed if the signer signed the DER encoding: the attributes sorted, the length
    /// definite.
    #[must_use]
    pub fn sorted(&self) -> Vec<u8> {
        let parts: Vec<&[u8]> = self.list.iter().map(|a| a.full).collect();
        crate::format::asn1::write::set_of(&parts)
    }
}

/// Whether the bytes start like ContentInfo with id-signedData, well-formed or not.
#[must_use]
pub fn looks_like_signed_data(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(40)).unwrap_or_default();
    head.first() == Some(&0x30)
        && head
            .windows(oid::SIGNED_DATA.len())
            .any(|w| w == oid::SIGNED_DATA)
}

/// Reads ContentInfo with SignedData.
///
/// # Errors
/// [`CmsError`] with the first thing wrong.
pub fn parse(bytes: &[u8], tail: Tail) -> Result<SignedData<'_>, CmsError> {
    let mut outer = Reader::new(bytes);
    let mut info = outer.expect(0x30)?.reader();
    check_tail(&outer, tail)?;
    if info.expect(0x06)?.content != oid::SIGNED_DATA {
        return Err(CmsError::OtherContentType);
    }
    let mut wrapper = info.expect(0xa0)?.reader();
    info.end()?;
    let mut fields = wrapper.expect(0x30)?.reader();
    wrapper.end()?;
    let version = fields.expect(0x02)?;
    small_integer(&version).ok_or(BerError::Value(version.start))?;
    fields.expect(0x31)?;
    let encapsulated = fields.expect(0x30)?;
    let (content_type, content, other_content) = content_info(&encapsulated)?;
    let certificate_set = fields.optional(0xa0)?;
    let (certificates, certificate_choices) = match &certificate_set {
        Some(set) => certificates(set)?,
        None => Default::default(),
    };
    let revocation_set = fields.optional(0xa1)?;
    let (revocation, revocation_choices) = match &revocation_set {
        Some(choices) => revocation(choices),
        None => Default::default(),
    };
    let signers = signers(&fields.expect(0x31)?, bytes)?;
    fields.end()?;
    if other_content {
        return Err(CmsError::OtherContent);
    }
    Ok(SignedData {
        content_type,
        content,
        certificates,
        certificate_choices,
        revocation,
        revocation_choices,
        signers,
        behind: outer.remaining(),
        fields: [Some(encapsulated), certificate_set, revocation_set]
            .map(|field| field.map_or(&[][..], |field| field.full)),
    })
}

fn check_tail(outer: &Reader<'_>, tail: Tail) -> Result<(), CmsError> {
    let rest = outer.remaining();
    match tail {
        Tail::Anything => Ok(()),
        Tail::Zeros if rest.iter().all(|b| *b == 0) => Ok(()),
        Tail::Zeros | Tail::Nothing => Ok(outer.end()?),
    }
}

/// The type, the octets inside, and whether there is anything else inside.
type EncapsulatedContent<'a> = (&'a [u8], Option<Vec<Range<usize>>>, bool);

fn content_info<'a>(info: &Element<'a>) -> Result<EncapsulatedContent<'a>, CmsError> {
    let mut encapsulated = info.reader();
    let content_type = encapsulated.expect(0x06)?.content;
    let (mut content, mut other) = (None, false);
    if let Some(explicit) = encapsulated.optional(0xa0)? {
        let mut inner = explicit.reader();
        let value = inner.any()?;
        // 0x24: in pieces.
        other = content_type != oid::DATA && !matches!(value.tag, 0x04 | 0x24);
        if !other {
            content = Some(value.octets(0x04)?);
        }
        inner.end()?;
    }
    encapsulated.end()?;
    Ok((content_type, content, other))
}

type Encodings<'a> = Vec<&'a [u8]>;

/// The X.509 certificates, and all of whatever kind.
fn certificates<'a>(set: &Element<'a>) -> Result<(Encodings<'a>, Encodings<'a>), CmsError> {
    let (mut found, mut all) = (Vec::new(), Vec::new());
    let mut choices = set.reader();
    while let Some(choice) = choices.next()? {
        if all.len() >= MAX_CERTIFICATES {
            return Err(too_many("certificates", MAX_CERTIFICATES));
        }
        all.push(choice.full);
        // Extended and attribute certificates have context tags (RFC 5652 §10.2.2): skipped.
        if choice.tag == 0x30 {
            if choice.full.len() > MAX_CERTIFICATE_BYTES {
                return Err(too_many("bytes of a certificate", MAX_CERTIFICATE_BYTES));
            }
            found.push(choice.full);
        }
    }
    Ok((found, all))
}

fn revocation<'a>(set: &Element<'a>) -> (RevocationInfo<'a>, Encodings<'a>) {
    let (mut found, mut all) = (RevocationInfo::default(), Vec::new());
    let mut choices = set.reader();
    while let Ok(Some(choice)) = choices.next() {
        if found.crls.len().max(found.responses.len()) >= MAX_REVOCATION_INFO {
            break;
        }
        // As many as the index of an archive timestamp may name.
        if all.len() < MAX_INDEX_ENTRIES {
            all.push(choice.full);
        }
        match choice.tag {
            0x30 => found.crls.push(choice.full),
            0xa1 => {
                let mut fields = choice.reader();
                let kind = fields.expect(0x06).map(|kind| kind.content);
                if kind == Ok(oid::OCSP_RESPONSE)
                    && let Ok(response) = fields.expect(0x30)
                {
                    found.responses.push(response.full);
                }
            }
            _ => {}
        }
    }
    (found, all)
}

fn too_many(what: &'static str, limit: usize) -> CmsError {
    CmsError::TooMany { what, limit }
}

fn signers<'a>(set: &Element<'a>, input: &'a [u8]) -> Result<Vec<SignerInfo<'a>>, CmsError> {
    let mut found = Vec::new();
    let mut infos = set.reader();
    while let Some(info) = infos.next()? {
        if found.len() >= MAX_SIGNERS {
            return Err(too_many("signers", MAX_SIGNERS));
        }
        found.push(signer(&info, input)?);
    }
    Ok(found)
}

/// Reads a Countersignature, which is a SignerInfo (RFC 5652 §11.4).
///
/// # Errors
/// [`CmsError`] with the first thing wrong.
pub fn countersigner(encoded: &[u8]) -> Result<SignerInfo<'_>, CmsError> {
    let mut outer = Reader::new(encoded);
    let info = outer.any()?;
    outer.end()?;
    signer(&info, encoded)
}

fn signer<'a>(info: &Element<'a>, input: &'a [u8]) -> Result<SignerInfo<'a>, CmsError> {
    if info.tag != 0x30 {
        return Err(BerError::Tag {
            expected: 0x30,
            found: info.tag,
            at: info.start,
        }
        .into());
    }
    let mut fields = info.reader();
    let first = fields.expect(0x02)?.start;
    let id = signer_id(&mut fields)?;
    let digest = Algorithm::read(&mut fields)?;
    let attributes = match fields.optional(0xa0)? {
        Some(element) => Some(SignedAttributes {
            element,
            list: attributes(&element)?,
        }),
        None => None,
    };
    let algorithm = Algorithm::read(&mut fields)?;
    let value = fields.any()?;
    let signature = joined(&value.octets(0x04)?, input);
    let end = value.start.saturating_add(value.full.len());
    let signed_fields = input.get(first..end).unwrap_or_default();
    let unsigned = match fields.optional(0xa1)? {
        Some(element) => unsigned(&element)?,
        None => Vec::new(),
    };
    fields.end()?;
    Ok(SignerInfo {
        id,
        digest,
        attributes,
        algorithm,
        signature,
        signed_fields,
        unsigned,
    })
}

fn unsigned<'a>(set: &Element<'a>) -> Result<Vec<Attribute<'a>>, CmsError> {
    let mut list = Vec::new();
    let mut items = set.reader();
    while let Some(item) = items.next()? {
        if list.len() >= MAX_ATTRIBUTES {
            return Err(too_many("attributes", MAX_ATTRIBUTES));
        }
        let mut fields = item.reader();
        let kind = fields.expect(0x06)?.content;
        list.push(Attribute {
            kind,
            full: item.full,
            values: values(&mut fields).unwrap_or_default(),
        });
    }
    Ok(list)
}

/// attrValues, the last field of an attribute.
fn values<'a>(fields: &mut Reader<'a>) -> Result<Vec<Element<'a>>, CmsError> {
    let mut set = fields.expect(0x31)?.reader();
    fields.end()?;
    let mut values = Vec::new();
    while let Some(value) = set.next()? {
        if values.len() >= MAX_ATTRIBUTES {
            return Err(too_many("attribute values", MAX_ATTRIBUTES));
        }
        values.push(value);
    }
    Ok(values)
}

fn signer_id<'a>(fields: &mut Reader<'a>) -> Result<SignerId<'a>, CmsError> {
    let id = fields.any()?;
    match id.tag {
        0x30 => {
            let mut parts = id.reader();
            let issuer = parts.expect(0x30)?.full;
            let serial = parts.expect(0x02)?.content;
            parts.end()?;
            Ok(SignerId::IssuerSerial { issuer, serial })
        }
        0x80 => Ok(SignerId::KeyId(id.content)),
        found => Err(BerError::Tag {
            expected: 0x30,
            found,
            at: id.start,
        }
        .into()),
    }
}

fn attributes<'a>(set: &Element<'a>) -> Result<Vec<Attribute<'a>>, CmsError> {
    let mut list = Vec::new();
    let mut items = set.reader();
    while let Some(item) = items.next()? {
        if list.len() >= MAX_ATTRIBUTES {
            return Err(too_many("attributes", MAX_ATTRIBUTES));
        }
        if item.tag != 0x30 {
            return Err(BerError::Value(item.start).into());
        }
        let mut fields = item.reader();
        let kind = fields.expect(0x06)?.content;
        let values = values(&mut fields)?;
        list.push(Attribute {
            kind,
            full: item.full,
            values,
        });
    }
    Ok(list)
}

fn joined<'a>(pieces: &[Range<usize>], input: &'a [u8]) -> Cow<'a, [u8]> {
    let piece = |range: &Range<usize>| input.get(range.clone()).unwrap_or_default();
    match pieces {
        [one] => Cow::Borrowed(piece(one)),
        several => Cow::Owned(
            several
                .iter()
                .flat_map(|r| piece(r).iter().copied())
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::asn1::write::{
        constructed, element, null, octet_string, oid as oid_der, sequence, small_integer,
    };
    use crate::format::cms::write::attribute;

    /// SignedData with these RevocationInfoChoices and unsigned attributes.
    fn message(choices: &[&[u8]], unsigned: &[&[u8]]) -> Vec<u8> {
        let algorithm = sequence(&[&oid_der(oid::SHA256)]);
        let signer = sequence(&[
            &small_integer(1),
            &sequence(&[&sequence(&[]), &small_integer(7)]),
            &algorithm,
            &algorithm,
            &octet_string(&[1]),
            &constructed(0xa1, unsigned),
        ]);
        let data = sequence(&[
            &small_integer(1),
            &element(0x31, &[]),
            &sequence(&[&oid_der(oid::DATA)]),
            &constructed(0xa1, choices),
            &element(0x31, &signer),
        ]);
        sequence(&[&oid_der(oid::SIGNED_DATA), &constructed(0xa0, &[&data])])
    }

    #[test]
    fn revocation_information_is_taken_as_far_as_it_is_known() {
        let list = sequence(&[&null()]);
        let other = |kind: &[u8], value: &[u8]| constructed(0xa1, &[&oid_der(kind), value]);
        let response = other(oid::OCSP_RESPONSE, &list);
        let unknown = other(oid::DATA, &list);
        let malformed = other(oid::OCSP_RESPONSE, &null());
        let bytes = message(&[&unknown, &list, &malformed, &response, &list], &[]);
        let data = parse(&bytes, Tail::Nothing).expect("message");
        assert_eq!(data.revocation.crls, [&list[..], &list]);
        assert_eq!(data.revocation.responses, [&list[..]]);
        // Not a reason to refuse the message, however many there are.
        let bytes = message(&vec![&list[..]; 1000], &[]);
        let data = parse(&bytes, Tail::Nothing).expect("message");
        assert_eq!(data.revocation.crls.len(), MAX_REVOCATION_INFO);
        let bytes = message(&[&[0x30, 9]], &[]);
        let data = parse(&bytes, Tail::Nothing).expect("message");
        assert_eq!(data.revocation, RevocationInfo::default());
    }

    #[test]
    fn content_of_another_kind_is_said_to_be_so() {
        let of = |kind: &[u8], content: &[u8]| {
            let data = sequence(&[
                &small_integer(1),
                &element(0x31, &[]),
                &sequence(&[&oid_der(kind), &constructed(0xa0, &[content])]),
                &element(0x31, &[]),
            ]);
            sequence(&[&oid_der(oid::SIGNED_DATA), &constructed(0xa0, &[&data])])
        };
        let read = |kind: &[u8], content: &[u8]| parse(&of(kind, content), Tail::Nothing).err();
        let other = sequence(&[&null()]);
        assert_eq!(read(oid::TST_INFO, &other), Some(CmsError::OtherContent));
        assert_eq!(read(oid::TST_INFO, &octet_string(&[1])), None);
        let pieces = constructed(0x24, &[&octet_string(&[1]), &octet_string(&[2])]);
        assert_eq!(read(oid::TST_INFO, &pieces), None);
        // id-data is octets and nothing else (RFC 5652 §4).
        let refused = read(oid::DATA, &other);
        assert!(matches!(refused, Some(CmsError::Ber(_))), "{refused:?}");
    }

    #[test]
    fn unsigned_attributes_need_not_be_well_formed() {
        let token = sequence(&[&null()]);
        let good = attribute(oid::SIGNATURE_TIMESTAMP, &token);
        let bare = sequence(&[&oid_der(oid::SIGNING_TIME)]);
        let bytes = message(&[], &[&good, &bare]);
        let data = parse(&bytes, Tail::Nothing).expect("message");
        let [first, second] = data.signers[0].unsigned.as_slice() else {
            panic!("{data:?}");
        };
        assert_eq!(first.kind, oid::SIGNATURE_TIMESTAMP);
        assert_eq!(first.values[0].full, token);
        assert_eq!((second.kind, second.values.len()), (oid::SIGNING_TIME, 0));
    }
}
