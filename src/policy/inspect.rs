//! What an administrator should see to before documents wait for it: anchors and lists that end,
//! what leads nowhere, what was passed over. Codes with arguments; the sentences and what to do are
//! in `lang`.

use super::Rules;
use crate::model::indication::words;
use crate::model::{Digest, Timestamp};
use crate::trust::anchor::Anchor;
use crate::trust::survey::{Ageing, Survey, SurveyedCrl, ageing, survey};
use std::collections::BTreeSet;

/// An anchor that ends within this is reported: an authority is not renewed within a week.
const SOON_SECS: i64 = 30 * DAY;
const DAY: i64 = 86_400;

words! {
    /// What is worth an administrator's attention.
    FindingCode {
        /// Nothing is trusted.
        NoAnchors = 1 "no_anchors",
        /// An anchor's certificate has expired.
        AnchorExpired = 2 "anchor_expired",
        /// An anchor's certificate expires soon.
        AnchorExpires = 3 "anchor_expires",
        /// An anchor counts no longer, by its own restriction.
        AnchorEnded = 4 "anchor_ended",
        /// An anchor will soon count no longer, by its own restriction.
        AnchorEnds = 5 "anchor_ends",
        /// An anchor does not count yet.
        AnchorNotYet = 6 "anchor_not_yet",
        /// An anchor that nothing can end at.
        AnchorWithoutPurpose = 7 "anchor_without_purpose",
        /// An anchor that is on the distrust list.
        AnchorDistrusted = 8 "anchor_distrusted",
        /// The policy names a domain without anchors.
        DomainEmpty = 9 "domain_empty",
        /// An intermediate certificate that leads to no anchor.
        IntermediateUnchained = 10 "intermediate_unchained",
        /// The newest list of its scope no longer counts.
        CrlStale = 11 "crl_stale",
        /// The newest list of its scope will soon not count any longer.
        CrlDue = 12 "crl_due",
        /// Nobody who is trusted has signed a list.
        CrlIssuerUnknown = 13 "crl_issuer_unknown",
        /// A list older than one that was seen before.
        CrlOlder = 14 "crl_older",
        /// A list that breaks its format proves nothing good.
        CrlDefect = 15 "crl_defect",
        /// A file that could not be read.
        FilePassedOver = 16 "file_passed_over",
        /// A distrust entry that meets nothing that is configured.
        DistrustIdle = 17 "distrust_idle",
        /// An authority's key or digest is not accepted any more.
        AlgorithmWeak = 18 "algorithm_weak",
        /// An authority's key or digest will soon not be accepted any more.
        AlgorithmDue = 19 "algorithm_due",
        /// An authority's key or digest will not be accepted any more within a year.
        AlgorithmEnds = 20 "algorithm_ends",
        /// An address that evidence is fetched from does not answer.
        SourceSilent = 21 "source_silent",
    }
}

impl FindingCode {
    /// Whether something has to be done; the others are worth knowing. That a distrusted
    /// certificate is not here is what its entry is for; it may also be a slip of the pen.
    #[must_use]
    pub fn is_grave(self) -> bool {
        !matches!(
            self,
            Self::AnchorNotYet | Self::DistrustIdle | Self::AlgorithmEnds
        )
    }
}

/// One thing, with its particulars.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// Named values for the sentence.
    pub args: Vec<(&'static str, String)>,
}

