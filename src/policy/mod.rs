//! From the reports of a document's files to one decision: which signatures count for whom, the
//! document's indication, and what the relay does. Pure.
//!
//! Indication and disposition are two types (`verdicts.md` §1); [`disposition`] is the one table
//! that maps one to the other. Nothing here looks at bytes.

mod component;
mod disposition;
mod document;
mod inspect;
mod kinds;
mod retention;
mod senders;

pub use component::{SignedFile, signed_file};
pub use disposition::{Outcome, disposition};
pub use document::{
    FileFinding, Judgement, Sent, SignatureRole, judge_document, refused_for_secrecy,
};
pub use inspect::{Finding, FindingCode, inspect};
pub use kinds::{MAX_TYPE_POLICIES, TypePolicy};
pub use retention::{
    DossierTerms, Facts as RetentionFacts, MAX_CLASSES, Retention, RetentionClass, Term,
};
pub use senders::{DomainGroup, MAX_GROUPS};

use crate::model::event::Policy;
use crate::model::{Calendar, Digest, Hasher};
use crate::registry::Registry;
use crate::trust::changes::ChangeLevel;
use crate::trust::validator::Validator;
use std::sync::Arc;

/// What the administrator decides about signatures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicySettings {
    /// Which signatures a document must carry.
    pub policy: Policy,
    /// What holds for some types of document in its place; the first that names a type decides.
    pub types: Vec<TypePolicy>,
    /// Trust domains whose certificates may sign as an agency; empty: any configured domain.
    pub agency_domains: Vec<String>,
    /// Trust domains whose certificates may sign as a person; empty: any configured domain.
    pub person_domains: Vec<String>,
    /// What holds for groups of units in place of the two above; the first that holds decides.
    pub groups: Vec<DomainGroup>,
    /// The most that a PDF may be changed after its last signature, where that permits it.
    pub after_last_signature: ChangeLevel,
    /// How long a document may wait for evidence, in seconds.
    pub hold_secs: i64,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            policy: Policy::RequireAgency,
            types: Vec::new(),
            agency_domains: Vec::new(),
            person_domains: Vec::new(),
            groups: Vec::new(),
            after_last_signature: ChangeLevel::Updates,
            // NĐ 30/2020 Điều 14: at the latest the next working day; two days cover a night and
            // a day off, and a CRL that is not renewed by then needs people.
            hold_secs: 48 * 3600,
        }
    }
}

/// Everything a judgement follows: loaded once per judgement, its digest enters the event.
#[derive(Debug)]
pub struct Rules {
    /// Anchors, intermediates, distrust and CRLs, with the caches that belong to them.
    pub validator: Arc<Validator>,
    /// Units and bindings.
    pub registry: Arc<Registry>,
    /// What the administrator decided.
    pub policy: PolicySettings,
    /// Working days and office hours: what deadlines are reckoned in. No verdict depends on it.
    pub calendar: Arc<Calendar>,
    /// SHA-256 over all of it.
    pub digest: Digest,
}

impl Rules {
    /// Puts rules together and computes their digest.
    #[must_use]
    pub fn new(validator: Arc<Validator>, registry: Arc<Registry>, policy: PolicySettings) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&validator.material().digest().0);
        hasher.update(&registry.digest().0);
        hasher.update(format!("{policy:?}").as_bytes());
        let digest = hasher.finish();
        Self {
            validator,
            registry,
            policy,
            calendar: Arc::new(Calendar::default()),
            digest,
        }
    }

    /// The same rules with deadlines reckoned in another calendar.
    #[must_use]
    pub fn with_calendar(self, calendar: Calendar) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&self.digest.0);
        hasher.update(format!("{calendar:?}").as_bytes());
        Self {
            calendar: Arc::new(calendar),
            digest: hasher.finish(),
            ..self
        }
    }
}
