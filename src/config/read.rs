//! `lienthong.toml` into settings: strictly, each key once, with its source.

mod clocks;
mod delivery;
mod fetch;
mod groups;
mod kinds;
mod mail;
mod public;
mod report;
mod reports;
mod retention;
mod timestamp;

use super::settings::{Limits, Loaded, Settings};
use super::sources::{Effective, Environment, Source};
use super::{ConfigError, Mistake};
use crate::model::event::Policy;
use crate::model::{self, Language};
use crate::policy::PolicySettings;
use crate::trust::changes::ChangeLevel;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Reads the file under the process's environment.
///
/// # Errors
/// See [`ConfigError`].
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    load_with(path, &Environment::read())
}

/// Reads the file under the given environment.
///
/// # Errors
/// See [`ConfigError`].
pub fn load_with(path: &Path, environment: &Environment) -> Result<Loaded, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Read {
        path: path.into(),
        problem: e.to_string(),
    })?;
    parse(path, &text, environment)
}

type Text = Option<Spanned<String>>;
type Number = Option<Spanned<u64>>;
type Texts = Option<Spanned<Vec<String>>>;

/// Declares the sections with their keys; every key is optional and none is unknown.
macro_rules! sections {
    ($($section:ident { $($key:ident: $kind:ty,)* })*) => {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct Raw { $($section: sections::$section,)* }
        #[allow(non_camel_case_types, reason = "a section carries its name in the file")]
        mod sections {
            $(
                #[derive(serde::Deserialize, Default)]
                #[serde(deny_unknown_fields, default)]
                pub(super) struct $section { $(pub(super) $key: $kind,)* }
            )*
        }
        /// The name of every key.
        const KEYS: &[&str] = &[$($(concat!(stringify!($section), ".", stringify!($key)),)*)*];
    };
}

sections! {
    gateway { name: super::Text, language: super::Text, simulated: super::fetch::Flag, }
    paths {
        data: super::Text, certs: super::Text, units: super::Text, algorithms: super::Text,
        holidays: super::Text, targets: super::Text, procedures: super::Text,
        dossier_rules: super::Text,
    }
    exchange { listen: super::Text, names: super::Texts, }
    operations { listen: super::Text, }
    public { listen: super::Text, survey: super::Text, dossier: super::Text, }
    policy {
        signatures: super::Text, agency_domains: super::Texts, person_domains: super::Texts,
        group: super::groups::Groups, document: super::kinds::Kinds,
        after_last_signature: super::Text,
        hold_hours: super::Number, max_crl_age_hours: super::Number,
        look_back_days: super::Number,
    }
    fetch {
        enabled: super::fetch::Flag, private: super::Texts, hosts: super::Texts,
        connect_secs: super::Number, timeout_secs: super::Number,
        max_crl_bytes: super::Number, max_other_bytes: super::Number, cache_bytes: super::Number,
    }
    timestamp {
        url: super::Text, every_hours: super::Number, policy: super::Text,
        timeout_secs: super::Number,
    }
    delivery {
        private: super::Texts, at_once: super::Number, per_recipient: super::Number,
        connect_secs: super::Number, answer_secs: super::Number, first_retry_secs: super::Number,
        longest_retry_secs: super::Number,
    }
    clocks {
        inbox_secs: super::Number, push_secs: super::Number, urgent_secs: super::Number,
        flash_secs: super::Number, lease_secs: super::Number, grace_secs: super::Number,
    }
    report { columns: super::Texts, }
    mail {
        from: super::Text, folder: super::Text, host: super::Text, port: super::Number,
        security: super::Text, ca_file: super::Text, user: super::Text, password_file: super::Text,
        timeout_secs: super::Number, ahead_days: super::Number, every_days: super::Number,
    }
    reports { schedule: super::reports::Schedules, }
    retention {
        keep_days: super::Number, class: super::retention::Classes,
        dossier_days: super::Number, dossier: super::retention::Dossiers,
    }
    limits {
        max_file_bytes: super::Number, inline_judge_bytes: super::Number,
        max_connections: super::Number, staged_memory_bytes: super::Number,
        judge_queue_bytes: super::Number, judge_threads: super::Number,
        upload_idle_secs: super::Number, shutdown_secs: super::Number,
    }
}

