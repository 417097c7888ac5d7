//! Timestamps of a container (EN 319 162-1 §4.3.3.2, §4.4.4, §A.6): over its file, or over a manifest; those over
//! archive manifests prove when the signatures and timestamps under them existed.

use super::opened::{Checked, Opened};
use super::problem::malformed;
use crate::format::asic::Role;
use crate::format::cms::read::Tail;
use crate::format::content::ContentError;
use crate::format::limits::MAX_TIMESTAMPS_IN_ALL;
use crate::model::Timestamp;
use crate::trust::algorithms::DigestAlgorithm;
use crate::trust::path::Purpose;
use crate::trust::report::{Coverage, Integrity, TimestampKind, TimestampReport};
use crate::trust::timestamp::{self, Token};
use crate::trust::verdict::Verdict;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A timestamp that was judged.
pub(super) struct Stamped {
    place: usize,
    pub(super) report: TimestampReport,
    /// The files that it covers.
    pub(super) covers: BTreeSet<usize>,
    /// Whether a signature is among them, with which it is reported.
    pub(super) over_signature: bool,
}

/// A timestamp that is still to be judged.
struct Waiting {
    place: usize,
    /// What its imprint is of.
    over: Option<usize>,
    /// What it covers beside that.
    checked: Checked,
    archive: bool,
}

/// Judges them, the later before those that they cover, up to a limit.
pub(super) fn judge_all(opened: &Opened<'_>) -> Result<Vec<Stamped>, ContentError> {
    let mut waiting = Vec::new();
    for (place, _) in opened
        .container
        .of(Role::Timestamp)
        .take(MAX_TIMESTAMPS_IN_ALL)
    {
        waiting.push(find(opened, place)?);
    }
    let mut judged: Vec<Stamped> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        // One that no other is over; where each is under another, nobody is first.
        let free = |own: &Waiting| {
            let mut others = waiting.iter().filter(|other| other.place != own.place);
            !others.any(|other| other.checked.places.contains(&own.place))
        };
        let next = waiting.iter().position(free).unwrap_or(0);
        let stamp = judge(opened, waiting.swap_remove(next), &judged)?;
        judged.push(stamp);
    }
    judged.sort_by_key(|stamp| stamp.place);
    Ok(judged)
}

fn find(opened: &Opened<'_>, place: usize) -> Result<Waiting, ContentError> {
    let direct = opened.directly().into_iter().find(|(own, _)| *own == place);
    if let Some((_, data)) = direct {
        let mut checked = Checked::default();
        checked.places.insert(data);
        return Ok(Waiting {
            place,
            over: Some(data),
            checked,
            archive: false,
        });
    }
    let Some(listed) = opened.manifest_of(place) else {
        let problem = malformed(format!("{} is in no manifest", opened.name(place)));
        return Ok(Waiting {
            place,
            over: None,
            checked: Checked {
                problem: Some(problem),
                ..Checked::default()
            },
            archive: false,
        });
    };
    let mut archives = opened.container.of(Role::ArchiveManifest);
    let mut checked = opened.check(listed)?;
    // A list with anything wrong in it is no list.
    if checked.problem.is_some() {
        checked.places.clear();
    }
    Ok(Waiting {
        place,
        over: Some(listed.place),
        checked,
        archive: archives.any(|(own, _)| own == listed.place),
    })
}

/// Those that prove when a file existed.
pub(super) fn over(stamps: &[Stamped], place: usize) -> impl Iterator<Item = &TimestampReport> {
    let covering = stamps
        .iter()
        .filter(move |stamp| stamp.covers.contains(&place));
    covering.map(|stamp| &stamp.report)
}

fn judge(
    opened: &Opened<'_>,
    waiting: Waiting,
    judged: &[Stamped],
) -> Result<Stamped, ContentError> {
    let Waiting {
        place,
        over: imprinted,
        checked,
        archive,
    } = waiting;
    let problem = RefCell::new(None);
    let imprint = |algorithm: DigestAlgorithm| match opened.digest(imprinted?, algorithm) {
        Ok(digest) => Some(digest.as_ref().to_vec()),
        Err(error) => {
            problem.replace(Some(error));
            None
        }
    };
    let proved = over(judged, place)
        .filter_map(TimestampReport::proves)
        .min();
    let token = Token {
        der: opened.bytes(place),
        tail: Tail::Nothing,
        imprint: &imprint,
        around: None,
        at: opened.at,
        proved,
        fault: checked
            .problem
            .clone()
            .or_else(|| weak(opened, &checked, proved)),
    };
    let name = opened.name(place).to_owned();
    let mut report = timestamp::judge(opened.validator, &token, name);
    if let Some(error) = problem.take() {
        return Err(error);
    }
    if let Some(fault) = &checked.problem
        && report.signature.integrity == Integrity::Intact
    {
        report.signature.integrity = Integrity::unproved(fault);
    }
    report.kind = match archive {
        true => TimestampKind::Archive,
        false => TimestampKind::Document,
    };
    report.signature.coverage = Coverage::Detached;
    report.signature.covers.clone_from(&checked.covers);
    let signed = [Role::Cms, Role::Xml];
    let mut signatures = signed.iter().flat_map(|role| opened.container.of(*role));
    Ok(Stamped {
        place,
        over_signature: signatures.any(|(own, _)| checked.places.contains(&own)),
        covers: checked.places,
        report,
    })
}

/// EN 319 102-1 §5.2.8: who can find a second file with a listed digest can move the timestamp to it.
fn weak(opened: &Opened<'_>, checked: &Checked, proved: Option<Timestamp>) -> Option<Verdict> {
    let algorithms = opened.validator.material().algorithms();
    let existed = opened.validator.existed(opened.at);
    let moment = existed.into_iter().chain(proved).min().unwrap_or(opened.at);
    let usage = Purpose::Timestamping.usage();
    let mut problems = checked
        .algorithms
        .iter()
        .filter_map(|algorithm| algorithms.judge_digest(usage, *algorithm, moment).problem());
    problems.next()
}
