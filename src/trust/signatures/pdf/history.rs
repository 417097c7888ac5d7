//! What came after a signature, revision by revision.

use super::difference::{self, Links, Step};
use crate::format::pdf::{Document, Permission, SignatureDictionary, View};
use crate::model::{Reason, ReasonCode, SubIndication};
use crate::trust::changes::{Change, ChangeKind, ChangeLevel, Changes};
use crate::trust::verdict::Verdict;
use std::collections::BTreeMap;

/// The differences between revisions, each looked for once.
#[derive(Debug)]
pub(super) struct History<'d> {
    document: &'d Document<'d>,
    links: Links,
    steps: BTreeMap<usize, Step>,
}

impl<'d> History<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> Self {
        Self {
            document,
            links: Links::default(),
            steps: BTreeMap::new(),
        }
    }

    /// What came after the revision that ends at `end`, and whether a signature permits it.
    pub(super) fn after(&mut self, end: u64, dictionary: &SignatureDictionary) -> Changes {
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let Some(signed) = self.document.revision_ending(end) else {
            return unknown(ChangeKind::Changed);
        };
        let mut changes = Changes::none();
        for revision in signed.saturating_add(1)..self.document.revisions() {
            let document = self.document;
            let views = (
                document.view(revision.saturating_sub(1)),
                document.view(revision),
            );
            // Keys, names, numbers and references are never encrypted, and the same octets under one
            // object's number say the same (§7.6.2); what lies in object streams is not readable.
            let unreadable = document.is_locked() && document.has_object_streams();
            if unreadable && difference::encrypted_alike(views.0, views.1) {
                return unknown(ChangeKind::Encrypted);
            }
            let step = self.step(revision);
            changes.level = changes.level.max(step.level);
            changes.objects.extend(&step.changes);
            if step.objection.is_some() {
                changes.permitted = false;
                break;
            }
            let kept = || document.view(signed);
            let forbidden = forbidden(step, dictionary).or_else(|| withdrawn(step, kept()));
            if let Some((object, kind)) = forbidden {
                changes.permitted = false;
                changes.objects.push(Change {
                    revision: revision.saturating_add(1),
                    object,
                    kind,
                });
                break;
            }
        }
        changes
    }

    fn step(&mut self, revision: usize) -> &Step {
        let (document, links) = (self.document, &mut self.links);
        self.steps.entry(revision).or_insert_with(|| {
            let before = document.view(revision.saturating_sub(1));
            difference::step(before, document.view(revision), links)
        })
    }
}

fn unknown(kind: ChangeKind) -> Changes {
    let change = Change {
        revision: 0,
        object: None,
        kind,
    };
    Changes {
        level: ChangeLevel::Unknown,
        permitted: false,
        objects: vec![change],
    }
}

/// What a signature's own restrictions forbid (ISO 32000-2 §12.8.2.2, §12.8.2.4).
fn forbidden(step: &Step, dictionary: &SignatureDictionary) -> Option<(Option<u32>, ChangeKind)> {
    // Without a word about it, signing and filling in are what is usual.
    let most = match dictionary.permission {
        Some(Permission::Nothing) => ChangeLevel::Updates,
        None | Some(Permission::Forms) => ChangeLevel::Forms,
        Some(Permission::Annotations) => ChangeLevel::Annotations,
    };
    for touched in &step.touched {
        let locked = dictionary
            .locks
            .iter()
            .any(|lock| lock.locks(&touched.name));
        if locked && !touched.despite_lock {
            return Some((Some(touched.object), ChangeKind::FieldLocked));
        }
        if dictionary.permission.is_some() && !touched.despite_certification {
            return Some((Some(touched.object), ChangeKind::NotPermitted));
        }
    }
    (step.level > most).then_some((None, ChangeKind::NotPermitted))
}

/// What was there when it was signed about single signatures, and is no more.
fn withdrawn(step: &Step, signed: View<'_, '_>) -> Option<(Option<u32>, ChangeKind)> {
    if step.withdrawn.is_empty() {
        return None;
    }
    let store = signed.dictionary(&signed.catalog()?, b"DSS")?;
    let related = signed.dictionary(&store, b"VRI")?;
    let mut entries = related.entries.iter();
    let known = entries.any(|(key, _)| step.withdrawn.contains(key.as_ref()));
    known.then_some((None, ChangeKind::EntryRemoved))
}

/// The verdict that changes make where they are too many; `admitted` is the most that the policy takes.
pub(super) fn verdict(changes: &Changes, admitted: ChangeLevel) -> Option<Verdict> {
    let reason = |code| {
        let last = changes.objects.last();
        let kind = last.map_or("", |change| change.kind.name());
        let mut reason = Reason::new(code).with("change", kind);
        if let Some(change) = last.filter(|change| change.revision > 0) {
            reason = reason.with("revision", change.revision.to_string());
        }
        match last.and_then(|change| change.object) {
            Some(object) => reason.with("object", object.to_string()),
            None => reason,
        }
    };
    match changes.level {
        ChangeLevel::Unknown => {
            let code = ReasonCode::Encrypted;
            Some(Verdict::indeterminate(SubIndication::Generic, reason(code)))
        }
        ChangeLevel::Suspicious => Some(Verdict::failed(
            SubIndication::FormatFailure,
            reason(ReasonCode::ChangedAfterSigning),
        )),
        _ if !changes.permitted => Some(Verdict::failed(
            SubIndication::FormatFailure,
            reason(ReasonCode::ChangedAfterSigning),
        )),
        level if level > admitted => Some(Verdict::indeterminate(
            SubIndication::SigConstraintsFailure,
            reason(ReasonCode::ChangesNotAdmitted),
        )),
        ChangeLevel::None
        | ChangeLevel::Updates
        | ChangeLevel::Forms
        | ChangeLevel::Annotations => None,
    }
}
