//! Dossiers as they travel: what is asked of them, and how they stand.

use super::dossier::{ApplicantView, ComponentView, ItemView};
use super::wire::{ListView, ReceiptView};
use super::{Client, ClientError};
use crate::client::upload::{self, Upload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done with a dossier.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierMoveRequest {
    /// The move by its name: `process`, `fee`, `paid`, `extend`, `stop`, `withdraw`, `finish`, `return`, `refuse`,
    /// `supplement`.
    #[serde(rename = "move")]
    pub what: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who is at the counter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// `supplement`: what is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<AskedItem>,
    /// `supplement`: on which ground, where it is not the first request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<String>,
    /// `extend`: the last day of the new appointment (`YYYY-MM-DD`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// One thing that is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedItem {
    /// A component of the published list.
    pub component: String,
    /// What is wrong with what is there; `missing` where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A row of the register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierRow {
    /// The number.
    pub number: String,
    /// The procedure's code.
    pub procedure: String,
    /// Its version.
    pub version: u16,
    /// The status by its name.
    pub status: String,
    /// The national number of the status, 1 to 10.
    pub status_number: u16,
    /// When it was handed in first.
    pub received: String,
    /// Until when there is to be a result.
    pub due: Option<String>,
    /// Since when it is late.
    pub late_since: Option<String>,
    /// When there was a result.
    pub finished: Option<String>,
    /// How often something was asked for.
    pub requests: u16,
}

/// A file that is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierFileView {
    /// Which of the components, from 1; `…/files/{n}` serves it.
    pub n: usize,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// Its length.
    pub size: u64,
    /// Whether it was erased.
    pub erased: bool,
}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierEntryView {
    /// Its place in the log.
    pub position: u64,
    /// What it says.
    pub event: String,
    /// The move that it tells.
    #[serde(rename = "move")]
    pub what: Option<String>,
    /// The status after it.
    pub status: String,
    /// When.
    pub at: String,
    /// The appointment after it.
    pub due: Option<String>,
    /// What it asks for, or hands back.
    pub items: Vec<ItemView>,
    /// The reason, unless it was erased.
    pub reason: Option<String>,
    /// Who was at the counter, unless that was erased.
    pub staff: Option<String>,
    /// The ground of a further request, unless it was erased.
    pub ground: Option<String>,
}

/// A dossier.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierStateView {
    /// Its identifier inside.
    pub id: String,
    /// As in the register.
    #[serde(flatten)]
    pub row: DossierRow,
    /// The agency.
    pub agency: String,
    /// The name of the procedure, where its version is still there.
    pub name: Option<String>,
    /// When its clock started last.
    pub taken: Option<String>,
    /// Whether there was another appointment.
    pub rescheduled: bool,
    /// What is asked for and not there yet.
    pub open_items: Vec<ItemView>,
    /// The moves that are possible.
    pub possible: Vec<String>,
    /// Who handed it in, unless that was erased.
    pub applicant: Option<ApplicantView>,
    /// What was declared, unless that was erased.
    pub facts: BTreeMap<String, serde_json::Value>,
    /// What was handed in, unless that was erased.
    pub components: Vec<ComponentView>,
    /// The files that are kept.
    pub files: Vec<DossierFileView>,
    /// Whether what was said was erased.
    pub erased: bool,
    /// Its records, the oldest first.
    pub timeline: Vec<DossierEntryView>,
}

/// What was done, with its slip.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierDone {
    /// The dossier after it.
    pub dossier: DossierStateView,
    /// What was handed back, and what is asked for.
    pub items: Vec<ItemView>,
    /// The signed slip.
    pub slip: ReceiptView,
    /// Whether it had been done before.
    pub repeated: bool,
}

/// The order to erase what was said and handed in with a dossier.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierEraseRequest {
    /// Who ordered it, and by what right.
    pub basis: String,
}

/// What was erased, now or before.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierErasedView {
    /// The number of the dossier.
    pub number: String,
    /// How many bodies it had.
    pub bodies: usize,
    /// How many of them were taken off the medium just now; others may have the same ones, and keep them.
    pub purged: u64,
    /// The signed slip of it.
    pub slip: ReceiptView,
    /// Whether all of it had been erased before.
    pub repeated: bool,
}

/// Which rows of the register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossiersQuery {
    /// After that number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Of that status only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `true`: late ones only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<String>,
}

impl Client {
    /// Hands a dossier in: what is said as JSON, and the files of the components that name one, in their order.
    ///
    /// # Errors
    /// See [`ClientError`]; that it lacks something or is refused is not one.
    pub async fn take_dossier_in(
        &self,
        dossier: &[u8],
        files: &[Upload],
        key: &str,
    ) -> Result<DossierDone, ClientError> {
        self.hand_in("/v1/dossiers", dossier, files, Some(key))
            .await
    }

    /// Hands the rest of a dossier in.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn complete_dossier(
        &self,
        name: &str,
        dossier: &[u8],
        files: &[Upload],
    ) -> Result<DossierDone, ClientError> {
        let path = format!("/v1/dossiers/{name}/components");
        self.hand_in(&path, dossier, files, None).await
    }

    async fn hand_in(
        &self,
        path: &str,
        dossier: &[u8],
        files: &[Upload],
        key: Option<&str>,
    ) -> Result<DossierDone, ClientError> {
        let form = upload::dossier(dossier, files).await?;
        let mut request = self.request(reqwest::Method::POST, path).multipart(form);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.answered(request).await?;
        let status = response.status().as_u16();
        // 422, refused, is an answer too, with a slip.
        if !matches!(status, 200 | 201 | 202 | 422) {
            return Err(super::refused(response).await);
        }
        let body = response.bytes().await.map_err(|e| self.failed(&e))?;
        let read = serde_json::from_slice(&body);
        read.map_err(|e| super::problem_or(status, &body, &e.to_string()))
    }

    /// Does something with a dossier.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn move_dossier(
        &self,
        name: &str,
        asked: &DossierMoveRequest,
    ) -> Result<DossierDone, ClientError> {
        let path = format!("/v1/dossiers/{name}/moves");
        self.post(&path, asked).await
    }

    /// A page of the register.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossiers(
        &self,
        asked: &DossiersQuery,
    ) -> Result<ListView<DossierRow>, ClientError> {
        let request = self.request(reqwest::Method::GET, "/v1/dossiers");
        let answer = self.answered(request.query(asked)).await?;
        super::read(&self.base, answer).await
    }

    /// One dossier.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier(&self, name: &str) -> Result<DossierStateView, ClientError> {
        self.get(&format!("/v1/dossiers/{name}"), &[]).await
    }

    /// The slips of a dossier, the oldest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier_slips(&self, name: &str) -> Result<Vec<ReceiptView>, ClientError> {
        let list: ListView<ReceiptView> =
            self.get(&format!("/v1/dossiers/{name}/slips"), &[]).await?;
        Ok(list.items)
    }
}
