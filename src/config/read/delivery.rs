//! `[delivery]`: how documents and notices reach those who do not fetch.

use super::super::ConfigError;
use super::super::settings::DeliverySettings;
use super::fetch::door;
use super::{Number, Picker, sections};
use std::time::Duration;

/// The longest wait and the longest pause that can be set: a day.
const MOST_SECS: u64 = 86_400;
/// Deliveries at a time: each takes a connection and a window of a file.
const MOST_AT_ONCE: u64 = 4096;

impl Picker<'_> {
    pub(super) fn delivery(
        &mut self,
        raw: sections::delivery,
    ) -> Result<DeliverySettings, ConfigError> {
        let d = DeliverySettings::default();
        Ok(DeliverySettings {
            private: self.each("delivery.private", raw.private, door)?,
            at_once: self.at_once("delivery.at_once", raw.at_once, d.at_once)?,
            per_recipient: self.at_once(
                "delivery.per_recipient",
                raw.per_recipient,
                d.per_recipient,
            )?,
            connect: self.secs("delivery.connect_secs", raw.connect_secs, d.connect)?,
            answer: self.secs("delivery.answer_secs", raw.answer_secs, d.answer)?,
            first_retry: self.secs(
                "delivery.first_retry_secs",
                raw.first_retry_secs,
                d.first_retry,
            )?,
            longest_retry: self.secs(
                "delivery.longest_retry_secs",
                raw.longest_retry_secs,
                d.longest_retry,
            )?,
        })
    }

    fn at_once(
        &mut self,
        key: &'static str,
        file: Number,
        default: usize,
    ) -> Result<usize, ConfigError> {
        let default = u64::try_from(default).unwrap_or(MOST_AT_ONCE);
        let found = self.number(key, file, default, 1..=MOST_AT_ONCE)?;
        Ok(usize::try_from(found).unwrap_or(1))
    }

    fn secs(
        &mut self,
        key: &'static str,
        file: Number,
        default: Duration,
    ) -> Result<Duration, ConfigError> {
        let found = self.number(key, file, default.as_secs(), 1..=MOST_SECS)?;
        Ok(Duration::from_secs(found))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn settings_of(text: &str) -> Result<DeliverySettings, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let text = format!("[delivery]\n{text}\n");
        Ok(parse(path, &text, &Environment::default())?
            .settings
            .delivery)
    }

    #[test]
    fn bounds_are_read_and_have_bounds() {
        assert_eq!(settings_of("").expect("good"), DeliverySettings::default());
        let found =
            settings_of("private = [\"10.1.2.3:8443\"]\nfirst_retry_secs = 1").expect("good");
        assert_eq!(found.private.len(), 1);
        assert_eq!(found.first_retry, Duration::from_secs(1));
        for text in [
            "private = [\"10.1.2.3\"]",
            "at_once = 0",
            "per_recipient = 0",
            "answer_secs = 0",
            "longest_retry_secs = 100000",
        ] {
            let error = settings_of(text).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
    }
}
