//! The pack of a push whose objects were made here.

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, finish, hasher, object_id};
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::{self, Content, pack_header};
use packhouse_git::zlib::deflate;

use super::ingest::Ingest;
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::snapshot::Snapshot;

/// A pack of those of `objects` that the repository does not have; `None` when it has them all. It is checked as any
/// other pack is.
///
/// # Errors
/// As [`Ingest::feed`].
pub async fn pack_of(snapshot: &Snapshot, odb: &Odb, objects: Vec<(Kind, Vec<u8>)>) -> Result<Option<Ingest>> {
    let (odb, format) = (odb.clone(), snapshot.manifest().format);
    let pack = snapshot
        .store()
        .readers()
        .blocking(move || encode(format, &odb, objects))
        .await??;
    let Some(pack) = pack else { return Ok(None) };
    let mut ingest = Ingest::new(snapshot)?;
    ingest.feed(pack).await?;
    Ok(Some(ingest))
}

fn encode(format: ObjectFormat, odb: &Odb, objects: Vec<(Kind, Vec<u8>)>) -> Result<Option<Bytes>> {
    let collision = |error| Error::Invalid(format!("{error}"));
    let mut fresh = std::collections::BTreeMap::new();
    for (kind, data) in objects {
        let id = object_id(format, kind, &data).map_err(collision)?;
        if !odb.contains(&id) {
            fresh.insert(id, (kind, data));
        }
    }
    if fresh.is_empty() {
        return Ok(None);
    }
    let count = u32::try_from(fresh.len()).map_err(|_| Error::TooLarge("too many objects for one pack".into()))?;
    let mut pack = pack_header(count).to_vec();
    for (kind, data) in fresh.values() {
        entry::write(Content::Full(*kind), data.len() as u64, &mut pack);
        pack.extend(deflate(data));
    }
    let mut checksum = hasher(format);
    checksum.update(&pack);
    pack.extend_from_slice(finish(checksum).map_err(collision)?.as_bytes());
    Ok(Some(pack.into()))
}

#[cfg(test)]
mod tests {
    use packhouse_git::hash::ObjectId;

    use super::*;
    use crate::log::Actor;
    use crate::push::{Command, Request, Verdict, push};
    use crate::table::{Expect, Key, Write};
    use crate::testing::{Bed, assert_clean, name};

    const COMMIT: &str = "author A <a@x> 1 +0000\ncommitter A <a@x> 1 +0000\n\nm\n";

    fn objects(format: ObjectFormat, content: &str) -> (ObjectId, Vec<(Kind, Vec<u8>)>) {
        let id = |kind, data: &[u8]| object_id(format, kind, data).unwrap();
        let blob = content.as_bytes().to_vec();
        let tree = [b"100644 f\0", id(Kind::Blob, &blob).as_bytes()].concat();
        let commit = format!("tree {}\n{COMMIT}", id(Kind::Tree, &tree)).into_bytes();
        let tip = id(Kind::Commit, &commit);
        (
            tip,
            vec![(Kind::Blob, blob), (Kind::Tree, tree), (Kind::Commit, commit)],
        )
    }

    async fn made(bed: &Bed, content: &str, reference: &str, hidden: bool, also: Vec<Write>) -> Result<Vec<Verdict>> {
        let snapshot = bed.snapshot().await;
        let (tip, objects) = objects(ObjectFormat::Sha1, content);
        let pack = pack_of(&snapshot, &snapshot.odb().await.unwrap(), objects)
            .await
            .unwrap();
        let request = Request {
            commands: vec![Command {
                name: name(reference),
                old: None,
                new: Some(tip),
            }],
            atomic: true,
            hidden,
            also,
            actor: Actor::default(),
            audited_in: None,
        };
        push(snapshot, pack, &request).await
    }

    #[tokio::test]
    async fn objects_made_here_are_pushed_once_under_refs_of_any_kind() {
        let bed = Bed::sha1().await;
        let done = Ok(vec![Verdict::Done { forced: false }]);
        for (reference, hidden) in [("refs/heads/main", false), ("refs/packhouse/kept", true)] {
            let verdicts = made(&bed, "x", reference, hidden, Vec::new()).await;
            assert_eq!(verdicts.map_err(|error| error.to_string()), done);
        }
        assert_eq!(bed.snapshot().await.packs().await.unwrap().len(), 1);
        let refused = made(&bed, "y", "refs/packhouse/other", false, Vec::new())
            .await
            .unwrap();
        assert!(matches!(refused[0], Verdict::Refused(_)));
        assert_clean(&bed).await;
    }

    #[tokio::test]
    async fn what_is_written_besides_is_written_with_the_push_or_not_at_all() {
        let bed = Bed::sha1().await;
        let key = Key::new("X", "-");
        let item = |expect| vec![Write::put(key.clone(), expect, "{}")];
        made(&bed, "1", "refs/heads/a", false, item(Expect::Absent))
            .await
            .unwrap();
        let outdated = made(&bed, "2", "refs/heads/b", false, item(Expect::Absent)).await;
        assert!(matches!(outdated, Err(Error::Outdated)), "{outdated:?}");
        assert_eq!(bed.refs().await.len(), 1);
        made(&bed, "2", "refs/heads/b", false, item(Expect::Version(1)))
            .await
            .unwrap();
        let found = bed.store.table().get(&key).await.unwrap().unwrap();
        assert_eq!((found.version, bed.refs().await.len()), (2, 2));
        assert_clean(&bed).await;
    }
}
