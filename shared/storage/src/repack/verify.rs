//! Nothing is replaced before what replaces it was read back: every entry inflated, every object hashed, every reference followed.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use bytes::Bytes;
use packhouse_git::fsck::{Checker, Policy};
use packhouse_git::hash::ObjectId;
use packhouse_git::pack::index::{self, IndexEntry};
use packhouse_git::pack::resolve::resolve;
use packhouse_git::pack::scan::Scanner;
use packhouse_git::pack::{Limits, PackError};

use super::write::Pack;
use crate::error::{Error, Result};
use crate::manifest;
use crate::odb::Odb;
use crate::rewrite::Written;

/// Reads a written pack as if somebody had pushed it, and makes its index of what is found. `elsewhere` says what may be
/// referred to that the pack does not hold.
pub(super) fn verify(odb: &Odb, pack: Pack, elsewhere: impl Fn(&ObjectId) -> bool) -> Result<Written> {
    let corrupt = |why: String| Error::corrupt(format!("a pack that was made anew is not what it should be: {why}"));
    let wrong = |error: PackError| match error {
        PackError::Read(why) => Error::Unavailable(why),
        error => corrupt(error.to_string()),
    };
    let Pack { spool, order, .. } = pack;
    let limits = odb.store().limits();
    // What is stored was let in before, under limits that may have been others.
    let readable = Limits {
        pack_objects: u32::MAX,
        object_bytes: u64::MAX,
        in_memory_bytes: u64::MAX,
        inflate_ratio: u64::MAX,
        padding: u64::MAX,
        delta_depth: limits.delta_depth,
    };
    let checker = Checker::new(odb.format(), Policy::readable());
    let mut scanner = Scanner::new(odb.format(), readable, checker);
    let mut fed = Ok(());
    let read = spool.each(spool.len(), |piece| {
        if fed.is_ok() {
            fed = odb
                .abandoned()
                .check()
                .and_then(|()| scanner.feed(piece).map_err(wrong));
        }
    });
    read.map_err(|error| Error::Unavailable(format!("spooling a pack: {error}")))?;
    fed?;
    let scanned = scanner.finish().map_err(wrong)?;
    let read_at = |offset: u64, buffer: &mut [u8]| {
        odb.abandoned().check().map_err(|error| error.to_string())?;
        spool.read_at(offset, buffer).map_err(|error| error.to_string())
    };
    let done = AtomicU32::new(0);
    let (scanned, resolved) =
        resolve(scanned, readable, limits.index_threads, &read_at, &mut (), &done).map_err(wrong)?;
    if resolved.objects.len() != order.len() {
        return Err(corrupt(format!(
            "{} objects of {}",
            resolved.objects.len(),
            order.len()
        )));
    }
    let pairs = resolved.objects.iter().zip(&order);
    for (found, (id, kind)) in pairs {
        if found.id != *id || found.kind != *kind {
            return Err(corrupt(format!("{} in the place of {id}", found.id)));
        }
    }
    let mut entries: Vec<IndexEntry> = order
        .iter()
        .zip(&scanned.entries)
        .map(|((id, _), entry)| IndexEntry {
            id: *id,
            crc: entry.crc,
            offset: entry.offset,
        })
        .collect();
    let collision = |_| Error::corrupt("a pack's index carries the marks of a collision");
    let index = Bytes::from(index::write(odb.format(), &mut entries, &scanned.checksum).map_err(collision)?);
    // Sorted by now.
    let held = |id: &ObjectId| entries.binary_search_by(|entry| entry.id.cmp(id)).is_ok();
    if let Some((lost, _)) = resolved.edges.iter().find(|(id, _)| !held(id) && !elsewhere(id)) {
        return Err(corrupt(format!("it refers to {lost}, which is not there")));
    }
    Ok(Written {
        pack: manifest::Pack {
            id: "incoming".into(),
            bytes: spool.len(),
            index_bytes: index.len() as u64,
            sidecar_bytes: None,
            objects: u32::try_from(order.len()).map_err(|_| corrupt("too many objects".into()))?,
            appended: None,
            overlaps: false,
            key_epoch: 0,
        },
        spool: Arc::new(spool),
        index,
        sidecar: None,
    })
}
