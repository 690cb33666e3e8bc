//! One connection of a client: requests in, answers out.

use std::{
    io::{self, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Instant,
};

use serde_json::Value;

use super::{
    Answered, BODY_LIMIT, State,
    answer::{self, Meta},
    authorizer,
    event::Incoming,
    headers,
    responses::{self, GatewayResponse},
    routes,
};
use crate::{
    clock,
    http_server::RequestHead,
    runtime_api::{ANSWER_LIMIT, EVENT_LIMIT, Function, Invocation, Next},
};

/// Serves a connection until the client closes it, or an answer breaks off.
pub(super) fn serve(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let source_ip = stream.peer_addr()?.ip().to_string();
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(65_536, stream);
    let served = loop {
        match serve_request(&mut input, &mut output, &source_ip, state) {
            Ok(true) => {}
            ended => break ended,
        }
    };
    output.shutdown(Shutdown::Both).ok();
    served.map(drop)
}

/// Serves one request; false when the connection shall end.
fn serve_request(
    input: &mut BufReader<TcpStream>,
    output: &mut TcpStream,
    source_ip: &str,
    state: &State,
) -> io::Result<bool> {
    let Some(head) = RequestHead::read(input)? else {
        return Ok(false);
    };
    let began = Instant::now();
    let mut underway = UnderWay::new(state);
    let mut client = Client {
        head: &head,
        output,
        request_id: clock::request_id(),
        status: 0,
    };
    let (result, keep) = match read_body(&head, input, client.output)? {
        Some(body) => {
            let answered = answer_request(&mut client, &body, source_ip, state);
            (answered, !head.closes())
        }
        None => (Err(Failure::Says(responses::TOO_LARGE)), false),
    };
    let whole = match result {
        Ok(()) => Ok(()),
        Err(Failure::Says(response)) => client.send_response(response, state),
        Err(Failure::Broken(error)) => Err(error),
    };
    let answered = Answered {
        method: head.method.clone(),
        path: head.path.clone(),
        status: client.status,
        took: began.elapsed(),
        whole: whole.is_ok(),
    };
    underway.answered = Some(answered);
    whole.map(|()| keep)
}

/// A request that is under way; dropping it says that it ended.
struct UnderWay<'a> {
    state: &'a State,
    answered: Option<Answered>,
}

impl<'a> UnderWay<'a> {
    fn new(state: &'a State) -> Self {
        state.requests().under_way += 1;
        Self { state, answered: None }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut requests = self.state.requests();
        requests.under_way -= 1;
        requests.answered.extend(self.answered.take());
        self.state.ended.notify_all();
    }
}

