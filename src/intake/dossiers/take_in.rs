//! A dossier at the counter: judged, committed with what is kept of it, and answered with its slip; and the rest of one
//! that lacked something.

use super::super::offer::request_digest;
use super::super::{Intake, Note, new_id};
use super::judged::{JudgeDossier, judged};
use super::settle::{Settled, settle};
use super::words::{Words, note_of};
use super::{DossierError, DossierOutcome};
use crate::client::dossier::{ComponentView, DossierView, IntakeView};
use crate::dossier::life::{Command, DossierState, EntryKind, Impossible, possible};
use crate::dossier::{Facts, Procedure};
use crate::judge::{FileInput, Patience};
use crate::model::dossier::{DossierNumber, DossierStatus, ProcedureCode, ProcedureRef};
use crate::model::event::{
    DossierEvent, DossierFile, DossierRef, DossierRegistered, Event, Presented,
};
use crate::model::{Digest, DocumentId, Hasher, Position, Timestamp, UnitCode, digest};
use crate::policy::Rules;
use crate::store::{Change, CommitError, Kept, Staged};
use crate::telemetry::names;
use ring::rand::SecureRandom;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How often a dossier is decided again because it moved meanwhile.
const ATTEMPTS: u32 = 16;

/// A dossier as it came to the counter, or the rest of one.
#[derive(Debug)]
pub struct DossierOffer {
    /// The agency, proved by its transport certificate.
    pub agency: UnitCode,
    /// What was said.
    pub view: DossierView,
    /// The files of the components that name one, in their order.
    pub files: Vec<Staged>,
    /// The caller's idempotency key.
    pub key: Option<String>,
    /// When it was handed in.
    pub received: Timestamp,
}

/// A set of which everything is at hand.
struct Set {
    words: Words,
    facts: Facts,
    files: Vec<SetFile>,
    held: BTreeSet<usize>,
}

/// A file: of now, or one that is kept already.
#[derive(Clone)]
struct SetFile {
    offered: u16,
    input: FileInput,
    staged: Option<Staged>,
}

impl Set {
    fn of(view: &DossierView, files: Vec<Staged>) -> Result<Self, DossierError> {
        let words = Words::of(view);
        let named = places(&words.components);
        if named.len() != files.len() {
            return Err(DossierError::Files(named.len()));
        }
        let files = named
            .into_iter()
            .zip(files)
            .map(|(offered, staged)| SetFile {
                offered,
                input: FileInput::from(&staged),
                staged: Some(staged),
            });
        Ok(Self {
            files: files.collect(),
            facts: view.facts.clone(),
            words,
            held: BTreeSet::new(),
        })
    }

    /// SHA-256 over the agency, the request, the words and the files. The request is what the caller or chance chose, and
    /// stands nowhere else: without it nobody finds the words by trying once they are erased.
    fn content(&self, agency: &UnitCode, key: &str) -> Digest {
        let mut hasher = Hasher::new();
        for text in [agency.as_str(), key] {
            hasher.update(&Digest::of(text.as_bytes()).0);
        }
        hasher.update(&Digest::of(&self.words.plain()).0);
        for file in &self.files {
            hasher.update(&file.input.digest.0);
        }
        hasher.finish()
    }
}

/// The places of components that name a file.
fn places(components: &[ComponentView]) -> Vec<u16> {
    let named = components.iter().enumerate();
    let named = named.filter(|(_, own)| own.file.is_some());
    named.filter_map(|(at, _)| u16::try_from(at).ok()).collect()
}

impl Intake {
    /// The version of a procedure that is in force on the day of a moment.
    ///
    /// # Errors
    /// [`DossierError::NoProcedure`].
    pub fn procedure(&self, code: &str, at: Timestamp) -> Result<Procedure, DossierError> {
        let procedures = self.tools.procedures.load();
        let day = at.local_day();
        let found = procedures.in_force(code, day).cloned();
        found.ok_or_else(|| DossierError::NoProcedure(code.to_owned(), day))
    }

