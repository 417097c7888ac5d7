//! The arena of a tree: six octets for each node, in the order of the document. Nothing is smaller than
//! `<a/>`, so that in no encoding a text and its tree are more than three times the octets that were read.

use super::tree::wide;
use crate::format::limits::MAX_XML_BYTES;
use std::ops::Range;

/// Bits of the octet at which a node begins.
const START: u32 = 28;
/// Bits of what was seen of it.
const MARKS: u32 = 7;
/// Longer nodes are in a table of their own: elements around others, each with two tags that pay for it.
const LONG: u64 = (1 << (48 - START - MARKS)) - 1;
const _: () = assert!(MAX_XML_BYTES <= 1 << START);

/// Of every so many nodes it is known which lies around them; of the others it is found from there.
const EVERY: usize = 32;

/// What was seen of a node when it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Marks(u8);

/// An element whose prefix has no number of its own, or no element.
pub(super) const OTHER: u8 = 15;

impl Marks {
    const STANDS: u8 = 1;
    const PLAIN: u8 = 2;
    const NOTED: u8 = 4;

    /// A comment or processing instruction.
    pub(super) const BESIDE: Self = Self(OTHER << 3);

    /// An element by the number of its prefix.
    #[inline]
    pub(super) fn element(prefix: usize) -> Self {
        let prefix = u8::try_from(prefix).unwrap_or(OTHER).min(OTHER);
        Self(prefix << 3)
    }

    #[inline]
    pub(super) fn with_stands(self, stands: bool) -> Self {
        Self(if stands {
            self.0 | Self::STANDS
        } else {
            self.0
        })
    }

    pub(super) fn with_noted(self, noted: bool) -> Self {
        Self(if noted { self.0 | Self::NOTED } else { self.0 })
    }

    /// A start-tag that is its own canonical form, if nothing new is to be said of namespaces: it declares
    /// none, none of its attributes has a prefix, and no `>` is in it but the last octet.
    #[inline]
    pub(super) fn stands(self) -> bool {
        self.0 & Self::STANDS != 0
    }

    /// Between it and the next node, character data and end-tags are their own canonical form.
    #[inline]
    pub(super) fn plain(self) -> bool {
        self.0 & Self::PLAIN != 0
    }

    /// An element that declares a namespace or has an identifier.
    #[inline]
    pub(super) fn noted(self) -> bool {
        self.0 & Self::NOTED != 0
    }

    /// The number of its prefix, or [`OTHER`].
    #[inline]
    pub(super) fn prefix(self) -> u8 {
        self.0 >> 3
    }
}

#[derive(Clone, Copy, Debug)]
struct Node([u8; 6]);

impl Node {
    fn new(start: usize, marks: Marks) -> Self {
        let start = u64::try_from(start).unwrap_or(u64::MAX) & ((1 << START) - 1);
        Self::of(start | (u64::from(marks.0) << START))
    }

    #[inline]
    fn of(word: u64) -> Self {
        let [a, b, c, d, e, f, ..] = word.to_le_bytes();
        Self([a, b, c, d, e, f])
    }

    #[inline]
    fn word(self) -> u64 {
        let [a, b, c, d, e, f] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }

    #[inline]
    fn start(self) -> usize {
        usize::try_from(self.word() & ((1 << START) - 1)).unwrap_or(usize::MAX)
    }

    #[inline]
    fn marks(self) -> Marks {
        let marks = (self.word() >> START) & ((1 << MARKS) - 1);
        Marks(u8::try_from(marks).unwrap_or(0))
    }

    /// The same once it is known where it ends, and whether that has to be noted elsewhere.
    #[inline]
    fn with_stop(self, stop: usize) -> (Self, bool) {
        let length = u64::try_from(stop.saturating_sub(self.start())).unwrap_or(u64::MAX);
        let word = self.word() | (length.min(LONG) << (START + MARKS));
        (Self::of(word), length >= LONG)
    }

    #[inline]
    fn length(self) -> u64 {
        self.word() >> (START + MARKS)
    }
}

/// Every node of a document, the document first.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    all: Vec<Node>,
    /// Where those end that are long, by their number.
    long: Vec<(u32, u32)>,
    /// What lies around every node whose number is divided by [`EVERY`].
    around: Vec<u32>,
}

impl Nodes {
    /// The document alone.
    pub(super) fn new(length: usize) -> Self {
        let mut nodes = Self {
            all: Vec::new(),
            long: Vec::new(),
            around: Vec::new(),
        };
        let document = nodes.add(0, Marks::BESIDE, || 0);
        nodes.end(document, length);
        nodes
    }

