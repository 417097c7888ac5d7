//! Answers by moving folders: what the office puts into `accepted/` is accepted, what it puts into `refused/` is
//! refused with the reason that it wrote. Nothing is answered that is not recognised for certain, and nothing
//! while it is still being moved, copied or written.

use super::draft::told;
use super::job::Failed;
use super::letter;
use super::line::Line;
use super::news::{self, Described};
use super::outbox::Print;
use super::places::Places;
use super::proofs;
use super::reason::{self, NoReason};
use super::received::Received;
use super::retry::Retry;
use super::{AgentError, Office, Options, Pass, Told, disk, names};
use crate::client::wire::{AnswerRequest, Problem};
use crate::client::{ClientError, receipts};
use crate::lang;
use crate::model::{DocumentId, Status};
use crate::seal::receipt;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// The most folders looked at in one place; the rest waits until these are answered.
const MOST: usize = 1_000;
/// The most files of a folder that are looked at for whether they rest.
const MOST_FILES: usize = 1_000;

/// How a folder stands: its files with their prints.
type Look = Vec<(PathBuf, Print)>;

/// A folder that was put somewhere to be answered.
struct Put {
    path: PathBuf,
    status: Status,
    described: Option<Described>,
}

/// An answer that stands.
struct Stands {
    stated: receipt::Receipt,
    der: Vec<u8>,
    reason: Option<String>,
    repeated: bool,
}

