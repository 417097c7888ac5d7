//! Whether a version of a procedure can be meant: what contradicts itself is refused before any dossier is judged by it.

use super::condition::{Condition, Facts, Relation, Value, is_name};
use super::procedure::{Component, FactKind, Procedure};
use std::collections::{BTreeMap, BTreeSet};

/// Components of one procedure: the longest published lists have some thirty.
pub const MAX_COMPONENTS: usize = 200;
/// Facts and named conditions of one procedure.
const MAX_FACTS: usize = 100;
/// Cases of facts that are gone through to see whether a condition can be met; where there are more, that is not checked.
const MAX_CASES: usize = 4_096;
/// Copies on paper: more are asked for nowhere.
const MAX_COPIES: u8 = 20;

/// Where a procedure contradicts itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the procedure as a whole.
    Procedure,
    /// In the fact of that name.
    Fact(String),
    /// In the condition of that name.
    Condition(String),
    /// In the component at that place of the list.
    Component(usize),
}

/// What contradicts itself.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Contradiction {
    /// No component at all.
    #[error("a procedure has at least one component")]
    NoComponent,
    /// Too many of something.
    #[error("more than {0}")]
    TooMany(usize),
    /// The last day lies before the first.
    #[error("it ends before it begins")]
    EndsFirst,
    /// Something is called twice by one name.
    #[error("{0} is there twice")]
    Twice(String),
    /// A name that is none.
    #[error("{0:?} is no name: letters a-z, digits and {1}, at most 60, a letter first")]
    NoName(String, char),
    /// No form is taken.
    #[error("at least one form is taken")]
    NoForm,
    /// No copies, or more than anybody asks for.
    #[error("1 to {MAX_COPIES} copies")]
    Copies,
    /// A condition names something that nobody declares.
    #[error("the condition reads {0}, which is neither a fact nor a condition")]
    Unknown(String),
    /// A fact held against a value of another kind.
    #[error("the condition compares {0} with a value that it cannot have")]
    Kind(String),
    /// A fact that is no flag, asked for as one.
    #[error("{0} is not yes or no: compare it with a value")]
    NoFlag(String),
    /// Conditions that hang on themselves.
    #[error("the conditions hang on themselves: {}", .0.join(" → "))]
    Circle(Vec<String>),
    /// A condition that no case meets.
    #[error("no case meets the condition {0}")]
    Never(String),
    /// What may not be asked for has a condition under which it is asked for.
    #[error(
        "what is in a published database is never asked for, so it has no condition and is no alternative"
    )]
    DatabaseAsked,
    /// One alternative alone.
    #[error("{0} has one alternative only")]
    OneAlternative(String),
    /// A fact on which nothing hangs: then asking for it is asking beyond.
    #[error("nothing hangs on the fact {0}, so it may not be asked for")]
    Idle(String),
    /// A fact of one word or of none.
    #[error("a fact of words has at least two")]
    Words,
}

/// Everything that contradicts itself, with its place.
#[must_use]
pub fn contradictions(procedure: &Procedure) -> Vec<(Place, Contradiction)> {
    let mut found = Vec::new();
    let whole = |found: &mut Vec<_>, is: bool, what| {
        if is {
            found.push((Place::Procedure, what));
        }
    };
    let facts = procedure.facts.len();
    let named = facts.saturating_add(procedure.conditions.len());
    let components = &procedure.components;
    whole(
        &mut found,
        components.is_empty(),
        Contradiction::NoComponent,
    );
    whole(
        &mut found,
        procedure.until.is_some_and(|last| last < procedure.from),
        Contradiction::EndsFirst,
    );
    whole(
        &mut found,
        named > MAX_FACTS,
        Contradiction::TooMany(MAX_FACTS),
    );
    if components.len() > MAX_COMPONENTS {
        let place = Place::Component(MAX_COMPONENTS);
        found.push((place, Contradiction::TooMany(MAX_COMPONENTS)));
    }
    if found.is_empty() {
        facts_and_conditions(procedure, &mut found);
        let mut ids = BTreeSet::new();
        for (at, component) in components.iter().enumerate() {
            let mut put = |what| found.push((Place::Component(at), what));
            if !ids.insert(component.id.as_str()) {
                put(Contradiction::Twice(component.id.clone()));
            }
            one(component, &mut put);
        }
        alternatives(procedure, &mut found);
        idle(procedure, &mut found);
    }
    // A circle makes every case endless, so whether one is met is asked only where there is none.
    if found.is_empty() {
        never(procedure, &mut found);
    }
    found
}

/// Whether a text is a name: of a component with `-`, of a fact with `_`.
#[must_use]
pub fn is_id(text: &str, mark: char) -> bool {
    let letter = text.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = |c: char| match c {
        '_' | '-' => c == mark,
        c => is_name(c),
    };
    let word = !matches!(text, "and" | "or" | "not");
    letter && word && text.len() <= 60 && text.chars().all(rest)
}

fn one(component: &Component, put: &mut dyn FnMut(Contradiction)) {
    if !is_id(&component.id, '-') {
        put(Contradiction::NoName(component.id.clone(), '-'));
    }
    if component.forms.is_empty() {
        put(Contradiction::NoForm);
    }
    if !(1..=MAX_COPIES).contains(&component.copies) {
        put(Contradiction::Copies);
    }
    let conditional = component.when.is_some() || component.one_of.is_some();
    if component.in_database.is_some() && conditional {
        put(Contradiction::DatabaseAsked);
    }
}

