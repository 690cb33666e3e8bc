//! Administration that `CodeCommit` has no operation for, in the same form under a name of our own.
//!
//! The `packhouse admin` commands speak it to a running server. It is internal: it changes with the program.

mod inspect;
mod list_deleted;
mod relax_fsck;
mod undelete;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;

/// Carries out one operation.
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "InspectRepository" => inspect::serve(forge, caller, body).await,
        "ListDeletedRepositories" => list_deleted::serve(forge, caller).await,
        "RelaxFsck" => relax_fsck::serve(forge, caller, body).await,
        "UndeleteRepository" => undelete::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("there is no such operation")),
    }
}
