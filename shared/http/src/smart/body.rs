//! Request bodies: plain or gzip, read piece by piece, never waiting for ever.

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};

/// How long a client may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(60);
/// How much of a body is read only to be thrown away, so that the client can read the answer.
const DISCARDED: u64 = 4 << 30;

/// So much is decoded at once: what it comes to, a thousand times as long at most, is counted before more is.
const SLICE: usize = 16 << 10;

/// Requests below this length are read by everybody at once.
const SMALL: usize = 1 << 20;
/// How much longer ones hold together in the whole process, in units of [`SMALL`]: each may grow to its limit, however short it is
/// on the wire.
static LARGE: Semaphore = Semaphore::const_new(512);
/// The same for the commands of pushes, which are held while the pack arrives, however long that takes.
static COMMANDS: Semaphore = Semaphore::const_new(512);
/// How long a request waits to be one of those.
const LARGE_WAIT: Duration = Duration::from_secs(30);
/// How long the rest of it may take to arrive.
const LARGE_TIME: Duration = Duration::from_secs(180);

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// The client went away or fell silent.
    #[error("the request ended early")]
    Gone,
    /// The encoding is not one that we know.
    #[error("unsupported content encoding")]
    Encoding,
    /// The gzip stream is damaged.
    #[error("the request's gzip encoding is damaged")]
    Gzip,
    /// Too many long requests are being held already.
    #[error("the server is busy with other large requests, try again")]
    Busy,
    /// A long request took too long to arrive.
    #[error("the request arrives too slowly")]
    Slow,
    /// The body is longer than allowed.
    #[error("the request is longer than {0} bytes")]
    TooLong(usize),
}

/// A body being read.
pub(crate) struct Reader {
    body: Body,
    gzip: Option<Box<MultiGzDecoder<Vec<u8>>>>,
    /// What has arrived and is not decoded yet.
    waiting: Bytes,
    ended: bool,
}

impl Reader {
    pub(crate) fn new(headers: &HeaderMap, body: Body) -> Result<Self, BodyError> {
        let encoding = headers
            .get(header::CONTENT_ENCODING)
            .map(|value| value.as_bytes().to_ascii_lowercase());
        let gzip = match encoding.as_deref() {
            None | Some(b"" | b"identity") => None,
            Some(b"gzip" | b"x-gzip") => Some(Box::new(MultiGzDecoder::new(Vec::new()))),
            Some(_) => return Err(BodyError::Encoding),
        };
        Ok(Self {
            body,
            gzip,
            waiting: Bytes::new(),
            ended: false,
        })
    }

