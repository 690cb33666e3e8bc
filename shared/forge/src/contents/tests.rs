//! The writing of contents over the stores in memory.

mod faults;
mod races;

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_git::commit::{Identity, NewCommit, write_commit};
use packhouse_git::hash::{ObjectFormat, object_id};
use packhouse_git::object::Kind as ObjectKind;
use packhouse_git::ref_name::RefName;
use packhouse_git::tree::{Entry, Mode, write_tree};
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::push::Command;
use packhouse_storage::table::Table;

use super::branch_commit::MAX_FOLDER;
use super::*;
use crate::authorship::Authorship;
use crate::change::{Change, Made, make};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories;
use crate::testing;

/// An installation with the repository `demo`, and the table that it is in.
async fn with_demo() -> (Forge, Arc<dyn Table>) {
    let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
    let forge = testing::forge_over(Arc::clone(&table)).await;
    create(&forge, "sha1").await;
    (forge, table)
}

fn caller(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

/// Makes the repository `demo`, of that object format.
async fn create(forge: &Forge, format: &str) {
    let new = repositories::New {
        name: demo(),
        description: None,
        tags: BTreeMap::from([("packhouse:object-format".into(), format.into())]),
        kms_key: None,
    };
    repositories::create(forge, &caller(forge), new).await.unwrap();
}

async fn put(forge: &Forge, branch: &str, (path, content): (&str, &str), parent: Option<ObjectId>) -> Result<Written> {
    let put = PutFile {
        branch: branch.into(),
        parent: parent.map(|parent| parent.to_string()),
        path: path.into(),
        content: content.into(),
        mode: None,
        authorship: Authorship::default(),
    };
    put_file(forge, &caller(forge), &demo(), put).await
}

async fn opened(forge: &Forge) -> Opened {
    repositories::opened(forge, &caller(forge), Action::GetFile, &demo())
        .await
        .unwrap()
}

async fn tip(forge: &Forge, branch: &str) -> Option<ObjectId> {
    opened(forge).await.tip(&RefName::branch(branch).unwrap())
}

async fn content(forge: &Forge, path: &str) -> Result<String> {
    let file = get_file(forge, &caller(forge), &demo(), (None, path)).await?;
    Ok(String::from_utf8(file.content.to_vec()).unwrap())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal, _)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn files_are_written_in_either_object_format() {
    for (format, width) in [("sha1", 40), ("sha256", 64)] {
        let forge = testing::forge().await;
        create(&forge, format).await;
        let first = put(&forge, "trunk", ("a/b", "1"), None).await.unwrap();
        let second = put(&forge, "trunk", ("a/c", "2"), Some(first.commit)).await.unwrap();
        for id in [second.commit, second.tree, second.blob] {
            assert_eq!(id.to_string().len(), width);
        }
        assert_eq!(content(&forge, "a/b").await.unwrap(), "1");
        assert_eq!(content(&forge, "a/c").await.unwrap(), "2");
        let opened = opened(&forge).await;
        assert_eq!(opened.default_branch().and_then(RefName::short_branch), Some("trunk"));
    }
}

fn id_of(kind: ObjectKind, data: &[u8]) -> ObjectId {
    object_id(ObjectFormat::Sha1, kind, data).unwrap()
}

fn entry(mode: Mode, name: &str, id: ObjectId) -> Entry {
    let name = name.as_bytes().to_vec();
    Entry { mode, name, id }
}

/// Points a new ref to a commit with these entries at its root, whose files all say "x".
async fn commit_of(forge: &Forge, reference: &str, entries: Vec<Entry>) -> ObjectId {
    let tree = write_tree(entries);
    let commit = write_commit(&NewCommit {
        tree: id_of(ObjectKind::Tree, &tree),
        parents: Vec::new(),
        author: Identity::default(),
        committer: Identity::default(),
        message: "m".into(),
    });
    let id = id_of(ObjectKind::Commit, &commit);
    let change = Change {
        commands: vec![Command {
            name: RefName::new(reference.as_bytes()).unwrap(),
            old: None,
            new: Some(id),
        }],
        objects: vec![
            (ObjectKind::Blob, b"x".to_vec()),
            (ObjectKind::Tree, tree),
            (ObjectKind::Commit, commit),
        ],
        ..Change::default()
    };
    let made = make(forge, &caller(forge), &opened(forge).await, change).await;
    assert_eq!(made.unwrap(), Made::Done);
    id
}

#[tokio::test]
async fn a_folder_cannot_outgrow_its_limit() {
    /// What an entry with a name of 250 bytes takes.
    const ENTRY: usize = 250 + 28;
    let (forge, _) = with_demo().await;
    let blob = id_of(ObjectKind::Blob, b"x");
    let names = (0..MAX_FOLDER / ENTRY).map(|at| format!("{at:0250}"));
    let entries = names.map(|name| entry(Mode::Normal, &name, blob)).collect();
    let parent = commit_of(&forge, "refs/heads/main", entries).await;
    let over = format!("{:0>250}", "more");
    let refusal = refused(put(&forge, "main", (&over, "x"), Some(parent)).await);
    assert_eq!(refusal, Refusal::FolderContentSizeLimitExceeded);
    // What is in it can change.
    let there = format!("{:0250}", 1);
    put(&forge, "main", (&there, "y"), Some(parent)).await.unwrap();
}

#[tokio::test]
async fn submodules_belong_to_others() {
    let (forge, _) = with_demo().await;
    let blob = id_of(ObjectKind::Blob, b"x");
    let entries = vec![
        entry(Mode::Normal, "file", blob),
        entry(Mode::Gitlink, "sub", id_of(ObjectKind::Commit, b"elsewhere")),
    ];
    let parent = Some(commit_of(&forge, "refs/heads/main", entries).await);
    let conflict = Refusal::FilePathConflictsWithSubmodulePath;
    for path in ["sub", "sub/file"] {
        assert_eq!(refused(put(&forge, "main", (path, "y"), parent).await), conflict);
        let delete = Delete {
            branch: "main".into(),
            parent: parent.map(|parent| parent.to_string()),
            path: path.into(),
            keep_folders: false,
            authorship: Authorship::default(),
        };
        let refusal = refused(delete_file(&forge, &caller(&forge), &demo(), delete).await);
        assert_eq!(refusal, Refusal::FileDoesNotExist);
        let base = || Changes {
            branch: "main".into(),
            parent: parent.map(|parent| parent.to_string()),
            ..Changes::default()
        };
        let copy = |from: &str, to: &str| Put {
            path: to.into(),
            mode: None,
            content: Content::Source {
                path: from.into(),
                is_move: false,
            },
        };
        for changes in [
            Changes {
                puts: vec![copy("file", path)],
                ..base()
            },
            Changes {
                puts: vec![copy(path, "copy")],
                ..base()
            },
            Changes {
                deletes: vec![path.into()],
                ..base()
            },
            Changes {
                modes: vec![(path.into(), Mode::Executable)],
                ..base()
            },
        ] {
            let told = format!("{changes:?}");
            let refusal = refused(create_commit(&forge, &caller(&forge), &demo(), changes).await);
            assert_eq!(refusal, conflict, "{told}");
        }
    }
    put(&forge, "main", ("file", "y"), parent).await.unwrap();
    let root = get_folder(&forge, &caller(&forge), &demo(), (None, "/")).await.unwrap();
    assert!(root.members.iter().any(|member| member.mode == Mode::Gitlink));
}

#[tokio::test]
async fn a_tag_is_no_branch() {
    let (forge, _) = with_demo().await;
    let entries = vec![entry(Mode::Normal, "file", id_of(ObjectKind::Blob, b"x"))];
    let tagged = commit_of(&forge, "refs/tags/v1", entries).await;
    assert_eq!(
        refused(put(&forge, "v1", ("f", "y"), None).await),
        Refusal::BranchNameIsTagName
    );
    // Without branches there is no tip that it could be.
    let late = put(&forge, "main", ("f", "y"), Some(tagged)).await;
    assert_eq!(refused(late), Refusal::ParentCommitIdOutdated);
    let first = put(&forge, "main", ("f", "y"), None).await.unwrap();
    let named = put(&forge, "v1", ("f", "z"), Some(first.commit)).await;
    assert_eq!(refused(named), Refusal::BranchNameIsTagName);
}

#[tokio::test]
async fn only_branches_that_policies_allow_are_written() {
    let (forge, _) = with_demo().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"codecommit:PutFile","Resource":"*",
        "Condition":{"StringEquals":{"codecommit:References":"refs/heads/mine"}}}]}"#;
    let mine = testing::user(&forge.installation().account, policy);
    for (branch, expect) in [("main", false), ("mine", true)] {
        let put = PutFile {
            branch: branch.into(),
            parent: None,
            path: "f".into(),
            content: b"x".to_vec(),
            mode: None,
            authorship: Authorship::default(),
        };
        let written = put_file(&forge, &mine, &demo(), put).await;
        assert_eq!(written.is_ok(), expect, "{branch}: {written:?}");
    }
}
