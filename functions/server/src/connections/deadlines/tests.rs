use std::future::pending;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufWriter, DuplexStream, duplex};
use tokio::time::Instant;

use super::*;

const FIRST: Duration = Duration::from_secs(30);
const WRITE: Duration = Duration::from_secs(60);

/// What became of something, and after how many seconds.
type Outcome<R> = (Result<R, io::ErrorKind>, u64);

/// Races `server` against a client that never ends.
async fn outcome<R>(server: impl Future<Output = io::Result<R>>, client: impl Future<Output = ()>) -> Outcome<R> {
    let start = Instant::now();
    let never = async {
        client.await;
        pending::<()>().await;
    };
    tokio::select! {
        result = server => (result.map_err(|error| error.kind()), start.elapsed().as_secs()),
        () = never => unreachable!(),
    }
}

/// Reads to the end what a client sends, each piece so many seconds after the one before; an empty one ends it.
async fn read(sent: &[(u64, &[u8])]) -> Outcome<Vec<u8>> {
    let (mut client, server) = duplex(64);
    let mut server = GreetingDeadline::new(server, FIRST);
    let reading = async {
        let mut all = Vec::new();
        server.read_to_end(&mut all).await.map(|_| all)
    };
    let sending = async {
        for (pause, piece) in sent {
            sleep(Duration::from_secs(*pause)).await;
            match piece {
                [] => client.shutdown().await.unwrap(),
                piece => client.write_all(piece).await.unwrap(),
            }
        }
    };
    outcome(reading, sending).await
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_say_what_it_speaks_is_given_up() {
    let rows: [&[(u64, &[u8])]; 5] = [
        &[],
        &[(0, b"P")],
        &[(29, b"PRI * HT")],
        &[(10, b"P"), (10, b"R"), (9, b"I"), (9, b" ")],
        &[(0, PREFACE.split_last().unwrap().1)],
    ];
    for sent in rows {
        assert_eq!(read(sent).await, (Err(io::ErrorKind::TimedOut), 30), "{sent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_greeted_in_time_may_be_silent() {
    let rows: [&[(u64, &[u8])]; 6] = [
        &[(29, b"")],
        &[(29, b"P"), (0, b"")],
        &[(29, b"G"), (600, b"ET"), (600, b"")],
        &[(29, b"P"), (0, b"UT"), (600, b"")],
        &[(29, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (600, b"x"), (600, b"")],
        &[(10, b"PRI * HTTP/2.0"), (10, b"\r\n\r\nSM\r\n\r\nmore"), (600, b"")],
    ];
    for sent in rows {
        let all = sent.iter().flat_map(|(_, piece)| piece.iter().copied()).collect();
        let seconds = sent.iter().map(|(pause, _)| pause).sum();
        assert_eq!(read(sent).await, (Ok(all), seconds), "{sent:?}");
    }
}

/// Writes 12 bytes to a client that takes four at a time, each so many seconds after the ones before.
async fn write<T: AsyncWrite + Unpin>(capacity: usize, wrap: fn(DuplexStream) -> T, pauses: &[u64]) -> Outcome<()> {
    let (mut client, server) = duplex(capacity);
    let mut server = WriteDeadline::new(wrap(server), WRITE);
    let writing = async {
        server.write_all(&[1; 12]).await?;
        server.flush().await
    };
    let reading = async {
        for pause in pauses {
            sleep(Duration::from_secs(*pause)).await;
            client.read_exact(&mut [0; 4]).await.unwrap();
        }
    };
    outcome(writing, reading).await
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_given_up_only_when_it_takes_nothing_for_long() {
    let rows: [(&[u64], Outcome<()>); 5] = [
        (&[], (Err(io::ErrorKind::TimedOut), 60)),
        (&[61], (Err(io::ErrorKind::TimedOut), 60)),
        (&[59, 61], (Err(io::ErrorKind::TimedOut), 119)),
        (&[0, 0], (Ok(()), 0)),
        (&[59, 59], (Ok(()), 118)),
    ];
    for (pauses, expect) in rows {
        assert_eq!(write(4, |stream| stream, pauses).await, expect, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_does_not_end_is_given_up() {
    let rows: [(&[u64], Outcome<()>); 3] = [
        (&[], (Err(io::ErrorKind::TimedOut), 60)),
        (&[61], (Err(io::ErrorKind::TimedOut), 60)),
        (&[59], (Ok(()), 59)),
    ];
    for (pauses, expect) in rows {
        assert_eq!(write(8, BufWriter::new, pauses).await, expect, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_that_does_not_end_is_given_up() {
    let (_client, server) = duplex(4);
    let mut server = WriteDeadline::new(BufWriter::new(server), WRITE);
    server.write_all(&[1; 12]).await.unwrap();
    let expect = (Err(io::ErrorKind::TimedOut), 60);
    assert_eq!(outcome(server.shutdown(), pending()).await, expect);
}
