//! What the texts say of the clock of dossiers and of its slips, each set from its first day on: a dossier follows the set
//! of the day on which it was taken in, for ever.

use crate::model::LocalDay;
use crate::model::indication::words;
use std::collections::{BTreeMap, BTreeSet};

/// Sets in one file: one for each text since 2018, and as many to come.
pub const MAX_SETS: usize = 50;
/// The most working days of a supplement and of an apology: two months.
pub const MAX_DAYS: u16 = 60;
/// Requests without a ground, and further appointments: no text allows more, and the moves of a dossier know no more.
pub const MAX_TIMES: u16 = 1;
/// Slips are numbered with two digits.
pub const MAX_NUMBER: u8 = 99;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

words! {
    /// A slip of the one-stop counter. Its number depends on the set of rules.
    Slip {
        /// Of intake, with the appointment (giấy tiếp nhận hồ sơ và hẹn trả kết quả).
        Intake = 1 "intake",
        /// A request for supplement (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ).
        Supplement = 2 "supplement",
        /// A refusal (phiếu từ chối tiếp nhận giải quyết hồ sơ).
        Refusal = 3 "refusal",
        /// An apology with a new appointment (phiếu xin lỗi và hẹn lại ngày trả kết quả; from 2025: đề nghị gia hạn).
        Apology = 4 "apology",
        /// A notice that handling stops (thông báo dừng giải quyết); not in the set of 2018.
        Stop = 5 "stop",
        /// The control slip (phiếu kiểm soát quá trình giải quyết hồ sơ).
        Control = 6 "control",
        /// The register (sổ theo dõi hồ sơ).
        Register = 7 "register",
    }
}

words! {
    /// What becomes of the clock when a dossier that was sent back is complete.
    AfterSupplement {
        /// The whole term begins again.
        Restart = 1 "restart",
        /// What was left of the term when the supplement was asked for goes on.
        Resume = 2 "resume",
    }
}

/// When the counter works, in minutes of the day; both ends of a sitting belong to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hours {
    morning: (u16, u16),
    afternoon: (u16, u16),
}

impl Hours {
    /// From when to when the counter works; `None` for hours that overlap, end before they begin or lie outside a day.
    #[must_use]
    pub fn new(morning: (u16, u16), afternoon: (u16, u16)) -> Option<Self> {
        let goes = morning.0 < morning.1 && morning.1 <= afternoon.0 && afternoon.0 < afternoon.1;
        (goes && afternoon.1 <= DAY).then_some(Self { morning, afternoon })
    }

    /// Morning and afternoon, each from its first to its last minute.
    #[must_use]
    pub fn sittings(&self) -> [(u16, u16); 2] {
        [self.morning, self.afternoon]
    }

    /// The first minute of the day.
    #[must_use]
    pub fn opens(&self) -> u16 {
        self.morning.0
    }

    /// The last minute of the day.
    #[must_use]
    pub fn closes(&self) -> u16 {
        self.afternoon.1
    }
}

/// What one text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleSet {
    /// Its short name, such as `2018`.
    pub id: String,
    /// The first day of intake for which it holds.
    pub from: LocalDay,
    /// The text on procedures (nghị định).
    pub basis: String,
    /// The text on slips (thông tư).
    pub slips_basis: String,
    /// When the counter works.
    pub hours: Hours,
    /// What comes from this minute of the day on is handed over at the beginning of the next working day.
    pub cutoff: u16,
    /// Whether the day on which handling begins is the first one of a term in days.
    pub first_day_counts: bool,
    /// Working days from intake within which a supplement has to be asked for.
    pub supplement_days: u16,
    /// How often a supplement is asked for without a recorded ground.
    pub requests: u16,
    /// What becomes of the clock when the dossier is complete.
    pub after_supplement: AfterSupplement,
    /// Working days between an apology and the end of the term.
    pub apology_lead_days: u16,
    /// How often there may be another appointment.
    pub extensions: u16,
    /// The numbers of the slips; what has none is not printed under this set.
    pub slips: BTreeMap<Slip, u8>,
}

/// Why rules cannot be meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoRules {
    /// None at all.
    #[error("rules are needed: at least one set")]
    Empty,
    /// Too many sets.
    #[error("too many here, the most is {MAX_SETS}")]
    TooMany,
    /// Two sets from one day, or of one name.
    #[error("an earlier set has this name or begins on this day")]
    Twice,
    /// Nothing would ever be handled on its day, or the end of the day would be beyond the office.
    #[error("the cutoff has to lie after the morning's begin and not after the afternoon's end")]
    Cutoff,
    /// More days or times than any text says.
    #[error("expected days at most {MAX_DAYS}, one request and extensions at most {MAX_TIMES}")]
    Bounds,
    /// Two slips of one number, a number beyond two digits, or no number for a slip that every counter gives.
    #[error(
        "slips have different numbers from 1 to {MAX_NUMBER}, and all but the stop notice have one"
    )]
    Slips,
}

/// Every set, by the day on which it begins. Without any nothing is taken in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DossierRules {
    sets: BTreeMap<LocalDay, RuleSet>,
}

impl DossierRules {
    /// From sets in any order.
    ///
    /// # Errors
    /// See [`NoRules`], with the place of the set that is wrong.
    pub fn new(all: Vec<RuleSet>) -> Result<Self, (usize, NoRules)> {
        if all.is_empty() {
            return Err((0, NoRules::Empty));
        }
        if all.len() > MAX_SETS {
            return Err((MAX_SETS, NoRules::TooMany));
        }
        let (mut sets, mut ids) = (BTreeMap::new(), BTreeSet::new());
        for (at, set) in all.into_iter().enumerate() {
            fits(&set).map_err(|problem| (at, problem))?;
            let new = ids.insert(set.id.clone());
            if sets.insert(set.from, set).is_some() || !new {
                return Err((at, NoRules::Twice));
            }
        }
        Ok(Self { sets })
    }

    /// The set by which a dossier taken in on that day is handled; `None` before the first.
    #[must_use]
    pub fn on(&self, day: LocalDay) -> Option<&RuleSet> {
        self.sets.range(..=day).next_back().map(|(_, set)| set)
    }

    /// The set of that name: a dossier on record says which one it follows.
    #[must_use]
    pub fn named(&self, id: &str) -> Option<&RuleSet> {
        self.sets.values().find(|set| set.id == id)
    }

    /// Every set, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &RuleSet> {
        self.sets.values()
    }
}

fn fits(set: &RuleSet) -> Result<(), NoRules> {
    if set.cutoff <= set.hours.opens() || set.cutoff > set.hours.closes() {
        return Err(NoRules::Cutoff);
    }
    let days = set.supplement_days.max(set.apology_lead_days);
    if days > MAX_DAYS || set.requests != MAX_TIMES || set.extensions > MAX_TIMES {
        return Err(NoRules::Bounds);
    }
    let numbers: BTreeSet<u8> = set.slips.values().copied().collect();
    let within = numbers.iter().all(|n| (1..=MAX_NUMBER).contains(n));
    let mut needed = Slip::ALL.iter().filter(|slip| **slip != Slip::Stop);
    if !within || numbers.len() != set.slips.len() || !needed.all(|s| set.slips.contains_key(s)) {
        return Err(NoRules::Slips);
    }
    Ok(())
}
