use super::*;
use crate::advertisement::RefAdvertisement;

#[test]
fn version_0_is_advertised_as_git_does() {
    let mut out = Vec::new();
    let list = capabilities_v0(&SERVER, Some("refs/heads/main"));
    let mut refs = RefAdvertisement::new(ObjectFormat::Sha1, list);
    refs.write(&mut out, b"HEAD", &id(MAIN), None).unwrap();
    refs.write(&mut out, b"refs/heads/dev", &id(DEV), None).unwrap();
    refs.write(&mut out, b"refs/heads/main", &id(MAIN), None).unwrap();
    refs.write(&mut out, b"refs/tags/v1", &id(TAG), Some(&id(MAIN)))
        .unwrap();
    refs.finish(&mut out).unwrap();
    let expected = expand(
        "0146<main> HEAD\0multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not \
         deepen-relative no-progress include-tag multi_ack_detailed allow-tip-sha1-in-want \
         allow-reachable-sha1-in-want no-done symref=HEAD:refs/heads/main filter object-format=sha1 agent=git/2.47.3\n\
         003c<dev> refs/heads/dev\n003d<main> refs/heads/main\n003a<tag> refs/tags/v1\n003d<main> refs/tags/v1^{}\n0000",
    );
    assert_eq!(text(&out), text(expected.as_bytes()));
}

#[test]
fn an_empty_repository_is_advertised_as_git_does() {
    let mut out = Vec::new();
    let server = Server {
        features: Features::NONE,
        ..SERVER
    };
    RefAdvertisement::new(ObjectFormat::Sha1, capabilities_v0(&server, None))
        .finish(&mut out)
        .unwrap();
    let expected = "00fa0000000000000000000000000000000000000000 capabilities^{}\0multi_ack thin-pack side-band \
                    side-band-64k ofs-delta shallow deepen-since deepen-not deepen-relative no-progress include-tag \
                    multi_ack_detailed no-done object-format=sha1 agent=git/2.47.3\n0000";
    assert_eq!(text(&out), text(expected.as_bytes()));
}

#[test]
fn version_2_is_advertised_as_git_does() {
    let rows: &[(Server<'_>, &str)] = &[
        (
            // Git 2.47 says `object-info` alone; the value is of later versions.
            SERVER,
            "000eversion 2\n0015agent=git/2.47.3\n0013ls-refs=unborn\n\
             0040fetch=shallow wait-for-done filter ref-in-want sideband-all\n0012server-option\n\
             0017object-format=sha1\n0015object-info=size\n0000",
        ),
        (
            Server {
                features: Features::NONE,
                ..SERVER
            },
            "000eversion 2\n0015agent=git/2.47.3\n0013ls-refs=unborn\n0020fetch=shallow wait-for-done\n\
             0012server-option\n0017object-format=sha1\n0000",
        ),
        (
            Server {
                format: ObjectFormat::Sha256,
                session_id: Some("s1"),
                features: Features::NONE,
                agent: "x",
            },
            "000eversion 2\n000cagent=x\n0013ls-refs=unborn\n0020fetch=shallow wait-for-done\n\
             0012server-option\n0019object-format=sha256\n0012session-id=s1\n0000",
        ),
    ];
    for (server, expected) in rows {
        let mut out = Vec::new();
        write_capabilities_v2(&mut out, server);
        assert_eq!(text(&out), text(expected.as_bytes()));
    }
}
