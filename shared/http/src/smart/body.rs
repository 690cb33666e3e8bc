//! Request bodies: plain or gzip, read piece by piece, never waiting for ever.

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt as _;

/// How long a client may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(60);
/// How much of a body is read only to be thrown away, so that the client can read the answer.
const DISCARDED: u64 = 4 << 30;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    /// The client went away or fell silent.
    #[error("the request ended early")]
    Gone,
    /// The encoding is not one that we know.
    #[error("unsupported content encoding")]
    Encoding,
    /// The gzip stream is damaged.
    #[error("the request's gzip encoding is damaged")]
    Gzip,
    /// The body is longer than allowed.
    #[error("the request is longer than {0} bytes")]
    TooLong(usize),
}

/// A body being read.
pub(super) struct Reader {
    body: Body,
    gzip: Option<Box<MultiGzDecoder<Vec<u8>>>>,
    ended: bool,
}

impl Reader {
    pub(super) fn new(headers: &HeaderMap, body: Body) -> Result<Self, BodyError> {
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
            ended: false,
        })
    }

    /// The next piece, decoded; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
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
                    gzip.write_all(&piece).map_err(|_| BodyError::Gzip)?;
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
        loop {
            let frame = tokio::time::timeout(SILENCE, self.body.frame())
                .await
                .map_err(|_| BodyError::Gone)?;
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

    /// All of it, if it is not longer than `limit`.
    pub(super) async fn whole(mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            if whole.len() + piece.len() > limit {
                return Err(BodyError::TooLong(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads what is left without looking at it: a client that is still sending would not see the answer.
    pub(super) async fn discard(&mut self) {
        let mut left = DISCARDED;
        while let Ok(Some(piece)) = self.raw().await {
            left = left.saturating_sub(piece.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}
