//! What becomes of documents that this office sent: their receipts, as they come. The gateway's list of what was
//! sent says of each document which record changed it last; where that is new, its receipts are fetched. What is
//! old is looked at less often, and what has come to its end no more; what the gateway has to tell of older
//! documents comes as a notice.

use super::line::Line;
use super::places::Places;
use super::proofs;
use super::retry::Retry;
use super::{AgentError, Office, Options, Pass, Told, disk};
use crate::client::ClientError;
use crate::client::wire::{ListItem, NoticeView};
use crate::lang;
use crate::model::{Disposition, DocumentId, Status};
use crate::relay::Phase;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// The shape of the record; another one is not touched.
const VERSION: u32 = 1;
/// Rows of a page.
const PAGE: usize = 200;
/// The most documents followed, oldest given up first: a busy office's of some months.
const MOST: usize = 20_000;
/// What changed this lately is looked at in each round: most answers come within days.
const LATELY: i64 = 3 * 24 * 3600 * 1000;
/// What did not change for so long is not followed any more.
const LONGEST: i64 = 400 * 24 * 3600 * 1000;
/// Between two looks at everything that is followed.
const WHOLE: Duration = Duration::from_secs(3600);

/// What is known of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Entry {
    /// The last record whose receipt was kept.
    version: u64,
    /// When that was seen, in milliseconds since 1970.
    changed: i64,
    /// Whether nothing more is to come.
    ended: bool,
}

/// What the agent remembers between two starts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Known {
    version: u32,
    /// All up to there have come to their end; none before the first document was sent.
    outbox: Option<u64>,
    /// Notices up to there were told.
    notices: u64,
    /// Later ones, by their places in the gateway's list.
    documents: BTreeMap<u64, Entry>,
}

/// Follows, round by round.
pub(super) struct Follower<'a> {
    office: &'a Office,
    places: &'a Places,
    line: &'a Line,
    options: Options,
    known: Known,
    looked: Option<Instant>,
    whole: Option<Instant>,
    trouble: Retry,
    pass: Pass,
}

impl<'a> Follower<'a> {
    /// # Errors
    /// [`AgentError::Record`] for a record that is not understood.
    pub(super) fn new(
        office: &'a Office,
        places: &'a Places,
        line: &'a Line,
        options: Options,
    ) -> Result<Self, AgentError> {
        Ok(Self {
            office,
            places,
            line,
            options,
            known: read(places)?,
            looked: None,
            whole: None,
            trouble: Retry::default(),
            pass: Pass::default(),
        })
    }

    /// What came of it so far.
    pub(super) fn pass(&self) -> Pass {
        self.pass
    }

