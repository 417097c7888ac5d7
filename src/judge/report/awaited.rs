//! The addresses where a judgement looked for more, as the report tells them and as they are read
//! again beside the kept evidence: a verdict that waits, waits again when it is given again.

use crate::model::Timestamp;
use crate::trust::evidence::Awaited;
use crate::trust::report::FileReport;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AwaitedJson {
    source: String,
    /// Since when it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// Nothing will come from there before the configuration or the certificate changes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    for_good: bool,
}

/// The list of the report, each address once. Of two signatures one may have been judged before an
/// address fell silent: what waited longest decides, since no verdict may come out better again.
pub(super) fn awaited<'a>(reports: impl IntoIterator<Item = &'a FileReport>) -> Vec<AwaitedJson> {
    let all: BTreeSet<&Awaited> = reports.into_iter().flat_map(FileReport::awaited).collect();
    let mut all: Vec<&Awaited> = all.into_iter().collect();
    // Sorted: not asked yet comes before silent, and an earlier silence before a later one.
    all.dedup_by(|later, first| later.uri == first.uri);
    let json = |a: &Awaited| AwaitedJson {
        source: a.uri.clone(),
        since: a.silent_since.map(|since| since.to_string()),
        for_good: a.for_good,
    };
    all.into_iter().map(json).collect()
}

/// Why a list of addresses is none.
#[derive(Debug, thiserror::Error)]
pub enum AwaitedError {
    /// Not JSON of this shape.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Not a moment.
    #[error("{0} is not an RFC 3339 time")]
    Time(String),
}

/// Reads the list of a report again.
///
/// # Errors
/// [`AwaitedError`].
pub fn read_awaited(json: &[u8]) -> Result<Vec<Awaited>, AwaitedError> {
    let all: Vec<AwaitedJson> = serde_json::from_slice(json)?;
    all.into_iter()
        .map(|one| {
            let moment = |text: String| Timestamp::parse(&text).ok_or(AwaitedError::Time(text));
            Ok(Awaited {
                uri: one.source,
                silent_since: one.since.map(moment).transpose()?,
                for_good: one.for_good,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ReasonCode, SubIndication};
    use crate::trust::report::{Coverage, FileFormat, Integrity, SignatureReport};
    use crate::trust::verdict::Verdict;

    #[test]
    fn what_is_told_is_read_again() {
        let open = Verdict::indeterminate(SubIndication::TryLater, ReasonCode::RevocationMissing);
        let mut signature =
            SignatureReport::bare("1".into(), open, Integrity::Intact, Coverage::WholeFile);
        let at = |uri: &str, silent_since, for_good| Awaited {
            uri: uri.into(),
            silent_since,
            for_good,
        };
        let all = vec![
            at("http://a/", None, false),
            at("http://b/", Some(Timestamp::from_secs(86_400)), false),
            at("http://c/", Some(Timestamp::from_secs(86_400)), true),
        ];
        signature.awaited.clone_from(&all);
        let mut report = FileReport::unsigned(FileFormat::Pdf);
        report.signatures.push(signature.clone());
        // Judged a moment later, when the first address had fallen silent.
        signature.awaited = vec![at("http://a/", Some(Timestamp::from_secs(86_400)), true)];
        report.signatures.push(signature);
        let json = serde_json::to_vec(&awaited([&report, &report])).expect("JSON");
        assert_eq!(read_awaited(&json).expect("read"), all);
        assert!(read_awaited(b"[{\"source\":\"a\",\"since\":\"soon\"}]").is_err());
        assert!(read_awaited(b"{}").is_err());
    }
}
