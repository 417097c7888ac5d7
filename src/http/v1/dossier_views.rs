//! Dossiers as they are shown to their agency.

use crate::client::dossier::{ItemView, item_views};
use crate::client::dossiers::{
    DossierDone, DossierEntryView, DossierFileView, DossierRow, DossierStateView,
};
use crate::client::wire::ReceiptView;
use crate::dossier::Procedure;
use crate::dossier::life::{DossierState, Entry, possible};
use crate::http::problem::Problem;
use crate::intake::{DossierOutcome, Intake, Note, Words};
use crate::model::dossier::DossierItem;
use crate::model::{Digest, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

pub(in crate::http) fn slip(entry: &Entry, der: &Bytes) -> ReceiptView {
    ReceiptView {
        position: entry.position.0,
        event: entry.kind.name().to_owned(),
        at: entry.at.to_string(),
        p7m: STANDARD.encode(der),
    }
}

pub(super) fn row(state: &DossierState, now: Timestamp) -> DossierRow {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    DossierRow {
        number: state.number.to_string(),
        procedure: state.procedure.code.to_string(),
        version: state.procedure.version,
        status: state.status.name().to_owned(),
        status_number: state.status.number(),
        received: state.received().to_string(),
        due: time(state.due),
        late_since: time(state.late_since(now)),
        finished: time(state.finished()),
        requests: state.requests,
    }
}

/// What was done, with its slip.
pub(super) fn done(intake: &Intake, outcome: &DossierOutcome) -> Result<DossierDone, Problem> {
    let dossier = state_view(intake, &outcome.state)?;
    let entry = &outcome.entry;
    let told = dossier
        .timeline
        .iter()
        .find(|own| own.position == entry.position.0);
    Ok(DossierDone {
        items: told.map(|own| own.items.clone()).unwrap_or_default(),
        dossier,
        slip: slip(entry, &outcome.slip),
        repeated: outcome.repeated,
    })
}

/// A dossier as a whole.
pub(super) fn state_view(
    intake: &Intake,
    state: &DossierState,
) -> Result<DossierStateView, Problem> {
    let now = intake.tools().clock.now();
    let words = intake.dossier_words(state)?;
    let erased = words.is_none();
    let words = words.unwrap_or_default();
    let procedure = intake.pinned(state, now).ok();
    let shown = Shown {
        intake,
        state,
        procedure: procedure.as_ref(),
        words: &words,
    };
    let open: Vec<DossierItem> = state.open_items().into_iter().cloned().collect();
    let moves = possible(state.status);
    Ok(DossierStateView {
        id: state.dossier.to_string(),
        row: row(state, now),
        agency: state.agency().to_string(),
        name: procedure.as_ref().map(|procedure| procedure.name.clone()),
        taken: state.taken.map(|at| at.to_string()),
        rescheduled: state.rescheduled,
        open_items: shown.items(&open),
        possible: moves.iter().map(|what| what.name().to_owned()).collect(),
        files: shown.files(),
        timeline: state.timeline.iter().map(|e| shown.entry(e)).collect(),
        applicant: words.applicant.clone(),
        facts: words.facts.clone(),
        components: words.components.clone(),
        erased,
    })
}

struct Shown<'a> {
    intake: &'a Intake,
    state: &'a DossierState,
    procedure: Option<&'a Procedure>,
    words: &'a Words,
}

impl Shown<'_> {
    fn items(&self, items: &[DossierItem]) -> Vec<ItemView> {
        item_views(self.procedure, &self.words.components, items)
    }

    /// Those of a record, beside what had been handed in by then.
    fn items_of(&self, entry: &Entry) -> Vec<ItemView> {
        let now = self.state.presented().map(|presented| presented.words);
        let then = entry.presented.as_ref().map(|presented| presented.words);
        if then.is_none() || then == now || entry.items.is_empty() {
            return self.items(&entry.items);
        }
        let body = then.filter(|body| !self.state.is_erased(body));
        let bytes = body.and_then(|body| self.intake.body(&body).ok()?);
        let words = bytes.and_then(|bytes| serde_json::from_slice::<Words>(&bytes).ok());
        let components = words.unwrap_or_default().components;
        item_views(self.procedure, &components, &entry.items)
    }

    fn files(&self) -> Vec<DossierFileView> {
        let kept = self.state.presented().into_iter();
        let view = |file: &crate::model::event::DossierFile| DossierFileView {
            n: usize::from(file.offered).saturating_add(1),
            sha256: file.digest.to_hex(),
            size: file.size,
            erased: self.state.is_erased(&file.digest),
        };
        kept.flat_map(|kept| kept.files.iter().map(view)).collect()
    }

    fn note(&self, body: Option<Digest>) -> Note {
        let body = body.filter(|body| !self.state.is_erased(body));
        let bytes = body.and_then(|body| self.intake.body(&body).ok()?);
        let note = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        note.unwrap_or_default()
    }

    fn entry(&self, entry: &Entry) -> DossierEntryView {
        let note = self.note(entry.note);
        DossierEntryView {
            position: entry.position.0,
            event: entry.kind.name().to_owned(),
            what: entry.what.map(|what| what.name().to_owned()),
            status: entry.status.name().to_owned(),
            at: entry.at.to_string(),
            due: entry.due.map(|due| due.to_string()),
            items: self.items_of(entry),
            reason: note.reason,
            staff: note.staff,
            ground: self.note(entry.ground).reason,
        }
    }
}