    /// One round, if it is time.
    ///
    /// # Errors
    /// See [`AgentError`].
    pub(super) async fn round(&mut self) -> Result<(), AgentError> {
        let due = self
            .looked
            .is_none_or(|at| at.elapsed() >= self.options.follow);
        if !due || !self.line.is_due() || !self.trouble.is_due() {
            return Ok(());
        }
        let done = match self.outbox().await {
            Ok(()) => self.notices().await,
            Err(error) => Err(error),
        };
        self.looked = Some(Instant::now());
        match done {
            Ok(()) => {
                self.trouble.went_well();
                Ok(())
            }
            Err(AgentError::Client(error @ ClientError::Unreachable { .. })) => {
                self.pass.unreachable = true;
                self.line.failed(self.office, &error.to_string());
                Ok(())
            }
            // Of one document, maybe: it keeps nothing but this half from going on.
            Err(AgentError::Client(error)) => {
                self.pass.unreachable = true;
                self.trouble.failed();
                let told = Told::new("trouble").with("problem", &error.to_string());
                self.office.tell(told);
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    async fn outbox(&mut self) -> Result<(), AgentError> {
        // The sending half may have begun meanwhile.
        let begun = self.known.outbox.or(read(self.places)?.outbox);
        let Some(begun) = begun else {
            return Ok(());
        };
        self.known.outbox = Some(begun);
        let whole = self.whole.is_none_or(|at| at.elapsed() >= WHOLE);
        let mut after = if whole { begun } else { self.lately(begun) };
        let mut changed = false;
        loop {
            let page = self
                .office
                .client
                .outbox(Some(&after.to_string()), PAGE)
                .await?;
            self.line.worked(self.office);
            for row in &page.items {
                after = after.max(row.position);
                changed |= self.row(row).await?;
            }
            if page.next.is_none() {
                break;
            }
        }
        if whole {
            self.whole = Some(Instant::now());
        }
        if changed || self.advance() {
            self.keep()?;
        }
        Ok(())
    }

    /// Where what changed lately begins: before the first of it, and never beyond the last that is known.
    fn lately(&self, begun: u64) -> u64 {
        let now = self.office.clock.now().0;
        let open = self.known.documents.iter();
        let mut recent = open.filter(|(_, e)| !e.ended && now.saturating_sub(e.changed) < LATELY);
        let last = self
            .known
            .documents
            .last_key_value()
            .map_or(begun, |(p, _)| *p);
        recent
            .next()
            .map_or(last, |(position, _)| position.saturating_sub(1))
    }

    /// One document of the list; whether anything new is known of it.
    async fn row(&mut self, row: &ListItem) -> Result<bool, AgentError> {
        let known = self.known.documents.get(&row.position);
        let Some(id) = DocumentId::parse(&row.id) else {
            return Ok(false);
        };
        if known.is_some_and(|e| e.version >= row.version) {
            return Ok(false);
        }
        let code = format!("{}/{}", row.number, row.notation);
        let version = self.fetch(id, &code).await?;
        let entry = Entry {
            version: version.max(row.version),
            changed: self.office.clock.now().0,
            ended: is_ended(row),
        };
        self.known.documents.insert(row.position, entry);
        Ok(true)
    }

    /// Fetches and keeps the receipts of a document, tells what is new, and gives the last record.
    async fn fetch(&self, id: DocumentId, code: &str) -> Result<u64, AgentError> {
        let reasons = proofs::reasons(&self.office.client.document(id).await?);
        let views = self.office.client.receipts(id).await?;
        let proofs = proofs::open(self.office, id, &views)?;
        let root = self.places.receipts();
        let fresh = proofs::keep(self.office, &root, code, &proofs, &reasons)?;
        for stated in fresh.iter().filter(|stated| stated.event != "offered") {
            let what = proofs::said(self.office, stated, &reasons);
            let told = Told::new("receipt").with("id", &id.to_string());
            let told = told.with("code", &lang::visible(code)).with("what", &what);
            self.office.tell(told);
        }
        let last = proofs.iter().map(|(stated, _)| stated.position.0).max();
        Ok(last.unwrap_or_default())
    }

    /// Leaves behind what has come to its end, and what is too old or too much to be followed.
    fn advance(&mut self) -> bool {
        let now = self.office.clock.now().0;
        let before = self.known.outbox;
        while let Some(first) = self.known.documents.first_entry() {
            let entry = *first.get();
            let old = now.saturating_sub(entry.changed) > LONGEST;
            if !(entry.ended || old) && self.known.documents.len() <= MOST {
                break;
            }
            if let Some((position, _)) = self.known.documents.pop_first() {
                self.known.outbox = Some(position);
            }
        }
        before != self.known.outbox
    }

    /// What others did with documents that came here, and what was found out about any: the rest of what is told of
    /// documents of this unit, their rows in the list say.
    async fn notices(&mut self) -> Result<(), AgentError> {
        loop {
            let after = self.known.notices.to_string();
            let page = self.office.client.notices(Some(&after), PAGE, 0).await?;
            let Some(last) = page.items.last().map(|notice| notice.position) else {
                return Ok(());
            };
            let mut done = BTreeSet::new();
            let unit = self.office.unit.as_str();
            for notice in &page.items {
                let concerns = notice.sender != unit || notice.notice == "doubted";
                if concerns && done.insert(&notice.id) {
                    self.notice(notice).await?;
                }
            }
            self.known.notices = self.known.notices.max(last);
            self.keep()?;
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    async fn notice(&self, notice: &NoticeView) -> Result<(), AgentError> {
        let Some(id) = DocumentId::parse(&notice.id) else {
            return Ok(());
        };
        let code = format!("{}/{}", notice.number, notice.notation);
        match self.fetch(id, &code).await {
            Err(AgentError::Client(ClientError::Problem(p))) if is_gone(p.status) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn keep(&self) -> Result<(), AgentError> {
        let mut known = self.known.clone();
        // The sending half may have begun meanwhile.
        if known.outbox.is_none() {
            known.outbox = read(self.places)?.outbox;
        }
        write(self.places, &known)
    }
}

/// Notes that something was sent: from there on what this unit sends is followed.
///
/// # Errors
/// See [`AgentError`].
pub(super) fn begin(places: &Places, position: u64) -> Result<(), AgentError> {
    let mut known = read(places)?;
    if known.outbox.is_some() {
        return Ok(());
    }
    known.outbox = Some(position.saturating_sub(1));
    write(places, &known)
}

/// Whether nothing more is to come of a document: it was not relayed, or every recipient has said its last word.
fn is_ended(row: &ListItem) -> bool {
    let over = [
        Phase::TakenBack,
        Phase::Superseded,
        Phase::SupersededUnfetched,
        Phase::GivenUp,
    ];
    let said = [Status::Refused.name(), Status::Completed.name()];
    let last = over.map(Phase::name);
    let last = [&said[..], &last[..], &["recall_agreed"]].concat();
    let relayed = !row.recipients.is_empty();
    row.state == Disposition::Refuse.name()
        || (relayed
            && row
                .recipients
                .iter()
                .all(|r| last.contains(&r.state.as_str())))
}

/// Erased, or not this unit's to see any more.
fn is_gone(status: u16) -> bool {
    matches!(status, 404 | 410)
}

fn path(places: &Places) -> PathBuf {
    places.state("follow.json")
}

fn read(places: &Places) -> Result<Known, AgentError> {
    let path = path(places);
    match disk::recorded::<Known>(&path) {
        Ok(known) if known.version == VERSION => Ok(known),
        Ok(known) => {
            let unknown = io::Error::other(format!("version {}", known.version));
            Err(AgentError::record(&path, &unknown))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Known {
            version: VERSION,
            outbox: None,
            notices: 0,
            documents: BTreeMap::new(),
        }),
        Err(e) => Err(AgentError::record(&path, &e)),
    }
}

fn write(places: &Places, known: &Known) -> Result<(), AgentError> {
    let path = path(places);
    disk::record(&path, known).map_err(|e| AgentError::disk(&path, &e))
}
