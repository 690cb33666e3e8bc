//! The stored form of a manifest: JSON, so that a person can read it in the table.

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_git::hash::{ObjectFormat, ObjectId, parse_hex};
use packhouse_git::ref_name::RefName;
use serde::{Deserialize, Serialize};

use super::{Appended, Base, Manifest, Pack, Prefix, RepackRequest, Segment, Target};
use crate::clock;
use crate::error::{Error, Result};

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    changed_ms: u64,
    name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kms_key: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    key_epoch: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<u64>,
    format: String,
    head: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refs_base: Option<SegmentRecord>,
    /// Name to `<id>`, `<id> <peeled id>`, or null for a deleted one.
    refs: BTreeMap<String, Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packs_base: Option<SegmentRecord>,
    packs: Vec<PackRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<BaseRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cruft: Vec<String>,
    gc_epoch: u64,
    unreachable: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    losses: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    collected: u64,
    /// When, in milliseconds, and whether to forget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repack: Option<(u64, bool)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    relaxed: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct SegmentRecord {
    id: String,
    bytes: u64,
}

/// The pack of the last repack, and of two of its prefixes the end and the number of objects.
#[derive(Serialize, Deserialize)]
struct BaseRecord {
    pack: String,
    history: (u64, u32),
    trees: (u64, u32),
}

impl From<&Base> for BaseRecord {
    fn from(base: &Base) -> Self {
        Self {
            pack: base.pack.clone(),
            history: (base.history.end, base.history.objects),
            trees: (base.trees.end, base.trees.objects),
        }
    }
}

impl From<BaseRecord> for Base {
    fn from(record: BaseRecord) -> Self {
        let prefix = |(end, objects)| Prefix { end, objects };
        Self {
            pack: record.pack,
            history: prefix(record.history),
            trees: prefix(record.trees),
        }
    }
}

/// One pack, as it also stands in a segment of the pack list.
#[derive(Serialize, Deserialize)]
pub(crate) struct PackRecord {
    id: String,
    bytes: u64,
    idx: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    side: Option<u64>,
    objects: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    appended: Option<(u64, u32)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    overlaps: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    key_epoch: u64,
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl From<&Pack> for PackRecord {
    fn from(pack: &Pack) -> Self {
        Self {
            id: pack.id.clone(),
            bytes: pack.bytes,
            idx: pack.index_bytes,
            side: pack.sidecar_bytes,
            objects: pack.objects,
            appended: pack.appended.map(|tail| (tail.offset, tail.objects)),
            overlaps: pack.overlaps,
            key_epoch: pack.key_epoch,
        }
    }
}

impl From<PackRecord> for Pack {
    fn from(record: PackRecord) -> Self {
        Self {
            id: record.id,
            bytes: record.bytes,
            index_bytes: record.idx,
            sidecar_bytes: record.side,
            objects: record.objects,
            appended: record.appended.map(|(offset, objects)| Appended { offset, objects }),
            overlaps: record.overlaps,
            key_epoch: record.key_epoch,
        }
    }
}

impl From<&Segment> for SegmentRecord {
    fn from(segment: &Segment) -> Self {
        Self {
            id: segment.id.clone(),
            bytes: segment.bytes,
        }
    }
}

impl From<SegmentRecord> for Segment {
    fn from(record: SegmentRecord) -> Self {
        Self {
            id: record.id,
            bytes: record.bytes,
        }
    }
}

/// The name of an object format, as git spells it.
pub(crate) fn format_name(format: ObjectFormat) -> &'static str {
    match format {
        ObjectFormat::Sha1 => "sha1",
        ObjectFormat::Sha256 => "sha256",
        _ => "unknown",
    }
}

fn format_from_name(name: &str) -> Result<ObjectFormat> {
    match name {
        "sha1" => Ok(ObjectFormat::Sha1),
        "sha256" => Ok(ObjectFormat::Sha256),
        _ => Err(Error::corrupt(format!("unknown object format {name}"))),
    }
}

