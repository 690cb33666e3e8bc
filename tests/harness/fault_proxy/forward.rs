//! One connection of a client, and one to the service behind it.

use std::{
    io::{self, BufReader, Read, Write as _},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use super::{Answer, Fault, State, capacity, operation};
use crate::{
    http::{ChunkedReader, invalid, read_head},
    http_server::{LengthReader, RequestHead},
};

/// Bodies of calls that carry JSON; DynamoDB takes 16 MB at most.
const JSON_LIMIT: u64 = 32 * 1024 * 1024;

/// A service that stays silent for longer than this hangs.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The headers that belong to one hop.
const HOP: [&str; 5] = [
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "expect",
];

/// Serves a connection until either side closes it, or a fault does.
pub(super) fn serve(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(65_536, stream);
    let mut service = None;
    let served = loop {
        match exchange(&mut input, &mut output, &mut service, state) {
            Ok(true) => {}
            ended => break ended,
        }
    };
    output.shutdown(Shutdown::Both).ok();
    served.map(drop)
}

/// A call that is under way; dropping it says that it ended.
struct UnderWay<'a>(&'a State);

impl<'a> UnderWay<'a> {
    fn new(state: &'a State) -> Self {
        *state.under_way.lock().expect("nothing panics while it holds this") += 1;
        Self(state)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        *self.0.under_way.lock().expect("nothing panics while it holds this") -= 1;
        self.0.ended.notify_all();
    }
}

/// Serves one request; false when the connection shall end.
fn exchange(
    input: &mut BufReader<TcpStream>,
    output: &mut TcpStream,
    service: &mut Option<BufReader<TcpStream>>,
    state: &State,
) -> io::Result<bool> {
    let Some(head) = RequestHead::read(input)? else {
        return Ok(false);
    };
    let _under_way = UnderWay::new(state);
    let operation = operation::of(&head);
    if head.expects_continue() {
        output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let mut body = head.body(input)?;
    // What carries JSON is small, and rules and units look into it.
    let small = head.header("x-amz-target").is_some() || operation == "Invoke";
    let mut json = Vec::new();
    if small {
        (&mut body).take(JSON_LIMIT).read_to_end(&mut json)?;
    }
    let fault = state.fault_for(&operation, &format!("{}?{}", head.path, head.query), &json);
    {
        let mut tally = state.tally();
        let calls = tally.entry(&operation);
        calls.count += 1;
        calls.faults += u64::from(fault.is_some());
        calls.bytes_in += json.len() as u64;
    }
    match &fault {
        Some(Fault::DropBefore) => return Ok(false),
        Some(Fault::Answer(answer)) => {
            io::copy(&mut body, &mut io::sink())?;
            send_instead(answer, &head, &json, output)?;
            return Ok(!head.closes());
        }
        _ => {}
    }
    let upstream = connected(service, state)?;
    if small {
        send_request(&head, &mut json.as_slice(), json.len() as u64, upstream.get_mut())?;
    } else {
        let sent = send_request(
            &head,
            &mut body,
            head.content_length()?.unwrap_or(0),
            upstream.get_mut(),
        )?;
        state.tally().entry(&operation).bytes_in += sent;
    }
    let call = Call {
        operation: &operation,
        head: &head,
        json: small.then_some(json.as_slice()),
        fault: fault.as_ref(),
        state,
    };
    let keep = call.pass_answer_on(upstream, output)?;
    Ok(keep && !head.closes())
}

/// The connection to the service, made anew if there is none that lives.
fn connected<'a>(
    service: &'a mut Option<BufReader<TcpStream>>,
    state: &State,
) -> io::Result<&'a mut BufReader<TcpStream>> {
    let lives = service.take().filter(|open| is_open(open.get_ref()));
    let open = match lives {
        Some(open) => open,
        None => {
            let stream = TcpStream::connect(state.target)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            BufReader::with_capacity(65_536, stream)
        }
    };
    Ok(service.insert(open))
}

/// An idle connection that has something to read was closed.
fn is_open(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).ok();
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false).ok();
    matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Passes a request on; answers how long its body was.
fn send_request(head: &RequestHead, body: &mut impl Read, length: u64, service: &mut TcpStream) -> io::Result<u64> {
    let query = if head.query.is_empty() {
        String::new()
    } else {
        format!("?{}", head.query)
    };
    let chunked = head.is_chunked() && head.header("x-amz-target").is_none();
    let mut text = format!("{} {}{query} HTTP/1.1\r\n", head.method, head.path);
    push_headers(&mut text, &head.headers);
    let framing = if chunked {
        "transfer-encoding: chunked\r\n\r\n".to_owned()
    } else {
        format!("content-length: {length}\r\n\r\n")
    };
    text.push_str(&framing);
    service.write_all(text.as_bytes())?;
    copy(body, service, chunked, None)
}

fn push_headers(text: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers.iter().filter(|(name, _)| !HOP.contains(&name.as_str())) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
}

