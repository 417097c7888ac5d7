//! Every document of the plan, judged without a daemon: what is intended is what the rules say.

use super::cases::{Case, Intended};
use super::documents::{DocumentToSend, make};
use super::install::Plan;
use super::world::World;
use crate::clock::{Clock, SystemClock};
use crate::format::content::{Content, Memory};
use crate::format::envelope::{Envelope, Secrecy};
use crate::model::event::FileRole;
use crate::model::{Disposition, UnitCode};
use crate::policy::{
    FileFinding, Judgement, PolicySettings, Rules, judge_document, refused_for_secrecy,
};
use crate::registry::Registry;
use crate::trust::anchor::AnchorInput;
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
            .map(|(domain, der)| AnchorInput::ordinary(domain, der))
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
    let validator = Validator::new(Arc::new(material.expect("material")));
    Rules::new(Arc::new(validator), Arc::new(registry), policy)
}

fn judge(rules: &Rules, world: &World, document: &DocumentToSend) -> Judgement {
    let envelope = Envelope::parse(&document.envelope).expect("envelope");
    if envelope.secrecy != Secrecy::None {
        return refused_for_secrecy(rules);
    }
    let contents: Vec<Memory> = document
        .files
        .iter()
        .map(|f| Memory::new(f.bytes.clone().into()))
        .collect();
    let finding = |(i, entry): (usize, &crate::format::envelope::FileEntry)| {
        let detached = (entry.role == FileRole::Signature)
            .then(|| {
                entry.of.map(|of| {
                    let content: &dyn Content = &contents[of];
                    content
                })
            })
            .flatten();
        FileFinding {
            role: entry.role,
            of: entry.of,
            report: rules
                .validator
                .judge_file(&contents[i], detached, world.now),
        }
    };
    let findings: Vec<FileFinding> = envelope.files.iter().enumerate().map(finding).collect();
    let sender = UnitCode::parse(super::units::UNITS[document.sender].code).expect("code");
    judge_document(rules, &sender, &findings, world.now)
}

#[test]
fn the_rules_say_what_is_intended() {
    let world = World::new(SystemClock.now()).expect("world");
    let (stale, fresh) = (rules(&world, false), rules(&world, true));
    let mut wrong = Vec::new();
    for document in make(&world).expect("made") {
        let first = judge(&stale, &world, &document);
        let last = judge(&fresh, &world, &document);
        let right = match document.case.intended() {
            Intended::Accepted { person } => {
                first.disposition == Disposition::Accept && first.person_signed == person
            }
            Intended::HeldThenAccepted => {
                first.disposition == Disposition::Hold && last.disposition == Disposition::Accept
            }
            Intended::Refused(reasons) => {
                first.disposition == Disposition::Refuse && reasons.contains(&first.reason.code)
            }
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
