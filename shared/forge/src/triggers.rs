//! Triggers: topics, functions and webhooks that are told when refs of a repository change.
//!
//! Each trigger follows the repository's log from a mark of its own, [`Progress`], so it tells every change, in its order, and a
//! target that takes nothing keeps no other. Whoever learns of a change calls [`note`], and then [`tell`]. Where the target is
//! an object of S3, an archive of the branch is written there instead.

mod archive;
mod background;
mod get;
mod message;
mod progress;
mod put;
mod record;
mod redeliver;
mod resend;
mod send;
mod states;
mod targets;
mod tell;
mod test;
#[cfg(test)]
mod tests;
mod trigger;
mod turn;
mod webhook;

pub use self::background::telling;
pub use self::get::{Configuration, get};
pub(crate) use self::progress::PAUSES;
pub use self::progress::{Last, Progress};
pub use self::put::put;
pub use self::redeliver::redeliver;
pub(crate) use self::resend::{Resent, resend};
pub use self::states::{State, states};
pub use self::targets::{
    ArchiveTargets, FoundObject, Label, NewObject, NoTargets, Post, TriggerTargets, Undelivered, Webhooks,
};
pub use self::tell::{note, noted, tell};
pub use self::test::{Tested, test};
pub use self::trigger::{Given, Target, Trigger, split_object};
pub use self::turn::{Outcome, Turn, tell_in_turn};
pub use self::webhook::webhook_secret;
