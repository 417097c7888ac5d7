//! The time of day is set on and back under the daemon while everything runs (libfaketime, which leaves the
//! monotonic clock and the clients alone): event time never goes back, no clock ends anything before its time, and
//! certificates are judged by the time that the daemon has.

use crate::lives::{draw, given, uploads};
use crate::reached::configure;
use crate::support::{Fault, Gateway, WORLD, block_on, draft, until};
use crate::whole::{
    PULLS, SENDERS, World, install, lived, proved_by_the_program, pushed_right, told_right, wait,
};
use crate::whole_folder::{
    Agents, Letters, clerk, documents_are_whole, is_quiet, letters_are_whole,
};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::model::{DocumentId, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// One run; one more by `LIENTHONG_SEED`.
const SEEDS: [u64; 1] = [20_261_129];
const LIVES: u64 = 32;
const LETTERS: u64 = 6;
const SIZES: [usize; 3] = [2_000, 20_000, 2_000];
/// How often the clock is set while lives go on.
const JUMPS: u64 = 12;
/// The daemon is ahead of its clients by so many seconds at least, so that nothing it judges is of tomorrow.
const AHEAD: i64 = 1_000;
/// Up to so many seconds back a clock is believed.
const BELIEVED: u64 = 290;
const INBOX: i64 = 3_600;
const DAY: i64 = 24 * 3_600;

/// The library that fakes the time of programs with several threads.
pub fn faketime() -> Option<PathBuf> {
    let near = std::fs::read_dir("/usr/lib").ok()?.flatten();
    let folders = near.map(|entry| entry.path().join("faketime"));
    let all = folders.chain(["/usr/lib/faketime".into(), "/usr/local/lib/faketime".into()]);
    let mut all = all.map(|folder| folder.join("libfaketimeMT.so.1"));
    all.find(|path| path.exists())
}

/// The daemon's time of day, as seconds ahead of that of everybody else.
pub struct Hands(PathBuf);

impl Hands {
    /// Hands of a gateway that is started with [`environment`] later.
    pub fn at(gateway: &Gateway, ahead: i64) -> Self {
        let hands = Self(gateway.at.home.join("clock"));
        hands.set(ahead);
        hands
    }

    pub fn set(&self, ahead: i64) {
        let new = self.0.with_extension("new");
        std::fs::write(&new, format!("{ahead:+}\n")).expect("written");
        std::fs::rename(&new, &self.0).expect("set");
    }
}

/// What a daemon whose clock is in our hands is started with.
pub fn environment(library: &Path, hands: &Hands) -> Vec<(&'static str, String)> {
    vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", hands.0.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
        ("NO_FAKE_STAT", "1".into()),
    ]
}

/// A gateway whose clock is in our hands.
fn gateway(library: &Path) -> (Gateway, Hands, World) {
    let (mut gateway, push, hook) = install(None);
    configure(&gateway, |text| {
        text.replace(
            "[clocks]\n",
            &format!("[clocks]\ninbox_secs = {INBOX}\ngrace_secs = 1\n"),
        )
    });
    let hands = Hands::at(&gateway, AHEAD);
    gateway.environment = environment(library, &hands);
    gateway.up();
    let world = World::new(&gateway, push, hook, &SIZES);
    (gateway, hands, world)
}

/// Sends a document of its own once; what it was told.
fn sent_once(gateway: &Gateway, number: u64) -> Result<String, (u16, String)> {
    let place = SENDERS[2];
    let made = draft(&WORLD.members[place], &[PULLS], number, 300, Fault::None);
    let (office, files, silent) = (gateway.office(place), uploads(&made), Progress::silent());
    match wait(office.client.send(&made.envelope, &files, None, &silent)) {
        Ok(sent) => Ok(sent.submitted.disposition),
        Err(ClientError::Problem(p)) => {
            assert!(p.detail.ends_with('.') && p.detail.len() > 30, "{p:?}");
            Err((p.status, p.code))
        }
        // A connection that does not come about.
        Err(_) => Err((0, String::new())),
    }
}

fn state(world: &World, id: DocumentId) -> String {
    let view = wait(world.run.view(SENDERS[1], id));
    view.recipients[0].state.clone()
}

/// How long a document had waited by the log when its clock ended it.
fn waited(world: &World, id: DocumentId) -> i64 {
    let view = wait(world.run.view(SENDERS[1], id));
    let at = |event: &str| {
        let all: Vec<_> = view.timeline.iter().filter(|e| e.event == event).collect();
        assert_eq!(all.len(), 1, "{event} of {id}");
        Timestamp::parse(&all[0].at).expect("time").0
    };
    (at("expired") - at("offered")) / 1000
}

