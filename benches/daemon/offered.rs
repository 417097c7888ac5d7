//! Changes as the gateway commits them for a document of its own making, for benches that write into
//! the store directly.

use bytes::Bytes;
use lienthong::model::event::{
    Arrived, Event, FileRef, FileRole, Judged, Offered, Policy, ReceiptSigned, Way,
};
use lienthong::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Position, ReasonCode, Timestamp, UnitCode,
};
use lienthong::store::Change;
use lienthong::store::embedded::Embedded;

/// Who sends the nth document to whom, and its bytes.
pub(crate) struct Of {
    pub(crate) sender: String,
    pub(crate) recipient: String,
    pub(crate) envelope: Bytes,
    pub(crate) file: Bytes,
    pub(crate) report: Bytes,
}

/// The identifier of the nth.
pub(crate) fn id(n: u64) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&Digest::of(&n.to_le_bytes()).0[..8]);
    DocumentId::new(
        Timestamp::from_secs(1_790_000_000 + i64::try_from(n / 5000).unwrap()),
        chance,
    )
}

/// An accepted document.
pub(crate) fn offer(store: &Embedded, n: u64, of: Of) -> Change {
    let file = store.vault.keep_bytes(of.file);
    let envelope = store.vault.keep_bytes(of.envelope);
    let report = store.vault.keep_bytes(of.report);
    let sender = UnitCode::parse(&of.sender).unwrap();
    let day = LocalDay::new(2026, 11, 1 + i8::try_from(n % 28).unwrap()).unwrap();
    let number = CodeNumber::parse(&n.to_string()).unwrap();
    let notation = CodeNotation::parse("STC-VP").unwrap();
    let event = Offered {
        document: id(n),
        sender: sender.clone(),
        key: DocumentKey::new(sender, number, notation, day),
        promulgated: day,
        first_offer: true,
        request: Digest::of(format!("request {n}").as_bytes()),
        content: Digest::of(format!("content {n}").as_bytes()),
        envelope: envelope.digest(),
        kept: true,
        files: vec![FileRef {
            digest: file.digest(),
            size: file.size(),
            role: FileRole::Main,
        }],
        recipients: vec![UnitCode::parse(&of.recipient).unwrap()],
        countable: Vec::new(),
        paper_follows: false,
        in_register: false,
        judged: Judged {
            indication: Indication::TotalPassed,
            sub_indication: None,
            reason: ReasonCode::SignedAsRequired,
            disposition: Disposition::Accept,
            agency_signed: true,
            person_signed: true,
            policy: Policy::RequireAgency,
            rules: Digest::of(b"rules"),
            report: Some(report.digest()),
        },
        hold_until: None,
        urgency: lienthong::model::Urgency::Normal,
        issue_due: None,
        due: None,
        rests_on: vec![Digest::of(b"signer"), Digest::of(b"issuer")],
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        redirected: Vec::new(),
    };
    Change {
        subject: Some((id(n), Position::START)),
        bodies: vec![file, envelope, report],
        events: vec![Event::Offered(Box::new(event))],
    }
}

/// Its arrival at its recipient; `version` is the record of its offer.
#[allow(dead_code, reason = "not every bench has documents arrive")]
pub(crate) fn arrival(n: u64, sender: &str, recipient: &str, version: Position) -> Change {
    let event = Arrived {
        document: id(n),
        sender: UnitCode::parse(sender).unwrap(),
        recipient: UnitCode::parse(recipient).unwrap(),
        due: None,
        way: Way::Pull,
    };
    Change {
        subject: Some((id(n), version)),
        bodies: Vec::new(),
        events: vec![Event::Arrived(event)],
    }
}

/// The receipt of a record of the nth.
pub(crate) fn receipt(store: &Embedded, n: u64, of: Position, receipt: Bytes) -> Change {
    let body = store.vault.keep_bytes(receipt);
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
