//! Whole lives over lines that break, with the daemon killed between: what was acknowledged is there with its bytes,
//! was delivered once and done once, has a receipt that verifies, was told to the other side, and is counted right.

use crate::life_journal::Journal;
use crate::proxy::{Class, Trouble, Weather, between, next};
use crate::support::{Draft, Fault, Gateway, WORLD, block_on, draft, good};
use lienthong::client::ClientError;
use lienthong::client::progress::Progress;
use lienthong::client::upload::{Source, Upload};
use lienthong::client::wire::{AnswerRequest, DocumentView, Problem, WithdrawRequest};
use lienthong::demo::install::Installation;
use lienthong::demo::office::Office;
use lienthong::demo::units::UNITS;
use lienthong::model::{DocumentId, Language};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// One run each; one more by `LIENTHONG_SEED`.
const SEEDS: [u64; 2] = [20_261_129, 7];
/// Lives of one run, and how many are lived side by side.
const LIVES: u64 = 200;
const ABREAST: usize = 10;
/// Kills of the daemon in one run.
const KILLS: u32 = 4;
/// Longer than a restart takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Who sends, and who receives.
pub const SENDERS: [usize; 3] = [1, 2, 4];
pub const RECIPIENTS: [usize; 3] = [5, 7, 8];

/// What all lives share.
pub struct Run {
    pub offices: Vec<Office>,
    pub journal: Journal,
    /// How long documents are, one after the other.
    sizes: &'static [usize],
    number: AtomicU64,
    folder: tempfile::TempDir,
}

/// The next number of a life's own chance, below `below`.
pub fn draw(state: &mut u64, below: u64) -> u64 {
    *state = next(*state);
    (*state >> 33) % below
}

/// Does something until it is answered: what did not get through is tried again as it was.
pub async fn answered<T>(attempt: impl AsyncFn() -> Result<T, ClientError>) -> Result<T, Problem> {
    let began = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(ClientError::Problem(p)) if p.status < 500 && p.code != "moved_meanwhile" => {
                return Err(*p);
            }
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        sleep(Duration::from_millis(15)).await;
    }
}

pub fn uploads(made: &Draft) -> Vec<Upload> {
    let one = |(name, bytes): &(String, bytes::Bytes)| Upload {
        name: name.clone(),
        source: Source::Memory(bytes.clone()),
    };
    made.files.iter().map(one).collect()
}

impl Run {
    /// Every unit's office, as it stands in that installation.
    pub fn new(at: &Installation, sizes: &'static [usize]) -> Self {
        let open = |code: &str| Office::open(at, code, Language::En).expect("office");
        Self {
            offices: UNITS.iter().map(|unit| open(unit.code)).collect(),
            journal: Journal::default(),
            sizes,
            number: AtomicU64::new(0),
            folder: tempfile::tempdir().expect("folder"),
        }
    }

    pub fn office(&self, place: usize) -> &Office {
        &self.offices[place]
    }

    /// Sends a document until it is acknowledged.
    pub async fn send(
        &self,
        sender: usize,
        to: &[usize],
        replaces: Option<DocumentId>,
    ) -> DocumentId {
        let says = replaces.map(|old| ("replaces", serde_json::json!([old.to_string()])));
        self.send_saying(sender, to, says).await
    }

    /// … with one more word in its envelope.
    pub async fn send_saying(
        &self,
        sender: usize,
        to: &[usize],
        says: Option<(&str, serde_json::Value)>,
    ) -> DocumentId {
        let number = self.number.fetch_add(1, Ordering::SeqCst) + 1;
        let size = self.sizes[usize::try_from(number).unwrap() % self.sizes.len()];
        let mut made = draft(&WORLD.members[sender], to, number, size, Fault::None);
        if let Some((name, value)) = says {
            let mut envelope: serde_json::Value =
                serde_json::from_slice(&made.envelope).expect("envelope");
            envelope[name] = value;
            made.envelope = envelope.to_string().into_bytes();
        }
        let (files, key) = (uploads(&made), format!("khoa-{number}"));
        let (office, silent) = (self.office(sender), Progress::silent());
        let attempt = async || {
            let client = &office.client;
            client
                .send(&made.envelope, &files, Some(&key), &silent)
                .await
        };
        let sent = answered(attempt).await.expect("sent").submitted;
        let id = DocumentId::parse(&sent.id).expect("id");
        let receipt = office.verified(&sent.receipt).expect("receipt");
        self.journal.sent(id, sender, to, made, Some(key), receipt);
        id
    }

