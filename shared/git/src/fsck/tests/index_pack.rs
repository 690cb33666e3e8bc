//! Real `git index-pack --strict` takes what we take, so that every stored pack passes it.

use std::fs;

use super::corpus::{FORMATS, tree};
use super::differential::git;
use crate::fsck::{Checker, Policy, Rule, Stored};
use crate::hash::{ObjectFormat, ObjectId, finish, hasher, object_id};
use crate::object::Kind;
use crate::pack::entry::{Content, pack_header, write};
use crate::zlib::deflate;

const WHO: &str = "A U <a@b> 1700000000 +0100";

/// What every pack holds, for the object in question to refer to.
struct Neighbours {
    blob: ObjectId,
    tree: ObjectId,
    objects: Vec<(Kind, Vec<u8>)>,
}

fn neighbours(format: ObjectFormat) -> Neighbours {
    let text = b"not a config file\n".to_vec();
    Neighbours {
        blob: object_id(format, Kind::Blob, &text).unwrap(),
        tree: object_id(format, Kind::Tree, b"").unwrap(),
        objects: vec![(Kind::Blob, text), (Kind::Tree, Vec::new())],
    }
}

fn pack(format: ObjectFormat, objects: &[(Kind, Vec<u8>)]) -> Vec<u8> {
    let mut out = pack_header(u32::try_from(objects.len()).unwrap()).to_vec();
    for (kind, data) in objects {
        write(Content::Full(*kind), data.len() as u64, &mut out);
        out.extend(deflate(data));
    }
    let mut sum = hasher(format);
    sum.update(&out);
    out.extend(finish(sum).unwrap().as_slice());
    out
}

/// The rule that refuses a push of these objects.
fn verdict(format: ObjectFormat, objects: &[(Kind, Vec<u8>)]) -> Option<Rule> {
    let mut checker = Checker::new(format, Policy::strict());
    for (kind, data) in objects.iter().rev() {
        let id = object_id(format, *kind, data).unwrap();
        if let Err(problem) = checker.check(*kind, &id, data, &mut |_, _| {}) {
            return Some(problem.rule());
        }
    }
    let finished = checker.finish(&mut |_| Ok::<Stored<Vec<u8>>, ()>(Stored::Missing));
    assert!(finished.is_ok(), "the blobs come behind the trees that name them");
    None
}

fn rows(format: ObjectFormat, around: &Neighbours) -> Vec<(Kind, Vec<u8>, Option<Rule>)> {
    let entry = |mode: &str, name: &[u8], expect| {
        let id = if mode.trim_start_matches('0') == "40000" {
            &around.tree
        } else {
            &around.blob
        };
        (Kind::Tree, tree(format, &[(mode, name, id.as_bytes())]), expect)
    };
    let null = ObjectId::null(format);
    let (blob, root) = (around.blob, around.tree);
    let commit = |rest: &str, expect| {
        let text = format!("tree {root}\nauthor {WHO}\ncommitter {WHO}\n{rest}");
        (Kind::Commit, text.into_bytes(), expect)
    };
    let tag = |rest: &str, expect| {
        (
            Kind::Tag,
            format!("object {blob}\ntype blob\n{rest}").into_bytes(),
            expect,
        )
    };
    vec![
        entry("100644", b"a", None),
        entry("100664", b"a", None),
        entry("100000", b"a", None),
        entry("120777", b"a", None),
        entry("0100644", b"a", Some(Rule::ZeroPaddedFilemode)),
        entry("040000", b"a", Some(Rule::ZeroPaddedFilemode)),
        entry("100644", &[b'a'; 4096], None),
        entry("100644", &[b'a'; 4097], Some(Rule::LargePathname)),
        entry("40000", b".", Some(Rule::HasDot)),
        entry("40000", b"..", Some(Rule::HasDotdot)),
        entry("40000", b".git", Some(Rule::HasDotgit)),
        entry("100644", b"a/b", Some(Rule::FullPathname)),
        entry("120000", b".gitignore", None),
        entry("120000", b".gitattributes", None),
        entry("120000", b".mailmap", None),
        entry("100644", b".gitmodules", None),
        (
            Kind::Tree,
            tree(format, &[("160000", b"a", null.as_bytes())]),
            Some(Rule::NullSha1),
        ),
        commit("\nmessage", None),
        commit("extra header\n\nmessage", None),
        commit("\nmess\0age", Some(Rule::NulInCommit)),
        tag(&format!("tag x\ntagger {WHO}\n\nmess\0age"), None),
        tag(&format!("tag a b\ntagger {WHO}\n\n"), None),
        tag(&format!("tag x\ntagger {WHO}\nextra header\n\n"), None),
        tag("tag x\n\n", None),
    ]
}

#[test]
fn git_index_pack_strict_takes_what_we_take_and_names_the_rule_that_we_name() {
    for (format, name) in FORMATS.into_iter().zip(["sha1", "sha256"]) {
        let folder = tempfile::tempdir().unwrap();
        let repository = folder.path().join("r.git");
        let init = ["init", "--bare", "--quiet", "--object-format", name];
        assert!(git(&repository, &init).status.success());
        let around = neighbours(format);
        for (kind, data, expect) in rows(format, &around) {
            let shown = format!("{name} {} {}", kind.name(), data.escape_ascii());
            let mut objects = around.objects.clone();
            objects.push((kind, data));
            assert_eq!(verdict(format, &objects), expect, "{shown}");
            let file = folder.path().join("x.pack");
            fs::write(&file, pack(format, &objects)).unwrap();
            let output = git(&repository, &["index-pack", "--strict", file.to_str().unwrap()]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), expect.is_none(), "{shown}: {said}");
            if let Some(rule) = expect {
                assert!(said.contains(&format!(" {}: ", rule.as_str())), "{shown}: {said}");
            }
        }
    }
}
