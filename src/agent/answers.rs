//! Answers by moving folders: what the office puts into `accepted/` is accepted, what it puts into `refused/` is
//! refused with the reason that it wrote, `returned/` and `kept/` answer a sender that wants a document back, and
//! what it puts into `recall/` is asked back from everybody. Nothing is done that is not recognised for certain,
//! and nothing while a folder is still being moved, copied or written.

use super::give::{Given, Stands, give};
use super::job::Failed;
use super::line::Line;
use super::places::Places;
use super::proofs;
use super::put::{self, Act, Look, Put};
use super::received::Received;
use super::retry::Retry;
use super::{AgentError, Office, Options, Pass, Told, disk, names, news};
use crate::client::ClientError;
use crate::lang;
use crate::model::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// The longest part of a receipt's name that is a unit's code.
const MAX_UNIT: usize = 100;

/// Answers, round by round.
pub(super) struct Answerer<'a> {
    office: &'a Office,
    places: &'a Places,
    line: &'a Line,
    options: Options,
    seen: BTreeMap<PathBuf, (Look, Instant)>,
    /// What was explained, as it stood then: it is looked at again once it changes.
    explained: BTreeMap<PathBuf, (Look, bool)>,
    each: BTreeMap<PathBuf, Retry>,
    pass: Pass,
}

impl<'a> Answerer<'a> {
    pub(super) fn new(
        office: &'a Office,
        places: &'a Places,
        line: &'a Line,
        options: Options,
    ) -> Self {
        Self {
            office,
            places,
            line,
            options,
            seen: BTreeMap::new(),
            explained: BTreeMap::new(),
            each: BTreeMap::new(),
            pass: Pass::default(),
        }
    }

    /// What came of it so far.
    pub(super) fn pass(&self) -> Pass {
        self.pass
    }

