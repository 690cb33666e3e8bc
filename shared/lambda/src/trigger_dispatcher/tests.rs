use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use async_trait::async_trait;
use packhouse_forge::names::RepositoryName;
use packhouse_forge::notifications::{Detail, EventType, GivenTarget};
use packhouse_forge::triggers::{Given, TriggerTargets, Undelivered};
use packhouse_storage::clock;
use serde_json::json;

use super::*;
use crate::testing::{Bed, context, events, raw, sample};

/// A topic that keeps what comes, or is missing.
#[derive(Debug, Default)]
struct Topic {
    taken: Mutex<Vec<Value>>,
    is_missing: bool,
}

#[async_trait]
impl TriggerTargets for Topic {
    async fn notify(&self, _topic: &str, _subject: Option<&str>, message: &str) -> Result<(), Undelivered> {
        if self.is_missing {
            return Err(Undelivered::Refused("NotFound: Topic does not exist".into()));
        }
        self.taken.lock().unwrap().push(serde_json::from_str(message).unwrap());
        Ok(())
    }

    async fn invoke(&self, _function: &str, _payload: &str) -> Result<(), Undelivered> {
        unreachable!("the trigger has a topic")
    }
}

/// A repository with one push, and a trigger that was there before.
struct Scene {
    bed: Bed,
    id: RepositoryId,
    topic: Arc<Topic>,
    forge: Forge,
}

impl Scene {
    async fn new(is_missing: bool) -> Self {
        let bed = Bed::new().await;
        let id = bed.repository().await;
        let topic = Arc::new(Topic {
            is_missing,
            ..Topic::default()
        });
        let forge = bed.forge_telling(Arc::clone(&topic) as _);
        let given = Given {
            name: Some("on-push".into()),
            destination_arn: Some("arn:aws:sns:us-east-1:210987654321:pushes".into()),
            custom_data: None,
            branches: Some(Vec::new()),
            events: Some(vec!["all".into()]),
        };
        let demo = RepositoryName::new("demo").unwrap();
        triggers::put(&forge, &bed.caller().await, &demo, vec![given])
            .await
            .unwrap();
        bed.push_commits(1).await;
        Self { bed, id, topic, forge }
    }

    async fn serve(&self, event: &Value) -> Value {
        let answer = serve(&self.forge, &raw(event), &context()).await.unwrap();
        serde_json::to_value(answer).unwrap()
    }

    fn told(&self) -> usize {
        self.topic.taken.lock().unwrap().len()
    }

    /// Makes a rule that tells the topic of everything.
    async fn rule(&self) {
        let target = GivenTarget {
            kind: Some("SNS".into()),
            address: Some("arn:aws:sns:us-east-1:210987654321:pushes".into()),
        };
        let given = notifications::Given {
            name: "everything".into(),
            event_types: EventType::ALL.iter().map(|one| one.id().to_owned()).collect(),
            resource: "arn:aws:codecommit:us-east-1:210987654321:demo".into(),
            targets: vec![target],
            detail: Detail::Basic,
            enabled: true,
            tags: BTreeMap::new(),
            token: None,
        };
        notifications::create(&self.forge, &self.bed.caller().await, given)
            .await
            .unwrap();
    }

    async fn is_noted(&self) -> bool {
        triggers::noted(&self.forge, None).await.unwrap().0 == [self.id.clone()]
    }
}

/// The sample, about this repository.
fn about(name: &str, id: &RepositoryId) -> Value {
    let text = sample(name).to_string();
    let named = text.replace("1b2c3d4e-1111-4222-8333-444455556666", id.as_str());
    assert_ne!(text, named, "{name} names the repository of the samples");
    serde_json::from_str(&named).unwrap()
}

fn counts(told: usize, left: usize) -> Value {
    json!({ "told": told, "left": left, "failed": 0, "cutShort": false })
}

