//! One document from the gateway into `inbox/`: its files into a hidden folder beside, compared with the signed
//! receipt; when everything is there and synced, one rename makes it appear. Whatever was interrupted is finished
//! or done again: what lies in the hidden folder got its name only after its digest was right.

use super::letter::{self, Letter, Piece};
use super::places::Places;
use super::proofs::{self, Proof, Reasons};
use super::received::Received;
use super::{AgentError, Office, Told, disk, mark, names, news};
use crate::client::wire::DocumentView;
use crate::client::{ClientError, receipts};
use crate::format::envelope::Envelope;
use crate::lang;
use crate::model::DocumentId;
use crate::seal::receipt::Receipt;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// How often, and how long apart, the receipt of the arrival is asked for: three seconds in all.
const ARRIVAL_TRIES: u32 = 30;
const ARRIVAL_PAUSE: Duration = Duration::from_millis(100);
/// What must stay free on the disk: papers, records and receipts, and others' work.
const RESERVE: u64 = 64 << 20;

/// Why a document did not come.
#[derive(Debug)]
pub(super) enum Undone {
    /// The gateway did not answer, or not as it should.
    Client(ClientError),
    /// Its folder: full, read-only, away.
    Disk(AgentError),
    /// Not enough room: bytes needed, bytes free.
    Room(u64, u64),
    /// Its sender withdrew it: the gateway serves it no more, and what lies here is not shown.
    Withdrawn,
    /// What came is not what the receipt says.
    Other(String),
    /// Its envelope or every file of it was erased.
    Erased,
}

impl From<ClientError> for Undone {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::File(path, problem) => Self::Disk(AgentError::Disk { path, problem }),
            other @ (ClientError::Unreachable { .. }
            | ClientError::Problem(_)
            | ClientError::Unexpected(..)
            | ClientError::Setup(_)) => Self::Client(other),
        }
    }
}

impl Undone {
    /// Whether nothing of the document will come: recalled, erased, or not this office's. What lies here of it was
    /// never seen by anybody.
    pub(super) fn is_gone(&self) -> bool {
        match self {
            Self::Withdrawn | Self::Erased => true,
            Self::Client(ClientError::Problem(problem)) => matches!(problem.status, 404 | 410),
            Self::Client(_) | Self::Disk(_) | Self::Room(..) | Self::Other(_) => false,
        }
    }
}

impl From<AgentError> for Undone {
    fn from(error: AgentError) -> Self {
        Self::Disk(error)
    }
}

/// A document that lies in the inbox, and what could not be done beside it.
pub(super) type Placed = (Received, Option<Undone>);

/// Fetches documents of one office.
#[derive(Clone, Copy)]
pub(super) struct Fetch<'a> {
    pub(super) office: &'a Office,
    pub(super) places: &'a Places,
    /// The names of units by their codes, as far as they are known.
    pub(super) units: &'a BTreeMap<String, String>,
}

/// What is known of a document before its files.
struct Known {
    view: DocumentView,
    envelope: Envelope,
    stated: Receipt,
    pieces: Vec<Piece>,
}