    /// One round; whether something waits.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub(super) async fn round(&mut self) -> Result<bool, AgentError> {
        let all = put::all(self.places)?;
        let twice = put::twice(&all);
        let mut waiting = false;
        let now = Instant::now();
        let mut seen = BTreeMap::new();
        for put in all {
            let Some(look) = put::look(&put.path) else {
                continue;
            };
            let since = match self.seen.get(&put.path) {
                Some((known, since)) if *known == look => *since,
                _ => now,
            };
            let is_new = !self.seen.contains_key(&put.path);
            seen.insert(put.path.clone(), (look.clone(), since));
            let conflict = put
                .described
                .as_ref()
                .is_some_and(|d| twice.contains(&d.id));
            let stands = (look, conflict);
            if self.explained.get(&put.path) == Some(&stands) {
                continue;
            }
            let rests = !is_new && now.duration_since(since) >= self.options.quiet;
            let due = self.each.get(&put.path).is_none_or(Retry::is_due);
            if !rests || !due || !self.line.is_due() {
                waiting = true;
                continue;
            }
            match self.answer(&put, stands).await {
                Ok(done) => waiting |= !done,
                // Of this folder: read-only, away, full. The others go on.
                Err(AgentError::Disk { path, problem }) => {
                    let problem = format!("{}: {problem}", self.places.shown(&path));
                    let told = Told::new("waits").with("path", &self.places.shown(&put.path));
                    self.office.tell(told.with("problem", &problem));
                    self.each.entry(put.path.clone()).or_default().failed();
                    self.pass.failed = self.pass.failed.saturating_add(1);
                }
                Err(other) => return Err(other),
            }
        }
        self.seen = seen;
        self.explained
            .retain(|path, _| self.seen.contains_key(path));
        self.each.retain(|path, _| self.seen.contains_key(path));
        Ok(waiting)
    }

    /// Asks for what one folder was put there for; whether it is done with, or explained.
    async fn answer(&mut self, put: &Put, stands: (Look, bool)) -> Result<bool, AgentError> {
        match give(self.office, put, stands.1).await? {
            Given::Stands(done) => {
                self.line.worked(self.office);
                self.each.remove(&put.path);
                if let Some(path) = self.settle(put, &done)? {
                    self.told(put, &done, &path);
                }
                Ok(true)
            }
            Given::Not(failed) => {
                self.line.worked(self.office);
                self.explain(put, &failed)?;
                self.explained.insert(put.path.clone(), stands);
                self.pass.failed = self.pass.failed.saturating_add(1);
                Ok(true)
            }
            Given::Away(error) => {
                self.away(put, &error);
                self.each.entry(put.path.clone()).or_default().failed();
                Ok(false)
            }
        }
    }

    fn told(&self, put: &Put, done: &Stands, path: &Path) {
        let event = match (put.act, done.repeated) {
            (Act::Recall, _) => "recalled",
            (Act::Answer(_), true) => "answered-before",
            (Act::Answer(_), false) => "answered",
        };
        let id = done.proofs.first().map(|(stated, _)| stated.document);
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let told = Told::new(event).with("id", &id);
        let told = told.with("path", &self.places.shown(path));
        self.office.tell(told.with("state", &states(done, "; ")));
    }

    /// The gateway answered with an error of its own, or not at all.
    fn away(&mut self, put: &Put, error: &ClientError) {
        self.pass.unreachable = true;
        if let ClientError::Problem(problem) = error {
            let path = self.places.shown(&put.path);
            let told = Told::new("waits").with("path", &path);
            self.office.tell(told.with("problem", &problem.title));
        } else {
            self.line.failed(self.office, &error.to_string());
        }
    }

    /// Puts the receipts and a word beside the files, forgets the document, and moves the folder to its month.
    /// Done again after a crash, each step finds what was done.
    fn settle(&self, put: &Put, done: &Stands) -> Result<Option<PathBuf>, AgentError> {
        let failed = |e: io::Error| AgentError::disk(&put.path, &e);
        let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
        let Some((stated, _)) = done.proofs.last() else {
            return Ok(None);
        };
        let root = self.places.receipts();
        proofs::keep(self.office, &root, &done.code, &done.proofs, &done.reasons)?;
        let text = self.words(put.act, done, stated.at);
        match self.papers(put, done, &text) {
            // Taken away meanwhile; what was done stands.
            Err(e) if gone(&e) => {}
            other => other.map_err(failed)?,
        }
        if matches!(put.act, Act::Answer(_)) {
            if let Some(received) = Received::of(self.places, stated.document)? {
                // What was answered may have been another copy of the one that still lies in the inbox.
                let folder = self.places.inbox().join(received.folder);
                let [said, _] = put.act.papers();
                if folder != put.path {
                    news::paper(self.office, &folder, said, &text)?;
                }
            }
            Received::forget(self.places, stated.document)?;
        }
        let place = put.path.parent().unwrap_or(&put.path);
        let month = place.join(proofs::month(stated.at));
        disk::folder(&month).map_err(failed)?;
        let folder = put.path.file_name().unwrap_or_default().to_string_lossy();
        match disk::carry_free(&put.path, &month, &folder) {
            Ok(name) => Ok(Some(month.join(name))),
            Err(e) if gone(&e) => Ok(Some(put.path.clone())),
            Err(e) => Err(failed(e)),
        }
    }

    fn words(&self, act: Act, done: &Stands, at: Timestamp) -> String {
        let at = lang::report::moment(at);
        let (key, state) = match act {
            Act::Answer(_) => {
                let state = done.states.first().map(|(_, state)| state.clone());
                ("folder-answered-text", state.unwrap_or_default())
            }
            Act::Recall => ("folder-recalled-text", states(done, "\n")),
        };
        let receipt = act.receipt().unwrap_or_default();
        let values = [
            ("state", state.as_str()),
            ("at", at.as_str()),
            ("receipt", receipt),
        ];
        lang::text(self.office.language, key, &values)
    }

    /// What lies in the folder afterwards.
    fn papers(&self, put: &Put, done: &Stands, text: &str) -> io::Result<()> {
        let name = |key: &str| put.path.join(lang::text(self.office.language, key, &[]));
        for (stated, der) in &done.proofs {
            let unit = stated.recipient.as_ref().map(|unit| unit.as_str());
            let unit = names::safe(unit.unwrap_or_default(), MAX_UNIT);
            let of_each = format!("bien-nhan-thu-hoi {unit}.p7m");
            let file = put.act.receipt().unwrap_or(&of_each);
            disk::write(&put.path.join(file), der)?;
        }
        let [said, explained] = put.act.papers();
        disk::write(&name(said), format!("{text}\n").as_bytes())?;
        disk::forget(&name(explained))
    }

    /// Says in the folder why nothing was done, and what to do.
    fn explain(&self, put: &Put, failed: &Failed) -> Result<(), AgentError> {
        let language = self.office.language;
        let values = [
            ("code", failed.code.as_str()),
            ("message", failed.message.as_str()),
            ("next", failed.next.as_str()),
        ];
        let (key, event) = match put.act {
            Act::Answer(_) => ("folder-unanswered-text", "unanswered"),
            Act::Recall => ("folder-unrecalled-text", "unrecalled"),
        };
        let text = lang::text(language, key, &values);
        let [_, explained] = put.act.papers();
        let path = put.path.join(lang::text(language, explained, &[]));
        let written = disk::write(&path, format!("{text}\n").as_bytes());
        let told = Told::new(event).with("path", &self.places.shown(&put.path));
        let told = told.with("code", &failed.code);
        self.office.tell(told.with("problem", &failed.message));
        match written {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(AgentError::disk(&path, &e)),
            _ => Ok(()),
        }
    }
}

/// What it is now; of an answer the state alone.
fn states(done: &Stands, between: &str) -> String {
    let one = |(unit, state): &(String, String)| match done.states.len() {
        1 => state.clone(),
        _ => format!("{unit}: {state}"),
    };
    let all: Vec<String> = done.states.iter().map(one).collect();
    all.join(between)
}
