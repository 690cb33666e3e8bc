//! Merging three versions of one file.

use super::overlay::Overlay;
use super::paths::{BASE, OURS, THEIRS};
use super::text::{Markers, Take, TextMerge};
use super::{Labels, MergeError};
use crate::diff::lines::is_binary;
use crate::find::Find;
use crate::hash::ObjectId;
use crate::object::Kind;
use crate::tree::{Found, Mode};

/// How long git's conflict markers are.
const MARKER: usize = 7;

/// Up to which size texts are merged by lines; git's limit.
const MAX_TEXT: usize = 1 << 30;

/// What came of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merged {
    /// The file; where there are conflicts, a makeshift.
    pub(super) result: Option<Found>,
    /// Both sides changed the mode, differently.
    pub(super) has_mode_conflict: bool,
    /// In how many places the contents conflict.
    pub(super) conflicts: usize,
    /// Both sides changed the content, differently.
    pub(super) is_changed_twice: bool,
}

impl Merged {
    pub(super) const fn is_clean(&self) -> bool {
        self.conflicts == 0 && !self.has_mode_conflict
    }
}

/// Merges three versions, of which that of the base may be missing. `names` are their paths; `extra` makes the markers
/// of conflicts longer.
pub(super) fn merge<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    versions: [Option<Found>; 3],
    names: [&[u8]; 3],
    labels: &Labels,
    extra: usize,
) -> Result<Merged, MergeError> {
    let (Some(ours), Some(theirs)) = (versions[OURS], versions[THEIRS]) else {
        return Ok(one_sided(versions));
    };
    let base = versions[BASE];
    let base_mode = base.map(|base| base.mode);
    let (mode, has_mode_conflict) = if ours.mode == theirs.mode || Some(ours.mode) == base_mode {
        (theirs.mode, false)
    } else {
        (ours.mode, Some(theirs.mode) != base_mode)
    };
    let base_id = base.map(|base| base.id);
    let merged = |id: ObjectId, conflicts: usize| Merged {
        result: Some(Found { mode, id }),
        has_mode_conflict,
        conflicts,
        is_changed_twice: Some(ours.id) != base_id && Some(theirs.id) != base_id && ours.id != theirs.id,
    };
    if ours.id == theirs.id || Some(ours.id) == base_id {
        return Ok(merged(theirs.id, 0));
    }
    if Some(theirs.id) == base_id {
        return Ok(merged(ours.id, 0));
    }
    if type_of(ours.mode) != type_of(theirs.mode) {
        return Ok(Merged {
            result: Some(ours),
            ..merged(ours.id, 1)
        });
    }
    // A base of another type is none.
    let base = base.filter(|base| type_of(base.mode) == type_of(ours.mode));
    let is_virtual = labels.depth > 0;
    if type_of(ours.mode) != Mode::Normal {
        if is_virtual {
            return Ok(Merged {
                result: versions[BASE],
                ..merged(ours.id, 1)
            });
        }
        return Ok(merged(ours.id, 1));
    }
    let blob = |found: Option<Found>| found.map(|found| objects.blob(&found.id)).transpose();
    let base_data = blob(base)?.unwrap_or_default();
    let (our_data, their_data) = (objects.blob(&ours.id)?, objects.blob(&theirs.id)?);
    if [&base_data, &our_data, &their_data]
        .iter()
        .any(|data| data.len() > MAX_TEXT || is_binary(data))
    {
        return match (is_virtual, base) {
            (false, _) => Ok(merged(ours.id, 1)),
            (true, Some(base)) => Ok(merged(base.id, 0)),
            (true, None) => Ok(merged(objects.write(Kind::Blob, Vec::new())?, 0)),
        };
    }
    let text = TextMerge::new(&base_data, &our_data, &their_data);
    let conflicts = text.conflicts();
    if conflicts > 0 && !is_virtual {
        return Ok(merged(ours.id, conflicts));
    }
    let labels = labels.for_names(names);
    let markers = Markers {
        size: MARKER + labels.2 + extra,
        ours: &labels.0,
        theirs: &labels.1,
    };
    let id = objects.write(Kind::Blob, text.write(Take::Neither, markers))?;
    Ok(merged(id, conflicts))
}

/// Merges two changed texts, where conflicts take one side.
pub(super) fn merge_favoring<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    versions: [Option<Found>; 3],
    side: usize,
) -> Result<Option<Found>, MergeError> {
    let favored = versions[side];
    let (Some(ours), Some(theirs), Some(favored)) = (versions[OURS], versions[THEIRS], favored) else {
        return Ok(favored);
    };
    if type_of(ours.mode) != Mode::Normal || type_of(theirs.mode) != Mode::Normal {
        return Ok(Some(favored));
    }
    let base = versions[BASE].filter(|base| type_of(base.mode) == Mode::Normal);
    let base_data = base.map(|base| objects.blob(&base.id)).transpose()?.unwrap_or_default();
    let (our_data, their_data) = (objects.blob(&ours.id)?, objects.blob(&theirs.id)?);
    if [&base_data, &our_data, &their_data]
        .iter()
        .any(|data| data.len() > MAX_TEXT || is_binary(data))
    {
        return Ok(Some(favored));
    }
    let take = if side == OURS { Take::Ours } else { Take::Theirs };
    let markers = Markers {
        size: 0,
        ours: b"",
        theirs: b"",
    };
    let merged = TextMerge::new(&base_data, &our_data, &their_data).write(take, markers);
    let mode = match base.map(|base| base.mode) {
        Some(mode) if mode == ours.mode => theirs.mode,
        Some(mode) if mode == theirs.mode => ours.mode,
        _ => favored.mode,
    };
    let id = objects.write(Kind::Blob, merged)?;
    Ok(Some(Found { mode, id }))
}

/// What comes of a file where one side has none, which no caller asks for.
const fn one_sided(versions: [Option<Found>; 3]) -> Merged {
    let [_, ours, theirs] = versions;
    Merged {
        result: if ours.is_some() { ours } else { theirs },
        has_mode_conflict: false,
        conflicts: 0,
        is_changed_twice: false,
    }
}

/// The mode, without whether a file can be run.
pub(super) const fn type_of(mode: Mode) -> Mode {
    match mode {
        Mode::Executable => Mode::Normal,
        mode => mode,
    }
}
