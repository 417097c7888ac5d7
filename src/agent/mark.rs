//! A word in the name of a document's folder in the inbox, so that whoever looks there sees what has become of it
//! without opening it.

use super::places::Places;
use super::received::Received;
use super::{AgentError, Office, disk};
use crate::lang;
use crate::model::LocalDay;
use std::fs;
use std::io;

/// The word for a state, if it has one.
pub(super) fn word(office: &Office, state: &str) -> Option<String> {
    let key = match state {
        "recalled" | "recall_agreed" | "recall_declined" => "recalled",
        "take_back_asked" | "taken_back" => "asked-back",
        "superseded" => "replaced",
        _ => return None,
    };
    Some(lang::text(
        office.language,
        &format!("folder-mark-{key}"),
        &[],
    ))
}

/// Puts the word for a state into the name of a folder that lies in the inbox. The record has both names until it
/// is done, so that it is gone on with after a crash.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) fn mark(
    office: &Office,
    places: &Places,
    received: &mut Received,
    state: &str,
) -> Result<(), AgentError> {
    let Some(word) = word(office, state) else {
        return Ok(());
    };
    let inbox = places.inbox();
    let marked = with(&received.folder, &word);
    let there = fs::symlink_metadata(inbox.join(&received.folder)).is_ok();
    if !there || marked == received.folder {
        return Ok(());
    }
    let free = disk::free(&inbox, &marked).map_err(|e| AgentError::disk(&inbox, &e))?;
    received.was = Some(std::mem::replace(&mut received.folder, free));
    received.keep(places)?;
    finish(places, received)
}

/// The rename that a record speaks of, if it is still to be made. The office may have put the folder elsewhere.
///
/// # Errors
/// [`AgentError::Disk`].
pub(super) fn finish(places: &Places, received: &mut Received) -> Result<(), AgentError> {
    let Some(was) = received.was.clone() else {
        return Ok(());
    };
    let inbox = places.inbox();
    let (from, to) = (inbox.join(&was), inbox.join(&received.folder));
    match disk::carry(&from, &to) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        // Somebody took the name: the folder keeps the one that it has.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => received.folder = was,
        Err(e) => return Err(AgentError::disk(&from, &e)),
        Ok(()) => {}
    }
    received.was = None;
    received.keep(places)
}

/// The day first, as in all names there; one that has the word already stays as it is.
fn with(name: &str, word: &str) -> String {
    let mark = format!("[{word}] ");
    if name.contains(mark.trim_end()) {
        return name.to_owned();
    }
    match name.split_once(' ') {
        Some((day, rest)) if LocalDay::parse(day).is_some() => format!("{day} {mark}{rest}"),
        _ => format!("{mark}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_stands_after_the_day_and_once() {
        for (name, marked) in [
            (
                "2026-11-23 [Khẩn] H53.7 12-STC",
                "2026-11-23 [THU HỒI] [Khẩn] H53.7 12-STC",
            ),
            ("2026-11-23 [THU HỒI] H53.7", "2026-11-23 [THU HỒI] H53.7"),
            ("đổi tên", "[THU HỒI] đổi tên"),
        ] {
            assert_eq!(with(name, "THU HỒI"), marked);
        }
    }
}
