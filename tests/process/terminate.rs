//! SIGTERM under load: an orderly end in time, and nothing acknowledged is lost.

use crate::kills::{Load, check_all, start_load};
use crate::support::{Gateway, block_on, good};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[test]
fn sigterm_under_load_ends_in_order_and_loses_nothing() {
    let mut gateway = Gateway::of_world();
    let load = Arc::new(Load::default());
    block_on(async {
        let (senders, recipients) = start_load(&gateway, &load);
        for _ in 0..3 {
            sleep(Duration::from_millis(400)).await;
            let in_flight = load.in_flight();
            let began = Instant::now();
            tokio::task::block_in_place(|| gateway.stop());
            say!(
                "{in_flight} writes in flight, stopped in {:.0?}",
                began.elapsed()
            );
            tokio::task::block_in_place(|| gateway.up());
        }
        load.no_more();
        senders.join_all().await;
        load.drained();
        recipients.join_all().await;
        let journal = load.journal();
        say!("{} documents acknowledged", journal.len());
        assert!(!journal.is_empty());
        check_all(&gateway, &journal).await;
    });
    good(&gateway.as_administrator(&["recount"]));
}

/// A service manager may stop what it has just started.
#[test]
fn sigterm_the_moment_it_is_ready_ends_it_in_order() {
    let mut gateway = Gateway::of_world();
    for _ in 0..10 {
        gateway.stop();
        gateway.up();
    }
    gateway.stop();
}
