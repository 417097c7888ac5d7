//! `[timestamp]`: who stamps the head of the log, and how often.

use super::super::ConfigError;
use super::super::settings::TimestampSettings;
use super::{Picker, sections};
use crate::format::asn1::oid;
use std::time::Duration;

/// A year: less often is no protection of a year's figures.
const MOST_HOURS: u64 = 8760;
/// The longest wait that can be set for one answer: an hour.
const MOST_SECS: u64 = 3600;

impl Picker<'_> {
    pub(super) fn timestamp(
        &mut self,
        raw: sections::timestamp,
    ) -> Result<TimestampSettings, ConfigError> {
        let d = TimestampSettings::default();
        let hours = |n: u64| Duration::from_secs(n.saturating_mul(3600));
        let default_hours = d.every.as_secs().div_euclid(3600);
        Ok(TimestampSettings {
            url: self.text("timestamp.url", raw.url, "", address)?,
            every: hours(self.number(
                "timestamp.every_hours",
                raw.every_hours,
                default_hours,
                1..=MOST_HOURS,
            )?),
            policy: self.text("timestamp.policy", raw.policy, "", policy)?,
            whole: Duration::from_secs(self.number(
                "timestamp.timeout_secs",
                raw.timeout_secs,
                d.whole.as_secs(),
                1..=MOST_SECS,
            )?),
        })
    }
}

/// Whether it may be asked is looked at when it is asked, as with every other address.
fn address(text: &str) -> Result<Option<String>, String> {
    let known = text.starts_with("http://") || text.starts_with("https://");
    match (text.is_empty(), known) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(text.to_owned())),
        (false, false) => Err("expected an address such as http://tsa.ca.gov.vn/".into()),
    }
}

fn policy(text: &str) -> Result<Option<Vec<u8>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = oid::from_dotted(text).map(Some);
    read.ok_or_else(|| "expected an object identifier such as 1.2.3.4".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn settings_of(text: &str) -> Result<TimestampSettings, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let text = format!("[timestamp]\n{text}\n");
        Ok(parse(path, &text, &Environment::default())?
            .settings
            .timestamp)
    }

    #[test]
    fn nobody_stamps_unless_an_authority_is_named() {
        assert_eq!(settings_of("").expect("good"), TimestampSettings::default());
        let text = "url = \"http://tsa.ca.gov.vn/\"\nevery_hours = 1\npolicy = \"1.2.3.4\"\n\
                    timeout_secs = 30";
        let found = settings_of(text).expect("good");
        assert_eq!(found.url.as_deref(), Some("http://tsa.ca.gov.vn/"));
        assert_eq!(found.every, Duration::from_secs(3600));
        assert_eq!(found.policy, Some(vec![0x2a, 3, 4]));
        assert_eq!(found.whole, Duration::from_secs(30));
    }

    #[test]
    fn what_is_no_authority_or_no_policy_is_a_mistake() {
        for text in [
            "url = \"tsa.ca.gov.vn\"",
            "url = \"ftp://tsa.ca.gov.vn/\"",
            "policy = \"any\"",
            "every_hours = 0",
            "every_hours = 9000",
            "timeout_secs = 0",
        ] {
            let error = settings_of(text).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
    }
}