/// A target as text.
pub(crate) fn encode_target(target: &Target) -> String {
    target
        .peeled
        .map_or_else(|| target.id.to_string(), |peeled| format!("{} {peeled}", target.id))
}

/// Reads [`encode_target`].
pub(crate) fn decode_target(format: ObjectFormat, text: &str) -> Result<Target> {
    let id = |hex: &str| decode_id(format, hex);
    match text.split_once(' ') {
        None => Ok(Target {
            id: id(text)?,
            peeled: None,
        }),
        Some((target, peeled)) => Ok(Target {
            id: id(target)?,
            peeled: Some(id(peeled)?),
        }),
    }
}

/// Reads a stored id.
pub(crate) fn decode_id(format: ObjectFormat, hex: &str) -> Result<ObjectId> {
    parse_hex(format, hex.as_bytes()).ok_or_else(|| Error::corrupt(format!("bad object id {hex}")))
}

/// Reads a stored ref name.
pub(crate) fn decode_ref(name: &str) -> Result<RefName> {
    RefName::new(name.as_bytes()).map_err(|_| Error::corrupt(format!("bad ref name {name}")))
}

pub(super) fn encode(manifest: &Manifest) -> Vec<u8> {
    let refs = manifest.refs_overlay.iter();
    let record = Record {
        schema: SCHEMA,
        changed_ms: clock::millis(manifest.changed),
        name: manifest.name.clone(),
        tags: manifest.tags.clone(),
        kms_key: manifest.kms_key.clone(),
        key_epoch: manifest.key_epoch,
        deleted: manifest.deleted,
        format: format_name(manifest.format).to_owned(),
        head: manifest.head.to_string(),
        refs_base: manifest.refs_base.as_ref().map(SegmentRecord::from),
        refs: refs
            .map(|(name, target)| (name.to_string(), target.as_ref().map(encode_target)))
            .collect(),
        packs_base: manifest.packs_base.as_ref().map(SegmentRecord::from),
        packs: manifest.packs.iter().map(PackRecord::from).collect(),
        base: manifest.base.as_ref().map(BaseRecord::from),
        cruft: manifest.cruft.clone(),
        gc_epoch: manifest.gc_epoch,
        unreachable: manifest.unreachable,
        losses: manifest.losses,
        collected: manifest.collected,
        repack: manifest.repack.map(|asked| (clock::millis(asked.at), asked.forget)),
        relaxed: manifest.relaxed.clone(),
    };
    serde_json::to_vec(&record).expect("strings, numbers and maps with string keys always encode")
}

pub(super) fn decode(version: u64, body: &[u8]) -> Result<Manifest> {
    let record: Record =
        serde_json::from_slice(body).map_err(|error| Error::corrupt(format!("unreadable manifest: {error}")))?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "manifest schema {} is newer than this program",
            record.schema
        )));
    }
    let format = format_from_name(&record.format)?;
    let mut refs_overlay = BTreeMap::new();
    for (name, target) in &record.refs {
        let target = target.as_deref().map(|text| decode_target(format, text)).transpose()?;
        refs_overlay.insert(decode_ref(name)?, target);
    }
    Ok(Manifest {
        version,
        changed: Duration::from_millis(record.changed_ms),
        name: record.name,
        tags: record.tags,
        kms_key: record.kms_key,
        key_epoch: record.key_epoch,
        deleted: record.deleted,
        format,
        head: decode_ref(&record.head)?,
        refs_base: record.refs_base.map(Segment::from),
        refs_overlay,
        packs_base: record.packs_base.map(Segment::from),
        packs: record.packs.into_iter().map(Pack::from).collect(),
        base: record.base.map(Base::from),
        cruft: record.cruft,
        gc_epoch: record.gc_epoch,
        unreachable: record.unreachable,
        losses: record.losses,
        collected: record.collected,
        repack: record.repack.map(|(at, forget)| RepackRequest {
            at: Duration::from_millis(at),
            forget,
        }),
        relaxed: record.relaxed,
    })
}
