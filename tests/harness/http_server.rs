//! The server's side of HTTP/1.1 over a bare socket: heads of requests, and their bodies however they are framed.

use std::{
    io::{self, BufRead, Read},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::http::{ChunkedReader, invalid, read_headers_as_sent, read_line};

/// A request's first line and headers.
#[derive(Debug, Clone)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    /// The target up to the question mark, still encoded.
    pub(crate) path: String,
    /// The target behind the question mark, still encoded.
    pub(crate) query: String,
    /// Names in lower case, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    /// The same with names as they were sent.
    pub(crate) headers_as_sent: Vec<(String, String)>,
}

impl RequestHead {
    /// Reads the next head; none when the client closed the connection between requests.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        if input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let line = read_line(input)?;
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers_as_sent = read_headers_as_sent(input)?;
        let lower = |(name, value): &(String, String)| (name.to_ascii_lowercase(), value.clone());
        Ok(Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers_as_sent.iter().map(lower).collect(),
            headers_as_sent,
        }))
    }

    /// The first value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// True when the client waits for `100 Continue` before it sends the body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    /// True when the client will send no further request on this connection.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The body that follows this head.
    pub(crate) fn body<'a, R: BufRead>(&self, input: &'a mut R) -> io::Result<Body<'a, R>> {
        if self.is_chunked() {
            return Ok(Body::Chunked(ChunkedReader::new(input)));
        }
        let length = self.content_length()?.unwrap_or(0);
        Ok(Body::Sized(LengthReader::new(input, length)))
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    }

    pub(crate) fn content_length(&self) -> io::Result<Option<u64>> {
        self.header("content-length")
            .map(|value| value.parse::<u64>().map_err(|_| invalid("a length that is no number")))
            .transpose()
    }
}

/// A request's body; ending before its end is an error.
#[derive(Debug)]
pub(crate) enum Body<'a, R> {
    Sized(LengthReader<&'a mut R>),
    Chunked(ChunkedReader<&'a mut R>),
}

impl<R> Body<'_, R> {
    /// A header that came behind a chunked body, by its name in lower case; none before the body's end.
    pub(crate) fn trailer(&self, name: &str) -> Option<&str> {
        let Self::Chunked(body) = self else { return None };
        let found = body.trailers().iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl<R: BufRead> Read for Body<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Sized(body) => body.read(buffer),
            Self::Chunked(body) => body.read(buffer),
        }
    }
}

/// A body of a known length; ending before is an error.
#[derive(Debug)]
pub(crate) struct LengthReader<R> {
    inner: R,
    left: u64,
}

impl<R> LengthReader<R> {
    pub(crate) fn new(inner: R, length: u64) -> Self {
        Self { inner, left: length }
    }
}

impl<R: Read> Read for LengthReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&mut self.inner).take(self.left).read(buffer)?;
        self.left -= count as u64;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            Err(io::ErrorKind::UnexpectedEof.into())
        } else {
            Ok(count)
        }
    }
}

/// Undoes percent encoding; what is no UTF-8 then is replaced.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = (byte == b'%').then(|| after.get(..2)).flatten();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                rest = &after[2..];
            }
            None => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A listener on a free port of this machine that hands each connection to a thread of its own. Dropping it stops accepting;
/// connections that are open stay so until their client hangs up.
#[derive(Debug)]
pub(crate) struct Acceptor {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Acceptor {
    /// Serves every connection with `serve`, whose errors end that connection and nothing else.
    pub(crate) fn start(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, serve) = (Arc::clone(&stopped), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream).ok());
            }
        });
        Self { address, stopped }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Acceptor {
    /// The listener only looks at the flag when somebody connects.
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}
