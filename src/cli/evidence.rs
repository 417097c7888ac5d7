//! `evidence`: a document with everything that its verdict rests on, laid out like `certs/`, so that
//! `verify` gives the same verdict from the folder alone, without a network.

use super::args::Evidence;
use super::bundle;
use super::console::Console;
use super::failure::{Exit, Failure};
use super::office::document_id;
use super::receive::saved_as;
use crate::client::Client;
use crate::client::laid_out::{self, AWAITED, laid_out};
use crate::client::stamps::StampProofView;
use crate::client::wire::{DocumentView, EvidenceView};
use crate::lang;
use crate::model::{Digest, Disposition, DocumentId};
use serde_json::json;
use std::path::{Path, PathBuf};

struct Export<'a> {
    console: &'a Console,
    client: Client,
    id: DocumentId,
    /// The place of a doubt; else the judgement in force.
    doubt: Option<u64>,
    out: &'a Path,
}

pub(super) async fn evidence(console: &Console, asked: &Evidence) -> Result<Exit, Failure> {
    let id = document_id(console, &asked.id)?;
    let client = console.client(&console.profile()?)?;
    let Some(out) = &asked.out else {
        let own = bundle::default_name(id);
        let to = asked.bundle.as_deref().unwrap_or(&own);
        return bundle::fetch(console, &client, id, to).await;
    };
    let export = Export {
        console,
        client,
        id,
        doubt: asked.doubt,
        out,
    };
    export.run().await
}

