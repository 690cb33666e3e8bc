//! What the server says of a push: text for the user, and the report (`gitprotocol-pack(5)`).

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Read, Write};

use packhouse_git::pkt_line::{self, Line, LineBuffer, Lines, MAX_LINE, printable};
use packhouse_git::sideband::{self, Band};

use crate::api::Failure;

/// The longest report that is read, in bytes.
const MAX_REPORT: usize = 64 << 20;

/// What became of a push.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Why the pack was refused.
    pub(crate) refused: Option<String>,
    /// What became of each ref: done, or refused for a reason.
    pub(crate) refs: BTreeMap<Vec<u8>, Result<(), String>>,
}

/// Reads the answer to a push, and shows the user what is meant for them.
pub(crate) fn read(mut answer: impl Read, show: &mut Shown<impl Write>) -> Result<Report, Failure> {
    let mut lines = LineBuffer::new(2 * MAX_LINE);
    let mut report = Vec::new();
    let mut piece = [0; 16 << 10];
    let lost = |why: String| Failure::Away(format!("the server's answer broke off: {why}"));
    loop {
        while let Some(line) = lines.read().map_err(|error| Failure::Fatal(error.into()))? {
            let data = match line {
                Line::Data(data) => data,
                Line::Flush => return parsed(&report),
                Line::Delim | Line::ResponseEnd => continue,
            };
            if let Some(message) = data.strip_prefix(b"ERR ") {
                return Err(fatal(message));
            }
            match sideband::decode(data).map_err(|error| Failure::Fatal(error.into()))? {
                (Band::Data, payload) => {
                    report.extend_from_slice(payload);
                    if report.len() > MAX_REPORT {
                        return Err(fatal(b"the server's report does not end"));
                    }
                }
                (Band::Progress, text) => show.text(text),
                (Band::Fatal, text) => return Err(fatal(text)),
            }
        }
        let count = answer.read(&mut piece).map_err(|error| lost(error.to_string()))?;
        if count == 0 {
            return Err(lost("it ended early".into()));
        }
        lines
            .feed(&piece[..count])
            .map_err(|error| Failure::Fatal(error.into()))?;
    }
}

fn fatal(message: &[u8]) -> Failure {
    let message = printable(&String::from_utf8_lossy(message));
    Failure::Fatal(anyhow::anyhow!("remote: {}", message.trim()))
}

fn parsed(report: &[u8]) -> Result<Report, Failure> {
    let malformed = |error: pkt_line::ReadError| Failure::Fatal(error.into());
    let mut lines = Lines::new(report);
    let mut found = Report::default();
    let first = lines.expect().map_err(malformed)?.text().unwrap_or_default();
    match first.strip_prefix(b"unpack ") {
        Some(b"ok") => {}
        Some(why) => found.refused = Some(printable(&String::from_utf8_lossy(why))),
        None => return Err(fatal(b"the server sends no report")),
    }
    while let Some(line) = lines.read().map_err(malformed)?.and_then(Line::text) {
        if let Some(name) = line.strip_prefix(b"ok ") {
            found.refs.insert(name.to_vec(), Ok(()));
        } else if let Some(rest) = line.strip_prefix(b"ng ") {
            let space = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
            let why = rest.get(space + 1..).unwrap_or(b"failed");
            let why = printable(&String::from_utf8_lossy(why));
            found.refs.insert(rest[..space].to_vec(), Err(why));
        }
    }
    Ok(found)
}

/// Where text from the server is shown, each line behind `remote: `.
pub(crate) struct Shown<W> {
    out: W,
    /// What clears the rest of a line that is longer than the next one.
    clear: &'static str,
    is_inside: bool,
}

impl Shown<std::io::Stderr> {
    pub(crate) fn to_user() -> Self {
        let out = std::io::stderr();
        let clear = if out.is_terminal() { "\x1b[K" } else { "        " };
        Self {
            out,
            clear,
            is_inside: false,
        }
    }
}

