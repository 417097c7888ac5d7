//! What happened: the events of the log. Identifiers, codes, dates, numbers and digests only; words
//! (subjects, names, reasons in words) are in bodies, so that they can be erased.
//!
//! The codec of each kind and version is in `store/codec`; a published version never changes.

mod content;
mod dossiers;
mod exchange;
mod findings;
mod life;
mod periods;
mod survey;

pub use dossiers::{
    DossierAsked, DossierCompleted, DossierEvent, DossierFile, DossierMoved, DossierRef,
    DossierRegistered, DossierRescheduled, Presented,
};
pub use exchange::{
    Countable, Counted, Exchange, RegisterAct, RegisterEntries, RegisterEntry, RegisterImported,
    SentBy,
};
pub use findings::{
    Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    PostWay, ReminderCause, ReportSent,
};
pub use life::{
    AttemptOutcome, Attempted, Erased, ErasureCause, Expired, ExpiryCause, ExpiryClock, GivenUp,
    Leaves, Progressed, RecallAnswered, Recalled, Replayed, Superseded, TakeBackAnswered,
    TakeBackAsked, TakenBack, Updated, Way,
};
pub use periods::PeriodClosed;
pub use survey::{SurveyAnswered, SurveyCodes, SurveyEvent, SurveyGroup, SurveyInvited};

use super::indication::words;
use super::{
    Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay, Position, ReasonCode,
    Status, SubIndication, Timestamp, UnitCode, Urgency,
};

words! {
    /// What a file is in its document.
    FileRole {
        /// The document itself; exactly one.
        Main = 1 "main",
        /// An annex.
        Annex = 2 "annex",
        /// A detached signature of another file of the same document.
        Signature = 3 "signature",
    }
}

words! {
    /// Which signatures a document must carry.
    Policy {
        /// The agency's signature and, in PDF, every other one intact and trusted.
        RequireAgency = 1 "require-agency",
        /// A person's and the agency's signature.
        RequireBoth = 2 "require-both",
        /// Everything is relayed but TOTAL-FAILED, and the receipt says so.
        Record = 3 "record",
    }
}

/// One file of a document, as kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileRef {
    /// SHA-256 of its bytes: its name in the vault.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// What it is in the document.
    pub role: FileRole,
}

/// What was decided about a document's signatures, and under which rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// What validation says.
    pub indication: Indication,
    /// Its sub-indication, where it is not TOTAL-PASSED.
    pub sub_indication: Option<SubIndication>,
    /// The most telling reason.
    pub reason: ReasonCode,
    /// What the relay does.
    pub disposition: Disposition,
    /// Whether a valid signature is bound to the sending unit as its agency signature.
    pub agency_signed: bool,
    /// Whether a valid signature is bound to a person of the sending unit.
    pub person_signed: bool,
    /// The policy applied.
    pub policy: Policy,
    /// The digest of all rules used: anchors, CRLs, algorithms, registry, policy.
    pub rules: Digest,
    /// The body that holds the full report (JSON); `None` where no content may be kept.
    pub report: Option<Digest>,
}

