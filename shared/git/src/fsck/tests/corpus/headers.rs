use super::{Case, target};
use crate::fsck::Rule::{self, *};
use crate::hash::ObjectFormat;
use crate::object::Kind;

const WHO: &str = "A U <a@b> 1700000000 +0100";

/// Headers separated by `|`, with `ID` and `WHO` to be replaced.
fn headers(format: ObjectFormat, kind: Kind, text: &str, expect: Option<Rule>) -> Case {
    let mut text = text.replace("tree ID", &format!("tree {}", target(format, Kind::Tree)));
    for kind in [Kind::Tree, Kind::Blob, Kind::Tag] {
        let object = format!("object {}|type {}", target(format, kind), kind.name());
        text = text.replace(&format!("object ID|type {}", kind.name()), &object);
    }
    let data = text
        .replace("ID", &target(format, Kind::Commit).to_string())
        .replace("WHO", WHO)
        .replace('|', "\n");
    Case {
        kind,
        data: data.into_bytes(),
        expect,
        named: None,
    }
}

const COMMITS: &[(&str, Option<Rule>)] = &[
    ("tree ID|author WHO|committer WHO||message|", None),
    ("tree ID|author WHO|committer WHO|", None),
    (
        "tree ID|parent ID|parent ID|author WHO|committer WHO|encoding x|gpgsig a| b|| ab",
        None,
    ),
    ("tree ID|author WHO|committer WHO||a\0b", Some(NulInCommit)),
    ("tree ID|author WHO|committer WHO||\0", Some(NulInCommit)),
    ("tree ID|author WHO|committer WHO|x|parent bad||", None),
    ("tree ID|author WHO|committer WHO|x\0||", Some(NulInHeader)),
    ("", Some(UnterminatedHeader)),
    ("tree ID|author WHO|committer WHO", Some(UnterminatedHeader)),
    ("||", Some(MissingTree)),
    ("author WHO|committer WHO||", Some(MissingTree)),
    ("parent ID|tree ID|author WHO|committer WHO||", Some(MissingTree)),
    ("tree  ID|author WHO|committer WHO||", Some(BadTreeSha1)),
    ("tree ID0|author WHO|committer WHO||", Some(BadTreeSha1)),
    ("tree 1a1a|author WHO|committer WHO||", Some(BadTreeSha1)),
    ("tree |author WHO|committer WHO||", Some(BadTreeSha1)),
    ("tree ID|parent 1a1a|author WHO|committer WHO||", Some(BadParentSha1)),
    (
        "tree ID|parent ID|parent ID |author WHO|committer WHO||",
        Some(BadParentSha1),
    ),
    ("tree ID|committer WHO||", Some(MissingAuthor)),
    ("tree ID||author WHO|committer WHO||", Some(MissingAuthor)),
    ("tree ID|", Some(MissingAuthor)),
    ("tree ID|author WHO|parent ID|committer WHO||", Some(MissingCommitter)),
    ("tree ID|author WHO|author WHO|committer WHO||", Some(MultipleAuthors)),
    ("tree ID|author WHO||", Some(MissingCommitter)),
    ("tree ID|author WHO|commiter WHO||", Some(MissingCommitter)),
    ("tree ID|author WHO||committer WHO||", Some(MissingCommitter)),
    (
        "tree ID|author WHO|committer <a@b> 1 +0000||",
        Some(MissingNameBeforeEmail),
    ),
];

pub(super) fn commits(format: ObjectFormat) -> Vec<Case> {
    let mut cases: Vec<Case> = COMMITS
        .iter()
        .map(|(text, expect)| headers(format, Kind::Commit, text, *expect))
        .collect();
    let upper = target(format, Kind::Tree).to_string().to_uppercase();
    let upper = format!("tree {upper}|author WHO|committer WHO||");
    cases.push(headers(format, Kind::Commit, &upper, Some(BadTreeSha1)));
    cases
}

