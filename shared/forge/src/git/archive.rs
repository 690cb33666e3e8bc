//! Archives of commits, made while they are read.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use packhouse_git::archive::{self, Archive, ArchiveError, Format};
use packhouse_git::find::WalkError;
use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{TreePath, lookup};
use packhouse_storage::blobs::ByteStream;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;
use packhouse_storage::repository_id::RepositoryId;
use tokio::sync::mpsc;

use super::{admitted, record};
use crate::contents::commit_at;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// How long the pieces are that are handed out.
const PIECE: usize = 64 << 10;
/// How many of them may wait for whoever reads.
const QUEUED: usize = 4;

/// A commit, or a folder of it, of which there can be archives.
#[derive(Clone, Debug)]
pub struct Archived {
    /// The repository.
    pub repository: RepositoryId,
    /// The commit.
    pub commit: ObjectId,
    tree: ObjectId,
    seconds: u64,
    odb: Odb,
}

/// Finds the commit of a revision (a branch, a tag, a full ref, or a full id) and a folder in it, for an archive.
///
/// # Errors
/// [`Error::AccessDenied`], which is recorded, [`Error::RepositoryDoesNotExist`], [`Refusal::CommitDoesNotExist`],
/// [`Refusal::InvalidCommit`], [`Refusal::InvalidPath`], [`Refusal::FolderDoesNotExist`], and the store's.
pub async fn archive(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (revision, path): (&str, &str),
) -> Result<Archived> {
    let found = admitted(forge, caller, Action::UploadArchive, name).await?;
    let path = TreePath::folder(path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
    let opened = Opened::of(forge, found).await?;
    let commit = commit_at(&opened, Some(revision)).await?;
    Archived::of(opened.repository.id, opened.odb, commit, path).await
}

impl Archived {
    /// A folder of a commit.
    ///
    /// # Errors
    /// [`Refusal::FolderDoesNotExist`], and the store's.
    pub(crate) async fn of(repository: RepositoryId, odb: Odb, commit: ObjectId, path: TreePath) -> Result<Self> {
        let found = odb.walk(move |odb| {
            let root = odb.commit(&commit)?;
            let found = lookup(odb, &root.tree, path.as_bytes()).map_err(StorageError::from)?;
            let tree = found.filter(|found| found.mode.is_tree()).map(|found| found.id);
            let missing = || Refusal::FolderDoesNotExist.saying(format!("Could not find folder {path}"));
            Ok::<_, Error>((tree.ok_or_else(missing)?, root.time))
        });
        let (tree, time) = found.await?;
        Ok(Self {
            repository,
            commit,
            tree,
            seconds: u64::try_from(time).unwrap_or(0),
            odb,
        })
    }

    /// Records that the caller takes an archive.
    pub async fn taken(&self, forge: &Forge, caller: &Caller, name: &RepositoryName) {
        record::archived(forge, caller, (name, &self.repository), &self.commit).await;
    }

    /// Makes the archive as it is read; whoever drops the stream ends the work. `prefix` is nothing, or a folder that all lies
    /// in, with a slash behind it. An archive that fails ends with an error.
    #[must_use]
    pub fn stream(self, format: Format, prefix: String) -> ByteStream {
        let (pieces, received) = mpsc::channel(QUEUED);
        tokio::spawn(async move {
            let failed = pieces.clone();
            let made = self.odb.walk_slowly(move |odb| {
                let archive = Archive {
                    commit: self.commit,
                    seconds: self.seconds,
                    tree: self.tree,
                    prefix: &prefix,
                };
                let buffer = BytesMut::with_capacity(PIECE);
                archive::write(odb, &archive, format, Pieces { pieces, buffer }).map_err(failure)
            });
            if let Err(error) = made.await {
                // Nobody hears it where the reader has gone, which may be why.
                failed.send(Err(io::Error::other(error))).await.ok();
            }
        });
        Box::pin(stream::unfold(received, |mut received| async {
            Some((received.recv().await?, received))
        }))
    }
}

fn failure(error: ArchiveError) -> StorageError {
    match error {
        ArchiveError::Walk(WalkError::Find(error)) => error.into(),
        ArchiveError::Write(error) => StorageError::Unavailable(error.to_string()),
        ArchiveError::Walk(WalkError::TooFar(_)) | ArchiveError::TooLong(_) | ArchiveError::TooMany => {
            StorageError::TooLarge(error.to_string())
        }
    }
}

/// Hands on what is written. Blocks while nobody takes it.
struct Pieces {
    pieces: mpsc::Sender<io::Result<Bytes>>,
    buffer: BytesMut,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = self.buffer.split().freeze();
        let gone = |_| io::ErrorKind::BrokenPipe.into();
        self.pieces.blocking_send(Ok(piece)).map_err(gone)
    }
}
