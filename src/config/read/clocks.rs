//! `[clocks]`: how long the gateway keeps what nobody takes.

use super::super::ConfigError;
use super::{Number, Picker, sections};
use crate::relay::Clocks;
use std::ops::RangeInclusive;

/// A year: figures of a year are reported in the next, and what nobody took until then is no exchange.
const TERM: RangeInclusive<u64> = 1..=31_536_000;
/// A day: what is beyond its clock for longer must not be unseen.
const BESIDE: RangeInclusive<u64> = 1..=86_400;

impl Picker<'_> {
    pub(super) fn clocks(&mut self, raw: sections::clocks) -> Result<Clocks, ConfigError> {
        let d = Clocks::default();
        Ok(Clocks {
            inbox: self.span("clocks.inbox_secs", raw.inbox_secs, d.inbox, TERM)?,
            push: self.span("clocks.push_secs", raw.push_secs, d.push, TERM)?,
            urgent: self.span("clocks.urgent_secs", raw.urgent_secs, d.urgent, TERM)?,
            flash: self.span("clocks.flash_secs", raw.flash_secs, d.flash, TERM)?,
            lease: self.span("clocks.lease_secs", raw.lease_secs, d.lease, BESIDE)?,
            grace: self.span("clocks.grace_secs", raw.grace_secs, d.grace, BESIDE)?,
        })
    }

    fn span(
        &mut self,
        key: &'static str,
        file: Number,
        default: i64,
        range: RangeInclusive<u64>,
    ) -> Result<i64, ConfigError> {
        let default = u64::try_from(default).unwrap_or(1);
        let found = self.number(key, file, default, range)?;
        Ok(i64::try_from(found).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn clocks_of(text: &str) -> Result<Clocks, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let text = format!("[clocks]\n{text}\n");
        Ok(parse(path, &text, &Environment::default())?.settings.clocks)
    }

    #[test]
    fn terms_are_read_and_have_bounds() {
        assert_eq!(clocks_of("").expect("good"), Clocks::default());
        let all = "inbox_secs = 6\npush_secs = 5\nurgent_secs = 4\nflash_secs = 3\nlease_secs = 2\n\
                   grace_secs = 1";
        let read = Clocks {
            inbox: 6,
            push: 5,
            urgent: 4,
            flash: 3,
            lease: 2,
            grace: 1,
        };
        assert_eq!(clocks_of(all).expect("good"), read);
        for text in [
            "inbox_secs = 0",
            "inbox_secs = 31536001",
            "push_secs = -1",
            "grace_secs = 86401",
            "lease_secs = 0",
            "inbox_secs = \"30d\"",
        ] {
            let error = clocks_of(text).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
    }
}
