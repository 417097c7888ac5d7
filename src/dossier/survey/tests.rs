#![allow(clippy::arithmetic_side_effects, reason = "small figures of tests")]

use super::*;
use crate::model::dossier::ProcedureCode;
use crate::model::event::SurveyGroup;
use crate::model::survey::{SURVEY_QUESTIONS, SurveyAnswers, SurveyQuestion, SurveyStep};
use crate::model::{LocalDay, Period, UnitCode};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn period(text: &str) -> Period {
    Period::parse(text).expect("a period")
}

fn group(procedure: &str, month: &str) -> SurveyGroup {
    SurveyGroup {
        agency: UnitCode::parse("H53.7.1").expect("a code"),
        procedure: ProcedureCode::parse(procedure).expect("a code"),
        month: period(month),
    }
}

fn answers(steps: [u16; SURVEY_QUESTIONS]) -> SurveyAnswers {
    SurveyAnswers::new(steps.map(SurveyStep::from_number)).expect("an answer")
}

fn tally(count: u64) -> Tally {
    let mut tally = Tally::default();
    (0..count).for_each(|_| tally.add(&answers([5, 4, 3, 2, 0])));
    tally
}

fn shown(rows: &[(&str, &str, u64)], of: &str) -> Vec<(Option<String>, Option<u64>)> {
    let rows = rows.iter().map(|(p, m, n)| (group(p, m), tally(*n)));
    let asked = Asked {
        span: Span::of(period(of)).expect("a span"),
        agency: None,
    };
    let rows: BTreeMap<SurveyGroup, Tally> = rows.collect();
    let all = results(&rows, &asked).into_iter().map(|row| {
        let procedure = row.procedure.map(|own| own.to_string());
        (procedure, row.tally.map(|own| own.answers))
    });
    all.collect()
}

#[test]
fn nothing_is_shown_of_fewer_than_five_and_the_rest_stands_together() {
    let own = |code: &str, n| (Some(code.to_owned()), Some(n));
    let rest = |n| (None, n);
    for (rows, of, expected) in [
        (vec![("1.1", "2026-11", 4)], "2026-11", vec![rest(None)]),
        (vec![("1.1", "2026-11", 5)], "2026-11", vec![own("1.1", 5)]),
        (
            vec![("1.1", "2026-11", 9), ("1.2", "2026-11", 2)],
            "2026-11",
            vec![own("1.1", 9), rest(None)],
        ),
        (
            vec![("1.1", "2026-11", 3), ("1.2", "2026-11", 2)],
            "2026-11",
            vec![rest(Some(5))],
        ),
        // Another month's answers are no part of it.
        (
            vec![("1.1", "2026-11", 5), ("1.1", "2026-10", 9)],
            "2026-11",
            vec![own("1.1", 5)],
        ),
        // A year less the months that are shown would be the one that is not.
        (
            vec![("1.1", "2026-10", 9), ("1.1", "2026-11", 2)],
            "2026",
            vec![own("1.1", 9)],
        ),
        (
            vec![
                ("1.1", "2026-09", 3),
                ("1.1", "2026-10", 9),
                ("1.1", "2026-11", 2),
            ],
            "2026",
            vec![own("1.1", 14)],
        ),
        (vec![], "2026", vec![]),
    ] {
        assert_eq!(shown(&rows, of), expected, "{rows:?} in {of}");
    }
}

#[test]
fn figures_are_of_months_and_calendar_years_only() {
    for (text, good) in [
        ("2026-11", true),
        ("2026", true),
        ("2026-Q4", false),
        ("2026-11-24", false),
    ] {
        let period = Period::parse(text);
        assert_eq!(period.and_then(Span::of).is_some(), good, "{text}");
    }
}

#[test]
fn a_share_is_of_those_who_answered_the_question() {
    let mut tally = tally(6);
    tally.add(&answers([1, 0, 0, 0, 0]));
    let shares: Vec<_> = tally.shares().map(|(_, share)| share).collect();
    let share = |satisfied, answered| Share {
        satisfied,
        answered,
    };
    assert_eq!(
        shares,
        [
            share(6, 7),
            share(6, 6),
            share(0, 6),
            share(0, 6),
            share(0, 0)
        ]
    );
    assert_eq!(shares[0].per_mille(), Some(857));
    assert_eq!(shares[1].per_mille(), Some(1000));
    assert_eq!(shares[4].per_mille(), None);
    assert_eq!(share(4, 4).per_mille(), None);
    assert_eq!(tally.answers, 7);
}

#[test]
fn a_code_is_read_as_people_write_it_and_says_nothing_when_it_is_logged() {
    let code = Code::new([0xff, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0]);
    let text = code.to_string();
    assert_eq!((text.len(), text.matches('-').count()), (19, 3), "{text}");
    for written in [
        text.clone(),
        text.to_lowercase(),
        text.replace('-', " "),
        text.replace('0', "o").replace('1', "l"),
        format!("  {}  ", text.replace('-', "")),
    ] {
        assert_eq!(Code::parse(&written), Some(code.clone()), "{written}");
    }
    for wrong in [
        "",
        "ZZZZ",
        "7K2M-9QXA-4WTN-C3RU",
        "7K2M-9QXA-4WTN-C3R",
        "7K2M-9QXA-4WTN-C3RDD",
        "ế",
    ] {
        assert_eq!(Code::parse(wrong), None, "{wrong}");
    }
    assert_eq!(format!("{code:?}"), "Code(..)");
}

