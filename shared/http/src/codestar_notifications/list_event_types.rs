//! `ListEventTypes`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications::{self, EventTypeFilter};
use serde_json::json;

use super::event_type_summary::EventTypeSummary;
use crate::rest_json::Answer;
use crate::rest_json::input::{Listing, answer, parse};

pub(super) fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let mut input: Listing = parse(body)?;
    let filters = input.filters(|name, value| match name {
        "RESOURCE_TYPE" => Some(EventTypeFilter::ResourceType(value)),
        "SERVICE_NAME" => Some(EventTypeFilter::Service(value)),
        _ => None,
    })?;
    let page = notifications::list_event_types(forge, caller, &filters, input.next_token.as_deref())?;
    let types: Vec<EventTypeSummary> = page.items.into_iter().map(Into::into).collect();
    answer(&json!({ "EventTypes": types }))
}
