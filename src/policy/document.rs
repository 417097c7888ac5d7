//! One document: all signatures of all its files, who is bound to them, and what is missing.

use super::{Outcome, PolicySettings, Rules, disposition};
use crate::model::event::{FileRole, Judged, Policy};
use crate::model::{
    Digest, Disposition, Indication, Reason, ReasonCode, SubIndication, Timestamp, UnitCode,
};
use crate::registry::{KeyPair, Registry, Role};
use crate::trust::report::{Coverage, FileFormat, FileReport, SignatureReport};
use crate::trust::verdict::Verdict;

/// What was found in one file of a document.
#[derive(Clone, Debug)]
pub struct FileFinding {
    /// What the file is in the document.
    pub role: FileRole,
    /// For a detached signature: which file it signs.
    pub of: Option<usize>,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// The signatures found.
    pub report: FileReport,
}

/// What is known of a document beside its files.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The sending unit, proved.
    pub by: &'a UnitCode,
    /// Its type, as the envelope says.
    pub kind: &'a str,
    /// Its arrival, also where it is judged again later: no proof of an earlier time is known yet,
    /// so bindings are looked up then.
    pub at: Timestamp,
}

/// Whom one valid signature speaks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignatureRole {
    /// The verdict did not pass, so it speaks for nobody.
    NotPassed,
    /// No binding for its keys at that time.
    NotBound,
    /// Bound, but the trust domain is not permitted for that role.
    DomainNotPermitted,
    /// Bound to another unit.
    OtherUnit(UnitCode, Role),
    /// Bound to the sending unit.
    Sender(Role),
}

/// The decision about a document, before it becomes an event.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What validation says of the document as a whole.
    pub indication: Indication,
    /// Its sub-indication.
    pub sub: Option<SubIndication>,
    /// The most telling reason, with its arguments.
    pub reason: Reason,
    /// What the relay does.
    pub disposition: Disposition,
    /// Whether the main file has a valid agency signature of the sender.
    pub agency_signed: bool,
    /// Whether the main file has a valid person's signature of the sender.
    pub person_signed: bool,
    /// The policy applied.
    pub policy: Policy,
    /// The digest of the rules applied.
    pub rules: Digest,
    /// Per file and signature: whom it speaks for.
    pub roles: Vec<Vec<SignatureRole>>,
}

impl Judgement {
    /// The part that enters the event; `report` is the digest of the kept report.
    #[must_use]
    pub fn judged(&self, report: Option<Digest>) -> Judged {
        Judged {
            indication: self.indication,
            sub_indication: self.sub,
            reason: self.reason.code,
            disposition: self.disposition,
            agency_signed: self.agency_signed,
            person_signed: self.person_signed,
            policy: self.policy,
            rules: self.rules,
            report,
        }
    }
}

/// Secret material is refused by its envelope, before its files are read (`counting.md` §1).
#[must_use]
pub fn refused_for_secrecy(rules: &Rules, kind: &str) -> Judgement {
    Judgement {
        indication: Indication::Indeterminate,
        sub: Some(SubIndication::Generic),
        reason: ReasonCode::SecrecyNotAllowed.into(),
        disposition: Disposition::Refuse,
        agency_signed: false,
        person_signed: false,
        policy: rules.policy.demanded(kind),
        rules: rules.digest,
        roles: Vec::new(),
    }
}

