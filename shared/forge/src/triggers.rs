//! Triggers: topics and functions that are told when refs of a repository change.

mod get;
mod message;
mod put;
mod record;
mod targets;
mod test;
#[cfg(test)]
mod tests;
mod trigger;

pub use self::get::{Configuration, get};
pub use self::put::put;
pub use self::targets::{NoTargets, TriggerTargets, Undelivered};
pub use self::test::{Tested, test};
pub use self::trigger::{Given, Target, Trigger};
