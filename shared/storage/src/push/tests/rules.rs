//! What a push does to refs and which objects it stores.

use packhouse_git::hash::{ObjectFormat, ObjectId};

use crate::error::Error;
use crate::push::{Command, Verdict};
use crate::testing::{Bed, Git, assert_clean, command, name, push_to};

/// A line of three commits in git and an empty repository.
async fn line() -> (Git, Bed, [ObjectId; 3]) {
    let git = Git::sha1();
    let mut commits: Vec<ObjectId> = Vec::new();
    for at in 0..3 {
        let blob = git.blob(format!("content {at}\n").as_bytes());
        let parents: Vec<ObjectId> = commits.last().copied().into_iter().collect();
        commits.push(git.commit(git.tree(&[("file", blob)]), &parents, &format!("commit {at}")));
    }
    (git, Bed::sha1().await, [commits[0], commits[1], commits[2]])
}

fn create(text: &str, id: ObjectId) -> Command {
    command(text, None, Some(id))
}

/// The verdicts in short: `ok`, `forced`, or the text of the refusal.
fn short(verdicts: &[Verdict]) -> Vec<&str> {
    let short = |verdict| match verdict {
        &Verdict::Done { forced: false } => "ok",
        &Verdict::Done { forced: true } => "forced",
        Verdict::Refused(why) => why.as_str(),
    };
    verdicts.iter().map(short).collect()
}

async fn check(bed: &Bed, commands: Vec<Command>, atomic: bool, expect: &[&str]) {
    let before = bed.refs().await;
    let verdicts = push_to(&bed.store, &bed.id, commands.clone(), None, atomic)
        .await
        .unwrap();
    let short = short(&verdicts);
    let told = short.len() == expect.len() && short.iter().zip(expect).all(|(short, expect)| short.contains(expect));
    assert!(told, "{short:?} for {expect:?}");
    let mut after = before;
    for (command, verdict) in commands.into_iter().zip(&verdicts) {
        if matches!(verdict, Verdict::Done { .. }) {
            match command.new {
                Some(new) => drop(after.insert(command.name, new)),
                None => drop(after.remove(&command.name)),
            }
        }
    }
    assert_eq!(bed.refs().await, after, "refs are what the verdicts say");
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one table of rows, each of which builds on those before"
)]
async fn refs_change_as_the_verdicts_say() {
    let (git, bed, [one, two, three]) = line().await;
    let tree = git.id(&format!("{one}^{{tree}}"));
    let inner = git.tag(two, "commit", "inner");
    let outer = git.tag(inner, "tag", "outer");
    let later = git.tag(three, "commit", "later");
    bed.pushed(
        vec![
            create("refs/heads/main", three),
            create("refs/tags/outer", outer),
            create("refs/tags/later", later),
        ],
        Some(git.pack(&[three, outer, later], &[])),
    )
    .await;
    let of = |text: &str, old, new| vec![command(text, old, new)];
    let rows: Vec<(Vec<Command>, bool, &[&str])> = vec![
        (of("refs/heads/topic", None, Some(one)), false, &["ok"]),
        (of("refs/heads/topic", None, Some(one)), false, &["already exists"]),
        (of("refs/heads/topic", Some(two), Some(three)), false, &["stale"]),
        (of("refs/heads/topic", Some(one), Some(three)), false, &["ok"]),
        (of("refs/heads/topic", Some(three), Some(three)), false, &["ok"]),
        (of("refs/heads/topic", Some(three), Some(one)), false, &["forced"]),
        (of("refs/heads/none", Some(one), Some(two)), false, &["does not exist"]),
        (of("refs/heads/none", Some(one), None), false, &["ok"]),
        (of("refs/heads/main", Some(three), None), false, &["default branch"]),
        (
            of("refs/heads/tree", None, Some(tree)),
            false,
            &["only point to a commit"],
        ),
        (
            of("refs/heads/tag", None, Some(outer)),
            false,
            &["only point to a commit"],
        ),
        (of("refs/tags/tree", None, Some(tree)), false, &["ok"]),
        (of("refs/packhouse/keep/1", None, Some(one)), false, &["hidden"]),
        (of("refs/heads/topic", Some(two), None), false, &["stale"]),
        (of("refs/heads/topic", None, None), false, &["stale"]),
        (
            of("refs/heads/topic/sub", None, Some(one)),
            false,
            &["'refs/heads/topic' exists"],
        ),
        (of("refs/tags/late", None, Some(later)), false, &["ok"]),
        (of("refs/tags/late", Some(later), Some(three)), false, &["forced"]),
        (
            vec![
                command("refs/heads/topic", Some(one), None),
                create("refs/heads/topic/sub", one),
            ],
            false,
            &["ok", "ok"],
        ),
        (
            of("refs/heads/topic", None, Some(one)),
            false,
            &["'refs/heads/topic/sub' exists"],
        ),
        (
            vec![create("refs/heads/x", one), create("refs/heads/x/y", one)],
            false,
            &["ok", "'refs/heads/x' exists"],
        ),
        (
            vec![create("refs/heads/twice", one), create("refs/heads/twice", two)],
            false,
            &["multiple", "multiple"],
        ),
        (
            vec![create("refs/heads/p", one), create("refs/heads/x", two)],
            true,
            &["atomic push failure", "already"],
        ),
        (
            vec![create("refs/heads/p", one), create("refs/heads/q", two)],
            true,
            &["ok", "ok"],
        ),
        (
            vec![create("refs/heads/r", one), create("refs/heads/x", two)],
            false,
            &["ok", "already"],
        ),
        (
            vec![create("refs/heads/n", ObjectId::Sha1([7; 20]))],
            false,
            &["missing necessary objects"],
        ),
        (Vec::new(), false, &[]),
    ];
    for (commands, atomic, expect) in rows {
        check(&bed, commands, atomic, expect).await;
    }
    let refs = bed.snapshot().await;
    assert_eq!(refs.refs().get(&name("refs/tags/outer")).unwrap().peeled, Some(two));
    assert_clean(&bed).await;
}

