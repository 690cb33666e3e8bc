//! `GetBlob`.

use serde_json::json;

use super::{NOWHERE, bytes, call, check_names, history, refused};

#[test]
fn a_blob_is_read_by_its_id_alone() {
    let commits = history("blobs", &[&[("a", Some("one"))], &[("a", None), ("b", Some("two"))]]);
    let parameters = json!({ "repositoryName": "blobs", "commitSpecifier": commits[0], "filePath": "a" });
    let id = call("GetFile", &parameters).expect("it is there")["blobId"].clone();
    let with = |id| json!({ "repositoryName": "blobs", "blobId": id });
    assert_eq!(
        call("GetBlob", &with(id)).expect("it is there"),
        json!({ "content": bytes("one") })
    );
    refused("GetBlob", &with(json!(null)), "BlobIdRequiredException");
    refused("GetBlob", &with(json!("a")), "InvalidBlobIdException");
    refused("GetBlob", &with(json!(NOWHERE)), "BlobIdDoesNotExistException");
    refused("GetBlob", &with(json!(commits[0])), "BlobIdDoesNotExistException");
    check_names("GetBlob", "repositoryName", &json!({ "blobId": NOWHERE }));
}
