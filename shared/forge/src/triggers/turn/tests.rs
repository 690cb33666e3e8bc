use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use packhouse_git::hash::ObjectId;
use packhouse_storage::memory::MemoryTable;
use tokio::sync::Notify;

use super::*;
use crate::authorship::Authorship;
use crate::contents::{self, PutFile};
use crate::names::RepositoryName;
use crate::repositories;
use crate::testing;
use crate::triggers::{Given, TriggerTargets, Undelivered, note, put};

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:topic";
const BROKEN: &str = "arn:aws:sns:us-east-1:000000000000:broken";

/// Keeps what comes. A message waits for `gate`, where there is one; the topic `broken` takes nothing.
#[derive(Debug, Default)]
struct Topics {
    taken: Mutex<Vec<String>>,
    gate: Option<Notify>,
    came: Notify,
}

#[async_trait]
impl TriggerTargets for Topics {
    async fn notify(&self, topic: &str, _subject: Option<&str>, message: &str) -> Result<(), Undelivered> {
        if topic == BROKEN {
            return Err(Undelivered::Refused("NotFound: Topic does not exist".into()));
        }
        self.came.notify_one();
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        self.taken.lock().unwrap().push(message.to_owned());
        Ok(())
    }

    async fn invoke(&self, _function: &str, _payload: &str) -> Result<(), Undelivered> {
        unreachable!("no trigger here has a function")
    }
}

struct Scene {
    forge: Forge,
    topics: Arc<Topics>,
    id: RepositoryId,
    tip: Mutex<Option<ObjectId>>,
}