#[tokio::test]
async fn an_event_lets_the_triggers_of_its_repository_tell_once() {
    let scene = Scene::new(false).await;
    let event = about("trigger-dispatcher-reference-created.json", &scene.id);
    for _ in 0..2 {
        assert_eq!(scene.serve(&event).await, counts(1, 0));
    }
    assert!(!scene.is_noted().await);
    let taken = scene.topic.taken.lock().unwrap();
    assert_eq!(taken.len(), 1);
    let record = &taken[0]["Records"][0];
    assert_eq!(record["eventTriggerName"], "on-push");
    assert_eq!(record["codecommit"]["references"][0]["ref"], "refs/heads/main");
}

#[tokio::test]
async fn triggers_and_rules_tell_what_concerns_them() {
    let scene = Scene::new(false).await;
    scene.rule().await;
    let of_ref = about("trigger-dispatcher-reference-created.json", &scene.id);
    assert_eq!(scene.serve(&of_ref).await, counts(2, 0));
    let comment = about("trigger-dispatcher-comment-on-commit.json", &scene.id);
    assert_eq!(scene.serve(&comment).await, counts(1, 0));
    let taken = scene.topic.taken.lock().unwrap();
    let told: Vec<&Value> = taken.iter().filter_map(|message| message.get("detail")).collect();
    let mut expect = [of_ref, comment].map(|mut event| event["detail"].take());
    for detail in &mut expect {
        detail.as_object_mut().unwrap().remove("eventId");
    }
    assert_eq!(told, expect.iter().collect::<Vec<_>>());
    assert_eq!(taken.len(), 3, "and the trigger's message");
}

#[tokio::test]
async fn a_notification_that_is_not_taken_is_told_by_a_later_sweep() {
    let scene = Scene::new(true).await;
    scene.rule().await;
    let comment = about("trigger-dispatcher-comment-on-commit.json", &scene.id);
    // There is no time to wait for another try.
    let mut hurried = context();
    hurried.deadline = u64::try_from(clock::now().as_millis()).unwrap() + 4000;
    let answer = serve(&scene.forge, &raw(&comment), &hurried).await.unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), counts(0, 1));
    let mended = Arc::new(Topic::default());
    let forge = scene.bed.forge_telling(Arc::clone(&mended) as _);
    let sweep = raw(&sample("trigger-dispatcher-sweep.json"));
    let until = Instant::now() + Duration::from_secs(30);
    while mended.taken.lock().unwrap().is_empty() && Instant::now() < until {
        serve(&forge, &sweep, &context()).await.unwrap();
    }
    assert_eq!(
        mended.taken.lock().unwrap()[0]["detail"]["event"],
        "commentOnCommitCreated"
    );
    assert_eq!(serve(&forge, &sweep, &context()).await.unwrap(), Answer::default());
}

/// What the rule of the template wakes the function for.
fn waking() -> Vec<String> {
    let template = fs::read_to_string(events().join("../template.yaml")).unwrap();
    let rule = template.split("\n  TriggerDispatcherRule:\n").nth(1).unwrap();
    let rule = rule.split("State:").next().unwrap();
    let kinds = rule.lines().filter_map(|line| line.trim().strip_prefix("- "));
    kinds.map(str::to_owned).collect()
}

#[test]
fn the_rule_of_the_template_wakes_it_for_all_that_triggers_and_rules_tell() {
    let waking = waking();
    let mut told = Vec::new();
    for sample in fs::read_dir(events().join("samples")).unwrap() {
        let sample = fs::read_to_string(sample.unwrap().path()).unwrap();
        let event: Event = serde_json::from_str::<Received>(&sample).unwrap().try_into().unwrap();
        let kind = event.detail_type.as_str().to_owned();
        assert_eq!(waking.contains(&kind), EventType::of(&event).is_some(), "{kind}");
        told.push(kind);
    }
    assert!(waking.iter().all(|kind| told.contains(kind)), "{waking:?} {told:?}");
}

