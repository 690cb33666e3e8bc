//! Making deltas.
//!
//! Every 16th byte of the base starts a block; its hash leads to where it lies. A hash rolls over the target, and where
//! a block is met, the match is made as long as it goes in both directions.

#![cfg_attr(
    not(test),
    expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "nothing is parsed here: every offset comes from lengths of the slices themselves"
    )
)]

use bytes::Bytes;

/// Length of a block, and the shortest match that is looked for.
const BLOCK: usize = 16;
/// How many blocks of one bucket are looked at: a base of much the same would else cost time squared.
const SAME_BUCKET: usize = 48;
/// A match of this length is good enough to look no further.
const LONG_ENOUGH: usize = 4096;
/// The longest copy of one instruction.
const MAX_COPY: usize = 0x1_0000;
/// The most bytes that one instruction inserts.
const MAX_INSERT: usize = 0x7f;
/// What hashes are made of: an odd number without pattern.
const FACTOR: u32 = 0x9e37_79b1;
/// The largest base: offsets of copies have 32 bits.
pub const MAX_BASE: usize = u32::MAX as usize;

/// [`FACTOR`] to the power of `BLOCK - 1`, which the first byte of a block counts in its hash.
const FIRST: u32 = {
    let (mut power, mut at) = (1u32, 1);
    while at < BLOCK {
        power = power.wrapping_mul(FACTOR);
        at += 1;
    }
    power
};

fn hash(block: &[u8]) -> u32 {
    block.iter().fold(0, |hash: u32, &byte| {
        hash.wrapping_mul(FACTOR).wrapping_add(u32::from(byte))
    })
}

/// A base with all that is needed to make deltas on it. Takes about as much memory as the base.
#[derive(Debug)]
pub struct Base {
    data: Bytes,
    /// Where the blocks of each bucket start, and behind the last one.
    starts: Vec<u32>,
    /// Hashes and offsets of blocks, by bucket.
    blocks: Vec<(u32, u32)>,
    /// How far a spread hash is shifted to become a bucket.
    shift: u32,
}

impl Base {
    /// Makes a base of at most [`MAX_BASE`] bytes; what lies behind them is not used.
    #[must_use]
    pub fn new(data: Bytes) -> Self {
        let used = data.get(..MAX_BASE).unwrap_or(&data);
        let mut hashes = Vec::with_capacity(used.len() / BLOCK);
        for (offset, block) in (0u32..).step_by(BLOCK).zip(used.chunks_exact(BLOCK)) {
            let hash = hash(block);
            // Of a run of equal blocks the first will do: a match goes on into the others.
            if hashes.last().is_none_or(|(last, _)| *last != hash) {
                hashes.push((hash, offset));
            }
        }
        let bits = hashes.len().max(2).next_power_of_two().trailing_zeros().min(22);
        let mut base = Self {
            data,
            starts: vec![0; (1 << bits) + 1],
            blocks: vec![(0, 0); hashes.len()],
            shift: u32::BITS - bits,
        };
        for (hash, _) in &hashes {
            let bucket = base.bucket(*hash);
            base.starts[bucket + 1] += 1;
        }
        for at in 1..base.starts.len() {
            base.starts[at] += base.starts[at - 1];
        }
        let mut next = base.starts.clone();
        for (hash, offset) in hashes {
            let place = &mut next[base.bucket(hash)];
            base.blocks[*place as usize] = (hash, offset);
            *place += 1;
        }
        base
    }

    /// The base itself.
    #[must_use]
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    fn bucket(&self, hash: u32) -> usize {
        (hash.wrapping_mul(FACTOR) >> self.shift) as usize
    }

    /// Where blocks of that hash lie.
    fn candidates(&self, hash: u32) -> impl Iterator<Item = usize> {
        let bucket = self.bucket(hash);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        // Bounded before it is looked at what they are: others may have been chosen to fall into the same bucket.
        let some = self.blocks[range].iter().take(SAME_BUCKET);
        some.filter(move |(of, _)| *of == hash)
            .map(|(_, offset)| *offset as usize)
    }

    /// The longest match of what starts with a block of that hash: where in the base, and how long.
    fn longest(&self, hash: u32, target: &[u8]) -> Option<(usize, usize)> {
        let mut best = None;
        for offset in self.candidates(hash) {
            let length = common(&self.data[offset..], target);
            if length >= BLOCK && best.is_none_or(|(_, longest)| length > longest) {
                best = Some((offset, length));
                if length >= LONG_ENOUGH {
                    break;
                }
            }
        }
        best
    }

