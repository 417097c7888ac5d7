//! The stories: who types what, and what has to come of it.

use super::clerk::{Came, Clerk, administrates, verifies};
use super::{Stage, Step, Tale, Told, cast, unit};
use crate::demo::DemoError;
use crate::demo::cases::Case;
use crate::demo::documents::letter;
use crate::demo::draft::Draft;
use crate::demo::install::put;
use crate::lang::{self, text};
use crate::model::LocalDay;
use std::path::{Path, PathBuf};

/// How long a paper of the late story lay about before it was sent, in days.
const LAIN: i64 = 14;
/// How long the end of the delivery is waited for, in seconds.
const EXPIRES: &str = "30";
/// The exit code of what the gateway does not do.
const FAILED: i32 = 1;

/// A story being lived.
struct Life<'a> {
    stage: Stage<'a>,
    sender: Clerk<'a>,
    recipient: Clerk<'a>,
    /// The files of this story.
    folder: PathBuf,
    /// The document it is about, once it is sent, and the place of its first record.
    id: String,
    first: u64,
    told: Told,
}

/// Lives through one story.
pub(super) fn live(stage: Stage<'_>, tale: Tale) -> Result<Told, DemoError> {
    let places = cast(tale);
    let [from, to] = places.map(unit);
    let clerk = |unit| Clerk { stage, unit };
    let mut life = Life {
        stage,
        sender: clerk(from),
        recipient: clerk(to),
        folder: stage.at.home.join("story").join(tale.name()),
        id: String::new(),
        first: 0,
        told: Told {
            tale,
            code: String::new(),
            from: from.short,
            to: to.short,
            steps: Vec::new(),
            receipts: Vec::new(),
            state: String::new(),
            problems: Vec::new(),
        },
    };
    match tale {
        Tale::Accepted => life.accepted()?,
        Tale::Refused => life.refused()?,
        Tale::Recalled => life.recalled()?,
        Tale::TakenBack => life.taken_back()?,
        Tale::Replaced => life.replaced()?,
        Tale::Late => life.late()?,
        Tale::Expired => life.expired()?,
    }
    life.look_back()?;
    Ok(life.told)
}

