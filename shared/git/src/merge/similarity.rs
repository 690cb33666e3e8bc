//! How similar two blobs are, by git's measure for renames: what share of the longer one's bytes are those of lines, or
//! of pieces of long lines, that both have.

use crate::diff::lines::is_binary;

/// The greatest similarity.
pub(super) const MAX_SCORE: u64 = 60_000;

/// How many hashes there are. A prime; that of git, since pieces whose hashes clash count as equal.
const HASHES: u32 = 107_927;

/// Where long lines are cut.
const PIECE: u32 = 64;

/// The hashes of a blob's pieces, in order, each with how many bytes have it.
pub(super) struct Fingerprint(Vec<(u32, u64)>);

impl Fingerprint {
    pub(super) fn of(data: &[u8]) -> Self {
        let is_text = !is_binary(data);
        let mut pieces = Vec::with_capacity(data.len() / 32 + 1);
        let (mut low, mut high, mut length) = (0u32, 0u32, 0u32);
        let mut rest = data.iter().peekable();
        let hash = |low: u32, high: u32| low.wrapping_add(high.wrapping_mul(0x61)) % HASHES;
        while let Some(&byte) = rest.next() {
            if is_text && byte == b'\r' && rest.peek() == Some(&&b'\n') {
                continue;
            }
            let before = low;
            low = (low << 7) ^ (high >> 25);
            high = (high << 7) ^ (before >> 25);
            low = low.wrapping_add(u32::from(byte));
            length += 1;
            if length < PIECE && byte != b'\n' {
                continue;
            }
            pieces.push((hash(low, high), u64::from(length)));
            (low, high, length) = (0, 0, 0);
        }
        if length > 0 {
            pieces.push((hash(low, high), u64::from(length)));
        }
        pieces.sort_unstable_by_key(|&(hash, _)| hash);
        pieces.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        Self(pieces)
    }

    /// How many bytes of this the other one has too.
    pub(super) fn shared(&self, other: &Self) -> u64 {
        let mut others = other.0.iter().peekable();
        let mut shared = 0;
        for &(hash, bytes) in &self.0 {
            while others.next_if(|other| other.0 < hash).is_some() {}
            if let Some(other) = others.next_if(|other| other.0 == hash) {
                shared += bytes.min(other.1);
            }
        }
        shared
    }
}

/// Whether sizes differ too much for a similarity of at least `least`.
pub(super) const fn sizes_exclude(old: u64, new: u64, least: u64) -> bool {
    let (longer, shorter) = if old > new { (old, new) } else { (new, old) };
    longer.saturating_mul(MAX_SCORE - least) < (longer - shorter).saturating_mul(MAX_SCORE)
}

/// The similarity, out of [`MAX_SCORE`], where `shared` bytes of the old blob are in the new one.
pub(super) fn score(shared: u64, old: u64, new: u64) -> u64 {
    if new == 0 {
        return 0;
    }
    shared.saturating_mul(MAX_SCORE) / old.max(new)
}
