//! The whole table, cell by cell, against the page that people read; and what must hold of any table.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../docs/moves.md");

/// The rows of the first table after a heading, as trimmed cells.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, after) = PAGE.split_once(heading).expect("heading");
    let table = after.lines().skip_while(|line| !line.starts_with('|'));
    let lines = table.take_while(|line| line.starts_with('|')).skip(2);
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines.map(cells).collect()
}

fn actor(name: &str) -> Actor {
    Actor::from_name(name).unwrap_or_else(|| panic!("no actor {name:?}"))
}

fn named(name: &str) -> Move {
    Move::from_name(name).unwrap_or_else(|| panic!("no move {name:?}"))
}

#[test]
fn the_moves_that_need_a_reason_are_those_of_the_page() {
    let rows = rows("## Who makes which move");
    assert_eq!(rows.len(), Move::ALL.len());
    for row in rows {
        let says = row[3].contains("--reason");
        assert_eq!(named(row[0]).needs_reason(), says, "{row:?}");
    }
}

/// The states that a cell names: several where it says `*`.
fn standings(text: &str) -> Vec<Standing> {
    let (phase, asked) = text.split_once(" + ").unwrap_or((text, "nothing"));
    let asked = Asked::from_name(asked).unwrap_or_else(|| panic!("nothing asked: {text:?}"));
    let phases: Vec<&str> = if phase == "*" {
        let (_, list) = PAGE.split_once("of the states ").expect("list");
        let (list, _) = list.split_once(';').expect("list");
        list.split([',', ' ', '\n'])
            .filter(|w| *w != "and" && !w.is_empty())
            .collect()
    } else {
        vec![phase]
    };
    let of = |name: &&str| Phase::from_name(name).unwrap_or_else(|| panic!("no phase {name:?}"));
    phases
        .iter()
        .map(|name| Standing {
            phase: of(name),
            asked,
        })
        .collect()
}

