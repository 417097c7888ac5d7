//! One suite over every implementation of [`Ledger`] and [`Vault`].

use super::embedded::{OpenOptions, open};
use super::memory::MemoryStore;
use super::samples::{
    answered, arrived, body, change, id, morning, offer, offered, receipt, rejudged, unit,
};
use super::{Change, CommitError, Committed, Ledger, Readiness, Vault, VaultError};
use crate::clock::ManualClock;
use crate::model::event::{Event, Recorded, TakenBack};
use crate::model::{Digest, Disposition, Position, ReasonCode, Status};
use bytes::Bytes;
use std::sync::Arc;

mod behind;
mod clock;
mod dossiers;
mod erase;
mod findings;
mod life;
mod periods;
mod requests;
mod surveys;
mod twins;
mod views;

use behind::{a_figure_opens_down_to_its_items, a_list_is_read_in_pages};
use clock::{
    a_confirmed_clock_lets_time_stand_still, event_time_never_goes_back,
    what_a_clock_brings_about_is_not_written_before_its_time,
};
use dossiers::{
    a_dossier_moves_as_it_was_seen, dossiers_are_numbered_without_gap_or_collision,
    simultaneous_dossiers_have_numbers_of_their_own, what_was_said_with_a_dossier_is_erased,
};
use erase::{
    a_shared_body_goes_with_its_last_document, documents_are_listed_as_they_were_taken_in,
    the_words_of_a_move_are_content_too, what_is_erased_is_gone_and_may_come_again,
    what_lasts_is_taken_by_no_erasure,
};
use findings::{
    findings_are_found_by_unit_and_due_date, nothing_is_closed_but_by_what_exists,
    reminders_go_out_once_a_day_and_reports_once,
};
use life::{
    a_dead_letter_lies_on_its_desk_and_comes_back, a_recalled_document_leaves_the_figures,
    a_whole_life_is_told_and_counted,
};
use periods::{
    simultaneous_statements_are_one, statements_are_one_chain, the_bytes_of_records_are_a_chain,
    totals_of_a_period_name_their_record,
};
use requests::{
    a_key_with_other_content_is_refused, a_list_that_is_too_long_is_refused,
    a_refused_key_does_not_bind, a_repeat_returns_the_same_records,
    a_withdrawn_content_is_a_new_send, simultaneous_identical_offers_are_one,
    the_same_refusal_is_one,
};
use surveys::a_code_is_good_once;
use views::{
    a_recount_sees_one_moment, both_sides_are_told_of_a_doubt,
    documents_are_found_by_their_certificates, pages_follow_their_cursor, rates_equal_the_recount,
    rules_are_remembered, stamps_are_found_by_what_they_stamp,
};

struct Store {
    ledger: Arc<dyn Ledger>,
    vault: Arc<dyn Vault>,
    clock: Arc<ManualClock>,
    _data: Option<tempfile::TempDir>,
}

fn twin() -> Store {
    let clock = Arc::new(ManualClock::new(morning()));
    let store = MemoryStore::new(clock.clone());
    Store {
        ledger: store.clone(),
        vault: store,
        clock,
        _data: None,
    }
}

fn embedded() -> Store {
    let clock = Arc::new(ManualClock::new(morning()));
    let data = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        staged_memory_bytes: 4096,
        // Often, so that reads meet rows in redb, rows on their way and rows in memory.
        checkpoint: std::time::Duration::from_millis(3),
        ..OpenOptions::default()
    };
    let store = open(data.path(), options, clock.clone()).unwrap();
    assert_eq!(store.ledger.readiness(), Readiness::Ready);
    Store {
        ledger: store.ledger,
        vault: store.vault,
        clock,
        _data: Some(data),
    }
}

