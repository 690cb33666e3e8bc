//! A target as the API has it.

use packhouse_forge::notifications::{Detail, GivenTarget};
use serde::{Deserialize, Serialize};

use crate::rest_json::failure::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetInput {
    target_type: Option<String>,
    target_address: Option<String>,
}

impl From<TargetInput> for GivenTarget {
    fn from(input: TargetInput) -> Self {
        Self {
            kind: input.target_type,
            address: input.target_address,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetSummary {
    pub(super) target_address: String,
    pub(super) target_type: &'static str,
    pub(super) target_status: &'static str,
}

/// The detail of that name.
pub(super) fn detail(name: &str) -> Result<Detail, Failure> {
    Detail::from_name(name).ok_or_else(|| Failure::invalid("The detail type is BASIC or FULL."))
}

/// Whether the status of that name is the one that tells.
pub(super) fn enabled(status: &str) -> Result<bool, Failure> {
    match status {
        "ENABLED" => Ok(true),
        "DISABLED" => Ok(false),
        _ => Err(Failure::invalid("The status is ENABLED or DISABLED.")),
    }
}