/// Judges a document from what was found in its files.
#[must_use]
pub fn judge_document(rules: &Rules, sent: Sent<'_>, files: &[FileFinding]) -> Judgement {
    let policy = rules.policy.demanded(sent.kind);
    let role_of = |s: &SignatureReport| role(&rules.registry, &rules.policy, sent, s);
    let roles: Vec<Vec<SignatureRole>> = files
        .iter()
        .map(|f| f.report.signatures.iter().map(role_of).collect())
        .collect();
    let signed = files.iter().any(|f| !f.report.signatures.is_empty());
    let verdicts = || files.iter().flat_map(|f| all_verdicts(&f.report));
    let (indication, sub, reason, content) = if let Some(worst) = most_telling(verdicts()) {
        (
            worst.indication(),
            worst.sub(),
            worst.reason().clone(),
            false,
        )
    } else if !signed {
        let none = Reason::new(ReasonCode::NoSignature);
        (
            Indication::Indeterminate,
            Some(SubIndication::Generic),
            none,
            false,
        )
    } else {
        let missing = missing(policy, files, &roles);
        let content = missing.is_none();
        let reason = missing.unwrap_or_else(|| ReasonCode::SignedAsRequired.into());
        (Indication::TotalPassed, None, reason, content)
    };
    let main = files.iter().position(|f| f.role == FileRole::Main);
    let passed = indication == Indication::TotalPassed;
    let has = |role: Role| passed && main.is_some_and(|m| covers(files, &roles, m, role));
    Judgement {
        indication,
        sub,
        reason,
        disposition: disposition(
            policy,
            Outcome {
                indication,
                sub,
                content,
                signed,
            },
        ),
        agency_signed: has(Role::Agency),
        person_signed: has(Role::Person),
        policy,
        rules: rules.digest,
        roles,
    }
}

fn all_verdicts(report: &FileReport) -> impl Iterator<Item = &Verdict> {
    report
        .fault
        .iter()
        .chain(report.signatures.iter().map(|s| &s.verdict))
}

/// The verdict that decides: any TOTAL-FAILED first; then an INDETERMINATE that no fresh evidence
/// can change; then TRY_LATER. `None` if every one passed.
pub(super) fn most_telling<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> Option<&'a Verdict> {
    let rank = |v: &&Verdict| match (v.indication(), v.sub()) {
        (Indication::TotalFailed, _) => 0,
        (Indication::Indeterminate, Some(SubIndication::TryLater)) => 2,
        (Indication::Indeterminate, _) => 1,
        (Indication::TotalPassed, _) => 3,
    };
    verdicts.filter(|v| !v.is_passed()).min_by_key(rank)
}

fn role(
    registry: &Registry,
    policy: &PolicySettings,
    sent: Sent<'_>,
    signature: &SignatureReport,
) -> SignatureRole {
    let (true, Some(issuer), Some(signer), Some(domain)) = (
        signature.verdict.is_passed(),
        signature.issuer_key,
        &signature.signer,
        &signature.domain,
    ) else {
        return SignatureRole::NotPassed;
    };
    let Some(binding) = registry.binding(
        KeyPair {
            issuer,
            subject: signer.key,
        },
        sent.at,
    ) else {
        return SignatureRole::NotBound;
    };
    if !policy.permits(registry, &binding.unit, domain, binding.role) {
        return SignatureRole::DomainNotPermitted;
    }
    if binding.unit == *sent.by {
        SignatureRole::Sender(binding.role)
    } else {
        SignatureRole::OtherUnit(binding.unit.clone(), binding.role)
    }
}

/// Every signature that speaks about file `index`: those inside it, and those of signature files
/// of it. A signature file speaks about another file only by a detached signature: a PDF or a CMS
/// with its own content would cover something else than the file it is named for. One in XML names the
/// files that it covers itself, by their digests.
fn signatures_of<'a>(
    files: &'a [FileFinding],
    roles: &'a [Vec<SignatureRole>],
    index: usize,
) -> impl Iterator<Item = (&'a FileFinding, &'a SignatureReport, &'a SignatureRole)> {
    let own = move |i: usize, s: &SignatureReport| i == index && s.coverage != Coverage::Detached;
    let digest = files.get(index).map(|f| f.digest);
    let of_it = move |f: &FileFinding, s: &SignatureReport| {
        let named = || {
            s.covers
                .iter()
                .any(|c| c.file.is_some() && c.file == digest)
        };
        f.role == FileRole::Signature
            && s.coverage == Coverage::Detached
            && (f.of == Some(index) || named())
    };
    let each = files.iter().zip(roles).enumerate();
    each.flat_map(|(i, (f, roles))| {
        f.report
            .signatures
            .iter()
            .zip(roles)
            .map(move |(s, r)| (i, f, s, r))
    })
    .filter(move |(i, f, s, _)| own(*i, s) || of_it(f, s))
    .map(|(_, f, s, r)| (f, s, r))
}

