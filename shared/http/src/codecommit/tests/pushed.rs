//! Commits in the repository of a server, as if somebody had pushed them.

use packhouse_forge::names::RepositoryName;
use packhouse_forge::repositories::resolve;
use packhouse_git::hash::{ObjectFormat, ObjectId, object_id};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_storage::log::Actor;
use packhouse_storage::push::{Command, Request, Verdict, pack_of, push};
use packhouse_storage::snapshot::Snapshot;
use serde_json::json;

use crate::aws_json::testing::Server;

/// Makes a commit of one file, and moves a branch there from wherever it was.
pub(super) async fn commit(
    server: &Server,
    repository: &str,
    branch: &str,
    (parents, text): (&[ObjectId], &str),
) -> ObjectId {
    let id = |kind, data: &[u8]| object_id(ObjectFormat::Sha1, kind, data).unwrap();
    let blob = text.as_bytes().to_vec();
    let tree = [b"100644 f\0", id(Kind::Blob, &blob).as_bytes()].concat();
    let lines: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let who = "A <a@x> 1 +0000";
    let commit = format!(
        "tree {}\n{lines}author {who}\ncommitter {who}\n\n{text}\n",
        id(Kind::Tree, &tree)
    );
    let tip = id(Kind::Commit, commit.as_bytes());
    let objects = vec![
        (Kind::Blob, blob),
        (Kind::Tree, tree),
        (Kind::Commit, commit.into_bytes()),
    ];

    let forge = &server.app.forge;
    let found = resolve(forge, &RepositoryName::new(repository).unwrap()).await.unwrap();
    let snapshot = Snapshot::open(forge.store(), &found.id).await.unwrap();
    let pack = pack_of(&snapshot, &snapshot.odb().await.unwrap(), objects)
        .await
        .unwrap();
    let name = RefName::branch(branch).unwrap();
    let request = Request {
        commands: vec![Command {
            old: snapshot.refs().get(&name).map(|target| target.id),
            name,
            new: Some(tip),
        }],
        actor: Actor {
            arn: "arn:aws:iam::000000000000:user/pusher".into(),
            ..Actor::default()
        },
        ..Request::default()
    };
    let verdicts = push(snapshot, pack, &request).await.unwrap();
    assert!(matches!(verdicts[..], [Verdict::Done { .. }]), "{verdicts:?}");
    tip
}

/// Makes `main` and, one commit further, `topic`, and asks for that to be merged: pull request 1.
pub(super) async fn pull_request(server: &Server, repository: &str) -> (ObjectId, ObjectId) {
    let main = commit(server, repository, "main", (&[], "first")).await;
    let topic = commit(server, repository, "topic", (&[main], "topic")).await;
    let target = json!({ "repositoryName": repository, "sourceReference": "topic" });
    let asked = json!({ "title": "Title", "targets": [target] }).to_string();
    let made = server.call("CreatePullRequest", &asked).await;
    assert_eq!(made.status, 200, "{made:?}");
    (main, topic)
}
