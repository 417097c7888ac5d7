//! The typed client of `/v1`, and the shapes that travel over it. The server sends these same
//! shapes, so neither side can drift.
//!
//! It trusts the one CA pinned in its profile and no other, and judges no document: receipts are
//! checked by whoever asked for them, in [`receipts`].

pub mod admin;
pub mod attempt;
pub mod books;
pub mod bundle;
pub mod clock;
pub mod dead_letters;
pub mod dossier;
pub mod dossier_figures;
pub mod dossiers;
pub mod erase;
mod error;
pub mod figure_rows;
pub mod figures;
pub mod findings;
pub mod forms;
pub mod history;
pub mod laid_out;
pub mod periods;
pub mod profile;
pub mod progress;
pub mod receipts;
pub mod register;
pub mod report;
pub mod retention;
pub mod search;
pub mod stamps;
mod tls;
pub mod trust;
pub mod upload;
pub mod wire;

pub use error::{ClientError, Unreachable};
pub use profile::Profile;

use crate::model::{Digest, DocumentId, Hasher, Language};
use books::{BookQuery, BookView};
use figure_rows::{FigureRowsQuery, FigureRowsView};
use figures::Which;
use findings::{FindingContentView, FindingsQuery, FindingsView};
use progress::Progress;
use register::{ImportQuery, NilRequest, RegisterView, TakenView};
use reqwest::multipart::{Form, Part};
use search::{SearchQuery, SearchView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stamps::StampProofView;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use upload::Upload;
use wire::{
    AnswerRequest, AnswerView, DocumentView, EvidenceView, ListItem, ListView, NoticeView, Problem,
    RatesView, ReceiptView, Submitted, UnitView, WithdrawRequest, WithdrawView,
};

/// The longest wait of a long-poll that the gateway allows.
pub const MAX_WAIT_SECS: u64 = 60;

/// A unit's connection to its gateway.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    language: Language,
}

/// What the gateway said to a send. All three carry a receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// 201, 202 or 422.
    pub status: u16,
    /// The outcome.
    pub submitted: Submitted,
    /// SHA-256 of each file as it was read here, in order.
    pub digests: Vec<Digest>,
}

impl Client {
    /// A client under a profile.
    ///
    /// # Errors
    /// [`ClientError::Setup`] if the certificate or key cannot be used.
    pub fn new(profile: &Profile, language: Language) -> Result<Self, ClientError> {
        let tls = tls::mutual(&profile.gateway_ca, &profile.certificate, &profile.key)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            // The gateway closes a connection that stands idle for 10 seconds.
            .pool_idle_timeout(Duration::from_secs(7))
            // Longer than the longest long-poll.
            .read_timeout(Duration::from_secs(MAX_WAIT_SECS.saturating_mul(2)))
            .build()
            .map_err(|e| ClientError::Setup(e.to_string()))?;
        Ok(Self {
            http,
            base: profile.url.trim_end_matches('/').to_owned(),
            language,
        })
    }

    /// Sends a document: its envelope as given, and its files in the envelope's order.
    ///
    /// # Errors
    /// See [`ClientError`]; a refusal is not one.
    pub async fn send(
        &self,
        envelope: &[u8],
        files: &[Upload],
        key: Option<&str>,
        progress: &Progress,
    ) -> Result<Sent, ClientError> {
        let (form, digests) = upload::form(envelope, files, progress).await?;
        let mut request = self
            .request(reqwest::Method::POST, "/v1/documents")
            .multipart(form);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = self.answered(request).await?;
        let status = response.status().as_u16();
        if !matches!(status, 200 | 201 | 202 | 422) {
            return Err(refused(response).await);
        }
        let body = response.bytes().await.map_err(|e| self.failed(&e))?;
        match serde_json::from_slice(&body) {
            Ok(submitted) => Ok(Sent {
                status,
                submitted,
                digests,
            }),
            Err(e) => Err(problem_or(status, &body, &e.to_string())),
        }
    }

