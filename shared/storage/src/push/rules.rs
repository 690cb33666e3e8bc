//! Which refs may change to what.

use std::collections::{BTreeMap, BinaryHeap};

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::ref_name::RefName;

use super::{Command, HIDDEN, Request, Verdict};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::odb::Odb;
use crate::refs::RefView;

/// How many commits are looked at to tell a forced update from one that only adds; beyond them it counts as forced.
const ANCESTRY_COMMITS: usize = 200_000;

/// A verdict for each command. `broken` tells whether something that an id reaches is missing.
pub(super) fn judge(
    manifest: &Manifest,
    refs: &RefView,
    odb: &Odb,
    request: &Request,
    broken: impl Fn(&ObjectId) -> Result<bool>,
) -> Result<Vec<Verdict>> {
    let mut times: BTreeMap<&RefName, u32> = BTreeMap::new();
    for command in &request.commands {
        *times.entry(&command.name).or_default() += 1;
    }
    let mut verdicts = Vec::with_capacity(request.commands.len());
    for command in &request.commands {
        let verdict = if times.get(&command.name).is_some_and(|times| *times > 1) {
            refused(format!("multiple updates for ref '{}' not allowed", command.name))
        } else {
            one(manifest, refs, odb, command, &broken)?
        };
        verdicts.push(verdict);
    }
    directory_conflicts(refs, request, &mut verdicts);
    if request.atomic && verdicts.iter().any(|verdict| matches!(verdict, Verdict::Refused(_))) {
        for verdict in &mut verdicts {
            if matches!(verdict, Verdict::Done { .. }) {
                *verdict = refused("atomic push failure");
            }
        }
    }
    Ok(verdicts)
}

fn refused(why: impl Into<String>) -> Verdict {
    Verdict::Refused(why.into())
}

fn one(
    manifest: &Manifest,
    refs: &RefView,
    odb: &Odb,
    command: &Command,
    broken: &impl Fn(&ObjectId) -> Result<bool>,
) -> Result<Verdict> {
    let name = &command.name;
    if name.as_str().starts_with(HIDDEN) {
        return Ok(refused("deny updating a hidden ref"));
    }
    let current = refs.get(name).map(|target| target.id);
    let Some(new) = command.new else {
        return Ok(match (current, command.old) {
            (Some(_), _) if *name == manifest.head => refused("deletion of the default branch is not allowed"),
            (Some(current), Some(old)) if current != old => stale(&current),
            _ => Verdict::Done { forced: false },
        });
    };
    match (current, command.old) {
        (Some(_), None) => return Ok(refused("reference already exists")),
        (None, Some(_)) => return Ok(refused("reference does not exist any more (stale info)")),
        (Some(current), Some(old)) if current != old => return Ok(stale(&current)),
        _ => {}
    }
    let Some(kind) = odb.kind(&new)? else {
        return Ok(refused("missing necessary objects"));
    };
    if broken(&new)? {
        return Ok(refused("missing necessary objects"));
    }
    if name.is_branch() && kind != Kind::Commit {
        return Ok(refused(format!("a branch can only point to a commit, not to a {}", kind.name())));
    }
    let forced = match current {
        Some(current) if current != new => !descends(odb, &new, &current)?,
        _ => false,
    };
    Ok(Verdict::Done { forced })
}

fn stale(current: &ObjectId) -> Verdict {
    refused(format!("stale info (the ref is at {} now)", current.to_hex_with_len(12)))
}

/// Refuses creations of `a` beside `a/b`, whether it is there already or created by the same push.
fn directory_conflicts(refs: &RefView, request: &Request, verdicts: &mut [Verdict]) {
    let mut after = refs.clone();
    let accepted = |verdict: &Verdict| matches!(verdict, Verdict::Done { .. });
    for (command, verdict) in request.commands.iter().zip(&*verdicts) {
        if accepted(verdict) && command.new.is_none() {
            after.set(command.name.clone(), None);
        }
    }
    for (command, verdict) in request.commands.iter().zip(verdicts) {
        let Some(new) = command.new else {
            continue;
        };
        if !accepted(verdict) {
            continue;
        }
        match after.directory_conflict(&command.name) {
            Some(other) => *verdict = refused(format!("'{other}' exists; cannot create '{}'", command.name)),
            None => after.set(command.name.clone(), Some(crate::manifest::Target { id: new, peeled: None })),
        }
    }
}

/// Whether `old` is an ancestor of `new`, both seen through annotated tags; `false` when they are no commits.
fn descends(odb: &Odb, new: &ObjectId, old: &ObjectId) -> Result<bool> {
    let (Ok((new, Kind::Commit)), Ok((old, Kind::Commit))) = (odb.peel(new), odb.peel(old)) else {
        return Ok(false);
    };
    let mut seen = IdSet::default();
    let mut open = BinaryHeap::from([(odb.commit(&new)?.time, new)]);
    while let Some((_, id)) = open.pop() {
        if id == old {
            return Ok(true);
        }
        if seen.len() > ANCESTRY_COMMITS {
            return Ok(false);
        }
        for parent in odb.commit(&id)?.parents {
            if parent == old {
                return Ok(true);
            }
            if seen.insert(parent) {
                open.push((odb.commit(&parent)?.time, parent));
            }
        }
    }
    Ok(false)
}
