//! Git's bytes: ids, objects, pkt-lines, packs, deltas and the messages of the transfer protocols.
//!
//! Pure: no I/O, no async, no clock, no environment. Everything here is a function of the bytes it is given.

pub mod advertisement;
pub mod archive;
pub mod capabilities;
pub mod commit;
pub mod delta;
pub mod diff;
pub mod filter;
pub mod find;
pub mod fsck;
pub mod hash;
pub mod history;
pub mod merge;
pub mod merge_base;
mod number;
pub mod object;
pub mod pack;
pub mod pkt_line;
pub mod receive_pack;
pub mod ref_name;
pub mod sideband;
pub mod sparse;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod upload_pack;
pub mod zlib;
