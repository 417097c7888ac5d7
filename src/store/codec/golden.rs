//! The golden files: published versions of every event decode for ever.

mod dossiers;
mod exchange;
mod findings;
mod life;
mod surveys;

use super::{CodecError, read_record, write_record};
use crate::model::event::{
    Answered, Arrived, ClockConfirmed, Countable, Doubted, Due, Event, FileRef, FileRole, Judged,
    Offered, PeriodClosed, Policy, ReceiptSigned, Redirected, Rejudged, RulesChanged, Simulated,
    Stamped, Way,
};
use crate::model::{
    CodeNotation, CodeNumber, Digest, Disposition, DocumentId, DocumentKey, Indication, LocalDay,
    Period, Position, ReasonCode, Status, SubIndication, Timestamp, UnitCode, Urgency,
};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/events")
}

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).unwrap()
}

fn id() -> DocumentId {
    DocumentId::parse("01939b2e-4a5c-7d3e-8f10-112233445566").unwrap()
}

/// Another document.
fn other(n: u8) -> DocumentId {
    DocumentId::parse(&format!("01939b2e-4a5c-7d3e-8f10-1122334455{n:02}")).unwrap()
}

fn judged() -> Judged {
    Judged {
        indication: Indication::Indeterminate,
        sub_indication: Some(SubIndication::TryLater),
        reason: ReasonCode::RevocationStale,
        disposition: Disposition::Hold,
        agency_signed: false,
        person_signed: true,
        policy: Policy::RequireBoth,
        rules: Digest([0x11; 32]),
        report: Some(Digest([0x12; 32])),
    }
}

fn due() -> Due {
    Due {
        answer: Timestamp(1_795_539_599_999),
        present: Timestamp(1_795_625_999_999),
        complete: LocalDay::new(2026, 12, 15),
    }
}

fn offered() -> Offered {
    let promulgated = LocalDay::new(2026, 11, 23).unwrap();
    Offered {
        document: id(),
        sender: unit("H53.7.1"),
        key: DocumentKey::new(
            unit("H53.7"),
            CodeNumber::parse("12").unwrap(),
            CodeNotation::parse("QĐ-UBND").unwrap(),
            promulgated,
        ),
        promulgated,
        first_offer: true,
        request: Digest([1; 32]),
        content: Digest([2; 32]),
        envelope: Digest([3; 32]),
        kept: true,
        files: vec![
            FileRef {
                digest: Digest([4; 32]),
                size: 10_240,
                role: FileRole::Main,
            },
            FileRef {
                digest: Digest([5; 32]),
                size: u64::MAX,
                role: FileRole::Signature,
            },
        ],
        recipients: vec![unit("H53.2"), unit("000.01.12.H28")],
        judged: judged(),
        hold_until: Some(Timestamp(1_795_500_000_123)),
        urgency: Urgency::Flash,
        issue_due: LocalDay::new(2026, 11, 24),
        due: LocalDay::new(2026, 12, 15),
        rests_on: vec![Digest([0x21; 32]), Digest([0x22; 32])],
        updates: Some(other(1)),
        replaces: vec![other(2), other(3)],
        duplicate_of: Some(other(4)),
        countable: vec![Countable::Yes, Countable::OffNetwork],
        paper_follows: true,
        in_register: true,
        redirected: vec![Redirected {
            written: unit("H53.7.9"),
            to: unit("H53.2"),
        }],
    }
}

/// Every kind.
fn samples() -> Vec<(&'static str, Event)> {
    let mut all = first_samples();
    all.extend(life::samples());
    all.extend(closed());
    let simulated = Simulated { seed: 20_250_701 };
    all.push(("simulated-v1", Event::Simulated(simulated)));
    all.extend(exchange::samples());
    all.extend(findings::samples());
    all.extend(dossiers::samples());
    all.extend(surveys::samples());
    all
}

