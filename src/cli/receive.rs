//! `receive`: files under temporary names, compared with the verified receipt, then named.

use super::args::Receive;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::document_id;
use super::receipt;
use crate::agent::{hides, safe_name};
use crate::client::receipts::decides;
use crate::client::wire::DocumentView;
use crate::client::{Client, Profile};
use crate::lang;
use crate::model::event::FileRef;
use crate::model::{Digest, DocumentId, Hasher};
use crate::seal::receipt::Receipt;
use crate::trust::certificate::Certificate;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often, and how long apart, the receipt of the arrival is asked for: three seconds in all.
const ARRIVAL_TRIES: u32 = 30;
const ARRIVAL_PAUSE: Duration = Duration::from_millis(100);

struct Fetch<'a> {
    console: &'a Console,
    client: Client,
    profile: Profile,
    ca: Certificate,
    id: DocumentId,
    out: &'a Path,
}

pub(super) async fn receive(console: &Console, asked: &Receive) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    let profile = console.profile()?;
    let ca = receipt::authority(console, &profile.receipt_ca)?;
    let client = console.client(&profile)?;
    let fetch = Fetch {
        console,
        client,
        profile,
        ca,
        id,
        out: &asked.out,
    };
    fetch.run().await
}

impl Fetch<'_> {
    async fn run(&self) -> Result<Exit, Failure> {
        let console = self.console;
        let failed = |e| Failure::client(console.language, &e);
        let view = self.client.document(self.id).await.map_err(failed)?;
        let stated = self.stated(&view).await?;
        let unwritable = |e| Failure::unwritable(console.language, self.out, &e);
        std::fs::create_dir_all(self.out).map_err(unwritable)?;
        let total = stated
            .files
            .iter()
            .fold(0u64, |sum, f| sum.saturating_add(f.size));
        let progress = console.progress(total);
        let mut saved = Vec::new();
        let names = saved_as(&view);
        for ((file, fact), name) in view.files.iter().zip(&stated.files).zip(&names) {
            if file.erased {
                let n = file.n.to_string();
                console.tell("cli-received-erased", &[("n", &n)]);
                continue;
            }
            saved.push(self.file(file.n, name, fact, &progress).await?);
        }
        if saved.is_empty() && view.files.iter().any(|file| file.erased) {
            let (title, detail) = lang::problem(console.language, "erased");
            return Err(Failure::new(Exit::Failed, title).with_next(detail));
        }
        let receipts = self.receipts().await?;
        self.show(&view, &stated, &saved, &receipts);
        Ok(Exit::Done)
    }

    /// The receipt of the offer (or of leaving the hold): it names the files.
    async fn stated(&self, view: &DocumentView) -> Result<Receipt, Failure> {
        let console = self.console;
        let all = self.client.receipts(self.id).await;
        let all = all.map_err(|e| Failure::client(console.language, &e))?;
        let last = all.iter().rev().find(|r| decides(&r.event));
        let last = last.ok_or_else(|| receipt::bad(console, &"offered"))?;
        let (stated, _) = receipt::check(console, last, &self.ca)?;
        let agrees = stated.document == self.id
            && stated.sender.as_str() == view.sender
            && decides(&stated.event)
            && stated.judged.disposition.relays()
            && stated.files.len() == view.files.len();
        if agrees {
            Ok(stated)
        } else {
            Err(receipt::bad(console, &"document"))
        }
    }

    async fn file(
        &self,
        n: usize,
        name: &str,
        fact: &FileRef,
        progress: &crate::client::progress::Progress,
    ) -> Result<PathBuf, Failure> {
        let console = self.console;
        let path = self.out.join(name);
        let temporary = self.out.join(format!(".{}-{n}.part", self.id));
        let _ = std::fs::remove_file(&temporary);
        let got = self.client.download(self.id, n, &temporary, progress).await;
        let fits = match got {
            Ok((digest, size)) => digest == fact.digest && size == fact.size,
            Err(e) => {
                let _ = std::fs::remove_file(&temporary);
                return Err(Failure::client(console.language, &e));
            }
        };
        if !fits {
            let _ = std::fs::remove_file(&temporary);
            let said = console.text("cli-received-mismatch", &[("name", name)]);
            return Err(Failure::new(Exit::Failed, said));
        }
        let same = || digest(&path).is_ok_and(|digest| digest == fact.digest);
        let outcome = match named(&temporary, &path) {
            // A file that is there already must be the same.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && same() => Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let shown = path.display().to_string();
                let said = console.text("cli-received-other", &[("path", &shown)]);
                let next = console.text("cli-file-exists-next", &[]);
                return Err(Failure::new(Exit::Failed, said).with_next(next));
            }
            other => other,
        };
        outcome.map_err(|e| Failure::unwritable(console.language, &path, &e))?;
        Ok(path)
    }

    /// Every receipt, checked and saved beside the files; one saved before is left alone.
    async fn receipts(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut saved = Vec::new();
        for (stated, der) in self.with_arrival().await? {
            let name = format!("{}-{}-{}.p7m", self.id, stated.position, stated.event);
            let path = self.out.join(name);
            if !path.exists() {
                receipt::save(self.console, &der, &path)?;
            }
            saved.push(path);
        }
        Ok(saved)
    }

    /// The checked receipts. The gateway notes the arrival once its last byte was sent, so that
    /// receipt may come a moment later; it is waited for, but not for ever.
    async fn with_arrival(&self) -> Result<Vec<(Receipt, Vec<u8>)>, Failure> {
        let unit = self.profile.unit.as_str();
        let mut checked = Vec::new();
        for _ in 0..ARRIVAL_TRIES {
            let all = self.client.receipts(self.id).await;
            let all = all.map_err(|e| Failure::client(self.console.language, &e))?;
            let each = all
                .iter()
                .map(|view| receipt::check(self.console, view, &self.ca));
            checked = each.collect::<Result<Vec<_>, _>>()?;
            let ours = |r: &Receipt| r.recipient.as_ref().is_some_and(|u| u.as_str() == unit);
            let arrived = checked.iter().any(|(r, _)| r.event == "arrived" && ours(r));
            // The sender may fetch its own document; that is no arrival.
            if arrived || checked.iter().all(|(r, _)| r.sender.as_str() == unit) {
                break;
            }
            tokio::time::sleep(ARRIVAL_PAUSE).await;
        }
        Ok(checked)
    }

    fn show(&self, view: &DocumentView, stated: &Receipt, saved: &[PathBuf], receipts: &[PathBuf]) {
        let console = self.console;
        let paths = |all: &[PathBuf]| -> Vec<String> {
            all.iter().map(|p| p.display().to_string()).collect()
        };
        if console.json {
            console.json(&json!({
                "id": view.id, "sender": view.sender, "unit": self.profile.unit,
                "verdict": view.verdict, "files": paths(saved), "receipts": paths(receipts),
                "receipt_verified": true, "receipt_facts": receipt::facts(stated),
            }));
            return;
        }
        for path in saved {
            console.out(&path.display().to_string());
        }
        let out = self.out.display().to_string();
        let count = u64::try_from(saved.len()).unwrap_or(0);
        let values = [("path", out.as_str())];
        console.say(&lang::counted(
            console.language,
            "cli-received",
            count,
            &values,
        ));
        let flag = console.profile_flag();
        let values = [("id", view.id.as_str()), ("profile", flag.as_str())];
        console.next(&console.text("cli-received-next", &values));
    }
}

