//! SHA-256 (FIPS 180-4 §6.2) of several messages, two side by side. One message keeps a processor's
//! SHA unit waiting for the round before; two fill it, at nearly twice the speed. Whether the processor
//! has the unit is asked at run time; without it ring hashes one after the other.

use super::Digest;

/// The digest of each message, in their order.
pub(super) fn of_each(messages: &[&[u8]]) -> Vec<Digest> {
    #[cfg(target_arch = "x86_64")]
    if messages.len() > 1 && x86::has_unit() {
        return x86::of_each(messages);
    }
    messages.iter().map(|message| Digest::of(message)).collect()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![allow(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::needless_range_loop,
        reason = "arrays of fixed size at indices below it, and bit patterns that change their type"
    )]

    use super::Digest;
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
        _mm_shuffle_epi8, _mm_shuffle_epi32,
    };

    /// Octets of a block.
    const BLOCK: usize = 64;
    /// More messages side by side do not fit the registers: three are no faster, four are slower.
    const LANES: usize = 2;

    /// H(0) (FIPS 180-4 §5.3.3).
    const INITIAL: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];

    /// K (FIPS 180-4 §4.2.2).
    #[rustfmt::skip]
    const K: [u32; 64] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ];

    /// K, by the sixteen and the four rounds that take them together: with places that are known when
    /// this is compiled, all that is computed stays in registers.
    const ROUNDS: [[[u32; 4]; 4]; 4] = {
        let mut rounds = [[[0; 4]; 4]; 4];
        let mut at = 0;
        while at < K.len() {
            rounds[at / 16][at / 4 % 4][at % 4] = K[at];
            at += 1;
        }
        rounds
    };

    pub(super) fn has_unit() -> bool {
        is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("sse4.1")
    }

    /// Call only where [`has_unit`] says so; checked again, since the cost is one load.
    #[allow(
        unsafe_code,
        reason = "the processor's instructions: no other way to hash side by side"
    )]
    pub(super) fn of_each(messages: &[&[u8]]) -> Vec<Digest> {
        assert!(has_unit(), "the processor has no SHA unit");
        // SAFETY: the instructions that `hash` is compiled for are there, as just asked.
        unsafe { hash(messages) }
    }

    /// A, B, E, F and C, D, G, H, as the instructions want them, the first in the highest place.
    type State = [__m128i; 2];

    /// A message that is being hashed.
    struct Lane<'a> {
        /// Which one.
        index: usize,
        state: State,
        /// Whole blocks that are still to come.
        blocks: &'a [[u8; BLOCK]],
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn hash(messages: &[&[u8]]) -> Vec<Digest> {
        let mut digests = vec![Digest::ZERO; messages.len()];
        let mut waiting = messages.iter().enumerate();
        let mut lanes: Vec<Lane<'_>> = Vec::with_capacity(LANES);
        loop {
            let room = LANES - lanes.len();
            lanes.extend(waiting.by_ref().take(room).map(|(index, message)| Lane {
                index,
                state: state(INITIAL),
                blocks: message.as_chunks().0,
            }));
            match lanes.as_mut_slice() {
                [] => return digests,
                [a] => advance([a]),
                [a, b, ..] => advance([a, b]),
            }
            lanes.retain(|lane| {
                let done = lane.blocks.is_empty();
                if done {
                    digests[lane.index] = finish(lane.state, messages[lane.index]);
                }
                !done
            });
        }
    }

    /// Takes as many blocks of each message as the one with the fewest has.
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn advance<const N: usize>(lanes: [&mut Lane<'_>; N]) {
        let count = lanes.iter().map(|lane| lane.blocks.len()).min();
        let count = count.unwrap_or(0);
        let mut states: [State; N] = std::array::from_fn(|l| lanes[l].state);
        let blocks = std::array::from_fn(|l| &lanes[l].blocks[..count]);
        compress(&mut states, blocks, count);
        for (lane, state) in lanes.into_iter().zip(states) {
            lane.state = state;
            lane.blocks = &lane.blocks[count..];
        }
    }

    /// The last block or two: what is left of the message, a one, zeros, the length in bits (§5.1.1).
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn finish(state: State, message: &[u8]) -> Digest {
        let rest = message.as_chunks::<BLOCK>().1;
        let mut last = [[0u8; BLOCK]; 2];
        let flat = last.as_flattened_mut();
        flat[..rest.len()].copy_from_slice(rest);
        flat[rest.len()] = 0x80;
        let count = if rest.len() < BLOCK - 8 { 1 } else { 2 };
        let bits = (message.len() as u64).wrapping_mul(8);
        flat[count * BLOCK - 8..count * BLOCK].copy_from_slice(&bits.to_be_bytes());
        let mut states = [state];
        compress(&mut states, [&last], count);
        digest(states[0])
    }

    /// The compression of `count` blocks of each message (§6.2.2).
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn compress<const N: usize>(
        states: &mut [State; N],
        blocks: [&[[u8; BLOCK]]; N],
        count: usize,
    ) {
        for at in 0..count {
            block(states, std::array::from_fn(|lane| &blocks[lane][at]));
        }
    }

    /// The compression of one block of each message, four rounds of each in turn.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn block<const N: usize>(states: &mut [State; N], blocks: [&[u8; BLOCK]; N]) {
        let before = *states;
        let mut words = [[_mm_setzero_si128(); 4]; N];
        for (words, block) in words.iter_mut().zip(blocks) {
            *words = schedule(block);
        }
        for [a, b, c, d] in ROUNDS {
            four::<N, 0>(states, &mut words, a);
            four::<N, 1>(states, &mut words, b);
            four::<N, 2>(states, &mut words, c);
            four::<N, 3>(states, &mut words, d);
        }
        for (state, before) in states.iter_mut().zip(before) {
            for (half, before) in state.iter_mut().zip(before) {
                *half = _mm_add_epi32(*half, before);
            }
        }
    }

    /// Four rounds of each message, and W for those sixteen later (§6.2.2 steps 1 and 3), whose place
    /// is that of W for these.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn four<const N: usize, const AT: usize>(
        states: &mut [State; N],
        words: &mut [[__m128i; 4]; N],
        k: [u32; 4],
    ) {
        let [a, b, c, d] = k.map(|k| k as i32);
        let k = _mm_set_epi32(d, c, b, a);
        for ([abef, cdgh], w) in states.iter_mut().zip(words) {
            let [w0, w1, w2, w3] = [w[AT], w[(AT + 1) % 4], w[(AT + 2) % 4], w[(AT + 3) % 4]];
            let sum = _mm_add_epi32(w0, k);
            let next = _mm_sha256rnds2_epu32(*cdgh, *abef, sum);
            let high = _mm_shuffle_epi32::<0b00_00_11_10>(sum);
            (*abef, *cdgh) = (_mm_sha256rnds2_epu32(*abef, next, high), next);
            let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8::<4>(w3, w2));
            w[AT] = _mm_sha256msg2_epu32(sum, w3);
        }
    }

    /// The sixteen words of a block, most significant octet first.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn schedule(block: &[u8; BLOCK]) -> [__m128i; 4] {
        let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        let mut words = [_mm_setzero_si128(); 4];
        for (word, octets) in words.iter_mut().zip(block.as_chunks::<16>().0) {
            let value = u128::from_le_bytes(*octets);
            let loaded = _mm_set_epi64x((value >> 64) as i64, value as i64);
            *word = _mm_shuffle_epi8(loaded, swap);
        }
        words
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn state(words: [u32; 8]) -> State {
        let [a, b, c, d, e, f, g, h] = words.map(|word| word as i32);
        [_mm_set_epi32(a, b, e, f), _mm_set_epi32(c, d, g, h)]
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn digest([abef, cdgh]: State) -> Digest {
        let words = [
            _mm_extract_epi32::<3>(abef),
            _mm_extract_epi32::<2>(abef),
            _mm_extract_epi32::<3>(cdgh),
            _mm_extract_epi32::<2>(cdgh),
            _mm_extract_epi32::<1>(abef),
            _mm_extract_epi32::<0>(abef),
            _mm_extract_epi32::<1>(cdgh),
            _mm_extract_epi32::<0>(cdgh),
        ];
        let mut digest = Digest::ZERO;
        for (octets, word) in digest.0.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *octets = word.to_be_bytes();
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets that do not repeat.
    fn message(len: usize, seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let octets = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        });
        octets.take(len).collect()
    }

    fn held(messages: &[Vec<u8>]) {
        let borrowed: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let alone: Vec<Digest> = borrowed.iter().map(|m| Digest::of(m)).collect();
        let lengths: Vec<usize> = messages.iter().map(Vec::len).collect();
        assert_eq!(of_each(&borrowed), alone, "{lengths:?}");
    }

    #[test]
    fn every_length_about_a_block_gives_what_ring_gives() {
        held(&[]);
        let all: Vec<Vec<u8>> = (0..260).map(|len| message(len, 7)).collect();
        for count in 1..=all.len().min(9) {
            for some in all.chunks(count) {
                held(some);
            }
        }
        held(&all);
    }

    #[test]
    fn messages_of_unequal_length_change_places() {
        for seed in 0..200u64 {
            let count = usize::try_from(seed % 11).expect("few");
            let lengths = message(count * 2, seed + 1000);
            let messages = lengths.as_chunks::<2>().0.iter().enumerate();
            let messages: Vec<Vec<u8>> = messages
                .map(|(n, two)| message(usize::from(u16::from_le_bytes(*two)) >> (n % 5), seed))
                .collect();
            held(&messages);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_single_message_in_the_unit_is_right_too() {
        if !x86::has_unit() {
            return;
        }
        for len in [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000] {
            let one = message(len, 3);
            assert_eq!(x86::of_each(&[&one]), [Digest::of(&one)], "{len}");
        }
    }
}
