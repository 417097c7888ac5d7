//! The sample file, and a new installation's file made from it.

use super::settings::Settings;
use super::sources::Environment;
use super::{ConfigError, read};
use std::path::Path;

/// The sample file: every key with its default and its meaning.
const SAMPLE: &str = include_str!("../../config/lienthong.sample.toml");

/// What a new installation decides for itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answers {
    /// The gateway's name.
    pub name: String,
    /// Where units connect.
    pub listen: String,
    /// Names of the server's certificate.
    pub names: Vec<String>,
    /// The required signatures.
    pub signatures: String,
}

/// The sample file with the answers in it, checked.
///
/// # Errors
/// [`ConfigError`] for an answer that is not valid.
pub fn from_sample(path: &Path, answers: &Answers) -> Result<(String, Settings), ConfigError> {
    let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
    let names: Vec<String> = answers.names.iter().map(quoted).collect();
    let mut text = SAMPLE.to_owned();
    for (key, default, value) in [
        ("name", "\"lienthong\"", quoted(&answers.name)),
        ("listen", "\"127.0.0.1:8443\"", quoted(&answers.listen)),
        (
            "names",
            "[\"localhost\", \"127.0.0.1\"]",
            format!("[{}]", names.join(", ")),
        ),
        (
            "signatures",
            "\"require-agency\"",
            quoted(&answers.signatures),
        ),
    ] {
        text = text.replacen(
            &format!("\n{key} = {default}\n"),
            &format!("\n{key} = {value}\n"),
            1,
        );
    }
    let loaded = read::parse(path, &text, &Environment::default())?;
    Ok((text, loaded.settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Effective, Source};
    use crate::model::event::Policy;

    fn settings_of(text: &str) -> crate::config::Loaded {
        let path = Path::new("/srv/lt/config/lienthong.toml");
        read::parse(path, text, &Environment::default()).expect("good")
    }

    #[test]
    fn the_sample_holds_every_default() {
        let sample = settings_of(SAMPLE);
        let empty = settings_of("");
        assert_eq!(sample.settings, empty.settings);
        let from_file = |e: &&Effective| matches!(e.source, Source::File(..));
        // Tables for groups, types, classes, terms of procedures and schedules are shown by a comment: there is none by
        // default.
        let tables = 5;
        assert_eq!(
            sample.sources.iter().filter(from_file).count() + tables,
            empty.sources.len()
        );
        for (key, given) in sample.sources.iter().zip(&empty.sources) {
            assert_eq!(key.value, given.value, "{}", key.key);
        }
    }

    #[test]
    fn a_new_installation_has_its_answers() {
        let answers = Answers {
            name: "Trục \"mẫu\"".into(),
            listen: "10.0.0.5:443".into(),
            names: vec!["a.vn".into(), "10.0.0.5".into()],
            signatures: "require-both".into(),
        };
        let path = Path::new("/srv/config/lienthong.toml");
        let (_, settings) = from_sample(path, &answers).expect("good");
        assert_eq!(settings.gateway_name, answers.name);
        assert_eq!(settings.server_names, answers.names);
        assert_eq!(settings.exchange_listen.port(), 443);
        assert_eq!(settings.policy.policy, Policy::RequireBoth);
        let wrong = Answers {
            listen: "here".into(),
            ..answers
        };
        assert!(from_sample(path, &wrong).is_err());
    }
}
