//! What is accepted, from when and until when, for which purpose (EN 319 102-1 §5.2.8,
//! cryptographic constraints; ETSI TS 119 172-1 Table A.2 row p).
//!
//! The moment asked about is the one at which the signature is proven to have existed: today for
//! what nothing older proves.

mod profiles;
mod rule;
mod write;

pub use rule::{Item, KeyKind, Rule, Usage, Validity};

use super::{DigestAlgorithm, KeyFacts, SignatureScheme};
use crate::model::{Digest, Reason, ReasonCode, SubIndication, Timestamp};
use crate::trust::verdict::Verdict;
use std::collections::BTreeMap;

/// The rules by what they speak about. What no rule speaks about is not accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlgorithmPolicy {
    rules: BTreeMap<(Option<Usage>, Item), Validity>,
}

/// What the policy says, and for how long it would say so: from `from` up to, not including,
/// `until`; `None` where it never said, or never will say, anything else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Acceptance {
    /// Accepted.
    Accepted {
        /// Since when the answer is this.
        from: Option<Timestamp>,
        /// When the answer changes.
        until: Option<Timestamp>,
    },
    /// Not accepted.
    NotAccepted {
        /// What is not: `SHA-1`, `RSA 1024`.
        what: String,
        /// When its acceptance ended, if it once was accepted.
        since: Option<Timestamp>,
        /// Since when the answer is this.
        from: Option<Timestamp>,
        /// When the answer changes.
        until: Option<Timestamp>,
    },
}

impl Acceptance {
    /// Whether it is accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }

    /// The time in which the answer is this: from, and until before.
    #[must_use]
    pub fn span(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        match self {
            Self::Accepted { from, until } | Self::NotAccepted { from, until, .. } => {
                (*from, *until)
            }
        }
    }

    /// What it says of a signature that verified; `None` if accepted. What was accepted once lacks
    /// but a proof that the signature existed by then (EN 319 102-1 §5.1.3, Table 3).
    #[must_use]
    pub fn problem(&self) -> Option<Verdict> {
        let Self::NotAccepted { what, since, .. } = self else {
            return None;
        };
        let reason = Reason::new(ReasonCode::AlgorithmNotAccepted).with("algorithm", what.clone());
        Some(match since {
            Some(since) => Verdict::indeterminate(
                SubIndication::CryptoConstraintsFailureNoPoe,
                reason.with("moment", since.to_string()),
            ),
            None => Verdict::indeterminate(SubIndication::CryptoConstraintsFailure, reason),
        })
    }

    /// Both must be accepted; of two refusals the first is told.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let ((from, until), (other_from, other_until)) = (self.span(), other.span());
        let from = from.max(other_from);
        // None is no end, so it is later than any.
        let until = [until, other_until].into_iter().flatten().min();
        match (self, other) {
            (Self::Accepted { .. }, Self::Accepted { .. }) => Self::Accepted { from, until },
            (Self::NotAccepted { what, since, .. }, _)
            | (_, Self::NotAccepted { what, since, .. }) => Self::NotAccepted {
                what,
                since,
                from,
                until,
            },
        }
    }
}

impl AlgorithmPolicy {
    /// Accepts nothing.
    #[must_use]
    pub fn none() -> Self {
        Self {
            rules: BTreeMap::new(),
        }
    }

