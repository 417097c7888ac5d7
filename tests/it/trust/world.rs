//! A root, an issuing CA, signers and CRLs, and the material that trusts them.

use bytes::Bytes;
use lienthong::forge::{Authority, Crl, Identity, KeyKind, Profile, Validity};
use lienthong::format::content::Memory;
use lienthong::model::{Indication, ReasonCode, SubIndication, Timestamp};
use lienthong::trust::anchor::AnchorInput;
use lienthong::trust::material::{Material, MaterialInput};
use lienthong::trust::report::FileReport;
use lienthong::trust::validator::Validator;
use rcgen::DnType;
use std::sync::Arc;

/// 2026-11-24T00:00:00Z: judged at a fixed moment.
pub(crate) const NOW: Timestamp = Timestamp(1_795_478_400_000);

pub(crate) struct World {
    pub(crate) root: Authority,
    pub(crate) ca: Authority,
    pub(crate) signer: Identity,
    pub(crate) other: Identity,
}

impl World {
    pub(crate) fn new(kind: KeyKind) -> Self {
        let good = Validity::around(NOW);
        let root = Authority::root("Gốc", kind, good).expect("root");
        let ca = root.authority("Cấp phát", kind, good).expect("ca");
        let issue = |name| {
            let subject = [(DnType::CommonName, name)];
            ca.issue(&subject, kind, good, Profile::Signing)
                .expect("issued")
        };
        let (signer, other) = (issue("Sở Tài chính"), issue("Trần Thị An"));
        Self {
            root,
            ca,
            signer,
            other,
        }
    }

    /// Anchor, and CRLs that revoke nobody.
    pub(crate) fn input(&self) -> MaterialInput {
        MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", self.root.der().to_vec())],
            crls: vec![crl(&self.root, &[]), crl(&self.ca, &[])],
            ..MaterialInput::default()
        }
    }

    pub(crate) fn validator(&self) -> Validator {
        validator(self.input())
    }
}

pub(crate) fn crl(of: &Authority, revoked: &[&Identity]) -> Bytes {
    crl_at(of, revoked, Validity::days(NOW, 1, 6))
}

pub(crate) fn crl_at(of: &Authority, revoked: &[&Identity], validity: Validity) -> Bytes {
    let revoked = revoked
        .iter()
        .map(|i| (i.serial(), validity.from))
        .collect();
    let crl = Crl {
        validity,
        number: 7,
        revoked,
    };
    of.crl(&crl).expect("crl").into()
}

pub(crate) fn validator(input: MaterialInput) -> Validator {
    Validator::new(Arc::new(Material::new(input).expect("material")))
}

pub(crate) fn memory(bytes: &[u8]) -> Memory {
    Memory::new(Bytes::copy_from_slice(bytes))
}

/// What is asserted about a file: its worst verdict.
pub(crate) type Expected = (Indication, Option<SubIndication>, ReasonCode);

pub(crate) const PASSED: Expected = (Indication::TotalPassed, None, ReasonCode::SignaturePassed);

pub(crate) fn failed(sub: SubIndication, code: ReasonCode) -> Expected {
    (Indication::TotalFailed, Some(sub), code)
}

pub(crate) fn open(sub: SubIndication, code: ReasonCode) -> Expected {
    (Indication::Indeterminate, Some(sub), code)
}

pub(crate) fn worst(report: &FileReport) -> Option<Expected> {
    let verdict = report.worst()?;
    Some((verdict.indication(), verdict.sub(), verdict.reason().code))
}
