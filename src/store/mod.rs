//! Two traits: what happened ([`Ledger`]) and the bytes it refers to ([`Vault`]); and their two
//! implementations, the memory twin and the embedded store, under one contract suite.
//!
//! The event log with its bodies is the truth; redb (documents, inboxes, request keys) and sled
//! (exchange rates per unit) are projections that are folded from it and can be rebuilt from it.

mod behind;
mod codec;
mod dossiers;
pub mod embedded;
mod error;
pub mod exported;
mod findings;
mod guard;
pub mod memory;
mod registers;
mod surveys;
mod tables;

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod contract;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod invented;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]
mod samples;

pub use behind::{FigureCursor, FigurePage, FigureRow};
pub use findings::{Finding, FindingEnd};
pub use registers::Import;
pub use surveys::SurveyCode;

pub use error::{ClockBack, CommitError, ReadError, VaultError};

use crate::dossier::life::DossierState;
use crate::dossier::survey::Tally;
use crate::format::content::SharedContent;
use crate::model::dossier::DossierNumber;
use crate::model::event::{
    Event, FoundItem, PeriodClosed, PlainName, Recorded, Stamped, SurveyGroup,
};
use crate::model::{
    Digest, DocumentId, DocumentKey, LocalDay, Period, Position, Timestamp, UnitCode,
};
use crate::rates::recount::Figures;
use crate::rates::{Behind, Counts, OneDocument};
use crate::relay::{Desk, DocumentState};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use tokio::sync::watch;

/// A body that was staged, or the outcome of one that was kept: a pin. As long as it lives the
/// bytes stay readable; only a committed change makes them part of the truth.
#[derive(Clone)]
pub struct Kept {
    pub(in crate::store) digest: Digest,
    pub(in crate::store) size: u64,
    pub(in crate::store) place: Place,
    pub(in crate::store) lasting: bool,
}

/// Where a kept body waits for its change.
#[derive(Clone)]
pub(in crate::store) enum Place {
    /// In memory: it rides in the group or in a body segment.
    Memory(Bytes),
    /// A file under its digest, already durable, and not removed as long as this lives.
    File(#[allow(dead_code, reason = "it is held, not read")] Arc<embedded::Pin>),
}

impl Kept {
    /// Pins bytes in memory.
    fn of(bytes: Bytes) -> Self {
        Self {
            digest: Digest::of(&bytes),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            place: Place::Memory(bytes),
            lasting: false,
        }
    }

    /// The same, to last as long as the log, whatever document calls these bytes its content and is erased.
    #[must_use]
    pub fn lasting(self) -> Self {
        Self {
            lasting: true,
            ..self
        }
    }

    /// SHA-256 of its bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its length.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, {} bytes)", self.digest, self.size)
    }
}

/// One decision, made against a known state.
#[derive(Debug)]
pub struct Change {
    /// The document or dossier it is about, and the version it was decided against
    /// ([`Position::START`]: it must not exist). `None` for acts of administration.
    pub subject: Option<(DocumentId, Position)>,
    /// Every body that the events refer to and that is not kept already.
    pub bodies: Vec<Kept>,
    /// The events, in order. An `Offered` is also guarded by its own `request`, `content`,
    /// `first_offer` and `in_register`, entries of a register by `alone`, and is a repeat where it refuses what was refused likewise; a `ReceiptSigned` for which a receipt is stored already is dropped.
    pub events: Vec<Event>,
}

/// A committed change: synced, and applied to the projections.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Committed {
    /// The records written, in order; those of the earlier change if it was a repeat. What the writer adds (how
    /// documents stand in the figures) is not among them.
    pub records: Vec<Recorded>,
    /// Whether the same request had been committed before; nothing was written then.
    pub repeated: bool,
}

/// One page of a list, and the cursor after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The documents, oldest first, with their places in the list.
    pub items: Vec<(Position, DocumentId)>,
    /// Where the next page starts; `None` if this was the last.
    pub next: Option<Position>,
}

/// A document among those that rest on one certificate: in the order of arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Resting {
    /// When it arrived.
    pub arrived: Timestamp,
    /// The document.
    pub document: DocumentId,
}

impl Resting {
    /// Before every document that arrived at that moment or later.
    #[must_use]
    pub fn from(arrived: Timestamp) -> Self {
        Self {
            arrived,
            document: DocumentId::FIRST,
        }
    }

    /// The row after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            document: self.document.next(),
            ..self
        }
    }
}

/// A timestamp of the log, and the record that says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogStamp {
    /// The place of the record.
    pub position: Position,
    /// When it was committed.
    pub at: Timestamp,
    /// What it says.
    pub stamped: Stamped,
}

