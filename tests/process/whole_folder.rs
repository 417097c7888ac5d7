//! The two offices with a watched folder: their agents, who puts documents into the one, and who takes them out of
//! the other.

use crate::folder::{Desk, RECIPIENT as FOLDER, SENDER as FOLDER_SENDER, put_signed};
use crate::folder_inbox::names;
use crate::support::{Draft, Fault, Gateway};
use crate::whole::World;
use lienthong::client::wire::ListItem;
use lienthong::demo::install::Installation;
use lienthong::demo::units::UNITS;
use lienthong::model::{Digest, DocumentId};
use lienthong::seal::receipt::verify;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Child;

/// The agents of both folders.
pub struct Agents(Vec<Child>);

impl Agents {
    pub fn start(gateway: &Gateway) -> Self {
        Self::over(gateway, &gateway.at)
    }

    /// With profiles that lead elsewhere, as through a proxy.
    pub fn over(gateway: &Gateway, at: &Installation) -> Self {
        let start = |desk: Desk<'_>| {
            let desk = Desk {
                at: at.clone(),
                ..desk
            };
            desk.running().spawn().expect("started")
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

/// What was put into the sender's folder, by number: texts that no other document has; and which of them were put
/// into its `recall/` later.
#[derive(Default)]
pub struct Letters {
    put: u64,
    recalled: BTreeSet<u64>,
}

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
        FIRST..FIRST + self.put
    }

    fn is_recalled(&self, number: u64) -> bool {
        self.recalled.contains(&number)
    }

    /// How many were put into `recall/`.
    pub fn recalls(&self) -> usize {
        self.recalled.len()
    }

    /// Recalls one that was sent and was not recalled yet, by moving it with a reason; none, if there is none.
    fn recall(&mut self, gateway: &Gateway) {
        let [desk, _] = desks(gateway);
        let sent = |number: &u64| {
            let folder = desk.root.join("processed").join(Self::name(*number));
            !self.is_recalled(*number) && folder.is_dir()
        };
        let Some(number) = self.numbers().find(sent) else {
            return;
        };
        let name = Self::name(number);
        let folder = desk.root.join("processed").join(&name);
        fs::write(folder.join("LY-DO-THU-HOI.txt"), "Sai số liệu\n").expect("written");
        fs::rename(folder, desk.root.join("recall").join(name)).expect("moved");
        self.recalled.insert(number);
    }

    /// Recalls one more, as long as there are fewer than that.
    pub fn recall_up_to(&mut self, gateway: &Gateway, most: usize) {
        if self.recalls() < most {
            self.recall(gateway);
        }
    }

    /// Where a letter lies once everything is done with it.
    fn folder(&self, desk: &Desk<'_>, number: u64) -> PathBuf {
        let name = Self::name(number);
        match self.is_recalled(number) {
            false => desk.root.join("processed").join(name),
            true => {
                let month = names(desk, "recall").pop().expect("a month");
                desk.root.join("recall").join(month).join(name)
            }
        }
    }

    /// Puts one more, durably: written elsewhere first, as from another medium.
    pub fn put(&mut self, gateway: &Gateway) {
        let [desk, _] = desks(gateway);
        let (number, outbox) = (FIRST + self.put, desk.outbox());
        let (name, beside) = (Self::name(number), desk.root.join(".nguon"));
        fs::create_dir_all(&beside).expect("folder");
        put_signed(&beside, &format!("{name}.txt"), &Self::text(number));
        let files = [format!("{name}.txt.p7s"), format!("{name}.txt")];
        files.iter().for_each(|file| synced(&beside.join(file)));
        for file in files {
            fs::rename(beside.join(&file), outbox.join(&file)).expect("moved");
        }
        synced(&outbox);
        self.put += 1;
    }
}

fn synced(path: &Path) {
    File::open(path).expect("there").sync_all().expect("synced");
}

/// Answers what lies in the inbox, by moving it: some is refused, with a reason; what its sender wants back is given
/// back, also where that came to light only after it had been accepted.
pub fn clerk(gateway: &Gateway) {
    let [_, desk] = desks(gateway);
    for place in ["accepted", "refused"] {
        for name in names(&desk, place) {
            let from = desk.root.join(place).join(&name);
            if from.join("CHUA-TRA-LOI.txt").is_file() {
                let _ = fs::rename(from, desk.root.join("returned").join(&name));
            }
        }
    }
    for name in names(&desk, "inbox") {
        let from = desk.root.join("inbox").join(&name);
        if ["[THU HỒI]", "[XIN LẤY LẠI]"]
            .iter()
            .any(|mark| name.contains(mark))
        {
            let _ = fs::rename(from, desk.root.join("returned").join(&name));
            continue;
        }
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
    let is_month = |name: &String| name.len() == 7 && name.starts_with("20");
    let recalled = names(&from, "recall").iter().all(is_month);
    let sent = from.sent();
    let is = |row: &ListItem, state: &str| row.recipients[0].state == state;
    let came = sent.len() == usize::try_from(letters.put).unwrap();
    let open = ["waiting", "arrived", "recalled", "take_back_asked"];
    let answered = sent
        .iter()
        .all(|row| !open.iter().any(|state| is(row, state)));
    // What is answered is moved to its month, and forgotten.
    let done = names(&to, "inbox").is_empty() && to.files(".lienthong/received").is_empty();
    idle && recalled && came && answered && done
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
        let processed = letters.folder(&from, number);
        let kept = fs::read_to_string(processed.join(&file)).expect("file");
        assert_eq!(kept, text);
        let here = lying(&to, &number.to_string());
        let state = rows[0].recipients[0].state.as_str();
        if letters.is_recalled(number) {
            // Taken back before it came, or given back; what had been accepted may lie beside the word about it.
            let given_back = ["taken_back", "recall_agreed"].contains(&state);
            assert!(given_back && here.len() <= 2, "{number}: {state} {here:?}");
            assert!(processed.join("DA-THU-HOI.txt").is_file(), "{number}");
        } else {
            assert_eq!(here.len(), 1, "letter {number}: {here:?}");
        }
        for here in here.iter().map(|here| to.root.join(here)) {
            let came = fs::read_to_string(here.join(&file));
            let is_word = letters.is_recalled(number) && came.is_err();
            assert!(is_word || came.expect("file") == text, "letter {number}");
        }
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
        if !letters.is_recalled(number) {
            journal.received(id, FOLDER);
        }
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
