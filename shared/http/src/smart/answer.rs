//! Answers that are sent while they are made.

mod bounded;

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use packhouse_git::sideband::{self, Band, KEEPALIVE, Mode};
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::bounded::{Bounded, Line};
use crate::request::AnswerBounds;

/// How long nothing may be said before a keepalive goes out; git hosts use five seconds.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
/// How many pieces wait for a slow client.
const QUEUED: usize = 8;
/// Pieces below this length are joined.
const SMALL: usize = 8 << 10;

/// The sending end of an answer.
pub(super) struct Sender {
    lines: mpsc::Sender<Result<Line, std::io::Error>>,
    mode: Mode,
    joined: BytesMut,
    until: Option<Instant>,
}

/// The client went away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone;

/// An answer whose pieces are sent later, on the sidebands of `mode`. Where it goes over `bounds` it ends as failed, with
/// `advice` on what to do instead; the sender then finds everybody [`Gone`].
pub(super) fn channel(mode: Mode, bounds: Option<AnswerBounds>, advice: &'static str) -> (Sender, Body) {
    let (lines, receiver) = mpsc::channel(QUEUED);
    let sender = Sender {
        lines,
        mode,
        joined: BytesMut::new(),
        until: bounds.map(|bounds| bounds.until),
    };
    let bounded = Bounded::new(receiver, mode, bounds, advice);
    (sender, Body::from_stream(bounded.into_stream()))
}

impl Sender {
    /// Whether the client asked for sidebands.
    pub(super) fn sidebands(&self) -> bool {
        self.mode != Mode::None
    }

    /// Waits for `work` without a word to the client; `None` when the time of the answer is over.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        match self.until {
            Some(until) => tokio::time::timeout_at(until, work).await.ok(),
            None => Some(work.await),
        }
    }

    /// Sends whole lines as they are.
    pub(super) async fn raw(&mut self, bytes: impl Into<Bytes>) -> Result<(), Gone> {
        self.flush().await?;
        self.send(Line::from(bytes.into())).await
    }

    async fn send(&mut self, line: Line) -> Result<(), Gone> {
        if line.is_empty() {
            return Ok(());
        }
        self.lines.send(Ok(line)).await.map_err(|_| Gone)
    }

    /// Sends data on its band, without copying what is long.
    pub(super) async fn data(&mut self, bytes: Bytes) -> Result<(), Gone> {
        if bytes.len() < SMALL {
            self.joined.extend_from_slice(&bytes);
            if self.joined.len() >= SMALL {
                self.flush().await?;
            }
            return Ok(());
        }
        self.flush().await?;
        self.framed(bytes).await
    }

    /// Sends what was joined.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        if self.joined.is_empty() {
            return Ok(());
        }
        let joined = self.joined.split().freeze();
        self.framed(joined).await
    }

    async fn framed(&mut self, mut bytes: Bytes) -> Result<(), Gone> {
        let Some(max) = self.mode.max_payload() else {
            return self.send(Line::from(bytes)).await;
        };
        while !bytes.is_empty() {
            let payload = bytes.split_to(bytes.len().min(max));
            let Some(header) = sideband::header(self.mode, Band::Data, payload.len()) else {
                return Err(Gone);
            };
            let header = Bytes::copy_from_slice(&header);
            self.send(Line { header, payload }).await?;
        }
        Ok(())
    }

    /// Sends text that git shows behind `remote: `.
    pub(super) async fn progress(&mut self, text: &str) -> Result<(), Gone> {
        let mut out = Vec::new();
        sideband::write(&mut out, self.mode, Band::Progress, text.as_bytes());
        self.raw(out).await
    }

    /// Ends the answer as failed. Without sidebands the connection is cut, for a clean end would say that all is well.
    pub(super) async fn fatal(mut self, text: &str) {
        if self.mode == Mode::None {
            drop(self.lines.send(Err(std::io::Error::other("the answer failed"))).await);
            return;
        }
        let mut out = Vec::new();
        sideband::write_fatal(&mut out, self.mode, text);
        if self.raw(out).await.is_err() {
            tracing::debug!("the client was gone before it could be told of a failure");
        }
    }

    /// Waits for `work`, calling `tick` often enough that the client does not think the connection dead. What `tick`
    /// gives is shown as progress; nothing of it sends a keepalive when it is time for one.
    pub(super) async fn while_waiting<T>(
        &mut self,
        work: impl Future<Output = T>,
        mut tick: impl FnMut() -> Option<String>,
    ) -> Result<T, Gone> {
        let mut work = std::pin::pin!(work);
        let mut ticks = tokio::time::interval(KEEPALIVE_EVERY / 5);
        ticks.tick().await;
        let mut silent = 0u32;
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = self.lines.closed() => return Err(Gone),
                _ = ticks.tick() => {
                    silent += 1;
                    if let Some(text) = tick() {
                        self.progress(&text).await?;
                        silent = 0;
                    } else if silent >= 5 && self.mode != Mode::None {
                        self.raw(Bytes::from_static(KEEPALIVE)).await?;
                        silent = 0;
                    }
                }
            }
        }
    }
}
