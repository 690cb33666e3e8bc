//! Operations that write contents.

mod create_commit;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::aws_json::testing::{Server, server};

/// A server with the repository `demo`.
async fn demo() -> Server {
    let server = server().await;
    let made = server.call("CreateRepository", r#"{"repositoryName":"demo"}"#).await;
    assert_eq!(made.status, 200);
    server
}

fn base64(content: impl AsRef<[u8]>) -> Value {
    STANDARD.encode(content).into()
}

/// `base` with `more` in it.
fn with(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

async fn ok(server: &Server, operation: &str, input: &Value) -> Value {
    let got = server.call(operation, &input.to_string()).await;
    assert_eq!(got.status, 200, "{operation} {input}: {:?}", got.body);
    got.body
}

/// Puts a file on `main`; answers the commit.
async fn put(server: &Server, path: &str, content: &str, parent: &Value) -> Value {
    let input = json!({
        "repositoryName": "demo", "branchName": "main", "filePath": path, "fileContent": base64(content),
        "parentCommitId": parent,
    });
    ok(server, "PutFile", &input).await["commitId"].clone()
}

/// What lies at a path of `main`: mode and content; nothing, where nothing does.
async fn file(server: &Server, path: &str) -> Option<(String, String)> {
    let input = json!({ "repositoryName": "demo", "commitSpecifier": "main", "filePath": path });
    let got = server.call("GetFile", &input.to_string()).await;
    if got.exception.as_deref() == Some("FileDoesNotExistException") {
        return None;
    }
    let content = STANDARD.decode(got.body["fileContent"].as_str().unwrap()).unwrap();
    let mode = got.body["fileMode"].as_str().unwrap().to_owned();
    Some((mode, String::from_utf8(content).unwrap()))
}

fn file_of(mode: &str, content: &str) -> Option<(String, String)> {
    Some((mode.to_owned(), content.to_owned()))
}

async fn commit(server: &Server, id: &Value) -> Value {
    let input = json!({ "repositoryName": "demo", "commitId": id });
    ok(server, "GetCommit", &input).await["commit"].clone()
}

#[tokio::test]
async fn files_are_put_and_deleted_one_by_one() {
    let server = demo().await;
    let first = put(&server, "/a/b.txt", "one", &Value::Null).await;
    assert_eq!(file(&server, "a/b.txt").await, file_of("NORMAL", "one"));
    let got = ok(&server, "GetRepository", &json!({ "repositoryName": "demo" })).await;
    assert_eq!(got["repositoryMetadata"]["defaultBranch"], "main");

    let base = json!({ "repositoryName": "demo", "branchName": "main", "filePath": "a/b.txt" });
    let edit = json!({
        "fileContent": base64("two"), "fileMode": "EXECUTABLE", "parentCommitId": first,
        "name": "Ana", "email": "ana@example.com", "commitMessage": "Edit it",
    });
    let second = ok(&server, "PutFile", &with(base.clone(), &edit)).await;
    assert_eq!(file(&server, "a/b.txt").await, file_of("EXECUTABLE", "two"));
    let shown = commit(&server, &second["commitId"]).await;
    assert_eq!(shown["parents"], json!([first]));
    assert_eq!(shown["treeId"], second["treeId"]);
    assert_eq!(
        (&shown["author"]["name"], &shown["author"]["email"]),
        (&"Ana".into(), &"ana@example.com".into())
    );
    assert_eq!(shown["author"], shown["committer"]);
    assert_eq!(shown["message"].as_str().map(str::trim_end), Some("Edit it"));
    assert!(
        shown["author"]["date"]
            .as_str()
            .is_some_and(|date| date.ends_with(" +0000"))
    );

    // Without a mode a file stays what it is.
    let again = json!({ "fileContent": base64("three"), "parentCommitId": second["commitId"] });
    let third = ok(&server, "PutFile", &with(base.clone(), &again)).await["commitId"].clone();
    assert_eq!(file(&server, "a/b.txt").await, file_of("EXECUTABLE", "three"));
    // Its mode alone is a change, too.
    let mode = json!({ "fileContent": base64("three"), "fileMode": "NORMAL", "parentCommitId": third });
    let fourth = ok(&server, "PutFile", &with(base.clone(), &mode)).await["commitId"].clone();
    assert_eq!(file(&server, "a/b.txt").await, file_of("NORMAL", "three"));

    let gone = ok(&server, "DeleteFile", &with(base, &json!({ "parentCommitId": fourth }))).await;
    assert_eq!(gone["filePath"], "a/b.txt");
    assert_eq!(gone["treeId"], "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    let shown = commit(&server, &gone["commitId"]).await;
    assert_eq!(shown["message"].as_str().map(str::trim_end), Some("Deleted a/b.txt"));
    assert_eq!(file(&server, "a/b.txt").await, None);
}

#[tokio::test]
async fn folders_that_are_left_empty_go_or_are_kept() {
    let server = demo().await;
    let mut tip = put(&server, "top", "t", &Value::Null).await;
    for path in ["a/b/c/d", "x/y/z", "k/.gitkeep"] {
        tip = put(&server, path, path, &tip).await;
    }
    let delete = async |path: &str, keep: bool, parent: &Value| {
        let input = json!({
            "repositoryName": "demo", "branchName": "main", "filePath": path, "parentCommitId": parent,
            "keepEmptyFolders": keep,
        });
        ok(&server, "DeleteFile", &input).await["commitId"].clone()
    };
    tip = delete("a/b/c/d", false, &tip).await;
    tip = delete("x/y/z", true, &tip).await;
    assert_eq!(file(&server, "x/y/.gitkeep").await, file_of("NORMAL", ""));
    delete("k/.gitkeep", true, &tip).await;
    let root = json!({ "repositoryName": "demo", "folderPath": "/" });
    let root = ok(&server, "GetFolder", &root).await;
    let folders: Vec<_> = root["subFolders"].as_array().unwrap().iter().collect();
    assert_eq!(folders.len(), 1, "{root}");
    assert_eq!(folders[0]["absolutePath"], "x");
}

/// What is added to a good input of `PutFile`, and the exception that it gets then. The tip of `main` is TIP and has the files
/// `a/b` and `c`, its parent is OLD, `v1` is a tag.
const PUT_REFUSALS: &[(&str, &str)] = &[
    (r#"{"repositoryName":null}"#, "RepositoryNameRequiredException"),
    (r#"{"repositoryName":"a/b"}"#, "InvalidRepositoryNameException"),
    (r#"{"repositoryName":"absent"}"#, "RepositoryDoesNotExistException"),
    (r#"{"branchName":null}"#, "BranchNameRequiredException"),
    (r#"{"branchName":"a..b"}"#, "InvalidBranchNameException"),
    (r#"{"branchName":"absent"}"#, "BranchDoesNotExistException"),
    (r#"{"filePath":null}"#, "PathRequiredException"),
    (r#"{"filePath":""}"#, "PathRequiredException"),
    (r#"{"filePath":"a//b"}"#, "InvalidPathException"),
    (r#"{"filePath":"a/../b"}"#, "InvalidPathException"),
    (r#"{"filePath":".git/config"}"#, "InvalidPathException"),
    (r#"{"filePath":"a/"}"#, "InvalidPathException"),
    (
        r#"{"filePath":".gitmodules","fileMode":"SYMLINK"}"#,
        "InvalidPathException",
    ),
    (
        r#"{"filePath":"1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/f"}"#,
        "InvalidPathException",
    ),
    (r#"{"filePath":"a"}"#, "FileNameConflictsWithDirectoryNameException"),
    (r#"{"filePath":"a/b/c"}"#, "DirectoryNameConflictsWithFileNameException"),
    (r#"{"fileContent":null}"#, "FileContentRequiredException"),
    (r#"{"fileContent":""}"#, "FileContentRequiredException"),
    (r#"{"fileContent":"eA="}"#, "SerializationException"),
    (r#"{"fileContent":"e-_="}"#, "SerializationException"),
    (r#"{"fileContent":7}"#, "SerializationException"),
    (r#"{"fileMode":"100644"}"#, "InvalidFileModeException"),
    (r#"{"filePath":"c","fileContent":"Yw=="}"#, "SameFileContentException"),
    (
        r#"{"filePath":"c","fileContent":"Yw==","fileMode":"NORMAL"}"#,
        "SameFileContentException",
    ),
    (r#"{"email":"a <b>"}"#, "InvalidEmailException"),
    (r#"{"parentCommitId":null}"#, "ParentCommitIdRequiredException"),
    (r#"{"parentCommitId":""}"#, "InvalidParentCommitIdException"),
    (r#"{"parentCommitId":"main"}"#, "InvalidParentCommitIdException"),
    (
        r#"{"parentCommitId":"4b825dc642cb6eb9a060e54bf8d69288fbee4905"}"#,
        "ParentCommitDoesNotExistException",
    ),
    (r#"{"parentCommitId":"TREE"}"#, "ParentCommitDoesNotExistException"),
    (r#"{"parentCommitId":"OLD"}"#, "ParentCommitIdOutdatedException"),
];

#[tokio::test]
async fn files_that_cannot_be_put_are_refused_with_the_exceptions_of_the_model() {
    let server = demo().await;
    let old = put(&server, "a/b", "b", &Value::Null).await;
    let tip = put(&server, "c", "c", &old).await;
    let tree = commit(&server, &tip).await["treeId"].clone();
    let good = json!({
        "repositoryName": "demo", "branchName": "main", "filePath": "new", "fileContent": base64("n"),
        "parentCommitId": tip,
    });
    for &(more, exception) in PUT_REFUSALS {
        let more = more
            .replace("OLD", old.as_str().unwrap())
            .replace("TREE", tree.as_str().unwrap());
        let input = with(good.clone(), &serde_json::from_str(&more).unwrap());
        server.check("PutFile", &input.to_string(), exception).await;
    }
    let delete_file = &[
        (r#"{"filePath":"absent"}"#, "FileDoesNotExistException"),
        (r#"{"filePath":"a"}"#, "FileDoesNotExistException"),
        (r#"{"filePath":"c/d"}"#, "FileDoesNotExistException"),
        (r#"{"filePath":null}"#, "PathRequiredException"),
        (r#"{"filePath":"/"}"#, "InvalidPathException"),
        (r#"{"branchName":null}"#, "BranchNameRequiredException"),
        (r#"{"branchName":"absent"}"#, "BranchDoesNotExistException"),
        (r#"{"parentCommitId":null}"#, "ParentCommitIdRequiredException"),
        (r#"{"parentCommitId":"x"}"#, "InvalidParentCommitIdException"),
        (r#"{"parentCommitId":"OLD"}"#, "ParentCommitIdOutdatedException"),
    ];
    let good = json!({
        "repositoryName": "demo", "branchName": "main", "filePath": "c", "parentCommitId": tip,
    });
    for &(more, exception) in delete_file {
        let more = more.replace("OLD", old.as_str().unwrap());
        let input = with(good.clone(), &serde_json::from_str(&more).unwrap());
        server.check("DeleteFile", &input.to_string(), exception).await;
    }
    // Nothing of that was done.
    put(&server, "new", "n", &tip).await;
}

#[tokio::test]
async fn an_empty_repository_has_no_parents_and_no_files() {
    let server = demo().await;
    let base = json!({ "repositoryName": "demo", "branchName": "main", "filePath": "f" });
    let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4905";
    let content = json!({ "fileContent": base64("x") });
    for (operation, more, exception) in [
        (
            "PutFile",
            with(content.clone(), &json!({ "parentCommitId": id })),
            "ParentCommitDoesNotExistException",
        ),
        (
            "PutFile",
            with(content, &json!({ "parentCommitId": "x" })),
            "InvalidParentCommitIdException",
        ),
        (
            "DeleteFile",
            json!({ "parentCommitId": id }),
            "BranchDoesNotExistException",
        ),
        (
            "CreateCommit",
            json!({ "deleteFiles": [{ "filePath": "f" }] }),
            "FileDoesNotExistException",
        ),
        (
            "CreateCommit",
            json!({ "setFileModes": [{ "filePath": "f", "fileMode": "NORMAL" }] }),
            "FileDoesNotExistException",
        ),
    ] {
        server
            .check(operation, &with(base.clone(), &more).to_string(), exception)
            .await;
    }
}

#[tokio::test]
async fn what_is_over_a_limit_is_refused_and_what_is_at_it_is_taken() {
    let server = demo().await;
    let tip = put(&server, "first", "1", &Value::Null).await;
    let good = json!({
        "repositoryName": "demo", "branchName": "main", "filePath": "f", "fileContent": base64("x"),
        "parentCommitId": tip,
    });
    let largest = vec![b'x'; 6 << 20];
    let folders = "d/".repeat(20);
    let path = format!("{folders}{}", "f".repeat(4096 - folders.len()));
    for (more, exception) in [
        (
            json!({ "fileContent": base64([&largest[..], b"x"].concat()) }),
            "FileContentSizeLimitExceededException",
        ),
        (
            json!({ "commitMessage": "m".repeat((256 << 10) + 1) }),
            "CommitMessageLengthExceededException",
        ),
        (json!({ "name": "n".repeat(1025) }), "NameLengthExceededException"),
        (json!({ "email": "e".repeat(257) }), "InvalidEmailException"),
        (json!({ "filePath": format!("{path}f") }), "InvalidPathException"),
    ] {
        server
            .check("PutFile", &with(good.clone(), &more).to_string(), exception)
            .await;
    }
    let all = json!({
        "fileContent": base64(&largest), "commitMessage": "m".repeat(256 << 10), "name": "n".repeat(1024),
        "email": "e".repeat(256), "filePath": path,
    });
    ok(&server, "PutFile", &with(good, &all)).await;
}
