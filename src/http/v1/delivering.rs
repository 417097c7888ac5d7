//! What is said of a document that waits for its push or its notice.

use crate::client::wire::{DeliveryView, RecipientView};
use crate::delivery::News;
use crate::http::context::Gateway;
use crate::lang;
use crate::model::Language;
use crate::relay::DocumentState;

/// Adds to each recipient that waits how its delivery stands.
pub(super) fn tell(
    gateway: &Gateway,
    state: &DocumentState,
    recipients: &mut [RecipientView],
    language: Language,
) {
    let Some(delivery) = &gateway.delivery else {
        return;
    };
    for (known, view) in state.deliveries.iter().zip(recipients) {
        if known.is_waiting() {
            let news = delivery.news(known);
            view.delivery = news.map(|news| shown(language, &view.unit, news));
        }
    }
}

fn shown(language: Language, unit: &str, news: News) -> DeliveryView {
    let next = news.next.map(|at| at.to_string());
    let message = lang::delivery(
        language,
        unit,
        news.attempts,
        news.failure
            .as_ref()
            .map(|(code, value, _)| (code.as_str(), value.as_str())),
        news.next,
    );
    let (error, failed_at) = news.failure.map_or((None, None), |(code, _, at)| {
        (Some(code), Some(at.to_string()))
    });
    DeliveryView {
        channel: news.channel.to_owned(),
        attempts: news.attempts,
        error,
        failed_at,
        next_attempt: next,
        message,
    }
}
