//! Whether what was handed in is exactly what the published list asks for, and if not, how it differs.
//!
//! The answer hangs on the set: neither on the order of what was handed in nor on the names of files.

use super::condition::Facts;
use super::procedure::{Component, Form, Procedure, SignedBy};
pub use crate::model::dossier::{DossierGround as Ground, DossierProblem as Problem};
use crate::model::indication::words;
use crate::model::{Digest, Indication, LocalDay, SubIndication};
use crate::policy::SignedFile;
use std::collections::{BTreeMap, BTreeSet};

/// The most that is handed in at once: the longest published lists have some thirty components.
pub const MAX_OFFERED: usize = 500;

/// What is known of the content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Content {
    /// Paper; `signed`: whether the counter saw the signature that is asked for.
    Paper {
        /// It did.
        signed: bool,
    },
    /// A file.
    File {
        /// Its SHA-256.
        digest: Digest,
        /// Its signatures; `None`: it cannot be read.
        signatures: Option<SignedFile>,
    },
}

/// One thing that was handed in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Offered {
    /// Which component it is, as whoever handed it in said.
    pub component: Option<String>,
    /// Its form.
    pub form: Form,
    /// How many copies; a file is one.
    pub copies: u8,
    /// The code of the template it is on, where that was said.
    pub template: Option<String>,
    /// When it was issued.
    pub issued: Option<LocalDay>,
    /// The content.
    pub content: Content,
}

/// What was handed in, and with what declared.
#[derive(Clone, Debug)]
pub struct Presented<'a> {
    /// The day by which everything is judged.
    pub day: LocalDay,
    /// What was declared.
    pub facts: &'a Facts,
    /// What was handed in.
    pub offered: &'a [Offered],
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What is wrong.
    pub problem: Problem,
    /// The component, where it is one of the list.
    pub component: Option<String>,
    /// Which of what was handed in, by its place there.
    pub offered: Option<usize>,
    /// The fact that is not declared.
    pub fact: Option<String>,
    /// What the signatures' worst is, where they are meant.
    pub verdict: Option<(Indication, Option<SubIndication>)>,
    /// On which ground.
    pub ground: Ground,
}

words! {
    /// What a check says of the set.
    Outcome {
        /// Exactly what is asked for.
        Complete = 1 "complete",
        /// All that is asked for, and more: the rest is handed back.
        Surplus = 2 "surplus",
        /// Something is to be supplemented.
        Incomplete = 3 "incomplete",
    }
}

/// What a check says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Of the set.
    pub outcome: Outcome,
    /// The differences, in the order of the published list; what is on no list comes last.
    pub items: Vec<Item>,
    /// The ids of the components that are asked for in this case.
    pub asked: Vec<String>,
}

/// Holds what was handed in against the published list.
#[must_use]
pub fn check(procedure: &Procedure, presented: &Presented<'_>) -> Answer {
    let mut checked = Checked {
        procedure,
        presented,
        items: Vec::new(),
        by_component: BTreeMap::new(),
    };
    checked.sort_out();
    let asks: Vec<Option<bool>> = procedure
        .components
        .iter()
        .map(|component| procedure.asks(component, presented.facts))
        .collect();
    for (component, asks) in procedure.components.iter().zip(&asks) {
        checked.component(component, *asks);
    }
    let asked = procedure.components.iter().zip(&asks);
    let asked = asked.filter(|(_, asks)| **asks == Some(true));
    Answer {
        asked: asked.map(|(component, _)| component.id.clone()).collect(),
        outcome: outcome(&checked.items),
        items: checked.in_order(),
    }
}

fn outcome(items: &[Item]) -> Outcome {
    if items.is_empty() {
        Outcome::Complete
    } else if items.iter().all(|item| item.problem.is_surplus()) {
        Outcome::Surplus
    } else {
        Outcome::Incomplete
    }
}

