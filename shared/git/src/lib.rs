//! Git's bytes: ids, objects, pkt-lines, packs, deltas and the messages of the transfer protocols.
//!
//! Pure: no I/O, no async, no clock, no environment. Everything here is a function of the bytes it is given.

pub mod hash;
pub mod object;
pub mod capabilities;
pub mod filter;
mod number;
pub mod pkt_line;
pub mod sideband;
pub mod sparse;
pub mod fsck;
pub mod ref_name;
pub mod advertisement;
pub mod receive_pack;
pub mod upload_pack;
pub mod delta;
pub mod pack;
pub mod zlib;
