//! Buffers that are used again: those of a clone are all of one length, and live for as long as it takes to send them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use packhouse_storage::limits::Reads;

/// The length of a part of a pack, as answers read them.
#[expect(clippy::cast_possible_truncation, reason = "half a megabyte")]
const LENGTH: usize = Reads::LOCAL.part_bytes as usize;
/// How many are kept while nobody uses them.
const KEPT: usize = 32;

type Idle = Arc<Mutex<Vec<Box<[u8]>>>>;

/// Idle buffers.
#[derive(Debug, Default)]
pub(super) struct Buffers(Idle);

/// A buffer in use, which becomes idle when it is dropped.
struct Used {
    buffer: Box<[u8]>,
    idle: Idle,
}

impl Buffers {
    /// So many bytes, as `fill` makes them.
    pub(super) fn filled(&self, length: usize, fill: impl FnOnce(&mut [u8]) -> io::Result<()>) -> io::Result<Bytes> {
        if length != LENGTH {
            let mut bytes = vec![0; length];
            fill(&mut bytes)?;
            return Ok(bytes.into());
        }
        let buffer = lock(&self.0).pop();
        let mut used = Used {
            buffer: buffer.unwrap_or_else(|| vec![0; LENGTH].into()),
            idle: Arc::clone(&self.0),
        };
        fill(&mut used.buffer)?;
        Ok(Bytes::from_owner(used))
    }
}

/// A list of buffers is whole at any time.
fn lock(idle: &Idle) -> std::sync::MutexGuard<'_, Vec<Box<[u8]>>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AsRef<[u8]> for Used {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        let mut idle = lock(&self.idle);
        if idle.len() < KEPT {
            idle.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_only_once_nobody_reads_it() {
        let buffers = Buffers::default();
        let filled = |value: u8| {
            let fill = |bytes: &mut [u8]| {
                bytes.fill(value);
                Ok(())
            };
            buffers.filled(LENGTH, fill).unwrap()
        };
        let (first, second) = (filled(1), filled(2));
        let part = first.slice(10..20);
        drop(first);
        assert_eq!(lock(&buffers.0).len(), 0);
        let third = filled(3);
        assert!(part.iter().all(|byte| *byte == 1) && second.iter().all(|byte| *byte == 2));
        drop((part, second, third));
        assert_eq!(lock(&buffers.0).len(), 3);
        drop((0..100).map(|_| filled(4)).collect::<Vec<_>>());
        assert_eq!(lock(&buffers.0).len(), KEPT);
        let failed = buffers.filled(LENGTH, |_| Err(io::Error::other("no")));
        assert!(failed.is_err());
        assert_eq!(lock(&buffers.0).len(), KEPT);
        assert_eq!(buffers.filled(3, |_| Ok(())).unwrap(), Bytes::from_static(&[0; 3]));
    }
}