#[tokio::test]
async fn a_tag_that_is_moved_off_an_annotated_tag_leaves_an_unreachable_object() {
    let (git, bed, [one, two, _]) = line().await;
    let tag = git.tag(one, "commit", "v");
    let outer = git.tag(tag, "tag", "w");
    let all = git.pack(&[two, outer], &[]);
    bed.pushed(
        vec![
            create("refs/heads/main", two),
            create("refs/tags/v", tag),
            create("refs/tags/w", outer),
        ],
        Some(all),
    )
    .await;
    check(
        &bed,
        vec![command("refs/tags/v", Some(tag), Some(outer))],
        false,
        &["ok"],
    )
    .await;
    check(
        &bed,
        vec![command("refs/tags/w", Some(outer), Some(two))],
        false,
        &["forced"],
    )
    .await;
    check(
        &bed,
        vec![command("refs/tags/v", Some(outer), Some(two))],
        false,
        &["forced"],
    )
    .await;
    assert_clean(&bed).await;
}

#[tokio::test]
async fn the_first_branches_choose_the_default() {
    let rows: [(&[&str], &str); 6] = [
        (&["zeta", "main", "master"], "main"),
        (&["zeta", "master", "alpha"], "master"),
        (&["zeta", "alpha"], "alpha"),
        (&["main"], "main"),
        (&["alpha/main", "beta"], "alpha/main"),
        (&[], "main"),
    ];
    let (git, _, [one, ..]) = line().await;
    let pack = git.pack(&[one], &[]);
    for (branches, head) in rows {
        let bed = Bed::sha1().await;
        let mut commands: Vec<Command> = branches
            .iter()
            .map(|short| create(&format!("refs/heads/{short}"), one))
            .collect();
        commands.push(create("refs/tags/t", one));
        bed.pushed(commands, Some(pack.clone())).await;
        assert_eq!(
            bed.snapshot().await.manifest().head,
            name(&format!("refs/heads/{head}")),
            "{branches:?}"
        );
        bed.pushed(vec![create("refs/heads/zz", one)], None).await;
        let head = if branches.is_empty() { "zz" } else { head };
        assert_eq!(
            bed.snapshot().await.manifest().head,
            name(&format!("refs/heads/{head}")),
            "{branches:?}"
        );
        assert_clean(&bed).await;
    }
}