    /// Fetches every file until all are whole and the gateway knows of it; whether it is still to be had.
    pub async fn receive(&self, place: usize, id: DocumentId) -> bool {
        let began = Instant::now();
        loop {
            if !self.fetch(place, id).await {
                return false;
            }
            for _ in 0..20 {
                let view = self.view(place, id).await;
                let own = view.recipients.iter();
                let own = own.filter(|r| r.unit == UNITS[place].code);
                let own: Vec<_> = own
                    .map(|r| (r.arrived.is_some(), r.state.clone()))
                    .collect();
                if own[0].0 {
                    self.journal.received(id, place);
                    return true;
                }
                if own[0].1 != "waiting" {
                    return false;
                }
                sleep(Duration::from_millis(20)).await;
            }
            // A gateway that was started anew knows of no file that was fetched before.
            assert!(began.elapsed() < PATIENCE, "{id} never arrives");
        }
    }

    pub async fn view(&self, place: usize, id: DocumentId) -> DocumentView {
        let office = self.office(place);
        let view = answered(async || office.client.document(id).await).await;
        view.expect("a document of this office")
    }

    async fn fetch(&self, place: usize, id: DocumentId) -> bool {
        let office = self.office(place);
        for file in &self.view(place, id).await.files {
            let path = self.folder.path().join(format!("{id}-{place}-{}", file.n));
            let silent = Progress::silent();
            let attempt = async || {
                let _ = tokio::fs::remove_file(&path).await;
                office.client.download(id, file.n, &path, &silent).await
            };
            match answered(attempt).await {
                Ok((digest, _)) => assert_eq!(digest.to_hex(), file.sha256, "{id}"),
                Err(problem) => {
                    assert_eq!(problem.status, 410, "{problem:?}");
                    return false;
                }
            }
        }
        true
    }

    /// Answers until it is acknowledged or impossible; whether it was given.
    pub async fn answer(&self, place: usize, id: DocumentId, status: &str) -> bool {
        let office = self.office(place);
        let request = AnswerRequest {
            status: status.to_owned(),
            reason: Some(format!("vì {status}")),
            staff: None,
        };
        match answered(async || office.client.answer(id, &request).await).await {
            Ok(given) => {
                let receipt = office.verified(&given.receipt).expect("receipt");
                self.journal.acknowledged(receipt);
                true
            }
            Err(problem) => {
                assert_eq!(problem.code, "impossible_move", "{problem:?}");
                false
            }
        }
    }

    /// Recalls or takes back until it is acknowledged or impossible; whether it was done.
    pub async fn withdraw(&self, sender: usize, id: DocumentId, recall: bool) -> bool {
        let office = self.office(sender);
        let request = WithdrawRequest {
            reason: Some("gửi nhầm".to_owned()),
            recipients: None,
        };
        let attempt = async || match recall {
            true => office.client.recall(id, &request).await,
            false => office.client.take_back(id, &request).await,
        };
        match answered(attempt).await {
            Ok(done) => {
                for one in &done.recipients {
                    let receipt = office.verified(&one.receipt).expect("receipt");
                    self.journal.acknowledged(receipt);
                }
                true
            }
            Err(problem) => {
                assert_eq!(problem.code, "impossible_move", "{problem:?}");
                false
            }
        }
    }
}

