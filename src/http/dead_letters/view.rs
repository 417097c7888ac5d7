//! Dead letters as they are shown: the facts, and the same in sentences.

use crate::client::attempt::AttemptView;
use crate::client::dead_letters::{DeadLetterView, ReplayView, SaidView, TriedView};
use crate::lang;
use crate::model::{Language, Timestamp, UnitCode};
use crate::registry::{Channel, Registry, Unit};
use crate::relay::Clocks;
use crate::relay::dead_letter::{DeadLetter, letters};
use crate::relay::{Attempts, DocumentState};

/// What dead letters are shown by.
pub(super) struct Shown<'a> {
    pub(super) language: Language,
    pub(super) registry: &'a Registry,
    pub(super) clocks: &'a Clocks,
    pub(super) now: Timestamp,
}

/// The dead letters of a document at some of its recipients.
pub(super) fn letters_of(
    by: &Shown<'_>,
    state: &DocumentState,
    of: impl Fn(&UnitCode) -> bool,
) -> Vec<DeadLetterView> {
    let chosen = letters(state, of);
    chosen
        .iter()
        .map(|letter| shown(by, state, letter))
        .collect()
}

/// All of a document, each with the attempts on record.
pub(super) fn whole(by: &Shown<'_>, state: &DocumentState) -> Vec<DeadLetterView> {
    let with_attempts = |letter: &DeadLetter<'_>| DeadLetterView {
        attempts: letter.attempts(state).map(|a| tried(&a)).collect(),
        ..shown(by, state, letter)
    };
    letters(state, |_| true).iter().map(with_attempts).collect()
}

fn tried(attempt: &Attempts) -> TriedView {
    TriedView {
        at: attempt.at.to_string(),
        attempt: AttemptView::of(attempt),
    }
}

fn shown(by: &Shown<'_>, state: &DocumentState, letter: &DeadLetter<'_>) -> DeadLetterView {
    let offered = &state.offered;
    let unit = by.registry.unit(&letter.delivery.recipient);
    let (fault, remedy) = letter.diagnosis();
    let replay = replay(by, state, letter, unit);
    DeadLetterView {
        id: state.id().to_string(),
        recipient: letter.delivery.recipient.to_string(),
        recipient_name: unit.map(|unit| unit.name.clone()),
        sender: offered.sender.to_string(),
        number: offered.key.number.as_str().to_owned(),
        notation: offered.key.notation.as_str().to_owned(),
        urgency: offered.urgency.name().to_owned(),
        since: letter.since.to_string(),
        expired: letter.ended.at.to_string(),
        clock: letter.clock.name().to_owned(),
        cause: letter.cause.name().to_owned(),
        fault: fault.name().to_owned(),
        remedy: remedy.name().to_owned(),
        attempt: letter.delivery.attempts.as_ref().map(tried),
        attempts: Vec::new(),
        said: said(by.language, letter, &replay),
        replay,
    }
}

fn replay(
    by: &Shown<'_>,
    state: &DocumentState,
    letter: &DeadLetter<'_>,
    unit: Option<&Unit>,
) -> ReplayView {
    let channel = unit.map(|unit| &unit.channel);
    let left = letter.replays_left();
    let is_pushed = matches!(channel, Some(Channel::Push { .. }));
    let until = by.clocks.again(by.now, state.offered.urgency, is_pushed);
    ReplayView {
        until: until.to_string(),
        possible: unit.is_some() && left > 0,
        channel: channel.map(|channel| channel.name().to_owned()),
        address: channel.and_then(|channel| channel.url().map(str::to_owned)),
        idempotency_key: state.id().to_string(),
        replays: letter.replays,
        replays_left: left,
    }
}

fn said(language: Language, letter: &DeadLetter<'_>, replay: &ReplayView) -> SaidView {
    let (fault, remedy) = letter.diagnosis();
    let unit = letter.delivery.recipient.as_str();
    let values = [("unit", unit)];
    let mut cause = lang::word(language, "dead-cause", letter.cause.name());
    if let Some(last) = &letter.delivery.attempts {
        let code = Some(last.code).filter(|code| *code != 0);
        let last = lang::attempt(language, last.number, last.outcome.name(), code);
        let last = lang::text(language, "dead-last", &[("attempt", &last)]);
        cause = format!("{cause} {last}");
    }
    SaidView {
        cause,
        fault: lang::word(language, "dead-fault", fault.name()),
        remedy: lang::word_with(language, "dead-remedy", remedy.name(), &values),
        replay: replay_said(language, unit, replay),
    }
}

