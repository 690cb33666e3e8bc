//! Fetches compared with those of git, on the same random histories.

mod answers;
mod budgets;
mod hostile;
mod shallow;
mod twins;

use std::fmt::Write as _;
use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::upload_pack::{Deepen, FetchRequest};

use self::twins::{Twins, lines, want};
use super::{Session, Wants};
use crate::limits::Reads;
use crate::repack::repack;
use crate::testing::{Bed, Git, Rng, assert_clean, bytes_of, command, history, planned};

async fn clones_and_increments(twins: &Twins, rng: &mut Rng) {
    twins.check(want(twins.all()), &[]).await;
    twins.check(want(twins.branches()), &[]).await;
    for at in 0..14 {
        let wants = if at % 2 == 0 { twins.all() } else { twins.pick(rng, 2) };
        let haves = twins.pick(rng, 1 + at % 4);
        twins.check(want(wants), &haves).await;
    }
}

#[tokio::test]
async fn clones_and_increments_bring_what_git_brings() {
    for (format, seed, skew) in [
        (ObjectFormat::Sha1, 1, false),
        (ObjectFormat::Sha1, 2, true),
        (ObjectFormat::Sha256, 3, true),
    ] {
        let mut rng = Rng::new(seed);
        let twins = Twins::new(format, seed, skew).await;
        clones_and_increments(&twins, &mut rng).await;
        let twins = twins.merged().await;
        clones_and_increments(&twins, &mut rng).await;
        clones_and_increments(&twins.repacked().await, &mut rng).await;
        clones_and_increments(&Twins::grown(format, seed, skew).await, &mut rng).await;
    }
}

#[tokio::test]
async fn however_packs_are_read_the_answer_is_the_same() {
    let twins = Twins::new(ObjectFormat::Sha1, 12, false).await;
    let odd = Reads {
        copy_first: false,
        disk_bytes: 1000,
        chunk_bytes: 100,
        chunks: 3,
        part_bytes: 1000,
        parallel: 5,
    };
    for request in [want(twins.all()), want(twins.branches())] {
        let mut answers = Vec::new();
        for reads in [Reads::LOCAL, Reads::REMOTE, odd] {
            let bed = twins.bed.limited(|limits| limits.reads = reads);
            let session = Session::open(bed.snapshot().await).await.unwrap();
            let planned = planned(&session, request.clone(), Vec::new()).await;
            answers.push(bytes_of(planned.unwrap()).await);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}

/// A repack leaves the newest objects whole; whoever has the ones before gets the difference.
#[tokio::test]
async fn increments_are_about_as_small_as_those_of_git() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let mut stream = String::new();
    let mut rng = Rng::new(14);
    let mut files: Vec<Vec<String>> = (0..8)
        .map(|_| (0..300).map(|_| format!("{:016x}\n", rng.below(1 << 40))).collect())
        .collect();
    for commit in 0..40 {
        let time = 1_800_000_000 + commit;
        writeln!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b> {time} +0000\ndata 0\n"
        )
        .unwrap();
        for (at, lines) in files.iter_mut().enumerate() {
            if commit == 0 || rng.one_in(4) {
                let line = rng.below(lines.len());
                lines[line] = format!("{commit}\n");
                let text = lines.concat();
                writeln!(stream, "M 100644 inline folder/{at}\ndata {}\n{text}", text.len()).unwrap();
            }
        }
    }
    git.run(&["fast-import", "--quiet", "--force"], stream.as_bytes());
    bed.mirror(&git).await;
    repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap().unwrap();
    let session = Session::open(bed.snapshot().await).await.unwrap();
    for depth in [1, 2, 3] {
        let (tip, has) = (git.id("main"), git.id(&format!("main~{depth}")));
        let request = FetchRequest {
            ofs_delta: true,
            thin_pack: true,
            ..want(vec![tip])
        };
        let ours = bytes_of(planned(&session, request, vec![has]).await.unwrap())
            .await
            .len();
        let theirs = git.pack(&[tip], &[has]).len();
        assert!(
            ours <= theirs * 5 / 4 + 100,
            "{ours} of {theirs} bytes for {depth} commits"
        );
    }
}

/// A submodule's id names no object of the repository that it is in, even where there is one.
#[tokio::test]
async fn what_takes_the_place_of_a_submodule_is_sent() {
    let (git, bed) = (Git::sha1(), Bed::sha1().await);
    let (file, other) = (git.blob(b"a file\n"), git.blob(b"other\n"));
    let tree = |mode: &str, id: ObjectId| {
        let entry =
            |mode: &str, name: &str, id: ObjectId| [format!("{mode} {name}\0").as_bytes(), id.as_slice()].concat();
        let bytes = [entry("100644", "other", other), entry(mode, "sub", id)].concat();
        git.hex(git.text(&["hash-object", "-w", "-t", "tree", "--stdin"], &bytes).trim())
    };
    let elsewhere = git.hex("0123456789012345678901234567890123456789");
    let (outside, inside, itself) = (tree("160000", elsewhere), tree("160000", file), tree("100644", file));
    let mut tips: Vec<ObjectId> = Vec::new();
    for root in [outside, itself, inside, itself, inside] {
        let parent = tips.last().copied();
        let tip = git.commit(root, parent.as_slice(), "c");
        let pack = git.pack(&[tip], parent.as_slice());
        bed.pushed(vec![command("refs/heads/main", parent, Some(tip))], Some(pack))
            .await;
        tips.push(tip);
        if tips.len() == 1 || tips.len() == 5 {
            repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap().unwrap();
        }
        assert_clean(&bed).await;
        let session = Session::open(bed.snapshot().await).await.unwrap();
        for (at, wanted) in tips.iter().enumerate() {
            let request = FetchRequest {
                ofs_delta: true,
                thin_pack: true,
                ..want(vec![*wanted])
            };
            let stream = planned(&session, request, Vec::new()).await.unwrap();
            let count = stream.count();
            let sent = Git::sha1().receive(&bytes_of(stream).await, count, true);
            assert_eq!(sent.contains(&file.to_string()), at > 0, "{at} of {}", tips.len());
        }
    }
}

