//! `GetMergeConflicts`, `DescribeMergeConflicts` and `BatchDescribeMergeConflicts`.

use packhouse_git::merge::{Conflict as Found, Hunk, Level, Options, Version, hunks, merge_commits};
use packhouse_git::tree::{Mode, TreePath};
use packhouse_storage::odb::Odb;

use super::{Handling, MergeOption, Specifiers, Tips, refused};
use crate::contents::{is_specifier, read_blob};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened};

/// How many files, or hunks, a page has unless the caller says, and at most.
const MAX_PAGE: usize = 1000;

/// The conflicts of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicts {
    /// What is merged, and into what.
    pub tips: Tips,
    /// Whether it can be merged.
    pub mergeable: bool,
    /// Files that have conflicts, by path.
    pub conflicts: Vec<Found>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// The conflicts of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// What conflicts.
    pub conflict: Found,
    /// Where its versions differ.
    pub hunks: Vec<Hunk>,
}

/// What a page of descriptions has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What is merged, and into what.
    pub tips: Tips,
    /// By path.
    pub described: Vec<Described>,
    /// Paths that were asked for and have no conflicts.
    pub without: Vec<String>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// What is asked of the conflicts of a merge.
type Merge<'a> = (&'a RepositoryName, &'a Specifiers, MergeOption, Handling);

/// Lists files that have conflicts.
///
/// # Errors
/// [`Refusal::InvalidSourceCommitSpecifier`] and [`Refusal::InvalidDestinationCommitSpecifier`] for what can be no name,
/// [`Refusal::InvalidCommit`], [`Refusal::CommitDoesNotExist`], [`Refusal::InvalidMaxConflictFiles`],
/// [`Error::InvalidContinuationToken`], the limits on merges, and the store's.
pub async fn get_conflicts(
    forge: &Forge,
    caller: &Caller,
    (name, named, option, handling): Merge<'_>,
    (max, token): (Option<i64>, Option<&str>),
) -> Result<Conflicts> {
    let opened = opened(forge, caller, Action::GetMergeConflicts, name).await?;
    let max = page_size(max, Refusal::InvalidMaxConflictFiles)?;
    for (specifier, refusal) in [
        (&named.source, Refusal::InvalidSourceCommitSpecifier),
        (&named.destination, Refusal::InvalidDestinationCommitSpecifier),
    ] {
        if !is_specifier(specifier) {
            return Err(refusal.into());
        }
    }
    let tips = Tips::find(&opened, named).await?;
    if option == MergeOption::FastForward {
        return Ok(Conflicts {
            mergeable: tips.is_fast_forward(&opened).await?,
            tips,
            conflicts: Vec::new(),
            next: None,
        });
    }
    let listing = listing("GetMergeConflicts", &opened, &tips, &handling);
    let found = unresolved(&opened, &tips, handling).await?;
    let mergeable = found.is_empty();
    let (conflicts, next) = page(forge, (found, max), &listing, token).await?;
    Ok(Conflicts {
        tips,
        mergeable,
        conflicts,
        next,
    })
}

