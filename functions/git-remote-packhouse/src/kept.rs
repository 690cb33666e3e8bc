//! What an interrupted push leaves in git's folder, so that the next same push goes on with it: the pack, and the id of its
//! upload.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use packhouse_git::hash::{ObjectFormat, finish, hasher};
use serde::{Deserialize, Serialize};

use crate::git;
use crate::pack::Contents;

/// As long as the server keeps the parts of an upload.
const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);
const SCHEMA: u32 = 1;

/// What is known of a push that was not finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    schema: u32,
    /// The length of the pack.
    pub(crate) bytes: u64,
    /// The upload, once the server has begun it.
    pub(crate) upload: Option<String>,
}

impl State {
    pub(crate) const fn new(bytes: u64) -> Self {
        Self {
            schema: SCHEMA,
            bytes,
            upload: None,
        }
    }
}

/// The files of one push, which its URL and what it has to send make out.
pub(crate) struct Kept {
    folder: PathBuf,
    name: String,
}

impl Kept {
    /// The files of the push of `contents` to `url`. Removes those of other pushes that are too old.
    pub(crate) fn of(url: &str, contents: &Contents) -> Result<Self> {
        let folder = git::path("packhouse")?;
        sweep(&folder, KEPT);
        Self::within(&folder, url, contents)
    }

    fn within(folder: &Path, url: &str, contents: &Contents) -> Result<Self> {
        let mut hash = hasher(ObjectFormat::Sha256);
        hash.update(url.as_bytes());
        for (kind, ids) in [("+", &contents.wanted), ("-", &contents.had), ("/", &contents.shallow)] {
            let mut ids: Vec<&String> = ids.iter().collect();
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                hash.update(format!("\n{kind}{id}").as_bytes());
            }
        }
        let name = finish(hash).context("cannot name the push")?.to_string();
        Ok(Self {
            folder: folder.into(),
            name,
        })
    }

    pub(crate) fn pack(&self) -> PathBuf {
        self.folder.join(format!("{}.pack", self.name))
    }

    /// Where a pack is made, apart from that of another push at the same time.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.folder.join(format!("{}.{}.tmp", self.name, std::process::id()))
    }

    fn state(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    /// What an earlier push has left, if it is whole.
    pub(crate) fn load(&self) -> Option<State> {
        let state: State = serde_json::from_slice(&fs::read(self.state()).ok()?).ok()?;
        let length = fs::metadata(self.pack()).ok()?.len();
        (state.schema == SCHEMA && state.bytes == length).then_some(state)
    }

    /// Keeps a pack that was made, then what is known of it.
    pub(crate) fn keep(&self, made: &Path, state: &State) -> Result<()> {
        fs::rename(made, self.pack()).with_context(|| format!("cannot keep {}", made.display()))?;
        self.save(state)
    }

    pub(crate) fn save(&self, state: &State) -> Result<()> {
        let (path, unfinished) = (self.state(), self.unfinished());
        let write = || -> io::Result<()> {
            fs::write(&unfinished, serde_json::to_vec(state)?)?;
            fs::rename(&unfinished, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes all of it: the push is over.
    pub(crate) fn remove(&self) {
        for path in [self.state(), self.pack()] {
            // A later push removes what is too old.
            drop(fs::remove_file(path));
        }
    }
}

/// Removes files that nobody has written to for so long.
fn sweep(folder: &Path, age: Duration) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let idle = modified.and_then(|modified| modified.elapsed().map_err(|_| ErrorKind::Other.into()));
        if idle.is_ok_and(|idle| idle >= age) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(wanted: &[&str], had: &[&str]) -> Contents {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Contents {
            wanted: owned(wanted),
            had: owned(had),
            shallow: Vec::new(),
        }
    }

    #[test]
    fn only_the_same_push_finds_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let push = |url: &str, wanted: &[&str], had: &[&str]| {
            Kept::within(folder.path(), url, &contents(wanted, had)).unwrap()
        };
        let kept = push("https://h/a", &["1", "2"], &["3"]);
        assert_eq!(kept.load(), None);
        fs::write(kept.unfinished(), b"pack").unwrap();
        let mut state = State::new(4);
        kept.keep(&kept.unfinished(), &state).unwrap();
        state.upload = Some("id".into());
        kept.save(&state).unwrap();
        assert_eq!(push("https://h/a", &["2", "1", "1"], &["3"]).load(), Some(state));
        for other in [
            push("https://h/b", &["1", "2"], &["3"]),
            push("https://h/a", &["1"], &["2", "3"]),
            push("https://h/a", &["1", "2"], &[]),
        ] {
            assert_eq!(other.load(), None);
        }
        fs::write(kept.pack(), b"pac").unwrap();
        assert_eq!(kept.load(), None, "a pack that is not whole is of no use");
        kept.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_too_old_goes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.pack"), b"").unwrap();
        sweep(folder.path(), Duration::from_secs(3600));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        sweep(folder.path(), Duration::ZERO);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
