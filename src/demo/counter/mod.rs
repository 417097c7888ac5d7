//! Twenty dossiers at the counters of two communes: complete ones, missing, surplus, wrongly signed, altered, expired and
//! conditional components, one that is refused and one that is withdrawn. Every step is a process of its own, as an officer
//! would type it; every slip is then verified by a process that knows nothing but the file and the pinned CA.

mod cases;
mod desk;
mod print;
mod survey;

pub use print::print;

use super::DemoError;
use super::story::Stage;
use super::story::clerk::{Clerk, administrates, administrator_reads};
use super::units::{UNITS, UnitInfo};
use cases::cases;

/// The two communes, by their places among the units: Cần Đước and Long Hựu.
const COMMUNES: [usize; 2] = [7, 8];

/// What became of one dossier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lived {
    /// Its number.
    pub number: String,
    /// At which counter.
    pub counter: &'static str,
    /// The procedure's name.
    pub procedure: String,
    /// How it differed from what is asked for when it was handed in: component and problem.
    pub differs: Vec<(String, String)>,
    /// How often something was asked for.
    pub requests: u64,
    /// Its status in the end.
    pub status: String,
    /// Whether there was another appointment.
    pub rescheduled: bool,
    /// Slips that a process verified.
    pub slips: usize,
    /// What its officer reads of it in the end.
    pub shown: String,
    /// Whatever did not come out as it must.
    pub problems: Vec<String>,
}

/// What became of all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Each, in the order in which its counter took it.
    pub dossiers: Vec<Lived>,
    /// Forms and result slips that were printed, each verified with its signature.
    pub forms: Vec<String>,
    /// What citizens said, as each commune reads it.
    pub satisfaction: Vec<(&'static str, String)>,
    /// The figures that an inspection asks for, as the administrator reads them.
    pub figures: String,
    /// What went wrong besides.
    pub problems: Vec<String>,
}

impl Counters {
    /// How many came out as they must.
    #[must_use]
    pub fn right(&self) -> usize {
        let right = |one: &&Lived| one.problems.is_empty() && self.problems.is_empty();
        self.dossiers.iter().filter(right).count()
    }
}

/// Takes in and works on all of them, both counters side by side.
///
/// # Errors
/// [`DemoError`] if a file cannot be written or a process cannot be started.
pub fn live(stage: Stage<'_>) -> Result<Counters, DemoError> {
    let mut problems = Vec::new();
    let taken = administrates(stage, &["procedure", "import", "--samples"])?;
    if taken.code != 0 {
        problems.push(taken.said);
    }
    let all = cases();
    let at_one = |place: usize, unit: usize| -> Result<Vec<Lived>, DemoError> {
        let clerk = Clerk {
            stage,
            unit: commune(unit),
        };
        let own = (1_u32..)
            .zip(&all)
            .filter(|(_, case)| case.commune == place);
        own.map(|(n, case)| desk::live(clerk, n, case)).collect()
    };
    let at_one = &at_one;
    let lived = std::thread::scope(|scope| {
        let counters = COMMUNES.iter().enumerate();
        let begun = counters.map(|(place, unit)| scope.spawn(move || at_one(place, *unit)));
        let threads: Vec<_> = begun.collect();
        let ended = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err(DemoError::Interrupted)));
        ended.collect::<Result<Vec<Vec<Lived>>, DemoError>>()
    })?;
    let dossiers: Vec<Lived> = lived.into_iter().flatten().collect();
    let (mut forms, mut satisfaction) = (Vec::new(), Vec::new());
    for unit in COMMUNES.map(commune) {
        problems.extend(gaps(unit, &dossiers));
        let own = dossiers.iter().filter(|one| one.counter == unit.short);
        let own: Vec<Lived> = own.cloned().collect();
        let gathered = survey::gathered(Clerk { stage, unit }, &own)?;
        forms.extend(gathered.forms);
        satisfaction.push((unit.short, gathered.results));
        problems.extend(gathered.problems);
    }
    Ok(Counters {
        figures: administrator_reads(stage, &["dossier", "figures"])?,
        dossiers,
        forms,
        satisfaction,
        problems,
    })
}

fn commune(place: usize) -> &'static UnitInfo {
    let [first, ..] = &UNITS;
    UNITS.get(place).unwrap_or(first)
}

/// Numbers of a day follow one another.
fn gaps(unit: &UnitInfo, dossiers: &[Lived]) -> Option<String> {
    let own = dossiers.iter().filter(|one| one.counter == unit.short);
    let last = own.filter_map(|one| {
        let (day, last) = one.number.rsplit_once('-')?;
        Some((day.to_owned(), last.parse::<usize>().ok()?))
    });
    let mut last: Vec<(String, usize)> = last.collect();
    last.sort();
    let follows = last.windows(2).all(|two| match two {
        [(day, one), (same, other)] => day != same || one.checked_add(1) == Some(*other),
        _ => true,
    });
    (!follows).then(|| format!("{}: {last:?}", unit.short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_of_every_kind_at_both_communes() {
        let all = cases();
        assert_eq!(all.len(), 20);
        for place in 0..COMMUNES.len() {
            assert!(all.iter().filter(|case| case.commune == place).count() > 5);
        }
        let problem = |name: &str| all.iter().flat_map(|c| &c.differs).any(|(_, p)| *p == name);
        for name in [
            "missing",
            "surplus_in_database",
            "wrongly_signed",
            "unsigned",
            "out_of_date",
        ] {
            assert!(problem(name), "{name}");
        }
        for end in [
            "returned",
            "refused",
            "withdrawn",
            "in_process",
            "supplement_asked",
        ] {
            assert!(all.iter().any(|case| case.intended() == end), "{end}");
        }
    }

    #[test]
    fn a_gap_between_numbers_is_seen() {
        let one = |last: &str| Lived {
            number: format!("H53.MAU.CD-261130-{last}"),
            counter: UNITS[7].short,
            procedure: String::new(),
            differs: Vec::new(),
            requests: 0,
            status: String::new(),
            rescheduled: false,
            slips: 0,
            shown: String::new(),
            problems: Vec::new(),
        };
        assert_eq!(gaps(&UNITS[7], &[one("0002"), one("0001")]), None);
        assert!(gaps(&UNITS[7], &[one("0001"), one("0003")]).is_some());
        assert!(gaps(&UNITS[7], &[one("0001"), one("0001")]).is_some());
    }
}
