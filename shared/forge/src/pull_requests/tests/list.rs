//! The listing.

use std::sync::Arc;

use packhouse_storage::clock;
use packhouse_storage::fault::Plan;

use super::bed::{Bed, demo};
use super::*;

async fn all(bed: &Bed, mut filter: Filter) -> Vec<u64> {
    let mut ids = Vec::new();
    loop {
        let page = list(&bed.forge, &bed.caller, &demo(), &filter).await.unwrap();
        ids.extend(page.ids.iter().map(|id| id.number()));
        filter.token = page.next;
        if filter.token.is_none() {
            return ids;
        }
    }
}

/// Returns when it is later: times are kept in milliseconds, and what has the same is in no order that anybody expects.
fn later() {
    let now = clock::now();
    while clock::now() == now {
        std::hint::spin_loop();
    }
}

#[tokio::test]
async fn the_most_recent_activity_is_first_however_long_the_pages_are() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(bed.ask("topic", None).await.unwrap().id);
        later();
    }
    for at in [1, 3, 4] {
        update_status(&bed.forge, &bed.caller, ids[at], Status::Closed)
            .await
            .unwrap();
        later();
    }
    update_title(&bed.forge, &bed.caller, ids[0], &title("Again"))
        .await
        .unwrap();
    for size in [1, 2, 3, 7, 100] {
        let of = |status| Filter {
            status,
            max_results: Some(size),
            ..Filter::default()
        };
        assert_eq!(all(&bed, of(None)).await, [1, 5, 4, 2, 7, 6, 3], "{size}");
        assert_eq!(all(&bed, of(Some(Status::Open))).await, [1, 7, 6, 3], "{size}");
        assert_eq!(all(&bed, of(Some(Status::Closed))).await, [5, 4, 2], "{size}");
    }
}

#[tokio::test]
async fn pages_go_on_where_they_stopped_whatever_happens_in_between() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    for _ in 0..6 {
        bed.ask("topic", None).await.unwrap();
    }
    let filter = Filter {
        max_results: Some(3),
        ..Filter::default()
    };
    let first = list(&bed.forge, &bed.caller, &demo(), &filter).await.unwrap();
    for id in &first.ids {
        update_status(&bed.forge, &bed.caller, *id, Status::Closed)
            .await
            .unwrap();
    }
    bed.ask("topic", None).await.unwrap();
    let mut seen = all(
        &bed,
        Filter {
            token: first.next,
            ..filter
        },
    )
    .await;
    seen.extend(first.ids.iter().map(|id| id.number()));
    seen.sort_unstable();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn authors_are_told_apart() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    let zoe = testing::make_user(&bed.forge, "zoe", Some(testing::EVERYTHING)).await;
    bed.ask("topic", None).await.unwrap();
    create(&bed.forge, &zoe, bed.new_request("topic", None)).await.unwrap();
    let by = |author: &str| Filter {
        author: Some(author.into()),
        ..Filter::default()
    };
    assert_eq!(all(&bed, by(&zoe.principal.arn)).await, [2]);
    for (author, expect) in [
        ("zoe", Refusal::InvalidAuthorArn),
        ("arn:aws:iam::000000000000:user/nobody", Refusal::AuthorDoesNotExist),
        ("arn:aws:iam::000000000000:group/zoe", Refusal::InvalidAuthorArn),
    ] {
        let refused = list(&bed.forge, &bed.caller, &demo(), &by(author)).await;
        assert_eq!(refusal(refused), expect, "{author}");
    }
}

#[tokio::test]
async fn a_page_costs_the_same_wherever_it_is() {
    let bed = Bed::new().await;
    bed.main_and_topic().await;
    for _ in 0..40 {
        bed.ask("topic", None).await.unwrap();
    }
    follow(&bed.forge, &bed.id).await.unwrap();
    let mut token = None;
    for _ in 0..4 {
        let plan = Arc::new(Plan::counting());
        let forge = bed.planned(&plan);
        let filter = Filter {
            max_results: Some(10),
            token,
            status: Some(Status::Open),
            ..Filter::default()
        };
        let page = list(&forge, &bed.caller, &demo(), &filter).await.unwrap();
        assert_eq!(page.ids.len(), 10);
        assert!(
            plan.counters().queries <= 2 && plan.counters().table_gets <= 4,
            "{:?}",
            plan.calls()
        );
        token = page.next;
    }
    assert_eq!(token, None);
}
