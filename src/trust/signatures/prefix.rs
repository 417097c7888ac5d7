//! Digests of what the signatures of one file cover. Each covers the file from its start up to a gap
//! and goes on behind it, so the beginnings are the same bytes: they are hashed once.

use crate::format::content::{Content, ContentError};
use crate::trust::algorithms::{DigestAlgorithm, DigestContext, DigestValue};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

/// The beginnings of one file, hashed as far as they were needed.
pub(super) struct Prefixes<'a> {
    content: &'a dyn Content,
    /// Where beginnings end, in order.
    ends: Vec<u64>,
    known: RefCell<BTreeMap<(DigestAlgorithm, u64), DigestContext>>,
}

impl<'a> Prefixes<'a> {
    /// `ends`: where the beginnings end that will be asked for. One that is not among them costs no
    /// more than it would alone.
    pub(super) fn new(content: &'a dyn Content, ends: impl IntoIterator<Item = u64>) -> Self {
        let mut ends: Vec<u64> = ends.into_iter().collect();
        ends.sort_unstable();
        ends.dedup();
        Self {
            content,
            ends,
            known: RefCell::default(),
        }
    }

    /// The digest of the bytes up to `end` and of `rest` behind them.
    pub(super) fn digest(
        &self,
        algorithm: DigestAlgorithm,
        (end, rest): (u64, Range<u64>),
    ) -> Result<DigestValue, ContentError> {
        let mut context = self.until(algorithm, end)?;
        self.content
            .feed(rest, &mut |bytes: &[u8]| context.update(bytes))?;
        Ok(context.finish())
    }

    fn until(&self, algorithm: DigestAlgorithm, end: u64) -> Result<DigestContext, ContentError> {
        let mut known = self.known.borrow_mut();
        let before = known.range((algorithm, 0)..=(algorithm, end)).next_back();
        let before = before.map(|((_, at), context)| (*at, context.clone()));
        let (mut at, mut context) = before.unwrap_or_else(|| (0, algorithm.context()));
        let stops = self.ends.iter().copied().filter(|stop| *stop < end);
        for stop in stops.chain([end]) {
            if stop > at {
                self.content
                    .feed(at..stop, &mut |bytes: &[u8]| context.update(bytes))?;
                at = stop;
                known.insert((algorithm, at), context.clone());
            }
        }
        Ok(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::content::Memory;
    use crate::model::Digest;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// Counts what is read.
    struct Counted(Memory, AtomicU64);

    impl Content for Counted {
        fn bytes(&self) -> &[u8] {
            self.0.bytes()
        }

        fn digest(&self) -> Digest {
            self.0.digest()
        }

        fn feed(&self, range: Range<u64>, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
            self.1
                .fetch_add(range.end.saturating_sub(range.start), Relaxed);
            self.0.feed(range, sink)
        }
    }

    #[test]
    fn beginnings_are_hashed_once_in_whatever_order_they_are_asked_for() {
        let bytes: Vec<u8> = (0..10_000u32).flat_map(u32::to_le_bytes).collect();
        let asked = [
            (30_000u64, 30_010..40_000u64),
            (10, 20..30_000),
            (20_000, 20_000..20_000),
            (30_000, 31_000..32_000),
        ];
        let naive = |algorithm: DigestAlgorithm, (end, rest): (u64, Range<u64>)| {
            let at = |place: u64| usize::try_from(place).expect("small");
            let parts = [&bytes[..at(end)], &bytes[at(rest.start)..at(rest.end)]];
            algorithm.of(&parts.concat())
        };
        let content = Counted(Memory::new(bytes.clone().into()), AtomicU64::new(0));
        let prefixes = Prefixes::new(&content, asked.iter().map(|(end, _)| *end));
        let mut behind = 0;
        for algorithm in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            for one in &asked {
                behind += one.1.end - one.1.start;
                let found = prefixes.digest(algorithm, one.clone()).expect("read");
                assert_eq!(found, naive(algorithm, one.clone()), "{one:?}");
            }
        }
        assert_eq!(content.1.load(Relaxed), 2 * 30_000 + behind);
        // Not announced, and still right.
        let other = (15_000, 15_001..15_002);
        let found = prefixes.digest(DigestAlgorithm::Sha256, other.clone());
        assert_eq!(found.expect("read"), naive(DigestAlgorithm::Sha256, other));
        assert!(
            prefixes
                .digest(DigestAlgorithm::Sha256, (50_000, 0..0))
                .is_err()
        );
    }
}
