//! Packs on their way to the blob store.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::ObjectId;

use crate::error::Result;
use crate::keys;
use crate::manifest::Pack;
use crate::rewrite::Written;
use crate::snapshot::Snapshot;
use crate::spool::Spool;
use crate::upload::Upload;

/// A pack on its way to the blob store.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) pack: Pack,
    pub(crate) spool: Arc<Spool>,
    pub(crate) index: Bytes,
    pub(crate) sidecar: Option<Bytes>,
    /// Whether it builds on objects that are set aside.
    pub(crate) leans_on_cruft: bool,
    /// The objects, to be compared with packs that others commit meanwhile; appended bases are not among them.
    pub(crate) ids: Arc<Vec<ObjectId>>,
}

impl Outgoing {
    /// A pack that was made of live ones.
    pub(crate) fn merged(written: Written) -> Self {
        let Written {
            pack,
            spool,
            index,
            sidecar,
        } = written;
        Self {
            pack,
            spool,
            index,
            sidecar,
            leans_on_cruft: false,
            ids: Arc::default(),
        }
    }

    /// Writes it and its index side by side, under a name that is recorded.
    pub(crate) async fn store(mut self, snapshot: &Snapshot, upload: &mut Upload, name: String) -> Result<Self> {
        let (blobs, id) = (snapshot.store().blobs(), snapshot.id());
        let manifest = snapshot.manifest();
        let kms_key = manifest.kms_key.as_deref();
        let [pack, index, sidecar] = keys::pack_blobs(id.as_str(), &name);
        upload.wrote(pack.clone());
        upload.wrote(index.clone());
        let write_pack = async {
            match self.spool.in_memory() {
                Some(bytes) => blobs.put(&pack, bytes, kms_key).await,
                None => {
                    let stream = self.spool.stream();
                    blobs.put_stream(&pack, stream, kms_key).await.map(drop)
                }
            }
        };
        tokio::try_join!(write_pack, blobs.put(&index, self.index.clone(), kms_key))?;
        if let Some(bytes) = self.sidecar.take() {
            upload.wrote(sidecar.clone());
            self.pack.sidecar_bytes = Some(bytes.len() as u64);
            blobs.put(&sidecar, bytes, kms_key).await?;
        }
        self.pack.id = name;
        self.pack.key_epoch = manifest.key_epoch;
        Ok(self)
    }
}
