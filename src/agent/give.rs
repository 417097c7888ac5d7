//! Giving an answer, and getting a document back: what the gateway makes of it.

use super::draft::told;
use super::job::Failed;
use super::letter;
use super::news;
use super::proofs::{self, Proof, Reasons};
use super::put::{Act, Put};
use super::reason::{self, NoReason};
use super::{AgentError, Office, disk};
use crate::client::wire::{
    AnswerRequest, DocumentView, Problem, RecipientView, WithdrawRequest, WithdrawView,
};
use crate::client::{ClientError, receipts};
use crate::lang;
use crate::model::{DocumentId, Status};
use crate::relay::Move;
use crate::seal::{MAX_RECEIPT, receipt};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A recall and a take-back in turn, as often as it can matter: nobody has come, somebody has come meanwhile.
const TURNS: usize = 3;

/// What stands once the gateway has said yes.
pub(super) struct Stands {
    /// Its receipts.
    pub(super) proofs: Vec<Proof>,
    /// The words that were given with it.
    pub(super) reasons: Reasons,
    /// Số/ký hiệu.
    pub(super) code: String,
    /// What it is now: at each recipient, for a recall.
    pub(super) states: Vec<(String, String)>,
    /// Whether it had been done before.
    pub(super) repeated: bool,
}

/// How it ended.
pub(super) enum Given {
    /// It stands, and its receipts say so.
    Stands(Box<Stands>),
    /// It cannot be done like this.
    Not(Failed),
    /// The gateway could not be asked, or did not do its part.
    Away(ClientError),
}

impl From<ClientError> for Given {
    fn from(error: ClientError) -> Self {
        Self::Away(error)
    }
}

/// Asks for what a folder was put somewhere for.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) async fn give(office: &Office, put: &Put, twice: bool) -> Result<Given, AgentError> {
    let not = |code: &str| Ok(Given::Not(told(office.language, code, &[])));
    match (put.act, &put.described) {
        (Act::Recall, _) => recall(office, &put.path).await,
        (Act::Answer(_), None) => not("answer-unknown"),
        (Act::Answer(_), Some(_)) if twice => not("answer-both"),
        (Act::Answer(status), Some(described)) => {
            answer(office, &put.path, status, described).await
        }
    }
}

/// The reason that lies in a folder, or why there is none.
fn words(
    office: &Office,
    folder: &Path,
    is_reason: impl Fn(&str) -> bool,
    empty: &str,
) -> Result<Result<String, Failed>, AgentError> {
    let found = reason::of(folder, is_reason).map_err(|e| AgentError::disk(folder, &e))?;
    let code = |why: NoReason| match why {
        NoReason::Empty => empty.to_owned(),
        NoReason::Long => "answer-reason-long".to_owned(),
        NoReason::NoText => "answer-reason-text".to_owned(),
    };
    Ok(found.map_err(|why| told(office.language, &code(why), &[])))
}

async fn answer(
    office: &Office,
    folder: &Path,
    status: Status,
    described: &news::Described,
) -> Result<Given, AgentError> {
    let mut request = AnswerRequest {
        status: status.name().to_owned(),
        reason: None,
        staff: None,
    };
    if Move::of(status).is_some_and(Move::needs_reason) {
        match words(office, folder, letter::is_reason, "answer-reason")? {
            Ok(reason) => request.reason = Some(reason),
            Err(failed) => return Ok(Given::Not(failed)),
        }
    }
    let id = described.id;
    let answer = match office.client.answer(id, &request).await {
        Err(ClientError::Problem(problem)) if is_final(&problem) => {
            return Ok(Given::Not(of_problem(office, id, status, &problem).await));
        }
        Err(error) => return Ok(error.into()),
        Ok(answer) => answer,
    };
    let (stated, der) = match receipts::open(&answer.receipt, &office.receipt_ca) {
        Ok(opened) if is_answer(office, &opened.0, id, status) => opened,
        Ok(_) => return Ok(other_receipt().into()),
        Err(e) => return Ok(ClientError::Unexpected(200, e.to_string()).into()),
    };
    // What is repeated stands with the words that were given first.
    let reason = request.reason.filter(|_| !answer.repeated);
    let reason = reason.map(|reason| (stated.position.0, reason));
    let state = lang::word(office.language, "state", status.name());
    Ok(Given::Stands(Box::new(Stands {
        reasons: reason.into_iter().collect(),
        proofs: vec![(stated, der)],
        code: described.code.clone(),
        states: vec![(office.unit.to_string(), state)],
        repeated: answer.repeated,
    })))
}

