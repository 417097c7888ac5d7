//! Changes as the intake would make them, for tests.

use super::{Change, Committed, Kept, Ledger, Vault};
use crate::model::event::{
    Answered, Arrived, Countable, Doubted, Due, Event, FileRef, FileRole, Judged, Offered, Policy,
    ReceiptSigned, Rejudged, Way,
};
use crate::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Position, ReasonCode, Status, SubIndication, Timestamp, UnitCode, Urgency,
};
use crate::relay::{Command, decide};
use bytes::Bytes;

pub(in crate::store) fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

/// 2026-11-24 08:00 at the office.
pub(in crate::store) fn morning() -> Timestamp {
    Timestamp::parse("2026-11-24T08:00:00+07:00").unwrap()
}

pub(in crate::store) fn id(n: u64) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&n.to_be_bytes());
    DocumentId::new(morning(), chance)
}

pub(in crate::store) fn judged(disposition: Disposition) -> Judged {
    let passed = disposition == Disposition::Accept;
    Judged {
        indication: if passed {
            Indication::TotalPassed
        } else {
            Indication::Indeterminate
        },
        sub_indication: (!passed).then_some(SubIndication::TryLater),
        reason: if passed {
            ReasonCode::SignedAsRequired
        } else {
            ReasonCode::RevocationStale
        },
        disposition,
        agency_signed: passed,
        person_signed: passed,
        policy: Policy::RequireAgency,
        rules: Digest::of(b"rules"),
        report: None,
    }
}

/// One offer: from H53.1 to H53.2 and H53.3, its number and everything else derived from `n`.
pub(in crate::store) fn offered(n: u64, disposition: Disposition, body: &Kept) -> Offered {
    let day = LocalDay::new(2026, 11, 23).unwrap();
    let sender = unit("H53.1");
    Offered {
        document: id(n),
        sender: sender.clone(),
        key: DocumentKey::new(
            sender,
            CodeNumber::parse(&n.to_string()).unwrap(),
            CodeNotation::parse("STC-VP").unwrap(),
            day,
        ),
        promulgated: day,
        first_offer: true,
        request: Digest::of(format!("request {n}").as_bytes()),
        content: Digest::of(format!("content {n}").as_bytes()),
        envelope: Digest::of(format!("envelope {n}").as_bytes()),
        kept: true,
        files: vec![FileRef {
            digest: body.digest(),
            size: body.size(),
            role: FileRole::Main,
        }],
        recipients: vec![unit("H53.2"), unit("H53.3")],
        judged: judged(disposition),
        hold_until: (disposition == Disposition::Hold).then(|| morning().plus_secs(3600)),
        urgency: Urgency::Normal,
        issue_due: Some(day),
        due: Some(day),
        rests_on: rests_on(n, disposition),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        countable: vec![Countable::Yes, Countable::No],
        paper_follows: false,
        in_register: false,
        redirected: Vec::new(),
    }
}

/// A signer of its own, and an issuer that all share.
pub(in crate::store) fn certificate(n: u64) -> Digest {
    Digest::of(format!("certificate {n}").as_bytes())
}

fn rests_on(n: u64, disposition: Disposition) -> Vec<Digest> {
    match disposition {
        Disposition::Accept => vec![certificate(n), certificate(0)],
        Disposition::Hold | Disposition::Refuse | Disposition::Record => Vec::new(),
    }
}

pub(in crate::store) fn doubted(n: u64, version: Position) -> Change {
    let event = Doubted {
        document: id(n),
        judged: Judged {
            sub_indication: Some(SubIndication::RevokedNoPoe),
            reason: ReasonCode::CertificateRevoked,
            disposition: Disposition::Accept,
            ..judged(Disposition::Refuse)
        },
        certificates: vec![certificate(n)],
    };
    on(n, version, Event::Doubted(Box::new(event)))
}

/// A body of `len` bytes that no other `n` has.
pub(in crate::store) fn body(vault: &dyn Vault, n: u64, len: usize) -> Kept {
    let mut bytes = n.to_le_bytes().repeat(len / 8 + 1);
    bytes.truncate(len);
    vault.keep_bytes(Bytes::from(bytes))
}

pub(in crate::store) fn offer(vault: &dyn Vault, n: u64, disposition: Disposition) -> Change {
    let body = body(vault, n, 900);
    let event = offered(n, disposition, &body);
    change(event, body)
}

pub(in crate::store) fn change(event: Offered, body: Kept) -> Change {
    Change {
        subject: Some((event.document, Position::START)),
        bodies: vec![body],
        events: vec![Event::Offered(Box::new(event))],
    }
}

fn on(n: u64, version: Position, event: Event) -> Change {
    Change {
        subject: Some((id(n), version)),
        bodies: Vec::new(),
        events: vec![event],
    }
}

/// An hour after the morning: some answers of a sample come before it, some after.
pub(in crate::store) fn due() -> Due {
    Due {
        answer: morning().plus_secs(3600),
        present: morning().plus_secs(7200),
        complete: LocalDay::new(2026, 11, 23),
    }
}

pub(in crate::store) fn arrived(n: u64, version: Position, recipient: &str) -> Change {
    let event = Arrived {
        document: id(n),
        sender: unit("H53.1"),
        recipient: unit(recipient),
        due: Some(due()),
        way: Way::Pull,
    };
    on(n, version, Event::Arrived(event))
}

pub(in crate::store) fn answered(
    n: u64,
    version: Position,
    recipient: &str,
    status: Status,
    arrived: Timestamp,
) -> Change {
    let event = Answered {
        document: id(n),
        sender: unit("H53.1"),
        recipient: unit(recipient),
        status,
        arrived,
        due: Some(due().answer),
        note: None,
    };
    on(n, version, Event::Answered(event))
}

pub(in crate::store) fn rejudged(n: u64, version: Position, disposition: Disposition) -> Change {
    let event = Rejudged {
        document: id(n),
        sender: unit("H53.1"),
        recipients: vec![unit("H53.2"), unit("H53.3")],
        promulgated: LocalDay::new(2026, 11, 23).unwrap(),
        first_offer: true,
        judged: judged(disposition),
        rests_on: rests_on(n, disposition),
    };
    on(n, version, Event::Rejudged(Box::new(event)))
}

pub(in crate::store) fn receipt(vault: &dyn Vault, n: u64, of: Position, text: &str) -> Change {
    let body = vault.keep_bytes(Bytes::copy_from_slice(text.as_bytes()));
    let event = ReceiptSigned {
        document: id(n),
        of,
        receipt: body.digest(),
    };
    Change {
        subject: None,
        bodies: vec![body],
        events: vec![Event::ReceiptSigned(event)],
    }
}

/// What a command becomes now; `None` where it cannot be, or was done before.
pub(in crate::store) fn command(ledger: &dyn Ledger, n: u64, what: &Command) -> Option<Change> {
    let state = ledger.document(id(n)).ok()??;
    let events = decide(&state, what)
        .ok()
        .filter(|events| !events.is_empty())?;
    Some(Change {
        subject: Some((id(n), state.version)),
        bodies: Vec::new(),
        events,
    })
}

/// Does it.
pub(in crate::store) async fn act(ledger: &dyn Ledger, n: u64, what: &Command) -> Committed {
    let change = command(ledger, n, what).unwrap_or_else(|| panic!("{what:?}"));
    ledger.commit(change).await.unwrap()
}
