//! Certificate policies (RFC 5280 §6.1) by the graph of RFC 9618 §5, which is never larger than the
//! policies that the certificates name, where the tree of RFC 5280 may grow with their product.

use super::budget::{Budget, Exhausted};
use crate::trust::certificate::{ANY_POLICY, Extensions, PolicyOid};
use std::collections::{BTreeMap, BTreeSet};

/// What a path is asked for about policies (RFC 5280 §6.1.1 (c), (e), (f), (g)).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PolicyDemands {
    /// user-initial-policy-set; `None`: any-policy.
    pub initial: Option<BTreeSet<PolicyOid>>,
    /// initial-explicit-policy.
    pub explicit: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any: bool,
}

impl PolicyDemands {
    /// Allows only what `own` allows as well.
    pub(super) fn restrict(&mut self, own: BTreeSet<PolicyOid>) {
        let both = match self.initial.take() {
            Some(initial) => initial.intersection(&own).cloned().collect(),
            None => own,
        };
        self.initial = Some(both);
    }
}

/// One valid policy at one depth (RFC 9618 §5.1).
#[derive(Debug, Default)]
struct Node {
    /// expected_policy_set; the qualifiers decide nothing.
    expected: BTreeSet<PolicyOid>,
    /// The policies of the depth above through which it came.
    parents: BTreeSet<PolicyOid>,
}

type Level = BTreeMap<PolicyOid, Node>;

/// valid_policy_graph and the three counters (RFC 5280 §6.1.2, RFC 9618 §5.2).
#[derive(Debug)]
pub(super) struct Policies {
    /// Level 0 first; `None` once nothing is valid any more.
    graph: Option<Vec<Level>>,
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any: u32,
}

/// Why the policies of a path do not hold; the clause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PolicyFailure {
    /// No policy is valid though one must be.
    NoValidPolicy(&'static str),
    /// A mapping to or from anyPolicy.
    AnyPolicyMapped,
    /// More than is followed.
    Exhausted,
}

impl From<Exhausted> for PolicyFailure {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

fn any() -> PolicyOid {
    ANY_POLICY.into()
}

impl Policies {
    /// RFC 5280 §6.1.2 (a), (d), (e), (f) for a path of `length` certificates.
    pub(super) fn new(demands: &PolicyDemands, length: usize) -> Self {
        let beyond = u32::try_from(length.saturating_add(1)).unwrap_or(u32::MAX);
        let unless = |inhibited: bool| if inhibited { 0 } else { beyond };
        let root = Node {
            expected: BTreeSet::from([any()]),
            parents: BTreeSet::new(),
        };
        Self {
            graph: Some(vec![Level::from([(any(), root)])]),
            explicit_policy: unless(demands.explicit),
            policy_mapping: unless(demands.inhibit_mapping),
            inhibit_any: unless(demands.inhibit_any),
        }
    }

    /// RFC 5280 §6.1.3 (d), (e), (f), with (d) as in RFC 9618 §5.3.
    pub(super) fn process(
        &mut self,
        certificate: &Extensions,
        self_issued: bool,
        last: bool,
        budget: &mut Budget,
    ) -> Result<(), PolicyFailure> {
        match (&certificate.policies, self.graph.take()) {
            (Some(policies), Some(mut graph)) => {
                // (d)(2): anyPolicy counts unless it is inhibited, and always in a self-issued
                // certificate that is not the last.
                let any_counts = self.inhibit_any > 0 || (!last && self_issued);
                let above = graph
                    .last()
                    .map(|level| next_level(level, policies, any_counts));
                let level = above.unwrap_or_default();
                budget.policy_nodes(level.len())?;
                graph.push(level);
                self.graph = pruned(graph);
            }
            // (e)
            (None, _) | (Some(_), None) => self.graph = None,
        }
        self.still_valid("RFC 5280 §6.1.3 (f)")
    }

    fn still_valid(&self, clause: &'static str) -> Result<(), PolicyFailure> {
        if self.explicit_policy > 0 || self.graph.is_some() {
            Ok(())
        } else {
            Err(PolicyFailure::NoValidPolicy(clause))
        }
    }

    /// RFC 5280 §6.1.4 (a), (b), (h), (i), (j), with (b) as in RFC 9618 §5.3.
    pub(super) fn prepare(
        &mut self,
        certificate: &Extensions,
        self_issued: bool,
        budget: &mut Budget,
    ) -> Result<(), PolicyFailure> {
        self.map(&certificate.mappings, budget)?;
        // (h)
        if !self_issued {
            for counter in self.counters() {
                *counter = counter.saturating_sub(1);
            }
        }
        // (i)(1)
        if let Some(skip) = certificate.require_explicit_policy {
            self.explicit_policy = self.explicit_policy.min(skip);
        }
        // (i)(2)
        if let Some(skip) = certificate.inhibit_policy_mapping {
            self.policy_mapping = self.policy_mapping.min(skip);
        }
        // (j)
        if let Some(skip) = certificate.inhibit_any_policy {
            self.inhibit_any = self.inhibit_any.min(skip);
        }
        Ok(())
    }

