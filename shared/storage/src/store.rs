//! What every operation on a repository needs: the two ports, limits, caches.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use packhouse_git::hash::ObjectFormat;
use quick_cache::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::answers::Answers;
use crate::blobs::Blobs;
use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::limits::Limits;
use crate::log::{self, Entry};
use crate::manifest::Manifest;
use crate::pack_cache::PackCache;
use crate::refs::RefCache;
use crate::repository_id::RepositoryId;
use crate::table::{Range, Table};

/// How many threads read packs at once, and as many again at the pace of others. Their reads need threads of the same pool, which
/// has 512.
const READERS: usize = 64;
/// How many pushes hold a large object while the rest of it arrives.
const LARGE_PLACES: usize = 8;
/// How many answers are planned at once of which each takes some memory for every object of a repository of many.
const LARGE_PLANS: usize = 8;
/// How many MiB of long parts of packs are held at once, read or on their way, whoever takes them.
const LONG_PARTS: usize = 128;
/// How long other pushes wait for a place among those that hold a large object.
const LARGE_WAIT: Duration = Duration::from_secs(30);

/// How long after a repack failed the next one is tried, and of how many repositories that is remembered.
const REPACK_AGAIN: Duration = Duration::from_secs(3600);
const FAILED_REPACKS: usize = 1000;

/// The two ports with what is shared between operations. Clones are cheap and share everything.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    table: Arc<dyn Table>,
    blobs: Arc<dyn Blobs>,
    limits: Limits,
    spool: PathBuf,
    packs: PackCache,
    refs: RefCache,
    answers: Answers,
    readers: Turns,
    slow_readers: Turns,
    large_places: Arc<Semaphore>,
    large_plans: Semaphore,
    long_parts: Arc<Semaphore>,
    /// When the repack of a repository failed here, by its id.
    failed_repacks: Cache<String, Duration>,
}

/// Turns of threads that read packs, which blocks: if all threads waited for reads, none would be left for the reads.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    fn new() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }

    /// Runs work on a thread for that, in turn.
    pub(crate) async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let turn = turn.map_err(|_| Error::Unavailable("the store is closed".to_owned()))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        Ok(done.await?)
    }
}

impl Inner {
    fn new(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, spool: PathBuf, limits: Limits) -> Self {
        let packs = PackCache::new(limits.cache_bytes, limits.reads, &spool);
        let refs = RefCache::default();
        let answers = Answers::new(limits.cache_bytes as u64 / 4);
        Self {
            table,
            blobs,
            limits,
            spool,
            packs,
            refs,
            answers,
            readers: Turns::new(),
            slow_readers: Turns::new(),
            large_places: Arc::new(Semaphore::new(LARGE_PLACES)),
            large_plans: Semaphore::new(LARGE_PLANS),
            long_parts: Arc::new(Semaphore::new(LONG_PARTS)),
            failed_repacks: Cache::new(FAILED_REPACKS),
        }
    }
}

impl Store {
    /// Joins the ports; pushes that do not fit into memory are spooled to files in the folder `spool`.
    pub fn new(table: Arc<dyn Table>, blobs: Arc<dyn Blobs>, spool: impl Into<PathBuf>, limits: Limits) -> Self {
        let inner = Arc::new(Inner::new(table, blobs, spool.into(), limits));
        Self { inner }
    }

