//! `UntagResource`.

use packhouse_storage::repository::Amendment;

use super::permitted;
use crate::authorization::Request;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::tags::{self, OBJECT_FORMAT};

/// Takes the tags with these keys from a repository. Keys that it does not have are no matter.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], what the keys break, [`Refusal::InvalidTagKeysList`] for the object format, which
/// says how the repository was made, and the store's.
pub async fn untag(forge: &Forge, caller: &Caller, name: &RepositoryName, keys: &[String]) -> Result<()> {
    let request = Request::on(Action::UntagResource, name).naming(keys);
    let found = permitted(forge, caller, request, name).await?;
    tags::check_keys(keys)?;
    let mut amendment = Amendment::new(&forge.store, &found.id, &caller.actor(), "untag");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        let any = keys.iter().any(|key| manifest.tags.contains_key(key));
        if !any {
            break;
        }
        if keys.iter().any(|key| key == OBJECT_FORMAT) && manifest.tags.contains_key(OBJECT_FORMAT) {
            let why = format!("{OBJECT_FORMAT} says how the repository was made, and cannot be removed.");
            return Err(Refusal::InvalidTagKeysList.saying(why));
        }
        manifest.tags.retain(|key, _| !keys.contains(key));
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    Ok(())
}
