//! How the stories are told: each with its steps and receipts, then a table of all.

use super::Told;
use crate::demo::table::{cells, table};
use crate::demo::voice::Voice;
use crate::lang;

/// Tells every story, and gives how many came out as they must.
pub fn print(voice: &mut Voice<'_>, told: &[Told]) -> usize {
    voice.say("demo-story", &[("count", &told.len().to_string())]);
    for one in told {
        steps(voice, one);
    }
    voice.print("");
    voice.print(&table(&rows(voice, told)));
    for one in told {
        for problem in &one.problems {
            let values = [("code", one.code.as_str()), ("problem", problem.as_str())];
            voice.say("demo-wrong", &values);
        }
    }
    told.iter().filter(|one| one.is_right()).count()
}

/// One story, a line for each step: who, what, and what its receipt proves.
fn steps(voice: &mut Voice<'_>, one: &Told) {
    let tale = lang::word(voice.language, "demo-tale", one.tale.name());
    let values = [
        ("code", one.code.as_str()),
        ("from", one.from),
        ("to", one.to),
        ("tale", tale.as_str()),
    ];
    voice.say("demo-story-of", &values);
    let mut receipts = one.receipts.iter();
    for step in &one.steps {
        let what = voice.word(&format!("demo-step-{}", step.what));
        let mut line = format!("  {}: {what}", step.who);
        if !step.note.is_empty() {
            line.push_str(&format!(" — {}", lang::visible(&step.note)));
        }
        if let Some(event) = step.event {
            let receipt = receipts.next().filter(|receipt| receipt.event == event);
            line.push_str(&match receipt {
                Some(receipt) if receipt.etsi.is_empty() => {
                    format!("  [✔ {event} #{}]", receipt.position)
                }
                Some(receipt) => {
                    let names = receipt.etsi.join(", ");
                    format!("  [✔ {event} ({names}) #{}]", receipt.position)
                }
                None => format!("  [✘ {event}]"),
            });
        }
        voice.print(&line);
    }
}

fn rows(voice: &Voice<'_>, told: &[Told]) -> Vec<Vec<String>> {
    let state = |name: &str| lang::word(voice.language, "state", name);
    let mut rows = vec![cells(&voice.word("demo-story-header"))];
    for one in told {
        let due = one.steps.iter().filter(|step| step.event.is_some()).count();
        rows.push(vec![
            one.code.clone(),
            format!("{} → {}", one.from, one.to),
            lang::word(voice.language, "demo-tale", one.tale.name()),
            state(one.tale.intended()),
            state(&one.state),
            format!("{}/{due}", one.receipts.len()),
            voice.word(if one.is_right() {
                "demo-yes"
            } else {
                "demo-no"
            }),
        ]);
    }
    rows
}
