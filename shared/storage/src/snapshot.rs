//! A repository at one instant.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::manifest::{Manifest, Pack};
use crate::odb::Odb;
use crate::pack_list;
use crate::refs::RefView;
use crate::repository_id::RepositoryId;
use crate::store::Store;

/// A repository at one instant: what one read of its manifest says.
#[derive(Clone, Debug)]
pub struct Snapshot {
    store: Store,
    id: RepositoryId,
    manifest: Arc<Manifest>,
    refs: Arc<RefView>,
}

impl Snapshot {
    /// Reads a repository.
    ///
    /// # Errors
    /// [`Error::NoRepository`] where there is none or it is deleted.
    pub async fn open(store: &Store, id: &RepositoryId) -> Result<Self> {
        let manifest = store.manifest(id).await?;
        if manifest.deleted.is_some() {
            return Err(Error::NoRepository);
        }
        Self::of(store, id, manifest).await
    }

    /// What a manifest says, which was read before.
    ///
    /// # Errors
    /// When the segment of refs cannot be read.
    pub async fn of(store: &Store, id: &RepositoryId, manifest: Arc<Manifest>) -> Result<Self> {
        let refs = Arc::new(store.refs().view(&**store.blobs(), id, &manifest).await?);
        Ok(Self {
            store: store.clone(),
            id: id.clone(),
            manifest,
            refs,
        })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The refs.
    #[must_use]
    pub fn refs(&self) -> &RefView {
        &self.refs
    }

    /// The repository.
    #[must_use]
    pub fn id(&self) -> &RepositoryId {
        &self.id
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// All live packs, oldest first.
    ///
    /// # Errors
    /// When the older part of the list cannot be read.
    pub async fn packs(&self) -> Result<Vec<Pack>> {
        pack_list::read(&self.store, &self.id, &self.manifest).await
    }

    /// The objects.
    ///
    /// # Errors
    /// When an index cannot be read.
    pub async fn odb(&self) -> Result<Odb> {
        let odb = Odb::open(&self.store, &self.id, self.manifest.format, &self.packs().await?).await?;
        Ok(odb.with_cruft(&self.manifest.cruft))
    }
}
