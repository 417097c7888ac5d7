#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "small figures of tests"
)]

use super::*;
use crate::registry::{Channel, Details, Parts, Succession, SuccessionKind, Unit, UnitKind};

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).expect("code")
}

fn day(number: u64) -> LocalDay {
    let first = LocalDay::parse("2026-07-01").expect("day").number();
    LocalDay::from_number(first + i32::try_from(number).expect("few")).expect("day")
}

fn unit(code: &UnitCode) -> Unit {
    Unit {
        code: code.clone(),
        name: code.to_string(),
        kind: UnitKind::State,
        parent: None,
        channel: Channel::Pull,
        details: Details::default(),
    }
}

fn envelope(to: &[UnitCode]) -> Envelope {
    let recipients: Vec<String> = to.iter().map(|u| format!(r#"{{"unit":"{u}"}}"#)).collect();
    let text = format!(
        r#"{{"number":"1","notation":"A","promulgated":"2026-07-01","subject":"x",
        "recipients":[{}],"files":[{{"name":"a.pdf","role":"main"}}]}}"#,
        recipients.join(",")
    );
    Envelope::parse(text.as_bytes()).expect("envelope")
}

/// The same numbers for a seed for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn some(&mut self, all: &[UnitCode], most: u64) -> Vec<UnitCode> {
        let mut out: Vec<UnitCode> = Vec::new();
        for _ in 0..=self.below(most) {
            let place = usize::try_from(self.below(all.len() as u64)).expect("few");
            let one = &all[place];
            if !out.contains(one) {
                out.push(one.clone());
            }
        }
        out
    }

    fn change(&mut self, all: &[UnitCode]) -> Succession {
        let kinds = SuccessionKind::ALL;
        let kind = kinds[usize::try_from(self.below(kinds.len() as u64)).expect("few")];
        Succession {
            kind,
            on: day(self.below(12)),
            basis: "NQ".into(),
            from: self.some(all, 3),
            to: match kind {
                SuccessionKind::Abolish => Vec::new(),
                _ => self.some(all, 3),
            },
        }
    }
}

/// Every unit that a code leads to, and whether any way from it ends in nothing: read off the list of changes.
fn leads_to(changes: &[Succession], at: &UnitCode, today: LocalDay) -> (BTreeSet<UnitCode>, bool) {
    let ended = changes.iter().find(|c| {
        c.kind != SuccessionKind::Part && c.on <= today && c.from.contains(at) && !c.to.contains(at)
    });
    let Some(ended) = ended else {
        return (BTreeSet::from([at.clone()]), false);
    };
    let parts = changes
        .iter()
        .filter(|c| c.kind == SuccessionKind::Part && c.on == ended.on && c.from.contains(at));
    let next: BTreeSet<&UnitCode> = parts.flat_map(|c| &c.to).chain(&ended.to).collect();
    let (mut all, mut lost) = (BTreeSet::new(), next.is_empty());
    for unit in next {
        let (more, gone) = leads_to(changes, unit, today);
        all.extend(more);
        lost |= gone;
    }
    (all, lost)
}

#[test]
fn random_lineages_lead_where_the_list_of_changes_says() {
    let all: Vec<UnitCode> = (0..9).map(|n| code(&format!("H53.{n}"))).collect();
    let sender = &all[0];
    let (mut sent, mut redirected, mut refused, mut own) = (0, 0, 0, 0);
    for seed in 0..3_000_u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut changes: Vec<Succession> = Vec::new();
        let units = || all.iter().map(unit).collect();
        let mut registry = Registry::new(units(), Vec::new()).expect("registry");
        for _ in 0..8 {
            let mut more = changes.clone();
            more.push(chance.change(&all));
            let parts = Parts {
                units: units(),
                bindings: Vec::new(),
                changes: more.clone(),
            };
            if let Ok(taken) = Registry::of(parts) {
                (registry, changes) = (taken, more);
            }
        }
        let today = day(chance.below(14));
        let written = chance.some(&all[1..], 4);
        let found = addressed(&registry, sender, &envelope(&written), today);
        let each = written.iter().map(|w| leads_to(&changes, w, today));
        let each: Vec<_> = each.collect();
        let single = |(to, lost): &(BTreeSet<UnitCode>, bool)| to.len() == 1 && !lost;
        if each.iter().all(|e| single(e) && !e.0.contains(sender)) {
            let found = found.unwrap_or_else(|e| panic!("seed {seed}: {e:?} of {changes:?}"));
            let to: BTreeSet<_> = each.iter().flat_map(|(to, _)| to.clone()).collect();
            let got: BTreeSet<_> = found.recipients.iter().cloned().collect();
            assert_eq!(got, to, "seed {seed}");
            assert_eq!(got.len(), found.recipients.len(), "seed {seed}: each once");
            for (written, (to, _)) in written.iter().zip(&each) {
                let told = found.redirected.iter().find(|one| one.written == *written);
                let expected = to.first().filter(|to| *to != written);
                assert_eq!(told.map(|one| &one.to), expected, "seed {seed}");
            }
            sent += 1;
            redirected += usize::from(!found.redirected.is_empty());
        } else {
            let Err(OfferError::UnknownRecipients(why)) = found else {
                panic!("seed {seed}: {found:?} of {changes:?}");
            };
            for (place, code, why) in why {
                let (to, lost) = &each[place];
                assert_eq!(code, written[place], "seed {seed}");
                match why {
                    NoRecipient::Own(_) => {
                        assert!(single(&each[place]) && to.contains(sender), "seed {seed}");
                        own += 1;
                    }
                    NoRecipient::Ended(Standing::OneOf(told, _)) => {
                        assert_eq!(
                            &told.into_iter().collect::<BTreeSet<_>>(),
                            to,
                            "seed {seed}"
                        );
                        assert!(to.len() > 1 || *lost, "seed {seed}");
                    }
                    NoRecipient::Ended(Standing::Abolished(_)) => {
                        assert!(to.is_empty(), "seed {seed}");
                    }
                    other => panic!("seed {seed}: {other:?}"),
                }
            }
            refused += 1;
        }
    }
    let met = [sent, redirected, refused, own];
    assert!(met.iter().all(|n| *n > 20), "{met:?}");
}

#[test]
fn what_never_was_a_recipient_is_told_before_the_files_are_read() {
    let (old, new, alias) = (code("H53.1"), code("H53.2"), code("000.01.H53"));
    let mut known = unit(&new);
    known.details.aliases.push(alias.clone());
    let parts = Parts {
        units: vec![unit(&old), known],
        bindings: Vec::new(),
        changes: vec![Succession {
            kind: SuccessionKind::Abolish,
            on: day(0),
            basis: "NQ".into(),
            from: vec![old.clone()],
            to: Vec::new(),
        }],
    };
    let registry = Registry::of(parts).expect("registry");
    let wrong = never(
        &registry,
        &envelope(&[old, code("X"), alias, new.clone()]),
        day(1),
    );
    let wrong: Vec<_> = wrong
        .into_iter()
        .map(|(place, _, why)| (place, why))
        .collect();
    let expected = vec![(1, NoRecipient::Unknown), (2, NoRecipient::CodeOf(new))];
    assert_eq!(wrong, expected);
}