    /// A delta that makes `target` of the base; `None` if it would be longer than `limit`.
    #[must_use]
    pub fn delta(&self, target: &[u8], limit: usize) -> Option<Vec<u8>> {
        let mut delta = Vec::with_capacity(limit.min(target.len() / 2 + 32));
        size(self.data.len(), &mut delta);
        size(target.len(), &mut delta);
        // What is not told yet starts here; what was copied ends here.
        let mut told = 0;
        let mut at = 0;
        let mut rolling = target.get(..BLOCK).map(hash);
        while let Some(current) = rolling {
            if let Some((offset, length)) = self.longest(current, &target[at..]) {
                let before = common_end(&self.data[..offset], &target[told..at]);
                insert(&target[told..at - before], &mut delta);
                copy(offset - before, before + length, &mut delta);
                at += length;
                told = at;
                rolling = target.get(at..at + BLOCK).map(hash);
            } else {
                rolling = target.get(at + BLOCK).map(|&next| {
                    let rest = current.wrapping_sub(u32::from(target[at]).wrapping_mul(FIRST));
                    rest.wrapping_mul(FACTOR).wrapping_add(u32::from(next))
                });
                at += 1;
            }
            if delta.len() + (at - told) > limit {
                return None;
            }
        }
        insert(&target[told..], &mut delta);
        (delta.len() <= limit).then_some(delta)
    }
}

/// How many bytes two pieces have in common from the start on.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (a_words, b_words) = (a.chunks_exact(8), b.chunks_exact(8));
    let whole = 8 * a_words.zip(b_words).take_while(|(a, b)| a == b).count();
    let rest = a[whole..].iter().zip(&b[whole..]);
    whole + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes two pieces have in common at their ends.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.iter().rev().zip(b.iter().rev());
    pairs.take_while(|(a, b)| a == b).count()
}

fn size(mut size: usize, delta: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(size & 0x7f).unwrap_or(0);
        size >>= 7;
        if size == 0 {
            return delta.push(low);
        }
        delta.push(low | 0x80);
    }
}

fn insert(bytes: &[u8], delta: &mut Vec<u8>) {
    for piece in bytes.chunks(MAX_INSERT) {
        delta.push(u8::try_from(piece.len()).unwrap_or(0));
        delta.extend_from_slice(piece);
    }
}

fn copy(mut offset: usize, mut length: usize, delta: &mut Vec<u8>) {
    while length > 0 {
        let piece = length.min(MAX_COPY);
        let command = delta.len();
        delta.push(0x80);
        // A length of 0x10000 is told by none.
        let sizes = if piece == MAX_COPY { [0; 8] } else { piece.to_le_bytes() };
        let bytes = offset
            .to_le_bytes()
            .into_iter()
            .take(4)
            .chain(sizes.into_iter().take(3));
        for (bit, byte) in bytes.enumerate().filter(|(_, byte)| *byte != 0) {
            delta[command] |= 1 << bit;
            delta.push(byte);
        }
        offset += piece;
        length -= piece;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::delta::apply;

    /// The delta, after it was seen to make `target` of `base`.
    fn delta(base: &[u8], target: &[u8]) -> Vec<u8> {
        let delta = Base::new(Bytes::copy_from_slice(base))
            .delta(target, usize::MAX)
            .unwrap();
        let mut made = Vec::new();
        apply(base, &delta, &mut made).unwrap();
        assert!(made == target);
        delta
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn deltas_are_about_as_long_as_what_changed() {
        let base = noise(200_000);
        let check = |target: &[u8], at_most: usize| {
            let length = delta(&base, target).len();
            assert!(length <= at_most, "{length} > {at_most}");
        };
        check(&base, 6 + 4 * 7);
        check(&[], 4);
        check(&base[..15], 20);
        check(&base[1000..180_000], 6 + 3 * 7);
        check(
            &[&base[..77_777], b"something new", &base[77_777..]].concat(),
            6 + 5 * 7 + 14,
        );
        check(&[&base[100_000..], &base[..100_000]].concat(), 6 + 4 * 7);
        check(&base.repeat(2), 7 + 8 * 7);
        check(&[&base[3..40], &[7; 300], &base[90..140]].concat(), 6 + 14 + 303);
    }

    #[test]
    fn a_delta_over_the_limit_is_given_up() {
        let base = Base::new(noise(1000).into());
        let target = noise(3000);
        let length = base.delta(&target, usize::MAX).unwrap().len();
        assert!(length > 2000);
        assert_eq!(base.delta(&target, length).map(|delta| delta.len()), Some(length));
        for limit in [0, 3, 100, length - 1] {
            assert_eq!(base.delta(&target, limit), None, "{limit}");
        }
    }

    #[test]
    fn bases_of_much_the_same_cost_no_time_squared() {
        let zeros = vec![0; 4 << 20];
        assert!(delta(&zeros, &zeros).len() < 500);
        let mut lines = b"0123456789abcdef0123456789abcdeF".repeat(100_000);
        assert!(delta(&lines, &lines).len() < 500);
        lines.reverse();
        assert!(delta(&zeros, &lines).len() > 1 << 20);
    }

    proptest! {
        #[test]
        fn a_delta_makes_its_target(
            base in prop::collection::vec(0u8..4, 0..2000),
            pieces in prop::collection::vec((0usize..2000, 0usize..600, prop::collection::vec(any::<u8>(), 0..40)), 0..12),
        ) {
            let mut target = Vec::new();
            for (start, length, own) in pieces {
                let start = start.min(base.len());
                target.extend_from_slice(&base[start..(start + length).min(base.len())]);
                target.extend(own);
            }
            delta(&base, &target);
        }
    }
}
