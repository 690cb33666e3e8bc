//! A tree read beside others: what is the same in one of them is passed over.

use std::cmp::Ordering;
use std::ops::Range;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::object::{Kind, TreeEntry, identical_entries, tree_entries};

use crate::error::{Error, Result};
use crate::odb::Odb;

/// Beside how many others a tree is read. It saves looking at what is the same, and a commit may have thousands of parents.
pub(crate) const MOST_BESIDE: usize = 8;
/// How long these may be together.
const BESIDE_BYTES: usize = 128 << 20;

/// A tree that is being read, beside others that each carry a mark.
pub(crate) struct Folder<T> {
    format: ObjectFormat,
    data: Bytes,
    at: usize,
    others: Vec<Other<T>>,
}

/// The way down into trees that are being read, each inside the one before, with what its walk notes of it. They nest as deep as
/// they like, so there is no recursion.
pub(crate) struct Descent<T, N> {
    open: Vec<(Folder<T>, N)>,
    bytes: usize,
    /// How many bytes of trees are open at once. Those of a million files in a hundred folders are fewer; it takes a nest made to be
    /// a bomb.
    most: u64,
}

/// An entry that none of the other trees has like that.
pub(crate) struct Differing<T> {
    pub(crate) id: ObjectId,
    /// A tree or a blob; submodules are passed over.
    pub(crate) kind: Kind,
    name: Range<usize>,
    /// What the others have under its name.
    pub(crate) instead: Vec<(ObjectId, T)>,
}

impl<T: Copy> Folder<T> {
    /// Opens a tree. What is no tree among `others` is left out.
    pub(crate) fn open(odb: &Odb, id: &ObjectId, others: &[(ObjectId, T)]) -> Result<Self> {
        let data = odb.read_kind(id, Kind::Tree)?;
        let mut beside = Vec::with_capacity(others.len());
        let mut bytes = 0;
        for (other, mark) in others {
            if bytes > BESIDE_BYTES {
                break;
            }
            if let Some((Kind::Tree, data)) = odb.read(other)? {
                let mark = *mark;
                bytes += data.len();
                beside.push(Other { data, at: 0, mark });
            }
        }
        Ok(Self {
            format: odb.format(),
            data,
            at: 0,
            others: beside,
        })
    }

    /// The next entry that differs.
    pub(crate) fn next(&mut self) -> Result<Option<Differing<T>>> {
        loop {
            self.skip_unchanged();
            let here = self.at;
            let ours = self.data.get(here..).unwrap_or_default();
            let mut rest = tree_entries(self.format, ours);
            let Some(entry) = rest.next() else {
                return Ok(None);
            };
            let entry = entry.map_err(|error| Error::corrupt(format!("a stored tree: {error}")))?;
            self.at = self.data.len() - rest.remaining();
            let mut instead = Vec::with_capacity(self.others.len());
            let mut unchanged = entry.is_gitlink();
            for other in &mut self.others {
                if let Some(same) = other.advance(self.format, &entry) {
                    unchanged |= *same == *entry.id;
                    instead.push((same, other.mark));
                }
            }
            if unchanged {
                continue;
            }
            let name = self.at - self.format.len_in_bytes() - 1 - entry.name.len();
            return Ok(Some(Differing {
                id: entry.id.to_owned(),
                kind: if entry.is_tree() { Kind::Tree } else { Kind::Blob },
                name: name..name + entry.name.len(),
                instead,
            }));
        }
    }

    /// How much of memory it takes.
    fn bytes(&self) -> usize {
        let others = self.others.iter().map(|other| other.data.len());
        self.data.len() + others.sum::<usize>()
    }

    /// What an entry of it is called.
    pub(crate) fn name(&self, entry: &Differing<T>) -> &[u8] {
        self.data.get(entry.name.clone()).unwrap_or_default()
    }

    /// Skips the entries that are those of the first tree to compare with; the others keep up as far as they are the
    /// same too.
    fn skip_unchanged(&mut self) {
        let ours = self.data.get(self.at..).unwrap_or_default();
        let Some((first, rest)) = self.others.split_first_mut() else {
            return;
        };
        let same = identical_entries(self.format, ours, first.data.get(first.at..).unwrap_or_default());
        first.at += same;
        for other in rest {
            let theirs = other.data.get(other.at..).unwrap_or_default();
            other.at += identical_entries(self.format, &ours[..same], theirs);
        }
        self.at += same;
    }
}

/// An entry, its tree, and what is noted of that.
type Met<'a, T, N> = (Differing<T>, &'a Folder<T>, N);

impl<T: Copy, N: Copy> Descent<T, N> {
    pub(crate) fn new(odb: &Odb) -> Self {
        Self {
            open: Vec::new(),
            bytes: 0,
            most: odb.store().limits().in_memory_bytes,
        }
    }

    /// Goes into a tree, which is that of the entry that came last.
    ///
    /// # Errors
    /// When more is open than could be.
    pub(crate) fn enter(&mut self, folder: Folder<T>, notes: N) -> Result<()> {
        self.bytes += folder.bytes();
        if self.bytes as u64 > self.most && !self.open.is_empty() {
            return Err(Error::TooLarge(
                "folders of the repository are too large for how deep they nest".into(),
            ));
        }
        self.open.push((folder, notes));
        Ok(())
    }

    /// The next entry that differs. Leaves the trees that end.
    pub(crate) fn next(&mut self) -> Result<Option<Met<'_, T, N>>> {
        let entry = loop {
            let Some((folder, _)) = self.open.last_mut() else {
                return Ok(None);
            };
            if let Some(entry) = folder.next()? {
                break entry;
            }
            self.bytes = self.bytes.saturating_sub(folder.bytes());
            self.open.pop();
        };
        Ok(self.open.last().map(|(folder, notes)| (entry, folder, *notes)))
    }
}

/// A tree to compare with, read beside another; both are sorted.
struct Other<T> {
    data: Bytes,
    at: usize,
    mark: T,
}

impl<T> Other<T> {
    /// The object that this tree has under the name of `entry`.
    fn advance(&mut self, format: ObjectFormat, entry: &TreeEntry<'_>) -> Option<ObjectId> {
        loop {
            let mut rest = tree_entries(format, self.data.get(self.at..)?);
            let other = rest.next()?.ok()?;
            match sorted(&other, entry) {
                Ordering::Less => self.at = self.data.len() - rest.remaining(),
                Ordering::Equal => {
                    // Names are unique, so both trees go on behind it, side by side again. What a submodule names is no object of this
                    // repository, whatever its id.
                    let id = (!other.is_gitlink()).then(|| other.id.to_owned());
                    self.at = self.data.len() - rest.remaining();
                    return id;
                }
                Ordering::Greater => return None,
            }
        }
    }
}

/// Git sorts folders as if their names ended with a slash.
fn sorted(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let shared = a.name.len().min(b.name.len());
    let after = |entry: &TreeEntry<'_>| {
        let slash = if entry.is_tree() { b'/' } else { 0 };
        entry.name.get(shared).copied().unwrap_or(slash)
    };
    a.name[..shared]
        .cmp(&b.name[..shared])
        .then_with(|| after(a).cmp(&after(b)))
        .then(a.name.len().cmp(&b.name.len()))
}