pub(super) fn parse(
    path: &Path,
    text: &str,
    environment: &Environment,
) -> Result<Loaded, ConfigError> {
    let raw: Raw = toml::from_str(text).map_err(|e| {
        let mistake = Mistake::at(path, text, e.span(), e.message());
        ConfigError::Mistake(Box::new(mistake))
    })?;
    let mut pick = Picker {
        path,
        text,
        environment,
        taken: Vec::new(),
    };
    pick.known_variables()?;
    let home = home(path);
    let settings = settings(&mut pick, raw, &home)?;
    Ok(Loaded {
        path: path.into(),
        settings,
        sources: pick.taken,
    })
}

/// The installation directory: the file's folder, or the one above a folder named `config`.
fn home(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let above = folder.parent().filter(|_| folder.ends_with("config"));
    above.unwrap_or(folder).to_path_buf()
}

fn settings(pick: &mut Picker<'_>, raw: Raw, home: &Path) -> Result<Settings, ConfigError> {
    let Raw {
        gateway,
        paths,
        exchange,
        operations,
        public,
        mut policy,
        fetch,
        timestamp,
        delivery,
        clocks,
        report,
        mail,
        reports,
        retention,
        limits,
    } = raw;
    let (gateway_name, simulated) = pick_name(pick, gateway.name, gateway.simulated)?;
    let language = pick.text("gateway.language", gateway.language, "vi", language)?;
    let paths = pick_paths(pick, paths, home)?;
    Ok(Settings {
        gateway_name,
        simulated,
        language,
        data: paths.data,
        certs: paths.certs,
        units: paths.units,
        algorithms: paths.algorithms,
        holidays: paths.holidays,
        targets: paths.targets,
        procedures: paths.procedures,
        dossier_rules: paths.dossier_rules,
        exchange_listen: pick.text(
            "exchange.listen",
            exchange.listen,
            "127.0.0.1:8443",
            address,
        )?,
        server_names: pick.texts(
            "exchange.names",
            exchange.names,
            &["localhost", "127.0.0.1"],
        )?,
        operations_listen: pick.text(
            "operations.listen",
            operations.listen,
            "127.0.0.1:8480",
            address,
        )?,
        public: pick.public(public)?,
        max_crl_age_secs: pick_max_age(pick, policy.max_crl_age_hours.take())?,
        look_back_secs: pick_look_back(pick, policy.look_back_days.take())?,
        policy: pick_policy(pick, policy)?,
        fetch: pick.fetch(fetch)?,
        timestamp: pick.timestamp(timestamp)?,
        delivery: pick.delivery(delivery)?,
        retention: pick.retention(retention)?.into(),
        clocks: pick.clocks(clocks)?,
        columns: pick.columns(report.columns)?,
        mail: pick.mail(mail, home)?,
        schedules: pick.schedules(reports.schedule, home)?,
        limits: pick_limits(pick, limits, &Limits::default())?,
    })
}

/// Files and folders of the operator.
struct Paths {
    data: PathBuf,
    certs: PathBuf,
    units: PathBuf,
    algorithms: PathBuf,
    holidays: PathBuf,
    targets: PathBuf,
    procedures: PathBuf,
    dossier_rules: PathBuf,
}

fn pick_paths(
    pick: &mut Picker<'_>,
    raw: sections::paths,
    home: &Path,
) -> Result<Paths, ConfigError> {
    let inside = |text: &str| Ok(home.join(text));
    let mut path = |key, own, default| pick.text(key, own, default, inside);
    Ok(Paths {
        data: path("paths.data", raw.data, ".")?,
        certs: path("paths.certs", raw.certs, "certs")?,
        units: path("paths.units", raw.units, "config/units.toml")?,
        algorithms: path("paths.algorithms", raw.algorithms, "config/algorithms.toml")?,
        holidays: path("paths.holidays", raw.holidays, "config/holidays.toml")?,
        targets: path("paths.targets", raw.targets, "config/targets.toml")?,
        procedures: path("paths.procedures", raw.procedures, "config/procedures")?,
        dossier_rules: path(
            "paths.dossier_rules",
            raw.dossier_rules,
            "config/dossier-rules.toml",
        )?,
    })
}

