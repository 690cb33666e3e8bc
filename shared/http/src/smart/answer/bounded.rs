//! The receiving end of an answer: what goes to the client, within bounds.

use bytes::Bytes;
use futures_util::{Stream, stream};
use packhouse_git::sideband::{self, Mode};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::request::AnswerBounds;

/// One or more whole lines, so that behind any of them the answer can be ended; or, without sidebands, any piece.
pub(super) struct Line {
    pub(super) header: Bytes,
    pub(super) payload: Bytes,
}

impl Line {
    const fn len(&self) -> usize {
        self.header.len() + self.payload.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Bytes> for Line {
    fn from(payload: Bytes) -> Self {
        Self {
            header: Bytes::new(),
            payload,
        }
    }
}

type Received = Result<Line, std::io::Error>;

/// What is left to send.
pub(super) struct Bounded {
    lines: mpsc::Receiver<Received>,
    mode: Mode,
    bounds: Option<AnswerBounds>,
    advice: &'static str,
    sent: u64,
    ended: bool,
    /// The payload behind a header that is sent.
    payload: Bytes,
}

impl Bounded {
    pub(super) const fn new(
        lines: mpsc::Receiver<Received>,
        mode: Mode,
        bounds: Option<AnswerBounds>,
        advice: &'static str,
    ) -> Self {
        Self {
            lines,
            mode,
            bounds,
            advice,
            sent: 0,
            ended: false,
            payload: Bytes::new(),
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
        stream::unfold(self, |mut answer| async { Some((answer.next().await?, answer)) })
    }

    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        if !self.payload.is_empty() {
            return Some(Ok(std::mem::take(&mut self.payload)));
        }
        if self.ended {
            return None;
        }
        let line = match self.receive().await {
            Ok(None) => return None,
            Ok(Some(Err(error))) => return Some(Err(error)),
            Ok(Some(Ok(line))) => line,
            Err(why) => return Some(self.end(why)),
        };
        let (header, payload) = (line.header, line.payload);
        if header.is_empty() {
            return Some(Ok(payload));
        }
        self.payload = payload;
        Some(Ok(header))
    }

    /// The next line, or why there is none that may still be sent.
    async fn receive(&mut self) -> Result<Option<Received>, String> {
        let Some(AnswerBounds { until, bytes }) = self.bounds else {
            return Ok(self.lines.recv().await);
        };
        let late = || "the time for one request is over".to_owned();
        // A queue that is never empty would never let a time-out be seen.
        if Instant::now() >= until {
            return Err(late());
        }
        let received = tokio::time::timeout_at(until, self.lines.recv())
            .await
            .map_err(|_| late())?;
        if let Some(Ok(line)) = &received {
            self.sent = self.sent.saturating_add(line.len() as u64);
            if self.sent > bytes {
                return Err(format!("the answer is longer than {} MB", bytes / 1_000_000));
            }
        }
        Ok(received)
    }

    /// Ends the answer as failed. A clean end would say that all is well, so without sidebands the connection is cut.
    fn end(&mut self, why: String) -> Result<Bytes, std::io::Error> {
        tracing::warn!(why, "an answer was ended early");
        self.ended = true;
        self.lines.close();
        while self.lines.try_recv().is_ok() {}
        if self.mode == Mode::None {
            return Err(std::io::Error::other(why));
        }
        let mut out = Vec::new();
        sideband::write_fatal(&mut out, self.mode, &format!("{why}; {}", self.advice));
        Ok(out.into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use http_body_util::BodyExt as _;

    use super::super::{Gone, channel};
    use super::*;

    fn bounds(bytes: u64) -> AnswerBounds {
        AnswerBounds {
            until: Instant::now() + Duration::from_secs(60),
            bytes,
        }
    }

    async fn read(body: Body) -> Result<Vec<u8>, axum::Error> {
        Ok(body.collect().await?.to_bytes().to_vec())
    }

    /// What is on the bands, the fatal one last.
    fn demultiplexed(mut answer: &[u8]) -> (Vec<u8>, String) {
        let (mut data, mut fatal) = (Vec::new(), String::new());
        while !answer.is_empty() {
            assert!(fatal.is_empty(), "the fatal line is the last");
            let digits = std::str::from_utf8(&answer[..4]).unwrap();
            let length = usize::from_str_radix(digits, 16).unwrap();
            match (answer[4], &answer[5..length]) {
                (1, payload) => data.extend_from_slice(payload),
                (3, payload) => fatal = String::from_utf8(payload.to_vec()).unwrap(),
                _ => {}
            }
            answer = &answer[length..];
        }
        (data, fatal)
    }

    #[tokio::test]
    async fn an_answer_within_its_bounds_is_as_without() {
        for bounds in [None, Some(bounds(200_000))] {
            let (mut sender, body) = channel(Mode::Large, bounds, "");
            let sent = Bytes::from(vec![7; 150_000]);
            let data = sent.clone();
            let sending = tokio::spawn(async move { sender.data(data).await });
            let (data, fatal) = demultiplexed(&read(body).await.unwrap());
            assert!(data == sent && fatal.is_empty());
            assert!(sending.await.unwrap().is_ok());
        }
    }

    #[tokio::test]
    async fn an_answer_over_its_size_ends_as_failed_behind_a_whole_line() {
        let (mut sender, body) = channel(Mode::Large, Some(bounds(1_000_000)), "fetch less");
        let sending = tokio::spawn(async move {
            while sender.data(Bytes::from(vec![7; 100_000])).await.is_ok() {}
            sender.raw(Bytes::from_static(b"0000")).await
        });
        let (data, fatal) = demultiplexed(&read(body).await.unwrap());
        assert!((900_000..1_000_000).contains(&data.len()), "{}", data.len());
        assert_eq!(fatal, "the answer is longer than 1 MB; fetch less");
        assert!(matches!(sending.await.unwrap(), Err(Gone)));
    }

    #[tokio::test]
    async fn an_answer_over_its_size_is_cut_where_nothing_can_be_said() {
        let (mut sender, body) = channel(Mode::None, Some(bounds(10)), "");
        tokio::spawn(async move { sender.raw(Bytes::from_static(b"more than ten bytes")).await });
        assert!(read(body).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_over_its_time_ends_as_failed_and_nobody_waits_for_its_work() {
        for busy in [false, true] {
            let (mut sender, body) = channel(Mode::Large, Some(bounds(u64::MAX)), "try less");
            let sending = tokio::spawn(async move {
                while busy && sender.data(Bytes::from(vec![7; 10_000])).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                let waited = sender.while_waiting(std::future::pending::<()>(), || None).await;
                (waited, sender.in_time(std::future::pending::<()>()).await)
            });
            let (_, fatal) = demultiplexed(&read(body).await.unwrap());
            assert_eq!(fatal, "the time for one request is over; try less");
            assert!(matches!(sending.await.unwrap(), (Err(Gone), None)));
        }
    }
}
