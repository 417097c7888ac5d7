//! Sending: claim, fix what is sent, send, put the folder where it belongs; each step written down before it
//! is done, so that it can be done again.

use super::draft::{self, told};
use super::gather::{as_seen, gathered, source};
use super::held::Held;
use super::job::{Answer, Job, Outcome, Ready, Step, Taken};
use super::line::Line;
use super::meaning::{is_final, is_odd, key_after, of_problem, withdrawn};
use super::outbox::{self, Candidate, Watch};
use super::places::Places;
use super::retry::Retry;
use super::tell::Told;
use super::{Agent, AgentError, Office, Options, Pass, disk, follow, names, papers};
use crate::client::progress::Progress;
use crate::client::upload::{Source, Upload};
use crate::client::{ClientError, Sent, receipts};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::{Digest, Disposition, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most documents on their way at once: when some do not get through, others still may.
const MAX_OPEN: usize = 100;
/// How often a document is tried that the gateway or a file answers with an error of its own, which may yet
/// pass: a broken connection can look like one.
const MAX_ODD: u32 = 5;

/// How many withdrawn documents of the same content one that is put into the outbox again may come after.
const MAX_ANEW: u32 = 16;

/// What the next step of a document has to wait for.
enum Ahead {
    /// Go on.
    On,
    /// Nothing more to do.
    Done,
    /// This document waits.
    Later,
    /// The gateway does not do its part: everything waits.
    Away,
}

/// Sends, round by round.
pub(super) struct Sender<'a> {
    office: &'a Office,
    places: &'a Places,
    options: Options,
    watch: Watch,
    line: &'a Line,
    each: BTreeMap<String, Retry>,
    strange: BTreeSet<PathBuf>,
    /// Documents that this process took and did not try to send yet.
    unsent: BTreeSet<String>,
    pass: Pass,
}

impl<'a> Sender<'a> {
    pub(super) fn new(
        office: &'a Office,
        places: &'a Places,
        line: &'a Line,
        options: Options,
    ) -> Self {
        Self {
            office,
            places,
            options,
            watch: Watch::default(),
            line,
            each: BTreeMap::new(),
            strange: BTreeSet::new(),
            unsent: BTreeSet::new(),
            pass: Pass::default(),
        }
    }

    /// What came of it so far.
    pub(super) fn pass(&self) -> Pass {
        self.pass
    }

