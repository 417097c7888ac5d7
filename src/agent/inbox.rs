//! What waits for this office: each document is fetched once, urgent ones first, and what changes about it later
//! is told beside it. One that cannot be fetched now holds up no other.

use super::fetch::{Fetch, Placed, Undone};
use super::line::Line;
use super::mark;
use super::news;
use super::places::Places;
use super::received::Received;
use super::retry::Retry;
use super::{AgentError, Office, Pass, Told, disk};
use crate::client::ClientError;
use crate::client::wire::ListItem;
use crate::lang;
use crate::model::{DocumentId, Urgency};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// The most documents that lie in the inbox unanswered: more than an office looks through, and a bound for what
/// one that nobody looks after takes of the disk. The rest waits at the gateway.
const MOST: usize = 5_000;
/// Rows of a page.
const PAGE: usize = 200;
/// Between two looks at the whole list: what could not be fetched, what was answered elsewhere.
const WHOLE: Duration = Duration::from_secs(120);
/// Names of units are asked for at most so often.
const NAMES: Duration = Duration::from_secs(3600);

/// Receives, round by round.
pub(super) struct Receiver<'a> {
    office: &'a Office,
    places: &'a Places,
    line: &'a Line,
    known: BTreeMap<DocumentId, Received>,
    each: BTreeMap<DocumentId, Retry>,
    units: BTreeMap<String, String>,
    named: Option<Instant>,
    /// The end of the list, as far as it was read.
    after: Option<String>,
    looked: Option<Instant>,
    is_full: bool,
    pass: Pass,
}

impl<'a> Receiver<'a> {
    /// # Errors
    /// [`AgentError::Record`] for a record that is not understood.
    pub(super) fn new(
        office: &'a Office,
        places: &'a Places,
        line: &'a Line,
    ) -> Result<Self, AgentError> {
        Ok(Self {
            office,
            places,
            line,
            known: Received::all(places)?,
            each: BTreeMap::new(),
            units: BTreeMap::new(),
            named: None,
            after: None,
            looked: None,
            is_full: false,
            pass: Pass::default(),
        })
    }

    /// What came of it so far.
    pub(super) fn pass(&self) -> Pass {
        self.pass
    }

    /// One round: the whole list now and then, and otherwise what is new, waited for.
    ///
    /// # Errors
    /// See [`AgentError`]; a document's own problem is told and is none.
    pub(super) async fn round(&mut self, wait: u64) -> Result<(), AgentError> {
        if !self.line.is_due() {
            return Ok(());
        }
        let due = self.looked.is_none_or(|at| at.elapsed() >= WHOLE);
        let retries = self.each.values().any(Retry::is_due);
        let done = if due || retries {
            self.whole().await
        } else if self.is_full {
            Ok(())
        } else {
            self.news(wait).await
        };
        match done {
            Ok(()) => Ok(()),
            Err(Undone::Client(error)) => {
                self.pass.unreachable = true;
                self.line.failed(self.office, &error.to_string());
                Ok(())
            }
            Err(Undone::Disk(error)) => Err(error),
            // Of single documents, and told there.
            Err(Undone::Room(..) | Undone::Withdrawn | Undone::Other(_) | Undone::Erased) => Ok(()),
        }
    }

    /// Looks at everything that is unanswered.
    async fn whole(&mut self) -> Result<(), Undone> {
        self.finish()?;
        let (mut rows, mut after) = (Vec::new(), None::<String>);
        self.is_full = false;
        loop {
            let page = self.office.client.inbox(after.as_deref(), PAGE, 0).await?;
            self.line.worked(self.office);
            if let Some(last) = page.items.last() {
                after = Some(last.position.to_string());
            }
            rows.extend(page.items);
            self.is_full = rows.len() >= MOST;
            if page.next.is_none() || self.is_full {
                break;
            }
        }
        let listed: BTreeSet<DocumentId> = rows
            .iter()
            .filter_map(|r| DocumentId::parse(&r.id))
            .collect();
        if self.is_full {
            let most = MOST.to_string();
            self.office
                .tell(Told::new("inbox-full").with("count", &most));
        } else {
            self.settled(&listed).await?;
            self.left_over(&listed).await?;
        }
        self.each.retain(|id, _| listed.contains(id));
        rows.truncate(MOST);
        self.take(rows).await?;
        self.after = after;
        self.looked = Some(Instant::now());
        Ok(())
    }

