//! Names of files: what an office's name of a document says, which names are passed over, and names under
//! which something received can lie on every kind of file system.

use crate::model::{CodeNotation, CodeNumber, LocalDay, nfc};
use std::path::{Component, Path};
use unicode_normalization::UnicodeNormalization;

/// The longest name in bytes on ext4, XFS, NTFS shares and most others.
pub(super) const MAX_NAME: usize = 255;
/// Names of devices on Windows, where many an exported share is looked at.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What a name like `12-STC-VP_2026-11-23_Ve du toan.pdf` says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    /// Số.
    pub(super) number: CodeNumber,
    /// Ký hiệu.
    pub(super) notation: CodeNotation,
    /// Ngày ban hành.
    pub(super) promulgated: LocalDay,
    /// Trích yếu, if the name has one.
    pub(super) subject: Option<String>,
}

impl Named {
    /// Reads a stem: number, hyphen, notation, underscore, day, and perhaps underscore and subject.
    pub(super) fn parse(stem: &str) -> Option<Self> {
        let stem = nfc(stem);
        let (code, rest) = stem.split_once('_')?;
        let (date, subject) = match rest.split_once('_') {
            Some((date, subject)) => (date, Some(subject)),
            None => (rest, None),
        };
        let (number, notation) = code.split_once('-')?;
        if !number.chars().any(|c| c.is_ascii_digit()) {
            return None;
        }
        let subject = subject.map(|s| s.replace('_', " ").trim().to_owned());
        Some(Self {
            number: CodeNumber::parse(number)?,
            notation: CodeNotation::parse(notation)?,
            promulgated: day(date.trim())?,
            subject: subject.filter(|s| !s.is_empty()),
        })
    }
}

/// `2026-11-23`, or as offices write it, `23-11-2026`.
fn day(text: &str) -> Option<LocalDay> {
    if let Some(day) = LocalDay::parse(text) {
        return Some(day);
    }
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [day, month, year] if year.len() == 4 => {
            LocalDay::parse(&format!("{year}-{month:0>2}-{day:0>2}"))
        }
        _ => None,
    }
}

/// What stands for the day in a stem that is no name of a document, where it has one that is none.
pub(super) fn day_of(stem: &str) -> Option<String> {
    let (code, rest) = stem.split_once('_')?;
    let date = rest.split_once('_').map_or(rest, |(date, _)| date).trim();
    let like_one = |c: char| c.is_ascii_digit() || "-./ ".contains(c);
    let is_one = date.chars().all(like_one) && date.chars().any(|c| c.is_ascii_digit());
    (code.contains('-') && is_one && day(date).is_none()).then(|| date.to_owned())
}

/// A name without its last extension.
pub(super) fn stem(name: &str) -> &str {
    Path::new(name)
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or(name)
}

/// The name of the file whose detached signature this is by its name: `a.pdf` for `a.pdf.p7s`.
pub(super) fn signed_by(name: &str) -> Option<&str> {
    let (base, ending) = name.split_at_checked(name.len().checked_sub(4)?)?;
    ending.eq_ignore_ascii_case(".p7s").then_some(base)
}

/// Two names that a person reads as the same: NFC and NFD are one.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.nfc().eq(other.nfc())
}

/// Whether a file is not meant to be taken: hidden, a lock file of an editor, half of a download, or what
/// a file manager leaves behind.
pub(super) fn is_passed_over(name: &str) -> bool {
    let lower = name.to_lowercase();
    let endings = [".tmp", ".part", ".partial", ".crdownload", ".swp", ".lock"];
    name.starts_with(['.', '~'])
        || name.ends_with('~')
        || endings.iter().any(|ending| lower.ends_with(ending))
        || ["desktop.ini", "thumbs.db"].contains(&lower.as_str())
}

/// Whether a text names something in a folder, and nothing elsewhere.
pub(super) fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    let first = parts.next();
    matches!(first, Some(Component::Normal(_))) && parts.next().is_none() && !text.contains('/')
}

