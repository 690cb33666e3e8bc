//! What git asks of a credential helper (`git-credential(1)`, input and output format).

use std::io::Read;

use anyhow::{Context as _, Result, ensure};

/// The longest question that is read.
const MAX: u64 = 64 << 10;

/// What credentials are for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// `https`, or `http`.
    protocol: String,
    /// The host, with its port if it is not the protocol's own.
    pub(super) host: String,
    /// The path without its first slash; git tells it with `credential.useHttpPath` only.
    pub(super) path: Option<String>,
}

impl Question {
    /// Reads a question; `None` when it is not about a host that speaks HTTP, which is for other helpers.
    pub(super) fn read(input: impl Read) -> Result<Option<Self>> {
        let mut text = Vec::new();
        input.take(MAX + 1).read_to_end(&mut text).context("git asks nothing")?;
        ensure!(text.len() <= 64 << 10, "git asks in more than {MAX} bytes");
        let text = String::from_utf8(text).context("git asks in another encoding than UTF-8")?;
        let field = |name: &str| {
            let fields = text.lines().take_while(|line| !line.is_empty());
            // What comes later counts.
            let values = fields
                .filter_map(|line| line.split_once('='))
                .filter(|(key, _)| *key == name);
            values.last().map(|(_, value)| value.to_owned())
        };
        let (Some(protocol), Some(host)) = (field("protocol"), field("host").filter(|host| !host.is_empty())) else {
            return Ok(None);
        };
        let speaks_http = matches!(protocol.as_str(), "http" | "https");
        Ok(speaks_http.then(|| Self {
            protocol,
            host,
            path: field("path").filter(|path| !path.is_empty()),
        }))
    }

    /// Whether the path, as far as git tells it, is one of a repository here.
    pub(super) fn may_be_ours(&self) -> bool {
        let path = self.path.as_deref();
        path.is_none_or(|path| path.starts_with("v1/repos/") || path.contains("/v1/repos/"))
    }

    /// The URL of the host.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.protocol, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Option<Question>> {
        Question::read(text)
    }

    #[test]
    fn questions_are_read() {
        let asked = |host: &str, path: Option<&str>| {
            Some(Question {
                protocol: "https".into(),
                host: host.into(),
                path: path.map(str::to_owned),
            })
        };
        let rows = [
            (
                "protocol=https\nhost=a.b:8443\npath=v1/repos/x\n\n",
                asked("a.b:8443", Some("v1/repos/x")),
            ),
            ("protocol=https\nhost=a.b\n", asked("a.b", None)),
            ("protocol=https\nhost=a.b\npath=", asked("a.b", None)),
            (
                "capability[]=state\nprotocol=https\nhost=a.b\npath=x=y\nwwwauth[]=Basic realm=\"z\"\nunknown\n",
                asked("a.b", Some("x=y")),
            ),
            ("protocol=https\nhost=x\nhost=a.b\n", asked("a.b", None)),
            ("protocol=https\nhost=a.b\n\npath=behind\n", asked("a.b", None)),
            ("protocol=cert\npath=/x\n", None),
            ("protocol=smtp\nhost=a.b\n", None),
            ("protocol=https\nhost=\n", None),
            ("", None),
        ];
        for (text, expect) in rows {
            assert_eq!(read(text.as_bytes()).unwrap(), expect, "{text}");
        }
    }

    #[test]
    fn other_hosts_are_left_to_other_helpers() {
        for (path, expect) in [
            ("path=v1/repos/demo\n", true),
            ("path=prod/v1/repos/demo\n", true),
            ("", true),
            ("path=someone/demo.git\n", false),
            ("path=xv1/repos/demo\n", false),
        ] {
            let question = read(format!("protocol=https\nhost=a.b\n{path}").as_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(question.may_be_ours(), expect, "{path}");
        }
    }

    #[test]
    fn questions_without_end_and_without_sense_are_refused() {
        assert!(Question::read(std::io::repeat(b'a')).is_err());
        assert!(read(b"host=\xff\n").is_err());
    }
}
