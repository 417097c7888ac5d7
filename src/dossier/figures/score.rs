//! The one-stop score of TT 01/2018/TT-VPCP Điều 13, 15: nine indices of 0 to 2 points for each dossier, the mean of the
//! dossiers rounded to one decimal, and the class that follows. An index without data is left out: it counts neither for nor
//! against, so a dossier's points are put on the whole scale by the indices that it has.

use super::Summary;
use crate::dossier::Timeliness;
use crate::model::indication::words;

/// Divided by every number of indices without remainder.
const PARTS: u64 = 2_520;
/// The most points of one index.
const MOST: u8 = 2;

/// All indices, from 1: total time, time of each unit, contacts needed, agencies contacted, one-stop organisation, publicity,
/// attitude, answers to feedback, online.
pub const INDICES: [usize; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/// The indices of an officer: time, contacts, attitude. The text of Điều 13 could not be read in full; three indices are the
/// six points over which its bounds of 5 and 3.5 lie as 15 does over eighteen.
pub const OFFICER: [usize; 3] = [2, 3, 7];

words! {
    /// The class of an agency by its score.
    Class {
        /// Xuất sắc: 15 points or more.
        Excellent = 1 "excellent",
        /// Tốt: 12 or more.
        Good = 2 "good",
        /// Khá: 9 or more.
        Fair = 3 "fair",
        /// Trung bình: 6 or more.
        Average = 4 "average",
        /// Yếu: fewer.
        Weak = 5 "weak",
    }
}

/// What is known of a unit rather than of a dossier. What is not known is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// Index 4, in points: agencies contacted.
    pub agencies: Option<u8>,
    /// Index 5, in points: one-stop organisation.
    pub organisation: Option<u8>,
    /// Index 6, in points: publicity.
    pub publicity: Option<u8>,
    /// Index 7, in points: attitude.
    pub attitude: Option<u8>,
    /// Index 8: complaints and suggestions that were answered in time, and all that came.
    pub feedback: Option<(u32, u32)>,
    /// Index 9, in points: online.
    pub online: Option<u8>,
}

/// The points of one dossier, by index from 1; `None`: no data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Indices(pub(super) [Option<u8>; 9]);

impl Indices {
    /// The points of a finished dossier.
    #[must_use]
    pub fn of(own: &Summary, standing: &Standing) -> Self {
        let time = |how: Timeliness| match how {
            Timeliness::Early => 2,
            Timeliness::OnTime => 1,
            Timeliness::Late => 0,
        };
        // The slowest part is what the citizen waited for.
        let parts = own.parts.iter().map(|how| time(*how)).min();
        let contacts = match own.contacts {
            0 => 2,
            1 => 1,
            _ => 0,
        };
        let most = |points: Option<u8>| points.map(|points| points.min(MOST));
        Self([
            own.finished.map(|(_, how)| time(how)),
            parts,
            own.taken_in.then_some(contacts),
            most(standing.agencies),
            most(standing.organisation),
            most(standing.publicity),
            most(standing.attitude),
            standing.feedback.and_then(feedback),
            most(standing.online),
        ])
    }

    /// The points of an index, from 1.
    #[must_use]
    pub fn points(&self, index: usize) -> Option<u8> {
        *self.0.get(index.checked_sub(1)?)?
    }
}

/// All answered: 2; nine of ten: 1. Where nothing came there is no data.
fn feedback((answered, came): (u32, u32)) -> Option<u8> {
    let (answered, came) = (u64::from(answered), u64::from(came));
    match came {
        0 => None,
        came if answered >= came => Some(2),
        came if answered.saturating_mul(10) >= came.saturating_mul(9) => Some(1),
        _ => Some(0),
    }
}

/// The score of many dossiers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Score {
    /// Points on the whole scale, in parts of 2,520.
    sum: u64,
    /// Dossiers with any data.
    dossiers: u64,
    /// For each index its points and the dossiers that have it.
    indices: [(u64, u64); 9],
}

impl Score {
    /// Adds a dossier by some of its indices.
    pub(super) fn add(&mut self, own: &Indices, some: &[usize]) {
        let (mut points, mut known) = (0_u64, 0_u64);
        for index in some {
            let slot = index.checked_sub(1).and_then(|at| self.indices.get_mut(at));
            let (Some(of), Some((sum, count))) = (own.points(*index), slot) else {
                continue;
            };
            points = points.saturating_add(u64::from(of));
            known = known.saturating_add(1);
            *sum = sum.saturating_add(u64::from(of));
            *count = count.saturating_add(1);
        }
        let all = u64::try_from(some.len()).unwrap_or(0);
        // Points × all indices ÷ known ones, in parts.
        if let Some(parts) = PARTS.checked_div(known) {
            let own = points.saturating_mul(all).saturating_mul(parts);
            self.sum = self.sum.saturating_add(own);
            self.dossiers = self.dossiers.saturating_add(1);
        }
    }

    /// How many dossiers it is the mean of.
    #[must_use]
    pub fn dossiers(&self) -> u64 {
        self.dossiers
    }

    /// The points of an index from 1, and the dossiers that have it; of no dossiers: left out.
    #[must_use]
    pub fn index(&self, index: usize) -> (u64, u64) {
        let at = index.checked_sub(1);
        at.and_then(|at| self.indices.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// The mean in tenths of a point, rounded half up; `None` of no dossiers.
    #[must_use]
    pub fn tenths(&self) -> Option<u64> {
        let whole = self.dossiers.checked_mul(PARTS)?;
        let twice = self.sum.checked_mul(20)?.checked_add(whole)?;
        twice.checked_div(whole.checked_mul(2)?)
    }

    /// The class of an agency, by its rounded score.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        // TT 01/2018/TT-VPCP Điều 15: 15, 12, 9, 6.
        self.tenths().map(|tenths| match tenths {
            150.. => Class::Excellent,
            120.. => Class::Good,
            90.. => Class::Fair,
            60.. => Class::Average,
            _ => Class::Weak,
        })
    }

    /// How far an officer completed the task, in percent: 5 points and more are all of it, 3.5 to 5 are 70 to 100; below, the
    /// text that was read says nothing.
    #[must_use]
    pub fn officer_percent(&self) -> Option<u64> {
        self.tenths().and_then(|tenths| match tenths {
            50.. => Some(100),
            35.. => tenths.saturating_sub(35).checked_mul(2)?.checked_add(70),
            _ => None,
        })
    }
}
