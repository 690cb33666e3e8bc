//! Templates as they are stored: the record under the template's id, and its name, which leads to the id.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Item, Key, Write};
use serde::{Deserialize, Serialize};

use crate::approvals::RuleName;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::refusal::Refusal;
use crate::serial::Change;

const SCHEMA: u32 = 1;

/// An approval rule template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its id, which stays when the name changes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What rules that are made from it say.
    pub content: String,
    /// When it was made, since the Unix epoch.
    pub created: Duration,
    /// When it was changed last.
    pub modified: Duration,
    /// The ARN of who changed it last.
    pub modified_by: String,
    /// Names the last change of it, so that whoever made it knows it again.
    pub(super) change_id: String,
}

impl Template {
    /// What a change of it leaves: who made it, and when.
    pub(super) fn changed_by(self, caller: &Caller, change_id: &str) -> Self {
        Self {
            modified: self.modified.max(clock::now()),
            modified_by: caller.principal.arn.clone(),
            change_id: change_id.to_owned(),
            ..self
        }
    }

    /// Stores it.
    pub(super) fn write(&self, forge: &Forge) -> Write {
        let record = Record {
            schema: SCHEMA,
            id: self.id.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            content: self.content.clone(),
            created_ms: clock::millis(self.created),
            modified_ms: clock::millis(self.modified),
            modified_by: self.modified_by.clone(),
            change_id: self.change_id.clone(),
        };
        let body = serde_json::to_vec(&record).expect("strings and numbers always encode");
        Write::put(key(forge, &self.id), Expect::Any, body)
    }
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    content: String,
    created_ms: u64,
    modified_ms: u64,
    modified_by: String,
    change_id: String,
}

/// A change of templates in the making.
pub(super) fn change(forge: &Forge) -> Change<'_> {
    Change::of(forge, generation(forge))
}

/// The item whose version tells whether any template or association changed.
pub(super) fn generation(forge: &Forge) -> Key {
    let (account, region) = place(forge);
    keys::templates_generation(account, region)
}

/// Account and region, which templates belong to.
pub(super) fn place(forge: &Forge) -> (&str, &str) {
    let installation = forge.installation();
    (installation.account.as_str(), installation.region.as_str())
}

/// The item of a template.
pub(super) fn key(forge: &Forge, id: &str) -> Key {
    let (account, region) = place(forge);
    keys::template(account, region, id)
}

/// Makes a name lead to an id.
pub(super) fn point(forge: &Forge, name: &str, id: &str) -> Write {
    Write::put(name_key(forge, name), Expect::Any, id.as_bytes().to_vec())
}

/// Frees a name.
pub(super) fn free(forge: &Forge, name: &str) -> Write {
    Write::delete(name_key(forge, name), Expect::Any)
}

fn name_key(forge: &Forge, name: &str) -> Key {
    let (account, region) = place(forge);
    keys::template_name(account, region, name)
}

/// The template of that name.
///
/// # Errors
/// The store's.
pub(super) async fn named(forge: &Forge, name: &RuleName) -> Result<Option<Template>> {
    let Some(item) = forge.store().table().get(&name_key(forge, name.as_str())).await? else {
        return Ok(None);
    };
    let found = by_id(forge, id_of(&item)?).await?;
    // One of another name was renamed between the two reads, so that no template had the name for an instant.
    Ok(found.filter(|found| found.name == name.as_str()))
}

/// The template of that name, which is needed.
///
/// # Errors
/// [`Refusal::ApprovalRuleTemplateDoesNotExist`], and the store's.
pub(super) async fn existing(forge: &Forge, name: &RuleName) -> Result<Template> {
    let found = named(forge, name).await?;
    found.ok_or_else(|| Refusal::ApprovalRuleTemplateDoesNotExist.into())
}

/// The template of that id.
///
/// # Errors
/// The store's.
pub(super) async fn by_id(forge: &Forge, id: &str) -> Result<Option<Template>> {
    let item = forge.store().table().get(&key(forge, id)).await?;
    item.as_ref().map(decode).transpose()
}

fn id_of(item: &Item) -> Result<&str> {
    std::str::from_utf8(&item.body).map_err(|_| Error::corrupt(format!("{:?} leads to a bad id", item.key)))
}

fn decode(item: &Item) -> Result<Template> {
    let bad = |why: String| Error::corrupt(format!("unreadable item {:?}: {why}", item.key));
    let record: Record = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(bad(format!("schema {} is newer than this program", record.schema)));
    }
    Ok(Template {
        id: record.id,
        name: record.name,
        description: record.description,
        content: record.content,
        created: Duration::from_millis(record.created_ms),
        modified: Duration::from_millis(record.modified_ms),
        modified_by: record.modified_by,
        change_id: record.change_id,
    })
}
