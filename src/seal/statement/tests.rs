//! What is written is read, and nothing else is.

use super::*;
use crate::model::ReasonCode;

fn unit(code: &str) -> UnitCode {
    UnitCode::parse(code).expect("code")
}

fn digest(n: u8) -> Digest {
    Digest([n; 32])
}

fn place(n: u8) -> RecordRef {
    RecordRef {
        position: Position(u64::from(n)),
        chain: digest(n),
    }
}

/// A statement with every field filled.
pub(crate) fn sample() -> Statement {
    let counts = |all: &[(Measure, i64)]| all.iter().copied().collect();
    let refused = Measure::Refused(ReasonCode::DigestMismatch);
    let units = [
        ("H53", counts(&[])),
        (
            "H53.7",
            counts(&[
                (Measure::Offered, 12),
                (refused, 2),
                (Measure::Delivered, 30),
            ]),
        ),
        ("H53.7.1", counts(&[(Measure::Received, 30)])),
    ];
    let units = units.map(|(code, counts)| (unit(code), counts));
    let document = DocumentId::parse("0193f5a0-0000-7000-8000-000000000001").expect("id");
    Statement {
        gateway: "Trục \",\"units\":[".into(),
        period: Period::parse("2026-11@15").expect("period"),
        number: 2,
        registry: RegistryRef {
            digest: digest(1),
            units: 3,
        },
        units: units.into(),
        undecided: [(document, unit("H53.7"))].into(),
        counted: place(90),
        previous: Some(StatementRef {
            statement: digest(3),
            counted: place(80),
        }),
        correction: Some(Correction {
            of: StatementRef {
                statement: digest(4),
                counted: place(70),
            },
            reason: "Đến muộn: \"12/STC-VP\"".into(),
            changes: vec![Change {
                unit: unit("H53.7"),
                measure: Measure::Offered,
                before: 11,
                after: 12,
            }],
        }),
        at: Timestamp(1_795_000_000_123),
    }
}

fn first() -> Statement {
    Statement {
        number: 1,
        correction: None,
        previous: None,
        undecided: BTreeMap::new(),
        ..sample()
    }
}

#[test]
fn what_is_written_is_read() {
    let empty = Statement {
        units: BTreeMap::new(),
        ..first()
    };
    for statement in [sample(), first(), empty] {
        let json = statement.to_json();
        assert_eq!(Statement::parse(&json), Ok(statement));
        // The same bytes as a tree of all of it has.
        let tree = Json::parse(&json).expect("canonical");
        assert_eq!(tree.to_bytes(), json);
    }
}

#[test]
fn other_bytes_are_refused() {
    let json = String::from_utf8(sample().to_json()).expect("text");
    for (from, to) in [
        (SCHEMA, "lienthong-statement-2"),
        (",\"number\":2", ",\"extra\":1,\"number\":2"),
        ("\"number\":2", "\"number\":\"2\""),
        ("\"number\":2", "\"number\":1"),
        (
            "\"first_day\":\"2026-10-15\"",
            "\"first_day\":\"2026-10-14\"",
        ),
        ("\"offered\":12", "\"offered\":13"),
        ("\"offered\":12", "\"offered\":012"),
        ("\"offered\":12", "\"offered\":12,\"held\":0"),
        ("\"offered\":12", "\"offerd\":12"),
        ("\"before\":11", "\"before\":12"),
        ("\"after\":12", "\"after\":13"),
        ("{\"counts\":{},\"unit\":\"H53\"},", ""),
        ("\"unit\":\"H53\"}", "\"unit\":\"H53.9\"}"),
        ("]}", "],\"x\":1}"),
        ("+07:00", "+08:00"),
        ("\"corrects\":{", "\"corrects\":null,\"x\":{"),
    ] {
        let other = json.replacen(from, to, 1);
        assert_ne!(other, json, "{from}");
        let read = Statement::parse(other.as_bytes());
        // Leaving a unit out is another statement: what its digest is for.
        assert!(read.is_err() || from.starts_with("{\"counts\""), "{to}");
    }
    for cut in 0..json.len() {
        assert!(Statement::parse(&json.as_bytes()[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_correction_belongs_to_a_later_statement() {
    for wrong in [
        Statement {
            number: 1,
            ..sample()
        },
        Statement {
            number: 3,
            ..first()
        },
        Statement {
            number: 0,
            ..first()
        },
    ] {
        assert!(Statement::parse(&wrong.to_json()).is_err());
    }
}

#[test]
fn changes_are_the_figures_that_differ() {
    let (before, mut after) = (sample().units, sample().units);
    assert_eq!(changes(&before, &after), []);
    let counts = after.get_mut(&unit("H53.7")).expect("unit");
    counts.insert(Measure::Offered, 14);
    counts.remove(&Measure::Delivered);
    after.remove(&unit("H53.7.1"));
    after.insert(unit("H54"), [(Measure::Held, 1)].into());
    let told: Vec<_> = changes(&before, &after)
        .into_iter()
        .map(|c| (c.unit.to_string(), c.measure.name(), c.before, c.after))
        .collect();
    let row = |unit: &str, measure: &str, before, after| {
        (unit.to_owned(), measure.to_owned(), before, after)
    };
    let expected = [
        row("H53.7", "offered", 12, 14),
        row("H53.7", "delivered", 30, 0),
        row("H53.7.1", "received", 30, 0),
        row("H54", "held", 0, 1),
    ];
    assert_eq!(told, expected);
}
