//! One Git repository on a table and a blob store.
//!
//! Knows manifests, packs, objects, pushes, fetches and compaction. Must not know HTTP, accounts and permissions, or
//! which store it runs on: it speaks to the two ports, [`table::Table`] and [`blobs::Blobs`].

mod answers;
mod assemble;
pub mod blobs;
pub mod clock;
pub mod compact;
pub mod contract;
pub mod error;
pub mod fault;
pub mod fetch;
pub mod id;
pub mod incoming;
pub mod keys;
pub mod limits;
pub mod log;
pub mod manifest;
pub mod memory;
mod merge;
pub mod odb;
pub mod outbox;
mod outgoing;
mod pack_cache;
mod pack_list;
mod piece;
pub mod push;
mod reach;
pub mod reclaim;
pub mod refs;
mod repack;
mod replace;
pub mod repository;
pub mod repository_id;
mod rewrite;
mod sidecar;
pub mod snapshot;
mod spool;
pub mod store;
pub mod table;
#[cfg(test)]
mod testing;
pub mod trail;
mod tree_diff;
pub mod upload;
