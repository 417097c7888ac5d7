//! Names of entries: the one reading of each, and no two that some system takes for one.

use super::archive::Entry;
use super::{Fault, ZipError};
use crate::format::limits::{MAX_ZIP_NAME, MAX_ZIP_NAMES};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// IBM code page 437 from 0x80 on.
const CODE_PAGE: [&str; 4] = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ",
    "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐",
    "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀",
    "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
];

/// A name that is a path below the archive, and nowhere else.
pub(super) struct Named {
    /// Without the slash behind a folder's.
    pub(super) name: String,
    pub(super) folder: bool,
    /// What it is for who goes by the letter of §D.1, where that is something else.
    pub(super) by_code_page: Option<String>,
}

/// §4.4.17: with `/`, without drive, device or leading slash. `marked`: bit 11 says it is UTF-8.
pub(super) fn read(raw: &[u8], marked: bool) -> Result<Named, &'static str> {
    if raw.len() > MAX_ZIP_NAME {
        return Err("is too long");
    }
    // Unmarked it is IBM code page 437, and in practice UTF-8 all the same: whoever reads it by the code
    // page sees other letters in the same place, and another file's name never ([`distinct`]).
    let text = std::str::from_utf8(raw).map_err(|_| match marked {
        true => "is not UTF-8",
        false => "is neither ASCII nor UTF-8",
    })?;
    if text.contains(char::is_control) {
        return Err("has control characters");
    }
    if text.contains('\\') {
        return Err("has a backslash");
    }
    let folder = text.ends_with('/');
    let name = text.strip_suffix('/').unwrap_or(text);
    if name.starts_with('/') {
        return Err("is an absolute path");
    }
    if has_drive(name) {
        return Err("has a drive");
    }
    // Behind it Windows has a stream of the file before it.
    if name.contains(':') {
        return Err("has a colon");
    }
    for part in name.split('/') {
        match part {
            "" => return Err("has an empty part"),
            "." | ".." => return Err("leads elsewhere"),
            _ => {}
        }
    }
    let by_code_page = (!marked && !name.is_ascii()).then(|| by_code_page(name.as_bytes()));
    Ok(Named {
        name: name.to_owned(),
        folder,
        by_code_page,
    })
}

fn by_code_page(raw: &[u8]) -> String {
    let read = |octet: &u8| match octet.checked_sub(0x80).map(usize::from) {
        None => Some(char::from(*octet)),
        Some(place) => CODE_PAGE.get(place / 32)?.chars().nth(place % 32),
    };
    raw.iter().filter_map(read).collect()
}

fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// No two entries whose names are the same, or the same but for case, normal form or what Windows cuts
/// off behind them; and no file where another has a folder.
pub(super) fn distinct(entries: &[Entry]) -> Result<(), ZipError> {
    let lengths = entries.iter().map(|entry| entry.name.len());
    if lengths.fold(0, usize::saturating_add) > MAX_ZIP_NAMES {
        return Err(ZipError::TooMany {
            what: "octets of names",
            limit: u64::try_from(MAX_ZIP_NAMES).unwrap_or(u64::MAX),
        });
    }
    let mut known: BTreeMap<String, &Entry> = BTreeMap::new();
    for entry in entries {
        if let Some(other) = known.insert(folded(&entry.name), entry) {
            return Err(Fault::Twice(other.name.clone()).of(&entry.name));
        }
    }
    for entry in entries {
        let other = entry.by_code_page.as_deref();
        if let Some(other) = other.and_then(|name| known.get(&folded(name))) {
            return Err(Fault::Twice(other.name.clone()).of(&entry.name));
        }
    }
    let mut paths: Vec<(Vec<u8>, &Entry)> = known
        .iter()
        .map(|(name, entry)| (in_folders(name), *entry))
        .collect();
    paths.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for ((above, file), (path, entry)) in paths.iter().zip(paths.iter().skip(1)) {
        let inside = path.strip_prefix(above.as_slice());
        if inside.is_some_and(|rest| rest.starts_with(&[0])) && !file.folder {
            return Err(Fault::FolderOf(entry.name.clone()).of(&file.name));
        }
    }
    Ok(())
}

/// A name as it is put into order: what is in a folder comes right behind it. No name has a zero.
fn in_folders(name: &str) -> Vec<u8> {
    let octets = name.bytes();
    octets
        .map(|octet| if octet == b'/' { 0 } else { octet })
        .collect()
}

pub(super) fn folded(name: &str) -> String {
    let parts = name
        .split('/')
        .map(|part| part.trim_end_matches(['.', ' ']));
    let name = parts.collect::<Vec<_>>().join("/");
    // Upper case first: several small letters have one capital.
    let upper: String = name.nfc().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).nfc().collect()
}