impl Scene {
    /// The repository `demo` with triggers for these topics.
    async fn new(topics: Topics, targets: &[&str]) -> Self {
        let topics = Arc::new(topics);
        let forge = testing::forge_over(Arc::new(MemoryTable::default())).await;
        let forge = forge.with_targets(Arc::clone(&topics) as _);
        let caller = testing::administrator(&forge.installation().account);
        let new = repositories::New {
            name: demo(),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        let id = repositories::create(&forge, &caller, new).await.unwrap().id;
        let tip = Mutex::default();
        let scene = Self { forge, topics, id, tip };
        scene.put(targets).await;
        scene
    }

    /// Triggers for these topics, in place of all that are there.
    async fn put(&self, targets: &[&str]) {
        let caller = testing::administrator(&self.forge.installation().account);
        let given = targets.iter().enumerate().map(|(at, target)| Given {
            name: Some(format!("trigger-{at}")),
            destination_arn: Some((*target).to_owned()),
            custom_data: None,
            branches: Some(Vec::new()),
            events: Some(vec!["all".into()]),
        });
        put(&self.forge, &caller, &demo(), given.collect()).await.unwrap();
    }

    /// A commit, which is noted.
    async fn change(&self, content: &str) {
        let caller = testing::administrator(&self.forge.installation().account);
        let parent = *self.tip.lock().unwrap();
        let put = PutFile {
            branch: "main".into(),
            parent: parent.map(|parent| parent.to_string()),
            path: "file".into(),
            content: content.as_bytes().to_vec(),
            mode: None,
            authorship: Authorship::default(),
        };
        let written = contents::put_file(&self.forge, &caller, &demo(), put).await.unwrap();
        *self.tip.lock().unwrap() = Some(written.commit);
        assert!(note(&self.forge, &self.id).await.unwrap());
    }

    async fn tell(&self, holder: &str, patience: u64) -> Outcome {
        let turn = Turn {
            holder,
            until: Instant::now() + Duration::from_secs(60),
            patience: Duration::from_secs(patience),
        };
        tell_in_turn(&self.forge, &self.id, turn).await.unwrap()
    }

    fn told(&self) -> usize {
        self.topics.taken.lock().unwrap().len()
    }

    async fn is_noted(&self) -> bool {
        mark(&self.forge, &self.id).await.unwrap().is_some()
    }
}

fn demo() -> RepositoryName {
    RepositoryName::new("demo").unwrap()
}

#[tokio::test]
async fn what_is_noted_in_the_turn_of_another_is_told_by_that_one_and_once() {
    let topics = Topics {
        gate: Some(Notify::new()),
        ..Topics::default()
    };
    let scene = Scene::new(topics, &[TOPIC]).await;
    scene.change("a").await;
    let gate = scene.topics.gate.as_ref().unwrap();
    let (first, ()) = tokio::join!(scene.tell("first", 0), async {
        scene.topics.came.notified().await;
        scene.change("b").await;
        assert_eq!(scene.tell("second", 0).await, Outcome::Elsewhere);
        gate.notify_one();
        scene.topics.came.notified().await;
        gate.notify_one();
    });
    assert_eq!((first, scene.told()), (Outcome::Done, 2));
    assert!(!scene.is_noted().await);
    scene.change("c").await;
    gate.notify_one();
    assert_eq!(scene.tell("second", 0).await, Outcome::Done);
}

#[tokio::test]
async fn who_was_interrupted_goes_on_at_once_and_others_when_its_time_is_over() {
    let scene = Scene::new(Topics::default(), &[TOPIC]).await;
    scene.change("a").await;
    let turn = |seconds| Turn {
        holder: "first",
        until: Instant::now() + Duration::from_secs(seconds),
        patience: Duration::ZERO,
    };
    take(&scene.forge, &scene.id, &turn(60)).await.unwrap().unwrap();
    assert_eq!(scene.tell("second", 0).await, Outcome::Elsewhere);
    assert!(scene.is_noted().await);
    assert_eq!((scene.tell("first", 0).await, scene.told()), (Outcome::Done, 1));
    scene.change("b").await;
    take(&scene.forge, &scene.id, &turn(0)).await.unwrap().unwrap();
    assert_eq!((scene.tell("second", 0).await, scene.told()), (Outcome::Done, 2));
}

#[tokio::test]
async fn a_pause_is_waited_for_as_far_as_the_patience_goes_and_the_mark_stays() {
    let scene = Scene::new(Topics::default(), &[TOPIC, BROKEN]).await;
    scene.change("a").await;
    let began = std::time::Instant::now();
    let Outcome::Later(pause) = scene.tell("first", 2).await else {
        panic!("the broken topic takes nothing");
    };
    // The pause of a second is waited for, and the one of five behind it is not.
    assert!(pause > Duration::from_secs(2), "{pause:?}");
    assert!(began.elapsed() >= Duration::from_millis(900));
    assert!(scene.is_noted().await);
    assert_eq!(scene.told(), 1);
    // What comes meanwhile is told to the others all the same.
    scene.change("b").await;
    assert!(matches!(scene.tell("second", 0).await, Outcome::Later(_)));
    assert_eq!(scene.told(), 2);
}

#[tokio::test]
async fn another_target_is_tried_at_once_and_is_told_what_the_old_one_was_not() {
    let scene = Scene::new(Topics::default(), &[BROKEN]).await;
    scene.change("a").await;
    assert!(matches!(scene.tell("first", 0).await, Outcome::Later(_)));
    scene.put(&[BROKEN]).await;
    assert!(matches!(scene.tell("first", 0).await, Outcome::Later(_)));
    scene.put(&[TOPIC]).await;
    assert_eq!((scene.tell("first", 0).await, scene.told()), (Outcome::Done, 1));
}

#[tokio::test]
async fn a_turn_ends_with_its_time() {
    let topics = Topics {
        gate: Some(Notify::new()),
        ..Topics::default()
    };
    let scene = Scene::new(topics, &[TOPIC]).await;
    scene.change("a").await;
    let turn = Turn {
        holder: "first",
        until: Instant::now() + Duration::from_millis(50),
        patience: Duration::ZERO,
    };
    let outcome = tell_in_turn(&scene.forge, &scene.id, turn).await.unwrap();
    assert_eq!((outcome, scene.told()), (Outcome::CutShort, 0));
    assert!(scene.is_noted().await);
    scene.topics.gate.as_ref().unwrap().notify_one();
    assert_eq!((scene.tell("second", 0).await, scene.told()), (Outcome::Done, 1));
}

#[tokio::test]
async fn a_turn_of_a_newer_schema_is_not_guessed_at() {
    let scene = Scene::new(Topics::default(), &[TOPIC]).await;
    let body = &br#"{"schema":2,"holder":"x","until_ms":0}"#[..];
    let write = Write::put(keys::telling_turn(scene.id.as_str()), Expect::Any, body);
    scene.forge.store().table().transact(vec![write]).await.unwrap();
    let turn = Turn {
        holder: "first",
        until: Instant::now() + Duration::from_secs(60),
        patience: Duration::ZERO,
    };
    let error = tell_in_turn(&scene.forge, &scene.id, turn).await.unwrap_err();
    assert_eq!(error.kind(), crate::error::Kind::Corrupt);
}
