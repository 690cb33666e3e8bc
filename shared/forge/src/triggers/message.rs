//! What triggers tell.

use std::time::Duration;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::id;
use serde_json::json;

use super::trigger::Trigger;
use crate::forge::Forge;
use crate::iso8601;
use crate::names::RepositoryName;

/// The longest subject that SNS takes.
const MAX_SUBJECT: usize = 99;

/// What is told of a repository.
pub(super) struct Message<'a> {
    pub(super) repository: &'a RepositoryName,
    /// The triggers' configuration.
    pub(super) configuration: &'a str,
    /// What happened.
    pub(super) event: &'static str,
    /// To what refs, and what they point to.
    pub(super) references: &'a [(RefName, ObjectId)],
    /// When, since the Unix epoch.
    pub(super) time: Duration,
    /// ARN of who did it.
    pub(super) by: &'a str,
}

impl Message<'_> {
    /// The message of a trigger, as `CodeCommit` words it: the payload of a function, and the message of a topic.
    pub(super) fn of(&self, forge: &Forge, trigger: &Trigger) -> String {
        let references = self.references.iter();
        let references = references.map(|(name, commit)| json!({ "commit": commit.to_string(), "ref": name.as_str() }));
        let seconds = iso8601::format(self.time.as_secs());
        let time = format!(
            "{}.{:03}+0000",
            seconds.trim_end_matches('Z'),
            self.time.subsec_millis()
        );
        let record = json!({
            "awsRegion": forge.installation().region.as_str(),
            "codecommit": { "references": references.collect::<Vec<_>>() },
            "customData": trigger.custom_data,
            "eventId": id::uuid(),
            "eventName": self.event,
            "eventPartNumber": 1,
            "eventSource": "aws:codecommit",
            "eventSourceARN": forge.repository_arn(self.repository),
            "eventTime": time,
            "eventTotalParts": 1,
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