/// Runs each case over both stores.
macro_rules! suite {
    ($($case:ident),* $(,)?) => {
        mod memory_twin {
            $(#[tokio::test] async fn $case() { super::$case(super::twin()).await; })*
        }
        mod embedded_store {
            $(#[tokio::test] async fn $case() { super::$case(super::embedded()).await; })*
        }
    };
}

suite!(
    an_offer_is_stored_and_listed,
    a_stale_change_is_refused,
    a_repeat_returns_the_same_records,
    simultaneous_identical_offers_are_one,
    a_key_with_other_content_is_refused,
    a_refused_key_does_not_bind,
    the_same_refusal_is_one,
    a_list_that_is_too_long_is_refused,
    a_withdrawn_content_is_a_new_send,
    the_first_offer_is_guarded,
    what_one_document_does_to_another_is_guarded,
    a_secret_offer_is_the_first_of_nothing,
    a_receipt_is_stored_once,
    an_answer_leaves_the_inbox,
    a_hold_ends_in_the_inbox,
    pages_follow_their_cursor,
    rates_equal_the_recount,
    a_recount_sees_one_moment,
    replay_is_a_chain,
    findings_are_found_by_unit_and_due_date,
    nothing_is_closed_but_by_what_exists,
    reminders_go_out_once_a_day_and_reports_once,
    a_code_is_good_once,
    event_time_never_goes_back,
    a_confirmed_clock_lets_time_stand_still,
    what_a_clock_brings_about_is_not_written_before_its_time,
    rules_are_remembered,
    stamps_are_found_by_what_they_stamp,
    statements_are_one_chain,
    simultaneous_statements_are_one,
    totals_of_a_period_name_their_record,
    the_bytes_of_records_are_a_chain,
    bodies_are_staged_kept_and_opened,
    a_submitted_change_is_in_order,
    the_watch_tells_the_position,
    a_closed_store_takes_nothing,
    documents_are_found_by_their_certificates,
    both_sides_are_told_of_a_doubt,
    a_whole_life_is_told_and_counted,
    a_dead_letter_lies_on_its_desk_and_comes_back,
    a_recalled_document_leaves_the_figures,
    what_is_erased_is_gone_and_may_come_again,
    a_shared_body_goes_with_its_last_document,
    what_lasts_is_taken_by_no_erasure,
    the_words_of_a_move_are_content_too,
    documents_are_listed_as_they_were_taken_in,
    a_figure_opens_down_to_its_items,
    a_list_is_read_in_pages,
    dossiers_are_numbered_without_gap_or_collision,
    simultaneous_dossiers_have_numbers_of_their_own,
    a_dossier_moves_as_it_was_seen,
    what_was_said_with_a_dossier_is_erased,
);

async fn ok(store: &Store, change: Change) -> Committed {
    store.ledger.commit(change).await.unwrap()
}

async fn accept(store: &Store, n: u64) -> Recorded {
    let done = ok(store, offer(&*store.vault, n, Disposition::Accept)).await;
    done.records.into_iter().next().unwrap()
}

async fn an_offer_is_stored_and_listed(store: Store) {
    let record = accept(&store, 1).await;
    assert_eq!((record.position, record.at), (Position(1), morning()));
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.version, record.position);
    assert_eq!(state.timeline[0].hash, record.hash);
    assert_eq!(state.deliveries.len(), 2);
    for recipient in ["H53.2", "H53.3"] {
        let page = store.ledger.inbox(&unit(recipient), Position::START, 10);
        assert_eq!(page.unwrap().items, [(Position(1), id(1))]);
    }
    let sent = store.ledger.outbox(&unit("H53.1"), Position::START, 10);
    assert_eq!(sent.unwrap().items, [(Position(1), id(1))]);
    let Event::Offered(e) = &record.event else {
        panic!("not an offer");
    };
    assert_eq!(store.ledger.request(&e.request).unwrap(), Some(id(1)));
    assert_eq!(store.ledger.first_offer(&e.key).unwrap(), Some(id(1)));
    let content = store.vault.open(&e.files[0].digest).unwrap().unwrap();
    assert_eq!(Digest::of(content.bytes()), e.files[0].digest);
    assert_eq!(store.ledger.document(id(9)).unwrap(), None);
}

async fn a_stale_change_is_refused(store: Store) {
    accept(&store, 1).await;
    let first = arrived(1, Position(1), "H53.2");
    assert_eq!(ok(&store, first).await.records[0].position, Position(2));
    let second = arrived(1, Position(1), "H53.3");
    let refused = store.ledger.commit(second).await;
    assert_eq!(refused, Err(CommitError::Stale));
    // A new document must not exist.
    let mut other = offered(2, Disposition::Accept, &body(&*store.vault, 2, 10));
    other.document = id(1);
    let again = change(other, body(&*store.vault, 2, 10));
    assert_eq!(store.ledger.commit(again).await, Err(CommitError::Stale));
}

async fn the_first_offer_is_guarded(store: Store) {
    accept(&store, 1).await;
    let mut same_key = offered(1, Disposition::Accept, &body(&*store.vault, 3, 10));
    same_key.document = id(3);
    same_key.request = Digest::of(b"another request");
    let change_of = |event| change(event, body(&*store.vault, 3, 10));
    let refused = store.ledger.commit(change_of(same_key.clone())).await;
    assert_eq!(refused, Err(CommitError::Stale));
    same_key.first_offer = false;
    let key = same_key.key.clone();
    ok(&store, change_of(same_key)).await;
    assert_eq!(store.ledger.first_offer(&key).unwrap(), Some(id(1)));
}

/// Decided while it waited, written after it had arrived: it was not taken back unfetched.
async fn what_one_document_does_to_another_is_guarded(store: Store) {
    accept(&store, 1).await;
    ok(&store, arrived(1, Position(1), "H53.2")).await;
    let taken_back = |recipient: &str| TakenBack {
        document: id(1),
        sender: unit("H53.1"),
        recipient: unit(recipient),
        note: None,
        leaves: None,
    };
    let update = |recipient: &str| {
        let mut change = offer(&*store.vault, 2, Disposition::Accept);
        let event = Event::TakenBack(Box::new(taken_back(recipient)));
        change.events.push(event);
        change
    };
    let stale = store.ledger.commit(update("H53.2")).await;
    assert_eq!(stale, Err(CommitError::Stale));
    assert_eq!(store.ledger.document(id(2)).unwrap(), None);
    ok(&store, update("H53.3")).await;
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    let phases: Vec<_> = state.deliveries.iter().map(|d| d.standing.name()).collect();
    assert_eq!(phases, ["arrived", "taken_back"]);
}

async fn a_secret_offer_is_the_first_of_nothing(store: Store) {
    let mut secret = offered(1, Disposition::Refuse, &body(&*store.vault, 1, 10));
    secret.judged.reason = ReasonCode::SecrecyNotAllowed;
    let key = secret.key.clone();
    ok(&store, change(secret, body(&*store.vault, 1, 10))).await;
    assert_eq!(store.ledger.first_offer(&key).unwrap(), None);
    let mut plain = offered(1, Disposition::Refuse, &body(&*store.vault, 1, 10));
    plain.document = id(2);
    ok(&store, change(plain, body(&*store.vault, 1, 10))).await;
    assert_eq!(store.ledger.first_offer(&key).unwrap(), Some(id(2)));
}

async fn a_receipt_is_stored_once(store: Store) {
    let record = accept(&store, 1).await;
    let first = ok(&store, receipt(&*store.vault, 1, record.position, "one")).await;
    assert_eq!(first.records.len(), 1);
    let second = ok(&store, receipt(&*store.vault, 1, record.position, "two")).await;
    assert!(second.records.is_empty() && second.repeated);
    let stored = store.ledger.receipt(record.position).unwrap().unwrap();
    let content = store.vault.open(&stored).unwrap().unwrap();
    assert_eq!(content.bytes(), b"one");
    // It does not move the document.
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.version, record.position);
}

