use super::*;

/// What Git answers to haves in version 0, by capabilities, haves and whether `done` or a flush ends them. `common` and
/// the like are lines of their own; `pack` says that the pack follows.
const TRANSCRIPT: &[(&str, &[&str], &str, &str)] = &[
    ("", &[], "flush", "NAK"),
    ("", &[], "done", "NAK|pack"),
    ("", &["dev"], "flush", "ACK dev"),
    ("", &["dev"], "done", "ACK dev|pack"),
    ("", &["unk"], "flush", "NAK"),
    ("", &["unk"], "done", "NAK|pack"),
    ("", &["dev", "unk"], "flush", "ACK dev"),
    ("", &["dev", "unk"], "done", "ACK dev|pack"),
    ("", &["dev", "main"], "flush", "ACK dev"),
    ("", &["dev", "main"], "done", "ACK dev|pack"),
    ("", &["unk", "dev", "unk"], "flush", "ACK dev"),
    ("", &["unk", "dev", "unk"], "done", "ACK dev|pack"),
    ("multi_ack", &[], "flush", "NAK"),
    ("multi_ack", &[], "done", "NAK|pack"),
    ("multi_ack", &["dev"], "flush", "ACK dev continue|NAK"),
    ("multi_ack", &["dev"], "done", "ACK dev continue|ACK dev|pack"),
    ("multi_ack", &["unk"], "flush", "NAK"),
    ("multi_ack", &["unk"], "done", "NAK|pack"),
    (
        "multi_ack",
        &["dev", "unk"],
        "flush",
        "ACK dev continue|ACK unk continue|NAK",
    ),
    (
        "multi_ack",
        &["dev", "unk"],
        "done",
        "ACK dev continue|ACK unk continue|ACK dev|pack",
    ),
    (
        "multi_ack",
        &["dev", "main"],
        "flush",
        "ACK dev continue|ACK main continue|NAK",
    ),
    (
        "multi_ack",
        &["dev", "main"],
        "done",
        "ACK dev continue|ACK main continue|ACK main|pack",
    ),
    (
        "multi_ack",
        &["unk", "dev", "unk"],
        "done",
        "ACK dev continue|ACK unk continue|ACK dev|pack",
    ),
    ("multi_ack_detailed", &[], "flush", "NAK"),
    ("multi_ack_detailed", &[], "done", "NAK|pack"),
    (
        "multi_ack_detailed",
        &["dev"],
        "flush",
        "ACK dev common|ACK dev ready|NAK",
    ),
    ("multi_ack_detailed", &["dev"], "done", "ACK dev common|ACK dev|pack"),
    ("multi_ack_detailed", &["unk"], "flush", "NAK"),
    ("multi_ack_detailed", &["unk"], "done", "NAK|pack"),
    (
        "multi_ack_detailed",
        &["dev", "unk"],
        "flush",
        "ACK dev common|ACK unk ready|NAK",
    ),
    (
        "multi_ack_detailed",
        &["dev", "unk"],
        "done",
        "ACK dev common|ACK unk ready|ACK dev|pack",
    ),
    (
        "multi_ack_detailed",
        &["dev", "main"],
        "flush",
        "ACK dev common|ACK main common|ACK main ready|NAK",
    ),
    (
        "multi_ack_detailed",
        &["dev", "main"],
        "done",
        "ACK dev common|ACK main common|ACK main|pack",
    ),
    (
        "multi_ack_detailed",
        &["unk", "dev", "unk"],
        "flush",
        "ACK dev common|ACK unk ready|NAK",
    ),
    ("multi_ack_detailed no-done", &[], "flush", "NAK"),
    ("multi_ack_detailed no-done", &["unk"], "flush", "NAK"),
    (
        "multi_ack_detailed no-done",
        &["dev"],
        "flush",
        "ACK dev common|ACK dev ready|NAK|ACK dev|pack",
    ),
    (
        "multi_ack_detailed no-done",
        &["dev"],
        "done",
        "ACK dev common|ACK dev|pack",
    ),
    (
        "multi_ack_detailed no-done",
        &["dev", "unk"],
        "flush",
        "ACK dev common|ACK unk ready|NAK|ACK dev|pack",
    ),
    (
        "multi_ack_detailed no-done",
        &["dev", "unk"],
        "done",
        "ACK dev common|ACK unk ready|ACK dev|pack",
    ),
    (
        "multi_ack_detailed no-done",
        &["dev", "main"],
        "flush",
        "ACK dev common|ACK main common|ACK main ready|NAK|ACK main|pack",
    ),
];

fn hex(name: &str) -> String {
    match name {
        "dev" => DEV,
        "main" => MAIN,
        _ => UNKNOWN,
    }
    .to_owned()
}

fn answer(capabilities: &str, haves: &[&str], end: &str, enough: bool) -> (String, negotiation::Outcome) {
    let mut lines = vec![format!("want <main> {capabilities}\n"), "0000".to_owned()];
    lines.extend(haves.iter().map(|have| format!("have {}\n", hex(have))));
    lines.push(if end == "done" {
        "done\n".to_owned()
    } else {
        "0000".to_owned()
    });
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let request = parse_v0(&message(&lines), &SERVER).unwrap().unwrap();
    let mut out = Vec::new();
    let is_common = |have: &crate::hash::oid| have != &*id(UNKNOWN);
    let outcome = negotiation::answer_v0(&mut out, &request, is_common, |common| enough && !common.is_empty());
    (text(&out), outcome)
}

#[test]
fn haves_are_answered_as_git_does() {
    for (capabilities, haves, end, expected) in TRANSCRIPT {
        let (answer, outcome) = answer(capabilities, haves, end, true);
        let (expected, send_pack) = expected
            .strip_suffix("|pack")
            .map_or((*expected, false), |lines| (lines, true));
        let mut lines = Vec::new();
        for line in expected.split('|') {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let words: Vec<_> = words
                .iter()
                .enumerate()
                .map(|(at, word)| if at == 1 { hex(word) } else { word.clone() })
                .collect();
            pkt_line::write(&mut lines, &[words.join(" ").as_bytes(), b"\n"]).unwrap();
        }
        assert_eq!(answer, text(&lines), "{capabilities} {haves:?} {end}");
        assert_eq!(outcome.send_pack, send_pack, "{capabilities} {haves:?} {end}");
    }
}

#[test]
fn without_enough_in_common_the_client_goes_on() {
    for capabilities in ["", "multi_ack", "multi_ack_detailed", "multi_ack_detailed no-done"] {
        let (answer, outcome) = answer(capabilities, &["dev", "unk"], "flush", false);
        assert!(!answer.contains("ready") && !answer.contains(UNKNOWN), "{answer}");
        assert!(!outcome.send_pack);
    }
}

#[test]
fn common_objects_are_told_once_each() {
    let (answer, outcome) = answer("multi_ack_detailed", &["dev", "main", "dev"], "done", true);
    assert_eq!(outcome.common, [id(DEV), id(MAIN)]);
    assert_eq!(answer.matches("common").count(), 3);
    let (answer, _) = self::answer("", &["dev", "dev"], "done", true);
    assert_eq!(answer.matches("ACK").count(), 1);
}

#[test]
fn a_request_for_the_boundary_gets_no_answer_to_haves() {
    let request = parse_v0(&message(&["want <main>", "deepen 1", "0000"]), &SERVER)
        .unwrap()
        .unwrap();
    let mut out = Vec::new();
    let outcome = negotiation::answer_v0(&mut out, &request, |_| true, |_| true);
    assert_eq!((out, outcome), (vec![], negotiation::Outcome::default()));
}