/// One document's life, drawn from its own chance.
async fn live(run: Arc<Run>, seed: u64) {
    let mut chance = next(seed);
    let sender = SENDERS[usize::try_from(draw(&mut chance, 3)).unwrap()];
    let to = RECIPIENTS[usize::try_from(draw(&mut chance, 3)).unwrap()];
    let id = run.send(sender, &[to], None).await;
    match draw(&mut chance, 8) {
        // Taken back while it is being fetched, or before, or asked back after.
        0 => {
            let (there, _) = tokio::join!(run.receive(to, id), run.withdraw(sender, id, false));
            if there {
                let status = ["15", "16", "02", "03"];
                let status = status[usize::try_from(draw(&mut chance, 4)).unwrap()];
                run.answer(to, id, status).await;
            }
        }
        1 => {
            assert!(run.withdraw(sender, id, false).await);
            assert!(!run.receive(to, id).await, "{id} was taken back");
        }
        // Recalled while it is answered: whichever comes first.
        2 => {
            assert!(run.receive(to, id).await);
            let (recalled, _) =
                tokio::join!(run.withdraw(sender, id, true), run.answer(to, id, "03"));
            assert!(recalled);
            assert!(run.answer(to, id, "15").await);
        }
        3 => {
            assert!(run.receive(to, id).await && run.answer(to, id, "03").await);
            assert!(run.withdraw(sender, id, true).await);
            assert!(!run.receive(to, id).await, "{id} was recalled");
            assert!(run.answer(to, id, "16").await && run.answer(to, id, "15").await);
        }
        4 => assert!(run.receive(to, id).await && run.answer(to, id, "02").await),
        5 => {
            assert!(run.receive(to, id).await);
            let new = run.send(sender, &[to], Some(id)).await;
            assert!(!run.answer(to, id, "03").await, "{id} was replaced");
            assert!(run.receive(to, new).await && run.answer(to, new, "03").await);
        }
        _ => {
            assert!(run.receive(to, id).await && run.answer(to, id, "03").await);
            assert!(run.answer(to, id, "05").await && run.answer(to, id, "06").await);
        }
    }
}

/// The daemon killed at moments that the seed says, while lives go on.
async fn lived(gateway: &mut Gateway, run: &Arc<Run>, seed: u64) {
    let mut chance = seed;
    let mut lives = JoinSet::new();
    let (mut begun, mut ended, mut kills) = (0, 0, 0);
    let mut at = LIVES / u64::from(KILLS + 1);
    while ended < LIVES {
        while begun < LIVES && lives.len() < ABREAST {
            begun += 1;
            let (run, seed) = (
                Arc::clone(run),
                seed.wrapping_mul(1_000).wrapping_add(begun),
            );
            let handle = tokio::runtime::Handle::current();
            lives.spawn_blocking(move || handle.block_on(live(run, seed)));
        }
        if ended >= at && kills < KILLS {
            kills += 1;
            at += LIVES / u64::from(KILLS + 1);
            sleep(Duration::from_millis(draw(&mut chance, 60))).await;
            tokio::task::block_in_place(|| {
                gateway.kill();
                gateway.up();
            });
        }
        let one = lives.join_next().await.expect("a life");
        one.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        ended += 1;
    }
    assert_eq!(kills, KILLS);
}

fn lived_through(seed: u64) {
    say!("seed {seed}");
    let began = std::time::Instant::now();
    let mut gateway = Gateway::of_world();
    let weather = Weather::new(seed);
    let codes = UNITS.map(|unit| unit.code);
    let outside = between(&gateway.at, &codes, &weather);
    let run = Arc::new(Run::new(&outside, &[3000]));
    block_on(async {
        lived(&mut gateway, &run, seed).await;
        weather.calm();
        let direct = |place| gateway.office(place);
        let offices: Vec<Office> = (0..UNITS.len()).map(direct).collect();
        run.journal.check(&offices).await;
    });
    let seen = weather.seen();
    for class in Class::ALL {
        for trouble in Trouble::ALL {
            let times = seen.get(&(class, trouble)).copied().unwrap_or(0);
            say!("{class:?} {trouble:?}: {times}");
            assert!(times > 0, "seed {seed}: {class:?} never had {trouble:?}");
        }
    }
    gateway.stop();
    let said = good(&gateway.as_administrator(&["recount"]));
    say!("{} in {:.1?}", said.trim(), began.elapsed());
}

/// A seed for one more run.
pub fn given() -> Option<u64> {
    let given = std::env::var("LIENTHONG_SEED").ok();
    given.and_then(|seed| seed.parse().ok())
}

#[test]
fn whole_lives_over_lines_that_break_end_as_they_were_acknowledged() {
    for seed in SEEDS.into_iter().chain(given()) {
        lived_through(seed);
    }
}
