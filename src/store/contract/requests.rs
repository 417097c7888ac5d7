//! What a request key binds: what was taken in, never a refusal, and never what was withdrawn under its content alone.

use super::{Store, accept, ok};
use crate::model::event::{ErasureCause, Offered};
use crate::model::{Digest, Disposition, Position, ReasonCode};
use crate::relay::Command;
use crate::relay::decide::Withdrawal;
use crate::store::samples::{act, body, change, id, morning, offer, offered, rejudged, unit};
use crate::store::{CommitError, Committed};

pub(super) async fn a_repeat_returns_the_same_records(store: Store) {
    let first = ok(&store, offer(&*store.vault, 1, Disposition::Accept)).await;
    store.clock.set(morning().plus_secs(60));
    let mut again = offered(1, Disposition::Accept, &body(&*store.vault, 1, 900));
    again.document = id(77);
    let repeat = ok(&store, change(again, body(&*store.vault, 1, 900))).await;
    assert!(repeat.repeated && !first.repeated);
    assert_eq!(repeat.records, first.records);
    assert_eq!(store.ledger.document(id(77)).unwrap(), None);
}

pub(super) async fn simultaneous_identical_offers_are_one(store: Store) {
    let offers = (0..8).map(|n| {
        let mut event = offered(1, Disposition::Accept, &body(&*store.vault, 1, 900));
        event.document = id(100 + n);
        store
            .ledger
            .commit(change(event, body(&*store.vault, 1, 900)))
    });
    let done = futures_util::future::join_all(offers).await;
    let done: Vec<Committed> = done.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|d| !d.repeated).count(), 1);
    assert!(done.iter().all(|d| d.records == done[0].records));
    let sent = store.ledger.outbox(&unit("H53.1"), Position::START, 10);
    assert_eq!(sent.unwrap().items.len(), 1);
}

pub(super) async fn a_key_with_other_content_is_refused(store: Store) {
    accept(&store, 1).await;
    let mut other = offered(2, Disposition::Accept, &body(&*store.vault, 2, 10));
    other.request = Digest::of(b"request 1");
    let refused = store
        .ledger
        .commit(change(other, body(&*store.vault, 2, 10)));
    assert_eq!(refused.await, Err(CommitError::KeyReused(id(1))));
}

pub(super) async fn a_refused_key_does_not_bind(store: Store) {
    ok(&store, offer(&*store.vault, 1, Disposition::Refuse)).await;
    let under = |document: u64, disposition: Disposition| {
        let mut event = offered(1, disposition, &body(&*store.vault, 1, 10));
        event.document = id(document);
        event.first_offer = false;
        event
    };
    let mut other = under(3, Disposition::Accept);
    other.content = Digest::of(b"other content");
    let other = change(other, body(&*store.vault, 1, 10));
    assert!(!ok(&store, other).await.repeated);
    ok(&store, offer(&*store.vault, 4, Disposition::Refuse)).await;
    let mut again = under(2, Disposition::Hold);
    again.request = Digest::of(b"request 4");
    again.content = Digest::of(b"content 4");
    let done = ok(&store, change(again, body(&*store.vault, 1, 10))).await;
    assert!(!done.repeated);
    // Nor one that is refused only after a hold.
    let bound = store.ledger.request(&Digest::of(b"request 4"));
    assert_eq!(bound, Ok(Some(id(2))));
    let version = done.records[0].position;
    ok(&store, rejudged(2, version, Disposition::Refuse)).await;
    assert_eq!(store.ledger.request(&Digest::of(b"request 4")), Ok(None));
    assert!(store.ledger.held(10).unwrap().is_empty());
}

