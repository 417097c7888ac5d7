//! `lienthong folder`: an office that only moves files, seen from its folder and from the gateway.

use crate::support::{Gateway, WORLD, block_on, bounded, now, program};
use lienthong::client::wire::ListItem;
use lienthong::demo::install::Installation;
use lienthong::demo::units::UNITS;
use lienthong::forge::{Letter, Pdf};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Who sends, and to whom.
pub const SENDER: usize = 1;
pub const RECIPIENT: usize = 7;

/// The folder of an office, and the flags that make its agent quick.
pub struct Desk<'g> {
    pub gateway: &'g Gateway,
    pub root: PathBuf,
    /// Where the agent finds its profile: the gateway's installation, or one that leads through a proxy.
    pub at: Installation,
    pub place: usize,
}

impl<'g> Desk<'g> {
    pub fn new(gateway: &'g Gateway, place: usize, name: &str) -> Self {
        let root = gateway.at.home.join(name);
        Self {
            gateway,
            root,
            at: gateway.at.clone(),
            place,
        }
    }

    /// The agent, which looks once all that it is to find lies there: nothing that is missing comes any more.
    pub fn command(&self, more: &[&str]) -> Command {
        self.patient("0.3", more)
    }

    /// The agent while files still come: a test that is held up between a signature and its document is not
    /// taken to have forgotten it.
    pub fn running(&self) -> Command {
        let mut command = self.patient("30", &[]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn patient(&self, missing: &str, more: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("folder").arg(&self.root);
        command.args([
            "--every",
            "0.02",
            "--quiet",
            "0",
            "--missing",
            missing,
            "--follow",
            "0",
            "--json",
        ]);
        command
            .arg("--profile")
            .arg(self.at.profile(UNITS[self.place].code));
        command
            .args(more)
            .env("LANG", "en_US.UTF-8")
            .env_remove("LC_ALL");
        command
    }

    /// One pass.
    pub fn once(&self) -> Output {
        bounded(self.command(&["--once"]), Duration::from_secs(60))
    }

    /// The agent's records of what it is sending, as they stand: one that is still being written is not said yet.
    pub fn jobs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(".lienthong/jobs"));
        let paths = entries.into_iter().flatten().flatten().map(|e| e.path());
        let named = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(".json") && !name.starts_with('.')
        };
        let texts = paths.filter(named).map(std::fs::read_to_string);
        texts.flatten().collect()
    }

    pub fn outbox(&self) -> PathBuf {
        let folder = self.root.join("outbox").join(UNITS[RECIPIENT].code);
        std::fs::create_dir_all(&folder).expect("outbox");
        folder
    }

    /// Puts a text with its detached signature into the outbox.
    pub fn put(&self, name: &str, text: &str) {
        put_signed(&self.outbox(), name, text);
    }

    /// Every file below a folder of the desk, by its path there.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        below(&self.root.join(folder), &mut found);
        let root = self.root.join(folder);
        let name = |p: &PathBuf| {
            p.strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        let mut names: Vec<String> = found.iter().map(name).collect();
        names.sort();
        names
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).expect(path)
    }

    /// What the gateway knows of as sent by this office.
    pub fn sent(&self) -> Vec<ListItem> {
        let office = self.gateway.office(self.place);
        block_on(async { office.client.outbox(None, 200).await.expect("outbox").items })
    }
}

/// An agent that runs until this is dropped.
pub struct Running(Child);

impl Running {
    pub fn of(desk: &Desk<'_>) -> Self {
        Self(desk.running().spawn().expect("started"))
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.0.id()
    }

    /// Does something while the agent stands still, so that it sees all of it at once.
    pub fn unseen(&self, work: impl FnOnce()) {
        self.signal("STOP");
        work();
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.process().to_string();
        let mut kill = Command::new("kill");
        let done = kill.args([&format!("-{name}"), &id]).status();
        assert!(done.expect("kill").success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn put_signed(folder: &Path, name: &str, text: &str) {
    let signature = WORLD.members[SENDER]
        .agency
        .sign_detached(text.as_bytes(), now());
    // A signature alone waits for its document, a document is taken without.
    let own = folder.join(format!("{name}.p7s"));
    std::fs::write(own, signature.expect("signed")).expect("written");
    std::fs::write(folder.join(name), text).expect("written");
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path);
        }
    }
}

