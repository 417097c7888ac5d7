//! Samples of what the paper register and counting write.

use super::{id, unit};
use crate::model::event::{
    Counted, Event, Exchange, RegisterAct, RegisterEntries, RegisterEntry, RegisterImported, SentBy,
};
use crate::model::{CodeNotation, CodeNumber, Digest, DocumentKey, LocalDay};

fn day(day: i8) -> LocalDay {
    LocalDay::new(2026, 11, day).unwrap()
}

fn number(text: &str) -> CodeNumber {
    CodeNumber::parse(text).unwrap()
}

fn notation() -> CodeNotation {
    CodeNotation::parse("QĐ-UBND").unwrap()
}

pub(super) fn samples() -> Vec<(&'static str, Event)> {
    let entry = |text: &str, sent_by, alone| RegisterEntry {
        number: number(text),
        notation: notation(),
        day: day(23),
        sent_by,
        alone,
    };
    let paper = Exchange::PAPER_ONLY;
    let both = Exchange::COUNTABLE.with(Exchange::DELIVERED_BOTH, true);
    vec![
        (
            "counted-v1",
            Event::Counted(Box::new(Counted {
                key: DocumentKey::new(unit("H53.7"), number("12"), notation(), day(23)),
                from: (day(22), paper),
                to: (day(23), both),
            })),
        ),
        (
            "register-imported-v1",
            Event::RegisterImported(Box::new(RegisterImported {
                import: id(),
                unit: unit("H53.7"),
                from: day(1),
                to: day(30),
                entries: 3,
                source: Digest([0x51; 32]),
                actor: Some(unit("H53.7")),
            })),
        ),
        (
            "register-entries-v1",
            Event::RegisterEntries(Box::new(RegisterEntries {
                import: id(),
                unit: unit("H53.7"),
                undone: false,
                entries: vec![
                    entry("12", SentBy::Paper, true),
                    entry("13", SentBy::Electronic, false),
                    entry("14bis", SentBy::Both, true),
                ],
            })),
        ),
        (
            "register-undone-v1",
            Event::RegisterUndone(Box::new(RegisterAct {
                import: id(),
                unit: unit("H53.7"),
                from: day(1),
                to: day(30),
                note: Digest([0x52; 32]),
                actor: None,
            })),
        ),
        (
            "nil-returned-v1",
            Event::NilReturned(Box::new(RegisterAct {
                import: id(),
                unit: unit("H53.7"),
                from: day(1),
                to: day(30),
                note: Digest([0x53; 32]),
                actor: Some(unit("H53.7")),
            })),
        ),
    ]
}