#[tokio::test]
async fn a_repository_without_triggers_or_that_is_gone_tells_nobody() {
    let bed = Bed::new().await;
    let event = sample("trigger-dispatcher-reference-created.json");
    let gone = serve(&bed.forge, &raw(&event), &context()).await.unwrap();
    assert_eq!(gone, Answer::default());
    let id = bed.repository().await;
    bed.push_commits(1).await;
    let event = about("trigger-dispatcher-reference-created.json", &id);
    let none = serve(&bed.forge, &raw(&event), &context()).await.unwrap();
    assert_eq!(none, Answer::default());
}

#[tokio::test]
async fn a_target_that_takes_nothing_is_no_failure_and_a_later_sweep_tells_it() {
    let scene = Scene::new(true).await;
    assert!(triggers::note(&scene.forge, &scene.id).await.unwrap());
    let sweep = sample("trigger-dispatcher-sweep.json");
    assert_eq!(scene.serve(&sweep).await, counts(0, 1));
    assert!(scene.is_noted().await);
    let mended = Arc::new(Topic::default());
    let forge = scene.bed.forge_telling(Arc::clone(&mended) as _);
    let until = Instant::now() + Duration::from_secs(30);
    let mut swept = Answer::default();
    while swept.told == 0 && Instant::now() < until {
        swept = serve(&forge, &raw(&sweep), &context()).await.unwrap();
    }
    assert_eq!((swept.told, swept.failed), (1, 0));
    assert_eq!(mended.taken.lock().unwrap().len(), 1);
    assert_eq!(
        serve(&forge, &raw(&sweep), &context()).await.unwrap(),
        Answer::default()
    );
}

#[tokio::test]
async fn a_sweep_tells_of_all_repositories_wherever_it_begins() {
    let scene = Scene::new(false).await;
    for request in [
        "00000000-0000-4000-8000-000000000000",
        scene.id.as_str(),
        "ffffffff-ffff-4fff-bfff-ffffffffffff",
    ] {
        assert!(triggers::note(&scene.forge, &scene.id).await.unwrap());
        let mut context = context();
        context.request_id = request.to_owned();
        let swept = sample("trigger-dispatcher-sweep.json");
        let swept = serve(&scene.forge, &raw(&swept), &context).await.unwrap();
        assert_eq!((swept.told, swept.left), (1, 0), "{request}");
    }
    assert_eq!(scene.told(), 1);
}

#[tokio::test]
async fn what_the_store_does_not_take_is_a_failure() {
    let scene = Scene::new(false).await;
    let event = about("trigger-dispatcher-reference-created.json", &scene.id);
    for nth in 1..=8 {
        let failing = scene.bed.forge_failing_at(nth);
        serve(&failing, &raw(&event), &context()).await.unwrap_err();
    }
}

#[tokio::test]
async fn an_event_about_something_else_is_refused() {
    let bed = Bed::new().await;
    let of_ref = sample("trigger-dispatcher-reference-created.json");
    for event in [
        json!(null),
        json!({}),
        json!({ "detail": of_ref["detail"] }),
        json!({ "Records": [] }),
    ] {
        let refused = serve(&bed.forge, &raw(&event), &context()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("neither an event of the bus"), "{refused}");
    }
    for (pointer, value, why) in [
        ("/detail/repositoryId", "../x", "is no repository ID"),
        (
            "/detail-type",
            "EC2 Instance State-change Notification",
            "nothing of ours",
        ),
    ] {
        let mut event = of_ref.clone();
        *event.pointer_mut(pointer).unwrap() = value.into();
        let refused = serve(&bed.forge, &raw(&event), &context())
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(why), "{refused}");
    }
    let refused = serve(&bed.forge, &raw(&json!({ "sweep": false })), &context()).await;
    assert!(refused.unwrap_err().to_string().ends_with("asks for nothing"));
}
