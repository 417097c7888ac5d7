//! Administration of a running daemon, as HTTP over its Unix socket (mode 0600).

use super::trust::TrustView;
use super::wire::{RatesView, RecountView};
use super::{ClientError, read, tls};
use crate::model::Language;
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
