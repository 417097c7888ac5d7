//! The digests of what a message covers (RFC 5652 §5.4).

use crate::format::asn1::oid;
use crate::format::cms::read::{Algorithm, SignedData, Tail, parse};
use crate::format::content::{Content, ContentError, slice};
use crate::trust::algorithms::{DigestAlgorithm, DigestContext, DigestValue, Rejection};
use crate::trust::timestamp;
use std::ops::Range;

/// What a signature covers: ranges of one body.
pub(in crate::trust) struct Covered<'a> {
    pub(in crate::trust) content: &'a dyn Content,
    pub(in crate::trust) ranges: Vec<Range<u64>>,
}

impl<'a> Covered<'a> {
    /// The bytes, if nothing lies between them.
    pub(super) fn in_one_piece(&self) -> Option<&'a [u8]> {
        match self.ranges.as_slice() {
            [range] => slice(self.content.bytes(), range).ok(),
            _ => None,
        }
    }
}

/// The digests of what is covered, each computed once for all signers.
pub(in crate::trust) struct Digests {
    whole: Vec<(DigestAlgorithm, DigestValue)>,
    /// Begun with encapContentInfo and what is covered outside it, for what goes on from there.
    begun: Vec<(DigestAlgorithm, DigestContext)>,
}

impl Digests {
    /// Reads the covered bytes once, for every digest that a signer of `data` names but those that are
    /// `known`.
    pub(super) fn compute(
        data: &SignedData<'_>,
        covered: &Covered<'_>,
        known: Vec<(DigestAlgorithm, DigestValue)>,
    ) -> Result<Self, ContentError> {
        let mut contexts = contexts(data);
        contexts.retain(|(algorithm, _)| known.iter().all(|(other, _)| other != algorithm));
        let mut begun = begun(data);
        // Content inside is part of encapContentInfo.
        let outside = data.content.is_none();
        if !contexts.is_empty() || (outside && !begun.is_empty()) {
            let mut hash = |bytes: &[u8]| {
                for (_, context) in &mut contexts {
                    context.update(bytes);
                }
                for (_, context) in begun.iter_mut().filter(|_| outside) {
                    context.update(bytes);
                }
            };
            for range in &covered.ranges {
                covered.content.feed(range.clone(), &mut hash)?;
            }
        }
        let mut digests = Self {
            begun,
            ..Self::finished(contexts)
        };
        digests.whole.extend(known);
        Ok(digests)
    }

    /// Whether a signer of `data` names SHA-256.
    pub(super) fn need_sha256(data: &SignedData<'_>) -> bool {
        named(data).any(|algorithm| algorithm == DigestAlgorithm::Sha256)
    }

    /// Every digest that a signer of `data` names, each as `digest` gives it.
    pub(in crate::trust) fn by(
        data: &SignedData<'_>,
        digest: impl Fn(DigestAlgorithm) -> Result<DigestValue, ContentError>,
    ) -> Result<Self, ContentError> {
        let all = named(data).map(|algorithm| Ok((algorithm, digest(algorithm)?)));
        Ok(Self {
            whole: all.collect::<Result<_, _>>()?,
            begun: Vec::new(),
        })
    }

    /// The same of bytes at hand.
    pub(in crate::trust) fn of(data: &SignedData<'_>, bytes: &[u8]) -> Self {
        let mut contexts = contexts(data);
        for (_, context) in &mut contexts {
            context.update(bytes);
        }
        Self::finished(contexts)
    }

    fn finished(contexts: Vec<(DigestAlgorithm, DigestContext)>) -> Self {
        let finished = contexts.into_iter().map(|(a, c)| (a, c.finish()));
        Self {
            whole: finished.collect(),
            begun: Vec::new(),
        }
    }

    /// A digest begun with encapContentInfo and what is covered outside it (ETSI TS 101 733 §6.4.1).
    pub(in crate::trust) fn begun(&self, algorithm: DigestAlgorithm) -> Option<DigestContext> {
        let mut found = self.begun.iter().filter(|(a, _)| *a == algorithm);
        found.next().map(|(_, context)| context.clone())
    }

    pub(in crate::trust) fn get(&self, algorithm: DigestAlgorithm) -> Option<&[u8]> {
        let mut found = self.whole.iter().filter(|(a, _)| *a == algorithm);
        found.next().map(|(_, value)| value.as_ref())
    }
}

/// Every digest that a message wants of its content; of other bytes none.
pub(in crate::trust) fn digests_wanted(message: &[u8]) -> Vec<DigestAlgorithm> {
    parse(message, Tail::Zeros).map_or_else(|_| Vec::new(), |data| named(&data).collect())
}

/// Every digest that a signer or an archive timestamp over one names.
fn named(data: &SignedData<'_>) -> impl Iterator<Item = DigestAlgorithm> {
    let archived = timestamp::archived_by(data);
    let signed = data.signers.iter().map(|s| digest_of(&s.digest));
    let signed: Vec<_> = signed.collect();
    let named = move |a: &DigestAlgorithm| signed.contains(&Ok(*a)) || archived.contains(a);
    DigestAlgorithm::ALL.into_iter().filter(named)
}

fn begun(data: &SignedData<'_>) -> Vec<(DigestAlgorithm, DigestContext)> {
    let [encapsulated, ..] = data.fields;
    let wanted = timestamp::archived_whole_by(data);
    let wanted = DigestAlgorithm::ALL
        .into_iter()
        .filter(|a| wanted.contains(a));
    let begun = wanted.map(|algorithm| {
        let mut context = algorithm.context();
        context.update(encapsulated);
        (algorithm, context)
    });
    begun.collect()
}

fn contexts(data: &SignedData<'_>) -> Vec<(DigestAlgorithm, DigestContext)> {
    named(data).map(|a| (a, a.context())).collect()
}

/// The digest algorithm a signer names. A signature's identifier there is no digest algorithm
/// (RFC 5652 §5.3), though some signers write it.
pub(super) fn digest_of(algorithm: &Algorithm<'_>) -> Result<DigestAlgorithm, Rejection> {
    match algorithm.oid {
        oid::SHA1_WITH_RSA | oid::SHA256_WITH_RSA | oid::SHA384_WITH_RSA | oid::SHA512_WITH_RSA => {
            Err(Rejection::Invalid)
        }
        other => DigestAlgorithm::from_oid(other),
    }
}
