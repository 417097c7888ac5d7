//! The floors point one way: every `crate::` path in `src/` is read, in `use` lines and in
//! expressions, and a module that reaches up, or sideways into another room, fails with file and
//! line. Below the waterline nothing names a runtime, a disk, a socket, the environment or a clock.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room with its floor. A room that is not here has no floor and fails the test.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("format", 1),
    ("trust", 2),
    ("registry", 3),
    ("access", 4),
    ("policy", 4),
    ("rates", 4),
    ("register", 4),
    ("relay", 5),
    ("dossier", 5),
    ("seal", 5),
    ("axis", 5),
    ("clock", 6),
    ("shelf", 6),
    ("telemetry", 6),
    ("config", 7),
    ("keys", 7),
    ("store", 7),
    ("fetch", 7),
    ("lang", 7),
    ("mail", 7),
    ("client", 7),
    ("judge", 8),
    ("export", 8),
    ("intake", 9),
    ("enrol", 9),
    ("agent", 9),
    ("delivery", 10),
    ("upkeep", 10),
    ("http", 11),
    ("web", 11),
    ("app", 12),
    ("forge", 12),
    ("demo", 13),
    ("cli", 14),
];

/// The highest floor that is pure.
const WATERLINE: u8 = 5;

/// What a pure floor may not name: crates, and paths of the standard library.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["reqwest"],
    &["sled"],
    &["redb"],
    &["axum"],
    &["rustls"],
    &["memmap2"],
    &["tracing"],
    &["std", "fs"],
    &["std", "net"],
    &["std", "env"],
    &["std", "thread"],
    &["std", "process"],
    &["SystemTime", "now"],
    &["Instant", "now"],
];

/// A word or a mark of Rust source, with its line.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    text: String,
    line: usize,
}

/// Cuts source into words and single marks, leaving out comments, strings and characters.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut out, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let start = i;
        match at(i) {
            '/' if at(i + 1) == '/' => i = skip_until(&chars, i, |c| c == '\n'),
            '/' if at(i + 1) == '*' => i = skip_block_comment(&chars, i),
            'r' | 'b' if raw_string(&chars, i).is_some() => {
                i = raw_string(&chars, i).unwrap_or(i + 1);
            }
            '"' => i = skip_quoted(&chars, i, '"'),
            // A lifetime has no closing quote two or three places on.
            '\'' if at(i + 1) == '\\' || at(i + 2) == '\'' => i = skip_quoted(&chars, i, '\''),
            c if c.is_alphanumeric() || c == '_' => {
                i = skip_until(&chars, i, |c| !(c.is_alphanumeric() || c == '_'));
                out.push(Token {
                    text: chars[start..i].iter().collect(),
                    line,
                });
            }
            c if c.is_whitespace() => i += 1,
            c => {
                i += 1;
                out.push(Token {
                    text: c.to_string(),
                    line,
                });
            }
        }
        line += chars[start..i.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    out
}

fn skip_until(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    chars[from..]
        .iter()
        .position(|c| stop(*c))
        .map_or(chars.len(), |n| from + n)
}

fn skip_block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    i
}

fn skip_quoted(chars: &[char], from: usize, quote: char) -> usize {
    let mut i = from + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The end of a raw or byte string that starts at `from`.
fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    let previous = from
        .checked_sub(1)
        .and_then(|p| chars.get(p))
        .copied()
        .unwrap_or(' ');
    if previous.is_alphanumeric() || previous == '_' {
        return None;
    }
    let mut i = from;
    while matches!(chars.get(i), Some('r' | 'b')) && i < from + 2 {
        i += 1;
    }
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    if chars.get(i + hashes) != Some(&'"') {
        return None;
    }
    if hashes == 0 && !chars[from..i].contains(&'r') {
        return Some(skip_quoted(chars, i, '"'));
    }
    let mut end = i + hashes + 1;
    while end < chars.len() {
        let closed = chars[end] == '"'
            && chars[end + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        if closed {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(end)
}

/// Leaves out every item behind `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let is = |i: usize, words: &[&str]| {
        words
            .iter()
            .enumerate()
            .all(|(n, w)| tokens.get(i + n).is_some_and(|t| t.text == *w))
    };
    let (mut out, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if is(i, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            let mut depth = 0usize;
            i += 7;
            while i < tokens.len() {
                let text = tokens[i].text.as_str();
                i += 1;
                match text {
                    "{" => depth += 1,
                    "}" if depth == 1 => break,
                    "}" => depth -= 1,
                    ";" if depth == 0 => break,
                    _ => {}
                }
            }
        } else {
            out.push(tokens[i].clone());
            i += 1;
        }
    }
    out
}

/// Every path that starts at the crate's root: its first name and line.
fn reached(tokens: &[Token], depth: usize) -> Vec<(String, usize)> {
    let is = |i: usize, word: &str| tokens.get(i).is_some_and(|t| t.text == word);
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let start = i;
        let mut supers = 0;
        while is(i, "super") && is(i + 1, ":") && is(i + 2, ":") {
            supers += 1;
            i += 3;
        }
        let root = if is(start, "crate") && is(start + 1, ":") && is(start + 2, ":") {
            i = start + 3;
            true
        } else {
            supers > 0 && supers >= depth
        };
        if root {
            heads(tokens, i, &mut out);
        }
        i = i.max(start + 1);
    }
    out
}

