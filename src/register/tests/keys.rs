//! Keys, gaps and conflicts.

use super::*;
use crate::register::conflicts::{Conflict, Known, conflicts};
use crate::register::gaps::{Numbers, Source};

fn folded(number: &str, notation: &str) -> Folded {
    let number = CodeNumber::parse(number).expect("a number");
    Folded::new(&number, &CodeNotation::parse(notation).expect("a notation"))
}

#[test]
fn what_people_write_now_so_now_so_is_one() {
    for (one, other) in [
        (("05", "QĐ-UBND"), ("5", "qđ – ubnd")),
        (("0", "QĐ"), ("000", "QĐ")),
        (("012A", "QĐ/TU"), ("12a", "QĐ/TU")),
        (("0x", "QĐ"), ("00X", "QĐ")),
    ] {
        assert_eq!(folded(one.0, one.1), folded(other.0, other.1));
    }
    assert_ne!(
        folded("5", "QĐ"),
        folded("5", "QD"),
        "marks tell notations apart"
    );
    assert_ne!(folded("5", "QĐ"), folded("50", "QĐ"));
    for (number, plain) in [
        ("012", Some(12)),
        ("12a", None),
        ("x", None),
        ("99999999999", Some(99_999_999_999)),
    ] {
        assert_eq!(folded(number, "QĐ").plain(), plain, "{number}");
    }
}

fn numbers(all: &[(&str, &str, Source)]) -> Numbers {
    let mut numbers = Numbers::default();
    for (number, notation, source) in all {
        let number = CodeNumber::parse(number).expect("a number");
        let notation = CodeNotation::parse(notation).expect("a notation");
        numbers.add(&number, &notation, *source);
    }
    numbers
}

#[test]
fn missing_numbers_are_ranges_and_the_rest_is_told_apart() {
    let (here, paper) = (Source::Document, Source::Register);
    let gaps = numbers(&[
        ("02", "QĐ-UBND", here),
        ("2", "QĐ-UBND", paper),
        ("3", "qđ-ubnd", paper),
        ("3", "QĐ-UBND", paper),
        ("7", "QĐ-UBND", here),
        ("1", "UBND-VP", here),
        ("12a", "UBND-VP", paper),
        ("0", "UBND-VP", paper),
    ])
    .gaps();
    let [first, second] = gaps.series.as_slice() else {
        panic!("{gaps:?}");
    };
    assert_eq!((first.known, first.last, first.missing), (3, 7, 4));
    assert_eq!(first.ranges, [1..=1, 4..=6]);
    // Once here and once in the register is the same document.
    assert_eq!(first.repeated, [3]);
    assert_eq!((second.missing, second.ranges.len()), (0, 0));
    assert_eq!(gaps.odd, [folded("0", "UBND-VP"), folded("12a", "UBND-VP")]);
    assert_eq!(gaps.more, 0);
}

#[test]
fn hostile_numbers_are_listed_up_to_a_bound() {
    let (mut numbers, notation) = (Numbers::default(), CodeNotation::parse("QĐ").expect("one"));
    let mut add = |number: &str| {
        let number = CodeNumber::parse(number).expect("a number");
        numbers.add(&number, &notation, Source::Register);
    };
    add("99999999999");
    for number in 1..=3_000u32 {
        add(&(number * 2).to_string());
    }
    let gaps = numbers.gaps();
    assert_eq!(gaps.series[0].ranges.len(), gaps::MAX_LISTED);
    assert_eq!(gaps.series[0].missing, 99_999_999_999 - 3_001);
    assert_eq!(gaps.more, 2_001);
}

#[test]
fn conflicts_are_named() {
    let (one, other) = (local_day("2026-11-01"), local_day("2026-11-02"));
    let known = |day, countable| Some(Known { day, countable });
    let (paper, electronic, both) = (SentBy::Paper, SentBy::Electronic, SentBy::Both);
    let (day, never, went) = (
        Conflict::Day,
        Conflict::NeverSeen,
        Conflict::WentElectronically,
    );
    for (channel, known, expected) in [
        (paper, None, vec![]),
        (electronic, None, vec![never]),
        (both, None, vec![never]),
        (paper, known(one, false), vec![]),
        (paper, known(one, true), vec![went]),
        (paper, known(other, true), vec![day, went]),
        (electronic, known(one, true), vec![]),
        (both, known(other, true), vec![day]),
    ] {
        assert_eq!(
            conflicts(one, channel, known),
            expected,
            "{channel:?} {known:?}"
        );
    }
}

#[test]
fn there_is_one_way_to_write_a_key() {
    for (number, notation, written) in [
        ("5", "qđ – ubnd", "05/QĐ-UBND"),
        ("005", "QĐ-UBND", "05/QĐ-UBND"),
        ("012", "stc-vp", "12/STC-VP"),
        ("05A", "qđ", "5a/QĐ"),
        ("0", "QĐ", "00/QĐ"),
    ] {
        let number = CodeNumber::parse(number).expect("number");
        let notation = CodeNotation::parse(notation).expect("notation");
        let folded = Folded::new(&number, &notation);
        let (number, notation) = folded.written().expect("a key");
        assert_eq!(
            format!("{}/{}", number.as_str(), notation.as_str()),
            written
        );
        // It is the same document.
        assert_eq!(Folded::new(&number, &notation), folded);
    }
}
