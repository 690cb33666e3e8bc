//! `GetCommit`.

use packhouse_harness::{Git, Server};
use serde_json::json;

use super::{NOWHERE, call, check_names, history, refused, text};

#[test]
fn a_commit_is_told_as_git_tells_it() {
    let commits = history("told", &[&[("a", Some("1"))], &[("a", Some("2"))]]);
    let got = call(
        "GetCommit",
        &json!({ "repositoryName": "told", "commitId": commits[1] }),
    )
    .expect("it is there");
    let commit = &got["commit"];
    let git = Git::newest();
    git.log_in(Server::shared());
    let clone = git.init("told");
    clone
        .run(&format!("fetch -q {} main", Server::shared().url("told")))
        .ok();
    let shown = clone
        .run_args([
            "log",
            "-1",
            "--format=%H %T %P|%an|%ae|%ad|%B",
            "--date=raw",
            "FETCH_HEAD",
        ])
        .ok();
    let told = format!(
        "{} {} {}|{}|{}|{}|{}",
        text(&commit["commitId"]),
        text(&commit["treeId"]),
        text(&commit["parents"][0]),
        text(&commit["author"]["name"]),
        text(&commit["author"]["email"]),
        text(&commit["author"]["date"]),
        text(&commit["message"]),
    );
    assert_eq!(shown.trim_end(), told.trim_end());
    assert_eq!(
        (&commit["committer"], &commit["additionalData"]),
        (&commit["author"], &json!(""))
    );
    assert_eq!(commit["parents"], json!([commits[0]]));
}

#[test]
fn commits_that_git_made_keep_all_that_they_say() {
    let server = Server::shared();
    server.create_repository("foreign");
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("foreign");
    let tree = work.run("write-tree").ok();
    let commit = format!(
        "tree {}\nauthor Ünal Ö <u@x> 1484167798 -0800\ncommitter C <c@x> 1484167799 +0530\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\nsubject\n\nbody ☃\n",
        tree.trim()
    );
    let id = work
        .run_with_input(["hash-object", "-t", "commit", "-w", "--stdin"], commit.as_bytes())
        .ok();
    let id = id.trim();
    work.run(&format!("push -q {} {id}:refs/heads/main", server.url("foreign")))
        .ok();
    let got = call("GetCommit", &json!({ "repositoryName": "foreign", "commitId": id })).expect("it is there");
    let told = &got["commit"];
    assert_eq!(
        told["author"],
        json!({ "name": "Ünal Ö", "email": "u@x", "date": "1484167798 -0800" })
    );
    assert_eq!(
        told["committer"],
        json!({ "name": "C", "email": "c@x", "date": "1484167799 +0530" })
    );
    assert_eq!(
        (&told["message"], &told["parents"]),
        (&json!("subject\n\nbody ☃\n"), &json!([]))
    );
    assert!(text(&told["additionalData"]).contains("gpgsig -----BEGIN PGP SIGNATURE-----"));
}

#[test]
fn what_is_no_commit_is_refused() {
    let commits = history("refused-commits", &[&[("a", Some("1"))]]);
    let with = |id| json!({ "repositoryName": "refused-commits", "commitId": id });
    let file = call(
        "GetFile",
        &json!({ "repositoryName": "refused-commits", "filePath": "a" }),
    )
    .expect("it is there");
    refused("GetCommit", &with(json!(null)), "CommitIdRequiredException");
    refused("GetCommit", &with(json!(NOWHERE)), "CommitIdDoesNotExistException");
    refused(
        "GetCommit",
        &with(file["blobId"].clone()),
        "CommitIdDoesNotExistException",
    );
    for id in ["main", "HEAD", &commits[0][..10], "", "zz"] {
        refused("GetCommit", &with(json!(id)), "InvalidCommitIdException");
    }
    check_names("GetCommit", "repositoryName", &json!({ "commitId": NOWHERE }));
}
