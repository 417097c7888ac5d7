//! Which trust domains count for which kind of sender: in general, and for groups of units.

use super::PolicySettings;
use crate::model::UnitCode;
use crate::registry::{Registry, Role, UnitKind};

/// The most groups; each is compared at every signature.
pub const MAX_GROUPS: usize = 64;

/// What holds for some units only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DomainGroup {
    /// These units and those below them; empty: all.
    pub units: Vec<UnitCode>,
    /// Only units of this kind.
    pub kind: Option<UnitKind>,
    /// In place of the general domains of agencies.
    pub agency_domains: Option<Vec<String>>,
    /// In place of the general domains of persons.
    pub person_domains: Option<Vec<String>>,
}

impl DomainGroup {
    fn holds(&self, registry: &Registry, code: &UnitCode) -> bool {
        let of_kind = |kind| registry.unit(code).is_some_and(|unit| unit.kind == kind);
        let among = |above: &UnitCode| registry.is_within(code, above);
        self.kind.is_none_or(of_kind) && (self.units.is_empty() || self.units.iter().any(among))
    }

    fn domains(&self, role: Role) -> Option<&Vec<String>> {
        match role {
            Role::Agency => self.agency_domains.as_ref(),
            Role::Person => self.person_domains.as_ref(),
            Role::Transport => None,
        }
    }
}

impl PolicySettings {
    /// Whether a certificate of `domain` may sign in `role` for `unit`: by the first group that
    /// holds for the unit and speaks of the role, else in general.
    #[must_use]
    pub fn permits(&self, registry: &Registry, unit: &UnitCode, domain: &str, role: Role) -> bool {
        let general = match role {
            Role::Agency => &self.agency_domains,
            Role::Person => &self.person_domains,
            Role::Transport => return false,
        };
        let groups = self.groups.iter().filter(|g| g.holds(registry, unit));
        let domains = groups.filter_map(|g| g.domains(role)).next();
        let domains = domains.unwrap_or(general);
        domains.is_empty() || domains.iter().any(|d| d == domain)
    }

    /// Every domain that is named anywhere.
    pub fn named_domains(&self) -> impl Iterator<Item = &String> {
        let groups = self.groups.iter();
        let grouped =
            groups.flat_map(|g| g.agency_domains.iter().chain(&g.person_domains).flatten());
        self.agency_domains
            .iter()
            .chain(&self.person_domains)
            .chain(grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Unit;

    fn code(text: &str) -> UnitCode {
        UnitCode::parse(text).expect("code")
    }

    fn registry() -> Registry {
        let unit = |text: &str, parent: Option<&str>, kind| Unit {
            code: code(text),
            name: text.into(),
            kind,
            parent: parent.map(code),
            channel: crate::registry::Channel::Pull,
            details: crate::registry::Details::default(),
        };
        let units = vec![
            unit("H53", None, UnitKind::State),
            unit("H53.7", Some("H53"), UnitKind::State),
            unit("H53.7.1", Some("H53.7"), UnitKind::Other),
            unit("H53.70", Some("H53"), UnitKind::State),
            unit("X1", None, UnitKind::Other),
        ];
        Registry::new(units, Vec::new()).expect("registry")
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|d| (*d).to_owned()).collect()
    }

    #[test]
    fn the_first_group_that_speaks_of_the_role_decides() {
        let registry = registry();
        let policy = PolicySettings {
            agency_domains: names(&["co-yeu"]),
            groups: vec![
                DomainGroup {
                    units: vec![code("H53.7")],
                    kind: None,
                    agency_domains: None,
                    person_domains: Some(names(&["cong-cong"])),
                },
                DomainGroup {
                    units: Vec::new(),
                    kind: Some(UnitKind::Other),
                    agency_domains: Some(names(&["cong-cong"])),
                    person_domains: Some(names(&["co-yeu", "cong-cong"])),
                },
            ],
            ..PolicySettings::default()
        };
        for (unit, domain, agency, person) in [
            ("H53", "co-yeu", true, true),
            ("H53", "cong-cong", false, true),
            ("H53", "la", false, true),
            ("H53.7", "co-yeu", true, false),
            ("H53.7", "cong-cong", false, true),
            // Below the first group, and of the kind of the second.
            ("H53.7.1", "cong-cong", true, true),
            ("H53.7.1", "co-yeu", false, false),
            // A code that only begins alike is not below.
            ("H53.70", "co-yeu", true, true),
            ("H53.70", "cong-cong", false, true),
            ("X1", "cong-cong", true, true),
            ("X1", "co-yeu", false, true),
            ("X1", "la", false, false),
        ] {
            let may = |role| policy.permits(&registry, &code(unit), domain, role);
            let found = (may(Role::Agency), may(Role::Person), may(Role::Transport));
            assert_eq!(found, (agency, person, false), "{unit} {domain}");
        }
        let named: Vec<&String> = policy.named_domains().collect();
        assert_eq!(named.len(), 5);
    }

    #[test]
    fn without_a_word_any_configured_domain_counts() {
        let policy = PolicySettings::default();
        assert!(policy.permits(&registry(), &code("H53"), "co-yeu", Role::Agency));
        assert!(policy.permits(&registry(), &code("X1"), "cong-cong", Role::Person));
    }
}
