//! What only some events state, and what ETSI EN 319 522 calls them. Receipts of earlier versions have
//! none of it, and stay what they are.

use super::json::Json;
use super::receipt::{Fields, ReceiptError, object, text, wrong};
use crate::model::event::{ExpiryCause, ExpiryClock, Redirected};
use crate::model::{Digest, Disposition, DocumentId, Status, UnitCode};

/// The events that a receipt can prove.
pub(super) const EVENTS: [&str; 17] = [
    "offered",
    "rejudged",
    "arrived",
    "answered",
    "doubted",
    "progressed",
    "take-back-asked",
    "taken-back",
    "take-back-answered",
    "recalled",
    "recall-answered",
    "superseded",
    "updated",
    "expired",
    "replayed",
    "given-up",
    "erased",
];

/// What only some events state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The events of ETSI EN 319 522-1 §6 that it stands for; empty where that standard has none, and in
    /// receipts of earlier versions.
    pub etsi: Vec<String>,
    /// The stages of the work that it implies.
    pub implied: Vec<Status>,
    /// The other document that it speaks of: the new one, for `superseded` and `updated`.
    pub other: Option<DocumentId>,
    /// For `expired`: why nothing was delivered, and which clock of the gateway ran out.
    pub expiry: Option<(ExpiryCause, ExpiryClock)>,
    /// SHA-256 of the body with a reason in words.
    pub note: Option<Digest>,
    /// For `replayed` and `given-up`: who did it. Receipts of earlier versions do not say so.
    pub actor: Option<ActedBy>,
    /// Codes of ended units that the envelope names, and who stands for them: of the recipient that it is about, or
    /// of all where it is about none.
    pub redirected: Vec<Redirected>,
}

/// Who acted: on a dead letter, or for a register.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ActedBy {
    /// Who runs the gateway: `administrator`, which is no unit's code.
    Administrator,
    /// A unit.
    Unit(UnitCode),
}

impl ActedBy {
    const ADMINISTRATOR: &str = "administrator";

    /// Who made the move that a record tells, if it is one of these.
    #[must_use]
    pub fn of(event: &str, actor: Option<&UnitCode>) -> Option<Self> {
        let unit = actor.cloned().map(Self::Unit);
        ACTS.contains(&event)
            .then(|| unit.unwrap_or(Self::Administrator))
    }

    /// As receipts write it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Administrator => Self::ADMINISTRATOR,
            Self::Unit(code) => code.as_str(),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == Self::ADMINISTRATOR {
            return Some(Self::Administrator);
        }
        UnitCode::parse(text).map(Self::Unit)
    }
}

/// The events that say who acted.
const ACTS: [&str; 2] = ["replayed", "given-up"];

/// The names of ETSI EN 319 522-3 table 2 for an event.
///
/// To relay a document is to consign it: it lies in the recipient's inbox. To fetch it is its handover.
/// Recalls, take-backs and the work in an office are not events of that standard.
#[must_use]
pub fn etsi(
    event: &str,
    status: Option<Status>,
    disposition: Disposition,
    clock: Option<ExpiryClock>,
) -> &'static [&'static str] {
    match (event, disposition) {
        ("offered" | "rejudged", Disposition::Accept | Disposition::Record) => {
            &["SubmissionAcceptance", "ContentConsignment"]
        }
        ("offered" | "rejudged", Disposition::Refuse) => &["SubmissionRejection"],
        ("arrived", _) => &["ContentHandover"],
        ("answered", _) if status == Some(Status::Accepted) => &["ConsignmentAcceptance"],
        ("answered", _) if status == Some(Status::Refused) => &["ConsignmentRejection"],
        ("expired", _) => failure(clock),
        ("replayed", _) => &["ContentConsignment"],
        ("given-up", _) => &["ContentConsignmentFailure"],
        _ => &[],
    }
}

fn failure(clock: Option<ExpiryClock>) -> &'static [&'static str] {
    match clock {
        Some(ExpiryClock::Inbox) => &["ContentHandoverFailure"],
        Some(ExpiryClock::Queue | ExpiryClock::Lease | ExpiryClock::Push) | None => {
            &["ContentConsignmentFailure"]
        }
        Some(ExpiryClock::Peer) => &["RelayFailure"],
        Some(ExpiryClock::Axis) => &["RelayToNonERDSFailure"],
    }
}

