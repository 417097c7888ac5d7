//! The life of a dossier. Codes, days, numbers and digests only: who the applicant is, what was declared and what was
//! handed in are bodies, which can be erased.

use crate::model::dossier::{DossierItem, DossierMove, DossierNumber, DossierStatus, ProcedureRef};
use crate::model::{Digest, DocumentId, Timestamp, UnitCode};

/// Which dossier, and what everything about it is counted by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierRef {
    /// Its identifier inside; outside it goes by its number.
    pub dossier: DocumentId,
    /// The agency at whose counter it was handed in.
    pub agency: UnitCode,
    /// The version by which it is judged for ever.
    pub procedure: ProcedureRef,
}

/// A file that was handed in and is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DossierFile {
    /// Which of what was handed in, by its place there.
    pub offered: u16,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length.
    pub size: u64,
}

/// What was handed in, as far as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Presented {
    /// The body that holds the applicant's particulars, what was declared, and the list of what was handed in (JSON).
    pub words: Digest,
    /// The files that are kept, in the order of that list.
    pub files: Vec<DossierFile>,
}

/// A dossier has a number, and stands in the register: taken in, to be supplemented, refused, or not decided yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierRegistered {
    /// Which one.
    pub of: DossierRef,
    /// Its number, whose last part the writer of the store gives.
    pub number: DossierNumber,
    /// Scope of idempotency: SHA-256 over the agency and its key.
    pub request: Digest,
    /// SHA-256 over the agency, what was said and the files.
    pub content: Digest,
    /// `Registered`, `TakenIn`, `Refused` or `SupplementAsked`.
    pub status: DossierStatus,
    /// When it was handed in: by this moment its rules are chosen and its clock starts.
    pub received: Timestamp,
    /// What was handed in.
    pub presented: Presented,
    /// How it differs from what is asked for: what is to be supplemented, and what was handed back.
    pub items: Vec<DossierItem>,
    /// Until when there is to be a result, where it was taken in.
    pub due: Option<Timestamp>,
    /// The digest of the rules by which its signatures were judged.
    pub rules: Digest,
    /// The body that holds a reason and who was at the counter (JSON), if any was given.
    pub note: Option<Digest>,
}

/// A move that only changes the status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierMoved {
    /// Which dossier.
    pub of: DossierRef,
    /// What was done.
    pub what: DossierMove,
    /// Its status before.
    pub from: DossierStatus,
    /// Its status after.
    pub to: DossierStatus,
    /// The appointment in force, so that what is late is seen from this event alone.
    pub due: Option<Timestamp>,
    /// As of a [`DossierRegistered`].
    pub note: Option<Digest>,
}

/// Something was asked for after it was registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierAsked {
    /// Which dossier.
    pub of: DossierRef,
    /// Which request it is, from 1: all but the first need a ground of their own.
    pub request: u16,
    /// Its status before.
    pub from: DossierStatus,
    /// What is asked for; never empty.
    pub items: Vec<DossierItem>,
    /// The body that holds the ground of a further request (JSON).
    pub ground: Option<Digest>,
    /// As of a [`DossierRegistered`].
    pub note: Option<Digest>,
}

/// It is complete: what was asked for is there, or what was only registered was judged. The clock starts again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierCompleted {
    /// Which dossier.
    pub of: DossierRef,
    /// `TakeIn` or `Complete`.
    pub what: DossierMove,
    /// Its status before.
    pub from: DossierStatus,
    /// When the rest was handed in.
    pub received: Timestamp,
    /// All that was handed in by now.
    pub presented: Presented,
    /// What was handed back.
    pub items: Vec<DossierItem>,
    /// Until when there is to be a result.
    pub due: Timestamp,
    /// As of a [`DossierRegistered`].
    pub rules: Digest,
    /// As of a [`DossierRegistered`].
    pub note: Option<Digest>,
}

/// There is another appointment, with an apology; at most once (NĐ 61/2018/NĐ-CP Điều 19 khoản 9).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierRescheduled {
    /// Which dossier.
    pub of: DossierRef,
    /// Its status, which stays.
    pub status: DossierStatus,
    /// The appointment before.
    pub before: Timestamp,
    /// The appointment in force.
    pub due: Timestamp,
    /// The body that holds the reason (JSON).
    pub note: Option<Digest>,
}

/// What happened to a dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DossierEvent {
    /// See [`DossierRegistered`].
    Registered(DossierRegistered),
    /// See [`DossierMoved`].
    Moved(DossierMoved),
    /// See [`DossierAsked`].
    Asked(DossierAsked),
    /// See [`DossierCompleted`].
    Completed(DossierCompleted),
    /// See [`DossierRescheduled`].
    Rescheduled(DossierRescheduled),
}

impl DossierEvent {
    /// Which dossier.
    #[must_use]
    pub fn of(&self) -> &DossierRef {
        match self {
            Self::Registered(e) => &e.of,
            Self::Moved(e) => &e.of,
            Self::Asked(e) => &e.of,
            Self::Completed(e) => &e.of,
            Self::Rescheduled(e) => &e.of,
        }
    }

    /// The stable name of its kind, as slips and timelines show it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Registered(_) => "dossier-registered",
            Self::Moved(_) => "dossier-moved",
            Self::Asked(_) => "dossier-supplement-asked",
            Self::Completed(_) => "dossier-completed",
            Self::Rescheduled(_) => "dossier-rescheduled",
        }
    }

    /// Its longest list.
    #[must_use]
    pub fn longest(&self) -> usize {
        match self {
            Self::Registered(e) => e.items.len().max(e.presented.files.len()),
            Self::Asked(e) => e.items.len(),
            Self::Completed(e) => e.items.len().max(e.presented.files.len()),
            Self::Moved(_) | Self::Rescheduled(_) => 0,
        }
    }

    /// The bodies that it makes content of its dossier.
    #[must_use]
    pub fn content(&self) -> Vec<Digest> {
        let presented = |presented: &Presented| {
            let files = presented.files.iter().map(|file| file.digest);
            std::iter::once(presented.words)
                .chain(files)
                .collect::<Vec<_>>()
        };
        let (mut all, notes) = match self {
            Self::Registered(e) => (presented(&e.presented), [e.note, None]),
            Self::Moved(e) => (Vec::new(), [e.note, None]),
            Self::Asked(e) => (Vec::new(), [e.note, e.ground]),
            Self::Completed(e) => (presented(&e.presented), [e.note, None]),
            Self::Rescheduled(e) => (Vec::new(), [e.note, None]),
        };
        all.extend(notes.into_iter().flatten());
        all
    }
}
