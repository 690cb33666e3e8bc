//! `ListFileCommitHistory`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use packhouse_git::hash::ObjectId;
use packhouse_git::history::{self, Cursor};
use packhouse_git::tree::TreePath;
use packhouse_storage::odb::Odb;

use super::{commit_at, too_far};
use crate::commits::{self, Commit};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// How many versions a page has unless the caller says.
const DEFAULT_PAGE: usize = 100;
/// The most versions of a page.
const MAX_PAGE: usize = 1000;
/// How many commits are visited for one page; one that finds little ends short, with a token.
const MAX_VISITS: usize = 100_000;
/// The longest position in bytes: beyond, history has too many lines to be followed from call to call.
const MAX_POSITION: usize = 16 << 10;

/// A page of the versions of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHistory {
    /// Newest first.
    pub versions: Vec<FileVersion>,
    /// The token for the next page.
    pub next: Option<String>,
}

/// A commit that made a file what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion {
    /// The commit.
    pub commit: Commit,
    /// The content that it left.
    pub blob: ObjectId,
    /// Where it left it.
    pub path: String,
    /// The commits of the next newer versions.
    pub children: Vec<ObjectId>,
}

/// Lists the commits that changed a file, as seen from the commit that `specifier` names, HEAD where there is none.
/// Renames are followed. Later pages go on in the same history, wherever branches are by then.
///
/// # Errors
/// [`Refusal::CommitDoesNotExist`], [`Refusal::InvalidMaxResults`], [`Refusal::TipsDivergenceExceeded`],
/// [`Error::InvalidContinuationToken`], and the store's.
pub async fn list_file_commit_history(
    forge: &Forge,
    caller: &Caller,
    (name, specifier, path): (&RepositoryName, Option<&str>, &str),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<FileHistory> {
    let opened = opened(forge, caller, Action::ListFileCommitHistory, name).await?;
    let max = page_token::page_size(max, (DEFAULT_PAGE, MAX_PAGE), Refusal::InvalidMaxResults)?;
    let key = forge.key().await?;
    let listing = format!("ListFileCommitHistory {} {specifier:?} {path:?}", opened.repository.id);
    let cursor = match token {
        Some(token) => {
            let position = page_token::decode(&key, &listing, token)?;
            let bytes = STANDARD_NO_PAD.decode(position).ok();
            let cursor = bytes.and_then(|bytes| Cursor::parse(opened.format(), &bytes));
            cursor.ok_or(Error::InvalidContinuationToken)?
        }
        None => {
            let commit = commit_at(&opened, specifier).await?;
            let Ok(path) = TreePath::file(path) else {
                // No file ever had that name.
                return Ok(FileHistory {
                    versions: Vec::new(),
                    next: None,
                });
            };
            Cursor::start(commit, path.as_str().as_bytes())
        }
    };
    let (versions, next) = opened.odb.walk(move |odb| page(odb, cursor, max)).await?;
    let next = next.map(|position| page_token::encode(&key, &listing, &position));
    Ok(FileHistory { versions, next })
}

/// The versions from a cursor on, and the position behind them.
fn page(odb: &Odb, cursor: Cursor, max: usize) -> Result<(Vec<FileVersion>, Option<String>)> {
    let page = history::page(odb, cursor, max, MAX_VISITS).map_err(too_far)?;
    let mut versions = Vec::with_capacity(page.versions.len());
    for version in page.versions {
        let commit = commits::read(odb, version.commit)?;
        versions.push(FileVersion {
            commit: commit.ok_or_else(|| Error::corrupt(format!("{} is no commit", version.commit)))?,
            blob: version.file.id,
            path: String::from_utf8_lossy(&version.path).into_owned(),
            children: version.children,
        });
    }
    let next = page.next.map(|next| next.to_bytes());
    if next.as_ref().is_some_and(|next| next.len() > MAX_POSITION) {
        return Err(Refusal::TipsDivergenceExceeded.into());
    }
    Ok((versions, next.map(|next| STANDARD_NO_PAD.encode(next))))
}
