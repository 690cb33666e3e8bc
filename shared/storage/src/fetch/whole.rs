//! The plans for a clone of everything: the packs as they lie, one behind the other; an only one with its own trailer. And for
//! one without blobs, or without trees too: the part of the base that holds the rest, as it lies.
//!
//! Every stored object that is not set aside is reachable from some ref (the manifest says so), so a client that starts from nothing and wants
//! every tip that it was told lacks what is stored. What only hidden refs keep goes along: anybody may read it by its id.

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::HEADER_LEN;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::upload_pack::FetchRequest;

use super::filter::{Compiled, Passing};
use super::stream::PackStream;
use super::{Asked, Wants};
use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::piece::Piece;
use crate::push::HIDDEN;
use crate::snapshot::Snapshot;

/// The plan, where one of them applies.
pub(super) fn plan(snapshot: &Snapshot, odb: &Odb, asked: &Asked) -> Result<Option<PackStream>> {
    if snapshot.manifest().unreachable || !asked.common.is_empty() || !asked.boundary.is_empty() {
        return Ok(None);
    }
    if !wants_all(snapshot, odb, &asked.wants) {
        return Ok(None);
    }
    match &asked.request.filter {
        None => everything(odb, &asked.request).map(Some),
        Some(filter) if asked.request.ofs_delta => by_kind(snapshot, odb, filter),
        Some(_) => Ok(None),
    }
}

fn everything(odb: &Odb, request: &FetchRequest) -> Result<PackStream> {
    let live = || odb.packs().iter().enumerate().filter(|(pack, _)| !odb.is_cruft(*pack));
    let overlap = live().any(|(_, file)| file.pack.overlaps);
    if overlap || !request.ofs_delta {
        let allow = Allow {
            ofs_delta: request.ofs_delta,
            ..Allow::default()
        };
        return PackStream::assembled(odb, Assembler::new(odb.clone(), odb.every_place(), allow)?);
    }
    let mut packs = live();
    if let (Some((only, file)), None) = (packs.next(), packs.next())
        && file.pack.appended.is_none()
    {
        return Ok(PackStream::verbatim(odb, only));
    }
    let mut pieces = Vec::with_capacity(odb.packs().len());
    let mut count = 0u32;
    for (pack, file) in live() {
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
    Ok(PackStream::of_pieces(odb, count, &pieces))
}

/// Whether every ref that clients see is wanted, and nothing that is set aside.
fn wants_all(snapshot: &Snapshot, odb: &Odb, wants: &Wants) -> bool {
    let wanted: IdSet = wants.ids.iter().copied().collect();
    let covered = |name: &str, id: &ObjectId| name.starts_with(HIDDEN) || wanted.contains(id);
    let mut refs = snapshot.refs().iter();
    refs.all(|(name, target)| covered(name.as_str(), &target.id)) && !odb.leans_on_cruft(&wants.ids)
}

/// The plan for a clone that leaves out objects by their kind alone. What refs name directly goes along.
fn by_kind(snapshot: &Snapshot, odb: &Odb, filter: &Filter) -> Result<Option<PackStream>> {
    let first = odb.packs().first().map(|file| &file.pack.id);
    let base = snapshot.manifest().base.as_ref();
    let Some(base) = base.filter(|base| Some(&base.pack) == first) else {
        return Ok(None);
    };
    let Some(Passing::First(prefix)) = Compiled::new(snapshot, odb, Some(filter))?.passing(base) else {
        return Ok(None);
    };
    let passes = |kind: Kind| match kind {
        Kind::Commit | Kind::Tag => true,
        Kind::Tree => prefix == base.trees,
        Kind::Blob => false,
    };
    let is_in_prefix = |place: Place| place.pack == 0 && place.offset < prefix.end;
    let mut places = Vec::new();
    for (_, target) in snapshot.refs().iter() {
        let named = target.peeled.unwrap_or(target.id);
        places.extend(odb.place(&named).filter(|place| !is_in_prefix(*place)));
    }
    for place in (1..odb.packs().len()).flat_map(|pack| odb.places_in(pack)) {
        let kind = odb.kind_at(place)?;
        if passes(kind) {
            places.push(place);
        }
    }
    let allow = Allow {
        ofs_delta: true,
        ..Allow::default()
    };
    let assembler = Assembler::new(odb.clone(), places, allow)?.behind(prefix);
    PackStream::assembled(odb, assembler).map(Some)
}