#[tokio::test]
async fn thin_and_empty_packs_are_taken_in_both_formats() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let (git, bed) = (Git::new(format), Bed::new(format).await);
        let text: String = (0..400).map(|line| format!("line {line}\n")).collect();
        let mut parents = Vec::new();
        for at in 0..4 {
            let blob = git.blob(format!("{text}and {at}\n").as_bytes());
            let commit = git.commit(git.tree(&[("file", blob)]), &parents, "c");
            let pack = git.pack(&[commit], &parents);
            bed.pushed(
                vec![command("refs/heads/main", parents.first().copied(), Some(commit))],
                Some(pack),
            )
            .await;
            parents = vec![commit];
        }
        let packs = bed.snapshot().await.packs().await.unwrap();
        assert!(
            packs[0].appended.is_none() && packs[1..].iter().all(|pack| pack.appended.is_some()),
            "{packs:?}"
        );
        bed.pushed(vec![create("refs/heads/same", parents[0])], Some(git.pack_of(&[])))
            .await;
        assert_eq!(bed.snapshot().await.packs().await.unwrap().len(), 4);
        assert_clean(&bed).await;
    }
}

#[tokio::test]
async fn only_the_ref_whose_objects_are_missing_is_refused() {
    let (git, bed, [one, two, three]) = line().await;
    let (tree, blob) = (git.id(&format!("{one}^{{tree}}")), git.id(&format!("{one}:file")));
    let (lost, _) = (git.id(&format!("{three}:file")), two);
    let all = [one, two, three]
        .map(|id| [id, git.id(&format!("{id}^{{tree}}")), git.id(&format!("{id}:file"))])
        .concat();
    let some: Vec<ObjectId> = all.into_iter().filter(|id| *id != lost).collect();
    for atomic in [true, false] {
        let commands = vec![create("refs/heads/bad", three), create("refs/heads/good", one)];
        let verdicts = push_to(&bed.store, &bed.id, commands, Some(git.pack_of(&some)), atomic)
            .await
            .unwrap();
        let expect = [
            "missing necessary objects",
            if atomic { "atomic push failure" } else { "ok" },
        ];
        assert_eq!(short(&verdicts), expect);
        assert_clean(&bed).await;
    }
    let odb = bed.snapshot().await.odb().await.unwrap();
    assert!([one, tree, blob].iter().all(|id| odb.contains(id)));
    assert!(
        ![two, three].iter().any(|id| odb.contains(id)),
        "what no accepted ref reaches is not stored"
    );
    assert_eq!(bed.snapshot().await.manifest().head, name("refs/heads/good"));
}

#[tokio::test]
async fn objects_that_no_accepted_ref_reaches_are_not_stored() {
    let (git, bed, [one, two, three]) = line().await;
    let extra = git.blob(b"nobody refers to this\n");
    let stray = git.commit(git.tree(&[("stray", extra)]), &[two], "stray");
    let pack = git.pack(&[three, stray], &[]);
    bed.pushed(vec![create("refs/heads/main", two)], Some(pack.clone()))
        .await;
    assert_clean(&bed).await;
    let commands = vec![
        command("refs/heads/main", Some(two), Some(three)),
        command("refs/heads/x", Some(one), Some(stray)),
    ];
    let verdicts = bed.push(commands, Some(pack.clone())).await.unwrap();
    assert!(
        matches!(&verdicts[..], [Verdict::Done { .. }, Verdict::Refused(_)]),
        "{verdicts:?}"
    );
    assert_clean(&bed).await;
    let odb = bed.snapshot().await.odb().await.unwrap();
    assert!(odb.contains(&three) && !odb.contains(&stray) && !odb.contains(&extra));
    // Nothing of it is new: no pack is stored.
    bed.pushed(vec![create("refs/heads/again", one)], Some(git.pack(&[three], &[])))
        .await;
    assert_eq!(bed.snapshot().await.packs().await.unwrap().len(), 2);
    assert_clean(&bed).await;
}

