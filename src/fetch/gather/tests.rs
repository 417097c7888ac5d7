#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "small figures of tests"
)]

use super::*;
use crate::clock::ManualClock;
use crate::fetch::{FetchError, NoFetch};
use crate::forge::key::KeyKind;
use crate::forge::pki::{self, Authority, Validity};
use crate::model::HostPort;
use crate::trust::evidence::EvidenceKind;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const DAY: i64 = 86_400;

fn authority() -> &'static Authority {
    static ONE: OnceLock<Authority> = OnceLock::new();
    ONE.get_or_init(|| {
        Authority::root("Gốc mẫu", KeyKind::P256, Validity::around(NOW)).expect("root")
    })
}

/// A list from `from` days ago until `until` days ahead.
fn list(from: i64, until: i64) -> Bytes {
    let crl = pki::Crl {
        validity: Validity::days(NOW, from, until),
        number: 1,
        revoked: Vec::new(),
    };
    authority().crl(&crl).expect("crl").into()
}

/// What a source does when asked.
#[derive(Clone)]
enum Manner {
    Gives(Bytes),
    Fails(FetchError),
    Hangs,
}

#[derive(Default)]
struct Script {
    manners: Mutex<BTreeMap<String, Manner>>,
    asked: Mutex<BTreeMap<String, usize>>,
    at_a_time: Mutex<(usize, usize)>,
}

impl Script {
    fn set(&self, uri: &str, manner: Manner) {
        self.manners
            .lock()
            .expect("manners")
            .insert(uri.into(), manner);
    }

    fn asked(&self, uri: &str) -> usize {
        self.asked
            .lock()
            .expect("asked")
            .get(uri)
            .copied()
            .unwrap_or(0)
    }
}

#[async_trait]
impl Fetch for Script {
    async fn fetch(&self, source: &Source) -> Result<Bytes, FetchError> {
        let uri = source.uri();
        *self
            .asked
            .lock()
            .expect("asked")
            .entry(uri.into())
            .or_default() += 1;
        {
            let mut now = self.at_a_time.lock().expect("count");
            now.0 += 1;
            now.1 = now.1.max(now.0);
        }
        let manner = self.manners.lock().expect("manners").get(uri).cloned();
        sleep(Duration::from_millis(100)).await;
        let answer = match manner {
            Some(Manner::Gives(bytes)) => Ok(bytes),
            Some(Manner::Fails(error)) => Err(error),
            Some(Manner::Hangs) => {
                sleep(Duration::from_secs(10)).await;
                Err(FetchError::Silent { secs: 10 })
            }
            None => Err(FetchError::Status { code: 404 }),
        };
        self.at_a_time.lock().expect("count").0 -= 1;
        answer
    }
}

#[derive(Default)]
struct SeenTwin(Mutex<BTreeMap<String, Timestamp>>);

impl Seen for SeenTwin {
    fn newest(&self, scope: &str) -> Option<Timestamp> {
        self.0.lock().expect("seen").get(scope).copied()
    }

    fn learn(&self, lists: Vec<(String, Timestamp)>) {
        self.0.lock().expect("seen").extend(lists);
    }
}

struct World {
    gatherer: Gatherer,
    script: Arc<Script>,
    seen: Arc<SeenTwin>,
    clock: Arc<ManualClock>,
    shelf: Shelf,
    folder: tempfile::TempDir,
}

fn world() -> World {
    world_in(
        tempfile::tempdir().expect("folder"),
        Arc::default(),
        1 << 30,
    )
}

fn world_in(folder: tempfile::TempDir, seen: Arc<SeenTwin>, cache_bytes: u64) -> World {
    let (script, clock) = (Arc::<Script>::default(), Arc::new(ManualClock::new(NOW)));
    let shelf = Shelf::open(folder.path()).expect("shelf");
    let gatherer = Gatherer::new(Parts {
        fetch: Arc::clone(&script) as Arc<dyn Fetch>,
        pool: Arc::new(Pool::fetching()),
        shelf: Some(shelf.clone()),
        cache_bytes,
        seen: Arc::clone(&seen) as Arc<dyn Seen>,
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        chance: || 200,
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
    });
    World {
        gatherer,
        script,
        seen,
        clock,
        shelf,
        folder,
    }
}

