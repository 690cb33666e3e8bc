//! The requests of git's clients, sent by one that throws the answers away: what they take is the server's time.

use std::{collections::BTreeSet, net::SocketAddr};

use packhouse_harness::{
    http::{self, Connection},
    pkt::{self, Packet},
};

/// Capabilities that git sends with every command of protocol v2.
const CAPABILITIES: [&str; 2] = ["agent=git/2.47.3", "object-format=sha1"];

/// A client of one repository, over one connection.
pub(crate) struct RawClient {
    connection: Connection,
    path: String,
    authorization: String,
}

impl RawClient {
    /// Connects to a server for the repository whose URL has this path.
    pub(crate) fn open(server: SocketAddr, path: String, authorization: String) -> Self {
        Self {
            connection: Connection::open(server),
            path,
            authorization,
        }
    }

    /// What every fetch begins with: the advertisement, and the refs below `prefix`.
    pub(crate) fn look(&mut self, prefix: &str) {
        let request = self.request("GET", "/info/refs?service=git-upload-pack", &[], b"");
        self.exchange(&request);
        let request = self.ls_refs(prefix);
        self.exchange(&request);
    }

    fn ls_refs(&self, prefix: &str) -> Vec<u8> {
        let prefix = format!("ref-prefix {prefix}");
        self.command("ls-refs", ["peel", "symrefs", "unborn", prefix.as_str()])
    }

    /// The same; answers what these refs point to.
    pub(crate) fn refs(&mut self, prefix: &str) -> BTreeSet<String> {
        let request = self.request("GET", "/info/refs?service=git-upload-pack", &[], b"");
        self.exchange(&request);
        let request = self.ls_refs(prefix);
        self.connection.send(&request).expect("the server reads");
        let listed = self.connection.response().expect("the server answers").body;
        let packets = pkt::parse(&listed).into_iter();
        let ids = packets.filter_map(|packet| match packet {
            Packet::Data(line) => Some(String::from_utf8_lossy(line.get(..40)?).into_owned()),
            _ => None,
        });
        ids.collect()
    }

    /// A fetch with these arguments; answers the bytes of the answer.
    pub(crate) fn fetch<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) -> u64 {
        let request = self.command("fetch", arguments);
        let received = self.exchange(&request);
        assert!(received > 100, "{} answers with a pack", self.path);
        received
    }

    fn command<'a>(&self, command: &str, arguments: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
        let mut body = pkt::line(format!("command={command}\n"));
        CAPABILITIES
            .iter()
            .for_each(|capability| body.extend(pkt::line(capability)));
        body.extend(pkt::DELIMITER);
        arguments
            .into_iter()
            .for_each(|argument| body.extend(pkt::line(format!("{argument}\n"))));
        body.extend(pkt::FLUSH);
        let content_type = ("Content-Type", "application/x-git-upload-pack-request");
        self.request("POST", "/git-upload-pack", &[content_type], &body)
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut all = vec![
            ("Authorization", self.authorization.as_str()),
            ("Git-Protocol", "version=2"),
        ];
        all.extend(headers);
        http::request(method, &format!("{}{path}", self.path), &all, body)
    }

    fn exchange(&mut self, request: &[u8]) -> u64 {
        self.connection.send(request).expect("the server reads");
        let (status, received) = self.connection.discard().expect("the server answers");
        assert_eq!(status, 200, "{}", self.path);
        received
    }
}