struct Checked<'a> {
    procedure: &'a Procedure,
    presented: &'a Presented<'a>,
    items: Vec<Item>,
    /// What was handed in for each component, by places, in an order that hangs on the content alone.
    by_component: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Checked<'a> {
    /// Each thing to its component; what has none, and the same file again, is surplus.
    fn sort_out(&mut self) {
        let presented = self.presented;
        let mut order: Vec<(usize, &Offered)> = presented.offered.iter().enumerate().collect();
        order.sort_by_key(|(place, offered)| (*offered, *place));
        let mut seen = BTreeSet::new();
        for (place, offered) in order {
            let known = offered.component.as_deref();
            let known = known.and_then(|id| self.procedure.component(id));
            let Some(known) = known else {
                self.put(
                    Problem::NotOnTheList,
                    None,
                    Some(place),
                    Ground::NothingBeyond,
                );
                continue;
            };
            let again = match offered.content {
                Content::File { digest, .. } => !seen.insert(digest),
                Content::Paper { .. } => false,
            };
            if again {
                self.put(
                    Problem::Duplicate,
                    Some(known),
                    Some(place),
                    Ground::NothingBeyond,
                );
            } else {
                let all = self.by_component.entry(known.id.as_str()).or_default();
                all.push(place);
            }
        }
    }

    fn put(
        &mut self,
        problem: Problem,
        component: Option<&Component>,
        place: Option<usize>,
        ground: Ground,
    ) {
        self.items.push(item(problem, component, place, ground));
    }

    fn component(&mut self, component: &'a Component, asks: Option<bool>) {
        let places = self.places(component).to_vec();
        let all = |items: &mut Vec<Item>, problem, ground| {
            let of = |place: &usize| item(problem, Some(component), Some(*place), ground);
            items.extend(places.iter().map(of));
        };
        match (asks, &component.in_database) {
            (None, _) => self.facts_missing(component),
            (Some(false), Some(_)) => {
                let ground = match databases_rule(self.presented.day) {
                    true => Ground::PublishedDatabase,
                    false => Ground::NothingBeyond,
                };
                return all(&mut self.items, Problem::InDatabase, ground);
            }
            (Some(false), None) => {
                let ground = Ground::NothingBeyond;
                return all(&mut self.items, Problem::NotInThisCase, ground);
            }
            (Some(true), _) => {}
        }
        let chosen = self.chosen(component);
        let other = chosen.is_some_and(|chosen| chosen.id != component.id);
        if other {
            let ground = Ground::NothingBeyond;
            return all(&mut self.items, Problem::OtherAlternative, ground);
        }
        if places.is_empty() && asks == Some(true) && self.is_told_of(component) {
            let ground = Ground::PublishedList;
            self.put(Problem::Missing, Some(component), None, ground);
        }
        let faults = self.faults(component);
        self.items.extend(faults);
    }

    /// The facts that have to be declared before anybody can say whether it is asked for.
    fn facts_missing(&mut self, component: &Component) {
        let procedure = self.procedure;
        let facts = component.when.as_ref().map(|when| procedure.facts_of(when));
        for fact in facts.unwrap_or_default() {
            let known = self.presented.facts.contains_key(fact);
            let mut told = self.items.iter();
            if !known && !told.any(|item| item.fact.as_deref() == Some(fact)) {
                let (problem, ground) = (Problem::FactNotDeclared, Ground::PublishedList);
                self.items.push(Item {
                    fact: Some(fact.to_owned()),
                    ..item(problem, Some(component), None, ground)
                });
            }
        }
    }

    fn places(&self, component: &Component) -> &[usize] {
        let places = self.by_component.get(component.id.as_str());
        places.map(Vec::as_slice).unwrap_or_default()
    }

    /// The alternatives of a component that are asked for in this case, itself among them, in the order of the list.
    fn alternatives(&self, component: &Component) -> Vec<&'a Component> {
        let Some(group) = &component.one_of else {
            return Vec::new();
        };
        let all = self.procedure.components.iter();
        let same = all.filter(|other| other.one_of.as_ref() == Some(group));
        let facts = self.presented.facts;
        same.filter(|other| self.procedure.asks(other, facts) == Some(true))
            .collect()
    }

    /// The alternative that stands for all: the first that is there without a fault, else the first that is there.
    fn chosen(&self, component: &Component) -> Option<&'a Component> {
        let mut there = self.alternatives(component);
        there.retain(|own| !self.places(own).is_empty());
        let good = there.iter().find(|own| self.faults(own).is_empty());
        good.or_else(|| there.first()).copied()
    }

    /// That no alternative is there is told once, at the first.
    fn is_told_of(&self, component: &Component) -> bool {
        let all = self.alternatives(component);
        all.first().is_none_or(|first| first.id == component.id)
    }

    /// What is wrong with what is there of a component.
    fn faults(&self, component: &Component) -> Vec<Item> {
        let places = self.places(component);
        let offered = self.presented.offered;
        let there = places
            .iter()
            .filter_map(|at| Some((*at, offered.get(*at)?)));
        let mut faults = Vec::new();
        for (nth, (place, offered)) in there.enumerate() {
            let mut put = |problem, verdict, ground| {
                faults.push(Item {
                    verdict,
                    ..item(problem, Some(component), Some(place), ground)
                });
            };
            if nth > 0 && !component.several {
                put(Problem::MoreThanAsked, None, Ground::NothingBeyond);
                continue;
            }
            let list = [
                copies(component, offered),
                in_form(component, offered),
                dated(component, offered, self.presented.day),
            ];
            for problem in list.into_iter().flatten() {
                let ground = match problem.is_surplus() {
                    true => Ground::NothingBeyond,
                    false => Ground::PublishedList,
                };
                put(problem, None, ground);
            }
            if let Some((problem, verdict, ground)) = content(component, offered) {
                put(problem, verdict, ground);
            }
        }
        faults
    }

    fn in_order(self) -> Vec<Item> {
        let place = |item: &Item| {
            let own = item.component.as_ref();
            let all = &self.procedure.components;
            let found = own.and_then(|id| all.iter().position(|c| c.id == *id));
            let content = item.offered.and_then(|at| self.presented.offered.get(at));
            (found.unwrap_or(usize::MAX), item.problem, content.cloned())
        };
        let mut items = self.items;
        items.sort_by_cached_key(place);
        items
    }
}

