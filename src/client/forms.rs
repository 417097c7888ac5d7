//! Forms and the survey as they travel.

use super::{Client, ClientError};
use serde::{Deserialize, Serialize};

/// A form with the gateway's signature beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FormView {
    /// A name for its file.
    pub name: String,
    /// The page.
    pub html: String,
    /// The signature beside it: DER of a CMS SignedData, in base 64.
    pub p7s: String,
    /// Result slip: whether it has a code for the survey, as the first one has.
    #[serde(default)]
    pub survey: bool,
    /// Register: whether there is more than it holds.
    #[serde(default)]
    pub more: bool,
}

/// From which day to which.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaysQuery {
    /// The first day (`YYYY-MM-DD`).
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
}

/// Of which period.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SurveyQuery {
    /// A month (`2026-11`) or a year (`2026`); without it this month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
}

/// What citizens said.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SurveyView {
    /// The month or year.
    pub period: String,
    /// One for each procedure, and one for those together of which each has too few answers.
    pub rows: Vec<SurveyRow>,
}

/// What they said of one procedure.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SurveyRow {
    /// The unit.
    pub unit: String,
    /// The procedure; `null`: those with few answers, together.
    pub procedure: Option<String>,
    /// How many answered; `null`: fewer than five, of which nothing is said.
    pub answers: Option<u64>,
    /// Each question.
    pub questions: Vec<SurveyShare>,
}

/// How many were satisfied or more, of how many who answered the question.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SurveyShare {
    /// Its stable name.
    pub question: String,
    /// Satisfied or very satisfied.
    pub satisfied: u64,
    /// Who answered it.
    pub answered: u64,
    /// Tenths of a percent; `null`: fewer than five answered it.
    pub per_mille: Option<u64>,
}

/// Answers on paper that were taken.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct PapersView {
    /// How many.
    pub recorded: usize,
}

impl Client {
    /// A form of a dossier, or the signature beside it: `02`, `02.pdf`, `02.p7s`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier_form(&self, dossier: &str, form: &str) -> Result<Vec<u8>, ClientError> {
        let path = format!("/v1/dossiers/{dossier}/forms/{form}");
        let response = self
            .answered(self.request(reqwest::Method::GET, &path))
            .await?;
        let response = super::expect_success(response).await?;
        let bytes = response.bytes().await.map_err(|e| self.failed(&e))?;
        Ok(bytes.to_vec())
    }

    /// The result slip of a dossier; the first one has a code for the survey.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn result_slip(&self, dossier: &str) -> Result<FormView, ClientError> {
        let path = format!("/v1/dossiers/{dossier}/result-slip");
        self.post(&path, &serde_json::json!({})).await
    }

    /// The register of the unit's dossiers as a form.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier_register(&self, days: &DaysQuery) -> Result<FormView, ClientError> {
        let request = self.request(reqwest::Method::GET, "/v1/registers/dossiers");
        let answer = self.answered(request.query(days)).await?;
        super::read(&self.base, answer).await
    }

    /// What citizens said.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn survey(&self, asked: &SurveyQuery) -> Result<SurveyView, ClientError> {
        let request = self.request(reqwest::Method::GET, "/v1/survey");
        let answer = self.answered(request.query(asked)).await?;
        super::read(&self.base, answer).await
    }

    /// Hands answers on paper in.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn survey_papers(&self, file: bytes::Bytes) -> Result<PapersView, ClientError> {
        let request = self
            .request(reqwest::Method::POST, "/v1/survey/papers")
            .body(file);
        super::read(&self.base, self.answered(request).await?).await
    }
}