    /// The check of a dossier that is not handed in: the same answer as at intake.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub async fn check_dossier(
        &self,
        offer: DossierOffer,
    ) -> Result<(Procedure, Settled), DossierError> {
        let procedure = self.procedure(&offer.view.procedure, offer.received)?;
        offer.view.fits(&procedure)?;
        let set = Set::of(&offer.view, offer.files)?;
        let rules = self.rules();
        let settled = self
            .judge_set(&offer.agency, &rules, (&procedure, &set), offer.received)
            .await?;
        Ok((procedure, settled))
    }

    async fn judge_set(
        &self,
        agency: &UnitCode,
        rules: &Arc<Rules>,
        (procedure, set): (&Procedure, &Set),
        at: Timestamp,
    ) -> Result<Settled, DossierError> {
        let with = JudgeDossier {
            judge: &self.tools.judge,
            rules,
            whose: Some(agency),
            at,
            patience: Patience::Send,
        };
        let files: Vec<FileInput> = set.files.iter().map(|file| file.input.clone()).collect();
        let offered = judged(with, &set.words.components, &files).await?;
        let day = at.local_day();
        Ok(settle(procedure, day, &set.facts, &offered, &set.held))
    }

    /// Takes a dossier in, or registers it with what it lacks. A repeat gives the earlier facts. Once called it runs to
    /// its end even if the caller goes away, so it is to be awaited from a task that is not cancelled.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub async fn take_in(&self, offer: DossierOffer) -> Result<DossierOutcome, DossierError> {
        let set = Set::of(&offer.view, offer.files)?;
        let key = offer.key.clone().unwrap_or_else(|| self.own_key());
        let content = set.content(&offer.agency, &key);
        let request = request_digest(&offer.agency, &key);
        if let Some(id) = self.tools.ledger.dossier_request(&request)? {
            return self.earlier_dossier(id, &content);
        }
        let procedure = self.procedure(&offer.view.procedure, offer.received)?;
        offer.view.fits(&procedure)?;
        let note = note_of(&offer.view);
        if offer.view.intake == IntakeView::Refuse && note.reason.is_none() {
            return Err(DossierError::NoReason);
        }
        let (rules, received) = (self.rules(), offer.received);
        let settled = self
            .judge_set(&offer.agency, &rules, (&procedure, &set), received)
            .await?;
        let status = status(offer.view.intake, &settled);
        let (presented, mut bodies) = self.kept(&set, &settled, status).await?;
        let note = self.note(&note, &mut bodies);
        let code = ProcedureCode::parse(&procedure.code);
        let code = code.ok_or_else(|| {
            DossierError::NoProcedure(procedure.code.clone(), received.local_day())
        })?;
        let due = match status == DossierStatus::TakenIn {
            true => Some(self.appointment(&procedure, received, &rules.calendar)?),
            false => None,
        };
        let dossier = new_id(&self.chance, received);
        let registered = DossierRegistered {
            of: DossierRef {
                dossier,
                agency: offer.agency.clone(),
                procedure: ProcedureRef {
                    code,
                    version: procedure.version,
                },
            },
            number: DossierNumber::not_given(offer.agency.clone(), received.local_day()),
            request,
            content,
            status,
            received,
            presented,
            items: settled.items(),
            due,
            rules: rules.digest,
            note,
        };
        let event = Event::Dossier(Box::new(DossierEvent::Registered(registered)));
        let change = Change {
            subject: Some((dossier, Position::START)),
            bodies,
            events: vec![event],
        };
        let committed = self.tools.ledger.commit(change).await?;
        if committed.repeated {
            let id = self.tools.ledger.dossier_request(&request)?;
            return self.earlier_dossier(id.ok_or(DossierError::NotFound)?, &content);
        }
        metrics::counter!(names::DOSSIERS, "status" => status.name()).increment(1);
        self.done_with(None, &committed.records)
    }

    /// Without a key each dossier is another one: those of two people, or of one person's twins, may be alike to the letter.
    fn own_key(&self) -> String {
        let mut chance = [0u8; 16];
        // Fails only before the kernel has gathered any chance at boot; then the key is that of an earlier dossier with
        // other content, which is refused.
        let _ = self.chance.fill(&mut chance);
        // No header holds this character, so no key of a caller is spelt alike.
        format!("\u{1f}{}", digest::to_hex(&chance))
    }

    fn earlier_dossier(
        &self,
        id: DocumentId,
        content: &Digest,
    ) -> Result<DossierOutcome, DossierError> {
        let state = self.tools.ledger.dossier(id)?;
        let state = state.ok_or(DossierError::NotFound)?;
        if state.content != *content {
            return Err(CommitError::KeyReused(id).into());
        }
        let entry = state.timeline.first().cloned();
        let entry = entry.ok_or(DossierError::NotFound)?;
        let slip = self.slip(&state, &entry)?;
        Ok(DossierOutcome {
            state,
            entry,
            slip,
            repeated: true,
        })
    }

    /// Pins what is kept of a set.
    async fn kept(
        &self,
        set: &Set,
        settled: &Settled,
        status: DossierStatus,
    ) -> Result<(Presented, Vec<Kept>), DossierError> {
        let words = self.tools.vault.keep_bytes(set.words.salted());
        let mut presented = Presented {
            words: words.digest(),
            files: Vec::new(),
        };
        let mut bodies = vec![words];
        for file in &set.files {
            let place = usize::from(file.offered);
            // Where nobody has decided yet, it is looked at again with all that there is.
            let useless = settled.wrong.contains(&place) && status != DossierStatus::Registered;
            let refused = status == DossierStatus::Refused;
            if refused || useless || settled.surplus.contains(&place) {
                continue;
            }
            if let Some(staged) = &file.staged {
                bodies.push(self.tools.vault.keep(staged).await?);
            }
            presented.files.push(DossierFile {
                offered: file.offered,
                digest: file.input.digest,
                size: file.input.size,
            });
        }
        Ok((presented, bodies))
    }

    fn note(&self, note: &Note, bodies: &mut Vec<Kept>) -> Option<Digest> {
        let kept = self.tools.vault.keep_bytes(note.to_bytes()?);
        let digest = kept.digest();
        bodies.push(kept);
        Some(digest)
    }

    /// Takes the rest of a dossier that lacked something: with it everything is judged again, by the version of the
    /// procedure under which it was registered. What is still not complete changes nothing: it is not a request anew.
    ///
    /// # Errors
    /// See [`DossierError`].
    pub async fn complete_dossier(
        &self,
        id: DocumentId,
        offer: DossierOffer,
    ) -> Result<DossierOutcome, DossierError> {
        let note = note_of(&offer.view);
        for _ in 0..ATTEMPTS {
            let state = self.own_dossier(id, &offer.agency)?;
            if let Some(done) = self.waits_for_nothing(&state)? {
                return Ok(done);
            }
            let procedure = self.pinned(&state, offer.received)?;
            let set = self.merged(&state, &procedure, &offer)?;
            let rules = self.rules();
            let settled = self
                .judge_set(&offer.agency, &rules, (&procedure, &set), offer.received)
                .await?;
            if !settled.complete {
                return Err(DossierError::Incomplete(Box::new(settled)));
            }
            let status = DossierStatus::TakenIn;
            let (presented, mut bodies) = self.kept(&set, &settled, status).await?;
            let command = Command::Complete {
                received: offer.received,
                presented,
                items: settled.items(),
                due: self.appointment_anew(&state, &procedure, offer.received, &rules.calendar)?,
                rules: rules.digest,
                note: self.note(&note, &mut bodies),
            };
            if let Some(done) = self.make_dossier(state, &command, bodies).await? {
                return Ok(done);
            }
        }
        Err(CommitError::Stale.into())
    }

    /// Where nothing is waited for: that it was complete just before, or that it cannot be completed.
    fn waits_for_nothing(
        &self,
        state: &DossierState,
    ) -> Result<Option<DossierOutcome>, DossierError> {
        let at = state.status;
        if matches!(
            at,
            DossierStatus::Registered | DossierStatus::SupplementAsked
        ) {
            return Ok(None);
        }
        let last = state.timeline.last();
        let completed = last.filter(|entry| entry.kind == EntryKind::Completed);
        let Some(entry) = completed.cloned() else {
            let possible = possible(at);
            return Err(Impossible::Move { at, possible }.into());
        };
        Ok(Some(DossierOutcome {
            slip: self.slip(state, &entry)?,
            state: state.clone(),
            entry,
            repeated: true,
        }))
    }

    /// The version by which a dossier is judged for ever.
    ///
    /// # Errors
    /// [`DossierError::NoProcedure`] if that version is not there any more.
    pub fn pinned(&self, state: &DossierState, at: Timestamp) -> Result<Procedure, DossierError> {
        let procedures = self.tools.procedures.load();
        let own = &state.procedure;
        let found = procedures.version(own.code.as_str(), own.version).cloned();
        found.ok_or_else(|| DossierError::NoProcedure(own.code.to_string(), at.local_day()))
    }

    /// What was in order and kept, and what came now.
    fn merged(
        &self,
        state: &DossierState,
        procedure: &Procedure,
        offer: &DossierOffer,
    ) -> Result<Set, DossierError> {
        let words = self.dossier_words(state)?.ok_or(DossierError::Erased)?;
        let applicant = words.applicant.clone();
        let mut set = self.left(state, words)?;
        let fresh = Set::of(&offer.view, offer.files.clone())?;
        let before = u16::try_from(set.words.components.len()).unwrap_or(u16::MAX);
        set.facts.extend(fresh.facts);
        let all = DossierView {
            facts: set.facts.clone(),
            ..offer.view.clone()
        };
        all.fits(procedure)?;
        set.words.components.extend(fresh.words.components);
        DossierView::bounded(set.words.components.len())?;
        set.words.applicant = fresh.words.applicant.or(applicant);
        set.words.facts = Words::of(&all).facts;
        let moved = fresh.files.into_iter().map(|file| SetFile {
            offered: file.offered.saturating_add(before),
            ..file
        });
        set.files.extend(moved);
        Ok(set)
    }

    /// What of the words and files handed in before is still of use: what was wrong or surplus is not.
    fn left(&self, state: &DossierState, words: Words) -> Result<Set, DossierError> {
        let useless = useless(state);
        let mut set = Set {
            facts: words.facts(),
            words: Words::default(),
            files: Vec::new(),
            held: BTreeSet::new(),
        };
        let kept = state.presented().map(|kept| kept.files.as_slice());
        let kept = kept.unwrap_or_default();
        for (at, component) in words.components.into_iter().enumerate() {
            let mut files = kept.iter();
            let file = files.find(|file| usize::from(file.offered) == at);
            if useless.contains(&at) || (component.file.is_some() && file.is_none()) {
                continue;
            }
            let place = set.words.components.len();
            if let Some(file) = file {
                let content = self.tools.vault.open(&file.digest)?;
                let content = content.filter(|_| !state.is_erased(&file.digest));
                set.files.push(SetFile {
                    offered: u16::try_from(place).unwrap_or(u16::MAX),
                    input: FileInput {
                        content: content.ok_or(DossierError::Erased)?,
                        digest: file.digest,
                        size: file.size,
                    },
                    staged: None,
                });
            }
            set.held.insert(place);
            set.words.components.push(component);
        }
        Ok(set)
    }
}

/// Places of what was handed in and is wrong or surplus, as it was judged last. Where nobody has decided yet, what is
/// wrong is judged again.
fn useless(state: &DossierState) -> BTreeSet<usize> {
    let waits = state.status == DossierStatus::Registered;
    let mut all = state.timeline.iter().rev();
    let judged = all.find(|entry| entry.presented.is_some());
    let items = judged.into_iter().flat_map(|entry| &entry.items);
    let items = items.filter(|item| item.problem.is_surplus() || !waits);
    items
        .filter_map(|item| item.offered.map(usize::from))
        .collect()
}

/// Where a dossier stands once it was judged.
fn status(asked: IntakeView, settled: &Settled) -> DossierStatus {
    match asked {
        IntakeView::Refuse => DossierStatus::Refused,
        IntakeView::Register => DossierStatus::Registered,
        IntakeView::TakeIn if settled.complete => DossierStatus::TakenIn,
        IntakeView::TakeIn if settled.undecided => DossierStatus::Registered,
        IntakeView::TakeIn => DossierStatus::SupplementAsked,
    }
}
