//! Every status × every move, and what may follow a state.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "small figures of tests"
)]

use super::*;
use crate::model::dossier::{
    DossierGround, DossierItem, DossierMove as Move, DossierNumber, DossierProblem,
    DossierStatus as Status, ProcedureCode, ProcedureRef,
};
use crate::model::event::{
    DossierEvent, DossierFile, DossierRef, DossierRegistered, ErasureCause, Event, PlainName,
    Presented, Recorded,
};
use crate::model::{Digest, DocumentId, Position, Timestamp, UnitCode};
use proptest::prelude::*;

/// Where each move leads from each status, in the order of their numbers; `=`: made already, `-`: impossible.
const TABLE: [(Status, [&str; 12]); 10] = {
    use Status as S;
    //                    take_in    refuse    supplement          complete  process fee paid extend stop withdraw finish return
    [
        (
            S::Registered,
            ["2", "3", "5", "-", "-", "-", "-", "-", "-", "7", "-", "-"],
        ),
        (
            S::TakenIn,
            ["=", "-", "5", "=", "4", "6", "-", "2", "8", "7", "-", "-"],
        ),
        (
            S::Refused,
            ["-", "=", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-"],
        ),
        (
            S::InProcess,
            ["-", "-", "5", "-", "=", "6", "=", "4", "8", "7", "9", "-"],
        ),
        (
            S::SupplementAsked,
            ["-", "3", "=", "2", "-", "-", "-", "-", "8", "7", "-", "-"],
        ),
        (
            S::FeeAsked,
            ["-", "-", "-", "-", "-", "=", "4", "6", "8", "7", "-", "-"],
        ),
        (
            S::Withdrawn,
            ["-", "-", "-", "-", "-", "-", "-", "-", "-", "=", "-", "-"],
        ),
        (
            S::Stopped,
            ["-", "-", "-", "-", "-", "-", "-", "-", "=", "-", "-", "-"],
        ),
        (
            S::Finished,
            ["-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "=", "10"],
        ),
        (
            S::Returned,
            ["-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "="],
        ),
    ]
};

#[test]
fn the_table_is_this_one() {
    assert_eq!(TABLE.map(|(status, _)| status), Status::ALL);
    for (status, row) in TABLE {
        for (what, cell) in Move::ALL.iter().zip(row) {
            let expected = match cell {
                "=" => Step::Again,
                "-" => Step::Impossible,
                to => Step::To(Status::from_number(to.parse().expect("number")).expect("one")),
            };
            assert_eq!(step(status, *what), expected, "{status} {what}");
        }
        // Nothing leads out of what is over, and something out of everything else.
        assert_eq!(possible(status).is_empty(), status.is_over(), "{status}");
    }
}

/// The page for the counter officer, with the same table.
const PAGE: &str = include_str!("../../../docs/dossiers.md");

#[test]
fn the_page_shows_the_same_moves() {
    for (status, _) in TABLE {
        let named = format!("(`{}`)", status.name());
        let row = PAGE
            .lines()
            .find(|line| line.starts_with("| ") && line.contains(&named));
        let cells = row
            .unwrap_or_else(|| panic!("{status} is not on the page"))
            .split('|');
        let cell = cells.rev().nth(1).expect("a cell");
        let shown: std::collections::BTreeSet<&str> = cell.split('`').skip(1).step_by(2).collect();
        // What was only registered is taken in by `complete`, too.
        let command = |what: &Move| match *what == Move::TakeIn {
            true => "complete",
            false => what.name(),
        };
        let expected = possible(status).iter().map(command).collect();
        assert_eq!(shown, expected, "{status}");
    }
}

fn number() -> DossierNumber {
    DossierNumber {
        agency: UnitCode::parse("H53.7").expect("code"),
        day: Timestamp(1_796_000_000_000).local_day(),
        place: 1,
    }
}

fn record(n: u64, event: Event) -> Recorded {
    Recorded {
        position: Position(n),
        at: Timestamp(1_796_000_000_000).plus_secs(i64::try_from(n).expect("small")),
        hash: Digest::of(&n.to_le_bytes()),
        event,
    }
}

fn item(component: &str) -> DossierItem {
    DossierItem {
        problem: DossierProblem::Missing,
        component: PlainName::parse(component),
        offered: None,
        fact: None,
        verdict: None,
        ground: DossierGround::PublishedList,
    }
}

fn presented(n: u8) -> Presented {
    Presented {
        words: Digest([n; 32]),
        files: vec![DossierFile {
            offered: 0,
            digest: Digest([100; 32]),
            size: 12,
        }],
    }
}

fn begun(status: Status) -> DossierState {
    let asked = status == Status::SupplementAsked;
    let registered = DossierRegistered {
        of: DossierRef {
            dossier: DocumentId::new(Timestamp(1), [1; 10]),
            agency: number().agency,
            procedure: ProcedureRef {
                code: ProcedureCode::parse("1.001193").expect("code"),
                version: 1,
            },
        },
        number: number(),
        request: Digest([1; 32]),
        content: Digest([2; 32]),
        status,
        received: Timestamp(1_796_000_000_000),
        presented: presented(1),
        items: asked.then(|| item("to-khai")).into_iter().collect(),
        due: (status == Status::TakenIn).then_some(Timestamp(1_796_500_000_000)),
        rules: Digest([3; 32]),
        note: None,
    };
    let event = Event::Dossier(Box::new(DossierEvent::Registered(registered)));
    fold(None, &record(1, event)).expect("a dossier")
}

/// Does something, and says whether anything was written.
fn make(state: &mut DossierState, command: &Command) -> Result<bool, Impossible> {
    match decide(state, command)? {
        Err(Again) => Ok(false),
        Ok(event) => {
            let next = record(state.version.0 + 1, event);
            *state = fold(Some(state.clone()), &next).expect("a dossier");
            Ok(true)
        }
    }
}

fn ask(component: &str, ground: Option<Digest>) -> Command {
    Command::Ask {
        items: vec![item(component)],
        ground,
        note: None,
    }
}

fn complete(n: u8) -> Command {
    Command::Complete {
        received: Timestamp(1_796_100_000_000),
        presented: presented(n),
        items: Vec::new(),
        due: Timestamp(1_796_600_000_000),
        rules: Digest([3; 32]),
        note: Some(Digest([n; 32])),
    }
}

fn plain(what: Move) -> Command {
    Command::Move { what, note: None }
}

#[test]
fn a_supplement_is_asked_for_once_and_again_only_with_a_ground() {
    let mut state = begun(Status::SupplementAsked);
    assert_eq!((state.requests, state.taken, state.due), (1, None, None));
    assert_eq!(state.open_items().len(), 1);
    // The same again harms nothing; another one does not go before the first is answered.
    assert_eq!(make(&mut state, &ask("to-khai", None)), Ok(false));
    let other = make(&mut state, &ask("khac", Some(Digest([9; 32]))));
    assert!(matches!(other, Err(Impossible::Move { .. })), "{other:?}");
    assert_eq!(make(&mut state, &complete(2)), Ok(true));
    assert_eq!(state.status, Status::TakenIn);
    assert_eq!(state.taken, Some(Timestamp(1_796_100_000_000)));
    assert_eq!(state.due, Some(Timestamp(1_796_600_000_000)));
    assert_eq!(state.presented(), Some(&presented(2)));
    // NĐ 61/2018/NĐ-CP Điều 17 khoản 2 điểm a: once and completely.
    assert_eq!(
        make(&mut state, &ask("khac", None)),
        Err(Impossible::NeedsGround(1))
    );
    assert_eq!(
        make(&mut state, &ask("khac", Some(Digest([9; 32])))),
        Ok(true)
    );
    assert_eq!((state.requests, state.due), (2, None));
    assert_eq!(make(&mut state, &complete(3)), Ok(true));
    let nothing = Command::Ask {
        items: Vec::new(),
        ground: Some(Digest([9; 32])),
        note: None,
    };
    assert_eq!(make(&mut state, &nothing), Err(Impossible::Nothing));
}

#[test]
fn there_is_another_appointment_at_most_once() {
    let mut state = begun(Status::TakenIn);
    let to = |due| Command::Reschedule {
        due: Timestamp(due),
        note: Some(Digest([4; 32])),
    };
    let before = state.due.expect("an appointment");
    assert_eq!(
        make(&mut state, &to(before.0)),
        Err(Impossible::NotLater(before))
    );
    assert_eq!(make(&mut state, &to(before.0 + 1)), Ok(true));
    assert_eq!(
        (state.status, state.due_before),
        (Status::TakenIn, Some(before))
    );
    assert_eq!(make(&mut state, &to(before.0 + 1)), Ok(false));
    // NĐ 61/2018/NĐ-CP Điều 19 khoản 9.
    assert_eq!(
        make(&mut state, &to(before.0 + 2)),
        Err(Impossible::RescheduledBefore)
    );
}

#[test]
fn a_repeat_harms_nothing_and_what_was_not_done_is_not_said_to_be() {
    let mut state = begun(Status::TakenIn);
    assert_eq!(make(&mut state, &plain(Move::Process)), Ok(true));
    assert_eq!(make(&mut state, &plain(Move::Process)), Ok(false));
    // It is in process, and nobody paid.
    assert!(matches!(
        make(&mut state, &plain(Move::Pay)),
        Err(Impossible::Move { .. })
    ));
    assert_eq!(make(&mut state, &plain(Move::AskFee)), Ok(true));
    assert_eq!(make(&mut state, &plain(Move::Pay)), Ok(true));
    assert_eq!(make(&mut state, &plain(Move::Pay)), Ok(false));
    assert_eq!(make(&mut state, &plain(Move::Finish)), Ok(true));
    assert_eq!(make(&mut state, &plain(Move::Return)), Ok(true));
    let over = make(&mut state, &plain(Move::Withdraw));
    let at = Status::Returned;
    let possible = Vec::new();
    assert_eq!(over, Err(Impossible::Move { at, possible }));
    assert!(state.finished().is_some());
    // Moves with commands of their own are not made without what they say.
    let mut state = begun(Status::Registered);
    assert!(matches!(
        make(&mut state, &plain(Move::TakeIn)),
        Err(Impossible::Move { .. })
    ));
}

#[test]
fn what_is_erased_is_erased_once() {
    let mut state = begun(Status::TakenIn);
    let bodies = state.bodies();
    assert_eq!(bodies, [Digest([1; 32]), Digest([100; 32])]);
    let erase = |bodies: Vec<Digest>| Command::Erase {
        bodies,
        cause: ErasureCause::Order,
        basis: Some(Digest([7; 32])),
        actor: None,
    };
    assert_eq!(make(&mut state, &erase(vec![Digest([55; 32])])), Ok(false));
    assert_eq!(make(&mut state, &erase(bodies.clone())), Ok(true));
    assert_eq!(make(&mut state, &erase(bodies.clone())), Ok(false));
    assert!(bodies.iter().all(|body| state.is_erased(body)));
    // By what right it was done is not content.
    assert_eq!(state.bodies(), bodies);
    assert_eq!(
        (state.status, state.version),
        (Status::TakenIn, Position(2))
    );
}

fn any_command() -> impl Strategy<Value = Command> {
    let moves = (0..Move::ALL.len()).prop_map(|n| plain(Move::ALL[n]));
    prop_oneof![
        4 => moves,
        2 => (any::<bool>(), 0..3u8).prop_map(|(ground, n)| {
            ask(&format!("c{n}"), ground.then_some(Digest([9; 32])))
        }),
        2 => (1..9u8).prop_map(complete),
        1 => (0..3i64).prop_map(|n| Command::Reschedule {
            due: Timestamp(1_796_700_000_000 + n),
            note: None,
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_tried_a_life_keeps_its_rules(
        begins in 0..4usize,
        commands in proptest::collection::vec(any_command(), 0..40),
    ) {
        let all = [Status::Registered, Status::TakenIn, Status::Refused, Status::SupplementAsked];
        let mut state = begun(all[begins]);
        let mut reschedules = 0;
        for command in commands {
            let before = state.clone();
            let written = make(&mut state, &command);
            match written {
                Ok(true) => {
                    prop_assert_eq!(state.timeline.len(), before.timeline.len() + 1);
                    let entry = state.timeline.last().expect("an entry");
                    let what = entry.what.expect("a move");
                    prop_assert_eq!(step(before.status, what), Step::To(state.status));
                    reschedules += usize::from(what == Move::Reschedule);
                    // A further request has a ground.
                    let grounded = entry.ground.is_some() || before.requests == 0;
                    prop_assert!(what != Move::AskSupplement || grounded);
                    prop_assert!(!before.status.is_over());
                    // The same once more changes nothing, or is refused.
                    let mut again = state.clone();
                    if let Ok(true) = make(&mut again, &command) {
                        prop_assert!(step(state.status, what) == Step::To(state.status) || what == Move::AskSupplement);
                    }
                }
                Ok(false) | Err(_) => prop_assert_eq!(&state, &before),
            }
            // There is an appointment exactly where somebody works on it, or did.
            let works = matches!(state.status, Status::TakenIn | Status::InProcess | Status::FeeAsked | Status::Finished | Status::Returned);
            prop_assert!(!works || state.due.is_some());
            prop_assert!(state.status != Status::SupplementAsked || (state.due.is_none() && !state.open_items().is_empty()));
        }
        prop_assert!(reschedules <= 1);
        let asked = state.timeline.iter().filter(|e| e.what == Some(Move::AskSupplement)).count();
        prop_assert_eq!(usize::from(state.requests), asked);
    }
}
