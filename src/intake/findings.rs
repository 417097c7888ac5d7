//! Findings: from a figure, or from documents that are named, to a committed event; and closing them, which takes
//! evidence that exists. Words are a body beside the event.

use super::new_id;
use super::notes::MAX_REASON;
use crate::model::event::{
    Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    PostWay, ReminderCause, ReportSent,
};
use crate::model::{
    Digest, DocumentId, Event, LocalDay, Period, Position, Timestamp, UnitCode, digest, is_blank,
    nfc,
};
use crate::rates::{Behind, Item};
use crate::store::{
    Change, CommitError, FigureCursor, Finding, Kept, Ledger, ReadError, Vault, VaultError,
};
use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most items that one finding names: some 90 KB in the log, and more than anybody goes through by hand. Of a figure
/// with more the first ones are named; the figure itself still opens down to all of them.
pub const MAX_ITEMS: usize = 1_000;
/// The most pieces of evidence of one closing.
pub const MAX_EVIDENCE: usize = 100;
/// The largest file of evidence: a scanned decision has some megabytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The longest name of who answers for the remedy, in characters.
pub const MAX_OWNER: usize = 200;
/// The furthest due date, in days: what takes longer is a plan, not a remedy.
const MAX_DAYS: i32 = 3_660;
/// How often a list is read anew because the figure changed meanwhile.
const TRIES: usize = 10;

/// The words of a finding.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FindingWords {
    /// What is wrong.
    pub wrong: String,
    /// What is to be done.
    pub remedy: String,
    /// Who answers for that.
    pub owner: String,
    /// Who opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
}

/// A file of evidence, as the words of a closing name it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FoundFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Its length.
    pub size: u64,
}

/// The words of a closing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ClosingWords {
    /// How it was made good.
    pub said: String,
    /// Who closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// The files among the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FoundFile>,
}

/// Their digest stays in the log, and few words are found by trying: hence the salt.
#[derive(Serialize)]
struct Salted<'w, W> {
    #[serde(flatten)]
    words: &'w W,
    salt: String,
}

/// What a finding is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// A figure of the unit: what it counts, or what the rate lacks.
    Figure {
        /// The rate or measure.
        name: String,
        /// Of which period.
        period: Period,
        /// Whether what the rate lacks.
        missing: bool,
    },
    /// Items that were named one by one.
    Items(Vec<FoundItem>),
}

/// A finding that is to be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingDraft {
    /// The unit of which it is.
    pub unit: UnitCode,
    /// What it is about.
    pub found: Found,
    /// Its words.
    pub words: FindingWords,
    /// The last day on which the remedy is in time.
    pub due: LocalDay,
    /// Who opens it: a unit, or `None` for the local administrator.
    pub actor: Option<UnitCode>,
}

/// A file that is handed in as evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What is to be said of a closing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClosingDraft {
    /// What is in the store.
    pub evidence: Vec<Evidence>,
    /// What is handed in.
    pub files: Vec<EvidenceFile>,
    /// How it was made good.
    pub said: String,
    /// Who closes it.
    pub staff: Option<String>,
    /// As of a [`FindingDraft`].
    pub actor: Option<UnitCode>,
}

/// Why nothing was done about a finding.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FindingError {
    /// Words that are missing or too long: which, and how long they may be.
    #[error("{0} is missing or has more than {1} characters")]
    Words(&'static str, usize),
    /// A due date that is over, or years away.
    #[error("a finding is not due on {0}")]
    Due(LocalDay),
    /// No rate or measure of that name, or one that has no denominator.
    #[error("no figure {0}")]
    NoFigure(String),
    /// The figure counts nothing, or nothing was named.
    #[error("there is nothing that it is about")]
    Nothing,
    /// More than [`MAX_ITEMS`] named.
    #[error("{0} items, and a finding names at most {MAX_ITEMS}")]
    TooMany(usize),
    /// An item, by its place, that is not there.
    #[error("item {0} is not known here")]
    NoItem(usize),
    /// No such finding.
    #[error("no such finding")]
    Unknown,
    /// It is closed already.
    #[error("closed already")]
    Closed(Box<Finding>),
    /// Nothing was named that shows it.
    #[error("closed only with evidence")]
    NoEvidence,
    /// More than [`MAX_EVIDENCE`], or a file that is empty or larger than [`MAX_FILE_BYTES`].
    #[error("evidence {0} is empty or too much")]
    Evidence(usize),
    /// Evidence, by its place, that is not there.
    #[error("evidence {0} is not known here")]
    NotThere(usize),
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// See [`VaultError`].
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// The parts of a store that acts on findings need, and the time.
#[derive(Clone, Copy)]
pub struct FindingTools<'a> {
    /// What happened.
    pub ledger: &'a dyn Ledger,
    /// The bodies.
    pub vault: &'a dyn Vault,
    /// The clock.
    pub now: Timestamp,
}

