//! The words of a refusal, out of a file that somebody wrote with whatever editor was at hand.

use super::disk;
use crate::model::unmarked;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The longest reason that the gateway takes, in characters.
pub(super) const MAX_REASON: usize = 4_000;
/// The longest file read: that many characters of four octets, twice.
const MAX_FILE: u64 = 32_000;

/// Why there is no reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoReason {
    /// Nothing was written.
    Empty,
    /// Longer than the gateway takes.
    Long,
    /// Neither UTF-8 nor UTF-16: another encoding, or no text at all.
    NoText,
}

/// Whether a file holds the reason of a recall: as it is prepared, or as people call it.
pub(super) fn is_of_recall(name: &str) -> bool {
    ["lydothuhoitxt", "recallreasontxt"].contains(&unmarked(name).as_str())
}

/// Whether nobody has written into a prepared file yet.
pub(super) fn is_blank(path: &Path) -> bool {
    let read = disk::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let text = read.ok().and_then(|bytes| text(&bytes));
    text.is_some_and(|text| written(&text).is_empty())
}

/// The reason in a folder, out of the files that are called so.
///
/// # Errors
/// [`io::Error`] if a file cannot be read, else why there is no reason.
pub(super) fn of(
    folder: &Path,
    is_reason: impl Fn(&str) -> bool,
) -> io::Result<Result<String, NoReason>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_reason(&name) && entry.file_type()?.is_file() {
            names.push(name);
        }
    }
    names.sort();
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let mut bytes = Vec::new();
        let file = disk::open(&folder.join(name))?;
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        let Some(text) = text(&bytes) else {
            return Ok(Err(NoReason::NoText));
        };
        let words = written(&text);
        if !words.is_empty() && !found.contains(&words) {
            found.push(words);
        }
    }
    let reason = found.join("\n");
    Ok(match reason.chars().count() {
        0 => Err(NoReason::Empty),
        n if n > MAX_REASON => Err(NoReason::Long),
        _ => Ok(reason),
    })
}

/// UTF-8 with or without its mark, UTF-16 with it: what editors of Windows write.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        odd.is_empty()
            .then(|| String::from_utf16(&units).ok())
            .flatten()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        plain => String::from_utf8(plain.to_vec()).ok(),
    };
    text.filter(|text| !text.contains('\0'))
}

/// What somebody wrote: without the lines of the prepared file, which begin with `#`.
fn written(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let own = lines.filter(|line| !line.starts_with('#'));
    let own: Vec<&str> = own.collect();
    own.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(files: &[(&str, &[u8])]) -> Result<String, NoReason> {
        let folder = tempfile::tempdir().expect("folder");
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("written");
        }
        of(folder.path(), super::super::letter::is_reason).expect("read")
    }

    #[test]
    fn reasons_are_read_as_editors_write_them() {
        let words = "Không thuộc thẩm quyền";
        let wide = |little: bool| -> Vec<u8> {
            let units = format!("\u{feff}# mẫu\r\n{words}\r\n");
            let units = units.encode_utf16();
            let bytes = |unit: u16| match little {
                true => unit.to_le_bytes(),
                false => unit.to_be_bytes(),
            };
            units.flat_map(bytes).collect()
        };
        let marked = format!("\u{feff}# mẫu\n\n  {words}  \n");
        for (name, bytes) in [
            ("LY-DO-TU-CHOI.txt", marked.as_bytes()),
            ("ly do.TXT", words.as_bytes()),
            ("Lý do từ chối.txt", words.as_bytes()),
            ("Ly\u{301} do.txt", words.as_bytes()),
            ("REASON.txt", &wide(true)),
            ("LY-DO.txt", &wide(false)),
        ] {
            assert_eq!(reason(&[(name, bytes)]), Ok(words.to_owned()), "{name}");
        }
        let both = reason(&[("LY-DO.txt", b"b\na"), ("ly-do-tu-choi.txt", b"# x\nc")]);
        assert_eq!(both, Ok("b\na\nc".to_owned()));
    }

    #[test]
    fn what_is_no_reason_is_told_apart() {
        let long = "ự".repeat(MAX_REASON + 1);
        for (name, bytes, why) in [
            (
                "LY-DO-TU-CHOI.txt",
                "# mẫu\n \n".as_bytes(),
                NoReason::Empty,
            ),
            ("LY-DO-TU-CHOI.txt", b"", NoReason::Empty),
            // Not under a name that the sender's own file may have got.
            ("ly-do (2).txt", b"x", NoReason::Empty),
            ("cong-van.txt", b"x", NoReason::Empty),
            ("LY-DO.txt", long.as_bytes(), NoReason::Long),
            ("LY-DO.txt", b"\xd0\xcf\x11\xe0", NoReason::NoText),
            ("LY-DO.txt", b"a\0b", NoReason::NoText),
            ("LY-DO.txt", b"\xff\xfea", NoReason::NoText),
        ] {
            assert_eq!(reason(&[(name, bytes)]), Err(why), "{name}");
        }
    }
}
