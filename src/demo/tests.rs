//! Every document of the plan, judged without a daemon: what is intended is what the rules say.

use super::cases::{Case, Intended, Why};
use super::documents::{DocumentToSend, make};
use super::exhibits;
use super::install::Plan;
use super::online::STAMPS;
use super::world::World;
use crate::clock::{Clock, SystemClock};
use crate::format::content::{Content, Memory};
use crate::format::envelope::{Envelope, Secrecy};
use crate::judge::findings;
use crate::model::{Disposition, Language, UnitCode};
use crate::policy::{Judgement, PolicySettings, Rules, Sent, judge_document, refused_for_secrecy};
use crate::registry::Registry;
use crate::trust::anchor::AnchorInput;
use crate::trust::evidence::{Need, Pool};
use crate::trust::material::{Material, MaterialInput};
use crate::trust::validator::Validator;
use std::sync::Arc;

fn rules(world: &World, fresh: bool) -> Rules {
    let plan = Plan::of(world).expect("plan");
    let mut files = plan.material;
    if fresh {
        files.push(world.fresh_crl(world.now).expect("crl"));
    }
    let under = |folder: &str| -> Vec<(String, Vec<u8>)> {
        let inside = files.iter().filter(|f| f.path.starts_with(folder));
        let inside = inside.filter(|f| !f.path.ends_with(".toml"));
        let named = inside.map(|f| {
            let domain = f.path.split('/').nth(1).unwrap_or_default();
            (domain.to_owned(), f.bytes.clone())
        });
        named.collect()
    };
    let bare = |folder: &str| under(folder).into_iter().map(|(_, b)| b).collect();
    let material = Material::new(MaterialInput {
        anchors: under("trust/")
            .into_iter()
            .map(|(domain, der)| {
                let mut anchor = AnchorInput::ordinary(domain, der);
                anchor.constraints.purposes.timestamping = anchor.domain == STAMPS;
                anchor
            })
            .collect(),
        intermediates: bare("intermediate/"),
        crls: bare("crl/").into_iter().map(Into::into).collect(),
        ..MaterialInput::default()
    });
    let registry = Registry::new(plan.units, plan.bindings).expect("registry");
    let policy = PolicySettings {
        agency_domains: vec![super::world::SPECIAL.into()],
        ..PolicySettings::default()
    };
    let material = Arc::new(material.expect("material"));
    let validator = Validator::with_pool(material, Arc::new(Pool::fetching()));
    Rules::new(Arc::new(validator), Arc::new(registry), policy)
}

/// Judges, gets what is needed from where it is, and judges again.
fn judge(rules: &Rules, world: &World, document: &DocumentToSend, spoken: bool) -> Judgement {
    for _ in 0..4 {
        let (judgement, needs) = round(rules, world, document);
        let sources = needs.iter().flat_map(|need| &need.sources);
        let got: Vec<_> = sources
            .filter_map(|s| Some((s.kind(), world.online.get(s, spoken)?)))
            .collect();
        if got.is_empty() {
            return judgement;
        }
        for (kind, bytes) in got {
            rules.validator.pool().add(kind, bytes).expect("evidence");
        }
    }
    round(rules, world, document).0
}

fn round(rules: &Rules, world: &World, document: &DocumentToSend) -> (Judgement, Vec<Need>) {
    let envelope = Envelope::parse(&document.envelope).expect("envelope");
    if envelope.secrecy != Secrecy::None {
        return (refused_for_secrecy(rules, &envelope.kind), Vec::new());
    }
    let contents: Vec<Memory> = document
        .files
        .iter()
        .map(|f| Memory::new(f.bytes.clone().into()))
        .collect();
    let contents: Vec<&dyn Content> = contents.iter().map(|m| -> &dyn Content { m }).collect();
    let findings = findings(&rules.validator, &envelope, &contents, world.now);
    let sender = UnitCode::parse(super::units::UNITS[document.sender].code).expect("code");
    let needs = findings.iter().flat_map(|f| f.report.needs()).collect();
    let sent = Sent {
        by: &sender,
        kind: &envelope.kind,
        at: world.now,
    };
    (judge_document(rules, sent, &findings), needs)
}

fn is(judgement: &Judgement, why: Why) -> bool {
    judgement.sub == why.sub && judgement.reason.code == why.reason
}

#[test]
fn the_rules_say_what_is_intended() {
    let world = World::new(SystemClock.now(), super::online::NOWHERE).expect("world");
    let (stale, fresh) = (rules(&world, false), rules(&world, true));
    let mut wrong = Vec::new();
    for document in make(&world).expect("made") {
        let first = judge(&stale, &world, &document, false);
        let last = judge(&fresh, &world, &document, true);
        let right = match document.case.intended() {
            Intended::Accepted { person } => {
                first.disposition == Disposition::Accept && first.person_signed == person
            }
            Intended::HeldThenAccepted(why) => {
                first.disposition == Disposition::Hold
                    && is(&first, why)
                    && last.disposition == Disposition::Accept
            }
            Intended::Held(why) => last.disposition == Disposition::Hold && is(&last, why),
            Intended::Refused(why) => first.disposition == Disposition::Refuse && is(&first, why),
        };
        if !right {
            let case: Case = document.case;
            wrong.push(format!(
                "{case}: {} {:?} {:?}",
                first.disposition, first.sub, first.reason
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_exhibit_gets_its_answer() {
    let world = World::new(SystemClock.now(), super::online::NOWHERE).expect("world");
    let rules = rules(&world, true);
    let material = rules.validator.material();
    let mut wrong = Vec::new();
    for one in exhibits::make(&world).expect("made") {
        let file = Memory::new(one.file.clone().into());
        let content = one.content.clone().map(|bytes| Memory::new(bytes.into()));
        let content = content.as_ref().map(|memory| -> &dyn Content { memory });
        let report = rules.validator.judge_file(&file, content, world.now);
        let digest = crate::model::Digest::of(&one.file);
        let json = crate::judge::report::file(&report, digest, (world.now, None), material);
        let json = serde_json::from_slice(&json).expect("JSON");
        let found = exhibits::Found::of(&json);
        let (name, code) = (one.exhibit.name, one.exhibit.name.replace('_', "-"));
        for language in [Language::Vi, Language::En] {
            let words = crate::lang::word(language, "demo-exhibit", name);
            assert!(!words.contains(&code), "{language}: no words for {name}");
        }
        if !found.is(one.exhibit.answer) {
            wrong.push(format!("{}: {found:?}", one.exhibit.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
