//! Samples of findings, of their ends and reminders, and of reports that went out.

use super::{id, other, unit};
use crate::model::event::{
    Event, Evidence, FindingClosed, FindingOpened, FindingReminded, FoundIn, FoundItem, PlainName,
    PostWay, ReminderCause, ReportSent,
};
use crate::model::{
    CodeNotation, CodeNumber, Digest, DocumentKey, LocalDay, Period, Position, UnitCode,
};

fn day() -> LocalDay {
    LocalDay::new(2026, 12, 15).unwrap()
}

fn name(text: &str) -> PlainName {
    PlainName::parse(text).unwrap()
}

fn key() -> DocumentKey {
    let number = CodeNumber::parse("14bis").unwrap();
    let notation = CodeNotation::parse("QĐ-UBND").unwrap();
    let day = LocalDay::new(2026, 11, 23).unwrap();
    DocumentKey::new(unit("H53.7"), number, notation, day)
}

pub(super) fn samples() -> Vec<(&'static str, Event)> {
    let month = Period::parse("2026-11@15").unwrap();
    let opened = |figure, items, actor: Option<UnitCode>| {
        Event::FindingOpened(Box::new(FindingOpened {
            finding: id(),
            unit: unit("H53.7"),
            figure,
            items,
            due: day(),
            note: Digest([0x61; 32]),
            actor,
        }))
    };
    let from = FoundIn {
        figure: name("exchange_only"),
        period: month,
        missing: true,
        total: 5_321,
        position: Position(41),
    };
    let items = vec![
        FoundItem::Document(other(1)),
        FoundItem::Delivery(other(2), unit("H53.2")),
        FoundItem::Key(key()),
        FoundItem::Import(other(3)),
    ];
    let evidence = vec![
        Evidence::Document(other(1)),
        Evidence::Receipt(Position(42)),
        Evidence::Statement(month, 2),
        Evidence::Import(other(3)),
        Evidence::File(Digest([0x62; 32])),
    ];
    vec![
        ("finding-opened-v1", opened(Some(from), items, None)),
        (
            "finding-opened-v1-named",
            opened(None, vec![FoundItem::Key(key())], Some(unit("H53"))),
        ),
        (
            "finding-closed-v1",
            Event::FindingClosed(Box::new(FindingClosed {
                finding: id(),
                unit: unit("H53.7"),
                evidence,
                note: Digest([0x63; 32]),
                actor: None,
            })),
        ),
        (
            "finding-reminded-v1",
            Event::FindingReminded(Box::new(FindingReminded {
                finding: id(),
                unit: unit("H53.7"),
                day: day(),
                cause: ReminderCause::Overdue,
                way: PostWay::Mail,
            })),
        ),
        (
            "report-sent-v1",
            Event::ReportSent(Box::new(ReportSent {
                schedule: name("thang"),
                period: month,
                files: Digest([0x64; 32]),
                addresses: 2,
            })),
        ),
    ]
}
