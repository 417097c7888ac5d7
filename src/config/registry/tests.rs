//! The file is read as it is written, and each mistake is shown at its place.

use super::super::ConfigError;
use super::*;
use crate::model::{LocalDay, UnitCode};
use crate::registry::{Channel, Details, Standing, Unit, UnitKind};
use std::collections::BTreeMap;

const KEY: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn text() -> String {
    format!(
        "[[unit]]\ncode = \"H53\"\nname = \"Tỉnh \\\"mẫu\\\" \\\\\"\n\n[[unit]]\ncode = \"H53.7\"\n\
         name = \"Sở\"\nkind = \"other\"\nparent = \"H53\"\n\n[[binding]]\nunit = \"H53.7\"\n\
         role = \"agency\"\nissuer_key = \"{KEY}\"\nsubject_key = \"{KEY}\"\n\
         from = \"2026-11-24T00:00:00+07:00\"\nuntil = \"2027-11-24T00:00:00Z\"\nnote = \"CN=Sở\"\n"
    )
}

#[test]
fn the_sample_is_a_registry() {
    let sample = include_str!("../../../config/units.sample.toml");
    let registry = parse(Path::new("units.sample.toml"), sample).expect("sample");
    assert_eq!(registry.units().count(), 2);
    assert_eq!(registry.bindings().count(), 1);
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("units.toml");
    let registry = parse(&path, &text()).expect("good");
    write(&path, &registry).expect("written");
    assert_eq!(read(&path).expect("read"), registry);
    let added = edit(&path, |parts| {
        let units = &mut parts.units;
        let parent = units[0].code.clone();
        units.push(Unit {
            code: UnitCode::parse("H53.8").expect("code"),
            name: "Xã\n\u{7}".into(),
            kind: UnitKind::State,
            parent: Some(parent),
            channel: Channel::Push {
                url: "https://nhan.vn/x?a=\"".into(),
                ca: "H53.8.pem".into(),
            },
            details: Details::default(),
        });
        units[0].channel = Channel::Webhook {
            url: "https://[fd00::1]:8443/bao".into(),
            ca: None,
        };
    });
    assert_eq!(read(&path).expect("read"), added.expect("edited"));
    let error = edit(&path, |parts| parts.units.push(parts.units[0].clone())).expect_err("refused");
    assert!(matches!(error, ConfigError::Registry { .. }), "{error}");
    assert_eq!(read(&path).expect("read").units().count(), 3);
}

#[test]
fn a_channel_is_read_and_its_mistakes_show_their_line() {
    let with = |table: &str| text().replacen("parent = \"H53\"\n", &format!("{table}\n"), 1);
    let push = with("[unit.push]\nurl = \"https://a.vn/x\"\nca = \"a.pem\"");
    let registry = parse(Path::new("u"), &push).expect("good");
    let unit = registry.units().nth(1).expect("unit");
    assert_eq!(unit.channel.name(), "push");
    for (table, line) in [
        ("[unit.push]\nurl = \"http://a.vn/x\"\nca = \"a.pem\"", 10),
        (
            "[unit.push]\nurl = \"https://a.vn/x\"\nca = \"../a.pem\"",
            11,
        ),
        ("[unit.push]\nurl = \"https://a.vn/x\"", 9),
        (
            "[unit.webhook]\nurl = \"https://a.vn/x\"\nsecret = \"x\"",
            11,
        ),
        (
            "[unit.webhook]\nurl = \"https://a.vn/\"\n[unit.push]\nurl = \"https://a.vn/\"\nca = \"a\"",
            9,
        ),
    ] {
        let Err(ConfigError::Mistake(mistake)) = parse(Path::new("u"), &with(table)) else {
            panic!("{table}: not refused at its place");
        };
        assert_eq!(mistake.line, line, "{mistake}");
    }
}