/// Describes the conflicts of one file; pages are of its hunks.
///
/// # Errors
/// [`Refusal::InvalidMergeOption`] for a fast-forward, [`Refusal::InvalidPath`], [`Refusal::FileDoesNotExist`] where the
/// file has none, [`Refusal::InvalidMaxMergeHunks`]; as [`get_conflicts`].
pub async fn describe_one(
    forge: &Forge,
    caller: &Caller,
    (name, named, option, handling): Merge<'_>,
    (path, max, token): (&str, Option<i64>, Option<&str>),
) -> Result<(Tips, Described, Option<String>)> {
    let opened = opened(forge, caller, Action::DescribeMergeConflicts, name).await?;
    if option == MergeOption::FastForward {
        return Err(Refusal::InvalidMergeOption.into());
    }
    let max = page_size(max, Refusal::InvalidMaxMergeHunks)?;
    let path = TreePath::file(path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
    let tips = Tips::find(&opened, named).await?;
    let listing = format!(
        "{} {path}",
        listing("DescribeMergeConflicts", &opened, &tips, &handling)
    );
    let level = handling.level;
    let mut found = unresolved(&opened, &tips, handling).await?;
    found.retain(|conflict| conflict.path == path.as_str().as_bytes());
    let conflict = found.pop().ok_or_else(|| no_conflict(path.as_str()))?;
    let described = opened.odb.walk(move |odb| described(odb, conflict, level)).await?;
    let (hunks, next) = page(forge, (described.hunks, max), &listing, token).await?;
    Ok((tips, Described { hunks, ..described }, next))
}

/// Describes the conflicts of several files, or of all: each with at most so many hunks. Pages are of files.
///
/// # Errors
/// [`Refusal::InvalidMergeOption`] for a fast-forward, [`Refusal::InvalidMaxMergeHunks`]; as [`get_conflicts`].
pub async fn describe_conflicts(
    forge: &Forge,
    caller: &Caller,
    (name, named, option, handling): Merge<'_>,
    (paths, max_hunks): (Option<Vec<String>>, Option<i64>),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<Page> {
    let opened = opened(forge, caller, Action::BatchDescribeMergeConflicts, name).await?;
    if option == MergeOption::FastForward {
        return Err(Refusal::InvalidMergeOption.into());
    }
    let max_hunks = page_size(max_hunks, Refusal::InvalidMaxMergeHunks)?;
    let max = page_size(max, Refusal::InvalidMaxConflictFiles)?;
    let tips = Tips::find(&opened, named).await?;
    let listing = listing("BatchDescribeMergeConflicts", &opened, &tips, &handling);
    let listing = format!("{listing} {paths:?}");
    let level = handling.level;
    let mut found = unresolved(&opened, &tips, handling).await?;
    let mut without = Vec::new();
    if let Some(paths) = paths {
        let plain = |path: &str| path.strip_prefix('/').unwrap_or(path).as_bytes().to_vec();
        without.extend(
            paths
                .iter()
                .filter(|path| !found.iter().any(|one| one.path == plain(path)))
                .cloned(),
        );
        found.retain(|one| paths.iter().any(|path| one.path == plain(path)));
    }
    let (some, next) = page(forge, (found, max), &listing, token).await?;
    let described = opened
        .odb
        .walk(move |odb| {
            let mut all = Vec::new();
            for conflict in some {
                let mut one = described(odb, conflict, level)?;
                one.hunks.truncate(max_hunks);
                all.push(one);
            }
            Ok::<_, Error>(all)
        })
        .await?;
    Ok(Page {
        tips,
        described,
        without,
        next,
    })
}

/// What is said of a path that has no conflicts.
pub(super) fn no_conflict(path: &str) -> Error {
    Refusal::FileDoesNotExist.saying(format!("{path} has no conflicts"))
}

fn listing(operation: &str, opened: &Opened, tips: &Tips, handling: &Handling) -> String {
    let (level, strategy) = handling.names();
    let Tips {
        source, destination, ..
    } = tips;
    format!(
        "{operation} {} {source} {destination} {level} {strategy}",
        opened.repository.id
    )
}

fn page_size(max: Option<i64>, refusal: Refusal) -> Result<usize> {
    Ok(page_token::page_size(max, (MAX_PAGE, usize::MAX), refusal)?.min(MAX_PAGE))
}

/// Those of `all` that are behind the position of `token`, at most `max`.
async fn page<T>(
    forge: &Forge,
    (all, max): (Vec<T>, usize),
    listing: &str,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>)> {
    let key = forge.key().await?;
    let skipped = match token {
        Some(token) => {
            let position = page_token::decode(&key, listing, token)?;
            position.parse().map_err(|_| Error::InvalidContinuationToken)?
        }
        None => 0usize,
    };
    let end = skipped.saturating_add(max);
    let next = (all.len() > end).then(|| page_token::encode(&key, listing, &end.to_string()));
    Ok((all.into_iter().skip(skipped).take(max).collect(), next))
}

/// The conflicts that are left of a merge.
async fn unresolved(opened: &Opened, tips: &Tips, handling: Handling) -> Result<Vec<Found>> {
    let options = Options {
        level: handling.level,
        strategy: handling.strategy,
        ..Options::default()
    };
    let tips = tips.clone();
    opened
        .odb
        .walk(move |odb| {
            let merged = merge_commits(odb, &tips.bases, &tips.destination, &tips.source, &options).map_err(refused)?;
            Ok(merged.unresolved().cloned().collect())
        })
        .await
}

fn described(odb: &Odb, conflict: Found, level: Level) -> Result<Described> {
    let content = |version: &Option<Version>| match version {
        Some(version) if matches!(version.mode, Mode::Tree | Mode::Gitlink) => Ok(None),
        Some(version) => read_blob(odb, version.id).map(Some),
        None => Ok(Some(bytes::Bytes::new())),
    };
    let versions = (
        content(&conflict.base)?,
        content(&conflict.destination)?,
        content(&conflict.source)?,
    );
    let hunks = match versions {
        (Some(base), Some(destination), Some(source)) => hunks(&base, &destination, &source, level),
        // What is no file has no lines.
        _ => Vec::new(),
    };
    Ok(Described { conflict, hunks })
}
