//! Which of Git's rules for objects a repository does not enforce.

use packhouse_git::fsck::{Policy, Rule};
use packhouse_storage::repository::Amendment;

use super::administered;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;

/// Makes pushes to a repository accept objects that break `rules` (names of git-fsck(1)), and only these; none
/// enforces every rule again. Answers the rules as git spells them, each once.
///
/// # Errors
/// [`Error::InvalidFsckRule`] for a name that no rule has and a rule without which objects cannot be read,
/// [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn relax_fsck(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    rules: &[String],
) -> Result<Vec<String>> {
    let found = administered(forge, caller, name).await;
    Policy::relaxing(rules).map_err(|error| Error::InvalidFsckRule(error.to_string()))?;
    let is_named = |rule: &&Rule| rules.iter().any(|name| Rule::from_name(name) == Some(**rule));
    let relaxed: Vec<String> = Rule::ALL
        .iter()
        .filter(is_named)
        .map(|rule| rule.as_str().to_owned())
        .collect();
    let id = found?.id;
    let mut amendment = Amendment::new(&forge.store, &id, &caller.actor(), "relax-fsck");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        if manifest.relaxed == relaxed {
            break;
        }
        manifest.relaxed.clone_from(&relaxed);
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    Ok(relaxed)
}
