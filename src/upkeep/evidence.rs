//! Fetched evidence: looked for anew before it ends, dropped when nobody uses it.

use crate::fetch::Gatherer;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A minute is short against the life of any list or response.
const EVERY: Duration = Duration::from_secs(60);

/// Keeps what was fetched fresh until it is told to stop.
pub async fn refresh(gatherer: Gatherer, stop: CancellationToken) {
    loop {
        gatherer.refresh();
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fetch::FetchError;
    use crate::lang;
    use crate::model::Language;

    #[test]
    fn every_failure_has_its_sentences() {
        for language in [Language::Vi, Language::En] {
            for code in FetchError::CODES {
                let (sentence, next) = lang::fetch(language, code, "GIÁ TRỊ");
                for text in [sentence, next] {
                    assert!(
                        text.len() > 10 && !text.starts_with("fetch-"),
                        "{code}: {text}"
                    );
                }
            }
        }
    }
}
