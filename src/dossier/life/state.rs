//! A dossier as its events leave it.

pub use crate::model::dossier::DossierEntryKind as EntryKind;
use crate::model::dossier::{
    DossierItem, DossierMove, DossierNumber, DossierProblem, DossierStatus, ProcedureRef,
};
use crate::model::event::{DossierRef, ErasureCause, Presented};
use crate::model::{Digest, DocumentId, Position, Timestamp, UnitCode};

/// One record of a dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its place in the log.
    pub position: Position,
    /// When it was committed.
    pub at: Timestamp,
    /// The log's hash-chain head there.
    pub hash: Digest,
    /// What it says.
    pub kind: EntryKind,
    /// The move that it tells; none where the dossier was only registered, or content was erased.
    pub what: Option<DossierMove>,
    /// The status after it.
    pub status: DossierStatus,
    /// When what it tells of was handed in.
    pub received: Option<Timestamp>,
    /// The appointment after it.
    pub due: Option<Timestamp>,
    /// What it asks for, or hands back.
    pub items: Vec<DossierItem>,
    /// What had been handed in by then.
    pub presented: Option<Presented>,
    /// The ground of a further request.
    pub ground: Option<Digest>,
    /// The words of it.
    pub note: Option<Digest>,
}

/// Content was erased.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Erasure {
    /// The place of its record.
    pub position: Position,
    /// Why.
    pub cause: ErasureCause,
    /// The body with the basis in words.
    pub basis: Option<Digest>,
    /// Which bodies.
    pub bodies: Vec<Digest>,
}

/// A dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierState {
    /// Its identifier inside.
    pub dossier: DocumentId,
    /// Its number.
    pub number: DossierNumber,
    /// The version by which it is judged for ever.
    pub procedure: ProcedureRef,
    /// Scope of idempotency.
    pub request: Digest,
    /// SHA-256 over the agency, what was said first and the files.
    pub content: Digest,
    /// Where it stands.
    pub status: DossierStatus,
    /// When its clock started last; `None`: it was never taken in.
    pub taken: Option<Timestamp>,
    /// Until when there is to be a result.
    pub due: Option<Timestamp>,
    /// The appointment that the one in force took the place of, since the clock started last.
    pub due_before: Option<Timestamp>,
    /// Whether there was another appointment ever: there is at most one.
    pub rescheduled: bool,
    /// How often something was asked for.
    pub requests: u16,
    /// Its records, the oldest first; never empty.
    pub timeline: Vec<Entry>,
    /// What was erased.
    pub erased: Vec<Erasure>,
    /// The place of its last record.
    pub version: Position,
}

impl DossierState {
    /// The agency at whose counter it was handed in.
    #[must_use]
    pub fn agency(&self) -> &UnitCode {
        &self.number.agency
    }

    /// As events name it.
    #[must_use]
    pub fn reference(&self) -> DossierRef {
        DossierRef {
            dossier: self.dossier,
            agency: self.number.agency.clone(),
            procedure: self.procedure.clone(),
        }
    }

    /// When it was handed in first.
    #[must_use]
    pub fn received(&self) -> Timestamp {
        let first = self.timeline.first();
        first
            .map(|entry| entry.received.unwrap_or(entry.at))
            .unwrap_or_default()
    }

    /// When it was registered.
    #[must_use]
    pub fn registered(&self) -> Timestamp {
        self.timeline
            .first()
            .map(|entry| entry.at)
            .unwrap_or_default()
    }

    /// All that was handed in by now.
    #[must_use]
    pub fn presented(&self) -> Option<&Presented> {
        let mut all = self.timeline.iter().rev();
        all.find_map(|entry| entry.presented.as_ref())
    }

    /// What is asked for and not there yet: empty unless a supplement is open.
    #[must_use]
    pub fn open_items(&self) -> Vec<&DossierItem> {
        if self.status != DossierStatus::SupplementAsked {
            return Vec::new();
        }
        let asks = |entry: &&Entry| entry.status == DossierStatus::SupplementAsked && entry.asks();
        let last = self.timeline.iter().rfind(asks);
        let items = last.into_iter().flat_map(|entry| &entry.items);
        items.filter(|item| !item.problem.is_surplus()).collect()
    }

    /// When there was a result.
    #[must_use]
    pub fn finished(&self) -> Option<Timestamp> {
        let is = |entry: &&Entry| entry.what == Some(DossierMove::Finish);
        self.timeline.iter().find(is).map(|entry| entry.at)
    }

    /// When it came to its end; `None`: something is still to come of it.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        let moved = |entry: &&Entry| entry.kind != EntryKind::Erased;
        let last = self.timeline.iter().rfind(moved);
        last.filter(|_| self.status.is_over()).map(|entry| entry.at)
    }

    /// Since when it is late, if it is: the result came after the appointment, or is not there although that is over.
    #[must_use]
    pub fn late_since(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.due?;
        let end = match self.status {
            DossierStatus::Finished | DossierStatus::Returned => self.finished()?,
            DossierStatus::TakenIn | DossierStatus::InProcess | DossierStatus::FeeAsked => now,
            // Nobody works on it, or nobody may.
            DossierStatus::Registered
            | DossierStatus::Refused
            | DossierStatus::SupplementAsked
            | DossierStatus::Withdrawn
            | DossierStatus::Stopped => return None,
        };
        (end > due).then_some(due)
    }

    /// The bodies that can be erased, or were, each once: what was handed in, and all words.
    #[must_use]
    pub fn bodies(&self) -> Vec<Digest> {
        let mut all: Vec<Digest> = Vec::new();
        for entry in &self.timeline {
            let presented = entry.presented.iter();
            let presented = presented.flat_map(|presented| {
                let files = presented.files.iter().map(|file| file.digest);
                std::iter::once(presented.words).chain(files)
            });
            let words = [entry.note, entry.ground].into_iter().flatten();
            for body in presented.chain(words) {
                // Hundreds at most: every list of them is bounded.
                if entry.kind != EntryKind::Erased && !all.contains(&body) {
                    all.push(body);
                }
            }
        }
        all
    }

    /// Whether a body of it was erased. Another dossier may have the same one, and keeps it.
    #[must_use]
    pub fn is_erased(&self, body: &Digest) -> bool {
        let mut all = self.erased.iter();
        all.any(|erasure| erasure.bodies.contains(body))
    }
}

impl Entry {
    /// Whether something was asked for by it.
    #[must_use]
    pub fn asks(&self) -> bool {
        let lacks = |item: &DossierItem| !item.problem.is_surplus();
        self.items.iter().any(lacks)
    }

    /// What was handed back by it.
    pub fn handed_back(&self) -> impl Iterator<Item = &DossierItem> {
        self.items
            .iter()
            .filter(|item| DossierProblem::is_surplus(item.problem))
    }
}
