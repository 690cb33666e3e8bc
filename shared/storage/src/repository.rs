//! Making a repository, and every change of its manifest that is not a push.

use crate::error::{Error, Result};
use crate::id;
use crate::keys;
use crate::log::{self, Actor, Entry};
use crate::manifest::Manifest;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::commit::Commit;
use crate::table::{Expect, Write};

/// Makes a repository: its manifest, its first log entry and the writes that `also` decides, in one transaction.
///
/// `also` runs again when somebody else was faster at one of its items, so it reads what it conditions its writes on.
///
/// # Errors
/// What `also` returns, and the store's.
pub async fn create<E: From<Error>>(
    store: &Store,
    id: &RepositoryId,
    manifest: &Manifest,
    actor: &Actor,
    mut also: impl AsyncFnMut() -> Result<Vec<Write>, E>,
) -> Result<(), E> {
    let key = keys::manifest(id.as_str());
    let mut commit = Commit::new(store.table(), std::slice::from_ref(&key));
    loop {
        if commit.read().await?.into_iter().flatten().next().is_some() {
            // The id is fresh, so this is our own creation after an unknown outcome.
            return Ok(());
        }
        let mut writes = also().await?;
        let entry = Entry { version: 1, kind: "create".into(), time: manifest.changed, ..entry(actor) };
        writes.push(Write::put(key.clone(), Expect::Absent, manifest.encode()));
        writes.push(log_write(store, id, &entry).await?);
        if commit.write(writes).await? {
            return Ok(());
        }
    }
}

/// What an amendment decided.
#[derive(Debug)]
pub enum Amend<T> {
    /// Store the changed manifest together with these writes.
    Store(Vec<Write>, T),
    /// Leave everything as it is.
    Leave(T),
}

/// Changes a manifest (name, tags, HEAD, deletion …) together with other items, in one transaction with its log entry.
///
/// `change` gets the manifest as it is and runs again when somebody else was faster. It must not touch refs or packs.
///
/// # Errors
/// [`Error::NoRepository`], what `change` returns, and the store's.
pub async fn amend<T, E: From<Error>>(
    store: &Store,
    id: &RepositoryId,
    actor: &Actor,
    kind: &str,
    mut change: impl AsyncFnMut(&mut Manifest) -> Result<Amend<T>, E>,
) -> Result<T, E> {
    let key = keys::manifest(id.as_str());
    let fresh = entry(actor);
    let mut tried: Option<(u64, T)> = None;
    let mut commit = Commit::new(store.table(), std::slice::from_ref(&key));
    loop {
        let item = commit.read().await?.into_iter().flatten().next().ok_or(Error::NoRepository)?;
        let mut manifest = Manifest::decode(&item)?;
        if let Some((base, made)) = tried.take()
            && store.was_made(id, &manifest, base, &fresh.change_id).await?
        {
            return Ok(made);
        }
        let head = manifest.head.clone();
        let (mut writes, made) = match change(&mut manifest).await? {
            Amend::Leave(made) => return Ok(made),
            Amend::Store(writes, made) => (writes, made),
        };
        manifest.changed = manifest.changed.max(crate::clock::now());
        let entry = Entry {
            version: item.version + 1,
            kind: kind.to_owned(),
            time: manifest.changed,
            head: (manifest.head != head).then(|| manifest.head.clone()),
            ..fresh.clone()
        };
        writes.push(Write::put(key.clone(), Expect::Version(item.version), manifest.encode()));
        writes.push(log_write(store, id, &entry).await?);
        if commit.write(writes).await? {
            return Ok(made);
        }
        tried = Some((item.version, made));
    }
}

fn entry(actor: &Actor) -> Entry {
    Entry { actor: actor.clone(), change_id: id::ulid(), ..Entry::default() }
}

async fn log_write(store: &Store, id: &RepositoryId, entry: &Entry) -> Result<Write> {
    // These entries name at most one ref, so their list never becomes a blob.
    let body = log::encode(&**store.blobs(), id, entry, "").await?;
    Ok(Write::put(keys::log(id.as_str(), entry.version), Expect::Absent, body))
}
