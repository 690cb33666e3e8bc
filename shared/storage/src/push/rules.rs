//! Which refs may change to what.

use std::collections::{BTreeMap, BinaryHeap};

use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::ref_name::RefName;

use super::request::{Command, HIDDEN, Request, Verdict};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::odb::Odb;
use crate::refs::RefView;

/// How many commits and parents are looked at to tell a forced update from one that only adds; beyond them it counts as forced.
const ANCESTRY_COMMITS: usize = 400_000;
/// How many are looked at for all commands of a push.
const ANCESTRY_OF_ALL: usize = if cfg!(test) { 3_000 } else { 5_000_000 };

/// By how many seconds a commit's clock may have been behind that of an ancestor; a push across more counts as forced.
const CLOCK_SKEW: i64 = 30 * 24 * 3600;

/// A verdict for each command. `broken` tells whether something that an id reaches is missing.
pub(super) fn judge(
    manifest: &Manifest,
    refs: &RefView,
    odb: &Odb,
    request: &Request,
    mut broken: impl FnMut(&ObjectId) -> Result<bool>,
) -> Result<Vec<Verdict>> {
    let mut times: BTreeMap<&RefName, u32> = BTreeMap::new();
    for command in &request.commands {
        *times.entry(&command.name).or_default() += 1;
    }
    let mut verdicts = Vec::with_capacity(request.commands.len());
    let mut left = ANCESTRY_OF_ALL;
    for command in &request.commands {
        let verdict = if times.get(&command.name).is_some_and(|times| *times > 1) {
            refused(format!("multiple updates for ref '{}' not allowed", command.name))
        } else {
            one(manifest, refs, (odb, &mut left), command, request.hidden, &mut broken)?
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
    (odb, left): (&Odb, &mut usize),
    command: &Command,
    hidden: bool,
    broken: &mut impl FnMut(&ObjectId) -> Result<bool>,
) -> Result<Verdict> {
    let name = &command.name;
    if name.as_str().starts_with(HIDDEN) && !hidden {
        return Ok(refused("deny updating a hidden ref"));
    }
    let current = refs.get(name).map(|target| target.id);
    let Some(new) = command.new else {
        return Ok(match (current, command.old) {
            (Some(_), _) if *name == manifest.head => refused("deletion of the default branch is not allowed"),
            (Some(current), old) if Some(current) != old => stale(&current),
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
        return Ok(refused(format!(
            "a branch can only point to a commit, not to a {}",
            kind.name()
        )));
    }
    let forced = match current {
        Some(current) if current != new => !descends(odb, left, &new, &current)?,
        _ => false,
    };
    Ok(Verdict::Done { forced })
}

fn stale(current: &ObjectId) -> Verdict {
    refused(format!(
        "stale info (the ref is at {} now)",
        current.to_hex_with_len(12)
    ))
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
            None => after.set(
                command.name.clone(),
                Some(crate::manifest::Target { id: new, peeled: None }),
            ),
        }
    }
}

/// Whether `new` reaches `old` through annotated tags and the parents of commits; `false` when neither is of those, or when
/// nothing is `left` of what may be looked at to tell.
fn descends(odb: &Odb, left: &mut usize, new: &ObjectId, old: &ObjectId) -> Result<bool> {
    let mut new = *new;
    while *left > 0 && odb.kind(&new)? == Some(Kind::Tag) {
        new = odb.tag(&new)?.target;
        *left -= 1;
        if new == *old {
            return Ok(true);
        }
    }
    let mut own = ANCESTRY_COMMITS.min(*left);
    let before = own;
    let reached = odb.kind(&new)? == Some(Kind::Commit) && reaches(odb, &mut own, &new, &[*old])?;
    *left -= before - own;
    Ok(reached)
}

/// Whether the commit `tip` reaches all of `ids`; `false` when one of them is no commit, or too far away to tell.
pub(super) fn keeps(odb: &Odb, tip: &ObjectId, ids: &[ObjectId]) -> Result<bool> {
    reaches(odb, &mut { ANCESTRY_COMMITS }, tip, ids)
}

fn reaches(odb: &Odb, left: &mut usize, tip: &ObjectId, ids: &[ObjectId]) -> Result<bool> {
    odb.abandoned().check()?;
    let mut sought: IdSet = ids.iter().copied().collect();
    let mut oldest = i64::MAX;
    for id in ids {
        if odb.kind(id)? != Some(Kind::Commit) {
            return Ok(false);
        }
        oldest = oldest.min(odb.commit(id)?.time.saturating_sub(CLOCK_SKEW));
    }
    let mut seen = IdSet::from_iter([*tip]);
    let mut open = BinaryHeap::from([(odb.commit(tip)?.time, *tip)]);
    sought.remove(tip);
    while !sought.is_empty() {
        let Some((_, id)) = open.pop() else {
            return Ok(false);
        };
        for parent in odb.commit(&id)?.parents {
            if !seen.insert(parent) {
                continue;
            }
            sought.remove(&parent);
            let commit = odb.commit(&parent)?;
            let Some(fewer) = left.checked_sub(1 + commit.parents.len()) else {
                return Ok(false);
            };
            *left = fewer;
            if commit.time >= oldest {
                open.push((commit.time, parent));
            }
        }
    }
    Ok(true)
}
