//! Speaks smart HTTP byte by byte, as no git would: for bad input, and to see what is on the wire.

use std::io;

use crate::{
    Server,
    http::{self, Connection, Response},
    pkt::{self, Packet},
};

/// The id of nothing, in SHA-1.
pub const ZERO: &str = "0000000000000000000000000000000000000000";

/// A client of one repository that has the right credentials and bad manners.
#[derive(Debug, Clone)]
pub struct RawGit<'a> {
    server: &'a Server,
    path: String,
    authorization: String,
}

/// What a push answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What follows `unpack `: `ok` or the reason.
    pub unpack: String,
    /// Each ref with `ok` or the reason why not.
    pub refs: Vec<(String, String)>,
    /// What the user sees besides: progress, and the error that ended the answer.
    pub messages: String,
}

impl<'a> RawGit<'a> {
    /// A client of the repository `name`.
    pub fn of(server: &'a Server, name: &str) -> Self {
        let authorization = server.credentials().basic();
        Self {
            server,
            path: format!("/v1/repos/{name}"),
            authorization,
        }
    }

    /// The bytes of a request to a path under the repository, with credentials.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut all = vec![("Authorization", self.authorization.as_str())];
        all.extend(headers);
        http::request(method, &format!("{}{path}", self.path), &all, body)
    }

    /// Sends bytes on a connection of their own and reads one response.
    ///
    /// # Errors
    /// When the server closes the connection without one.
    pub fn exchange(&self, bytes: &[u8]) -> io::Result<Response> {
        let mut connection = Connection::open(self.server.address());
        // A server may answer and close before all is sent, which is no failure of the exchange.
        connection.send(bytes).ok();
        connection.response()
    }

    /// `GET info/refs` of a service, with a header `Git-Protocol`, if any.
    pub fn advertisement(&self, service: &str, protocol: Option<&str>) -> Response {
        let headers: Vec<_> = protocol
            .map(|protocol| ("Git-Protocol", protocol))
            .into_iter()
            .collect();
        let request = self.request("GET", &format!("/info/refs?service={service}"), &headers, b"");
        self.exchange(&request).expect("an advertisement")
    }

    /// The bytes of a `POST git-receive-pack`.
    pub fn receive_pack_request(&self, body: &[u8]) -> Vec<u8> {
        let content_type = ("Content-Type", "application/x-git-receive-pack-request");
        self.request("POST", "/git-receive-pack", &[content_type], body)
    }

    /// The bytes of a `POST git-upload-pack` in protocol v2.
    pub fn upload_pack_request(&self, body: &[u8]) -> Vec<u8> {
        let content_type = ("Content-Type", "application/x-git-upload-pack-request");
        self.request(
            "POST",
            "/git-upload-pack",
            &[content_type, ("Git-Protocol", "version=2")],
            body,
        )
    }

    /// Pushes: `old new ref` commands and a pack.
    pub fn push(&self, commands: &[String], pack: &[u8]) -> Report {
        let body = [push_commands(commands, "report-status side-band-64k"), pack.to_vec()].concat();
        let response = self
            .exchange(&self.receive_pack_request(&body))
            .expect("a push is answered");
        assert_eq!(
            response.status,
            200,
            "a refusal is a message, not a status: {}",
            response.text()
        );
        Report::parse(&response.body)
    }

    /// Creates a ref with a pack.
    pub fn create(&self, name: &str, id: &str, pack: &[u8]) -> Report {
        self.push(&[command(ZERO, id, name)], pack)
    }
}

impl Report {
    /// Reads the sideband answer to a push.
    pub fn parse(body: &[u8]) -> Self {
        let packets = pkt::parse(body);
        // An answer may be `ERR …` instead, which git shows too.
        if let Some(Packet::Data([b'E', b'R', b'R', b' ', reason @ ..])) = packets.first() {
            return Self {
                messages: String::from_utf8_lossy(reason).into_owned(),
                ..Self::default()
            };
        }
        let bands = pkt::bands(packets);
        let mut report = Self {
            messages: bands.progress,
            ..Self::default()
        };
        report.messages.push_str(&bands.error.unwrap_or_default());
        for packet in pkt::parse(&bands.data) {
            let Packet::Data(line) = packet else { continue };
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            if let Some(unpack) = line.strip_prefix("unpack ") {
                unpack.clone_into(&mut report.unpack);
            } else if let Some(name) = line.strip_prefix("ok ") {
                report.refs.push((name.to_owned(), "ok".to_owned()));
            } else if let Some((name, reason)) = line.strip_prefix("ng ").and_then(|rest| rest.split_once(' ')) {
                report.refs.push((name.to_owned(), reason.to_owned()));
            }
        }
        report
    }

    /// Fails unless every command was refused; answers all that the user of git can read.
    #[track_caller]
    pub fn refused(&self) -> String {
        let taken: Vec<_> = self.refs.iter().filter(|(_, answer)| answer == "ok").collect();
        assert!(taken.is_empty(), "must be refused: {self:?}");
        let text = format!("{}\n{:?}\n{}", self.unpack, self.refs, self.messages);
        assert!(
            text.trim() != "\n[]" && text.len() > 6,
            "a refusal must tell why: {self:?}"
        );
        text
    }

    /// Fails unless every command was accepted.
    #[track_caller]
    pub fn accepted(&self) {
        let all_ok = !self.refs.is_empty() && self.refs.iter().all(|(_, answer)| answer == "ok");
        assert!(self.unpack == "ok" && all_ok, "must be accepted: {self:?}");
    }
}

/// A command of a push.
pub fn command(old: &str, new: &str, name: &str) -> String {
    format!("{old} {new} {name}")
}

/// The command list of a push with these capabilities, up to its flush.
pub fn push_commands(commands: &[String], capabilities: &str) -> Vec<u8> {
    let with_capabilities = commands.iter().enumerate().map(|(at, command)| match at {
        0 => format!("{command}\0 {capabilities}\n"),
        _ => format!("{command}\n"),
    });
    pkt::lines(with_capabilities)
}
