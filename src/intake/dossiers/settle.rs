//! What is done with what was handed in: what is kept, what is handed back, and whether the rest is complete.

use crate::dossier::{
    Answer, Content, Facts, Item, Offered, Outcome, Presented, Problem, Procedure, check,
};
use crate::model::LocalDay;
use crate::model::dossier::DossierItem;
use crate::model::event::PlainName;
use std::collections::BTreeSet;

/// The answer of the check, and what follows from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settled {
    /// As `dossier check` says it.
    pub answer: Answer,
    /// The day by which it was judged.
    pub day: LocalDay,
    /// Whether all that is asked for is there once what is surplus was handed back.
    pub complete: bool,
    /// Whether nothing is wrong but signatures that cannot be decided yet.
    pub undecided: bool,
    /// Places of what is surplus, and handed back.
    pub surplus: BTreeSet<usize>,
    /// Places of what is wrong, and of no use.
    pub wrong: BTreeSet<usize>,
}

/// Judges a set, and says what of it is kept. `held`: places of what was in order when it was handed in and waited at the
/// counter since: that its time ran out meanwhile is not asked of whoever handed it in.
#[must_use]
pub fn settle(
    procedure: &Procedure,
    day: LocalDay,
    facts: &Facts,
    offered: &[Offered],
    held: &BTreeSet<usize>,
) -> Settled {
    let answer = patient(procedure, day, facts, offered, held);
    let places = |surplus: bool| {
        let own = answer
            .items
            .iter()
            .filter(move |item| item.problem.is_surplus() == surplus);
        own.filter_map(|item| item.offered).collect::<BTreeSet<_>>()
    };
    let wrong = places(false);
    let more = more_copies(procedure, offered, &answer);
    let surplus: BTreeSet<usize> = places(true).difference(&more).copied().collect();
    let complete = match answer.outcome {
        Outcome::Complete => true,
        Outcome::Incomplete => false,
        Outcome::Surplus => {
            let (rest, held) = without(procedure, offered, &surplus, &more, held);
            let rest = patient(procedure, day, facts, &rest, &held);
            rest.outcome == Outcome::Complete
        }
    };
    let mut lacks = answer
        .items
        .iter()
        .filter(|item| !item.problem.is_surplus());
    let undecided = !complete && lacks.all(|item| item.problem == Problem::SignatureUndecided);
    Settled {
        answer,
        day,
        complete,
        undecided,
        surplus,
        wrong,
    }
}

fn patient(
    procedure: &Procedure,
    day: LocalDay,
    facts: &Facts,
    offered: &[Offered],
    held: &BTreeSet<usize>,
) -> Answer {
    let mut answer = check(
        procedure,
        &Presented {
            day,
            facts,
            offered,
        },
    );
    let waited = |item: &Item| item.offered.is_some_and(|place| held.contains(&place));
    answer
        .items
        .retain(|item| item.problem != Problem::OutOfDate || !waited(item));
    answer.outcome = match &answer.items[..] {
        [] => Outcome::Complete,
        items if items.iter().all(|item| item.problem.is_surplus()) => Outcome::Surplus,
        _ => Outcome::Incomplete,
    };
    answer
}

/// Paper of which there are more copies than are asked for: those beyond are handed back, and the others stay.
fn more_copies(procedure: &Procedure, offered: &[Offered], answer: &Answer) -> BTreeSet<usize> {
    let items = answer.items.iter();
    let items = items.filter(|item| item.problem == Problem::MoreThanAsked);
    let places = items.filter_map(|item| item.offered);
    let more = places.filter(|place| {
        offered.get(*place).is_some_and(|own| {
            matches!(own.content, Content::Paper { .. }) && own.copies > asked(procedure, own)
        })
    });
    let mut seen = BTreeSet::new();
    // A second one of what is asked for once goes back whole: only the first of each component stays.
    more.filter(|place| seen.insert(offered.get(*place).and_then(|own| own.component.clone())))
        .filter(|place| is_first(offered, *place, answer))
        .collect()
}

/// Whether no other one of its component is in order.
fn is_first(offered: &[Offered], place: usize, answer: &Answer) -> bool {
    let component = |at: usize| offered.get(at).and_then(|own| own.component.as_deref());
    let flagged = |at: usize| answer.items.iter().any(|item| item.offered == Some(at));
    let mut others = (0..offered.len()).filter(|at| *at != place);
    !others.any(|at| component(at) == component(place) && !flagged(at))
}

fn asked(procedure: &Procedure, offered: &Offered) -> u8 {
    let component = offered.component.as_deref();
    let component = component.and_then(|id| procedure.component(id));
    component.map_or(offered.copies, |component| component.copies)
}

fn without(
    procedure: &Procedure,
    offered: &[Offered],
    surplus: &BTreeSet<usize>,
    more: &BTreeSet<usize>,
    held: &BTreeSet<usize>,
) -> (Vec<Offered>, BTreeSet<usize>) {
    let (mut rest, mut still) = (Vec::new(), BTreeSet::new());
    for (place, own) in offered.iter().enumerate() {
        if surplus.contains(&place) {
            continue;
        }
        if held.contains(&place) {
            still.insert(rest.len());
        }
        let mut own = own.clone();
        if more.contains(&place) {
            own.copies = asked(procedure, &own);
        }
        rest.push(own);
    }
    (rest, still)
}

impl Settled {
    /// The differences in codes alone, as events have them.
    #[must_use]
    pub fn items(&self) -> Vec<DossierItem> {
        let name = |name: &Option<String>| name.as_deref().and_then(PlainName::parse);
        let item = |item: &Item| DossierItem {
            problem: item.problem,
            component: name(&item.component),
            offered: item.offered.and_then(|place| u16::try_from(place).ok()),
            fact: name(&item.fact),
            verdict: item.verdict,
            ground: item.ground,
        };
        self.answer.items.iter().map(item).collect()
    }
}
