//! Figures of dossiers as they travel, and the dossiers behind each.

use super::{Client, ClientError, read};
use crate::dossier::Problem;
use crate::dossier::figures::{Figure, INDICES, OFFICER, Row, Score, Share, Table};
use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// Which figures.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierFiguresQuery {
    /// The period; absent: all time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// One unit; absent: every one that may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// One procedure, by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
}

/// Which page of the dossiers behind which figure.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierRowsQuery {
    /// The figure by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// `true`: all of its denominator, not only what counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<String>,
    /// As of [`DossierFiguresQuery`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// As of [`DossierFiguresQuery`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// As of [`DossierFiguresQuery`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// The cursor: the number of the last dossier of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The most rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

/// So many of so many.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ShareView {
    /// The figure by its name.
    pub figure: String,
    /// That count.
    pub counted: u64,
    /// Of these.
    pub of: u64,
    /// Tenths of a percent, rounded half up; absent of nothing.
    pub per_mille: Option<u64>,
}

/// Something that was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AskedForView {
    /// The procedure's code.
    pub procedure: String,
    /// The component, or the fact that was not declared.
    pub component: Option<String>,
    /// What was wrong, by its name.
    pub problem: String,
    /// In how many requests.
    pub times: u64,
}

/// An index of the score.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct IndexView {
    /// Its number, from 1.
    pub index: usize,
    /// Its points, over all dossiers that have it.
    pub points: u64,
    /// How many those are; an index of none is left out.
    pub dossiers: u64,
}

/// A score of TT 01/2018/TT-VPCP.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ScoreView {
    /// Tenths of a point; absent where no dossier has data.
    pub tenths: Option<u64>,
    /// The class of an agency, by its name.
    pub class: Option<String>,
    /// Percent of an officer's task; absent where the text says nothing.
    pub percent: Option<u64>,
    /// The dossiers it is the mean of.
    pub dossiers: u64,
    /// Its indices.
    pub indices: Vec<IndexView>,
}

/// Figures of a unit and procedure, of a unit, or of all.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierFigureRow {
    /// The unit; absent: of all.
    pub unit: Option<String>,
    /// The procedure; absent: of all.
    pub procedure: Option<String>,
    /// Every figure, in one order.
    pub figures: Vec<ShareView>,
    /// Requests for supplement.
    pub requests: u64,
    /// How often people had to come again.
    pub contacts: u64,
    /// The same for each hundred dossiers taken in; absent where there are none.
    pub contacts_per_hundred: Option<u64>,
    /// What was asked for.
    pub asked_for: Vec<AskedForView>,
    /// The score of the agency.
    pub score: ScoreView,
    /// The score by the indices of an officer.
    pub officer: ScoreView,
}

/// Figures of dossiers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierFiguresView {
    /// Whether nothing of it took place. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The period; absent: all time.
    pub period: Option<String>,
    /// The moment by which what is overdue was told.
    pub as_of: String,
    /// All together.
    pub total: DossierFigureRow,
    /// By unit.
    pub units: Vec<DossierFigureRow>,
    /// By unit and procedure.
    pub rows: Vec<DossierFigureRow>,
}

/// A dossier behind a figure. No names, no contents.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossierBehind {
    /// Its number.
    pub number: String,
    /// The unit that took it in.
    pub unit: String,
    /// The procedure's code.
    pub procedure: String,
    /// Whether it counts; otherwise it is in the denominator only.
    pub counted: bool,
    /// The day on which it first came.
    pub came: String,
    /// The appointment, where it is being handled.
    pub due: Option<String>,
    /// The day on which it was finished.
    pub finished: Option<String>,
    /// `early`, `on_time` or `late`.
    pub timeliness: Option<String>,
    /// Requests for supplement.
    pub requests: usize,
    /// How often somebody had to come again.
    pub contacts: u16,
}

/// One page of the dossiers behind a figure.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DossiersBehindView {
    /// Whether nothing of it took place. Absent: it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The figure by its name.
    pub figure: String,
    /// How many rows all pages have together.
    pub total: u64,
    /// The rows.
    pub items: Vec<DossierBehind>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The figures as they are sent.
#[must_use]
pub fn figures_view(table: &Table, period: Option<String>, as_of: Timestamp) -> DossierFiguresView {
    let units = table.units.iter();
    let rows = table.rows.iter();
    DossierFiguresView {
        simulated: false,
        period,
        as_of: as_of.to_string(),
        total: row(None, None, &table.total),
        units: units
            .map(|(unit, own)| row(Some(unit.to_string()), None, own))
            .collect(),
        rows: rows
            .map(|((unit, code), own)| row(Some(unit.to_string()), Some(code.clone()), own))
            .collect(),
    }
}

fn row(unit: Option<String>, procedure: Option<String>, own: &Row) -> DossierFigureRow {
    let share = |figure: &Figure| {
        let share: Share = own.share(*figure);
        ShareView {
            figure: figure.name().to_owned(),
            counted: share.counted,
            of: share.of,
            per_mille: share.per_mille(),
        }
    };
    let asked_for =
        |((procedure, component, problem), times): (&(String, Option<String>, Problem), &u64)| {
            AskedForView {
                procedure: procedure.clone(),
                component: component.clone(),
                problem: problem.name().to_owned(),
                times: *times,
            }
        };
    let class = own.score.class().map(|class| class.name().to_owned());
    DossierFigureRow {
        unit,
        procedure,
        figures: Figure::ALL.iter().map(share).collect(),
        requests: own.requests,
        contacts: own.contacts,
        contacts_per_hundred: own.contacts_per_hundred(),
        asked_for: own.asked_for.iter().map(asked_for).collect(),
        score: ScoreView {
            class,
            ..score(&own.score, &INDICES)
        },
        officer: ScoreView {
            percent: own.officer.officer_percent(),
            ..score(&own.officer, &OFFICER)
        },
    }
}

fn score(own: &Score, some: &[usize]) -> ScoreView {
    let index = |index: &usize| {
        let (points, dossiers) = own.index(*index);
        IndexView {
            index: *index,
            points,
            dossiers,
        }
    };
    ScoreView {
        tenths: own.tenths(),
        class: None,
        percent: None,
        dossiers: own.dossiers(),
        indices: some.iter().map(index).collect(),
    }
}

impl Client {
    /// Figures of the unit's own dossiers.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossier_figures(
        &self,
        asked: &DossierFiguresQuery,
    ) -> Result<DossierFiguresView, ClientError> {
        let request = self.request(reqwest::Method::GET, "/v1/dossiers/figures");
        read(&self.base, self.answered(request.query(asked)).await?).await
    }

    /// The dossiers behind a figure.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn dossiers_behind(
        &self,
        asked: &DossierRowsQuery,
    ) -> Result<DossiersBehindView, ClientError> {
        let path = "/v1/dossiers/figures/dossiers";
        let request = self.request(reqwest::Method::GET, path).query(asked);
        read(&self.base, self.answered(request).await?).await
    }
}
