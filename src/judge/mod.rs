//! Judging on fixed threads: the bytes of a document into findings, a judgement and the report.
//!
//! What is judged is what is kept (`verdicts.md` §4): every file is read through the read-only
//! handle that will be kept, and its digest is computed again here and compared with the one
//! computed while it arrived. The queue is bounded in bytes; a full queue answers
//! [`JudgeError::Busy`] at once, and [`JudgeError::Share`] to a unit that fills half of it. Units have
//! their turns in it.

pub mod bundle;
mod hindsight;
mod pool;
pub mod report;
mod rounds;

pub use hindsight::Hindsight;
pub use rounds::Patience;

use crate::fetch::Gatherer;
use crate::format::content::{Content, SharedContent};
use crate::format::envelope::Envelope;
use crate::model::event::FileRole;
use crate::model::{Digest, Hasher, Indication, Timestamp, UnitCode};
use crate::policy::{FileFinding, Judgement, Rules, Sent, judge_document};
use crate::store::Staged;
use crate::telemetry::names;
use crate::trust::evidence::{EvidenceKind, Need};
use crate::trust::material::Material;
use crate::trust::report::{FileReport, TimestampReport};
use crate::trust::timestamp::judge_over;
use crate::trust::validator::{Beside, Signed, Validator};
use bytes::Bytes;
use pool::Pool;
use rounds::{Rounds, Wants};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Certificates that one document is found by: a hundred files of ten signatures each, under
/// authorities of their own.
const MAX_RESTS_ON: usize = 4096;

/// A file to be judged: a read-only handle, and what was computed while it arrived.
#[derive(Clone)]
pub struct FileInput {
    /// Its bytes.
    pub content: SharedContent,
    /// The digest under which it is or will be kept.
    pub digest: Digest,
    /// Its length.
    pub size: u64,
}

impl From<&Staged> for FileInput {
    fn from(staged: &Staged) -> Self {
        Self {
            content: Arc::clone(&staged.content),
            digest: staged.digest,
            size: staged.size,
        }
    }
}

impl fmt::Debug for FileInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileInput({}, {} bytes)", self.digest, self.size)
    }
}

/// A document to be judged.
#[derive(Clone, Debug)]
pub struct Job {
    /// The sending unit, proved.
    pub sender: UnitCode,
    /// Its envelope.
    pub envelope: Arc<Envelope>,
    /// Its files in the envelope's order.
    pub files: Vec<FileInput>,
    /// When it arrived: who was bound then may speak for the sender (`verdicts.md` §2).
    pub arrived: Timestamp,
    /// The moment as of which it is judged.
    pub at: Timestamp,
    /// Where it was judged and relayed before.
    pub hindsight: Option<Hindsight>,
}

/// A judged document.
#[derive(Debug)]
pub struct Judged {
    /// What was found in each file.
    pub findings: Vec<FileFinding>,
    /// The decision.
    pub judgement: Judgement,
    /// The report as it is kept (JSON).
    pub report: Bytes,
    /// Everything that the verdicts rest on, each thing once.
    pub evidence: Vec<Basis>,
    /// Those of it that are certificates of trust anchors.
    anchors: BTreeSet<Digest>,
}

/// Something that a verdict rests on, to be kept with the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Basis {
    /// `certificate`, `crl`, `ocsp`, `timestamp` or `algorithms`.
    pub kind: &'static str,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Judged {
    /// The certificates below the anchors that it rests on, if it passed and is relayed: one of them
    /// may turn out to have been revoked. No list says anything of an anchor.
    #[must_use]
    pub fn rests_on(&self) -> Vec<Digest> {
        let Judgement {
            indication,
            disposition,
            ..
        } = &self.judgement;
        if *indication != Indication::TotalPassed || !disposition.relays() {
            return Vec::new();
        }
        let certificates = self.evidence.iter();
        let certificates = certificates.filter(|b| b.kind == EvidenceKind::Certificate.name());
        let below = certificates.filter(|b| !self.anchors.contains(&b.sha256));
        below.map(|b| b.sha256).take(MAX_RESTS_ON).collect()
    }

    /// What would settle it, where only evidence is missing.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        Wants::needs(self)
    }
}

