//! `GetDifferences`.

use packhouse_git::diff::trees::{Difference, TreeDiff};
use packhouse_git::find::WalkError;
use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Found, Mode, TreePath, lookup};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;

use super::{commit_at, too_far};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::hex;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened};

/// The most differences of a page, and as many as it has unless the caller says.
const MAX_PAGE: usize = 1000;
/// The most trees that are read for one page.
const MAX_TREES: usize = 1_000_000;

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Names the commit before; without it all is new.
    pub before: Option<String>,
    /// Names the commit after.
    pub after: String,
    /// Where to look before; where nothing is given, it is where to look after.
    pub before_path: Option<String>,
    /// Where to look after; where nothing is given, it is where to look before.
    pub after_path: Option<String>,
}

/// A page of differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In the order of their paths, which are relative to what was looked at.
    pub differences: Vec<Changed>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it was.
    pub before: Option<Version>,
    /// What it is.
    pub after: Option<Version>,
}

/// One version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its path.
    pub path: String,
    /// The id of its content.
    pub id: ObjectId,
    /// Its mode.
    pub mode: Mode,
}

/// Lists in what files two commits differ. Later pages compare the same commits, wherever branches are by then.
///
/// # Errors
/// [`Refusal::CommitDoesNotExist`], [`Refusal::InvalidPath`], [`Refusal::PathDoesNotExist`],
/// [`Refusal::InvalidMaxResults`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn get_differences(
    forge: &Forge,
    caller: &Caller,
    (name, compared): (&RepositoryName, &Compared),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<Page> {
    let opened = opened(forge, caller, Action::GetDifferences, name).await?;
    let max = page_token::page_size(max, (MAX_PAGE, usize::MAX), Refusal::InvalidMaxResults)?.min(MAX_PAGE);
    let key = forge.key().await?;
    let listing = format!("GetDifferences {} {compared:?}", opened.repository.id);
    let from = match token {
        Some(token) => {
            let position = page_token::decode(&key, &listing, token)?;
            Position::parse(&opened, &position).ok_or(Error::InvalidContinuationToken)?
        }
        None => Position::first(&opened, compared).await?,
    };
    let path = |path: &Option<String>, other: &Option<String>| {
        let path = path.as_ref().or(other.as_ref()).map_or("", String::as_str);
        TreePath::folder(path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))
    };
    let before_path = path(&compared.before_path, &compared.after_path)?;
    let after_path = path(&compared.after_path, &compared.before_path)?;
    let walk = move |odb: &Odb| {
        let before = from.before.map(|id| at(odb, &id, &before_path)).transpose()?.flatten();
        let after = at(odb, &from.after, &after_path)?;
        if before.is_none() && after.is_none() {
            let missing = format!("Could not find path {after_path}");
            return Err(Refusal::PathDoesNotExist.saying(missing));
        }
        let mut walk = TreeDiff::new(odb, before, after).limit(MAX_TREES);
        if let Some(behind) = &from.behind {
            walk = walk.resume_after(behind);
        }
        let found: Result<Vec<_>, WalkError> = walk.take(max + 1).collect();
        let found = found.map_err(too_far)?;
        let last = found.get(max - 1).filter(|_| found.len() > max);
        let next = last.map(|last| {
            Position {
                behind: Some(last.path.clone()),
                ..from
            }
            .text()
        });
        let page = found.into_iter().take(max);
        Ok((
            page.map(|one| changed(&one, (&before_path, &after_path))).collect(),
            next,
        ))
    };
    let (differences, next): (_, Option<String>) = opened.odb.walk(walk).await?;
    let next = next.map(|position| page_token::encode(&key, &listing, &position));
    Ok(Page { differences, next })
}

/// Where a listing goes on, and between what.
#[derive(Clone)]
struct Position {
    before: Option<ObjectId>,
    after: ObjectId,
    behind: Option<Vec<u8>>,
}

impl Position {
    async fn first(opened: &Opened, compared: &Compared) -> Result<Self> {
        let before = match compared.before.as_deref() {
            Some(before) => Some(commit_at(opened, Some(before)).await?),
            None => None,
        };
        Ok(Self {
            before,
            after: commit_at(opened, Some(&compared.after)).await?,
            behind: None,
        })
    }

    fn text(&self) -> String {
        let before = self.before.map(|id| id.to_string()).unwrap_or_default();
        format!(
            "{before} {} {}",
            self.after,
            hex::encode(self.behind.as_deref().unwrap_or_default())
        )
    }

    fn parse(opened: &Opened, text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let before = parts.next().filter(|before| !before.is_empty());
        Some(Self {
            before: before.map(|before| opened.id(before).ok_or(())).transpose().ok()?,
            after: opened.id(parts.next()?)?,
            behind: Some(hex::decode(parts.next()?)?),
        })
    }
}

/// What lies at a path of a commit.
fn at(odb: &Odb, commit: &ObjectId, path: &TreePath) -> Result<Option<Found>> {
    let root = odb.commit(commit)?.tree;
    Ok(lookup(odb, &root, path.as_str().as_bytes()).map_err(StorageError::from)?)
}

fn changed(difference: &Difference, (before, after): (&TreePath, &TreePath)) -> Changed {
    let version = |found: Option<Found>, looked_at: &TreePath| {
        found.map(|found| Version {
            path: if difference.path.is_empty() {
                looked_at.as_str().rsplit('/').next().unwrap_or_default().to_owned()
            } else {
                String::from_utf8_lossy(&difference.path).into_owned()
            },
            id: found.id,
            mode: found.mode,
        })
    };
    Changed {
        before: version(difference.before, before),
        after: version(difference.after, after),
    }
}
