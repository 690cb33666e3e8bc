//! The server's side of clones and fetches, without what it takes from a repository: requests in, responses out.
//!
//! A request of version 0 or 1 is parsed by [`parse_v0`], one of version 2 by [`parse_v2`]; both make a
//! [`FetchRequest`]. [`negotiation`] answers its haves, [`response`] writes what follows, up to the pack. Every error's
//! text is for the client; where Git has words for it these are Git's.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::filter::Filter;
use crate::hash::{ObjectFormat, ObjectId};
use crate::sideband;

mod advertise;
mod arguments;
mod error;
pub mod ls_refs;
pub mod negotiation;
pub mod object_info;
pub mod response;
mod v0;
mod v2;

pub use advertise::{capabilities_v0, write_capabilities_v2};
pub use error::{Error, Excerpt};
pub use ls_refs::LsRefsRequest;
pub use object_info::ObjectInfoRequest;
pub use v0::parse as parse_v0;
pub use v2::{Request, parse as parse_v2};

/// The depth that means all of history.
pub const INFINITE_DEPTH: u32 = 0x7fff_ffff;

/// What a server says of itself and permits; advertisements and parsers agree on it.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// The object format of the repository.
    pub format: ObjectFormat,
    /// What the server calls itself; visible ASCII without spaces.
    pub agent: &'a str,
    /// The id of this conversation, for the client's logs; visible ASCII without spaces.
    pub session_id: Option<&'a str>,
    /// What is permitted.
    pub features: Features,
}

/// What clients may ask for beyond the basics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// Filters, `sparse:oid` aside.
    pub filter: bool,
    /// `sparse:oid` filters; counts only together with `filter`.
    pub sparse_filter: bool,
    /// `want-ref`.
    pub ref_in_want: bool,
    /// `sideband-all`.
    pub sideband_all: bool,
    /// The command `object-info`.
    pub object_info: bool,
    /// Tells clients of version 0 that they may want what no advertised ref names.
    pub any_want: bool,
}

impl Features {
    /// Everything.
    pub const ALL: Self = Self {
        filter: true,
        sparse_filter: true,
        ref_in_want: true,
        sideband_all: true,
        object_info: true,
        any_want: true,
    };

    /// Nothing.
    pub const NONE: Self = Self {
        filter: false,
        sparse_filter: false,
        ref_in_want: false,
        sideband_all: false,
        object_info: false,
        any_want: false,
    };
}

/// What a client tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its name and version, fit for a log.
    pub agent: Option<String>,
    /// Its id of this conversation, fit for a log.
    pub session_id: Option<String>,
    /// What the user gave with `--server-option`, in order; any bytes.
    pub server_options: Vec<Vec<u8>>,
}

/// How haves are acknowledged in version 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiAck {
    /// Only the first common one.
    #[default]
    None,
    /// `multi_ack`: each common one, `ACK <id> continue`.
    Continue,
    /// `multi_ack_detailed`: each common one, and when there are enough.
    Detailed,
}

/// How much history a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deepen {
    /// So many commits along every path, from 1 to [`INFINITE_DEPTH`].
    Depth(u32),
    /// What is young enough and not reachable from others; one of the two at least is given.
    History {
        /// Commits from this time on, in seconds since 1970; never negative.
        since: Option<i64>,
        /// Not what these refs reach; names of any form that the client's user may write, unresolved.
        not: Vec<Vec<u8>>,
    },
}

/// A fetch. Takes memory in proportion to the request that it was parsed from, about five times of it at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchRequest {
    /// Who asks.
    pub client: Client,
    /// The objects wanted, each once. Nothing is known of them yet.
    pub wants: Vec<ObjectId>,
    /// The refs wanted by name, each once. Version 2 only.
    pub want_refs: Vec<Vec<u8>>,
    /// The objects that the client says it has, in its order, repetitions included.
    pub haves: Vec<ObjectId>,
    /// The negotiation is over: send the pack.
    pub done: bool,
    /// The request ended behind the wants: the client asks for the shallow boundary and nothing else. Version 0 only.
    pub shallow_only: bool,
    /// The client's own shallow boundary, sorted, each once.
    pub shallow: Vec<ObjectId>,
    /// How much history is wanted; all without it, up to the client's shallow boundary.
    pub deepen: Option<Deepen>,
    /// [`Deepen::Depth`] counts from the client's shallow boundary and not from the wants.
    pub deepen_relative: bool,
    /// Which objects to leave out.
    pub filter: Option<Filter>,
    /// Deltas may have bases that only the client has.
    pub thin_pack: bool,
    /// Deltas may name their bases by offset.
    pub ofs_delta: bool,
    /// No progress messages.
    pub no_progress: bool,
    /// Annotated tags go along with what they point to.
    pub include_tag: bool,
    /// Every line is on a sideband, not only those of the pack. Version 2 only.
    pub sideband_all: bool,
    /// No pack before `done`. Version 2 only.
    pub wait_for_done: bool,
    /// The pack may follow at once when enough is common, without `done`. Version 0 only.
    pub no_done: bool,
    /// How to acknowledge haves. Version 0 only; version 2 has a way of its own.
    pub multi_ack: MultiAck,
    /// How to send the pack; always [`sideband::Mode::Large`] in version 2.
    pub sideband: sideband::Mode,
}

impl FetchRequest {
    /// Whether nothing is wanted, by id or by name.
    #[must_use]
    pub const fn wants_nothing(&self) -> bool {
        self.wants.is_empty() && self.want_refs.is_empty()
    }

    /// Whether version 2 answers with a `shallow-info` section, even an empty one. Version 0 sends its shallow lines
    /// only when [`FetchRequest::deepen`] is given.
    #[must_use]
    pub const fn has_shallow_info(&self) -> bool {
        self.deepen.is_some() || !self.shallow.is_empty()
    }
}

#[cfg(test)]
mod tests;
