//! What records of Git requests have of their own.

use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::ref_name::RefName;
use packhouse_storage::clock;
use packhouse_storage::log::Entry;
use serde_json::{Value, json};

use super::record::{MAX_PARTS, frame, resource};
use crate::forge::Forge;
use crate::names::RepositoryName;

/// The service that Git requests belong to.
pub(crate) const SOURCE: &str = "codecommit.amazonaws.com";

/// The record of a push, out of its entry in the log of a repository.
pub(super) fn json(forge: &Forge, name: &RepositoryName, repository_id: &str, entry: &Entry) -> Value {
    let details = entry
        .actor
        .details
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let details: Value = details.unwrap_or_else(|| json!({ "userIdentity": { "arn": entry.actor.arn } }));
    // As it was called then.
    let pushed_to = details["repositoryName"]
        .as_str()
        .and_then(|name| RepositoryName::new(name).ok());
    let name = pushed_to.as_ref().unwrap_or(name);
    let id = format!("{repository_id}/{}", entry.version);
    let mut record = frame(forge, &details, &entry.actor.request, &id, clock::millis(entry.time));
    let changes = entry.refs.iter().map(|change| (&change.name, change.old, change.new));
    let rest = json!({
        "eventName": "GitPush",
        "eventSource": SOURCE,
        "readOnly": false,
        "requestParameters": references(changes),
        "responseElements": null,
        "additionalEventData": transfer(name, repository_id, true),
        "resources": [resource(forge, name)],
    });
    if let Value::Object(rest) = rest {
        record.extend(rest);
    }
    Value::Object(record)
}

/// The parameters of a push: what each ref was to point to. A ref that was to be deleted has an id of zeros.
pub(crate) fn references<'a>(
    changes: impl Iterator<Item = (&'a RefName, Option<ObjectId>, Option<ObjectId>)>,
) -> Value {
    let references = changes.take(MAX_PARTS).map(|(name, old, new)| {
        let zeros = || old.map_or(ObjectFormat::Sha1, |old| old.kind()).null();
        json!({ "commit": new.unwrap_or_else(zeros).to_string(), "ref": name.as_str() })
    });
    json!({ "references": references.collect::<Vec<_>>() })
}

/// What a Git request was about, and whether objects went along.
pub(crate) fn transfer(name: &RepositoryName, repository_id: &str, transferred: bool) -> Value {
    json!({
        "protocol": "HTTP",
        "dataTransferred": transferred,
        "repositoryName": name.as_str(),
        "repositoryId": repository_id,
    })
}
