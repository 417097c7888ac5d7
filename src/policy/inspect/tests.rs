use super::*;
use crate::forge::pki::{Crl, Profile};
use crate::forge::{Authority, KeyKind, Validity};
use crate::policy::PolicySettings;
use crate::registry::Registry;
use crate::trust::anchor::{AnchorInput, Purposes};
use crate::trust::material::{Material, MaterialInput, PassedOver};
use crate::trust::validator::Validator;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

fn list(of: &Authority, validity: Validity) -> bytes::Bytes {
    let crl = Crl {
        validity,
        number: 1,
        revoked: Vec::new(),
    };
    of.crl(&crl).expect("crl").into()
}

fn rules(input: MaterialInput, agency: &[&str]) -> Rules {
    let policy = PolicySettings {
        agency_domains: agency.iter().map(|d| (*d).to_owned()).collect(),
        ..PolicySettings::default()
    };
    let material = Material::new(input).expect("material");
    let validator = Arc::new(Validator::new(Arc::new(material)));
    Rules::new(validator, Arc::new(Registry::default()), policy)
}

fn codes(found: &[Finding]) -> Vec<FindingCode> {
    found.iter().map(|f| f.code).collect()
}

struct World {
    root: Authority,
    ca: Authority,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Gốc", KeyKind::P256, Validity::around(NOW)).expect("root");
        let ca = root.authority("Cấp phát", KeyKind::P256, Validity::around(NOW));
        let ca = ca.expect("ca");
        Self { root, ca }
    }

    fn good(&self) -> MaterialInput {
        MaterialInput {
            anchors: vec![AnchorInput::ordinary("co-yeu", self.root.der().to_vec())],
            intermediates: vec![self.ca.der().to_vec()],
            crls: vec![
                list(&self.root, Validity::days(NOW, 1, 6)),
                list(&self.ca, Validity::days(NOW, 1, 6)),
                // Superseded, so its age is nobody's concern.
                list(&self.ca, Validity::days(NOW, 9, -2)),
            ],
            ..MaterialInput::default()
        }
    }
}

#[test]
fn nothing_is_found_where_all_is_well_and_much_where_nothing_is() {
    let world = World::new();
    assert_eq!(inspect(&rules(world.good(), &["co-yeu"]), NOW), []);
    let found = inspect(&rules(MaterialInput::default(), &["co-yeu"]), NOW);
    assert_eq!(
        codes(&found),
        [FindingCode::NoAnchors, FindingCode::DomainEmpty]
    );
}

#[test]
fn anchors_that_end_are_told_before() {
    let world = World::new();
    let not_after = world.good();
    let expiry = {
        let material = Material::new(not_after.clone()).expect("material");
        material.trust_anchors()[0].certificate().not_after()
    };
    for (before_days, expected) in [
        (31, None),
        (29, Some(FindingCode::AnchorExpires)),
        (0, Some(FindingCode::AnchorExpired)),
    ] {
        let found = inspect(
            &rules(world.good(), &[]),
            expiry.plus_secs(-before_days * DAY),
        );
        let of_anchor: Vec<FindingCode> = codes(&found)
            .into_iter()
            .filter(|c| matches!(c, FindingCode::AnchorExpires | FindingCode::AnchorExpired))
            .collect();
        assert_eq!(
            of_anchor,
            expected.into_iter().collect::<Vec<_>>(),
            "{before_days}"
        );
    }
    let with = |edit: &dyn Fn(&mut AnchorInput)| {
        let mut input = world.good();
        edit(&mut input.anchors[0]);
        codes(&inspect(&rules(input, &[]), NOW))
    };
    use FindingCode as F;
    assert_eq!(with(&|a| a.constraints.until = Some(NOW)), [F::AnchorEnded]);
    let soon = Some(NOW.plus_secs(DAY));
    assert_eq!(
        with(&|a| a.constraints.distrust_after = soon),
        [F::AnchorEnds]
    );
    assert_eq!(with(&|a| a.constraints.from = soon), [F::AnchorNotYet]);
    let none = with(&|a| a.constraints.purposes = Purposes::NONE);
    assert_eq!(none, [F::AnchorWithoutPurpose]);
}

#[test]
fn lists_and_certificates_that_serve_nothing_are_told() {
    use FindingCode as F;
    let world = World::new();
    let stranger = Authority::root("Lạ", KeyKind::P256, Validity::around(NOW)).expect("root");
    let lost = stranger.authority("Lạc", KeyKind::P256, Validity::around(NOW));
    let with = |edit: &dyn Fn(&mut MaterialInput)| {
        let mut input = world.good();
        edit(&mut input);
        codes(&inspect(&rules(input, &[]), NOW))
    };
    let replaced = |validity| list(&world.ca, validity);
    let lost = lost.expect("ca");
    assert_eq!(
        with(&|i| i.intermediates.push(lost.der().to_vec())),
        [F::IntermediateUnchained]
    );
    let foreign = list(&stranger, Validity::days(NOW, 1, 6));
    assert_eq!(
        with(&|i| i.crls.push(foreign.clone())),
        [F::CrlIssuerUnknown]
    );
    let stale = replaced(Validity::days(NOW, 3, -1));
    assert_eq!(with(&|i| i.crls[1] = stale.clone()), [F::CrlStale]);
    let due = replaced(Validity {
        from: NOW.plus_secs(-6 * DAY),
        until: NOW.plus_secs(DAY / 2),
    });
    assert_eq!(with(&|i| i.crls[1] = due.clone()), [F::CrlDue]);
    let daily = replaced(Validity {
        from: NOW.plus_secs(-DAY / 3),
        until: NOW.plus_secs(DAY * 2 / 3),
    });
    assert_eq!(with(&|i| i.crls[1] = daily.clone()), []);
    // Its own domain allows it half a day.
    let age = |i: &mut MaterialInput| i.anchors[0].constraints.max_crl_age_secs = Some(DAY / 2);
    assert_eq!(with(&age), [F::CrlStale, F::CrlStale]);
    let unit = world
        .ca
        .issue(&[], KeyKind::P256, Validity::around(NOW), Profile::Signing);
    let key = unit.expect("issued").subject_key;
    assert_eq!(with(&|i| i.distrust.push(key.into())), [F::DistrustIdle]);
    let anchor = world.root.key_digest();
    assert_eq!(
        with(&|i| i.distrust.push(anchor.into())),
        [F::AnchorDistrusted]
    );
    let broken = PassedOver {
        file: "certs/crl/a.crl".into(),
        problem: "cut".into(),
        earlier_kept: true,
    };
    assert_eq!(
        with(&|i| i.passed_over.push(broken.clone())),
        [F::FilePassedOver]
    );
}

#[test]
fn algorithms_are_told_before_they_end() {
    use crate::trust::algorithms::policy::{Item, KeyKind, Rule, Validity};
    let world = World::new();
    for (days_left, expected) in [
        (400, None),
        (300, Some(FindingCode::AlgorithmEnds)),
        (20, Some(FindingCode::AlgorithmDue)),
        (-1, Some(FindingCode::AlgorithmWeak)),
    ] {
        let until = Validity::before(NOW.plus_secs(days_left * DAY));
        let mut input = world.good();
        let rule = Rule::new(Item::Key(KeyKind::Ec, 256), until);
        input.algorithms.clear_keys(None, KeyKind::Ec);
        input.algorithms.set(rule);
        let found = codes(&inspect(&rules(input, &[]), NOW));
        // The root and the authority below it.
        let expected: Vec<FindingCode> = expected.into_iter().chain(expected).collect();
        assert_eq!(found, expected, "{days_left}");
    }
}