pub fn code(output: &Output) -> i32 {
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    code.unwrap_or_else(|| panic!("ended by a signal: {text}"))
}

/// A sidecar with the document, an annex and their signatures; recipients by the folder.
fn put_several(outbox: &Path) {
    for name in ["cong van.txt", "phu luc.txt"] {
        put_signed(outbox, name, name);
    }
    let sidecar = serde_json::json!({
        "number": "13", "notation": "STC-VP", "promulgated": "2026-11-23",
        "subject": "Nhiều tệp", "files": [
            { "name": "cong van.txt", "role": "main" },
            { "name": "cong van.txt.p7s", "role": "signature", "of": "cong van.txt" },
            { "name": "phu luc.txt", "role": "annex" },
            { "name": "phu luc.txt.p7s", "role": "signature", "of": "phu luc.txt" },
        ],
    });
    std::fs::write(outbox.join("cong van.json"), sidecar.to_string()).expect("written");
}

/// Refused: no signature, a level of secrecy. Not understood: name, folder, sidecar. Incomplete. And what is never taken.
fn put_unfit(desk: &Desk<'_>, outbox: &Path) {
    let lacking = r#"{ "files": [{ "name": "khong-den.pdf", "role": "main" }] }"#;
    let secret = r#"{ "number": "17", "notation": "STC-VP", "promulgated": "2026-11-23", "subject": "Mật",
        "secrecy": "secret", "files": [{ "name": "mat.txt", "role": "main" }] }"#;
    for (name, text) in [
        ("mat.json", secret),
        ("mat.txt", "x"),
        ("14-STC-VP_2026-11-23_Chua ky.txt", "x"),
        ("scan0001.pdf", "x"),
        ("18-STC-VP_31-02-2026_Ngay sai.txt", "x"),
        ("hong.json", "{ \"number\": "),
        ("thieu.json", lacking),
        (".an.txt", "x"),
        ("~$mo.docx", "x"),
        ("dang-chep.pdf.part", "x"),
    ] {
        std::fs::write(outbox.join(name), text).expect("written");
    }
    let nowhere = desk.root.join("outbox/15-A_2026-11-23_Noi nao.txt");
    std::fs::write(nowhere, "x").expect("written");
    let nobody = desk.root.join("outbox/H99.9 Không có");
    std::fs::create_dir(&nobody).expect("folder");
    put_signed(&nobody, "16-STC-VP_2026-11-23_Khong ai.txt", "y");
}

/// Each has its reason beside it, and nothing else is left in the outbox.
fn unfit_is_explained(desk: &Desk<'_>) {
    for (folder, reason) in [
        ("14-STC-VP_2026-11-23_Chua ky", "BỊ TỪ CHỐI"),
        ("mat", "Văn bản mật"),
        ("scan0001", "Không hiểu tên tệp"),
        ("18-STC-VP_31-02-2026_Ngay sai", "31-02-2026"),
        ("hong", "không đúng dạng"),
        ("thieu", "khong-den.pdf"),
        ("15-A_2026-11-23_Noi nao", "Không biết gửi cho ai"),
        ("16-STC-VP_2026-11-23_Khong ai", "H99.9"),
    ] {
        let told = desk.read(&format!("failed/{folder}/LY-DO.txt"));
        let explained = told.contains(reason) && told.contains("Việc cần làm");
        // Pointers into an envelope that nobody wrote say nothing to an office.
        let pointed = told.contains("/recipients/") || told.contains("/files/");
        assert!(explained && !pointed, "{folder}: {told}");
    }
    let left = desk.files(&format!("outbox/{}", UNITS[RECIPIENT].code));
    assert_eq!(left, [".an.txt", "dang-chep.pdf.part", "~$mo.docx"]);
    assert_eq!(desk.files("sending"), [""; 0]);
}