fn closed() -> [(&'static str, Event); 2] {
    let first = PeriodClosed {
        period: Period::parse("2026-11@15").unwrap(),
        number: 1,
        position: Position(41),
        chain: Digest([0xaa; 32]),
        statement: Digest([0x51; 32]),
        sealed: Digest([0x52; 32]),
        corrects: None,
        previous: None,
        actor: None,
    };
    let correction = PeriodClosed {
        number: 2,
        corrects: Some(Digest([0x53; 32])),
        previous: Some(Digest([0x54; 32])),
        actor: Some(unit("H53")),
        ..first.clone()
    };
    [
        ("period-closed-v1", Event::PeriodClosed(Box::new(first))),
        (
            "period-closed-v1-correction",
            Event::PeriodClosed(Box::new(correction)),
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a list of samples")]
/// The kinds of the main job, each optional member once there and once absent.
fn first_samples() -> Vec<(&'static str, Event)> {
    let plain = Offered {
        first_offer: false,
        kept: false,
        files: Vec::new(),
        recipients: vec![unit("H53.2")],
        judged: Judged {
            sub_indication: None,
            report: None,
            ..judged()
        },
        hold_until: None,
        urgency: Urgency::Normal,
        issue_due: None,
        due: None,
        rests_on: Vec::new(),
        updates: None,
        replaces: Vec::new(),
        duplicate_of: None,
        countable: vec![Countable::No],
        paper_follows: false,
        in_register: false,
        redirected: Vec::new(),
        ..offered()
    };
    let answered = Answered {
        document: id(),
        sender: unit("H53.1"),
        recipient: unit("H53.2"),
        status: Status::Accepted,
        arrived: Timestamp(1_795_500_000_000),
        due: None,
        note: None,
    };
    let refused = Answered {
        status: Status::Refused,
        due: Some(Timestamp(1_795_539_599_999)),
        note: Some(Digest([7; 32])),
        ..answered.clone()
    };
    let rules = RulesChanged {
        rules: Digest([8; 32]),
        registry: Digest([9; 32]),
        actor: None,
    };
    let by_unit = RulesChanged {
        actor: Some(unit("H53")),
        ..rules.clone()
    };
    vec![
        ("offered-v6", Event::Offered(Box::new(offered()))),
        ("offered-v6-plain", Event::Offered(Box::new(plain))),
        (
            "rejudged-v2",
            Event::Rejudged(Box::new(Rejudged {
                document: id(),
                sender: unit("H53.1"),
                recipients: vec![unit("H53.2"), unit("H53.3")],
                promulgated: LocalDay::new(2026, 2, 28).unwrap(),
                first_offer: true,
                judged: Judged {
                    disposition: Disposition::Accept,
                    ..judged()
                },
                rests_on: vec![Digest([0x21; 32])],
            })),
        ),
        (
            "arrived-v3",
            Event::Arrived(Arrived {
                document: id(),
                sender: unit("H53.1"),
                recipient: unit("H53.2"),
                due: Some(due()),
                way: Way::Push,
            }),
        ),
        ("answered-v2", Event::Answered(answered)),
        ("answered-v2-note", Event::Answered(refused)),
        (
            "receipt-signed-v1",
            Event::ReceiptSigned(ReceiptSigned {
                document: id(),
                of: Position(41),
                receipt: Digest([6; 32]),
            }),
        ),
        ("rules-changed-v1", Event::RulesChanged(rules)),
        ("rules-changed-v1-unit", Event::RulesChanged(by_unit)),
        (
            "doubted-v1",
            Event::Doubted(Box::new(Doubted {
                document: id(),
                judged: judged(),
                certificates: vec![Digest([0x21; 32])],
            })),
        ),
        (
            "stamped-v1",
            Event::Stamped(Box::new(Stamped {
                of: Position(41),
                head: Digest([0x31; 32]),
                moment: Timestamp(1_795_503_599_000),
                token: Digest([0x32; 32]),
                authority: Digest([0x33; 32]),
                rests_on: vec![Digest([0x34; 32]), Digest([0x35; 32])],
            })),
        ),
        (
            "clock-confirmed-v1",
            Event::ClockConfirmed(Box::new(ClockConfirmed {
                last: Timestamp(1_795_503_599_000),
                clock: Timestamp(1_795_500_000_000),
                note: Digest([0x41; 32]),
                actor: Some(unit("H53")),
            })),
        ),
    ]
}

/// What earlier versions of a kind read as.
fn earlier() -> Vec<(&'static str, Event)> {
    let of = |name: &str| {
        let all = samples();
        let found = all.into_iter().find(|(known, _)| *known == name);
        found.expect("sample").1
    };
    let before_redirects = |name: &str| without_redirects(of(name));
    let before_exchange = |name: &str| without_exchange(of(name));
    let before_ties = |name: &str| without_ties(of(name));
    let before_deadlines = |name: &str| without_deadlines(of(name));
    let before_evidence = |name: &str| {
        let mut event = without_deadlines(of(name));
        if let Event::Offered(e) = &mut event {
            e.rests_on.clear();
        }
        if let Event::Rejudged(e) = &mut event {
            e.rests_on.clear();
        }
        event
    };
    vec![
        ("offered-v1", before_evidence("offered-v6")),
        ("offered-v1-plain", before_evidence("offered-v6-plain")),
        ("offered-v2", before_deadlines("offered-v6")),
        ("offered-v2-plain", before_deadlines("offered-v6-plain")),
        ("offered-v3", before_ties("offered-v6")),
        ("offered-v3-plain", before_ties("offered-v6-plain")),
        ("offered-v4", before_exchange("offered-v6")),
        ("offered-v4-plain", before_exchange("offered-v6-plain")),
        ("offered-v5", before_redirects("offered-v6")),
        ("offered-v5-plain", before_redirects("offered-v6-plain")),
        ("rejudged-v1", before_evidence("rejudged-v2")),
        ("arrived-v1", before_deadlines("arrived-v3")),
        ("arrived-v2", before_ties("arrived-v3")),
        ("answered-v1", before_deadlines("answered-v2")),
        ("answered-v1-note", before_deadlines("answered-v2-note")),
    ]
}

/// As versions read that send to nobody else.
fn without_redirects(mut event: Event) -> Event {
    if let Event::Offered(e) = &mut event {
        e.redirected.clear();
    }
    event
}

/// As versions read that do not know who counts.
fn without_exchange(event: Event) -> Event {
    let mut event = without_redirects(event);
    if let Event::Offered(e) = &mut event {
        e.countable.clear();
        e.paper_follows = false;
        e.in_register = false;
    }
    event
}

/// As versions read that know neither other documents nor other ways.
fn without_ties(event: Event) -> Event {
    let mut event = without_exchange(event);
    if let Event::Offered(e) = &mut event {
        e.updates = None;
        e.replaces.clear();
        e.duplicate_of = None;
    } else if let Event::Arrived(e) = &mut event {
        e.way = Way::Pull;
    }
    event
}

/// As versions read that do not know what was due either.
fn without_deadlines(event: Event) -> Event {
    let mut event = without_ties(event);
    if let Event::Offered(e) = &mut event {
        e.urgency = Urgency::Normal;
        e.issue_due = None;
        e.due = None;
    } else if let Event::Arrived(e) = &mut event {
        e.due = None;
    } else if let Event::Answered(e) = &mut event {
        e.due = None;
    }
    event
}

fn encode(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    let at = Timestamp(1_795_503_600_456);
    write_record(&mut out, &Digest([0xaa; 32]), Position(42), at, event);
    out
}

#[test]
fn golden_files_decode_and_encode() {
    let current = samples();
    let written = current.len();
    for (number, (name, event)) in current.into_iter().chain(earlier()).enumerate() {
        let path = folder().join(format!("{name}.bin"));
        let stored = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (previous, record) = read_record(&stored).unwrap();
        assert_eq!(previous, Digest([0xaa; 32]));
        assert_eq!(record.position, Position(42));
        assert_eq!(record.at, Timestamp(1_795_503_600_456));
        assert_eq!(record.hash, Digest::of(&stored));
        assert_eq!(record.event, event, "{name}");
        // What is read of an earlier version is written as the current one.
        assert_eq!(encode(&event) == stored, number < written, "{name}");
    }
}

#[test]
fn every_golden_file_decodes() {
    let mut kinds = BTreeSet::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        kinds.insert(read_record(&bytes).unwrap().1.event.name());
    }
    let all: BTreeSet<_> = samples().iter().map(|(_, event)| event.name()).collect();
    assert_eq!(kinds, all);
}

#[test]
fn no_shortened_or_lengthened_record_decodes() {
    for (name, event) in samples() {
        let bytes = encode(&event);
        for len in 0..bytes.len() {
            assert!(read_record(&bytes[..len]).is_err(), "{name} cut to {len}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(read_record(&longer), Err(CodecError::Trailing(1)), "{name}");
    }
}

#[test]
fn unknown_kinds_and_versions_are_refused() {
    let mut bytes = encode(&samples()[0].1);
    bytes[50] = 9;
    let (kind, version) = (1, 9);
    assert_eq!(read_record(&bytes), Err(CodecError::Kind { kind, version }));
    bytes[48] = 77;
    assert!(matches!(read_record(&bytes), Err(CodecError::Kind { .. })));
}

/// Run once by hand for a new kind or version; files that are there are never touched.
#[test]
#[ignore = "writes golden files that are missing"]
fn write_missing_golden_files() {
    std::fs::create_dir_all(folder()).unwrap();
    for (name, event) in samples() {
        let path = folder().join(format!("{name}.bin"));
        if !path.exists() {
            std::fs::write(path, encode(&event)).unwrap();
        }
    }
}