/// The gateway's name, with its mark where the history is simulated.
fn pick_name(
    pick: &mut Picker<'_>,
    name: Text,
    simulated: fetch::Flag,
) -> Result<(String, bool), ConfigError> {
    let name = pick.text("gateway.name", name, "lienthong", gateway_name)?;
    let simulated = pick.flag("gateway.simulated", simulated, false)?;
    let marked = match simulated {
        true => model::simulated::name(&name),
        false => name,
    };
    Ok((marked, simulated))
}

fn pick_policy(
    pick: &mut Picker<'_>,
    policy: sections::policy,
) -> Result<PolicySettings, ConfigError> {
    Ok(PolicySettings {
        policy: pick.text(
            "policy.signatures",
            policy.signatures,
            "require-agency",
            signatures,
        )?,
        agency_domains: pick.texts("policy.agency_domains", policy.agency_domains, &[])?,
        person_domains: pick.texts("policy.person_domains", policy.person_domains, &[])?,
        types: pick.kinds("policy.document", policy.document)?,
        groups: pick.groups("policy.group", policy.group)?,
        after_last_signature: pick_later(pick, policy.after_last_signature)?,
        hold_secs: hours(pick.number("policy.hold_hours", policy.hold_hours, 48, 1..=8760)?),
    })
}

fn pick_max_age(pick: &mut Picker<'_>, age: Number) -> Result<Option<i64>, ConfigError> {
    let age = pick.number("policy.max_crl_age_hours", age, 0, 0..=87_600)?;
    Ok(Some(age).filter(|h| *h > 0).map(hours))
}

fn pick_later(pick: &mut Picker<'_>, level: Text) -> Result<ChangeLevel, ConfigError> {
    let name = "policy.after_last_signature";
    pick.text(name, level, "updates", later_changes)
}

fn pick_look_back(pick: &mut Picker<'_>, days: Number) -> Result<i64, ConfigError> {
    let days = pick.number("policy.look_back_days", days, 400, 1..=36_500)?;
    Ok(hours(days.saturating_mul(24)))
}

fn pick_limits(
    pick: &mut Picker<'_>,
    raw: sections::limits,
    d: &Limits,
) -> Result<Limits, ConfigError> {
    const TIB: u64 = 1 << 40;
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let size = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Ok(Limits {
        max_file_bytes: pick.number(
            "limits.max_file_bytes",
            raw.max_file_bytes,
            d.max_file_bytes,
            1024..=TIB,
        )?,
        inline_judge_bytes: pick.number(
            "limits.inline_judge_bytes",
            raw.inline_judge_bytes,
            d.inline_judge_bytes,
            0..=TIB,
        )?,
        max_connections: count(pick.number(
            "limits.max_connections",
            raw.max_connections,
            size(d.max_connections),
            1..=1_000_000,
        )?),
        staged_memory_bytes: pick.number(
            "limits.staged_memory_bytes",
            raw.staged_memory_bytes,
            d.staged_memory_bytes,
            0..=TIB,
        )?,
        judge_queue_bytes: pick.number(
            "limits.judge_queue_bytes",
            raw.judge_queue_bytes,
            d.judge_queue_bytes,
            1024..=TIB,
        )?,
        judge_threads: count(pick.number(
            "limits.judge_threads",
            raw.judge_threads,
            size(d.judge_threads),
            0..=1024,
        )?),
        upload_idle_secs: pick.number(
            "limits.upload_idle_secs",
            raw.upload_idle_secs,
            d.upload_idle_secs,
            1..=3600,
        )?,
        shutdown_secs: pick.number(
            "limits.shutdown_secs",
            raw.shutdown_secs,
            d.shutdown_secs,
            1..=3600,
        )?,
    })
}

fn hours(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(3600)
}