/// A statement of a period, and the record that says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogStatement {
    /// The place of the record.
    pub position: Position,
    /// When it was committed.
    pub at: Timestamp,
    /// What it says.
    pub closed: PeriodClosed,
}

/// The counters of a period as of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeriodTotals {
    /// The last record counted into them.
    pub position: Position,
    /// The log's hash-chain head there.
    pub chain: Digest,
    /// Totals of every unit that has any.
    pub totals: BTreeMap<UnitCode, Counts>,
}

/// What happened, and the questions about it. Positions are totally ordered as committed.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Commits a change, durably and once. Returns after the sync and after the projections were
    /// applied; a caller that goes away changes nothing.
    ///
    /// # Errors
    /// See [`CommitError`].
    async fn commit(&self, change: Change) -> Result<Committed, CommitError> {
        self.commit_from(change, Timestamp::default()).await
    }

    /// The same for what a clock brings about: nothing is written, and it is [`CommitError::Early`], where its records
    /// would be of a time before `earliest`. Whoever decided has looked at a clock that may have been set since.
    ///
    /// # Errors
    /// See [`CommitError`].
    async fn commit_from(
        &self,
        change: Change,
        earliest: Timestamp,
    ) -> Result<Committed, CommitError>;

    /// Hands in a change whose outcome nobody waits for (the first signed bytes of a receipt). It
    /// goes into a later group, in order with later calls of [`Ledger::commit`].
    fn submit(&self, change: Change);

    /// The position of the last applied record; changes wake long-polls.
    fn watch(&self) -> watch::Receiver<Position>;

    /// One document.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn document(&self, id: DocumentId) -> Result<Option<DocumentState>, ReadError>;

    /// Documents after one, in the order in which they were taken in.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError>;

    /// The document that a request key stands for: the last one under it, where those before were refused. One that was
    /// refused does not bind the key.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError>;

    /// The document first offered under a key.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn first_offer(&self, key: &DocumentKey) -> Result<Option<DocumentId>, ReadError>;

    /// A document as it is counted; `None`: nothing is known of it.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn one_document(&self, key: &DocumentKey) -> Result<Option<OneDocument>, ReadError>;

    /// The documents of a unit as they are counted, after a key, at most `limit`; in an order that is always the same.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn one_documents(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
        limit: usize,
    ) -> Result<Vec<(DocumentKey, OneDocument)>, ReadError>;

    /// The registers that a unit handed in and its nil returns, the oldest first; those taken back too.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn imports(&self, unit: &UnitCode) -> Result<Vec<Import>, ReadError>;

    /// Documents relayed to `recipient` and not answered, oldest first, after a cursor.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn inbox(&self, recipient: &UnitCode, after: Position, limit: usize)
    -> Result<Page, ReadError>;

    /// What `sender` offered, oldest first, after a cursor.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn outbox(&self, sender: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError>;

    /// Documents of which `unit` is to be told something, as their sender or a recipient, oldest
    /// notice first, after a cursor. One document may stand there more than once.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn notices(&self, unit: &UnitCode, after: Position, limit: usize) -> Result<Page, ReadError>;

    /// How many documents a later revocation puts in doubt.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn doubted(&self) -> Result<u64, ReadError>;

    /// Certificates that relayed documents rest on, in the order of their digests, after one; with
    /// the arrival of the last such document.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn certificates(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, Timestamp)>, ReadError>;

    /// Documents that rest on a certificate, in the order of their arrival, from a row on.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn resting(
        &self,
        certificate: &Digest,
        from: Resting,
        limit: usize,
    ) -> Result<Vec<Resting>, ReadError>;

    /// Documents that lie on a desk, in the order of their offers, after a cursor.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn desk(&self, desk: Desk, after: Position, limit: usize) -> Result<Page, ReadError>;

    /// Documents on hold, oldest first, at most `limit`.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn held(&self, limit: usize) -> Result<Vec<DocumentId>, ReadError> {
        let page = self.desk(Desk::Held, Position::START, limit)?;
        Ok(page.items.into_iter().map(|(_, id)| id).collect())
    }

    /// The stored receipt of the record at `of`: its body's digest.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn receipt(&self, of: Position) -> Result<Option<Digest>, ReadError>;

    /// Totals of a period for every unit that has any, or for one unit.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn rates(
        &self,
        period: Period,
        unit: Option<&UnitCode>,
    ) -> Result<BTreeMap<UnitCode, Counts>, ReadError>;

    /// Totals of a period for every unit that has any, with the record up to which all of them are counted. Nothing
    /// is counted meanwhile.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn period_totals(&self, period: Period) -> Result<PeriodTotals, ReadError>;

    /// The items that a figure of `unit` on some days counts, by day, after a cursor: as many as the figure. A page is
    /// made of one record ([`FigurePage::at`]); it may be shorter than `limit` and still have a next one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn figure_rows(
        &self,
        unit: &UnitCode,
        days: RangeInclusive<LocalDay>,
        behind: &Behind,
        after: Option<&FigureCursor>,
        limit: usize,
    ) -> Result<FigurePage, ReadError>;

    /// Every counter of every month and day, and the last record counted into them: what `recount`
    /// compares with.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn all_rates(&self) -> Result<(Position, Figures), ReadError>;

    /// Reads the log from its first record, calling `each` for every record in order, up to and
    /// with `until`, or with the last one applied when the call began ([`Position::END`]).
    ///
    /// # Errors
    /// See [`ReadError`].
    fn replay(&self, until: Position, each: &mut dyn FnMut(&Recorded)) -> Result<(), ReadError>;

    /// The same, with each record's own bytes: the predecessor's hash, place, time and event, as hashed.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn replay_bytes(
        &self,
        until: Position,
        each: &mut dyn FnMut(Position, &[u8]),
    ) -> Result<(), ReadError>;

    /// The last `RulesChanged`, if any.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn last_rules(&self) -> Result<Option<crate::model::event::RulesChanged>, ReadError>;

    /// The head of the log as applied: its position and the chain's hash there;
    /// [`Position::START`] and zeros in an empty log.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn head(&self) -> Result<(Position, Digest), ReadError>;

    /// When the last record was committed; 1970 in an empty log.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn last_at(&self) -> Result<Timestamp, ReadError>;

    /// The first timestamp of the log that stamps the record at `from` or a later one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn stamp_from(&self, from: Position) -> Result<Option<LogStamp>, ReadError>;

    /// The last timestamp of the log.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn last_stamp(&self) -> Result<Option<LogStamp>, ReadError>;

    /// A statement of a period: of that number, or the last.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn statement(
        &self,
        period: Period,
        number: Option<u32>,
    ) -> Result<Option<LogStatement>, ReadError>;

    /// The last statement of whatever period.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn last_statement(&self) -> Result<Option<LogStatement>, ReadError>;

    /// Statements, oldest first, after the record of one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn statements(&self, after: Position, limit: usize) -> Result<Vec<LogStatement>, ReadError>;

    /// A finding.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn finding(&self, id: DocumentId) -> Result<Option<Finding>, ReadError>;

    /// What a finding is about, in its order.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn finding_items(&self, id: DocumentId) -> Result<Vec<FoundItem>, ReadError>;

    /// Findings of a unit or of all, oldest first, after one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn findings(
        &self,
        unit: Option<&UnitCode>,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError>;

    /// Open findings, by their due dates, after one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn open_findings(
        &self,
        after: Option<(LocalDay, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<Finding>, ReadError>;

    /// The record that says that a scheduled report of a period went out.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn report_sent(
        &self,
        schedule: &PlainName,
        period: Period,
    ) -> Result<Option<Position>, ReadError>;

    /// A dossier.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn dossier(&self, id: DocumentId) -> Result<Option<DossierState>, ReadError>;

    /// A code of the survey, by its digest.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn survey_code(&self, code: &Digest) -> Result<Option<SurveyCode>, ReadError>;

    /// What answers to the survey come to, of an agency or of all.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn survey_tallies(
        &self,
        agency: Option<&UnitCode>,
    ) -> Result<BTreeMap<SurveyGroup, Tally>, ReadError>;

    /// Whether the result slip of a dossier had a code.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn survey_invited(&self, dossier: DocumentId) -> Result<bool, ReadError>;

    /// The dossier of a number.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn dossier_numbered(&self, number: &DossierNumber) -> Result<Option<DocumentId>, ReadError>;

    /// The dossier that a request key stands for.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn dossier_request(&self, request: &Digest) -> Result<Option<DocumentId>, ReadError>;

    /// Dossiers of all agencies after one, in the order in which they were handed in.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn dossiers_from(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentId>, ReadError>;

    /// The register of an agency: its dossiers in the order of their numbers, after one.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn dossiers(
        &self,
        agency: &UnitCode,
        after: Option<&DossierNumber>,
        limit: usize,
    ) -> Result<Vec<DossierState>, ReadError>;

    /// Whether every change is refused with [`CommitError::ClockBack`] just now.
    ///
    /// # Errors
    /// See [`ReadError`].
    fn clock_back(&self) -> Result<Option<ClockBack>, ReadError>;

    /// How far a rebuild has come; [`Readiness::Ready`] once reads are answered.
    fn readiness(&self) -> Readiness;

    /// Writes out what is pending and closes in good order. Later calls fail.
    async fn close(&self);
}

