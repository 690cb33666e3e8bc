//! Reads of blobs that are there, through files that stay open for a while.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use packhouse_storage::blobs::{BlobError, check_range};
use quick_cache::sync::Cache;

use super::buffers::Buffers;
use super::failed;

/// The most files that stay open.
const MAX_OPEN: usize = 256;

/// The files that were read lately.
#[derive(Debug)]
pub(super) struct Reader {
    files: Cache<String, Arc<Open>>,
    buffers: Buffers,
}

#[derive(Debug)]
struct Open {
    file: File,
    length: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            files: Cache::new(MAX_OPEN),
            buffers: Buffers::default(),
        }
    }
}

impl Reader {
    pub(super) fn read(&self, root: &Path, key: &str, range: &Range<u64>) -> Result<Bytes, BlobError> {
        let open = self.open(root, key)?;
        check_range(key, range, open.length)?;
        let length = usize::try_from(range.end - range.start)
            .map_err(|_| BlobError::Unavailable(format!("a range of {key} is larger than the memory")))?;
        // A file that became shorter than it was is damage, and its name is of no help to the caller.
        self.buffers
            .filled(length, |bytes| open.file.read_exact_at(bytes, range.start))
            .map_err(|error| BlobError::Unavailable(format!("{key}: {error}")))
    }

    pub(super) fn length(&self, root: &Path, key: &str) -> Result<u64, BlobError> {
        Ok(self.open(root, key)?.length)
    }

    /// Closes the file of a blob that was removed.
    pub(super) fn forget(&self, key: &str) {
        self.files.remove(key);
    }

    fn open(&self, root: &Path, key: &str) -> Result<Arc<Open>, BlobError> {
        if let Some(open) = self.files.get(key) {
            return Ok(open);
        }
        let path = root.join(key);
        let file = File::open(&path).map_err(|error| failed(key, &error))?;
        let metadata = file.metadata().map_err(|error| failed(key, &error))?;
        if !metadata.is_file() {
            return Err(BlobError::NotFound(key.into()));
        }
        let open = Arc::new(Open {
            file,
            length: metadata.len(),
        });
        self.files.insert(key.into(), Arc::clone(&open));
        // A removal may have forgotten the key before it was inserted; then the name is gone by now.
        if !path.exists() {
            self.forget(key);
        }
        Ok(open)
    }
}
