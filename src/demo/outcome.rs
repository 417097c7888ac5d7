//! What became of a document, and whether it was intended.

use super::cases::Intended;
use super::documents::DocumentToSend;
use crate::lang::text;
use crate::model::{Disposition, Language, ReasonCode};
use std::collections::BTreeMap;

/// What the clients saw of one document.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Its identifier.
    pub id: String,
    /// The disposition at the offer, by its stable name.
    pub first: String,
    /// The disposition at the end.
    pub last: String,
    /// The reason at the end.
    pub reason: String,
    /// Whether a valid person's signature was reported.
    pub person: bool,
    /// How many recipients are in which state.
    pub states: BTreeMap<String, usize>,
    /// Receipts that were verified.
    pub receipts: usize,
    /// Whatever was wrong.
    pub problems: Vec<String>,
}

impl DocumentToSend {
    /// How many receipts there must be in the end: one of the offer, one of a second judgement,
    /// two per recipient.
    #[must_use]
    pub fn receipts(&self) -> usize {
        let each = self.recipients.len().saturating_mul(2);
        match self.case.intended() {
            Intended::Accepted { .. } => each.saturating_add(1),
            Intended::HeldThenAccepted => each.saturating_add(2),
            Intended::Refused(_) => 1,
        }
    }

    /// What is intended, in words.
    #[must_use]
    pub fn intended(&self, language: Language) -> String {
        let say = |key: &str| text(language, key, &[]);
        let end = if self.to_be_refused {
            "demo-returned"
        } else {
            "demo-taken"
        };
        let end = format!("{} {}", say(end), self.recipients.len());
        match self.case.intended() {
            Intended::Accepted { .. } => format!("{}, {end}", say("demo-accept")),
            Intended::HeldThenAccepted => {
                format!("{}, {}, {end}", say("demo-hold"), say("demo-accept"))
            }
            Intended::Refused(reasons) => {
                let names: Vec<&str> = reasons.iter().map(|r| r.name()).collect();
                format!("{}: {}", say("demo-refuse"), names.join(", "))
            }
        }
    }

    /// What came of it, in the same words.
    #[must_use]
    pub fn actual(&self, language: Language, outcome: &Outcome) -> String {
        let mut parts = vec![disposition(language, &outcome.first)];
        if outcome.last != outcome.first {
            parts.push(disposition(language, &outcome.last));
        }
        if outcome.last == Disposition::Refuse.name() {
            return format!("{}: {}", parts.join(", "), outcome.reason);
        }
        for (state, count) in &outcome.states {
            let word = match state.as_str() {
                "accepted" => text(language, "demo-taken", &[]),
                "refused" => text(language, "demo-returned", &[]),
                other => other.to_owned(),
            };
            parts.push(format!("{word} {count}"));
        }
        parts.join(", ")
    }

    /// What the words of [`DocumentToSend::actual`] do not show.
    #[must_use]
    pub fn difference(&self, outcome: &Outcome) -> String {
        format!(
            "person_signed: {}; receipts: {}/{}",
            outcome.person,
            outcome.receipts,
            self.receipts()
        )
    }

    /// Whether it came out as intended, receipts included.
    #[must_use]
    pub fn is_right(&self, outcome: &Outcome) -> bool {
        let accepted = Disposition::Accept.name();
        let end = if self.to_be_refused {
            "refused"
        } else {
            "accepted"
        };
        let ended = outcome.states.get(end) == Some(&self.recipients.len());
        let ended = ended && outcome.states.len() == 1;
        let decided = match self.case.intended() {
            Intended::Accepted { person } => {
                outcome.first == accepted
                    && outcome.last == accepted
                    && outcome.person == person
                    && ended
            }
            Intended::HeldThenAccepted => {
                outcome.first == Disposition::Hold.name() && outcome.last == accepted && ended
            }
            Intended::Refused(reasons) => {
                let known = ReasonCode::from_name(&outcome.reason);
                outcome.first == Disposition::Refuse.name()
                    && known.is_some_and(|r| reasons.contains(&r))
                    && outcome.states.is_empty()
            }
        };
        decided && outcome.problems.is_empty() && outcome.receipts == self.receipts()
    }
}

/// The short word for a disposition given by its stable name.
#[must_use]
pub fn disposition(language: Language, name: &str) -> String {
    let key = match Disposition::from_name(name) {
        Some(Disposition::Accept) => "demo-accept",
        Some(Disposition::Hold) => "demo-hold",
        Some(Disposition::Refuse) => "demo-refuse",
        Some(Disposition::Record) => "demo-record",
        None => return name.to_owned(),
    };
    text(language, key, &[])
}
