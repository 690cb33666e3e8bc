//! Administration that `CodeCommit` has no operation for, in the same form under a name of our own.
//!
//! The commands `packhouse admin`, `packhouse events` and `packhouse triggers` speak it to a running server. It is internal: it changes with the program.

mod get_event_lag;
mod inspect;
mod list_dead_letters;
mod list_deleted;
mod list_trigger_states;
mod redeliver_trigger;
mod relax_fsck;
mod repack;
mod replay_dead_letter;
mod reveal_webhook_secret;
mod undelete;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;

/// Carries out one operation.
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "GetEventLag" => get_event_lag::serve(forge, caller).await,
        "InspectRepository" => inspect::serve(forge, caller, body).await,
        "ListDeadLetters" => list_dead_letters::serve(forge, caller, body).await,
        "ListDeletedRepositories" => list_deleted::serve(forge, caller).await,
        "ListTriggerStates" => list_trigger_states::serve(forge, caller, body).await,
        "RedeliverTrigger" => redeliver_trigger::serve(forge, caller, body).await,
        "RelaxFsck" => relax_fsck::serve(forge, caller, body).await,
        "RepackRepository" => repack::serve(forge, caller, body).await,
        "ReplayDeadLetter" => replay_dead_letter::serve(forge, caller, body).await,
        "RevealWebhookSecret" => reveal_webhook_secret::serve(forge, caller, body).await,
        "UndeleteRepository" => undelete::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("there is no such operation")),
    }
}
