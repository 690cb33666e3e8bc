//! Pull requests over the stores in memory.

mod bed;
mod follow;
mod list;
mod merge;
mod races;
mod review;
mod told;

use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Write};

use self::bed::{Bed, title};
use super::*;
use crate::error::Error;
use crate::names::RepositoryName;
use crate::refusal::Refusal;
use crate::repositories;
use crate::testing;

fn refusal<T: std::fmt::Debug>(result: crate::error::Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal, _)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_pull_request_tells_what_it_was_made_with() {
    let bed = Bed::new().await;
    let (main, topic) = bed.main_and_topic().await;
    let made = bed.ask("topic", None).await.unwrap();
    let got = bed.get(made.id).await;
    assert_eq!(got, made);
    assert_eq!(
        (got.source_commit, got.destination_commit, got.merge_base),
        (topic, main, Some(main))
    );
    assert_eq!(
        (got.source.as_str(), got.destination.as_str()),
        ("refs/heads/topic", "refs/heads/main")
    );
    assert_eq!((got.status, got.merged, got.created), (Status::Open, None, got.active));
    assert_eq!((got.revision.id.len(), got.revision.number), (64, 1));
    assert_eq!(got.author, bed.caller.principal.arn);
    assert_eq!(
        bed.kept(made.id).await,
        [("1".to_owned(), topic), ("destination".to_owned(), main)]
    );
    let other = bed.ask("refs/heads/topic", Some("main")).await.unwrap();
    assert_eq!((made.id.number(), other.id.number()), (1, 2));
}

#[tokio::test]
async fn a_request_with_a_token_is_made_once() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let new = || New {
        client_token: Some("t".into()),
        ..bed.new_request("topic", None)
    };
    let made = create(&bed.forge, &bed.caller, new()).await.unwrap().pull_request;
    bed.commit("topic", &[made.source_commit], "more").await;
    let again = create(&bed.forge, &bed.caller, new()).await.unwrap().pull_request;
    assert_eq!((again.id, again.revision.number), (made.id, 2));
    let other = New {
        title: title("other"),
        ..new()
    };
    assert_eq!(
        refusal(create(&bed.forge, &bed.caller, other).await),
        Refusal::IdempotencyParameterMismatch
    );
    assert_eq!(bed.events(made.id).await.len(), 2);
}

#[tokio::test]
async fn titles_descriptions_and_status_change_while_it_is_open() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    let text = Description::new("why".into()).unwrap();
    update_description(&bed.forge, &bed.caller, id, &text).await.unwrap();
    let shown = update_title(&bed.forge, &bed.caller, id, &title("New")).await.unwrap();
    let shown = shown.pull_request;
    assert_eq!(
        (shown.title.as_str(), shown.description.as_deref(), shown.events),
        ("New", Some("why"), 1)
    );
    let version = bed.version(id).await;
    for (status, expect) in [
        (Status::Open, Ok(Status::Open)),
        (Status::Closed, Ok(Status::Closed)),
        (Status::Closed, Ok(Status::Closed)),
        (Status::Open, Err(Refusal::InvalidPullRequestStatusUpdate)),
    ] {
        let updated = update_status(&bed.forge, &bed.caller, id, status).await;
        match expect {
            Ok(status) => assert_eq!(updated.unwrap().pull_request.status, status),
            Err(why) => assert_eq!(refusal(updated), why),
        }
    }
    assert_eq!(bed.version(id).await, version + 1);
    let late = update_title(&bed.forge, &bed.caller, id, &title("Late")).await;
    assert_eq!(refusal(late), Refusal::PullRequestAlreadyClosed);
    let late = update_description(&bed.forge, &bed.caller, id, &text).await;
    assert_eq!(refusal(late), Refusal::PullRequestAlreadyClosed);
    assert_eq!(
        bed.event_types(id).await,
        [EventType::Created, EventType::StatusChanged]
    );
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let bed = Bed::new().await;
    let (main, _) = bed.main_and_topic().await;
    bed.set("refs/tags/v1", Some(main)).await;
    let forty = "a".repeat(40);
    for (source, destination, expect) in [
        ("topic", Some("topic"), Refusal::SourceAndDestinationAreSame),
        ("main", None, Refusal::SourceAndDestinationAreSame),
        ("main", Some("refs/heads/main"), Refusal::SourceAndDestinationAreSame),
        ("none", None, Refusal::ReferenceDoesNotExist),
        ("topic", Some("none"), Refusal::ReferenceDoesNotExist),
        ("v1", None, Refusal::ReferenceTypeNotSupported),
        ("refs/tags/v1", None, Refusal::ReferenceTypeNotSupported),
        (
            "topic",
            Some("refs/packhouse/pull/1/1"),
            Refusal::ReferenceTypeNotSupported,
        ),
        ("a b", None, Refusal::InvalidReferenceName),
        (&forty, None, Refusal::InvalidReferenceName),
    ] {
        assert_eq!(
            refusal(bed.ask(source, destination).await),
            expect,
            "{source} {destination:?}"
        );
    }
}

