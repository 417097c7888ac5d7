//! The gateway at rest: what administration does to the store while no daemon runs.

use super::sealer::KeySealer;
use crate::clock::Clock;
use crate::config::{self, Settings};
use crate::intake::{Intake, Tools};
use crate::judge::Judge;
use crate::keys::{KeyError, ReceiptKey};
use crate::policy::Rules;
use crate::store::{Ledger, Vault};
use arc_swap::ArcSwap;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// Intake over an open store: it moves documents and signs receipts as the daemon does, and takes none in.
///
/// # Errors
/// [`KeyError`] if the receipt key cannot be used.
pub fn intake(
    settings: &Settings,
    rules: Rules,
    (ledger, vault): (Arc<dyn Ledger>, Arc<dyn Vault>),
    clock: Arc<dyn Clock>,
) -> Result<Intake, KeyError> {
    let key = ReceiptKey::load(&settings.own())?;
    Ok(Intake::new(Tools {
        ledger,
        vault,
        judge: Arc::new(Judge::new(1, settings.limits.judge_queue_bytes)),
        rules: Arc::new(ArcSwap::from_pointee(rules)),
        // It takes no dossiers in; whoever asks for figures of theirs was told before what cannot be read.
        procedures: Arc::new(ArcSwap::from_pointee(
            config::procedures::read(&settings.procedures).unwrap_or_default(),
        )),
        dossier_rules: Arc::new(ArcSwap::from_pointee(
            config::dossier_rules::read(&settings.dossier_rules).unwrap_or_default(),
        )),
        clock,
        sealer: Arc::new(KeySealer(key)),
        gateway: settings.gateway_name.clone(),
        inline_judge_bytes: settings.limits.inline_judge_bytes,
        tasks: TaskTracker::new(),
    }))
}

/// Ends it: what was begun is finished, and the store is closed in good order.
pub async fn close(intake: &Intake) {
    let tools = intake.tools();
    tools.tasks.close();
    tools.tasks.wait().await;
    tools.judge.stop();
    tools.ledger.close().await;
}