#[test]
fn every_mistake_shows_its_line() {
    let table = [
        ("code = \"H53\"", "code = \"h53\"", 2),
        ("name = \"Sở\"", "nam = \"Sở\"", 7),
        ("\"other\"", "\"others\"", 8),
        ("\"agency\"", "\"stamp\"", 13),
        (KEY, "0101", 14),
        ("2026-11-24T00:00:00+07:00", "24/11/2026", 16),
        ("[[unit]]", "[[units]]", 1),
    ];
    for (from, to, line) in table {
        let changed = text().replacen(from, to, 1);
        let Err(ConfigError::Mistake(mistake)) = parse(Path::new("u"), &changed) else {
            panic!("{to}: not refused at its place");
        };
        assert_eq!(mistake.line, line, "{mistake}");
    }
}

/// NQ 1682/NQ-UBTVQH15 khoản 39–44: seventeen communes became six.
#[test]
fn the_sample_of_can_duoc_leads_from_each_old_unit_to_its_new_one() {
    let sample = include_str!("../../../config/can-duoc-2025.sample.toml");
    let registry = parse(Path::new("can-duoc-2025.sample.toml"), sample).expect("sample");
    let day = |text: &str| LocalDay::parse(text).expect("day");
    let old = |unit: &&Unit| unit.code.as_str().starts_with("MAU.LA.CD.");
    let mut into = BTreeMap::new();
    for unit in registry.units().filter(old) {
        let before = registry.lineage().standing(&unit.code, day("2025-06-30"));
        assert_eq!(before, Standing::InForce, "{}", unit.name);
        let Standing::Became(new, _) = registry.lineage().standing(&unit.code, day("2025-07-01"))
        else {
            panic!("{} leads nowhere", unit.name);
        };
        *into
            .entry(registry.unit(&new).expect("listed").name.clone())
            .or_insert(0) += 1;
    }
    let counts: Vec<i32> = into.values().copied().collect();
    assert_eq!(
        (into.len(), counts.iter().sum::<i32>()),
        (6, 17),
        "{into:?}"
    );
    let district = UnitCode::parse("MAU.LA.CD").expect("code");
    let standing = registry.lineage().standing(&district, day("2025-07-01"));
    assert!(matches!(standing, Standing::Abolished(_)), "{standing:?}");
    let written = to_toml(&registry);
    assert_eq!(parse(Path::new("again"), &written).expect("good"), registry);
}

#[test]
fn an_import_is_whole_or_nothing_and_a_dry_run_writes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("units.toml");
    let registry = parse(&path, &text()).expect("good");
    write(&path, &registry).expect("written");
    let before = std::fs::read(&path).expect("file");
    let table = |text: &str| Import::Table(text.as_bytes().to_vec());
    let good = table("code,name,parent\nH53.7,Sở Tài chính,H53\nH53.9,Xã,H53.7\n");
    let would = import(&path, &good, true).expect("good");
    assert_eq!(std::fs::read(&path).expect("file"), before);
    assert_eq!(would.len(), 2, "{would:?}");
    for bad in [
        "code,name\nH53.9,Xã\nh53,A\n",
        "code,name,parent\nH53.9,Xã,H54\n",
        "code,name,aliases\nH53.9,Xã,H53\n",
    ] {
        assert!(import(&path, &table(bad), false).is_err(), "{bad}");
        assert_eq!(std::fs::read(&path).expect("file"), before, "{bad}");
    }
    assert_eq!(import(&path, &good, false).expect("good"), would);
    assert_eq!(import(&path, &good, false).expect("again"), []);
    let known = read(&path).expect("read");
    assert_eq!((known.units().count(), known.bindings().count()), (3, 1));
    // A registry over it: its key, its change.
    let more = format!(
        "{}\n[[change]]\nkind = \"rename\"\non = \"2026-01-01\"\nbasis = \"QĐ 1\"\n\
        from = [\"H53.7\"]\nto = [\"H53\"]\n",
        text()
    );
    let more = Import::Registry(parse(&path, &more).expect("good"));
    assert_eq!(import(&path, &more, false).expect("good").len(), 2);
    assert_eq!(import(&path, &more, false).expect("again"), []);
}
