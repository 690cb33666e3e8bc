//! `GetRepositoryTriggers`.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;

use super::record;
use super::trigger::Trigger;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::authorised;

/// The triggers of a repository, as they were put at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Names them; another one each time.
    pub id: String,
    /// The triggers.
    pub triggers: Vec<Trigger>,
}

/// The triggers of a repository; `None` until some, or none, were put.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), and the store's.
pub async fn get(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Option<Configuration>> {
    let found = authorised(forge, caller, Action::GetRepositoryTriggers, name).await?;
    read(forge, &found.id).await
}

/// The triggers of a repository.
pub(super) async fn read(forge: &Forge, id: &RepositoryId) -> Result<Option<Configuration>> {
    let item = forge.store().table().get(&keys::triggers(id.as_str())).await?;
    item.as_ref().map(record::decode).transpose()
}