impl std::fmt::Debug for FindingTools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FindingTools(at {})", self.now)
    }
}

impl FindingTools<'_> {
    /// Opens a finding.
    ///
    /// # Errors
    /// See [`FindingError`]; nothing was written then, unless the commit says that it is not known.
    pub async fn open(&self, draft: &FindingDraft) -> Result<Finding, FindingError> {
        let words = checked(&draft.words)?;
        let today = self.now.local_day();
        let days = draft.due.number().saturating_sub(today.number());
        if !(0..=MAX_DAYS).contains(&days) {
            return Err(FindingError::Due(draft.due));
        }
        let (figure, items) = match &draft.found {
            Found::Items(items) => (None, self.named(&draft.unit, items)?),
            Found::Figure {
                name,
                period,
                missing,
            } => {
                let (figure, items) = self.figure(&draft.unit, name, *period, *missing)?;
                (Some(figure), items)
            }
        };
        let note = self.words(&words);
        let finding = new_id(&SystemRandom::new(), self.now);
        let event = FindingOpened {
            finding,
            unit: draft.unit.clone(),
            figure,
            items,
            due: draft.due,
            note: note.digest(),
            actor: draft.actor.clone(),
        };
        self.commit(vec![note], Event::FindingOpened(Box::new(event)))
            .await?;
        self.known(finding)
    }

    /// Closes a finding with evidence, each piece of which is there.
    ///
    /// # Errors
    /// See [`FindingError`].
    pub async fn close(
        &self,
        finding: DocumentId,
        draft: &ClosingDraft,
    ) -> Result<Finding, FindingError> {
        let known = self.known(finding)?;
        if known.closed.is_some() {
            return Err(FindingError::Closed(Box::new(known)));
        }
        let count = draft.evidence.len().saturating_add(draft.files.len());
        if count == 0 {
            return Err(FindingError::NoEvidence);
        }
        if count > MAX_EVIDENCE {
            return Err(FindingError::Evidence(MAX_EVIDENCE));
        }
        let said = text("said", &draft.said, MAX_REASON)?;
        let staff = optional("staff", draft.staff.as_deref())?;
        let mut evidence: Vec<Evidence> = Vec::with_capacity(count);
        for (place, one) in draft.evidence.iter().enumerate() {
            if !self.exists(&known.unit, one)? {
                return Err(FindingError::NotThere(place));
            }
            if !evidence.contains(one) {
                evidence.push(one.clone());
            }
        }
        let (mut bodies, mut files) = (Vec::new(), Vec::new());
        for (place, file) in draft.files.iter().enumerate() {
            if file.bytes.is_empty() || file.bytes.len() > MAX_FILE_BYTES {
                let place = draft.evidence.len().saturating_add(place);
                return Err(FindingError::Evidence(place));
            }
            let kept = self.keep(file.bytes.clone()).await?;
            let one = Evidence::File(kept.digest());
            files.push(FoundFile {
                name: text("name", &file.name, MAX_OWNER)?,
                sha256: kept.digest().to_hex(),
                size: kept.size(),
            });
            if !evidence.contains(&one) {
                evidence.push(one);
                bodies.push(kept);
            }
        }
        let note = self.words(&ClosingWords { said, staff, files });
        let event = FindingClosed {
            finding,
            unit: known.unit.clone(),
            evidence,
            note: note.digest(),
            actor: draft.actor.clone(),
        };
        bodies.push(note);
        match self
            .commit(bodies, Event::FindingClosed(Box::new(event)))
            .await
        {
            Ok(()) => self.known(finding),
            Err(CommitError::Stale) => {
                let now = self.known(finding)?;
                match now.closed.is_some() {
                    true => Err(FindingError::Closed(Box::new(now))),
                    false => Err(CommitError::Stale.into()),
                }
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Puts on record that somebody was reminded. By itself once on a day: another one is [`CommitError::Stale`].
    ///
    /// # Errors
    /// See [`FindingError`].
    pub async fn reminded(
        &self,
        finding: &Finding,
        cause: ReminderCause,
        way: PostWay,
    ) -> Result<(), FindingError> {
        let event = FindingReminded {
            finding: finding.finding,
            unit: finding.unit.clone(),
            day: self.now.local_day(),
            cause,
            way,
        };
        let event = Event::FindingReminded(Box::new(event));
        Ok(self.commit(Vec::new(), event).await?)
    }

    /// Puts on record that a scheduled report went out.
    ///
    /// # Errors
    /// See [`CommitError`]; [`CommitError::Stale`]: it is on record already.
    pub async fn report_sent(&self, sent: ReportSent) -> Result<(), CommitError> {
        self.commit(Vec::new(), Event::ReportSent(Box::new(sent)))
            .await
    }

    /// A finding.
    ///
    /// # Errors
    /// [`FindingError::Unknown`] or [`FindingError::Read`].
    pub fn known(&self, finding: DocumentId) -> Result<Finding, FindingError> {
        self.ledger.finding(finding)?.ok_or(FindingError::Unknown)
    }

    /// The items behind a figure as of one record, as many as a finding names.
    fn figure(
        &self,
        unit: &UnitCode,
        name: &str,
        period: Period,
        missing: bool,
    ) -> Result<(FoundIn, Vec<FoundItem>), FindingError> {
        let behind = match missing {
            true => Behind::missing(name),
            false => Behind::named(name),
        };
        let plain = PlainName::parse(name);
        let unknown = || FindingError::NoFigure(name.to_owned());
        let (behind, figure) = behind.zip(plain).ok_or_else(unknown)?;
        for _ in 0..TRIES {
            let Some((items, total, position)) = self.list(unit, &behind, period)? else {
                continue;
            };
            if items.is_empty() {
                return Err(FindingError::Nothing);
            }
            let figure = FoundIn {
                figure,
                period,
                missing,
                total: u64::try_from(total).unwrap_or(0),
                position,
            };
            return Ok((figure, items));
        }
        Err(CommitError::Stale.into())
    }

    /// The first items of a figure's list, the figure, and the record that both are of; `None` where the figure changed
    /// between two pages.
    #[allow(clippy::type_complexity, reason = "three things of one list")]
    fn list(
        &self,
        unit: &UnitCode,
        behind: &Behind,
        period: Period,
    ) -> Result<Option<(Vec<FoundItem>, i64, Position)>, ReadError> {
        let (mut items, mut seen) = (Vec::new(), BTreeSet::new());
        let mut after: Option<FigureCursor> = None;
        let mut total = None;
        loop {
            let days = period.days();
            let ledger = self.ledger;
            let page = ledger.figure_rows(unit, days, behind, after.as_ref(), MAX_ITEMS)?;
            if *total.get_or_insert(page.total) != page.total {
                return Ok(None);
            }
            let all = page.rows.iter().map(|row| item(&row.item));
            items.extend(all.filter(|item| seen.insert(item.clone())));
            after = page.next;
            if after.is_none() || items.len() >= MAX_ITEMS {
                items.truncate(MAX_ITEMS);
                return Ok(Some((items, page.total, page.at)));
            }
        }
    }

    /// Items that were named, each of which is there; once each.
    fn named(&self, unit: &UnitCode, items: &[FoundItem]) -> Result<Vec<FoundItem>, FindingError> {
        if items.is_empty() {
            return Err(FindingError::Nothing);
        }
        if items.len() > MAX_ITEMS {
            return Err(FindingError::TooMany(items.len()));
        }
        let (mut seen, mut out) = (BTreeSet::new(), Vec::with_capacity(items.len()));
        for (place, item) in items.iter().enumerate() {
            let there = match item {
                FoundItem::Document(id) => self.ledger.document(*id)?.is_some(),
                FoundItem::Delivery(id, recipient) => {
                    let found = self.ledger.document(*id)?;
                    found.is_some_and(|state| state.delivery(recipient).is_some())
                }
                FoundItem::Key(key) => self.ledger.one_document(key)?.is_some(),
                FoundItem::Import(id) => {
                    let all = self.ledger.imports(unit)?;
                    all.iter().any(|import| import.import == *id)
                }
            };
            if !there {
                return Err(FindingError::NoItem(place));
            }
            if seen.insert(item.clone()) {
                out.push(item.clone());
            }
        }
        Ok(out)
    }

    /// The same is asked once more by the store when it is written.
    fn exists(&self, unit: &UnitCode, evidence: &Evidence) -> Result<bool, ReadError> {
        match evidence {
            Evidence::Document(id) => Ok(self.ledger.document(*id)?.is_some()),
            Evidence::Receipt(of) => Ok(self.ledger.receipt(*of)?.is_some()),
            Evidence::Statement(period, number) => {
                Ok(self.ledger.statement(*period, Some(*number))?.is_some())
            }
            Evidence::Import(id) => {
                let all = self.ledger.imports(unit)?;
                let mut own = all.iter().filter(|import| import.import == *id);
                Ok(own.any(|import| import.undone.is_none()))
            }
            // What is kept already is named by its digest.
            Evidence::File(digest) => Ok(self.vault.lasts(digest).unwrap_or(false)),
        }
    }

    fn words<W: Serialize>(&self, words: &W) -> Kept {
        let mut salt = [0; 16];
        // Fails only before the kernel has gathered any chance at boot; the words are kept all the same.
        let _ = SystemRandom::new().fill(&mut salt);
        let salt = digest::to_hex(&salt);
        let bytes = serde_json::to_vec(&Salted { words, salt }).unwrap_or_default();
        self.vault.keep_bytes(Bytes::from(bytes)).lasting()
    }

    async fn keep(&self, bytes: Bytes) -> Result<Kept, VaultError> {
        let most = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
        let mut stage = self.vault.stage(most)?;
        stage.write(bytes).await?;
        let staged = stage.finish().await?;
        Ok(self.vault.keep(&staged).await?.lasting())
    }

    async fn commit(&self, bodies: Vec<Kept>, event: Event) -> Result<(), CommitError> {
        let change = Change {
            subject: None,
            bodies,
            events: vec![event],
        };
        self.ledger.commit(change).await.map(drop)
    }
}

/// The words of a finding on record; none where their body cannot be read.
///
/// # Errors
/// See [`VaultError`].
pub fn finding_words(vault: &dyn Vault, note: &Digest) -> Result<FindingWords, VaultError> {
    read(vault, note)
}

/// The words of a closing.
///
/// # Errors
/// See [`VaultError`].
pub fn closing_words(vault: &dyn Vault, note: &Digest) -> Result<ClosingWords, VaultError> {
    read(vault, note)
}

fn read<W: Default + for<'w> Deserialize<'w>>(
    vault: &dyn Vault,
    note: &Digest,
) -> Result<W, VaultError> {
    let content = vault.open(note)?;
    let words = content.and_then(|content| serde_json::from_slice(content.bytes()).ok());
    Ok(words.unwrap_or_default())
}

fn item(item: &Item) -> FoundItem {
    match item {
        Item::Document(id) => FoundItem::Document(*id),
        Item::Delivery(id, recipient) => FoundItem::Delivery(*id, recipient.clone()),
        Item::Key(key) => FoundItem::Key(key.as_ref().clone()),
        Item::Import(id) => FoundItem::Import(*id),
    }
}

fn checked(words: &FindingWords) -> Result<FindingWords, FindingError> {
    Ok(FindingWords {
        wrong: text("wrong", &words.wrong, MAX_REASON)?,
        remedy: text("remedy", &words.remedy, MAX_REASON)?,
        owner: text("owner", &words.owner, MAX_OWNER)?,
        staff: optional("staff", words.staff.as_deref())?,
    })
}

fn text(name: &'static str, given: &str, most: usize) -> Result<String, FindingError> {
    let given = nfc(given.trim());
    match is_blank(&given) || given.chars().count() > most {
        true => Err(FindingError::Words(name, most)),
        false => Ok(given),
    }
}

fn optional(name: &'static str, given: Option<&str>) -> Result<Option<String>, FindingError> {
    let given = given.filter(|text| !is_blank(text));
    given.map(|given| text(name, given, MAX_OWNER)).transpose()
}
