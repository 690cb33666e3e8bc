//! What `CloudTrail`'s API has of the audit log: `aws cloudtrail lookup-events` reads it.

mod lookup_events;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;

/// Carries out one operation.
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "LookupEvents" => lookup_events::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("of CloudTrail there is LookupEvents only")),
    }
}
