//! What the tags of callers say to people, for events to tell.

use packhouse_storage::log::Actor;
use serde_json::{Map, Value};

use super::principal::Principal;

/// The tags that events tell, under the same names.
const TOLD: [&str; 2] = ["displayName", "emailAddress"];
/// What they are called in the details of a log's entry.
pub(super) const IN_DETAILS: &str = "sessionTags";

/// Those of a caller: of the session, else of its role, or of the user.
pub(crate) fn of_caller(principal: &Principal) -> Map<String, Value> {
    pick(|name| principal.tags.get(name).map(String::as_str))
}

/// Those that a log's entry has of whoever made it.
pub(crate) fn of_actor(actor: &Actor) -> Map<String, Value> {
    let details = actor
        .details
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let details: Value = details.unwrap_or_default();
    pick(|name| details[IN_DETAILS][name].as_str())
}

fn pick<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Map<String, Value> {
    let told = TOLD.into_iter();
    told.filter_map(|name| Some((name.to_owned(), value(name)?.into())))
        .collect()
}