async fn an_answer_leaves_the_inbox(store: Store) {
    accept(&store, 1).await;
    let inbox = |code: &str| {
        let page = store.ledger.inbox(&unit(code), Position::START, 10);
        page.unwrap().items.len()
    };
    ok(&store, arrived(1, Position(1), "H53.2")).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (1, 1));
    let answer = answered(1, Position(2), "H53.2", Status::Accepted, morning());
    ok(&store, answer).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (0, 1));
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!((inbox("H53.2"), inbox("H53.3")), (0, 1));
}

async fn a_hold_ends_in_the_inbox(store: Store) {
    let done = ok(&store, offer(&*store.vault, 1, Disposition::Hold)).await;
    accept(&store, 2).await;
    assert_eq!(store.ledger.held(10).unwrap(), [id(1)]);
    let inbox = || {
        store
            .ledger
            .inbox(&unit("H53.2"), Position::START, 10)
            .unwrap()
    };
    assert_eq!(inbox().items, [(Position(2), id(2))]);
    let version = done.records[0].position;
    ok(&store, rejudged(1, version, Disposition::Accept)).await;
    assert!(store.ledger.held(10).unwrap().is_empty());
    assert_eq!(inbox().items, [(Position(2), id(2)), (Position(3), id(1))]);
    ok(&store, arrived(1, Position(3), "H53.2")).await;
    let answer = answered(1, Position(4), "H53.2", Status::Refused, morning());
    ok(&store, answer).await;
    assert_eq!(inbox().items, [(Position(2), id(2))]);
}