impl Facts {
    /// Its members of a receipt: those that it has.
    pub(super) fn members(&self) -> Vec<(&'static str, Json)> {
        let mut out = Vec::new();
        if !self.etsi.is_empty() {
            out.push(("etsi", Json::Array(self.etsi.iter().map(text).collect())));
        }
        if !self.implied.is_empty() {
            let names = self.implied.iter().map(|status| text(status.name()));
            out.push(("implied", Json::Array(names.collect())));
        }
        if let Some(other) = self.other {
            out.push(("other", text(other.to_string())));
        }
        if let Some((cause, clock)) = self.expiry {
            let cause = ("cause", text(cause.name()));
            out.push(("expiry", object(vec![cause, ("clock", text(clock.name()))])));
        }
        if let Some(note) = self.note {
            out.push(("note_sha256", text(note.to_hex())));
        }
        if let Some(actor) = &self.actor {
            out.push(("actor", text(actor.name())));
        }
        if !self.redirected.is_empty() {
            let all = self.redirected.iter().map(|one| {
                let written = ("written", text(one.written.as_str()));
                object(vec![written, ("to", text(one.to.as_str()))])
            });
            out.push(("redirected", Json::Array(all.collect())));
        }
        out
    }

    /// Takes its members out of a receipt's; each only where it belongs.
    pub(super) fn read(
        fields: &mut Fields,
        event: &str,
        status: Option<Status>,
        disposition: Disposition,
    ) -> Result<Self, ReceiptError> {
        let expiry = match event {
            "expired" => Some(read_expiry(fields.take("expiry")?)?),
            _ => None,
        };
        let facts = Self {
            etsi: fields.words("etsi", |name| Some(name.to_owned()))?,
            implied: match event {
                "progressed" => fields.words("implied", Status::parse)?,
                _ => Vec::new(),
            },
            other: match event {
                "superseded" | "updated" => Some(fields.word("other", DocumentId::parse)?),
                _ => None,
            },
            expiry,
            note: match event {
                "offered" | "rejudged" | "arrived" | "doubted" => None,
                _ => fields.absent_or("note_sha256", Digest::from_hex)?,
            },
            actor: match ACTS.contains(&event) {
                true => fields.absent_or("actor", ActedBy::parse)?,
                false => None,
            },
            redirected: fields.maybe_list("redirected", read_redirected)?,
        };
        let expected = etsi(event, status, disposition, expiry.map(|(_, clock)| clock));
        if facts.etsi.is_empty() || facts.etsi == expected {
            return Ok(facts);
        }
        Err(wrong("etsi"))
    }
}

fn read_redirected(value: Json) -> Result<Redirected, ReceiptError> {
    let mut fields = Fields::of(value, "redirected")?;
    let one = Redirected {
        written: fields.word("written", UnitCode::parse)?,
        to: fields.word("to", UnitCode::parse)?,
    };
    fields.end()?;
    Ok(one)
}

fn read_expiry(value: Json) -> Result<(ExpiryCause, ExpiryClock), ReceiptError> {
    let mut fields = Fields::of(value, "expiry")?;
    let cause = fields.word("cause", ExpiryCause::from_name)?;
    let clock = fields.word("clock", ExpiryClock::from_name)?;
    fields.end()?;
    Ok((cause, clock))
}

#[cfg(test)]
mod tests {
    use super::super::receipt::{Receipt, tests::sample};
    use super::*;

    fn of(event: &str, status: Option<Status>, mut facts: Facts) -> Receipt {
        let mut receipt = Receipt {
            event: event.into(),
            status,
            ..sample()
        };
        let clock = facts.expiry.map(|(_, clock)| clock);
        let names = etsi(event, status, receipt.judged.disposition, clock);
        facts.etsi = names.iter().map(|name| (*name).to_owned()).collect();
        receipt.facts = facts;
        receipt
    }

    fn expired(clock: ExpiryClock) -> Facts {
        Facts {
            expiry: Some((ExpiryCause::NotFetched, clock)),
            ..Facts::default()
        }
    }

    fn by(actor: ActedBy) -> Facts {
        Facts {
            actor: Some(actor),
            ..Facts::default()
        }
    }