fn other_receipt() -> ClientError {
    ClientError::Unexpected(200, "another receipt".to_owned())
}

/// Whether a receipt is of this answer.
fn is_answer(office: &Office, stated: &receipt::Receipt, id: DocumentId, status: Status) -> bool {
    let events: &[&str] = match status {
        Status::Agreed | Status::Declined => &["take-back-answered", "recall-answered"],
        Status::Arrived
        | Status::Refused
        | Status::Accepted
        | Status::Assigned
        | Status::InProcess
        | Status::Completed
        | Status::TakeBack => &["answered"],
    };
    stated.document == id
        && events.contains(&stated.event.as_str())
        && stated.recipient.as_ref() == Some(&office.unit)
        && stated.status == Some(status)
}

/// Why an answer cannot be given: with what stands in its way, if that is known.
async fn of_problem(office: &Office, id: DocumentId, status: Status, problem: &Problem) -> Failed {
    let language = office.language;
    let view = office.client.document(id).await.ok();
    let own = view.and_then(|view| own(office, view));
    let withdraws = matches!(status, Status::Agreed | Status::Declined);
    let Some(own) = own else {
        return as_told(problem);
    };
    if withdraws && own.request.is_none() {
        return told(language, "answer-not-asked", &[]);
    }
    if own.state.starts_with("recall") {
        let state = lang::word(language, "state", &own.state);
        return told(language, "answer-recalled", &[("one", state.as_str())]);
    }
    let Some(at) = &own.answered else {
        return as_told(problem);
    };
    let state = lang::word(language, "state", &own.state);
    let at = letter::moment(at);
    let values = [("one", state.as_str()), ("two", at.as_str())];
    told(language, "answer-stands", &values)
}

fn own(office: &Office, view: DocumentView) -> Option<RecipientView> {
    let mut all = view.recipients.into_iter();
    all.find(|r| r.unit == office.unit.as_str())
}

fn as_told(problem: &Problem) -> Failed {
    Failed {
        code: problem.code.clone(),
        message: problem.title.clone(),
        next: problem.detail.clone(),
    }
}

/// Whether a problem lies in what was asked, so that trying again is of no use.
fn is_final(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 404 | 409 | 410 | 413) && problem.code != "moved_meanwhile"
}

/// Gets a document of this office back from wherever it went: taken back where nobody had fetched it, recalled
/// where it has arrived. Done again after a crash it finds what was done.
async fn recall(office: &Office, folder: &Path) -> Result<Given, AgentError> {
    let failed = |e: io::Error| AgentError::disk(folder, &e);
    let Some(stated) = sent(office, folder).map_err(failed)? else {
        let unknown = told(office.language, "recall-unknown", &[]);
        return Ok(Given::Not(unknown));
    };
    let reason = words(office, folder, reason::is_of_recall, "recall-reason")?;
    let reason = match reason {
        Ok(reason) => reason,
        Err(why) => {
            let name = lang::text(office.language, "folder-recall-reason-name", &[]);
            let text = lang::text(office.language, "folder-recall-reason-text", &[]);
            let paper = folder.join(name);
            disk::write_new(&paper, format!("{text}\n").as_bytes()).map_err(failed)?;
            return Ok(Given::Not(why));
        }
    };
    let request = WithdrawRequest {
        reason: Some(reason),
        recipients: None,
    };
    match everywhere(office, stated.document, &request).await {
        Ok(done) => Ok(recalled(office, stated.document, &done).await),
        Err(ClientError::Problem(problem)) if is_final(&problem) => {
            let nothing = told(office.language, "recall-nothing", &[]);
            let known = ["impossible_move", "not_relayed"].contains(&problem.code.as_str());
            Ok(Given::Not(if known { nothing } else { as_told(&problem) }))
        }
        Err(error) => Ok(error.into()),
    }
}

