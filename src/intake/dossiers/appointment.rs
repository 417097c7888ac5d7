//! Until when there is to be a result.

use crate::dossier::{Procedure, Term};
use crate::model::{Calendar, Timestamp};

/// The minute of the day from which a dossier counts from the next working day (NĐ 61/2018/NĐ-CP Điều 18 khoản 2): 15:00.
const COUNTS_NEXT_DAY: u16 = 15 * 60;
/// Hours of a working day, in which terms of hours are reckoned (Bộ luật Lao động 45/2019/QH14 Điều 105).
const HOURS_OF_A_DAY: u16 = 8;

/// The last moment at which a result is in time, for a dossier that was complete at `received`.
#[must_use]
pub fn appointment(procedure: &Procedure, received: Timestamp, calendar: &Calendar) -> Timestamp {
    let days = match procedure.term {
        Term::WorkingDays(days) => days,
        Term::WorkingHours(hours) => hours.div_ceil(HOURS_OF_A_DAY),
    };
    let day = received.local_day();
    let today = calendar.is_working(day) && received.local_minute() < COUNTS_NEXT_DAY;
    let mut last = match today {
        true => day,
        false => calendar.next_working(day),
    };
    for _ in 0..days {
        last = calendar.next_working(last);
    }
    last.last_moment()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::procedures::SAMPLES;

    #[test]
    fn what_comes_after_three_counts_from_the_next_working_day() {
        let (name, text) = SAMPLES[0];
        let path = std::path::Path::new(name);
        let mut procedure = crate::config::procedures::parse(path, text).expect("a sample");
        let calendar = Calendar::default();
        let at = |text: &str| Timestamp::parse(text).expect("a moment");
        let due = |procedure: &Procedure, text: &str| {
            appointment(procedure, at(text), &calendar)
                .local_day()
                .to_string()
        };
        procedure.term = Term::WorkingDays(2);
        // Friday.
        assert_eq!(due(&procedure, "2026-11-27T14:59:59+07:00"), "2026-12-01");
        assert_eq!(due(&procedure, "2026-11-27T15:00:00+07:00"), "2026-12-02");
        assert_eq!(due(&procedure, "2026-11-28T09:00:00+07:00"), "2026-12-02");
        procedure.term = Term::WorkingHours(4);
        assert_eq!(due(&procedure, "2026-11-27T09:00:00+07:00"), "2026-11-30");
    }
}
