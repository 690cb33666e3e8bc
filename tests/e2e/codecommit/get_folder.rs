//! `GetFolder`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::{NOWHERE, call, check_names, history, refused};

fn get(repository: &str, path: &str) -> Value {
    call(
        "GetFolder",
        &json!({ "repositoryName": repository, "folderPath": path }),
    )
    .expect("it is there")
}

#[test]
fn a_folder_has_four_lists() {
    let server = Server::shared();
    server.create_repository("folders");
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("folders");
    work.commit("src/lib/a.rs", "a");
    work.commit("src/run", "b");
    std::os::unix::fs::symlink("run", work.dir().join("src/link")).expect("the folder is there");
    work.run("add src/link").ok();
    let commit = work.rev("HEAD");
    work.run(&format!("update-index --add --cacheinfo 160000,{commit},src/module"))
        .ok();
    work.run("update-index --chmod=+x src/run").ok();
    work.run("commit -qm all").ok();
    work.run(&format!("push -q {} HEAD:refs/heads/main", server.url("folders")))
        .ok();
    let id = |path: &str| work.rev(&format!("HEAD:{path}"));
    let expected = json!({
        "commitId": work.rev("HEAD"),
        "folderPath": "src",
        "treeId": id("src"),
        "subFolders": [{ "treeId": id("src/lib"), "absolutePath": "src/lib", "relativePath": "lib" }],
        "files": [
            { "blobId": id("src/run"), "absolutePath": "src/run", "relativePath": "run", "fileMode": "EXECUTABLE" },
        ],
        "symbolicLinks": [
            { "blobId": id("src/link"), "absolutePath": "src/link", "relativePath": "link", "fileMode": "SYMLINK" },
        ],
        "subModules": [{ "commitId": commit, "absolutePath": "src/module", "relativePath": "module" }],
    });
    for path in ["src", "/src", "src/", "/src/"] {
        assert_eq!(get("folders", path), expected, "{path}");
    }
    for path in ["", "/"] {
        let root = get("folders", path);
        assert_eq!(
            (&root["folderPath"], &root["treeId"]),
            (&json!(""), &json!(work.rev("HEAD^{tree}")))
        );
        assert_eq!(root["subFolders"][0]["absolutePath"], "src");
    }
}

#[test]
fn what_is_no_folder_is_refused() {
    history("no-folders", &[&[("dir/a", Some("1"))]]);
    let with =
        |specifier, path| json!({ "repositoryName": "no-folders", "commitSpecifier": specifier, "folderPath": path });
    for (specifier, path, exception) in [
        (json!(null), json!(null), "PathRequiredException"),
        (json!("absent"), json!("/"), "CommitDoesNotExistException"),
        (json!(NOWHERE), json!("/"), "CommitDoesNotExistException"),
        (json!("a b"), json!("/"), "InvalidCommitException"),
        (json!(null), json!("other"), "FolderDoesNotExistException"),
        (json!(null), json!("dir/a"), "FolderDoesNotExistException"),
        (json!(null), json!("dir//a"), "InvalidPathException"),
        (json!(null), json!(".."), "InvalidPathException"),
    ] {
        refused("GetFolder", &with(specifier, path), exception);
    }
    check_names("GetFolder", "repositoryName", &json!({ "folderPath": "/" }));
}
