//! The lines that mean the same in all versions.

use std::collections::HashSet;

use super::{Deepen, Error, Excerpt, FetchRequest, INFINITE_DEPTH, Server};
use crate::filter::Filter;
use crate::hash::{ObjectFormat, ObjectId, parse_hex};
use crate::number;

/// A request while its lines are read.
pub(super) struct Draft {
    pub(super) request: FetchRequest,
    pub(super) format: ObjectFormat,
    sparse_filter: bool,
    wanted: HashSet<ObjectId>,
    depth: Option<u32>,
    since: Option<i64>,
    not: Vec<Vec<u8>>,
}

impl Draft {
    pub(super) fn new(server: &Server<'_>) -> Self {
        Self {
            request: FetchRequest::default(),
            format: server.format,
            sparse_filter: server.features.sparse_filter,
            wanted: HashSet::new(),
            depth: None,
            since: None,
            not: Vec::new(),
        }
    }

    pub(super) fn want(&mut self, id: ObjectId) {
        if self.wanted.insert(id) {
            self.request.wants.push(id);
        }
    }

    pub(super) fn have(&mut self, hex: &[u8]) -> Result<(), Error> {
        let id = parse_hex(self.format, hex).ok_or_else(|| Error::Have(Excerpt::new(hex)))?;
        self.request.haves.push(id);
        Ok(())
    }

    /// Takes a line about shallowness; false when it is about something else.
    pub(super) fn take_shallow(&mut self, line: &[u8]) -> Result<bool, Error> {
        if let Some(hex) = line.strip_prefix(b"shallow ") {
            let id = parse_hex(self.format, hex).ok_or_else(|| Error::Shallow(Excerpt::new(line)))?;
            self.request.shallow.push(id);
        } else if let Some(depth) = line.strip_prefix(b"deepen ") {
            let depth = number::parse(depth).and_then(|depth| u32::try_from(depth).ok());
            let depth = depth.filter(|depth| (1..=INFINITE_DEPTH).contains(depth));
            self.depth = Some(depth.ok_or_else(|| Error::Deepen(Excerpt::new(line)))?);
        } else if let Some(since) = line.strip_prefix(b"deepen-since ") {
            let since = number::parse(since).and_then(|since| i64::try_from(since).ok());
            self.since = Some(since.ok_or_else(|| Error::DeepenSince(Excerpt::new(line)))?);
        } else if let Some(name) = line.strip_prefix(b"deepen-not ") {
            self.not.push(name.to_vec());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    pub(super) fn filter(&mut self, spec: &[u8]) -> Result<(), Error> {
        if self.request.filter.is_some() {
            return Err(Error::FilterTwice);
        }
        let filter = Filter::parse(spec)?;
        if !self.sparse_filter && filter.parts().iter().any(|part| matches!(part, Filter::SparseOid(_))) {
            return Err(Error::FilterNotSupported("sparse:oid"));
        }
        self.request.filter = Some(filter);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<FetchRequest, Error> {
        let Self {
            mut request,
            depth,
            since,
            not,
            ..
        } = self;
        let history = since.is_some() || !not.is_empty();
        request.deepen = match depth {
            Some(_) if history => return Err(Error::DeepenTwice),
            Some(depth) => Some(Deepen::Depth(depth)),
            None => history.then_some(Deepen::History { since, not }),
        };
        request.shallow.sort_unstable();
        request.shallow.dedup();
        Ok(request)
    }
}
