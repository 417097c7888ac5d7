//! One version of a procedure as it was published: which components, for whom, in how long.

use super::condition::{Condition, Facts, Value};
use crate::model::LocalDay;
use crate::model::indication::words;
use crate::registry::Level;
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// In which form a component is handed in.
    Form {
        /// The original (bản chính).
        Original = 1 "original",
        /// A certified copy (bản sao có chứng thực, sao y).
        CertifiedCopy = 2 "certified_copy",
        /// A copy, shown with its original (bản chụp kèm bản chính để đối chiếu).
        Copy = 3 "copy",
        /// Electronic, signed where the component demands it (bản điện tử).
        Electronic = 4 "electronic",
        /// An image of the original (bản chụp từ bản chính).
        Image = 5 "image",
    }
}

impl Form {
    /// Whether it lies on paper: then there is no file to look into, and the counter says what it saw.
    #[must_use]
    pub fn is_paper(self) -> bool {
        match self {
            Self::Original | Self::CertifiedCopy | Self::Copy => true,
            Self::Electronic | Self::Image => false,
        }
    }
}

words! {
    /// Who signs a component.
    SignedBy {
        /// Nobody has to.
        Nobody = 1 "nobody",
        /// Who hands the dossier in.
        Citizen = 2 "citizen",
        /// A person with authority of an agency.
        Person = 3 "person",
        /// An agency.
        Agency = 4 "agency",
        /// An agency and a person with authority of it (NĐ 30/2020/NĐ-CP Điều 5 khoản 1).
        AgencyAndPerson = 5 "agency_and_person",
    }
}

/// How long a component holds from its date of issue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validity {
    /// So many days.
    Days(u16),
    /// So many months: to the same day of the month, or its last one.
    Months(u16),
}

impl Validity {
    /// The last day on which it still holds.
    #[must_use]
    pub fn last_day(self, issued: LocalDay) -> Option<LocalDay> {
        let span = match self {
            Self::Days(days) => jiff::Span::new().try_days(i64::from(days)),
            Self::Months(months) => jiff::Span::new().try_months(i64::from(months)),
        };
        issued.0.checked_add(span.ok()?).ok().map(LocalDay)
    }
}

/// What a fact may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FactKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// One of these words.
    Word(BTreeSet<String>),
}

impl FactKind {
    /// Whether a value is of that kind.
    #[must_use]
    pub fn takes(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Flag, Value::Flag(_)) | (Self::Number, Value::Number(_)) => true,
            (Self::Word(words), Value::Word(word)) => words.contains(word),
            (Self::Flag | Self::Number | Self::Word(_), _) => false,
        }
    }
}

/// What is declared with a dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// The question, as the citizen is asked.
    pub question: String,
    /// What the answer may be.
    pub kind: FactKind,
}

/// One component of the published list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Component {
    /// Its name in files and answers: `[a-z0-9-]`.
    pub id: String,
    /// Its name as published.
    pub name: String,
    /// The forms that are taken; at least one.
    pub forms: BTreeSet<Form>,
    /// The code of its template, where it has one.
    pub template: Option<String>,
    /// How many copies on paper; a file is one.
    pub copies: u8,
    /// Who signs it.
    pub signed_by: SignedBy,
    /// How long it holds.
    pub valid: Option<Validity>,
    /// Only when this holds.
    pub when: Option<Condition>,
    /// One of several: all components that say the same word here.
    pub one_of: Option<String>,
    /// Several different ones may be handed in, for example one for each owner.
    pub several: bool,
    /// The published database that has its data: then it may not be asked for.
    pub in_database: Option<String>,
    /// Its own legal ground, where it is not the procedure's.
    pub basis: Option<String>,
}

/// How long the procedure takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Term {
    /// Working days.
    WorkingDays(u16),
    /// Working hours.
    WorkingHours(u16),
}

/// One version of a procedure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Procedure {
    /// The national code (for example `1.004222`).
    pub code: String,
    /// Its name.
    pub name: String,
    /// The field (lĩnh vực).
    pub field: String,
    /// Where it is done.
    pub level: Level,
    /// The decision that published it, and what it rests on.
    pub basis: String,
    /// The version, counted from 1.
    pub version: u16,
    /// The first day on which it is in force.
    pub from: LocalDay,
    /// The last one, where that is known.
    pub until: Option<LocalDay>,
    /// How long it takes.
    pub term: Term,
    /// Whether a fee is paid.
    pub fee: bool,
    /// A made example, not a published list.
    pub sample: bool,
    /// Where the list was published.
    pub source: Option<String>,
    /// What is declared, by name.
    pub facts: BTreeMap<String, Fact>,
    /// Conditions with a name, which others use.
    pub conditions: BTreeMap<String, Condition>,
    /// The components in the order of the published list.
    pub components: Vec<Component>,
}

impl Procedure {
    /// A component by its id.
    #[must_use]
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|own| own.id == id)
    }

    /// Whether a dossier of that day is judged by it.
    #[must_use]
    pub fn in_force(&self, day: LocalDay) -> bool {
        self.from <= day && self.until.is_none_or(|last| day <= last)
    }

    /// Whether a component is asked for under these facts; `None` where that hangs on a fact that is not declared.
    /// What is in a published database is never asked for.
    #[must_use]
    pub fn asks(&self, component: &Component, facts: &Facts) -> Option<bool> {
        match (&component.in_database, &component.when) {
            (Some(_), _) => Some(false),
            (None, None) => Some(true),
            (None, Some(condition)) => condition.holds(facts, &self.conditions),
        }
    }

    /// The facts that a condition reads, through named conditions too.
    #[must_use]
    pub fn facts_of<'a>(&'a self, condition: &'a Condition) -> BTreeSet<&'a str> {
        let (mut facts, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<&str> = condition.names().into_iter().collect();
        while let Some(name) = open.pop() {
            if !seen.insert(name) {
                continue;
            }
            match self.conditions.get(name) {
                Some(inner) => open.extend(inner.names()),
                None => {
                    facts.insert(name);
                }
            }
        }
        facts
    }
}
