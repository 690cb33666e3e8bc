//! `CreateCommit`.

use super::*;

/// Makes a commit on `main`.
async fn change(server: &Server, parent: &Value, changes: Value) -> Value {
    let base = json!({ "repositoryName": "demo", "branchName": "main", "parentCommitId": parent });
    ok(server, "CreateCommit", &with(base, &changes)).await
}

/// The repository `demo` with files in folders, and the tip of `main`.
async fn filled() -> (Server, Value) {
    let server = demo().await;
    let files = [
        ("a/b", "b"),
        ("a/c", "c"),
        ("d", "d"),
        ("keep/.gitkeep", ""),
        ("e/f/g", "g"),
    ];
    let files = files.map(|(path, content)| json!({ "filePath": path, "fileContent": base64(content) }));
    let made = change(&server, &Value::Null, json!({ "putFiles": files })).await;
    assert_eq!(made["filesAdded"].as_array().unwrap().len(), 5);
    (server, made["commitId"].clone())
}

fn paths(files: &Value) -> Vec<&str> {
    let files = files.as_array().unwrap().iter();
    files.map(|file| file["absolutePath"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_commit_puts_copies_moves_deletes_and_sets_modes() {
    let (server, tip) = filled().await;
    let made = change(
        &server,
        &tip,
        json!({
            "putFiles": [
                { "filePath": "new", "fileContent": base64("n"), "fileMode": "EXECUTABLE" },
                { "filePath": "empty", "fileContent": "" },
                { "filePath": "link", "fileContent": base64("new"), "fileMode": "SYMLINK" },
                { "filePath": "a/b", "fileContent": base64("B") },
                { "filePath": "copy", "sourceFile": { "filePath": "/a/b" } },
                { "filePath": "moved", "sourceFile": { "filePath": "e/f/g", "isMove": true } },
            ],
            "deleteFiles": [{ "filePath": "a/c" }],
            "setFileModes": [{ "filePath": "d", "fileMode": "EXECUTABLE" }],
            "commitMessage": "Everything", "authorName": "Ana", "email": "ana@example.com",
        }),
    )
    .await;
    assert_eq!(paths(&made["filesAdded"]), ["new", "empty", "link", "copy", "moved"]);
    assert_eq!(paths(&made["filesUpdated"]), ["a/b", "d"]);
    assert_eq!(paths(&made["filesDeleted"]), ["e/f/g", "a/c"]);
    assert_eq!(made["filesUpdated"][1]["fileMode"], "EXECUTABLE");
    assert_eq!(made["filesDeleted"][0]["blobId"], made["filesAdded"][4]["blobId"]);
    for (path, expect) in [
        ("new", file_of("EXECUTABLE", "n")),
        ("empty", file_of("NORMAL", "")),
        ("link", file_of("SYMLINK", "new")),
        ("a/b", file_of("NORMAL", "B")),
        // What is copied is what the parent has.
        ("copy", file_of("NORMAL", "b")),
        ("moved", file_of("NORMAL", "g")),
        ("d", file_of("EXECUTABLE", "d")),
        ("a/c", None),
        ("e/f/g", None),
    ] {
        assert_eq!(file(&server, path).await, expect, "{path}");
    }
    let shown = commit(&server, &made["commitId"]).await;
    assert_eq!((&shown["treeId"], &shown["parents"]), (&made["treeId"], &json!([tip])));
    assert_eq!(shown["author"]["name"], "Ana");
}

#[tokio::test]
async fn commits_that_say_nothing_tell_what_they_do() {
    let (server, mut tip) = filled().await;
    for (changes, message) in [
        (
            json!({ "putFiles": [{ "filePath": "x", "fileContent": "" }] }),
            "Added x",
        ),
        (
            json!({ "putFiles": [{ "filePath": "x", "fileContent": base64("x") }] }),
            "Edited x",
        ),
        (
            json!({ "setFileModes": [{ "filePath": "x", "fileMode": "EXECUTABLE" }] }),
            "Edited x",
        ),
        (
            json!({ "putFiles": [{ "filePath": "y", "sourceFile": { "filePath": "x", "isMove": true } }] }),
            "Changed 2 files",
        ),
        (json!({ "deleteFiles": [{ "filePath": "y" }] }), "Deleted y"),
    ] {
        tip = change(&server, &tip, changes).await["commitId"].clone();
        let shown = commit(&server, &tip).await;
        assert_eq!(shown["message"].as_str().map(str::trim_end), Some(message));
        assert_eq!(shown["author"]["email"], "");
    }
}

#[tokio::test]
async fn files_and_folders_take_each_others_places_in_one_commit() {
    let (server, tip) = filled().await;
    let swapped = json!({
        "putFiles": [
            { "filePath": "a", "fileContent": base64("file") },
            { "filePath": "d/in", "sourceFile": { "filePath": "d", "isMove": true } },
        ],
        "deleteFiles": [{ "filePath": "a/b" }, { "filePath": "a/c" }],
        "keepEmptyFolders": true,
    });
    let made = change(&server, &tip, swapped).await;
    assert_eq!(paths(&made["filesAdded"]), ["a", "d/in"]);
    assert_eq!(file(&server, "a").await, file_of("NORMAL", "file"));
    assert_eq!(file(&server, "d/in").await, file_of("NORMAL", "d"));
    let kept = json!({ "deleteFiles": [{ "filePath": "e/f/g" }], "keepEmptyFolders": true });
    let made = change(&server, &made["commitId"], kept).await;
    assert_eq!(paths(&made["filesAdded"]), ["e/f/.gitkeep"]);
    assert_eq!(paths(&made["filesDeleted"]), ["e/f/g"]);
}

/// Changes, and the exception that they get in [`filled`].
const REFUSALS: &[(&str, &str)] = &[
    ("{}", "FileEntryRequiredException"),
    (
        r#"{"putFiles":[],"deleteFiles":[],"setFileModes":[]}"#,
        "FileEntryRequiredException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x"}]}"#,
        "SourceFileOrContentRequiredException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","fileContent":"","sourceFile":{"filePath":"d"}}]}"#,
        "FileContentAndSourceFileSpecifiedException",
    ),
    (r#"{"putFiles":[{"fileContent":""}]}"#, "PathRequiredException"),
    (
        r#"{"putFiles":[{"filePath":"","fileContent":""}]}"#,
        "PathRequiredException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{}}]}"#,
        "PathRequiredException",
    ),
    (r#"{"deleteFiles":[{}]}"#, "PathRequiredException"),
    (r#"{"setFileModes":[{"fileMode":"NORMAL"}]}"#, "PathRequiredException"),
    (r#"{"setFileModes":[{"filePath":"d"}]}"#, "FileModeRequiredException"),
    (
        r#"{"setFileModes":[{"filePath":"d","fileMode":"x"}]}"#,
        "InvalidFileModeException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","fileContent":"","fileMode":"x"}]}"#,
        "InvalidFileModeException",
    ),
    (
        r#"{"putFiles":[{"filePath":"../x","fileContent":""}]}"#,
        "InvalidPathException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{"filePath":"a/"}}]}"#,
        "InvalidPathException",
    ),
    (r#"{"deleteFiles":[{"filePath":"a//b"}]}"#, "InvalidPathException"),
    (
        r#"{"deleteFiles":[{"filePath":"d"},{"filePath":"/d"}]}"#,
        "SamePathRequestException",
    ),
    (
        r#"{"putFiles":[{"filePath":"d","fileContent":""}],"setFileModes":[{"filePath":"d","fileMode":"NORMAL"}]}"#,
        "SamePathRequestException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{"filePath":"d","isMove":true}}],
            "deleteFiles":[{"filePath":"d"}]}"#,
        "SamePathRequestException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","fileContent":""},{"filePath":"x/y","fileContent":""}]}"#,
        "PutFileEntryConflictException",
    ),
    (
        r#"{"putFiles":[{"filePath":"a","fileContent":""}]}"#,
        "FileNameConflictsWithDirectoryNameException",
    ),
    (
        r#"{"putFiles":[{"filePath":"a","fileContent":""}],"deleteFiles":[{"filePath":"a/b"}]}"#,
        "FileNameConflictsWithDirectoryNameException",
    ),
    (
        r#"{"putFiles":[{"filePath":"d/x","fileContent":""}]}"#,
        "DirectoryNameConflictsWithFileNameException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{"filePath":"keep/.gitkeep"}}]}"#,
        "RestrictedSourceFileException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{"filePath":"absent"}}]}"#,
        "FileDoesNotExistException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","sourceFile":{"filePath":"a"}}]}"#,
        "FileDoesNotExistException",
    ),
    (
        r#"{"deleteFiles":[{"filePath":"absent"}]}"#,
        "FileDoesNotExistException",
    ),
    (
        r#"{"setFileModes":[{"filePath":"absent","fileMode":"NORMAL"}]}"#,
        "FileDoesNotExistException",
    ),
    (
        r#"{"putFiles":[{"filePath":"d","fileContent":"ZA=="}]}"#,
        "NoChangeException",
    ),
    (
        r#"{"putFiles":[{"filePath":"d","sourceFile":{"filePath":"d"}}]}"#,
        "NoChangeException",
    ),
    (
        r#"{"setFileModes":[{"filePath":"d","fileMode":"NORMAL"}]}"#,
        "NoChangeException",
    ),
    (
        r#"{"deleteFiles":[{"filePath":"keep/.gitkeep"}],"keepEmptyFolders":true}"#,
        "InvalidDeletionParameterException",
    ),
    (
        r#"{"putFiles":[{"filePath":"x","fileContent":"?"}]}"#,
        "SerializationException",
    ),
    (
        r#"{"branchName":null,"deleteFiles":[{"filePath":"d"}]}"#,
        "BranchNameRequiredException",
    ),
    (
        r#"{"branchName":"absent","deleteFiles":[{"filePath":"d"}]}"#,
        "BranchDoesNotExistException",
    ),
    (
        r#"{"parentCommitId":null,"deleteFiles":[{"filePath":"d"}]}"#,
        "ParentCommitIdRequiredException",
    ),
    (
        r#"{"parentCommitId":"x","deleteFiles":[{"filePath":"d"}]}"#,
        "InvalidParentCommitIdException",
    ),
    (
        r#"{"repositoryName":"absent","deleteFiles":[{"filePath":"d"}]}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        r#"{"email":"<","deleteFiles":[{"filePath":"d"}]}"#,
        "InvalidEmailException",
    ),
];

