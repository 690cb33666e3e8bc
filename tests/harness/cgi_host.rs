//! A small HTTP/1.1 host for `git http-backend`: the reference that Packhouse is measured against and tested like.
//!
//! One thread a connection, one process a request, as CGI wants it. Connections stay open, requests come chunked or with
//! a length, answers go out chunked as they come. So it adds as little to git's own server as a host can.

use std::{
    io::{self, BufRead as _, BufReader, Read, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::Arc,
    thread,
};

use crate::{credentials::basic, http::read_headers, http_server::RequestHead};

/// What is served.
#[derive(Debug, Clone)]
pub struct CgiHost {
    /// The folder of which URL paths are relative to.
    pub root: PathBuf,
    /// The program `git-http-backend`.
    pub http_backend: PathBuf,
    /// User and password that every request must show; none lets all in.
    pub credentials: Option<(String, String)>,
}

/// Serves connections until the process ends.
pub fn serve(listener: &TcpListener, host: CgiHost) {
    let host = Arc::new(host);
    for stream in listener.incoming().flatten() {
        let host = Arc::clone(&host);
        // A client that hangs up ends its connection and nothing else.
        thread::spawn(move || serve_connection(stream, &host).ok());
    }
}

fn serve_connection(stream: TcpStream, host: &CgiHost) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(65_536, stream);
    while let Some(head) = RequestHead::read(&mut input)? {
        if head.expects_continue() {
            output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut body = head.body(&mut input)?;
        respond(host, &head, &mut body, &mut output)?;
    }
    Ok(())
}

fn respond(
    host: &CgiHost,
    head: &RequestHead,
    body: &mut (impl Read + Send),
    output: &mut TcpStream,
) -> io::Result<()> {
    if let Some((user, password)) = &host.credentials
        && head.header("authorization") != Some(&basic(user, password))
    {
        io::copy(body, &mut io::sink())?;
        return output.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"git\"\r\nContent-Length: 0\r\n\r\n",
        );
    }
    let mut backend = command(host, head).spawn()?;
    let answered = exchange(&mut backend, body, output);
    if answered.is_err() {
        backend.kill().ok();
    }
    backend.wait()?;
    answered
}

/// Feeds the backend while it answers, as neither side may wait for the other.
fn exchange(backend: &mut Child, body: &mut (impl Read + Send), output: &mut TcpStream) -> io::Result<()> {
    let pid = backend.id();
    let (Some(stdin), Some(stdout)) = (backend.stdin.take(), backend.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    thread::scope(|scope| {
        let fed = scope.spawn(move || {
            let fed = feed(body, stdin);
            if fed.is_err() {
                // http-backend can spin for ever on a body that breaks off.
                Command::new("kill")
                    .args(["-KILL", &pid.to_string()])
                    .stderr(Stdio::null())
                    .status()
                    .ok();
            }
            fed
        });
        send_answer(&mut BufReader::with_capacity(65_536, stdout), output)?;
        fed.join().unwrap_or(Ok(()))
    })
}

/// Copies a body to the backend. Fails when the body breaks off; a backend that ended early misses nothing.
fn feed(body: &mut impl Read, stdin: ChildStdin) -> io::Result<()> {
    let mut stdin = Some(stdin);
    let mut buffer = vec![0; 65_536];
    loop {
        let count = body.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        // The rest of the body has to leave the connection all the same.
        stdin = stdin.filter(|mut pipe| pipe.write_all(&buffer[..count]).is_ok());
    }
}

/// Turns CGI's headers into HTTP's and sends the rest in chunks.
fn send_answer(stdout: &mut BufReader<impl Read>, output: &mut TcpStream) -> io::Result<()> {
    let headers = read_headers(stdout)?;
    let status = headers
        .iter()
        .find(|(name, _)| name == "status")
        .map_or("200 OK", |(_, value)| value);
    let mut head = format!("HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n");
    for (name, value) in headers
        .iter()
        .filter(|(name, _)| name != "status" && name != "content-length")
    {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    output.write_all(head.as_bytes())?;
    loop {
        let chunk = stdout.fill_buf()?;
        if chunk.is_empty() {
            return output.write_all(b"0\r\n\r\n");
        }
        let length = chunk.len();
        output.write_all(&[format!("{length:x}\r\n").as_bytes(), chunk, b"\r\n"].concat())?;
        stdout.consume(length);
    }
}

fn command(host: &CgiHost, head: &RequestHead) -> Command {
    let mut command = Command::new(&host.http_backend);
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*");
    command
        .env("GIT_PROJECT_ROOT", &host.root)
        .env("GIT_HTTP_EXPORT_ALL", "1");
    command
        .env("REQUEST_METHOD", &head.method)
        .env("PATH_INFO", &head.path)
        .env("QUERY_STRING", &head.query);
    command.env("REMOTE_ADDR", "127.0.0.1").env("REMOTE_USER", "admin");
    let forwarded = [
        ("content-type", "CONTENT_TYPE"),
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ];
    for (header, variable) in forwarded {
        if let Some(value) = head.header(header) {
            command.env(variable, value);
        }
    }
    command
}
