//! Administration of a running daemon, as HTTP over its Unix socket (mode 0600).

use super::dead_letters::{DeadLettersActed, DeadLettersRequest, DeadLettersView};
use super::erase::{EraseRequest, ErasedView};
use super::retention::RetentionPlanView;
use super::stamps::{StampProofView, StampsCheckRequest, StampsCheckView, StatusView};
use super::trust::TrustView;
use super::wire::{RatesView, RecountView};
use super::{ClientError, read, tls};
use crate::model::{DocumentId, Language, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// Answer to `POST /admin/reload`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reloaded {
    /// SHA-256 of the rules now in force.
    pub rules: String,
}

/// A connection to the daemon of this machine.
#[derive(Clone, Debug)]
pub struct Admin {
    http: reqwest::Client,
    socket: String,
    language: Language,
}

impl Admin {
    /// The daemon that listens on `socket`; `None` if none does.
    pub async fn connect(socket: &Path, language: Language) -> Option<Self> {
        // A socket file may outlive its daemon: only a connection tells.
        tokio::net::UnixStream::connect(socket).await.ok()?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::none().ok()?)
            .no_proxy()
            .unix_socket(socket)
            .read_timeout(Duration::from_secs(600))
            .build()
            .ok()?;
        Some(Self {
            http,
            socket: socket.display().to_string(),
            language,
        })
    }

    /// Makes the daemon load all rules anew, whole or not at all.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn reload(&self) -> Result<Reloaded, ClientError> {
        self.call(self.http.post("http://localhost/admin/reload"))
            .await
    }

    /// The figures of a month.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn rates(
        &self,
        period: Option<&str>,
        unit: Option<&str>,
    ) -> Result<RatesView, ClientError> {
        let mut query = Vec::new();
        query.extend(period.map(|period| ("period", period)));
        query.extend(unit.map(|unit| ("unit", unit)));
        self.call(self.http.get("http://localhost/admin/rates").query(&query))
            .await
    }

    /// Recounts from the log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn recount(&self) -> Result<RecountView, ClientError> {
        self.call(self.http.post("http://localhost/admin/recount"))
            .await
    }

    /// What is trusted.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn trust(&self) -> Result<TrustView, ClientError> {
        self.call(self.http.get("http://localhost/admin/trust"))
            .await
    }

    /// The log and its last stamp.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn status(&self) -> Result<StatusView, ClientError> {
        self.call(self.http.get("http://localhost/admin/status"))
            .await
    }

    /// Has the log stamped now; the answer says what came of it.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stamp_now(&self) -> Result<StatusView, ClientError> {
        self.call(self.http.post("http://localhost/admin/stamps"))
            .await
    }

    /// The stamp of a record or a later one, or the last.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stamp(&self, of: Option<u64>) -> Result<StampProofView, ClientError> {
        let query: Vec<(&str, u64)> = of.map(|of| ("of", of)).into_iter().collect();
        self.call(self.http.get("http://localhost/admin/stamps").query(&query))
            .await
    }

    /// Compares every stamp with the log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn check_stamps(
        &self,
        request: &StampsCheckRequest,
    ) -> Result<StampsCheckView, ClientError> {
        let post = self.http.post("http://localhost/admin/stamps/check");
        self.call(post.json(request)).await
    }

    /// Erases content of a document by order.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn erase(
        &self,
        id: DocumentId,
        request: &EraseRequest,
    ) -> Result<ErasedView, ClientError> {
        let url = format!("http://localhost/admin/documents/{id}/erase");
        self.call(self.http.post(url).json(request)).await
    }

    /// One page of the dead-letter desk, of one unit or of all.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dead_letters(
        &self,
        unit: Option<&str>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<DeadLettersView, ClientError> {
        let limit = limit.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(unit.map(|unit| ("unit", unit)));
        query.extend(after.map(|after| ("after", after)));
        let get = self.http.get("http://localhost/admin/dead-letters");
        self.call(get.query(&query)).await
    }

    /// The dead letters of one document.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dead_letter(&self, id: DocumentId) -> Result<DeadLettersView, ClientError> {
        let url = format!("http://localhost/admin/dead-letters/{id}");
        self.call(self.http.get(url)).await
    }

    /// Sends dead letters again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn replay(
        &self,
        request: &DeadLettersRequest,
    ) -> Result<DeadLettersActed, ClientError> {
        let post = self.http.post("http://localhost/admin/dead-letters/replay");
        self.call(post.json(request)).await
    }

    /// Gives dead letters up.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn give_up(
        &self,
        request: &DeadLettersRequest,
    ) -> Result<DeadLettersActed, ClientError> {
        let post = self
            .http
            .post("http://localhost/admin/dead-letters/give-up");
        self.call(post.json(request)).await
    }

    /// What the terms of keeping would drop as of `at`, or now; `list`: how many documents to name.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn retention(
        &self,
        at: Option<Timestamp>,
        list: u32,
    ) -> Result<RetentionPlanView, ClientError> {
        let mut query = vec![("list", list.to_string())];
        query.extend(at.map(|at| ("at", at.to_string())));
        let get = self.http.get("http://localhost/admin/retention");
        self.call(get.query(&query)).await
    }

    async fn call<T: serde::de::DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ClientError> {
        let request = request.header("accept-language", self.language.name());
        let response = request.send().await;
        read(
            &self.socket,
            response.map_err(|e| ClientError::of(&self.socket, &e))?,
        )
        .await
    }
}
