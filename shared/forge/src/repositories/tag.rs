//! `TagResource`.

use std::collections::BTreeMap;

use packhouse_storage::repository::Amendment;

use super::permitted;
use crate::authorization::Request;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::tags::{self, MAX_TAGS, OBJECT_FORMAT};

/// Gives a repository tags, in place of those with the same keys.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], what the tags break, [`Error::TooManyTags`] when it would have more than it may
/// have, [`Error::InvalidTags`] for another object format than the repository's, and the store's.
pub async fn tag(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    given: &BTreeMap<String, String>,
) -> Result<()> {
    let request = Request::on(Action::TagResource, name).tagging(given);
    let found = permitted(forge, caller, request, name).await?;
    tags::check(given)?;
    let mut amendment = Amendment::new(&forge.store, &found.id, &caller.actor(), "tag");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        if given.contains_key(OBJECT_FORMAT) && tags::object_format(given)? != manifest.format {
            let why = format!("{OBJECT_FORMAT} says how the repository was made, and cannot be changed");
            return Err(Error::InvalidTags(why));
        }
        let before = manifest.tags.clone();
        manifest.tags.extend(given.clone());
        if manifest.tags.len() > MAX_TAGS {
            return Err(Error::TooManyTags(MAX_TAGS));
        }
        if manifest.tags == before || amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    Ok(())
}