/// A document was offered by its sender and judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offered {
    /// The document.
    pub document: DocumentId,
    /// The sending unit, proved by its transport certificate.
    pub sender: UnitCode,
    /// The key under which it counts once.
    pub key: DocumentKey,
    /// The promulgation date of the envelope.
    pub promulgated: LocalDay,
    /// Whether no document with this key was offered before, but as secret.
    pub first_offer: bool,
    /// Scope of idempotency: SHA-256 over the sending unit and its key.
    pub request: Digest,
    /// SHA-256 over sender, canonical envelope and file digests in order.
    pub content: Digest,
    /// SHA-256 of the envelope as received.
    pub envelope: Digest,
    /// Whether the envelope and report are kept as bodies (not for secret material).
    pub kept: bool,
    /// The files in order.
    pub files: Vec<FileRef>,
    /// The recipients in order, without repetition.
    pub recipients: Vec<UnitCode>,
    /// The decision.
    pub judged: Judged,
    /// Until when a held document waits for evidence.
    pub hold_until: Option<Timestamp>,
    /// Độ khẩn.
    pub urgency: Urgency,
    /// The last day on which it is sent in time (NĐ 30/2020 Điều 18); `None` where the event's version has no place for it.
    pub issue_due: Option<LocalDay>,
    /// The last day on which the work on it is done in time, if the sender named one.
    pub due: Option<LocalDay>,
    /// SHA-256 of each certificate below the anchors that the verdict rests on, if the document
    /// passed and is relayed: where one of them turns out to have been revoked, it is found by this.
    pub rests_on: Vec<Digest>,
    /// The document that this one brings up to date: under its number it counts as the same one.
    pub updates: Option<DocumentId>,
    /// The documents that this one replaces.
    pub replaces: Vec<DocumentId>,
    /// An earlier document under the same key that was not refused: both sides are warned.
    pub duplicate_of: Option<DocumentId>,
    /// Whether each recipient counts, in their order; empty where the event's version has no place for it.
    pub countable: Vec<Countable>,
    /// Whether the sender says that it follows on paper.
    pub paper_follows: bool,
    /// Whether the paper register had an entry of that key before the first offer.
    pub in_register: bool,
    /// What the envelope calls recipients by whose code ended, and who stands for it since, in the envelope's order.
    pub redirected: Vec<Redirected>,
}

impl Offered {
    /// Who stands for a code as the envelope writes it, if it is that of a unit that ended.
    #[must_use]
    pub fn stands_for(&self, written: &UnitCode) -> Option<&UnitCode> {
        let found = self.redirected.iter().find(|one| one.written == *written);
        found.map(|one| &one.to)
    }

    /// The codes of ended units under which the envelope names a recipient.
    pub fn written_for<'a>(&'a self, to: &'a UnitCode) -> impl Iterator<Item = &'a UnitCode> {
        let own = self.redirected.iter().filter(move |one| one.to == *to);
        own.map(|one| &one.written)
    }
}

/// A recipient whose code ended: the document goes to its one successor (`counting.md` of the design, §1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redirected {
    /// The code in the envelope.
    pub written: UnitCode,
    /// The unit that it became, which is among the recipients.
    pub to: UnitCode,
}

/// A held document was judged again, and left the hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejudged {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// Its recipients.
    pub recipients: Vec<UnitCode>,
    /// The promulgation date of the envelope.
    pub promulgated: LocalDay,
    /// Whether it was the first offer of its key.
    pub first_offer: bool,
    /// The decision; never `Hold`.
    pub judged: Judged,
    /// As of an [`Offered`].
    pub rests_on: Vec<Digest>,
}

/// Until when a recipient has to do what is its duty, reckoned when the document arrived there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// Accept or refuse it (NĐ 30/2020 Điều 21).
    pub answer: Timestamp,
    /// Present it to whoever decides who handles it (NĐ 30/2020 Điều 23).
    pub present: Timestamp,
    /// Complete the work on it, if the sender named a day.
    pub complete: Option<LocalDay>,
}

/// A recipient has the document: its first complete download.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrived {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// What is due there; `None` where the event's version has no place for it.
    pub due: Option<Due>,
    /// How it came there.
    pub way: Way,
}

/// A recipient answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The document.
    pub document: DocumentId,
    /// Its sender.
    pub sender: UnitCode,
    /// The recipient.
    pub recipient: UnitCode,
    /// `Accepted` or `Refused`.
    pub status: Status,
    /// When the document had arrived there.
    pub arrived: Timestamp,
    /// Until when the answer was due, if that was on record.
    pub due: Option<Timestamp>,
    /// The body that holds the recipient's reason and staff (JSON), if any was given.
    pub note: Option<Digest>,
}

/// The first signed bytes of a receipt, kept so that they are served again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceiptSigned {
    /// The document.
    pub document: DocumentId,
    /// The record whose facts it states.
    pub of: Position,
    /// The body: DER of the CMS SignedData.
    pub receipt: Digest,
}

/// What became known later undoes the verdict of a relayed document: a certificate that it rests on
/// was revoked before the document arrived (`verdicts.md` §3). What was decided stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doubted {
    /// The document.
    pub document: DocumentId,
    /// The verdict in hindsight. Its disposition is the one that stands.
    pub judged: Judged,
    /// SHA-256 of the certificates found revoked.
    pub certificates: Vec<Digest>,
}

