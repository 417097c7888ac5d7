//! What would be dropped, and why what stays stays: looked at, nothing is changed.

use super::walk::{Fate, Terms, is_too_young};
use crate::client::retention::{DueView, OpenView, PlannedView, RetentionPlanView};
use crate::model::Timestamp;
use crate::policy::{Retention, Term};
use crate::registry::Registry;
use crate::relay::{DocumentState, Open};
use crate::store::{Ledger, ReadError, Vault};
use std::collections::BTreeMap;

/// Documents read at a time.
const PAGE: usize = 500;

/// Looks at every document that may be old enough as of `at`; lists `most` of them.
///
/// # Errors
/// See [`ReadError`].
pub fn plan(
    (ledger, vault): (&dyn Ledger, &dyn Vault),
    registry: &Registry,
    retention: &Retention,
    at: Timestamp,
    most: usize,
) -> Result<RetentionPlanView, ReadError> {
    let mut counted = Counted::new(retention, at, most);
    let Some(shortest) = retention.shortest() else {
        return Ok(counted.view());
    };
    let terms = Terms {
        vault,
        registry,
        retention,
        now: at,
    };
    let mut after = None;
    loop {
        let page = ledger.documents(after, PAGE)?;
        for id in &page {
            if is_too_young(*id, shortest, at) {
                return Ok(counted.view());
            }
            if let Some(state) = ledger.document(*id)? {
                counted.take(&state, terms.fate(&state));
            }
        }
        after = page.last().copied();
        if page.len() < PAGE {
            return Ok(counted.view());
        }
    }
}

/// What was found so far.
pub(super) struct Counted {
    view: RetentionPlanView,
    most: usize,
    due: BTreeMap<Option<String>, (u64, u64)>,
    open: BTreeMap<Open, (u64, Timestamp)>,
}

impl Counted {
    pub(super) fn new(retention: &Retention, at: Timestamp, most: usize) -> Self {
        let keep_days = match retention.general {
            Term::Days(days) => Some(days),
            Term::Forever => None,
        };
        Self {
            view: RetentionPlanView {
                at: at.to_string(),
                keep_days,
                ..RetentionPlanView::default()
            },
            most,
            due: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, state: &DocumentState, (fate, class): (Fate, Option<String>)) {
        let add = |n: &mut u64, by: u64| *n = n.saturating_add(by);
        let id = state.id().to_string();
        match fate {
            Fate::Gone => add(&mut self.view.gone, 1),
            Fate::Forever => add(&mut self.view.forever, 1),
            Fate::Until(_) => add(&mut self.view.kept, 1),
            Fate::Due(end) => {
                let left = state.offered.files.iter();
                let left = left.filter(|file| !state.is_erased(&file.digest));
                let bytes = left.map(|file| file.size).fold(0, u64::saturating_add);
                let row = self.due.entry(class.clone()).or_default();
                add(&mut row.0, 1);
                add(&mut row.1, bytes);
                self.list(PlannedView {
                    id,
                    class,
                    due: Some(end.to_string()),
                    why: None,
                });
            }
            Fate::Open(why) => {
                let arrived = state.arrived().unwrap_or_default();
                let row = self.open.entry(why).or_insert((0, arrived));
                add(&mut row.0, 1);
                row.1 = row.1.min(arrived);
                self.list(PlannedView {
                    id,
                    class: None,
                    due: None,
                    why: Some(why.name().to_owned()),
                });
            }
        }
    }

    fn list(&mut self, row: PlannedView) {
        if self.view.documents.len() < self.most {
            self.view.documents.push(row);
        } else {
            self.view.more = true;
        }
    }

    /// How many documents stay for each reason.
    pub(super) fn open(&self) -> impl Iterator<Item = (Open, u64)> + '_ {
        let count = |why: &Open| self.open.get(why).map_or(0, |(count, _)| *count);
        Open::ALL.iter().map(move |why| (*why, count(why)))
    }

    pub(super) fn view(self) -> RetentionPlanView {
        let due = self
            .due
            .into_iter()
            .map(|(class, (documents, bytes))| DueView {
                class,
                documents,
                bytes,
            });
        let open = self
            .open
            .into_iter()
            .map(|(why, (documents, oldest))| OpenView {
                why: why.name().to_owned(),
                documents,
                oldest: oldest.to_string(),
            });
        RetentionPlanView {
            due: due.collect(),
            open: open.collect(),
            ..self.view
        }
    }
}
