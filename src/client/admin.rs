//! Administration of a running daemon, as HTTP over its Unix socket (mode 0600).

use super::wire::{RatesView, RecountView};
use super::{ClientError, read, tls};
use crate::model::Language;
use crate::trust::material::{CrlInfo, Material};
use crate::trust::report::CertificateInfo;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// Answer to `POST /admin/reload`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reloaded {
    /// SHA-256 of the rules now in force.
    pub rules: String,
}

/// Answer to `GET /admin/trust`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TrustView {
    /// SHA-256 of the rules in force.
    pub rules: String,
    /// The anchors.
    pub anchors: Vec<AnchorView>,
    /// The intermediate certificates.
    pub intermediates: Vec<CertificateView>,
    /// The CRLs.
    pub crls: Vec<CrlView>,
}

/// One anchor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AnchorView {
    /// Its trust domain.
    pub domain: String,
    /// Its certificate.
    #[serde(flatten)]
    pub certificate: CertificateView,
}

/// One certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CertificateView {
    /// Subject (RFC 4514).
    pub subject: String,
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// notBefore.
    pub not_before: String,
    /// notAfter.
    pub not_after: String,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key: String,
}

/// One CRL.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CrlView {
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// thisUpdate.
    pub this_update: String,
    /// nextUpdate.
    pub next_update: Option<String>,
    /// SHA-256 of its DER.
    pub sha256: String,
    /// How many certificates it lists.
    pub entries: usize,
}

impl TrustView {
    /// What is said of material under rules of that digest.
    #[must_use]
    pub fn of(material: &Material, rules: &str) -> Self {
        let anchor = |(domain, info): (&str, CertificateInfo)| AnchorView {
            domain: domain.to_owned(),
            certificate: certificate(info),
        };
        let crl = |crl: CrlInfo| CrlView {
            issuer: crl.issuer,
            this_update: crl.this_update.to_string(),
            next_update: crl.next_update.map(|at| at.to_string()),
            sha256: crl.sha256.to_hex(),
            entries: crl.entries,
        };
        Self {
            rules: rules.to_owned(),
            anchors: material.anchors().map(anchor).collect(),
            intermediates: material.intermediates().map(certificate).collect(),
            crls: material.crls().map(crl).collect(),
        }
    }
}

fn certificate(info: CertificateInfo) -> CertificateView {
    CertificateView {
        subject: info.subject,
        issuer: info.issuer,
        not_before: info.not_before.to_string(),
        not_after: info.not_after.to_string(),
        sha256: info.sha256.to_hex(),
        key: info.key.to_hex(),
    }
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
