//! The outgoing register of a unit, handed in or taken back, and its nil returns: from what was said to a committed
//! event. A register is taken whole or not at all.

mod nil;

use super::notes::{MAX_REASON, Note};
use super::{SealError, Sealer, new_id};
use crate::model::event::{RegisterAct, RegisterEntries, RegisterEntry, RegisterImported, SentBy};
use crate::model::{
    CodeNotation, CodeNumber, Digest, DocumentId, DocumentKey, Event, LocalDay, Timestamp, UnitCode,
};
use crate::rates::one_document::{Entry, REGISTER_DAYS};
use crate::store::{Change, CommitError, Import, Kept, Ledger, ReadError, Vault, VaultError};
use bytes::Bytes;
use ring::rand::SystemRandom;
use serde::Serialize;
use std::collections::BTreeSet;

/// How often an act is decided again because the store moved meanwhile.
const ATTEMPTS: u32 = 16;
/// Entries of one record: some 100 KB, so that a large register is many records and no long one.
const ENTRIES: usize = 4_000;
/// The most entries of one register: a change is one group of the log, of at most 64 MiB; the office of a province
/// writes some 50,000 a year.
pub const MAX_ENTRIES: usize = 200_000;
/// The largest file of a register.
pub const MAX_SOURCE: u64 = 64 * 1024 * 1024;
/// How many documents are read at once.
const PAGE: usize = 1_000;

/// One entry, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterLine {
    /// Its number.
    pub number: CodeNumber,
    /// Its notation.
    pub notation: CodeNotation,
    /// Its promulgation date.
    pub day: LocalDay,
    /// How it was sent.
    pub sent_by: SentBy,
}

/// Whose register, for which days, and who hands it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterDays {
    /// The unit.
    pub unit: UnitCode,
    /// The first day.
    pub from: LocalDay,
    /// The last day.
    pub to: LocalDay,
    /// A unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// Why a register was not taken in or back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RegisterError {
    /// No reason, or words that are too long.
    #[error("the reason is missing or too long")]
    Reason,
    /// Days in the wrong order, of more than a year, or that are not over.
    #[error("no register is of {0} to {1}")]
    Days(LocalDay, LocalDay),
    /// One in force covers some of those days.
    #[error("there is a register from {} to {} already", .0.from, .0.to)]
    Covered(Box<Import>),
    /// An entry, by its place, of a day that the register does not cover.
    #[error("entry {0} is of a day outside")]
    Outside(usize),
    /// An entry, by its place, whose document was named before.
    #[error("entry {0} names a document twice")]
    Twice(usize),
    /// More than [`MAX_ENTRIES`].
    #[error("more than {MAX_ENTRIES} entries")]
    TooMany,
    /// The unit handed in no such register.
    #[error("no such register")]
    Unknown,
    /// It was taken back already.
    #[error("taken back already")]
    Undone,
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// See [`VaultError`].
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A nil return could not be signed; it was not taken in.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// An import or a nil return that was taken in, now or before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// As it is on record.
    pub import: Import,
    /// Whether it was in force already, just as it was handed in: the answer before was lost.
    pub repeated: bool,
}

/// Why a register was taken back where another one took its place.
#[derive(Serialize)]
struct Replaced {
    replaced_by: String,
}

/// The parts of a store that acts on registers need, and the time.
#[derive(Clone, Copy)]
pub struct RegisterTools<'a> {
    /// What happened.
    pub ledger: &'a dyn Ledger,
    /// The bodies.
    pub vault: &'a dyn Vault,
    /// Signs what a nil return says.
    pub sealer: &'a dyn Sealer,
    /// The gateway's name.
    pub gateway: &'a str,
    /// The clock.
    pub now: Timestamp,
}

impl std::fmt::Debug for RegisterTools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RegisterTools(at {})", self.now)
    }
}

