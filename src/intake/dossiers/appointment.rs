//! Until when there is to be a result, by the clock of the day of intake.

use super::super::Intake;
use super::DossierError;
use crate::dossier::life::DossierState;
use crate::dossier::{Clock, Procedure};
use crate::model::dossier::DossierMove;
use crate::model::{Calendar, LocalDay, Timestamp};

impl Intake {
    /// What the clock of a dossier says that was first handed in on a day; it follows the rules of that day to the end.
    ///
    /// # Errors
    /// [`DossierError::NoRules`].
    pub fn by_clock<T>(
        &self,
        day: LocalDay,
        calendar: &Calendar,
        say: impl FnOnce(&Clock<'_>) -> T,
    ) -> Result<T, DossierError> {
        let all = self.tools.dossier_rules.load();
        let set = all.on(day).ok_or(DossierError::NoRules(day))?;
        Ok(say(&Clock::new(set, calendar)))
    }

    /// The appointment of a dossier that is complete as it is handed in.
    ///
    /// # Errors
    /// As [`Self::by_clock`].
    pub fn appointment(
        &self,
        procedure: &Procedure,
        received: Timestamp,
        calendar: &Calendar,
    ) -> Result<Timestamp, DossierError> {
        let reckon = |clock: &Clock<'_>| clock.appointment(procedure.term, received);
        self.by_clock(received.local_day(), calendar, reckon)
    }

    /// The appointment of a dossier whose rest was handed in at `received`.
    ///
    /// # Errors
    /// As [`Self::by_clock`].
    pub fn appointment_anew(
        &self,
        state: &DossierState,
        procedure: &Procedure,
        received: Timestamp,
        calendar: &Calendar,
    ) -> Result<Timestamp, DossierError> {
        let (mut came, mut asked) = (state.received(), None);
        for entry in &state.timeline {
            came = entry.received.unwrap_or(came);
            if entry.what == Some(DossierMove::AskSupplement) {
                // At the counter it is asked for as it comes.
                asked = Some(entry.received.unwrap_or(entry.at));
            }
        }
        let term = procedure.term;
        let reckon = |clock: &Clock<'_>| match asked {
            Some(asked) => clock.after_completion(term, came, asked, received),
            None => clock.appointment(term, received),
        };
        self.by_clock(state.received().local_day(), calendar, reckon)
    }
}