/// How an answer ended.
enum Given {
    /// It stands, and its receipt says so.
    Stands(Box<Stands>),
    /// It cannot be given like this.
    Not(Failed),
    /// Later.
    Later,
}

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
        let accepted = self.put(&self.places.accepted(), Status::Accepted)?;
        let refused = self.put(&self.places.refused(), Status::Refused)?;
        let twice = both(&accepted, &refused);
        let mut waiting = false;
        let now = Instant::now();
        let mut seen = BTreeMap::new();
        for put in accepted.into_iter().chain(refused) {
            let Some(look) = look(&put.path) else {
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

    /// The folders that lie in a place; those of months hold what was answered.
    fn put(&self, place: &Path, status: Status) -> Result<Vec<Put>, AgentError> {
        let failed = |e: io::Error| AgentError::disk(place, &e);
        // Somebody may have put the place itself away.
        disk::folder(place).map_err(failed)?;
        let mut all = Vec::new();
        for entry in fs::read_dir(place).map_err(failed)?.take(MOST) {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_folder || names::is_passed_over(&name) || is_month(&name) {
                continue;
            }
            let path = entry.path();
            let described = news::described(&path);
            all.push(Put {
                path,
                status,
                described,
            });
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }

    /// Gives one answer; whether it is done with, or explained.
    async fn answer(&mut self, put: &Put, stands: (Look, bool)) -> Result<bool, AgentError> {
        let language = self.office.language;
        let unfit = |code: &str| Given::Not(told(language, code, &[]));
        let given = match (&put.described, stands.1) {
            (None, _) => unfit("answer-unknown"),
            (Some(_), true) => unfit("answer-both"),
            (Some(described), false) => self.give(put, described).await?,
        };
        match given {
            Given::Stands(stands) => {
                self.each.remove(&put.path);
                let (stated, repeated) = (&stands.stated, stands.repeated);
                let put = self.settle(put, &stands);
                if let Some(path) = put? {
                    let words = lang::word(language, "state", status_of(stated).name());
                    let event = if repeated {
                        "answered-before"
                    } else {
                        "answered"
                    };
                    let told = Told::new(event).with("id", &stated.document.to_string());
                    let told = told.with("path", &self.places.shown(&path));
                    self.office.tell(told.with("state", &words));
                }
                Ok(true)
            }
            Given::Not(failed) => {
                self.explain(put, &failed)?;
                self.explained.insert(put.path.clone(), stands);
                self.pass.failed = self.pass.failed.saturating_add(1);
                Ok(true)
            }
            Given::Later => {
                self.each.entry(put.path.clone()).or_default().failed();
                Ok(false)
            }
        }
    }

    async fn give(&mut self, put: &Put, described: &Described) -> Result<Given, AgentError> {
        let language = self.office.language;
        let not = |code: &str| Given::Not(told(language, code, &[]));
        let mut request = AnswerRequest {
            status: put.status.name().to_owned(),
            reason: None,
            staff: None,
        };
        if put.status == Status::Refused {
            let reason = reason::of(&put.path).map_err(|e| AgentError::disk(&put.path, &e))?;
            match reason {
                Ok(reason) => request.reason = Some(reason),
                Err(NoReason::Empty) => return Ok(not("answer-reason")),
                Err(NoReason::Long) => return Ok(not("answer-reason-long")),
                Err(NoReason::NoText) => return Ok(not("answer-reason-text")),
            }
        }
        let answer = self.office.client.answer(described.id, &request).await;
        let reason = request.reason;
        let answer = answer.and_then(|answer| {
            let opened = receipts::open(&answer.receipt, &self.office.receipt_ca);
            let (stated, der) = opened.map_err(|e| ClientError::Unexpected(200, e.to_string()))?;
            if self.is_ours(&stated, described.id, put.status) {
                Ok(Given::Stands(Box::new(Stands {
                    stated,
                    der,
                    // What is repeated stands with the words that were given first.
                    reason: reason.filter(|_| !answer.repeated),
                    repeated: answer.repeated,
                })))
            } else {
                Err(ClientError::Unexpected(200, "another receipt".to_owned()))
            }
        });
        match answer {
            Ok(given) => {
                self.line.worked(self.office);
                Ok(given)
            }
            Err(ClientError::Problem(problem)) if is_final(&problem) => {
                self.line.worked(self.office);
                Ok(Given::Not(self.of_problem(described.id, &problem).await))
            }
            Err(ClientError::Problem(problem)) => {
                let path = self.places.shown(&put.path);
                let told = Told::new("waits").with("path", &path);
                self.office.tell(told.with("problem", &problem.title));
                self.pass.unreachable = true;
                Ok(Given::Later)
            }
            Err(error) => {
                self.pass.unreachable = true;
                self.line.failed(self.office, &error.to_string());
                Ok(Given::Later)
            }
        }
    }

    /// Whether a receipt is of this answer.
    fn is_ours(&self, stated: &receipt::Receipt, id: DocumentId, status: Status) -> bool {
        stated.document == id
            && stated.event == "answered"
            && stated.recipient.as_ref() == Some(&self.office.unit)
            && stated.status == Some(status)
    }

    /// Why an answer cannot be given: with the answer that stands, if there is one.
    async fn of_problem(&self, id: DocumentId, problem: &Problem) -> Failed {
        let language = self.office.language;
        let view = self.office.client.document(id).await.ok();
        let own = view.and_then(|view| {
            let mut all = view.recipients.into_iter();
            all.find(|r| r.unit == self.office.unit.as_str() && r.answered.is_some())
        });
        if let Some(own) = own {
            let state = lang::word(language, "state", &own.state);
            let at = own
                .answered
                .as_deref()
                .map(letter::moment)
                .unwrap_or_default();
            let values = [("one", state.as_str()), ("two", at.as_str())];
            return told(language, "answer-stands", &values);
        }
        Failed {
            code: problem.code.clone(),
            message: problem.title.clone(),
            next: problem.detail.clone(),
        }
    }

    /// Puts the receipt and a word beside the files, forgets the document, and moves the folder to its month.
    /// Done again after a crash, each step finds what was done.
    fn settle(&self, put: &Put, stands: &Stands) -> Result<Option<PathBuf>, AgentError> {
        let (stated, der, reason) = (&stands.stated, &stands.der, stands.reason.as_deref());
        let failed = |e: io::Error| AgentError::disk(&put.path, &e);
        let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
        let language = self.office.language;
        let name = |key: &str| put.path.join(lang::text(language, key, &[]));
        let code = put
            .described
            .as_ref()
            .map(|d| d.code.clone())
            .unwrap_or_default();
        let proof = [(stated.clone(), der.to_vec())];
        let unit = self.office.unit.to_string();
        let reasons = reason
            .map(|reason| (unit, reason.to_owned()))
            .into_iter()
            .collect();
        proofs::keep(
            self.office,
            &self.places.receipts(),
            &code,
            &proof,
            &reasons,
        )?;
        let state = lang::word(language, "state", status_of(stated).name());
        let at = lang::report::moment(stated.at);
        let values = [("state", state.as_str()), ("at", at.as_str())];
        let text = lang::text(language, "folder-answered-text", &values);
        let written = disk::write(&put.path.join(letter::ANSWERED), der)
            .and_then(|()| {
                disk::write(
                    &name("folder-answered-name"),
                    format!("{text}\n").as_bytes(),
                )
            })
            .and_then(|()| disk::forget(&name("folder-unanswered-name")));
        match written {
            // Taken away meanwhile; the answer stands.
            Err(e) if gone(&e) => {}
            other => other.map_err(failed)?,
        }
        Received::forget(self.places, stated.document)?;
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

    /// Says in the folder why nothing was answered, and what to do.
    fn explain(&self, put: &Put, failed: &Failed) -> Result<(), AgentError> {
        let language = self.office.language;
        let values = [
            ("code", failed.code.as_str()),
            ("message", failed.message.as_str()),
            ("next", failed.next.as_str()),
        ];
        let text = lang::text(language, "folder-unanswered-text", &values);
        let path = put
            .path
            .join(lang::text(language, "folder-unanswered-name", &[]));
        let written = disk::write(&path, format!("{text}\n").as_bytes());
        let told = Told::new("unanswered").with("path", &self.places.shown(&put.path));
        let told = told.with("code", &failed.code);
        self.office.tell(told.with("problem", &failed.message));
        match written {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(AgentError::disk(&path, &e)),
            _ => Ok(()),
        }
    }
}

/// Documents that were put into both places.
fn both(accepted: &[Put], refused: &[Put]) -> Vec<DocumentId> {
    let id = |put: &Put| put.described.as_ref().map(|d| d.id);
    let others: Vec<DocumentId> = refused.iter().filter_map(id).collect();
    let ids = accepted.iter().filter_map(id);
    ids.filter(|id| others.contains(id)).collect()
}

/// The files of a folder but those that the agent writes into it; `None` if it went away.
fn look(folder: &Path) -> Option<Look> {
    let mut look = Vec::new();
    let own = |name: &str| {
        [crate::model::Language::Vi, crate::model::Language::En]
            .iter()
            .any(|l| name == lang::text(*l, "folder-unanswered-name", &[]))
    };
    for entry in fs::read_dir(folder).ok()?.take(MOST_FILES) {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if own(&name) || (name.starts_with('.') && name.ends_with(disk::UNFINISHED)) {
            continue;
        }
        let data = fs::symlink_metadata(entry.path()).ok()?;
        look.push((entry.path(), Print::of(&data)));
    }
    look.sort_by(|a, b| a.0.cmp(&b.0));
    Some(look)
}

fn status_of(stated: &receipt::Receipt) -> Status {
    stated.status.unwrap_or(Status::Arrived)
}

/// `2026-11`: what was answered in that month.
fn is_month(name: &str) -> bool {
    let parts = name.split_once('-');
    parts.is_some_and(|(year, month)| {
        let digits =
            |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        digits(year, 4) && digits(month, 2)
    })
}

/// Whether a problem lies in the answer, so that trying again is of no use.
fn is_final(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 404 | 409 | 410 | 413) && problem.code != "moved_meanwhile"
}
