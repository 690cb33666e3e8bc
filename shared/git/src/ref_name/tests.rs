use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::RefNameError::*;
use super::*;

fn check(name: &[u8], expect: Result<(), RefNameError>) {
    let shown = name.escape_ascii();
    match (RefName::new(name), expect) {
        (Ok(parsed), Ok(())) => assert_eq!(parsed.as_str().as_bytes(), name),
        (got, expect) => assert_eq!(got.map(|_| ()), expect, "{shown}"),
    }
}

fn long_branch(characters: usize, of: &str) -> Vec<u8> {
    [HEADS, &of.repeat(characters)].concat().into_bytes()
}

/// Names and what we say of them; the differential test asks git about the same ones.
fn rows() -> Vec<(Vec<u8>, Result<(), RefNameError>)> {
    let mut rows: Vec<(Vec<u8>, Result<(), RefNameError>)> = [
        ("refs/heads/main", Ok(())),
        ("refs/heads/a/b/c", Ok(())),
        ("refs/heads/@", Ok(())),
        ("refs/heads/@/x", Ok(())),
        ("refs/heads/a@b{c}", Ok(())),
        ("refs/heads/{", Ok(())),
        ("refs/heads/Ünïcode/分支", Ok(())),
        ("refs/heads/a.b", Ok(())),
        ("refs/heads/a./b", Ok(())),
        ("refs/heads/a.lock.x", Ok(())),
        ("refs/heads/.lock", Err(PartStartsWithDot)),
        ("refs/heads/x.LOCK", Ok(())),
        ("refs/heads/a-", Ok(())),
        ("refs/heads/x/-a", Ok(())),
        ("refs/heads/head", Ok(())),
        ("refs/heads/x/HEAD", Ok(())),
        ("refs/tags/-v1", Ok(())),
        ("refs/tags/HEAD", Ok(())),
        ("refs/tags/v1.0", Ok(())),
        ("refs/notes/commits", Ok(())),
        ("refs/heads/!\"#$%&'()+,;<=>]`|}", Ok(())),
        ("", Err(EmptyPart)),
        ("@", Err(NotUnderRefs)),
        ("HEAD", Err(NotUnderRefs)),
        ("heads/main", Err(NotUnderRefs)),
        ("Refs/heads/main", Err(NotUnderRefs)),
        ("refs", Err(NotUnderRefs)),
        ("refs/", Err(EmptyPart)),
        ("refs/stash", Err(TooFewParts)),
        ("refs/heads/", Err(EmptyPart)),
        ("/refs/heads/a", Err(EmptyPart)),
        ("refs//heads/a", Err(EmptyPart)),
        ("refs/heads/a/", Err(EmptyPart)),
        ("refs/heads/.a", Err(PartStartsWithDot)),
        ("refs/.heads/a", Err(PartStartsWithDot)),
        ("refs/heads/a.lock", Err(PartEndsWithLock)),
        ("refs/heads/a.lock/b", Err(PartEndsWithLock)),
        ("refs/heads.lock/b", Err(PartEndsWithLock)),
        ("refs/heads/a..b", Err(DoubleDot)),
        ("refs/heads/../../x", Err(DoubleDot)),
        ("refs/heads/a.", Err(EndsWithDot)),
        ("refs/heads/a@{1", Err(AtBrace)),
        ("refs/heads/a b", Err(BadCharacter(' '))),
        ("refs/heads/a~1", Err(BadCharacter('~'))),
        ("refs/heads/a^", Err(BadCharacter('^'))),
        ("refs/heads/a:b", Err(BadCharacter(':'))),
        ("refs/heads/a?", Err(BadCharacter('?'))),
        ("refs/heads/*", Err(BadCharacter('*'))),
        ("refs/heads/a[b]", Err(BadCharacter('['))),
        ("refs/heads/a\\b", Err(BadCharacter('\\'))),
        ("refs/heads/a\tb", Err(ControlCharacter)),
        ("refs/heads/a\nb", Err(ControlCharacter)),
        ("refs/heads/a\x01", Err(ControlCharacter)),
        ("refs/heads/a\x7f", Err(ControlCharacter)),
        ("refs/heads/-f", Err(BranchStartsWithDash)),
        ("refs/heads/HEAD", Err(BranchNamedHead)),
    ]
    .map(|(name, expect)| (name.as_bytes().to_vec(), expect))
    .into();
    rows.extend([
        (b"refs/heads/\xff".to_vec(), Err(NotUtf8)),
        (long_branch(256, "é"), Ok(())),
        (long_branch(257, "a"), Err(BranchTooLong)),
        (long_branch(1014, "a"), Err(TooLong)),
        (["refs/tags/", &"a".repeat(1014)].concat().into_bytes(), Ok(())),
        (["refs/tags/", &"a".repeat(1015)].concat().into_bytes(), Err(TooLong)),
        (long_branch(40, "0"), Err(BranchLooksLikeId)),
        (long_branch(40, "F"), Err(BranchLooksLikeId)),
        (long_branch(64, "a"), Err(BranchLooksLikeId)),
        (long_branch(39, "a"), Ok(())),
        (long_branch(40, "g"), Ok(())),
        (["refs/tags/", &"a".repeat(40)].concat().into_bytes(), Ok(())),
    ]);
    rows
}

