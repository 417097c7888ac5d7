//! Rules change whole or not at all, and as an event.

use crate::intake::Intake;
use crate::model::event::RulesChanged;
use crate::model::{Digest, Event};
use crate::policy::Rules;
use crate::store::{Change, CommitError, Kept, ReadError, VaultError};
use crate::telemetry::names;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// Reads and checks all rules; what it returns is the reason in words.
pub type Load = Arc<dyn Fn() -> Result<Rules, String> + Send + Sync>;

/// Why the rules in force stay as they are, or their change is not on record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReloadError {
    /// The new rules are not in order; the old ones stay in force.
    #[error("{0}")]
    Rules(String),
    /// The new rules are in force, but the event was not committed.
    #[error("the new rules are in force, but the log did not take the change: {0}")]
    Commit(#[from] CommitError),
    /// The same, for its body.
    #[error("the new rules are in force, but the log did not take the registry: {0}")]
    Vault(#[from] VaultError),
    /// The store could not say which rules it knows.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Loads rules anew.
pub struct Reloader {
    intake: Arc<Intake>,
    load: Load,
    text: fn(&Rules) -> String,
    turn: Mutex<()>,
    changed: watch::Sender<Digest>,
}

impl fmt::Debug for Reloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reloader(..)")
    }
}

impl Reloader {
    /// `load` reads the rules, `text` writes the registry as it is kept.
    #[must_use]
    pub fn new(intake: Arc<Intake>, load: Load, text: fn(&Rules) -> String) -> Self {
        let (changed, _) = watch::channel(intake.rules().digest);
        Self {
            intake,
            load,
            text,
            turn: Mutex::new(()),
            changed,
        }
    }

    /// Changes when other rules are in force.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<Digest> {
        self.changed.subscribe()
    }

    /// Wakes who waits for other rules: those in force now are others.
    pub fn tell(&self) {
        self.changed.send_replace(self.intake.rules().digest);
    }

    /// Reads all rules and puts them in force. One at a time.
    ///
    /// # Errors
    /// See [`ReloadError`].
    pub async fn reload(&self) -> Result<Digest, ReloadError> {
        let _turn = self.turn.lock().await;
        let outcome = self.replace().await;
        let word = if outcome.is_ok() { "done" } else { "refused" };
        metrics::counter!(names::RELOADS, "outcome" => word).increment(1);
        match &outcome {
            Ok(rules) => tracing::info!(%rules, "rules reloaded"),
            Err(problem) => tracing::warn!(%problem, "rules not reloaded"),
        }
        outcome
    }

    async fn replace(&self) -> Result<Digest, ReloadError> {
        let load = Arc::clone(&self.load);
        let read = tokio::task::spawn_blocking(move || load()).await;
        let stopped = |_| ReloadError::Rules("reading was interrupted".into());
        let rules = read.map_err(stopped)?.map_err(ReloadError::Rules)?;
        let digest = rules.digest;
        let old = self.intake.rules();
        let told = |rules: &Rules| rules.validator.material().passed_over().to_vec();
        if digest != old.digest {
            self.intake.tools().rules.store(Arc::new(rules));
            self.tell();
        } else if told(&rules) != told(&old) {
            // The rules are the same; what is said about broken files is not.
            self.intake.tools().rules.store(Arc::new(rules));
        }
        self.record().await?;
        Ok(digest)
    }

    /// Puts the rules in force on record, unless they are.
    ///
    /// # Errors
    /// See [`ReloadError`].
    pub async fn record(&self) -> Result<(), ReloadError> {
        let tools = self.intake.tools();
        let rules = self.intake.rules();
        let known = tools.ledger.last_rules()?;
        if known.is_some_and(|known| known.rules == rules.digest) {
            return Ok(());
        }
        let body = self.registry_body(&rules).await?;
        let event = Event::RulesChanged(RulesChanged {
            rules: rules.digest,
            registry: body.digest(),
            actor: None,
        });
        let change = Change {
            subject: None,
            bodies: vec![body],
            events: vec![event],
        };
        tools.ledger.commit(change).await?;
        Ok(())
    }

    /// The registry as a body; a large one is longer than what is kept from memory.
    async fn registry_body(&self, rules: &Rules) -> Result<Kept, VaultError> {
        let text = Bytes::from((self.text)(rules));
        let vault = &self.intake.tools().vault;
        let mut stage = vault.stage(u64::MAX)?;
        stage.write(text).await?;
        let staged = stage.finish().await?;
        vault.keep(&staged).await
    }
}
