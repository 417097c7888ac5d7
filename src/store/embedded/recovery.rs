//! What happens between opening and being ready: the log's tail is read from the markers of the
//! projections, a write that was cut short is cut off, and projections that lag or were lost are
//! filled again, unattended.

use super::Core;
use super::bodies::{BodyPlace, file_path};
use super::log::{Location, Log, LogId, Marker, segment_path};
use super::rates::{Steps, steps_of};
use super::scan::{Group, ScanError, Scanner, header_of, segments};
use super::writer::layer_of;
use crate::model::{Event, Position};
use crate::store::Readiness;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

/// Records applied between two writes of the index during a rebuild: some 100 MB of rows. Rows that stand all over their
/// tables cost less the more of them are written together.
const STEP: usize = 60_000;
/// … and after which it is looked whether the rates hold more in memory than they should.
const RATES_STEP: usize = 100_000;
/// Records that are read ahead at a time, while those before them are applied …
const AHEAD: usize = 2_000;
/// … and how many times that many may wait: some megabytes.
const WAITING: usize = 4;

/// Finds the log's identity, or begins a new log.
pub(in crate::store) fn identify(
    disk: &dyn super::disk::Disk,
    data: &std::path::Path,
) -> Result<LogId, String> {
    let failed = |e: io::Error| format!("reading the log failed: {e}");
    disk.create_dir(&data.join("log")).map_err(failed)?;
    let numbers = segments(disk, data).map_err(failed)?;
    if let Some(first) = numbers.first() {
        if let Some((id, _)) = header_of(disk, data, *first).map_err(failed)? {
            return Ok(id);
        }
        let file = disk.open(&segment_path(data, *first)).map_err(failed)?;
        let torn = numbers.len() == 1 && file.len().map_err(failed)? < 4096;
        if !torn {
            let path = segment_path(data, *first);
            return Err(format!("{}: damaged at offset 0", path.display()));
        }
    }
    let mut id: LogId = [0; 16];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut id)
        .map_err(|_| "the system gives no random bytes".to_owned())?;
    Log::create(disk, data, &id).map_err(|e| format!("creating the log failed: {e}"))?;
    Ok(id)
}

/// Brings the projections up to the end of the log; returns that end.
pub(in crate::store) fn recover(core: &Core) -> Result<Marker, String> {
    check_markers(core)?;
    let start = first_needed(core)?;
    let scanner = Scanner::from(Arc::clone(&core.disk), &core.data, core.id, start);
    let scanner = scanner.map_err(|e| format!("reading the log failed: {e}"))?;
    let mut run = Run {
        core,
        total: known_total(core),
        since: 0,
        unwritten: 0,
        many: false,
    };
    // The last group is applied only once it is known to be whole, bodies included.
    let mut held: Option<Ahead> = None;
    let mut end = start;
    let wanted = (core.index.marker().position, core.rates.marker().position);
    let (scanner, ended) = thread::scope(|scope| {
        let (ahead, groups) = mpsc::sync_channel(WAITING);
        let reader = scope.spawn(move || read_ahead(scanner, wanted, &ahead));
        for group in groups.iter().flatten() {
            if let Some(before) = held.replace(group) {
                end = before.group.end;
                run.apply(&before)?;
            }
        }
        drop(groups);
        let read = reader.join();
        read.map_err(|_| "the reader of the log panicked".to_owned())
    })?;
    match ended {
        Ok(()) => {}
        Err(ScanError::Bad(at, what)) => cut(core, &scanner, at, what)?,
        Err(e) => return Err(e.to_string()),
    }
    if let Some(last) = held {
        if bodies_whole(core, &last.group) {
            end = last.group.end;
            run.apply(&last)?;
        } else {
            end = last.group.start;
            truncate(core, last.group.start.location)?;
        }
    }
    run.finish()?;
    // At the head of a new segment the place differs from where the last group ended.
    if scanner.at.position == end.position {
        end.location = end.location.max(scanner.at.location);
    }
    Ok(end)
}

/// A group with what it counts.
struct Ahead {
    group: Group,
    /// How many records it has. They are not in it any more if the index has them.
    records: usize,
    steps: Vec<Steps>,
}

impl Ahead {
    /// What index and rates need of a group that they have up to there.
    fn of(mut group: Group, (index, rates): (Position, Position)) -> Self {
        let records = group.records.len();
        let steps = match group.end.position > rates {
            true => steps_of(&group.records),
            false => Vec::new(),
        };
        if group.end.position <= index {
            group.records = Vec::new();
        }
        Self {
            group,
            records,
            steps,
        }
    }
}