/// A timestamp authority stamped the head of the log (RFC 3161): every record up to it existed then,
/// and none of them can be rewritten without the token telling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamped {
    /// The record that was the head of the log when the authority was asked.
    pub of: Position,
    /// Its hash: what the token stamps.
    pub head: Digest,
    /// When it existed by the authority's word: genTime.
    pub moment: Timestamp,
    /// The body that holds the token (DER).
    pub token: Digest,
    /// SHA-256 of the authority's certificate.
    pub authority: Digest,
    /// The bodies that hold what the verdict about the token rests on: certificates, lists, responses.
    pub rests_on: Vec<Digest>,
}

/// The rules in force changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RulesChanged {
    /// The digest of all rules from here on.
    pub rules: Digest,
    /// The registry in force, as a body.
    pub registry: Digest,
    /// Who changed them: a unit's code, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// Nothing in this log took place: it is the first record of such a log, and of no other. Every record descends from
/// it by the hash of its predecessor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Simulated {
    /// The number from which the history was drawn; zero where it was not drawn by chance.
    pub seed: u64,
}

/// A clock that stood before the last record was said to be right. Event time stands still until the clock has come as far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClockConfirmed {
    /// When the last record before was committed.
    pub last: Timestamp,
    /// The clock when it was confirmed.
    pub clock: Timestamp,
    /// The body that holds the reason and who confirmed it (JSON).
    pub note: Digest,
    /// Who confirmed it: a unit's code, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// See [`Offered`].
    Offered(Box<Offered>),
    /// See [`Rejudged`].
    Rejudged(Box<Rejudged>),
    /// See [`Arrived`].
    Arrived(Arrived),
    /// See [`Answered`].
    Answered(Answered),
    /// See [`ReceiptSigned`].
    ReceiptSigned(ReceiptSigned),
    /// See [`RulesChanged`].
    RulesChanged(RulesChanged),
    /// See [`Doubted`].
    Doubted(Box<Doubted>),
    /// See [`Stamped`].
    Stamped(Box<Stamped>),
    /// See [`Progressed`].
    Progressed(Box<Progressed>),
    /// See [`TakeBackAsked`].
    TakeBackAsked(Box<TakeBackAsked>),
    /// See [`TakenBack`].
    TakenBack(Box<TakenBack>),
    /// See [`TakeBackAnswered`].
    TakeBackAnswered(Box<TakeBackAnswered>),
    /// See [`Recalled`].
    Recalled(Box<Recalled>),
    /// See [`RecallAnswered`].
    RecallAnswered(Box<RecallAnswered>),
    /// See [`Superseded`].
    Superseded(Box<Superseded>),
    /// See [`Updated`].
    Updated(Box<Updated>),
    /// See [`Expired`].
    Expired(Box<Expired>),
    /// See [`Replayed`].
    Replayed(Box<Replayed>),
    /// See [`GivenUp`].
    GivenUp(Box<GivenUp>),
    /// See [`Erased`].
    Erased(Box<Erased>),
    /// See [`Attempted`].
    Attempted(Box<Attempted>),
    /// See [`ClockConfirmed`].
    ClockConfirmed(Box<ClockConfirmed>),
    /// See [`PeriodClosed`].
    PeriodClosed(Box<PeriodClosed>),
    /// See [`Counted`].
    Counted(Box<Counted>),
    /// See [`RegisterImported`].
    RegisterImported(Box<RegisterImported>),
    /// See [`RegisterEntries`].
    RegisterEntries(Box<RegisterEntries>),
    /// An import or a nil return was taken back.
    RegisterUndone(Box<RegisterAct>),
    /// A nil return.
    NilReturned(Box<RegisterAct>),
    /// See [`Simulated`].
    Simulated(Simulated),
    /// See [`FindingOpened`].
    FindingOpened(Box<FindingOpened>),
    /// See [`FindingClosed`].
    FindingClosed(Box<FindingClosed>),
    /// See [`FindingReminded`].
    FindingReminded(Box<FindingReminded>),
    /// See [`ReportSent`].
    ReportSent(Box<ReportSent>),
    /// See [`DossierEvent`].
    Dossier(Box<DossierEvent>),
    /// See [`SurveyEvent`].
    Survey(Box<SurveyEvent>),
}