fn digest(path: &Path) -> std::io::Result<Digest> {
    let (mut file, mut hasher) = (std::fs::File::open(path)?, Hasher::new());
    let mut window = vec![0; 128 * 1024];
    loop {
        let n = file.read(&mut window)?;
        if n == 0 {
            return Ok(hasher.finish());
        }
        hasher.update(window.get(..n).unwrap_or_default());
    }
}

/// Gives a finished file its name, if nothing has it: a link fails where a rename would replace. The temporary
/// name is gone either way.
pub(super) fn named(temporary: &Path, path: &Path) -> std::io::Result<()> {
    let outcome = match std::fs::hard_link(temporary, path) {
        // Some file systems know no links.
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists && !path.exists() => {
            std::fs::rename(temporary, path)
        }
        other => other,
    };
    let _ = std::fs::remove_file(temporary);
    outcome
}

/// The longest name in bytes on most file systems; an envelope's have so many characters.
const MAX_NAME: usize = 255;

/// Octets of a name that are kept free for numbers: a document has 100 files at most.
const NUMBERS: usize = 8;

/// The names under which the files of a document are saved, in its order; those of the envelope if they are to be had,
/// and each only once.
pub(super) fn saved_as(view: &DocumentView) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(view.files.len());
    for file in &view.files {
        let own = match file.name.is_empty() {
            true => format!("{}-{}", view.id, file.n),
            false => file.name.clone(),
        };
        let name = free(&own, file.n, &names);
        names.push(name);
    }
    names
}

/// The name under which a file is saved: its own, if that is nothing but a name. What leads elsewhere, is hidden,
/// reads otherwise than it is, is too long for a file system, or is taken is changed: its sender must not be able to
/// keep the recipient from having the document.
fn free(name: &str, n: usize, taken: &[String]) -> String {
    let plain = Path::new(name).file_name().is_some_and(|own| own == name)
        && !name.starts_with('.')
        && !name
            .chars()
            .any(|c| c.is_control() || c == '\\' || hides(c))
        && name.len() <= MAX_NAME;
    let safe = safe_name(name, MAX_NAME.saturating_sub(NUMBERS));
    let first = match plain {
        true => name.to_owned(),
        false => format!("{n}-{safe}"),
    };
    let others = (n..).map(|k| format!("{k}-{safe}"));
    let mut all = std::iter::once(first.clone()).chain(others);
    all.find(|name| !taken.contains(name)).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_that_a_sender_chooses_keeps_the_recipient_from_the_document() {
        for name in ["12-STC-VP.pdf", "Về dự toán: phần 1?.pdf", "a b.txt"] {
            assert_eq!(free(name, 1, &[]), name);
        }
        for (name, saved) in [
            (".bashrc", "2-_.bashrc"),
            (".", "2-_"),
            ("..", "2-_"),
            ("a/b", "2-a-b"),
            ("a\u{202e}fdp.exe", "2-a-fdp.exe"),
        ] {
            assert_eq!(free(name, 2, &[]), saved);
        }
        let long = free(&format!("{}.pdf", "ấ".repeat(251)), 100, &[]);
        assert!(long.len() <= MAX_NAME && long.ends_with(".pdf"), "{long}");
        let taken = ["2-a-b".to_owned(), "3-a-b".to_owned()];
        assert_eq!(free("a/b", 2, &taken), "4-a-b");
        assert_eq!(free("2-a-b", 2, &taken), "2-2-a-b");
    }
}
