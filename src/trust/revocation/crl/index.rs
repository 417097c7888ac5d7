//! Where the entry of a serial number lies: a hash index over offsets into the list.
//!
//! Sorting half a million serial numbers costs several times what scanning them does; counting them
//! into buckets does not, whatever their order. Buckets are numbered by a hash seeded with the
//! list's own digest, so that nobody can write a list whose serial numbers meet in one bucket.

use crate::format::asn1::values::minimal;
use crate::model::Digest;

/// The mean number of entries per bucket is between half of this and this.
const PER_BUCKET: usize = 4;
/// 2^22 buckets are enough for any list whose offsets fit.
const MAX_BITS: u32 = 22;

/// The seed of one list's hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn of(sha256: &Digest) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = sha256.0;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// A serial number's hash; encodings of one number have one hash.
    pub(super) fn hash(self, serial: &[u8]) -> u32 {
        let serial = minimal(serial);
        let mut hash = self.0 ^ u64::try_from(serial.len()).unwrap_or(u64::MAX);
        let (words, _) = serial.as_chunks::<8>();
        for word in words {
            hash = fold(hash ^ u64::from_be_bytes(*word));
        }
        // The last eight octets again, instead of a remainder of any length.
        let last = match serial.last_chunk::<8>() {
            Some(last) => u64::from_be_bytes(*last),
            None => serial.iter().fold(0, |n, b| (n << 8) | u64::from(*b)),
        };
        u32::try_from(fold(hash ^ last) >> 32).unwrap_or(0)
    }
}

/// One multiplication to 128 bits, its halves joined: each bit of the result hangs on all of them.
fn fold(word: u64) -> u64 {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(word).wrapping_mul(ODD);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
    low ^ u64::try_from(product >> 64).unwrap_or(0)
}

/// The index.
#[derive(Clone, Debug)]
pub(super) struct Index {
    seed: Seed,
    /// How far a hash is shifted to give its bucket.
    shift: u32,
    /// Where each bucket starts in `offsets`, and the end of the last.
    starts: Vec<u32>,
    /// Where entries start in the list, those of one bucket together.
    offsets: Vec<u32>,
}

impl Index {
    /// Over entries in the order of the list: their hashes and offsets.
    pub(super) fn new(seed: Seed, hashes: &[u32], entries: &[u32]) -> Self {
        let buckets = entries.len().div_ceil(PER_BUCKET).next_power_of_two();
        let bits = buckets.trailing_zeros().min(MAX_BITS);
        let mut index = Self {
            seed,
            shift: 32u32.saturating_sub(bits),
            starts: vec![0; 1usize.wrapping_shl(bits).saturating_add(1)],
            offsets: vec![0; entries.len()],
        };
        index.count(hashes);
        index.place(hashes, entries);
        index
    }

    fn bucket(&self, hash: u32) -> usize {
        // No bits: one bucket; a shift by 32 would be none.
        usize::try_from(hash.checked_shr(self.shift).unwrap_or(0)).unwrap_or(0)
    }

    /// Turns `starts` into where each bucket *ends*; placing moves it back to where it starts.
    fn count(&mut self, hashes: &[u32]) {
        for hash in hashes {
            let bucket = self.bucket(*hash);
            if let Some(count) = self.starts.get_mut(bucket) {
                *count = count.saturating_add(1);
            }
        }
        let mut sum = 0u32;
        for start in &mut self.starts {
            sum = sum.saturating_add(*start);
            *start = sum;
        }
    }

    fn place(&mut self, hashes: &[u32], entries: &[u32]) {
        for (hash, entry) in hashes.iter().zip(entries).rev() {
            let bucket = self.bucket(*hash);
            let Some(start) = self.starts.get_mut(bucket) else {
                continue;
            };
            *start = start.saturating_sub(1);
            let at = usize::try_from(*start).unwrap_or(usize::MAX);
            if let Some(place) = self.offsets.get_mut(at) {
                *place = *entry;
            }
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The offsets of the entries that may be those of a serial number, in the order of the list.
    pub(super) fn candidates(&self, serial: &[u8]) -> &[u32] {
        let bucket = self.bucket(self.seed.hash(serial));
        let bound = |at: usize| {
            let bound = self.starts.get(at).copied();
            bound.and_then(|b| usize::try_from(b).ok()).unwrap_or(0)
        };
        let range = bound(bucket)..bound(bucket.saturating_add(1));
        self.offsets.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(text: &str) -> Seed {
        Seed::of(&Digest::of(text.as_bytes()))
    }

    #[test]
    fn every_entry_is_a_candidate_of_its_serial_number() {
        for count in [0u32, 1, 2, 3, 4, 5, 63, 1000] {
            let seed = seed("list");
            let serials: Vec<[u8; 4]> = (0..count).map(|n| (n * 7919).to_be_bytes()).collect();
            let hashes: Vec<u32> = serials.iter().map(|s| seed.hash(s)).collect();
            let offsets: Vec<u32> = (0..count).map(|n| n * 40).collect();
            let index = Index::new(seed, &hashes, &offsets);
            assert_eq!(index.len(), serials.len());
            let mut longest = 0;
            for (serial, offset) in serials.iter().zip(&offsets) {
                let found = index.candidates(serial);
                longest = longest.max(found.len());
                assert!(found.contains(offset) && found.is_sorted(), "{serial:?}");
            }
            assert!(longest < 20, "{longest} of {count} in one bucket");
        }
    }

    #[test]
    fn hashes_hang_on_seed_length_and_every_octet_but_not_on_encoding() {
        let one = seed("one");
        assert_eq!(one.hash(&[0, 0, 0x7f]), one.hash(&[0x7f]));
        assert_ne!(one.hash(&[0, 0xff]), one.hash(&[0xff]));
        assert_ne!(one.hash(b"\x01234567"), seed("two").hash(b"\x01234567"));
        let serial: Vec<u8> = (1..=20).collect();
        for at in 0..serial.len() {
            let mut other = serial.clone();
            other[at] ^= 0x40;
            assert_ne!(one.hash(&serial), one.hash(&other), "octet {at}");
        }
    }
}
