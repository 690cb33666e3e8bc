use proptest::prelude::*;

use super::*;

fn parse(lines: &[&str]) -> Result<Option<FetchRequest>, Error> {
    parse_v0(&message(lines), &SERVER)
}

#[test]
fn a_clone_by_git_is_understood() {
    let capabilities = "multi_ack_detailed no-done side-band-64k thin-pack no-progress include-tag ofs-delta \
                        deepen-since deepen-not agent=git/2.47.3-Linux session-id=abc unheard-of=1";
    let want = format!("want <main> {capabilities}\n");
    let request = parse(&[&want, "want <dev>\n", "want <main>\n", "0000", "done\n"])
        .unwrap()
        .unwrap();
    let expected = FetchRequest {
        client: Client {
            agent: Some("git/2.47.3-Linux".to_owned()),
            session_id: Some("abc".to_owned()),
            server_options: vec![],
        },
        wants: vec![id(MAIN), id(DEV)],
        done: true,
        thin_pack: true,
        ofs_delta: true,
        no_progress: true,
        include_tag: true,
        no_done: true,
        multi_ack: MultiAck::Detailed,
        sideband: sideband::Mode::Large,
        ..FetchRequest::default()
    };
    assert_eq!(request, expected);
}

/// Lines, and what they change of a request that wants `main` and ends there.
type Row = (&'static [&'static str], fn(&mut FetchRequest));

const LINES: &[Row] = &[
    (&["want <main>", "0000"], |_| {}),
    (&["want <main> multi_ack", "0000"], |request| {
        request.multi_ack = MultiAck::Continue;
    }),
    (&["want <main> side-band", "0000"], |request| {
        request.sideband = sideband::Mode::Small;
    }),
    (&["want <main> deepen-relative", "0000"], |request| {
        request.deepen_relative = true;
    }),
    (&["want <main>", "deepen 3\n", "0000"], |request| {
        request.deepen = Some(Deepen::Depth(3));
    }),
    (&["deepen 1", "deepen 2", "want <main>", "0000"], |request| {
        request.deepen = Some(Deepen::Depth(2));
    }),
    (&["want <main>", "deepen 2147483647", "0000"], |request| {
        request.deepen = Some(Deepen::Depth(INFINITE_DEPTH));
    }),
    (
        &[
            "want <main>",
            "deepen-since 1700000000",
            "deepen-not v1",
            "deepen-not refs/x",
            "0000",
        ],
        |request| {
            let not = vec![b"v1".to_vec(), b"refs/x".to_vec()];
            request.deepen = Some(Deepen::History {
                since: Some(1_700_000_000),
                not,
            });
        },
    ),
    (
        &[
            "want <main>",
            "shallow <main>",
            "shallow <dev>",
            "shallow <main>",
            "0000",
        ],
        |request| {
            request.shallow = vec![id(DEV), id(MAIN)];
        },
    ),
    (&["want <main> filter", "filter blob:none", "0000"], |request| {
        request.filter = Some(Filter::BlobNone);
    }),
    (
        &[
            "want <main>",
            "0000",
            "have <dev>",
            "have <unknown>\n",
            "0000",
            "have <main>",
        ],
        |request| {
            request.haves = vec![id(DEV), id(UNKNOWN)];
            request.shallow_only = false;
        },
    ),
    (&["want <main>", "0000", "have <dev>", "done", "trailing"], |request| {
        request.haves = vec![id(DEV)];
        request.done = true;
        request.shallow_only = false;
    }),
];

#[test]
fn each_capability_and_line_has_its_effect() {
    for (lines, change) in LINES {
        let mut expected = FetchRequest {
            wants: vec![id(MAIN)],
            shallow_only: true,
            ..FetchRequest::default()
        };
        change(&mut expected);
        assert_eq!(parse(lines), Ok(Some(expected)), "{lines:?}");
    }
}

#[test]
fn nothing_wanted_is_a_farewell() {
    assert_eq!(parse(&["0000"]), Ok(None));
    assert_eq!(parse(&["shallow <main>", "0000"]), Ok(None));
}

