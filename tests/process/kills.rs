//! SIGKILL at random moments under 16 senders: nothing acknowledged is lost, nothing is counted
//! twice, and receipts keep their facts.

use crate::journal::{Entry, compare_rates};
use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, good, now};
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::demo::office::Office;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const KILLS: u32 = 20;
const SENDERS: usize = 16;
/// Document offices that take in: the recipients of everything.
const RECIPIENTS: [usize; 2] = [7, 8];

/// Shared by senders, recipients and the killer.
#[derive(Default)]
pub struct Load {
    journal: Mutex<Vec<Entry>>,
    /// Sends that left and are not acknowledged.
    in_flight: AtomicUsize,
    number: AtomicU64,
    no_more: AtomicBool,
    drained: AtomicBool,
}

impl Load {
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    pub fn no_more(&self) {
        self.no_more.store(true, Ordering::SeqCst);
    }

    pub fn drained(&self) {
        self.drained.store(true, Ordering::SeqCst);
    }

    pub fn journal(&self) -> Vec<Entry> {
        self.journal.lock().unwrap().clone()
    }
}

fn uploads(draft: &Draft) -> Vec<Upload> {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    draft.files.iter().map(one).collect()
}

/// Sends one document after another, each until it is acknowledged.
pub async fn sender(load: Arc<Load>, office: Office, place: usize) {
    while !load.no_more.load(Ordering::SeqCst) {
        let number = load.number.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = match number % 10 {
            3 => Fault::Unsigned,
            7 => Fault::Altered,
            _ => Fault::None,
        };
        let recipients = if number.is_multiple_of(4) {
            vec![7, 8]
        } else {
            vec![7 + usize::from(number.is_multiple_of(2))]
        };
        let size = 200 + usize::try_from(number * 977 % 20_000).unwrap();
        let made = draft(&WORLD.members[place], &recipients, number, size, fault);
        let (files, key) = (uploads(&made), format!("khoa-{number}"));
        let silent = Progress::silent();
        let submitted = loop {
            load.in_flight.fetch_add(1, Ordering::SeqCst);
            let sent = office
                .client
                .send(&made.envelope, &files, Some(&key), &silent)
                .await;
            load.in_flight.fetch_sub(1, Ordering::SeqCst);
            match sent {
                Ok(sent) => break sent.submitted,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        };
        let receipt = office
            .verified(&submitted.receipt)
            .expect("a receipt that verifies");
        let refused = submitted.disposition == "refused";
        assert_eq!(refused, fault != Fault::None, "{submitted:?}");
        load.journal.lock().unwrap().push(Entry {
            sender: place,
            id: submitted.id,
            key,
            draft: made,
            recipients,
            receipt,
        });
    }
}

/// Takes in whatever comes until everything was taken in.
pub async fn recipient(load: Arc<Load>, office: Office) {
    loop {
        let last = load.drained.load(Ordering::SeqCst);
        let Ok(page) = office.client.inbox(None, 50, u64::from(!last)).await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        if page.items.is_empty() && last {
            return;
        }
        for item in page.items {
            // After a kill the files lie there already; the next attempt writes them anew.
            let taken = office.take_in(&item, None).await;
            match taken {
                Ok(received) => assert!(received.problems.is_empty(), "{:?}", received.problems),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

/// Starts all of them.
pub fn start_load(gateway: &Gateway, load: &Arc<Load>) -> (JoinSet<()>, JoinSet<()>) {
    let (mut senders, mut recipients) = (JoinSet::new(), JoinSet::new());
    for i in 0..SENDERS {
        let place = i % 7;
        senders.spawn(sender(Arc::clone(load), gateway.office(place), place));
    }
    for place in RECIPIENTS {
        recipients.spawn(recipient(Arc::clone(load), gateway.office(place)));
    }
    (senders, recipients)
}

/// Everything in the journal is there, and the figures are those of the journal.
pub async fn check_all(gateway: &Gateway, journal: &[Entry]) {
    let offices: Vec<Office> = (0..7).map(|place| gateway.office(place)).collect();
    for entry in journal {
        entry.check(&offices[entry.sender]).await;
    }
    let silent = Progress::silent();
    for entry in journal.iter().filter(|e| !e.is_refused()).step_by(7) {
        let client = &offices[entry.sender].client;
        let files = uploads(&entry.draft);
        let again = client
            .send(&entry.draft.envelope, &files, Some(&entry.key), &silent)
            .await;
        let again = again.expect("sent").submitted;
        assert!(again.repeated, "{}", entry.id);
        assert_eq!(again.id, entry.id);
        let facts = offices[entry.sender]
            .verified(&again.receipt)
            .expect("receipt");
        assert_eq!(facts, entry.receipt);
    }
    let rates = offices[0].client.rates(None, None).await.expect("rates");
    compare_rates(journal, &rates);
}

#[test]
fn twenty_kills_under_sixteen_senders_lose_nothing() {
    let mut gateway = Gateway::of_world();
    let load = Arc::new(Load::default());
    let seed = u64::try_from(now().0).unwrap();
    let mut state = seed;
    let mut landed = 0;
    say!("seed {seed}");
    block_on(async {
        let (senders, recipients) = start_load(&gateway, &load);
        for kill in 1..=KILLS {
            // A linear congruential generator (Knuth's MMIX) is chance enough for moments.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            sleep(Duration::from_millis(50 + (state >> 33) % 450)).await;
            let (in_flight, acknowledged) = (load.in_flight(), load.journal().len());
            tokio::task::block_in_place(|| gateway.kill());
            landed += u32::from(in_flight > 0);
            let took = tokio::task::block_in_place(|| gateway.up());
            say!(
                "kill {kill}: {in_flight} unacknowledged writes in flight, {acknowledged} \
                 acknowledged before, ready again in {took:.0?}"
            );
        }
        load.no_more();
        senders.join_all().await;
        load.drained();
        recipients.join_all().await;
        say!("{landed} of {KILLS} kills landed with unacknowledged writes in flight");
        let journal = load.journal();
        say!("{} documents acknowledged", journal.len());
        let began = Instant::now();
        check_all(&gateway, &journal).await;
        say!("all present, checked in {:.1?}", began.elapsed());
    });
    assert!(
        landed > 0,
        "no kill landed with a write in flight: the test showed nothing"
    );
    let said = good(&gateway.as_administrator(&["recount"]));
    say!("{}", said.trim());
}