/// Whether file `index` has a valid signature of the sender in `role` that covers it. In a PDF the
/// agency's signature is the last one and covers the whole file (`verdicts.md` §2).
fn covers(files: &[FileFinding], roles: &[Vec<SignatureRole>], index: usize, role: Role) -> bool {
    signatures_of(files, roles, index).any(|(file, signature, found)| {
        *found == SignatureRole::Sender(role) && in_place(&file.report, signature, role)
    })
}

/// Whether a signature covers what it has to in a file of that report.
pub(super) fn in_place(report: &FileReport, signature: &SignatureReport, role: Role) -> bool {
    if report.format != FileFormat::Pdf {
        return match signature.coverage {
            Coverage::WholeFile | Coverage::Encapsulated | Coverage::Detached => true,
            // What else is in the file has nobody's word.
            Coverage::Part | Coverage::Revision | Coverage::Unclear => false,
        };
    }
    match role {
        Role::Agency => {
            let followed = signature.coverage == Coverage::Revision && signature.changes.is_some();
            (followed || signature.coverage == Coverage::WholeFile)
                && report
                    .signatures
                    .last()
                    .is_some_and(|last| last == signature)
        }
        Role::Person => matches!(signature.coverage, Coverage::WholeFile | Coverage::Revision),
        Role::Transport => false,
    }
}

/// What the policy still wants, in the order in which a clerk can mend it.
fn missing(policy: Policy, files: &[FileFinding], roles: &[Vec<SignatureRole>]) -> Option<Reason> {
    // Without a main file nothing was signed as the document, whatever else is signed.
    let Some(main) = files.iter().position(|f| f.role == FileRole::Main) else {
        return Some(ReasonCode::AgencySignatureMissing.into());
    };
    if !covers(files, roles, main, Role::Agency) {
        return Some(why_no_agency(files, roles, main));
    }
    if policy == Policy::RequireBoth && !covers(files, roles, main, Role::Person) {
        return Some(ReasonCode::PersonSignatureMissing.into());
    }
    // An annex in another file carries the agency's signature (NĐ 30/2020, Phụ lục I); a file sent
    // as a signature is one, or nobody has signed it.
    let bare = |(i, f): &(usize, &FileFinding)| match f.role {
        FileRole::Main => false,
        FileRole::Annex => !covers(files, roles, *i, Role::Agency),
        FileRole::Signature => !f
            .report
            .signatures
            .iter()
            .any(|s| s.coverage == Coverage::Detached),
    };
    let (index, _) = files.iter().enumerate().find(bare)?;
    let number = index.saturating_add(1);
    Some(Reason::new(ReasonCode::FileNotCovered).with("file", number.to_string()))
}

fn why_no_agency(files: &[FileFinding], roles: &[Vec<SignatureRole>], main: usize) -> Reason {
    let mut best: (u8, Reason) = (9, ReasonCode::AgencySignatureMissing.into());
    for (_, signature, found) in signatures_of(files, roles, main) {
        let signer = signature.signer.as_ref().map_or("", |s| s.subject.as_str());
        let candidate = match found {
            SignatureRole::OtherUnit(unit, _) => (
                0,
                Reason::new(ReasonCode::SignerOfOtherUnit)
                    .with("unit", unit.to_string())
                    .with("signer", signer),
            ),
            SignatureRole::Sender(Role::Agency) => (1, ReasonCode::AgencySignatureNotLast.into()),
            SignatureRole::DomainNotPermitted => (
                2,
                Reason::new(ReasonCode::DomainNotPermitted)
                    .with("domain", signature.domain.clone().unwrap_or_default()),
            ),
            SignatureRole::Sender(Role::Person | Role::Transport) => {
                (3, ReasonCode::AgencySignatureMissing.into())
            }
            SignatureRole::NotBound => (
                4,
                Reason::new(ReasonCode::SignerNotBound).with("signer", signer),
            ),
            SignatureRole::NotPassed => continue,
        };
        if candidate.0 < best.0 {
            best = candidate;
        }
    }
    best.1
}

#[cfg(test)]
mod tests;
