use proptest::prelude::*;

use super::*;
use crate::fsck::{Checker, Policy};
use crate::hash::object_id;
use crate::object::Kind;

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn tree() -> ObjectId {
    ObjectId::from_hex(TREE.as_bytes()).unwrap()
}

fn parse(text: &str) -> CommitDetails {
    parse_details(ObjectFormat::Sha1, text.as_bytes()).unwrap()
}

fn who(name: &str, email: &str, seconds: i64, zone: &str) -> Identity {
    Identity {
        name: name.into(),
        email: email.into(),
        seconds,
        zone: zone.into(),
    }
}

#[test]
fn identities_are_read_as_git_reads_them() {
    for (line, expect) in [
        (
            "A U Thor <a@example.com> 12 +0130",
            who("A U Thor", "a@example.com", 12, "+0130"),
        ),
        (" <a@example.com> 12 -0700", who("", "a@example.com", 12, "-0700")),
        ("<a@example.com> 12 -0700", who("", "a@example.com", 12, "-0700")),
        ("A <> 12 +0000", who("A", "", 12, "+0000")),
        ("A <a>b> 12 +0000", who("A", "a", 12, "+0000")),
        ("A <a@b>12 +0000", who("A", "a@b", 12, "+0000")),
        ("A <a@b>", who("A", "a@b", 0, "+0000")),
        ("A <a@b> 12", who("A", "a@b", 0, "+0000")),
        ("A <a@b> now +0000", who("A", "a@b", 0, "+0000")),
        ("A <a@b> 99999999999999999999 +0000", who("A", "a@b", 0, "+0000")),
        ("A <a@b> 12 +051800", who("A", "a@b", 12, "+051800")),
        ("A <a@b", who("A", "a@b", 0, "+0000")),
        ("nobody", who("nobody", "", 0, "+0000")),
        ("", Identity::default()),
    ] {
        let details = parse(&format!("tree {TREE}\nauthor {line}\ncommitter C <c> 1 +0000\n\nm\n"));
        assert_eq!(details.author, expect, "{line:?}");
        assert_eq!(details.committer, who("C", "c", 1, "+0000"), "{line:?}");
    }
}

#[test]
fn other_headers_are_kept_as_they_are_and_end_at_the_first_empty_line() {
    let extra = "encoding latin1\ngpgsig -----BEGIN\n \n author X <x> 1 +0000\n -----END\n";
    let identities = "author A <a> 1 +0000\ncommitter C <c> 2 +0000\n";
    let details = parse(&format!(
        "tree {TREE}\nparent {TREE}\n{identities}{extra}\nmessage\n\nbody"
    ));
    assert_eq!(details.extra, extra);
    assert_eq!(details.message, "message\n\nbody");
    assert_eq!(details.parents, [tree()]);
    assert_eq!(details.author.name, "A");
}

#[test]
fn what_is_missing_is_empty() {
    let details = parse(&format!("tree {TREE}\n"));
    assert_eq!(details.author, Identity::default());
    assert_eq!(details.message, "");
    assert!(parse_details(ObjectFormat::Sha1, b"author A <a> 1 +0000\n\n").is_err());
}

#[test]
fn text_that_is_not_utf8_has_replacement_characters() {
    let data = [
        format!("tree {TREE}\nauthor ").as_bytes(),
        b"J\xf6rg <j> 1 +0000\n\n\xff",
    ]
    .concat();
    let details = parse_details(ObjectFormat::Sha1, &data).unwrap();
    assert_eq!(details.author.name, "J\u{fffd}rg");
    assert_eq!(details.message, "\u{fffd}");
}

#[test]
fn crud_is_left_out_as_by_git() {
    for (text, expect) in [
        ("A. U. Thor", "A. U. Thor"),
        (" \"A\n<B>\" ", "AB"),
        ("Thor, Jr.", "Thor, Jr."),
        ("<>", ""),
        ("a\0b", "ab"),
    ] {
        assert_eq!(without_crud(text), expect, "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_sound_and_reads_back(
        name in "\\PC{0,8}|.{0,8}|[ <>\"\n\0a]{0,8}",
        email in "[a-z@<>\n\0 ]{0,8}",
        seconds in any::<i64>(),
        zone in "[+-][0-9]{4}|.{0,6}",
        message in "(\\PC|[\n\0 a])*",
        parents in 0usize..3,
    ) {
        let identity = who(&name, &email, seconds, &zone);
        let commit = NewCommit {
            tree: tree(),
            parents: vec![tree(); parents],
            author: identity.clone(),
            committer: Identity { seconds: 7, ..identity },
            message: message.clone(),
        };
        let data = write_commit(&commit);
        let id = object_id(ObjectFormat::Sha1, Kind::Commit, &data).unwrap();
        Checker::new(ObjectFormat::Sha1, Policy::strict())
            .check(Kind::Commit, &id, &data, &mut |_, _| {})
            .unwrap();
        let details = parse_details(ObjectFormat::Sha1, &data).unwrap();
        prop_assert_eq!(&details.parents, &commit.parents);
        prop_assert_eq!(details.author.seconds, seconds.max(0));
        prop_assert_eq!(details.committer.seconds, 7);
        let name = without_crud(&name);
        prop_assert_eq!(&details.author.name, name.trim_ascii());
        prop_assert_eq!(&details.extra, "");
        let mut expected = message.replace('\0', "");
        if !expected.is_empty() && !expected.ends_with('\n') {
            expected.push('\n');
        }
        prop_assert_eq!(details.message, expected);
        let again = NewCommit {
            tree: details.tree,
            parents: details.parents,
            author: details.author,
            committer: details.committer,
            message: commit.message,
        };
        prop_assert_eq!(write_commit(&again), data);
    }

    #[test]
    fn any_bytes_are_read_or_refused(tail in prop::collection::vec(any::<u8>(), 0..80)) {
        let data = [format!("tree {TREE}\nauthor ").as_bytes(), &tail].concat();
        drop(parse_details(ObjectFormat::Sha1, &data));
    }
}
