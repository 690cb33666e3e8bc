//! Reading what was sent, and writing what is answered.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::failure::Failure;
use crate::aws_json::failure::Failure as AwsJson;

/// Reads an operation's input. An empty body is an empty object; members that the operation does not know are ignored.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| AwsJson::serialization(&error.to_string()).into())
}

/// Writes an operation's output.
pub(crate) fn answer(output: &impl Serialize) -> Answer {
    serde_json::to_vec(output).map_err(|error| AwsJson::internal(&error).into())
}

/// A member that the operation needs.
pub(crate) fn required<T>(value: Option<T>, name: &str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::invalid(format!("The member {name} is required.")))
}

/// A filter of a listing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct NameAndValue {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What a listing takes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Listing {
    filters: Option<Vec<NameAndValue>>,
    pub(crate) next_token: Option<String>,
    pub(crate) max_results: Option<i64>,
}

impl Listing {
    /// The filters, by what each becomes; one that becomes nothing has a name that the listing does not know.
    pub(crate) fn filters<T>(&mut self, of: impl Fn(&str, String) -> Option<T>) -> Result<Vec<T>, Failure> {
        let filters = self.filters.take().unwrap_or_default().into_iter();
        let unknown = || Failure::invalid("The listing has no filter of that name.");
        filters
            .map(|filter| of(&filter.name, filter.value).ok_or_else(unknown))
            .collect()
    }
}
