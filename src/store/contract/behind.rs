//! Every figure opens down to what it counts.

use super::super::behind::tests::{listed, lists_are_what_the_log_counts};
use super::super::samples::{answered, arrived, id, morning, offer, rejudged, unit};
use super::{Store, accept, ok};
use crate::model::{Disposition, Period, Position, Status};
use crate::rates::{Behind, Item, Measure};

fn november() -> Period {
    Period::parse("2026-11").unwrap()
}

fn items(store: &Store, code: &str, behind: &Behind, limit: usize) -> Vec<Item> {
    let (rows, total) = listed(&*store.ledger, &unit(code), november(), behind, limit);
    assert_eq!(i64::try_from(rows.len()).unwrap(), total);
    rows.into_iter().map(|row| row.item).collect()
}

pub(super) async fn a_figure_opens_down_to_its_items(store: Store) {
    // The first passes, the second is held and passes later, the third is refused.
    let first = accept(&store, 1).await.position;
    let held = ok(&store, offer(&*store.vault, 2, Disposition::Hold)).await;
    ok(&store, offer(&*store.vault, 3, Disposition::Refuse)).await;
    let undecided = Behind::measure(Measure::Undecided);
    assert_eq!(
        items(&store, "H53.1", &undecided, 9),
        [Item::Document(id(2))]
    );
    let held = held.records[0].position;
    ok(&store, rejudged(2, held, Disposition::Accept)).await;
    assert_eq!(items(&store, "H53.1", &undecided, 9), []);
    let all = Behind::named("offered").unwrap();
    let three = [1, 2, 3].map(|n| Item::Document(id(n)));
    assert_eq!(items(&store, "H53.1", &all, 9), three);
    let signed = Behind::named("signed").unwrap();
    assert_eq!(items(&store, "H53.1", &signed, 9), three[..2]);
    let unsigned = Behind::missing("signed").unwrap();
    assert_eq!(items(&store, "H53.1", &unsigned, 9), three[2..]);
    let refused = Behind::named("refused").unwrap();
    assert_eq!(items(&store, "H53.1", &refused, 9), three[2..]);
    let there = ok(&store, arrived(1, first, "H53.2")).await.records[0].position;
    let one = Item::Delivery(id(1), unit("H53.2"));
    let unanswered = Behind::missing("own_answers_in_time").unwrap();
    assert_eq!(
        items(&store, "H53.2", &unanswered, 9),
        std::slice::from_ref(&one)
    );
    let answer = answered(1, there, "H53.2", Status::Accepted, morning());
    ok(&store, answer).await;
    assert_eq!(items(&store, "H53.2", &unanswered, 9), []);
    for name in ["received", "received_accepted", "own_answers_in_time"] {
        let behind = Behind::named(name).unwrap();
        assert_eq!(
            items(&store, "H53.2", &behind, 9),
            std::slice::from_ref(&one),
            "{name}"
        );
    }
    assert_eq!(items(&store, "H53.3", &all, 9), []);
    let other = Period::parse("2026-10").unwrap();
    assert_eq!(listed(&*store.ledger, &unit("H53.1"), other, &all, 9).0, []);
    lists_are_what_the_log_counts(&*store.ledger, "one of each");
}

pub(super) async fn a_list_is_read_in_pages(store: Store) {
    for n in 1..=40 {
        accept(&store, n).await;
        if n % 10 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(8)).await;
        }
    }
    let all = Behind::named("offered").unwrap();
    let ids: Vec<Item> = (1..=40).map(|n| Item::Document(id(n))).collect();
    for limit in [1, 7, 40, 41] {
        assert_eq!(items(&store, "H53.1", &all, limit), ids, "{limit}");
    }
    // What lies behind the cursor is not seen again, and what comes before it is not seen any more.
    let page = |after| {
        let (unit, ledger) = (unit("H53.1"), &store.ledger);
        ledger
            .figure_rows(&unit, november().days(), &all, after, 10)
            .unwrap()
    };
    let first = page(None);
    assert_eq!(first.at, Position(40));
    accept(&store, 41).await;
    let second = page(first.next.as_ref());
    assert_eq!((second.at, second.total), (Position(41), 41));
    let found: Vec<Item> = second.rows.into_iter().map(|row| row.item).collect();
    assert_eq!(found, ids[10..20]);
}
