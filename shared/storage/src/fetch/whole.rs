//! The plan for a clone of everything: the packs as they lie, one behind the other; an only one with its own trailer.
//!
//! Every stored object is reachable from some ref (the manifest says so), so a client that starts from nothing and wants
//! every tip that it was told lacks what is stored. What only hidden refs keep goes along: anybody may read it by its id.

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::HEADER_LEN;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::upload_pack::FetchRequest;

use super::Wants;
use super::stream::PackStream;
use crate::assemble::{Allow, Assembler, Piece};
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::push::HIDDEN;
use crate::snapshot::Snapshot;

/// The plan, where it applies.
pub(super) fn plan(
    snapshot: &Snapshot,
    odb: &Odb,
    wants: &Wants,
    request: &FetchRequest,
) -> Result<Option<PackStream>> {
    let wanted: IdSet = wants.ids.iter().copied().collect();
    let covered = |name: &str, id: &ObjectId| name.starts_with(HIDDEN) || wanted.contains(id);
    if !snapshot
        .refs()
        .iter()
        .all(|(name, target)| covered(name.as_str(), &target.id))
    {
        return Ok(None);
    }
    let overlap = odb.packs().iter().any(|file| file.pack.overlaps);
    if overlap || !request.ofs_delta {
        let allow = Allow {
            ofs_delta: request.ofs_delta,
            known: IdSet::default(),
        };
        return Ok(Some(PackStream::assembled(
            odb,
            Assembler::new(odb.clone(), odb.every_place(), allow)?,
        )?));
    }
    if let [only] = odb.packs()
        && only.pack.appended.is_none()
    {
        return Ok(Some(PackStream::verbatim(odb, 0)));
    }
    let mut pieces = Vec::with_capacity(odb.packs().len());
    let mut count = 0u32;
    for (pack, file) in odb.packs().iter().enumerate() {
        // Bases that completed a thin pack are in an older pack as well.
        let (end, appended) = file
            .pack
            .appended
            .map_or((file.end(), 0), |tail| (tail.offset, tail.objects));
        pieces.push(Piece::Copy {
            pack,
            range: HEADER_LEN..end,
        });
        let sent = file.pack.objects.checked_sub(appended);
        let total = sent.and_then(|sent| count.checked_add(sent));
        count = total.ok_or_else(|| Error::TooLarge("too many objects for one pack".into()))?;
    }
    Ok(Some(PackStream::of_pieces(odb, count, pieces)))
}
