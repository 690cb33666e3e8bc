//! One message that a target did not take, sent once more.

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::repository_id::RepositoryId;

use super::get;
use super::tell::{Telling, references};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::names::RepositoryName;

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resent {
    /// The target has it.
    Sent,
    /// The target does not take it: why.
    Refused(String),
    /// There is nothing to tell any more, or nobody: why.
    Gone(String),
}

/// Sends one part of what a trigger tells of a version of the log, as the trigger and the repository are now.
///
/// # Errors
/// The store's.
pub(crate) async fn resend(
    forge: &Forge,
    id: &RepositoryId,
    (trigger, version, part): (&str, u64, usize),
) -> Result<Resent> {
    let gone = |why: &str| Ok(Resent::Gone(why.to_owned()));
    let manifest = match forge.store().manifest(id).await {
        Ok(manifest) => manifest,
        Err(StorageError::NoRepository) => return gone("the repository is no more"),
        Err(error) => return Err(error.into()),
    };
    let configuration = get::read(forge, id).await?;
    let found = configuration.as_ref().and_then(|configuration| {
        let trigger = configuration.triggers.iter().find(|known| known.name == trigger);
        Some((configuration, trigger?))
    });
    let Some((configuration, trigger)) = found else {
        return gone("the repository has no such trigger any more");
    };
    let entry = forge.store().log_entry(id, manifest.format, version).await?;
    let entry = entry.ok_or_else(|| Error::corrupt(format!("log entry {version} of repository {id} is missing")))?;
    let name = RepositoryName::new(&manifest.name)?;
    let telling = Telling {
        forge,
        id,
        name: &name,
        manifest: &manifest,
        configuration,
    };
    match telling
        .send_part(trigger, (&entry, &references(trigger, &entry)), part)
        .await
    {
        None => gone("the trigger is not about that change any more"),
        Some(Ok(())) => Ok(Resent::Sent),
        Some(Err(why)) => Ok(Resent::Refused(why.told().to_owned())),
    }
}
