//! Reading what was sent, and writing what is answered.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::names::RepositoryName;
use packhouse_forge::refusal::Refusal;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Answer;
use super::failure::Failure;

/// Reads an operation's input. An empty body is an empty object; members that the operation does not know are
/// ignored, as AWS does.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Failure::serialization(&error.to_string()))
}

/// Bytes as AWS JSON writes them: a text in base64.
#[derive(Debug)]
pub(crate) struct Blob(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;

        impl Visitor<'_> for Base64 {
            type Value = Blob;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in base64")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Blob, E> {
                STANDARD.decode(text).map(Blob).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Base64)
    }
}

/// Writes an operation's output.
pub(crate) fn answer(output: &impl Serialize) -> Answer {
    serde_json::to_vec(output).map_err(|error| Failure::internal(&error))
}

/// The answer of an operation without output.
pub(crate) const fn nothing() -> Answer {
    Ok(Vec::new())
}

/// A member that the operation needs.
pub(crate) fn required<T>(value: Option<T>, exception: &'static str, message: &str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::invalid(exception, message))
}

/// A member that the operation needs; without it, the operation is refused for that reason.
pub(crate) fn needed<T>(value: Option<T>, refusal: Refusal) -> Result<T, Failure> {
    value.ok_or_else(|| Error::from(refusal).into())
}

/// A token of a listing. Callers that page by hand send the empty token of a last page back.
pub(crate) fn next_token(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// The name of a repository, which the operation needs.
pub(crate) fn repository_name(value: Option<&str>) -> Result<RepositoryName, Failure> {
    let message = "A repository name is required, but was not specified.";
    let name = required(value, "RepositoryNameRequiredException", message)?;
    RepositoryName::new(name).map_err(|error: Error| error.into())
}

/// The repository that an ARN names, which the operation needs.
pub(crate) fn resource(forge: &Forge, arn: Option<&str>) -> Result<RepositoryName, Failure> {
    let arn = needed(arn.filter(|arn| !arn.is_empty()), Refusal::ResourceArnRequired)?;
    let name = needed(forge.named_in_arn(arn), Refusal::InvalidResourceArn)?;
    RepositoryName::new(name).map_err(|error: Error| error.into())
}

/// A time as AWS JSON writes it: seconds since the Unix epoch with milliseconds.
pub(crate) fn epoch_seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
