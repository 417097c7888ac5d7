//! One file by itself, as the component of a dossier: whom its signatures speak for.
//!
//! Unlike a document it has no sender: an agency is any unit that is bound, and a citizen is bound to nobody.

use super::Rules;
use super::document::{in_place, most_telling};
use crate::model::{Indication, SubIndication, Timestamp};
use crate::registry::{KeyPair, Role};
use crate::trust::report::{Coverage, FileReport, SignatureReport};

/// Whom the signatures of one file speak for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct SignedFile {
    /// An agency, by a binding and a permitted domain.
    pub agency: bool,
    /// A person with authority, by a binding and a permitted domain.
    pub person: bool,
    /// Anybody under a configured anchor.
    pub anybody: bool,
    /// The most telling of those that did not pass.
    pub worst: Option<(Indication, Option<SubIndication>)>,
}

/// What the report of a file says about it as a component; `None`: as a whole it could not be judged.
///
/// A signature counts where it covers what is in the file (`verdicts.md` §2), as for a document's main file.
#[must_use]
pub fn signed_file(rules: &Rules, report: &FileReport, at: Timestamp) -> Option<SignedFile> {
    if report.fault.is_some() {
        return None;
    }
    let worst = most_telling(report.signatures.iter().map(|s| &s.verdict));
    let mut found = SignedFile {
        worst: worst.map(|verdict| (verdict.indication(), verdict.sub())),
        ..SignedFile::default()
    };
    let passed = |s: &&SignatureReport| s.verdict.is_passed();
    for signature in report.signatures.iter().filter(passed) {
        // Alone, a detached signature signs something else.
        let there = signature.coverage != Coverage::Detached;
        let covers = |role| there && in_place(report, signature, role);
        found.anybody |= covers(Role::Person);
        match bound(rules, signature, at) {
            Some(Role::Agency) => found.agency |= covers(Role::Agency),
            Some(Role::Person) => found.person |= covers(Role::Person),
            Some(Role::Transport) | None => {}
        }
    }
    Some(found)
}

fn bound(rules: &Rules, signature: &SignatureReport, at: Timestamp) -> Option<Role> {
    let subject = signature.signer.as_ref()?.key;
    let issuer = signature.issuer_key?;
    let binding = rules.registry.binding(KeyPair { issuer, subject }, at)?;
    let domain = signature.domain.as_ref()?;
    let (unit, role) = (&binding.unit, binding.role);
    let permitted = rules.policy.permits(&rules.registry, unit, domain, role);
    permitted.then_some(role)
}