/// Reads the log to its end, a little ahead of who applies it; gives up once nobody takes any more.
fn read_ahead(
    mut scanner: Scanner,
    wanted: (Position, Position),
    ahead: &SyncSender<Vec<Ahead>>,
) -> (Scanner, Result<(), ScanError>) {
    let (mut groups, mut records) = (Vec::new(), 0usize);
    let ended = loop {
        match scanner.next() {
            Ok(Some(group)) => {
                records = records.saturating_add(group.records.len());
                groups.push(Ahead::of(group, wanted));
                if records >= AHEAD {
                    records = 0;
                    if ahead.send(std::mem::take(&mut groups)).is_err() {
                        break Ok(());
                    }
                }
            }
            Ok(None) => break Ok(()),
            Err(e) => break Err(e),
        }
    };
    // Nobody takes them if what came before could not be applied.
    let _given_up = ahead.send(groups);
    (scanner, ended)
}

/// A projection whose marker does not stand between two groups of this log is not believed: it is
/// damaged, or left over from another history, and must not be the reason to cut anything.
fn check_markers(core: &Core) -> Result<(), String> {
    let index = core.index.marker();
    let sound = confirmed(core, &index)?;
    if !sound {
        core.index.reset()?;
    }
    let rates = core.rates.marker();
    if (!sound || rates != index) && !confirmed(core, &rates)? {
        core.rates.reset()?;
    }
    Ok(())
}

/// Reads the marker's segment from its beginning to the marker, and so finds damage there, too.
fn confirmed(core: &Core, marker: &Marker) -> Result<bool, String> {
    let failed = |e: io::Error| format!("reading the log failed: {e}");
    if marker.position == Position::START {
        return Ok(true);
    }
    let Location { segment, offset } = marker.location;
    let numbers = segments(&*core.disk, &core.data).map_err(failed)?;
    if !numbers.contains(&segment) {
        return Ok(false);
    }
    let header = header_of(&*core.disk, &core.data, segment).map_err(failed)?;
    let Some((id, from)) = header.filter(|(id, _)| *id == core.id) else {
        return Ok(false);
    };
    let scanner = Scanner::from(Arc::clone(&core.disk), &core.data, id, from);
    let mut scanner = scanner.map_err(failed)?;
    while scanner.at.location.segment == segment && scanner.at.location.offset < offset {
        if !matches!(scanner.next(), Ok(Some(_))) {
            return Ok(false);
        }
    }
    let at = scanner.at;
    let len = core.disk.open(&segment_path(&core.data, segment));
    let len = len.and_then(|f| f.len()).map_err(failed)?;
    Ok(len >= offset
        && at.location == marker.location
        && at.position == marker.position
        && at.head == marker.head)
}

/// Where reading must begin: the older marker, or the beginning.
fn first_needed(core: &Core) -> Result<Marker, String> {
    let (index, rates) = (core.index.marker(), core.rates.marker());
    let older = if index.position <= rates.position {
        index
    } else {
        rates
    };
    if older.position > Position::START {
        return Ok(older);
    }
    let failed = |e: io::Error| format!("reading the log failed: {e}");
    let numbers = segments(&*core.disk, &core.data).map_err(failed)?;
    let first = numbers.first().copied().unwrap_or(1);
    let header = header_of(&*core.disk, &core.data, first).map_err(failed)?;
    header
        .map(|(_, marker)| marker)
        .ok_or_else(|| format!("segment {first}: no header"))
}

/// Records known to be in the log before it is read: those before its last segment.
fn known_total(core: &Core) -> u64 {
    let numbers = segments(&*core.disk, &core.data).unwrap_or_default();
    let last = numbers.last().copied().unwrap_or(1);
    let header = header_of(&*core.disk, &core.data, last).ok().flatten();
    header.map_or(0, |(_, marker)| marker.position.0)
}

struct Run<'a> {
    core: &'a Core,
    total: u64,
    /// Records since the index was written.
    since: usize,
    /// Records since it was looked what the rates hold …
    unwritten: usize,
    /// … and whether it ever was.
    many: bool,
}

