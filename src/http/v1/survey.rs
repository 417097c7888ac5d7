//! `GET /v1/survey`: what the citizens of the caller's own counter said, as far as enough of them did. `POST
//! /v1/survey/papers`: answers on paper.

use super::lists::{Asking, asked, shown};
use super::views;
use crate::client::forms::{PapersView, SurveyQuery, SurveyRow, SurveyShare, SurveyView};
use crate::dossier::survey::{Asked, MAX_PAPERS, PaperError, Shown, Span, parse};
use crate::http::context::{Caller, Gateway};
use crate::http::problem::{Problem, ProblemCode};
use crate::model::Period;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

pub(super) async fn results(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    query: Asking<SurveyQuery>,
) -> Result<Response, Problem> {
    let query = asked(query)?;
    let today = gateway.intake.tools().clock.now().local_day();
    let text = query
        .period
        .unwrap_or_else(|| Period::month_of(today).to_string());
    let span = Period::parse(&text).and_then(Span::of).ok_or_else(|| {
        let args = vec![("value", shown(&text))];
        Problem::new(ProblemCode::QueryInvalid).at("period", "field-invalid", args)
    })?;
    let wanted = Asked {
        span,
        agency: Some(caller.unit),
    };
    let rows = gateway.intake.survey_results(&wanted)?;
    let view = SurveyView {
        period: span.period().to_string(),
        rows: rows.iter().map(row).collect(),
    };
    Ok(views::json(StatusCode::OK, &view))
}

fn row(shown: &Shown) -> SurveyRow {
    let shares = shown.tally.iter().flat_map(|tally| {
        let all: Vec<SurveyShare> = tally
            .shares()
            .map(|(question, share)| SurveyShare {
                question: question.name().to_owned(),
                satisfied: share.satisfied,
                answered: share.answered,
                per_mille: share.per_mille(),
            })
            .collect();
        all
    });
    SurveyRow {
        unit: shown.agency.to_string(),
        procedure: shown.procedure.as_ref().map(ToString::to_string),
        answers: shown.tally.map(|tally| tally.answers),
        questions: shares.collect(),
    }
}

pub(super) async fn papers(
    State(gateway): State<Arc<Gateway>>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|_| ProblemCode::TooLarge)?;
    let papers = parse(&body).map_err(mistakes)?;
    caller.still(&gateway)?;
    let recorded = gateway
        .intake
        .import_papers(Some(&caller.unit), &papers)
        .await?;
    Ok(views::json(StatusCode::CREATED, &PapersView { recorded }))
}

fn mistakes(error: PaperError) -> Problem {
    let problem = Problem::new(ProblemCode::SurveyInvalid);
    match error {
        PaperError::Lines(lines) => {
            lines
                .into_iter()
                .take(MAX_PAPERS)
                .fold(problem, |problem, (line, mistake)| {
                    let args = vec![("problem", mistake.to_string())];
                    problem.at(format!("/{line}"), "field-shape", args)
                })
        }
        other @ (PaperError::Text | PaperError::TooLong | PaperError::Heading) => {
            problem.at("/", "field-shape", vec![("problem", other.to_string())])
        }
    }
}