impl<W: Write> Shown<W> {
    fn text(&mut self, text: &[u8]) {
        let mut shown = String::new();
        for char in String::from_utf8_lossy(text).chars() {
            if !std::mem::replace(&mut self.is_inside, true) {
                shown.push_str("remote: ");
            }
            match char {
                '\n' | '\r' => {
                    shown.push_str(self.clear);
                    shown.push(char);
                    self.is_inside = false;
                }
                '\t' => shown.push(char),
                // The server is not to move the user's cursor.
                char if char.is_control() => shown.push('?'),
                char => shown.push(char),
            }
        }
        // Where stderr is gone there is nobody left to tell.
        drop(self.out.write_all(shown.as_bytes()).and_then(|()| self.out.flush()));
    }
}

#[cfg(test)]
mod tests {
    use packhouse_git::sideband::Mode;

    use super::*;

    fn shown(out: &mut Vec<u8>) -> Shown<&mut Vec<u8>> {
        Shown {
            out,
            clear: "",
            is_inside: false,
        }
    }

    fn on_bands(parts: &[(Band, &[u8])]) -> Vec<u8> {
        let mut answer = Vec::new();
        for (band, text) in parts {
            sideband::write(&mut answer, Mode::Large, *band, text);
        }
        answer.extend_from_slice(b"0000");
        answer
    }

    #[test]
    fn reports_are_read_and_text_is_shown() {
        let mut report = Vec::new();
        for line in [
            "unpack ok\n",
            "ok refs/heads/a\n",
            "ng refs/heads/b stale info\n",
            "option old-oid 1\n",
            "ng x\n",
        ] {
            pkt_line::write(&mut report, &[line.as_bytes()]).unwrap();
        }
        report.extend_from_slice(b"0000");
        let (first, second) = report.split_at(20);
        let answer = on_bands(&[
            (Band::Progress, b"Resolving: 50%\rResol"),
            (Band::Data, first),
            (Band::Progress, b"ving: 100%, done.\n\x1b[2Jred\n"),
            (Band::Progress, b""),
            (Band::Data, second),
        ]);
        let mut out = Vec::new();
        let found = read(answer.as_slice(), &mut shown(&mut out)).unwrap();
        assert_eq!(found.refused, None);
        let refs = [
            ("refs/heads/a", Ok(())),
            ("refs/heads/b", Err("stale info".to_owned())),
            ("x", Err("failed".to_owned())),
        ];
        assert_eq!(
            found.refs,
            refs.map(|(name, what)| (name.as_bytes().to_vec(), what)).into()
        );
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "remote: Resolving: 50%\rremote: Resolving: 100%, done.\nremote: ?[2Jred\n"
        );
    }

    #[test]
    fn an_answer_that_breaks_off_is_lost_and_one_that_says_no_is_final() {
        let mut report = Vec::new();
        pkt_line::write(&mut report, &[b"unpack ok\n"]).unwrap();
        let whole = on_bands(&[(Band::Data, &report)]);
        let read = |answer: &[u8]| read(answer, &mut shown(&mut Vec::new()));
        assert!(read(&whole).is_ok());
        for end in 0..whole.len() {
            assert!(matches!(read(&whole[..end]), Err(Failure::Away(_))), "cut at {end}");
        }
        let refused = on_bands(&[(Band::Fatal, b"no\x07 way\n")]);
        let Err(Failure::Fatal(error)) = read(&refused) else {
            unreachable!("a fatal line is final")
        };
        assert_eq!(error.to_string(), "remote: no  way");
        for bad in [
            &b"0007ERR"[..],
            b"000fERR no way\n",
            b"what?",
            b"0005\x07",
            b"0000",
            b"0005\x010000",
        ] {
            assert!(matches!(read(bad), Err(Failure::Fatal(_))), "{}", bad.escape_ascii());
        }
    }
}