impl Run<'_> {
    fn apply(&mut self, ahead: &Ahead) -> Result<(), String> {
        let (core, group) = (self.core, &ahead.group);
        let done = group.end.position;
        if done > core.index.marker().position {
            let (records, places) = (&group.records, &group.places);
            let layer = layer_of(&core.index, records, places, group.end);
            core.index.absorb(layer.map_err(|e| e.to_string())?);
        }
        if done > core.rates.marker().position {
            let counted = core.rates.apply(&ahead.steps, group.end);
            counted.map_err(|e| e.to_string())?;
        }
        self.since = self.since.saturating_add(ahead.records);
        self.unwritten = self.unwritten.saturating_add(ahead.records);
        self.total = self.total.max(done.0);
        core.set(Readiness::Rebuilding {
            done: done.0,
            total: self.total,
        });
        if self.since >= STEP {
            self.since = 0;
            core.index.flush()?;
        }
        if self.unwritten >= RATES_STEP {
            self.unwritten = 0;
            self.many = true;
            core.rates.relieve()?;
        }
        Ok(())
    }

    /// What much was counted into is not left to who writes every half second.
    fn finish(&self) -> Result<(), String> {
        match self.many {
            true => self.core.rates.flush(),
            false => Ok(()),
        }
    }
}

/// A bad place at the end of the log is a write that was cut short: it was never acknowledged. With
/// a group behind it, it is damage.
fn cut(core: &Core, scanner: &Scanner, at: Location, what: &str) -> Result<(), String> {
    let behind = scanner.group_behind(at);
    if behind.map_err(|e| format!("reading the log failed: {e}"))? {
        let path = segment_path(&core.data, at.segment);
        let place = format!("{} at offset {}", path.display(), at.offset);
        return Err(format!("the log is damaged: {place}: {what}"));
    }
    truncate(core, at)
}

fn truncate(core: &Core, at: Location) -> Result<(), String> {
    let path = segment_path(&core.data, at.segment);
    let cut = || -> io::Result<()> {
        let file = core.disk.open(&path)?;
        file.truncate(at.offset)?;
        file.sync()
    };
    cut().map_err(|e| format!("cutting {} failed: {e}", path.display()))
}

/// Whether every body that the last group brings is there.
fn bodies_whole(core: &Core, group: &Group) -> bool {
    group.places.iter().all(|(digest, place)| match place {
        BodyPlace::Inline(extent) => core.bodies.read(true, extent).is_ok(),
        BodyPlace::Segment(extent) => core.bodies.read(false, extent).is_ok(),
        BodyPlace::File(len) => {
            let found = std::fs::metadata(file_path(&core.data, digest));
            found.is_ok_and(|m| m.len() == *len)
        }
    })
}

/// Whether the log says of itself, in its first record, that it is simulated; `None`: it has no record yet.
pub(in crate::store) fn is_simulated(core: &Core) -> Result<Option<bool>, String> {
    let mut scanner = from_the_beginning(core)?;
    match scanner.next() {
        // A first group that was cut short was never acknowledged: recovery cuts it off.
        Ok(None) | Err(ScanError::Bad(..)) => Ok(None),
        Ok(Some(group)) => {
            let first = group.records.first();
            Ok(first.map(|record| matches!(record.event, Event::Simulated(_))))
        }
        Err(e) => Err(e.to_string()),
    }
}

fn from_the_beginning(core: &Core) -> Result<Scanner, String> {
    let failed = |e: io::Error| format!("reading the log failed: {e}");
    let numbers = segments(&*core.disk, &core.data).map_err(failed)?;
    let first = numbers.first().copied().unwrap_or(1);
    let header = header_of(&*core.disk, &core.data, first).map_err(failed)?;
    let (_, start) = header.ok_or_else(|| format!("segment {first}: no header"))?;
    Scanner::from(Arc::clone(&core.disk), &core.data, core.id, start).map_err(failed)
}

/// Reads the log from its beginning up to and with `until`, in order.
pub(in crate::store) fn replay(
    core: &Core,
    until: Position,
    each: &mut dyn FnMut(&crate::model::event::Recorded),
) -> Result<(), String> {
    groups(core, until, &mut |_, group| {
        let wanted = group.records.iter().filter(|r| r.position <= until);
        wanted.for_each(&mut *each);
    })
}

/// The same, with the bytes of each record.
pub(in crate::store) fn replay_bytes(
    core: &Core,
    until: Position,
    each: &mut dyn FnMut(Position, &[u8]),
) -> Result<(), String> {
    groups(core, until, &mut |scanner, group| {
        let records = group.records.iter().zip(scanner.record_bytes());
        let wanted = records.filter(|(record, _)| record.position <= until);
        wanted.for_each(|(record, bytes)| each(record.position, bytes));
    })
}

fn groups(
    core: &Core,
    until: Position,
    each: &mut dyn FnMut(&Scanner, &Group),
) -> Result<(), String> {
    let mut scanner = from_the_beginning(core)?;
    while scanner.at.position < until {
        let Some(group) = scanner.next().map_err(|e| e.to_string())? else {
            let last = scanner.at.position;
            return Err(format!("the log ends at record {last} of {until}"));
        };
        each(&scanner, &group);
    }
    Ok(())
}