/// Judged anew each time; what came out as before is no new refusal.
pub(super) async fn the_same_refusal_is_one(store: Store) {
    let refused = |document: u64, change_it: &dyn Fn(&mut Offered)| {
        let mut event = offered(1, Disposition::Refuse, &body(&*store.vault, 1, 10));
        event.document = id(document);
        event.first_offer = document == 1;
        change_it(&mut event);
        change(event, body(&*store.vault, 1, 10))
    };
    let first = ok(&store, refused(1, &|_| {})).await;
    store.clock.set(morning().plus_secs(3600));
    let other_rules = |e: &mut Offered| {
        e.judged.rules = Digest::of(b"other rules");
        e.judged.report = Some(Digest::of(b"another report"));
    };
    let as_it_was = |_: &mut Offered| {};
    let ways: [&dyn Fn(&mut Offered); 2] = [&as_it_was, &other_rules];
    for how in ways {
        let again = ok(&store, refused(2, how)).await;
        assert!(again.repeated);
        assert_eq!(again.records, first.records);
    }
    assert_eq!(store.ledger.document(id(2)).unwrap(), None);
    // For another reason, or with other content, it is another one; the last one is what the next is compared with.
    let reason = |e: &mut Offered| e.judged.reason = ReasonCode::NoSignature;
    let content = |e: &mut Offered| e.content = Digest::of(b"mended");
    type How<'h> = &'h dyn Fn(&mut Offered);
    let ways: [(u64, How<'_>); 2] = [(3, &reason), (4, &content)];
    for (document, how) in ways {
        let done = ok(&store, refused(document, how)).await;
        assert!(!done.repeated, "{document}");
        let repeat = ok(&store, refused(9, how)).await;
        assert!(repeat.repeated);
        assert_eq!(repeat.records, done.records);
    }
    let sent = store.ledger.outbox(&unit("H53.1"), Position::START, 10);
    assert_eq!(sent.unwrap().items.len(), 3);
    let head = store.ledger.head().unwrap();
    assert_eq!(head.0, Position(3));
}

/// By its content, and only once it is with nobody any more.
pub(super) async fn a_withdrawn_content_is_a_new_send(store: Store) {
    let offer_of = |document: u64, request: &[u8], first_offer: bool| {
        let mut event = offered(1, Disposition::Accept, &body(&*store.vault, 1, 10));
        event.document = id(document);
        event.content = Digest::of(b"content");
        event.request = Digest::of(request);
        event.first_offer = first_offer;
        change(event, body(&*store.vault, 1, 10))
    };
    let take_back = |recipient: &str| {
        Command::TakeBack(Withdrawal {
            recipients: vec![unit(recipient)],
            due: None,
            note: None,
        })
    };
    let bound = |request: &[u8]| store.ledger.request(&Digest::of(request)).unwrap();
    ok(&store, offer_of(1, b"content", true)).await;
    ok(&store, offer_of(2, b"a name", false)).await;
    act(&*store.ledger, 1, &take_back("H53.2")).await;
    assert!(ok(&store, offer_of(3, b"content", false)).await.repeated);
    act(&*store.ledger, 1, &take_back("H53.3")).await;
    assert_eq!(bound(b"content"), None);
    assert!(!ok(&store, offer_of(3, b"content", false)).await.repeated);
    for recipient in ["H53.2", "H53.3"] {
        act(&*store.ledger, 2, &take_back(recipient)).await;
    }
    assert!(ok(&store, offer_of(4, b"a name", false)).await.repeated);
    // What becomes of the first document is nothing to the send that came after it.
    let erase = Command::Erase {
        bodies: vec![body(&*store.vault, 1, 10).digest()],
        cause: ErasureCause::Term,
        basis: None,
        actor: None,
    };
    act(&*store.ledger, 1, &erase).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(
        (bound(b"content"), bound(b"a name")),
        (Some(id(3)), Some(id(2)))
    );
}

/// A list that its count cannot say is refused, not cut short.
pub(super) async fn a_list_that_is_too_long_is_refused(store: Store) {
    let many = |n: u32| (0..n).map(|i| Digest::of(&i.to_le_bytes())).collect();
    let resting = |n: u32| {
        let body = body(&*store.vault, 1, 10);
        let mut event = offered(1, Disposition::Accept, &body);
        event.rests_on = many(n);
        change(event, body)
    };
    let refused = store.ledger.commit(resting(65_536)).await;
    assert_eq!(refused, Err(CommitError::TooLong("offered")));
    assert_eq!(store.ledger.head().unwrap().0, Position::START);
    let done = ok(&store, resting(65_535)).await;
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    assert_eq!(state.offered.rests_on.len(), 65_535);
    assert_eq!(done.records.len(), 1);
}
