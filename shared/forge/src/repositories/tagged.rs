//! `ListTagsForResource`.

use std::collections::BTreeMap;

use super::authorised;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// The tags of a repository. They are never so many that they would need pages.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn tags(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<BTreeMap<String, String>> {
    let found = authorised(forge, caller, Action::ListTagsForResource, name).await?;
    Ok(found.manifest.tags.clone())
}