    /// One round: what is on its way first, then what is new. Whether something waits.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub(super) async fn round(&mut self) -> Result<bool, AgentError> {
        let mut open = 0usize;
        let mut jobs = Job::all(self.places)?;
        jobs.sort_by_key(Job::rank);
        for job in jobs {
            let id = job.id.clone();
            // Only what was taken by this process, or is being taken, is known never to have been sent.
            let unsent = job.step == Step::Claimed || self.unsent.contains(&id);
            let anew = if unsent { MAX_ANEW } else { 0 };
            if !self.advance(job, anew).await? {
                open = open.saturating_add(1);
            } else {
                self.each.remove(&id);
            }
        }
        let outbox = self.places.outbox();
        let look = self.watch.look(self.places, Agent::patience(self.options));
        let look = look.map_err(|e| AgentError::disk(&outbox, &e))?;
        for path in look.strange {
            if self.strange.insert(path.clone()) {
                self.say("strange", &path);
            }
        }
        let mut waiting = look.waiting > 0 || open > 0;
        let room = match self.line.is_due() {
            true => MAX_OPEN.saturating_sub(open),
            false => 0,
        };
        waiting |= look.ready.len() > room;
        for job in self.taken(look.ready.into_iter().take(room)).await? {
            waiting |= !self.advance(job, MAX_ANEW).await?;
        }
        Ok(waiting)
    }

    /// Takes documents out of the outbox, all of them before the first is sent: only then is it known which of them
    /// are urgent, and those come first.
    async fn taken(
        &mut self,
        candidates: impl Iterator<Item = Candidate>,
    ) -> Result<Vec<Job>, AgentError> {
        let mut jobs = Vec::new();
        for candidate in candidates {
            let Some(mut job) = self.claim(&candidate)? else {
                continue;
            };
            match self.gather(&mut job).await? {
                Ahead::Done => {}
                Ahead::On | Ahead::Later | Ahead::Away => {
                    self.unsent.insert(job.id.clone());
                    jobs.push(job);
                }
            }
        }
        jobs.sort_by_key(Job::rank);
        Ok(jobs)
    }

    fn say(&self, event: &'static str, path: &Path) {
        self.office
            .tell(Told::new(event).with("path", &self.places.shown(path)));
    }

    /// Writes down that these files are one document, before they are moved.
    fn claim(&self, candidate: &Candidate) -> Result<Option<Job>, AgentError> {
        let mut files: Vec<Taken> = Vec::new();
        let all = candidate.sidecar.iter().map(|f| (f, true));
        for (found, sidecar) in all.chain(candidate.files.iter().map(|f| (f, false))) {
            let name = found.path.file_name().unwrap_or_default().to_string_lossy();
            // Names that are no text may look alike once they are.
            let taken = |name: &str| files.iter().any(|f| f.name == name);
            let name = (1..).map(|n| names::numbered(&name, n)).find(|n| !taken(n));
            let from = found.path.as_os_str().as_bytes().to_vec();
            files.push(Taken::new(
                from,
                name.unwrap_or_default(),
                sidecar,
                found.print,
            ));
        }
        let main = files.iter().find(|f| !f.sidecar).or_else(|| files.first());
        let Some(main) = main else { return Ok(None) };
        let sending = self.places.sending();
        // Room for a number beside it.
        let stem = names::safe(names::stem(&main.name), names::MAX_NAME.saturating_sub(16));
        let name = disk::free(&sending, &stem).map_err(|e| AgentError::disk(&sending, &e))?;
        let id = uuid::Uuid::now_v7().to_string();
        let mut job = Job::new(id, name, candidate.folder.clone(), files);
        job.missing.clone_from(&candidate.missing);
        job.keep(self.places)?;
        Ok(Some(job))
    }

    /// Does step after step; whether the document came to its end. `anew`: see [`Self::attempt`].
    async fn advance(&mut self, mut job: Job, mut anew: u32) -> Result<bool, AgentError> {
        loop {
            let ahead = match job.step.clone() {
                Step::Claimed => self.gather(&mut job).await?,
                Step::Ready(ready) => self.attempt(&mut job, &ready, &mut anew).await?,
                Step::Decided { outcome, folder } => self.file(&mut job, &outcome, &folder)?,
            };
            match ahead {
                Ahead::On => {}
                Ahead::Done => return Ok(true),
                Ahead::Later | Ahead::Away => return Ok(false),
            }
        }
    }

    /// Moves the files out of the outbox and fixes what is sent.
    async fn gather(&mut self, job: &mut Job) -> Result<Ahead, AgentError> {
        let folder = job.folder(self.places);
        let failed = |e: io::Error| AgentError::disk(&folder, &e);
        disk::folder(&folder).map_err(failed)?;
        let mut moved = true;
        for file in &job.files {
            let (from, to) = (
                Path::new(OsStr::from_bytes(&file.from)),
                folder.join(&file.name),
            );
            moved &= match self.place_of(from) {
                Ok(place) => gathered(file, &source(&place, from), &to).map_err(failed)?,
                // A move that is done needs no folder to come from.
                Err(e) if outbox::went_away(&e) => fs::symlink_metadata(&to).is_ok(),
                Err(e) => return Err(failed(e)),
            };
        }
        if !moved || !as_seen(job, &folder) {
            return self.put_back(job);
        }
        for file in &job.files {
            disk::sync_bytes(&folder.join(&file.name)).map_err(failed)?;
        }
        let at = self.office.clock.now();
        let drafted = draft::ready(job, self.places, &self.office.unit, at).await;
        if !as_seen(job, &folder) {
            return self.put_back(job);
        }
        match drafted {
            Ok(ready) => job.step = Step::Ready(ready),
            Err(unfit) => {
                let failed = unfit.told(self.office.language);
                return self.decide(job, Outcome::Failed(failed));
            }
        }
        job.keep(self.places)?;
        let folder = self.places.shown(&folder);
        self.office.tell(Told::new("taken").with("path", &folder));
        Ok(Ahead::On)
    }

    /// The folder of the outbox in which a file lay.
    fn place_of(&self, from: &Path) -> io::Result<Held> {
        let above = from.parent().unwrap_or_else(|| Path::new("."));
        outbox::opened(above, above == self.places.outbox())
    }

    /// Somebody changed or took a file meanwhile. Nothing was sent: everything goes back where it lay.
    fn put_back(&self, job: &Job) -> Result<Ahead, AgentError> {
        let folder = job.folder(self.places);
        let failed = |e: io::Error| AgentError::disk(&folder, &e);
        for file in &job.files {
            let (from, here) = (
                Path::new(OsStr::from_bytes(&file.from)),
                folder.join(&file.name),
            );
            let above = from.parent().unwrap_or_else(|| Path::new("."));
            if fs::symlink_metadata(&here).is_ok() {
                disk::folder(above).map_err(failed)?;
                let outbox = || Held::any(&self.places.outbox());
                // Where the folder was is something else now: the office finds the file a folder above.
                let place = self.place_of(from).or_else(|_| outbox()).map_err(failed)?;
                let name = from.file_name().unwrap_or_default().to_string_lossy();
                disk::carry_free(&here, place.path(), &name).map_err(failed)?;
            }
        }
        // Only if nothing else lies there.
        let _ = fs::remove_dir(&folder);
        job.forget(self.places)?;
        self.say("put-back", &folder);
        Ok(Ahead::Done)
    }

    /// Sends it once; what is not known to have failed is tried again under the same key. `anew` says how often it may
    /// take a new one: where this is its first try, a document that was withdrawn is an earlier one, and the office
    /// wants it sent again.
    async fn attempt(
        &mut self,
        job: &mut Job,
        ready: &Ready,
        anew: &mut u32,
    ) -> Result<Ahead, AgentError> {
        if !self.line.is_due() {
            return Ok(Ahead::Away);
        }
        if !self.each.get(&job.id).is_none_or(Retry::is_due) {
            return Ok(Ahead::Later);
        }
        self.unsent.remove(&job.id);
        let folder = job.folder(self.places);
        let digests = ready.digests.iter().map(|hex| Digest::from_hex(hex));
        let digests = digests.chain(std::iter::repeat(None));
        let upload = |((name, own), digest): (&(String, String), Option<Digest>)| {
            let path = folder.join(own);
            Upload {
                name: name.clone(),
                // The key stands for these bytes, whoever changed the file meanwhile.
                source: digest.map_or_else(
                    || Source::File(path.clone()),
                    |digest| Source::Known(path.clone(), digest),
                ),
            }
        };
        let uploads: Vec<Upload> = ready.files.iter().zip(digests).map(upload).collect();
        let (envelope, key) = (ready.envelope.as_bytes(), Some(ready.key.as_str()));
        let client = &self.office.client;
        let sent = client
            .send(envelope, &uploads, key, &Progress::silent())
            .await;
        let answer = match sent {
            Ok(sent) => self.answer(ready, &sent),
            Err(error) => Err(error),
        };
        match answer {
            Ok(outcome) => {
                self.pass.unreachable = false;
                self.line.worked(self.office);
                match withdrawn(&outcome).filter(|_| *anew > 0) {
                    Some(earlier) => {
                        *anew = anew.saturating_sub(1);
                        let key = key_after(&ready.key, earlier);
                        job.step = Step::Ready(Ready {
                            key,
                            ..ready.clone()
                        });
                        job.keep(self.places)?;
                        Ok(Ahead::On)
                    }
                    None => self.decide(job, outcome),
                }
            }
            Err(error) => self.not_sent(job, ready, &error),
        }
    }

    /// What the gateway answered, once its receipt holds; a forged answer is no answer.
    fn answer(&self, ready: &Ready, sent: &Sent) -> Result<Outcome, ClientError> {
        let office = self.office;
        let bad = |e: receipts::BadReceipt| ClientError::Unexpected(sent.status, e.to_string());
        let submitted = &sent.submitted;
        let (stated, _) = receipts::open(&submitted.receipt, &office.receipt_ca).map_err(bad)?;
        let envelope = ready.envelope.as_bytes();
        receipts::of_send(&stated, office.unit.as_str(), envelope, sent).map_err(bad)?;
        let known = Envelope::parse(envelope).ok();
        let code = known
            .as_ref()
            .map(|e| format!("{}/{}", e.number.as_str(), e.notation.as_str()));
        let answer = Answer {
            id: submitted.id.clone(),
            disposition: submitted.disposition.clone(),
            message: submitted.verdict.message.clone(),
            at: stated.at.to_string(),
            position: stated.position.0,
            event: stated.event.clone(),
            receipt: submitted.receipt.p7m.clone(),
            repeated: submitted.repeated,
            withdrawn: submitted.withdrawn,
            duplicate_of: submitted.duplicate_of.clone(),
            hold_until: submitted.hold_until.clone(),
            redirected: submitted
                .redirected
                .iter()
                .map(|one| one.message.clone())
                .collect(),
            code: code.unwrap_or_default(),
            subject: known.map(|e| e.subject).unwrap_or_default(),
        };
        // The receipt decides, not the status line.
        Ok(match stated.judged.disposition {
            Disposition::Refuse => Outcome::Refused(answer),
            Disposition::Accept | Disposition::Hold | Disposition::Record => Outcome::Sent(answer),
        })
    }

    fn not_sent(
        &mut self,
        job: &mut Job,
        ready: &Ready,
        error: &ClientError,
    ) -> Result<Ahead, AgentError> {
        let language = self.office.language;
        let odd = match error {
            ClientError::Problem(problem) if is_final(problem) => {
                let envelope = Envelope::parse(ready.envelope.as_bytes()).ok();
                let failed = of_problem(problem, envelope.as_ref());
                return self.decide(job, Outcome::Failed(failed));
            }
            ClientError::Problem(problem) => is_odd(problem),
            ClientError::File(..) => true,
            ClientError::Unreachable { .. }
            | ClientError::Unexpected(..)
            | ClientError::Setup(_) => false,
        };
        let shown = lang::foreign(language, &error.to_string());
        let values = [("one", shown.as_str())];
        let since = Timestamp::parse(&ready.since).unwrap_or_default();
        let tried = self.office.clock.now().0.saturating_sub(since.0);
        if tried >= i64::try_from(self.options.give_up.as_millis()).unwrap_or(i64::MAX) {
            let failed = told(language, "given-up", &values);
            return self.decide(job, Outcome::Failed(failed));
        }
        if !odd {
            self.pass.unreachable = true;
            self.line.failed(self.office, &shown);
            return Ok(Ahead::Away);
        }
        let retry = self.each.entry(job.id.clone()).or_default();
        retry.failed();
        if retry.failures() >= MAX_ODD {
            let failed = told(language, "odd", &values);
            return self.decide(job, Outcome::Failed(failed));
        }
        let name = lang::visible(&job.name);
        let waits = Told::new("waits")
            .with("path", &name)
            .with("problem", &shown);
        self.office.tell(waits);
        Ok(Ahead::Later)
    }

    fn decide(&self, job: &mut Job, outcome: Outcome) -> Result<Ahead, AgentError> {
        let to = self.target(&outcome);
        let folder = disk::free(&to, &job.name).map_err(|e| AgentError::disk(&to, &e))?;
        let outcome = Box::new(outcome);
        job.step = Step::Decided { outcome, folder };
        job.keep(self.places)?;
        Ok(Ahead::On)
    }

    fn target(&self, outcome: &Outcome) -> PathBuf {
        match outcome {
            Outcome::Sent(_) => self.places.processed(),
            Outcome::Refused(_) | Outcome::Failed(_) => self.places.failed(),
        }
    }

    /// Writes the outcome beside the files, moves the folder, and forgets the job.
    fn file(
        &mut self,
        job: &mut Job,
        outcome: &Outcome,
        folder: &str,
    ) -> Result<Ahead, AgentError> {
        let here = job.folder(self.places);
        let to = self.target(outcome);
        if fs::symlink_metadata(&here).is_ok() {
            papers::write(job, outcome, &here, self.office.language)
                .map_err(|e| AgentError::disk(&here, &e))?;
            match disk::carry(&here, &to.join(folder)) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    return self.decide(job, outcome.clone());
                }
                Err(e) => return Err(AgentError::disk(&here, &e)),
                Ok(()) => {}
            }
        }
        let path = self.places.shown(&to.join(folder));
        let told = match outcome {
            Outcome::Sent(answer) => {
                let event = if answer.repeated { "repeated" } else { "sent" };
                let told = Told::new(event).with("id", &answer.id).with("path", &path);
                told.with("disposition", &answer.disposition)
            }
            Outcome::Refused(answer) => {
                let told = Told::new("refused")
                    .with("id", &answer.id)
                    .with("path", &path);
                told.with("problem", &answer.message)
            }
            Outcome::Failed(failed) => {
                let told = Told::new("failed").with("path", &path);
                told.with("code", &failed.code)
                    .with("problem", &failed.message)
            }
        };
        if !matches!(outcome, Outcome::Sent(_)) {
            self.pass.failed = self.pass.failed.saturating_add(1);
        }
        if let Outcome::Sent(answer) | Outcome::Refused(answer) = outcome {
            follow::begin(self.places, answer.position)?;
        }
        job.forget(self.places)?;
        self.office.tell(told);
        Ok(Ahead::Done)
    }
}