/// Copies a body as it comes, in pieces with pauses if so asked; answers how long it was.
fn copy(
    body: &mut impl Read,
    output: &mut TcpStream,
    chunked: bool,
    slowly: Option<(usize, Duration)>,
) -> io::Result<u64> {
    let piece = slowly.map_or(65_536, |(piece, _)| piece.max(1));
    let mut buffer = vec![0; piece];
    let mut copied = 0;
    loop {
        let count = body.read(&mut buffer)?;
        let bytes = &buffer[..count];
        if count == 0 {
            if chunked {
                output.write_all(b"0\r\n\r\n")?;
            }
            return Ok(copied);
        }
        if let Some((_, pause)) = slowly {
            thread::sleep(pause);
        }
        if chunked {
            output.write_all(&[format!("{count:x}\r\n").as_bytes(), bytes, b"\r\n"].concat())?;
        } else {
            output.write_all(bytes)?;
        }
        copied += count as u64;
    }
}

/// Answers in the place of the service.
fn send_instead(answer: &Answer, head: &RequestHead, request: &[u8], output: &mut TcpStream) -> io::Result<()> {
    let answer = answer.render(request);
    let id = "x-amzn-requestid: FAULTPROXY\r\nx-amz-request-id: FAULTPROXY";
    let body = if head.method == "HEAD" { "" } else { &answer.body };
    let text = format!(
        "HTTP/1.1 {} Fault\r\ncontent-type: {}\r\n{id}\r\ncontent-length: {}\r\n\r\n{body}",
        answer.status,
        answer.content_type,
        body.len()
    );
    output.write_all(text.as_bytes())
}

/// A call that the service was asked.
struct Call<'a> {
    operation: &'a str,
    head: &'a RequestHead,
    json: Option<&'a [u8]>,
    fault: Option<&'a Fault>,
    state: &'a State,
}

impl Call<'_> {
    /// Passes the service's answer on; false when the connection shall end.
    fn pass_answer_on(&self, service: &mut BufReader<TcpStream>, output: &mut TcpStream) -> io::Result<bool> {
        let (status, headers) = read_head(service)?;
        let find = |name: &str| {
            let found = headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let length = find("content-length").map(|value| value.parse::<u64>().map_err(|_| invalid("a broken length")));
        let length = length.transpose()?;
        let mut whole = Vec::new();
        let empty = self.head.method == "HEAD" || matches!(status, 204 | 304);
        let mut body: Box<dyn Read + '_> = if empty {
            Box::new(io::empty())
        } else if find("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            Box::new(ChunkedReader::new(&mut *service))
        } else if let Some(length) = length {
            Box::new(LengthReader::new(&mut *service, length))
        } else {
            Box::new(&mut *service)
        };
        if self.json.is_some() {
            body.read_to_end(&mut whole)?;
            self.count_units(status, &whole);
            body = Box::new(whole.as_slice());
        }
        match self.fault {
            Some(Fault::DropAfter) => {
                io::copy(&mut body, &mut io::sink())?;
                return Ok(false);
            }
            Some(Fault::Delay(delay)) => thread::sleep(*delay),
            _ => {}
        }
        let mut text = format!("HTTP/1.1 {status} \r\n");
        push_headers(&mut text, &headers);
        // Of an answer without a length only the chunked coding tells where it ends.
        let chunked = !empty && length.is_none();
        match length {
            Some(length) => text.push_str(&format!("content-length: {length}\r\n\r\n")),
            None if chunked => text.push_str("transfer-encoding: chunked\r\n\r\n"),
            None => text.push_str("\r\n"),
        }
        output.write_all(text.as_bytes())?;
        let (sent, keep) = self.send_body(&mut body, output, chunked)?;
        self.state.tally().entry(self.operation).bytes_out += sent;
        Ok(keep)
    }

    fn send_body(&self, body: &mut dyn Read, output: &mut TcpStream, chunked: bool) -> io::Result<(u64, bool)> {
        match self.fault {
            Some(Fault::Cut { after }) => {
                let mut part = Vec::new();
                body.take(*after).read_to_end(&mut part)?;
                if chunked {
                    output.write_all(format!("{:x}\r\n", part.len() + 1).as_bytes())?;
                }
                output.write_all(&part)?;
                Ok((part.len() as u64, false))
            }
            Some(Fault::Trickle { piece, pause }) => {
                let mut body = body;
                Ok((copy(&mut body, output, chunked, Some((*piece, *pause)))?, true))
            }
            _ => {
                let mut body = body;
                Ok((copy(&mut body, output, chunked, None)?, true))
            }
        }
    }

    fn count_units(&self, status: u16, answer: &[u8]) {
        if status != 200 {
            return;
        }
        let units = capacity::of(self.operation, self.json.unwrap_or_default(), answer);
        let mut tally = self.state.tally();
        let calls = tally.entry(self.operation);
        calls.read_units += units.read;
        calls.write_units += units.write;
    }
}
