//! A log that was made anew, every hash and checksum right, is told from its tokens.

use crate::stamps::{Authority, check, found, send};
use crate::support::{Gateway, block_on, good, now};
use lienthong::clock::{ManualClock, SystemClock};
use lienthong::model::event::{Event, Recorded};
use lienthong::model::{Digest, Position};
use lienthong::store::embedded::{self, OpenOptions};
use lienthong::store::{self, Change};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Makes the log anew, every hash and checksum right, with events changed or left out.
fn rewrite(home: &Path, change: impl Fn(&Recorded, &dyn Fn(Position) -> Digest) -> Option<Event>) {
    let old = embedded::open(home, OpenOptions::default(), Arc::new(SystemClock)).expect("store");
    let mut records = Vec::new();
    let read = old
        .ledger
        .replay(Position::END, &mut |r| records.push(r.clone()));
    read.expect("read");
    let body = |digest: &Digest| -> Option<bytes::Bytes> {
        let content = old.vault.open(digest).ok()??;
        Some(bytes::Bytes::copy_from_slice(content.bytes()))
    };
    let new_home = home.join("rewritten");
    std::fs::create_dir(&new_home).expect("folder");
    let clock = Arc::new(ManualClock::new(now()));
    let options = OpenOptions::default();
    let new = embedded::open(&new_home, options, clock.clone());
    let new = new.expect("store");
    let mut hashes: Vec<Digest> = Vec::new();
    for record in &records {
        let hash_at = |at: Position| hashes[usize::try_from(at.0).expect("small") - 1];
        let Some(event) = change(record, &hash_at) else {
            continue;
        };
        let named: Vec<Digest> = match &event {
            Event::Stamped(e) => e.rests_on.iter().chain([&e.token]).copied().collect(),
            Event::RulesChanged(e) => vec![e.registry],
            _ => Vec::new(),
        };
        let bodies = named.iter().filter_map(body);
        let bodies: Vec<store::Kept> = bodies.map(|bytes| new.vault.keep_bytes(bytes)).collect();
        clock.set(record.at);
        let change = Change {
            subject: None,
            bodies,
            events: vec![event],
        };
        let written = block_on(new.ledger.commit(change)).expect("written");
        hashes.extend(written.records.iter().map(|r| r.hash));
    }
    block_on(async {
        old.ledger.close().await;
        new.ledger.close().await;
    });
    drop((old, new));
    for name in ["log", "bodies", "index", "rates"] {
        std::fs::remove_dir_all(home.join(name)).expect("removed");
        let made = new_home.join(name);
        if made.exists() {
            std::fs::rename(made, home.join(name)).expect("moved");
        }
    }
    std::fs::remove_dir_all(new_home).expect("removed");
}

/// One document never had two recipients.
fn one_recipient_less(event: &Event) -> Event {
    match event {
        Event::Offered(e) => {
            let mut other = e.clone();
            other.recipients.truncate(1);
            Event::Offered(other)
        }
        other => other.clone(),
    }
}

/// A gateway that has been stamped, stopped; and its last token, kept elsewhere.
struct Kept {
    folder: tempfile::TempDir,
    gateway: Gateway,
    token: String,
    _authority: Authority,
}

impl Kept {
    fn new() -> Self {
        let authority = Authority::start();
        let folder = tempfile::tempdir().expect("folder");
        let mut gateway = authority.installed(&folder.path().join("home"), 10);
        gateway.up();
        for round in 1..=2 {
            send(&gateway, round);
            good(&gateway.as_administrator(&["stamps", "now"]));
        }
        let out = folder.path().join("kept");
        let text = out.display().to_string();
        good(&gateway.as_administrator(&["stamps", "export", "--out", &text]));
        gateway.stop();
        Self {
            token: out.join("token.tst").display().to_string(),
            folder,
            gateway,
            _authority: authority,
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The exit code of `stamps check`, and state and problem of each stamp; the kept token last.
    fn check(&self, with_token: bool) -> (Option<i32>, Vec<(String, String)>) {
        let tokens = [self.token.as_str()];
        let tokens = if with_token { &tokens[..] } else { &[] };
        let (code, view) = check(&self.gateway, tokens);
        (code, found(&view))
    }
}

fn rewritten(problem: &str) -> (String, String) {
    ("rewritten".to_owned(), problem.to_owned())
}

#[test]
fn a_rewritten_log_is_told_from_its_tokens() {
    let mut kept = Kept::new();
    let (code, before) = kept.check(true);
    assert_eq!(code, Some(0), "{before:?}");
    assert!(
        before.len() >= 3,
        "two of the log and the one that was kept"
    );
    // The same events at the same times: that is the same log.
    rewrite(&kept.home(), |record, _| Some(record.event.clone()));
    assert_eq!(kept.check(true), (Some(0), before));

    rewrite(&kept.home(), |record, _| {
        Some(one_recipient_less(&record.event))
    });
    let (code, all) = kept.check(true);
    assert_eq!(code, Some(1), "{all:?}");
    assert_eq!(all[all.len() - 2], rewritten("other-record"), "{all:?}");
    assert_eq!(all.last(), Some(&rewritten("not-in-log")), "{all:?}");
    kept.gateway.up();
    assert_eq!(kept.check(true), (Some(1), all), "the daemon says the same");
}

#[test]
fn stamps_that_are_made_to_fit_a_rewritten_log_do_not_hold() {
    let kept = Kept::new();
    rewrite(&kept.home(), |record, hash_at| {
        Some(match one_recipient_less(&record.event) {
            Event::Stamped(mut e) => {
                e.head = hash_at(e.of);
                Event::Stamped(e)
            }
            other => other,
        })
    });
    let (code, all) = kept.check(false);
    assert_eq!(code, Some(1), "{all:?}");
    assert_eq!(all.last(), Some(&rewritten("other-imprint")), "{all:?}");
}

#[test]
fn a_log_that_lost_its_stamps_is_told_by_a_token_that_was_kept() {
    let kept = Kept::new();
    rewrite(&kept.home(), |record, _| {
        let event = one_recipient_less(&record.event);
        (!matches!(event, Event::Stamped(_))).then_some(event)
    });
    assert_eq!(
        kept.check(false),
        (Some(0), vec![]),
        "nothing in it says otherwise"
    );
    let outside = vec![rewritten("not-in-log")];
    assert_eq!(kept.check(true), (Some(1), outside));
}
