//! The projections can be deleted: they are rebuilt unattended, with the same figures.

use crate::kills::{Load, check_all, start_load};
use crate::support::{Gateway, block_on};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

#[test]
fn deleted_projections_are_rebuilt_with_the_same_figures() {
    let mut gateway = Gateway::of_world();
    let load = Arc::new(Load::default());
    block_on(async {
        let (senders, recipients) = start_load(&gateway, &load);
        sleep(Duration::from_millis(1500)).await;
        load.no_more();
        senders.join_all().await;
        load.drained();
        recipients.join_all().await;
        let journal = load.journal();
        let before = gateway
            .office(0)
            .client
            .rates(None, None)
            .await
            .expect("rates");
        for folders in [&["rates"][..], &["index"], &["rates", "index"]] {
            tokio::task::block_in_place(|| {
                gateway.stop();
                for folder in folders {
                    let path = gateway.at.home.join(folder);
                    std::fs::remove_dir_all(&path).expect("a projection");
                }
                let took = gateway.up();
                say!(
                    "{folders:?} rebuilt from {} documents in {took:.0?}",
                    journal.len()
                );
            });
            let after = gateway
                .office(0)
                .client
                .rates(None, None)
                .await
                .expect("rates");
            assert_eq!(before, after);
            check_all(&gateway, &journal).await;
        }
    });
}
