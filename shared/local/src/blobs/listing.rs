//! Listings in the order of the keys' bytes.

use std::fs;
use std::io;
use std::path::Path;

use packhouse_storage::blobs::key::is_segment;
use packhouse_storage::blobs::{BlobPage, MAX_PAGE_BLOBS};

/// What is looked for and what was found.
struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    after: &'a str,
    page: BlobPage,
}

/// Up to a page of the blobs whose keys start with `prefix` and come behind `after`.
pub(super) fn page(root: &Path, prefix: &str, after: &str) -> io::Result<BlobPage> {
    let mut walk = Walk {
        root,
        prefix,
        after,
        page: BlobPage::default(),
    };
    // Only the folder that the prefix names can hold anything.
    let folder = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
    walk.folder(folder)?;
    Ok(walk.page)
}

impl Walk<'_> {
    /// Lists what is below `folder`, which is empty or ends in a slash. Says whether to go on.
    fn folder(&mut self, folder: &str) -> io::Result<bool> {
        for name in names(&self.root.join(folder))? {
            let path = format!("{folder}{name}");
            let goes_on = if path.ends_with('/') {
                !self.may_hold(&path) || self.folder(&path)?
            } else {
                !(path.starts_with(self.prefix) && path.as_str() > self.after) || self.blob(path)?
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether keys that start with `folder` can be among those that are looked for.
    fn may_hold(&self, folder: &str) -> bool {
        (folder.starts_with(self.prefix) || self.prefix.starts_with(folder))
            && (folder > self.after || self.after.starts_with(folder))
    }

    fn blob(&mut self, key: String) -> io::Result<bool> {
        let length = match self.root.join(&key).symlink_metadata() {
            Ok(metadata) => metadata.len(),
            // It was deleted just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(error),
        };
        if self.page.blobs.len() == MAX_PAGE_BLOBS {
            self.page.next = self.page.blobs.last().map(|(last, _)| last.clone());
            return Ok(false);
        }
        self.page.blobs.push((key, length));
        Ok(true)
    }
}

/// The blobs and folders in `folder`, these with a slash at the end: that is how their keys go on, and thus how they
/// sort. What cannot be part of a key is none of ours.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(names);
        }
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let Some(mut name) = entry.file_name().into_string().ok().filter(|name| is_segment(name)) else {
            continue;
        };
        if kind.is_dir() {
            name.push('/');
        } else if !kind.is_file() {
            continue;
        }
        names.push(name);
    }
    names.sort_unstable();
    Ok(names)
}
