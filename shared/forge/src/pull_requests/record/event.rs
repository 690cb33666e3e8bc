//! How events lie in the table.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::table::Item;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{MergedRecord, known, object_id, optional_id, parse, unreadable};
use crate::error::Result;
use crate::pull_requests::event::Rule;
use crate::pull_requests::{Event, EventType, Status, What};

const SCHEMA: u32 = 1;

/// One event. What a type has no use for is absent.
#[derive(Default, Serialize, Deserialize)]
struct Record {
    schema: u32,
    #[serde(rename = "type")]
    event_type: String,
    time_ms: u64,
    actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merge_base: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged: Option<MergedRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<RuleRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_given: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct RuleRecord {
    id: String,
    name: String,
    content: String,
}

/// An event as it is stored.
pub(in crate::pull_requests) fn encode(event: &Event) -> Vec<u8> {
    let mut record = Record {
        schema: SCHEMA,
        event_type: event.what.event_type().name().to_owned(),
        time_ms: clock::millis(event.time),
        actor: event.actor.clone(),
        ..Record::default()
    };
    match &event.what {
        What::Created {
            source,
            destination,
            merge_base,
        } => {
            record.before = Some(destination.to_string());
            record.after = Some(source.to_string());
            record.merge_base = merge_base.map(|id| id.to_string());
        }
        What::SourceReferenceUpdated {
            before,
            after,
            revision,
            merge_base,
        } => {
            record.revision = Some(revision.clone());
            record.before = Some(before.to_string());
            record.after = Some(after.to_string());
            record.merge_base = merge_base.map(|id| id.to_string());
        }
        What::StatusChanged(status) => record.status = Some(status.name().to_owned()),
        What::MergeStateChanged(merged) => record.merged = Some(MergedRecord::of(merged)),
        What::ApprovalRuleCreated(rule) | What::ApprovalRuleUpdated(rule) | What::ApprovalRuleDeleted(rule) => {
            record.rule = Some(RuleRecord {
                id: rule.id.clone(),
                name: rule.name.clone(),
                content: rule.content.clone(),
            });
        }
        What::ApprovalRuleOverridden { revision, overridden } => {
            record.revision = Some(revision.clone());
            record.is_given = Some(*overridden);
        }
        What::ApprovalStateChanged { revision, approved } => {
            record.revision = Some(revision.clone());
            record.is_given = Some(*approved);
        }
    }
    serde_json::to_vec(&record).expect("strings and numbers always encode")
}

/// Reads a stored event.
pub(in crate::pull_requests) fn decode(item: &Item) -> Result<Event> {
    let record: Record = parse(item)?;
    known(item, record.schema, SCHEMA)?;
    let (time, actor) = (Duration::from_millis(record.time_ms), record.actor.clone());
    let what = record.what().ok_or_else(|| unreadable(item))?;
    Ok(Event {
        time,
        actor,
        session_tags: Map::new(),
        what,
    })
}

impl Record {
    fn what(self) -> Option<What> {
        let merge_base = optional_id(self.merge_base.as_deref())?;
        let rule = self.rule.map(|rule| Rule {
            id: rule.id,
            name: rule.name,
            content: rule.content,
        });
        Some(match EventType::from_name(&self.event_type)? {
            EventType::Created => What::Created {
                source: object_id(&self.after?)?,
                destination: object_id(&self.before?)?,
                merge_base,
            },
            EventType::StatusChanged => What::StatusChanged(Status::from_name(&self.status?)?),
            EventType::SourceReferenceUpdated => What::SourceReferenceUpdated {
                before: object_id(&self.before?)?,
                after: object_id(&self.after?)?,
                revision: self.revision.unwrap_or_default(),
                merge_base,
            },
            EventType::MergeStateChanged => What::MergeStateChanged(self.merged?.read()?),
            EventType::ApprovalRuleCreated => What::ApprovalRuleCreated(rule?),
            EventType::ApprovalRuleUpdated => What::ApprovalRuleUpdated(rule?),
            EventType::ApprovalRuleDeleted => What::ApprovalRuleDeleted(rule?),
            EventType::ApprovalRuleOverridden => What::ApprovalRuleOverridden {
                revision: self.revision?,
                overridden: self.is_given?,
            },
            EventType::ApprovalStateChanged => What::ApprovalStateChanged {
                revision: self.revision?,
                approved: self.is_given?,
            },
        })
    }
}
