//! `BatchGetRepositories`.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::authorised;
use super::get::{Description, describe};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// The most names of one call.
pub const MAX_BATCH: usize = 100;
/// How many repositories are read at once.
const AT_ONCE: usize = 16;

/// What was found of the names that were asked for, each in the order of asking.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The repositories.
    pub found: Vec<Description>,
    /// The names that no repository has.
    pub missing: Vec<RepositoryName>,
}

/// Tells all about up to [`MAX_BATCH`] repositories.
///
/// # Errors
/// [`Error::TooManyRepositoryNames`], and the store's. A name that no repository has is no error.
pub async fn batch_get(forge: &Forge, caller: &Caller, names: Vec<RepositoryName>) -> Result<Batch> {
    if names.len() > MAX_BATCH {
        return Err(Error::TooManyRepositoryNames(MAX_BATCH));
    }
    let action = Action::BatchGetRepositories;
    let answers = stream::iter(names).map(async |name| match authorised(forge, caller, action, &name).await {
        Ok(found) => Ok(Ok(describe(forge, &found).await?)),
        Err(Error::RepositoryDoesNotExist(name)) => Ok(Err(name)),
        Err(error) => Err(error),
    });
    let answers: Vec<_> = answers.buffered(AT_ONCE).try_collect().await?;
    let mut batch = Batch::default();
    for answer in answers {
        match answer {
            Ok(found) => batch.found.push(found),
            Err(name) => batch.missing.push(name),
        }
    }
    Ok(batch)
}
