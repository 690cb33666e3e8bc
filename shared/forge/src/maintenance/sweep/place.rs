//! Where a sweep is.

use std::fmt;

use packhouse_storage::keys::INCOMING_PREFIX;
use packhouse_storage::repository_id::RepositoryId;

const DELETED: &str = "deleted/";

/// Where a sweep goes on: a stage of it, and what it is done with there. The stages follow each other in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind this deleted repository; at the first one without it.
    Deleted(Option<RepositoryId>),
    /// Behind this key of a part of a direct upload.
    Parts(String),
    /// Behind this repository.
    Repositories(RepositoryId),
}

impl Default for Place {
    /// The start.
    fn default() -> Self {
        Self::Deleted(None)
    }
}

impl Place {
    /// Reads what [`Display`](fmt::Display) wrote; `None` when it is no place.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(id) = text.strip_prefix(DELETED) {
            let is_start = id.is_empty();
            let id = RepositoryId::parse(id);
            return (is_start || id.is_some()).then_some(Self::Deleted(id));
        }
        if text.starts_with(INCOMING_PREFIX) {
            return Some(Self::Parts(text.to_owned()));
        }
        RepositoryId::parse(text).map(Self::Repositories)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted(after) => {
                let after = after.as_ref().map(RepositoryId::as_str);
                write!(out, "{DELETED}{}", after.unwrap_or_default())
            }
            Self::Parts(key) => out.write_str(key),
            Self::Repositories(id) => write!(out, "{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let id = RepositoryId::fresh();
        let check = |text: String, place: Option<Place>| {
            if let Some(place) = &place {
                assert_eq!(place.to_string(), text);
            }
            assert_eq!(Place::parse(&text), place, "{text}");
        };
        check("deleted/".to_owned(), Some(Place::default()));
        check(format!("deleted/{id}"), Some(Place::Deleted(Some(id.clone()))));
        let part = format!("incoming/{id}/01ARZ3NDEKTSV4RRFFQ69G5FAV/00001");
        check(part.clone(), Some(Place::Parts(part)));
        check(id.to_string(), Some(Place::Repositories(id)));
        for other in ["", "deleted", "deleted/x", "x", "repos/x"] {
            check(other.to_owned(), None);
        }
    }
}
