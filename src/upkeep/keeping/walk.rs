//! What the terms of keeping say of each document: dropped, to be dropped, kept until, or kept because something is
//! still to come of it. The same for a plan that only looks and for the pass that drops.

use crate::format::envelope::Envelope;
use crate::model::{DocumentId, Timestamp};
use crate::policy::{Retention, RetentionFacts};
use crate::registry::Registry;
use crate::relay::{DocumentState, Open};
use crate::store::Vault;

/// What becomes of a document's content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// There is none, or none is left.
    Gone,
    /// It is kept for ever.
    Forever,
    /// It is kept until then, at least.
    Until(Timestamp),
    /// Its term is over, and it goes.
    Due(Timestamp),
    /// Something is still to come of it: it stays whatever its term.
    Open(Open),
}

/// What terms go by.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) vault: &'a dyn Vault,
    pub(super) registry: &'a Registry,
    pub(super) retention: &'a Retention,
    pub(super) now: Timestamp,
}

impl Terms<'_> {
    /// What becomes of a document, and the class that says so.
    pub(super) fn fate(&self, state: &DocumentState) -> (Fate, Option<String>) {
        let content = state.content().without_reports();
        if content.iter().all(|body| state.is_erased(body)) {
            return (Fate::Gone, None);
        }
        let since = match state.settled() {
            Ok(since) => since,
            Err(open) => return (Fate::Open(open), None),
        };
        let shortest = self.retention.shortest();
        let shortest = shortest.map(|days| crate::policy::Term::Days(days).end(since));
        match shortest.flatten() {
            None => return (Fate::Forever, None),
            // Whatever its class, it stays: its envelope need not be read.
            Some(earliest) if earliest > self.now => return (Fate::Until(earliest), None),
            Some(_) => {}
        }
        let kind = self.kind(state);
        let facts = RetentionFacts {
            kind: kind.as_deref(),
            urgency: state.offered.urgency,
            sender: &state.offered.sender,
        };
        let (class, term) = self.retention.term(self.registry, &facts);
        let name = class.map(|class| class.name.clone());
        let fate = match term.end(since) {
            None => Fate::Forever,
            Some(end) if end > self.now => Fate::Until(end),
            Some(end) => Fate::Due(end),
        };
        (fate, name)
    }

    /// The type as the envelope names it; `None`: the envelope is gone or cannot be read.
    fn kind(&self, state: &DocumentState) -> Option<String> {
        let envelope = &state.offered.envelope;
        if state.is_erased(envelope) {
            return None;
        }
        let raw = self.vault.open(envelope).ok()??;
        let parsed = Envelope::parse(raw.bytes()).ok()?;
        Some(parsed.kind)
    }
}

/// Whether a document was taken in so late that no term of it can be over: and so with all that come after it.
pub(super) fn is_too_young(id: DocumentId, shortest: u32, now: Timestamp) -> bool {
    let begun = crate::policy::Term::Days(shortest).end(id.begun());
    begun.is_some_and(|end| end > now)
}
