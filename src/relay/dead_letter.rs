//! Dead letters: deliveries that a clock of the gateway ended. Why nothing arrived, whose fault that is,
//! and what can be done about it, from what the log says. Pure.

use super::decide::ends::MAX_REPLAYS;
use super::moves::{Move, Phase};
use super::state::{Attempts, Delivery, DocumentState, TimelineEntry, TimelineKind};
use crate::model::event::{AttemptOutcome, ExpiryCause, ExpiryClock};
use crate::model::indication::words;
use crate::model::{Timestamp, UnitCode};

words! {
    /// Whose fault it is that nothing arrived: who has to do something about it.
    Fault {
        /// The sender: the recipient does not take this document.
        Sender = 1 "sender",
        /// The recipient: nobody came for it, or its machine took nothing.
        Recipient = 2 "recipient",
        /// The gateway itself.
        Gateway = 3 "gateway",
        /// What lies between the gateway and the recipient.
        Network = 4 "network",
    }
}

words! {
    /// What is safely done next.
    Remedy {
        /// Tell the recipient's document office; once somebody will fetch it, send it again.
        CallRecipient = 1 "call_recipient",
        /// The recipient mends its machine; then send it again.
        MendReceiver = 2 "mend_receiver",
        /// Look at the way between the two; then send it again.
        CheckNetwork = 3 "check_network",
        /// Certificates on one of the sides are not accepted by the other; then send it again.
        RenewTrust = 4 "renew_trust",
        /// Mend the gateway; then send it again.
        MendGateway = 5 "mend_gateway",
        /// The sender sends another document, or by other means; give this one up.
        AskSender = 6 "ask_sender",
        /// The sender sends it to the successor; give this one up.
        SendElsewhere = 7 "send_elsewhere",
    }
}

/// A delivery that a clock of the gateway ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeadLetter<'a> {
    /// The delivery.
    pub delivery: &'a Delivery,
    /// The record that ended it.
    pub ended: &'a TimelineEntry,
    /// Why nothing arrived.
    pub cause: ExpiryCause,
    /// The clock that ran out.
    pub clock: ExpiryClock,
    /// When that clock had been started.
    pub since: Timestamp,
    /// How many times it was sent again before.
    pub replays: usize,
}

/// The dead letters of a document at these recipients, in the order of its recipients. Each is looked up on the whole
/// timeline, so only those that are wanted are.
#[must_use]
pub fn letters(
    state: &DocumentState,
    mut of: impl FnMut(&UnitCode) -> bool,
) -> Vec<DeadLetter<'_>> {
    let all = state.deliveries.iter().filter(|d| is_dead(d));
    let wanted = all.filter(|delivery| of(&delivery.recipient));
    wanted
        .filter_map(|delivery| letter(state, delivery))
        .collect()
}

/// Whether a clock ended it, and nothing was done about that.
#[must_use]
pub fn is_dead(delivery: &Delivery) -> bool {
    delivery.standing.phase == Phase::Expired
}

fn letter<'a>(state: &'a DocumentState, delivery: &'a Delivery) -> Option<DeadLetter<'a>> {
    let ended = state.record_of(&delivery.recipient, Move::Expire)?;
    let (cause, clock) = ended.facts.expiry?;
    let index = state.index(&delivery.recipient);
    let again = |e: &&TimelineEntry| e.kind == TimelineKind::Replayed && e.recipient == index;
    let replayed = state.timeline.iter().filter(again);
    let begun = replayed.clone().next_back().or_else(|| state.relayed());
    Some(DeadLetter {
        delivery,
        ended,
        cause,
        clock,
        since: begun.map_or(ended.at, |entry| entry.at),
        replays: replayed.count(),
    })
}

impl<'a> DeadLetter<'a> {
    /// How many times it may still be sent again.
    #[must_use]
    pub fn replays_left(&self) -> usize {
        MAX_REPLAYS.saturating_sub(self.replays)
    }

