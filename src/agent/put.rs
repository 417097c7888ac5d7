//! What a clerk asked for by moving a folder: where it was put says what, and what lies in it says of which
//! document.

use super::letter;
use super::news::{self, Described};
use super::outbox::Print;
use super::places::Places;
use super::{AgentError, disk, names, reason};
use crate::lang;
use crate::model::{DocumentId, Language, Status};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The most folders looked at in one place; the rest waits until these are done with.
const MOST: usize = 1_000;
/// The most files of a folder that are looked at for whether they rest.
const MOST_FILES: usize = 1_000;

/// How a folder stands: its files with their prints.
pub(super) type Look = Vec<(PathBuf, Print)>;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    /// An answer to the sender: to a document (02, 03), or to a take-back or recall (15, 16).
    Answer(Status),
    /// A document of this office, back from wherever it went.
    Recall,
}

/// A folder that was put somewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Put {
    pub(super) path: PathBuf,
    pub(super) act: Act,
    pub(super) described: Option<Described>,
}

impl Act {
    /// The papers that say that it was done, and why it was not.
    pub(super) fn papers(self) -> [&'static str; 2] {
        match self {
            Self::Answer(Status::Agreed | Status::Declined) => {
                ["folder-returned-name", "folder-unanswered-name"]
            }
            Self::Answer(_) => ["folder-answered-name", "folder-unanswered-name"],
            Self::Recall => ["folder-recalled-name", "folder-unrecalled-name"],
        }
    }

    /// The file that holds the receipt of what was done; a recall has one for each recipient.
    pub(super) fn receipt(self) -> Option<&'static str> {
        match self {
            Self::Answer(Status::Agreed | Status::Declined) => Some(letter::RETURNED),
            Self::Answer(_) => Some(letter::ANSWERED),
            Self::Recall => None,
        }
    }
}

/// Everything that was put somewhere, by place.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) fn all(places: &Places) -> Result<Vec<Put>, AgentError> {
    let mut all = Vec::new();
    for (place, act) in [
        (places.accepted(), Act::Answer(Status::Accepted)),
        (places.refused(), Act::Answer(Status::Refused)),
        (places.returned(), Act::Answer(Status::Agreed)),
        (places.kept(), Act::Answer(Status::Declined)),
        (places.recall(), Act::Recall),
    ] {
        all.extend(in_place(&place, act)?);
    }
    Ok(all)
}

/// The folders that lie in a place; those of months hold what is done with.
fn in_place(place: &Path, act: Act) -> Result<Vec<Put>, AgentError> {
    let failed = |e: io::Error| AgentError::disk(place, &e);
    // Somebody may have put the place itself away.
    disk::folder(place).map_err(failed)?;
    let mut all = Vec::new();
    for entry in fs::read_dir(place).map_err(failed)? {
        if all.len() >= MOST {
            break;
        }
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder || names::is_passed_over(&name) || is_month(&name) {
            continue;
        }
        let path = entry.path();
        let described = match act {
            Act::Answer(_) => news::described(&path),
            // By its receipt, which is opened when it is asked for.
            Act::Recall => None,
        };
        all.push(Put {
            path,
            act,
            described,
        });
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

/// Documents that were put into more than one place: an answer to nobody.
pub(super) fn twice(all: &[Put]) -> Vec<DocumentId> {
    let id = |put: &Put| put.described.as_ref().map(|d| d.id);
    let mut ids: Vec<DocumentId> = all.iter().filter_map(id).collect();
    ids.sort();
    let pairs = ids.iter().zip(ids.iter().skip(1));
    let pairs = pairs.filter(|(one, next)| one == next);
    pairs.map(|(one, _)| *one).collect()
}

/// The files of a folder but those that the agent writes into it; `None` if it went away.
pub(super) fn look(folder: &Path) -> Option<Look> {
    let mut look = Vec::new();
    for entry in fs::read_dir(folder).ok()?.take(MOST_FILES) {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_own(folder, &name) || (name.starts_with('.') && name.ends_with(disk::UNFINISHED)) {
            continue;
        }
        let data = fs::symlink_metadata(entry.path()).ok()?;
        look.push((entry.path(), Print::of(&data)));
    }
    look.sort_by(|a, b| a.0.cmp(&b.0));
    Some(look)
}

/// Explanations, and the paper for a reason while nobody has written into it.
fn is_own(folder: &Path, name: &str) -> bool {
    let explains = ["folder-unanswered-name", "folder-unrecalled-name"];
    let called = |key: &str| {
        let mut languages = [Language::Vi, Language::En].into_iter();
        languages.any(|language| name == lang::text(language, key, &[]))
    };
    explains.into_iter().any(called)
        || (reason::is_of_recall(name) && reason::is_blank(&folder.join(name)))
}

/// `2026-11`: what was done in that month.
fn is_month(name: &str) -> bool {
    let parts = name.split_once('-');
    parts.is_some_and(|(year, month)| {
        let digits =
            |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        digits(year, 4) && digits(month, 2)
    })
}
