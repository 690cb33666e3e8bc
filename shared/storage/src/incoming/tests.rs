use std::time::Duration;

use futures_util::TryStreamExt as _;
use ulid::Ulid;

use super::*;
use crate::testing::Bed;

#[test]
fn packs_are_cut_into_at_most_a_thousand_parts_that_make_the_whole() {
    const LIMIT: u64 = 1 << 50;
    let check = |bytes: u64, part_bytes: u64, parts: u32| {
        let cut = Cut::of(bytes, LIMIT).unwrap();
        assert_eq!((cut.part_bytes, cut.parts), (part_bytes, parts), "{bytes}");
        assert!((1..=parts).all(|part| {
            cut.length(part)
                .is_some_and(|length| (1..=part_bytes).contains(&length))
        }));
        assert_eq!((1..=parts).map(|part| cut.length(part).unwrap()).sum::<u64>(), bytes);
        assert_eq!(
            (cut.length(0), cut.length(parts + 1), cut.length(u32::MAX)),
            (None, None, None)
        );
    };
    const MIB: u64 = 1 << 20;
    check(1, 16 * MIB, 1);
    check(16 * MIB, 16 * MIB, 1);
    check(16 * MIB + 1, 16 * MIB, 2);
    check(16_000 * MIB, 16 * MIB, 1000);
    check(16_000 * MIB + 1, 17 * MIB, 942);
    check(LIMIT, 1_073_742 * MIB, 1000);
    assert!(matches!(Cut::of(0, LIMIT), Err(Error::Invalid(_))));
    for bytes in [LIMIT + 1, u64::MAX] {
        assert!(matches!(Cut::of(bytes, LIMIT), Err(Error::TooLarge(_))), "{bytes}");
    }
    assert!(Cut::of(u64::MAX, u64::MAX).is_ok());
}

#[test]
fn only_ids_of_the_last_two_days_in_their_one_spelling_are_taken() {
    let begun = |at: Duration| Ulid::from_parts(u64::try_from(at.as_millis()).unwrap(), 7).to_string();
    let now = clock::now();
    let minute = Duration::from_secs(60);
    let check = |text: &str, is_taken: bool| assert_eq!(UploadId::parse(text).is_ok(), is_taken, "{text}");
    check(UploadId::fresh().as_str(), true);
    check(&begun(now - KEPT + minute), true);
    check(&begun(now - KEPT - minute), false);
    check(&begun(now + SKEW_AND_MORE), false);
    check(&UploadId::fresh().as_str().to_lowercase(), false);
    for text in [
        "",
        "..",
        "../../repos",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV/",
    ] {
        check(text, false);
    }
}

const SKEW_AND_MORE: Duration = Duration::from_secs(600);

/// An upload of `bytes` whose parts are all stored.
async fn uploaded(bed: &Bed, bytes: &Bytes) -> Incoming {
    let incoming = Incoming::new(&bed.snapshot().await, UploadId::fresh(), bytes.len() as u64).unwrap();
    let mut rest = bytes.clone();
    for part in 1..=incoming.cut.parts {
        let length = usize::try_from(incoming.cut.length(part).unwrap()).unwrap();
        bed.store
            .blobs()
            .put(&incoming.key(part), rest.split_to(length), None)
            .await
            .unwrap();
    }
    incoming
}

/// Bytes that tell where they lie.
fn numbered(length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    for (at, block) in bytes.chunks_mut(64).enumerate() {
        let number = u32::try_from(at).unwrap().to_le_bytes();
        let shown = block.len().min(number.len());
        block[..shown].copy_from_slice(&number[..shown]);
    }
    bytes.into()
}

#[tokio::test]
async fn parts_are_read_as_the_pack_that_they_were_cut_from() {
    let bed = Bed::sha1().await;
    let bytes = numbered((33 << 20) + 8);
    let incoming = uploaded(&bed, &bytes).await;
    incoming.check_complete().await.unwrap();
    let read: Vec<Bytes> = incoming.bytes().try_collect().await.unwrap();
    assert!(read.concat() == bytes, "the bytes come in order");
    incoming.delete().await.unwrap();
    assert_eq!(incoming.stored().await.unwrap(), BTreeMap::new());
    let gone = incoming.bytes().try_collect::<Vec<_>>().await;
    assert!(matches!(gone, Err(Error::Invalid(_))), "{gone:?}");
}

#[tokio::test]
async fn a_missing_or_wrong_part_is_named() {
    let bed = Bed::sha1().await;
    let bytes = numbered(40 << 20);
    let incoming = uploaded(&bed, &bytes).await;
    let told = async |incoming: &Incoming| incoming.check_complete().await.unwrap_err().to_string();

    bed.store.blobs().delete(&incoming.key(2)).await.unwrap();
    assert_eq!(
        told(&incoming).await,
        "the upload is not complete: of 3 parts 1 are missing, the first is part 2"
    );
    bed.store
        .blobs()
        .put(&incoming.key(2), Bytes::from_static(b"short"), None)
        .await
        .unwrap();
    assert_eq!(told(&incoming).await, "part 2 of the upload has 5 bytes, not 16777216");
    let read = incoming.bytes().try_collect::<Vec<_>>().await;
    assert!(matches!(read, Err(Error::Invalid(_))), "{read:?}");

    let other = Bed::sha1().await;
    let elsewhere = Incoming::new(&other.snapshot().await, incoming.upload.clone(), bytes.len() as u64).unwrap();
    assert_eq!(
        told(&elsewhere).await,
        "the upload is not complete: of 3 parts 3 are missing, the first is part 1",
        "an upload belongs to its repository"
    );
}

#[tokio::test]
async fn the_sweep_takes_what_is_old_enough_and_nothing_else() {
    let bed = Bed::sha1().await;
    let incoming = uploaded(&bed, &numbered(64)).await;
    let foreign = [
        keys::pack(bed.id.as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        "incoming/not-of-ours".to_owned(),
    ];
    for key in &foreign {
        bed.store
            .blobs()
            .put(key, Bytes::from_static(b"x"), None)
            .await
            .unwrap();
    }
    let removed = async |age| sweep(&bed.store, age, None, Duration::MAX).await.unwrap().removed;
    assert_eq!(removed(KEPT).await, 0);
    assert_eq!(incoming.stored().await.unwrap().len(), 1);
    assert_eq!(removed(Duration::ZERO).await, 1);
    assert_eq!(incoming.stored().await.unwrap().len(), 0);
    for key in &foreign {
        assert_eq!(bed.store.blobs().head(key).await.unwrap(), 1, "{key}");
    }
}

#[tokio::test]
async fn a_sweep_without_time_takes_one_part_and_tells_where_another_goes_on() {
    let bed = Bed::sha1().await;
    let incoming = uploaded(&bed, &numbered(40 << 20)).await;
    let mut after = None;
    for part in 1..=3 {
        let swept = sweep(&bed.store, Duration::ZERO, after.as_deref(), Duration::ZERO).await;
        let Swept { removed, stopped } = swept.unwrap();
        assert_eq!(
            (removed, incoming.stored().await.unwrap().len()),
            (1, 3 - part as usize)
        );
        after = stopped;
        assert_eq!(after.as_deref(), Some(incoming.key(part).as_str()));
    }
    let nothing = sweep(&bed.store, Duration::ZERO, after.as_deref(), Duration::ZERO).await;
    assert_eq!(nothing.unwrap(), Swept::default());
}