#[test]
fn what_lies_in_the_outbox_is_sent_once_and_what_cannot_be_is_explained() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "van-ban");
    let outbox = desk.outbox();
    let name = "12-STC-VP_2026-11-23_Về dự toán";
    desk.put(&format!("{name}.txt"), "Văn bản thứ nhất.");
    put_several(&outbox);
    put_unfit(&desk, &outbox);
    assert_eq!(code(&desk.once()), 5, "something is in failed/");
    let sent = desk.sent();
    let of_state = |state: &str| -> Vec<String> {
        let rows = sent.iter().filter(|item| item.state == state);
        rows.map(|item| item.number.clone()).collect()
    };
    let mut accepted = of_state("accepted");
    accepted.sort();
    assert_eq!(accepted, ["12", "13"]);
    let mut refused = of_state("refused");
    refused.sort();
    assert_eq!(refused, ["14", "17"]);
    let processed = desk.files("processed");
    for file in [
        format!("{name}/{name}.txt"),
        format!("{name}/{name}.txt.p7s"),
        format!("{name}/KET-QUA.txt"),
        format!("{name}/bien-nhan.p7m"),
        "cong van/cong van.json".to_owned(),
        "cong van/phu luc.txt.p7s".to_owned(),
    ] {
        assert!(processed.contains(&file), "{file}: {processed:?}");
    }
    assert!(
        desk.read("processed/cong van/KET-QUA.txt")
            .contains("13/STC-VP")
    );
    unfit_is_explained(&desk);
    // The same document put back is not sent again, and its office is told so.
    for file in [format!("{name}.txt"), format!("{name}.txt.p7s")] {
        let from = desk.root.join("processed").join(name).join(&file);
        std::fs::copy(from, outbox.join(&file)).expect("copied");
    }
    assert_eq!(code(&desk.once()), 0);
    assert_eq!(desk.sent().len(), 4);
    let told = desk.read(&format!("processed/{name} (2)/KET-QUA.txt"));
    assert!(told.contains("đã được gửi trước đó"), "{told}");
}

#[test]
fn a_pdf_whose_name_says_no_subject_has_the_one_that_it_calls_itself_by() {
    let gateway = Gateway::of_world();
    let desk = Desk::new(&gateway, SENDER, "van-ban");
    let outbox = desk.outbox();
    let letter = Letter {
        above: String::new(),
        agency: UNITS[SENDER].name.to_owned(),
        place: "Tây Ninh".to_owned(),
        date: now().local_day(),
        number: "19".to_owned(),
        notation: "STC-VP".to_owned(),
        kind: "Công văn".to_owned(),
        subject: "về dự toán quý II".to_owned(),
        recipients: vec![UNITS[RECIPIENT].name.to_owned()],
        body: vec!["Kính gửi để biết.".to_owned()],
        position: vec!["GIÁM ĐỐC".to_owned()],
        signer: "Trần Thị An".to_owned(),
    };
    let pdf = Pdf::new(&letter).into_bytes();
    let name = "19-STC-VP_2026-11-23.pdf";
    let signature = WORLD.members[SENDER].agency.sign_detached(&pdf, now());
    let own = outbox.join(format!("{name}.p7s"));
    std::fs::write(own, signature.expect("signed")).expect("written");
    std::fs::write(outbox.join(name), pdf).expect("written");
    // One that calls itself nothing either.
    desk.put("20-STC-VP_2026-11-23.txt", "Không tên.");
    assert_eq!(code(&desk.once()), 5, "one is explained");
    let sent = desk.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].number.as_str(), sent[0].state.as_str()),
        ("19", "accepted")
    );
    let subject = &sent[0].subject;
    assert!(subject.contains("về dự toán quý II"), "{subject}");
    let told = desk.read("failed/20-STC-VP_2026-11-23/LY-DO.txt");
    assert!(told.contains("Việc cần làm"), "{told}");
}
