//! One question to the timestamp authority, and its answer judged.

use crate::clock::Clock;
use crate::fetch::{FetchError, HttpFetch};
use crate::judge::{Judge, JudgeError, Patience};
use crate::model::{Digest, Timestamp};
use crate::policy::Rules;
use crate::trust::report::TimestampReport;
use crate::trust::timestamp::{Query, Refusal, settle};
use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long a full judging queue is left alone: documents go first.
const BUSY: Duration = Duration::from_millis(500);

/// A timestamp authority as the operator configured it.
pub struct Authority {
    /// Its address.
    pub url: String,
    /// The policy that is demanded, as an object identifier's content octets.
    pub policy: Option<Vec<u8>>,
    /// Whoever asks, under the rules of every other fetch but for its time.
    pub fetch: HttpFetch,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({})", self.url)
    }
}

/// Why there is no token.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AskError {
    /// It was not reached, or gave no whole answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its answer is not taken.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The answer was not judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The system gives no chance, and without a nonce an old answer could be passed off as new.
    #[error("the system gives no random numbers")]
    NoChance,
}

impl AskError {
    /// Its stable name, the label of metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fetch(e) => e.code(),
            Self::Refused(e) => e.code(),
            Self::Judge(_) => "not-judged",
            Self::NoChance => "no-chance",
        }
    }

    /// The value that its sentence shows.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Fetch(e) => e.value(),
            Self::Refused(_) | Self::Judge(_) | Self::NoChance => self.to_string(),
        }
    }
}

/// A token that is accepted.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The token, DER.
    pub token: Bytes,
    /// genTime.
    pub moment: Timestamp,
    /// What was found about it.
    pub report: TimestampReport,
}

impl Authority {
    /// Asks for a token over a SHA-256.
    ///
    /// # Errors
    /// See [`AskError`].
    pub async fn ask(
        &self,
        judge: &Judge,
        rules: &Arc<Rules>,
        imprint: Digest,
        clock: &dyn Clock,
    ) -> Result<Granted, AskError> {
        let mut nonce = [0; 16];
        let filled = SystemRandom::new().fill(&mut nonce);
        filled.map_err(|_| AskError::NoChance)?;
        let query = Query::new(imprint, nonce, self.policy.as_deref());
        let asked = clock.now();
        let response = self.fetch.stamp(&self.url, query.der().into()).await?;
        let token = response.slice_ref(query.token(&response)?);
        let report = loop {
            let (rules, token) = (Arc::clone(rules), token.clone());
            let judged = judge.timestamp(rules, token, imprint, clock.now(), Patience::Report);
            match judged.await {
                Err(JudgeError::Busy | JudgeError::Share) => tokio::time::sleep(BUSY).await,
                other => break other?,
            }
        };
        let moment = settle(&report, asked)?;
        Ok(Granted {
            token: Bytes::copy_from_slice(&token),
            moment,
            report,
        })
    }
}
