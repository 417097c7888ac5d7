//! What answers come to, and what of it may be shown: no share without the number of answers beside it, and nothing of so
//! few that somebody at the counter knows who said it.

use crate::model::dossier::ProcedureCode;
use crate::model::event::SurveyGroup;
use crate::model::survey::{SURVEY_QUESTIONS, SurveyAnswers, SurveyQuestion, SurveyStep};
use crate::model::{Period, PeriodKind, UnitCode};
use std::collections::BTreeMap;

/// The fewest answers of which anything is shown. At a commune's counter officers remember their last few visitors; five
/// is what statistical offices commonly ask of a cell at least.
pub const SMALLEST: u64 = 5;

/// How many answered, and what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Answers: slips, not questions.
    pub answers: u64,
    /// For each question, how often each step.
    pub steps: [[u64; 5]; SURVEY_QUESTIONS],
}

impl Tally {
    /// Adds what somebody answered.
    pub fn add(&mut self, answers: &SurveyAnswers) {
        self.answers = self.answers.saturating_add(1);
        for ((_, step), row) in answers.iter().zip(&mut self.steps) {
            let place = step.map(place);
            if let Some(cell) = place.and_then(|place| row.get_mut(place)) {
                *cell = cell.saturating_add(1);
            }
        }
    }

    /// Adds another one.
    pub fn absorb(&mut self, other: &Self) {
        self.answers = self.answers.saturating_add(other.answers);
        for (row, more) in self.steps.iter_mut().zip(&other.steps) {
            for (cell, more) in row.iter_mut().zip(more) {
                *cell = cell.saturating_add(*more);
            }
        }
    }

    /// Of each question: how many said *satisfied* or better, of how many who answered it.
    pub fn shares(&self) -> impl Iterator<Item = (SurveyQuestion, Share)> + '_ {
        let rows = self.steps.iter().map(|row| {
            let satisfied = SurveyStep::ALL.iter().zip(row);
            let satisfied = satisfied.filter(|(step, _)| **step >= SurveyStep::Satisfied);
            Share {
                satisfied: satisfied.map(|(_, n)| *n).fold(0, u64::saturating_add),
                answered: row.iter().copied().fold(0, u64::saturating_add),
            }
        });
        SurveyQuestion::ALL.iter().copied().zip(rows)
    }
}

fn place(step: SurveyStep) -> usize {
    usize::from(step.number()).saturating_sub(1)
}

/// *a* of *b*.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Satisfied or very satisfied.
    pub satisfied: u64,
    /// Who answered the question.
    pub answered: u64,
}

impl Share {
    /// Tenths of a percent, rounded half up; `None` where too few answered the question.
    #[must_use]
    pub fn per_mille(self) -> Option<u64> {
        if self.answered < SMALLEST {
            return None;
        }
        let twice = self.satisfied.saturating_mul(2000);
        let twice = twice.saturating_add(self.answered);
        twice.checked_div(self.answered.saturating_mul(2))
    }
}

/// A month, or a calendar year. There is nothing between: a quarter less its months would tell what a month withholds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span(Period);

impl Span {
    /// The span, if it is one of these.
    #[must_use]
    pub fn of(period: Period) -> Option<Self> {
        let good = matches!(period.kind(), PeriodKind::Month | PeriodKind::Year);
        (good && !period.is_administrative()).then_some(Self(period))
    }

    /// As a period.
    #[must_use]
    pub fn period(self) -> Period {
        self.0
    }

    fn holds(self, month: Period) -> bool {
        let (own, days) = (self.0.days(), month.days());
        own.start() <= days.start() && days.end() <= own.end()
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Which months.
    pub span: Span,
    /// One agency; `None`: every one.
    pub agency: Option<UnitCode>,
}

/// What is shown of an agency's procedure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The agency.
    pub agency: UnitCode,
    /// The procedure; `None`: those together of which each has too few answers.
    pub procedure: Option<ProcedureCode>,
    /// The answers; `None`: fewer than [`SMALLEST`], of which nothing is said.
    pub tally: Option<Tally>,
}

/// What may be shown. Procedures with too few answers stand together, if they have enough; else one line says that there
/// are some.
#[must_use]
pub fn results(tallies: &BTreeMap<SurveyGroup, Tally>, asked: &Asked) -> Vec<Shown> {
    let mut rows: BTreeMap<(UnitCode, ProcedureCode), Vec<Tally>> = BTreeMap::new();
    for (group, tally) in tallies {
        let wanted = asked.agency.as_ref().is_none_or(|own| *own == group.agency);
        if wanted && asked.span.holds(group.month) {
            let key = (group.agency.clone(), group.procedure.clone());
            rows.entry(key).or_default().push(*tally);
        }
    }
    let (mut shown, mut few) = (Vec::new(), BTreeMap::<UnitCode, Tally>::new());
    for ((agency, procedure), months) in rows {
        let tally = of_months(&months);
        if tally.answers >= SMALLEST {
            shown.push(Shown {
                agency,
                procedure: Some(procedure),
                tally: Some(tally),
            });
        } else {
            let all = few.entry(agency).or_default();
            months.iter().for_each(|month| all.absorb(month));
        }
    }
    shown.extend(few.into_iter().map(|(agency, tally)| Shown {
        agency,
        procedure: None,
        tally: (tally.answers >= SMALLEST).then_some(tally),
    }));
    shown.sort_by(|a, b| {
        let key = |row: &Shown| {
            (
                row.agency.clone(),
                row.procedure.is_none(),
                row.procedure.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    shown
}

/// The sum of months. Those with too few are left out of it as long as they have too few together: a year less the months
/// that are shown would be theirs.
fn of_months(months: &[Tally]) -> Tally {
    let (mut whole, mut few) = (Tally::default(), Tally::default());
    for month in months {
        match month.answers >= SMALLEST {
            true => whole.absorb(month),
            false => few.absorb(month),
        }
    }
    if few.answers >= SMALLEST {
        whole.absorb(&few);
    }
    whole
}
