use bytes::Bytes;
use packhouse_storage::keys;

use super::*;
use crate::names::RepositoryName;
use crate::repositories::{New, create};
use crate::testing::{administrator, forge};

async fn make(forge: &Forge, name: &str) -> RepositoryId {
    let new = New {
        name: RepositoryName::new(name).unwrap(),
        description: None,
        tags: std::collections::BTreeMap::new(),
        kms_key: None,
    };
    let caller = administrator(&forge.installation().account);
    create(forge, &caller, new).await.unwrap().id
}

#[tokio::test]
async fn sweeps_without_time_come_to_everything_one_after_the_other() {
    let forge = forge().await;
    let mut ids = [
        make(&forge, "a").await,
        make(&forge, "b").await,
        make(&forge, "c").await,
    ];
    ids.sort_unstable();
    let mut expected = Vec::new();
    for part in 1..=2 {
        let key = keys::incoming_part(ids[0].as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", part);
        let stored = forge.store().blobs().put(&key, Bytes::from_static(b"x"), None);
        stored.await.unwrap();
        expected.push(Place::Parts(key));
    }
    expected.extend(ids[..2].iter().cloned().map(Place::Repositories));

    let (mut places, mut place) = (Vec::new(), Place::default());
    while let Some(next) = sweep(&forge, &place, Duration::ZERO).await {
        assert!(places.len() < 10, "it goes on and on: {places:?}");
        places.push(next.clone());
        place = next;
    }
    assert_eq!(places, expected);
    assert_eq!(forge.store().blobs().list("incoming/", None).await.unwrap().blobs, []);
}
