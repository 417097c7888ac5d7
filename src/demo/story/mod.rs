//! What becomes of documents between offices, told by seven of them: one accepted, one refused, one recalled, one
//! taken back, one replaced, one late and one that nobody fetched. Every step is a process of its own, as a clerk
//! would type it; every receipt is then verified by a process that knows nothing but the file and the pinned CA.

pub(super) mod clerk;
mod print;
mod tales;

pub use print::print;

use super::DemoError;
use super::install::Installation;
use super::units::{UNITS, UnitInfo};
use super::world::World;
use crate::model::Language;
use crate::model::indication::words;
use std::path::Path;

words! {
    /// One document's story.
    Tale {
        /// Sent, received, accepted, worked on, completed.
        Accepted = 1 "accepted",
        /// Sent back with a reason.
        Refused = 2 "refused",
        /// Recalled after it was accepted; the recipient agrees.
        Recalled = 3 "recalled",
        /// Taken back before anybody fetched it.
        TakenBack = 4 "taken_back",
        /// Replaced by another document.
        Replaced = 5 "replaced",
        /// Sent long after it was promulgated.
        Late = 6 "late",
        /// Fetched by nobody until its clock ran out.
        Expired = 7 "expired",
    }
}

/// One step of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Who made it, short.
    pub who: String,
    /// What, as a key of its sentence.
    pub what: &'static str,
    /// The event that its receipt must prove; `None` where there is none, and for what only is looked at.
    pub event: Option<&'static str>,
    /// What was learned: a reason, a state, a day.
    pub note: String,
}

/// A receipt that a process verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    /// The event.
    pub event: String,
    /// What ETSI EN 319 522 calls it, if it is one there.
    pub etsi: Vec<String>,
    /// Its place in the log.
    pub position: u64,
}

/// What came of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// Which.
    pub tale: Tale,
    /// Số và ký hiệu.
    pub code: String,
    /// Who sent it.
    pub from: &'static str,
    /// To whom.
    pub to: &'static str,
    /// What happened.
    pub steps: Vec<Step>,
    /// Its receipts in the order of the log, each verified.
    pub receipts: Vec<Verified>,
    /// How it stands at its recipient in the end.
    pub state: String,
    /// Whatever did not come out as it must.
    pub problems: Vec<String>,
}

impl Tale {
    /// How it must stand at its recipient in the end.
    #[must_use]
    pub fn intended(self) -> &'static str {
        match self {
            Self::Accepted => "completed",
            Self::Refused => "refused",
            Self::Recalled => "recall_agreed",
            Self::TakenBack => "taken_back",
            Self::Replaced => "superseded",
            Self::Late => "accepted",
            Self::Expired => "expired",
        }
    }
}

impl Told {
    /// Whether it came out as it must, with a verified receipt for each event and no other.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let due = self.steps.iter().filter_map(|step| step.event);
        let had = self.receipts.iter().map(|receipt| receipt.event.as_str());
        self.problems.is_empty() && self.state == self.tale.intended() && due.eq(had)
    }
}

/// What all stories share.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// The program: its clients are processes of it.
    pub program: &'a Path,
    /// Where the gateway and the profiles are.
    pub at: &'a Installation,
    /// All certificates.
    pub world: &'a World,
    /// In which language clients speak.
    pub language: Language,
}

/// Lives through every story, side by side. It waits for processes: others go on meanwhile.
///
/// # Errors
/// [`DemoError`] if a document cannot be made or a process cannot be started.
pub fn live(stage: Stage<'_>) -> Result<Vec<Told>, DemoError> {
    std::thread::scope(|scope| {
        let one = |tale: &'static Tale| scope.spawn(move || tales::live(stage, *tale));
        let threads: Vec<_> = Tale::ALL.iter().map(one).collect();
        let lived = threads.into_iter().map(|thread| {
            let lived = thread.join();
            lived.unwrap_or(Err(DemoError::Interrupted))
        });
        lived.collect()
    })
}

/// Who takes part: the places of sender and recipient among the units. Not the unit whose certificate turns out to
/// be revoked later.
fn cast(tale: Tale) -> [usize; 2] {
    match tale {
        Tale::Accepted => [1, 4],
        Tale::Refused => [2, 3],
        Tale::Recalled => [1, 5],
        Tale::TakenBack => [0, 7],
        Tale::Replaced => [2, 4],
        Tale::Late => [8, 3],
        Tale::Expired => [0, 8],
    }
}

/// The unit at a place; the first, if there is none.
fn unit(place: usize) -> &'static UnitInfo {
    let [first, ..] = &UNITS;
    UNITS.get(place).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        let step = |event| Step {
            who: "Sở Tài chính".into(),
            what: "send",
            event,
            note: String::new(),
        };
        let receipt = |event: &str, position| Verified {
            event: event.to_owned(),
            etsi: Vec::new(),
            position,
        };
        Told {
            tale: Tale::TakenBack,
            code: "804/STC".into(),
            from: "Sở Tài chính",
            to: "Xã Long Cang",
            steps: vec![step(Some("offered")), step(Some("taken-back")), step(None)],
            receipts: vec![receipt("offered", 7), receipt("taken-back", 9)],
            state: "taken_back".into(),
            problems: Vec::new(),
        }
    }

    #[test]
    fn a_story_is_right_only_with_its_end_and_exactly_its_receipts() {
        assert!(told().is_right());
        let wrong: [fn(&mut Told); 5] = [
            |t| t.state = "arrived".into(),
            |t| drop(t.receipts.pop()),
            |t| t.receipts.extend(t.receipts.clone()),
            |t| t.receipts.reverse(),
            |t| t.problems.push("a receipt that is none".into()),
        ];
        for change in wrong {
            let mut one = told();
            change(&mut one);
            assert!(!one.is_right(), "{one:?}");
        }
    }

    #[test]
    fn nobody_takes_part_whose_certificate_is_revoked_later() {
        for tale in Tale::ALL {
            let [from, to] = cast(*tale);
            assert_ne!(from, to);
            assert_ne!(unit(from).code, "H53.MAU.TL");
            assert!(UNITS.get(from).is_some() && UNITS.get(to).is_some());
        }
    }
}
