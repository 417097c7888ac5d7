//! Delivery, put together from the settings.

use super::evidence::chance;
use crate::config::Settings;
use crate::delivery::{Delivery, Folders, Tools};
use crate::intake::Intake;
use crate::keys;
use crate::registry::Channel;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Whoever delivers, not working yet. Installations from before there was delivery get the
/// certificate that the gateway shows; without it each push says what it lacks.
pub(super) fn delivery(
    settings: &Settings,
    intake: &Arc<Intake>,
    stop: CancellationToken,
) -> Arc<Delivery> {
    let registry = Arc::clone(&intake.rules().registry);
    let pushes = registry
        .units()
        .any(|u| matches!(u.channel, Channel::Push { .. }));
    if pushes {
        let (now, name) = (intake.tools().clock.now(), &settings.gateway_name);
        if let Err(problem) = keys::files::ensure_client(&settings.own(), name, now) {
            tracing::warn!(%problem, "the gateway has no certificate to show where it delivers");
        }
    }
    Arc::new(Delivery::new(Tools {
        intake: Arc::clone(intake),
        settings: settings.delivery.clone(),
        folders: Folders {
            push: settings.push(),
            own: settings.own(),
        },
        data: settings.data.clone(),
        chance,
        stop,
    }))
}
