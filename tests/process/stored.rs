//! Documents written straight into the store.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests"
)]

use bytes::Bytes;
use lienthong::clock::SystemClock;
use lienthong::model::event::{Event, FileRef, FileRole, Judged, Offered, Policy};
use lienthong::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Position, ReasonCode, Timestamp, UnitCode,
};
use lienthong::store::embedded::{Embedded, OpenOptions, open};
use lienthong::store::{Change, Kept, Readiness, VaultError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Opens the store and waits until it is ready.
pub(crate) fn start(folder: &Path) -> Embedded {
    let options = OpenOptions {
        patience: Duration::from_secs(60),
        // Small, so that cuts also meet the change to a new segment.
        segment_bytes: 4 * 1024 * 1024,
        ..OpenOptions::default()
    };
    let store = open(folder, options, Arc::new(SystemClock)).unwrap();
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    store
}

/// The body of document `n`: inline, in a segment, or now and then in a file.
pub(crate) fn bytes_of(n: u64) -> Vec<u8> {
    let len = match n % 50 {
        0 => 1_500_000,
        1..=5 => 100_000,
        _ => 10_240,
    };
    let mut bytes = n.to_le_bytes().repeat(len / 8 + 1);
    bytes.truncate(len);
    bytes
}

pub(crate) async fn keep(store: &Embedded, n: u64) -> Result<Kept, VaultError> {
    let mut stage = store.vault.stage(10_000_000)?;
    stage.write(Bytes::from(bytes_of(n))).await?;
    let staged = stage.finish().await?;
    store.vault.keep(&staged).await
}

pub(crate) fn id(n: u64) -> DocumentId {
    let mut chance = [0; 10];
    chance[2..].copy_from_slice(&n.to_be_bytes());
    DocumentId::new(Timestamp::from_secs(1_790_000_000), chance)
}

pub(crate) fn offer(n: u64, body: Kept) -> Change {
    let sender = UnitCode::parse(&format!("H53.{}", n % 40 + 1)).unwrap();
    let day = LocalDay::new(2026, 11, 2).unwrap();
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
        envelope: Digest::of(b"envelope"),
        kept: false,
        files: vec![FileRef {
            digest: body.digest(),
            size: body.size(),
            role: FileRole::Main,
        }],
        recipients: vec![UnitCode::parse("H53.77").unwrap()],
        countable: vec![lienthong::model::event::Countable::Yes],
        paper_follows: false,
        in_register: false,
        redirected: Vec::new(),
        judged: Judged {
            indication: Indication::TotalPassed,
            sub_indication: None,
            reason: ReasonCode::SignedAsRequired,
            disposition: Disposition::Accept,
            agency_signed: true,
            person_signed: false,
            policy: Policy::RequireAgency,
            rules: Digest::of(b"rules"),
            report: None,
        },
        hold_until: None,
        urgency: lienthong::model::Urgency::Normal,
        issue_due: None,
        due: None,
        rests_on: Vec::new(),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
    };
    Change {
        subject: Some((id(n), Position::START)),
        bodies: vec![body],
        events: vec![Event::Offered(Box::new(event))],
    }
}
