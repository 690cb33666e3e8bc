mod costs;
mod differential;
mod history;
mod hunks;
mod levels;
mod resolutions;

use std::collections::BTreeMap;

use super::{Conflict, Level, MergeError, Merged, Options, Strategy, merge_trees};
use crate::find::Find as _;
use crate::object::Kind;
use crate::testing::repository::{Files, Memory};
use crate::tree::{Mode, lookup};

/// Three trees, by what lies at their paths.
struct Case {
    memory: Memory,
    trees: [crate::hash::ObjectId; 3],
}

type Listed<'a> = &'a [(&'a str, &'a str)];

fn files(listed: Listed<'_>) -> Files {
    let file = |(path, data): &(&str, &str)| match data.split_once('|') {
        Some(("x", data)) => ((*path).to_owned(), (Mode::Executable, data.as_bytes().to_vec())),
        Some(("->", data)) => ((*path).to_owned(), (Mode::Symlink, data.as_bytes().to_vec())),
        _ => ((*path).to_owned(), (Mode::Normal, data.as_bytes().to_vec())),
    };
    listed.iter().map(file).collect()
}

impl Case {
    fn new(base: Listed<'_>, destination: Listed<'_>, source: Listed<'_>) -> Self {
        let mut memory = Memory::default();
        let trees = [base, destination, source].map(|listed| memory.tree(&files(listed)));
        Self { memory, trees }
    }

    fn try_merge(&self, level: Level, strategy: Strategy) -> Result<Merged, MergeError> {
        let options = Options {
            level,
            strategy,
            ..Options::default()
        };
        let [base, destination, source] = self.trees;
        merge_trees(&self.memory, base, destination, source, &options)
    }

    fn merge(&self, level: Level, strategy: Strategy) -> Merged {
        self.try_merge(level, strategy).unwrap()
    }

    /// What lies at a path of the merged tree: nothing, a file with its mode, or that it is a folder.
    fn at(&self, merged: &Merged, path: &str) -> String {
        let tree = merged.tree.as_ref().expect("nothing is left open");
        let made: BTreeMap<_, _> = tree
            .objects
            .iter()
            .map(|(kind, data, id)| (*id, (*kind, data.clone())))
            .collect();
        let all = All(&self.memory, made);
        let Some(found) = lookup(&all, &tree.id, path.as_bytes()).unwrap() else {
            return "nothing".to_owned();
        };
        if found.mode.is_tree() {
            return "folder".to_owned();
        }
        let data = all.get(&found.id, Kind::Blob).unwrap();
        let prefix = match found.mode {
            Mode::Executable => "x|",
            Mode::Symlink => "->|",
            _ => "",
        };
        format!("{prefix}{}", String::from_utf8_lossy(&data))
    }
}

/// The objects of before, and those that a merge made.
struct All<'a>(&'a Memory, BTreeMap<crate::hash::ObjectId, (Kind, bytes::Bytes)>);

impl crate::find::Find for All<'_> {
    fn format(&self) -> crate::hash::ObjectFormat {
        self.0.format()
    }

    fn find(&self, id: &crate::hash::oid) -> Result<Option<(Kind, bytes::Bytes)>, crate::find::FindError> {
        match self.1.get(id) {
            Some(object) => Ok(Some(object.clone())),
            None => self.0.find(id),
        }
    }
}

fn only(merged: &Merged) -> &Conflict {
    assert_eq!(merged.conflicts.len(), 1, "{:?}", merged.conflicts);
    &merged.conflicts[0]
}
