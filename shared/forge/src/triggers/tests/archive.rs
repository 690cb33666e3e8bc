//! Archives that triggers write, where others write the same object.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt as _;

use super::{caller, demo, with_trigger};
use crate::authorship::Authorship;
use crate::contents::{PutFile, put_file};
use crate::forge::Forge;
use crate::repositories::resolve;
use crate::triggers::{ArchiveTargets, FoundObject, Given, Label, NewObject, Undelivered, test};

const OBJECT: &str = "arn:aws:s3:::bucket/key";

/// A bucket with one object, which somebody else writes while the next archive is on its way.
#[derive(Debug, Default)]
struct Bucket {
    object: Mutex<Option<(Label, Vec<u8>)>>,
    meanwhile: Mutex<Vec<Label>>,
}

/// Content is named by what it is an archive of.
fn etag(label: &Label) -> String {
    format!("{label:?}")
}

#[async_trait]
impl ArchiveTargets for Bucket {
    async fn find(&self, arn: &str) -> Result<Option<FoundObject>, Undelivered> {
        assert_eq!(arn, OBJECT);
        let object = self.object.lock().unwrap();
        Ok(object.as_ref().map(|(label, _)| FoundObject {
            label: Some(label.clone()),
            etag: etag(label),
        }))
    }

    async fn put(&self, mut object: NewObject) -> Result<bool, Undelivered> {
        let mut bytes = Vec::new();
        while let Some(piece) = object.bytes.next().await {
            bytes.extend_from_slice(&piece.unwrap());
        }
        let mut there = self.object.lock().unwrap();
        if let Some(label) = self.meanwhile.lock().unwrap().pop() {
            *there = Some((label, b"another".to_vec()));
        }
        if there.as_ref().map(|(label, _)| etag(label)) != object.replaces {
            return Ok(false);
        }
        *there = Some((object.label, bytes));
        Ok(true)
    }
}

async fn with_branch(bucket: &Arc<Bucket>) -> Forge {
    let forge = with_trigger(&Arc::default())
        .await
        .with_archives(Arc::clone(bucket) as _);
    let put = PutFile {
        branch: "main".into(),
        parent: None,
        path: "f".into(),
        content: b"x".to_vec(),
        mode: None,
        authorship: Authorship::default(),
    };
    put_file(&forge, &caller(&forge), &demo(), put).await.unwrap();
    forge
}

/// Writes the archive; why it could not be.
async fn written(forge: &Forge) -> Option<String> {
    let given = Given {
        name: Some("archive".into()),
        destination_arn: Some(OBJECT.into()),
        custom_data: None,
        branches: Some(vec!["main".into()]),
        events: Some(vec!["all".into()]),
    };
    let tested = test(forge, &caller(forge), &demo(), vec![given]).await.unwrap();
    tested.into_iter().next().unwrap().failure
}

async fn label(forge: &Forge, version: impl Fn(u64) -> u64) -> Label {
    let found = resolve(forge, &demo()).await.unwrap();
    Label {
        repository: found.id.to_string(),
        branch: "main".into(),
        version: version(found.manifest.version),
    }
}

#[tokio::test]
async fn a_newer_archive_that_comes_meanwhile_stays() {
    let bucket: Arc<Bucket> = Arc::default();
    let forge = with_branch(&bucket).await;
    let newer = label(&forge, |version| version + 1).await;
    bucket.meanwhile.lock().unwrap().push(newer.clone());
    assert_eq!(written(&forge).await, None);
    let (there, bytes) = bucket.object.lock().unwrap().clone().unwrap();
    assert_eq!((there, bytes.as_slice()), (newer, &b"another"[..]));
}

#[tokio::test]
async fn an_older_archive_that_comes_meanwhile_is_replaced() {
    let bucket: Arc<Bucket> = Arc::default();
    let forge = with_branch(&bucket).await;
    let older = label(&forge, |version| version - 1).await;
    bucket.meanwhile.lock().unwrap().push(older);
    assert_eq!(written(&forge).await, None);
    let (there, bytes) = bucket.object.lock().unwrap().clone().unwrap();
    assert_eq!(there, label(&forge, |version| version).await);
    assert!(bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn an_archive_of_another_repository_stays_and_so_does_one_that_is_always_in_the_way() {
    let bucket: Arc<Bucket> = Arc::default();
    let forge = with_branch(&bucket).await;
    let foreign = Label {
        repository: "another".into(),
        ..label(&forge, |_| 1).await
    };
    *bucket.object.lock().unwrap() = Some((foreign, Vec::new()));
    assert!(written(&forge).await.unwrap().contains("another repository"));
    let older = label(&forge, |version| version - 1).await;
    let other = Label {
        branch: "other".into(),
        ..older.clone()
    };
    *bucket.object.lock().unwrap() = Some((older.clone(), Vec::new()));
    *bucket.meanwhile.lock().unwrap() = [older, other].into_iter().cycle().take(20).collect();
    assert!(written(&forge).await.unwrap().contains("could not be reached"));
}
