//! How long the content of a document is kept once nothing more is to come of it: in general, and for classes of
//! documents. Of several classes that a document belongs to, the longest term holds: a table that is added never
//! takes away what another one keeps.

use super::kinds::comparable;
use crate::model::{Timestamp, UnitCode, Urgency};
use crate::registry::Registry;
use std::collections::BTreeMap;

/// The most classes: the decree names 29 types of document, and units differ.
pub const MAX_CLASSES: usize = 64;

/// How long content is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Term {
    /// So many days.
    Days(u32),
    /// For ever.
    #[default]
    Forever,
}

impl Term {
    /// When it is over for what was settled `since`; `None`: never.
    #[must_use]
    pub fn end(self, since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Forever => None,
            Self::Days(days) => Some(since.plus_secs(i64::from(days).saturating_mul(24 * 3600))),
        }
    }
}

/// What holds for some documents only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetentionClass {
    /// Its name, as it is told of.
    pub name: String,
    types: Vec<String>,
    urgencies: Vec<Urgency>,
    units: Vec<UnitCode>,
    /// How long its documents are kept.
    pub term: Term,
}

impl RetentionClass {
    /// `types` as envelopes name them, whatever the case; `units` and those below them as senders. What is empty is
    /// not asked about.
    #[must_use]
    pub fn new<'a>(
        name: &str,
        types: impl IntoIterator<Item = &'a str>,
        urgencies: Vec<Urgency>,
        units: Vec<UnitCode>,
        term: Term,
    ) -> Self {
        Self {
            name: name.to_owned(),
            types: types.into_iter().map(comparable).collect(),
            urgencies,
            units,
            term,
        }
    }

    fn holds(&self, registry: &Registry, facts: &Facts<'_>) -> bool {
        // What is not known any more may have been any type.
        let of_type = |kind: &str| self.types.contains(&comparable(kind));
        let kind = self.types.is_empty() || facts.kind.is_none_or(of_type);
        let urgency = self.urgencies.is_empty() || self.urgencies.contains(&facts.urgency);
        let mut units = self.units.iter();
        // Below which units one stood that is none any more nobody knows either.
        let below = |above: &UnitCode| registry.is_within(facts.sender, above);
        let unit = self.units.is_empty() || !facts.is_unit(registry) || units.any(below);
        kind && urgency && unit
    }
}

/// What a class goes by.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The type as the envelope names it; `None`: the envelope is gone.
    pub kind: Option<&'a str>,
    /// Độ khẩn.
    pub urgency: Urgency,
    /// The sending unit.
    pub sender: &'a UnitCode,
}

impl Facts<'_> {
    fn is_unit(&self, registry: &Registry) -> bool {
        registry.unit(self.sender).is_some()
    }
}

/// How long what was said and handed in with dossiers is kept once nothing more is to come of them: in general, and by
/// procedure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DossierTerms {
    /// What no procedure is named for.
    pub general: Term,
    /// By the code of the procedure.
    pub procedures: BTreeMap<String, Term>,
}

impl DossierTerms {
    /// The term of a procedure.
    #[must_use]
    pub fn term(&self, procedure: &str) -> Term {
        self.procedures
            .get(procedure)
            .copied()
            .unwrap_or(self.general)
    }

    /// Whether nothing is ever dropped.
    #[must_use]
    pub fn is_forever(&self) -> bool {
        let mut all = self.procedures.values().chain([&self.general]);
        all.all(|term| *term == Term::Forever)
    }
}

/// How long content is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Retention {
    /// What belongs to no class.
    pub general: Term,
    /// Classes.
    pub classes: Vec<RetentionClass>,
    /// Dossiers.
    pub dossiers: DossierTerms,
}

impl Retention {
    /// The class whose term holds for a document, and that term; no class: in general.
    #[must_use]
    pub fn term(&self, registry: &Registry, facts: &Facts<'_>) -> (Option<&RetentionClass>, Term) {
        let holding = self.classes.iter().filter(|c| c.holds(registry, facts));
        // Of equal terms the first table.
        let longest = holding.rev().max_by_key(|class| class.term);
        // Without its type, or its sender's place, a document may belong to none of them.
        let known = facts.kind.is_some() && facts.is_unit(registry);
        let general = longest.is_none() || !known;
        match longest {
            Some(class) if !general || class.term >= self.general => (Some(class), class.term),
            Some(_) | None => (None, self.general),
        }
    }

