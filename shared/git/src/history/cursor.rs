//! Where a walk goes on.

use crate::hash::{ObjectFormat, ObjectId};

/// A path in a commit that waits to be visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) time: i64,
    pub(super) commit: ObjectId,
    pub(super) path: Vec<u8>,
    pub(super) children: Vec<ObjectId>,
}

/// Where a walk goes on: from the start of a file's history, or behind a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) waiting: Vec<Waiting>,
}

impl Cursor {
    /// The start of the history of the file at `path`, seen from a commit. The file may be gone there.
    #[must_use]
    pub fn start(commit: ObjectId, path: &[u8]) -> Self {
        let waiting = Waiting {
            time: i64::MAX,
            commit,
            path: path.to_vec(),
            children: Vec::new(),
        };
        Self { waiting: vec![waiting] }
    }

    /// The commits that the walk goes on from; all belong to the history that it started in.
    pub fn commits(&self) -> impl Iterator<Item = &ObjectId> {
        self.waiting.iter().map(|waiting| &waiting.commit)
    }

    /// Bytes that [`Self::parse`] reads back, a hundred or so for each line of history.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for Waiting {
            time,
            commit,
            path,
            children,
        } in &self.waiting
        {
            out.extend_from_slice(&time.to_be_bytes());
            out.extend_from_slice(commit.as_bytes());
            write_length(&mut out, path.len());
            out.extend_from_slice(path);
            write_length(&mut out, children.len());
            for child in children {
                out.extend_from_slice(child.as_bytes());
            }
        }
        out
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn parse(format: ObjectFormat, mut data: &[u8]) -> Option<Self> {
        let data = &mut data;
        let mut waiting = Vec::new();
        while !data.is_empty() {
            let time = i64::from_be_bytes(*take(data, 8)?.first_chunk()?);
            let commit = read_id(format, data)?;
            let length = read_length(data)?;
            let path = take(data, length)?.to_vec();
            let children = (0..read_length(data)?)
                .map(|_| read_id(format, data))
                .collect::<Option<_>>()?;
            waiting.push(Waiting {
                time,
                commit,
                path,
                children,
            });
        }
        Some(Self { waiting })
    }
}

fn write_length(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
}

fn take<'a>(data: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (start, rest) = data.split_at_checked(length)?;
    *data = rest;
    Some(start)
}

fn read_length(data: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*take(data, 4)?.first_chunk()?)).ok()
}

fn read_id(format: ObjectFormat, data: &mut &[u8]) -> Option<ObjectId> {
    ObjectId::try_from(take(data, format.len_in_bytes())?).ok()
}
