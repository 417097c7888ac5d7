//! The codecs of the survey, and of its rows.

use super::CodecError;
use super::bytes::{Reader, Writer};
use super::dossiers::{read_ref, write_ref};
use super::kinds::{SURVEY_ANSWERED, SURVEY_CODES, SURVEY_INVITED};
use crate::dossier::survey::Tally;
use crate::model::Period;
use crate::model::dossier::ProcedureCode;
use crate::model::event::{
    Event, SurveyAnswered, SurveyCodes, SurveyEvent, SurveyGroup, SurveyInvited,
};
use crate::model::survey::{SURVEY_QUESTIONS, SurveyAnswers, SurveyStep, SurveyWay};
use crate::store::SurveyCode;

/// Appends the payload.
pub(super) fn write(w: &mut Writer<'_>, event: &SurveyEvent) {
    match event {
        SurveyEvent::Codes(e) => {
            write_group(w, &e.group);
            w.count(e.codes.len());
            e.codes.iter().for_each(|code| w.digest(code));
        }
        SurveyEvent::Answered(e) => {
            write_group(w, &e.group);
            w.digest(&e.code);
            // Zero: the question was left out. The number of questions is part of this version.
            let steps = e
                .answers
                .iter()
                .map(|(_, step)| step.map_or(0, SurveyStep::number));
            steps.for_each(|step| w.u16(step));
            w.u16(e.way.number());
        }
        SurveyEvent::Invited(e) => write_ref(w, &e.of),
    }
}

/// Reads the payload of a kind and version of this module.
pub(super) fn read(r: &mut Reader<'_>, kind: u16, version: u16) -> Result<Event, CodecError> {
    let event = match (kind, version) {
        (SURVEY_CODES, 1) => SurveyEvent::Codes(SurveyCodes {
            group: read_group(r)?,
            codes: (0..r.u16()?)
                .map(|_| r.digest())
                .collect::<Result<_, _>>()?,
        }),
        (SURVEY_ANSWERED, 1) => SurveyEvent::Answered(SurveyAnswered {
            group: read_group(r)?,
            code: r.digest()?,
            answers: read_answers(r)?,
            way: r.word("way of an answer", SurveyWay::from_number)?,
        }),
        (SURVEY_INVITED, 1) => SurveyEvent::Invited(SurveyInvited { of: read_ref(r)? }),
        _ => return Err(CodecError::Kind { kind, version }),
    };
    Ok(Event::Survey(Box::new(event)))
}

fn read_answers(r: &mut Reader<'_>) -> Result<SurveyAnswers, CodecError> {
    let mut answers = [None; SURVEY_QUESTIONS];
    for answer in &mut answers {
        *answer = match r.u16()? {
            0 => None,
            number => {
                let wrong = CodecError::Value("step of an answer", u64::from(number));
                Some(SurveyStep::from_number(number).ok_or(wrong)?)
            }
        };
    }
    SurveyAnswers::new(answers).ok_or(CodecError::Value("answer", 0))
}

fn write_group(w: &mut Writer<'_>, group: &SurveyGroup) {
    w.unit(&group.agency);
    w.text(group.procedure.as_str());
    w.text(&group.month.to_string());
}

fn read_group(r: &mut Reader<'_>) -> Result<SurveyGroup, CodecError> {
    Ok(SurveyGroup {
        agency: r.unit()?,
        procedure: ProcedureCode::parse(r.text()?).ok_or(CodecError::Text)?,
        month: Period::parse(r.text()?).ok_or(CodecError::Text)?,
    })
}

/// Appends the row of a code.
pub(in crate::store) fn write_survey_code(w: &mut Writer<'_>, code: &SurveyCode) {
    write_group(w, &code.group);
    w.bool(code.spent);
}

/// Reads the row.
pub(in crate::store) fn read_survey_code(r: &mut Reader<'_>) -> Result<SurveyCode, CodecError> {
    let code = SurveyCode {
        group: read_group(r)?,
        spent: r.bool()?,
    };
    r.end()?;
    Ok(code)
}

/// Appends the row of a sum.
pub(in crate::store) fn write_survey_row(w: &mut Writer<'_>, group: &SurveyGroup, tally: &Tally) {
    write_group(w, group);
    w.u64(tally.answers);
    tally.steps.iter().flatten().for_each(|n| w.u64(*n));
}

/// Reads the row.
pub(in crate::store) fn read_survey_row(
    r: &mut Reader<'_>,
) -> Result<(SurveyGroup, Tally), CodecError> {
    let group = read_group(r)?;
    let mut tally = Tally {
        answers: r.u64()?,
        ..Tally::default()
    };
    for cell in tally.steps.iter_mut().flatten() {
        *cell = r.u64()?;
    }
    r.end()?;
    Ok((group, tally))
}
