//! [`DataFolder`].

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The file whose lock says that a process works in the folder. It also marks the folder as one of ours.
const LOCK: &str = "packhouse.lock";
/// What a new file system holds before anything is put there.
const NOT_OURS_BUT_HARMLESS: &str = "lost+found";

/// The folder of one installation, held by this process alone until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    root: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process works in it.
    #[error("the data folder {} is in use by another packhouse process{}", path.display(), process.as_deref().map(|id| format!(" ({id})")).unwrap_or_default())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other process's id, if it could be read.
        process: Option<String>,
    },
    /// It holds something else.
    #[error("{} is not empty and not a packhouse data folder: give a new or empty folder", .0.display())]
    NotOurs(PathBuf),
    /// The file system refused something.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataFolder {
    /// Takes the folder `path`, which is created if need be, for this process alone.
    ///
    /// What it creates only its owner may enter. Temporary files of earlier runs are removed.
    ///
    /// # Errors
    /// [`FolderError::InUse`] while another process has it; [`FolderError::NotOurs`] for a folder with other contents.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        create_private(path)?;
        let lock = path.join(LOCK);
        if !lock.exists() && !is_empty(path)? {
            return Err(FolderError::NotOurs(path.into()));
        }
        let lock = take_lock(path, &lock)?;
        let root = path.canonicalize().map_err(at(path))?;
        let folder = Self { root, _lock: lock };
        let spool = folder.spool();
        if spool.exists() {
            fs::remove_dir_all(&spool).map_err(at(&spool))?;
        }
        for inner in [folder.root.join("table"), folder.blobs(), folder.secrets(), spool] {
            create_private(&inner)?;
            fs::set_permissions(&inner, Permissions::from_mode(0o700)).map_err(at(&inner))?;
        }
        Ok(folder)
    }

    /// The folder itself, as an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file for [`SqliteTable::open`](crate::SqliteTable::open).
    #[must_use]
    pub fn table(&self) -> PathBuf {
        self.root.join("table").join("table.sqlite")
    }

    /// The folder for [`FileBlobs::open`](crate::FileBlobs::open).
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// A folder for temporary files, empty at the start of every run.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    /// A folder for keys and passwords, which only its owner may enter.
    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }
}

fn take_lock(path: &Path, lock: &Path) -> Result<File, FolderError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(lock).map_err(at(lock))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let process = file
                .take(20)
                .read_to_string(&mut text)
                .ok()
                .and_then(|_| text.trim().parse::<u32>().ok());
            return Err(FolderError::InUse {
                path: path.into(),
                process: process.map(|id| id.to_string()),
            });
        }
        Err(TryLockError::Error(source)) => return Err(at(lock)(source)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(at(lock))?;
    Ok(file)
}

fn is_empty(path: &Path) -> Result<bool, FolderError> {
    for entry in fs::read_dir(path).map_err(at(path))? {
        if entry.map_err(at(path))?.file_name() != NOT_OURS_BUT_HARMLESS {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Creates a folder that only its owner may enter, with those above it; one that is there stays as it is.
fn create_private(path: &Path) -> Result<(), FolderError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(at(path))
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError {
    move |source| FolderError::Io {
        path: path.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_private_and_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a/b");
        let folder = DataFolder::open(&path).unwrap();
        for inner in [
            folder.root(),
            &folder.blobs(),
            &folder.spool(),
            &folder.secrets(),
            folder.table().parent().unwrap(),
        ] {
            assert_eq!(
                fs::metadata(inner).unwrap().permissions().mode() & 0o777,
                0o700,
                "{inner:?}"
            );
        }
    }

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let scratch = tempfile::tempdir().unwrap();
        let first = DataFolder::open(scratch.path()).unwrap();
        let error = DataFolder::open(scratch.path()).unwrap_err().to_string();
        assert!(
            error.contains("in use") && error.contains(&std::process::id().to_string()),
            "{error}"
        );
        drop(first);
        DataFolder::open(scratch.path()).unwrap();
    }

    #[test]
    fn only_the_spool_is_emptied_at_start() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(scratch.path()).unwrap();
        let (temporary, secret) = (folder.spool().join("x"), folder.secrets().join("x"));
        fs::write(&temporary, "x").unwrap();
        fs::write(&secret, "x").unwrap();
        drop(folder);
        DataFolder::open(scratch.path()).unwrap();
        assert!(!temporary.exists() && secret.exists());
    }

    #[test]
    fn a_folder_with_other_contents_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let theirs = scratch.path().join("spool");
        fs::create_dir(&theirs).unwrap();
        assert!(matches!(DataFolder::open(scratch.path()), Err(FolderError::NotOurs(_))));
        assert!(theirs.exists());
        fs::rename(theirs, scratch.path().join(NOT_OURS_BUT_HARMLESS)).unwrap();
        DataFolder::open(scratch.path()).unwrap();
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(DataFolder::open(file.path()), Err(FolderError::Io { .. })));
    }
}