impl Finding {
    fn new(code: FindingCode) -> Self {
        Self {
            code,
            args: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

/// Everything worth seeing to at `now`, the gravest kind first.
#[must_use]
pub fn inspect(rules: &Rules, now: Timestamp) -> Vec<Finding> {
    let material = rules.validator.material();
    let survey = survey(material);
    let mut found = Vec::new();
    if material.trust_anchors().is_empty() {
        found.push(Finding::new(FindingCode::NoAnchors));
    }
    for anchor in material.trust_anchors() {
        found.extend(of_anchor(anchor, now));
        if material.distrusted_at(anchor.certificate(), now) {
            found.push(about(FindingCode::AnchorDistrusted, anchor));
        }
    }
    let domains: BTreeSet<&str> = material
        .trust_anchors()
        .iter()
        .map(Anchor::domain)
        .collect();
    let named: BTreeSet<&String> = rules.policy.named_domains().collect();
    for domain in named.iter().filter(|d| !domains.contains(d.as_str())) {
        found.push(Finding::new(FindingCode::DomainEmpty).with("domain", domain.as_str()));
    }
    of_survey(&survey, now, &mut found);
    let ageing = ageing(material, now);
    found.extend(ageing.iter().filter_map(|a| of_ageing(a, now)));
    for crl in material.left_out() {
        let finding = Finding::new(FindingCode::CrlOlder).with("issuer", &crl.issuer);
        found.push(finding.with("this_update", crl.this_update.to_string()));
    }
    for file in material.passed_over() {
        let finding = Finding::new(FindingCode::FilePassedOver).with("path", &file.file);
        found.push(finding.with("what", &file.problem));
    }
    found.sort_by_key(|finding| !finding.code.is_grave());
    found
}

fn about(code: FindingCode, anchor: &Anchor) -> Finding {
    let certificate = anchor.certificate();
    Finding::new(code)
        .with("subject", certificate.subject_text())
        .with("domain", anchor.domain())
        .with("sha256", certificate.sha256().to_hex())
}

/// Days that are left, begun ones not counted.
fn days(until: Timestamp, now: Timestamp) -> String {
    let left = until.secs().saturating_sub(now.secs());
    left.div_euclid(DAY).to_string()
}

fn of_anchor(anchor: &Anchor, now: Timestamp) -> Vec<Finding> {
    let mut found = Vec::new();
    let constraints = anchor.constraints();
    let ends = |expired, soon, until: Timestamp| {
        if until <= now {
            Some(about(expired, anchor).with("moment", until.to_string()))
        } else if until <= now.plus_secs(SOON_SECS) {
            Some(about(soon, anchor).with("days", days(until, now)))
        } else {
            None
        }
    };
    use FindingCode::{AnchorEnded, AnchorEnds, AnchorExpired, AnchorExpires, AnchorNotYet};
    let not_after = anchor.certificate().not_after();
    found.extend(ends(AnchorExpired, AnchorExpires, not_after));
    // Whichever comes first says it all.
    let own = [constraints.until, constraints.distrust_after]
        .into_iter()
        .flatten()
        .min();
    found.extend(
        own.filter(|own| *own < not_after)
            .and_then(|own| ends(AnchorEnded, AnchorEnds, own)),
    );
    if let Some(from) = constraints.from.filter(|from| *from > now) {
        found.push(about(AnchorNotYet, anchor).with("moment", from.to_string()));
    }
    let purposes = constraints.purposes;
    if !(purposes.documents || purposes.timestamping || purposes.ocsp) {
        found.push(about(FindingCode::AnchorWithoutPurpose, anchor));
    }
    found
}

fn of_survey(survey: &Survey, now: Timestamp, found: &mut Vec<Finding>) {
    for certificate in &survey.unchained {
        found.push(
            Finding::new(FindingCode::IntermediateUnchained)
                .with("subject", &certificate.subject)
                .with("issuer", &certificate.issuer)
                .with("sha256", certificate.sha256.to_hex()),
        );
    }
    for crl in &survey.crls {
        found.extend(of_crl(crl, now));
    }
    for entry in &survey.idle_distrust {
        let digest: Digest = entry.digest;
        found.push(Finding::new(FindingCode::DistrustIdle).with("sha256", digest.to_hex()));
    }
}

fn of_ageing(ageing: &Ageing, now: Timestamp) -> Option<Finding> {
    const YEAR: i64 = 365 * DAY;
    let code = match ageing.until {
        None => FindingCode::AlgorithmWeak,
        Some(until) if until <= now.plus_secs(SOON_SECS) => FindingCode::AlgorithmDue,
        Some(until) if until <= now.plus_secs(YEAR) => FindingCode::AlgorithmEnds,
        Some(_) => return None,
    };
    let finding = Finding::new(code)
        .with("algorithm", &ageing.what)
        .with("subject", &ageing.certificate.subject)
        .with("sha256", ageing.certificate.sha256.to_hex());
    Some(match ageing.until {
        Some(until) => finding.with("days", days(until, now)),
        None => finding,
    })
}

fn of_crl(crl: &SurveyedCrl, now: Timestamp) -> Option<Finding> {
    let about = |code| {
        Finding::new(code)
            .with("issuer", &crl.info.issuer)
            .with("this_update", crl.info.this_update.to_string())
    };
    if !crl.issuer_known {
        let sha256 = crl.info.sha256.to_hex();
        return Some(about(FindingCode::CrlIssuerUnknown).with("sha256", sha256));
    }
    if let Some(what) = &crl.defect {
        return Some(about(FindingCode::CrlDefect).with("what", what));
    }
    // A newer one of its scope has taken its place.
    if !crl.newest {
        return None;
    }
    let Some(until) = crl.counts_until else {
        return Some(about(FindingCode::CrlStale));
    };
    let next_update = until.to_string();
    if until <= now {
        return Some(about(FindingCode::CrlStale).with("next_update", next_update));
    }
    // A day is enough to act in; of a list that lives for hours, its last quarter.
    let life = until.secs().saturating_sub(crl.info.this_update.secs());
    let margin = DAY.min(life.div_euclid(4));
    (until <= now.plus_secs(margin))
        .then(|| about(FindingCode::CrlDue).with("next_update", next_update))
}

#[cfg(test)]
mod tests;