impl Export<'_> {
    async fn run(&self) -> Result<Exit, Failure> {
        let console = self.console;
        let failed = |e| Failure::client(console.language, &e);
        let view = self.client.document(self.id).await.map_err(failed)?;
        let report = self
            .client
            .report(self.id, self.doubt)
            .await
            .map_err(failed)?;
        let pieces = self
            .client
            .evidence(self.id, self.doubt)
            .await
            .map_err(failed)?;
        self.empty_folder()?;
        let at = text_at(&report, "/at").unwrap_or_default().to_owned();
        for piece in &pieces {
            self.piece(piece).await?;
        }
        let text = serde_json::to_string_pretty(&report).unwrap_or_default();
        self.write(Path::new("report.json"), text.as_bytes())?;
        self.write(Path::new("at"), format!("{at}\n").as_bytes())?;
        if let Some(awaited) = report.get("awaited") {
            self.write(Path::new(AWAITED), &laid_out::awaited(awaited))?;
        }
        let stamp = self.client.stamp(self.id).await.map_err(failed)?;
        let files = self.files(&view, &report).await?;
        let commands = commands(&report, &files, &at);
        let values = [("id", view.id.as_str()), ("at", at.as_str())];
        let stamped = self.stamp(stamp.as_ref())?;
        let told = console.text("cli-evidence-readme", &values);
        let mut readme = format!("{stamped}\n\n{told}");
        readme.push_str("\n\n");
        readme.push_str(&commands.join("\n"));
        readme.push('\n');
        self.write(Path::new("README"), readme.as_bytes())?;
        self.show(&view, &at, &pieces, &commands);
        Ok(Exit::Done)
    }

    /// The timestamp of the log that covers the document's record; gives what is said of it.
    fn stamp(&self, found: Option<&StampProofView>) -> Result<String, Failure> {
        let Some(found) = found else {
            return Ok(self.console.text("cli-evidence-not-stamped", &[]));
        };
        super::stamps::write(self.console, found, &self.out.join("stamp"))?;
        Ok(self.console.text("cli-evidence-stamped", &[]))
    }

    /// Evidence of two documents in one folder would be evidence of neither.
    fn empty_folder(&self) -> Result<(), Failure> {
        let unwritable = |e| Failure::unwritable(self.console.language, self.out, &e);
        std::fs::create_dir_all(self.out).map_err(unwritable)?;
        let mut entries = std::fs::read_dir(self.out).map_err(unwritable)?;
        if entries.next().is_none() {
            return Ok(());
        }
        let path = self.out.display().to_string();
        let said = self
            .console
            .text("cli-evidence-not-empty", &[("path", &path)]);
        Err(Failure::new(Exit::Failed, said))
    }

    fn write(&self, name: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.out.join(name);
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, bytes));
        written.map_err(|e| Failure::unwritable(self.console.language, &path, &e))
    }

    async fn piece(&self, piece: &EvidenceView) -> Result<(), Failure> {
        let wrong = || self.other_bytes(&piece.sha256);
        let digest = Digest::from_hex(&piece.sha256).ok_or_else(wrong)?;
        let files = laid_out(piece, &digest.to_hex());
        let mut own = files.iter().filter(|file| file.text.is_none());
        let to = own.next().map(|file| self.out.join(&file.path));
        let to = to.ok_or_else(wrong)?;
        let unwritable = |e| Failure::unwritable(self.console.language, &to, &e);
        let parent = to.parent().unwrap_or(self.out);
        std::fs::create_dir_all(parent).map_err(unwritable)?;
        let progress = self.console.progress(piece.size);
        let saved = self.client.evidence_piece(self.id, &digest, &to, &progress);
        let (found, _) = saved
            .await
            .map_err(|e| Failure::client(self.console.language, &e))?;
        if found != digest {
            return Err(wrong());
        }
        for copy in own {
            let bytes = std::fs::read(&to).map_err(unwritable)?;
            self.write(Path::new(&copy.path), &bytes)?;
        }
        for file in &files {
            if let Some(text) = &file.text {
                self.write(Path::new(&file.path), text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn other_bytes(&self, name: &str) -> Failure {
        let said = self
            .console
            .text("cli-received-mismatch", &[("name", name)]);
        Failure::new(Exit::Failed, said)
    }

    /// The document's files, compared with the report; none of a refused one, which are not kept.
    async fn files(
        &self,
        view: &DocumentView,
        report: &serde_json::Value,
    ) -> Result<Vec<PathBuf>, Failure> {
        let console = self.console;
        if view.disposition == Disposition::Refuse.name() {
            console.tell("cli-evidence-no-files", &[]);
            return Ok(Vec::new());
        }
        let folder = self.out.join("files");
        let unwritable = |e| Failure::unwritable(console.language, &folder, &e);
        std::fs::create_dir_all(&folder).map_err(unwritable)?;
        let mut saved = Vec::new();
        // What is left of a document has another verdict than the whole.
        if view.files.iter().any(|file| file.erased) {
            console.tell("cli-evidence-erased", &[]);
            return Ok(Vec::new());
        }
        for ((i, file), name) in view.files.iter().enumerate().zip(saved_as(view)) {
            if name != file.name {
                // A signature in XML finds what it signs by its name.
                let own = lang::visible(&file.name);
                let values = [("name", own.as_str()), ("saved", name.as_str())];
                console.tell("cli-evidence-renamed", &values);
            }
            let to = folder.join(&name);
            let progress = console.progress(file.size);
            let got = self.client.download(self.id, file.n, &to, &progress).await;
            let (digest, _) = got.map_err(|e| Failure::client(console.language, &e))?;
            let stated = text_at(report, &format!("/files/{i}/sha256"));
            if stated != Some(digest.to_hex().as_str()) {
                return Err(self.other_bytes(&name));
            }
            saved.push(Path::new("files").join(name));
        }
        Ok(saved)
    }

    fn show(&self, view: &DocumentView, at: &str, pieces: &[EvidenceView], commands: &[String]) {
        let console = self.console;
        if console.json {
            console.json(&json!({
                "id": view.id, "out": self.out.display().to_string(), "at": at,
                "evidence": pieces, "commands": commands,
            }));
            return;
        }
        for command in commands {
            console.out(command);
        }
        let (count, path) = (pieces.len().to_string(), self.out.display().to_string());
        let values = [("count", count.as_str()), ("path", path.as_str())];
        console.tell("cli-evidence-written", &values);
    }
}

/// The text at a pointer (RFC 6901).
fn text_at<'v>(value: &'v serde_json::Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

/// What gives the same verdict, to be run in the folder.
fn commands(report: &serde_json::Value, files: &[PathBuf], at: &str) -> Vec<String> {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        format!("'{}'", text.replace('\'', "'\\''"))
    };
    // In hindsight: since when the document is known to have existed.
    let existed = text_at(report, "/existed/at");
    let existed = existed.map(|existed| format!(" --existed {existed}"));
    let existed = existed.unwrap_or_default();
    let name = |n: usize| text_at(report, &format!("/files/{n}/name"));
    let line = |(i, path): (usize, &PathBuf)| {
        let of = text_at(report, &format!("/files/{i}/of"));
        let signed = (0..files.len()).find(|n| name(*n) == of);
        // What an XML signature signs beside that, it names itself.
        let others = (0..files.len())
            .filter(|n| *n != i && text_at(report, &format!("/files/{n}/of")).is_none())
            .filter(|n| name(*n) != of);
        let all = signed.into_iter().chain(others);
        let all = all.filter_map(|n| files.get(n));
        let one = |path: &PathBuf| format!(" --detached {}", quoted(path));
        let detached: Option<String> = of.map(|_| all.map(one).collect());
        format!(
            "lienthong verify {}{} --trust . --at {at}{existed} --offline",
            quoted(path),
            detached.unwrap_or_default()
        )
    };
    files.iter().enumerate().map(line).collect()
}
