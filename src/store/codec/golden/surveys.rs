//! Samples of the survey.

use super::{id, unit};
use crate::model::dossier::{ProcedureCode, ProcedureRef};
use crate::model::event::{
    DossierRef, Event, SurveyAnswered, SurveyCodes, SurveyEvent, SurveyGroup, SurveyInvited,
};
use crate::model::survey::{SurveyAnswers, SurveyStep, SurveyWay};
use crate::model::{Digest, Period};

pub(super) fn samples() -> Vec<(&'static str, Event)> {
    let procedure = ProcedureCode::parse("1.001193").unwrap();
    let group = SurveyGroup {
        agency: unit("H53.7"),
        procedure: procedure.clone(),
        month: Period::parse("2026-11").unwrap(),
    };
    let answers = [
        Some(SurveyStep::VeryDissatisfied),
        None,
        Some(SurveyStep::Neither),
        Some(SurveyStep::Satisfied),
        Some(SurveyStep::VerySatisfied),
    ];
    let answered = |answers, way| {
        SurveyEvent::Answered(SurveyAnswered {
            group: group.clone(),
            code: Digest([0x72; 32]),
            answers: SurveyAnswers::new(answers).unwrap(),
            way,
        })
    };
    let alone = [None, Some(SurveyStep::Dissatisfied), None, None, None];
    let all = [
        (
            "survey-codes-v1",
            SurveyEvent::Codes(SurveyCodes {
                group: group.clone(),
                codes: vec![Digest([0x71; 32]), Digest([0x72; 32])],
            }),
        ),
        ("survey-answered-v1", answered(answers, SurveyWay::Page)),
        (
            "survey-answered-v1-paper",
            answered(alone, SurveyWay::Paper),
        ),
        (
            "survey-invited-v1",
            SurveyEvent::Invited(SurveyInvited {
                of: DossierRef {
                    dossier: id(),
                    agency: unit("H53.7"),
                    procedure: ProcedureRef {
                        code: procedure,
                        version: 3,
                    },
                },
            }),
        ),
    ];
    all.map(|(name, event)| (name, Event::Survey(Box::new(event))))
        .into()
}