    fn samples() -> Vec<Receipt> {
        let note = Facts {
            note: Some(Digest([9; 32])),
            ..Facts::default()
        };
        let other = Facts {
            other: Some(sample().document),
            ..Facts::default()
        };
        let implied = Facts {
            implied: vec![Status::Assigned, Status::InProcess],
            ..note.clone()
        };
        vec![
            of("offered", None, Facts::default()),
            of("arrived", None, Facts::default()),
            of("answered", Some(Status::Refused), note.clone()),
            of("progressed", Some(Status::Completed), implied),
            of("take-back-asked", None, note.clone()),
            of("taken-back", None, Facts::default()),
            of("take-back-answered", Some(Status::Agreed), Facts::default()),
            of("recalled", None, note.clone()),
            of("recall-answered", Some(Status::Declined), note.clone()),
            of("superseded", None, other.clone()),
            of("updated", None, other),
            of("expired", None, expired(ExpiryClock::Inbox)),
            of("expired", None, expired(ExpiryClock::Peer)),
            of("replayed", None, note.clone()),
            of("given-up", None, note.clone()),
            of("replayed", None, by(ActedBy::Administrator)),
            of("given-up", None, by(ActedBy::Unit(sample().sender))),
            of("erased", None, note),
        ]
    }

    #[test]
    fn every_event_is_written_and_read_with_its_facts() {
        for receipt in samples() {
            let json = receipt.to_json();
            assert_eq!(Receipt::parse(&json), Ok(receipt));
        }
    }

    #[test]
    fn facts_stand_only_where_they_belong() {
        let all = samples();
        for receipt in &all {
            for other in &all {
                let mixed = Receipt {
                    facts: other.facts.clone(),
                    ..receipt.clone()
                };
                let read = Receipt::parse(&mixed.to_json());
                let fits = mixed.facts == receipt.facts;
                assert!(read.is_err() || fits || read == Ok(mixed.clone()));
                if mixed.facts.expiry.is_some() != (receipt.event == "expired") {
                    assert!(read.is_err(), "{mixed:?}");
                }
                if mixed.facts.actor.is_some() && !ACTS.contains(&receipt.event.as_str()) {
                    assert!(read.is_err(), "{mixed:?}");
                }
                if mixed.facts.other.is_some() != receipt.facts.other.is_some() {
                    assert!(read.is_err(), "{mixed:?}");
                }
            }
        }
        let mut wrong = of("arrived", None, Facts::default());
        wrong.facts.etsi = vec!["ContentConsignment".to_owned()];
        assert!(Receipt::parse(&wrong.to_json()).is_err());
    }

    #[test]
    fn receipts_of_earlier_versions_say_less_and_hold() {
        for event in ["offered", "rejudged", "arrived", "answered"] {
            let mut early = of(event, None, Facts::default());
            early.facts = Facts::default();
            assert_eq!(Receipt::parse(&early.to_json()), Ok(early));
        }
    }

    const PAGE: &str = include_str!("../../docs/receipts.md");

    /// The names that the page gives to an event, by what it says of when.
    fn names_of(event: &str, when: &str) -> Vec<Vec<String>> {
        let row = |line: &str| -> Option<Vec<String>> {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, own, told, names, ..] = cells[..] else {
                return None;
            };
            let mut told = told.trim_start_matches("clock ").split(", ");
            let of_it = told.any(|word| word.trim_matches('`') == when);
            let names = names.split(", ").filter(|name| !name.is_empty());
            (own.trim_matches('`') == event && of_it).then(|| names.map(str::to_owned).collect())
        };
        PAGE.lines()
            .filter(|l| l.starts_with("| `"))
            .filter_map(row)
            .collect()
    }

    #[test]
    fn the_page_names_every_event_and_what_the_standard_calls_it() {
        let is = |event: &str, when: &str, names: &[&str]| {
            assert_eq!(names_of(event, when), [names], "{event} {when}");
        };
        let accepted = Disposition::Accept;
        for event in EVENTS {
            match event {
                "offered" | "rejudged" => {
                    let all = Disposition::ALL.iter();
                    let told = |d: &&Disposition| event == "offered" || **d != Disposition::Hold;
                    for disposition in all.filter(told) {
                        let names = etsi(event, None, *disposition, None);
                        is(event, disposition.name(), names);
                    }
                }
                "answered" => {
                    for status in [Status::Accepted, Status::Refused] {
                        is(
                            event,
                            status.code(),
                            etsi(event, Some(status), accepted, None),
                        );
                    }
                }
                "expired" => {
                    for clock in ExpiryClock::ALL {
                        let names = etsi(event, None, accepted, Some(*clock));
                        is(event, clock.name(), names);
                    }
                }
                other => is(other, "", etsi(other, None, accepted, None)),
            }
        }
        let rows = PAGE.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(rows, 24, "no row of an event that is none");
    }
}
