//! The same document sent twice at the same time is one document, with the same facts.

use crate::support::{Fault, Gateway, WORLD, block_on, draft};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};

fn uploads(files: &[(String, bytes::Bytes)]) -> Vec<Upload> {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    files.iter().map(one).collect()
}

#[test]
fn two_simultaneous_identical_sends_are_one_document() {
    let gateway = Gateway::of_world();
    let (one, two) = (gateway.office(2), gateway.office(2));
    block_on(async {
        for (number, key) in [
            (1, None),
            (2, Some("khoa-2")),
            (3, None),
            (4, Some("khoa-4")),
        ] {
            let made = draft(&WORLD.members[2], &[0], number, 2000, Fault::None);
            let files = uploads(&made.files);
            let silent = Progress::silent();
            let (first, second) = tokio::join!(
                one.client.send(&made.envelope, &files, key, &silent),
                two.client.send(&made.envelope, &files, key, &silent)
            );
            let (first, second) = (
                first.expect("sent").submitted,
                second.expect("sent").submitted,
            );
            assert_eq!(first.id, second.id);
            assert_ne!(first.repeated, second.repeated);
            let facts = |p| one.verified(p).expect("receipt");
            assert_eq!(facts(&first.receipt), facts(&second.receipt));
            let again = one
                .client
                .send(&made.envelope, &files, key, &silent)
                .await
                .expect("sent");
            assert!(again.submitted.repeated);
            assert_eq!(
                again.submitted.receipt.p7m, first.receipt.p7m,
                "the first signed bytes"
            );
        }
        let page = gateway
            .office(0)
            .client
            .inbox(None, 100, 0)
            .await
            .expect("inbox");
        assert_eq!(page.items.len(), 4);
    });
}

#[test]
fn a_key_does_not_stand_for_other_content() {
    let gateway = Gateway::of_world();
    let office = gateway.office(2);
    block_on(async {
        let silent = Progress::silent();
        let first = draft(&WORLD.members[2], &[0], 1, 100, Fault::None);
        let other = draft(&WORLD.members[2], &[0], 2, 100, Fault::None);
        let key = Some("mot-khoa");
        let sent = office
            .client
            .send(&first.envelope, &uploads(&first.files), key, &silent)
            .await;
        sent.expect("sent");
        let reused = office
            .client
            .send(&other.envelope, &uploads(&other.files), key, &silent)
            .await;
        match reused.expect_err("must be refused") {
            ClientError::Problem(p) => assert_eq!((p.status, &*p.code), (409, "key_reused")),
            other => panic!("{other}"),
        }
        // The same key of another unit is another key.
        let third = draft(&WORLD.members[3], &[0], 3, 100, Fault::None);
        let unit = gateway.office(3);
        let sent = unit
            .client
            .send(&third.envelope, &uploads(&third.files), key, &silent)
            .await;
        assert!(!sent.expect("sent").submitted.repeated);
    });
}