#[tokio::test]
async fn a_refused_pack_changes_nothing_and_says_what_is_wrong() {
    let (git, bed, [one, ..]) = line().await;
    let bad_tree = {
        let blob = git.blob(b"x");
        let data = [b"100644 .git\0", blob.as_slice()].concat();
        git.hex(&git.text(&["hash-object", "-w", "--literally", "-t", "tree", "--stdin"], &data))
    };
    let bad = git.commit(bad_tree, &[], "bad");
    let good = git.pack(&[one], &[]);
    let mut damaged = good.to_vec();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    let cut = good.slice(..good.len() - 30);
    let tree = git.id(&format!("{one}^{{tree}}"));
    // A commit whose tree is a blob.
    let file = git.id(&format!("{one}:file"));
    let text = String::from_utf8(git.data("commit", one))
        .unwrap()
        .replace(&tree.to_string(), &file.to_string());
    let twisted = git.hex(&git.text(
        &["hash-object", "-w", "--literally", "-t", "commit", "--stdin"],
        text.as_bytes(),
    ));
    let rows = [
        (git.pack(&[bad], &[]), bad, bad_tree.to_string()),
        (damaged.into(), one, String::new()),
        (cut, one, "truncated".into()),
        (
            git.pack_of(&[twisted, file]),
            twisted,
            format!("object {file} is a blob, not a tree"),
        ),
    ];
    for (pack, tip, expect) in rows {
        let error = bed
            .push(vec![create("refs/heads/main", tip)], Some(pack))
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Invalid(why) if why.contains(&expect)),
            "{error} for {expect}"
        );
        assert!(bed.refs().await.is_empty());
        assert_eq!(bed.blobs_of_repository().await.len(), 0);
        assert_clean(&bed).await;
    }
}

#[tokio::test]
async fn only_what_the_default_branch_does_not_reach_may_be_unreachable_afterwards() {
    let (git, _, [one, two, three]) = line().await;
    let side = git.commit(git.id(&format!("{one}^{{tree}}")), &[one], "side");
    let tag = git.tag(one, "commit", "v");
    let pack = git.pack(&[three, side, tag], &[]);
    let rows = [
        (vec![command("refs/heads/merged", Some(one), None)], false),
        (vec![command("refs/heads/ahead", Some(three), Some(one))], true),
        (vec![command("refs/heads/ahead", Some(three), None)], true),
        (
            vec![
                command("refs/heads/main", Some(two), Some(three)),
                command("refs/heads/ahead", Some(three), None),
            ],
            false,
        ),
        (
            vec![
                command("refs/heads/main", Some(two), Some(one)),
                command("refs/heads/merged", Some(one), None),
            ],
            true,
        ),
        (
            vec![
                command("refs/heads/merged", Some(one), None),
                command("refs/heads/side", Some(side), None),
            ],
            true,
        ),
        (vec![command("refs/tags/v", Some(tag), None)], true),
        (vec![command("refs/tags/none", Some(tag), None)], false),
    ];
    for (commands, unreachable) in rows {
        let bed = Bed::sha1().await;
        let first = [
            ("heads/main", two),
            ("heads/merged", one),
            ("heads/ahead", three),
            ("heads/side", side),
            ("tags/v", tag),
        ];
        bed.pushed(
            first.map(|(short, id)| create(&format!("refs/{short}"), id)).to_vec(),
            Some(pack.clone()),
        )
        .await;
        bed.pushed(commands.clone(), None).await;
        assert_eq!(bed.snapshot().await.manifest().unreachable, unreachable, "{commands:?}");
        assert_clean(&bed).await;
    }
}
