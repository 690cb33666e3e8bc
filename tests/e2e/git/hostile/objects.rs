//! Objects that Git's fsck refuses, sent by real git.

use packhouse_harness::{
    Git,
    pack::{self, Kind, Object},
    server::against_reference,
};

use super::Victim;

/// Pushes `objects`, of which the first is the tip, and expects a refusal that names Git's word for the fault.
#[track_caller]
fn refused(victim: &Victim, fault: &str, objects: &[Object]) {
    refused_as(victim, "refs/heads/evil", fault, objects);
}

#[track_caller]
fn refused_as(victim: &Victim, name: &str, fault: &str, objects: &[Object]) {
    let report = victim.raw().create(name, &objects[0].id(), &pack::of(objects));
    let taken = report.refs.iter().any(|(_, answer)| answer == "ok");
    assert!(
        !taken,
        "must be refused as {fault}: {:?}",
        objects[..2.min(objects.len())].last()
    );
    let text = report.refused();
    // git stumbles over some of these before its fsck runs.
    let named = text.contains(fault) || (against_reference() && text.contains("error"));
    assert!(named, "must name {fault}: {text}");
}

/// A commit of a tree, with blobs.
fn commit_of(tree: Object, blobs: &[Object]) -> Vec<Object> {
    [vec![Object::commit(&tree.id(), &[]), tree], blobs.to_vec()].concat()
}

#[test]
fn bad_trees_are_refused() {
    let victim = Victim::new("bad-trees");
    let blob = Object::blob("x");
    let id = blob.id();
    let one = |name: &[u8]| Object::tree(&[("100644", name, id.as_str())]);
    let rows: Vec<(&str, Object)> = vec![
        ("hasDot", one(b".")),
        ("hasDotdot", one(b"..")),
        ("hasDotgit", one(b".git")),
        ("hasDotgit", one(b".GIT")),
        ("hasDotgit", one(b".gIt")),
        ("hasDotgit", one(b"git~1")),
        ("hasDotgit", one(b"GIT~1")),
        ("hasDotgit", one(b".git ")),
        ("hasDotgit", one(b".git...")),
        ("hasDotgit", one(b".git . .")),
        ("hasDotgit", one(b".git::$INDEX_ALLOCATION")),
        ("hasDotgit", one(b".git\\foo")),
        ("hasDotgit", one(".g\u{200c}it".as_bytes())),
        ("hasDotgit", one("\u{feff}.git".as_bytes())),
        ("hasDotgit", one(".\u{202e}GiT\u{206f}".as_bytes())),
        ("emptyName", one(b"")),
        ("fullPathname", one(b"a/b")),
        (
            "treeNotSorted",
            Object::tree(&[("100644", "b", &id), ("100644", "a", &id)]),
        ),
        (
            "duplicateEntries",
            Object::tree(&[("100644", "a", &id), ("100644", "a", &id)]),
        ),
        ("nullSha1", Object::tree(&[("100644", "a", &"0".repeat(40))])),
        ("zeroPaddedFilemode", Object::tree(&[("0100644", "a", &id)])),
    ];
    for (fault, tree) in rows {
        refused(&victim, fault, &commit_of(tree, std::slice::from_ref(&blob)));
    }
    let sub = Object::tree(&[("100644", "x", &id)]);
    let both = Object::tree(&[
        ("100644", "a", id.as_str()),
        ("100644", "a.b", &id),
        ("40000", "a", &sub.id()),
    ]);
    refused(&victim, "duplicateEntries", &commit_of(both, &[blob.clone(), sub]));
    let broken = Object {
        kind: Kind::Tree,
        data: b"100644 a\0too short".to_vec(),
    };
    refused(&victim, "badTree", &commit_of(broken, &[]));
    victim.unharmed();
}

#[test]
fn bad_commits_are_refused() {
    let victim = Victim::new("bad-commits");
    let blob = Object::blob("x");
    let tree = Object::tree(&[("100644", "x", &blob.id())]);
    let (t, ada) = (tree.id(), "Ada <ada@example.com> 1 +0000");
    let rows = [
        ("missingTree", format!("author {ada}\ncommitter {ada}\n\nx\n")),
        ("badTreeSha1", format!("tree 12\nauthor {ada}\ncommitter {ada}\n\nx\n")),
        (
            "badParentSha1",
            format!("tree {t}\nparent 12\nauthor {ada}\ncommitter {ada}\n\nx\n"),
        ),
        ("missingAuthor", format!("tree {t}\ncommitter {ada}\n\nx\n")),
        (
            "multipleAuthors",
            format!("tree {t}\nauthor {ada}\nauthor {ada}\ncommitter {ada}\n\nx\n"),
        ),
        ("missingCommitter", format!("tree {t}\nauthor {ada}\n\nx\n")),
        (
            "missingEmail",
            format!("tree {t}\nauthor Ada 1 +0000\ncommitter {ada}\n\nx\n"),
        ),
        (
            "badEmail",
            format!("tree {t}\nauthor Ada <ada 1 +0000\ncommitter {ada}\n\nx\n"),
        ),
        (
            "badDate",
            format!("tree {t}\nauthor Ada <a@b> x +0000\ncommitter {ada}\n\nx\n"),
        ),
        (
            "zeroPaddedDate",
            format!("tree {t}\nauthor Ada <a@b> 01 +0000\ncommitter {ada}\n\nx\n"),
        ),
        (
            "badDateOverflow",
            format!("tree {t}\nauthor Ada <a@b> 99999999999999999999 +0000\ncommitter {ada}\n\nx\n"),
        ),
        (
            "badTimezone",
            format!("tree {t}\nauthor Ada <a@b> 1 zone\ncommitter {ada}\n\nx\n"),
        ),
        (
            "missingSpaceBeforeEmail",
            format!("tree {t}\nauthor Ada<a@b> 1 +0000\ncommitter {ada}\n\nx\n"),
        ),
        ("unterminatedHeader", format!("tree {t}\nauthor {ada}\ncommitter {ada}")),
        (
            "nulInHeader",
            format!("tree {t}\nauthor {ada}\0\ncommitter {ada}\n\nx\n"),
        ),
    ];
    for (fault, text) in rows {
        let commit = Object {
            kind: Kind::Commit,
            data: text.into_bytes(),
        };
        refused(&victim, fault, &[commit, tree.clone(), blob.clone()]);
    }
    victim.unharmed();
}

