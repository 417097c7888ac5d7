//! Administration of a running daemon, as HTTP over its Unix socket (mode 0600).

use super::books::{BookQuery, BookView};
use super::clock::{ClockConfirmedView, ClockRequest, ClockView};
use super::dead_letters::{DeadLettersActed, DeadLettersRequest, DeadLettersView};
use super::dossier_figures::{
    DossierFiguresQuery, DossierFiguresView, DossierRowsQuery, DossiersBehindView,
};
use super::dossiers::{DossierEraseRequest, DossierErasedView};
use super::erase::{EraseRequest, ErasedView};
use super::figure_rows::{FigureRowsQuery, FigureRowsView};
use super::figures::Which;
use super::findings::{
    CloseRequest, FindingContentView, FindingView, FindingsQuery, FindingsView, OpenRequest,
    RemindedView,
};
use super::history::{HistoryRequest, HistoryView};
use super::periods::{ClosedView, CorrectRequest, StatementContentView, StatementView};
use super::register::{
    ConflictsView, GapsView, ImportQuery, NilRequest, RegisterView, RegistersView, TakenView,
    UndoRequest,
};
use super::retention::RetentionPlanView;
use super::search::{SearchQuery, SearchView};
use super::stamps::{StampProofView, StampsCheckRequest, StampsCheckView, StatusView};
use super::trust::TrustView;
use super::wire::{DocumentView, ListView, RatesView, ReceiptView, RecountView};
use super::{ClientError, expect_success, read, tls};
use crate::model::{DocumentId, Language, Period, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const PERIODS: &str = "http://localhost/admin/periods";
const FINDINGS: &str = "http://localhost/admin/findings";

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
        let url = "http://localhost/admin/rates";
        self.call(self.http.get(url).query(&which.query())).await
    }

    /// What a report is made of.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn history(&self, request: &HistoryRequest) -> Result<HistoryView, ClientError> {
        let post = self.http.post("http://localhost/admin/history");
        self.call(post.json(request)).await
    }

    /// What stands behind a figure.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn figure_rows(
        &self,
        asked: &FigureRowsQuery,
    ) -> Result<FigureRowsView, ClientError> {
        let get = self.http.get("http://localhost/admin/rates/documents");
        self.call(get.query(asked)).await
    }

    /// Figures of dossiers.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier_figures(
        &self,
        asked: &DossierFiguresQuery,
    ) -> Result<DossierFiguresView, ClientError> {
        let get = self.http.get("http://localhost/admin/dossiers/figures");
        self.call(get.query(asked)).await
    }

    /// The dossiers behind a figure.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossiers_behind(
        &self,
        asked: &DossierRowsQuery,
    ) -> Result<DossiersBehindView, ClientError> {
        let url = "http://localhost/admin/dossiers/figures/dossiers";
        self.call(self.http.get(url).query(asked)).await
    }

    /// One document, without the content of its files.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn document(&self, id: DocumentId) -> Result<DocumentView, ClientError> {
        let url = format!("http://localhost/admin/documents/{id}");
        self.call(self.http.get(url)).await
    }

    /// The receipts of one document, oldest first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn receipts(&self, id: DocumentId) -> Result<Vec<ReceiptView>, ClientError> {
        let url = format!("http://localhost/admin/documents/{id}/receipts");
        let list: ListView<ReceiptView> = self.call(self.http.get(url)).await?;
        Ok(list.items)
    }

    /// A page of a unit's register: `outgoing` or `incoming`.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn register(&self, book: &str, asked: &BookQuery) -> Result<BookView, ClientError> {
        let url = format!("http://localhost/admin/books/{book}");
        self.call(self.http.get(url).query(asked)).await
    }

    /// Searches among all documents, or those of a unit.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn search(&self, asked: &SearchQuery) -> Result<SearchView, ClientError> {
        let get = self.http.get("http://localhost/admin/search");
        self.call(get.query(asked)).await
    }

    /// Recounts from the log.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn recount(&self) -> Result<RecountView, ClientError> {
        self.recount_of(None, None).await
    }

    /// Recounts from the log, and compares the figures of a period, of a unit, or of both.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn recount_of(
        &self,
        period: Option<&str>,
        unit: Option<&str>,
    ) -> Result<RecountView, ClientError> {
        let mut query = Vec::new();
        query.extend(period.map(|period| ("period", period)));
        query.extend(unit.map(|unit| ("unit", unit)));
        let post = self.http.post("http://localhost/admin/recount");
        self.call(post.query(&query)).await
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

    /// Erases what was said and handed in with a dossier, at once.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn erase_dossier(
        &self,
        name: &str,
        request: &DossierEraseRequest,
    ) -> Result<DossierErasedView, ClientError> {
        let url = format!("http://localhost/admin/dossiers/{name}/erase");
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

    /// The gateway's clock beside the last event.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn clock(&self) -> Result<ClockView, ClientError> {
        self.call(self.http.get("http://localhost/admin/clock"))
            .await
    }

    /// Says that a clock which went back is right.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn confirm_clock(
        &self,
        request: &ClockRequest,
    ) -> Result<ClockConfirmedView, ClientError> {
        let post = self.http.post("http://localhost/admin/clock/confirm");
        self.call(post.json(request)).await
    }

    /// One page of statements, oldest first, behind the record at a place.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn statements(&self, after: u64) -> Result<ListView<StatementView>, ClientError> {
        let get = self.http.get("http://localhost/admin/periods");
        self.call(get.query(&[("after", after)])).await
    }

    /// A statement of a period: of that number, or the last.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<StatementContentView, ClientError> {
        let get = self.http.get(format!("{PERIODS}/{period}"));
        self.call(get.query(&numbered(number))).await
    }

    /// The same, as it was signed, into a new file.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn sealed_statement(
        &self,
        period: Period,
        number: Option<u32>,
        to: &Path,
    ) -> Result<(), ClientError> {
        let get = self.http.get(format!("{PERIODS}/{period}.p7m"));
        self.save(get.query(&numbered(number)), to).await
    }

    /// Closes a period.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn close_period(&self, period: Period) -> Result<ClosedView, ClientError> {
        self.call(self.http.post(format!("{PERIODS}/{period}/close")))
            .await
    }

    /// Makes the next statement of a closed period.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn correct_period(
        &self,
        period: Period,
        request: &CorrectRequest,
    ) -> Result<ClosedView, ClientError> {
        let post = self.http.post(format!("{PERIODS}/{period}/correct"));
        self.call(post.json(request)).await
    }

    /// Writes the events, up to and with the record at a place, into a new file.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn events(&self, until: Option<u64>, to: &Path) -> Result<(), ClientError> {
        let until: Vec<_> = until.map(|until| ("until", until)).into_iter().collect();
        let get = self.http.get("http://localhost/admin/events");
        self.save(get.query(&until), to).await
    }

    async fn save(&self, request: reqwest::RequestBuilder, to: &Path) -> Result<(), ClientError> {
        let failed = |e: &reqwest::Error| ClientError::of(&self.socket, e);
        let request = request.header("accept-language", self.language.name());
        let response = request.send().await.map_err(|e| failed(&e))?;
        let mut response = expect_success(response).await?;
        let writing = |e: std::io::Error| ClientError::File(to.into(), e.to_string());
        let mut file = tokio::fs::File::create_new(to).await.map_err(writing)?;
        while let Some(chunk) = response.chunk().await.map_err(|e| failed(&e))? {
            file.write_all(&chunk).await.map_err(writing)?;
        }
        file.sync_all().await.map_err(writing)
    }

    /// Opens a finding.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn open_finding(
        &self,
        request: &OpenRequest,
    ) -> Result<FindingContentView, ClientError> {
        self.call(self.http.post(FINDINGS).json(request)).await
    }

    /// Findings of a unit or of all.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn findings(&self, asked: &FindingsQuery) -> Result<FindingsView, ClientError> {
        self.call(self.http.get(FINDINGS).query(asked)).await
    }

    /// A finding with what it is about.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn finding(&self, id: DocumentId) -> Result<FindingContentView, ClientError> {
        self.call(self.http.get(format!("{FINDINGS}/{id}"))).await
    }

    /// Closes a finding with evidence.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn close_finding(
        &self,
        id: DocumentId,
        request: &CloseRequest,
    ) -> Result<FindingView, ClientError> {
        let post = self.http.post(format!("{FINDINGS}/{id}/close"));
        self.call(post.json(request)).await
    }

    /// Reminds the contact of a finding's unit.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn remind_finding(&self, id: DocumentId) -> Result<RemindedView, ClientError> {
        self.call(self.http.post(format!("{FINDINGS}/{id}/remind")))
            .await
    }

    /// Hands in the register of a unit.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn import_register(
        &self,
        query: &ImportQuery,
        file: bytes::Bytes,
    ) -> Result<TakenView, ClientError> {
        let post = self.http.post("http://localhost/admin/registers");
        self.call(post.query(query).body(file)).await
    }

    /// Says that a unit issued nothing on paper.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn nil_return(&self, request: &NilRequest) -> Result<RegisterView, ClientError> {
        let post = self.http.post("http://localhost/admin/registers/nil");
        self.call(post.json(request)).await
    }

    /// Takes an import or a nil return back.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn undo_register(
        &self,
        id: DocumentId,
        request: &UndoRequest,
    ) -> Result<RegisterView, ClientError> {
        let url = format!("http://localhost/admin/registers/{id}/undo");
        self.call(self.http.post(url).json(request)).await
    }

    /// Imports and nil returns, of one unit or of all, in a period or at all.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn registers(
        &self,
        unit: Option<&str>,
        period: Option<&str>,
    ) -> Result<RegistersView, ClientError> {
        let query = [("unit", unit), ("period", period)];
        self.call(self.asked("/admin/registers", &query)).await
    }

    /// Numbers that are missing from each notation's series of a year.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn register_gaps(&self, unit: &str, year: &str) -> Result<GapsView, ClientError> {
        let query = [("unit", Some(unit)), ("year", Some(year))];
        self.call(self.asked("/admin/registers/gaps", &query)).await
    }

    /// Documents of which register and gateway say different things.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn register_conflicts(
        &self,
        unit: &str,
        period: &str,
    ) -> Result<ConflictsView, ClientError> {
        let query = [("unit", Some(unit)), ("period", Some(period))];
        let path = "/admin/registers/conflicts";
        self.call(self.asked(path, &query)).await
    }

    fn asked(&self, path: &str, query: &[(&str, Option<&str>)]) -> reqwest::RequestBuilder {
        let given = query
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        let given: Vec<(&str, &str)> = given.collect();
        self.http
            .get(format!("http://localhost{path}"))
            .query(&given)
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

fn numbered(number: Option<u32>) -> Vec<(&'static str, u32)> {
    number
        .map(|number| ("number", number))
        .into_iter()
        .collect()
}