    fn counters(&mut self) -> [&mut u32; 3] {
        [
            &mut self.explicit_policy,
            &mut self.policy_mapping,
            &mut self.inhibit_any,
        ]
    }

    fn map(
        &mut self,
        mappings: &[(PolicyOid, PolicyOid)],
        budget: &mut Budget,
    ) -> Result<(), PolicyFailure> {
        // (a)
        if mappings
            .iter()
            .any(|(from, to)| **from == *ANY_POLICY || **to == *ANY_POLICY)
        {
            return Err(PolicyFailure::AnyPolicyMapped);
        }
        let Some(mut graph) = self.graph.take() else {
            return Ok(());
        };
        budget.policy_nodes(mappings.len())?;
        let mut by_issuer: BTreeMap<&PolicyOid, BTreeSet<PolicyOid>> = BTreeMap::new();
        for (from, to) in mappings {
            by_issuer.entry(from).or_default().insert(to.clone());
        }
        if let Some(level) = graph.last_mut() {
            for (from, to) in by_issuer {
                if self.policy_mapping > 0 {
                    mapped(level, from, to);
                } else {
                    // (b)(2)
                    level.remove(from);
                }
            }
        }
        self.graph = pruned(graph);
        Ok(())
    }

    /// RFC 5280 §6.1.5 (a), (b), (g), with (g) as in RFC 9618 §5.4.
    pub(super) fn wrap_up(
        &mut self,
        last: &Extensions,
        demands: &PolicyDemands,
    ) -> Result<(), PolicyFailure> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if last.require_explicit_policy == Some(0) {
            self.explicit_policy = 0;
        }
        let graph = self.graph.take();
        self.graph = graph.filter(|graph| allows(graph, demands.initial.as_ref()));
        self.still_valid("RFC 5280 §6.1.5 (g)")
    }
}

/// RFC 9618 §5.3 (d)(1) and (d)(2).
fn next_level(above: &Level, policies: &[PolicyOid], any_counts: bool) -> Level {
    // Which nodes above expect each policy.
    let mut expecting: BTreeMap<&PolicyOid, BTreeSet<PolicyOid>> = BTreeMap::new();
    for (policy, node) in above {
        for expected in &node.expected {
            expecting
                .entry(expected)
                .or_default()
                .insert(policy.clone());
        }
    }
    let node = |policy: &PolicyOid, parents: BTreeSet<PolicyOid>| Node {
        expected: BTreeSet::from([policy.clone()]),
        parents,
    };
    let mut level = Level::new();
    let mut names_any = false;
    for policy in policies {
        if **policy == *ANY_POLICY {
            names_any = true;
            continue;
        }
        // (d)(1)(i), else (d)(1)(ii)
        let parents = match expecting.get(policy) {
            Some(parents) => parents.clone(),
            None if above.contains_key(ANY_POLICY) => BTreeSet::from([any()]),
            None => continue,
        };
        level.insert(policy.clone(), node(policy, parents));
    }
    if names_any && any_counts {
        for (policy, parents) in expecting {
            if !level.contains_key(policy) {
                level.insert(policy.clone(), node(policy, parents));
            }
        }
    }
    level
}

/// RFC 5280 §6.1.4 (b)(1).
fn mapped(level: &mut Level, from: &PolicyOid, to: BTreeSet<PolicyOid>) {
    if let Some(node) = level.get_mut(from) {
        node.expected = to;
    } else if level.contains_key(ANY_POLICY) {
        let node = Node {
            expected: to,
            parents: BTreeSet::from([any()]),
        };
        level.insert(from.clone(), node);
    }
}

/// RFC 5280 §6.1.3 (d)(3): nodes without a child go, from the bottom up; an empty graph is NULL.
fn pruned(mut graph: Vec<Level>) -> Option<Vec<Level>> {
    let mut needed: Option<BTreeSet<PolicyOid>> = None;
    for level in graph.iter_mut().rev() {
        if let Some(needed) = needed {
            level.retain(|policy, _| needed.contains(policy));
        }
        needed = Some(
            level
                .values()
                .flat_map(|n| n.parents.iter().cloned())
                .collect(),
        );
    }
    let alive = graph.last().is_some_and(|level| !level.is_empty());
    alive.then_some(graph)
}