#[tokio::test]
async fn ids_tell_nobody_which_repositories_there_are() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let there = bed.ask("topic", None).await.unwrap().id;
    let elsewhere = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:codecommit:us-east-1:000000000000:other"}]}"#;
    let stranger = testing::user(&bed.forge.installation().account, elsewhere);
    let mut told = Vec::new();
    for id in [there, PullRequestId::new("99").unwrap()] {
        let denied = get(&bed.forge, &stranger, id).await.unwrap_err();
        assert!(matches!(denied, Error::AccessDenied { .. }), "{denied}");
        told.push(denied.to_string());
    }
    assert_eq!(told[0], told[1]);
    let unknown = get(&bed.forge, &bed.caller, PullRequestId::new("99").unwrap()).await;
    assert_eq!(refusal(unknown), Refusal::PullRequestDoesNotExist);
    repositories::delete(&bed.forge, &bed.caller, &RepositoryName::new("demo").unwrap())
        .await
        .unwrap();
    assert_eq!(
        refusal(get(&bed.forge, &bed.caller, there).await),
        Refusal::PullRequestDoesNotExist
    );
}

#[tokio::test]
async fn what_hangs_on_a_repository_goes_with_it() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    repositories::delete(&bed.forge, &bed.caller, &RepositoryName::new("demo").unwrap())
        .await
        .unwrap();
    let left = async || {
        let installation = bed.forge.installation();
        let (account, region) = (installation.account.as_str(), installation.region.as_str());
        let partition = keys::pull_request(account, region, id.number());
        let all = packhouse_storage::table::Range::default();
        bed.table.query(&partition, all).await.unwrap().items.len()
    };
    for (gone, expect) in [(0, 2), (1, 0)] {
        purge(&bed.forge).await.unwrap();
        assert_eq!(left().await, expect);
        assert_eq!(
            repositories::purge(&bed.forge, std::time::Duration::ZERO, None, std::time::Duration::MAX)
                .await
                .unwrap()
                .gone,
            gone
        );
    }
}

#[test]
fn ids_are_decimal_numbers() {
    for good in ["1", "42", "9999999999999999999"] {
        assert_eq!(PullRequestId::new(good).unwrap().to_string(), good);
    }
    for bad in ["", "0", "01", "+1", "-1", "1 ", "x", "99999999999999999999"] {
        assert!(PullRequestId::new(bad).is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn events_are_told_page_by_page_and_by_type_and_actor() {
    let bed = Bed::new().await;
    let (_, mut tip) = bed.main_and_topic().await;
    let id = bed.ask("topic", None).await.unwrap().id;
    for text in ["a", "b", "c"] {
        tip = bed.commit("topic", &[tip], text).await;
    }
    let page = async |filter: EventFilter| describe_events(&bed.forge, &bed.caller, id, &filter).await;
    let first = page(EventFilter {
        max_results: Some(3),
        ..EventFilter::default()
    })
    .await
    .unwrap();
    assert_eq!(first.events.len(), 3);
    let token = first.next;
    assert!(token.is_some());
    let rest = page(EventFilter {
        token: token.clone(),
        ..EventFilter::default()
    })
    .await
    .unwrap();
    assert_eq!((rest.events.len(), rest.next), (1, None));
    let moved = Some(EventType::SourceReferenceUpdated);
    let moves = page(EventFilter {
        event_type: moved,
        ..EventFilter::default()
    })
    .await
    .unwrap();
    assert_eq!((moves.events.len(), moves.next), (3, None));
    let foreign = page(EventFilter {
        event_type: moved,
        token,
        ..EventFilter::default()
    })
    .await;
    assert!(matches!(foreign, Err(Error::InvalidContinuationToken)));
    for (actor, expect) in [
        ("ana", Refusal::InvalidActorArn),
        ("arn:aws:iam::000000000000:user/nobody", Refusal::ActorDoesNotExist),
        (
            "arn:aws:sts::000000000000:assumed-role/none/x",
            Refusal::ActorDoesNotExist,
        ),
        ("arn:aws:iam::111111111111:user/ana", Refusal::ActorDoesNotExist),
    ] {
        let filter = EventFilter {
            actor: Some(actor.into()),
            ..EventFilter::default()
        };
        assert_eq!(refusal(page(filter).await), expect, "{actor}");
    }
    let root = Some("arn:aws:iam::000000000000:root".to_owned());
    assert!(
        page(EventFilter {
            actor: root,
            ..EventFilter::default()
        })
        .await
        .unwrap()
        .events
        .is_empty()
    );
    for size in [0, 101, -1] {
        let filter = EventFilter {
            max_results: Some(size),
            ..EventFilter::default()
        };
        assert_eq!(refusal(page(filter).await), Refusal::InvalidMaxResults);
    }
    let last = bed.events(id).await.pop().map(|event| event.what);
    assert!(
        matches!(last, Some(What::SourceReferenceUpdated { after, .. }) if after == tip),
        "{last:?}"
    );
}

#[tokio::test]
async fn a_repository_has_only_so_many_open_pull_requests() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let made = bed.ask("topic", None).await.unwrap();
    let open = |id| keys::open_pull_request(bed.id.as_str(), id);
    let one = bed.table.get(&open(made.id.number())).await.unwrap().unwrap();
    // What says that a pull request is open is what is counted.
    for id in 1001..2000 {
        let write = Write::put(open(id), Expect::Absent, one.body.clone());
        bed.table.transact(vec![write]).await.unwrap();
    }
    let refused = refusal(bed.ask("topic", None).await);
    assert_eq!(refused, Refusal::MaximumOpenPullRequestsExceeded);
    let closed = update_status(&bed.forge, &bed.caller, made.id, Status::Closed).await;
    assert_eq!(closed.unwrap().pull_request.status, Status::Closed);
    bed.ask("topic", None).await.unwrap();
}