const IDENTITIES: &[(&str, Option<Rule>)] = &[
    ("A <a> 1 +0000", None),
    (" <> 0 -9999", None),
    ("A <a b@c d> \t 1 +0000", None),
    ("\u{e9} , \"x\" <\u{e9}> 9223372036854775807 +0000", None),
    ("<a> 1 +0000", Some(MissingNameBeforeEmail)),
    ("A> <a> 1 +0000", Some(BadName)),
    ("A", Some(MissingEmail)),
    ("", Some(MissingEmail)),
    ("A<a> 1 +0000", Some(MissingSpaceBeforeEmail)),
    ("A <a<b> 1 +0000", Some(BadEmail)),
    ("A <a", Some(BadEmail)),
    ("A <a>1 +0000", Some(MissingSpaceBeforeDate)),
    ("A <a>", Some(MissingSpaceBeforeDate)),
    ("A <a>> 1 +0000", Some(MissingSpaceBeforeDate)),
    ("A <a> ", Some(BadDate)),
    ("A <a> x +0000", Some(BadDate)),
    ("A <a> -1 +0000", Some(BadDate)),
    ("A <a> 1+0000", Some(BadDate)),
    ("A <a> 1", Some(BadDate)),
    ("A <a> 0", Some(ZeroPaddedDate)),
    ("A <a> 01 +0000", Some(ZeroPaddedDate)),
    ("A <a> 9223372036854775808 +0000", Some(BadDateOverflow)),
    ("A <a> 18446744073709551616 +0000", Some(BadDateOverflow)),
    ("A <a> 99999999999999999999999999999999 +0000", Some(BadDateOverflow)),
    ("A <a> 1 ", Some(BadTimezone)),
    ("A <a> 1 0000", Some(BadTimezone)),
    ("A <a> 1  +0000", Some(BadTimezone)),
    ("A <a> 1 +000", Some(BadTimezone)),
    ("A <a> 1 +00000", Some(BadTimezone)),
    ("A <a> 1 +00:00", Some(BadTimezone)),
    ("A <a> 1 +0000 ", Some(BadTimezone)),
    ("A <a> 1 +-000", Some(BadTimezone)),
];

pub(super) fn identities(format: ObjectFormat) -> Vec<Case> {
    let wrap = |who: &str, expect: Option<Rule>| {
        [
            headers(
                format,
                Kind::Commit,
                &format!("tree ID|author {who}|committer WHO||"),
                expect,
            ),
            headers(
                format,
                Kind::Commit,
                &format!("tree ID|author WHO|committer {who}|"),
                expect,
            ),
            headers(
                format,
                Kind::Tag,
                &format!("object ID|type commit|tag x|tagger {who}||"),
                expect,
            ),
        ]
    };
    IDENTITIES.iter().flat_map(|(who, expect)| wrap(who, *expect)).collect()
}

const TAGS: &[(&str, Option<Rule>)] = &[
    ("object ID|type commit|tag x|tagger WHO||message", None),
    (
        "object ID|type tag|tag x|tagger WHO|gpgsig a| b| c|gpgsig-sha256 d||",
        None,
    ),
    ("object ID|type commit|tag x|tagger WHO|gpgsig-sha256 a| b|", None),
    ("object ID|type blob|tag x|tagger WHO|extra y||a\0b", None),
    // Infos of git.
    ("object ID|type tree|tag a b|tagger WHO||", None),
    ("object ID|type tree|tag x||", None),
    ("object ID|type commit|tag x|tagger WHO\0||", Some(NulInHeader)),
    (
        "object ID|type commit|tag x|tagger WHO|gpgsig a| b",
        Some(UnterminatedHeader),
    ),
    ("type commit|tag x|tagger WHO||", Some(MissingObject)),
    ("object 1a|type commit|tag x|tagger WHO||", Some(BadObjectSha1)),
    ("object ID|tag x|tagger WHO||", Some(MissingTypeEntry)),
    ("object ID||type commit|tag x|tagger WHO||", Some(MissingTypeEntry)),
    ("object ID|type Commit|tag x|tagger WHO||", Some(BadType)),
    ("object ID|type |tag x|tagger WHO||", Some(BadType)),
    ("object ID|type commit |tag x|tagger WHO||", Some(BadType)),
    ("object ID|type commit|tagger WHO||", Some(MissingTagEntry)),
    ("object ID|type commit||", Some(MissingTagEntry)),
];

pub(super) fn tags(format: ObjectFormat) -> Vec<Case> {
    TAGS.iter()
        .map(|(text, expect)| headers(format, Kind::Tag, text, *expect))
        .collect()
}
