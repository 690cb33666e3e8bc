//! HTTP/1.1 over a bare socket: exact bytes out, hang up at any of them, answers parsed.

use std::{
    io::{self, BufRead, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};

/// A connection that stays silent for longer than this hangs.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A client's end of one connection.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer encoding.
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server listens");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout above zero");
        stream.set_write_timeout(Some(TIMEOUT)).expect("a timeout above zero");
        stream.set_nodelay(true).expect("the socket is open");
        Self(BufReader::new(stream))
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// When the server closed the connection.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Tells the server that nothing more comes, and keeps reading.
    pub fn finish_sending(&mut self) {
        self.0.get_mut().shutdown(Shutdown::Write).ok();
    }

    /// Reads the next byte, for answers that only their request tells the end of.
    #[cfg(test)]
    pub(crate) fn read_byte(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read_exact(&mut byte).expect("the server goes on");
        byte[0]
    }

    /// Waits until a response begins, and reads none of it.
    ///
    /// # Errors
    /// When the server closed the connection.
    pub fn response_begins(&mut self) -> io::Result<()> {
        match self.0.fill_buf()? {
            [] => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads one response.
    ///
    /// # Errors
    /// When the server closed the connection, or sends no HTTP.
    pub fn response(&mut self) -> io::Result<Response> {
        let mut body = Vec::new();
        let (status, headers) = self.read_response(&mut |part| body.extend(part))?;
        Ok(Response { status, headers, body })
    }

    /// Reads one response and throws its body away; answers its status and how many bytes that had.
    ///
    /// # Errors
    /// As [`Self::response`].
    pub fn discard(&mut self) -> io::Result<(u16, u64)> {
        let mut bytes = 0;
        let (status, _) = self.read_response(&mut |part| bytes += part.len() as u64)?;
        Ok((status, bytes))
    }

    fn read_response(&mut self, take: &mut dyn FnMut(&[u8])) -> io::Result<(u16, Vec<(String, String)>)> {
        let (status, headers) = read_head(&mut self.0)?;
        let find = |name: &str| {
            headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        if status == 100 || status == 204 || status == 304 {
            return Ok((status, headers));
        }
        if find("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            pass(&mut ChunkedReader::new(&mut self.0), take)?;
        } else if let Some(length) = find("content-length") {
            let length = length
                .parse::<u64>()
                .map_err(|_| invalid("a length that is no number"))?;
            if pass(&mut (&mut self.0).take(length), take)? != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        } else {
            pass(&mut self.0, take)?;
        }
        Ok((status, headers))
    }
}

/// Passes on what comes until the end; answers how much it was.
fn pass(from: &mut impl io::Read, take: &mut dyn FnMut(&[u8])) -> io::Result<u64> {
    let (mut buffer, mut passed) = (vec![0; 256 << 10], 0);
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(passed);
        }
        take(&buffer[..count]);
        passed += count as u64;
    }
}

impl Response {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Reads the first line and the headers of a response.
pub(crate) fn read_head(stream: &mut impl BufRead) -> io::Result<(u16, Vec<(String, String)>)> {
    let line = read_line(stream)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
    let status = status.ok_or_else(|| invalid("no status line"))?;
    Ok((status, read_headers(stream)?))
}

/// Reads headers up to the empty line; names in lower case.
pub(crate) fn read_headers(stream: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let sent = read_headers_as_sent(stream)?;
    Ok(sent
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect())
}

/// Reads headers up to the empty line; names as they were sent.
pub(crate) fn read_headers_as_sent(stream: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| invalid("a header without a colon"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Reads a line of at most 64 KB without its end; `UnexpectedEof` when the stream ended.
pub(crate) fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    stream.take(65_536).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| invalid("a line that is not UTF-8"))
}

pub(crate) fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Takes the chunked transfer encoding off a body and stops after its end.
#[derive(Debug)]
pub(crate) struct ChunkedReader<R> {
    inner: R,
    left: u64,
    ended: bool,
    trailers: Vec<(String, String)>,
}

impl<R: BufRead> ChunkedReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            left: 0,
            ended: false,
            trailers: Vec::new(),
        }
    }
}

impl<R> ChunkedReader<R> {
    /// What came behind the body, names in lower case; empty before its end.
    pub(crate) fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }
}

impl<R: BufRead> io::Read for ChunkedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.ended {
            let line = read_line(&mut self.inner)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            self.left = u64::from_str_radix(size, 16).map_err(|_| invalid("a chunk without a size"))?;
            if self.left == 0 {
                self.trailers = read_headers(&mut self.inner)?;
                self.ended = true;
            }
        }
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let count = (&mut self.inner).take(self.left).read(buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count as u64;
        if self.left == 0 && !read_line(&mut self.inner)?.is_empty() {
            return Err(invalid("a chunk longer than its size"));
        }
        Ok(count)
    }
}

/// A request with a `Host`, these headers, and a `Content-Length` unless the headers say how the body ends.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    let framed =
        |name: &&str| name.eq_ignore_ascii_case("transfer-encoding") || name.eq_ignore_ascii_case("content-length");
    if !headers.iter().any(|(name, _)| framed(name)) {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// The chunked transfer encoding of a body, in chunks of `size` bytes.
pub fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in body.chunks(size) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

/// A body compressed by gzip.
pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunked_bodies_round_trip_whatever_the_size_of_chunks() {
        for size in [1, 3, 7, 100] {
            let mut bytes = chunked(b"hello, world", size);
            bytes.extend(b"next");
            let mut rest = bytes.as_slice();
            let mut body = Vec::new();
            ChunkedReader::new(&mut rest)
                .read_to_end(&mut body)
                .expect("well formed");
            assert_eq!(
                (body.as_slice(), rest),
                (b"hello, world".as_slice(), b"next".as_slice())
            );
        }
    }

    #[test]
    fn a_chunked_body_that_breaks_off_is_an_error() {
        let bytes = chunked(b"hello", 2);
        for end in 0..bytes.len() {
            let mut body = Vec::new();
            assert!(
                ChunkedReader::new(&bytes[..end]).read_to_end(&mut body).is_err(),
                "cut at {end}"
            );
        }
    }
}
