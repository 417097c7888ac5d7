//! How the counters are told: a table of all dossiers, one of them with all that was asked for, and the figures.

use super::{Counters, Lived};
use crate::demo::table::{cells, table};
use crate::demo::voice::Voice;
use crate::lang;

/// Tells of all dossiers, and gives how many came out as they must.
pub fn print(voice: &mut Voice<'_>, counters: &Counters) -> usize {
    let count = counters.dossiers.len().to_string();
    voice.say("demo-counter", &[("count", &count)]);
    voice.print("");
    voice.print(&table(&rows(voice, &counters.dossiers)));
    let waits = |one: &&Lived| one.status == "supplement_asked";
    if let Some(one) = counters.dossiers.iter().find(waits) {
        voice.print("");
        voice.say("demo-counter-one", &[("number", &one.number)]);
        indented(voice, &one.shown);
    }
    voice.print("");
    voice.say(
        "demo-counter-forms",
        &[("count", &counters.forms.len().to_string())],
    );
    // One of each kind; the others lie beside them.
    for ending in [
        "-01.html",
        "-02.html",
        "-03.html",
        "-04.html",
        "-phieu-tra.html",
    ] {
        if let Some(form) = counters.forms.iter().find(|form| form.ends_with(ending)) {
            voice.print(&format!("  {form}"));
        }
    }
    for (unit, results) in &counters.satisfaction {
        voice.print("");
        voice.print(unit);
        indented(voice, results);
    }
    voice.print("");
    voice.say("demo-counter-figures", &[]);
    indented(voice, &counters.figures);
    let each = counters.dossiers.iter();
    let each = each.flat_map(|one| {
        one.problems
            .iter()
            .map(|problem| (one.number.as_str(), problem))
    });
    for (code, problem) in each.chain(counters.problems.iter().map(|problem| ("", problem))) {
        voice.say("demo-wrong", &[("code", code), ("problem", problem)]);
    }
    counters.right()
}

fn indented(voice: &mut Voice<'_>, text: &str) {
    for line in text.lines() {
        voice.print(&format!("  {line}"));
    }
}

fn rows(voice: &Voice<'_>, dossiers: &[Lived]) -> Vec<Vec<String>> {
    let mut rows = vec![cells(&voice.word("demo-counter-header"))];
    for one in dossiers {
        let differs = one.differs.iter().map(|(component, problem)| {
            let word = lang::word(voice.language, "dossier-problem", problem);
            format!("{component}: {word}")
        });
        let differs: Vec<String> = differs.collect();
        rows.push(vec![
            one.number.clone(),
            lang::visible(&one.procedure),
            differs.join("; "),
            lang::word(voice.language, "dossier-status", &one.status),
            one.slips.to_string(),
            voice.word(match one.problems.is_empty() {
                true => "demo-yes",
                false => "demo-no",
            }),
        ]);
    }
    rows
}