fn crl_at(uri: &str) -> Source {
    Source::Crl { uri: uri.into() }
}

fn need(uris: &[&str]) -> Need {
    Need {
        certificate: Digest::of(b"certificate"),
        sources: uris.iter().map(|uri| crl_at(uri)).collect(),
    }
}

impl World {
    async fn gather(&self, needs: &[Need], secs: u64) -> bool {
        let until = Instant::now() + Duration::from_secs(secs);
        let since = self.gatherer.latest();
        let mut allowance = Allowance::default();
        let told = self
            .gatherer
            .gather(needs.to_vec(), &mut allowance, since, until);
        told.await == News::Arrived
    }

    fn silent_since(&self, uri: &str) -> Option<Timestamp> {
        let table = self.gatherer.0.table();
        table.get(&SourceKey::of(&crl_at(uri)))?.silent_since
    }

    fn has(&self, der: &Bytes) -> bool {
        let known = self.shelf.get(Digest::of(der)).expect("shelf");
        known.is_some()
    }
}

const A: &str = "http://a.vn/1.crl";
const B: &str = "http://b.vn/1.crl";

#[tokio::test(start_paused = true)]
async fn many_who_ask_share_one_fetch() {
    let w = world();
    w.script.set(A, Manner::Gives(list(1, 6)));
    let needs = [need(&[A])];
    let all: FuturesUnordered<_> = (0..100).map(|_| w.gather(&needs, 2)).collect();
    let all: Vec<bool> = all.collect().await;
    assert!(all.iter().all(|arrived| *arrived));
    assert_eq!(w.script.asked(A), 1);
    assert!(w.has(&list_kept(&w)));
    assert_eq!(*w.gatherer.arrivals().borrow(), 1);
    // Asked again at once it is not, whoever asks.
    assert!(!w.gather(&needs, 2).await);
    assert_eq!(w.script.asked(A), 1);
    // A judgement from before the arrival is told of it without another fetch.
    let mut allowance = Allowance::default();
    let told = w
        .gatherer
        .gather(needs.to_vec(), &mut allowance, 0, Instant::now());
    assert_eq!(told.await, News::Arrived);
}

/// The one item that is kept.
fn list_kept(w: &World) -> Bytes {
    let all = w.shelf.list().expect("listed");
    assert_eq!(all.len(), 1);
    w.shelf.get(all[0].0).expect("shelf").expect("kept")
}

#[tokio::test(start_paused = true)]
async fn the_next_source_is_tried_when_one_fails_or_is_slow() {
    let w = world();
    w.script
        .set(A, Manner::Fails(FetchError::Status { code: 500 }));
    w.script.set(B, Manner::Gives(list(1, 6)));
    assert!(w.gather(&[need(&[A, B])], 2).await);
    assert_eq!((w.script.asked(A), w.script.asked(B)), (1, 1));

    let w = world();
    w.script.set(A, Manner::Hangs);
    w.script.set(B, Manner::Gives(list(1, 6)));
    let begun = Instant::now();
    assert!(w.gather(&[need(&[A, B])], 2).await);
    assert!(begun.elapsed() < Duration::from_secs(1));

    let w = world();
    w.script.set(A, Manner::Gives(list(1, 6)));
    assert!(w.gather(&[need(&[A, B])], 2).await);
    assert_eq!(w.script.asked(B), 0, "the first one had it");
}

