//! The JSON of a rule's content. Members that are not known, or occur twice, are refused: a rule that is misread would
//! protect nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

/// All of it.
pub(super) struct Content {
    pub(super) version: String,
    pub(super) destination_references: Option<Vec<String>>,
    pub(super) statements: Vec<Statement>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Members {
    version: String,
    destination_references: Option<Vec<String>>,
    statements: Vec<Object<Statement>>,
}

/// One statement.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Statement {
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) number_of_approvals_needed: u64,
    pub(super) approval_pool_members: Option<Vec<String>>,
}

/// Reads a content.
///
/// # Errors
/// What is wrong with the text.
pub(super) fn parse(text: &str) -> Result<Content, String> {
    let Object(read) = serde_json::from_str::<Object<Members>>(text).map_err(|error| error.to_string())?;
    Ok(Content {
        version: read.version,
        destination_references: read.destination_references,
        statements: read.statements.into_iter().map(|Object(statement)| statement).collect(),
    })
}

/// What is an object in JSON, and not, as structs may otherwise be, a list.
struct Object<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OfObject(PhantomData))
    }
}

struct OfObject<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OfObject<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}
