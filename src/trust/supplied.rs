//! What came with a document: its signer chose it, so it never hides anything newer, and it is read
//! only so far. Read once for all signers and timestamps of one message.

use super::certificate::Certificate;
use super::evidence::Supplied;
use super::revocation::crl::Crl;
use super::revocation::ocsp::OcspResponse;
use crate::format::limits::{MAX_CERTIFICATES, MAX_SUPPLIED_BYTES, MAX_SUPPLIED_EVIDENCE};
use crate::model::{Digest, Hasher};
use bytes::Bytes;
use std::cell::OnceCell;
use std::sync::Arc;

/// What came with a document or certificate, DER: the first that are looked at of each kind.
#[derive(Clone, Debug, Default)]
pub struct SuppliedDer<'a> {
    /// Certificates.
    pub certificates: Vec<&'a [u8]>,
    /// CRLs.
    pub crls: Vec<&'a [u8]>,
    /// OCSP responses.
    pub responses: Vec<&'a [u8]>,
}

impl SuppliedDer<'_> {
    /// Everything that can be read. What is not what it should be is passed over: it is nobody's
    /// issuer and says nothing.
    pub(in crate::trust) fn parsed(&self) -> Supplied {
        let certificates = self.certificates.iter().take(MAX_CERTIFICATES);
        let mut room = MAX_SUPPLIED_BYTES;
        let responses = fitting(&self.responses, &mut room).into_iter();
        let crls = fitting(&self.crls, &mut room).into_iter();
        Supplied {
            certificates: certificates
                .filter_map(|der| Certificate::parse(der).ok().map(Arc::new))
                .collect(),
            crls: crls
                .filter_map(|der| Crl::parse(Bytes::copy_from_slice(der)).ok().map(Arc::new))
                .collect(),
            responses: responses
                .filter_map(|der| OcspResponse::parse(Bytes::copy_from_slice(der)).ok())
                .map(Arc::new)
                .collect(),
        }
    }

    fn digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        // With its mark and length no part can be taken for another.
        for (mark, kind) in [
            (b"c", &self.certificates),
            (b"l", &self.crls),
            (b"r", &self.responses),
        ] {
            for der in kind {
                hasher.update(mark);
                hasher.update(&der.len().to_be_bytes());
                hasher.update(der);
            }
        }
        hasher.finish()
    }
}

/// The first of some, without those for which no room is left.
fn fitting<'a>(all: &[&'a [u8]], room: &mut usize) -> Vec<&'a [u8]> {
    let mut fits = |der: &&[u8]| match room.checked_sub(der.len()) {
        Some(rest) => {
            *room = rest;
            true
        }
        None => false,
    };
    let first = all.iter().take(MAX_SUPPLIED_EVIDENCE).copied();
    first.filter(&mut fits).collect()
}

/// The same, read when it is first needed, and what came around it.
#[derive(Debug)]
pub(in crate::trust) struct Accompanying<'a> {
    der: SuppliedDer<'a>,
    /// What came with the message around this one.
    around: Option<&'a Self>,
    digest: OnceCell<Digest>,
    parsed: OnceCell<Supplied>,
}

impl<'a> Accompanying<'a> {
    pub(in crate::trust) fn new(der: SuppliedDer<'a>, around: Option<&'a Self>) -> Self {
        Self {
            der,
            around,
            digest: OnceCell::new(),
            parsed: OnceCell::new(),
        }
    }

    /// The certificates, DER: its own first.
    pub(in crate::trust) fn certificates(&self) -> Vec<&'a [u8]> {
        let mut all = self.der.certificates.clone();
        if let Some(around) = self.around {
            all.extend(around.certificates());
        }
        all
    }

    /// Of everything in it.
    pub(in crate::trust) fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| {
            let own = self.der.digest();
            let Some(around) = self.around else {
                return own;
            };
            Digest::of(&[own.0, around.digest().0].concat())
        })
    }

    /// For the path of `signer`, which is nobody's issuer there.
    pub(in crate::trust) fn for_signer(&self, signer: &Certificate) -> Supplied {
        let own = self.parsed.get_or_init(|| self.der.parsed());
        let mut all = own.clone();
        all.certificates.retain(|c| c.sha256() != signer.sha256());
        if let Some(around) = self.around {
            let around = around.for_signer(signer);
            all.certificates.extend(around.certificates);
            all.crls.extend(around.crls);
            all.responses.extend(around.responses);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_and_its_kind_is_in_the_digest() {
        let (a, b): (&[u8], &[u8]) = (b"\x30\x00", b"\x30\x01\x00");
        let of = |certificates: &[&'static [u8]], crls: &[&'static [u8]]| {
            let der = SuppliedDer {
                certificates: certificates.to_vec(),
                crls: crls.to_vec(),
                responses: Vec::new(),
            };
            Accompanying::new(der, None).digest()
        };
        let all = [
            of(&[], &[]),
            of(&[b"\x30\x00"], &[]),
            of(&[], &[b"\x30\x00"]),
            of(&[b"\x30\x00", b"\x30\x01\x00"], &[]),
            of(&[b"\x30\x00\x30\x01\x00"], &[]),
        ];
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len());
        let outer = Accompanying::new(
            SuppliedDer {
                certificates: vec![a],
                ..SuppliedDer::default()
            },
            None,
        );
        let inner = Accompanying::new(
            SuppliedDer {
                certificates: vec![b],
                ..SuppliedDer::default()
            },
            Some(&outer),
        );
        assert_eq!(inner.certificates(), [b, a]);
        assert!(!all.contains(&inner.digest()));
    }

    #[test]
    fn lists_and_responses_share_one_limit() {
        let (big, small) = (vec![0u8; MAX_SUPPLIED_BYTES], [0x30u8, 0x00]);
        let mut room = MAX_SUPPLIED_BYTES;
        assert_eq!(fitting(&[&small, &big, &small], &mut room).len(), 2);
        assert_eq!(fitting(&[&big, &small], &mut room), [small.as_slice()]);
        let many = vec![small.as_slice(); MAX_SUPPLIED_EVIDENCE + 1];
        assert_eq!(fitting(&many, &mut room).len(), MAX_SUPPLIED_EVIDENCE);
    }
}
