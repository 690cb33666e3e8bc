//! Transcripts are Git 2.47's own, made with `git receive-pack --stateless-rpc`.

mod report;

use proptest::prelude::*;

use super::*;
use crate::advertisement::RefAdvertisement;
use crate::pkt_line;

const NULL: &str = "0000000000000000000000000000000000000000";
const MAIN: &str = "635eb4d81d8cc414e6b86e5ff6d78a6d22d97f78";
const DEV: &str = "57ef6b409b72f867c799347c562551b1a76536d6";
const SERVER: Server<'_> = Server {
    format: ObjectFormat::Sha1,
    agent: "git/2.47.3",
    session_id: None,
};
const LIMITS: Limits = Limits {
    commands: 3,
    push_options: 2,
    bytes: 2000,
};

fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

fn expand(text: &str) -> String {
    text.replace("<main>", MAIN)
        .replace("<dev>", DEV)
        .replace("<null>", NULL)
}

fn message(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        match *line {
            "0000" | "0001" | "0002" => out.extend_from_slice(line.as_bytes()),
            _ => pkt_line::write(&mut out, &[expand(line).as_bytes()]).unwrap(),
        }
    }
    out
}

/// The commands of a body and the bytes that they take, fed in pieces of `size` bytes; `None` when it ends too early.
fn parse_in_pieces(body: &[u8], size: usize, limits: Limits) -> Result<Option<(Commands, usize)>, Error> {
    let mut parser = CommandParser::new(ObjectFormat::Sha1, limits);
    let mut before = 0;
    for piece in body.chunks(size) {
        match parser.feed(piece)? {
            Progress::NeedMore => before += piece.len(),
            Progress::Done { consumed, commands } => {
                assert!(consumed <= piece.len());
                return Ok(Some((commands, before + consumed)));
            }
        }
    }
    Ok(None)
}

fn parse(lines: &[&str]) -> Result<Option<(Commands, usize)>, Error> {
    parse_in_pieces(&message(lines), usize::MAX, LIMITS)
}

fn command(old: &str, new: &str, name: &str) -> Command {
    Command {
        old: id(old),
        new: id(new),
        name: name.as_bytes().to_vec(),
    }
}

