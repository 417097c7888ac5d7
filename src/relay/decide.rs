//! What each command becomes: events, or the reason why it cannot be.

use super::state::{DeliveryState, DocumentState};
use crate::model::event::{Answered, Arrived, Doubted, Due, Event, Judged, Rejudged, Way};
use crate::model::{Digest, Disposition, Status, Timestamp, UnitCode};

/// Findings of one document: each names another certificate, and few documents rest on more.
const MAX_DOUBTS: usize = 16;

/// Something a recipient or the gateway itself wants to do with a known document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// A recipient has downloaded every file completely.
    Fetched {
        /// The recipient.
        recipient: UnitCode,
        /// What is due there from now on.
        due: Due,
    },
    /// A recipient answers.
    Answer {
        /// The recipient.
        recipient: UnitCode,
        /// Its answer.
        status: Status,
        /// The body with reason and staff.
        note: Option<Digest>,
    },
    /// A held document was judged again.
    Rejudge {
        /// The new decision.
        judged: Judged,
        /// The certificates that it rests on.
        rests_on: Vec<Digest>,
    },
    /// A relayed document was judged again in hindsight, and a revocation undoes its verdict.
    Doubt {
        /// The verdict in hindsight.
        judged: Judged,
        /// The certificates found revoked.
        certificates: Vec<Digest>,
    },
}

/// Why a move cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Impossible {
    /// The unit is not among the document's recipients.
    #[error("not a recipient")]
    NotARecipient,
    /// The document is not relayed (held or refused).
    #[error("the document is not relayed")]
    NotRelayed,
    /// The move does not follow from the state; these would.
    #[error("impossible now; possible: {possible:?}")]
    Move {
        /// The moves that are possible now.
        possible: Vec<Status>,
    },
    /// Only a held document is judged again.
    #[error("the document is not held")]
    NotHeld,
}

/// Decides a command against a state. No events: it was done before (repeating is harmless).
///
/// # Errors
/// See [`Impossible`].
pub fn decide(state: &DocumentState, command: &Command) -> Result<Vec<Event>, Impossible> {
    match command {
        Command::Fetched { recipient, due } => fetched(state, recipient, *due),
        Command::Answer {
            recipient,
            status,
            note,
        } => answer(state, recipient, *status, *note),
        Command::Rejudge { judged, rests_on } => rejudge(state, judged, rests_on),
        Command::Doubt {
            judged,
            certificates,
        } => doubt(state, judged, certificates),
    }
}

fn delivery(state: &DocumentState, unit: &UnitCode) -> Result<DeliveryState, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    state
        .delivery(unit)
        .map(|d| d.state)
        .ok_or(Impossible::NotARecipient)
}

fn arrival(state: &DocumentState, recipient: &UnitCode, due: Due) -> Event {
    Event::Arrived(Arrived {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: recipient.clone(),
        due: Some(due),
        way: Way::Pull,
    })
}

fn fetched(
    state: &DocumentState,
    recipient: &UnitCode,
    due: Due,
) -> Result<Vec<Event>, Impossible> {
    match delivery(state, recipient)? {
        DeliveryState::Waiting => Ok(vec![arrival(state, recipient, due)]),
        DeliveryState::Arrived(_) | DeliveryState::Answered(..) => Ok(Vec::new()),
    }
}

fn answer(
    state: &DocumentState,
    recipient: &UnitCode,
    status: Status,
    note: Option<Digest>,
) -> Result<Vec<Event>, Impossible> {
    let arrived = match delivery(state, recipient)? {
        // counting.md §2: accepted and refused follow an arrival.
        DeliveryState::Waiting => {
            return Err(Impossible::Move {
                possible: vec![Status::Arrived],
            });
        }
        DeliveryState::Answered(_, given, _) if given == status => return Ok(Vec::new()),
        DeliveryState::Answered(..) => {
            return Err(Impossible::Move {
                possible: Vec::new(),
            });
        }
        DeliveryState::Arrived(at) => at,
    };
    if !matches!(status, Status::Accepted | Status::Refused) {
        return Err(Impossible::Move {
            possible: vec![Status::Accepted, Status::Refused],
        });
    }
    Ok(vec![answered(state, recipient, status, arrived, note)])
}

fn answered(
    state: &DocumentState,
    recipient: &UnitCode,
    status: Status,
    arrived: Timestamp,
    note: Option<Digest>,
) -> Event {
    Event::Answered(Answered {
        document: state.id(),
        sender: state.offered.sender.clone(),
        recipient: recipient.clone(),
        status,
        arrived,
        due: state
            .delivery(recipient)
            .and_then(|d| d.due)
            .map(|due| due.answer),
        note,
    })
}

/// Once for each finding: it says something new only if it names a certificate that no earlier one
/// names. The decision stands, so the new verdict carries its disposition.
fn doubt(
    state: &DocumentState,
    judged: &Judged,
    certificates: &[Digest],
) -> Result<Vec<Event>, Impossible> {
    if !state.judged.disposition.relays() {
        return Err(Impossible::NotRelayed);
    }
    let news = certificates.iter().any(|c| !state.is_doubted_for(c));
    if !news || state.doubts.len() >= MAX_DOUBTS {
        return Ok(Vec::new());
    }
    Ok(vec![Event::Doubted(Box::new(Doubted {
        document: state.id(),
        judged: Judged {
            disposition: state.judged.disposition,
            ..judged.clone()
        },
        certificates: certificates.to_vec(),
    }))])
}