/// Whether a character is not seen, or makes a name read otherwise than it is (Unicode TR 36 §2.8).
#[must_use]
pub fn hides(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name for something received: no folder in it, nothing hidden, nothing reserved, at most `max` bytes.
pub fn safe(text: &str, max: usize) -> String {
    let replaced: String = text
        .nfc()
        .map(|c| {
            let reserved = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
            if reserved || c.is_control() || hides(c) {
                '-'
            } else {
                c
            }
        })
        .collect();
    let trimmed = replaced.trim().trim_end_matches(['.', ' ']);
    let shown = if trimmed.starts_with(['.', '~']) {
        format!("_{trimmed}")
    } else {
        trimmed.to_owned()
    };
    let first = shown.split('.').next().unwrap_or_default().trim_end();
    let named = if is_device(&first.to_lowercase()) || shown.is_empty() {
        format!("_{shown}")
    } else {
        shown
    };
    shortened(&named, max)
}

fn is_device(lower: &str) -> bool {
    let port = |kind: &str| {
        let rest = lower.strip_prefix(kind);
        rest.is_some_and(|n| n.chars().count() == 1 && n.chars().all(char::is_numeric))
    };
    DEVICES.contains(&lower) || port("com") || port("lpt")
}

/// A name cut to `max` bytes before its extension, at the border of a character.
pub(super) fn shortened(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let (stem, extension) = parts(name);
    let room = max.saturating_sub(extension.len());
    let mut cut = room.min(stem.len());
    while !stem.is_char_boundary(cut) {
        cut = cut.saturating_sub(1);
    }
    let stem = stem.get(..cut).unwrap_or_default().trim_end();
    format!("{stem}{extension}")
}

/// Stem and extension with its dot. What is too long to be an extension is none.
fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len().saturating_sub(at) <= 16 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The `n`th name beside a taken one: `a.pdf`, `a (2).pdf`, …
pub(super) fn numbered(name: &str, n: u32) -> String {
    if n <= 1 {
        return shortened(name, MAX_NAME);
    }
    let (stem, extension) = parts(name);
    let ending = format!(" ({n}){extension}");
    let stem = shortened(stem, MAX_NAME.saturating_sub(ending.len()));
    format!("{stem}{ending}")
}

/// The unit's code in the name of a folder: all of it, or what stands before the first space
/// (`H53.7.1 Xã Long Cang`).
pub(super) fn code_of_folder(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_named_after_its_file() {
        for (name, of) in [
            ("a.pdf.p7s", Some("a.pdf")),
            ("Tờ trình.PDF.P7S", Some("Tờ trình.PDF")),
            ("a.p7s.pdf", None),
            ("ự.p7", None),
            ("p7s", None),
            ("", None),
        ] {
            assert_eq!(signed_by(name), of, "{name}");
        }
    }

    #[test]
    fn a_day_that_is_none_is_found() {
        for (stem, day) in [
            ("12-STC_31-02-2026_x", Some("31-02-2026")),
            ("12-STC_23.11.2026", Some("23.11.2026")),
            ("12-STC_23-11-2026_x", None),
            ("12-STC_Ve du toan", None),
            ("scan_0001", None),
            ("12-STC", None),
        ] {
            assert_eq!(day_of(stem).as_deref(), day, "{stem}");
        }
    }

    #[test]
    fn names_of_offices_are_read() {
        let day = |text: &str| LocalDay::parse(text).expect("day");
        let read = |stem: &str| Named::parse(stem).expect("a name");
        let plain = read("12-STC-VP_2026-11-23_Ve du toan");
        assert_eq!(plain.number.as_str(), "12");
        assert_eq!(plain.notation.as_str(), "STC-VP");
        assert_eq!(plain.promulgated, day("2026-11-23"));
        assert_eq!(plain.subject.as_deref(), Some("Ve du toan"));
        assert_eq!(read("01-QĐ-UBND_3-1-2026").promulgated, day("2026-01-03"));
        assert_eq!(read("01-QĐ-UBND_2026-01-03").subject, None);
        assert_eq!(read("7-CV_2026-01-03_a_b").subject.as_deref(), Some("a b"));
        // NFD becomes NFC.
        assert_eq!(
            read("7-QĐ_2026-01-03_Tha\u{301}ng").subject.as_deref(),
            Some("Tháng")
        );
        for wrong in [
            "",
            "12",
            "12-STC",
            "12_2026-11-23_x",
            "a-STC_2026-11-23_x",
            "12-STC_2026-13-23_x",
            "12-_2026-11-23_x",
            "-STC_2026-11-23_x",
            "12-STC_hôm nay_x",
            "123456789012-S_2026-11-23",
        ] {
            assert_eq!(Named::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn received_names_fit_everywhere() {
        for (given, safe_name) in [
            ("12/STC-VP", "12-STC-VP"),
            ("../../etc/passwd", "_..-..-etc-passwd"),
            (".hidden", "_.hidden"),
            ("con.txt", "_con.txt"),
            ("COM1", "_COM1"),
            ("ends. ", "ends"),
            ("", "_"),
            ("..", "_"),
            ("a\u{202e}fdp.exe", "a-fdp.exe"),
            ("a\u{61c}1.pdf", "a-1.pdf"),
            ("Tha\u{301}ng.pdf", "Tháng.pdf"),
            ("📄 văn bản.pdf", "📄 văn bản.pdf"),
        ] {
            assert_eq!(safe(given, MAX_NAME), safe_name, "{given}");
        }
        let long = format!("{}.pdf", "ấ".repeat(255));
        let short = safe(&long, MAX_NAME);
        assert!(
            short.len() <= MAX_NAME && short.ends_with("ấ.pdf"),
            "{short}"
        );
        let beside = numbered(&long, 2);
        assert!(
            beside.len() <= MAX_NAME && beside.ends_with(" (2).pdf"),
            "{beside}"
        );
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["a", "a.pdf", "..a", " ", "Sở Tài chính (2)"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "/", "/a", "a/", "./a", "a/b", "../a"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_is_not_meant_is_passed_over() {
        for name in [
            ".x",
            "~$a.docx",
            "a.tmp",
            "A.PART",
            "a.crdownload",
            "Thumbs.db",
            "a~",
        ] {
            assert!(is_passed_over(name), "{name}");
        }
        for name in ["a.pdf", "12-STC_2026-11-23_x.json", "part.pdf"] {
            assert!(!is_passed_over(name), "{name}");
        }
        assert_eq!(code_of_folder("H53.7.1 Xã Long Cang"), "H53.7.1");
        assert!(same("Tha\u{301}ng", "Tháng"));
    }
}
