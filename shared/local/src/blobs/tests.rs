use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use packhouse_storage::blobs::presigned::{Access, PATH_PREFIX, Signer};
use packhouse_storage::blobs::{BlobError, Blobs};
use packhouse_storage::contract;

use super::FileBlobs;

fn open(root: &Path) -> FileBlobs {
    FileBlobs::open(root, Signer::new(&[1; 32])).unwrap()
}

/// The files below `folder`, unfinished ones too.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.push(name);
        }
    }
    found.sort_unstable();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn file_blobs_keep_the_contract() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs: Arc<dyn Blobs> = Arc::new(open(scratch.path()));
    contract::blobs::run(&blobs).await;
    contract::blobs::keys_do_not_nest(&*blobs).await;
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_never_seen_and_goes_at_the_next_start() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs = open(scratch.path());
    blobs
        .put("repos/1/packs/a.pack", Bytes::from_static(b"whole"), None)
        .await
        .unwrap();
    // A crash is a temporary file that nobody drops.
    let mut unfinished = blobs.store.writer.create().unwrap();
    std::io::Write::write_all(&mut unfinished, b"half").unwrap();
    let (_, left) = unfinished.keep().unwrap();
    let name = left
        .strip_prefix(scratch.path().canonicalize().unwrap())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();

    let only = [("repos/1/packs/a.pack".to_owned(), 5)];
    assert_eq!(blobs.list("", None).await.unwrap().blobs, only);
    assert!(matches!(blobs.head(&name).await, Err(BlobError::InvalidKey(_))));
    assert!(matches!(blobs.list(&name, None).await, Err(BlobError::InvalidKey(_))));

    let blobs = open(scratch.path());
    assert!(!left.exists());
    assert_eq!(blobs.list("", None).await.unwrap().blobs, only);
    assert_eq!(
        blobs.get_range("repos/1/packs/a.pack", 0..5).await.unwrap(),
        &b"whole"[..]
    );
}

#[tokio::test]
async fn writes_that_fail_leave_no_file() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs = open(scratch.path());
    blobs.put("a", Bytes::new(), None).await.unwrap();
    blobs.put("a", Bytes::new(), None).await.unwrap_err();
    let broken = futures_util::stream::iter([Ok(Bytes::from(vec![0; 3 << 20])), Err(std::io::Error::other("gone"))]);
    blobs.put_stream("b", Box::pin(broken), None).await.unwrap_err();
    // The name is taken between the early check and the end of the writing.
    let late = blobs.store.writer.create().unwrap();
    let lost = blobs.store.writer.publish(&blobs.store.root, "a", late);
    assert!(matches!(lost, Err(BlobError::Exists(_))), "{lost:?}");
    drop(blobs);
    assert_eq!(files(scratch.path()), ["a"]);
}

#[tokio::test]
async fn deleting_a_blob_closes_its_file() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs = open(scratch.path());
    for round in 0..3u8 {
        blobs.put("a/b", Bytes::from(vec![round]), None).await.unwrap();
        assert_eq!(blobs.get_range("a/b", 0..1).await.unwrap(), [round][..]);
        blobs.delete("a/b").await.unwrap();
    }
}

#[tokio::test]
async fn presigned_paths_verify_for_their_blob_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs = open(scratch.path());
    let path = blobs
        .presign_put("a/b", 10, std::time::Duration::from_secs(60), None)
        .await
        .unwrap()
        .url;
    let (key, query) = path.strip_prefix(PATH_PREFIX).unwrap().split_once('?').unwrap();
    let signer = Signer::new(&[1; 32]);
    assert_eq!(signer.verify("PUT", key, query), Ok(Access::Put { length: 10 }));
    assert!(signer.verify("PUT", "a/c", query).is_err());
}

#[tokio::test]
async fn what_is_stored_only_its_owner_may_read() {
    let scratch = tempfile::tempdir().unwrap();
    let blobs = open(scratch.path());
    blobs.put("repos/a", Bytes::new(), None).await.unwrap();
    blobs
        .put_stream("repos/b", Box::pin(futures_util::stream::empty()), None)
        .await
        .unwrap();
    for (path, mode) in [
        ("+unfinished", 0o700),
        ("repos", 0o700),
        ("repos/a", 0o600),
        ("repos/b", 0o600),
    ] {
        let found = fs::metadata(scratch.path().join(path)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
}
