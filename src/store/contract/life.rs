//! What happens to a document after it was relayed: lists, desks and figures.

use super::super::samples::{act, due, id, morning, offer, unit};
use super::{Store, accept, ok};
use crate::model::event::{ErasureCause, ExpiryCause, ExpiryClock, Way};
use crate::model::{Digest, Disposition, DocumentId, Period, Position, Status};
use crate::rates::Measure;
use crate::rates::recount::{Recount, differences};
use crate::relay::decide::{DeadLetter, Withdrawal};
use crate::relay::{Command, Desk, DocumentState, TimelineKind};
use std::time::Duration;

fn fetched(recipient: &str) -> Command {
    Command::Fetched {
        recipient: unit(recipient),
        due: due(),
        way: Way::Pull,
    }
}

fn says(recipient: &str, status: Status) -> Command {
    Command::Answer {
        recipient: unit(recipient),
        status,
        note: Some(Digest::of(b"words")),
    }
}

fn asked(recipients: &[&str]) -> Withdrawal {
    Withdrawal {
        recipients: recipients.iter().map(|code| unit(code)).collect(),
        due: Some(due().answer),
        note: None,
    }
}

fn inbox(store: &Store, recipient: &str) -> Vec<DocumentId> {
    let page = store.ledger.inbox(&unit(recipient), Position::START, 100);
    page.unwrap().items.iter().map(|(_, id)| *id).collect()
}

fn desk(store: &Store, desk: Desk) -> Vec<DocumentId> {
    let page = store.ledger.desk(desk, Position::START, 100).unwrap();
    page.items.iter().map(|(_, id)| *id).collect()
}

/// Long enough for the rows to be written out.
async fn written_out() {
    tokio::time::sleep(Duration::from_millis(8)).await;
}

fn recounted(store: &Store) {
    let mut recount = Recount::default();
    let mut each = |record: &_| recount.take(record);
    store.ledger.replay(Position::END, &mut each).unwrap();
    let counted = store.ledger.all_rates().unwrap().1;
    assert_eq!(differences(&counted, &recount.figures()), []);
}

fn figure(store: &Store, measure: Measure) -> i64 {
    let month = Period::month_of(morning().local_day());
    let rates = store.ledger.rates(month, Some(&unit("H53.1"))).unwrap();
    let own = rates.get(&unit("H53.1"));
    own.and_then(|own| own.get(&measure).copied()).unwrap_or(0)
}

pub(super) async fn a_whole_life_is_told_and_counted(store: Store) {
    accept(&store, 1).await;
    let ledger = &*store.ledger;
    assert_eq!(desk(&store, Desk::Waiting), [id(1)]);
    act(ledger, 1, &fetched("H53.2")).await;
    written_out().await;
    act(ledger, 1, &says("H53.2", Status::Accepted)).await;
    act(ledger, 1, &says("H53.2", Status::Completed)).await;
    assert_eq!(inbox(&store, "H53.2"), []);
    act(ledger, 1, &fetched("H53.3")).await;
    assert_eq!(desk(&store, Desk::Waiting), []);
    act(ledger, 1, &Command::TakeBack(asked(&["H53.3"]))).await;
    assert_eq!(desk(&store, Desk::Asked), [id(1)]);
    written_out().await;
    act(ledger, 1, &says("H53.3", Status::Declined)).await;
    assert_eq!(desk(&store, Desk::Asked), []);
    act(ledger, 1, &Command::Recall(asked(&["H53.2"]))).await;
    assert_eq!(inbox(&store, "H53.2"), [id(1)], "to be answered");
    assert_eq!(desk(&store, Desk::Asked), [id(1)]);
    act(ledger, 1, &says("H53.2", Status::Agreed)).await;
    assert_eq!(inbox(&store, "H53.2"), []);
    assert_eq!(inbox(&store, "H53.3"), [id(1)]);
    let erase = Command::Erase {
        bodies: vec![Digest::of(b"words")],
        cause: ErasureCause::Term,
        basis: None,
        actor: None,
    };
    act(ledger, 1, &erase).await;
    let state = store.ledger.document(id(1)).unwrap().unwrap();
    let kinds: Vec<TimelineKind> = state.timeline.iter().map(|e| e.kind).collect();
    assert_eq!(
        kinds,
        [
            TimelineKind::Offered,
            TimelineKind::Arrived,
            TimelineKind::Answered,
            TimelineKind::Progressed,
            TimelineKind::Arrived,
            TimelineKind::TakeBackAsked,
            TimelineKind::TakeBackAnswered,
            TimelineKind::Recalled,
            TimelineKind::RecallAnswered,
            TimelineKind::Erased,
        ]
    );
    each_is_told_of_the_others(&store, &state);
    assert_eq!(figure(&store, Measure::Recalled), 1);
    assert_eq!(figure(&store, Measure::TakenBack), 0);
    assert_eq!(figure(&store, Measure::Offered), 1, "it stands at H53.3");
    recounted(&store);
    // What is read after the rows were written out is what was folded.
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(store.ledger.document(id(1)).unwrap(), Some(state));
}

