//! Samples of what happens to dossiers.

use super::{id, unit};
use crate::model::dossier::{
    DossierGround, DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus,
    ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    DossierAsked, DossierCompleted, DossierEvent, DossierFile, DossierMoved, DossierRef,
    DossierRegistered, DossierRescheduled, Event, PlainName, Presented,
};
use crate::model::{Digest, Indication, LocalDay, SubIndication, Timestamp};

fn of() -> DossierRef {
    DossierRef {
        dossier: id(),
        agency: unit("H53.7.1"),
        procedure: ProcedureRef {
            code: ProcedureCode::parse("1.001193").unwrap(),
            version: 2,
        },
    }
}

fn presented() -> Presented {
    Presented {
        words: Digest([0x71; 32]),
        files: vec![DossierFile {
            offered: 1,
            digest: Digest([0x72; 32]),
            size: 4_321,
        }],
    }
}

fn items() -> Vec<DossierItem> {
    vec![
        DossierItem {
            problem: DossierProblem::Missing,
            component: PlainName::parse("giay-chung-sinh"),
            offered: None,
            fact: None,
            verdict: None,
            ground: DossierGround::PublishedList,
        },
        DossierItem {
            problem: DossierProblem::WronglySigned,
            component: PlainName::parse("to-khai"),
            offered: Some(0),
            fact: None,
            verdict: Some((Indication::TotalFailed, Some(SubIndication::HashFailure))),
            ground: DossierGround::ElectronicSignature,
        },
        DossierItem {
            problem: DossierProblem::FactNotDeclared,
            component: PlainName::parse("van-ban-uy-quyen"),
            offered: None,
            fact: PlainName::parse("duoc_uy_quyen"),
            verdict: None,
            ground: DossierGround::PublishedList,
        },
    ]
}

#[allow(clippy::too_many_lines, reason = "a list of samples")]
pub(super) fn samples() -> Vec<(&'static str, Event)> {
    let at = Timestamp(1_796_000_000_123);
    let registered = |status, items, due| {
        DossierEvent::Registered(DossierRegistered {
            of: of(),
            number: DossierNumber {
                agency: unit("H53.7.1"),
                day: LocalDay::new(2026, 11, 30).unwrap(),
                place: 10_001,
            },
            request: Digest([0x73; 32]),
            content: Digest([0x74; 32]),
            status,
            received: at,
            presented: presented(),
            items,
            due,
            rules: Digest([0x75; 32]),
            note: None,
        })
    };
    let all = [
        (
            "dossier-registered-v1",
            registered(DossierStatus::SupplementAsked, items(), None),
        ),
        (
            "dossier-registered-v1-taken-in",
            registered(
                DossierStatus::TakenIn,
                Vec::new(),
                Some(at.plus_secs(86_400)),
            ),
        ),
        (
            "dossier-moved-v1",
            DossierEvent::Moved(DossierMoved {
                of: of(),
                what: DossierMove::Finish,
                from: DossierStatus::InProcess,
                to: DossierStatus::Finished,
                due: Some(at),
                note: Some(Digest([0x76; 32])),
            }),
        ),
        (
            "dossier-supplement-asked-v1",
            DossierEvent::Asked(DossierAsked {
                of: of(),
                request: 2,
                from: DossierStatus::InProcess,
                items: items(),
                ground: Some(Digest([0x77; 32])),
                note: None,
            }),
        ),
        (
            "dossier-completed-v1",
            DossierEvent::Completed(DossierCompleted {
                of: of(),
                what: DossierMove::Complete,
                from: DossierStatus::SupplementAsked,
                received: at,
                presented: presented(),
                items: Vec::new(),
                due: at.plus_secs(86_400),
                rules: Digest([0x75; 32]),
                note: None,
            }),
        ),
        (
            "dossier-rescheduled-v1",
            DossierEvent::Rescheduled(DossierRescheduled {
                of: of(),
                status: DossierStatus::InProcess,
                before: at,
                due: at.plus_secs(86_400),
                note: Some(Digest([0x78; 32])),
            }),
        ),
    ];
    let event = |(name, event)| (name, Event::Dossier(Box::new(event)));
    all.into_iter().map(event).collect()
}
