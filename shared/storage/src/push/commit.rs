//! The commit of a push: its blobs, then one conditional transaction of at most five items, and what a change of the service
//! adds.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::ref_name::RefName;

use super::changes::{Changes, changes};
use super::request::{Request, Verdict};
use crate::error::{Error, Result};
use crate::keys;
use crate::log::{self, CHECKPOINT_EVERY, Entry, RefChange};
use crate::manifest::{Manifest, Segment, Target};
use crate::odb::Odb;
use crate::outbox;
use crate::outgoing::Outgoing;
use crate::pack_list;
use crate::refs::{self, RefView};
use crate::repository_id::RepositoryId;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::commit::Commit as Swap;
use crate::table::{Expect, Write};
use crate::trail;
use crate::upload::Upload;

/// The overlay is folded into a segment when it is longer than this.
const OVERLAY_BYTES: usize = 4 << 10;

/// How a commit ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Committed(Vec<Verdict>),
    /// What was validated no longer holds: validate again.
    Moved,
}

/// One commit in the making.
struct Commit<'a> {
    store: &'a Store,
    id: &'a RepositoryId,
    request: &'a Request,
    verdicts: Vec<Verdict>,
    changes: Changes,
    /// Something that was set aside is needed again.
    leans_on_cruft: bool,
    outgoing: Option<Outgoing>,
    upload: Upload,
    change_id: String,
    seen: Arc<Manifest>,
    attempt: u32,
}

/// Stores the pack and commits what was accepted.
pub(super) async fn commit(
    snapshot: &Snapshot,
    odb: &Odb,
    outgoing: Option<Outgoing>,
    request: &Request,
    verdicts: Vec<Verdict>,
) -> Result<Outcome> {
    let (store, id) = (snapshot.store(), snapshot.id());
    let changes = changes(snapshot, odb, request, &verdicts).await?;
    let tips = changes.refs.iter().filter_map(|(_, target)| target.as_ref());
    let leans_on_cruft = odb.leans_on_cruft(tips.map(|target| &target.id))
        || outgoing.as_ref().is_some_and(|outgoing| outgoing.leans_on_cruft);
    let mut upload = Upload::begin(store, id).await?;
    let outgoing = match outgoing {
        Some(outgoing) => {
            let name = upload.attempt(0);
            match outgoing.store(snapshot, &mut upload, name).await {
                Ok(outgoing) => Some(outgoing),
                Err(error) => {
                    upload.abandon(store).await;
                    return Err(error);
                }
            }
        }
        None => None,
    };
    let change_id = upload.id.clone();
    let seen = Arc::new(snapshot.manifest().clone());
    let mut commit = Commit {
        store,
        id,
        request,
        verdicts,
        changes,
        leans_on_cruft,
        outgoing,
        upload,
        change_id,
        seen,
        attempt: 0,
    };
    let outcome = commit.run(snapshot).await;
    Ok(match commit.upload.end(store, outcome).await? {
        true => Outcome::Committed(commit.verdicts),
        false => Outcome::Moved,
    })
}

