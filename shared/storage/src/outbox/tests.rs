use proptest::prelude::*;

use super::*;
use crate::testing::{Bed, chain, command, of_schema};

async fn pushed() -> (Bed, Pointer) {
    let bed = Bed::sha1().await;
    chain(&bed, 1).await;
    let pointer = Pointer::Entry {
        repository: bed.id.clone(),
        version: 2,
    };
    (bed, pointer)
}

async fn all(store: &Store) -> Vec<Key> {
    let mut all = Vec::new();
    for shard in 0..SHARDS {
        let (keys, next) = page(store, shard, None).await.unwrap();
        assert_eq!(next, None);
        all.extend(keys);
    }
    all
}

#[tokio::test]
async fn a_push_that_changes_refs_leaves_one_pointer_and_others_leave_none() {
    let (bed, pointer) = pushed().await;
    assert_eq!(all(&bed.store).await, [pointer.key()]);
    assert_eq!(Pointer::parse(&pointer.key()), Some(pointer.clone()));
    let absent = command("refs/heads/absent", None, None);
    bed.push(vec![absent], None).await.unwrap();
    assert_eq!(all(&bed.store).await, [pointer.key()]);
    remove(&bed.store, &pointer).await.unwrap();
    remove(&bed.store, &pointer).await.unwrap();
    assert_eq!(find(&bed.store, &pointer).await.unwrap(), None);
    assert_eq!(all(&bed.store).await, []);
}

#[tokio::test]
async fn what_comes_earlier_in_a_stream_is_found_with_a_pointer() {
    let bed = Bed::sha1().await;
    let table = bed.store.table();
    let of = |stream: &str, number| Pointer::Note {
        stream: stream.into(),
        number,
    };
    for (stream, number) in [("PR#1", 9), ("PR#1", 10), ("PR#1", 11), ("PR#10", 1), ("PR#", 1)] {
        table.transact(vec![note(stream, number, number.into())]).await.unwrap();
    }
    let found = up_to(&bed.store, &of("PR#1", 10), (None, 5)).await.unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|(pointer, pending)| (pointer.clone(), pending.as_ref().unwrap().note.clone()))
        .collect();
    assert_eq!(
        told,
        [(of("PR#1", 9), Some(9.into())), (of("PR#1", 10), Some(10.into()))]
    );
    for (after, limit, expect) in [(None, 1, of("PR#1", 9)), (Some(&of("PR#1", 9)), 5, of("PR#1", 10))] {
        let found = up_to(&bed.store, &of("PR#1", 10), (after, limit)).await.unwrap();
        assert_eq!(found.iter().map(|(pointer, _)| pointer).collect::<Vec<_>>(), [&expect]);
    }
    remove(&bed.store, &of("PR#1", 10)).await.unwrap();
    remove(&bed.store, &of("PR#1", 9)).await.unwrap();
    assert!(up_to(&bed.store, &of("PR#1", 10), (None, 5)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_note_keeps_what_it_says_while_it_is_told() {
    let bed = Bed::sha1().await;
    let pointer = Pointer::Note {
        stream: "s".into(),
        number: 3,
    };
    bed.store
        .table()
        .transact(vec![note("s", 3, "said".into())])
        .await
        .unwrap();
    let seen = find(&bed.store, &pointer).await.unwrap().unwrap();
    let noted = advance(&bed.store, &pointer, &seen, 2).await.unwrap().unwrap();
    assert_eq!(find(&bed.store, &pointer).await.unwrap(), Some(noted.clone()));
    assert_eq!((noted.told, noted.note), (2, Some("said".into())));
}

#[tokio::test]
async fn of_two_who_tell_an_entry_each_learns_what_the_other_did() {
    let (bed, pointer) = pushed().await;
    let (store, pointer) = (&bed.store, &pointer);
    let seen = find(store, pointer).await.unwrap().unwrap();
    assert_eq!(seen.told, 0);
    let first = advance(store, pointer, &seen, 7).await.unwrap().unwrap();
    assert_eq!(first.told, 7);
    let second = advance(store, pointer, &seen, 3).await.unwrap().unwrap();
    assert_eq!(second, first);
    let ahead = advance(store, pointer, &seen, 9).await.unwrap().unwrap();
    assert_eq!(ahead.told, 9);
    assert_eq!(advance(store, pointer, &ahead, 9).await.unwrap().unwrap().told, 9);
    remove(store, pointer).await.unwrap();
    assert_eq!(advance(store, pointer, &ahead, 10).await.unwrap(), None);
    assert_eq!(find(store, pointer).await.unwrap(), None);
}

#[tokio::test]
async fn a_record_of_a_newer_schema_is_not_guessed_at() {
    let (bed, pointer) = pushed().await;
    let item = bed.store.table().get(&pointer.key()).await.unwrap().unwrap();
    for (schema, is_read) in [(SCHEMA, true), (SCHEMA + 1, false)] {
        assert_eq!(decode(&of_schema(&item, schema)).is_ok(), is_read, "{schema}");
    }
}

#[test]
fn only_keys_of_the_outbox_point_to_something() {
    let id = "1b2c3d4e-1111-2222-3333-444455556666";
    let good = keys::outbox(id, 7);
    let sk = |sk: &str| Key::new(good.pk.clone(), sk);
    let rows = [
        (good.clone(), true),
        (keys::outbox(id, u64::MAX), true),
        (keys::outbox_note("PR#000000000000#us-east-1#7", 7), true),
        (keys::outbox_note("", u64::MAX), true),
        (sk("N#x#00000000000000000007#"), false),
        (keys::outbox("x", 7), false),
        (keys::manifest(id), false),
        (Key::new("OUTBOX#16", good.sk.clone()), false),
        (Key::new("OUTBOX#", good.sk.clone()), false),
        (Key::new("", ""), false),
        (sk(&format!("R#{id}#7")), false),
        (sk(&format!("R#{id}#00000000000000000007#")), false),
        (sk(&format!("R#{id}#+0000000000000000007")), false),
        (sk(&format!("R#{id}#99999999999999999999")), false),
        (sk(&format!("R#{}#00000000000000000007", id.to_uppercase())), false),
        (sk("R##00000000000000000007"), false),
        (sk("R#"), false),
    ];
    for (key, points) in rows {
        let parsed = Pointer::parse(&key);
        assert_eq!(parsed.is_some(), points, "{key:?}");
        assert!(parsed.is_none_or(|pointer| pointer.key() == key));
    }
}

proptest! {
    #[test]
    fn any_key_is_parsed_or_refused(pk in ".{0,12}", sk in "([RN]#)?.{0,50}(#[0-9]{0,22})?") {
        let key = Key::new(pk, sk);
        prop_assert!(Pointer::parse(&key).is_none_or(|pointer| pointer.key() == key));
    }
}