impl RegisterTools<'_> {
    /// Takes a register in. With `replace`, those in force that cover some of its days are taken back in the same
    /// change. One that is in force just as it is handed in is a repeat, and nothing is done.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn import(
        &self,
        of: &RegisterDays,
        lines: &[RegisterLine],
        source: Bytes,
        replace: bool,
    ) -> Result<Imported, RegisterError> {
        self.check_days(of)?;
        check_lines(of, lines)?;
        let digest = Digest::of(&source);
        let mut source = Source::Given(source);
        let id = new_id(&SystemRandom::new(), self.now);
        let note = replace.then(|| self.replaced_by(id)).transpose()?;
        for _ in 0..ATTEMPTS {
            let covering = self.covering(of)?;
            if let [import] = covering.as_slice()
                && self.is_same(import, of, lines, &digest)?
            {
                return Ok(Imported {
                    import: import.clone(),
                    repeated: true,
                });
            }
            let source = source.kept(self).await?;
            let mut events = Vec::new();
            let mut bodies = vec![source.clone()];
            let mut gone = BTreeSet::new();
            for import in covering {
                let Some(note) = &note else {
                    return Err(RegisterError::Covered(Box::new(import)));
                };
                bodies.push(note.clone());
                let undone = self.undone(&import, note, of.actor.clone())?;
                gone.extend(free(&undone));
                events.extend(undone);
            }
            events.push(Event::RegisterImported(Box::new(RegisterImported {
                import: id,
                unit: of.unit.clone(),
                from: of.from,
                to: of.to,
                entries: u32::try_from(lines.len()).unwrap_or(u32::MAX),
                source: source.digest(),
                actor: of.actor.clone(),
            })));
            events.extend(self.entries(id, of, lines, &gone)?);
            match self.commit(bodies, events).await {
                Ok(()) => return self.taken(&of.unit, id),
                Err(CommitError::Stale) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(CommitError::Stale.into())
    }

    /// Whether that import is this file of those days, read as it is read now.
    fn is_same(
        &self,
        import: &Import,
        of: &RegisterDays,
        lines: &[RegisterLine],
        source: &Digest,
    ) -> Result<bool, ReadError> {
        let same = (import.from, import.to, import.source) == (of.from, of.to, *source);
        if !same || import.entries != u32::try_from(lines.len()).ok() {
            return Ok(false);
        }
        for line in lines {
            let entry = self
                .ledger
                .one_document(&line.key(&of.unit))?
                .and_then(|one| one.entry);
            let as_read = |entry: &Entry| {
                (entry.import, entry.day, entry.sent_by) == (import.import, line.day, line.sent_by)
            };
            if !entry.as_ref().is_some_and(as_read) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn taken(&self, unit: &UnitCode, import: DocumentId) -> Result<Imported, RegisterError> {
        Ok(Imported {
            import: self.known(unit, import)?,
            repeated: false,
        })
    }

    fn replaced_by(&self, import: DocumentId) -> Result<Kept, RegisterError> {
        let replaced = Replaced {
            replaced_by: import.to_string(),
        };
        let bytes = serde_json::to_vec(&replaced).map_err(|_| RegisterError::Reason)?;
        Ok(self.vault.keep_bytes(bytes.into()))
    }

    /// Takes a register or a nil return back.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn undo(
        &self,
        unit: &UnitCode,
        import: DocumentId,
        reason: &str,
        staff: Option<String>,
        actor: Option<UnitCode>,
    ) -> Result<Import, RegisterError> {
        let note = self.note(reason, staff)?;
        for _ in 0..ATTEMPTS {
            let known = self.known(unit, import)?;
            if known.undone.is_some() {
                return Err(RegisterError::Undone);
            }
            let events = self.undone(&known, &note, actor.clone())?;
            match self.commit(vec![note.clone()], events).await {
                Ok(()) => return self.known(unit, import),
                Err(CommitError::Stale) => {}
                Err(e) => return Err(e.into()),
            }
        }
        Err(CommitError::Stale.into())
    }

    fn check_days(&self, of: &RegisterDays) -> Result<(), RegisterError> {
        let days = of.to.number().saturating_sub(of.from.number());
        let days = usize::try_from(days).unwrap_or(usize::MAX);
        // One book may go on over New Year; its numbers begin anew (NĐ 30/2020/NĐ-CP Điều 15), and keys have the year.
        if of.from > of.to || days >= REGISTER_DAYS || of.to > self.now.local_day() {
            return Err(RegisterError::Days(of.from, of.to));
        }
        Ok(())
    }

    /// What is in force of those days.
    fn covering(&self, of: &RegisterDays) -> Result<Vec<Import>, ReadError> {
        let all = self.ledger.imports(&of.unit)?.into_iter();
        Ok(all.filter(|import| import.covers(of.from, of.to)).collect())
    }

    fn known(&self, unit: &UnitCode, import: DocumentId) -> Result<Import, RegisterError> {
        let mut all = self.ledger.imports(unit)?.into_iter();
        let own = all.find(|known| known.import == import);
        own.ok_or(RegisterError::Unknown)
    }

    fn note(&self, reason: &str, staff: Option<String>) -> Result<Kept, RegisterError> {
        let reason = reason.trim();
        if reason.is_empty() || is_long(reason) || staff.as_deref().is_some_and(is_long) {
            return Err(RegisterError::Reason);
        }
        let note = Note {
            reason: Some(reason.to_owned()),
            staff,
        };
        let bytes = note.to_bytes().ok_or(RegisterError::Reason)?;
        Ok(self.vault.keep_bytes(bytes))
    }

    async fn keep(&self, source: Bytes) -> Result<Kept, VaultError> {
        let mut stage = self.vault.stage(MAX_SOURCE)?;
        stage.write(source).await?;
        let staged = stage.finish().await?;
        Ok(self.vault.keep(&staged).await?.lasting())
    }

    async fn commit(&self, bodies: Vec<Kept>, events: Vec<Event>) -> Result<(), CommitError> {
        let change = Change {
            subject: None,
            bodies,
            events,
        };
        self.ledger.commit(change).await.map(drop)
    }

    fn entries(
        &self,
        import: DocumentId,
        of: &RegisterDays,
        lines: &[RegisterLine],
        gone: &BTreeSet<DocumentKey>,
    ) -> Result<Vec<Event>, ReadError> {
        let mut entries = Vec::with_capacity(lines.len());
        for line in lines {
            let key = line.key(&of.unit);
            let alone = gone.contains(&key) || self.ledger.one_document(&key)?.is_none();
            entries.push(RegisterEntry {
                number: line.number.clone(),
                notation: line.notation.clone(),
                day: line.day,
                sent_by: line.sent_by,
                alone,
            });
        }
        Ok(in_records(import, &of.unit, false, &entries))
    }

    /// The events that take an import back.
    fn undone(
        &self,
        import: &Import,
        note: &Kept,
        actor: Option<UnitCode>,
    ) -> Result<Vec<Event>, ReadError> {
        let unit = &import.unit;
        let undone = RegisterAct {
            import: import.import,
            unit: unit.clone(),
            from: import.from,
            to: import.to,
            note: note.digest(),
            actor,
        };
        let mut events = vec![Event::RegisterUndone(Box::new(undone))];
        let mut entries = Vec::new();
        let mut after: Option<DocumentKey> = None;
        loop {
            let page = self.ledger.one_documents(unit, after.as_ref(), PAGE)?;
            after = page.last().map(|(key, _)| key.clone());
            for (key, one) in page {
                if let Some(entry) = one.entry.filter(|e| e.import == import.import) {
                    entries.push(RegisterEntry {
                        number: key.number,
                        notation: key.notation,
                        day: entry.day,
                        sent_by: entry.sent_by,
                        alone: one.first.is_none(),
                    });
                }
            }
            if after.is_none() {
                break;
            }
        }
        events.extend(in_records(import.import, unit, true, &entries));
        Ok(events)
    }
}

fn is_long(text: &str) -> bool {
    text.chars().count() > MAX_REASON
}

/// The file of a register, kept once it is known to be new.
enum Source {
    Given(Bytes),
    Kept(Kept),
}

impl Source {
    async fn kept(&mut self, tools: &RegisterTools<'_>) -> Result<Kept, VaultError> {
        let bytes = match self {
            Self::Kept(kept) => return Ok(kept.clone()),
            Self::Given(bytes) => bytes.clone(),
        };
        let kept = tools.keep(bytes).await?;
        *self = Self::Kept(kept.clone());
        Ok(kept)
    }
}

impl RegisterLine {
    /// The key of its document in the register of a unit.
    #[must_use]
    pub fn key(&self, unit: &UnitCode) -> DocumentKey {
        let (number, notation) = (self.number.clone(), self.notation.clone());
        DocumentKey::new(unit.clone(), number, notation, self.day)
    }
}

/// The documents of which nothing is known once those events were written.
fn free(events: &[Event]) -> Vec<DocumentKey> {
    let mut out = Vec::new();
    for event in events {
        if let Event::RegisterEntries(e) = event {
            let alone = e.entries.iter().filter(|entry| entry.alone);
            out.extend(alone.map(|entry| entry.key(&e.unit)));
        }
    }
    out
}

fn in_records(
    import: DocumentId,
    unit: &UnitCode,
    undone: bool,
    entries: &[RegisterEntry],
) -> Vec<Event> {
    let record = |entries: &[RegisterEntry]| {
        Event::RegisterEntries(Box::new(RegisterEntries {
            import,
            unit: unit.clone(),
            undone,
            entries: entries.to_vec(),
        }))
    };
    entries.chunks(ENTRIES).map(record).collect()
}

fn check_lines(of: &RegisterDays, lines: &[RegisterLine]) -> Result<(), RegisterError> {
    if lines.len() > MAX_ENTRIES {
        return Err(RegisterError::TooMany);
    }
    let mut seen = BTreeSet::new();
    for (place, line) in lines.iter().enumerate() {
        if line.day < of.from || line.day > of.to {
            return Err(RegisterError::Outside(place));
        }
        if !seen.insert(line.key(&of.unit)) {
            return Err(RegisterError::Twice(place));
        }
    }
    Ok(())
}
