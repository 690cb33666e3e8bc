//! What others are told of comments, reactions and templates.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::approval_rule_templates as templates;
use crate::approvals::content::sha256;
use crate::approvals::{Content, RuleName};
use crate::authorship::Authorship;
use crate::comments::{self, Post};
use crate::contents::{self, PutFile};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::repositories;
use crate::testing::{administrator, forge, told};

const CONTENT: &str = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;
const ANA: &str = "arn:aws:iam::000000000000:user/ana";

struct Bed {
    forge: Forge,
    caller: Caller,
}

impl Bed {
    async fn new() -> Self {
        let forge = forge().await;
        let caller = administrator(&forge.installation().account);
        Self { forge, caller }
    }

    /// Makes a repository; its id.
    async fn repository(&self, text: &str) -> String {
        let new = repositories::New {
            name: name(text),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        let made = repositories::create(&self.forge, &self.caller, new).await.unwrap();
        made.id.to_string()
    }

    /// What happened since the last call.
    async fn told(&self) -> Vec<(DetailType, Vec<String>, Value)> {
        let events = told(&self.forge).await.into_iter();
        events
            .map(|mut event| {
                let body = event.detail.remove("notificationBody").unwrap();
                assert!(body.as_str().unwrap().contains(&format!("User: {ANA}")), "{body}");
                (event.detail_type, event.resources, event.detail.into())
            })
            .collect()
    }
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::new(text).unwrap()
}

fn arn(repository: &str) -> String {
    format!("arn:aws:codecommit:us-east-1:000000000000:{repository}")
}

#[tokio::test]
async fn comments_and_reactions_are_told_as_codecommit_does() {
    let bed = Bed::new().await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    let id = bed.repository("demo").await;
    let put = PutFile {
        branch: "main".into(),
        parent: None,
        path: "f".into(),
        content: b"x".to_vec(),
        mode: None,
        authorship: Authorship::default(),
    };
    let commit = contents::put_file(forge, caller, &name("demo"), put)
        .await
        .unwrap()
        .commit;
    let post = Post {
        before: None,
        after: commit.to_string(),
        location: None,
        content: "said".into(),
        token: None,
    };
    let made = comments::on_compared_commit(forge, caller, &name("demo"), post)
        .await
        .unwrap();
    let mut expect = json!({
        "event": "commentOnCommitCreated", "commentId": made.id, "repositoryName": "demo", "repositoryId": id,
        "afterCommitId": commit.to_string(), "callerUserArn": ANA,
    });
    let kind = DetailType::CommentOnCommit;
    assert_eq!(bed.told().await, [(kind, vec![arn("demo")], expect.clone())]);

    comments::update(forge, caller, &made.id, "other".into()).await.unwrap();
    expect["event"] = "commentOnCommitUpdated".into();
    assert_eq!(bed.told().await, [(kind, vec![arn("demo")], expect.clone())]);

    let reply = comments::reply(forge, caller, (&made.id, "reply".into()), None)
        .await
        .unwrap();
    let mut replied = expect.clone();
    replied["event"] = "commentOnCommitCreated".into();
    replied["commentId"] = reply.id.as_str().into();
    replied["inReplyTo"] = made.id.as_str().into();
    assert_eq!(bed.told().await, [(kind, vec![arn("demo")], replied)]);

    let reaction = |event: &str, emoji: &[&str]| {
        let [code, text, unicode] = emoji else {
            return json!({ "event": event, "commentId": made.id, "repositoryName": "demo", "repositoryId": id,
                "callerUserArn": ANA, "reactionEmojis": [], "reactionShortcodes": [], "reactionUnicodes": [] });
        };
        json!({ "event": event, "commentId": made.id, "repositoryName": "demo", "repositoryId": id,
            "callerUserArn": ANA, "reactionEmojis": [text], "reactionShortcodes": [code], "reactionUnicodes": [unicode] })
    };
    let down = [":thumbsdown:", "👎", "U+1F44E"];
    let up = [":thumbsup:", "👍", "U+1F44D"];
    for (value, expect) in [
        (":thumbsdown:", Some(reaction("commentReactionCreated", &down))),
        (":thumbsdown:", None),
        (":thumbsup:", Some(reaction("commentReactionUpdated", &up))),
        ("none", Some(reaction("commentReactionUpdated", &[]))),
        ("none", None),
    ] {
        comments::react(forge, caller, &made.id, value).await.unwrap();
        let expect = expect.map(|detail| (DetailType::Reaction, vec![arn("demo")], detail));
        assert_eq!(bed.told().await, Vec::from_iter(expect), "{value}");
    }
    comments::delete_content(forge, caller, &made.id).await.unwrap();
    assert_eq!(bed.told().await, [(kind, vec![arn("demo")], expect)]);
}

#[tokio::test]
async fn templates_are_told_as_codecommit_does() {
    let bed = Bed::new().await;
    let (forge, caller) = (&bed.forge, &bed.caller);
    let ids = [bed.repository("one").await, bed.repository("two").await];
    let (old, new) = (
        RuleName::of_template("old").unwrap(),
        RuleName::of_template("new").unwrap(),
    );
    let asked = templates::New {
        name: old.clone(),
        description: None,
        content: Content::of_template(CONTENT).unwrap(),
    };
    let made = templates::create(forge, caller, asked).await.unwrap();
    let expect = |event: &str, name: &str, repositories: Value| {
        json!({
            "event": event, "approvalRuleTemplateName": name, "approvalRuleTemplateId": made.id,
            "approvalRuleTemplateContentSha256": sha256(CONTENT), "callerUserArn": ANA, "repositories": repositories,
        })
    };
    let check = async |expect: &[Value], resources: &[String]| {
        let told = bed.told().await.into_iter().map(|(kind, of, mut detail)| {
            let members = detail.as_object_mut().unwrap();
            assert!(members.remove("creationDate").is_some() && members.remove("lastModifiedDate").is_some());
            assert_eq!((kind, of.as_slice()), (DetailType::Template, resources), "{detail}");
            detail
        });
        assert_eq!(told.collect::<Vec<_>>(), expect);
    };
    check(&[expect("approvalRuleTemplateCreated", "old", json!({}))], &[]).await;
    templates::rename(forge, caller, &old, &new).await.unwrap();
    templates::describe(forge, caller, &new, Some("d".into()))
        .await
        .unwrap();
    let updated = expect("approvalRuleTemplateUpdated", "new", json!({}));
    check(&[updated.clone(), updated], &[]).await;

    let one = json!({ "one": ids[0] });
    for _ in 0..2 {
        templates::associate(forge, caller, &new, &name("one")).await.unwrap();
    }
    let joined = expect("approvalRuleTemplateAssociatedWithRepository", "new", one.clone());
    check(&[joined], &[arn("one")]).await;
    for _ in 0..2 {
        templates::disassociate(forge, caller, &new, &name("one"))
            .await
            .unwrap();
    }
    let parted = expect("approvalRuleTemplateDisassociatedFromRepository", "new", one);
    check(&[parted], &[arn("one")]).await;

    let (all, both) = (
        json!({ "one": ids[0], "two": ids[1] }),
        vec!["one".to_owned(), "two".to_owned()],
    );
    templates::batch_associate(forge, caller, &new, both.clone())
        .await
        .unwrap();
    let joined = expect("batchAssociateApprovalRuleTemplateWithRepositories", "new", all.clone());
    check(&[joined], &[arn("one"), arn("two")]).await;
    templates::batch_disassociate(forge, caller, &new, both).await.unwrap();
    let parted = expect("batchDisassociateApprovalRuleTemplateFromRepositories", "new", all);
    check(&[parted], &[arn("one"), arn("two")]).await;
    templates::delete(forge, caller, &new).await.unwrap();
    check(&[expect("approvalRuleTemplateDeleted", "new", json!({}))], &[]).await;
}