#[test]
fn refs_are_advertised_as_git_does() {
    let mut out = Vec::new();
    let mut refs = RefAdvertisement::new(ObjectFormat::Sha1, capabilities(&SERVER));
    refs.write(&mut out, b"refs/heads/dev", &id(DEV), None).unwrap();
    refs.write(&mut out, b"refs/heads/main", &id(MAIN), None).unwrap();
    refs.finish(&mut out).unwrap();
    let expected = "00bd<dev> refs/heads/dev\0report-status report-status-v2 delete-refs side-band-64k quiet atomic \
                    ofs-delta push-options object-format=sha1 agent=git/2.47.3\n003d<main> refs/heads/main\n0000";
    assert_eq!(String::from_utf8(out).unwrap(), expand(expected));

    let mut out = Vec::new();
    let server = Server {
        session_id: Some("s1"),
        format: ObjectFormat::Sha256,
        ..SERVER
    };
    RefAdvertisement::new(server.format, capabilities(&server))
        .finish(&mut out)
        .unwrap();
    let list = "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options \
                session-id=s1 object-format=sha256 agent=git/2.47.3";
    let expected = format!("00e6{} capabilities^{{}}\0{list}\n0000", "0".repeat(64));
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_push_by_git_is_understood_however_it_is_cut() {
    let mut body = message(&[
        "shallow <dev>",
        "<null> <main> refs/heads/new\0 report-status-v2 side-band-64k object-format=sha1 agent=git/2.47.3-Linux",
        "<dev> <main> refs/heads/dev\n",
        "<main> <null> refs/heads/old",
        "0000",
    ]);
    let length = body.len();
    body.extend_from_slice(b"PACK\0\0\0\x02");
    let expected = Commands {
        commands: vec![
            command(NULL, MAIN, "refs/heads/new"),
            command(DEV, MAIN, "refs/heads/dev"),
            command(MAIN, NULL, "refs/heads/old"),
        ],
        shallow: vec![id(DEV)],
        capabilities: Capabilities {
            report_status_v2: true,
            sideband: true,
            agent: Some("git/2.47.3-Linux".to_owned()),
            ..Capabilities::default()
        },
        push_options: vec![],
    };
    for size in (1..=body.len()).chain([usize::MAX]) {
        let parsed = parse_in_pieces(&body, size, LIMITS).unwrap();
        assert_eq!(parsed, Some((expected.clone(), length)), "pieces of {size}");
    }
    assert!(expected.has_pack());
    let kinds: Vec<_> = expected
        .commands
        .iter()
        .map(|command| (command.is_create(), command.is_delete()))
        .collect();
    assert_eq!(kinds, [(true, false), (false, false), (false, true)]);
}

#[test]
fn capabilities_have_their_effect_and_unknown_ones_none() {
    let none = Capabilities::default();
    let rows = [
        ("", none.clone()),
        (" unheard-of side-band push-cert=x", none.clone()),
        (
            " report-status",
            Capabilities {
                report_status: true,
                ..none.clone()
            },
        ),
        (
            " report-status-v2",
            Capabilities {
                report_status_v2: true,
                ..none.clone()
            },
        ),
        (
            " side-band-64k",
            Capabilities {
                sideband: true,
                ..none.clone()
            },
        ),
        (
            " quiet",
            Capabilities {
                quiet: true,
                ..none.clone()
            },
        ),
        (
            "atomic",
            Capabilities {
                atomic: true,
                ..none.clone()
            },
        ),
        (
            " session-id=a\x1bb",
            Capabilities {
                session_id: Some("a.b".to_owned()),
                ..none.clone()
            },
        ),
        (" quiet\0atomic", Capabilities { quiet: true, ..none }),
    ];
    for (list, expected) in rows {
        let line = format!("<null> <main> refs/heads/x\0{list}\n");
        let (commands, _) = parse(&[&line, "0000"]).unwrap().unwrap();
        assert_eq!(commands.capabilities, expected, "{list}");
    }
}

#[test]
fn push_options_follow_only_where_they_were_announced() {
    let announced = "<null> <main> a\0 push-options";
    let body = message(&[announced, "0000", "one\n", "two=\u{e4}", "0000", "0004"]);
    let (commands, consumed) = parse_in_pieces(&body, 7, LIMITS).unwrap().unwrap();
    assert_eq!(
        commands.push_options,
        [b"one".to_vec(), "two=\u{e4}".as_bytes().to_vec()]
    );
    assert_eq!(consumed, body.len() - 8);
    let (commands, consumed) = parse(&[announced, "0000", "0000"]).unwrap().unwrap();
    assert_eq!(
        (commands.push_options.len(), consumed),
        (0, message(&[announced, "0000", "0000"]).len())
    );
    let silent = "<null> <main> a\0 quiet";
    let (_, consumed) = parse(&[silent, "0000", "one"]).unwrap().unwrap();
    assert_eq!(consumed, message(&[silent, "0000"]).len());
}

#[test]
fn the_probe_before_a_large_push_is_an_empty_list() {
    let (commands, consumed) = parse(&["0000"]).unwrap().unwrap();
    assert_eq!((&commands, consumed), (&Commands::default(), 4));
    assert!(!commands.has_pack());
}

#[test]
fn deletions_bring_no_pack() {
    let (commands, _) = parse(&["<main> <null> a\0 delete-refs", "<dev> <null> b", "0000"])
        .unwrap()
        .unwrap();
    assert!(!commands.has_pack());
}

#[test]
fn malformed_commands_are_refused_in_the_words_of_git() {
    let rows: &[(&[&str], &str)] = &[
        (&["bogus"], "protocol error: expected old/new/ref, got 'bogus'"),
        (&[""], "protocol error: expected old/new/ref, got ''"),
        (
            &["<main> <null>"],
            "protocol error: expected old/new/ref, got '<main> <null>'",
        ),
        (
            &["<main>  <dev> a"],
            "protocol error: expected old/new/ref, got '<main>  <dev> a'",
        ),
        (
            &["<main>\0<dev> a"],
            "protocol error: expected old/new/ref, got '<main>'",
        ),
        (&["\0"], "protocol error: expected old/new/ref, got ''"),
        (
            &["<main> <de\0v> a"],
            "protocol error: expected old/new/ref, got '<main> <de'",
        ),
        (
            &["shallow <main>x"],
            "protocol error: expected shallow sha, got '<main>x'",
        ),
        (&["shallow "], "protocol error: expected shallow sha, got ''"),
        (
            &["<main> <dev> a\0 object-format=sha256"],
            "unsupported object format 'sha256'",
        ),
        (&["<main> <dev> a\0 object-format"], "unsupported object format ''"),
        (&["push-cert\0push-options"], "push certificates are not supported"),
        (&["<main> <dev> a", "push-cert"], "push certificates are not supported"),
        (
            &["<main> <dev> a", "0001"],
            "protocol error: unexpected delimiter packet",
        ),
        (&["0002"], "protocol error: unexpected response end packet"),
        (
            &["<main> <dev> a", "<main> <dev> b", "<main> <dev> c", "<main> <dev> d"],
            "Too many reference update commands",
        ),
        (
            &["<null> <main> a\0 push-options", "0000", "1", "2", "3"],
            "too many push options",
        ),
    ];
    for (lines, expected) in rows {
        match parse(lines) {
            Err(error) => assert_eq!(error.to_string(), expand(expected), "{lines:?}"),
            other => panic!("{lines:?}: {other:?}"),
        }
    }
}

#[test]
fn broken_lines_are_refused_with_their_place() {
    let body = [message(&["<main> <dev> a"]), b"zzzz".to_vec()].concat();
    for size in [1, 3, usize::MAX] {
        let error = parse_in_pieces(&body, size, LIMITS).unwrap_err();
        let source = pkt_line::Error::Digits(*b"zzzz");
        assert_eq!(error, Error::PktLine { offset: 87, source });
        assert_eq!(error.to_string(), "protocol error: bad line length character: zzzz");
    }
    assert_eq!(
        parse_in_pieces(b"0003", 1, LIMITS).unwrap_err().to_string(),
        "protocol error: bad line length 3"
    );
    assert_eq!(
        parse_in_pieces(b"fff1", 1, LIMITS).unwrap_err().to_string(),
        "protocol error: bad line length 65521"
    );
}

#[test]
fn a_body_that_ends_early_is_never_done() {
    let body = message(&["<main> <dev> a\0 push-options", "0000", "x", "0000"]);
    for length in 0..body.len() {
        assert_eq!(parse_in_pieces(&body[..length], 10, LIMITS), Ok(None), "{length}");
    }
    let mut parser = CommandParser::new(ObjectFormat::Sha1, LIMITS);
    assert_eq!(parser.feed(b""), Ok(Progress::NeedMore));
    assert!(parser.is_empty());
    assert_eq!(parser.feed(b"0"), Ok(Progress::NeedMore));
    assert!(!parser.is_empty());
}

#[test]
fn shallow_lines_count_against_the_bytes() {
    let line = "shallow <main>";
    let lines: Vec<_> = std::iter::repeat_n(line, 41).collect();
    assert_eq!(parse(&lines).unwrap_err(), Error::TooLong);
}

#[test]
fn what_was_asked_for_is_known_when_a_later_line_is_malformed() {
    let mut parser = CommandParser::new(ObjectFormat::Sha1, LIMITS);
    let body = message(&["<main> <dev> a\0 report-status side-band-64k", "bogus"]);
    assert!(parser.feed(&body).is_err());
    assert!(parser.capabilities().sideband && parser.capabilities().report_status);
}

#[test]
fn ids_have_the_length_of_the_object_format() {
    let hex = "a".repeat(64);
    let body = message(&[&format!("{hex} {hex} x\0object-format=sha256"), "0000"]);
    let mut parser = CommandParser::new(ObjectFormat::Sha256, LIMITS);
    let Progress::Done { commands, .. } = parser.feed(&body).unwrap() else {
        panic!()
    };
    assert_eq!(commands.commands, [command(&hex, &hex, "x")]);
    assert!(parse_in_pieces(&body, usize::MAX, LIMITS).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_commands_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..50) {
        let whole = parse_in_pieces(&body, usize::MAX, LIMITS);
        prop_assert_eq!(parse_in_pieces(&body, size, LIMITS), whole);
    }

    #[test]
    fn commands_read_back(
        names in proptest::collection::vec("[a-z/\u{e4} ]{0,20}", 0..4),
        options in proptest::collection::vec("[ -~]{0,20}", 0..3),
        size in 1usize..200,
    ) {
        let mut body = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let capabilities = if at == 0 { "\0 push-options" } else { "" };
            pkt_line::write(&mut body, &[format!("{DEV} {MAIN} {name}{capabilities}\n").as_bytes()]).unwrap();
        }
        body.extend_from_slice(b"0000");
        if !names.is_empty() {
            for option in &options {
                pkt_line::write(&mut body, &[option.as_bytes(), b"\n"]).unwrap();
            }
            body.extend_from_slice(b"0000");
        }
        let length = body.len();
        body.extend_from_slice(b"PACK");
        let result = parse_in_pieces(&body, size, Limits { commands: 4, ..LIMITS });
        let (commands, consumed) = result.unwrap().unwrap();
        prop_assert_eq!(consumed, length);
        let expected: Vec<_> = names.iter().map(|name| command(DEV, MAIN, name)).collect();
        prop_assert_eq!(commands.commands, expected);
        let options = if names.is_empty() { vec![] } else { options };
        let sent: Vec<_> = options.iter().map(|option| option.as_bytes().to_vec()).collect();
        prop_assert_eq!(commands.push_options, sent);
    }
}
