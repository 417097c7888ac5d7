//! Every sample, every component of it absent, doubled, surplus, unsigned and expired, every condition both ways; and
//! the place of every mistake.

use super::*;
use crate::dossier::{
    Answer, Component, Content, Facts, Offered, Outcome, Presented, Problem, SignedBy, cases, check,
};
use crate::model::{Digest, LocalDay};
use crate::policy::SignedFile;
use std::path::Path;

fn of(text: &str) -> Result<Procedure, ConfigError> {
    parse(Path::new("/srv/procedures/p.toml"), text)
}

fn samples() -> Vec<Procedure> {
    let read = |(name, text): &(&str, &str)| {
        parse(Path::new(name), text).unwrap_or_else(|e| panic!("{e}"))
    };
    SAMPLES.iter().map(read).collect()
}

fn day() -> LocalDay {
    LocalDay::parse("2026-11-24").expect("day")
}

/// All cases of all facts of a procedure.
fn all_cases(procedure: &Procedure) -> Vec<Facts> {
    let mut every = vec![Facts::new()];
    for component in &procedure.components {
        let Some(when) = &component.when else {
            continue;
        };
        let own = cases(procedure, when).expect("few");
        let joined = every.iter().flat_map(|facts| {
            own.iter().filter_map(|more| {
                let fits = |(name, value)| facts.get(name).is_none_or(|known| known == value);
                let agrees = more.iter().all(fits);
                agrees.then(|| facts.clone().into_iter().chain(more.clone()).collect())
            })
        });
        every = joined.collect();
    }
    every
}

/// A component as it has to be.
fn good(component: &Component, seed: u32) -> Offered {
    let form = *component.forms.last().expect("form");
    let all = SignedFile {
        agency: true,
        person: true,
        anybody: true,
        worst: None,
    };
    Offered {
        component: Some(component.id.clone()),
        form,
        copies: component.copies,
        template: component.template.clone(),
        issued: component.valid.map(|_| day()),
        content: match form.is_paper() {
            true => Content::Paper { signed: true },
            false => Content::File {
                digest: Digest::of(&seed.to_be_bytes()),
                signatures: Some(all),
            },
        },
    }
}

fn answer(procedure: &Procedure, facts: &Facts, offered: &[Offered]) -> Answer {
    let day = day();
    let presented = Presented {
        day,
        facts,
        offered,
    };
    check(procedure, &presented)
}

fn problems(answer: &Answer) -> Vec<(Problem, Option<&str>)> {
    let items = answer.items.iter();
    items
        .map(|item| (item.problem, item.component.as_deref()))
        .collect()
}

/// A component spoiled in one way, and what has to be said of it.
fn spoiled(component: &Component, seed: u32) -> Vec<(Offered, Problem)> {
    let whole = good(component, seed);
    let mut all = Vec::new();
    if component.signed_by != SignedBy::Nobody {
        let content = match whole.content {
            Content::Paper { .. } => Content::Paper { signed: false },
            Content::File { digest, .. } => Content::File {
                digest,
                signatures: Some(SignedFile::default()),
            },
        };
        all.push((
            Offered {
                content,
                ..whole.clone()
            },
            Problem::Unsigned,
        ));
    }
    if component.template.is_some() {
        let template = Some("khác".to_owned());
        all.push((
            Offered {
                template,
                ..whole.clone()
            },
            Problem::WrongTemplate,
        ));
    }
    if component.valid.is_some() {
        let issued = LocalDay::parse("2020-01-01");
        all.push((Offered { issued, ..whole }, Problem::OutOfDate));
    }
    all
}

#[test]
fn every_component_of_every_sample_in_every_case() {
    let mut checks = 0_u32;
    for procedure in samples() {
        let cases = all_cases(&procedure);
        for (nth, component) in procedure.components.iter().enumerate() {
            let asks = |facts: &Facts| procedure.asks(component, facts) == Some(true);
            let (met, all) = (cases.iter().filter(|c| asks(c)).count(), cases.len());
            let conditional = component.when.is_some();
            assert_eq!(
                (met > 0, met < all),
                (
                    component.in_database.is_none(),
                    conditional || component.in_database.is_some()
                ),
                "{}: {}",
                procedure.name,
                component.id
            );
            for facts in &cases {
                checks += one(&procedure, facts, nth);
            }
        }
    }
    assert!(checks > 500, "{checks}");
    println!("{checks} sets");
}