impl Commit<'_> {
    /// Commits; `false` when the push must be validated again. The first try goes by the manifest that the push was
    /// validated against, without reading it again: most pushes meet nobody else.
    async fn run(&mut self, snapshot: &Snapshot) -> Result<bool> {
        let keys = [keys::manifest(self.id.as_str())];
        let mut swap = Swap::new(self.store.table(), &keys);
        let (mut manifest, mut view) = (snapshot.manifest().clone(), snapshot.refs().clone());
        loop {
            let tried = manifest.version;
            let writes = self.writes(manifest, view).await?;
            if swap.write(writes).await? {
                return Ok(true);
            }
            // Blobs of another try need names of their own.
            self.attempt += 1;
            let item = swap.read().await?.into_iter().flatten().next();
            manifest = Manifest::decode(&item.ok_or(Error::NoRepository)?)?;
            if self.store.was_made(self.id, &manifest, tried, &self.change_id).await? {
                return Ok(true);
            }
            self.check_others().await?;
            if manifest.deleted.is_some() {
                return Err(Error::NoRepository);
            }
            let refs = self.store.refs();
            view = refs.view(&**self.store.blobs(), self.id, &manifest).await?;
            if manifest.version != self.seen.version && !self.still_holds(&manifest, &view).await? {
                return Ok(false);
            }
        }
    }

    /// Makes the writes that change this manifest.
    async fn writes(&mut self, mut manifest: Manifest, view: RefView) -> Result<Vec<Write>> {
        let base = manifest.version;
        let mut live = Vec::new();
        let mut entry = Entry {
            kind: "push".into(),
            actor: self.request.actor.clone(),
            ..Entry::default()
        };
        entry.change_id.clone_from(&self.change_id);
        entry.version = base + 1;
        self.apply(&mut manifest, view, &mut entry, &mut live).await?;
        manifest.changed = manifest.changed.max(crate::clock::now());
        entry.time = manifest.changed;

        let name = self.upload.attempt(self.attempt);
        if entry.version.is_multiple_of(CHECKPOINT_EVERY) {
            let checkpoint = format!("{name}-m");
            let key = keys::log_blob(self.id.as_str(), &checkpoint);
            self.put(&key, manifest.encode().into(), &manifest).await?;
            entry.checkpoint = Some(checkpoint);
            live.push(key);
        }
        let encoded = log::encode(&entry, &name);
        if let Some(list) = encoded.list {
            let key = keys::log_blob(self.id.as_str(), &name);
            self.put(&key, list, &manifest).await?;
            live.push(key);
        }
        let mut writes = vec![
            Write::put(
                keys::manifest(self.id.as_str()),
                Expect::Version(base),
                manifest.encode(),
            ),
            Write::put(keys::log(self.id.as_str(), entry.version), Expect::Absent, encoded.item),
            self.upload.commit(&live),
        ];
        if !entry.refs.is_empty() {
            writes.push(outbox::write(self.id, entry.version));
        }
        if let Some(account) = &self.request.audited_in {
            writes.push(trail::write(account, self.id, &entry));
        }
        writes.extend(self.request.also.iter().cloned());
        Ok(writes)
    }

    /// Fails if something else that was to be written no longer stands as it did.
    async fn check_others(&self) -> Result<()> {
        for write in &self.request.also {
            let found = self.store.table().get(&write.key).await?.map(|item| item.version);
            let holds = match write.expect {
                Expect::Any => true,
                Expect::Absent => found.is_none(),
                Expect::Version(version) => found == Some(version),
            };
            if !holds {
                return Err(Error::Outdated);
            }
        }
        Ok(())
    }

    /// Stores a blob that goes with `manifest`, under its key.
    async fn put(&mut self, key: &str, bytes: Bytes, manifest: &Manifest) -> Result<()> {
        self.upload.extend(self.store, self.id, self.attempt).await?;
        self.upload.wrote(key.to_owned());
        let kms_key = manifest.kms_key.as_deref();
        Ok(self.store.blobs().put(key, bytes, kms_key).await?)
    }

    /// Whether what was validated against an older manifest still holds for this one.
    async fn still_holds(&mut self, manifest: &Manifest, view: &RefView) -> Result<bool> {
        if manifest.gc_epoch != self.seen.gc_epoch {
            return Ok(false);
        }
        let moved = self
            .request
            .commands
            .iter()
            .zip(&self.verdicts)
            .any(|(command, verdict)| {
                let accepted = matches!(verdict, Verdict::Done { .. });
                let current = view.get(&command.name).map(|target| target.id);
                accepted && current != command.old && !(command.new.is_none() && current.is_none())
            });
        let head_taken = manifest.head != self.seen.head;
        let mut after = view.clone();
        for (name, _) in self.changes.refs.iter().filter(|(_, new)| new.is_none()) {
            after.set(name.clone(), None);
        }
        let conflict =
            self.changes.refs.iter().any(|(name, new)| {
                new.is_some() && after.get(name).is_none() && after.directory_conflict(name).is_some()
            });
        if moved || head_taken || conflict {
            return Ok(false);
        }
        if let Some(outgoing) = &mut self.outgoing
            && !outgoing.pack.overlaps
        {
            let known = pack_list::read(self.store, self.id, &self.seen).await?;
            let mut newer = pack_list::read(self.store, self.id, manifest).await?;
            newer.retain(|pack| !known.iter().any(|known| known.id == pack.id));
            let odb = Odb::open(self.store, self.id, manifest.format, &newer).await?;
            let ids = Arc::clone(&outgoing.ids);
            let overlap = tokio::task::spawn_blocking(move || ids.iter().any(|id| odb.contains(id)));
            outgoing.pack.overlaps = overlap.await?;
        }
        Ok(true)
    }

    /// Changes the manifest.
    async fn apply(
        &mut self,
        manifest: &mut Manifest,
        mut view: RefView,
        entry: &mut Entry,
        live: &mut Vec<String>,
    ) -> Result<()> {
        if self.leans_on_cruft {
            manifest.take_back();
        }
        // The ref that keeps what this one gives up may have been moved meanwhile.
        if self.changes.lose || (self.changes.give_up && manifest.version != self.seen.version) {
            manifest.lose();
        }
        for (name, target) in &self.changes.refs {
            let old = view.get(name).map(|target| target.id);
            let new = target.as_ref().map(|target| target.id);
            if old != new {
                entry.refs.push(RefChange {
                    name: name.clone(),
                    old,
                    new,
                });
            }
            view.set(name.clone(), *target);
        }
        if view.get(&manifest.head).is_none()
            && let Some(first) = default_branch(&self.changes.refs)
        {
            manifest.head = first.clone();
            entry.head = Some(first);
        }
        manifest.refs_overlay = view.overlay().clone();
        let name = self.upload.attempt(self.attempt);
        if overlay_bytes(manifest) > OVERLAY_BYTES {
            let bytes = refs::encode(manifest.format, view.iter());
            let refs = self.upload.refs(self.attempt);
            let segment = Segment {
                id: refs.clone(),
                bytes: bytes.len() as u64,
            };
            let key = keys::ref_segment(self.id.as_str(), &refs);
            self.put(&key, bytes.into(), manifest).await?;
            live.push(key);
            entry.segments_added.push(refs);
            entry
                .segments_removed
                .extend(manifest.refs_base.replace(segment).map(|old| old.id));
            manifest.refs_overlay.clear();
        }
        if let Some(outgoing) = &self.outgoing {
            live.extend(outgoing.pack.blobs(self.id.as_str()));
            entry.packs_added.push(outgoing.pack.id.clone());
            manifest.packs.push(outgoing.pack.clone());
            if manifest.packs.len() > pack_list::INLINE {
                self.upload.extend(self.store, self.id, self.attempt).await?;
                let key = keys::pack_list(self.id.as_str(), &name);
                self.upload.wrote(key.clone());
                let old = manifest.packs_base.as_ref().map(|old| old.id.clone());
                pack_list::fold(self.store, self.id, manifest, &name).await?;
                live.push(key);
                entry.segments_added.push(name);
                entry.segments_removed.extend(old);
            }
        }
        Ok(())
    }
}

/// Of the branches that a push makes, the one that becomes the default: `main`, else `master`, else the first by name.
fn default_branch(changes: &[(RefName, Option<Target>)]) -> Option<RefName> {
    let mut branches: Vec<&RefName> = changes
        .iter()
        .filter(|(name, target)| name.is_branch() && target.is_some())
        .map(|(name, _)| name)
        .collect();
    branches.sort_unstable();
    let named = |short: &str| branches.iter().find(|name| name.short_branch() == Some(short));
    named("main")
        .or_else(|| named("master"))
        .or_else(|| branches.first())
        .map(|name| (*name).clone())
}

fn overlay_bytes(manifest: &Manifest) -> usize {
    let width = manifest.format.len_in_hex();
    manifest
        .refs_overlay
        .keys()
        .map(|name| name.as_str().len() + width + 8)
        .sum()
}
