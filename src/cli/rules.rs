//! The installation's rules as a command judges by them.

use super::console::Console;
use super::failure::{Exit, Failure};
use crate::app;
use crate::clock::SystemClock;
use crate::config::{self, Settings};
use crate::fetch::Gatherer;
use crate::policy::Rules;
use crate::trust::validator::Validator;
use std::sync::Arc;

/// The rules, with what the daemon fetched before at hand, and whoever fetches the rest; nobody if
/// `offline`.
pub(super) fn load(
    console: &Console,
    settings: &Settings,
    offline: bool,
) -> Result<(Rules, Option<Gatherer>), Failure> {
    let failed = |e| Failure::config(console.language, &e);
    let clock = Arc::new(SystemClock);
    let prepared = app::evidence::for_one_judgement(Some(settings), offline, clock);
    let (pool, gatherer) = prepared.map_err(|e| Failure::new(Exit::Failed, e))?;
    let material = config::load_installed(settings).map_err(failed)?;
    let registry = config::registry::read(&settings.units).map_err(failed)?;
    let validator = Validator::with_pool(Arc::new(material), pool);
    let policy = settings.policy.clone();
    let rules = Rules::new(Arc::new(validator), Arc::new(registry), policy);
    Ok((rules, gatherer))
}