    /// The attempts on record since its clock was started, oldest first.
    pub fn attempts(&self, state: &'a DocumentState) -> impl Iterator<Item = Attempts> + 'a {
        let index = state.index(&self.delivery.recipient);
        let since = self.since;
        let own = state.timeline.iter();
        let own = own.filter(move |e| e.recipient == index && e.at >= since);
        own.filter_map(|entry| entry.facts.attempt)
    }

    /// Whose fault it is, and what is done about it.
    #[must_use]
    pub fn diagnosis(&self) -> (Fault, Remedy) {
        let last = self.delivery.attempts;
        diagnosis(self.cause, last.map(|a| (a.outcome, a.code)))
    }
}

/// Whose fault it is that nothing arrived, and what is done about it: by the cause of the end, and how
/// the last attempt ended (a notice, where the recipient fetches) with its HTTP status or 0.
#[must_use]
pub fn diagnosis(cause: ExpiryCause, last: Option<(AttemptOutcome, u16)>) -> (Fault, Remedy) {
    match (cause, last) {
        (ExpiryCause::UnitEnded, _) => (Fault::Recipient, Remedy::SendElsewhere),
        (ExpiryCause::GatewayFault, _) => (Fault::Gateway, Remedy::MendGateway),
        (ExpiryCause::NotFetched, None) => (Fault::Recipient, Remedy::CallRecipient),
        (ExpiryCause::Unreachable, None) => (Fault::Network, Remedy::CheckNetwork),
        (ExpiryCause::NotTaken, None) => (Fault::Recipient, Remedy::MendReceiver),
        (
            ExpiryCause::NotFetched | ExpiryCause::Unreachable | ExpiryCause::NotTaken,
            Some((outcome, code)),
        ) => of_attempt(outcome, code),
    }
}

fn of_attempt(outcome: AttemptOutcome, code: u16) -> (Fault, Remedy) {
    match (outcome, code) {
        // The notice came through, and nobody came.
        (AttemptOutcome::Taken, _) => (Fault::Recipient, Remedy::CallRecipient),
        (AttemptOutcome::Unreachable, _) => (Fault::Network, Remedy::CheckNetwork),
        (AttemptOutcome::NotTrusted, _) => (Fault::Recipient, Remedy::RenewTrust),
        (AttemptOutcome::NotSent, _) => (Fault::Gateway, Remedy::MendGateway),
        // RFC 9110 §15.5.14, §15.5.16, §15.5.21: these speak of the content.
        (AttemptOutcome::Never, 413 | 415 | 422) => (Fault::Sender, Remedy::AskSender),
        (
            AttemptOutcome::TimedOut
            | AttemptOutcome::Later
            | AttemptOutcome::Never
            | AttemptOutcome::Malformed,
            _,
        ) => (Fault::Recipient, Remedy::MendReceiver),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_cause_with_each_last_attempt_has_a_fault_and_a_remedy() {
        use AttemptOutcome::{
            Later, Malformed, Never, NotSent, NotTrusted, Taken, TimedOut, Unreachable,
        };
        let by_attempt = [
            (Taken, 0, Fault::Recipient, Remedy::CallRecipient),
            (Unreachable, 0, Fault::Network, Remedy::CheckNetwork),
            (NotTrusted, 403, Fault::Recipient, Remedy::RenewTrust),
            (TimedOut, 0, Fault::Recipient, Remedy::MendReceiver),
            (Later, 503, Fault::Recipient, Remedy::MendReceiver),
            (Never, 404, Fault::Recipient, Remedy::MendReceiver),
            (Never, 413, Fault::Sender, Remedy::AskSender),
            (Never, 422, Fault::Sender, Remedy::AskSender),
            (Malformed, 302, Fault::Recipient, Remedy::MendReceiver),
            (NotSent, 0, Fault::Gateway, Remedy::MendGateway),
        ];
        let named: BTreeSet<_> = by_attempt.iter().map(|row| row.0).collect();
        assert_eq!(
            named.len(),
            AttemptOutcome::ALL.len(),
            "every outcome is in the table"
        );
        for cause in ExpiryCause::ALL {
            let (fault, remedy) = match cause {
                ExpiryCause::NotFetched => (Fault::Recipient, Remedy::CallRecipient),
                ExpiryCause::Unreachable => (Fault::Network, Remedy::CheckNetwork),
                ExpiryCause::NotTaken => (Fault::Recipient, Remedy::MendReceiver),
                ExpiryCause::UnitEnded => (Fault::Recipient, Remedy::SendElsewhere),
                ExpiryCause::GatewayFault => (Fault::Gateway, Remedy::MendGateway),
            };
            assert_eq!(diagnosis(*cause, None), (fault, remedy), "{cause}");
            for (outcome, code, of_fault, of_remedy) in by_attempt {
                let settled = [ExpiryCause::UnitEnded, ExpiryCause::GatewayFault];
                let expected = match settled.contains(cause) {
                    true => (fault, remedy),
                    false => (of_fault, of_remedy),
                };
                let given = diagnosis(*cause, Some((outcome, code)));
                assert_eq!(given, expected, "{cause} after {outcome} {code}");
            }
        }
    }
}