fn each_is_told_of_the_others(store: &Store, state: &DocumentState) {
    let told = |code: &str| {
        let page = store.ledger.notices(&unit(code), Position::START, 100);
        let kind = |(at, of): (Position, DocumentId)| {
            assert_eq!(of, state.id());
            let entry = state.timeline.iter().find(|e| e.position == at);
            entry.unwrap().kind
        };
        let rows = page.unwrap().items.into_iter();
        rows.map(kind).collect::<Vec<TimelineKind>>()
    };
    let heard = [
        TimelineKind::Arrived,
        TimelineKind::Answered,
        TimelineKind::Progressed,
        TimelineKind::Arrived,
        TimelineKind::TakeBackAnswered,
        TimelineKind::RecallAnswered,
    ];
    assert_eq!(told("H53.1"), heard, "the sender, of what recipients did");
    assert_eq!(told("H53.2"), [TimelineKind::Recalled]);
    assert_eq!(told("H53.3"), [TimelineKind::TakeBackAsked]);
}

pub(super) async fn a_dead_letter_lies_on_its_desk_and_comes_back(store: Store) {
    let held = ok(&store, offer(&*store.vault, 9, Disposition::Hold)).await;
    for n in 1..=3 {
        accept(&store, n).await;
    }
    assert_eq!(desk(&store, Desk::Held), [id(9)]);
    let ledger = &*store.ledger;
    let expire = Command::Expire {
        recipient: unit("H53.2"),
        cause: ExpiryCause::NotFetched,
        clock: ExpiryClock::Inbox,
        since: morning(),
    };
    for n in 1..=3 {
        act(ledger, n, &expire).await;
        written_out().await;
    }
    assert_eq!(inbox(&store, "H53.2"), []);
    assert_eq!(desk(&store, Desk::Dead), [id(1), id(2), id(3)]);
    assert_eq!(figure(&store, Measure::Expired), 3);
    let first = store.ledger.desk(Desk::Dead, Position::START, 2).unwrap();
    let rest = store.ledger.desk(Desk::Dead, first.next.unwrap(), 2);
    let rest = rest.unwrap();
    assert_eq!((rest.items[0].1, rest.next), (id(3), None));
    let letter = DeadLetter {
        recipient: unit("H53.2"),
        actor: None,
        note: None,
    };
    act(ledger, 1, &Command::Replay(letter.clone())).await;
    assert_eq!(desk(&store, Desk::Dead), [id(2), id(3)]);
    assert_eq!(inbox(&store, "H53.2"), [id(1)]);
    act(ledger, 1, &expire).await;
    assert_eq!(desk(&store, Desk::Dead), [id(1), id(2), id(3)], "once more");
    written_out().await;
    assert_eq!(desk(&store, Desk::Dead), [id(1), id(2), id(3)]);
    act(ledger, 2, &Command::GiveUp(letter)).await;
    act(ledger, 3, &Command::TakeBack(asked(&["H53.2"]))).await;
    assert_eq!(desk(&store, Desk::Dead), [id(1)]);
    assert_eq!(
        desk(&store, Desk::Waiting),
        [id(1), id(2), id(3)],
        "at H53.3"
    );
    assert_eq!(store.ledger.held(10).unwrap(), [id(9)]);
    assert_eq!(held.records.len(), 1);
    recounted(&store);
}

pub(super) async fn a_recalled_document_leaves_the_figures(store: Store) {
    accept(&store, 1).await;
    accept(&store, 2).await;
    let signed = figure(&store, Measure::AgencySigned);
    assert_eq!((figure(&store, Measure::Offered), signed), (2, 2));
    act(&*store.ledger, 1, &fetched("H53.2")).await;
    act(&*store.ledger, 1, &Command::Recall(asked(&[]))).await;
    written_out().await;
    assert_eq!(figure(&store, Measure::Offered), 1);
    assert_eq!(figure(&store, Measure::AgencySigned), 1);
    assert_eq!(figure(&store, Measure::BothSigned), 1);
    assert_eq!(figure(&store, Measure::RecalledDocuments), 1);
    assert_eq!(figure(&store, Measure::Recalled), 1);
    assert_eq!(figure(&store, Measure::TakenBack), 1);
    assert_eq!(figure(&store, Measure::Delivered), 1, "it was delivered");
    recounted(&store);
}
