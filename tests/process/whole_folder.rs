//! The two offices with a watched folder: their agents, who puts documents into the one, and who takes them out of
//! the other.

use crate::folder::{Desk, RECIPIENT as FOLDER, SENDER as FOLDER_SENDER, put_signed};
use crate::folder_inbox::names;
use crate::support::{Draft, Fault, Gateway};
use crate::whole::World;
use lienthong::client::wire::ListItem;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId};
use lienthong::seal::receipt::verify;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// The agents of both folders.
pub struct Agents(Vec<Child>);

impl Agents {
    pub fn start(gateway: &Gateway) -> Self {
        let start = |desk: Desk<'_>| {
            let mut command = desk.command(&[]);
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().expect("started")
        };
        Self(desks(gateway).map(start).into())
    }

    /// SIGKILL, without waiting.
    pub fn strike(&mut self) {
        for agent in &mut self.0 {
            let _ = agent.kill();
        }
    }

    /// Waits for their end.
    pub fn ended(&mut self) {
        for mut agent in self.0.drain(..) {
            agent.wait().expect("ended");
        }
    }

    pub fn are_alive(&mut self) {
        for agent in &mut self.0 {
            let ended = agent.try_wait().expect("asked");
            assert_eq!(ended, None, "an agent ended by itself");
        }
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        self.strike();
        self.ended();
    }
}

fn desks(gateway: &Gateway) -> [Desk<'_>; 2] {
    [
        Desk::new(gateway, FOLDER_SENDER, "so"),
        Desk::new(gateway, FOLDER, "xa"),
    ]
}

/// What was put into the sender's folder, by number: texts that no other document has.
#[derive(Default)]
pub struct Letters(u64);

/// Their numbers begin here.
const FIRST: u64 = 9000;

impl Letters {
    fn name(number: u64) -> String {
        format!("{number}-GIET_2026-11-23_Thu")
    }

    fn text(number: u64) -> String {
        format!("Thư số {number}. ").repeat(1 + usize::try_from(number % 7).unwrap() * 40)
    }

    fn numbers(&self) -> std::ops::Range<u64> {
        FIRST..FIRST + self.0
    }

    /// Puts one more, durably: written elsewhere first, as from another medium.
    pub fn put(&mut self, gateway: &Gateway) {
        let [desk, _] = desks(gateway);
        let (number, outbox) = (FIRST + self.0, desk.outbox());
        let (name, beside) = (Self::name(number), desk.root.join(".nguon"));
        fs::create_dir_all(&beside).expect("folder");
        put_signed(&beside, &format!("{name}.txt"), &Self::text(number));
        for file in [format!("{name}.txt.p7s"), format!("{name}.txt")] {
            synced(&beside.join(&file));
            fs::rename(beside.join(&file), outbox.join(&file)).expect("moved");
        }
        synced(&outbox);
        self.0 += 1;
    }
}

fn synced(path: &Path) {
    File::open(path).expect("there").sync_all().expect("synced");
}

/// Answers what lies in the inbox, by moving it: some is refused, with a reason.
pub fn clerk(gateway: &Gateway) {
    let [_, desk] = desks(gateway);
    for name in names(&desk, "inbox") {
        let from = desk.root.join("inbox").join(&name);
        let refused = name.len().is_multiple_of(3);
        if refused {
            let reason = from.join("LY-DO-TU-CHOI.txt");
            let written = fs::write(&reason, "Sai nơi nhận\n");
            if written
                .and_then(|()| File::open(&reason)?.sync_all())
                .is_err()
            {
                // No room, or another name: the next time.
                continue;
            }
        }
        let place = if refused { "refused" } else { "accepted" };
        // The agent may have given it another name just now.
        let _ = fs::rename(from, desk.root.join(place).join(&name));
    }
}

