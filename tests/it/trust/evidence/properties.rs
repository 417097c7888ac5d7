//! The three properties, by every bit where that is affordable and by chance with kept seeds
//! elsewhere.

use super::scenarios::{self, Kind, Piece, Place, Scenario};
use super::strangers;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use std::sync::LazyLock;

static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(scenarios::all);
static STRANGERS: LazyLock<Vec<(Kind, Vec<u8>)>> = LazyLock::new(strangers::all);

fn config(cases: u32) -> Config {
    let kept = FileFailurePersistence::Direct("tests/it/trust/evidence/properties.seeds");
    Config {
        cases,
        failure_persistence: Some(Box::new(kept)),
        ..Config::default()
    }
}

#[test]
fn every_scenario_is_judged_as_intended() {
    let mut wrong = Vec::new();
    for scenario in SCENARIOS.iter() {
        let said = scenario.said();
        if said != scenario.expected {
            wrong.push(format!("{}: {said:?}", scenario.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What passes needs each of its pieces.
#[test]
fn without_any_one_piece_nothing_passes() {
    for scenario in SCENARIOS.iter().filter(|s| s.expected.is_none()) {
        for at in 0..scenario.pieces.len() {
            let mut less = scenario.clone();
            less.pieces.remove(at);
            // A delta that says nothing is not missed.
            let spared = scenario.name == "base and delta" && at == scenario.pieces.len() - 1;
            assert_eq!(
                less.said().is_none(),
                spared,
                "{} without {at}",
                scenario.name
            );
        }
    }
}

/// One bit of every octet of the signer's certificate and of every piece.
#[test]
fn no_flipped_bit_passes() {
    let passing = SCENARIOS.iter().filter(|s| s.expected.is_none());
    let mut wrong = Vec::new();
    for (number, scenario) in passing.enumerate() {
        // The signer, its authority and the root's list are much the same in all of them.
        let first = if number == 0 { 0 } else { 2 };
        let last = scenario.pieces.len() + usize::from(number == 0);
        for piece in first..last {
            // A delta that says nothing is not missed.
            if scenario.name == "base and delta" && piece + 1 == scenario.pieces.len() {
                continue;
            }
            let length = scenario
                .pieces
                .get(piece)
                .map_or(scenario.signer.len(), |p| p.der.len());
            // One bit of each octet; which one goes round with the octet.
            for at in 0..length {
                let flipped = flip(scenario, piece, at, u32::try_from(at % 8).expect("small"));
                if flipped.said().is_none() {
                    wrong.push(format!("{}: piece {piece}, octet {at}", scenario.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `piece` counts the pieces; the next number is the signer's certificate.
fn flip(scenario: &Scenario, piece: usize, at: usize, bit: u32) -> Scenario {
    let mut flipped = scenario.clone();
    let der = match flipped.pieces.get_mut(piece) {
        Some(piece) => &mut piece.der,
        None => &mut flipped.signer,
    };
    der[at] ^= 1 << bit;
    flipped
}

fn scenario() -> impl Strategy<Value = &'static Scenario> {
    (0..SCENARIOS.len()).prop_map(|at| &SCENARIOS[at])
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        Just(Place::Configured),
        Just(Place::Gathered),
        Just(Place::Supplied)
    ]
}

/// Each stranger alone, everywhere.
#[test]
fn no_stranger_changes_anything() {
    let mut wrong = Vec::new();
    for scenario in SCENARIOS.iter() {
        for (at, (kind, der)) in STRANGERS.iter().enumerate() {
            for place in [Place::Configured, Place::Gathered, Place::Supplied] {
                let mut more = scenario.clone();
                let (kind, der) = (*kind, der.clone());
                more.pieces.push(Piece { kind, place, der });
                let said = more.said();
                if said != scenario.expected {
                    wrong.push(format!(
                        "{}, {at} {kind:?} {place:?}: {said:?}",
                        scenario.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #![proptest_config(config(400))]

    /// Unrelated certificates, CRLs and responses change nothing, wherever they lie.
    #[test]
    fn strangers_change_nothing(
        scenario in scenario(),
        added in prop::collection::vec((0..STRANGERS.len(), place(), any::<prop::sample::Index>()), 1..12),
    ) {
        let mut more = scenario.clone();
        for (at, place, where_to) in added {
            let (kind, der) = STRANGERS[at].clone();
            let at = where_to.index(more.pieces.len() + 1);
            more.pieces.insert(at, Piece { kind, place, der });
        }
        prop_assert_eq!(more.said(), scenario.expected, "{}", scenario.name);
    }

    /// No order of what is given matters.
    #[test]
    fn order_never_matters(
        scenario in scenario(),
        added in prop::collection::vec((0..STRANGERS.len(), place()), 0..8),
        seed in any::<[u8; 32]>(),
    ) {
        let mut more = scenario.clone();
        more.pieces.extend(added.into_iter().map(|(at, place)| {
            let (kind, der) = STRANGERS[at].clone();
            Piece { kind, place, der }
        }));
        let before = more.said();
        // A permutation out of the seed.
        let mut keyed: Vec<(u8, Piece)> = seed.iter().copied().cycle().zip(more.pieces).collect();
        keyed.sort_by_key(|(key, _)| *key);
        more.pieces = keyed.into_iter().map(|(_, piece)| piece).collect();
        prop_assert_eq!(more.said(), before, "{}", scenario.name);
    }

    /// Bits flipped anywhere in what passes, up to two at a time. (What is refused because of a list
    /// may pass without it: that a list was withheld cannot be known.)
    #[test]
    fn flipped_bits_never_pass(
        scenario in scenario().prop_filter("passes", |s| s.expected.is_none()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..8u32), 1..3),
    ) {
        let mut flipped = scenario.clone();
        for (piece, at, bit) in flips {
            let piece = piece.index(flipped.pieces.len() + 1);
            let length = flipped.pieces.get(piece).map_or(flipped.signer.len(), |p| p.der.len());
            flipped = flip(&flipped, piece, at.index(length), bit);
        }
        let unchanged = flipped.signer == scenario.signer
            && flipped.pieces.iter().zip(&scenario.pieces).all(|(a, b)| a.der == b.der);
        let spared = scenario.name == "base and delta";
        prop_assert!(unchanged || spared || flipped.said().is_some(), "{}", scenario.name);
    }
}
