//! Figures of dossiers: taken in complete at first contact, asked for supplements and for what, refused, asked for too much,
//! early, on time and late, contacts needed, each as so many of so many, with the list of the dossiers behind either number.
//!
//! What a figure counts and of what is said once, by [`Figure::counts`]: the table, the list and the export all ask it, so a
//! figure and its list cannot differ. A denominator of nothing makes no rate.

mod history;
mod score;
#[cfg(test)]
mod tests;

pub use score::{Class, INDICES, Indices, OFFICER, Score, Standing};

use super::Problem;
use super::clock::Timeliness;
use crate::model::indication::words;
use crate::model::{LocalDay, Period, Timestamp, UnitCode};
use std::collections::{BTreeMap, BTreeSet};

words! {
    /// What was first decided of a dossier.
    First {
        /// It was taken in.
        TakenIn = 1 "taken_in",
        /// A supplement was asked for.
        Asked = 2 "asked",
        /// It was refused.
        Refused = 3 "refused",
    }
}

words! {
    /// A figure.
    Figure {
        /// Taken in, with nothing asked for then or later. Of all that were decided on.
        CompleteAtFirst = 1 "complete_at_first",
        /// A supplement was asked for. Of all that were decided on.
        Supplemented = 2 "supplemented",
        /// It was asked for more than once (NĐ 61/2018/NĐ-CP Điều 17: once, completely). Of those that were asked.
        SupplementedAgain = 3 "supplemented_again",
        /// It was asked for later than the rules say. Of those that were asked.
        RequestedLate = 4 "requested_late",
        /// Refused. Of all that were decided on.
        Refused = 5 "refused",
        /// Something surplus was handed in, and handed back. Of all that were decided on.
        SurplusOffered = 6 "surplus_offered",
        /// Something surplus was asked for, and the system refused to ask. Of all that were decided on.
        SurplusAsked = 7 "surplus_asked",
        /// Finished early. Of all that were finished.
        Early = 8 "early",
        /// Finished on time. Of all that were finished.
        OnTime = 9 "on_time",
        /// Finished late, whatever other appointment was made. Of all that were finished.
        Late = 10 "late",
        /// Finished early or on time. Of all that were finished.
        InTime = 11 "in_time",
        /// Finished early or on time. Of all that were taken in (NĐ 61/2018/NĐ-CP Điều 30 khoản 2 điểm c).
        InTimeOfReceived = 12 "in_time_of_received",
        /// Another appointment was made. Of all that were taken in.
        Extended = 13 "extended",
        /// The appointment is over. Of all that are still handled.
        Overdue = 14 "overdue",
        /// Nobody had to come again. Of all that were taken in.
        NoContact = 15 "no_contact",
        /// Somebody had to come again once. Of all that were taken in.
        OneContact = 16 "one_contact",
        /// Somebody had to come again more than once. Of all that were taken in.
        MoreContacts = 17 "more_contacts",
    }
}

/// One request for supplement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requested {
    /// Whether it came later than the rules say.
    pub late: bool,
    /// What was asked for: the problem, and the component that has it.
    pub items: Vec<(Problem, Option<String>)>,
}

/// What figures need of one dossier. There are no names and no contents in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Its number.
    pub number: String,
    /// The unit that took it in.
    pub unit: UnitCode,
    /// The code of its procedure.
    pub procedure: String,
    /// The day on which it first came.
    pub came: LocalDay,
    /// What was first decided; `None`: nothing yet.
    pub first: Option<First>,
    /// Whether it was taken in, at first or after a supplement.
    pub taken_in: bool,
    /// Whether it was refused in the end.
    pub refused: bool,
    /// Every request for supplement.
    pub requests: Vec<Requested>,
    /// How many surplus things were handed in.
    pub surplus_offered: u16,
    /// How often the system refused to ask for something surplus; `None`: that is not recorded.
    pub surplus_asked: Option<u16>,
    /// How often somebody had to come again before it was complete.
    pub contacts: u16,
    /// The appointment, where it is being handled; another one does not move it.
    pub due: Option<Timestamp>,
    /// Whether another appointment was made.
    pub extended: bool,
    /// When it was finished, and how that is to its appointment.
    pub finished: Option<(LocalDay, Timeliness)>,
    /// How the parts of other agencies were to their appointments.
    pub parts: Vec<Timeliness>,
}