fn facts_and_conditions(procedure: &Procedure, found: &mut Vec<(Place, Contradiction)>) {
    for (name, fact) in &procedure.facts {
        let place = || Place::Fact(name.clone());
        if !is_id(name, '_') {
            found.push((place(), Contradiction::NoName(name.clone(), '_')));
        }
        if matches!(&fact.kind, FactKind::Word(words) if words.len() < 2) {
            found.push((place(), Contradiction::Words));
        }
        if procedure.conditions.contains_key(name) {
            found.push((place(), Contradiction::Twice(name.clone())));
        }
    }
    for (name, condition) in &procedure.conditions {
        let place = || Place::Condition(name.clone());
        if !is_id(name, '_') {
            found.push((place(), Contradiction::NoName(name.clone(), '_')));
        }
        let wrong = readable(procedure, condition).into_iter();
        found.extend(wrong.map(|what| (place(), what)));
        if let Some(circle) = circle(procedure, name) {
            found.push((place(), Contradiction::Circle(circle)));
        }
    }
    for (at, component) in procedure.components.iter().enumerate() {
        let wrong = component
            .when
            .iter()
            .flat_map(|when| readable(procedure, when));
        found.extend(wrong.map(|what| (Place::Component(at), what)));
    }
}

/// What a condition reads that is not there, or is of another kind.
fn readable(procedure: &Procedure, condition: &Condition) -> Vec<Contradiction> {
    let mut wrong = Vec::new();
    for (name, _, value) in condition.compared() {
        match procedure.facts.get(name) {
            None => wrong.push(Contradiction::Unknown(name.to_owned())),
            Some(fact) if !fact.kind.takes(value) => {
                wrong.push(Contradiction::Kind(name.to_owned()));
            }
            Some(_) => {}
        }
    }
    for name in condition.asked() {
        match procedure.facts.get(name).map(|fact| &fact.kind) {
            Some(FactKind::Flag) => {}
            Some(FactKind::Number | FactKind::Word(_)) => {
                wrong.push(Contradiction::NoFlag(name.to_owned()));
            }
            None if procedure.conditions.contains_key(name) => {}
            None => wrong.push(Contradiction::Unknown(name.to_owned())),
        }
    }
    wrong
}

/// The way from a named condition back to itself. Each condition is entered once, so the way is no longer than their number.
fn circle(procedure: &Procedure, start: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = vec![vec![start.to_owned()]];
    while let Some(way) = open.pop() {
        let last = way.last().map(String::as_str).unwrap_or_default();
        let next = procedure.conditions.get(last).map(Condition::names);
        for name in next.unwrap_or_default() {
            let mut longer = way.clone();
            longer.push(name.to_owned());
            if name == start {
                return Some(longer);
            }
            if procedure.conditions.contains_key(name) && seen.insert(name.to_owned()) {
                open.push(longer);
            }
        }
    }
    None
}

fn alternatives(procedure: &Procedure, found: &mut Vec<(Place, Contradiction)>) {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, component) in procedure.components.iter().enumerate() {
        if let Some(group) = &component.one_of {
            groups.entry(group).or_default().push(at);
        }
    }
    for (group, members) in groups {
        if let [only] = members[..] {
            let what = Contradiction::OneAlternative(group.to_owned());
            found.push((Place::Component(only), what));
        }
    }
}

/// Facts that no component hangs on.
fn idle(procedure: &Procedure, found: &mut Vec<(Place, Contradiction)>) {
    let conditions = procedure.components.iter().filter_map(|c| c.when.as_ref());
    let read: BTreeSet<&str> = conditions.flat_map(|c| procedure.facts_of(c)).collect();
    for name in procedure.facts.keys() {
        if !read.contains(name.as_str()) {
            let place = Place::Fact(name.clone());
            found.push((place, Contradiction::Idle(name.clone())));
        }
    }
}

fn never(procedure: &Procedure, found: &mut Vec<(Place, Contradiction)>) {
    for (at, component) in procedure.components.iter().enumerate() {
        let Some(when) = &component.when else {
            continue;
        };
        let Some(cases) = cases(procedure, when) else {
            continue;
        };
        let met = |facts: &Facts| when.holds(facts, &procedure.conditions) == Some(true);
        if !cases.iter().any(met) {
            let what = Contradiction::Never(when.to_string());
            found.push((Place::Component(at), what));
        }
    }
}

/// Every case of the facts that a condition reads, numbers by what lies on, below and above each value that is
/// compared; `None`: more than are gone through.
#[must_use]
pub fn cases(procedure: &Procedure, condition: &Condition) -> Option<Vec<Facts>> {
    let mut compared: Vec<(&str, Relation, &Value)> = condition.compared();
    let others = procedure.conditions.values();
    compared.extend(others.flat_map(Condition::compared));
    let mut cases = vec![Facts::new()];
    for name in procedure.facts_of(condition) {
        let values: Vec<Value> = match &procedure.facts.get(name)?.kind {
            FactKind::Flag => vec![Value::Flag(false), Value::Flag(true)],
            FactKind::Word(words) => words.iter().cloned().map(Value::Word).collect(),
            FactKind::Number => {
                let own = compared.iter().filter(|(other, _, _)| *other == name);
                let numbers = own.filter_map(|(_, _, value)| match value {
                    Value::Number(n) => Some(*n),
                    Value::Flag(_) | Value::Word(_) => None,
                });
                let around = numbers.flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]);
                let around: BTreeSet<i64> = around.collect();
                around.into_iter().map(Value::Number).collect()
            }
        };
        if cases.len().checked_mul(values.len())? > MAX_CASES {
            return None;
        }
        let with = |case: &Facts, value: &Value| {
            let mut case = case.clone();
            case.insert(name.to_owned(), value.clone());
            case
        };
        cases = cases
            .iter()
            .flat_map(|case| values.iter().map(move |value| with(case, value)))
            .collect();
    }
    Some(cases)
}
