//! The rows of the survey in redb: codes by digest, sums by agency, procedure and month, dossiers that had a code.

use super::index::{Index, Layer};
use super::index_rows::{SURVEY_CODES, SURVEY_INVITED, SURVEY_TALLIES, View, failed, row};
use crate::dossier::survey::Tally;
use crate::model::event::SurveyGroup;
use crate::model::{Digest, DocumentId, UnitCode};
use crate::store::codec::bytes::{Reader, Writer};
use crate::store::codec::{read_survey_code, read_survey_row, write_survey_code, write_survey_row};
use crate::store::{ReadError, SurveyCode};
use redb::WriteTransaction;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

pub(super) fn write_surveys(change: &WriteTransaction, layer: &Layer) -> Result<(), redb::Error> {
    let rows = &layer.tables.surveys;
    let mut bytes = Vec::new();
    let mut codes = change.open_table(SURVEY_CODES)?;
    for (digest, code) in &rows.codes {
        bytes.clear();
        write_survey_code(&mut Writer(&mut bytes), code);
        codes.insert(&digest.0[..], &bytes[..])?;
    }
    let mut tallies = change.open_table(SURVEY_TALLIES)?;
    for (group, tally) in &rows.tallies {
        bytes.clear();
        write_survey_row(&mut Writer(&mut bytes), group, tally);
        tallies.insert(&key(group)[..], &bytes[..])?;
    }
    let mut invited = change.open_table(SURVEY_INVITED)?;
    for id in &rows.invited {
        invited.insert(&id.0.as_bytes()[..], &[][..])?;
    }
    Ok(())
}

/// Agency, procedure and month with zeros between, which none of them holds.
fn key(group: &SurveyGroup) -> Vec<u8> {
    let month = group.month.to_string();
    let parts = [group.agency.as_str(), group.procedure.as_str(), &month];
    parts.join("\0").into_bytes()
}

impl View {
    fn survey_tallies(
        &self,
        agency: Option<&UnitCode>,
    ) -> Result<BTreeMap<SurveyGroup, Tally>, ReadError> {
        let first = agency.map(|own| format!("{own}\0"));
        let last = agency.map(|own| format!("{own}\u{1}"));
        let from = first
            .as_deref()
            .map_or(Bound::Unbounded, |own| Bound::Included(own.as_bytes()));
        let to = last
            .as_deref()
            .map_or(Bound::Unbounded, |own| Bound::Excluded(own.as_bytes()));
        let range = self.survey_tallies.range::<&[u8]>((from, to));
        let rows = range.map_err(|e| failed(&e))?.map(|row| {
            let (_, value) = row.map_err(|e| failed(&e))?;
            read_survey_row(&mut Reader(value.value())).map_err(|e| failed(&e))
        });
        rows.collect()
    }
}

impl Index {
    pub(super) fn survey_code_of(
        &self,
        code: &Digest,
    ) -> Result<Option<Arc<SurveyCode>>, ReadError> {
        self.find(
            |layer| layer.tables.surveys.codes.get(code).cloned().map(Some),
            |view| {
                row(&view.survey_codes, &code.0, |b| {
                    read_survey_code(&mut Reader(b)).map(Arc::new)
                })
            },
        )
    }

    pub(super) fn survey_tally_of(&self, group: &SurveyGroup) -> Result<Option<Tally>, ReadError> {
        self.find(
            |layer| layer.tables.surveys.tallies.get(group).copied().map(Some),
            |view| {
                let read = |b: &[u8]| read_survey_row(&mut Reader(b)).map(|(_, tally)| tally);
                row(&view.survey_tallies, &key(group), read)
            },
        )
    }

    pub(super) fn survey_invited_of(&self, dossier: DocumentId) -> Result<bool, ReadError> {
        let found = self.find(
            |layer| {
                layer
                    .tables
                    .surveys
                    .invited
                    .contains(&dossier)
                    .then_some(Some(()))
            },
            |view| row(&view.survey_invited, dossier.0.as_bytes(), |_| Ok(())),
        )?;
        Ok(found.is_some())
    }

    /// A sum in a newer layer is the whole one.
    pub(super) fn survey_tallies(
        &self,
        agency: Option<&UnitCode>,
    ) -> Result<BTreeMap<SurveyGroup, Tally>, ReadError> {
        let layers = self.look();
        let mut all = layers.view()?.survey_tallies(agency)?;
        for layer in layers.newer() {
            let rows = layer.tables.surveys.tallies.iter();
            let own = rows.filter(|(group, _)| agency.is_none_or(|own| *own == group.agency));
            all.extend(own.map(|(group, tally)| (group.clone(), *tally)));
        }
        Ok(all)
    }
}
