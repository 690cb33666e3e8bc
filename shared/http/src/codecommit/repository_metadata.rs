//! The shape `RepositoryMetadata`.

use std::time::Duration;

use packhouse_forge::repositories::RepositoryDescription;
use serde::Serialize;

use crate::aws_json::input::epoch_seconds;

/// All that the API tells about a repository.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RepositoryMetadata {
    account_id: String,
    repository_id: String,
    repository_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_description: Option<String>,
    /// Clients read its absence as "this repository is empty".
    #[serde(skip_serializing_if = "Option::is_none")]
    default_branch: Option<String>,
    #[serde(serialize_with = "epoch_seconds")]
    last_modified_date: Duration,
    #[serde(serialize_with = "epoch_seconds")]
    creation_date: Duration,
    clone_url_http: String,
    clone_url_ssh: String,
    /// The one member with a capital letter.
    #[serde(rename = "Arn")]
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
}

impl From<RepositoryDescription> for RepositoryMetadata {
    fn from(found: RepositoryDescription) -> Self {
        Self {
            account_id: found.account.to_string(),
            repository_id: found.id.to_string(),
            repository_name: found.name.to_string(),
            repository_description: found.description.map(|text| text.as_str().to_owned()),
            default_branch: found.default_branch,
            last_modified_date: found.modified,
            creation_date: found.created,
            clone_url_http: found.clone_url_http,
            clone_url_ssh: found.clone_url_ssh,
            arn: found.arn,
            kms_key_id: found.kms_key,
        }
    }
}
