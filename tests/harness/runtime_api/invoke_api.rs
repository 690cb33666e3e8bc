//! The two ways in which an SDK invokes a function: waiting for its answer, or not.

use std::{
    collections::BTreeMap,
    io::{self, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use super::{ANSWER_LIMIT, ASYNC_EVENT_LIMIT, EVENT_LIMIT, Function, FunctionError};
use crate::http_server::{Acceptor, RequestHead};

/// An endpoint for `Invoke`, to be given to a process as `AWS_ENDPOINT_URL_LAMBDA`. Dropping it stops accepting.
///
/// Asynchronous invocations are tried once; Lambda would try a failing one twice more.
#[derive(Debug)]
pub struct LambdaApi {
    acceptor: Acceptor,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    functions: Mutex<BTreeMap<String, Function>>,
    queued: Mutex<Queued>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queued {
    pending: usize,
    failed: Vec<(String, FunctionError)>,
}

impl LambdaApi {
    /// Starts an endpoint that knows no function.
    pub fn start() -> Self {
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let acceptor = Acceptor::start(move |stream| serve(stream, &shared));
        Self { acceptor, state }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.acceptor.address())
    }

    /// Makes a function known. Its own environment can name this endpoint, as functions are known after it started.
    pub fn add(&self, function: &Function) {
        let mut functions = self.state.functions.lock().expect("nothing panics while it holds this");
        functions.insert(function.name().to_owned(), function.clone());
    }

    /// Waits until no asynchronous invocation is left; answers those that failed since the last call, by function.
    pub fn wait_until_idle(&self, at_most: Duration) -> Vec<(String, FunctionError)> {
        let queued = self.state.queued.lock().expect("nothing panics while it holds this");
        let waited = self
            .state
            .changed
            .wait_timeout_while(queued, at_most, |queued| queued.pending > 0);
        let (mut queued, timeout) = waited.expect("nothing panics while it holds this");
        assert!(!timeout.timed_out(), "asynchronous invocations are still at work");
        std::mem::take(&mut queued.failed)
    }
}

fn serve(stream: TcpStream, state: &Arc<State>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::with_capacity(65_536, stream);
    while let Some(head) = RequestHead::read(&mut input)? {
        if head.expects_continue() {
            output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut event = Vec::new();
        let limit = EVENT_LIMIT as u64 + 1;
        let mut body = head.body(&mut input)?;
        (&mut body).take(limit).read_to_end(&mut event)?;
        io::copy(&mut body, &mut io::sink())?;
        let (status, headers, answer) = invoke(&head, event, state);
        let text = format!(
            "HTTP/1.1 {status} \r\n{headers}x-amzn-requestid: harness\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        output.write_all(&[text.as_bytes(), &answer].concat())?;
    }
    Ok(())
}

type Answered = (u16, &'static str, Vec<u8>);

fn invoke(head: &RequestHead, event: Vec<u8>, state: &Arc<State>) -> Answered {
    let name = head
        .path
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|rest| rest.strip_suffix("/invocations"));
    let name = name.unwrap_or_default().replace("%3A", ":");
    let name = name.rsplit(':').next().unwrap_or_default();
    let functions = state.functions.lock().expect("nothing panics while it holds this");
    let Some(function) = functions.get(name).cloned() else {
        return refused(
            404,
            "x-amzn-errortype: ResourceNotFoundException\r\n",
            "Function not found",
        );
    };
    drop(functions);
    let asynchronous = head.header("x-amz-invocation-type") == Some("Event");
    if event.len() > if asynchronous { ASYNC_EVENT_LIMIT } else { EVENT_LIMIT } {
        let text = "Request must be smaller than the limit for the Invoke operation";
        return refused(413, "x-amzn-errortype: RequestTooLargeException\r\n", text);
    }
    if asynchronous {
        enqueue(function, event, state);
        return (202, "", Vec::new());
    }
    match function.invoke(&event) {
        Ok(answer) if answer.len() > ANSWER_LIMIT => {
            let text = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
            let error = format!(r#"{{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"{text}"}}"#);
            (200, "x-amz-function-error: Unhandled\r\n", error.into_bytes())
        }
        Ok(answer) => (200, "x-amz-executed-version: $LATEST\r\n", answer),
        Err(error) if error.kind == "TooManyRequestsException" => {
            refused(429, "x-amzn-errortype: TooManyRequestsException\r\n", "Rate Exceeded.")
        }
        Err(error) => (200, "x-amz-function-error: Unhandled\r\n", error.payload.into_bytes()),
    }
}

fn refused(status: u16, headers: &'static str, message: &str) -> Answered {
    let body = format!(r#"{{"Type":"User","Message":"{message}"}}"#);
    (status, headers, body.into_bytes())
}

fn enqueue(function: Function, event: Vec<u8>, state: &Arc<State>) {
    let queue = |state: &State, change: &dyn Fn(&mut Queued)| {
        change(&mut state.queued.lock().expect("nothing panics while it holds this"));
        state.changed.notify_all();
    };
    queue(state, &|queued| queued.pending += 1);
    let state = Arc::clone(state);
    thread::spawn(move || {
        let failed = function.invoke(&event).err();
        queue(&state, &|queued| {
            queued.pending -= 1;
            queued
                .failed
                .extend(failed.clone().map(|error| (function.name().to_owned(), error)));
        });
    });
}
