//! `check-config`: whether the timestamp authority answers, and under whose anchor.

use super::console::Console;
use super::failure::{Exit, Failure};
use super::rules;
use super::stamps::trouble;
use crate::app;
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::judge::Judge;
use crate::lang;
use crate::model::Digest;
use crate::upkeep::{AskError, Granted};
use std::sync::Arc;

/// What is known of it after it was asked once.
pub(super) struct Asked {
    url: String,
    outcome: Result<Granted, AskError>,
}

/// Asks the authority that the settings name, if they name one, for a token over nothing of meaning.
pub(super) async fn ask(console: &Console, settings: &Settings) -> Result<Option<Asked>, Failure> {
    let failed = |e: String| Failure::new(Exit::Failed, e);
    let Some(authority) = app::evidence::authority(settings).map_err(failed)? else {
        return Ok(None);
    };
    let url = authority.url.clone();
    console.tell("cli-check-asks", &[("url", &url)]);
    let (rules, gatherer) = rules::load(console, settings, false)?;
    let rules = Arc::new(rules);
    let judge = Judge::new(1, u64::MAX);
    let judge = match gatherer {
        Some(gatherer) => judge.fetching(gatherer),
        None => judge,
    };
    let imprint = Digest::of(b"lienthong check-config");
    let outcome = authority.ask(&judge, &rules, imprint, &SystemClock).await;
    Ok(Some(Asked { url, outcome }))
}

impl Asked {
    /// What a program is told.
    pub(super) fn json(&self) -> serde_json::Value {
        match &self.outcome {
            Ok(granted) => serde_json::json!({
                "url": self.url, "answers": true, "authority": signer(granted),
                "domain": granted.report.signature.domain, "anchor": anchor(granted),
            }),
            Err(error) => serde_json::json!({
                "url": self.url, "answers": false, "code": error.code(),
                "problem": error.to_string(),
            }),
        }
    }

    /// What a person is told.
    pub(super) fn tell(&self, console: &Console) {
        match &self.outcome {
            Ok(granted) => {
                let domain = granted.report.signature.domain.clone().unwrap_or_default();
                let values = [
                    ("authority", lang::visible(&signer(granted))),
                    ("anchor", lang::visible(&anchor(granted))),
                    ("domain", lang::visible(&domain)),
                ];
                let values = values
                    .each_ref()
                    .map(|(name, value)| (*name, value.as_str()));
                console.tell("cli-check-answers", &values);
            }
            Err(error) => {
                let why = trouble(console, error.code(), &error.value());
                console.tell("cli-check-silent", &[("why", &why)]);
            }
        }
    }
}

fn signer(granted: &Granted) -> String {
    let signer = granted.report.signature.signer.as_ref();
    signer.map(|s| s.subject.clone()).unwrap_or_default()
}

fn anchor(granted: &Granted) -> String {
    let anchor = granted.report.signature.path.last();
    let signer = granted.report.signature.signer.as_ref();
    let anchor = anchor.or(signer);
    anchor.map(|a| a.subject.clone()).unwrap_or_default()
}
