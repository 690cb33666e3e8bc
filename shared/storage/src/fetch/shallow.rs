//! Shallow history: where it ends for a client, before and after a fetch. As in git's shallow.c and upload-pack.c.

use std::collections::VecDeque;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::upload_pack::{Deepen, FetchRequest, INFINITE_DEPTH};

use super::commits::{History, peeled};
use super::{Wants, short_name};
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::snapshot::Snapshot;

/// Where history ends for a client.
#[derive(Clone, Debug, Default)]
pub struct Boundary {
    /// Commits that become shallow.
    pub shallow: Vec<ObjectId>,
    /// Commits that are shallow no more.
    pub unshallow: Vec<ObjectId>,
    /// Commits whose parents the client lacks, now or afterwards.
    pub(super) cut: IdSet,
    /// Commits wanted besides: the parents of those that are shallow no more.
    pub(super) extra: Vec<ObjectId>,
}

impl Boundary {
    /// Whether history is whole for this client.
    pub(super) fn is_empty(&self) -> bool {
        self.cut.is_empty() && self.unshallow.is_empty()
    }
}

pub(super) fn boundary(snapshot: &Snapshot, odb: &Odb, wants: &Wants, request: &FetchRequest) -> Result<Boundary> {
    let mut client = Vec::new();
    for id in &request.shallow {
        if odb.kind(id)? == Some(Kind::Commit) {
            client.push(*id);
        }
    }
    let mut boundary = Boundary {
        cut: client.iter().copied().collect(),
        ..Boundary::default()
    };
    let Some(deepen) = &request.deepen else {
        return Ok(boundary);
    };
    let starts = peeled(odb, &wants.ids)?;
    let whole = IdSet::default();
    let mut history = History::new(odb, &whole);
    let reach = match deepen {
        Deepen::Depth(INFINITE_DEPTH) => Reach {
            inside: client.iter().copied().collect(),
            edge: Vec::new(),
        },
        Deepen::Depth(depth) if request.deepen_relative => {
            let below = reachable_of(&mut history, &starts, &client)?;
            to_depth(&mut history, &below, depth.saturating_add(1))?
        }
        Deepen::Depth(depth) => to_depth(&mut history, &starts, *depth)?,
        Deepen::History { since, not } => {
            let not = not
                .iter()
                .map(|name| resolve(snapshot, odb, name))
                .collect::<Result<Vec<_>>>()?;
            by_history(&mut history, &starts, *since, &not)?
        }
    };
    for id in &client {
        if reach.inside.contains(id) {
            boundary.unshallow.push(*id);
            boundary.extra.extend(history.read(id)?.parents);
        }
    }
    for id in reach.edge {
        if boundary.cut.insert(id) {
            boundary.shallow.push(id);
        }
    }
    Ok(boundary)
}

/// What a deepening comes to.
struct Reach {
    /// Commits whose parents the client gets.
    inside: IdSet,
    /// Commits where history ends.
    edge: Vec<ObjectId>,
}

/// So many commits along every path; the starts are the first.
fn to_depth(history: &mut History<'_>, starts: &[ObjectId], depth: u32) -> Result<Reach> {
    let mut reach = Reach {
        inside: IdSet::default(),
        edge: Vec::new(),
    };
    let mut seen = IdSet::default();
    let mut open: VecDeque<(ObjectId, u32)> = VecDeque::new();
    open.extend(starts.iter().filter(|id| seen.insert(**id)).map(|id| (*id, 1)));
    while let Some((id, at)) = open.pop_front() {
        if at >= depth {
            reach.edge.push(id);
            continue;
        }
        reach.inside.insert(id);
        for parent in history.read(&id)?.parents {
            if seen.insert(parent) {
                open.push_back((parent, at + 1));
            }
        }
    }
    Ok(reach)
}

/// Which of `of` the commits `starts` reach.
fn reachable_of(history: &mut History<'_>, starts: &[ObjectId], of: &[ObjectId]) -> Result<Vec<ObjectId>> {
    let mut seen: IdSet = starts.iter().copied().collect();
    let mut open = starts.to_vec();
    while let Some(id) = open.pop() {
        for parent in history.read(&id)?.parents {
            if seen.insert(parent) {
                open.push(parent);
            }
        }
    }
    Ok(of.iter().filter(|id| seen.contains(*id)).copied().collect())
}

/// What is young enough and not reachable from `not`.
fn by_history(history: &mut History<'_>, starts: &[ObjectId], since: Option<i64>, not: &[ObjectId]) -> Result<Reach> {
    let mut excluded: IdSet = not.iter().copied().collect();
    let mut open = not.to_vec();
    while let Some(id) = open.pop() {
        for parent in &history.commit(&id)?.parents {
            if excluded.insert(*parent) {
                open.push(*parent);
            }
        }
    }
    let mut reach = Reach {
        inside: IdSet::default(),
        edge: Vec::new(),
    };
    let mut order = Vec::new();
    let mut open: Vec<ObjectId> = starts.to_vec();
    while let Some(id) = open.pop() {
        let commit = history.commit(&id)?;
        let young = since.is_none_or(|since| commit.time >= since);
        if young && !excluded.contains(&id) && reach.inside.insert(id) {
            order.push(id);
            open.extend(commit.parents.iter().copied());
        }
    }
    if order.is_empty() {
        return Err(Error::Invalid("no commits selected for shallow requests".into()));
    }
    for id in order {
        if history
            .commit(&id)?
            .parents
            .iter()
            .any(|parent| !reach.inside.contains(parent))
        {
            reach.edge.push(id);
        }
    }
    for id in &reach.edge {
        reach.inside.remove(id);
    }
    Ok(reach)
}

/// The commit that a name in `deepen-not` stands for.
fn resolve(snapshot: &Snapshot, odb: &Odb, name: &[u8]) -> Result<ObjectId> {
    let unknown = || {
        Error::Invalid(format!(
            "git upload-pack: deepen-not is not a ref: {}",
            name.escape_ascii()
        ))
    };
    let target = short_name::resolve(snapshot, name).ok_or_else(unknown)?;
    match odb.peel(&target.id)? {
        (id, Kind::Commit) => Ok(id),
        _ => Err(unknown()),
    }
}
