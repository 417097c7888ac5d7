//! What is done with a dossier after it was registered.

use super::super::{Intake, Note};
use super::{DossierError, DossierOutcome};
use crate::dossier::life::{Command, DossierState, decide};
use crate::model::dossier::{DossierItem, DossierMove as Move, DossierNumber};
use crate::model::{Digest, DocumentId, Timestamp, UnitCode};
use crate::store::{Change, CommitError, Kept};
use crate::telemetry::names;

/// How often a move is decided again because the dossier moved meanwhile.
const ATTEMPTS: u32 = 16;

/// What is asked of a dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// A move that only changes the status.
    Plain(Move),
    /// A supplement is asked for.
    Ask {
        /// What.
        items: Vec<DossierItem>,
        /// On which ground, where it is not the first request.
        ground: Option<String>,
    },
    /// There is another appointment.
    Reschedule(Timestamp),
}

/// A move of a dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DossierMoved {
    /// The agency, proved.
    pub agency: UnitCode,
    /// What.
    pub act: Act,
    /// The reason and who is at the counter.
    pub note: Note,
}

impl Act {
    fn what(&self) -> Move {
        match self {
            Self::Plain(what) => *what,
            Self::Ask { .. } => Move::AskSupplement,
            Self::Reschedule(_) => Move::Reschedule,
        }
    }
}

impl Intake {
    /// A dossier of an agency; those of others are not there.
    ///
    /// # Errors
    /// [`DossierError::NotFound`], or [`DossierError::Read`].
    pub fn own_dossier(
        &self,
        id: DocumentId,
        agency: &UnitCode,
    ) -> Result<DossierState, DossierError> {
        let found = self.tools.ledger.dossier(id)?;
        let own = found.filter(|state| state.agency() == agency);
        own.ok_or(DossierError::NotFound)
    }

    /// The dossier that is named: by its number, or by its identifier inside.
    ///
    /// # Errors
    /// As [`Self::own_dossier`].
    pub fn dossier_named(&self, name: &str) -> Result<DocumentId, DossierError> {
        if let Some(id) = DocumentId::parse(name) {
            return Ok(id);
        }
        let number = DossierNumber::parse(name).ok_or(DossierError::NotFound)?;
        let found = self.tools.ledger.dossier_numbered(&number)?;
        found.ok_or(DossierError::NotFound)
    }

    /// Makes a move. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub async fn move_dossier(
        &self,
        id: DocumentId,
        moved: &DossierMoved,
    ) -> Result<DossierOutcome, DossierError> {
        let what = moved.act.what();
        if what.needs_reason() && moved.note.reason.is_none() {
            return Err(DossierError::NoReason);
        }
        let mut bodies = Vec::new();
        let mut keep = |note: &Note| -> Option<Digest> {
            let kept = self.tools.vault.keep_bytes(note.to_bytes()?);
            let digest = kept.digest();
            bodies.push(kept);
            Some(digest)
        };
        let note = keep(&moved.note);
        let command = match &moved.act {
            Act::Plain(what) => Command::Move { what: *what, note },
            Act::Reschedule(due) => Command::Reschedule { due: *due, note },
            Act::Ask { items, ground } => Command::Ask {
                items: items.clone(),
                ground: ground.as_ref().and_then(|ground| {
                    keep(&Note {
                        reason: Some(ground.clone()),
                        staff: None,
                    })
                }),
                note,
            },
        };
        for _ in 0..ATTEMPTS {
            let state = self.own_dossier(id, &moved.agency)?;
            if let Some(done) = self.make_dossier(state, &command, bodies.clone()).await? {
                return Ok(done);
            }
        }
        Err(CommitError::Stale.into())
    }

    /// Decides and commits; nothing, if the dossier moved meanwhile.
    pub(super) async fn make_dossier(
        &self,
        state: DossierState,
        command: &Command,
        bodies: Vec<Kept>,
    ) -> Result<Option<DossierOutcome>, DossierError> {
        let Ok(event) = decide(&state, command)? else {
            let entry = state.timeline.last().cloned();
            let entry = entry.ok_or(DossierError::NotFound)?;
            let slip = self.slip(&state, &entry)?;
            return Ok(Some(DossierOutcome {
                state,
                entry,
                slip,
                repeated: true,
            }));
        };
        let change = Change {
            subject: Some((state.dossier, state.version)),
            bodies,
            events: vec![event],
        };
        match self.tools.ledger.commit(change).await {
            Ok(committed) => {
                let done = self.done_with(Some(state), &committed.records)?;
                let status = done.state.status.name();
                metrics::counter!(names::DOSSIER_MOVES, "status" => status).increment(1);
                Ok(Some(done))
            }
            Err(CommitError::Stale) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
