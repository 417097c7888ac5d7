//! The clocks of very many documents at once, on the real store and in the real daemon: everything ends once, and who
//! sends meanwhile hardly notices. Slow, so only when asked for: `--ignored a_hundred_thousand`, and another number
//! of documents by `LIENTHONG_DOCUMENTS`.

use crate::expiry::clocks;
use crate::stored;
use crate::support::{Fault, Gateway, WORLD, block_on, draft, get, good, now};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use lienthong::clock::ManualClock;
use lienthong::demo::install::Plan;
use lienthong::demo::units::UNITS;
use lienthong::model::event::Event;
use lienthong::model::{
    CodeNotation, CodeNumber, DocumentId, DocumentKey, LocalDay, Position, Timestamp, UnitCode,
};
use lienthong::store::embedded::{OpenOptions, open};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const DAY: i64 = 24 * 3600;
const SENDER: usize = 0;
const RECIPIENT: usize = 7;
/// The clock of an inbox is 30 days.
const WAITED: i64 = 31 * DAY;
/// On the slowest machine some thirty documents a second.
const LONGEST: Duration = Duration::from_secs(3600);

fn unit(place: usize) -> UnitCode {
    UnitCode::parse(UNITS[place].code).expect("code")
}

/// Writes documents as they would lie in the log after nobody fetched them.
fn written(home: &Path, all: u64) {
    let at = now().plus_secs(-WAITED);
    let clock = Arc::new(ManualClock::new(at));
    let store = open(home, OpenOptions::default(), clock).expect("store");
    let one = |n: u64| {
        let file = store
            .vault
            .keep_bytes(Bytes::from(n.to_le_bytes().repeat(12)));
        let mut change = stored::offer(n, file);
        let mut chance = [0; 10];
        chance[2..].copy_from_slice(&n.to_be_bytes());
        let document = DocumentId::new(at, chance);
        change.subject = Some((document, Position::START));
        let Some(Event::Offered(offered)) = change.events.first_mut() else {
            panic!("an offer");
        };
        offered.document = document;
        offered.sender = unit(SENDER);
        offered.recipients = vec![unit(RECIPIENT)];
        let (number, notation) = (n.to_string(), "STC-VP");
        offered.key = DocumentKey::new(
            unit(SENDER),
            CodeNumber::parse(&number).expect("number"),
            CodeNotation::parse(notation).expect("notation"),
            LocalDay::new(2026, 11, 2).expect("day"),
        );
        store.ledger.commit(change)
    };
    block_on(async {
        let mut all = stream::iter(1..=all).map(one).buffer_unordered(256);
        while let Some(done) = all.next().await {
            done.expect("committed");
        }
        store.ledger.close().await;
    });
}

/// How many deliveries the daemon has ended since its start.
fn ended(gateway: &Gateway) -> u64 {
    let text = get(gateway.at.operations, "/metrics").unwrap_or_default();
    let lines = text.lines();
    let own = lines.filter(|l| l.starts_with("lienthong_deliveries_expired_total{"));
    let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::as_conversions,
        reason = "a whole number"
    )]
    own.filter_map(value).map(|n| n as u64).sum()
}

/// Sends a document between two others; how long that took.
fn sent(gateway: &Gateway, number: u64) -> Duration {
    let made = draft(&WORLD.members[2], &[4], number, 2_000, Fault::None);
    let office = gateway.office(2);
    let began = Instant::now();
    let sent = block_on(office.send(&made.envelope, &made.files)).expect("sent");
    assert_eq!(sent.submitted.disposition, "accepted");
    began.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

#[test]
#[ignore = "minutes: asked for by name"]
fn a_hundred_thousand_documents_whose_clocks_ran_out_end_once_while_others_send() {
    let asked = std::env::var("LIENTHONG_DOCUMENTS").ok();
    let all: u64 = asked.and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("folder");
    let plan = Plan::of(&WORLD).expect("plan");
    // Receipts of that time are under a certificate of that time.
    let mut gateway = Gateway::installed_at(folder.path(), &plan, now().plus_secs(-50 * DAY));
    let began = Instant::now();
    written(folder.path(), all);
    say!("{all} documents written in {:.1?}", began.elapsed());
    gateway.up();
    let began = Instant::now();
    let (mut number, mut meanwhile) = (0, Vec::new());
    while ended(&gateway) < all {
        assert!(began.elapsed() < LONGEST, "{} of {all}", ended(&gateway));
        number += 1;
        meanwhile.push(sent(&gateway, number));
        std::thread::sleep(Duration::from_millis(200));
    }
    let took = began.elapsed();
    let quiet: Vec<Duration> = (0..20).map(|n| sent(&gateway, number + 1 + n)).collect();
    let worst = meanwhile.iter().max().copied().expect("some");
    say!(
        "{all} ended in {took:.1?}; {} sends meanwhile: median {:.1?}, worst {worst:.1?}; median after: {:.1?}",
        meanwhile.len(),
        median(meanwhile.clone()),
        median(quiet)
    );
    assert!(worst < Duration::from_secs(10), "{worst:?}");
    // Once each, by the log and by the figures; and nothing is left.
    assert_eq!(ended(&gateway), all);
    let standing = clocks(&gateway);
    assert_eq!(standing["stuck_documents"], 0, "{standing}");
    gateway.kill();
    gateway.up();
    let rates = good(&gateway.as_administrator(&["recount", "--json"]));
    let rates: Value = serde_json::from_str(&rates).expect("JSON");
    assert_eq!(rates["differences"], serde_json::json!([]));
    let office = gateway.office(SENDER);
    let page = block_on(office.client.outbox(None, 200)).expect("outbox");
    assert_eq!(page.items.len(), 200);
    for row in page.items {
        assert_eq!(row.recipients[0].state, "expired");
        let id = DocumentId::parse(&row.id).expect("id");
        let view = block_on(office.client.document(id)).expect("document");
        let ends = view.timeline.iter().filter(|e| e.event == "expired");
        let at: Vec<Timestamp> = ends
            .map(|e| Timestamp::parse(&e.at).expect("time"))
            .collect();
        assert_eq!(at.len(), 1, "{id}: once");
    }
    gateway.stop();
}
