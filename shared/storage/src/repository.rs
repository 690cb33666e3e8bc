//! Making and removing a repository, and every change of its manifest that is not a push.
//!
//! A change is a loop of reading, deciding and writing, which ends when nobody else got in between:
//!
//! ```no_run
//! # use packhouse_storage::error::Result;
//! # use packhouse_storage::log::Actor;
//! # use packhouse_storage::repository::Amendment;
//! # use packhouse_storage::repository_id::RepositoryId;
//! # use packhouse_storage::store::Store;
//! # async fn example(store: &Store, id: &RepositoryId, actor: &Actor) -> Result<()> {
//! let mut amendment = Amendment::new(store, id, actor, "rename");
//! while let Some(mut manifest) = amendment.read().await? {
//!     manifest.name = "new".into();
//!     if amendment.write(manifest, Vec::new()).await? {
//!         break;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod purge;

use packhouse_git::ref_name::RefName;

pub use self::purge::{Purged, purge};

use crate::error::{Error, Result};
use crate::id;
use crate::keys;
use crate::log::{self, Actor, CHECKPOINT_EVERY, Entry};
use crate::manifest::Manifest;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::commit::Commit;
use crate::table::{Expect, Key, Write};
use crate::upload::Upload;

/// A repository in the making: its manifest, its first log entry and the writes of the caller, in one transaction.
#[derive(Debug)]
pub struct Creation<'a> {
    store: &'a Store,
    id: &'a RepositoryId,
    manifest: &'a Manifest,
    key: Key,
    entry: Entry,
    commit: Commit<'a>,
}

impl<'a> Creation<'a> {
    /// Makes `manifest` the first of the repository `id`, which must be fresh.
    #[must_use]
    pub fn new(store: &'a Store, id: &'a RepositoryId, manifest: &'a Manifest, actor: &Actor) -> Self {
        let entry = Entry {
            version: 1,
            time: manifest.changed,
            ..entry(actor, "create")
        };
        let key = keys::manifest(id.as_str());
        Self {
            store,
            id,
            manifest,
            key,
            entry,
            commit: Commit::new(store.table(), &[]),
        }
    }

    /// Starts a try: `false` when an earlier one, whose outcome was unknown, has made the repository. What the
    /// caller's writes depend on is to be read after this.
    ///
    /// # Errors
    /// As [`Commit::read`].
    pub async fn read(&mut self) -> Result<bool> {
        self.commit.read().await?;
        // The id is fresh, so what is there is our own.
        Ok(self.store.table().get(&self.key).await?.is_none())
    }

    /// Makes the repository together with `writes`; `false` when it has to be tried again.
    ///
    /// # Errors
    /// As [`Commit::write`].
    pub async fn write(&mut self, mut writes: Vec<Write>) -> Result<bool> {
        writes.push(Write::put(self.key.clone(), Expect::Absent, self.manifest.encode()));
        writes.push(log_write(self.id, &self.entry));
        self.commit.write(writes).await
    }
}

/// A change of a manifest (name, tags, HEAD, deletion …) together with other items, in one transaction with its log
/// entry. It must not touch refs or packs.
#[derive(Debug)]
pub struct Amendment<'a> {
    store: &'a Store,
    id: &'a RepositoryId,
    key: Key,
    entry: Entry,
    commit: Commit<'a>,
    /// What the manifest that was read last said, for the log.
    head: Option<RefName>,
    /// The version that the last try was based on.
    tried: Option<u64>,
}

impl<'a> Amendment<'a> {
    /// A change of the kind `kind`, which its log entry names.
    #[must_use]
    pub fn new(store: &'a Store, id: &'a RepositoryId, actor: &Actor, kind: &str) -> Self {
        let key = keys::manifest(id.as_str());
        let commit = Commit::new(store.table(), &[]);
        Self {
            store,
            id,
            key,
            entry: entry(actor, kind),
            commit,
            head: None,
            tried: None,
        }
    }

    /// Starts a try with the manifest as it is, deleted repositories included; `None` when an earlier try, whose
    /// outcome was unknown, was written. What else the decision depends on is to be read after this.
    ///
    /// # Errors
    /// [`Error::NoRepository`], and as [`Commit::read`].
    pub async fn read(&mut self) -> Result<Option<Manifest>> {
        self.commit.read().await?;
        let item = self.store.table().get(&self.key).await?.ok_or(Error::NoRepository)?;
        let manifest = Manifest::decode(&item)?;
        if let Some(base) = self.tried.take()
            && self
                .store
                .was_made(self.id, &manifest, base, &self.entry.change_id)
                .await?
        {
            return Ok(None);
        }
        self.head = Some(manifest.head.clone());
        Ok(Some(manifest))
    }

    /// Stores the changed manifest, which was read last, together with `writes`; `false` when it has to be decided
    /// again.
    ///
    /// # Errors
    /// As [`Commit::write`].
    pub async fn write(&mut self, mut manifest: Manifest, mut writes: Vec<Write>) -> Result<bool> {
        manifest.changed = manifest.changed.max(crate::clock::now());
        self.entry.version = manifest.version + 1;
        self.entry.time = manifest.changed;
        self.entry.head = (self.head.as_ref() != Some(&manifest.head)).then(|| manifest.head.clone());
        let expect = Expect::Version(manifest.version);
        writes.push(Write::put(self.key.clone(), expect, manifest.encode()));
        self.entry.checkpoint = None;
        if self.entry.version.is_multiple_of(CHECKPOINT_EVERY) {
            let (name, write) = checkpoint(self.store, self.id, &manifest).await?;
            self.entry.checkpoint = Some(name);
            writes.push(write);
        }
        writes.push(log_write(self.id, &self.entry));
        self.tried = Some(manifest.version);
        self.commit.write(writes).await
    }
}

fn entry(actor: &Actor, kind: &str) -> Entry {
    Entry {
        actor: actor.clone(),
        kind: kind.to_owned(),
        change_id: id::ulid(),
        ..Entry::default()
    }
}

fn log_write(id: &RepositoryId, entry: &Entry) -> Write {
    // These entries name no refs, so no list of them becomes a blob.
    Write::put(
        keys::log(id.as_str(), entry.version),
        Expect::Absent,
        log::encode(entry, "").item,
    )
}

/// Stores a copy of a manifest; its name, and the write that makes it part of the repository. What tries that fail
/// store is left to the sweeper: it is small, and only one version in 256 has any.
async fn checkpoint(store: &Store, id: &RepositoryId, manifest: &Manifest) -> Result<(String, Write)> {
    let mut upload = Upload::begin(store, id).await?;
    let name = format!("{}-m", upload.id);
    store
        .blobs()
        .put(
            &keys::log_blob(id.as_str(), &name),
            manifest.encode().into(),
            manifest.kms_key.as_deref(),
        )
        .await?;
    Ok((name, upload.commit(&[])))
}
