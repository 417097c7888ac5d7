//! Rights and copies kept side by side: random groups against a model that reads everything, and what an erasure reads.

use super::*;
use crate::model::Position;
use crate::model::event::{ErasureCause, FileRef, FileRole};
use crate::model::{Disposition, Timestamp};
use crate::store::Kept;
use crate::store::embedded::bodies::Extent;
use crate::store::samples::{id, offered};
use proptest::prelude::*;
use std::cell::Cell;

/// Rows as an index has them, and how many of them were read.
#[derive(Default)]
struct Rows {
    rights: BTreeSet<Right>,
    counts: BTreeMap<Spot, u64>,
    holes: BTreeSet<Spot>,
    read: Cell<usize>,
}

impl Rows {
    fn reads<T>(&self, rows: usize, found: T) -> Result<T, ReadError> {
        self.read.set(self.read.get() + rows);
        Ok(found)
    }

    fn apply(&mut self, rows: BodyRows) {
        for (right, there) in rows.rights {
            match there {
                true => self.rights.insert(right),
                false => self.rights.remove(&right),
            };
        }
        for (spot, there) in rows.holes {
            match there {
                true => self.holes.insert(spot),
                false => self.holes.remove(&spot),
            };
        }
        for (spot, count) in rows.counts {
            match count {
                0 => self.counts.remove(&spot),
                _ => self.counts.insert(spot, count),
            };
        }
    }

    /// What the copies should say, by reading every right.
    fn counted(&self) -> BTreeMap<Spot, u64> {
        let mut counted = BTreeMap::new();
        for right in &self.rights {
            *counted.entry(right.spot()).or_insert(0) += 1;
        }
        counted
    }
}

impl Rights for Rows {
    fn of_owner(&self, digest: &Digest, owner: DocumentId) -> Result<Vec<Right>, ReadError> {
        let own = |right: &&Right| right.digest == *digest && right.owner == owner;
        let found: Vec<Right> = self.rights.iter().filter(own).copied().collect();
        self.reads(found.len(), found)
    }

    fn has(&self, right: &Right) -> Result<bool, ReadError> {
        self.reads(1, self.rights.contains(right))
    }

    fn count(&self, spot: &Spot) -> Result<u64, ReadError> {
        self.reads(1, self.counts.get(spot).copied().unwrap_or(0))
    }

    fn first(
        &self,
        digest: &Digest,
        gone: &dyn Fn(&Right) -> bool,
    ) -> Result<Option<Right>, ReadError> {
        let mut of = self.rights.iter().filter(|right| right.digest == *digest);
        let mut passed = 1;
        let found = of.find(|right| {
            passed += 1;
            !gone(right)
        });
        self.reads(passed, found.copied())
    }
}

fn digest(body: u8) -> Digest {
    Digest::of(&[body])
}

fn sent(n: u64, bodies: &[u8]) -> Event {
    let mut event = offered(n, Disposition::Accept, &Kept::of(bytes::Bytes::new()));
    let file = |body: &u8| FileRef {
        digest: digest(*body),
        size: 1,
        role: FileRole::Annex,
    };
    event.files = bodies.iter().map(file).collect();
    Event::Offered(Box::new(event))
}

fn erased(n: u64, bodies: &[u8]) -> Event {
    Event::Erased(Box::new(Erased {
        document: Some(id(n)),
        bodies: bodies.iter().map(|body| digest(*body)).collect(),
        cause: ErasureCause::Order,
        basis: None,
        segment: None,
        actor: None,
    }))
}

fn records(events: Vec<Event>) -> Vec<Recorded> {
    let record = |event| Recorded {
        position: Position(1),
        at: Timestamp(0),
        hash: Digest::ZERO,
        event,
    };
    events.into_iter().map(record).collect()
}

fn inline(at: u64) -> BodyPlace {
    BodyPlace::Inline(extent(at))
}

fn extent(offset: u64) -> Extent {
    Extent {
        segment: 1,
        offset,
        len: 1,
        crc: 0,
    }
}

/// One change of a group.
#[derive(Clone, Debug)]
enum Move {
    /// A document comes with a body: carried as its own copy, in a segment, in a file, or not at all.
    Sent(u64, u8, u8),
    Erased(u64, u8),
    /// A receipt, or evidence, that happens to have these bytes.
    Lasting(u8),
}

fn moves() -> impl Strategy<Value = Vec<Vec<Move>>> {
    let one = prop_oneof![
        4 => (0..6u64, 0..3u8, 0..4u8).prop_map(|(n, body, way)| Move::Sent(n, body, way)),
        4 => (0..6u64, 0..3u8).prop_map(|(n, body)| Move::Erased(n, body)),
        1 => (0..3u8).prop_map(Move::Lasting),
    ];
    prop::collection::vec(prop::collection::vec(one, 1..4), 1..20)
}

proptest! {
    #[test]
    fn a_copy_knows_how_many_have_a_right_to_it(groups in moves()) {
        let mut rows = Rows::default();
        let mut end = 0;
        for group in groups {
            let (mut events, mut places) = (Vec::new(), Vec::new());
            let mut had: BTreeSet<Spot> = rows.counts.keys().copied().collect();
            for each in group {
                end += 1;
                let lies = |way: u8, body: u8| match way {
                    0 => inline(end),
                    // As the writer does: a copy that is there is shared.
                    1 => BodyPlace::Segment(extent(u64::from(body))),
                    _ => BodyPlace::File(1),
                };
                match each {
                    Move::Sent(n, body, way) => {
                        events.push(sent(n, &[body]));
                        if way < 3 {
                            places.push((digest(body), lies(way, body)));
                        }
                    }
                    Move::Erased(n, body) => events.push(erased(n, &[body])),
                    Move::Lasting(body) => places.push((digest(body), inline(end))),
                }
            }
            let changed = follow(&rows, &records(events), &places).unwrap();
            had.extend(changed.counts.keys());
            rows.apply(changed);
            prop_assert_eq!(&rows.counts, &rows.counted());
            for spot in had {
                let used = rows.counts.contains_key(&spot);
                // A hole that was wanted again stays a row until it is looked at; what nobody wants is always one.
                prop_assert!(used || rows.holes.contains(&spot), "{:?}", spot);
            }
        }
    }
}

/// One annex of ten thousand documents: an erasure reads a handful of rows.
#[test]
fn an_erasure_reads_what_it_erases_however_many_share_it() {
    let mut rows = Rows::default();
    let shared = BodyPlace::File(1);
    for n in 0..10_000 {
        let right = |place| Right {
            digest: digest(1),
            owner: id(n),
            place,
        };
        // Half of them brought a copy of their own.
        let place = if n % 2 == 0 { shared } else { inline(n) };
        rows.rights.insert(right(place));
        *rows.counts.entry(right(place).spot()).or_insert(0) += 1;
    }
    for n in [0, 1, 5_000, 9_999] {
        rows.read.set(0);
        let changed = follow(&rows, &records(vec![erased(n, &[1])]), &[]).unwrap();
        let read = rows.read.get();
        assert!(read <= 2, "document {n}: {read} rows were read");
        let holes: Vec<_> = changed.holes.keys().map(|spot| spot.place).collect();
        let own = if n % 2 == 0 { vec![] } else { vec![inline(n)] };
        assert_eq!(holes, own);
        rows.apply(changed);
    }
    rows.read.set(0);
    let kept = follow(&rows, &records(vec![sent(20_000, &[1])]), &[]).unwrap();
    assert_eq!(kept.rights.len(), 1);
    assert!(rows.read.get() <= 8, "{}", rows.read.get());
    assert_eq!(rows.counted(), rows.counts);
}
