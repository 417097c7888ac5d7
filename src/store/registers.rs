//! The paper register in the tables: imports and nil returns, and the documents that they name.

use super::codec::bytes::Writer;
use super::codec::write_key;
use super::tables::Tables;
use crate::model::event::{Counted, Event, Recorded, RegisterEntries};
use crate::model::{Digest, DocumentId, DocumentKey, LocalDay, Position, Timestamp, UnitCode};
use crate::rates::OneDocument;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Documents by the bytes of their keys, in whose order the index has them. `None`: not there any more.
pub(super) type OneRows = BTreeMap<Vec<u8>, (DocumentKey, Option<Arc<OneDocument>>)>;

/// The key of a document in the index: the documents of one unit stand together.
pub(super) fn key_row(key: &DocumentKey) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    write_key(&mut Writer(&mut out), key);
    out
}

/// An outgoing register that was handed in, or a nil return.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// Its identifier.
    pub import: DocumentId,
    /// Whose register.
    pub unit: UnitCode,
    /// The first day that it covers.
    pub from: LocalDay,
    /// The last day that it covers.
    pub to: LocalDay,
    /// How many entries it has; `None`: a nil return.
    pub entries: Option<u32>,
    /// The file as it was handed in, or what was said with a nil return.
    pub source: Digest,
    /// Who handed it in: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
    /// The place of its record.
    pub position: Position,
    /// When it was handed in.
    pub at: Timestamp,
    /// When it was taken back, and the reason.
    pub undone: Option<(Timestamp, Digest)>,
}

impl Import {
    /// Whether it counts, and covers one of those days.
    #[must_use]
    pub fn covers(&self, from: LocalDay, to: LocalDay) -> bool {
        self.undone.is_none() && self.from <= to && from <= self.to
    }
}

/// Whether an event can change how a document stands in the figures of exchange.
pub(super) fn moves_figures(event: &Event) -> bool {
    matches!(
        event,
        Event::Offered(_)
            | Event::Rejudged(_)
            | Event::Arrived(_)
            | Event::TakenBack(_)
            | Event::TakeBackAnswered(_)
            | Event::Recalled(_)
            | Event::GivenUp(_)
    )
}

/// The keys of the documents that an event counts; `own` is that of its own document.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "what moves the figures is listed above"
)]
pub(super) fn touched_by(event: &Event, own: Option<&DocumentKey>) -> Vec<DocumentKey> {
    match event {
        Event::Offered(e) => vec![e.key.clone()],
        Event::Counted(e) => vec![e.key.clone()],
        Event::RegisterEntries(e) => keys(e).collect(),
        _ if moves_figures(event) => own.into_iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The same for each event of a change, whose own documents are in the tables or offered by the change itself.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "only offers have keys of their own"
)]
pub(super) fn touched(events: &[Event], tables: &Tables) -> Vec<Vec<DocumentKey>> {
    let offered = |id: DocumentId| {
        events.iter().find_map(|event| match event {
            Event::Offered(e) if e.document == id => Some(&e.key),
            _ => None,
        })
    };
    let own = |event: &Event| {
        let id = event.document().filter(|_| moves_figures(event))?;
        let known = tables.documents.get(&id).map(|state| &state.offered.key);
        known.or_else(|| offered(id)).cloned()
    };
    let each = events.iter();
    each.map(|event| touched_by(event, own(event).as_ref()))
        .collect()
}

impl Tables {
    /// Changes one document, which is here already if any table has it. What nothing is known of is no row.
    pub(super) fn one(&mut self, key: &DocumentKey, change: impl FnOnce(&mut OneDocument)) {
        let known = self.ones.remove(key).flatten();
        let mut one = known.map_or_else(OneDocument::default, Arc::unwrap_or_clone);
        change(&mut one);
        let row = (!one.is_nothing()).then(|| Arc::new(one));
        self.ones.insert(key.clone(), row);
    }

    /// What the figures lack of a document that was changed just now.
    pub(super) fn correction(&self, key: &DocumentKey) -> Option<Counted> {
        self.ones.get(key)?.as_ref()?.correction(key)
    }

    /// The documents of a unit after a key, by the bytes of their keys.
    pub(super) fn ones_after(
        &self,
        unit: &UnitCode,
        after: Option<&DocumentKey>,
        rows: &mut OneRows,
    ) {
        let after = after.map(key_row);
        let own = self.ones.iter().skip_while(|(key, _)| key.unit < *unit);
        for (key, one) in own.take_while(|(key, _)| key.unit == *unit) {
            let row = key_row(key);
            if after.as_ref().is_none_or(|after| row > *after) {
                rows.insert(row, (key.clone(), one.clone()));
            }
        }
    }

    /// What a unit handed in.
    pub(super) fn imports_of(
        &self,
        unit: &UnitCode,
    ) -> impl Iterator<Item = (DocumentId, &Import)> + '_ {
        let own = self.imports.range((unit.clone(), DocumentId::FIRST)..);
        let unit = unit.clone();
        own.take_while(move |((of, _), _)| *of == unit)
            .map(|((_, id), import)| (*id, import))
    }

    pub(super) fn entered(&mut self, e: &RegisterEntries) {
        for (key, entry) in keys(e).zip(&e.entries) {
            self.one(&key, |one| match e.undone {
                false => one.enter(e.import, entry),
                true => one.strike(e.import, entry),
            });
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "it is called for these alone"
    )]
    pub(super) fn handed_in(&mut self, record: &Recorded) {
        let row = match &record.event {
            Event::RegisterImported(e) => Import {
                import: e.import,
                unit: e.unit.clone(),
                from: e.from,
                to: e.to,
                entries: Some(e.entries),
                source: e.source,
                actor: e.actor.clone(),
                position: record.position,
                at: record.at,
                undone: None,
            },
            Event::NilReturned(e) => Import {
                import: e.import,
                unit: e.unit.clone(),
                from: e.from,
                to: e.to,
                entries: None,
                source: e.note,
                actor: e.actor.clone(),
                position: record.position,
                at: record.at,
                undone: None,
            },
            Event::RegisterUndone(e) => {
                // It was loaded before the change was taken.
                if let Some(row) = self.imports.get_mut(&(e.unit.clone(), e.import)) {
                    row.undone = Some((record.at, e.note));
                }
                return;
            }
            _ => return,
        };
        self.imports.insert((row.unit.clone(), row.import), row);
    }
}

/// The keys of the entries of a register, in their order.
pub(super) fn keys(e: &RegisterEntries) -> impl Iterator<Item = DocumentKey> + '_ {
    e.entries.iter().map(|entry| entry.key(&e.unit))
}