/// Whether a policy of the user's set is left: RFC 9618 §5.4 (g). The policies that the authorities
/// vouch for are those directly under an anyPolicy node, and any if the last level has anyPolicy.
fn allows(graph: &[Level], initial: Option<&BTreeSet<PolicyOid>>) -> bool {
    let Some(initial) = initial.filter(|set| !set.contains(ANY_POLICY)) else {
        return true;
    };
    if graph
        .last()
        .is_some_and(|level| level.contains_key(ANY_POLICY))
    {
        return true;
    }
    let nodes = graph.iter().flatten();
    let mut vouched = nodes
        .filter(|(policy, node)| ***policy != *ANY_POLICY && node.parents.contains(ANY_POLICY))
        .map(|(policy, _)| policy);
    vouched.any(|policy| initial.contains(policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(n: u8) -> PolicyOid {
        [0x2a, n].into()
    }

    fn with(policies: &[PolicyOid], mappings: &[(u8, u8)]) -> Extensions {
        Extensions {
            policies: Some(policies.to_vec()),
            mappings: mappings.iter().map(|(a, b)| (oid(*a), oid(*b))).collect(),
            ..Extensions::default()
        }
    }

    fn demands(initial: &[u8], explicit: bool) -> PolicyDemands {
        PolicyDemands {
            initial: (!initial.is_empty()).then(|| initial.iter().map(|n| oid(*n)).collect()),
            explicit,
            ..PolicyDemands::default()
        }
    }

    /// Certificates from the anchor's side to the last one.
    fn run(path: &[Extensions], demands: &PolicyDemands) -> Result<(), PolicyFailure> {
        let mut budget = Budget::default();
        let mut policies = Policies::new(demands, path.len());
        let (last, above) = path.split_last().expect("path");
        for extensions in above {
            policies.process(extensions, false, false, &mut budget)?;
            policies.prepare(extensions, false, &mut budget)?;
        }
        policies.process(last, false, true, &mut budget)?;
        policies.wrap_up(last, demands)
    }

    #[test]
    fn a_policy_must_run_through_the_path_where_one_is_demanded() {
        let (a, b, none) = (
            with(&[oid(1)], &[]),
            with(&[oid(2)], &[]),
            Extensions::default(),
        );
        let any_policy = with(&[any()], &[]);
        let wrong = Err(PolicyFailure::NoValidPolicy("RFC 5280 §6.1.3 (f)"));
        let late = Err(PolicyFailure::NoValidPolicy("RFC 5280 §6.1.5 (g)"));
        for (path, demands, expected) in [
            (vec![a.clone(), a.clone()], demands(&[1], true), Ok(())),
            (vec![a.clone(), a.clone()], demands(&[2], true), late),
            (vec![a.clone(), a.clone()], demands(&[2], false), Ok(())),
            (vec![a.clone(), b.clone()], demands(&[], true), wrong),
            (vec![a.clone(), none], demands(&[], true), wrong),
            (
                vec![any_policy.clone(), a.clone()],
                demands(&[1], true),
                Ok(()),
            ),
            (vec![a, any_policy.clone()], demands(&[1], true), Ok(())),
            (
                vec![any_policy.clone(), any_policy],
                demands(&[7], true),
                Ok(()),
            ),
        ] {
            assert_eq!(run(&path, &demands), expected, "{path:?}");
        }
    }

    #[test]
    fn mappings_translate_unless_inhibited() {
        let (ca, leaf) = (with(&[oid(1)], &[(1, 2)]), with(&[oid(2)], &[]));
        let path = [ca, leaf];
        assert_eq!(run(&path, &demands(&[1], true)), Ok(()));
        assert!(run(&path, &demands(&[2], true)).is_err());
        let inhibited = PolicyDemands {
            inhibit_mapping: true,
            ..demands(&[1], true)
        };
        assert!(run(&path, &inhibited).is_err());
        let to_any = Extensions {
            mappings: vec![(oid(1), any())],
            ..with(&[oid(1)], &[])
        };
        let leaf = with(&[oid(1)], &[]);
        let mapped = run(&[to_any, leaf], &demands(&[], false));
        assert_eq!(mapped, Err(PolicyFailure::AnyPolicyMapped));
    }

    /// The case of RFC 9618 §1: every policy maps to every other, at each of thirty levels.
    #[test]
    fn mappings_of_all_to_all_stay_linear() {
        let all: Vec<PolicyOid> = (1..=16).map(oid).collect();
        let pairs: Vec<(u8, u8)> = (1..=16)
            .flat_map(|a| (1..=16).map(move |b| (a, b)))
            .collect();
        let level = with(&all, &pairs);
        let mut path = vec![level; 30];
        path.push(with(&all, &[]));
        let found = run(&path, &demands(&[3], true));
        assert!(
            matches!(found, Ok(()) | Err(PolicyFailure::Exhausted)),
            "{found:?}"
        );
        assert_eq!(run(&path[20..], &demands(&[3], true)), Ok(()));
    }
}
