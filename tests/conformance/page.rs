//! The scoreboard, `docs/scoreboard.md`: written from a run (`UPDATE_SCOREBOARD=1`), and checked against
//! every other one, so that it cannot say what is no longer so.

use super::Row;
use super::gate::Exceptions;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

const BEGIN: &str = "<!-- from the conformance run -->";
const END: &str = "<!-- end -->";

/// The line that fails the run, if the page says something else.
pub(crate) fn check(
    ours: &Path,
    rows: &BTreeMap<String, Row>,
    exceptions: &Exceptions,
) -> Option<String> {
    let path = ours.join("docs/scoreboard.md");
    let page = std::fs::read_to_string(&path).expect("docs/scoreboard.md");
    let (head, rest) = page.split_once(BEGIN).expect("the beginning of the table");
    let (_, tail) = rest.split_once(END).expect("the end of the table");
    let wanted = format!(
        "{head}{BEGIN}\n\n{}\n{}\n{END}{tail}",
        table(rows),
        differences(exceptions)
    );
    if page == wanted {
        return None;
    }
    if std::env::var_os("UPDATE_SCOREBOARD").is_some() {
        std::fs::write(&path, wanted).expect("written");
        return None;
    }
    Some(
        "STALE docs/scoreboard.md: read what changed, then \
         `UPDATE_SCOREBOARD=1 cargo test --release --test conformance`"
            .to_owned(),
    )
}

/// The rows of what is built; times differ from machine to machine and are not among them.
fn table(rows: &BTreeMap<String, Row>) -> String {
    let mut out = String::from(
        "| family | cases | counted | agree | % | stricter | false accepts | disputed | not built |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (family, row) in rows {
        let _ = writeln!(
            out,
            "| {family} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.cases,
            row.counted,
            row.agree,
            row.share(),
            row.stricter,
            row.false_accepts,
            row.disputed,
            row.not_built
        );
    }
    out
}

/// The cases that differ and stay so.
fn differences(exceptions: &Exceptions) -> String {
    let mut out = String::from("| case | why it differs and stays so | clause |\n|---|---|---|\n");
    for (id, known) in exceptions.all() {
        let reason = known.reason.replace('|', "\\|");
        let _ = writeln!(out, "| `{id}` | {reason} | {} |", known.clause);
    }
    out
}
