//! What the parser of the command line says: help in both languages, mistakes in the one that is asked for.

use super::console;
use super::failure::Exit;
use crate::config::Environment;
use crate::lang;
use crate::model::Language;
use clap::Error;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};

/// The parser's own words in a help text, and both languages in their place.
const HEADINGS: [(&str, &str); 7] = [
    ("Usage:", "Cách dùng / Usage:"),
    ("Commands:", "Lệnh / Commands:"),
    ("Arguments:", "Tham số / Arguments:"),
    ("Options:", "Tùy chọn / Options:"),
    (
        "Print this message or the help of the given subcommand(s)",
        "Hướng dẫn về một lệnh. / Help about a command",
    ),
    ("Print help", "Hướng dẫn. / This help"),
    ("Print version", "Phiên bản. / The version"),
];

/// Says it, and gives the exit code.
pub(super) fn told(error: &Error, environment: &Environment, given: &[OsString]) -> Exit {
    let coloured = |terminal: bool| match terminal && environment.get("NO_COLOR").is_none() {
        true => error.render().ansi().to_string(),
        false => error.render().to_string(),
    };
    // Help and version were asked for; anything else is a mistake of usage.
    if !error.use_stderr() {
        let text = headed(coloured(std::io::stdout().is_terminal()));
        let _ = write!(std::io::stdout().lock(), "{text}");
        return Exit::Done;
    }
    let mut stderr = std::io::stderr();
    let said = if given.iter().any(|word| word == "--json") {
        // Without the word for a mistake, which the name of the field says.
        let message = lang::usage(language(environment, given), &error.render().to_string());
        let mut heads = ["error: ", "Lỗi: "].iter();
        let bare = heads.find_map(|head| message.strip_prefix(head));
        let message = bare.unwrap_or(&message);
        let exit = Exit::Usage.code();
        let error =
            serde_json::json!({ "exit": exit, "message": message.trim_end(), "next": null });
        format!("{}\n", serde_json::json!({ "error": error }))
    } else if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        headed(coloured(stderr.is_terminal()))
    } else {
        lang::usage(language(environment, given), &error.render().to_string())
    };
    let _ = write!(stderr, "{said}");
    Exit::Usage
}

fn headed(text: String) -> String {
    let known = HEADINGS.iter();
    known.fold(text, |text, (theirs, both)| text.replace(theirs, both))
}

/// The language that was asked for, where the parser did not come to it.
fn language(environment: &Environment, given: &[OsString]) -> Language {
    let words: Vec<&str> = given.iter().filter_map(|word| word.to_str()).collect();
    let asked = words.iter().zip(words.iter().skip(1).copied().chain([""]));
    let asked = asked.filter_map(|(flag, value)| match *flag {
        "--lang" => Language::from_name(value),
        other => Language::from_name(other.strip_prefix("--lang=")?),
    });
    asked
        .last()
        .unwrap_or_else(|| console::language(environment))
}