/// Why a document was not judged; never a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JudgeError {
    /// The queue is full.
    #[error("the judging queue is full")]
    Busy,
    /// The unit has as much in the queue as one may have.
    #[error("the unit's share of the judging queue is full")]
    Share,
    /// The judging threads have been told to stop.
    #[error("judging has stopped")]
    Stopped,
    /// The bytes read back are not those that arrived.
    #[error("a staged body does not have the digest computed while it arrived")]
    Changed,
}

/// The judging threads, and who fetches what they lack.
#[derive(Debug)]
pub struct Judge {
    pool: Pool,
    gatherer: Option<Gatherer>,
}

impl Judge {
    /// Starts `threads` threads with a queue of `queue_bytes` bytes. Nothing is fetched.
    #[must_use]
    pub fn new(threads: usize, queue_bytes: u64) -> Self {
        Self {
            pool: Pool::start(threads.max(1), queue_bytes),
            gatherer: None,
        }
    }

    /// With someone who fetches what judgements lack.
    #[must_use]
    pub fn fetching(self, gatherer: Gatherer) -> Self {
        Self {
            gatherer: Some(gatherer),
            ..self
        }
    }

    /// Who fetches, if anyone does.
    #[must_use]
    pub fn gatherer(&self) -> Option<&Gatherer> {
        self.gatherer.as_ref()
    }

    /// Judges a document, again when what it lacks arrives within `patience`.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub async fn judge(
        &self,
        rules: Arc<Rules>,
        job: Job,
        patience: Patience,
    ) -> Result<Judged, JudgeError> {
        let job = Arc::new(job);
        let sizes = job.files.iter().map(|f| f.size);
        let weight = sizes.fold(0, u64::saturating_add);
        let whose = Some(job.sender.clone());
        let mut rounds = Rounds::new(self.gatherer.as_ref(), patience);
        let mut first = true;
        loop {
            let (rules, job) = (Arc::clone(&rules), Arc::clone(&job));
            let work = move || judge(&rules, &job, first);
            let judged = self.pool.run(&whose, weight, work).await??;
            if !rounds.again(&judged).await {
                let indication = judged.judgement.indication.name();
                metrics::counter!(names::JUDGED, "indication" => indication).increment(1);
                return Ok(judged);
            }
            // The handle is read-only: what was unchanged once stays so.
            first = false;
        }
    }

    /// Judges one file, as `verify` does; `beside` by name what it may sign, first what it does if it names
    /// nothing. `whose`: the unit that asks, if one does.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub async fn verify(
        &self,
        rules: Arc<Rules>,
        whose: Option<UnitCode>,
        (file, beside): (FileInput, Vec<(String, FileInput)>),
        at: Timestamp,
        patience: Patience,
    ) -> Result<FileReport, JudgeError> {
        let sizes = beside.iter().map(|(_, other)| other.size);
        let weight = sizes.fold(file.size, u64::saturating_add);
        let mut rounds = Rounds::new(self.gatherer.as_ref(), patience);
        let beside = Arc::new(beside);
        loop {
            let (rules, file, beside) = (Arc::clone(&rules), file.clone(), Arc::clone(&beside));
            let work = move || {
                let others = beside.iter().map(|(name, other)| Beside {
                    name,
                    content: &*other.content,
                    known: None,
                });
                let others: Vec<Beside<'_>> = others.collect();
                let signed = Signed {
                    content: &*file.content,
                    detached: others.first().map(|other| other.content),
                    beside: &others,
                };
                rules.validator.judge_signed(&signed, at)
            };
            let report = self.pool.run(&whose, weight, work).await?;
            if !rounds.again(&report).await {
                return Ok(report);
            }
        }
    }

    /// Judges a timestamp token over a SHA-256, again when what it lacks arrives within `patience`.
    ///
    /// # Errors
    /// See [`JudgeError`].
    pub async fn timestamp(
        &self,
        rules: Arc<Rules>,
        token: Bytes,
        imprint: Digest,
        at: Timestamp,
        patience: Patience,
    ) -> Result<TimestampReport, JudgeError> {
        let weight = u64::try_from(token.len()).unwrap_or(u64::MAX);
        let mut rounds = Rounds::new(self.gatherer.as_ref(), patience);
        loop {
            let (rules, token) = (Arc::clone(&rules), token.clone());
            let work = move || judge_over(&rules.validator, &token, &imprint, at);
            let report = self.pool.run(&None, weight, work).await?;
            if !rounds.again(&report).await {
                return Ok(report);
            }
        }
    }

    /// Lets the threads finish what waits, then ends them.
    pub fn stop(&self) {
        self.pool.stop();
    }
}

