//! Archives of trees, in the forms that `git archive` gives them.
//!
//! A tar is the one that `git archive` makes, byte by byte; a zip has the same entries. Both depend on the commit, the folder
//! and the prefix alone, and are written as they are read: of a zip, only the directory at its end is gathered.
//!
//! Contents are the blobs as they are: attributes (`export-ignore`, `export-subst`, ends of lines, filters) change nothing.

mod tar;
#[cfg(test)]
mod tests;
mod zip;

use std::io::{self, Write};

use sirocco::Format as Compressed;
use sirocco::deflate::{Level, Writer};

use crate::find::{Blob, Find, FindError, WalkError};
use crate::hash::{ObjectId, oid};
use crate::tree::{Entry, Mode, read_tree};

use self::tar::Tar;
use self::zip::Zip;

/// The most files and folders. A few small trees that contain each other many times over can stand for more than anybody
/// could visit.
const MAX_ENTRIES: usize = 4_000_000;
/// The longest path, and the longest target of a link, in bytes. A zip can tell no longer ones.
const MAX_PATH: usize = 65_535;

/// What an archive is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A tar, with headers of pax where a plain one does not suffice.
    Tar,
    /// The same, compressed by gzip.
    TarGz,
    /// A zip.
    Zip,
}

/// What is archived.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    /// The commit that the archive says it is of.
    pub commit: ObjectId,
    /// The time of everything in it, in seconds since the Unix epoch.
    pub seconds: u64,
    /// The commit's tree, or one below it.
    pub tree: ObjectId,
    /// What stands before each path: nothing, or a folder with a slash behind it.
    pub prefix: &'a str,
}

/// Why an archive could not be written to its end.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Objects could not be had, or there are too many.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// Nobody takes what is written.
    #[error("the archive cannot be written: {0}")]
    Write(#[from] io::Error),
    /// Its path, or where it leads to, is longer than an archive can say.
    #[error("{0} has a path or a target that is too long for an archive")]
    TooLong(ObjectId),
    /// The directory at the end of a zip would be longer than can be gathered.
    #[error("there are too many files for a zip; a tar has no such limit")]
    TooMany,
}

impl From<FindError> for ArchiveError {
    fn from(error: FindError) -> Self {
        Self::Walk(error.into())
    }
}

type Result<T, E = ArchiveError> = std::result::Result<T, E>;

/// What entries are written to.
trait Container {
    /// Adds a folder, whose path ends in a slash. Submodules are folders, too.
    fn folder(&mut self, path: &[u8], id: &oid) -> Result<()>;

    /// Adds a symbolic link.
    fn link(&mut self, path: &[u8], id: &oid, target: &[u8]) -> Result<()>;

    /// Adds a file.
    fn file(&mut self, path: &[u8], id: &oid, executable: bool, content: Blob<'_>) -> Result<()>;

    /// Ends the archive.
    fn finish(self) -> Result<()>;
}

/// Writes an archive. Folders without a file are left out, as git does; submodules are empty folders.
///
/// # Errors
/// [`ArchiveError`]. What was written until then is not a whole archive.
pub fn write(find: &(impl Find + ?Sized), archive: &Archive<'_>, format: Format, mut out: impl Write) -> Result<()> {
    match format {
        Format::Tar => write_entries(find, archive, Tar::begin(&mut out, archive)?)?,
        Format::TarGz => {
            let mut gzip = Writer::new(Compressed::Gzip, Level::DEFAULT, &mut out);
            write_entries(find, archive, Tar::begin(&mut gzip, archive)?)?;
            gzip.finish()?;
        }
        Format::Zip => write_entries(find, archive, Zip::begin(&mut out, archive))?,
    }
    out.flush()?;
    Ok(())
}

/// A folder that is being visited.
struct Folder {
    /// How much of the path is its own, with the slash.
    length: usize,
    id: ObjectId,
    /// Whether it is in the archive by now.
    is_written: bool,
    rest: std::vec::IntoIter<Entry>,
}

fn write_entries(find: &(impl Find + ?Sized), archive: &Archive<'_>, mut container: impl Container) -> Result<()> {
    let mut path = archive.prefix.as_bytes().to_vec();
    if !path.is_empty() {
        container.folder(&path, &archive.tree)?;
    }
    let open_folder = |length: usize, id: ObjectId| -> Result<Folder> {
        Ok(Folder {
            length,
            id,
            is_written: length == archive.prefix.len(),
            rest: read_tree(find, &id)?.into_iter(),
        })
    };
    let mut open = vec![open_folder(path.len(), archive.tree)?];
    let mut visited = 0usize;
    while let Some(folder) = open.last_mut() {
        path.truncate(folder.length);
        let Some(entry) = folder.rest.next() else {
            open.pop();
            continue;
        };
        visited = visited.saturating_add(1);
        if visited > MAX_ENTRIES {
            return Err(WalkError::TooFar(MAX_ENTRIES).into());
        }
        path.extend_from_slice(&entry.name);
        if matches!(entry.mode, Mode::Tree | Mode::Gitlink) {
            path.push(b'/');
        }
        if path.len() > MAX_PATH {
            return Err(ArchiveError::TooLong(entry.id));
        }
        if entry.mode.is_tree() {
            open.push(open_folder(path.len(), entry.id)?);
            continue;
        }
        for folder in open.iter_mut().filter(|folder| !folder.is_written) {
            folder.is_written = true;
            container.folder(path.get(..folder.length).unwrap_or_default(), &folder.id)?;
        }
        match entry.mode {
            Mode::Symlink => container.link(&path, &entry.id, &target(find, &entry.id)?)?,
            Mode::Normal => container.file(&path, &entry.id, false, find.blob(&entry.id)?)?,
            Mode::Executable => container.file(&path, &entry.id, true, find.blob(&entry.id)?)?,
            Mode::Gitlink | Mode::Tree => container.folder(&path, &entry.id)?,
        }
    }
    container.finish()
}

/// Where a symbolic link leads.
fn target(find: &(impl Find + ?Sized), id: &oid) -> Result<Vec<u8>> {
    let blob = find.blob(id)?;
    if blob.size > MAX_PATH as u64 {
        return Err(ArchiveError::TooLong(id.to_owned()));
    }
    Ok(blob.read()?)
}