/// Reads a body whole, however it is framed; none when it is too large.
fn read_body(
    head: &RequestHead,
    input: &mut BufReader<TcpStream>,
    output: &mut TcpStream,
) -> io::Result<Option<Vec<u8>>> {
    let announced = head.content_length()?.unwrap_or(0);
    if head.expects_continue() {
        if announced > BODY_LIMIT {
            return Ok(None);
        }
        output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = Vec::new();
    let mut reader = head.body(input)?;
    (&mut reader).take(BODY_LIMIT + 1).read_to_end(&mut body)?;
    if body.len() as u64 <= BODY_LIMIT {
        return Ok(Some(body));
    }
    // Clients that are still sending would not read the answer.
    io::copy(&mut reader, &mut io::sink())?;
    Ok(None)
}

/// Why there is no answer of the function.
enum Failure {
    /// The gateway answers instead.
    Says(GatewayResponse),
    /// The connection has to end, in the middle of an answer or because the client left.
    Broken(io::Error),
}

impl From<GatewayResponse> for Failure {
    fn from(response: GatewayResponse) -> Self {
        Self::Says(response)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

fn answer_request(client: &mut Client<'_>, body: &[u8], source_ip: &str, state: &State) -> Result<(), Failure> {
    let config = &state.config;
    let head = client.head;
    let path = if config.custom_domain {
        Some(head.path.as_str())
    } else {
        let below = head
            .path
            .strip_prefix('/')
            .and_then(|path| path.strip_prefix(config.stage.as_str()));
        below.filter(|path| path.is_empty() || path.starts_with('/'))
    };
    let path = path.ok_or(responses::FORBIDDEN)?;
    let path = if path.is_empty() { "/" } else { path };
    let matched = routes::find(&config.routes, &head.method, path).ok_or(responses::NO_ROUTE)?;
    let request_id = client.request_id.clone();
    let incoming = Incoming {
        config,
        head,
        matched: &matched,
        path,
        request_id: &request_id,
        source_ip: source_ip.to_owned(),
    };
    let mut context = Value::Null;
    if matched.route.authorized {
        let authorizer = config.authorizer.as_ref().ok_or(responses::AUTHORIZER_FAILED)?;
        context = authorizer::authorize(authorizer, &incoming)?;
    }
    let event = incoming.proxy_event(body, &context).to_string();
    if event.len() > EVENT_LIMIT {
        return Err(responses::TOO_LARGE.into());
    }
    let deadline = Instant::now() + matched.route.timeout;
    let invocation = start(&matched.route.function, &event)?;
    if matched.route.streams {
        stream(client, invocation, deadline)
    } else {
        buffer(client, invocation, deadline)
    }
}

fn start(function: &Function, event: &str) -> Result<Invocation, Failure> {
    // A function that is throttled is not the client's fault: 500.
    function.start(event.as_bytes()).map_err(|_| responses::INTERNAL.into())
}

/// Waits for the whole answer and sends it.
fn buffer(client: &mut Client<'_>, mut invocation: Invocation, deadline: Instant) -> Result<(), Failure> {
    let mut answer = Vec::new();
    loop {
        match invocation.next_data_until(Some(deadline)) {
            Ok(Next::Data(data)) => answer.extend(data),
            Ok(Next::End) => break,
            Ok(Next::NotYet) => return Err(responses::TIMED_OUT.into()),
            Err(_) => return Err(responses::FUNCTION_FAILED.into()),
        }
        if answer.len() > ANSWER_LIMIT {
            return Err(responses::FUNCTION_FAILED.into());
        }
    }
    let (meta, body) = answer::buffered(&answer)?;
    let mut headers = headers::to_client(meta.headers);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    Ok(client.send(meta.status, &headers, &body)?)
}

/// Waits for the prelude, then sends what comes as it comes.
fn stream(client: &mut Client<'_>, mut invocation: Invocation, deadline: Instant) -> Result<(), Failure> {
    let mut begun = Vec::new();
    let (meta, first) = loop {
        match invocation.next_data_until(Some(deadline)) {
            Ok(Next::Data(data)) => begun.extend(data),
            Ok(Next::NotYet) => return Err(responses::TIMED_OUT.into()),
            Ok(Next::End) | Err(_) => return Err(responses::FUNCTION_FAILED.into()),
        }
        if let Some(found) = answer::prelude(&begun)? {
            break found;
        }
    };
    let mut body = client.begin(Meta {
        status: meta.status,
        headers: headers::to_client(meta.headers),
    })?;
    body.send(&first)?;
    loop {
        match invocation.next_data_until(Some(deadline)) {
            Ok(Next::Data(data)) => body.send(&data)?,
            Ok(Next::End) => return Ok(body.finish()?),
            Ok(Next::NotYet) => return Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            Err(error) => return Err(io::Error::other(error.to_string()).into()),
        }
    }
}

/// Where the answer goes.
struct Client<'a> {
    head: &'a RequestHead,
    output: &'a mut TcpStream,
    request_id: String,
    status: u16,
}

impl Client<'_> {
    fn send_response(&mut self, response: GatewayResponse, state: &State) -> io::Result<()> {
        let (status, headers, body) = response.render(&state.config.responses);
        self.send(status, &headers, body.as_bytes())
    }

    /// Sends a whole answer.
    fn send(&mut self, status: u16, headers: &[(String, String)], body: &[u8]) -> io::Result<()> {
        let mut head = self.head_of(status, headers);
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let body = if self.head.method == "HEAD" { &[] } else { body };
        self.output.write_all(&[head.as_bytes(), body].concat())
    }

    /// Sends the head of an answer whose body streams: chunked, or of the length that the function gave.
    fn begin(&mut self, meta: Meta) -> io::Result<Streamed<'_>> {
        let (length, headers): (Vec<_>, Vec<_>) = meta
            .headers
            .into_iter()
            .partition(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.first().and_then(|(_, value)| value.parse::<u64>().ok());
        let empty = self.head.method == "HEAD" || matches!(meta.status, 100..200 | 204 | 304);
        let framing = match length {
            Some(length) => format!("Content-Length: {length}\r\n\r\n"),
            None if empty => "\r\n".to_owned(),
            None => "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
        };
        let head = self.head_of(meta.status, &headers) + &framing;
        self.output.write_all(head.as_bytes())?;
        let left = if empty {
            Framing::Empty
        } else {
            length.map_or(Framing::Chunked, Framing::Sized)
        };
        Ok(Streamed {
            output: self.output,
            framing: left,
        })
    }

    fn head_of(&mut self, status: u16, headers: &[(String, String)]) -> String {
        self.status = status;
        let mut head = format!("HTTP/1.1 {status} \r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            head.push_str("Content-Type: application/json\r\n");
        }
        let id = &self.request_id;
        head.push_str(&format!("x-amzn-RequestId: {id}\r\nx-amz-apigw-id: SGFybmVzcw=\r\n"));
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }
}

/// The body of an answer that streams.
struct Streamed<'a> {
    output: &'a mut TcpStream,
    framing: Framing,
}

enum Framing {
    Chunked,
    Sized(u64),
    Empty,
}

impl Streamed<'_> {
    fn send(&mut self, data: &[u8]) -> io::Result<()> {
        match &mut self.framing {
            // An empty chunk would end the body.
            _ if data.is_empty() => Ok(()),
            Framing::Empty => Ok(()),
            Framing::Chunked => {
                let size = format!("{:x}\r\n", data.len());
                self.output.write_all(&[size.as_bytes(), data, b"\r\n"].concat())
            }
            Framing::Sized(left) => {
                *left = left
                    .checked_sub(data.len() as u64)
                    .ok_or_else(|| io::Error::other("more than the length that the function gave"))?;
                self.output.write_all(data)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self.framing {
            Framing::Chunked => self.output.write_all(b"0\r\n\r\n"),
            Framing::Sized(0) | Framing::Empty => Ok(()),
            Framing::Sized(_) => Err(io::Error::other("less than the length that the function gave")),
        }
    }
}