impl Summary {
    /// Whether it is being handled: taken in, and neither finished nor ended otherwise.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.taken_in && self.finished.is_none() && self.due.is_some()
    }

    fn was_in_time(&self) -> bool {
        self.finished
            .is_some_and(|(_, how)| how != Timeliness::Late)
    }
}

impl Figure {
    /// The day by which a dossier belongs to the figure's denominator, and whether it counts; `None`: it does not belong to it.
    #[must_use]
    pub fn counts(self, own: &Summary, as_of: Timestamp) -> Option<(LocalDay, bool)> {
        let decided = own.first.map(|_| own.came);
        let taken_in = own.taken_in.then_some(own.came);
        let asked = (!own.requests.is_empty()).then_some(own.came);
        let finished = own.finished.map(|(day, _)| day);
        let how = |timeliness| own.finished.is_some_and(|(_, how)| how == timeliness);
        let (of, counted) = match self {
            Self::CompleteAtFirst => {
                let whole = own.first == Some(First::TakenIn) && own.requests.is_empty();
                (decided, whole)
            }
            Self::Supplemented => (decided, asked.is_some()),
            Self::SupplementedAgain => (asked, own.requests.len() > 1),
            Self::RequestedLate => (asked, own.requests.iter().any(|request| request.late)),
            Self::Refused => (decided, own.refused),
            Self::SurplusOffered => (decided, own.surplus_offered > 0),
            Self::SurplusAsked => {
                let times = own.surplus_asked;
                (times.and(decided), times.is_some_and(|times| times > 0))
            }
            Self::Early => (finished, how(Timeliness::Early)),
            Self::OnTime => (finished, how(Timeliness::OnTime)),
            Self::Late => (finished, how(Timeliness::Late)),
            Self::InTime => (finished, own.was_in_time()),
            Self::InTimeOfReceived => (taken_in, own.was_in_time()),
            Self::Extended => (taken_in, own.extended),
            Self::Overdue => {
                let open = own.is_open().then_some(own.came);
                (open, own.due.is_some_and(|due| as_of > due))
            }
            Self::NoContact => (taken_in, own.contacts == 0),
            Self::OneContact => (taken_in, own.contacts == 1),
            Self::MoreContacts => (taken_in, own.contacts > 1),
        };
        of.map(|day| (day, counted))
    }
}

/// Which dossiers are asked about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    /// Of this period only; which day counts is the figure's.
    pub period: Option<Period>,
    /// Of these units only.
    pub units: Option<BTreeSet<UnitCode>>,
    /// Of this procedure only.
    pub procedure: Option<String>,
}

impl Scope {
    fn takes(&self, own: &Summary) -> bool {
        let unit = self.units.as_ref();
        let procedure = self.procedure.as_ref();
        unit.is_none_or(|units| units.contains(&own.unit))
            && procedure.is_none_or(|code| *code == own.procedure)
    }

    fn in_period(&self, day: LocalDay) -> bool {
        self.period.is_none_or(|period| period.contains(day))
    }

    /// Whether a dossier is in the denominator of a figure, and whether it counts.
    #[must_use]
    pub fn counts(&self, figure: Figure, own: &Summary, as_of: Timestamp) -> Option<bool> {
        let (day, counted) = figure.counts(own, as_of)?;
        (self.takes(own) && self.in_period(day)).then_some(counted)
    }

    /// The dossiers behind a figure, in the order of their numbers: those that count, or with `all` its whole denominator.
    #[must_use]
    pub fn dossiers<'a>(
        &self,
        figure: Figure,
        all: bool,
        summaries: impl IntoIterator<Item = &'a Summary>,
        as_of: Timestamp,
    ) -> Vec<&'a Summary> {
        let behind = |own: &&Summary| {
            let counted = self.counts(figure, own, as_of);
            counted.is_some_and(|counted| counted || all)
        };
        let mut found: Vec<&Summary> = summaries.into_iter().filter(behind).collect();
        found.sort_by(|a, b| a.number.cmp(&b.number));
        found
    }
}

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Share {
    /// That count.
    pub counted: u64,
    /// Of these.
    pub of: u64,
}

