//! What citizens reach, on a listener of its own: the survey of those who were served, as a page without script and as an
//! interface. It knows no dossier and no name, sets no cookie, and nothing of the operations listener is on it.

use super::{Slot, icon, language, style};
use crate::dossier::survey::Code;
use crate::intake::SurveyError;
use crate::lang;
use crate::model::Language;
use crate::model::simulated::is_simulated;
use crate::model::survey::{
    SURVEY_QUESTIONS, SurveyAnswers, SurveyQuestion, SurveyStep, SurveyWay,
};
use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A filled-in page has some 120 octets, and as an interface has 200.
const MAX_BODY: usize = 2048;

/// The routes of the public listener.
pub fn public(slot: Slot) -> Router {
    Router::new()
        .route("/khao-sat", get(blank).post(filled))
        .route("/v1/survey", post(given))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(slot)
}

#[derive(Template)]
#[template(path = "survey.html", config = "src/web/askama.toml")]
struct Page {
    language: &'static str,
    other: (&'static str, String),
    title: String,
    lead: String,
    anonymous: String,
    simulated: Option<String>,
    problem: Option<String>,
    code_label: String,
    code_hint: String,
    code: String,
    questions: Vec<Question>,
    nothing: String,
    send: String,
    footer: String,
}

struct Question {
    name: &'static str,
    text: String,
    steps: Vec<Step>,
    /// Whether no step was chosen.
    open: bool,
}

struct Step {
    number: u16,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "survey_done.html", config = "src/web/askama.toml")]
struct Done {
    language: &'static str,
    title: String,
    thanks: String,
    simulated: Option<String>,
    footer: String,
}

/// What the page sends: text as it was typed.
#[derive(Deserialize, Default)]
struct Filled {
    #[serde(default)]
    lang: String,
    #[serde(default)]
    ma: String,
    #[serde(flatten)]
    answers: BTreeMap<String, String>,
}

impl Filled {
    fn step(&self, question: SurveyQuestion) -> Result<Option<SurveyStep>, Wrong> {
        let text = self.answers.get(question.name());
        let text = text.map(String::as_str).filter(|text| !text.is_empty());
        let step = |text: &str| text.parse().ok().and_then(SurveyStep::from_number);
        text.map(|text| step(text).ok_or(Wrong::Answer)).transpose()
    }

    fn read(&self) -> Result<(Code, SurveyAnswers), Wrong> {
        let code = Code::parse(&self.ma).ok_or(Wrong::Code)?;
        let mut answers = [None; SURVEY_QUESTIONS];
        for (answer, question) in answers.iter_mut().zip(SurveyQuestion::ALL) {
            *answer = self.step(*question)?;
        }
        let answers = SurveyAnswers::new(answers).ok_or(Wrong::Nothing)?;
        Ok((code, answers))
    }
}

/// Why an answer is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    /// Not a code, or none that was made.
    Code,
    /// Used before.
    Used,
    /// Too long ago.
    Closed,
    /// No question is answered.
    Nothing,
    /// A step that is none.
    Answer,
    /// Not now.
    Unavailable,
}