#[test]
fn each_rule_names_the_first_thing_wrong() {
    for (name, expect) in rows() {
        check(&name, expect);
    }
    check(b"refs/heads/a\0b", Err(ControlCharacter));
}

#[test]
fn branches_and_tags_know_themselves() {
    let branch = RefName::branch("feature/x").unwrap();
    assert_eq!(branch.as_str(), "refs/heads/feature/x");
    assert_eq!(branch.short_branch(), Some("feature/x"));
    assert!(branch.is_branch() && !branch.is_tag());
    let tag = RefName::new(b"refs/tags/v1").unwrap();
    assert_eq!(tag.short_branch(), None);
    assert!(tag.is_tag() && !tag.is_branch());
    assert_eq!(RefName::branch(""), Err(EmptyPart));
    assert_eq!(RefName::branch(&"x".repeat(5000)), Err(BranchTooLong));
    assert_eq!(format!("{tag} {tag:?}"), "refs/tags/v1 \"refs/tags/v1\"");
}

#[test]
fn names_order_by_their_bytes() {
    let names = [
        "refs/heads/a",
        "refs/heads/a-b",
        "refs/heads/a/b",
        "refs/heads/aé",
        "refs/tags/a",
    ];
    let parsed: Vec<RefName> = names
        .iter()
        .map(|name| RefName::new(name.as_bytes()).unwrap())
        .collect();
    assert!(parsed.is_sorted());
}

/// Whether it is only our own rules that refuse a name which git takes.
fn is_our_own_rule(error: RefNameError) -> bool {
    matches!(
        error,
        TooLong
            | NotUtf8
            | NotUnderRefs
            | TooFewParts
            | BranchTooLong
            | BranchStartsWithDash
            | BranchLooksLikeId
            | BranchNamedHead
    )
}

fn git_takes(name: &[u8]) -> bool {
    let status = Command::new("git")
        .arg("check-ref-format")
        .arg(OsStr::from_bytes(name))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("git runs");
    match status.code() {
        Some(0) => true,
        Some(1) => false,
        other => panic!("git check-ref-format ended with {other:?}"),
    }
}

/// Pseudo-random names out of pieces that matter to the rules.
fn generated(count: usize) -> Vec<Vec<u8>> {
    const PIECES: [&[u8]; 24] = [
        b"a",
        b"b",
        b"main",
        b"/",
        b"/",
        b"/",
        b".",
        b"..",
        b".lock",
        b"lock",
        b"@",
        b"{",
        b"@{",
        b"-",
        b"~",
        b"^",
        b":",
        b"*",
        b"[",
        b"\\",
        b" ",
        b"\x7f",
        b"\xc3\xa9",
        b"\xff",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    (0..count)
        .map(|_| {
            let mut name = [&b"refs/heads/"[..], b"refs/", b"refs/tags/x"][next(3)].to_vec();
            // Mostly harmless pieces, so that a fair share is valid.
            for _ in 0..=next(5) {
                let among = if next(4) == 0 { PIECES.len() } else { 4 };
                name.extend_from_slice(PIECES[next(among)]);
            }
            name
        })
        .collect()
}

#[test]
fn verdicts_are_those_of_git_check_ref_format_and_our_listed_rules() {
    let (mut taken, mut refused) = (0, 0);
    for name in rows().into_iter().map(|(name, _)| name).chain(generated(300)) {
        let git = git_takes(&name);
        match RefName::new(&name) {
            Ok(_) => assert!(git, "git refuses {}", name.escape_ascii()),
            Err(error) => assert!(
                !git || is_our_own_rule(error),
                "git takes {}: {error}",
                name.escape_ascii()
            ),
        }
        *if git { &mut taken } else { &mut refused } += 1;
    }
    assert!(taken > 50 && refused > 50, "a lopsided sample: {taken} and {refused}");
}

proptest! {
    #[test]
    fn any_bytes_are_judged_and_kept_as_they_are(name in prop::collection::vec(any::<u8>(), 0..60)) {
        for name in [name.clone(), [b"refs/heads/", &name[..]].concat()] {
            if let Ok(parsed) = RefName::new(&name) {
                prop_assert_eq!(parsed.as_str().as_bytes(), &name[..]);
                prop_assert_eq!(RefName::new(parsed.as_str().as_bytes()), Ok(parsed));
            }
        }
    }
}