/// Nothing is committed while the time is that far back, and whoever asks is told why.
fn too_far_back(gateway: &Gateway, hands: &Hands, number: u64) {
    hands.set(AHEAD - 100);
    let told = sent_once(gateway, number);
    assert_eq!(told, Err((503, "clock_back".into())));
}

/// A clock of two seconds, started just before the time is set back, has not run out two seconds later.
fn is_not_ended_early(world: &World, hands: &Hands) {
    let latest = AHEAD + i64::try_from(BELIEVED).unwrap();
    hands.set(latest);
    let flash = Some(("urgency", serde_json::json!("flash")));
    let id = wait(world.run.send_saying(SENDERS[1], &[PULLS], flash));
    hands.set(AHEAD + 10);
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(state(world, id), "waiting");
    hands.set(latest);
    until("ended by its clock", || state(world, id) == "expired");
    assert!((2..60).contains(&waited(world, id)));
}

/// What nobody fetched ends once its clock has run out, and not by the jumps before.
fn ends_in_time(world: &World, hands: &Hands, unfetched: &[DocumentId]) {
    for id in unfetched {
        assert_eq!(state(world, *id), "waiting");
    }
    hands.set(AHEAD + i64::try_from(BELIEVED).unwrap() + INBOX);
    for id in unfetched {
        until("ended by its clock", || state(world, *id) == "expired");
        assert!(waited(world, *id) >= INBOX);
    }
}

/// Lists that are out of date hold a document, certificates that are over open no connection, and a clock that was
/// days ahead is found out once it is right again.
fn judged_by_that_time(gateway: &Gateway, hands: &Hands) {
    hands.set(8 * DAY);
    assert_eq!(sent_once(gateway, 60_001), Ok("held".into()));
    hands.set(400 * DAY);
    assert_eq!(sent_once(gateway, 60_002), Err((0, String::new())));
    hands.set(AHEAD);
    assert_eq!(sent_once(gateway, 60_003), Err((503, "clock_back".into())));
}

fn lived_through(seed: u64, library: &Path) {
    let began = Instant::now();
    let (mut gateway, hands, world) = gateway(library);
    let world = Arc::new(world);
    let mut agents = Agents::start(&gateway);
    let (mut chance, mut jumps, mut put) = (seed, 0, 0);
    let (mut letters, mut unfetched) = (Letters::default(), Vec::new());
    block_on(async {
        let mut each = |ended: u64| {
            clerk(&gateway);
            if put < LETTERS && put * LIVES <= ended * LETTERS {
                letters.put(&gateway);
                put += 1;
            }
            if jumps < JUMPS && ended * (JUMPS + 1) >= (jumps + 1) * LIVES {
                jumps += 1;
                if jumps % 4 == 2 {
                    hands.set(AHEAD + i64::try_from(BELIEVED).unwrap());
                    unfetched.push(wait(world.run.send(SENDERS[1], &[PULLS], None)));
                    too_far_back(&gateway, &hands, 60_000 + jumps);
                }
                hands.set(AHEAD + i64::try_from(draw(&mut chance, BELIEVED)).unwrap());
            }
        };
        lived(&world, seed, LIVES, &mut each).await;
        assert_eq!((jumps, unfetched.len()), (JUMPS, 3));
        tokio::task::block_in_place(|| {
            until("quiet", || {
                clerk(&gateway);
                is_quiet(&gateway, &letters)
            });
            is_not_ended_early(&world, &hands);
            ends_in_time(&world, &hands, &unfetched);
        });
        agents.are_alive();
        documents_are_whole(&world, &gateway);
        letters_are_whole(&world, &gateway, &letters).await;
        pushed_right(&world);
        told_right(&world, &gateway);
        proved_by_the_program(&world, &gateway).await;
        world.run.journal.check(&world.run.offices).await;
        tokio::task::block_in_place(|| judged_by_that_time(&gateway, &hands));
    });
    drop(agents);
    gateway.stop();
    say!(
        "seed {seed}: {JUMPS} jumps of the clock in {:.1?}",
        began.elapsed()
    );
}

#[test]
fn whole_lives_under_a_clock_that_is_set_end_in_order_and_in_time() {
    let Some(library) = faketime() else {
        say!("left out: a clock that is set needs libfaketime");
        return;
    };
    for seed in SEEDS.into_iter().chain(given()) {
        lived_through(seed, &library);
    }
}