/// Whether the store answers yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// Everything is applied.
    Ready,
    /// A projection is being rebuilt: records done, records known so far.
    Rebuilding {
        /// Records applied.
        done: u64,
        /// Records in the log, as far as known.
        total: u64,
    },
    /// The store failed and takes nothing more; the process should end.
    Failed(String),
}

/// Takes the bytes of one body as they arrive, hashing them. Dropped unfinished: nothing is left.
#[async_trait]
pub trait Stage: Send {
    /// Appends a chunk.
    ///
    /// # Errors
    /// See [`VaultError`].
    async fn write(&mut self, chunk: Bytes) -> Result<(), VaultError>;

    /// Ends the body.
    ///
    /// # Errors
    /// See [`VaultError`].
    async fn finish(self: Box<Self>) -> Result<Staged, VaultError>;
}

/// A complete body that is not kept yet: a read-only handle that nobody can change. Dropped, it is
/// gone.
#[derive(Clone)]
pub struct Staged {
    /// Its bytes, to be judged.
    pub content: SharedContent,
    /// SHA-256 as computed while it arrived.
    pub digest: Digest,
    /// Its length.
    pub size: u64,
    pub(in crate::store) place: StagedPlace,
}

/// Where a staged body lies.
#[derive(Clone)]
pub(in crate::store) enum StagedPlace {
    /// In memory.
    Memory(Bytes),
    /// In the staging area; removed when the last handle goes, unless it was kept.
    File(Arc<dyn std::any::Any + Send + Sync>),
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Staged({}, {} bytes)", self.digest, self.size)
    }
}

