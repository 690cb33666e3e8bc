//! JSON in which no key occurs twice.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::policy::invalid::quoted;

/// A JSON value. Numbers and truth values are kept as text, which is how policies compare them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    /// A number, `true` or `false`, which is not written as text.
    Scalar(String),
    Text(String),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl Json {
    /// A text, or a list of texts that is not empty.
    ///
    /// # Errors
    /// That it is neither.
    pub(super) fn into_texts(self) -> Result<Vec<String>, String> {
        const EXPECTED: &str = "it has to be text, or a list of texts";
        self.into_values(EXPECTED, |value| match value {
            Self::Text(text) => Some(text),
            Self::Null | Self::Scalar(_) | Self::List(_) | Self::Object(_) => None,
        })
    }

    /// The same, where numbers and truth values count as text.
    ///
    /// # Errors
    /// That it is neither.
    pub(super) fn into_scalars(self) -> Result<Vec<String>, String> {
        const EXPECTED: &str = "it has to be text, a number, true or false, or a list of those";
        self.into_values(EXPECTED, |value| match value {
            Self::Text(text) | Self::Scalar(text) => Some(text),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        })
    }

    fn into_values(self, expected: &str, read: impl Fn(Self) -> Option<String>) -> Result<Vec<String>, String> {
        let list = match self {
            Self::List(list) if list.is_empty() => return Err("the list is empty".into()),
            Self::List(list) => list,
            single => vec![single],
        };
        let values: Option<Vec<String>> = list.into_iter().map(read).collect();
        values.ok_or_else(|| expected.to_owned())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut found: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = found.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut found: A) -> Result<Json, A::Error> {
        let mut object = BTreeMap::new();
        while let Some(key) = found.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {} occurs twice", quoted(&key))));
            }
            object.insert(key, found.next_value()?);
        }
        Ok(Json::Object(object))
    }
}
