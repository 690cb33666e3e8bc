//! `GetBlobDifferences`.

use packhouse_git::diff::lines::{LineChange, LineDiff, is_binary};
use packhouse_git::hash::ObjectId;
use packhouse_storage::odb::Odb;

use super::blob::read_blob;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// How many hunks a page has unless the caller says.
const DEFAULT_PAGE: usize = 100;
/// The most hunks of a page.
const MAX_PAGE: usize = 1000;
/// The most lines of a hunk; a longer one is parted.
const MAX_LINES: usize = 25_000;
/// How many lines around a change are told unless the caller says.
const DEFAULT_CONTEXT: i64 = 3;
/// The most lines around a change.
const MAX_CONTEXT: i64 = 20;

/// What is compared, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    /// The content before; nothing stands for an empty one.
    pub before: Option<String>,
    /// The content after.
    pub after: String,
    /// How many unchanged lines are told around each change.
    pub context: Option<i64>,
    /// Whether lines are the same that differ only in blanks.
    pub ignore_whitespace: bool,
}

/// A page of the differences of two blobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobDifferences {
    /// From the top.
    pub hunks: Vec<Hunk>,
    /// Whether one of them is no text, so that lines cannot be compared.
    pub binary: bool,
    /// How long the content before is, in bytes.
    pub before_size: usize,
    /// How long the content after is.
    pub after_size: usize,
    /// The token for the next page.
    pub next: Option<String>,
}

/// Lines in a row that differ, with those around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The first line before, from 1, and how many there are.
    pub before: (usize, usize),
    /// The first line after, and how many there are.
    pub after: (usize, usize),
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happened to it.
    pub change: LineChange,
    /// Its number before.
    pub before: Option<usize>,
    /// Its number after.
    pub after: Option<usize>,
    /// Its text, without its end.
    pub content: String,
}

/// Compares the lines of two blobs, which full ids name.
///
/// # Errors
/// [`Refusal::InvalidBlobId`], [`Refusal::BlobIdDoesNotExist`], [`Refusal::FileTooLarge`], [`Refusal::Validation`],
/// [`Refusal::InvalidMaxResults`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn get_blob_differences(
    forge: &Forge,
    caller: &Caller,
    (name, blobs): (&RepositoryName, &Blobs),
    (max, token): (Option<i64>, Option<&str>),
) -> Result<BlobDifferences> {
    let opened = opened(forge, caller, Action::GetBlobDifferences, name).await?;
    let id = |text: &str| opened.id(text).ok_or_else(|| Error::from(Refusal::InvalidBlobId));
    let (before, after) = (blobs.before.as_deref().map(id).transpose()?, id(&blobs.after)?);
    let context = blobs.context.unwrap_or(DEFAULT_CONTEXT);
    if !(0..=MAX_CONTEXT).contains(&context) {
        return Err(Refusal::Validation.saying(format!("contextLines must be between 0 and {MAX_CONTEXT}.")));
    }
    let max = page_token::page_size(max, (DEFAULT_PAGE, MAX_PAGE), Refusal::InvalidMaxResults)?;
    let key = forge.key().await?;
    let listing = format!("GetBlobDifferences {} {blobs:?}", opened.repository.id);
    let skipped = match token {
        Some(token) => {
            let position = page_token::decode(&key, &listing, token)?;
            position.parse().map_err(|_| Error::InvalidContinuationToken)?
        }
        None => 0,
    };
    let ignore_whitespace = blobs.ignore_whitespace;
    let context = usize::try_from(context).unwrap_or_default();
    let asked = Asked {
        before,
        after,
        context,
        ignore_whitespace,
        page: (skipped, max),
    };
    let (mut found, more) = opened.odb.walk(move |odb| asked.compare(odb)).await?;
    found.next = more.then(|| page_token::encode(&key, &listing, &(skipped + max).to_string()));
    Ok(found)
}

struct Asked {
    before: Option<ObjectId>,
    after: ObjectId,
    context: usize,
    ignore_whitespace: bool,
    /// How many hunks are left out, and how many are wanted.
    page: (usize, usize),
}

impl Asked {
    /// The page, and whether another follows.
    fn compare(&self, odb: &Odb) -> Result<(BlobDifferences, bool)> {
        let before = self
            .before
            .map(|id| read_blob(odb, id))
            .transpose()?
            .unwrap_or_default();
        let after = read_blob(odb, self.after)?;
        let mut found = BlobDifferences {
            before_size: before.len(),
            after_size: after.len(),
            binary: is_binary(&before) || is_binary(&after),
            ..BlobDifferences::default()
        };
        if found.binary {
            return Ok((found, false));
        }
        let diff = LineDiff::new(&before, &after, self.ignore_whitespace).map_err(|_| Refusal::FileTooLarge)?;
        let hunks = diff.hunks(self.context, MAX_LINES);
        let (skipped, wanted) = self.page;
        let page = hunks.iter().skip(skipped).take(wanted);
        found.hunks = page
            .map(|hunk| Hunk {
                before: (hunk.before_start, hunk.before_count),
                after: (hunk.after_start, hunk.after_count),
                lines: diff.lines(hunk).map(line).collect(),
            })
            .collect();
        Ok((found, hunks.len() > skipped.saturating_add(wanted)))
    }
}

fn line(line: packhouse_git::diff::lines::Line<'_>) -> Line {
    Line {
        change: line.change,
        before: line.before,
        after: line.after,
        content: String::from_utf8_lossy(line.content).into_owned(),
    }
}
