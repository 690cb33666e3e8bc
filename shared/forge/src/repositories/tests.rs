//! Repositories over the stores in memory.

mod maintenance;
mod permissions;
mod records;
mod relax_fsck;
mod repack;
mod tags;

use std::collections::BTreeMap;
use std::sync::Arc;

use packhouse_storage::memory::MemoryTable;

use super::*;
use crate::error::Kind;
use crate::identity::Caller;
use crate::jobs::Queue;
use crate::names::Description;
use crate::testing::{self, forge};

/// An installation whose jobs go to `queue`.
async fn forge_with(queue: Arc<Queue>) -> Forge {
    testing::forge_with(Arc::new(MemoryTable::default()), queue).await
}

fn caller(forge: &Forge) -> Caller {
    testing::administrator(&forge.installation().account)
}

fn name(text: &str) -> RepositoryName {
    RepositoryName::new(text).unwrap()
}

async fn make(forge: &Forge, text: &str) -> RepositoryId {
    let new = New {
        name: name(text),
        description: None,
        tags: BTreeMap::new(),
        kms_key: None,
    };
    create(forge, &caller(forge), new).await.unwrap().id
}

async fn names(forge: &Forge, sort_by: SortBy, order: Order) -> Vec<String> {
    let page = list(forge, &caller(forge), sort_by, order, None).await.unwrap();
    page.repositories.iter().map(|listed| listed.name.to_string()).collect()
}

#[tokio::test]
async fn a_new_repository_tells_what_it_was_made_with() {
    let forge = forge().await;
    let new = New {
        name: name("widgets"),
        description: Some(Description::new("a <b>".into()).unwrap()),
        tags: BTreeMap::from([("packhouse:object-format".into(), "sha256".into())]),
        kms_key: Some("alias/mine".into()),
    };
    let made = create(&forge, &caller(&forge), new).await.unwrap();
    let found = get(&forge, &caller(&forge), &name("widgets")).await.unwrap();
    assert_eq!(found.id, made.id);
    assert_eq!(found.arn, "arn:aws:codecommit:us-east-1:000000000000:widgets");
    assert_eq!(found.clone_url_http, "http://[::1]:8080/v1/repos/widgets");
    assert_eq!(found.clone_url_ssh, "ssh://[::1]/v1/repos/widgets");
    assert_eq!(found.description.as_ref().map(Description::as_str), Some("a <b>"));
    assert_eq!(
        (found.kms_key.as_deref(), found.default_branch),
        (Some("alias/mine"), None)
    );
    assert_eq!(found.created, found.modified);
    let manifest = resolve(&forge, &name("widgets")).await.unwrap().manifest;
    assert_eq!(manifest.format, packhouse_git::hash::ObjectFormat::Sha256);
}

#[tokio::test]
async fn a_name_is_given_once() {
    let forge = forge().await;
    make(&forge, "widgets").await;
    let again = New {
        name: name("widgets"),
        description: None,
        tags: BTreeMap::new(),
        kms_key: None,
    };
    let refused = create(&forge, &caller(&forge), again).await.unwrap_err();
    assert_eq!(refused.to_string(), "Repository named widgets already exists");
    make(&forge, "Widgets").await;
}

#[tokio::test]
async fn of_many_who_want_one_name_one_gets_it() {
    let forge = forge().await;
    let tries = (0..16).map(async |_| {
        let new = New {
            name: name("one"),
            description: None,
            tags: BTreeMap::new(),
            kms_key: None,
        };
        create(&forge, &caller(&forge), new).await.is_ok()
    });
    let made = futures_util::future::join_all(tries).await;
    assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
}

#[tokio::test]
async fn a_renamed_repository_is_found_only_under_its_new_name() {
    let forge = forge().await;
    let id = make(&forge, "old").await;
    make(&forge, "taken").await;
    assert_eq!(resolve(&forge, &name("old")).await.unwrap().id, id);
    let refused = rename(&forge, &caller(&forge), &name("old"), &name("taken"))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), Kind::Conflict);
    rename(&forge, &caller(&forge), &name("old"), &name("new"))
        .await
        .unwrap();
    assert_eq!(resolve(&forge, &name("new")).await.unwrap().id, id);
    assert_eq!(
        resolve(&forge, &name("old")).await.unwrap_err().to_string(),
        "old does not exist"
    );
    assert_eq!(names(&forge, SortBy::Name, Order::Ascending).await, ["new", "taken"]);
    let other = make(&forge, "old").await;
    assert_eq!(resolve(&forge, &name("old")).await.unwrap().id, other);
}

#[tokio::test]
async fn a_deleted_repository_frees_its_name_and_can_be_brought_back() {
    let forge = forge().await;
    let id = make(&forge, "widgets").await;
    assert_eq!(
        delete(&forge, &caller(&forge), &name("widgets")).await.unwrap(),
        Some(id.clone())
    );
    assert_eq!(delete(&forge, &caller(&forge), &name("widgets")).await.unwrap(), None);
    assert_eq!(
        get(&forge, &caller(&forge), &name("widgets")).await.unwrap_err().kind(),
        Kind::NotFound
    );
    assert!(names(&forge, SortBy::Name, Order::Ascending).await.is_empty());

    let second = make(&forge, "widgets").await;
    let listed = list_deleted(&forge, &caller(&forge)).await.unwrap();
    assert_eq!(listed.iter().map(|deleted| &deleted.id).collect::<Vec<_>>(), [&id]);
    let clash = undelete(&forge, &caller(&forge), "widgets", None).await.unwrap_err();
    assert_eq!(clash.kind(), Kind::Conflict);
    let back = undelete(&forge, &caller(&forge), id.as_str(), Some(&name("back")))
        .await
        .unwrap();
    assert_eq!(back, (id.clone(), name("back")));
    assert_eq!(resolve(&forge, &name("back")).await.unwrap().id, id);
    assert_eq!(resolve(&forge, &name("widgets")).await.unwrap().id, second);
    assert!(list_deleted(&forge, &caller(&forge)).await.unwrap().is_empty());
    assert_eq!(
        undelete(&forge, &caller(&forge), "widgets", None)
            .await
            .unwrap_err()
            .kind(),
        Kind::NotFound
    );
}