    /// Waits for what is new.
    async fn news(&mut self, wait: u64) -> Result<(), Undone> {
        let after = self.after.clone();
        let page = self
            .office
            .client
            .inbox(after.as_deref(), PAGE, wait)
            .await?;
        self.line.worked(self.office);
        let last = page.items.last().map(|row| row.position.to_string());
        self.take(page.items).await?;
        self.after = last.or(after);
        Ok(())
    }

    /// Renames that a crash left open.
    fn finish(&mut self) -> Result<(), Undone> {
        let open: Vec<DocumentId> = self.unplaced();
        for id in open {
            if let Some(mut received) = self.known.remove(&id) {
                // Answered meanwhile it has no record, and gets none.
                if received.placed && Received::is_kept(self.places, id) {
                    mark::finish(self.places, &mut received)?;
                } else if !received.placed {
                    self.fetch().place(id, &mut received)?;
                }
                self.known.insert(id, received);
            }
        }
        Ok(())
    }

    fn unplaced(&self) -> Vec<DocumentId> {
        let unfinished = |r: &Received| !r.placed || r.was.is_some();
        let open = self.known.iter().filter(|(_, r)| unfinished(r));
        open.map(|(id, _)| *id).collect()
    }

    fn fetch(&self) -> Fetch<'_> {
        Fetch {
            office: self.office,
            places: self.places,
            units: &self.units,
        }
    }

    /// Takes what is not here yet, urgent documents first.
    async fn take(&mut self, mut rows: Vec<ListItem>) -> Result<(), Undone> {
        rows.sort_by_key(|row| std::cmp::Reverse(Urgency::from_name(&row.urgency)));
        for row in rows {
            let Some(id) = DocumentId::parse(&row.id) else {
                continue;
            };
            let code = format!("{}/{}", row.number, row.notation);
            if let Some(received) = self.known.get(&id).cloned() {
                match self.changed(id, received, row.version).await {
                    Ok(()) => {
                        self.each.remove(&id);
                    }
                    Err(undone) => self.undone(id, &code, undone)?,
                }
                continue;
            }
            if !self.each.get(&id).is_none_or(Retry::is_due) {
                continue;
            }
            self.names(&row.sender).await;
            let done = match news::is_withdrawn(&row.state) {
                false => match self.fetch().run(id).await {
                    // Nothing of it will ever come; the office is told once.
                    Err(Undone::Erased) => self.fetch().notice(id).await,
                    other => other,
                },
                // Answered before, and put away: its files are not to be had any more.
                true => self.fetch().notice(id).await,
            };
            match done {
                Ok(placed) => self.placed(id, &code, placed)?,
                Err(undone) => self.undone(id, &code, undone)?,
            }
        }
        Ok(())
    }

    fn placed(&mut self, id: DocumentId, code: &str, placed: Placed) -> Result<(), Undone> {
        let (received, undone) = placed;
        self.each.remove(&id);
        self.known.insert(id, received);
        undone.map_or(Ok(()), |undone| self.undone(id, code, undone))
    }

    /// One that did not come is tried again later; only a gateway that is away stops the others.
    fn undone(&mut self, id: DocumentId, code: &str, undone: Undone) -> Result<(), Undone> {
        let problem = match undone {
            Undone::Client(error @ ClientError::Unreachable { .. }) => {
                return Err(Undone::Client(error));
            }
            Undone::Disk(error @ AgentError::Record { .. }) => return Err(Undone::Disk(error)),
            // The list will say so.
            Undone::Withdrawn => return Ok(()),
            Undone::Client(error) => error.to_string(),
            Undone::Disk(error) => error.to_string(),
            Undone::Room(needed, free) => {
                let values = [("needed", megabytes(needed)), ("free", megabytes(free))];
                let values: Vec<_> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
                lang::text(self.office.language, "folder-no-room", &values)
            }
            Undone::Other(what) => {
                let values = [("what", what.as_str())];
                lang::text(self.office.language, "folder-other-bytes", &values)
            }
            Undone::Erased => lang::problem(self.office.language, "erased").0,
        };
        let retry = self.each.entry(id).or_default();
        retry.failed();
        self.pass.failed = self.pass.failed.saturating_add(1);
        let told = Told::new("not-received").with("id", &id.to_string());
        let told = told.with("code", &lang::visible(code));
        self.office.tell(told.with("problem", &problem));
        Ok(())
    }

    /// A document that is here already: what happened since gets its receipt, and a word beside it.
    async fn changed(
        &mut self,
        id: DocumentId,
        mut received: Received,
        version: u64,
    ) -> Result<(), Undone> {
        if version <= received.seen || !Received::is_kept(self.places, id) {
            return Ok(());
        }
        let view = self.office.client.document(id).await?;
        let last = news::of_received(self.office, self.places, &view, &received).await?;
        // Answered while the gateway was asked: the record is gone for good.
        if !Received::is_kept(self.places, id) {
            return Ok(());
        }
        let state = news::own_state(self.office, &view);
        mark::mark(self.office, self.places, &mut received, &state)?;
        received.seen = last.max(version);
        received.keep(self.places)?;
        self.known.insert(id, received);
        Ok(())
    }

    /// What is no longer unanswered, but was not answered through the folder.
    async fn settled(&mut self, listed: &BTreeSet<DocumentId>) -> Result<(), Undone> {
        let gone = self.known.keys().filter(|id| !listed.contains(id));
        let gone: Vec<DocumentId> = gone.copied().collect();
        for id in gone {
            let Some(mut received) = self.known.get(&id).cloned() else {
                continue;
            };
            if Received::is_kept(self.places, id) {
                let view = self.office.client.document(id).await?;
                news::of_received(self.office, self.places, &view, &received).await?;
                news::answered_elsewhere(self.office, self.places, &view, &received)?;
                let state = news::own_state(self.office, &view);
                if Received::is_kept(self.places, id) {
                    mark::mark(self.office, self.places, &mut received, &state)?;
                }
                Received::forget(self.places, id)?;
            }
            self.known.remove(&id);
        }
        Ok(())
    }

    /// Documents of which something lies in the hidden folder and that the list does not have: answered by
    /// others before they were whole here. They are finished like any other.
    async fn left_over(&mut self, listed: &BTreeSet<DocumentId>) -> Result<(), Undone> {
        let folder = self.places.arriving();
        let failed = |e: std::io::Error| AgentError::disk(&folder, &e);
        // Behind a link lie folders of somebody else.
        let is_own = std::fs::symlink_metadata(&folder).is_ok_and(|data| data.is_dir());
        if !is_own {
            return Ok(());
        }
        let entries = std::fs::read_dir(&folder).map_err(failed)?;
        for entry in entries.take(MOST) {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let id = name.to_str().and_then(DocumentId::parse);
            // Anything else under such a name is somebody else's.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let open = |id: &DocumentId| !listed.contains(id) && !self.known.contains_key(id);
            let Some(id) = id.filter(|id| is_folder && open(id)) else {
                continue;
            };
            match self.fetch().run(id).await {
                Ok(placed) => self.placed(id, "", placed)?,
                Err(undone) if undone.is_gone() => {
                    let path = folder.join(&name);
                    if let Err(e) = disk::discard(&path) {
                        self.undone(id, "", AgentError::disk(&path, &e).into())?;
                    }
                }
                Err(other) => self.undone(id, "", other)?,
            }
        }
        Ok(())
    }

    /// Names of units, if one is not known.
    async fn names(&mut self, unit: &str) {
        let asked = self.named.is_some_and(|at| at.elapsed() < NAMES);
        if asked || self.units.contains_key(unit) {
            return;
        }
        self.named = Some(Instant::now());
        // Without names codes will do.
        if let Ok(units) = self.office.client.units().await {
            self.units = units.into_iter().map(|u| (u.code, u.name)).collect();
        }
    }
}

fn megabytes(bytes: u64) -> String {
    bytes.div_ceil(1 << 20).to_string()
}