    /// The next piece, decoded; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        while !self.ended {
            let Some(piece) = self.raw().await? else {
                self.ended = true;
                let Some(mut gzip) = self.gzip.take() else {
                    return Ok(None);
                };
                gzip.try_finish().map_err(|_| BodyError::Gzip)?;
                let rest = std::mem::take(gzip.get_mut());
                return Ok((!rest.is_empty()).then(|| rest.into()));
            };
            let decoded = match &mut self.gzip {
                None => piece,
                Some(gzip) => {
                    self.waiting = piece;
                    let slice = self.waiting.split_to(self.waiting.len().min(SLICE));
                    gzip.write_all(&slice).map_err(|_| BodyError::Gzip)?;
                    std::mem::take(gzip.get_mut()).into()
                }
            };
            if !decoded.is_empty() {
                return Ok(Some(decoded));
            }
        }
        Ok(None)
    }

    async fn raw(&mut self) -> Result<Option<Bytes>, BodyError> {
        if !self.waiting.is_empty() {
            return Ok(Some(std::mem::take(&mut self.waiting)));
        }
        loop {
            let frame = timeout(SILENCE, self.body.frame()).await.map_err(|_| BodyError::Gone)?;
            match frame {
                None => return Ok(None),
                Some(Err(_)) => return Err(BodyError::Gone),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// All of it, if it is not longer than `limit`. A long one comes with its place among those that may be held, to be
    /// given back when its memory is.
    pub(crate) async fn whole(mut self, limit: usize) -> Result<(Vec<u8>, Option<Place>), BodyError> {
        let mut whole = Vec::new();
        let mut held = Held::new(&LARGE);
        while let Some(piece) = held.next(&mut self).await? {
            if whole.len() + piece.len() > limit {
                return Err(BodyError::TooLong(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok((whole, held.into_place()))
    }

    /// Reads what is left without looking at it: a client that is still sending would not see the answer.
    pub(crate) async fn discard(&mut self) {
        let mut left = DISCARDED;
        while let Ok(Some(piece)) = self.raw().await {
            left = left.saturating_sub(piece.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}

/// A place among the long requests that are held.
pub(crate) type Place = SemaphorePermit<'static>;

/// A request that is held as it arrives.
pub(crate) struct Held {
    bytes: usize,
    places: &'static Semaphore,
    /// Once it is long, and until when the rest has to be there.
    place: Option<(Place, Instant)>,
}

impl Held {
    fn new(places: &'static Semaphore) -> Self {
        Self {
            bytes: 0,
            places,
            place: None,
        }
    }

    /// One that is the commands of a push.
    pub(crate) fn commands() -> Self {
        Self::new(&COMMANDS)
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self, reader: &mut Reader) -> Result<Option<Bytes>, BodyError> {
        let piece = match &self.place {
            None => reader.next().await?,
            Some((_, until)) => {
                let in_time = timeout_at(*until, reader.next()).await;
                in_time.map_err(|_| BodyError::Slow)??
            }
        };
        self.bytes += piece.as_ref().map_or(0, Bytes::len);
        let places = self.bytes / SMALL;
        let held = self.place.as_ref().map_or(0, |(place, _)| place.num_permits());
        if places > held {
            let more = u32::try_from(places - held).unwrap_or(u32::MAX);
            let waited = timeout(LARGE_WAIT, self.places.acquire_many(more)).await;
            let more = waited.ok().and_then(Result::ok).ok_or(BodyError::Busy)?;
            match &mut self.place {
                Some((place, _)) => place.merge(more),
                None => self.place = Some((more, Instant::now() + LARGE_TIME)),
            }
        }
        Ok(piece)
    }

    /// Its place, if it is long.
    pub(crate) fn into_place(self) -> Option<Place> {
        self.place.map(|(place, _)| place)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    async fn read(length: usize, limit: usize) -> Result<(Vec<u8>, Option<Place>), BodyError> {
        Reader::new(&HeaderMap::new(), Body::from(vec![7; length]))?
            .whole(limit)
            .await
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_long_requests_are_held_at_once() {
        let long = 64 * SMALL;
        let mut held = Vec::new();
        for _ in 0..8 {
            let (whole, place) = read(long, long).await.unwrap();
            assert_eq!(whole.len(), long);
            held.push(place.expect("a long request takes a place"));
        }
        assert_eq!(read(SMALL, long).await.map(|_| ()), Err(BodyError::Busy));
        assert!(
            read(SMALL - 1, long).await.unwrap().1.is_none(),
            "short ones need no place"
        );
        held.pop();
        assert!(read(long, long).await.is_ok());
        assert_eq!(read(long, SMALL).await.map(|_| ()), Err(BodyError::TooLong(SMALL)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_request_that_trickles_gives_its_place_back() {
        let slow = async |at: u32| {
            let pause = Duration::from_secs(if at < 3 { 0 } else { 50 });
            timeout(pause, std::future::pending::<()>()).await.unwrap_err();
            Ok::<_, std::io::Error>(vec![7; SMALL])
        };
        for _ in 0..200 {
            let reader = Reader::new(
                &HeaderMap::new(),
                Body::from_stream(Box::pin(futures_util::stream::iter(0..10).then(slow))),
            )
            .unwrap();
            assert_eq!(reader.whole(100 * SMALL).await.map(|_| ()), Err(BodyError::Slow));
        }
    }

    #[tokio::test]
    async fn what_is_small_on_the_wire_is_decoded_a_little_at_a_time() {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&vec![0; 64 << 20]).unwrap();
        let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, "gzip".parse().unwrap())]);
        let mut reader = Reader::new(&headers, Body::from(gzip.finish().unwrap())).unwrap();
        let mut all = 0;
        while let Some(piece) = reader.next().await.unwrap() {
            assert!(piece.len() <= SLICE * 1100, "{}", piece.len());
            all += piece.len();
        }
        assert_eq!(all, 64 << 20);
    }

    #[tokio::test]
    async fn encodings_are_undone_or_refused() {
        use std::io::Write as _;
        let encoded = |text: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text).unwrap();
            gzip.finish().unwrap()
        };
        let check = async |encoding: &'static str, body: Vec<u8>| {
            let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, encoding.parse().unwrap())]);
            Reader::new(&headers, Body::from(body))?
                .whole(100)
                .await
                .map(|(whole, _)| whole)
        };
        assert_eq!(check("gzip", encoded(b"hello")).await, Ok(b"hello".to_vec()));
        assert_eq!(check("X-GZip", encoded(b"hello")).await, Ok(b"hello".to_vec()));
        assert_eq!(check("identity", b"plain".to_vec()).await, Ok(b"plain".to_vec()));
        assert_eq!(check("br", Vec::new()).await, Err(BodyError::Encoding));
        assert_eq!(check("gzip", b"not gzip at all".to_vec()).await, Err(BodyError::Gzip));
        assert_eq!(check("gzip", encoded(&[0; 1000])).await, Err(BodyError::TooLong(100)));
        let cut = encoded(b"hello");
        assert_eq!(check("gzip", cut[..cut.len() - 4].to_vec()).await, Err(BodyError::Gzip));
    }
}