#[tokio::test]
async fn a_name_with_several_deleted_repositories_must_be_told_apart_by_id() {
    let forge = forge().await;
    for _ in 0..2 {
        make(&forge, "widgets").await;
        delete(&forge, &caller(&forge), &name("widgets")).await.unwrap();
    }
    let refused = undelete(&forge, &caller(&forge), "widgets", None).await.unwrap_err();
    assert!(
        matches!(&refused, Error::SeveralDeletedRepositories { ids, .. } if ids.len() == 2),
        "{refused}"
    );
}

#[tokio::test]
async fn a_description_can_be_changed_and_taken_away() {
    let forge = forge().await;
    make(&forge, "widgets").await;
    for text in [Some("one"), None] {
        let description = text.map(|text| Description::new(text.into()).unwrap());
        describe(&forge, &caller(&forge), &name("widgets"), description)
            .await
            .unwrap();
        let found = get(&forge, &caller(&forge), &name("widgets")).await.unwrap();
        assert_eq!(found.description.as_ref().map(Description::as_str), text);
        assert!(found.modified >= found.created);
    }
    let missing = describe(&forge, &caller(&forge), &name("other"), None)
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), Kind::NotFound);
}

#[tokio::test]
async fn a_default_branch_must_exist_and_be_a_name() {
    let forge = forge().await;
    make(&forge, "widgets").await;
    let choose = async |branch: &str| set_default_branch(&forge, &caller(&forge), &name("widgets"), branch).await;
    assert!(matches!(choose("dev").await, Err(Error::BranchDoesNotExist(branch)) if branch == "dev"));
    assert!(matches!(choose("a..b").await, Err(Error::InvalidBranchName(_))));
}

#[tokio::test]
async fn a_batch_tells_what_it_did_not_find() {
    let forge = forge().await;
    make(&forge, "a").await;
    make(&forge, "c").await;
    let asked = ["c", "b", "a"].map(name).to_vec();
    let batch = batch_get(&forge, &caller(&forge), asked).await.unwrap();
    assert_eq!(
        batch.found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(),
        ["c", "a"]
    );
    assert_eq!(batch.missing, [name("b")]);
    let too_many = (0..101).map(|at| name(&format!("r{at}"))).collect();
    let refused = batch_get(&forge, &caller(&forge), too_many).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::TooLarge);
}

#[tokio::test]
async fn listings_are_sorted_and_paged() {
    let forge = forge().await;
    let mut all: Vec<String> = (0..1003).map(|at| format!("r{at:04}")).collect();
    for text in &all {
        make(&forge, text).await;
    }
    for sort_by in [SortBy::Name, SortBy::LastModified] {
        for order in [Order::Ascending, Order::Descending] {
            let first = list(&forge, &caller(&forge), sort_by, order, None).await.unwrap();
            let token = first.next.unwrap();
            let last = list(&forge, &caller(&forge), sort_by, order, Some(&token))
                .await
                .unwrap();
            assert_eq!((first.repositories.len(), last.repositories.len()), (1000, 3));
            assert_eq!(last.next, None);
            let listed = first
                .repositories
                .iter()
                .chain(&last.repositories)
                .map(|listed| listed.name.to_string());
            // They were made in the order of their names, and names decide between equal times.
            assert_eq!(listed.collect::<Vec<_>>(), all, "{sort_by:?} {order:?}");
            let other = if sort_by == SortBy::Name {
                SortBy::LastModified
            } else {
                SortBy::Name
            };
            let refused = list(&forge, &caller(&forge), other, order, Some(&token))
                .await
                .unwrap_err();
            assert!(matches!(refused, Error::InvalidContinuationToken));
            all.reverse();
        }
    }
}

#[tokio::test]
async fn who_is_allowed_something_else_may_do_nothing() {
    let forge = forge().await;
    make(&forge, "widgets").await;
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"codecommit:GetBranch","Resource":"*"}]}"#;
    let stranger = testing::user(&forge.installation().account, policy);
    for there in ["widgets", "nothing"] {
        let refused = get(&forge, &stranger, &name(there)).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: codecommit:GetRepository on \
                 resource: arn:aws:codecommit:us-east-1:000000000000:{there} because no identity-based policy allows the \
                 codecommit:GetRepository action"
            )
        );
    }
    assert!(
        list(&forge, &stranger, SortBy::Name, Order::Ascending, None)
            .await
            .is_err()
    );
    assert!(undelete(&forge, &stranger, "widgets", None).await.is_err());
    assert!(rename(&forge, &stranger, &name("widgets"), &name("x")).await.is_err());
    assert!(delete(&forge, &stranger, &name("nothing")).await.is_err());
}
