//! Merges through the API.

use super::bed::{Bed, demo};
use super::*;
use crate::merges::Commitment;

pub(super) fn fast_forward() -> Asked {
    Asked {
        repository: demo(),
        source_commit: None,
        option: MergeOption::FastForward,
        commitment: Commitment::default(),
    }
}

#[tokio::test]
async fn a_fast_forward_moves_the_destination_and_closes_the_pull_request() {
    let bed = Bed::new().await;
    let (main, topic) = bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    let asked = Asked {
        source_commit: Some(topic.to_string()),
        ..fast_forward()
    };
    let merged = merge(&bed.forge, &bed.caller, id, &asked).await.unwrap().pull_request;
    assert_eq!(merged.status, Status::Closed);
    assert_eq!((merged.source_commit, merged.destination_commit), (topic, main));
    let how = merged.merged.clone().unwrap();
    assert_eq!(
        (how.option, how.commit, how.by),
        (MergeOption::FastForward, None, bed.caller.principal.arn.clone())
    );
    assert_eq!(
        (bed.tip("main").await, bed.tip("topic").await),
        (Some(topic), Some(topic))
    );
    assert_eq!(bed.get(id).await, merged);
    assert_eq!(
        bed.event_types(id).await,
        [EventType::Created, EventType::MergeStateChanged]
    );
    let again = merge(&bed.forge, &bed.caller, id, &asked).await;
    assert_eq!(refusal(again), Refusal::PullRequestAlreadyClosed);
}

#[tokio::test]
async fn merges_refuse_what_is_not_as_it_was_asked_for() {
    let bed = Bed::new().await;
    let (main, topic) = bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    let other = RepositoryName::new("other").unwrap();
    let new = repositories::New {
        name: other.clone(),
        description: None,
        tags: std::collections::BTreeMap::new(),
        kms_key: None,
    };
    repositories::create(&bed.forge, &bed.caller, new).await.unwrap();
    let commit = |id: String| Asked {
        source_commit: Some(id),
        ..fast_forward()
    };
    let elsewhere = Asked {
        repository: other,
        ..fast_forward()
    };
    for (asked, expect) in [
        (elsewhere, Refusal::RepositoryNotAssociatedWithPullRequest),
        (commit("abc".into()), Refusal::InvalidCommitId),
        (commit(main.to_string()), Refusal::TipOfSourceReferenceIsDifferent),
    ] {
        assert_eq!(refusal(merge(&bed.forge, &bed.caller, id, &asked).await), expect);
    }
    bed.commit("main", &[main], "elsewhere").await;
    let diverged = merge(&bed.forge, &bed.caller, id, &fast_forward()).await;
    assert_eq!(refusal(diverged), Refusal::ManualMergeRequired);
    assert_eq!(bed.get(id).await.status, Status::Open);
    assert_eq!(bed.tip("topic").await, Some(topic));
}

#[tokio::test]
async fn who_may_merge_is_asked_of_the_destination() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    let guarded = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"codecommit:MergePullRequestByFastForward","Resource":"*",
         "Condition":{"StringEqualsIfExists":{"codecommit:References":["refs/heads/main"]},"Null":{"codecommit:References":"false"}}}]}"#;
    let guest = testing::user(&bed.forge.installation().account, guarded);
    let denied = merge(&bed.forge, &guest, id, &fast_forward()).await;
    assert!(matches!(denied, Err(Error::AccessDenied { .. })), "{denied:?}");
    assert_eq!(bed.get(id).await.status, Status::Open);
}
