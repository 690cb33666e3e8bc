//! The stored form of a repository's triggers.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Write};
use serde::{Deserialize, Serialize};

use super::get::Configuration;
use super::trigger::{Target, Trigger};
use crate::error::{Error, Result};

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: String,
    triggers: Vec<TriggerRecord>,
}

#[derive(Serialize, Deserialize)]
struct TriggerRecord {
    name: String,
    #[serde(flatten)]
    target: TargetRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    branches: Vec<String>,
    events: Vec<String>,
    #[serde(default)]
    since: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TargetRecord {
    Topic(String),
    Function(String),
    Webhook(String),
    Archive(String),
}

/// Stores the triggers of a repository, all of them.
pub(super) fn write(id: &RepositoryId, expect: Expect, configuration: &Configuration) -> Write {
    let triggers = configuration.triggers.iter().map(|trigger| TriggerRecord {
        name: trigger.name.clone(),
        target: match &trigger.target {
            Target::Topic(arn) => TargetRecord::Topic(arn.clone()),
            Target::Function(arn) => TargetRecord::Function(arn.clone()),
            Target::Webhook(url) => TargetRecord::Webhook(url.clone()),
            Target::Archive(arn) => TargetRecord::Archive(arn.clone()),
        },
        data: trigger.custom_data.clone(),
        branches: trigger.branches.clone(),
        events: trigger.events.clone(),
        since: trigger.since,
    });
    let record = Record {
        schema: SCHEMA,
        id: configuration.id.clone(),
        triggers: triggers.collect(),
    };
    let body = serde_json::to_vec(&record).expect("strings always encode");
    Write::put(keys::triggers(id.as_str()), expect, body)
}

/// Reads [`write`].
pub(super) fn decode(item: &Item) -> Result<Configuration> {
    let bad = |why: String| Error::corrupt(format!("unreadable triggers {:?}: {why}", item.key));
    let record: Record = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(bad(format!("schema {} is newer than this program", record.schema)));
    }
    let triggers = record.triggers.into_iter().map(|trigger| Trigger {
        name: trigger.name,
        target: match trigger.target {
            TargetRecord::Topic(arn) => Target::Topic(arn),
            TargetRecord::Function(arn) => Target::Function(arn),
            TargetRecord::Webhook(url) => Target::Webhook(url),
            TargetRecord::Archive(arn) => Target::Archive(arn),
        },
        custom_data: trigger.data,
        branches: trigger.branches,
        events: trigger.events,
        since: trigger.since,
    });
    Ok(Configuration {
        id: record.id,
        triggers: triggers.collect(),
    })
}
