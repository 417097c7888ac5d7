use super::*;
use crate::forge::{Authority, KeyKind, Validity};

fn root() -> Certificate {
    let around = Validity::around(Timestamp(1_795_000_000_000));
    let root = Authority::root("A", KeyKind::P256, around).expect("root");
    Certificate::parse(root.der()).expect("certificate")
}

fn layer(name: &str, text: &str) -> Layer {
    Layer::parse(Path::new(name), text).expect(text)
}

fn of(domain: &str, own: &str) -> Result<AnchorConstraints, ConfigError> {
    constraints(
        &layer("domain.toml", domain),
        &layer("a.toml", own),
        &root(),
    )
}

const FULL: &str = r#"
purposes = ["documents", "timestamping"]
from = "2026-01-01T00:00:00+07:00"
until = "2030-01-01T00:00:00+07:00"
distrust_after = "2027-01-01T00:00:00Z"
max_path_len = 2
max_crl_age_hours = 48

[policies]
accepted = ["1.2.3.4"]
inhibit_mapping = true

[names.permitted]
dns = ["gov.vn"]
dn = ["O=Ban Cơ yếu Chính phủ,C=VN"]
[names.excluded]
ip = ["10.0.0.0/8"]
"#;

#[test]
fn silence_restricts_nothing_and_each_key_does() {
    assert_eq!(of("", "").expect("silent"), AnchorConstraints::ordinary());
    let full = of(FULL, "").expect("full");
    let at = |text: &str| Timestamp::parse(text);
    assert!(full.purposes.documents && full.purposes.timestamping && !full.purposes.ocsp);
    assert_eq!(full.from, at("2026-01-01T00:00:00+07:00"));
    assert_eq!(full.until, at("2030-01-01T00:00:00+07:00"));
    assert_eq!(full.distrust_after, at("2027-01-01T00:00:00Z"));
    assert_eq!(
        (full.max_path_len, full.max_crl_age_secs),
        (Some(2), Some(172_800))
    );
    assert_eq!(full.policies, Some(BTreeSet::from([vec![0x2a, 3, 4]])));
    assert!(full.require_explicit_policy && full.inhibit_policy_mapping);
    assert!(!full.inhibit_any_policy);
    let (permitted, excluded) =
        readable_constraints(&full.names.expect("names")).expect("readable");
    assert_eq!(permitted, ["dns:gov.vn", "dn:O=Ban Cơ yếu Chính phủ,C=VN"]);
    assert_eq!(excluded, ["ip:10.0.0.0/8"]);
}

#[test]
fn an_anchors_own_file_goes_before_its_domain_key_by_key() {
    let own = "purposes = [\"ocsp\"]\nmax_path_len = 0\n[policies]\nrequire_explicit = false\n\
               accepted = [\"2.5.29.32.0\"]\n[names.permitted]\ndns = []\nmail = [\".vn\"]\n";
    let both = of(FULL, own).expect("both");
    assert!(both.purposes.ocsp && !both.purposes.documents);
    assert_eq!(
        (both.max_path_len, both.max_crl_age_secs),
        (Some(0), Some(172_800))
    );
    assert_eq!((both.policies, both.require_explicit_policy), (None, false));
    let (permitted, excluded) =
        readable_constraints(&both.names.expect("names")).expect("readable");
    assert_eq!(permitted, ["mail:.vn", "dn:O=Ban Cơ yếu Chính phủ,C=VN"]);
    assert_eq!(excluded, ["ip:10.0.0.0/8"], "what it does not name stays");
}

#[test]
fn what_is_written_says_the_same() {
    for (domain, own) in [
        ("", ""),
        (FULL, ""),
        (FULL, "purposes = []"),
        (
            "[policies]\naccepted=[\"1.2.3\"]\nrequire_explicit=false",
            "",
        ),
    ] {
        let first = of(domain, own).expect(domain);
        let text = to_toml(&first);
        assert_eq!(of(&text, "").expect("again"), first, "{text}");
        assert_eq!(of("", &text).expect("again"), first, "{text}");
    }
}

#[test]
fn every_mistake_shows_its_line() {
    for (text, line, column) in [
        ("purpose = []", 1, 1),
        ("purposes = [\"ocsp\", \"transport\"]", 1, 21),
        ("\nfrom = \"2026-01-01\"", 2, 8),
        ("max_path_len = 33", 1, 16),
        ("max_path_len = -1", 1, 16),
        ("[policies]\naccepted = []", 2, 12),
        ("[policies]\naccepted = [\"1.2\", \"x\"]", 2, 20),
        ("[names.permitted]\ndns = [\"*.vn\"]", 2, 8),
        ("[names.permitted]\nhost = []", 2, 1),
        (
            "[names]\nder = \"3000\"\n[names.excluded]\ndns = [\"a\"]",
            2,
            7,
        ),
        ("[names]\nder = \"30\"", 2, 7),
    ] {
        let Err(ConfigError::Mistake(mistake)) = Layer::parse(Path::new("d"), text) else {
            panic!("{text}: not refused at its place");
        };
        assert_eq!((mistake.line, mistake.column), (line, column), "{mistake}");
    }
    for (domain, own, place) in [
        (FULL, "until = \"2025-01-01T00:00:00Z\"", "a.toml:1:9"),
        (FULL, "from = \"2031-01-01T00:00:00Z\"", "domain.toml:4:9"),
        (
            "names.der = \"3000\"",
            "[names.permitted]\ndns = [\"a\"]",
            "a.toml:",
        ),
    ] {
        let error = of(domain, own).expect_err(own).to_string();
        assert!(error.starts_with(place), "{error}");
    }
}

/// The block of a page that begins with that line.
fn block<'t>(page: &'t str, first: &str) -> &'t str {
    let at = page.find(first).expect(first);
    let rest = &page[at..];
    &rest[..rest.find("```").expect("end")]
}

#[test]
fn the_examples_of_the_page_are_read() {
    let page = include_str!("../../../docs/trust.md");
    let example = of(block(page, "purposes = "), "").expect("domain.toml");
    assert!(example.names.is_some() && example.policies.is_some());
    assert!(!example.purposes.timestamping && example.distrust_after.is_some());
    let text = block(page, "[policy]");
    let path = Path::new("config/lienthong.toml");
    let environment = crate::config::Environment::default();
    let loaded = crate::config::read::parse(path, text, &environment).expect("lienthong.toml");
    assert_eq!(loaded.settings.policy.groups.len(), 2);
}