    /// The same with caches of its own, for work that reads everything once: it neither drives out what requests need again, nor
    /// leaves anything behind.
    pub(crate) fn apart(&self) -> Self {
        let Inner {
            table,
            blobs,
            limits,
            spool,
            readers,
            slow_readers,
            ..
        } = &*self.inner;
        let mut limits = limits.clone();
        limits.reads.disk_bytes = 0;
        let inner = Inner::new(Arc::clone(table), Arc::clone(blobs), spool.clone(), limits);
        Self {
            inner: Arc::new(Inner {
                readers: readers.clone(),
                slow_readers: slow_readers.clone(),
                ..inner
            }),
        }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &dyn Table {
        &*self.inner.table
    }

    /// The blob store.
    #[must_use]
    pub fn blobs(&self) -> &Arc<dyn Blobs> {
        &self.inner.blobs
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn spool(&self) -> &std::path::Path {
        &self.inner.spool
    }

    pub(crate) fn packs(&self) -> &PackCache {
        &self.inner.packs
    }

    pub(crate) fn refs(&self) -> &RefCache {
        &self.inner.refs
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.inner.answers
    }

    /// Turns of those that read packs as fast as they can.
    pub(crate) fn readers(&self) -> &Turns {
        &self.inner.readers
    }

    /// Turns of those that read packs as fast as somebody takes what they make of it. They keep no other reader waiting.
    pub(crate) fn slow_readers(&self) -> &Turns {
        &self.inner.slow_readers
    }

    /// A place among the pushes that hold a large object.
    pub(crate) async fn large_place(&self) -> Result<OwnedSemaphorePermit> {
        let waited = tokio::time::timeout(LARGE_WAIT, Arc::clone(&self.inner.large_places).acquire_owned()).await;
        waited.ok().and_then(std::result::Result::ok).ok_or(Error::Busy)
    }

    /// A place among the answers that are planned for all objects of a repository of many.
    pub(crate) async fn large_plan(&self) -> Result<SemaphorePermit<'_>> {
        let place = self.inner.large_plans.acquire().await;
        place.map_err(|_| Error::Unavailable("the store is closed".to_owned()))
    }

    /// Room for so many bytes of a pack, if there is room now: whoever goes without reads shorter parts.
    pub(crate) fn long_part(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let mib = u32::try_from(bytes.div_ceil(1 << 20)).ok()?;
        Arc::clone(&self.inner.long_parts).try_acquire_many_owned(mib).ok()
    }

    /// Notes that a repack failed.
    pub(crate) fn fails_to_repack(&self, id: &RepositoryId) {
        self.inner.failed_repacks.insert(id.as_str().to_owned(), clock::now());
    }

    /// Whether a repack failed not long ago, so that another one would likely fail too, at the same cost.
    pub(crate) fn failed_to_repack(&self, id: &RepositoryId) -> bool {
        let failed = self.inner.failed_repacks.get(id.as_str());
        failed.is_some_and(|at| clock::now().saturating_sub(at) < REPACK_AGAIN)
    }

    /// Reads a manifest, deleted repositories included.
    ///
    /// # Errors
    /// [`Error::NoRepository`] where there is none.
    pub async fn manifest(&self, id: &RepositoryId) -> Result<Arc<Manifest>> {
        let item = self
            .table()
            .get(&keys::manifest(id.as_str()))
            .await?
            .ok_or(Error::NoRepository)?;
        self.refs().manifest(id, &item)
    }

    /// Reads the log entry that made version `version` of a repository whose ids are of `format`; `None` where there is
    /// none.
    ///
    /// # Errors
    /// As [`log::decode`].
    pub async fn log_entry(&self, id: &RepositoryId, format: ObjectFormat, version: u64) -> Result<Option<Entry>> {
        let item = self.table().get(&keys::log(id.as_str(), version)).await?;
        match item {
            Some(item) => Ok(Some(log::decode(&**self.blobs(), id, format, &item).await?)),
            None => Ok(None),
        }
    }

    /// Reads the next entries of the log behind version `after`, at most `limit`, in their order.
    ///
    /// # Errors
    /// As [`log::decode`].
    pub async fn log_entries(
        &self,
        id: &RepositoryId,
        format: ObjectFormat,
        (after, limit): (u64, usize),
    ) -> Result<Vec<Entry>> {
        let range = Range {
            prefix: keys::LOG_PREFIX.to_owned(),
            after: Some(keys::log(id.as_str(), after).sk),
            limit,
            descending: false,
        };
        let page = self.table().query(&keys::repository(id.as_str()), range).await?;
        let mut entries = Vec::with_capacity(page.items.len());
        for item in &page.items {
            entries.push(log::decode(&**self.blobs(), id, format, item).await?);
        }
        Ok(entries)
    }

    /// Whether the log holds an entry newer than `base` with this change id: how a change whose outcome is unknown is
    /// found again.
    pub(crate) async fn was_made(&self, id: &RepositoryId, now: &Manifest, base: u64, change_id: &str) -> Result<bool> {
        for version in base + 1..=now.version {
            let Some(entry) = self.log_entry(id, now.format, version).await? else {
                return Err(Error::corrupt(format!("log entry {version} is missing")));
            };
            if entry.change_id == change_id {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::try_join_all;
    use tokio::runtime::{Builder, Handle};
    use tokio::task::spawn_blocking;
    use tokio::time::timeout;

    use super::*;
    use crate::testing::Bed;

    #[test]
    fn reads_find_a_thread_however_many_wait_for_theirs() {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(READERS + 1).enable_time().build().unwrap();
        let done = runtime.block_on(async {
            let store = Bed::sha1().await.store;
            let walk = |at: usize| {
                let handle = Handle::current();
                store
                    .readers()
                    .blocking(move || handle.block_on(spawn_blocking(move || at)).unwrap())
            };
            timeout(Duration::from_secs(60), try_join_all((0..READERS * 4).map(walk))).await
        });
        assert_eq!(done.unwrap().unwrap().len(), READERS * 4);
    }
}
