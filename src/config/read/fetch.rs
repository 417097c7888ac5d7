//! `[fetch]`: who may be asked for validation material, and how long.

use super::super::ConfigError;
use super::super::settings::FetchSettings;
use super::{Picker, sections};
use crate::model::HostPort;
use crate::model::host_port::is_host_name;
use std::time::Duration;
use toml::Spanned;

pub(super) type Flag = Option<Spanned<bool>>;

/// The largest bound that can be set for one fetch: ten minutes.
const MOST_SECS: u64 = 600;
/// One list cannot be longer than offsets into it reach.
const MOST_BYTES: u64 = 4 << 30;

impl Picker<'_> {
    pub(super) fn fetch(&mut self, raw: sections::fetch) -> Result<FetchSettings, ConfigError> {
        let d = FetchSettings::default();
        let secs = |n: u64| Duration::from_secs(n);
        Ok(FetchSettings {
            enabled: self.flag("fetch.enabled", raw.enabled, d.enabled)?,
            private: self.each("fetch.private", raw.private, door)?,
            hosts: self.each("fetch.hosts", raw.hosts, host)?,
            connect: secs(self.number(
                "fetch.connect_secs",
                raw.connect_secs,
                d.connect.as_secs(),
                1..=MOST_SECS,
            )?),
            whole: secs(self.number(
                "fetch.timeout_secs",
                raw.timeout_secs,
                d.whole.as_secs(),
                1..=MOST_SECS,
            )?),
            max_crl_bytes: self.number(
                "fetch.max_crl_bytes",
                raw.max_crl_bytes,
                d.max_crl_bytes,
                1024..=MOST_BYTES,
            )?,
            max_other_bytes: self.number(
                "fetch.max_other_bytes",
                raw.max_other_bytes,
                d.max_other_bytes,
                1024..=MOST_BYTES,
            )?,
            cache_bytes: self.number(
                "fetch.cache_bytes",
                raw.cache_bytes,
                d.cache_bytes,
                0..=1 << 40,
            )?,
        })
    }

    pub(super) fn flag(
        &mut self,
        key: &'static str,
        file: Flag,
        default: bool,
    ) -> Result<bool, ConfigError> {
        let read = |text: &str| {
            text.parse()
                .map_err(|_| "expected true or false".to_owned())
        };
        self.take(key, file, default, read, bool::to_string, |raw| Ok(*raw))
    }

    /// A list whose items are all parsed; empty by default.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        file: super::Texts,
        item: fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        let check = |raw: &Vec<String>| raw.iter().map(|text| item(text)).collect();
        let show = |raw: &Vec<String>| format!("{raw:?}");
        self.take(key, file, Vec::new(), super::comma_separated, show, check)
    }
}

pub(super) fn door(text: &str) -> Result<HostPort, String> {
    let expected = "a host and its port, for example 10.1.2.3:80 or ocsp.noi-bo.vn:8080";
    HostPort::parse(text).ok_or_else(|| format!("{text:?}: expected {expected}"))
}

fn host(text: &str) -> Result<String, String> {
    let expected = "a host's name, or .name for all below it";
    let name = text.strip_prefix('.').unwrap_or(text);
    if is_host_name(name) {
        Ok(text.trim_end_matches('.').to_ascii_lowercase())
    } else {
        Err(format!("{text:?}: expected {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn settings_of(text: &str, variables: &[(&str, &str)]) -> Result<FetchSettings, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        Ok(parse(path, text, &Environment::of(variables))?
            .settings
            .fetch)
    }

    #[test]
    fn doors_and_hosts_are_parsed() {
        let text = "[fetch]\nenabled = false\nprivate = [\"10.1.2.3:80\", \"OCSP.noi-bo.vn:8080\"]\n\
                    hosts = [\".CA.gov.vn\", \"a.vn\"]\ntimeout_secs = 30\n";
        let found = settings_of(text, &[]).expect("good");
        assert!(!found.enabled);
        let doors: Vec<String> = found.private.iter().map(HostPort::to_string).collect();
        assert_eq!(doors, ["10.1.2.3:80", "ocsp.noi-bo.vn:8080"]);
        assert_eq!(found.hosts, [".ca.gov.vn", "a.vn"]);
        assert_eq!(found.whole, Duration::from_secs(30));
        let variables = [
            ("LIENTHONG__FETCH__ENABLED", "true"),
            ("LIENTHONG__FETCH__PRIVATE", "[fd00::1]:80, x:1"),
        ];
        let found = settings_of(text, &variables).expect("good");
        assert!(found.enabled && found.private.len() == 2);
    }

    #[test]
    fn what_opens_too_much_is_no_setting() {
        for text in [
            "private = [\"10.1.2.3\"]",
            "private = [\"10.0.0.0/8\"]",
            "private = [\"*:80\"]",
            "hosts = [\"http://a.vn\"]",
            "hosts = [\"*.vn\"]",
            "hosts = [\"\"]",
            "timeout_secs = 0",
            "enabled = 1",
        ] {
            let error = settings_of(&format!("[fetch]\n{text}\n"), &[]).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
        let variable = [("LIENTHONG__FETCH__ENABLED", "yes")];
        assert!(settings_of("", &variable).is_err());
    }
}