#[tokio::test]
async fn filters_leave_out_what_git_leaves_out() {
    for seed in [8, 9, 10, 11, 12] {
        let mut rng = Rng::new(seed);
        let mut twins = match seed {
            12 => Twins::grown(ObjectFormat::Sha1, seed, false).await,
            _ => Twins::new(ObjectFormat::Sha1, seed, false).await,
        };
        if seed == 10 {
            // What comes now lies behind the base.
            twins = twins.repacked().await;
        }
        let sparse = twins.git.blob(b"/d0/\n!/d0/e1/\ncopy\n");
        let tree = twins.git.tree(&[("patterns", sparse)]);
        twins
            .git
            .set("refs/heads/sparse", twins.git.commit(tree, &[], "patterns"));
        twins.bed.mirror(&twins.git).await;
        twins.session = Session::open(twins.bed.snapshot().await).await.unwrap();
        match seed {
            9 => twins = twins.merged().await,
            11 => twins = twins.repacked().await,
            _ => {}
        }
        for spec in [
            "blob:none",
            "blob:limit=0",
            "blob:limit=300",
            "blob:limit=1k",
            "tree:0",
            "tree:1",
            "tree:2",
            "tree:3",
            "object:type=commit",
            "object:type=tree",
            "object:type=blob",
            "object:type=tag",
            "combine:tree:2+blob:none",
            "combine:blob:limit=600+tree:3",
            "combine:object:type=blob+blob:limit=500",
            "sparse:oid=sparse:patterns",
        ] {
            let filter = Some(Filter::parse(spec.as_bytes()).unwrap());
            for wants in [twins.all(), twins.pick(&mut rng, 1)] {
                let filter = filter.clone();
                twins.check(FetchRequest { filter, ..want(wants) }, &[]).await;
            }
            let deepen = Some(Deepen::Depth(2));
            twins
                .check(
                    FetchRequest {
                        filter: filter.clone(),
                        deepen,
                        ..want(twins.branches())
                    },
                    &[],
                )
                .await;
            let haves = twins.pick(&mut rng, 2);
            twins
                .check(
                    FetchRequest {
                        filter,
                        ..want(twins.branches())
                    },
                    &haves,
                )
                .await;
        }
    }
}

#[tokio::test]
async fn tags_go_along_with_what_they_point_to() {
    let twins = Twins::new(ObjectFormat::Sha1, 10, false).await;
    let haves = vec![*twins.commits.last().unwrap()];
    let request = FetchRequest {
        include_tag: true,
        ..want(twins.branches())
    };
    let stream = planned(&twins.session, request, haves.clone()).await.unwrap();
    let client = Git::new(twins.git.format);
    let had: Vec<ObjectId> = twins
        .reach(&haves, &[], None)
        .iter()
        .map(|hex| twins.git.hex(hex))
        .collect();
    client.run(&["index-pack", "--stdin"], &twins.git.pack_of(&had));
    let count = stream.count();
    let sent = client.receive(&bytes_of(stream).await, count, true);
    let list = format!("{}^{}\n", lines(&twins.branches()), haves[0]);
    let pack = twins.git.run(
        &["pack-objects", "-q", "--revs", "--include-tag", "--stdout"],
        list.as_bytes(),
    );
    let other = Git::new(twins.git.format);
    let expect = other.receive(&pack, u32::from_be_bytes(pack[8..12].try_into().unwrap()), false);
    assert!(expect.iter().all(|id| sent.contains(id)), "git sends more");
    let tags = |ids: &[String]| -> Vec<String> {
        let check = twins.git.text(
            &["cat-file", "--batch-check=%(objecttype) %(objectname)"],
            ids.join("\n").as_bytes(),
        );
        check
            .lines()
            .filter(|line| line.starts_with("tag "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(tags(&sent), tags(&expect));
    assert!(!tags(&sent).is_empty());
}

#[tokio::test]
async fn a_negotiation_is_ready_when_every_want_reaches_something_common() {
    let twins = Twins::new(ObjectFormat::Sha1, 11, false).await;
    let mut rng = Rng::new(11);
    let mut seen = [0, 0];
    for round in 0..24 {
        let (ids, common) = (twins.pick(&mut rng, 1 + round % 3), twins.pick(&mut rng, 1 + round % 2));
        let reaches = |id: &ObjectId| {
            let reached = twins.git.text(&["rev-list", &id.to_string()], b"");
            common.iter().any(|common| reached.contains(&common.to_string()))
        };
        let expect = ids.iter().all(reaches);
        let (wants, told) = (Wants { ids, refs: Vec::new() }, common.clone());
        let ready = twins
            .session
            .run(move |session| session.readiness(&wants).ready(&told))
            .await
            .unwrap();
        assert_eq!(ready, expect);
        seen[usize::from(ready)] += 1;
    }
    assert!(seen.iter().all(|&times| times > 3), "{seen:?}");
}