#[test]
fn malformed_requests_are_refused_in_the_words_of_git() {
    let rows: &[(&[&str], &str)] = &[
        (&[], "the remote end hung up unexpectedly"),
        (&["want <main>"], "the remote end hung up unexpectedly"),
        (
            &["want <main>", "0000", "have <dev>"],
            "the remote end hung up unexpectedly",
        ),
        (&["want <main>", "0001"], "protocol error: unexpected delimiter packet"),
        (
            &["want <main>", "0000", "0002"],
            "protocol error: unexpected response end packet",
        ),
        (
            &["want 635eb4"],
            "git upload-pack: protocol error, expected to get object ID, not 'want 635eb4'",
        ),
        (
            &["bogus"],
            "git upload-pack: protocol error, expected to get object ID, not 'bogus'",
        ),
        (
            &[""],
            "git upload-pack: protocol error, expected to get object ID, not ''",
        ),
        (
            &["have <main>"],
            "git upload-pack: protocol error, expected to get object ID, not 'have <main>'",
        ),
        (&["shallow 12"], "invalid shallow line: shallow 12"),
        (&["deepen 0"], "Invalid deepen: deepen 0"),
        (&["deepen -1"], "Invalid deepen: deepen -1"),
        (&["deepen 1x"], "Invalid deepen: deepen 1x"),
        (&["deepen "], "Invalid deepen: deepen "),
        (&["deepen 2147483648"], "Invalid deepen: deepen 2147483648"),
        (
            &["deepen 99999999999999999999"],
            "Invalid deepen: deepen 99999999999999999999",
        ),
        (&["deepen-since x"], "Invalid deepen-since: deepen-since x"),
        (&["deepen-since -5"], "Invalid deepen-since: deepen-since -5"),
        (
            &["deepen-since 9223372036854775808"],
            "Invalid deepen-since: deepen-since 9223372036854775808",
        ),
        (
            &["want <main>", "deepen 1", "deepen-since 5", "0000"],
            "git upload-pack: deepen and deepen-since (or deepen-not) cannot be used together",
        ),
        (
            &["filter blob:none"],
            "git upload-pack: filtering capability not negotiated",
        ),
        (
            &["want <main> filter", "filter blob:nope"],
            "invalid filter-spec 'blob:nope'",
        ),
        (
            &["want <main> filter", "filter tree:1", "filter tree:1"],
            "multiple filter-specs cannot be combined",
        ),
        (
            &["want <main>", "0000", "have 12"],
            "git upload-pack: expected SHA1 object, got '12'",
        ),
        (
            &["want <main>", "0000", "want <main>"],
            "git upload-pack: expected SHA1 list, got 'want <main>'",
        ),
        (
            &["want <main> object-format=sha256"],
            "mismatched object format: server sha1; client sha256",
        ),
        (&["want <main> object-format=md5"], "unknown object format 'md5'"),
    ];
    for (lines, expected) in rows {
        assert_eq!(parse(lines).unwrap_err().to_string(), expand(expected), "{lines:?}");
    }
}

#[test]
fn filters_need_permission() {
    let lines = ["want <main> filter", "filter combine:blob:none+sparse:oid=x", "0000"];
    let server = Server {
        features: Features {
            sparse_filter: false,
            ..Features::ALL
        },
        ..SERVER
    };
    let error = parse_v0(&message(&lines), &server).unwrap_err();
    assert_eq!(error.to_string(), "filter 'sparse:oid' not supported");
    let server = Server {
        features: Features::NONE,
        ..SERVER
    };
    assert_eq!(parse_v0(&message(&lines), &server), Err(Error::FilterNotNegotiated));
}

#[test]
fn ids_have_the_length_of_the_object_format() {
    let server = Server {
        format: ObjectFormat::Sha256,
        ..SERVER
    };
    assert!(matches!(
        parse_v0(&message(&["want <main> x", "0000"]), &server),
        Err(Error::Want(_))
    ));
    let hex = "a".repeat(64);
    let request = parse_v0(&message(&[&format!("want {hex} thin-pack"), "0000"]), &server)
        .unwrap()
        .unwrap();
    assert_eq!((request.wants, request.thin_pack), (vec![id(&hex)], true));
}

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(parse_v0(&body, &SERVER));
    }

    #[test]
    fn any_lines_are_a_request_or_an_error(
        lines in proptest::collection::vec(
            "(want <main>|have <dev>|shallow <dev>|deepen |deepen-since |deepen-not |filter |done|0000)[ -~]{0,12}", 0..12,
        ),
    ) {
        let lines: Vec<_> = lines.iter().map(String::as_str).collect();
        if let Ok(Some(request)) = parse(&lines) {
            prop_assert!(!request.wants.is_empty());
        }
    }
}
