//! `[public]`: what citizens reach, and what their slips say of it.

use super::super::ConfigError;
use super::super::settings::PublicSettings;
use super::{Picker, address, sections};
use std::net::SocketAddr;

/// Characters of an address on a slip: with the number of a dossier in it, its square code stays readable.
const MOST: usize = 200;

/// Where the number of a dossier goes.
const NUMBER: &str = "{dossier}";

impl Picker<'_> {
    pub(super) fn public(&mut self, raw: sections::public) -> Result<PublicSettings, ConfigError> {
        Ok(PublicSettings {
            listen: self.text("public.listen", raw.listen, "", listen)?,
            survey: self.text("public.survey", raw.survey, "", page)?,
            dossier: self.text("public.dossier", raw.dossier, "", numbered)?,
        })
    }
}

fn listen(text: &str) -> Result<Option<SocketAddr>, String> {
    match text.is_empty() {
        true => Ok(None),
        false => address(text).map(Some),
    }
}

/// Printed and scanned, so that anybody between could change a page without TLS.
fn page(text: &str) -> Result<Option<String>, String> {
    // RFC 3986 §2, and the braces of a number.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%{}".contains(c);
    if text.is_empty() {
        Ok(None)
    } else if text.starts_with("https://") && text.len() <= MOST && text.chars().all(plain) {
        Ok(Some(text.to_owned()))
    } else {
        Err(format!(
            "expected an address that begins with https://, at most {MOST} characters"
        ))
    }
}

fn numbered(text: &str) -> Result<Option<String>, String> {
    match page(text)? {
        Some(text) if text.matches(NUMBER).count() != 1 => Err(format!(
            "the address has to hold the number of a dossier once: {NUMBER}"
        )),
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::config::Environment;
    use std::path::Path;

    fn settings_of(text: &str) -> Result<PublicSettings, ConfigError> {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        let text = format!("[public]\n{text}\n");
        let loaded = parse(path, &text, &Environment::default())?;
        Ok(loaded.settings.public)
    }

    #[test]
    fn nothing_is_open_to_the_public_unless_it_is_set() {
        assert_eq!(settings_of("").expect("good"), PublicSettings::default());
        let text = "listen = \"127.0.0.1:8490\"\nsurvey = \"https://motcua.example.vn/khao-sat\"\n\
                    dossier = \"https://dvc.example.vn/tra-cuu?ma={dossier}\"";
        let found = settings_of(text).expect("good");
        assert_eq!(found.listen, "127.0.0.1:8490".parse().ok());
        assert_eq!(
            found.opens("H01-261124-0001"),
            "https://dvc.example.vn/tra-cuu?ma=H01-261124-0001"
        );
        assert_eq!(
            PublicSettings::default().opens("H01-261124-0001"),
            "H01-261124-0001"
        );
    }

    #[test]
    fn what_a_slip_cannot_carry_is_a_mistake() {
        let long = format!("survey = \"https://{}\"", "a".repeat(MOST));
        for text in [
            "listen = \"8490\"",
            "survey = \"http://motcua.example.vn/\"",
            "survey = \"https://motcua.example.vn/khảo sát\"",
            "dossier = \"https://dvc.example.vn/tra-cuu\"",
            "dossier = \"https://dvc.example.vn/{dossier}/{dossier}\"",
            &long,
        ] {
            let error = settings_of(text).expect_err(text);
            assert!(matches!(error, ConfigError::Mistake(_)), "{text}: {error}");
        }
    }
}