#[tokio::test(start_paused = true)]
async fn a_silent_host_holds_four_places_and_delays_nobody_else() {
    let w = world();
    let silent: Vec<String> = (0..50).map(|n| format!("http://silent.vn/{n}")).collect();
    for uri in &silent {
        w.script.set(uri, Manner::Hangs);
    }
    w.script.set(B, Manner::Gives(list(1, 6)));
    let needs: Vec<Need> = silent.iter().map(|uri| need(&[uri])).collect();
    let begun = Instant::now();
    w.gatherer.begin(needs);
    sleep(Duration::from_millis(50)).await;
    assert!(w.gather(&[need(&[B])], 2).await);
    assert!(
        begun.elapsed() < Duration::from_millis(300),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(w.script.at_a_time.lock().expect("count").1, 5);
    // When the four have failed, the others of that host are not tried one after another.
    sleep(Duration::from_secs(15)).await;
    let asked: usize = silent.iter().map(|uri| w.script.asked(uri)).sum();
    assert_eq!(asked, 4);
    let all_silent = silent.iter().filter(|uri| w.silent_since(uri) == Some(NOW));
    assert_eq!(all_silent.count(), 50, "since when is known of each");
    // Half a minute later it is tried again.
    sleep(Duration::from_secs(31)).await;
    w.gather(&[need(&[&silent[49]])], 2).await;
    assert_eq!(w.script.asked(&silent[49]), 1);
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends_in_time_and_the_fetch_goes_on() {
    let w = world();
    w.script.set(A, Manner::Hangs);
    let begun = Instant::now();
    assert!(!w.gather(&[need(&[A])], 2).await);
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_eq!(w.silent_since(A), None, "nobody knows yet");
    sleep(Duration::from_secs(9)).await;
    assert_eq!(w.silent_since(A), Some(NOW));
    // Later failures do not move the moment; an answer ends it.
    w.clock.set(NOW.plus_secs(60));
    sleep(Duration::from_secs(60)).await;
    assert!(!w.gather(&[need(&[A])], 20).await);
    assert_eq!(w.silent_since(A), Some(NOW));
    w.script.set(A, Manner::Gives(list(1, 6)));
    let mut arrivals = w.gatherer.arrivals();
    sleep(Duration::from_secs(61)).await;
    w.gatherer.begin(vec![need(&[A])]);
    arrivals.changed().await.expect("told");
    assert_eq!(w.silent_since(A), None);
    assert_eq!(w.gatherer.arrival(&[need(&[B])]), 0);
    assert_eq!(w.gatherer.arrival(&[need(&[A])]), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_asked_more_and_more_rarely() {
    let w = world();
    let mut asked_at = Vec::new();
    let begun = Instant::now();
    for _ in 0..4000 {
        let before = w.script.asked(A);
        w.gather(&[need(&[A])], 2).await;
        if w.script.asked(A) > before {
            asked_at.push(begun.elapsed().as_secs());
        }
        sleep(Duration::from_secs(1)).await;
    }
    let pauses: Vec<u64> = asked_at.windows(2).map(|w| w[1] - w[0]).collect();
    assert_eq!(pauses.len(), 7, "{pauses:?}");
    for (pause, expected) in pauses.iter().zip([30, 60, 120, 240, 480, 960, 1920]) {
        assert!(pause.abs_diff(expected) <= 5, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_what_was_asked_for_is_not_kept() {
    let w = world();
    for wrong in [
        Bytes::copy_from_slice(authority().der()),
        Bytes::from("<html>"),
        Bytes::new(),
    ] {
        let w = world();
        w.script.set(A, Manner::Gives(wrong));
        assert!(!w.gather(&[need(&[A])], 2).await);
        let table = w.gatherer.0.table();
        let row = table.get(&SourceKey::of(&crl_at(A))).expect("row");
        let error = row.error.clone().expect("error");
        assert_eq!(error.code(), "not-evidence", "{error}");
        assert!(w.shelf.list().expect("listed").is_empty());
    }
    // An older list than one that was used is refused, also after a restart.
    let newer = list(1, 6);
    w.script.set(A, Manner::Gives(newer.clone()));
    assert!(w.gather(&[need(&[A])], 2).await);
    w.gatherer.used([Digest::of(&newer)]);
    while w.seen.0.lock().expect("seen").is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    let seen = Arc::clone(&w.seen);
    let again = world_in(tempfile::tempdir().expect("folder"), seen, 1 << 30);
    again.script.set(A, Manner::Gives(list(2, 6)));
    assert!(!again.gather(&[need(&[A])], 2).await);
    let table = again.gatherer.0.table();
    let row = table.get(&SourceKey::of(&crl_at(A))).expect("row");
    assert!(
        matches!(row.error, Some(FetchError::Older { .. })),
        "{row:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_outlasts_a_restart_unless_it_is_damaged() {
    let w = world();
    w.script.set(A, Manner::Gives(list(1, 6)));
    w.script.set(B, Manner::Hangs);
    let issuer = Source::Issuer {
        uri: "http://a.vn/ca.cer".into(),
    };
    let der = Bytes::copy_from_slice(authority().der());
    w.script.set(issuer.uri(), Manner::Gives(der.clone()));
    let of_issuer = Need {
        certificate: Digest::of(b"c"),
        sources: vec![issuer.clone()],
    };
    let all = [need(&[A]), need(&[B]), of_issuer];
    assert!(w.gather(&all, 20).await);
    w.gatherer.write_index().await;
    let World { folder, seen, .. } = w;

    let again = world_in(folder, Arc::clone(&seen), 1 << 30);
    again.gatherer.load().expect("loaded");
    assert_eq!(again.silent_since(B), Some(NOW));
    let rows = |w: &World| -> usize {
        let table = w.gatherer.0.table();
        table.rows().map(|row| row.given.items.len()).sum()
    };
    assert_eq!(rows(&again), 2);
    // Bytes that were changed on the disk are dropped and fetched again.
    let path = again.folder.path().join(Digest::of(&der).to_hex());
    std::fs::write(&path, b"changed").expect("written");
    std::fs::write(
        again.folder.path().join(Digest::of(b"stray").to_hex()),
        b"stray",
    )
    .expect("x");
    let World { folder, .. } = again;
    let third = world_in(folder, seen, 1 << 30);
    third.gatherer.load().expect("loaded");
    assert_eq!(rows(&third), 1);
    assert_eq!(third.shelf.list().expect("listed").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_use_is_refreshed_before_it_ends() {
    let w = world();
    let first = list(1, 9);
    w.script.set(A, Manner::Gives(first.clone()));
    assert!(w.gather(&[need(&[A])], 2).await);
    let refreshed_at = |days: i64| {
        let (w, first) = (&w, &first);
        async move {
            w.clock.set(NOW.plus_secs(days * DAY));
            sleep(Duration::from_secs(7200)).await;
            if days < 14 {
                w.gatherer.used([Digest::of(first)]);
            }
            let before = w.script.asked(A);
            w.gatherer.refresh();
            sleep(Duration::from_secs(1)).await;
            w.script.asked(A) > before
        }
    };
    assert!(!refreshed_at(6).await, "at 70 % of its life");
    assert!(refreshed_at(7).await, "at 80 %");
    assert!(!refreshed_at(7).await, "not twice in a minute");
    assert!(refreshed_at(8).await);
    let second = list(-8, 18);
    w.script.set(A, Manner::Gives(second.clone()));
    assert!(refreshed_at(9).await);
    assert!(w.has(&second) && !w.has(&first), "the old one is gone");
    // A week later nobody has used it.
    assert!(!refreshed_at(20).await);
    assert!(!w.has(&second));
    assert_eq!(w.gatherer.0.table().rows().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_accepted_documents_rest_on_stays_fresh_unused() {
    for kept in [false, true] {
        let w = world();
        let (first, second) = (list(1, 9), list(-8, 30));
        w.script.set(A, Manner::Gives(first.clone()));
        assert!(w.gather(&[need(&[A])], 2).await);
        w.script.set(A, Manner::Gives(second.clone()));
        for days in [3, 6, 9] {
            w.clock.set(NOW.plus_secs(days * DAY));
            sleep(Duration::from_secs(7200)).await;
            let of_other = ["http://other.vn/", A];
            let addresses = of_other.into_iter().take(1 + usize::from(kept));
            let addresses = addresses.map(str::to_owned).collect();
            w.gatherer.keep_lists(&addresses);
            w.gatherer.refresh();
            sleep(Duration::from_secs(1)).await;
        }
        assert!(!w.has(&first));
        assert_eq!(w.has(&second), kept);
    }
}

#[tokio::test(start_paused = true)]
async fn only_so_much_is_kept() {
    let lists: Vec<Bytes> = (1..=5).map(|n| list(n, 6)).collect();
    let room = u64::try_from(lists[0].len()).expect("length") * 3 + 10;
    let w = world_in(tempfile::tempdir().expect("folder"), Arc::default(), room);
    for (n, bytes) in lists.iter().enumerate() {
        let uri = format!("http://h{n}.vn/");
        w.clock.set(NOW.plus_secs(i64::try_from(n).expect("small")));
        w.script.set(&uri, Manner::Gives(bytes.clone()));
        assert!(w.gather(&[need(&[&uri])], 2).await);
    }
    sleep(Duration::from_secs(1)).await;
    let kept: Vec<bool> = lists.iter().map(|bytes| w.has(bytes)).collect();
    assert_eq!(kept, [false, false, true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn at_most_four_issuers_are_fetched_for_a_document() {
    let w = world();
    let issuer = |n: usize| Need {
        certificate: Digest::of(&[u8::try_from(n).expect("small")]),
        sources: vec![Source::Issuer {
            uri: format!("http://i{n}.vn/"),
        }],
    };
    let mut allowance = Allowance::default();
    for round in [0..3, 2..9, 0..9] {
        let until = Instant::now() + Duration::from_secs(2);
        let needs = round.map(issuer).collect();
        w.gatherer.gather(needs, &mut allowance, 0, until).await;
    }
    let asked: usize = (0..9)
        .map(|n| w.script.asked(&format!("http://i{n}.vn/")))
        .sum();
    assert_eq!(asked, 4);
}

#[tokio::test(start_paused = true)]
async fn a_closed_network_gathers_nothing_and_waits_for_nothing() {
    let w = world();
    let parts = Parts {
        fetch: Arc::new(NoFetch),
        ..w.gatherer.0.parts.clone()
    };
    let closed = Gatherer::new(parts);
    let begun = Instant::now();
    let mut allowance = Allowance::default();
    let until = begun + Duration::from_secs(30);
    let arrived = closed.gather(vec![need(&[A, B])], &mut allowance, 0, until);
    assert_eq!(arrived.await, News::None);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_real_list_over_a_real_socket_is_mapped_and_kept() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let bytes = list(1, 6);
    let body = bytes.clone();
    let page = axum::Router::new().route(
        "/a.crl",
        axum::routing::get(move || {
            COUNT.fetch_add(1, Ordering::SeqCst);
            async move { body }
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("bound");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move { axum::serve(listener, page).await });
    let w = world();
    let doors = crate::fetch::Doors {
        private: vec![HostPort::parse(&address.to_string()).expect("door")],
        hosts: Vec::new(),
    };
    let limits = crate::fetch::Limits::default();
    let http = crate::fetch::HttpFetch::new(doors, limits, Some(w.shelf.clone())).expect("http");
    let parts = Parts {
        fetch: Arc::new(http),
        ..w.gatherer.0.parts.clone()
    };
    let gatherer = Gatherer::new(parts);
    let uri = format!("http://{address}/a.crl");
    let mut allowance = Allowance::default();
    let until = Instant::now() + Duration::from_secs(5);
    let told = gatherer.gather(vec![need(&[&uri])], &mut allowance, 0, until);
    assert_eq!(told.await, News::Arrived);
    assert!(w.has(&bytes));
    assert_eq!(COUNT.load(Ordering::SeqCst), 1);
    assert_eq!(crl_at(&uri).kind(), EvidenceKind::Crl);
}

#[tokio::test(start_paused = true)]
async fn issuers_that_anybody_can_name_hold_up_no_list() {
    let w = world();
    let issuer = |n: usize| {
        let uri = format!("http://i{n}.vn/");
        w.script.set(&uri, Manner::Hangs);
        Need {
            certificate: Digest::of(uri.as_bytes()),
            sources: vec![Source::Issuer { uri }],
        }
    };
    w.gatherer.begin((0..400).map(issuer).collect());
    sleep(Duration::from_millis(50)).await;
    assert_eq!(w.script.at_a_time.lock().expect("count").1, 16);
    assert_eq!(w.gatherer.0.flights().len(), 256);
    w.script.set(B, Manner::Gives(list(1, 6)));
    let begun = Instant::now();
    assert!(w.gather(&[need(&[B])], 2).await);
    assert!(begun.elapsed() < Duration::from_millis(200));
}