async fn replay_is_a_chain(store: Store) {
    for n in 1..=5 {
        accept(&store, n).await;
    }
    let mut records = Vec::new();
    store
        .ledger
        .replay(Position::END, &mut |r| records.push(r.clone()))
        .unwrap();
    assert_eq!(records.len(), 5);
    let mut previous = Digest::ZERO;
    for record in &records {
        let mut bytes = Vec::new();
        super::codec::write_record(
            &mut bytes,
            &previous,
            record.position,
            record.at,
            &record.event,
        );
        assert_eq!(Digest::of(&bytes), record.hash);
        previous = record.hash;
    }
}

async fn bodies_are_staged_kept_and_opened(store: Store) {
    for (n, len) in [(1, 0), (2, 10), (3, 70_000), (4, 900_000), (5, 3_000_000)] {
        let mut stage = store.vault.stage(3_000_000).unwrap();
        let bytes: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
        for chunk in bytes.chunks(60_000) {
            stage.write(Bytes::copy_from_slice(chunk)).await.unwrap();
        }
        let staged = stage.finish().await.unwrap();
        assert_eq!(staged.digest, Digest::of(&bytes));
        assert_eq!(staged.content.bytes(), bytes);
        let kept = store.vault.keep(&staged).await.unwrap();
        let event = offered(n, Disposition::Accept, &kept);
        ok(&store, change(event, kept.clone())).await;
        drop(staged);
        assert!(
            !store.vault.lasts(&kept.digest()).unwrap(),
            "it may be erased"
        );
        let content = store.vault.open(&kept.digest()).unwrap().unwrap();
        assert_eq!(content.bytes(), bytes);
        let mut fed = Vec::new();
        content
            .feed(0..kept.size(), &mut |piece| fed.extend_from_slice(piece))
            .unwrap();
        assert_eq!(fed, bytes);
    }
    let mut stage = store.vault.stage(10).unwrap();
    let refused = stage.write(Bytes::from_static(&[0; 11])).await;
    assert_eq!(refused, Err(VaultError::TooLarge(10)));
    assert!(store.vault.open(&Digest::ZERO).unwrap().is_none());
}

async fn a_submitted_change_is_in_order(store: Store) {
    let record = accept(&store, 1).await;
    let signed = receipt(&*store.vault, 1, record.position, "signed");
    store.ledger.submit(signed);
    let next = accept(&store, 2).await;
    assert_eq!(next.position, Position(3));
    assert!(store.ledger.receipt(record.position).unwrap().is_some());
}

async fn the_watch_tells_the_position(store: Store) {
    let mut watch = store.ledger.watch();
    assert_eq!(*watch.borrow_and_update(), Position::START);
    accept(&store, 1).await;
    watch.changed().await.unwrap();
    assert_eq!(*watch.borrow(), Position(1));
}

async fn a_closed_store_takes_nothing(store: Store) {
    accept(&store, 1).await;
    store.ledger.close().await;
    let refused = store
        .ledger
        .commit(offer(&*store.vault, 2, Disposition::Accept));
    assert!(matches!(refused.await, Err(CommitError::Unavailable(_))));
    assert!(store.ledger.document(id(1)).is_err());
}