/// Whether NĐ 224/2026/NĐ-CP is in force, from 1 July 2026 on; before, the general rule forbids the same.
fn databases_rule(day: LocalDay) -> bool {
    LocalDay::new(2026, 7, 1).is_some_and(|first| day >= first)
}

fn item(
    problem: Problem,
    component: Option<&Component>,
    offered: Option<usize>,
    ground: Ground,
) -> Item {
    Item {
        problem,
        component: component.map(|own| own.id.clone()),
        offered,
        fact: None,
        verdict: None,
        ground,
    }
}

/// Copies on paper; a file is one however often it is printed.
fn copies(component: &Component, offered: &Offered) -> Option<Problem> {
    if !offered.form.is_paper() {
        return None;
    }
    match offered.copies.cmp(&component.copies) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(Problem::TooFewCopies),
        std::cmp::Ordering::Greater => Some(Problem::MoreThanAsked),
    }
}

/// Whether it is in a form that is taken, and on its template.
fn in_form(component: &Component, offered: &Offered) -> Option<Problem> {
    let paper = matches!(offered.content, Content::Paper { .. });
    if !component.forms.contains(&offered.form) || paper != offered.form.is_paper() {
        return Some(Problem::WrongForm);
    }
    let other = component.template.is_some() && component.template != offered.template;
    other.then_some(Problem::WrongTemplate)
}

type Verdict = Option<(Indication, Option<SubIndication>)>;

/// What is wrong with what it says and who signed it.
fn content(component: &Component, offered: &Offered) -> Option<(Problem, Verdict, Ground)> {
    match offered.content {
        Content::Paper { signed } => {
            let lacks = component.signed_by != SignedBy::Nobody && !signed;
            lacks.then_some((Problem::Unsigned, None, Ground::PublishedList))
        }
        Content::File { signatures, .. } => {
            let Some(signatures) = signatures else {
                return Some((Problem::Unreadable, None, Ground::PublishedList));
            };
            let problem = signed(component.signed_by, signatures)?;
            Some((problem, signatures.worst, Ground::ElectronicSignature))
        }
    }
}

/// What is wrong with its date. The last day on which it holds is the day before nothing: it still counts.
fn dated(component: &Component, offered: &Offered, day: LocalDay) -> Option<Problem> {
    if offered.issued.is_some_and(|issued| issued > day) {
        return Some(Problem::IssuedLater);
    }
    let valid = component.valid?;
    match offered.issued {
        None => Some(Problem::DateNotDeclared),
        Some(issued) => match valid.last_day(issued) {
            Some(last) if day <= last => None,
            Some(_) | None => Some(Problem::OutOfDate),
        },
    }
}

/// Whether the signatures are what is asked for (`verdicts.md` §1, §2): a signature that failed is never overlooked,
/// whoever else signed, and one that is undecided never counts.
fn signed(asked: SignedBy, signatures: SignedFile) -> Option<Problem> {
    let worst = signatures.worst.map(|(indication, _)| indication);
    if worst == Some(Indication::TotalFailed) {
        return Some(Problem::WronglySigned);
    }
    let there = match asked {
        SignedBy::Nobody => true,
        SignedBy::Citizen => signatures.anybody,
        SignedBy::Person => signatures.person,
        SignedBy::Agency => signatures.agency,
        SignedBy::AgencyAndPerson => signatures.agency && signatures.person,
    };
    match (there, worst) {
        (true, _) => None,
        (false, Some(Indication::Indeterminate)) => Some(Problem::SignatureUndecided),
        (false, _) if signatures.anybody => Some(Problem::WronglySigned),
        (false, _) => Some(Problem::Unsigned),
    }
}