/// Whether nothing is left to be sent or answered, at the gateway and at the agents.
pub fn is_quiet(gateway: &Gateway, letters: &Letters) -> bool {
    let [from, to] = desks(gateway);
    let outbox = format!("outbox/{}", UNITS[FOLDER].code);
    let places = [outbox.as_str(), "sending", ".lienthong/jobs"];
    let idle = places.iter().all(|place| from.files(place).is_empty());
    let sent = from.sent();
    let is = |row: &ListItem, state: &str| row.recipients[0].state == state;
    let came = sent.len() == usize::try_from(letters.0).unwrap();
    let answered = sent
        .iter()
        .all(|row| !is(row, "waiting") && !is(row, "arrived"));
    // What is answered is moved to its month, and forgotten.
    let done = names(&to, "inbox").is_empty() && to.files(".lienthong/received").is_empty();
    idle && came && answered && done
}

/// The folders of documents with that number that lie at the receiving office, wherever it put them.
fn lying(desk: &Desk<'_>, number: &str) -> BTreeSet<PathBuf> {
    let papers = desk.files("").into_iter().filter(|f| {
        let own = f.contains(&format!(" {number}-")) || f.contains(&format!(" {number}_"));
        own && f.ends_with("/VAN-BAN.txt") && !f.starts_with('.') && !f.contains("/.")
    });
    let folder = |f: String| Path::new(&f).parent().expect("folder").to_path_buf();
    papers.map(folder).collect()
}

/// Each letter was sent once and lies whole at both offices; enters them into the journal of what was sent.
pub async fn letters_are_whole(world: &World, gateway: &Gateway, letters: &Letters) {
    let [from, to] = desks(gateway);
    let office = world.run.office(FOLDER_SENDER);
    let sent = office.client.outbox(None, 200).await.expect("outbox").items;
    assert_eq!(sent.len(), letters.numbers().count(), "each letter once");
    for number in letters.numbers() {
        let (name, text) = (Letters::name(number), Letters::text(number));
        let file = format!("{name}.txt");
        let own = |row: &&ListItem| row.number == number.to_string();
        let rows: Vec<_> = sent.iter().filter(own).collect();
        assert_eq!(rows.len(), 1, "letter {number}");
        assert_eq!(from.read(&format!("processed/{name}/{file}")), text);
        let here = lying(&to, &number.to_string());
        assert_eq!(here.len(), 1, "letter {number}: {here:?}");
        let here = to.root.join(here.first().expect("one"));
        assert_eq!(fs::read_to_string(here.join(&file)).expect("file"), text);
        let processed = from.root.join("processed").join(&name);
        let read = |path: PathBuf| fs::read(path).expect("file");
        let signature = format!("{file}.p7s");
        let draft = Draft {
            fault: Fault::None,
            envelope: Vec::new(),
            files: vec![
                (file.clone(), read(processed.join(&file)).into()),
                (signature.clone(), read(processed.join(&signature)).into()),
            ],
        };
        let der = read(processed.join("bien-nhan.p7m"));
        let receipt = verify(&der, office.receipt_ca()).expect("receipt");
        let id = DocumentId::parse(&rows[0].id).expect("id");
        let journal = &world.run.journal;
        journal.sent(id, FOLDER_SENDER, &[FOLDER], draft, None, receipt);
        journal.received(id, FOLDER);
    }
}

/// Whatever came to the folder lies there once, with its bytes.
pub fn documents_are_whole(world: &World, gateway: &Gateway) {
    let [_, desk] = desks(gateway);
    let sent = world.run.journal.sent_to(FOLDER);
    let mut seen = 0;
    for (id, digests) in &sent {
        let text = id.to_string();
        let ending = &text[text.len() - 12..];
        let here: BTreeSet<PathBuf> = desk
            .files("")
            .iter()
            .filter(|f| f.ends_with("/van-ban.json") && !f.contains("/."))
            .filter(|f| desk.read(f).contains(ending))
            .map(|f| Path::new(f).parent().expect("folder").to_path_buf())
            .collect();
        assert_eq!(here.len(), 1, "{id}: {here:?}");
        let folder = desk.root.join(here.first().expect("one"));
        let files = fs::read_dir(folder).expect("folder");
        let found: BTreeSet<Digest> = files
            .map(|f| Digest::of(&fs::read(f.expect("file").path()).unwrap_or_default()))
            .collect();
        assert!(digests.iter().all(|d| found.contains(d)), "{id}");
        seen += 1;
    }
    assert!(seen > 0, "nothing came to the folder");
    say!("{seen} documents lie in the folder, each once");
}
