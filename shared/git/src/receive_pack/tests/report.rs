use super::*;
use crate::sideband;

fn report(capabilities: &Capabilities, unpacked: Result<(), &str>, refs: &[(&str, Outcome)]) -> String {
    let refs: Vec<_> = refs
        .iter()
        .map(|(name, outcome)| RefStatus {
            name: name.as_bytes(),
            outcome: outcome.clone(),
        })
        .collect();
    let mut out = Vec::new();
    write_report(&mut out, capabilities, unpacked, &refs);
    out.escape_ascii().to_string()
}

#[test]
fn reports_are_written_as_git_does() {
    let plain = Capabilities {
        report_status: true,
        ..Capabilities::default()
    };
    let both = Capabilities {
        report_status: true,
        report_status_v2: true,
        sideband: true,
        ..Capabilities::default()
    };
    let refused = |reason: &str| Outcome::Refused(reason.to_owned());
    let forced = Outcome::DoneOtherwise {
        name: Some(b"refs/heads/b".to_vec()),
        old: Some(id(DEV)),
        new: Some(id(MAIN)),
        forced: true,
    };
    let rows = [
        (
            report(&both, Ok(()), &[("refs/heads/dev", Outcome::Done)]),
            r"002d\x01000eunpack ok\n0016ok refs/heads/dev\n00000000".to_owned(),
        ),
        (
            report(&plain, Ok(()), &[("refs/heads/nope", refused("failed to update ref"))]),
            r"000eunpack ok\n002cng refs/heads/nope failed to update ref\n0000".to_owned(),
        ),
        (
            report(&plain, Err("bad\npack"), &[("a", refused("un\r\npacker\x1b error"))]),
            r"0014unpack bad pack\n001bng a un  packer  error\n0000".to_owned(),
        ),
        (
            report(&plain, Ok(()), &[("a", forced.clone())]),
            r"000eunpack ok\n0009ok a\n0000".to_owned(),
        ),
        (
            report(
                &Capabilities {
                    sideband: false,
                    ..both.clone()
                },
                Ok(()),
                &[("a", forced)],
            ),
            expand(
                r"000eunpack ok\n0009ok a\n0020option refname refs/heads/b\n003coption old-oid <dev>\n003coption new-oid <main>\n0019option forced-update\n0000",
            ),
        ),
        (
            report(
                &Capabilities {
                    sideband: true,
                    ..Capabilities::default()
                },
                Ok(()),
                &[],
            ),
            "0000".to_owned(),
        ),
        (report(&Capabilities::default(), Ok(()), &[]), String::new()),
    ];
    for (report, expected) in rows {
        assert_eq!(report, expected);
    }
}

#[test]
fn a_long_report_is_split_over_sidebands() {
    let both = Capabilities {
        report_status_v2: true,
        sideband: true,
        ..Capabilities::default()
    };
    let name = vec![b'n'; 65_430];
    let refs = [RefStatus {
        name: &name,
        outcome: Outcome::Refused("r".repeat(1000)),
    }];
    let mut out = Vec::new();
    write_report(&mut out, &both, Ok(()), &refs);
    let mut inner = Vec::new();
    let mut lines = pkt_line::Lines::new(&out);
    while let Some(line) = lines.read().unwrap() {
        if let pkt_line::Line::Data(data) = line {
            inner.extend_from_slice(sideband::decode(data).unwrap().1);
        }
    }
    let mut lines = pkt_line::Lines::new(&inner);
    assert_eq!(lines.read().unwrap().unwrap().text(), Some(&b"unpack ok"[..]));
    assert!(lines.read().unwrap().unwrap().text().unwrap().ends_with(b"rrr"));
    assert_eq!(lines.read(), Ok(Some(pkt_line::Line::Flush)));
    assert_eq!(lines.read(), Ok(None));
}
