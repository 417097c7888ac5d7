//! Archive timestamps of CAdES (archive-time-stamp-v3, EN 319 122-1 §5.5): one over a signature and
//! everything that it needs for the long term. The token itself carries, unsigned, an index with a
//! digest of each certificate, list and unsigned attribute that it covers; what it stamps is put
//! together from the content's digest, the signer's fields and that index.

use super::malformed;
use crate::format::asn1::oid;
use crate::format::asn1::read::{Element, Reader};
use crate::format::asn1::write::oid as oid_der;
use crate::format::cms::read::{Algorithm, Attribute, SignedData, SignerInfo, Tail, parse};
use crate::format::limits::{MAX_INDEX_ENTRIES, MAX_TIMESTAMPS_IN_ALL};
use crate::format::tsp::TstInfo;
use crate::model::{ReasonCode, SubIndication, Timestamp};
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::path::rejected;
use crate::trust::verdict::Verdict;
use std::collections::BTreeSet;

/// ATSHashIndex-v3, or the ATSHashIndex before it (ETSI TS 101 733 §6.4.2).
pub(super) struct Index<'t> {
    /// The value as it is encoded.
    full: &'t [u8],
    /// hashIndAlgorithm.
    algorithm: DigestAlgorithm,
    /// Whether unsigned attributes are named value by value (v3) or whole.
    by_value: bool,
    certificates: Vec<&'t [u8]>,
    revocation: Vec<&'t [u8]>,
    unsigned: Vec<&'t [u8]>,
}

/// The algorithms by which the tokens in a kind of unsigned attribute stamp.
pub(super) fn algorithms(data: &SignedData<'_>, kind: &[u8]) -> Vec<DigestAlgorithm> {
    let tokens = data.signers.iter().flat_map(|s| s.unsigned_values(kind));
    let imprints = tokens.take(MAX_TIMESTAMPS_IN_ALL).map(imprint_of);
    let known = imprints.flatten().map(|imprint| imprint.algorithm);
    known.collect()
}

/// What a token says that it stamps, and when.
pub(super) struct Imprint {
    pub(super) algorithm: DigestAlgorithm,
    pub(super) digest: Vec<u8>,
    pub(super) made: Timestamp,
}

/// `None` for a token that cannot be read.
pub(super) fn imprint_of(token: &Element<'_>) -> Option<Imprint> {
    let data = parse(token.full, Tail::Nothing).ok()?;
    let content = super::content(&data, token.full)?;
    let info = TstInfo::read(&content).ok()?;
    Some(Imprint {
        algorithm: DigestAlgorithm::from_oid(info.imprint.algorithm).ok()?,
        digest: info.imprint.digest.to_vec(),
        made: info.gen_time,
    })
}

impl<'t> Index<'t> {
    /// Of a token.
    pub(super) fn of(token: &'t [u8]) -> Result<Self, Verdict> {
        let wrong = || malformed("ats-hash-index");
        let data = parse(token, Tail::Nothing).map_err(|_| wrong())?;
        let [signer] = data.signers.as_slice() else {
            return Err(wrong());
        };
        let kinds = [oid::ATS_HASH_INDEX_V3, oid::ATS_HASH_INDEX];
        let mut found = signer
            .unsigned
            .iter()
            .filter(|attribute| kinds.contains(&attribute.kind));
        // §5.5.2: one, with one value.
        let (Some(attribute), None) = (found.next(), found.next()) else {
            return Err(wrong());
        };
        Self::read(attribute)
    }

    fn read(attribute: &Attribute<'t>) -> Result<Self, Verdict> {
        let wrong = |_| malformed("ats-hash-index");
        let [value] = attribute.values.as_slice() else {
            return Err(malformed("ats-hash-index"));
        };
        let by_value = attribute.kind == oid::ATS_HASH_INDEX_V3;
        let mut fields = value.reader();
        // The older one may leave out the algorithm, which is SHA-256 then.
        let named = by_value || is_algorithm(&fields);
        let algorithm = if named {
            let algorithm = Algorithm::read(&mut fields).map_err(wrong)?;
            DigestAlgorithm::from_oid(algorithm.oid).map_err(rejected)?
        } else {
            DigestAlgorithm::Sha256
        };
        let mut digests = || -> Result<Vec<&'t [u8]>, Verdict> {
            let mut list = fields.expect(0x30).map_err(wrong)?.reader();
            let mut all = Vec::new();
            while let Some(digest) = list.next().map_err(wrong)? {
                if digest.tag != 0x04 || all.len() >= MAX_INDEX_ENTRIES {
                    return Err(malformed("ats-hash-index"));
                }
                all.push(digest.content);
            }
            Ok(all)
        };
        let index = Self {
            full: value.full,
            algorithm,
            by_value,
            certificates: digests()?,
            revocation: digests()?,
            unsigned: digests()?,
        };
        fields.end().map_err(wrong)?;
        Ok(index)
    }

    /// hashIndAlgorithm.
    pub(super) fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// What the token stamps (§5.5.3): eContentType, the digest of the content by the imprint's
    /// algorithm, the signer's fields up to the signature value, and the index.
    pub(super) fn message(
        &self,
        data: &SignedData<'_>,
        signer: &SignerInfo<'_>,
        content: &[u8],
    ) -> Vec<u8> {
        let kind = oid_der(data.content_type);
        [&kind, content, signer.signed_fields, self.full].concat()
    }

    /// §5.5.2: an index that names something that is not there is invalid.
    pub(super) fn covers(
        &self,
        data: &SignedData<'_>,
        signer: &SignerInfo<'_>,
    ) -> Result<(), Verdict> {
        let digest = |parts: &[&[u8]]| self.algorithm.of(&parts.concat()).as_ref().to_vec();
        let whole = |all: &[&[u8]]| all.iter().map(|one| digest(&[one])).collect();
        let certificates: BTreeSet<Vec<u8>> = whole(&data.certificate_choices);
        let revocation: BTreeSet<Vec<u8>> = whole(&data.revocation_choices);
        let mut unsigned = BTreeSet::new();
        for attribute in &signer.unsigned {
            if self.by_value {
                let kind = oid_der(attribute.kind);
                let values = attribute.values.iter();
                unsigned.extend(values.map(|value| digest(&[&kind, value.full])));
            } else {
                unsigned.insert(digest(&[attribute.full]));
            }
        }
        let there = |wanted: &[&[u8]], at_hand: &BTreeSet<Vec<u8>>| {
            wanted.iter().all(|one| at_hand.contains(*one))
        };
        let all = there(&self.certificates, &certificates)
            && there(&self.revocation, &revocation)
            && there(&self.unsigned, &unsigned);
        if all {
            return Ok(());
        }
        Err(Verdict::failed(
            SubIndication::HashFailure,
            ReasonCode::TimestampOfOther,
        ))
    }
}

/// Whether the next field is an AlgorithmIdentifier and no list of digests.
fn is_algorithm(fields: &Reader<'_>) -> bool {
    let first = fields.clone().any().map(|first| first.reader().peek());
    first == Ok(Some(0x06))
}