impl Fetch<'_> {
    /// Brings one document into the inbox.
    ///
    /// # Errors
    /// See [`Undone`]; what was done so far is gone on with.
    pub(super) async fn run(&self, id: DocumentId) -> Result<Placed, Undone> {
        let known = self.known(id).await?;
        if news::is_gone(self.office, &known.view) {
            return Err(Undone::Withdrawn);
        }
        let work = self.work(id);
        let failed = |e: io::Error| AgentError::disk(&work, &e);
        disk::folder(&work).map_err(failed)?;
        tidy(&work, &known.pieces).map_err(failed)?;
        let wanted = || known.pieces.iter().filter(|piece| !piece.erased);
        let lacking: Vec<&Piece> = wanted().filter(|p| !is_here(&work, p)).collect();
        self.has_room(&work, &lacking)?;
        let all = lacking.len() == wanted().count();
        for piece in &lacking {
            self.file(id, &work, piece).await?;
        }
        let mut proofs = self.arrival(id).await?;
        if proofs.is_none() && !all {
            // A gateway that was started anew knows of no file that was fetched before.
            for piece in wanted() {
                self.file(id, &work, piece).await?;
            }
            proofs = self.arrival(id).await?;
        }
        let proofs =
            proofs.ok_or_else(|| Undone::Other("the arrival has no receipt".to_owned()))?;
        // The deadlines run from the arrival.
        let view = self.office.client.document(id).await?;
        let known = Known { view, ..known };
        self.papers(&work, &known, &proofs)?;
        let name = self.free_name(&known)?;
        let mut received = Received::new(id, name);
        received.keep(self.places)?;
        self.place(id, &mut received)?;
        self.told(&received, &known);
        let (code, receipts) = (code(&known.envelope), self.places.receipts());
        let kept = proofs::keep(self.office, &receipts, &code, &proofs, &Reasons::new());
        let last = proofs.iter().map(|(r, _)| r.position.0).max();
        let seen = kept.map(|_| last.unwrap_or_default());
        Ok(self.seen(received, seen.map_err(Undone::Disk)))
    }

    /// A document that lies in the inbox, and its receipts if they were kept. Until they are, they are asked for
    /// again; the document is not, or it would lie there twice.
    fn seen(&self, mut received: Received, seen: Result<u64, Undone>) -> Placed {
        let kept = seen.and_then(|seen| {
            received.seen = seen;
            received.keep(self.places).map_err(Undone::Disk)
        });
        (received, kept.err())
    }

    /// Puts a word about a document into the inbox: one that was answered before and that its sender wants back, or
    /// one that was erased. A folder like that of a document, without its files.
    ///
    /// # Errors
    /// See [`Undone`].
    pub(super) async fn notice(&self, id: DocumentId) -> Result<Placed, Undone> {
        let view = self.office.client.document(id).await?;
        let work = self.work(id);
        let failed = |e: io::Error| AgentError::disk(&work, &e);
        disk::folder(&work).map_err(failed)?;
        tidy(&work, &[]).map_err(failed)?;
        let state = news::own_state(self.office, &view);
        let word = mark::word(self.office, &state);
        let word =
            word.unwrap_or_else(|| lang::text(self.office.language, "folder-news-title", &[]));
        let code = news::code(view.envelope.as_ref());
        let day = self.office.clock.now().local_day();
        let name = format!("{day} [{word}] {} {code}", view.sender);
        let mut received = Received::new(id, self.free(&names::safe(&name, MAX_NOTICE))?);
        let text = news::words(self.office, &view).unwrap_or_default();
        let paper = lang::text(self.office.language, "folder-news-name", &[]);
        disk::write(&work.join(paper), format!("{text}\n").as_bytes()).map_err(failed)?;
        letter::answerable(self.office.language, &view, &work).map_err(failed)?;
        received.keep(self.places)?;
        self.place(id, &mut received)?;
        let seen = news::of_received(self.office, self.places, &view, &received).await;
        Ok(self.seen(received, seen))
    }

    /// Where a document is put together.
    fn work(&self, id: DocumentId) -> PathBuf {
        self.places.arriving().join(id.to_string())
    }

    async fn known(&self, id: DocumentId) -> Result<Known, Undone> {
        let client = &self.office.client;
        let view = client.document(id).await?;
        let proofs = proofs::open(self.office, id, &client.receipts(id).await?)?;
        let mut last = proofs.iter().rev().map(|(stated, _)| stated);
        let stated = last.find(|r| receipts::decides(&r.event)).cloned();
        let stated = stated.ok_or_else(|| Undone::Other("no receipt of its offer".to_owned()))?;
        let agrees = stated.sender.as_str() == view.sender
            && stated.judged.disposition.relays()
            && stated.files.len() == view.files.len();
        if !agrees {
            return Err(Undone::Other("its receipt says otherwise".to_owned()));
        }
        if news::is_erased(&view) {
            return Err(Undone::Erased);
        }
        let text = serde_json::to_vec(&view.envelope);
        let text = text.map_err(|e| Undone::Other(e.to_string()))?;
        let envelope = Envelope::parse(&text).map_err(|e| Undone::Other(e.to_string()))?;
        let pieces = letter::pieces(&view, &stated);
        Ok(Known {
            view,
            envelope,
            stated,
            pieces,
        })
    }

    fn has_room(&self, work: &Path, lacking: &[&Piece]) -> Result<(), Undone> {
        let sizes = lacking.iter().map(|p| p.size);
        let needed = sizes.fold(RESERVE, u64::saturating_add);
        let failed = |e: rustix::io::Errno| AgentError::disk(work, &e.into());
        let disk = rustix::fs::statvfs(work).map_err(failed)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        // Some file systems do not say how large they are.
        if disk.f_blocks > 0 && free < needed {
            return Err(Undone::Room(needed, free));
        }
        Ok(())
    }

    async fn file(&self, id: DocumentId, work: &Path, piece: &Piece) -> Result<(), Undone> {
        let unfinished = work.join(format!(".{}{}", piece.n, disk::UNFINISHED));
        let failed = |e: io::Error| AgentError::disk(&unfinished, &e);
        disk::forget(&unfinished).map_err(failed)?;
        let client = &self.office.client;
        let got = client
            .download_of(id, piece.n, piece.size, &unfinished)
            .await;
        if got? != (piece.digest, piece.size) {
            disk::forget(&unfinished).map_err(failed)?;
            return Err(Undone::Other(piece.name.clone()));
        }
        fs::rename(&unfinished, work.join(&piece.name)).map_err(failed)?;
        Ok(())
    }

    /// Every receipt, once that of the arrival here is among them: the gateway notes it when its last octet was
    /// sent, so that it may come a moment later.
    async fn arrival(&self, id: DocumentId) -> Result<Option<Vec<Proof>>, Undone> {
        for _ in 0..ARRIVAL_TRIES {
            let views = self.office.client.receipts(id).await?;
            let proofs = proofs::open(self.office, id, &views)?;
            if proofs.iter().any(|(stated, _)| self.is_arrival(stated)) {
                return Ok(Some(proofs));
            }
            sleep(ARRIVAL_PAUSE).await;
        }
        Ok(None)
    }

    fn is_arrival(&self, stated: &Receipt) -> bool {
        stated.event == "arrived" && stated.recipient.as_ref() == Some(&self.office.unit)
    }

    fn papers(&self, work: &Path, known: &Known, proofs: &[Proof]) -> Result<(), Undone> {
        let failed = |e: io::Error| AgentError::disk(work, &e);
        for (stated, der) in proofs {
            if stated.position == known.stated.position {
                disk::write(&work.join(letter::DECIDED), der).map_err(failed)?;
            } else if self.is_arrival(stated) {
                disk::write(&work.join(letter::ARRIVED), der).map_err(failed)?;
            }
        }
        let letter = Letter {
            language: self.office.language,
            unit: &self.office.unit,
            units: self.units,
            view: &known.view,
            envelope: &known.envelope,
            pieces: &known.pieces,
        };
        letter.write(work).map_err(failed)?;
        if let Some(text) = news::words(self.office, &known.view) {
            let name = lang::text(self.office.language, "folder-news-name", &[]);
            disk::write(&work.join(name), format!("{text}\n").as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    fn free_name(&self, known: &Known) -> Result<String, Undone> {
        let at = self.office.clock.now();
        let sender = &known.view.sender;
        let language = self.office.language;
        let name = letter::folder_name(language, &known.envelope, sender, at);
        self.free(&name)
    }

    /// A name that no document has, wherever the office may have put it meanwhile.
    fn free(&self, name: &str) -> Result<String, Undone> {
        let places = [
            self.places.inbox(),
            self.places.accepted(),
            self.places.refused(),
            self.places.returned(),
            self.places.kept(),
        ];
        let taken = |name: &str| {
            let mut there = places.iter().map(|place| place.join(name));
            there.any(|path| fs::symlink_metadata(path).is_ok())
        };
        let mut names = (1..=MOST_NAMES).map(|n| names::numbered(name, n));
        let free = names.find(|name| !taken(name));
        free.ok_or_else(|| Undone::Other(name.to_owned()))
    }

    /// The rename by which a document appears; done again after a crash until the record says that it was done.
    ///
    /// # Errors
    /// See [`Undone`].
    pub(super) fn place(&self, id: DocumentId, received: &mut Received) -> Result<(), Undone> {
        let work = self.work(id);
        while fs::symlink_metadata(&work).is_ok() {
            let to = self.places.inbox().join(&received.folder);
            match disk::carry(&work, &to) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    received.folder = self.free(&received.folder)?;
                    received.keep(self.places)?;
                }
                Err(e) => return Err(AgentError::disk(&to, &e).into()),
                Ok(()) => {}
            }
        }
        received.placed = true;
        received.keep(self.places)?;
        Ok(())
    }

    fn told(&self, received: &Received, known: &Known) {
        let path = self.places.inbox().join(&received.folder);
        let told = Told::new("received").with("path", &self.places.shown(&path));
        let told = told.with("id", &known.view.id);
        self.office
            .tell(told.with("sender", &lang::visible(&known.view.sender)));
    }
}

/// The longest name of a notice's folder in bytes.
const MAX_NOTICE: usize = 160;
/// How many names are tried beside one that is taken.
const MOST_NAMES: u32 = 10_000;

/// Số/ký hiệu, as receipts are filed under it.
pub(super) fn code(envelope: &Envelope) -> String {
    let (number, notation) = (envelope.number.as_str(), envelope.notation.as_str());
    format!("{number}/{notation}")
}

/// Removes from a folder of ours what an attempt that broke off left unfinished, or under other names.
fn tidy(work: &Path, pieces: &[Piece]) -> io::Result<()> {
    disk::empty(work, |name| pieces.iter().any(|piece| *piece.name == *name))
}

/// Whether a file lies there already, byte for byte.
fn is_here(work: &Path, piece: &Piece) -> bool {
    let path = work.join(&piece.name);
    let plain = fs::symlink_metadata(&path).is_ok_and(|d| d.is_file() && d.len() == piece.size);
    plain && disk::digest(&path).is_ok_and(|digest| digest == piece.digest)
}
