//! Reading.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, future, stream};
use packhouse_storage::blobs::{BlobError, check_range};

use super::{S3Blobs, failure};

/// The most bytes that one request reads; longer ranges are read by several at once.
const PIECE: u64 = 8 << 20;
/// How many pieces are read at once.
const AT_ONCE: usize = 4;
/// How often a piece whose body broke off is read on.
const BODIES: u32 = 4;
/// How long the body of one piece may take: a link of half a megabit a second does it.
const BODY: Duration = Duration::from_secs(150);
/// No object is as long as this, and servers count with signed numbers.
const BEYOND: u64 = i64::MAX.unsigned_abs();

/// The length of a blob.
pub(super) async fn length(blobs: &S3Blobs, key: &str) -> Result<u64, BlobError> {
    let call = blobs.clients.s3().head_object().bucket(&blobs.bucket).key(key);
    let head = call
        .send()
        .await
        .map_err(|error| failure::of_call(blobs, key, &error))?;
    let length = head.content_length().and_then(|length| u64::try_from(length).ok());
    length.ok_or_else(|| BlobError::Unavailable(format!("S3 did not tell the length of {key}")))
}

/// Exactly the bytes `range`.
pub(super) async fn range(blobs: &S3Blobs, key: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
    if range.start >= range.end || range.end > BEYOND {
        check_range(key, &range, length(blobs, key).await?)?;
        return Ok(Bytes::new());
    }
    let length = range.end - range.start;
    if length <= PIECE {
        return piece(blobs, key, &range, range.clone()).await;
    }
    let pieces = (0..length.div_ceil(PIECE)).map(|at| {
        let start = range.start + at * PIECE;
        start..range.end.min(start + PIECE)
    });
    let pieces = stream::iter(pieces).map(|part| piece(blobs, key, &range, part));
    let join = |mut whole: BytesMut, piece: Bytes| {
        // There is a piece, so the blob is as long as the range wants, and memory for all of it is well spent.
        if whole.is_empty() {
            whole.reserve(usize::try_from(length).unwrap_or_default());
        }
        whole.extend_from_slice(&piece);
        future::ready(Ok(whole))
    };
    Ok(pieces.buffered(AT_ONCE).try_fold(BytesMut::new(), join).await?.freeze())
}

/// Reads the piece `range` of `whole`. The SDK does not try bodies again, so one that breaks off is read on from there.
async fn piece(blobs: &S3Blobs, key: &str, whole: &Range<u64>, range: Range<u64>) -> Result<Bytes, BlobError> {
    let mut read = BytesMut::new();
    for _ in 0..BODIES {
        let rest = range.start + read.len() as u64..range.end;
        let body = open(blobs, key, whole, &rest).await?;
        let wanted = rest.end - rest.start;
        let broken = match tokio::time::timeout(BODY, take(body, wanted, &mut read)).await {
            Ok(Ok(())) => return Ok(read.freeze()),
            Ok(Err(broken)) => broken,
            Err(_) => "it took too long".into(),
        };
        tracing::debug!(key, have = read.len(), broken, "a body broke off");
    }
    let have = read.len();
    Err(BlobError::Unavailable(format!(
        "reading {range:?} of {key} broke off {BODIES} times, the last time after {have} bytes"
    )))
}

/// Opens the body that holds exactly the bytes `range`, if all of `whole` lies inside of the blob.
async fn open(blobs: &S3Blobs, key: &str, whole: &Range<u64>, range: &Range<u64>) -> Result<ByteStream, BlobError> {
    let outside = || BlobError::OutOfRange {
        key: key.into(),
        start: whole.start,
        end: whole.end,
    };
    let call = blobs.clients.s3().get_object().bucket(&blobs.bucket).key(key);
    let answer = call
        .range(format!("bytes={}-{}", range.start, range.end - 1))
        .send()
        .await;
    let answer = answer.map_err(|error| match failure::status(&error) {
        Some(416) => outside(),
        _ => failure::of_call(blobs, key, &error),
    })?;
    let Some((start, end, length)) = answer.content_range().and_then(content_range) else {
        return Err(BlobError::Unavailable(format!(
            "S3 did not tell which bytes of {key} it sent"
        )));
    };
    if whole.end > length {
        return Err(outside());
    }
    if (start..end) != *range {
        return Err(BlobError::Unavailable(format!(
            "S3 sent {start}..{end} of {key} for {range:?}"
        )));
    }
    Ok(answer.body)
}

/// Appends `wanted` bytes of `body` to `read`, or what comes of them, with why no more came.
async fn take(mut body: ByteStream, mut wanted: u64, read: &mut BytesMut) -> Result<(), String> {
    read.reserve(usize::try_from(wanted).unwrap_or_default());
    while wanted > 0 {
        let chunk = match body.next().await {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => return Err(error.to_string()),
            None => return Err(format!("{wanted} bytes are missing")),
        };
        let fitting = usize::try_from(wanted).map_or(chunk.len(), |wanted| wanted.min(chunk.len()));
        read.extend_from_slice(&chunk[..fitting]);
        wanted -= fitting as u64;
    }
    Ok(())
}

/// First byte, one past the last byte, and length of the whole, of a `Content-Range: bytes 0-4/10`.
fn content_range(header: &str) -> Option<(u64, u64, u64)> {
    let (range, length) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((
        first.parse().ok()?,
        last.parse::<u64>().ok()?.checked_add(1)?,
        length.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::content_range;

    #[test]
    fn a_content_range_is_read_or_refused() {
        for (header, expect) in [
            ("bytes 0-4/10", Some((0, 5, 10))),
            ("bytes 7-7/8", Some((7, 8, 8))),
            ("bytes */10", None),
            ("bytes 0-4/*", None),
            ("bytes 0-18446744073709551615/10", None),
            ("items 0-4/10", None),
            ("0-4/10", None),
            ("bytes 0-4", None),
            ("", None),
        ] {
            assert_eq!(content_range(header), expect, "{header}");
        }
    }
}