impl Share {
    /// Tenths of a percent, rounded half up; `None` of nothing.
    #[must_use]
    pub fn per_mille(self) -> Option<u64> {
        let twice = self.counted.checked_mul(2_000)?.checked_add(self.of)?;
        twice.checked_div(self.of.checked_mul(2)?)
    }
}

/// Something that was asked for: the procedure, the component, what was wrong with it.
pub type AskedFor = (String, Option<String>, Problem);

/// One row of figures: of one unit and procedure, or of all together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    /// Every figure that has a denominator.
    pub shares: BTreeMap<Figure, Share>,
    /// Requests for supplement of the dossiers that came in the period.
    pub requests: u64,
    /// How often people had to come again, over all that were taken in.
    pub contacts: u64,
    /// In how many requests each thing was asked for.
    pub asked_for: BTreeMap<AskedFor, u64>,
    /// The one-stop score of what was finished in the period.
    pub score: Score,
    /// The same by the indices of an officer.
    pub officer: Score,
}

impl Row {
    /// A figure; of nothing where no dossier belongs to it.
    #[must_use]
    pub fn share(&self, figure: Figure) -> Share {
        self.shares.get(&figure).copied().unwrap_or_default()
    }

    /// Contacts for each hundred dossiers taken in, rounded half up; `None` where there are none.
    #[must_use]
    pub fn contacts_per_hundred(&self) -> Option<u64> {
        let of = self.share(Figure::NoContact).of;
        let twice = self.contacts.checked_mul(200)?.checked_add(of)?;
        twice.checked_div(of.checked_mul(2)?)
    }

    fn add(&mut self, scope: &Scope, own: &Summary, as_of: Timestamp, standing: &Standing) {
        for figure in Figure::ALL {
            if let Some(counted) = scope.counts(*figure, own, as_of) {
                let share = self.shares.entry(*figure).or_default();
                share.of = share.of.saturating_add(1);
                share.counted = share.counted.saturating_add(u64::from(counted));
            }
        }
        if scope.in_period(own.came) {
            let requests = u64::try_from(own.requests.len()).unwrap_or(u64::MAX);
            self.requests = self.requests.saturating_add(requests);
            if own.taken_in {
                self.contacts = self.contacts.saturating_add(u64::from(own.contacts));
            }
            for (problem, component) in own.requests.iter().flat_map(|request| &request.items) {
                let what = (own.procedure.clone(), component.clone(), *problem);
                let times = self.asked_for.entry(what).or_default();
                *times = times.saturating_add(1);
            }
        }
        if own.finished.is_some_and(|(day, _)| scope.in_period(day)) {
            let indices = Indices::of(own, standing);
            self.score.add(&indices, &INDICES);
            self.officer.add(&indices, &OFFICER);
        }
    }
}

/// Figures by unit and procedure, and of all together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    /// By unit and procedure.
    pub rows: BTreeMap<(UnitCode, String), Row>,
    /// By unit.
    pub units: BTreeMap<UnitCode, Row>,
    /// All together.
    pub total: Row,
}

impl Table {
    /// Counts a dossier, if it is in the scope. What its unit has of points for itself is handed in; without, those indices are
    /// left out.
    pub fn add(
        &mut self,
        scope: &Scope,
        own: &Summary,
        standings: &BTreeMap<UnitCode, Standing>,
        as_of: Timestamp,
    ) {
        let mut figures = Figure::ALL.iter();
        if !figures.any(|figure| scope.counts(*figure, own, as_of).is_some()) {
            return;
        }
        let standing = standings.get(&own.unit).copied().unwrap_or_default();
        let key = (own.unit.clone(), own.procedure.clone());
        let unit = self.units.entry(own.unit.clone()).or_default();
        for row in [self.rows.entry(key).or_default(), unit, &mut self.total] {
            row.add(scope, own, as_of, &standing);
        }
    }
}

/// The figures of all dossiers in a scope, as of a moment.
#[must_use]
pub fn table<'a>(
    scope: &Scope,
    summaries: impl IntoIterator<Item = &'a Summary>,
    standings: &BTreeMap<UnitCode, Standing>,
    as_of: Timestamp,
) -> Table {
    let mut table = Table::default();
    for own in summaries {
        table.add(scope, own, standings, as_of);
    }
    table
}