#[test]
fn bad_tags_are_refused() {
    let victim = Victim::new("bad-tags");
    let blob = Object::blob("x");
    let tree = Object::tree(&[("100644", "x", &blob.id())]);
    let (t, ada) = (tree.id(), "Ada <ada@example.com> 1 +0000");
    let rows = [
        ("missingObject", format!("type tree\ntag v\ntagger {ada}\n\nx\n")),
        (
            "badObjectSha1",
            format!("object 12\ntype tree\ntag v\ntagger {ada}\n\nx\n"),
        ),
        ("missingTypeEntry", format!("object {t}\ntag v\ntagger {ada}\n\nx\n")),
        ("badType", format!("object {t}\ntype thing\ntag v\ntagger {ada}\n\nx\n")),
        ("missingTagEntry", format!("object {t}\ntype tree\ntagger {ada}\n\nx\n")),
    ];
    for (fault, text) in rows {
        let tag = Object {
            kind: Kind::Tag,
            data: text.into_bytes(),
        };
        let objects = [tag.clone(), tree.clone(), blob.clone()];
        refused_as(&victim, "refs/tags/evil", fault, &objects);
    }
    victim.unharmed();
}

#[test]
fn bad_special_files_are_refused() {
    let victim = Victim::new("bad-gitmodules");
    let modules = |text: &str| {
        Object::blob(format!(
            "[submodule \"x\"]\n\tpath = x\n\turl = https://example.com/x\n{text}"
        ))
    };
    let rows: Vec<(&str, &str, &str, Object)> = vec![
        (
            "gitmodulesUrl",
            "100644",
            ".gitmodules",
            modules("\turl = -u./payload\n"),
        ),
        (
            "gitmodulesUrl",
            "100644",
            ".gitmodules",
            modules("\turl = https://example.com/%0ahost=evil\n"),
        ),
        ("gitmodulesPath", "100644", ".gitmodules", modules("\tpath = -x\n")),
        (
            "gitmodulesName",
            "100644",
            ".gitmodules",
            Object::blob("[submodule \"../../x\"]\n\tpath = x\n\turl = y\n"),
        ),
        (
            "gitmodulesUpdate",
            "100644",
            ".gitmodules",
            modules("\tupdate = !echo pwned\n"),
        ),
        (
            "gitmodulesUrl",
            "100644",
            ".GitModules",
            modules("\turl = -u./payload\n"),
        ),
        ("gitmodulesUrl", "100644", "gitmod~1", modules("\turl = -u./payload\n")),
        (
            "gitmodulesUrl",
            "100644",
            ".gitmod\u{200c}ules",
            modules("\turl = -u./payload\n"),
        ),
        ("gitmodulesSymlink", "120000", ".gitmodules", Object::blob("elsewhere")),
        (
            "gitattributesLineLength",
            "100644",
            ".gitattributes",
            Object::blob(format!("* {}\n", "x".repeat(3000))),
        ),
    ];
    for (fault, mode, name, blob) in rows {
        let tree = Object::tree(&[(mode, name, &blob.id())]);
        refused(&victim, fault, &commit_of(tree, &[blob]));
    }
    let folder = Object::tree(&[("100644", "x", &Object::blob("x").id())]);
    let tree = Object::tree(&[("40000", ".gitmodules", &folder.id())]);
    refused(
        &victim,
        "gitmodulesBlob",
        &commit_of(tree, &[folder, Object::blob("x")]),
    );
    victim.unharmed();
}

#[test]
fn git_shows_its_user_what_is_wrong_with_an_object() {
    for git in Git::every() {
        let victim = Victim::new(&format!("shown-{}", git.version()));
        git.log_in(super::server());
        let work = git.init("evil");
        let blob = work.run_with_input(["hash-object", "-w", "--stdin"], b"x").ok();
        let tree = [b"100644 .git\0".as_slice(), &pack::bytes_of(blob.trim())].concat();
        let tree = work
            .run_with_input(["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], &tree)
            .ok();
        let commit = work.run(&format!("commit-tree -m evil {}", tree.trim())).ok();
        let refused = work
            .run(&format!("push {} {}:refs/heads/evil", victim.url, commit.trim()))
            .refused();
        assert!(
            refused.contains("hasDotgit") && refused.contains("[remote rejected]"),
            "{refused}"
        );
        victim.unharmed();
    }
}