/// Everything that can be wrong about one component in one case; how many sets that were.
fn one(procedure: &Procedure, facts: &Facts, nth: usize) -> u32 {
    let component = &procedure.components[nth];
    let asked = |c: &&Component| procedure.asks(c, facts) == Some(true);
    let stands_behind = |c: &Component| {
        let others = procedure.components.iter().filter(asked);
        let mut before = others.take_while(|other| other.id != c.id);
        c.one_of.is_some() && before.any(|other| other.one_of == c.one_of)
    };
    let needed = procedure.components.iter().filter(asked);
    let needed: Vec<&Component> = needed.filter(|c| !stands_behind(c)).collect();
    let set: Vec<Offered> = (0..).zip(&needed).map(|(i, c)| good(c, i)).collect();
    assert_eq!(answer(procedure, facts, &set).items, []);
    let without = |id: &str| -> Vec<Offered> {
        let others = set
            .iter()
            .filter(|one| one.component.as_deref() != Some(id));
        others.cloned().collect()
    };
    let own = Some(component.id.as_str());
    if !needed.iter().any(|c| c.id == component.id) {
        let mut more = set.clone();
        more.push(good(component, 1_000));
        let found = answer(procedure, facts, &more);
        assert_eq!(found.outcome, Outcome::Surplus);
        assert!(found.items.iter().all(|item| item.problem.is_surplus()));
        assert_eq!(found.items.len(), 1);
        return 2;
    }
    let absent = without(&component.id);
    assert_eq!(
        problems(&answer(procedure, facts, &absent)),
        [(Problem::Missing, own)]
    );
    let mut doubled = set.clone();
    doubled.push(good(component, 1_000));
    let expected: &[(Problem, Option<&str>)] = match component.several {
        true => &[],
        false => &[(Problem::MoreThanAsked, own)],
    };
    assert_eq!(problems(&answer(procedure, facts, &doubled)), expected);
    let bad = spoiled(component, 1_000);
    for (offered, problem) in &bad {
        let mut spoiled = absent.clone();
        spoiled.push(offered.clone());
        let found = answer(procedure, facts, &spoiled);
        assert_eq!(problems(&found), [(*problem, own)]);
        assert_eq!(found.outcome, Outcome::Incomplete);
    }
    3_u32.saturating_add(u32::try_from(bad.len()).unwrap_or(0))
}

#[test]
fn what_is_written_is_read_back() {
    for procedure in samples() {
        assert_eq!(
            of(&to_toml(&procedure)).expect("read back"),
            procedure,
            "{}",
            to_toml(&procedure)
        );
    }
}

const GOOD: &str = "code = \"1.1\"\nname = \"Một\"\nfield = \"Hộ tịch\"\nlevel = \"commune\"\n\
                    basis = \"QĐ 1\"\nversion = 1\nfrom = \"2025-07-01\"\nworking_days = 3\n\
                    [facts.x]\nquestion = \"?\"\nkind = \"flag\"\n\
                    [[component]]\nid = \"a\"\nname = \"A\"\nforms = [\"original\"]\nwhen = \"x\"\n";

#[test]
fn every_mistake_shows_its_line() {
    assert!(of(GOOD).is_ok());
    for (from, to, line, column) in [
        ("1.1", "../1", 1, 8),
        ("Một", " ", 2, 8),
        ("commune", "xã", 4, 9),
        ("version = 1", "version = 0", 6, 11),
        ("2025-07-01", "2025-13-01", 7, 8),
        ("working_days = 3\n", "", 1, 8),
        ("working_days = 3", "working_days = -3", 8, 16),
        ("\"flag\"", "\"flags\"", 9, 1),
        ("\"a\"", "\"A\"", 13, 6),
        ("[\"original\"]", "[]", 13, 6),
        ("\"original\"", "\"giấy\"", 15, 10),
        ("\"x\"", "\"x and\"", 16, 14),
        ("\"x\"", "\"x & y\"", 16, 11),
        ("\"x\"", "\"y\"", 13, 6),
        ("\"x\"", "\"x and not x\"", 13, 6),
        ("when", "whenever", 16, 1),
        ("name = \"A\"", "name = \"A\"\ncopies = 0", 13, 6),
    ] {
        let changed = GOOD.replacen(from, to, 1);
        let Err(ConfigError::Mistake(mistake)) = of(&changed) else {
            panic!("{to}: not refused at its place");
        };
        assert_eq!((mistake.line, mistake.column), (line, column), "{mistake}");
    }
}

#[test]
fn files_are_taken_all_or_none_and_a_version_never_changes() {
    let dir = tempfile::tempdir().expect("folder");
    let folder = dir.path().join("procedures");
    let put = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let first = put("a.toml", GOOD);
    let wrong = put("b.toml", "code = 1");
    assert!(import(&folder, &[first.clone(), wrong], false).is_err());
    assert!(!folder.exists(), "nothing half-imported");
    assert!(import(&folder, std::slice::from_ref(&first), true).is_ok());
    assert!(!folder.exists(), "a dry run writes nothing");
    let done = import(&folder, std::slice::from_ref(&first), false).expect("taken");
    assert!(done.iter().all(|one| one.new && one.before.is_none()));
    let again = import(&folder, std::slice::from_ref(&first), false).expect("taken");
    assert!(again.iter().all(|one| !one.new), "the same again");
    let changed = put("c.toml", &GOOD.replace("Một", "Khác"));
    let refused = import(&folder, &[changed], false);
    let Err(ProceduresError::NotTaken { problem, .. }) = refused else {
        panic!("a published version was changed");
    };
    assert!(matches!(problem, NotTaken::Changed(..)), "{problem}");
    let second = GOOD
        .replace("version = 1", "version = 2")
        .replace("\"A\"", "\"B\"");
    let early = put("d.toml", &second);
    assert!(
        import(&folder, &[early], false).is_err(),
        "it begins on the same day"
    );
    let later = put("e.toml", &second.replace("2025-07-01", "2026-07-01"));
    let done = import(&folder, &[later], false).expect("taken");
    let (version, differs) = done[0].before.as_ref().expect("compared");
    assert_eq!((*version, differs.len()), (1, 2), "{differs:?}");
    let all = read(&folder).expect("read");
    let name = |day: &str| {
        let day = LocalDay::parse(day).expect("day");
        all.in_force("1.1", day)
            .map(|own| own.components[0].name.clone())
    };
    assert_eq!(name("2025-06-30"), None);
    assert_eq!(name("2026-06-30").as_deref(), Some("A"));
    assert_eq!(name("2026-07-01").as_deref(), Some("B"));
}