#[tokio::test]
async fn commits_that_cannot_be_made_are_refused_with_the_exceptions_of_the_model() {
    let (server, tip) = filled().await;
    let base = json!({ "repositoryName": "demo", "branchName": "main", "parentCommitId": tip });
    for &(changes, exception) in REFUSALS {
        let input = with(base.clone(), &serde_json::from_str(changes).unwrap());
        server.check("CreateCommit", &input.to_string(), exception).await;
    }
    // Nothing of that was done.
    change(&server, &tip, json!({ "deleteFiles": [{ "filePath": "d" }] })).await;
}

#[tokio::test]
async fn commits_have_limits() {
    let (server, tip) = filled().await;
    let base = json!({ "repositoryName": "demo", "branchName": "main", "parentCommitId": tip });
    let entry = |at: usize, content: &[u8]| json!({ "filePath": format!("n{at}"), "fileContent": base64(content) });
    let (six, one) = (vec![1; 6 << 20], vec![2; 1 << 20]);
    let over = [&one[..], b"x"].concat();
    let many: Vec<Value> = (0..101).map(|at| entry(at, b"x")).collect();
    for (files, exception) in [
        (json!(many), "MaximumFileEntriesExceededException"),
        (
            json!([entry(0, &six), entry(1, &over)]),
            "FileContentSizeLimitExceededException",
        ),
        (
            json!([entry(0, &[&six[..], b"x"].concat())]),
            "FileContentSizeLimitExceededException",
        ),
    ] {
        let input = with(base.clone(), &json!({ "putFiles": files })).to_string();
        server.check("CreateCommit", &input, exception).await;
    }
    let made = change(&server, &tip, json!({ "putFiles": many[..100] })).await;
    let both = json!({ "putFiles": [entry(0, &six), entry(1, &one)] });
    let made = change(&server, &made["commitId"], both).await;
    assert_eq!(paths(&made["filesUpdated"]), ["n0", "n1"]);
}