fn list(cell: &'static str, mark: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split(mark)
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

struct Page {
    actors: BTreeMap<Move, BTreeSet<Actor>>,
    owners: BTreeMap<Standing, Option<Actor>>,
    cells: BTreeMap<(Standing, Move), Step>,
}

impl Page {
    fn read() -> Self {
        let mut page = Self {
            actors: BTreeMap::new(),
            owners: BTreeMap::new(),
            cells: BTreeMap::new(),
        };
        for row in rows("## Who makes which move") {
            let who = list(row[1], ",").map(actor).collect();
            let what = named(row[0]);
            assert!(page.actors.insert(what, who).is_none(), "{what} twice");
            assert_eq!(what.status().map_or("", Status::code), row[2], "{what}");
        }
        for row in rows("## What each move does") {
            for at in standings(row[0]) {
                page.row(at, &row);
            }
        }
        page
    }

    fn row(&mut self, at: Standing, row: &[&'static str]) {
        let owner = Some(row[1]).filter(|name| !name.is_empty()).map(actor);
        assert!(self.owners.insert(at, owner).is_none(), "{at:?} twice");
        for leads in list(row[2], ";") {
            let (what, to) = leads.split_once(" → ").expect("arrow");
            let to = standings(to);
            let to = to.iter().find(|to| to.phase == at.phase).unwrap_or(&to[0]);
            self.put(at, what, Step::To(*to));
        }
        list(row[3], ",").for_each(|what| self.put(at, what, Step::Again));
        list(row[4], ",").for_each(|what| self.put(at, what, Step::Behind));
    }

    fn put(&mut self, at: Standing, what: &str, step: Step) {
        let before = self.cells.insert((at, named(what)), step);
        assert_eq!(before, None, "{at:?} {what} twice");
    }
}

fn every() -> impl Iterator<Item = (Standing, Actor, Move)> {
    Standing::all().flat_map(|at| {
        Actor::ALL.iter().flat_map(move |by| {
            let by = *by;
            Move::ALL.iter().map(move |what| (at, by, *what))
        })
    })
}

#[test]
fn every_state_move_and_actor_is_as_the_page_says() {
    let page = Page::read();
    assert_eq!(page.actors.len(), Move::ALL.len(), "a move is missing");
    let states: BTreeSet<Standing> = Standing::all().collect();
    let shown: BTreeSet<Standing> = page.owners.keys().copied().collect();
    assert_eq!(states, shown);
    let mut cells = 0;
    for (at, by, what) in every() {
        let may = page.actors[&what].contains(&by);
        let cell = page.cells.get(&(at, what)).filter(|_| may);
        let expected = cell.copied().unwrap_or(Step::Impossible);
        assert_eq!(step(at, by, what), expected, "{at:?} {by} {what}");
        cells += 1;
    }
    assert_eq!(cells, states.len() * 4 * 16);
    for at in states {
        assert_eq!(at.owner(), page.owners[&at], "{at:?}");
    }
}

#[test]
fn a_move_made_twice_leads_on_once() {
    for (at, by, what) in every() {
        if let Step::To(next) = step(at, by, what) {
            assert!(Standing::all().any(|known| known == next), "{next:?}");
            assert_ne!(next, at, "{what} leads nowhere");
            let again = step(next, by, what);
            assert!(
                matches!(again, Step::Again | Step::Behind),
                "{at:?} {what} twice: {again:?}"
            );
        }
    }
}

#[test]
fn a_clock_can_end_what_the_gateway_owns_and_nothing_else() {
    for at in Standing::all() {
        let ends = [Move::Reject, Move::Expire].into_iter().any(|clock| {
            matches!(step(at, Actor::Gateway, clock), Step::To(next) if next.owner() != Some(Actor::Gateway))
        });
        assert_eq!(ends, at.owner() == Some(Actor::Gateway), "{at:?}");
    }
}

#[test]
fn whoever_has_the_turn_can_act_and_an_end_stays() {
    for at in Standing::all() {
        let leads = |by: &&Actor| !at.possible(**by).is_empty();
        if let Some(owner) = at.owner() {
            assert!(
                leads(&&owner),
                "{at:?} waits for {owner}, who can do nothing"
            );
        }
        // What is over is moved by its sender at most: by a recall, or by another document.
        if at.owner().is_none() {
            let others = Actor::ALL.iter().filter(|by| **by != Actor::Sender);
            assert_eq!(others.filter(leads).count(), 0, "{at:?}");
        }
    }
    let ends = |at: &Standing| Actor::ALL.iter().all(|by| at.possible(*by).is_empty());
    let ends: BTreeSet<Standing> = Standing::all().filter(ends).collect();
    let recalled = Standing::all().filter(|at| at.asked == Asked::RecallAgreed);
    let closed = [
        Phase::Rejected,
        Phase::TakenBack,
        Phase::SupersededUnfetched,
        Phase::GivenUp,
    ];
    let closed = closed.into_iter().map(Standing::from);
    assert_eq!(ends, closed.chain(recalled).collect());
}

#[test]
fn no_life_goes_on_for_ever_but_by_replays() {
    // Replays aside, what leads on never leads back: each state has a rank, and ranks fall.
    fn depth(at: Standing, seen: &mut Vec<Standing>) {
        assert!(!seen.contains(&at), "a circle: {seen:?}");
        seen.push(at);
        for by in Actor::ALL {
            for what in at.possible(*by) {
                if what != Move::Replay
                    && let Step::To(next) = step(at, *by, what)
                {
                    depth(next, seen);
                }
            }
        }
        seen.pop();
    }
    depth(Phase::Held.into(), &mut Vec::new());
}

#[test]
fn a_recall_is_never_undone_and_nothing_is_read_after_it() {
    for (at, by, what) in every() {
        if let Step::To(next) = step(at, by, what) {
            assert!(!at.is_recalled() || next.is_recalled(), "{at:?} {what}");
        }
    }
    let unread = [Phase::TakenBack, Phase::Expired, Phase::GivenUp];
    for at in Standing::all() {
        if at.is_recalled() || unread.contains(&at.phase) {
            assert!(!at.is_readable(), "{at:?}");
        }
    }
    assert!(Standing::from(Phase::Completed).is_readable());
}

#[test]
fn what_was_left_out_is_implied() {
    use Status::{Assigned, InProcess};
    let table: [(Phase, Move, &[Status]); 7] = [
        (Phase::Accepted, Move::Assign, &[]),
        (Phase::Accepted, Move::Work, &[Assigned]),
        (Phase::Accepted, Move::Complete, &[Assigned, InProcess]),
        (Phase::Assigned, Move::Work, &[]),
        (Phase::Assigned, Move::Complete, &[InProcess]),
        (Phase::InProcess, Move::Complete, &[]),
        (Phase::Arrived, Move::Accept, &[]),
    ];
    for (from, what, expected) in table {
        assert_eq!(implied(from, what), expected, "{from} {what}");
    }
}

#[test]
fn what_is_called_off_stays_so() {
    let mut withdrawn = BTreeSet::new();
    for (at, by, what) in every().filter(|(at, _, _)| at.is_called_off()) {
        assert!(!at.is_readable() || at.phase == Phase::Superseded, "{at:?}");
        withdrawn.insert(at.name());
        if let Step::To(next) = step(at, by, what) {
            assert!(next.is_called_off(), "{at:?} {what} → {next:?}");
        }
    }
    let all = [
        "given_up",
        "recall_agreed",
        "recall_declined",
        "recalled",
        "superseded",
        "superseded_unfetched",
        "taken_back",
    ];
    assert!(withdrawn.into_iter().eq(all));
}
