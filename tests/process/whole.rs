//! Whole lives with everything running: a unit that is pushed to, one that is told by a webhook, two offices with a
//! watched folder each, some that fetch, and an administrator who erases by order.

use crate::folder::{RECIPIENT as FOLDER, SENDER as FOLDER_SENDER};
use crate::lives::{Run, answered, draw};
use crate::proxy::next;
use crate::reached::{Reached, installed, secret_of};
use crate::receiver::{Receiver, Reply, Seen};
use crate::support::{Gateway, good};
use base64::Engine;
use lienthong::client::ClientError;
use lienthong::client::admin::Admin;
use lienthong::client::erase::EraseRequest;
use lienthong::client::wire::RecipientView;
use lienthong::delivery::Secret;
use lienthong::demo::install::Installation;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId, Language};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Who is pushed to, who is told, and who fetches.
pub const PUSHED: usize = 0;
pub const TOLD: usize = 3;
pub const PULLS: usize = 5;
/// Who sends, beside the folder.
pub const SENDERS: [usize; 3] = [2, 4, 6];
/// Longer than a full disk, some restarts and the pauses of retries take together on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lives that are lived side by side.
const ABREAST: usize = 8;

/// What all lives share.
pub struct World {
    pub run: Run,
    pub push: Receiver,
    pub hook: Receiver,
    socket: PathBuf,
}

/// An installation with both receivers, not started.
pub fn install(home: Option<&Path>) -> (Gateway, Receiver, Receiver) {
    let (push, hook) = (Receiver::start(), Receiver::start());
    let units = [
        (PUSHED, Reached::Push, &push),
        (TOLD, Reached::Webhook, &hook),
    ];
    (installed(home, &units), push, hook)
}

impl World {
    /// With receivers that fail now and then before they do their part.
    pub fn new(gateway: &Gateway, push: Receiver, hook: Receiver, sizes: &'static [usize]) -> Self {
        Self::over(gateway, &gateway.at, push, hook, sizes)
    }

    /// With offices whose profiles lead elsewhere, as through a proxy.
    pub fn over(
        gateway: &Gateway,
        at: &Installation,
        push: Receiver,
        hook: Receiver,
        sizes: &'static [usize],
    ) -> Self {
        for reply in [
            Reply::Status(200),
            Reply::Status(500),
            Reply::Cut(900),
            Reply::Status(200),
            Reply::Bytes(b"HTTP/1.1 2".to_vec()),
            Reply::Status(204),
            Reply::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        ] {
            push.then(reply.clone());
            hook.then(reply);
        }
        push.always(Reply::Status(200));
        hook.always(Reply::Status(204));
        Self {
            run: Run::new(at, sizes),
            push,
            hook,
            socket: gateway.at.home.join("lienthong.sock"),
        }
    }

    async fn recipient(&self, sender: usize, place: usize, id: DocumentId) -> RecipientView {
        let view = self.run.view(sender, id).await;
        let own = |r: &RecipientView| r.unit == UNITS[place].code;
        view.recipients.into_iter().find(own).expect("a recipient")
    }

