use super::*;

fn parse(arguments: &[&str]) -> FetchRequest {
    let lines = [
        &["command=fetch", "agent=x", "object-format=sha1", "0001"],
        arguments,
        &["0000"],
    ]
    .concat();
    match parse_v2(&message(&lines), &SERVER) {
        Ok(Some(Request::Fetch(request))) => *request,
        other => panic!("{other:?}"),
    }
}

/// Arguments, and what they change of a request without any.
type Row = (&'static [&'static str], fn(&mut FetchRequest));

const ARGUMENTS: &[Row] = &[
    (&[], |_| {}),
    (&["want <main>\n", "want <dev>", "want <main>"], |request| {
        request.wants = vec![id(MAIN), id(DEV)];
    }),
    (&["have <main>\n", "have <main>"], |request| {
        request.haves = vec![id(MAIN), id(MAIN)];
    }),
    (&["want-ref a", "want-ref b"], |request| {
        request.want_refs = vec![b"a".to_vec(), b"b".to_vec()];
    }),
    (&["done"], |request| request.done = true),
    (&["thin-pack"], |request| request.thin_pack = true),
    (&["ofs-delta"], |request| request.ofs_delta = true),
    (&["no-progress"], |request| request.no_progress = true),
    (&["include-tag"], |request| request.include_tag = true),
    (&["wait-for-done"], |request| request.wait_for_done = true),
    (&["sideband-all"], |request| request.sideband_all = true),
    (&["packfile-uris https"], |_| {}),
    (&["shallow <main>"], |request| request.shallow = vec![id(MAIN)]),
    (&["deepen-relative"], |request| request.deepen_relative = true),
    (&["deepen 1"], |request| request.deepen = Some(Deepen::Depth(1))),
    (&["deepen-since 0"], |request| {
        request.deepen = Some(Deepen::History {
            since: Some(0),
            not: vec![],
        });
    }),
    (&["deepen-not v1"], |request| {
        request.deepen = Some(Deepen::History {
            since: None,
            not: vec![b"v1".to_vec()],
        });
    }),
    (&["filter tree:2"], |request| {
        request.filter = Some(Filter::TreeDepth(2));
    }),
];

#[test]
fn each_argument_has_its_effect() {
    for (arguments, change) in ARGUMENTS {
        let mut expected = FetchRequest {
            client: Client {
                agent: Some("x".to_owned()),
                ..Client::default()
            },
            sideband: sideband::Mode::Large,
            ..FetchRequest::default()
        };
        change(&mut expected);
        assert_eq!(parse(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn haves_are_answered_as_git_does() {
    let rows: &[(&[&str], &str, bool)] = &[
        (&["want <main>", "done"], "", true),
        (&["want <main>"], "", true),
        (&["have <dev>"], "", false),
        (&["want-ref refs/heads/main", "have <unknown>", "done"], "", true),
        (
            &["want <main>", "have <dev>"],
            "0014acknowledgments\n0031ACK <dev>\n000aready\n0001",
            true,
        ),
        (
            &["want <main>", "have <unknown>"],
            "0014acknowledgments\n0008NAK\n0000",
            false,
        ),
        (
            &["want <main>", "have <dev>", "wait-for-done"],
            "0014acknowledgments\n0031ACK <dev>\n0000",
            false,
        ),
        (
            &["have <dev>", "have <main>", "have <dev>", "wait-for-done"],
            "0014acknowledgments\n0031ACK <dev>\n0031ACK <main>\n0000",
            false,
        ),
        (
            &["want <main>", "sideband-all", "have <dev>"],
            "0015\x01acknowledgments\n0032\x01ACK <dev>\n000b\x01ready\n0001",
            true,
        ),
    ];
    for (arguments, expected, send_pack) in rows {
        let mut out = Vec::new();
        let request = parse(arguments);
        let outcome = negotiation::answer_v2(
            &mut out,
            &request,
            |have| have != &*id(UNKNOWN),
            |common| !common.is_empty(),
        );
        assert_eq!(text(&out), text(expand(expected).as_bytes()), "{arguments:?}");
        assert_eq!(outcome.send_pack, *send_pack, "{arguments:?}");
    }
}

#[test]
fn sections_are_written_as_git_does() {
    let mut out = Vec::new();
    response::write_shallow_info(&mut out, false, &[id(MAIN)], &[id(DEV)]);
    response::write_wanted_refs(&mut out, false, [(&b"refs/heads/main"[..], &*id(MAIN))]).unwrap();
    response::write_wanted_refs(&mut out, false, []).unwrap();
    response::write_packfile(&mut out, false);
    let expected = "0011shallow-info\n0034shallow <main>0036unshallow <dev>0001\
                    0010wanted-refs\n003d<main> refs/heads/main\n0001000dpackfile\n";
    assert_eq!(text(&out), text(expand(expected).as_bytes()));

    let mut out = Vec::new();
    response::write_shallow_info(&mut out, true, &[id(MAIN)], &[]);
    response::write_packfile(&mut out, true);
    let expected = "0012\x01shallow-info\n0035\x01shallow <main>0001000e\x01packfile\n";
    assert_eq!(text(&out), text(expand(expected).as_bytes()));

    let mut out = Vec::new();
    response::write_shallow_v0(&mut out, &[id(MAIN)], &[]);
    assert_eq!(text(&out), expand("0034shallow <main>0000"));

    let mut out = Vec::new();
    response::write_error(&mut out, false, &expand("upload-pack: not our ref <unknown>"));
    response::write_error(&mut out, true, &expand("upload-pack: not our ref <unknown>"));
    let expected = "0049ERR upload-pack: not our ref <unknown>0046\x03upload-pack: not our ref <unknown>";
    assert_eq!(text(&out), text(expand(expected).as_bytes()));
}

#[test]
fn a_shallow_info_section_is_for_deepening_and_for_shallow_clients() {
    assert!(parse(&["want <main>", "deepen 1"]).has_shallow_info());
    assert!(parse(&["want <main>", "shallow <main>"]).has_shallow_info());
    assert!(!parse(&["want <main>"]).has_shallow_info());
}