fn gateway_name(text: &str) -> Result<String, String> {
    let clean = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if model::simulated::resembles(text) {
        // Whoever reads it would take what took place for simulated.
        Err("what is simulated is said by gateway.simulated, not by the name".into())
    } else if clean && text.chars().count() <= 100 {
        Ok(text.to_owned())
    } else {
        Err("a name of 1 to 100 characters is needed".into())
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_name(text).ok_or_else(|| one_of(Language::ALL.iter().map(|l| l.name())))
}

fn signatures(text: &str) -> Result<Policy, String> {
    Policy::from_name(text).ok_or_else(|| one_of(Policy::ALL.iter().map(|p| p.name())))
}

/// What may be admitted: never what nothing explains.
fn later_changes(text: &str) -> Result<ChangeLevel, String> {
    let all = [
        ChangeLevel::Updates,
        ChangeLevel::Forms,
        ChangeLevel::Annotations,
    ];
    let found = all.into_iter().find(|level| level.name() == text);
    found.ok_or_else(|| one_of(all.iter().map(|level| level.name())))
}

fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("expected one of: {}", names.collect::<Vec<_>>().join(", "))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an address and a port, for example 127.0.0.1:8443".to_owned())
}

/// A list as a variable gives it.
#[allow(clippy::unnecessary_wraps, reason = "reading other values can fail")]
fn comma_separated(text: &str) -> Result<Vec<String>, String> {
    let parts = text.split(',').map(|part| part.trim().to_owned());
    Ok(parts.filter(|part| !part.is_empty()).collect())
}

/// Takes each key from the environment, the file or the default, and notes which.
struct Picker<'a> {
    path: &'a Path,
    text: &'a str,
    environment: &'a Environment,
    taken: Vec<Effective>,
}

const PREFIX: &str = "LIENTHONG__";

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