    /// With one rule more, or another in its place.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Self {
        self.set(rule);
        self
    }

    /// Adds a rule, in the place of one about the same.
    pub fn set(&mut self, rule: Rule) {
        self.rules.insert((rule.usage, rule.item), rule.validity);
    }

    /// Takes out every rule about the size of one kind of key: those to come shall be all.
    pub fn clear_keys(&mut self, usage: Option<Usage>, kind: KeyKind) {
        let about = |item: &Item| matches!(item, Item::Key(other, _) if *other == kind);
        self.rules
            .retain(|(for_usage, item), _| *for_usage != usage || !about(item));
    }

    /// Every rule.
    pub fn rules(&self) -> impl Iterator<Item = Rule> {
        self.rules.iter().map(|((usage, item), validity)| Rule {
            usage: *usage,
            item: *item,
            validity: *validity,
        })
    }

    /// SHA-256 of [`AlgorithmPolicy::to_toml`]: it names the policy in cache keys and in the rules' digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_toml().as_bytes())
    }

    /// Whether a signature is accepted for a purpose, if it existed at `at`.
    #[must_use]
    pub fn judge(
        &self,
        usage: Usage,
        scheme: SignatureScheme,
        key: &KeyFacts,
        at: Timestamp,
    ) -> Acceptance {
        let family = self.look_up(usage, |for_usage| {
            let specific = Item::Signature(scheme.family(), Some(scheme.digest()));
            let general = Item::Signature(scheme.family(), None);
            let rule = |item| self.rules.get(&(for_usage, item));
            rule(specific).or_else(|| rule(general))
        });
        let family = judge_one(family, at, || scheme.name());
        let digests = match scheme {
            // It hashes by itself, as RFC 8032 §5.1 says how.
            SignatureScheme::Ed25519 => family,
            // ETSI TS 119 312 Table 4 names one digest for message and mask.
            SignatureScheme::RsaPss(pss) => self
                .judge_digest(usage, pss.digest, at)
                .and(self.judge_digest(usage, pss.mask, at))
                .and(family),
            SignatureScheme::RsaPkcs1(digest)
            | SignatureScheme::Ecdsa(digest)
            | SignatureScheme::PlainEcdsa(digest)
            | SignatureScheme::Dsa(digest) => self.judge_digest(usage, digest, at).and(family),
        };
        digests.and(self.judge_key(usage, key, at))
    }

    /// Whether a digest alone is accepted: an imprint, a reference.
    #[must_use]
    pub fn judge_digest(&self, usage: Usage, digest: DigestAlgorithm, at: Timestamp) -> Acceptance {
        let rule = self.look_up(usage, |for_usage| {
            self.rules.get(&(for_usage, Item::Digest(digest)))
        });
        judge_one(rule, at, || digest.name().to_owned())
    }

    /// Whether a key is accepted, whatever it signs.
    #[must_use]
    pub fn judge_key(&self, usage: Usage, key: &KeyFacts, at: Timestamp) -> Acceptance {
        let rule = KeyKind::of(key.family)
            .and_then(|kind| self.look_up(usage, |for_usage| self.step(for_usage, kind, key.bits)));
        judge_one(rule, at, || key.name())
    }

    /// The rule for this purpose, else the one for any.
    fn look_up<'a>(
        &'a self,
        usage: Usage,
        rule: impl Fn(Option<Usage>) -> Option<&'a Validity>,
    ) -> Option<&'a Validity> {
        rule(Some(usage)).or_else(|| rule(None))
    }

    /// The rule of the greatest size that a key reaches. Where a purpose has any rule about that
    /// kind of key, those for any purpose do not count: it could only narrow by saying more.
    fn step(&self, usage: Option<Usage>, kind: KeyKind, bits: u32) -> Option<&Validity> {
        let sizes = |upper| (usage, Item::Key(kind, 0))..=(usage, Item::Key(kind, upper));
        let mut reached = self.rules.range(sizes(bits));
        if let Some((_, validity)) = reached.next_back() {
            return Some(validity);
        }
        let named = self.rules.range(sizes(u32::MAX)).next().is_some();
        named.then_some(&Validity::Never)
    }
}

impl Default for AlgorithmPolicy {
    /// What holds where no file says anything else: [`AlgorithmPolicy::national`].
    fn default() -> Self {
        Self::national()
    }
}

fn judge_one(validity: Option<&Validity>, at: Timestamp, name: impl Fn() -> String) -> Acceptance {
    let refused = |since, from, until| Acceptance::NotAccepted {
        what: name(),
        since,
        from,
        until,
    };
    match validity.copied().unwrap_or(Validity::Never) {
        Validity::Never => refused(None, None, None),
        Validity::Within {
            until: Some(until), ..
        } if at >= until => refused(Some(until), Some(until), None),
        Validity::Within {
            from: Some(from), ..
        } if at < from => refused(None, None, Some(from)),
        Validity::Within { from, until } => Acceptance::Accepted { from, until },
    }
}

#[cfg(test)]
mod tests;
