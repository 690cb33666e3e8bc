//! How callers prove who they are.

pub mod basic;
pub mod gateway;
pub(crate) mod signed;
pub mod sigv4;
pub mod source;
pub mod throttle;

use std::sync::Arc;

use packhouse_forge::names::Region;

use self::gateway::GitCallers;
use self::throttle::Throttle;

/// How callers are known. Clones share what is remembered of failures.
#[derive(Clone, Debug, Default)]
pub struct Callers {
    /// How those of the Git routes are known.
    pub git: GitCallers,
    /// How many proxies stand between clients and this process. What they say of a client is believed.
    pub trusted_proxies: usize,
    /// The regions that Git clients may sign for, besides the installation's.
    pub signing_regions: Arc<[Region]>,
    /// What failures cost.
    pub throttle: Throttle,
}