impl Picker<'_> {
    fn known_variables(&self) -> Result<(), ConfigError> {
        let known: Vec<String> = KEYS.iter().map(|key| variable(key)).collect();
        let mut all = self.environment.starting(PREFIX);
        match all.find(|name| !known.iter().any(|k| k == name)) {
            None => Ok(()),
            Some(name) => Err(ConfigError::Environment {
                name: name.to_owned(),
                problem: "there is no such setting".into(),
            }),
        }
    }

    /// Takes one key: the text of the environment parsed by `read`, the value of the file, or the
    /// default; then checks it.
    fn take<R: Clone, T>(
        &mut self,
        key: &'static str,
        file: Option<Spanned<R>>,
        default: R,
        read: impl Fn(&str) -> Result<R, String>,
        show: impl Fn(&R) -> String,
        check: impl Fn(&R) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let name = variable(key);
        if let Some(text) = self.environment.get(&name) {
            let wrong = |problem| ConfigError::Environment {
                name: name.clone(),
                problem,
            };
            let raw = read(text).map_err(wrong)?;
            let value = check(&raw).map_err(wrong)?;
            self.note(key, show(&raw), Source::Environment(name));
            return Ok(value);
        }
        if let Some(spanned) = file {
            let at =
                |problem: &str| Mistake::at(self.path, self.text, Some(spanned.span()), problem);
            let wrong = |problem: String| ConfigError::Mistake(Box::new(at(&problem)));
            let value = check(spanned.get_ref()).map_err(wrong)?;
            let source = Source::File(self.path.into(), at("").line);
            self.note(key, show(spanned.get_ref()), source);
            return Ok(value);
        }
        self.note(key, show(&default), Source::Default);
        check(&default).map_err(|problem| ConfigError::Environment { name, problem })
    }

    fn note(&mut self, key: &'static str, value: String, source: Source) {
        self.taken.push(Effective { key, value, source });
    }

    fn text<T>(
        &mut self,
        key: &'static str,
        file: Text,
        default: &str,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let read = |text: &str| Ok(text.to_owned());
        let show = |raw: &String| format!("{raw:?}");
        self.take(key, file, default.to_owned(), read, show, |raw| check(raw))
    }

    fn texts(
        &mut self,
        key: &'static str,
        file: Texts,
        default: &[&str],
    ) -> Result<Vec<String>, ConfigError> {
        let default = default.iter().map(|text| (*text).to_owned()).collect();
        self.take(
            key,
            file,
            default,
            comma_separated,
            |raw| format!("{raw:?}"),
            |raw| Ok(raw.clone()),
        )
    }

    fn number(
        &mut self,
        key: &'static str,
        file: Number,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let read = |text: &str| {
            text.parse()
                .map_err(|_| "expected a whole number".to_owned())
        };
        let outside = || format!("expected {} to {}", range.start(), range.end());
        let check = |raw: &u64| range.contains(raw).then_some(*raw).ok_or_else(outside);
        self.take(key, file, default, read, u64::to_string, check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings_of(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        parse(path, text, &Environment::of(variables))
    }

    #[test]
    fn paths_are_relative_to_the_installation() {
        let loaded = settings_of("", &[]).expect("defaults");
        assert_eq!(loaded.settings.data, Path::new("/srv/lt/."));
        assert_eq!(loaded.settings.own(), Path::new("/srv/lt/certs/own"));
        assert_eq!(
            home(Path::new("/etc/lienthong/lienthong.toml")),
            Path::new("/etc/lienthong")
        );
        assert_eq!(home(Path::new("config/lienthong.toml")), Path::new(""));
        let listed: Vec<&str> = loaded.sources.iter().map(|s| s.key).collect();
        let (mut all, mut found) = (KEYS.to_vec(), listed);
        all.sort_unstable();
        found.sort_unstable();
        assert_eq!(all, found, "every key is taken exactly once");
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let text = "[exchange]\nlisten = \"10.0.0.5:443\"\nnames = [\"a.vn\"]\n";
        let variables = [
            ("LIENTHONG__EXCHANGE__NAMES", "b.vn, 10.0.0.5"),
            ("LIENTHONG__POLICY__MAX_CRL_AGE_HOURS", "24"),
        ];
        let loaded = settings_of(text, &variables).expect("good");
        assert_eq!(loaded.settings.server_names, ["b.vn", "10.0.0.5"]);
        assert_eq!(loaded.settings.max_crl_age_secs, Some(86_400));
        let source = |key: &str| {
            let found = loaded.sources.iter().find(|e| e.key == key);
            found.map(|e| e.source.to_string()).expect("listed")
        };
        assert_eq!(source("exchange.listen"), "/srv/lt/config/lienthong.toml:2");
        assert_eq!(source("exchange.names"), "$LIENTHONG__EXCHANGE__NAMES");
        assert_eq!(source("gateway.name"), "default");
    }

    #[test]
    fn every_mistake_shows_line_and_column() {
        let table = [
            (
                "[exchange]\nlisten = \"here\"\n",
                2,
                10,
                6,
                "127.0.0.1:8443",
            ),
            (
                "[exchange]\n  lisen = \"1.2.3.4:5\"\n",
                2,
                3,
                5,
                "unknown field",
            ),
            ("\n[exchang]\n", 2, 2, 7, "unknown field"),
            ("[gateway]\nname = 5\n", 2, 8, 1, "string"),
            ("[gateway]\nname = \"\"\n", 2, 8, 2, "1 to 100"),
            ("[gateway]\nname = \"Sở\" x\n", 2, 13, 1, ""),
            (
                "[gateway]\nname = \"a\"\nname = \"b\"\n",
                3,
                1,
                4,
                "duplicate",
            ),
            ("[policy]\nsignatures = \"all\"\n", 2, 14, 5, "require-both"),
            ("[limits]\nmax_connections = 0\n", 2, 19, 1, "1 to 1000000"),
            ("[limits]\nmax_connections = -1\n", 2, 19, 2, ""),
        ];
        for (text, line, column, width, problem) in table {
            let Err(ConfigError::Mistake(mistake)) = settings_of(text, &[]) else {
                panic!("{text}: not refused at its place");
            };
            let found = (mistake.line, mistake.column, mistake.width);
            assert_eq!(found, (line, column, width), "{text}: {mistake}");
            assert!(mistake.problem.contains(problem), "{text}: {mistake}");
        }
    }

    #[test]
    fn the_caret_stands_under_the_mistake() {
        let Err(error) = settings_of("[gateway]\nlanguage = \"fr\"\n", &[]) else {
            panic!("not refused");
        };
        let expected = "/srv/lt/config/lienthong.toml:2:12: expected one of: vi, en\n  |\n\
                        2 | language = \"fr\"\n  |            ^^^^";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_variable_without_a_setting_is_refused() {
        for (name, value) in [
            ("LIENTHONG__EXCHANGE__LISEN", "x"),
            ("LIENTHONG__LIMITS__MAX_CONNECTIONS", "x"),
        ] {
            let error = settings_of("", &[(name, value)]).expect_err("refused");
            assert!(matches!(error, ConfigError::Environment { .. }), "{error}");
        }
    }
}