impl Event {
    /// The document it is about; `None` for acts of administration.
    #[must_use]
    pub fn document(&self) -> Option<DocumentId> {
        match self {
            Self::Offered(e) => Some(e.document),
            Self::Rejudged(e) => Some(e.document),
            Self::Arrived(e) => Some(e.document),
            Self::Answered(e) => Some(e.document),
            Self::ReceiptSigned(e) => Some(e.document),
            Self::Doubted(e) => Some(e.document),
            Self::Progressed(e) => Some(e.document),
            Self::TakeBackAsked(e) => Some(e.document),
            Self::TakenBack(e) => Some(e.document),
            Self::TakeBackAnswered(e) => Some(e.document),
            Self::Recalled(e) => Some(e.document),
            Self::RecallAnswered(e) => Some(e.document),
            Self::Superseded(e) => Some(e.document),
            Self::Updated(e) => Some(e.document),
            Self::Expired(e) => Some(e.document),
            Self::Replayed(e) => Some(e.document),
            Self::GivenUp(e) => Some(e.document),
            Self::Erased(e) => e.document,
            Self::Attempted(e) => Some(e.document),
            Self::RulesChanged(_)
            | Self::Stamped(_)
            | Self::ClockConfirmed(_)
            | Self::PeriodClosed(_)
            | Self::Counted(_)
            | Self::RegisterImported(_)
            | Self::RegisterEntries(_)
            | Self::RegisterUndone(_)
            | Self::NilReturned(_)
            | Self::FindingOpened(_)
            | Self::FindingClosed(_)
            | Self::FindingReminded(_)
            | Self::ReportSent(_)
            | Self::Dossier(_)
            | Self::Survey(_)
            | Self::Simulated(_) => None,
        }
    }

    /// The document or dossier whose content its bodies are.
    #[must_use]
    pub fn owner(&self) -> Option<DocumentId> {
        if let Self::Dossier(e) = self {
            return Some(e.of().dossier);
        }
        self.document()
    }

    /// The stable name of its kind, as receipts and timelines show it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Offered(_) => "offered",
            Self::Rejudged(_) => "rejudged",
            Self::Arrived(_) => "arrived",
            Self::Answered(_) => "answered",
            Self::ReceiptSigned(_) => "receipt-signed",
            Self::RulesChanged(_) => "rules-changed",
            Self::Doubted(_) => "doubted",
            Self::Stamped(_) => "stamped",
            Self::Progressed(_) => "progressed",
            Self::TakeBackAsked(_) => "take-back-asked",
            Self::TakenBack(_) => "taken-back",
            Self::TakeBackAnswered(_) => "take-back-answered",
            Self::Recalled(_) => "recalled",
            Self::RecallAnswered(_) => "recall-answered",
            Self::Superseded(_) => "superseded",
            Self::Updated(_) => "updated",
            Self::Expired(_) => "expired",
            Self::Replayed(_) => "replayed",
            Self::GivenUp(_) => "given-up",
            Self::Erased(_) => "erased",
            Self::Attempted(_) => "attempted",
            Self::ClockConfirmed(_) => "clock-confirmed",
            Self::PeriodClosed(_) => "period-closed",
            Self::Counted(_) => "counted",
            Self::RegisterImported(_) => "register-imported",
            Self::RegisterEntries(_) => "register-entries",
            Self::RegisterUndone(_) => "register-undone",
            Self::NilReturned(_) => "nil-returned",
            Self::Simulated(_) => "simulated",
            Self::FindingOpened(_) => "finding-opened",
            Self::FindingClosed(_) => "finding-closed",
            Self::FindingReminded(_) => "finding-reminded",
            Self::ReportSent(_) => "report-sent",
            Self::Dossier(e) => e.name(),
            Self::Survey(e) => e.name(),
        }
    }
}

/// An event as the log holds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// Its place.
    pub position: Position,
    /// When it was committed, by the gateway's clock; never earlier than the record before.
    pub at: Timestamp,
    /// SHA-256 over the predecessor's hash and this record's bytes: the audit chain's head here.
    pub hash: Digest,
    /// The event.
    pub event: Event,
}
