//! A repository with branches, and pull requests of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_git::hash::{ObjectFormat, ObjectId, object_id};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_storage::fault::{FaultyTable, Plan};
use packhouse_storage::memory::MemoryTable;
use packhouse_storage::push::Command;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Table;

use super::super::load::load;
use super::super::*;
use crate::change::{Change, Made, make};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::repositories::{self, Opened};
use crate::testing;

pub(super) struct Bed {
    pub(super) table: Arc<dyn Table>,
    pub(super) forge: Forge,
    pub(super) caller: Caller,
    pub(super) id: RepositoryId,
}

pub(super) fn title(text: &str) -> Title {
    Title::new(text.to_owned()).unwrap()
}

pub(super) fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

impl Bed {
    pub(super) async fn new() -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
        let forge = testing::forge_over(Arc::clone(&table)).await;
        let caller = testing::administrator(&forge.installation().account);
        let new = repositories::New {
            name: demo(),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        let id = repositories::create(&forge, &caller, new).await.unwrap().id;
        Self {
            table,
            forge,
            caller,
            id,
        }
    }

    /// Another process on the same stores, whose calls go by a plan.
    pub(super) fn planned(&self, plan: &Arc<Plan>) -> Forge {
        let table = FaultyTable::new(Arc::clone(&self.table), Arc::clone(plan));
        testing::again(&self.forge, Arc::new(table))
    }

    async fn opened(&self) -> Opened {
        let found = repositories::resolve(&self.forge, &demo()).await.unwrap();
        Opened::of(&self.forge, found).await.unwrap()
    }

    /// `main` with a commit, and `topic` with one more.
    pub(super) async fn main_and_topic(&self) -> (ObjectId, ObjectId) {
        let main = self.commit("main", &[], "first").await;
        (main, self.commit("topic", &[main], "topic").await)
    }

    /// Makes a commit and moves a branch there.
    pub(super) async fn commit(&self, branch: &str, parents: &[ObjectId], text: &str) -> ObjectId {
        let (id, objects) = objects(parents, text);
        self.change(&[(&format!("refs/heads/{branch}"), Some(id))], objects)
            .await;
        id
    }

    pub(super) async fn set(&self, name: &str, to: Option<ObjectId>) {
        self.change(&[(name, to)], Vec::new()).await;
    }

    /// Moves refs, wherever they were.
    pub(super) async fn change(&self, refs: &[(&str, Option<ObjectId>)], objects: Vec<(Kind, Vec<u8>)>) {
        let opened = self.opened().await;
        let command = |(name, new): &(&str, Option<ObjectId>)| {
            let name = RefName::new(name.as_bytes()).unwrap();
            let old = opened.snapshot.refs().get(&name).map(|target| target.id);
            let new = *new;
            Command { name, old, new }
        };
        let change = Change {
            commands: refs.iter().map(command).collect(),
            objects,
            ..Change::default()
        };
        let made = make(&self.forge, &self.caller, &opened, change).await.unwrap();
        assert_eq!(made, Made::Done);
    }

    pub(super) async fn tip(&self, branch: &str) -> Option<ObjectId> {
        self.opened().await.tip(&RefName::branch(branch).unwrap())
    }

    pub(super) fn new_request(&self, source: &str, destination: Option<&str>) -> New {
        New {
            title: title("Title"),
            description: Description::default(),
            repository: demo(),
            source: source.to_owned(),
            destination: destination.map(ToOwned::to_owned),
            client_token: None,
        }
    }

    pub(super) async fn ask(&self, source: &str, destination: Option<&str>) -> Result<PullRequest> {
        let new = self.new_request(source, destination);
        Ok(create(&self.forge, &self.caller, new).await?.pull_request)
    }

    pub(super) async fn get(&self, id: PullRequestId) -> PullRequest {
        get(&self.forge, &self.caller, id).await.unwrap().pull_request
    }

    pub(super) async fn events(&self, id: PullRequestId) -> Vec<Event> {
        let filter = EventFilter::default();
        describe_events(&self.forge, &self.caller, id, &filter)
            .await
            .unwrap()
            .events
    }

    pub(super) async fn event_types(&self, id: PullRequestId) -> Vec<EventType> {
        self.events(id)
            .await
            .iter()
            .map(|event| event.what.event_type())
            .collect()
    }

    /// The version of the item, which counts its changes.
    pub(super) async fn version(&self, id: PullRequestId) -> u64 {
        load(&self.forge, id).await.unwrap().unwrap().version
    }

    /// What hidden refs keep for a pull request.
    pub(super) async fn kept(&self, id: PullRequestId) -> Vec<(String, ObjectId)> {
        let prefix = format!("refs/packhouse/pull/{id}/");
        let opened = self.opened().await;
        let kept = opened.snapshot.refs().starting_with(&prefix);
        kept.map(|(name, target)| (name.as_str()[prefix.len()..].to_owned(), target.id))
            .collect()
    }
}

/// A commit with a tree of its own, and what it needs.
pub(super) fn objects(parents: &[ObjectId], text: &str) -> (ObjectId, Vec<(Kind, Vec<u8>)>) {
    let id = |kind, data: &[u8]| object_id(ObjectFormat::Sha1, kind, data).unwrap();
    let blob = text.as_bytes().to_vec();
    let tree = [b"100644 f\0", id(Kind::Blob, &blob).as_bytes()].concat();
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let who = "A <a@x> 1 +0000";
    let commit = format!(
        "tree {}\n{parents}author {who}\ncommitter {who}\n\n{text}\n",
        id(Kind::Tree, &tree)
    );
    let tip = id(Kind::Commit, commit.as_bytes());
    (
        tip,
        vec![
            (Kind::Blob, blob),
            (Kind::Tree, tree),
            (Kind::Commit, commit.into_bytes()),
        ],
    )
}