#[test]
fn a_code_is_good_for_sixty_days_after_its_month() {
    let day = |text| LocalDay::parse(text).expect("a day");
    assert!(is_open(period("2026-11"), day("2026-11-01")));
    assert!(is_open(period("2026-11"), day("2027-01-29")));
    assert!(!is_open(period("2026-11"), day("2027-01-30")));
}

const HEADING: &str = "code,guidance,attitude,papers,time,outcome\n";

#[test]
fn answers_on_paper_are_read_whole_or_not_at_all() {
    let good =
        format!("\u{feff}{HEADING}7K2M-9QXA-4WTN-C3RD,5,4,,3,5\r\n\n7K2M9QXA4WTNC3RE;1;;;;\n");
    let papers = parse(good.as_bytes()).expect("good");
    assert_eq!(papers.len(), 2);
    assert_eq!((papers[0].line, papers[1].line), (2, 4));
    assert_eq!(papers[0].answers, answers([5, 4, 0, 3, 5]));
    assert_ne!(papers[0].code, papers[1].code);
    let question = SurveyQuestion::ALL[1];
    for (line, mistake) in [
        (
            "7K2M-9QXA-4WTN-C3RD,5,4,5,3",
            PaperMistake::Cells { found: 5 },
        ),
        ("7K2M-9QXA-4WTN-C3R,5,4,5,3,1", PaperMistake::Code),
        (
            "7K2M-9QXA-4WTN-C3RD,5,6,5,3,1",
            PaperMistake::Answer(question),
        ),
        (
            "7K2M-9QXA-4WTN-C3RD,5,-1,5,3,1",
            PaperMistake::Answer(question),
        ),
        (
            "7K2M-9QXA-4WTN-C3RD,5,=1+1,5,3,1",
            PaperMistake::Answer(question),
        ),
        ("7K2M-9QXA-4WTN-C3RD,,,,,", PaperMistake::Nothing),
    ] {
        let file = format!("{HEADING}7K2M-9QXA-4WTN-C3RE,1,1,1,1,1\n{line}\n");
        assert_eq!(
            parse(file.as_bytes()),
            Err(PaperError::Lines(vec![(3, mistake)])),
            "{line}"
        );
    }
    let twice = format!("{HEADING}7K2M-9QXA-4WTN-C3RE,1,,,,\n7k2m 9qxa 4wtn c3re,2,,,,\n");
    let mistake = vec![(3, PaperMistake::Twice(2))];
    assert_eq!(parse(twice.as_bytes()), Err(PaperError::Lines(mistake)));
    for wrong in ["", "code\n", "7K2M-9QXA-4WTN-C3RE,1,1,1,1,1\n"] {
        assert_eq!(parse(wrong.as_bytes()), Err(PaperError::Heading), "{wrong}");
    }
    assert_eq!(parse(b"\xff"), Err(PaperError::Text));
    let many = format!("{HEADING}{}", "x\n".repeat(MAX_PAPERS + 1));
    assert_eq!(parse(many.as_bytes()), Err(PaperError::TooLong));
}

proptest! {
    #[test]
    fn codes_are_written_and_read_alike_and_differ(one: [u8; CODE_BYTES], other: [u8; CODE_BYTES]) {
        let code = Code::new(one);
        prop_assert_eq!(Code::parse(&code.to_string()), Some(code.clone()));
        prop_assert_eq!(code.digest() == Code::new(other).digest(), one == other);
    }

    #[test]
    fn what_is_shown_of_a_year_less_its_months_is_never_of_fewer_than_five(
        counts in proptest::collection::vec((0_u8..4, 1_u8..=12, 0_u64..9), 0..40)
    ) {
        let mut rows = BTreeMap::new();
        for (procedure, month, count) in counts {
            let group = group(&format!("1.{procedure}"), &format!("2026-{month:02}"));
            rows.insert(group, tally(count));
        }
        rows.retain(|_, tally| tally.answers > 0);
        let of = |text: &str| {
            let span = Span::of(period(text)).expect("a span");
            results(&rows, &Asked { span, agency: None })
        };
        let year = of("2026");
        let months: Vec<Vec<Shown>> = (1..=12).map(|m| of(&format!("2026-{m:02}"))).collect();
        for row in year.iter().chain(months.iter().flatten()) {
            prop_assert!(row.tally.is_none_or(|own| own.answers >= SMALLEST));
        }
        let procedures: BTreeSet<_> = rows.keys().map(|group| group.procedure.clone()).collect();
        for procedure in procedures {
            let answers = |all: &[Shown]| {
                let own = all.iter().find(|row| row.procedure.as_ref() == Some(&procedure));
                own.and_then(|row| row.tally).map(|own| own.answers)
            };
            let Some(whole) = answers(&year) else { continue };
            let known: u64 = months.iter().filter_map(|month| answers(month)).sum();
            let hidden = whole - known;
            prop_assert!(hidden == 0 || hidden >= SMALLEST, "{hidden}");
        }
    }
}