impl Wrong {
    /// The stable name, of the interface too.
    fn name(self) -> &'static str {
        match self {
            Self::Code => "unknown_code",
            Self::Used => "code_used",
            Self::Closed => "survey_closed",
            Self::Nothing => "no_answer",
            Self::Answer => "bad_answer",
            Self::Unavailable => "unavailable",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Code => StatusCode::NOT_FOUND,
            Self::Used => StatusCode::CONFLICT,
            Self::Closed => StatusCode::GONE,
            Self::Nothing | Self::Answer => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl From<SurveyError> for Wrong {
    fn from(problem: SurveyError) -> Self {
        match problem {
            SurveyError::UnknownCode => Self::Code,
            SurveyError::CodeUsed => Self::Used,
            SurveyError::Closed => Self::Closed,
            other @ (SurveyError::NotReturned
            | SurveyError::InvitedBefore
            | SurveyError::NoDossier
            | SurveyError::Lines(_)
            | SurveyError::Chance
            | SurveyError::Read(_)
            | SurveyError::Commit(_)) => {
                tracing::warn!(problem = %other, "an answer to the survey was not taken");
                Self::Unavailable
            }
        }
    }
}

async fn take(slot: &Slot, filled: &Filled, way: SurveyWay) -> Result<(), Wrong> {
    let (code, answers) = filled.read()?;
    let intake = slot.get().ok_or(Wrong::Unavailable)?;
    Ok(intake.answer_survey(&code, answers, way).await?)
}

/// The page, blank, or with the code of its address.
async fn blank(
    State(slot): State<Slot>,
    headers: HeaderMap,
    asked: Result<Query<Filled>, QueryRejection>,
) -> Response {
    let filled = asked.map(|Query(filled)| filled).unwrap_or_default();
    page(&slot, &headers, &filled, None)
}

/// The page as it was sent.
async fn filled(
    State(slot): State<Slot>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let filled = body.ok().and_then(|body| {
        let text = std::str::from_utf8(&body).ok()?;
        let uri: Uri = format!("/?{text}").parse().ok()?;
        Query::<Filled>::try_from_uri(&uri).ok()
    });
    let Query(filled) = filled.unwrap_or_default();
    match take(&slot, &filled, SurveyWay::Page).await {
        Ok(()) => done(&slot, &headers, &filled),
        Err(wrong) => page(&slot, &headers, &filled, Some(wrong)),
    }
}

fn page(slot: &Slot, headers: &HeaderMap, filled: &Filled, wrong: Option<Wrong>) -> Response {
    let language = language(headers, Some(&filled.lang));
    let text = |key: &str| lang::text(language, key, &[]);
    let other = match language {
        Language::Vi => Language::En,
        Language::En => Language::Vi,
    };
    let question = |question: &SurveyQuestion| {
        let chosen = filled.step(*question).ok().flatten();
        let step = |step: &SurveyStep| Step {
            number: step.number(),
            text: lang::word(language, "survey-step", step.name()),
            chosen: chosen == Some(*step),
        };
        Question {
            name: question.name(),
            text: lang::word(language, "survey-question", question.name()),
            steps: SurveyStep::ALL.iter().map(step).collect(),
            open: chosen.is_none(),
        }
    };
    let written = Page {
        language: language.name(),
        other: (other.name(), lang::text(other, "survey-language", &[])),
        title: text("survey-title"),
        lead: text("survey-lead"),
        anonymous: text("form-survey-anonymous"),
        simulated: simulated(slot, language),
        problem: wrong.map(|wrong| lang::word(language, "survey-problem", wrong.name())),
        code_label: text("survey-code"),
        code_hint: text("survey-code-hint"),
        code: filled.ma.chars().take(64).collect(),
        questions: SurveyQuestion::ALL.iter().map(question).collect(),
        nothing: text("survey-nothing"),
        send: text("survey-send"),
        footer: text("survey-footer"),
    };
    let mut response = open(written.render());
    if let Some(wrong) = wrong
        && response.status() == StatusCode::OK
    {
        *response.status_mut() = wrong.status();
    }
    response
}

fn done(slot: &Slot, headers: &HeaderMap, filled: &Filled) -> Response {
    let language = language(headers, Some(&filled.lang));
    let text = |key: &str| lang::text(language, key, &[]);
    open(
        Done {
            language: language.name(),
            title: text("survey-title"),
            thanks: text("survey-thanks"),
            simulated: simulated(slot, language),
            footer: text("survey-footer"),
        }
        .render(),
    )
}

fn simulated(slot: &Slot, language: Language) -> Option<String> {
    let simulated = slot
        .get()
        .is_some_and(|own| is_simulated(&own.tools().gateway));
    simulated.then(|| lang::text(language, "simulated", &[]))
}

/// As every page, but that it may be sent to where it came from.
fn open(written: askama::Result<String>) -> Response {
    let mut response = super::answered(written);
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                  base-uri 'none'";
    let policy = HeaderValue::from_static(policy);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// What the interface is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    code: String,
    answers: BTreeMap<String, u16>,
}

#[derive(Serialize)]
struct Told {
    recorded: bool,
    /// The stable name of what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

async fn given(State(slot): State<Slot>, body: Result<Bytes, BytesRejection>) -> Response {
    let read = body
        .ok()
        .and_then(|body| serde_json::from_slice::<Given>(&body).ok());
    let known = |name: &String| SurveyQuestion::from_name(name).is_some();
    let told = match read.filter(|given| given.answers.keys().all(known)) {
        None => Err(Wrong::Answer),
        Some(given) => {
            let answers = given.answers.into_iter();
            let filled = Filled {
                lang: String::new(),
                ma: given.code,
                answers: answers
                    .map(|(name, step)| (name, step.to_string()))
                    .collect(),
            };
            take(&slot, &filled, SurveyWay::Interface).await
        }
    };
    let (status, told) = match told {
        Ok(()) => (StatusCode::CREATED, None),
        Err(wrong) => (wrong.status(), Some(wrong.name())),
    };
    let told = Told {
        recorded: told.is_none(),
        problem: told,
    };
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let body = serde_json::to_vec(&told).unwrap_or_default();
    super::secured((status, kind, body).into_response())
}