/// What [`Vault::purge`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Purged {
    /// Bodies whose bytes were taken off the medium.
    pub bodies: u64,
    /// How many bytes these had.
    pub bytes: u64,
    /// Body segments that were removed, because nobody had a right to anything in them.
    pub segments: u64,
    /// Bodies that stay for now, because a change on its way brings them again.
    pub waiting: u64,
}

/// What [`Vault::sweep`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Swept {
    /// Files looked at.
    pub looked: u64,
    /// Files removed, because no committed change refers to them and none is on its way.
    pub files: u64,
    /// How many bytes these had.
    pub bytes: u64,
    /// Whether the walk over all files came to its end; the next call begins another.
    pub done: bool,
}

/// Bytes by digest: stage, keep, open, purge, sweep.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Begins a body of at most `max` bytes. Up to 1 MiB stays in memory while the budget for such
    /// bodies lasts; longer ones go to the staging area.
    ///
    /// # Errors
    /// See [`VaultError`].
    fn stage(&self, max: u64) -> Result<Box<dyn Stage>, VaultError>;

    /// Pins a staged body so that a change can refer to it; a body in a file is made durable here.
    ///
    /// # Errors
    /// See [`VaultError`].
    async fn keep(&self, staged: &Staged) -> Result<Kept, VaultError>;

    /// Pins bytes made by the gateway itself (a report, a note, a receipt), at most 1 MiB.
    fn keep_bytes(&self, bytes: Bytes) -> Kept;

    /// Whether a body of that digest is kept for as long as the log, so that it need not be kept again: one that
    /// is only the content of a document goes when that is erased.
    ///
    /// # Errors
    /// See [`VaultError`].
    fn lasts(&self, digest: &Digest) -> Result<bool, VaultError>;

    /// A read-only handle to a kept body; `None` if there is none under that digest. A body of which one
    /// document's copy was erased is still there if another document has it, or it lasts: whose content is asked
    /// for is for the caller to know.
    ///
    /// # Errors
    /// See [`VaultError`].
    fn open(&self, digest: &Digest) -> Result<Option<SharedContent>, VaultError>;

    /// Takes the bytes of erased bodies off the medium, as far as nobody else has a right to them. Harmless to
    /// repeat; what a crash interrupted is finished by the next call.
    ///
    /// # Errors
    /// See [`VaultError`].
    async fn purge(&self) -> Result<Purged, VaultError>;

    /// Looks at the next files of a walk over all of them, at most a thousand, and removes those of changes that were
    /// never committed. Harmless to repeat and to break off.
    ///
    /// # Errors
    /// See [`VaultError`].
    async fn sweep(&self) -> Result<Swept, VaultError>;
}
