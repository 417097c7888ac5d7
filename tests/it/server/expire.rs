//! Ends deliveries as the gateway's clocks do, without waiting for them.

use lienthong::clock::SystemClock;
use lienthong::model::event::{ExpiryCause, ExpiryClock};
use lienthong::model::{DocumentId, UnitCode};
use lienthong::relay::{Command, decide};
use lienthong::store::embedded::{self, OpenOptions};
use lienthong::store::{Change, Ledger};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Why a delivery ended, and by which clock.
pub type Ended = (ExpiryCause, ExpiryClock);

#[allow(dead_code, reason = "for tests without a receiver")]
pub const NOT_FETCHED: Ended = (ExpiryCause::NotFetched, ExpiryClock::Inbox);
#[allow(dead_code, reason = "for tests with a receiver")]
pub const NOT_TAKEN: Ended = (ExpiryCause::NotTaken, ExpiryClock::Push);

pub async fn expire(ledger: &dyn Ledger, id: &str, unit: &str, (cause, clock): Ended) {
    let id = DocumentId::parse(id).expect("id");
    let state = ledger.document(id).expect("read").expect("document");
    let command = Command::Expire {
        recipient: UnitCode::parse(unit).expect("code"),
        cause,
        clock,
    };
    let events = decide(&state, &command).expect("waits");
    let change = Change {
        subject: Some((id, state.version)),
        bodies: Vec::new(),
        events,
    };
    ledger.commit(change).await.expect("committed");
}

/// The same in a store that no daemon has open.
pub async fn expire_at_rest(data: &Path, all: &[(&str, &str)], ended: Ended) {
    let options = OpenOptions {
        patience: Duration::from_secs(60),
        ..OpenOptions::default()
    };
    let store = embedded::open(data, options, Arc::new(SystemClock)).expect("opened");
    for (id, unit) in all {
        expire(&*store.ledger, id, unit, ended).await;
    }
    store.ledger.close().await;
}