/// A recall where it arrived; where it arrived nowhere a take-back, and where somebody came between the two a
/// recall again.
async fn everywhere(
    office: &Office,
    id: DocumentId,
    request: &WithdrawRequest,
) -> Result<Vec<WithdrawView>, ClientError> {
    let mut done = Vec::new();
    for _ in 0..TURNS {
        match office.client.recall(id, request).await {
            Ok(recalled) => {
                done.push(recalled);
                return Ok(done);
            }
            Err(ClientError::Problem(problem)) if problem.code == "impossible_move" => {}
            Err(other) => return Err(other),
        }
        let back = office.client.take_back(id, request).await?;
        let asked = back.recipients.iter().any(|r| r.state == "take_back_asked");
        done.push(back);
        if !asked {
            return Ok(done);
        }
    }
    Ok(done)
}

async fn recalled(office: &Office, id: DocumentId, done: &[WithdrawView]) -> Given {
    let view = match office.client.document(id).await {
        Ok(view) => view,
        Err(error) => return error.into(),
    };
    let mut proofs = Vec::new();
    for one in done.iter().flat_map(|one| &one.recipients) {
        let opened = receipts::open(&one.receipt, &office.receipt_ca);
        let (stated, der) = match opened {
            Ok(opened) if opened.0.document == id => opened,
            Ok(_) => return other_receipt().into(),
            Err(e) => return ClientError::Unexpected(200, e.to_string()).into(),
        };
        proofs.push((stated, der));
    }
    let state = |r: &RecipientView| {
        let state = lang::word(office.language, "state", &r.state);
        (r.unit.clone(), state)
    };
    Given::Stands(Box::new(Stands {
        proofs,
        reasons: proofs::reasons(&view),
        code: news::code(view.envelope.as_ref()),
        states: view.recipients.iter().map(state).collect(),
        repeated: done.iter().all(|one| one.repeated),
    }))
}

/// The receipt of a document that this office sent, as it lies beside its files. One of these files may be the receipt
/// of another document, which is not to be recalled for that: so it has to be of a file that lies there, and where
/// there are two, nobody knows which is meant.
fn sent(office: &Office, folder: &Path) -> io::Result<Option<receipt::Receipt>> {
    let (mut files, mut stated) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let (path, size) = (entry.path(), entry.metadata()?.len());
        let name = entry.file_name().to_string_lossy().into_owned();
        // Signatures of documents are called so too, and may be longer.
        let short = usize::try_from(size).is_ok_and(|size| size <= MAX_RECEIPT);
        if short && letter::is_receipt(&name) {
            stated.extend(own_offer(office, &proofs::read(&path)?));
        }
        files.push((path, size));
    }
    let mut found: BTreeMap<DocumentId, receipt::Receipt> = BTreeMap::new();
    for one in stated {
        if lies_there(&one, &files) {
            found.insert(one.document, one);
        }
    }
    let only = found.len() == 1;
    Ok(found.into_values().next().filter(|_| only))
}

/// A receipt of what became of a document that this office offered.
fn own_offer(office: &Office, der: &[u8]) -> Option<receipt::Receipt> {
    let stated = receipt::verify(der, &office.receipt_ca).ok()?;
    let own = stated.sender == office.unit && stated.recipient.is_none();
    (own && receipts::decides(&stated.event)).then_some(stated)
}

/// Whether a file that a receipt names is among these, which have their sizes with them.
fn lies_there(stated: &receipt::Receipt, files: &[(PathBuf, u64)]) -> bool {
    let is_one = |(path, size): &(PathBuf, u64)| {
        let mut alike = stated.files.iter().filter(|file| file.size == *size);
        alike.any(|file| disk::digest(path).is_ok_and(|digest| digest == file.digest))
    };
    files.iter().any(is_one)
}
