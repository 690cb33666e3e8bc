use super::{Case, fill, target, target_of_mode, tree};
use crate::fsck::Rule::{self, *};
use crate::hash::ObjectFormat;
use crate::object::Kind;

/// The modes and names of the entries.
type Tree = (&'static [(&'static str, &'static str)], Option<Rule>);

const FILE: &str = "100644";
const DIR: &str = "40000";

const TREES: &[Tree] = &[
    (&[], None),
    (
        &[
            (FILE, "a"),
            ("100755", "b"),
            (DIR, "c"),
            ("120000", "d"),
            ("160000", "e"),
        ],
        None,
    ),
    // Infos of git.
    (&[("100664", "a"), ("100000", "d"), ("120777", "e")], None),
    (&[("0100644", "a")], Some(ZeroPaddedFilemode)),
    (&[(FILE, "a"), ("000040000", "b")], Some(ZeroPaddedFilemode)),
    (&[("0160000", "a"), (FILE, "b")], Some(ZeroPaddedFilemode)),
    (&[("", "a")], Some(BadTree)),
    (&[("10064a", "a")], Some(BadTree)),
    (&[("100648", "a")], Some(BadTree)),
    (&[("-100644", "a")], Some(BadTree)),
    (&[(" 100644", "a")], Some(BadTree)),
    (&[("0", "a")], Some(BadTree)),
    (&[("644", "a")], Some(BadTree)),
    (&[("10000", "a")], Some(BadTree)),
    (&[("60000", "a")], Some(BadTree)),
    (&[("1100644", "a")], Some(BadTree)),
    (&[("7777777777777777777777100644", "a")], Some(BadTree)),
    (&[(FILE, "")], Some(EmptyName)),
    (&[(FILE, "a"), (FILE, "a")], Some(DuplicateEntries)),
    (&[(FILE, "a"), (DIR, "a")], Some(DuplicateEntries)),
    (&[(FILE, "a"), (FILE, "a.b"), (DIR, "a")], Some(DuplicateEntries)),
    (
        &[(FILE, "a"), (FILE, "a-"), (FILE, "a--"), (DIR, "a-"), (DIR, "a")],
        Some(DuplicateEntries),
    ),
    (
        &[(FILE, "a"), (FILE, "a.b"), (FILE, "a.b.c"), (DIR, "a.b"), (FILE, "a0")],
        Some(DuplicateEntries),
    ),
    (
        &[(FILE, "a"), (FILE, "a.b"), (FILE, "a.b.c"), (DIR, "a.c"), (DIR, "a")],
        Some(DuplicateEntries),
    ),
    (&[(FILE, "a"), (FILE, "a.b"), (DIR, "aa")], None),
    (&[(FILE, "a.b"), (DIR, "a"), (FILE, "a0")], None),
    (&[(FILE, "a"), (FILE, "a.b"), (FILE, "a0"), (DIR, "b")], None),
    (&[(FILE, "b"), (FILE, "a")], Some(TreeNotSorted)),
    (&[(FILE, "ab"), (FILE, "a")], Some(TreeNotSorted)),
    (&[(DIR, "a"), (FILE, "a.b")], Some(TreeNotSorted)),
    (&[(FILE, "a0"), (DIR, "a")], Some(TreeNotSorted)),
    (
        &[(FILE, "longer-than-a-word-1"), (FILE, "longer-than-a-word-0")],
        Some(TreeNotSorted),
    ),
    (&[(FILE, "longer-than-a-word-0"), (FILE, "longer-than-a-word-1")], None),
];

pub(super) fn trees(format: ObjectFormat) -> Vec<Case> {
    let id = target(format, Kind::Blob);
    let of = |entries: &[(&str, &str)], expect: Option<Rule>| {
        let ids: Vec<_> = entries.iter().map(|(mode, _)| target_of_mode(format, mode)).collect();
        let entries: Vec<_> = entries
            .iter()
            .zip(&ids)
            .map(|((mode, name), id)| (*mode, name.as_bytes(), id.as_bytes()))
            .collect();
        Case {
            kind: Kind::Tree,
            data: tree(format, &entries),
            expect,
            named: None,
        }
    };
    let mut rows: Vec<Case> = TREES.iter().map(|(entries, expect)| of(entries, *expect)).collect();
    let zero = fill(format, 0);
    let zeros = tree(format, &[(FILE, b"a", zero.as_bytes())]);
    rows.push(Case {
        kind: Kind::Tree,
        data: zeros,
        expect: Some(NullSha1),
        named: None,
    });
    // Cut off anywhere, an entry is none.
    let whole = tree(format, &[(FILE, b"a", id.as_bytes()), (FILE, b"b", id.as_bytes())]);
    let half = whole.len() / 2;
    for cut in (1..whole.len()).filter(|&cut| cut != half && (cut < 12 || cut > whole.len() - 12)) {
        rows.push(Case {
            kind: Kind::Tree,
            data: whole[..cut].to_vec(),
            expect: Some(BadTree),
            named: None,
        });
    }
    rows
}

const NAMES: &[(&str, &str, Option<Rule>)] = &[
    ("40000", ".", Some(HasDot)),
    ("100644", "..", Some(HasDotdot)),
    ("100644", "...", None),
    ("100644", ".a", None),
    ("100644", "a/b", Some(FullPathname)),
    ("100644", "/", Some(FullPathname)),
    ("100644", "a-long-name-with-a/slash", Some(FullPathname)),
    ("100644", "a\\b", None),
    ("40000", ".git", Some(HasDotgit)),
    ("160000", ".git", Some(HasDotgit)),
    ("40000", ".GiT", Some(HasDotgit)),
    ("40000", ".git ", Some(HasDotgit)),
    ("40000", ".git. . .", Some(HasDotgit)),
    ("40000", ".git::$INDEX_ALLOCATION", Some(HasDotgit)),
    ("40000", ".git...:x", Some(HasDotgit)),
    ("40000", "git~1", Some(HasDotgit)),
    ("40000", "GIT~1. ", Some(HasDotgit)),
    ("40000", "git~1:x", Some(HasDotgit)),
    ("40000", ".git\\hooks", Some(HasDotgit)),
    ("40000", "a\\.git", Some(HasDotgit)),
    ("40000", "a\\git~1\\b", Some(HasDotgit)),
    ("40000", "a\\b\\.GIT \\c", Some(HasDotgit)),
    ("40000", ".g\u{200c}it", Some(HasDotgit)),
    ("40000", "\u{feff}.git", Some(HasDotgit)),
    ("40000", ".\u{202e}G\u{206a}I\u{200f}T\u{200d}", Some(HasDotgit)),
    ("40000", "git", None),
    ("40000", "git~2", None),
    ("40000", "git~", None),
    ("40000", "git~10", None),
    ("40000", ".gi", None),
    ("40000", ".gitt", None),
    ("40000", ".git-x", None),
    ("40000", ".git a", None),
    ("100644", ".gitignore", None),
    ("120000", ".gitignore", None),
    ("120000", ".mailmap", None),
    ("40000", ".g\u{200b}it", None),
    ("40000", ".g\u{131}t", None),
    ("40000", "\u{feff}git", None),
    ("40000", "\u{20ac}.git", None),
    ("100644", "\u{feff}", None),
    ("120000", ".gitmodules", Some(GitmodulesSymlink)),
    ("120000", ".GitModules . ", Some(GitmodulesSymlink)),
    ("120000", ".gitmodules:x", Some(GitmodulesSymlink)),
    ("120000", "gitmod~1", Some(GitmodulesSymlink)),
    ("120000", "GITMOD~4 ", Some(GitmodulesSymlink)),
    ("120000", "gi7eba~1", Some(GitmodulesSymlink)),
    ("120000", "gi7eba~9", Some(GitmodulesSymlink)),
    ("120000", "gi7eb~10", Some(GitmodulesSymlink)),
    ("120000", "GI7E~123. ", Some(GitmodulesSymlink)),
    ("120000", "~1000000", Some(GitmodulesSymlink)),
    ("120000", ".git\u{200c}modules", Some(GitmodulesSymlink)),
    ("120000", "a\\.gitmodules", Some(GitmodulesSymlink)),
    ("120000", "gitmod~5", None),
    ("120000", "gitmo~1", None),
    ("120000", "gi7eba~0", None),
    ("120000", "gi7eba~10", None),
    ("120000", "gi7eb~01", None),
    ("120000", "gi7eb~1a", None),
    ("120000", "gi7eb~1", None),
    ("120000", "~100000", None),
    ("120000", ".gitmodules\\a", None),
    ("120000", ".gitmodulesx", None),
    ("120000", ".gitattributes", None),
    ("120000", "gitatt~1", None),
    ("100644", ".gitmodules", Some(GitmodulesMissing)),
    ("100644", "gitmod~2", Some(GitmodulesMissing)),
    ("100644", "x\\gitmod~2", Some(GitmodulesMissing)),
    ("160000", ".gitmodules", Some(GitmodulesMissing)),
    ("100644", ".gitattributes", Some(GitattributesMissing)),
    ("100644", ".GITATTRIBUTES.", Some(GitattributesMissing)),
    ("100644", "gitatt~1", Some(GitattributesMissing)),
    ("100644", "gi7d29~1", Some(GitattributesMissing)),
    ("100644", ".git\u{feff}attributes", Some(GitattributesMissing)),
    ("100644", "x\\.gitattributes", None),
    ("100644", "gi7d30~1", None),
];

/// Names of one entry; what is special about it may depend on the mode.
pub(super) fn names(format: ObjectFormat) -> Vec<Case> {
    let of = |mode: &str, name: &[u8], expect: Option<Rule>| {
        let id = target_of_mode(format, mode);
        let data = tree(format, &[(mode, name, id.as_bytes())]);
        Case {
            kind: Kind::Tree,
            data,
            expect,
            named: None,
        }
    };
    let mut cases: Vec<Case> = NAMES
        .iter()
        .map(|(mode, name, expect)| of(mode, name.as_bytes(), *expect))
        .collect();
    // Git takes a malformed end for the end.
    cases.push(of("40000", b".git\xff", Some(HasDotgit)));
    cases.push(of("40000", b".git\xe2\x80", Some(HasDotgit)));
    cases.push(of("40000", b".g\xffit", None));
    cases.push(of("100644", &[b'x'; 4096], None));
    cases.push(of("100644", &[b'x'; 4097], Some(LargePathname)));
    // Near the words that are compared at once.
    for len in 1..20 {
        cases.push(of("100644", &vec![b'x'; len], None));
        cases.push(of("100644", &[&vec![b'x'; len][..], b"/"].concat(), Some(FullPathname)));
        cases.push(of("100644", &vec![0x80; len], None));
        cases.push(of("100644", &vec![0x01; len], None));
    }
    cases
}
