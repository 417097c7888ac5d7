//! What one version of a procedure says otherwise than another.

use super::procedure::{Component, Procedure};

/// One difference, with what was and what is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// A field of the procedure.
    Field {
        /// Its name in files.
        field: &'static str,
        /// What was.
        was: String,
        /// What is.
        is: String,
    },
    /// A component more.
    Added(Component),
    /// A component less.
    Removed(Component),
    /// A field of a component.
    Component {
        /// The component's id.
        id: String,
        /// The field's name in files.
        field: &'static str,
        /// What was.
        was: String,
        /// What is.
        is: String,
    },
    /// The same components in another order.
    Order,
}

/// How `new` differs from `old`, in the order of the file.
#[must_use]
pub fn differences(old: &Procedure, new: &Procedure) -> Vec<Difference> {
    let mut all = Vec::new();
    for ((field, was), (_, is)) in fields(old).into_iter().zip(fields(new)) {
        if was != is {
            all.push(Difference::Field { field, was, is });
        }
    }
    for before in &old.components {
        match new.component(&before.id) {
            None => all.push(Difference::Removed(before.clone())),
            Some(after) => {
                let pairs = parts(before).into_iter().zip(parts(after));
                let other = pairs.filter(|((_, was), (_, is))| was != is);
                all.extend(other.map(|((field, was), (_, is))| Difference::Component {
                    id: before.id.clone(),
                    field,
                    was,
                    is,
                }));
            }
        }
    }
    let more = new.components.iter();
    let more = more.filter(|after| old.component(&after.id).is_none());
    all.extend(more.cloned().map(Difference::Added));
    let order = |of: &Procedure, beside: &Procedure| -> Vec<String> {
        let kept = of.components.iter();
        let kept = kept.filter(|own| beside.component(&own.id).is_some());
        kept.map(|own| own.id.clone()).collect()
    };
    if order(old, new) != order(new, old) {
        all.push(Difference::Order);
    }
    all
}

fn joined<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    all.join(", ")
}

fn fields(own: &Procedure) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let facts = own.facts.iter().map(|(name, fact)| {
        let words = match &fact.kind {
            super::FactKind::Flag => "flag".to_owned(),
            super::FactKind::Number => "number".to_owned(),
            super::FactKind::Word(words) => joined(words),
        };
        format!("{name} ({words}): {}", fact.question)
    });
    let conditions = own.conditions.iter();
    vec![
        ("name", own.name.clone()),
        ("field", own.field.clone()),
        ("level", own.level.to_string()),
        ("basis", own.basis.clone()),
        ("from", own.from.to_string()),
        (
            "until",
            own.until.map(|day| day.to_string()).unwrap_or_default(),
        ),
        (
            "term",
            match own.term {
                super::Term::WorkingDays(days) => format!("{days} working days"),
                super::Term::WorkingHours(hours) => format!("{hours} working hours"),
            },
        ),
        ("fee", own.fee.to_string()),
        ("source", text(&own.source)),
        ("facts", joined(facts)),
        (
            "conditions",
            joined(conditions.map(|(name, condition)| format!("{name} = {condition}"))),
        ),
    ]
}

fn parts(own: &Component) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("name", own.name.clone()),
        ("forms", joined(&own.forms)),
        ("template", text(&own.template)),
        ("copies", own.copies.to_string()),
        ("signed_by", own.signed_by.to_string()),
        (
            "valid",
            match own.valid {
                None => String::new(),
                Some(super::Validity::Days(days)) => format!("{days} days"),
                Some(super::Validity::Months(months)) => format!("{months} months"),
            },
        ),
        (
            "when",
            own.when
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        ("one_of", text(&own.one_of)),
        ("several", own.several.to_string()),
        ("in_database", text(&own.in_database)),
        ("basis", text(&own.basis)),
    ]
}
