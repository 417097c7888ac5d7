//! Chance with a kept seed: the same year every time (SplitMix64, Steele, Lea and Flood 2014).

/// Draws numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Sixty-four bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`; zero if that is zero.
    pub fn below(&mut self, end: u64) -> u64 {
        self.bits().checked_rem(end).unwrap_or(0)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A place in a list of that length.
    pub fn place(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(len)).unwrap_or(0)
    }

    /// One of them.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        let place = self.place(all.len());
        all.get(place).copied()
    }

    /// The chance that a document's identifier is made of.
    pub fn ten_bytes(&mut self) -> [u8; 10] {
        let mut out = [0; 10];
        let bytes = self.bits().to_le_bytes().into_iter();
        let more = self.bits().to_le_bytes();
        for (to, from) in out.iter_mut().zip(bytes.chain(more)) {
            *to = from;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut chance = Chance::new(20_250_701);
        let drawn = [(); 3].map(|()| chance.below(1_000_000));
        let mut again = Chance::new(20_250_701);
        assert_eq!(drawn, [(); 3].map(|()| again.below(1_000_000)));
        let many = (0..10_000).filter(|_| chance.happens(250)).count();
        assert!((2_300..2_700).contains(&many), "{many}");
    }
}