    /// Waits until a document has come to where nobody asks for it; whether it has.
    async fn comes(&self, sender: usize, place: usize, id: DocumentId) -> bool {
        let began = Instant::now();
        loop {
            let own = self.recipient(sender, place, id).await;
            if own.arrived.is_some() {
                self.run.journal.received(id, place);
                return true;
            }
            if own.state != "waiting" {
                return false;
            }
            assert!(began.elapsed() < PATIENCE, "{id} never comes: {own:?}");
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// Waits until the clerk at the folder has answered.
    async fn is_answered(&self, sender: usize, id: DocumentId) {
        let began = Instant::now();
        assert!(self.comes(sender, FOLDER, id).await);
        while self.recipient(sender, FOLDER, id).await.answered.is_none() {
            assert!(began.elapsed() < PATIENCE, "{id} is never answered");
            sleep(Duration::from_millis(60)).await;
        }
    }

    /// Waits for the notice, and fetches; whether it was still to be had.
    async fn fetch_when_told(&self, id: DocumentId) -> bool {
        let began = Instant::now();
        let text = id.to_string();
        let names = |seen: &Seen| String::from_utf8_lossy(&seen.body).contains(&text);
        while !self.hook.requests().iter().any(names) {
            assert!(began.elapsed() < PATIENCE, "{id}: never told");
            sleep(Duration::from_millis(60)).await;
        }
        self.run.receive(TOLD, id).await
    }

    /// Erases everything by order until that is acknowledged.
    async fn erase(&self, id: DocumentId) {
        let request = EraseRequest {
            files: Vec::new(),
            all: true,
            reports: false,
            basis: "QĐ 15/QĐ-STTTT: lộ dữ liệu cá nhân".into(),
        };
        let attempt = async || {
            let admin = Admin::connect(&self.socket, Language::En).await;
            let nobody = || ClientError::Unexpected(503, "nobody listens".into());
            admin.ok_or_else(nobody)?.erase(id, &request).await
        };
        answered(attempt).await.expect("erased");
        self.run.journal.erased(id);
    }
}

/// One document's life, drawn from its own chance.
async fn live(world: Arc<World>, seed: u64) {
    let mut chance = next(seed);
    let run = &world.run;
    let sender = SENDERS[usize::try_from(draw(&mut chance, 3)).unwrap()];
    match draw(&mut chance, 8) {
        0 => {
            let id = run.send(sender, &[PUSHED], None).await;
            assert!(world.comes(sender, PUSHED, id).await);
            assert!(run.answer(PUSHED, id, "03").await && run.answer(PUSHED, id, "06").await);
        }
        1 => {
            let id = run.send(sender, &[TOLD], None).await;
            assert!(world.fetch_when_told(id).await && run.answer(TOLD, id, "02").await);
        }
        2 => {
            let id = run.send(sender, &[FOLDER], None).await;
            world.is_answered(sender, id).await;
        }
        // Taken back while it is pushed, or asked back after.
        3 => {
            let id = run.send(sender, &[PUSHED], None).await;
            let (there, _) = tokio::join!(
                world.comes(sender, PUSHED, id),
                run.withdraw(sender, id, false)
            );
            if there {
                run.answer(PUSHED, id, "15").await;
            }
        }
        4 => {
            let id = run.send(sender, &[TOLD], None).await;
            assert!(world.fetch_when_told(id).await && run.answer(TOLD, id, "03").await);
            assert!(run.withdraw(sender, id, true).await);
            assert!(!run.receive(TOLD, id).await, "{id} was recalled");
            assert!(run.answer(TOLD, id, "15").await);
        }
        5 => {
            let id = run.send(sender, &[PUSHED, TOLD, FOLDER, PULLS], None).await;
            let (a, b, c, ()) = tokio::join!(
                world.comes(sender, PUSHED, id),
                world.fetch_when_told(id),
                run.receive(PULLS, id),
                world.is_answered(sender, id)
            );
            assert!(a && b && c);
            assert!(run.answer(PUSHED, id, "03").await && run.answer(PULLS, id, "03").await);
            assert!(run.answer(TOLD, id, "03").await);
        }
        // Erased once it is dealt with, or before anybody came: then its sender ends it.
        6 => {
            let id = run.send(sender, &[PULLS], None).await;
            if draw(&mut chance, 2) == 0 {
                assert!(run.receive(PULLS, id).await && run.answer(PULLS, id, "03").await);
                world.erase(id).await;
            } else {
                world.erase(id).await;
                assert!(run.withdraw(sender, id, false).await);
            }
        }
        _ => {
            let id = run.send(sender, &[PULLS], None).await;
            assert!(run.receive(PULLS, id).await);
            let new = run.send(sender, &[PULLS], Some(id)).await;
            assert!(!run.answer(PULLS, id, "03").await, "{id} was replaced");
            assert!(run.receive(PULLS, new).await && run.answer(PULLS, new, "03").await);
        }
    }
}

/// So many lives; `each` is called again and again with how many ended, and has the thread to itself.
pub async fn lived(world: &Arc<World>, seed: u64, all: u64, mut each: impl FnMut(u64)) {
    let mut lives = JoinSet::new();
    let (mut begun, mut ended) = (0, 0);
    while ended < all {
        while begun < all && lives.len() < ABREAST {
            begun += 1;
            let seed = seed.wrapping_mul(1_000).wrapping_add(begun);
            let (world, handle) = (Arc::clone(world), tokio::runtime::Handle::current());
            lives.spawn_blocking(move || handle.block_on(live(world, seed)));
        }
        if let Ok(one) = timeout(Duration::from_millis(50), lives.join_next()).await {
            let one = one.expect("a life");
            one.unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            ended += 1;
        }
        tokio::task::block_in_place(|| each(ended));
    }
}

/// Waits for something between two lives, on the thread that `lived` gave away.
pub fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Handle::current().block_on(work)
}

/// What the receiver of pushes saw: whole documents under their own identifiers, each as it was sent.
pub fn pushed_right(world: &World) {
    let due = world.run.journal.sent_to(PUSHED);
    let mut seen: BTreeMap<DocumentId, u32> = BTreeMap::new();
    for request in world.push.requests() {
        assert!(request.had_certificate);
        let id = DocumentId::parse(request.header("idempotency-key")).expect("id");
        let digests = due.get(&id).unwrap_or_else(|| panic!("{id} is not known"));
        let length: usize = request.header("content-length").parse().expect("length");
        if request.body.len() < length {
            continue;
        }
        let parts = request.parts();
        let files = parts.iter().filter(|part| part.name == "file");
        let files: Vec<Digest> = files.map(|part| Digest::of(&part.body)).collect();
        assert_eq!(&files, digests, "{id}");
        *seen.entry(id).or_default() += 1;
    }
    let twice = seen.values().filter(|times| **times > 1).count();
    say!(
        "{} documents were pushed, {twice} of them again under their key",
        seen.len()
    );
    assert!(!seen.is_empty(), "nothing was pushed");
}

/// What the webhook saw: signed notices with identifiers only, of documents for that unit.
pub fn told_right(world: &World, gateway: &Gateway) {
    let due = world.run.journal.sent_to(TOLD);
    let secret = Secret::read(&secret_of(gateway, TOLD)).expect("secret");
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for request in world.hook.requests() {
        let length: usize = request.header("content-length").parse().expect("length");
        if request.body.len() < length {
            continue;
        }
        let at = request
            .header("webhook-timestamp")
            .parse()
            .expect("seconds");
        let name = request.header("webhook-id").to_owned();
        let signed = secret.sign(&name, at, &request.body);
        assert_eq!(request.header("webhook-signature"), signed);
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let fields: Vec<&String> = body.as_object().expect("object").keys().collect();
        assert_eq!(fields, ["data", "timestamp", "type"]);
        let data = body["data"].as_object().expect("object");
        assert_eq!(data.keys().collect::<Vec<_>>(), ["id"], "identifiers only");
        let id = data["id"].as_str().expect("id").to_owned();
        assert!(
            due.contains_key(&DocumentId::parse(&id).expect("id")),
            "{id}"
        );
        told.entry(id).or_default().insert(name);
    }
    assert!(!told.is_empty(), "nobody was told");
    assert!(told.values().all(|names| names.len() == 1), "{told:?}");
}

/// The program itself accepts every receipt of some documents, and finds the figures to be those of the log.
pub async fn proved_by_the_program(world: &World, gateway: &Gateway) {
    let folder = tempfile::tempdir().expect("folder");
    let ca = gateway.at.profile(UNITS[PULLS].code);
    let ca = ca.with_file_name("receipt-ca.pem").display().to_string();
    let sent = [PUSHED, TOLD, FOLDER, PULLS].map(|place| world.run.journal.sent_to(place));
    let some = sent.iter().flat_map(|all| all.keys().take(3));
    for id in some.collect::<BTreeSet<_>>() {
        let mut all = Vec::new();
        for place in SENDERS.into_iter().chain([FOLDER_SENDER]) {
            // Of its own documents only.
            let seen = world.run.office(place).client.receipts(*id).await;
            all.extend(seen.unwrap_or_default());
        }
        assert!(!all.is_empty(), "{id}: no receipts");
        for receipt in all {
            let der = base64::engine::general_purpose::STANDARD.decode(&receipt.p7m);
            let path = folder.path().join(format!("{}.p7m", receipt.position));
            std::fs::write(&path, der.expect("base64")).expect("written");
            let path = path.display().to_string();
            good(&gateway.as_administrator(&["receipt", "verify", &path, "--ca", &ca]));
        }
    }
    let rates = good(&gateway.as_administrator(&["recount", "--json"]));
    let rates: Value = serde_json::from_str(&rates).expect("JSON");
    assert_eq!(rates["differences"], serde_json::json!([]));
}