impl Life<'_> {
    fn accepted(&mut self) -> Result<(), DemoError> {
        self.sends()?;
        self.receives()?;
        self.answers("03", None, "accept", "answered")?;
        self.answers("06", None, "complete", "progressed")
    }

    fn refused(&mut self) -> Result<(), DemoError> {
        self.sends()?;
        self.receives()?;
        let reason = self.say("demo-story-reason-refused");
        self.answers("02", Some(&reason), "refuse", "answered")?;
        self.is_told("answered", &reason)
    }

    fn recalled(&mut self) -> Result<(), DemoError> {
        self.sends()?;
        self.receives()?;
        self.answers("03", None, "accept", "answered")?;
        let reason = self.say("demo-story-reason-recalled");
        let id = self.id.clone();
        let done = self.sender.types(&["recall", &id, "--reason", &reason])?;
        self.step(true, "recall", Some("recalled"), &reason, &done);
        self.is_told("recalled", &reason)?;
        let again = self.folder.join("again").display().to_string();
        let gone = self.recipient.types(&["receive", &id, "--out", &again])?;
        let is_gone = gone.code == FAILED && gone.said.contains("(withdrawn)");
        self.looked(false, "gone", is_gone, &gone);
        self.answers("15", None, "agree", "recall-answered")
    }

    fn taken_back(&mut self) -> Result<(), DemoError> {
        self.sends()?;
        let reason = self.say("demo-story-reason-taken-back");
        let id = self.id.clone();
        let done = self
            .sender
            .types(&["take-back", &id, "--reason", &reason])?;
        self.step(true, "take-back", Some("taken-back"), &reason, &done);
        let after = self.first.saturating_sub(1).to_string();
        let all = ["inbox", "--limit", "200", "--after", &after];
        let inbox = self.recipient.types(&all)?;
        let listed = inbox.rows.iter().any(|row| row["id"] == id.as_str());
        self.looked(false, "nothing", inbox.code == 0 && !listed, &inbox);
        Ok(())
    }

    fn replaced(&mut self) -> Result<(), DemoError> {
        self.sends()?;
        self.receives()?;
        let day = self.stage.world.now.local_day();
        let old = self.id.clone();
        let new = self.send(day, &["--replaces", &old], 1)?;
        self.step(true, "replace", Some("superseded"), &new.text("/id"), &new);
        let after = self.first.to_string();
        let all = ["notices", "--limit", "200", "--after", &after];
        let told = self.recipient.types(&all)?;
        let named = told.rows.iter().any(|row| {
            row["id"] == old.as_str()
                && row["notice"] == "superseded"
                && row["other"] == new.text("/id")
        });
        self.looked(false, "told", named, &told);
        Ok(())
    }

    /// Nobody's clock is set: the paper says when it was promulgated, and was sent today.
    fn late(&mut self) -> Result<(), DemoError> {
        let today = self.stage.world.now;
        let day = today.plus_secs(-LAIN * 24 * 3600).local_day();
        let sent = self.send(day, &[], 0)?;
        self.is_sent(&sent);
        let id = self.id.clone();
        let status = self.sender.types(&["status", &id])?;
        let late = status.rows.first().map(|row| row["issued_late"] == true);
        let due = status.text("/issue_due");
        self.looked(true, "late", late == Some(true), &status);
        if let Some(step) = self.told.steps.last_mut() {
            step.note = due;
        }
        self.receives()?;
        self.answers("03", None, "accept", "answered")
    }

    /// The clock of flash documents is short in the demo's configuration; nobody fetches this one. Its sender waits to
    /// be told, and the files are not to be had any more.
    fn expired(&mut self) -> Result<(), DemoError> {
        let day = self.stage.world.now.local_day();
        let sent = self.send(day, &["--urgency", "flash"], 0)?;
        self.is_sent(&sent);
        let id = self.id.clone();
        let mut after = self.first;
        let (told, cause) = loop {
            let place = after.to_string();
            let all = ["notices", "--wait", EXPIRES, "--after", &place];
            let told = self.sender.types(&all)?;
            let mut ended = told.rows.iter();
            let ended = ended.find(|row| row["id"] == id.as_str() && row["notice"] == "expired");
            let cause = ended
                .and_then(|row| row["cause"].as_str())
                .map(str::to_owned);
            let last = told.rows.last().and_then(|row| row["position"].as_u64());
            match (cause, last) {
                // Of other documents: what is waited for comes behind them.
                (None, Some(last)) if told.code == 0 => after = last,
                (cause, _) => break (told, cause),
            }
        };
        let told_of = cause.is_some();
        let cause = lang::word(self.stage.language, "cause", &cause.unwrap_or_default());
        self.step(true, "expire", Some("expired"), &cause, &told);
        if !told_of {
            self.wrong("expire", &told);
        }
        let out = self.folder.join("received").display().to_string();
        let gone = self.recipient.types(&["receive", &id, "--out", &out])?;
        let is_gone = gone.code == FAILED && gone.said.contains("(withdrawn)");
        self.looked(false, "gone", is_gone, &gone);
        let desk = administrates(self.stage, &["dead-letters", "list"])?;
        let listed = desk.rows.iter().any(|row| row["id"] == id.as_str());
        let who = self.say("demo-story-administrator");
        self.looked_by(who, "desk", listed, &desk);
        Ok(())
    }

    fn say(&self, key: &str) -> String {
        text(self.stage.language, key, &[])
    }

    fn sends(&mut self) -> Result<(), DemoError> {
        let day = self.stage.world.now.local_day();
        let sent = self.send(day, &[], 0)?;
        self.is_sent(&sent);
        Ok(())
    }

    fn is_sent(&mut self, sent: &Came) {
        self.id = sent.text("/id");
        let first = sent.rows.first();
        let first = first.and_then(|row| row.pointer("/receipt/position")?.as_u64());
        self.first = first.unwrap_or_default();
        self.step(true, "send", Some("offered"), "", sent);
    }

    /// Signs a letter promulgated on a day, and sends it.
    fn send(&mut self, day: LocalDay, more: &[&str], nth: usize) -> Result<Came, DemoError> {
        let [sender, recipient] = cast(self.told.tale);
        let Some(member) = self.stage.world.members.get(sender) else {
            return Err(DemoError::Interrupted);
        };
        let place = usize::from(self.told.tale.number());
        let number = place
            .saturating_add(800)
            .saturating_add(nth.saturating_mul(50));
        let (number, notation) = (number.to_string(), member.unit.notation);
        let letter = letter(member, place, &number, day, &[recipient]);
        let subject = letter.subject.clone();
        let draft = Draft {
            world: self.stage.world,
            member,
            letter,
            stem: format!("{number}-{notation}"),
        };
        let mut path = self.folder.clone();
        for file in draft.files(Case::PdfAgency)? {
            path = self.folder.join(&file.name);
            put(&path, &file.bytes)?;
        }
        if nth == 0 {
            self.told.code = format!("{number}/{notation}");
        }
        let (path, day) = (path.display().to_string(), day.to_string());
        let to = unit(recipient).code;
        let mut all = vec!["send", &path, "--to", to, "--number", &number];
        all.extend(["--notation", notation, "--subject", &subject]);
        all.extend(["--promulgated", &day]);
        all.extend(more);
        self.sender.types(&all)
    }

    fn receives(&mut self) -> Result<(), DemoError> {
        let id = self.id.clone();
        let out = self.folder.join("received").display().to_string();
        let came = self.recipient.types(&["receive", &id, "--out", &out])?;
        self.step(false, "receive", Some("arrived"), "", &came);
        Ok(())
    }

    fn answers(
        &mut self,
        status: &str,
        reason: Option<&str>,
        what: &'static str,
        event: &'static str,
    ) -> Result<(), DemoError> {
        let id = self.id.clone();
        let mut all = vec!["answer", &id, status];
        if let Some(reason) = reason {
            all.extend(["--reason", reason]);
        }
        let came = self.recipient.types(&all)?;
        let note = reason.unwrap_or_default();
        self.step(false, what, Some(event), note, &came);
        Ok(())
    }

    /// The other side is told, without asking after the document.
    fn is_told(&mut self, notice: &str, reason: &str) -> Result<(), DemoError> {
        // Recipients are told of recalls, senders of answers.
        let sender = notice != "recalled";
        let clerk = if sender { self.sender } else { self.recipient };
        let after = self.first.to_string();
        let told = clerk.types(&["notices", "--limit", "200", "--after", &after])?;
        let id = self.id.clone();
        let named = told.rows.iter().any(|row| {
            row["id"] == id.as_str() && row["notice"] == notice && row["reason"] == reason
        });
        self.looked(sender, "told", named, &told);
        Ok(())
    }

    fn step(
        &mut self,
        sender: bool,
        what: &'static str,
        event: Option<&'static str>,
        note: &str,
        came: &Came,
    ) {
        let clerk = if sender { self.sender } else { self.recipient };
        self.told.steps.push(Step {
            who: clerk.unit.short.to_owned(),
            what,
            event,
            note: note.to_owned(),
        });
        if came.code != 0 {
            self.wrong(what, came);
        }
    }

    /// Something that is looked at, and has no receipt.
    fn looked(&mut self, sender: bool, what: &'static str, holds: bool, came: &Came) {
        let clerk = if sender { self.sender } else { self.recipient };
        self.looked_by(clerk.unit.short.to_owned(), what, holds, came);
    }

    fn looked_by(&mut self, who: String, what: &'static str, holds: bool, came: &Came) {
        self.told.steps.push(Step {
            who,
            what,
            event: None,
            note: String::new(),
        });
        if !holds {
            self.wrong(what, came);
        }
    }

    fn wrong(&mut self, what: &str, came: &Came) {
        let said: String = came.said.chars().take(400).collect();
        let problem = format!("{what}: {} {}", came.code, said.trim());
        self.told.problems.push(problem);
    }

    /// In the end the sender looks how it stands, fetches every receipt, and has each verified from its file.
    fn look_back(&mut self) -> Result<(), DemoError> {
        let id = self.id.clone();
        let status = self.sender.types(&["status", &id])?;
        self.told.state = status.text("/recipients/0/state");
        let folder = self.folder.join("receipts");
        let out = folder.display().to_string();
        let came = self.sender.types(&["receive", &id, "--out", &out])?;
        if came.code != 0 {
            self.wrong("receipts", &came);
            return Ok(());
        }
        let ca = self.sender.receipt_ca();
        let listed = came.rows.first().and_then(|row| row["receipts"].as_array());
        for file in listed.into_iter().flatten().filter_map(|f| f.as_str()) {
            match verifies(self.stage, &ca, Path::new(file), &id)? {
                Ok(verified) => self.told.receipts.push(verified),
                Err(problem) => self.told.problems.push(problem),
            }
        }
        self.told.receipts.sort_by_key(|receipt| receipt.position);
        Ok(())
    }
}
