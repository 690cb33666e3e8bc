//! The refs of a repository at one instant, from the manifest's overlay and the segment under it.

mod segment;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use packhouse_git::hash::ObjectFormat;
use packhouse_git::ref_name::RefName;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

pub(crate) use segment::{Refs, decode, encode};

use crate::blobs::Blobs;
use crate::error::Result;
use crate::keys;
use crate::manifest::{Manifest, Segment, Target};
use crate::repository_id::RepositoryId;
use crate::table::Item;

/// How many decoded manifests are kept.
const CACHED: usize = 256;
/// About how many segments are kept, and in how much memory: one of a million refs still fits.
const SEGMENTS: usize = 32;
const SEGMENT_BYTES: u64 = 256 << 20;
/// What one decoded ref takes in memory, its name included.
const REF_BYTES: u64 = 160;

/// All refs at one instant, sorted by name.
#[derive(Clone, Debug)]
pub struct RefView {
    base: Arc<Refs>,
    overlay: BTreeMap<RefName, Option<Target>>,
}

impl RefView {
    /// What a ref points to.
    #[must_use]
    pub fn get(&self, name: &RefName) -> Option<Target> {
        match self.overlay.get(name) {
            Some(target) => *target,
            None => self.base.get(name),
        }
    }

    /// Every ref in byte order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&RefName, Target)> {
        self.starting_with("")
    }

    /// Every ref whose name starts with `prefix`, in byte order.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a RefName, Target)> {
        let mut base = self.base.starting_with(prefix);
        let mut overlay = self
            .overlay
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(name, _)| name.as_str().starts_with(prefix))
            .peekable();
        // How many of the base come before the next of the overlay: names are not looked at one by one.
        let mut before = None;
        std::iter::from_fn(move || {
            loop {
                let left = before.get_or_insert_with(|| match overlay.peek() {
                    Some((next, _)) => base.partition_point(|(name, _)| name < next),
                    None => base.len(),
                });
                if let Some(fewer) = left.checked_sub(1) {
                    *left = fewer;
                    let (name, target) = base.split_off_first()?;
                    return Some((name, *target));
                }
                before = None;
                let (name, target) = overlay.next()?;
                if base.first().is_some_and(|(under, _)| under == name) {
                    base.split_off_first();
                }
                if let Some(target) = target {
                    return Some((name, *target));
                }
            }
        })
    }

    /// A name that `name` cannot live beside: `a` beside `a/b`.
    #[must_use]
    pub fn directory_conflict(&self, name: &RefName) -> Option<RefName> {
        let text = name.as_str();
        let below = format!("{text}/");
        if let Some((other, _)) = self.starting_with(&below).next() {
            return Some(other.clone());
        }
        text.match_indices('/').find_map(|(at, _)| {
            let above = RefName::new(&text.as_bytes()[..at]).ok()?;
            self.get(&above).map(|_| above)
        })
    }

    /// Whether there is no ref at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Sets or removes a ref.
    pub fn set(&mut self, name: RefName, target: Option<Target>) {
        if target.is_none() && self.base.get(&name).is_none() {
            self.overlay.remove(&name);
        } else {
            self.overlay.insert(name, target);
        }
    }

    /// The part that lies above the segment.
    #[must_use]
    pub const fn overlay(&self) -> &BTreeMap<RefName, Option<Target>> {
        &self.overlay
    }
}

/// Decoded manifests by their version, and segments by their id, neither of which ever change.
#[derive(Debug)]
pub(crate) struct RefCache {
    manifests: Cache<RepositoryId, Arc<Manifest>>,
    segments: Cache<String, Arc<Refs>, SegmentWeight>,
}

/// About how many bytes a decoded segment takes.
#[derive(Clone, Debug)]
struct SegmentWeight;

impl Weighter<String, Arc<Refs>> for SegmentWeight {
    fn weight(&self, _: &String, refs: &Arc<Refs>) -> u64 {
        refs.len() as u64 * REF_BYTES + 256
    }
}

impl Default for RefCache {
    fn default() -> Self {
        Self {
            manifests: Cache::new(CACHED),
            segments: Cache::with_weighter(SEGMENTS, SEGMENT_BYTES, SegmentWeight),
        }
    }
}

impl RefCache {
    /// Decodes a manifest item, unless its version is known.
    pub(crate) fn manifest(&self, id: &RepositoryId, item: &Item) -> Result<Arc<Manifest>> {
        if let Some(known) = self.manifests.get(id)
            && known.version == item.version
        {
            return Ok(known);
        }
        let manifest = Arc::new(Manifest::decode(item)?);
        self.manifests.insert(id.clone(), Arc::clone(&manifest));
        Ok(manifest)
    }

    async fn segment(
        &self,
        blobs: &dyn Blobs,
        id: &RepositoryId,
        format: ObjectFormat,
        segment: &Segment,
    ) -> Result<Arc<Refs>> {
        if let Some(known) = self.segments.get(&segment.id) {
            return Ok(known);
        }
        let bytes = blobs
            .get_range(&keys::ref_segment(id.as_str(), &segment.id), 0..segment.bytes)
            .await?;
        let refs = Arc::new(decode(format, &bytes)?);
        self.segments.insert(segment.id.clone(), Arc::clone(&refs));
        Ok(refs)
    }

    /// The refs that a manifest states.
    pub(crate) async fn view(&self, blobs: &dyn Blobs, id: &RepositoryId, manifest: &Manifest) -> Result<RefView> {
        let base = match &manifest.refs_base {
            Some(segment) => self.segment(blobs, id, manifest.format, segment).await?,
            None => Arc::default(),
        };
        Ok(RefView {
            base,
            overlay: manifest.refs_overlay.clone(),
        })
    }
}
