//! What became of a document, and whether it was intended.

use super::cases::{Intended, Why};
use super::documents::DocumentToSend;
use crate::client::wire::VerdictView;
use crate::lang::text;
use crate::model::{Disposition, Indication, Language};
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
    /// The verdict at the offer.
    pub first_told: Told,
    /// The verdict at the end.
    pub told: Told,
    /// Whether a valid person's signature was reported.
    pub person: bool,
    /// How many recipients are in which state.
    pub states: BTreeMap<String, usize>,
    /// Receipts that were verified.
    pub receipts: usize,
    /// Whatever was wrong.
    pub problems: Vec<String>,
}

/// What a verdict says, by stable names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// The indication.
    pub indication: String,
    /// The sub-indication.
    pub sub: Option<String>,
    /// The reason.
    pub reason: String,
}

impl Told {
    /// What the gateway answered.
    #[must_use]
    pub fn of(view: VerdictView) -> Self {
        Self {
            indication: view.indication,
            sub: view.sub_indication,
            reason: view.reason,
        }
    }

    /// Whether it is exactly this.
    fn is(&self, why: Why) -> bool {
        let passed = self.indication == Indication::TotalPassed.name();
        self.sub.as_deref() == why.sub.map(|sub| sub.name())
            && passed == why.sub.is_none()
            && self.reason == why.reason.name()
    }

    fn shown(&self) -> String {
        let word = self.sub.as_deref().unwrap_or(&self.indication);
        shown(word, &self.reason)
    }
}

impl Why {
    fn shown(self) -> String {
        let passed = Indication::TotalPassed.name();
        shown(
            self.sub.map_or(passed, |sub| sub.name()),
            self.reason.name(),
        )
    }
}

/// A sub-indication of EN 319 102-1, or that everything passed, with the reason of the decision.
fn shown(word: &str, reason: &str) -> String {
    format!("{word} ({reason})")
}

impl DocumentToSend {
    /// How many receipts there must be in the end: one of the offer, one of a second judgement,
    /// two per recipient.
    #[must_use]
    pub fn receipts(&self) -> usize {
        let each = self.recipients.len().saturating_mul(2);
        match self.case.intended() {
            Intended::Accepted { .. } => each.saturating_add(1),
            Intended::HeldThenAccepted(_) => each.saturating_add(2),
            Intended::Held(_) | Intended::Refused(_) => 1,
        }
    }

    /// What is intended, in words.
    #[must_use]
    pub fn intended(&self, language: Language) -> String {
        let say = |key: &str| say(language, key);
        let end = if self.to_be_refused {
            "demo-returned"
        } else {
            "demo-taken"
        };
        let end = format!("{} {}", say(end), self.recipients.len());
        match self.case.intended() {
            Intended::Accepted { .. } => format!("{}, {end}", say("demo-accept")),
            Intended::HeldThenAccepted(why) => {
                let (hold, accept) = (say("demo-hold"), say("demo-accept"));
                format!("{hold}: {}; {accept}, {end}", why.shown())
            }
            Intended::Held(why) => format!("{}: {}", say("demo-hold"), why.shown()),
            Intended::Refused(why) => format!("{}: {}", say("demo-refuse"), why.shown()),
        }
    }

    /// What came of it, in the same words.
    #[must_use]
    pub fn actual(&self, language: Language, outcome: &Outcome) -> String {
        let relayed = |name: &str| {
            let relayed = [Disposition::Accept, Disposition::Record];
            relayed.map(Disposition::name).contains(&name)
        };
        let mut text = disposition(language, &outcome.first);
        if !relayed(&outcome.first) {
            text = format!("{text}: {}", outcome.first_told.shown());
        }
        if (&outcome.last, &outcome.told) != (&outcome.first, &outcome.first_told) {
            text = format!("{text}; {}", disposition(language, &outcome.last));
            if !relayed(&outcome.last) {
                text = format!("{text}: {}", outcome.told.shown());
            }
        }
        for (state, count) in &outcome.states {
            let word = match state.as_str() {
                "accepted" => say(language, "demo-taken"),
                "refused" => say(language, "demo-returned"),
                other => other.to_owned(),
            };
            text = format!("{text}, {word} {count}");
        }
        text
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
            Intended::HeldThenAccepted(why) => {
                outcome.first == Disposition::Hold.name()
                    && outcome.first_told.is(why)
                    && outcome.last == accepted
                    && ended
            }
            Intended::Held(why) => {
                outcome.first == Disposition::Hold.name()
                    && outcome.last == outcome.first
                    && outcome.told.is(why)
            }
            Intended::Refused(why) => {
                outcome.first == Disposition::Refuse.name()
                    && outcome.told.is(why)
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

fn say(language: Language, key: &str) -> String {
    text(language, key, &[])
}