    /// One document.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn document(&self, id: DocumentId) -> Result<DocumentView, ClientError> {
        self.get(&format!("/v1/documents/{id}"), &[]).await
    }

    /// The receipts of one document, oldest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn receipts(&self, id: DocumentId) -> Result<Vec<ReceiptView>, ClientError> {
        let path = format!("/v1/documents/{id}/receipts");
        let list: ListView<ReceiptView> = self.get(&path, &[]).await?;
        Ok(list.items)
    }

    /// The full report about a document's signatures: of the judgement in force, or of a doubt by
    /// its place.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn report(
        &self,
        id: DocumentId,
        doubt: Option<u64>,
    ) -> Result<serde_json::Value, ClientError> {
        let path = format!("/v1/documents/{id}/report");
        self.get(&path, &of_doubt(doubt)).await
    }

    /// The report of one file, with the content of a detached signature; nothing is kept.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn verify(
        &self,
        file: &[u8],
        content: Option<&[u8]>,
    ) -> Result<serde_json::Value, ClientError> {
        let part = |bytes: &[u8]| Part::bytes(bytes.to_vec()).file_name("file");
        let form = Form::new().part("file", part(file));
        let form = match content {
            Some(content) => form.part("content", part(content)),
            None => form,
        };
        let request = self.request(reqwest::Method::POST, "/v1/verify");
        let response = self.answered(request.multipart(form)).await?;
        read(&self.base, response).await
    }

    /// What a verdict about a document rests on: the one in force, or that of a doubt.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn evidence(
        &self,
        id: DocumentId,
        doubt: Option<u64>,
    ) -> Result<Vec<EvidenceView>, ClientError> {
        let path = format!("/v1/documents/{id}/evidence");
        let list: ListView<EvidenceView> = self.get(&path, &of_doubt(doubt)).await?;
        Ok(list.items)
    }

    /// The first timestamp of the log that covers a document; `None` while there is none.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn stamp(&self, id: DocumentId) -> Result<Option<StampProofView>, ClientError> {
        match self.get(&format!("/v1/documents/{id}/stamp"), &[]).await {
            Ok(found) => Ok(Some(found)),
            Err(ClientError::Problem(problem)) if problem.code == "not_found" => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Writes the evidence bundle of a document to a new file and gives its digest and length.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn bundle(
        &self,
        id: DocumentId,
        to: &Path,
        progress: &Progress,
    ) -> Result<(Digest, u64), ClientError> {
        let path = format!("/v1/documents/{id}/evidence.asice");
        self.save(&path, to, u64::MAX, progress).await
    }

    /// Writes one piece of evidence to a new file and gives its digest and length.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn evidence_piece(
        &self,
        id: DocumentId,
        sha256: &Digest,
        to: &Path,
        progress: &Progress,
    ) -> Result<(Digest, u64), ClientError> {
        let path = format!("/v1/documents/{id}/evidence/{sha256}");
        self.save(&path, to, u64::MAX, progress).await
    }

    /// Writes file `n` (from 1) to a new file and gives its digest and length.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn download(
        &self,
        id: DocumentId,
        n: usize,
        to: &Path,
        progress: &Progress,
    ) -> Result<(Digest, u64), ClientError> {
        let path = format!("/v1/documents/{id}/files/{n}");
        self.save(&path, to, u64::MAX, progress).await
    }

    /// As [`Self::download`], of a file whose length is known: what is longer is not written any further.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn download_of(
        &self,
        id: DocumentId,
        n: usize,
        length: u64,
        to: &Path,
    ) -> Result<(Digest, u64), ClientError> {
        let path = format!("/v1/documents/{id}/files/{n}");
        self.save(&path, to, length, &Progress::silent()).await
    }

    async fn save(
        &self,
        path: &str,
        to: &Path,
        most: u64,
        progress: &Progress,
    ) -> Result<(Digest, u64), ClientError> {
        let response = self
            .answered(self.request(reqwest::Method::GET, path))
            .await?;
        let mut response = expect_success(response).await?;
        let writing = |e: std::io::Error| ClientError::File(to.into(), e.to_string());
        let mut file = tokio::fs::File::create_new(to).await.map_err(writing)?;
        let (mut hasher, mut size) = (Hasher::new(), 0u64);
        while let Some(chunk) = response.chunk().await.map_err(|e| self.failed(&e))? {
            hasher.update(&chunk);
            let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
            size = size.saturating_add(length);
            if size > most {
                let long = format!("more than {most} octets");
                return Err(ClientError::Unexpected(200, long));
            }
            progress.advance(length);
            file.write_all(&chunk).await.map_err(writing)?;
        }
        file.sync_all().await.map_err(writing)?;
        Ok((hasher.finish(), size))
    }

    /// Documents not yet answered, oldest first; `wait` seconds at most until there is one.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn inbox(
        &self,
        after: Option<&str>,
        limit: usize,
        wait: u64,
    ) -> Result<ListView<ListItem>, ClientError> {
        self.page("/v1/inbox", after, limit, Some(wait)).await
    }

    async fn page<T: DeserializeOwned>(
        &self,
        path: &str,
        after: Option<&str>,
        limit: usize,
        wait: Option<u64>,
    ) -> Result<ListView<T>, ClientError> {
        let mut query = vec![("limit", limit.to_string())];
        let wait = wait.map(|wait| wait.min(MAX_WAIT_SECS).to_string());
        query.extend(wait.map(|wait| ("wait", wait)));
        query.extend(after.map(|after| ("after", after.to_owned())));
        self.get(path, &query).await
    }

    /// What the caller sent, oldest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn outbox(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<ListView<ListItem>, ClientError> {
        self.page("/v1/outbox", after, limit, None).await
    }

    /// What the caller is to be told of its documents, after a notice; `wait` seconds at most until
    /// there is one.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn notices(
        &self,
        after: Option<&str>,
        limit: usize,
        wait: u64,
    ) -> Result<ListView<NoticeView>, ClientError> {
        self.page("/v1/notices", after, limit, Some(wait)).await
    }

    /// Answers a document.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn answer(
        &self,
        id: DocumentId,
        answer: &AnswerRequest,
    ) -> Result<AnswerView, ClientError> {
        let path = format!("/v1/documents/{id}/answers");
        self.post(&path, answer).await
    }

    /// Recalls a document.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn recall(
        &self,
        id: DocumentId,
        asked: &WithdrawRequest,
    ) -> Result<WithdrawView, ClientError> {
        let path = format!("/v1/documents/{id}/recall");
        self.post(&path, asked).await
    }

    /// Takes a document back, or asks for it.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn take_back(
        &self,
        id: DocumentId,
        asked: &WithdrawRequest,
    ) -> Result<WithdrawView, ClientError> {
        let path = format!("/v1/documents/{id}/take-back");
        self.post(&path, asked).await
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
        let which = Which {
            period,
            unit,
            ..Which::default()
        };
        self.rates_of(&which).await
    }

    /// Those of which more is said.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn rates_of(&self, which: &Which<'_>) -> Result<RatesView, ClientError> {
        self.get("/v1/rates", &which.query()).await
    }

    /// What stands behind a figure of the caller's unit.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn figure_rows(
        &self,
        asked: &FigureRowsQuery,
    ) -> Result<FigureRowsView, ClientError> {
        let path = "/v1/rates/documents";
        let request = self.request(reqwest::Method::GET, path).query(asked);
        read(&self.base, self.answered(request).await?).await
    }

    /// The caller's findings.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn findings(&self, asked: &FindingsQuery) -> Result<FindingsView, ClientError> {
        let request = self.request(reqwest::Method::GET, "/v1/findings");
        let answer = self.answered(request.query(asked)).await?;
        read(&self.base, answer).await
    }

    /// One of the caller's findings with what it is about.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn finding(&self, id: DocumentId) -> Result<FindingContentView, ClientError> {
        let path = format!("/v1/findings/{id}");
        let request = self.request(reqwest::Method::GET, &path);
        read(&self.base, self.answered(request).await?).await
    }

    /// A page of the caller's register: `outgoing` or `incoming`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn register(&self, book: &str, asked: &BookQuery) -> Result<BookView, ClientError> {
        let path = format!("/v1/registers/{book}");
        let request = self.request(reqwest::Method::GET, &path).query(asked);
        read(&self.base, self.answered(request).await?).await
    }

    /// Searches among the caller's documents.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn search(&self, asked: &SearchQuery) -> Result<SearchView, ClientError> {
        let request = self
            .request(reqwest::Method::GET, "/v1/search")
            .query(asked);
        read(&self.base, self.answered(request).await?).await
    }

    /// The registry.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn units(&self) -> Result<Vec<UnitView>, ClientError> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let query: Vec<(&str, String)> = after.iter().map(|a| ("after", a.clone())).collect();
            let page: ListView<UnitView> = self.get("/v1/units", &query).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Hands in the unit's register of outgoing documents.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn import_register(
        &self,
        query: &ImportQuery,
        file: bytes::Bytes,
    ) -> Result<TakenView, ClientError> {
        let request = self.request(reqwest::Method::POST, "/v1/register");
        let request = request.query(query).body(file);
        read(&self.base, self.answered(request).await?).await
    }

    /// Says that the unit issued nothing on paper.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn nil_return(&self, request: &NilRequest) -> Result<RegisterView, ClientError> {
        self.post("/v1/register/nil", request).await
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .header("accept-language", self.language.name())
    }

    async fn answered(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, ClientError> {
        request.send().await.map_err(|e| self.failed(&e))
    }

    fn failed(&self, e: &reqwest::Error) -> ClientError {
        ClientError::of(&self.base, e)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, ClientError> {
        let request = self.request(reqwest::Method::GET, path).query(query);
        read(&self.base, self.answered(request).await?).await
    }

    async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        let request = self.request(reqwest::Method::POST, path).json(body);
        read(&self.base, self.answered(request).await?).await
    }
}

async fn read<T: DeserializeOwned>(
    base: &str,
    response: reqwest::Response,
) -> Result<T, ClientError> {
    let response = expect_success(response).await?;
    let status = response.status().as_u16();
    let body = response.bytes().await;
    let body = body.map_err(|e| ClientError::of(base, &e))?;
    let unexpected = |e: serde_json::Error| ClientError::Unexpected(status, e.to_string());
    serde_json::from_slice(&body).map_err(unexpected)
}

async fn expect_success(response: reqwest::Response) -> Result<reqwest::Response, ClientError> {
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(refused(response).await)
    }
}

async fn refused(response: reqwest::Response) -> ClientError {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap_or_default();
    problem_or(status, &body, "not a problem document")
}

fn problem_or(status: u16, body: &[u8], otherwise: &str) -> ClientError {
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => ClientError::Problem(Box::new(problem)),
        Err(_) => ClientError::Unexpected(status, otherwise.to_owned()),
    }
}

fn of_doubt(doubt: Option<u64>) -> Vec<(&'static str, String)> {
    let query = doubt.map(|position| ("doubt", position.to_string()));
    query.into_iter().collect()
}
