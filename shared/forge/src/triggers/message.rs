//! What triggers tell.

use std::time::Duration;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use serde_json::{Value, json};

use super::trigger::Trigger;
use crate::forge::Forge;
use crate::iso8601;
use crate::names::RepositoryName;

/// The longest subject that SNS takes.
const MAX_SUBJECT: usize = 99;
/// The most references of one message; a larger change is told in parts.
const MAX_REFERENCES: usize = 500;
/// The most bytes that the names of the references of one message have; topics and functions take 256 KB in all.
const MAX_NAME_BYTES: usize = 100_000;

/// What is told of a repository.
pub(super) struct Message<'a> {
    pub(super) repository: &'a RepositoryName,
    /// The triggers' configuration.
    pub(super) configuration: &'a str,
    /// What happened.
    pub(super) event: &'static str,
    /// To what refs.
    pub(super) references: &'a [Reference],
    /// Names the message; repetitions have the same.
    pub(super) id: String,
    /// Which part of a change it is, and of how many.
    pub(super) part: (usize, usize),
    /// When, since the Unix epoch.
    pub(super) time: Duration,
    /// ARN of who did it.
    pub(super) by: &'a str,
}

/// A ref, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) name: RefName,
    /// What it points to, or pointed to last.
    pub(super) commit: ObjectId,
    pub(super) became: Became,
}

/// What became of a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    Created,
    Updated,
    Deleted,
}

impl Became {
    /// What triggers call it.
    pub(super) const fn event(self) -> &'static str {
        match self {
            Self::Created => "createReference",
            Self::Updated => "updateReference",
            Self::Deleted => "deleteReference",
        }
    }
}

/// Parts of a change that are small enough for a message each; at least one.
pub(super) fn parts(references: &[Reference]) -> Vec<&[Reference]> {
    let (mut parts, mut rest) = (Vec::new(), references);
    loop {
        let mut bytes = 0;
        let fitting = rest.iter().take(MAX_REFERENCES).take_while(|reference| {
            bytes += reference.name.as_str().len();
            bytes <= MAX_NAME_BYTES
        });
        // One always fits: names of refs are short.
        let (part, behind) = rest.split_at(fitting.count().max(1).min(rest.len()));
        parts.push(part);
        rest = behind;
        if rest.is_empty() {
            return parts;
        }
    }
}

impl Message<'_> {
    /// The message of a trigger, as `CodeCommit` words it: the payload of a function, and the message of a topic.
    pub(super) fn of(&self, forge: &Forge, trigger: &Trigger) -> String {
        let seconds = iso8601::format(self.time.as_secs());
        let time = format!(
            "{}.{:03}+0000",
            seconds.trim_end_matches('Z'),
            self.time.subsec_millis()
        );
        let record = json!({
            "awsRegion": forge.installation().region.as_str(),
            "codecommit": { "references": self.references.iter().map(Reference::told).collect::<Vec<_>>() },
            "customData": trigger.custom_data,
            "eventId": self.id,
            "eventName": self.event,
            "eventPartNumber": self.part.0,
            "eventSource": "aws:codecommit",
            "eventSourceARN": forge.repository_arn(self.repository),
            "eventTime": time,
            "eventTotalParts": self.part.1,
            "eventTriggerConfigId": self.configuration,
            "eventTriggerName": trigger.name,
            "eventVersion": "1.0",
            "userIdentityARN": self.by,
        });
        json!({ "Records": [record] }).to_string()
    }

    /// The subject for topics.
    pub(super) fn subject(&self, forge: &Forge) -> String {
        let region = &forge.installation().region;
        let mut subject = format!("UPDATE: AWS CodeCommit {region} push: {}", self.repository);
        // Regions and names are ASCII.
        subject.truncate(MAX_SUBJECT);
        subject
    }
}

impl Reference {
    fn told(&self) -> Value {
        let mut told = json!({ "commit": self.commit.to_string(), "ref": self.name.as_str() });
        match self.became {
            Became::Created => told["created"] = true.into(),
            Became::Updated => {}
            Became::Deleted => told["deleted"] = true.into(),
        }
        told
    }
}