fn rejudge(
    state: &DocumentState,
    judged: &Judged,
    rests_on: &[Digest],
) -> Result<Vec<Event>, Impossible> {
    if state.judged.disposition != Disposition::Hold {
        return Err(Impossible::NotHeld);
    }
    if judged.disposition == Disposition::Hold {
        return Ok(Vec::new());
    }
    let offered = &state.offered;
    Ok(vec![Event::Rejudged(Box::new(Rejudged {
        document: offered.document,
        sender: offered.sender.clone(),
        recipients: offered.recipients.clone(),
        promulgated: offered.promulgated,
        first_offer: offered.first_offer,
        judged: judged.clone(),
        rests_on: rests_on.to_vec(),
    }))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{Offered, Policy, Recorded};
    use crate::model::{
        CodeNotation, CodeNumber, DocumentId, DocumentKey, Indication, LocalDay, Position,
        ReasonCode, SubIndication, Urgency,
    };
    use crate::relay::fold;

    fn unit(code: &str) -> UnitCode {
        UnitCode::parse(code).expect("code")
    }

    fn judged(indication: Indication, disposition: Disposition) -> Judged {
        let passed = indication == Indication::TotalPassed;
        Judged {
            indication,
            sub_indication: (!passed).then_some(SubIndication::RevokedNoPoe),
            reason: ReasonCode::CertificateRevoked,
            disposition,
            agency_signed: passed,
            person_signed: false,
            policy: Policy::RequireAgency,
            rules: Digest::of(b"rules"),
            report: None,
        }
    }

    fn recorded(position: u64, event: Event) -> Recorded {
        Recorded {
            position: Position(position),
            at: Timestamp(1),
            hash: Digest::of(&position.to_be_bytes()),
            event,
        }
    }

    fn offered(disposition: Disposition) -> DocumentState {
        let day = LocalDay::new(2026, 11, 23).expect("day");
        let number = CodeNumber::parse("1").expect("number");
        let notation = CodeNotation::parse("STC").expect("notation");
        let event = Offered {
            document: DocumentId::FIRST,
            sender: unit("H53.1"),
            key: DocumentKey::new(unit("H53.1"), number, notation, day),
            promulgated: day,
            first_offer: true,
            request: Digest::of(b"request"),
            content: Digest::of(b"content"),
            envelope: Digest::of(b"envelope"),
            kept: true,
            files: Vec::new(),
            recipients: vec![unit("H53.2")],
            judged: judged(Indication::TotalPassed, disposition),
            hold_until: None,
            urgency: Urgency::Normal,
            issue_due: None,
            due: None,
            rests_on: Vec::new(),
            updates: None,
            replaces: Vec::new(),
            duplicate_of: None,
        };
        let record = recorded(1, Event::Offered(Box::new(event)));
        fold(None, &record).expect("state")
    }

    fn doubt(certificates: &[&str]) -> Command {
        Command::Doubt {
            judged: judged(Indication::Indeterminate, Disposition::Refuse),
            certificates: certificates
                .iter()
                .map(|c| Digest::of(c.as_bytes()))
                .collect(),
        }
    }

    #[test]
    fn a_doubt_is_said_once_for_each_certificate_and_the_decision_stands() {
        let mut state = offered(Disposition::Accept);
        let mut position = 1;
        for (certificates, news) in [
            (&["signer"][..], true),
            (&["signer"], false),
            (&["signer", "issuer"], true),
            (&["issuer"], false),
            (&[], false),
            (&["responder"], true),
        ] {
            let events = decide(&state, &doubt(certificates)).expect("decided");
            assert_eq!(!events.is_empty(), news, "{certificates:?}");
            for event in events {
                let Event::Doubted(e) = &event else {
                    panic!("not a doubt");
                };
                assert_eq!(e.judged.disposition, Disposition::Accept);
                position += 1;
                state = fold(Some(state), &recorded(position, event)).expect("state");
            }
        }
        assert_eq!((state.doubts.len(), state.version), (3, Position(4)));
        assert_eq!(state.judged, state.offered.judged);
        assert_eq!(state.deliveries.len(), 1);
    }

    #[test]
    fn what_is_not_relayed_is_not_doubted_and_no_document_without_end() {
        for disposition in [Disposition::Hold, Disposition::Refuse] {
            let decided = decide(&offered(disposition), &doubt(&["signer"]));
            assert_eq!(decided, Err(Impossible::NotRelayed));
        }
        let mut state = offered(Disposition::Accept);
        for n in 2..100 {
            let name = n.to_string();
            for event in decide(&state, &doubt(&[&name])).expect("decided") {
                state = fold(Some(state), &recorded(n, event)).expect("state");
            }
        }
        assert_eq!(state.doubts.len(), MAX_DOUBTS);
    }
}
