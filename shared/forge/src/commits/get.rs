//! `GetCommit` and `BatchGetCommits`.

use packhouse_git::hash::ObjectId;

use super::{Commit, read};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// The most commits of one call.
pub const MAX_BATCH: usize = 100;

/// The commits of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Those that there are, in the order that they were asked for.
    pub commits: Vec<Commit>,
    /// Those that there are not.
    pub missing: Vec<Missing>,
}

/// What was asked for, and is no commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What was asked for.
    pub id: String,
    /// Why it is none.
    pub why: Refusal,
}

/// Reads a commit, which a full id names.
///
/// # Errors
/// [`Refusal::InvalidCommitId`], [`Refusal::CommitIdDoesNotExist`], and the store's.
pub async fn get(forge: &Forge, caller: &Caller, name: &RepositoryName, id: &str) -> Result<Commit> {
    let opened = opened(forge, caller, Action::GetCommit, name).await?;
    let id = opened.id(id).ok_or(Refusal::InvalidCommitId)?;
    let found = opened.odb.walk(move |odb| read(odb, id)).await?;
    found.ok_or_else(|| Refusal::CommitIdDoesNotExist.into())
}

/// Reads several commits, each of which a full id names.
///
/// # Errors
/// [`Refusal::CommitIdsListRequired`], [`Refusal::CommitIdsLimitExceeded`] above [`MAX_BATCH`], and the store's.
pub async fn batch_get(forge: &Forge, caller: &Caller, name: &RepositoryName, ids: Vec<String>) -> Result<Batch> {
    let opened = opened(forge, caller, Action::BatchGetCommits, name).await?;
    if ids.is_empty() {
        return Err(Refusal::CommitIdsListRequired.into());
    }
    if ids.len() > MAX_BATCH {
        return Err(Refusal::CommitIdsLimitExceeded.into());
    }
    let asked: Vec<(String, Option<ObjectId>)> = ids
        .into_iter()
        .map(|text| {
            let id = opened.id(&text);
            (text, id)
        })
        .collect();
    opened
        .odb
        .walk(move |odb| {
            let mut batch = Batch::default();
            for (text, id) in asked {
                let why = match id.map(|id| read(odb, id)).transpose()? {
                    Some(Some(commit)) => {
                        batch.commits.push(commit);
                        continue;
                    }
                    Some(None) => Refusal::CommitIdDoesNotExist,
                    None => Refusal::InvalidCommitId,
                };
                batch.missing.push(Missing { id: text, why });
            }
            Ok(batch)
        })
        .await
}