    /// The shortest term there is; `None`: nothing is ever dropped.
    #[must_use]
    pub fn shortest(&self) -> Option<u32> {
        let all = self.classes.iter().map(|class| class.term);
        let days = all.chain([self.general]).filter_map(|term| match term {
            Term::Days(days) => Some(days),
            Term::Forever => None,
        });
        days.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Channel, Unit, UnitKind};

    fn code(text: &str) -> UnitCode {
        UnitCode::parse(text).expect("code")
    }

    fn registry() -> Registry {
        let unit = |text: &str, parent: Option<&str>| Unit {
            code: code(text),
            name: text.into(),
            kind: UnitKind::State,
            parent: parent.map(code),
            channel: Channel::Pull,
            details: crate::registry::Details::default(),
        };
        let units = vec![unit("H53", None), unit("H53.7", Some("H53"))];
        Registry::new(units, Vec::new()).expect("registry")
    }

    fn class(name: &str, types: &[&str], units: &[&str], days: u32) -> RetentionClass {
        let term = match days {
            0 => Term::Forever,
            days => Term::Days(days),
        };
        let units = units.iter().map(|u| code(u)).collect();
        RetentionClass::new(name, types.iter().copied(), Vec::new(), units, term)
    }

    #[test]
    fn the_longest_term_of_all_that_hold_is_kept() {
        let retention = Retention {
            general: Term::Days(3650),
            classes: vec![
                class("short", &["Giấy mời"], &[], 365),
                class("unit", &[], &["H53.7"], 700),
                class("kept", &["Quyết định", "Nghị quyết"], &[], 0),
            ],
            dossiers: DossierTerms::default(),
        };
        let registry = registry();
        for (kind, sender, expected) in [
            (Some("Công văn"), "H53", (None, Term::Days(3650))),
            (Some("giấy  MỜI"), "H53", (Some("short"), Term::Days(365))),
            (Some("Giấy mời"), "H53.7", (Some("unit"), Term::Days(700))),
            (Some("Quyết định"), "H53.7", (Some("kept"), Term::Forever)),
            (Some("Công văn"), "H53.7", (Some("unit"), Term::Days(700))),
            // It may have been a resolution.
            (None, "H53", (Some("kept"), Term::Forever)),
        ] {
            let sender = code(sender);
            let facts = Facts {
                kind,
                urgency: Urgency::Normal,
                sender: &sender,
            };
            let (class, term) = retention.term(&registry, &facts);
            let name = class.map(|class| class.name.as_str());
            assert_eq!((name, term), expected, "{kind:?} of {sender}");
        }
        assert_eq!(retention.shortest(), Some(365));
        let without = Retention {
            classes: vec![class("short", &["Giấy mời"], &[], 365)],
            ..retention
        };
        let sender = code("H53");
        let facts = Facts {
            kind: None,
            urgency: Urgency::Flash,
            sender: &sender,
        };
        assert_eq!(without.term(&registry, &facts).1, Term::Days(3650));
        assert_eq!(Retention::default().shortest(), None);
    }

    #[test]
    fn what_a_unit_sent_that_is_none_any_more_is_kept_as_long_as_of_any_unit() {
        let sender = code("H53.7.9");
        let facts = Facts {
            kind: Some("Công văn"),
            urgency: Urgency::Normal,
            sender: &sender,
        };
        for (general, days, expected) in [
            (Term::Days(3650), 0, (Some("unit"), Term::Forever)),
            (Term::Days(3650), 700, (None, Term::Days(3650))),
            (Term::Forever, 700, (None, Term::Forever)),
        ] {
            let classes = vec![class("unit", &[], &["H53.7"], days)];
            let retention = Retention {
                general,
                classes,
                dossiers: DossierTerms::default(),
            };
            let registry = registry();
            let (class, term) = retention.term(&registry, &facts);
            let name = class.map(|class| class.name.as_str());
            assert_eq!((name, term), expected, "{general:?} {days}");
        }
    }

    #[test]
    fn a_term_ends_so_many_days_after_the_last_move() {
        let since = Timestamp::from_secs(1_790_000_000);
        assert_eq!(Term::Forever.end(since), None);
        assert_eq!(Term::Days(2).end(since), Some(since.plus_secs(172_800)));
    }
}
