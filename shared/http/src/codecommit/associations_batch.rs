//! What the two operations have in common that change the associations of several repositories.

use packhouse_forge::error::Error;
use serde::{Deserialize, Serialize};

use crate::aws_json::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    pub(super) approval_rule_template_name: Option<String>,
    pub(super) repository_names: Option<Vec<String>>,
}

/// Why nothing was done for one repository.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failed {
    repository_name: String,
    error_code: &'static str,
    error_message: String,
}

impl From<(String, Error)> for Failed {
    fn from((repository_name, error): (String, Error)) -> Self {
        let failure = Failure::from(error);
        Self {
            repository_name,
            error_code: failure.exception(),
            error_message: failure.message().to_owned(),
        }
    }
}