    /// A node that begins, and which lies around it; its number.
    #[inline]
    pub(super) fn add(&mut self, start: usize, marks: Marks, around: impl FnOnce() -> u32) -> u32 {
        self.add_whole(start..start, marks, around)
    }

    /// A node that begins and ends; its number.
    #[inline]
    pub(super) fn add_whole(
        &mut self,
        range: Range<usize>,
        marks: Marks,
        around: impl FnOnce() -> u32,
    ) -> u32 {
        let number = self.all.len();
        if number.is_multiple_of(EVERY) {
            self.around.push(around());
        }
        // Nearly always it is plain; that it is not is said once the next node begins.
        let node = Node::new(range.start, Marks(marks.0 | Marks::PLAIN));
        let (node, long) = node.with_stop(range.end);
        self.all.push(node);
        if long {
            self.long.push((narrow(number), narrow(range.end)));
        }
        narrow(number)
    }

    /// That what comes behind the last one does not stand as its canonical form.
    #[inline]
    pub(super) fn not_plain_behind(&mut self) {
        if let Some(last) = self.all.last_mut() {
            *last = Node::of(last.word() & !(u64::from(Marks::PLAIN) << START));
        }
    }

    /// Where a node ends.
    #[inline]
    pub(super) fn end(&mut self, number: u32, stop: usize) {
        let Some(node) = self.all.get_mut(wide(number)) else {
            return;
        };
        let (whole, long) = node.with_stop(stop);
        *node = whole;
        if long {
            self.long.push((number, narrow(stop)));
        }
    }

    /// Once all have ended.
    pub(super) fn finish(&mut self) {
        self.long.sort_unstable();
        self.all.shrink_to_fit();
        self.long.shrink_to_fit();
        self.around.shrink_to_fit();
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// Octets that are held.
    pub(super) fn octets(&self) -> usize {
        let (all, long) = (size_of_val(&*self.all), size_of_val(&*self.long));
        let around = size_of_val(&*self.around);
        all.saturating_add(long).saturating_add(around)
    }

    #[inline]
    pub(super) fn start(&self, number: u32) -> usize {
        self.all.get(wide(number)).map_or(0, |node| node.start())
    }

    #[inline]
    pub(super) fn marks(&self, number: u32) -> Marks {
        let node = self.all.get(wide(number));
        node.map_or(Marks::BESIDE, |node| node.marks())
    }

    #[inline]
    pub(super) fn stop(&self, number: u32) -> usize {
        let Some(node) = self.all.get(wide(number)) else {
            return 0;
        };
        match node.length() {
            LONG => self.long_stop(number),
            length => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                node.start().saturating_add(length)
            }
        }
    }

    /// Whether it holds no other.
    #[inline]
    pub(super) fn is_leaf(&self, number: u32) -> bool {
        let next = self.all.get(wide(number).saturating_add(1));
        next.is_none_or(|next| next.start() >= self.stop(number))
    }

    fn long_stop(&self, number: u32) -> usize {
        let found = self
            .long
            .binary_search_by_key(&number, |(number, _)| *number);
        let found = found.ok().and_then(|at| self.long.get(at));
        found.map_or(0, |(_, stop)| wide(*stop))
    }

    /// The first that begins at an octet or behind it, of those behind a node. Most nodes hold few others: what it
    /// costs grows with how many are passed over, not with how many there are.
    pub(super) fn from(&self, number: u32, octet: usize) -> u32 {
        let from = wide(number).saturating_add(1).min(self.all.len());
        let later = self.all.get(from..).unwrap_or_default();
        let before = |node: &Node| node.start() < octet;
        let (mut passed, mut step) = (0usize, 1usize);
        while let Some(last) = passed.checked_add(step).and_then(|end| end.checked_sub(1))
            && later.get(last).is_some_and(before)
        {
            passed = passed.saturating_add(step);
            step = step.saturating_mul(2);
        }
        let end = passed.saturating_add(step).min(later.len());
        let among = later.get(passed..end).unwrap_or_default();
        let inside = passed.saturating_add(among.partition_point(before));
        narrow(from.saturating_add(inside))
    }

    /// The last before a node that does not end before it. Whatever is passed over by way of
    /// `around` has ended, and each such step leads out of an element: depth is bounded.
    pub(super) fn around(&self, number: u32) -> u32 {
        let start = self.start(number);
        let holds = |other: &u32| self.stop(*other) > start;
        let mut at = number;
        while at > 0 {
            let block = wide(at) / EVERY;
            let first = narrow(block.saturating_mul(EVERY));
            if let Some(found) = (first..at).rev().find(holds) {
                return found;
            }
            at = self.around.get(block).copied().unwrap_or(0);
            if holds(&at) {
                return at;
            }
        }
        0
    }
}

/// Offsets and numbers are bounded far below.
pub(super) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