/// The first names at `i`: one word, or those of a `{…}` group.
fn heads(tokens: &[Token], i: usize, out: &mut Vec<(String, usize)>) {
    let Some(first) = tokens.get(i) else { return };
    if first.text != "{" {
        out.push((first.text.clone(), first.line));
        return;
    }
    let (mut depth, mut head) = (0, true);
    for token in &tokens[i..] {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => head = true,
            _ if depth == 1 && head => {
                out.push((token.text.clone(), token.line));
                head = false;
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

fn floor_of(room: &str) -> Option<u8> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Whether a file is the body of a `mod tests;` behind `#[cfg(test)]`.
fn is_tests(file: &Path) -> bool {
    let folder = file.parent().expect("a folder");
    let behind = |parent: &Path| {
        let source = fs::read_to_string(parent).unwrap_or_default();
        source.contains("#[cfg(test)]\nmod tests;")
    };
    file.ends_with("tests.rs")
        && (behind(&folder.with_extension("rs")) || behind(&folder.join("mod.rs")))
}

/// What is wrong in one file.
fn faults(room: &str, floor: u8, depth: usize, source: &str) -> Vec<(usize, String)> {
    let tokens = without_tests(&tokens(source));
    let mut out = Vec::new();
    for (target, line) in reached(&tokens, depth) {
        let Some(other) = floor_of(&target) else {
            continue;
        };
        if target != room && other >= floor {
            out.push((
                line,
                format!("{room} (floor {floor}) uses {target} (floor {other})"),
            ));
        }
    }
    if floor <= WATERLINE {
        out.extend(impurities(&tokens, room));
    }
    out
}

fn impurities(tokens: &[Token], room: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if token.text == "Serialize" {
            out.push((
                token.line,
                format!("{room}: core types do not derive Serialize"),
            ));
        }
        for path in IMPURE {
            // Words of a path stand three tokens apart: two colons between them.
            let here = path
                .iter()
                .enumerate()
                .all(|(n, word)| tokens.get(i + 3 * n).is_some_and(|t| t.text == *word));
            // A crate is named as the head of a path; a field or argument of that name is not one.
            let follows = tokens.get(i + 1).is_some_and(|t| t.text == ":")
                && tokens.get(i + 2).is_some_and(|t| t.text == ":");
            if here && (path.len() > 1 || follows) {
                out.push((
                    token.line,
                    format!("{room} is pure and may not name {}", path.join("::")),
                ));
            }
        }
    }
    out
}

#[test]
fn every_room_uses_only_lower_floors() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let (mut report, mut looked) = (String::new(), 0);
    for file in files {
        let inner = file.strip_prefix(&src).expect("below src");
        let parts: Vec<String> = inner
            .iter()
            .map(|p| p.to_string_lossy().trim_end_matches(".rs").to_owned())
            .collect();
        let room = parts[0].as_str();
        if matches!(room, "lib" | "main") || is_tests(&file) {
            continue;
        }
        let Some(floor) = floor_of(room) else {
            let _ = writeln!(report, "{}: {room} has no floor", inner.display());
            continue;
        };
        let depth = parts.iter().filter(|p| *p != "mod").count();
        looked += 1;
        for (line, fault) in faults(
            room,
            floor,
            depth,
            &fs::read_to_string(&file).expect("read"),
        ) {
            let _ = writeln!(report, "src/{}:{line}: {fault}", inner.display());
        }
    }
    assert!(looked > 20, "only {looked} files were looked at");
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn the_check_sees_what_it_should() {
    let bad = [
        (
            "use crate::store::Ledger;",
            "relay (floor 5) uses store (floor 7)",
        ),
        (
            "fn f() { let x = crate::http::v1(); }",
            "relay (floor 5) uses http (floor 11)",
        ),
        (
            "use crate::{model::Digest, seal::receipt};",
            "relay (floor 5) uses seal (floor 5)",
        ),
        (
            "use super::super::store::Ledger;",
            "relay (floor 5) uses store (floor 7)",
        ),
        (
            "use std::fs::File;",
            "relay is pure and may not name std::fs",
        ),
        (
            "fn f() -> tokio::task::JoinHandle<()> {}",
            "relay is pure and may not name tokio",
        ),
        (
            "#[derive(Serialize)] struct X;",
            "relay: core types do not derive Serialize",
        ),
    ];
    for (source, expected) in bad {
        let found = faults("relay", 5, 2, source);
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        assert_eq!(found[0], (1, expected.to_owned()));
    }
    let good = [
        "use crate::model::Digest; use super::state; use crate::relay::decide;",
        "// use crate::store::Ledger;\n/* crate::http */ const S: &str = \"crate::store::X\";",
        "const R: &str = r#\"crate::store\"#; const C: char = '\"'; fn f<'a>(x: &'a str) {}",
        "#[cfg(test)] mod tests { use crate::store::memory; fn f() { if true {} } } fn g() {}",
    ];
    for source in good {
        assert_eq!(faults("relay", 5, 2, source), [], "{source}");
    }
    let after = "#[cfg(test)] mod tests { fn f() {} }\nuse crate::store::Ledger;";
    assert_eq!(faults("relay", 5, 2, after).len(), 1);
    assert_eq!(faults("relay", 5, 2, after)[0].0, 2);
}
