//! The report of any input, as JSON and as text: it says what the verdict is and nothing better, it is of
//! the shape that is published, and no text from inside a file moves a reader's terminal or eye.

use super::grounds::Grounds;
use super::schema;
use super::targets::{Came, Outcome, judge, must, passed};
use lienthong::format::cms::read::{Tail, parse};
use lienthong::format::content::{Content, Memory};
use lienthong::judge::report;
use lienthong::lang::report::{Context, Style, file};
use lienthong::model::{Digest, Language};
use lienthong::trust::report::FileReport;
use serde_json::Value;

/// For inputs of at most 256 KiB.
const MAX_JSON: usize = 8 * 1024 * 1024;
const MAX_TEXT: usize = 2 * 1024 * 1024;

pub(crate) fn run(grounds: &Grounds, input: &[u8]) -> Outcome {
    let world = &grounds.worlds[0];
    let content = Memory::new(world.content.clone());
    let inside = parse(input, Tail::Anything).is_ok_and(|data| data.content.is_some());
    let cms = input.first() == Some(&0x30);
    let detached: Option<&dyn Content> = (cms && !inside).then_some(&content);
    let found = judge(world, input, detached)?;
    json(grounds, &found)?;
    for language in [Language::Vi, Language::En] {
        for colour in [false, true] {
            let context = Context {
                name: "tệp",
                at: world.at,
                existed: None,
                anchors: true,
                units: &[],
            };
            text(
                &file(Style { language, colour }, context, &found),
                colour,
                &found,
            )?;
        }
    }
    Ok(Came::Refused.max_of(&found))
}

fn json(grounds: &Grounds, found: &FileReport) -> Result<(), String> {
    let world = &grounds.worlds[0];
    let material = world.validator.material();
    let written = report::file(found, Digest::of(b""), (world.at, None), material);
    must(written.len() <= MAX_JSON, "a report without bound")?;
    report::read_kept(&written).map_err(|e| format!("not read again: {e}"))?;
    let json: Value = serde_json::from_slice(&written).map_err(|e| format!("no JSON: {e}"))?;
    schema::conforms("FileReport", &json)?;
    let says = |value: &Value| value["indication"] == "TOTAL-PASSED";
    must(
        says(&json) == passed(found),
        "the JSON says another verdict",
    )?;
    let signatures = json["signatures"].as_array().into_iter().flatten();
    for signature in signatures {
        let valid = signature["at_signing"]["certificate"] == "valid";
        must(valid == says(signature), "valid, though it did not pass")?;
    }
    Ok(())
}

fn text(text: &str, colour: bool, found: &FileReport) -> Result<(), String> {
    must(text.len() <= MAX_TEXT, "a page without bound")?;
    let plain = match colour {
        true => ["\u{1b}[0m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m"]
            .iter()
            .fold(text.to_owned(), |text, code| text.replace(code, "")),
        false => text.to_owned(),
    };
    let moves = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    must(!plain.contains(moves), "a character that moves the reader")?;
    let mut lines = plain.lines().filter(|line| line.starts_with("  ✔"));
    let good = found
        .signatures
        .iter()
        .filter(|s| s.verdict.is_passed())
        .count();
    must(
        lines.by_ref().count() == good,
        "another number of good signatures",
    )?;
    let conclusion = plain
        .lines()
        .find(|line| line.contains(": ✔") && !line.starts_with("   "));
    let concluded = conclusion.is_some_and(|line| {
        ["  KẾT LUẬN CHUNG: ", "  CONCLUSION: "]
            .iter()
            .any(|head| line.starts_with(head))
    });
    must(!concluded || passed(found), "concluded better than it is")
}
