//! Two sides at once, over real connections: whoever has a document is on record as having it.

use super::daemon::{Daemon, start_all};
use lienthong::config::DeliverySettings;
use serde_json::Value;

/// As many rounds as let a window of a few milliseconds show, were there one.
const ROUNDS: usize = 25;

fn events(document: &Value) -> Vec<String> {
    let timeline = document["timeline"].as_array().expect("list");
    let event = |entry: &Value| entry["event"].as_str().unwrap_or_default().to_owned();
    timeline.iter().map(event).collect()
}

async fn daemon() -> Daemon {
    start_all(DeliverySettings::default(), &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_the_whole_of_what_was_taken_back_unfetched() {
    let mut daemon = daemon().await;
    let (mut had, mut had_not) = (0, 0);
    for round in 0..ROUNDS {
        let id = daemon.send(&format!("{round}")).await;
        let (whole, ()) = tokio::join!(daemon.fetched(&id), daemon.take_back(&id));
        let seen = daemon.document(&id).await;
        let events = events(&seen);
        assert_eq!(events.contains(&"arrived".to_owned()), whole, "{events:?}");
        assert_eq!(
            events.contains(&"taken-back".to_owned()),
            !whole,
            "{events:?}"
        );
        if whole { had += 1 } else { had_not += 1 }
    }
    assert_eq!(had + had_not, ROUNDS);
    daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_the_whole_of_what_was_replaced_unfetched() {
    let mut daemon = daemon().await;
    for round in 0..ROUNDS {
        let id = daemon.send(&format!("{round}")).await;
        let number = format!("{round}a");
        let (whole, _) = tokio::join!(daemon.fetched(&id), daemon.replace(&number, &id));
        let events = events(&daemon.document(&id).await);
        assert_eq!(events.contains(&"arrived".to_owned()), whole, "{events:?}");
        assert!(events.contains(&"superseded".to_owned()), "{events:?}");
    }
    daemon.stop().await;
}

/// More than the buffers of a connection hold on both sides.
const MORE_THAN_BUFFERS: usize = 24 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_before_the_end_of_a_long_upload_is_heard() {
    let mut daemon = daemon().await;
    assert_eq!(daemon.send_secret("12", MORE_THAN_BUFFERS).await, 422);
    daemon.stop().await;
}