/// What sending it again would do.
fn replay_said(language: Language, unit: &str, replay: &ReplayView) -> String {
    let until = lang::report::moment_of(&replay.until);
    let values = [
        ("unit", unit),
        ("until", until.as_str()),
        ("address", replay.address.as_deref().unwrap_or_default()),
        ("key", replay.idempotency_key.as_str()),
    ];
    let Some(channel) = &replay.channel else {
        return lang::text(language, "dead-replay-no-unit", &values);
    };
    if !replay.possible {
        return lang::text(language, "dead-replay-too-often", &values);
    }
    let how = lang::word_with(language, "dead-replay", channel, &values);
    format!(
        "{how} {}",
        lang::text(language, "dead-replay-same", &values)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{AttemptOutcome, ExpiryCause};
    use crate::relay::dead_letter::{Fault, Remedy, diagnosis};

    fn is_sentence(text: &str) {
        assert!(
            !text.contains("dead-") && !text.contains("delivery-"),
            "{text}"
        );
        assert!(!text.contains("{ $") && text.ends_with('.'), "{text}");
    }

    #[test]
    fn every_cause_after_every_attempt_is_said_in_both_languages() {
        for language in Language::ALL.iter().copied() {
            for cause in ExpiryCause::ALL {
                is_sentence(&lang::word(language, "dead-cause", cause.name()));
                for (outcome, code) in AttemptOutcome::ALL
                    .iter()
                    .flat_map(|o| [(o, None), (o, Some(422))])
                {
                    let last = lang::attempt(language, 3, outcome.name(), code);
                    is_sentence(&lang::text(language, "dead-last", &[("attempt", &last)]));
                    let (fault, remedy) = diagnosis(*cause, Some((*outcome, code.unwrap_or(0))));
                    let fault = lang::word(language, "dead-fault", fault.name());
                    assert!(!fault.contains("dead-"), "{fault}");
                    let values = [("unit", "H53.7")];
                    is_sentence(&lang::word_with(
                        language,
                        "dead-remedy",
                        remedy.name(),
                        &values,
                    ));
                }
            }
            for fault in Fault::ALL {
                let said = lang::word(language, "dead-fault", fault.name());
                assert!(!said.contains("dead-"), "{said}");
            }
            for remedy in Remedy::ALL {
                let values = [("unit", "H53.7")];
                is_sentence(&lang::word_with(
                    language,
                    "dead-remedy",
                    remedy.name(),
                    &values,
                ));
            }
        }
    }

    #[test]
    fn what_a_replay_would_do_is_said_for_every_channel() {
        let url = "https://nhan.so-tc.vn/van-ban".to_owned();
        let push = Channel::Push {
            url: url.clone(),
            ca: "ca.pem".into(),
        };
        let webhook = Channel::Webhook {
            url: url.clone(),
            ca: None,
        };
        for language in Language::ALL.iter().copied() {
            let mut all = Vec::new();
            for channel in [
                Some(Channel::Pull),
                Some(push.clone()),
                Some(webhook.clone()),
                None,
            ] {
                for left in [0, 7] {
                    let view = ReplayView {
                        possible: channel.is_some() && left > 0,
                        channel: channel.as_ref().map(|c| c.name().to_owned()),
                        address: channel.as_ref().and_then(|c| c.url().map(str::to_owned)),
                        idempotency_key: "0193".into(),
                        until: "2026-12-24T08:00:00+07:00".into(),
                        replays: 20 - left,
                        replays_left: left,
                    };
                    let said = replay_said(language, "H53.7", &view);
                    is_sentence(&said);
                    let goes = view.possible && view.address.is_some();
                    assert_eq!(said.contains(&url), goes, "{said}");
                    assert_eq!(said.contains("0193"), view.possible, "{said}");
                    assert_eq!(said.contains("24/12/2026"), view.possible, "{said}");
                    all.push(said);
                }
            }
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 5, "each way has words of its own");
        }
    }
}
