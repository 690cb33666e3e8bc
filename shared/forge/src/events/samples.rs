//! Whether `events/samples/` are events as they are told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::{DetailType, Event};
use crate::approval_rule_templates as templates;
use crate::approvals::{Content, RuleName};
use crate::authorship::Authorship;
use crate::comments::{self, FileVersion, Location, Post};
use crate::contents::{self, PutFile};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::testing::{administrator, check_envelope, envelope, events, forge};
use crate::{branches, pull_requests, repositories};

/// Each file, and the event that it is a sample of.
const SAMPLES: [(&str, &str, DetailType); 6] = [
    ("repository-state-change", "referenceUpdated", DetailType::Repository),
    (
        "pull-request-state-change",
        "pullRequestCreated",
        DetailType::PullRequest,
    ),
    (
        "comment-on-pull-request",
        "commentOnPullRequestCreated",
        DetailType::CommentOnPullRequest,
    ),
    (
        "comment-on-commit",
        "commentOnCommitCreated",
        DetailType::CommentOnCommit,
    ),
    (
        "comment-reaction-change",
        "commentReactionCreated",
        DetailType::Reaction,
    ),
    (
        "approval-rule-template-change",
        "approvalRuleTemplateAssociatedWithRepository",
        DetailType::Template,
    ),
];
const CONTENT: &str = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;

/// What happened, and what of it is another each time, with what stands for it in the samples.
struct Story {
    events: Vec<Event>,
    stand_ins: Vec<(String, &'static str)>,
}

impl Story {
    /// Lets one of each happen, by somebody with those tags; and at last the source of the pull request moves.
    async fn happen(tags: BTreeMap<String, String>) -> Self {
        let forge = forge().await;
        let mut caller = administrator(&forge.installation().account);
        Arc::make_mut(&mut caller.principal).tags = tags;
        let (forge, caller, demo) = (&forge, &caller, &RepositoryName::new("demo").unwrap());
        let new = repositories::New {
            name: demo.clone(),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        let repository = repositories::create(forge, caller, new).await.unwrap();
        let base = put(forge, caller, ("main", None)).await;
        branches::create(forge, caller, demo, ("next", &base)).await.unwrap();
        let tip = put(forge, caller, ("next", Some(&base))).await;
        let new = pull_requests::New {
            title: pull_requests::Title::new("Say more".to_owned()).unwrap(),
            description: pull_requests::Description::default(),
            repository: demo.clone(),
            source: "next".into(),
            destination: Some("main".into()),
            client_token: None,
        };
        let made = pull_requests::create(forge, caller, new).await.unwrap().pull_request;
        let location = Location {
            path: "greeting".into(),
            position: Some(1),
            version: FileVersion::After,
        };
        let post = |location| Post {
            before: Some(base.clone()),
            after: tip.clone(),
            location,
            content: "Why?".into(),
            token: None,
        };
        let asked = comments::on_pull_request(forge, caller, (made.id, demo), post(Some(location)));
        let asked = asked.await.unwrap();
        comments::react(forge, caller, &asked.id, ":thumbsup:").await.unwrap();
        let said = comments::on_compared_commit(forge, caller, demo, post(None))
            .await
            .unwrap();
        let new = templates::New {
            name: RuleName::of_template("one-more").unwrap(),
            description: None,
            content: Content::of_template(CONTENT).unwrap(),
        };
        let template = templates::create(forge, caller, new).await.unwrap();
        let name = RuleName::of_template("one-more").unwrap();
        templates::associate(forge, caller, &name, demo).await.unwrap();
        put(forge, caller, ("next", Some(&tip))).await;
        pull_requests::follow(forge, &repository.id).await.unwrap();
        let stand_ins = vec![
            (repository.id.to_string(), "1b2c3d4e-1111-4222-8333-444455556666"),
            (base, "cc33dd44ee55ff6600778899aabbccddeeff0011"),
            (tip, "aa11bb22cc33dd44ee55ff6600778899aabbccdd"),
            (
                made.revision.id,
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            ),
            (asked.id, ASKED),
            (said.id, SAID),
            (template.id, "5a6b7c8d-2222-4333-8444-555566667777"),
            (forge.installation().account.to_string(), "210987654321"),
            (forge.public_url().to_owned(), "https://git.example.com"),
        ];
        Self {
            events: events(forge).await,
            stand_ins,
        }
    }

    /// The event of that name as its sample has it.
    fn told(&self, name: &str) -> Value {
        let mut all = self.events.iter().filter(|event| event.detail["event"] == name);
        let mut told = envelope(all.next().unwrap_or_else(|| panic!("{name} did not happen"))).to_string();
        for (value, stand_in) in &self.stand_ins {
            told = told.replace(value, stand_in);
        }
        let mut told: Value = serde_json::from_str(&told).unwrap();
        for date in ["creationDate", "lastModifiedDate"] {
            if let Some(date) = told["detail"].get_mut(date) {
                *date = "Wed Mar 04 05:06:07 UTC 2026".into();
            }
        }
        told
    }
}

const ASKED: &str = "8d9e0f1a-3333-4444-8555-666677778888:9e0f1a2b-4444-4555-8666-777788889999";
const SAID: &str = "0f1a2b3c-5555-4666-8777-88889999aaaa:1a2b3c4d-6666-4777-8888-9999aaaabbbb";

/// Changes the greeting at a branch; the commit.
async fn put(forge: &Forge, caller: &Caller, (branch, parent): (&str, Option<&str>)) -> String {
    let put = PutFile {
        branch: branch.into(),
        parent: parent.map(str::to_owned),
        path: "greeting".into(),
        content: format!("hello after {parent:?}\n").into_bytes(),
        mode: None,
        authorship: Authorship::default(),
    };
    let demo = RepositoryName::new("demo").unwrap();
    let put = contents::put_file(forge, caller, &demo, put).await.unwrap();
    put.commit.to_string()
}

#[tokio::test]
async fn samples_are_what_is_told_and_what_the_schemas_say() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/samples"));
    let story = Story::happen(BTreeMap::new()).await;
    let mut stale = Vec::new();
    for (file, name, kind) in SAMPLES {
        let told = story.told(name);
        check_envelope(kind, &told);
        let sample = fs::read_to_string(folder.join(file).with_extension("json")).unwrap_or_default();
        if serde_json::from_str::<Value>(&sample).ok() != Some(told.clone()) {
            stale.push(format!("events/samples/{file}.json is to be\n{told:#}\n"));
        }
    }
    assert!(stale.is_empty(), "{}", stale.concat());
    assert_eq!(fs::read_dir(folder).unwrap().count(), SAMPLES.len());
}

#[tokio::test]
async fn events_have_the_tags_of_the_caller_that_are_for_people() {
    let tags = [
        ("displayName", "Ana Diaz"),
        ("emailAddress", "ana@example.com"),
        ("team", "blue"),
    ];
    let tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let story = Story::happen(BTreeMap::from(tags)).await;
    let names = story.events.iter().filter_map(|event| event.detail["event"].as_str());
    let names: Vec<&str> = names.collect();
    for name in SAMPLES
        .map(|(_, name, _)| name)
        .iter()
        .chain(&["pullRequestSourceBranchUpdated"])
    {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    for event in &story.events {
        let told = ["displayName", "emailAddress", "team"].map(|name| event.detail.get(name).and_then(Value::as_str));
        assert_eq!(told, [Some("Ana Diaz"), Some("ana@example.com"), None], "{event:?}");
    }
}
