//! Changing one rule of a repository.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Item, Key, Write};

use super::record;
use super::rule::Rule;
use crate::error::{Error, Result};
use crate::forge::Forge;

/// That there is no such rule.
pub(super) fn missing(arn: &str) -> Error {
    Error::NoSuchEntity {
        what: "notification rule",
        name: arn.chars().take(256).collect(),
    }
}

/// Changes a rule that was found, by what `change` makes of it as it is by then and of the items of `keys`; what else is to be
/// written it answers. It is called again where others were faster. What is the same afterwards is not written.
///
/// # Errors
/// Those of `change`; [`Error::NoSuchEntity`] when it is gone by then; the store's.
pub(super) async fn amend(
    forge: &Forge,
    (repository, id): (&RepositoryId, &str),
    more: Vec<Key>,
    change: impl Fn(&mut Rule, &[Option<Item>]) -> Result<Vec<Write>> + Send,
) -> Result<Rule> {
    let mut keys = vec![keys::notification_rules(repository.as_str())];
    keys.extend(more);
    let mut commit = Commit::new(forge.store().table(), keys);
    loop {
        let items = commit.read().await?;
        let gone = || missing(&super::permission::arn(forge, id));
        let Some((Some(item), more)) = items.split_first() else {
            return Err(gone());
        };
        let mut rules = record::decode(item)?;
        let Some(rule) = rules.iter_mut().find(|rule| rule.id == id) else {
            return Err(gone());
        };
        let before = rule.clone();
        let also = change(rule, more)?;
        let after = rule.clone();
        if after == before && also.is_empty() {
            return Ok(after);
        }
        let expect = Expect::Version(item.version);
        let mut writes = vec![record::write(repository, expect, &rules)];
        writes.extend(also);
        if commit.write(writes).await? {
            return Ok(after);
        }
    }
}