fn judge(rules: &Rules, job: &Job, first: bool) -> Result<Judged, JudgeError> {
    for file in job.files.iter().filter(|_| first) {
        unchanged(file)?;
    }
    let hindsight = job.hindsight.as_ref();
    let later = hindsight.map(|h| h.validator(&rules.validator));
    let contents: Vec<&dyn Content> = job
        .files
        .iter()
        .map(|f| -> &dyn Content { &*f.content })
        .collect();
    let validator = later.as_ref().unwrap_or(&rules.validator);
    let findings = findings(validator, &job.envelope, &contents, job.at);
    let sent = Sent {
        by: &job.sender,
        kind: &job.envelope.kind,
        at: job.arrived,
    };
    let mut judgement = judge_document(rules, sent, &findings);
    if let Some(hindsight) = hindsight {
        hindsight.conclude(&findings, &mut judgement);
    }
    let material = rules.validator.material();
    let evidence = bases(material, findings.iter().map(|f| &f.report));
    let report = report::document(job, &findings, &judgement, material, &evidence);
    let anchors = material.trust_anchors().iter();
    Ok(Judged {
        findings,
        judgement,
        report,
        evidence,
        anchors: anchors.map(|a| a.certificate().sha256()).collect(),
    })
}

/// Everything that reports rest on, each thing once, in the order of digests; the algorithms last.
fn bases<'a>(material: &Material, reports: impl IntoIterator<Item = &'a FileReport>) -> Vec<Basis> {
    let mut unique = BTreeMap::new();
    for item in reports.into_iter().flat_map(FileReport::evidence) {
        let basis = Basis {
            kind: item.kind.name(),
            sha256: item.sha256,
            bytes: item.bytes,
        };
        unique.insert(basis.sha256, basis);
    }
    let (sha256, bytes) = material.algorithms_file().clone();
    let algorithms = Basis {
        kind: "algorithms",
        sha256,
        bytes,
    };
    unique.into_values().chain([algorithms]).collect()
}

fn unchanged(file: &FileInput) -> Result<(), JudgeError> {
    let mut hasher = Hasher::new();
    let fed = file
        .content
        .feed(0..file.size, &mut |chunk| hasher.update(chunk));
    match fed {
        Ok(()) if hasher.finish() == file.digest => Ok(()),
        Ok(()) | Err(_) => Err(JudgeError::Changed),
    }
}

/// What is found in each file of a document, `contents` in the order of its envelope.
pub(crate) fn findings(
    validator: &Validator,
    envelope: &Envelope,
    contents: &[&dyn Content],
    at: Timestamp,
) -> Vec<FileFinding> {
    let entries = || envelope.files.iter().zip(contents);
    let besides: Vec<Beside<'_>> = entries()
        .map(|(entry, content)| Beside {
            name: &entry.name,
            content: *content,
            known: None,
        })
        .collect();
    let signed = entries().map(|(entry, content)| Signed {
        content: *content,
        detached: entry.of.and_then(|of| contents.get(of)).copied(),
        // A document file is not read as a signature of its neighbours unless it is sent as one.
        beside: match entry.role {
            FileRole::Signature => &besides,
            FileRole::Main | FileRole::Annex => &[],
        },
    });
    let files: Vec<Signed<'_>> = signed.collect();
    let reports = validator.judge_files(&files, at);
    let findings = entries()
        .zip(reports)
        .map(|((entry, content), report)| FileFinding {
            role: entry.role,
            of: entry.of,
            digest: content.digest(),
            report,
        });
    findings.collect()
}
