//! Fetches compared with those of git, on the same random histories.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use packhouse_git::filter::Filter;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::upload_pack::{Deepen, FetchRequest, INFINITE_DEPTH};

use super::{Session, Wants};
use crate::compact;
use crate::store::Reads;
use crate::testing::{Bed, Git, Rng, assert_clean, bytes_of, history};

/// The same content in git and in a repository, which got it in several thin pushes.
struct Twins {
    git: Git,
    bed: Bed,
    session: Session,
    /// Every commit of the branches.
    commits: Vec<ObjectId>,
}

impl Twins {
    async fn new(format: ObjectFormat, seed: u64, skew: bool) -> Self {
        let (git, bed) = (Git::new(format), Bed::new(format).await);
        for commits in [6, 12, 13, 24, 36] {
            history(&git, seed, commits, skew);
            bed.mirror(&git).await;
        }
        assert_clean(&bed).await;
        let list = git.text(&["rev-list", "--branches"], b"");
        let commits = list.lines().map(|hex| git.hex(hex)).collect();
        let session = Session::open(bed.snapshot().await).await.unwrap();
        Self {
            git,
            bed,
            session,
            commits,
        }
    }

    /// The same after all packs became one.
    async fn merged(self) -> Self {
        let packs = self.bed.snapshot().await.packs().await.unwrap();
        compact::merge(&self.bed.snapshot().await, &packs)
            .await
            .unwrap()
            .unwrap();
        let session = Session::open(self.bed.snapshot().await).await.unwrap();
        Self { session, ..self }
    }

    fn all(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self.git.refs().into_values().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn branches(&self) -> Vec<ObjectId> {
        ["main", "b0", "b1"].map(|branch| self.git.id(branch)).to_vec()
    }

    fn pick(&self, rng: &mut Rng, count: usize) -> Vec<ObjectId> {
        (0..count)
            .map(|_| self.commits[rng.below(self.commits.len())])
            .collect()
    }

    /// What `tips` reach for a client whose history ends at `shallow`.
    fn reach(&self, tips: &[ObjectId], shallow: &[ObjectId], filter: Option<&Filter>) -> BTreeSet<String> {
        if tips.is_empty() {
            return BTreeSet::new();
        }
        std::fs::write(self.git.file("client-shallow"), lines(shallow)).unwrap();
        let filter = filter.map(|filter| format!("--filter={filter}"));
        let mut args = vec![
            "--shallow-file",
            "client-shallow",
            "rev-list",
            "--objects",
            "--no-object-names",
            "--stdin",
        ];
        args.extend(filter.as_deref());
        self.git
            .text(&args, lines(tips).as_bytes())
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Fetches as a client that has `haves`, and checks the answer against git's. Returns the boundary's two lists.
    async fn check(&self, request: FetchRequest, haves: &[ObjectId]) -> (Vec<ObjectId>, Vec<ObjectId>) {
        let request = FetchRequest {
            ofs_delta: true,
            thin_pack: true,
            ..request
        };
        let told = format!("{:?} {request:?} with {haves:?}", request.filter);
        let (asked, common) = (request.clone(), haves.to_vec());
        let planning = move |session: &Session| {
            let wants = session.wants(&asked)?;
            let boundary = session.boundary(&wants, &asked)?;
            assert!(common.iter().all(|id| session.is_common(id)));
            let stream = session.plan(&wants, &common, &boundary, &asked)?;
            Ok((boundary, stream))
        };
        let (boundary, stream) = self.session.run(planning).await.unwrap();
        let sorted = |ids: &[ObjectId]| ids.iter().copied().collect::<BTreeSet<_>>();
        if request.deepen.is_some() {
            let (shallow, unshallow) = self.shallow_lines(&request);
            assert_eq!(sorted(&boundary.shallow), shallow, "shallow of {told}");
            assert_eq!(sorted(&boundary.unshallow), unshallow, "unshallow of {told}");
        }
        let mut after = sorted(&request.shallow);
        after.extend(&boundary.shallow);
        after.retain(|id| !boundary.unshallow.contains(id));
        let after: Vec<ObjectId> = after.into_iter().collect();

        let client = Git::new(self.git.format);
        // As git does, this takes a client at its word that it has the commits where its history ends.
        let tips = [haves, request.shallow.as_slice()].concat();
        let had = self.reach(&tips, &request.shallow, None);
        if !had.is_empty() {
            let had: Vec<ObjectId> = had.iter().map(|hex| self.git.hex(hex)).collect();
            client.run(&["index-pack", "--stdin"], &self.git.pack_of(&had));
        }
        if !after.is_empty() {
            std::fs::write(client.file("shallow"), lines(&after)).unwrap();
        }
        let count = stream.count();
        let whole = request.filter.is_none();
        let sent: BTreeSet<String> = client
            .receive(&bytes_of(stream).await, count, whole)
            .into_iter()
            .collect();
        let need = self.reach(&request.wants, &after, request.filter.as_ref());
        let lost: Vec<_> = need
            .iter()
            .filter(|id| !had.contains(*id) && !sent.contains(*id))
            .collect();
        assert!(lost.is_empty(), "{lost:?} are missing in {told}");
        if haves.is_empty() {
            // Of what is wanted by name and filtered out elsewhere, git may forget that it was named.
            let named: BTreeSet<String> = request.wants.iter().map(ToString::to_string).collect();
            let mut more: BTreeSet<_> = sent
                .difference(&need)
                .filter(|id| !named.contains(*id))
                .cloned()
                .collect();
            // And of what lies at several depths it may miss that all parts of a combined filter pass it at one of them.
            if let Some(filter @ Filter::Combine(_)) = request.filter.as_ref().filter(|_| !more.is_empty()) {
                let parts: Vec<_> = filter
                    .parts()
                    .into_iter()
                    .map(|part| self.reach(&request.wants, &after, Some(part)))
                    .collect();
                more.retain(|id| !parts.iter().all(|part| part.contains(id)));
            }
            assert!(more.is_empty(), "{more:?} are too many in {told}");
        }
        if whole {
            client.run(
                &["rev-list", "--objects", "--quiet", "--stdin"],
                lines(&request.wants).as_bytes(),
            );
        }
        (boundary.shallow, boundary.unshallow)
    }

    /// What git's own upload-pack says of the boundary.
    fn shallow_lines(&self, request: &FetchRequest) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
        let mut input = Vec::new();
        let mut line = |text: String| packhouse_git::pkt_line::write(&mut input, &[text.as_bytes()]).unwrap();
        let relative = if request.deepen_relative {
            " deepen-relative"
        } else {
            ""
        };
        for (at, want) in request.wants.iter().enumerate() {
            let capabilities = if at == 0 {
                format!(" ofs-delta no-progress{relative}")
            } else {
                String::new()
            };
            line(format!("want {want}{capabilities}\n"));
        }
        request.shallow.iter().for_each(|id| line(format!("shallow {id}\n")));
        match request.deepen.as_ref().unwrap() {
            Deepen::Depth(depth) => line(format!("deepen {depth}\n")),
            Deepen::History { since, not } => {
                since.iter().for_each(|since| line(format!("deepen-since {since}\n")));
                not.iter()
                    .for_each(|not| line(format!("deepen-not {}\n", String::from_utf8_lossy(not))));
            }
        }
        input.extend(b"0000");
        packhouse_git::pkt_line::write(&mut input, &[b"done\n"]).unwrap();
        let answer = self.git.output(&["upload-pack", "--stateless-rpc", "."], &input).stdout;
        let text = String::from_utf8_lossy(&answer);
        let (mut shallow, mut unshallow) = (BTreeSet::new(), BTreeSet::new());
        let mut rest = &*text;
        while let Some((length, _)) = rest.split_at_checked(4).filter(|(length, _)| *length != "0000") {
            let (line, behind) = rest.split_at(usize::from_str_radix(length, 16).unwrap());
            rest = behind;
            let (word, id) = line[4..].trim_end().split_once(' ').unwrap();
            match word {
                "shallow" => shallow.insert(self.git.hex(id)),
                "unshallow" => unshallow.insert(self.git.hex(id)),
                _ => panic!("git says {line}"),
            };
        }
        assert!(rest.starts_with("0000"), "git says {text}");
        (shallow, unshallow)
    }
}

fn lines(ids: &[ObjectId]) -> String {
    ids.iter().fold(String::new(), |mut text, id| {
        writeln!(text, "{id}").unwrap();
        text
    })
}

fn want(wants: Vec<ObjectId>) -> FetchRequest {
    let mut wants = wants;
    wants.sort_unstable();
    wants.dedup();
    FetchRequest {
        wants,
        ..FetchRequest::default()
    }
}

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
        clones_and_increments(&twins.merged().await, &mut rng).await;
    }
}

#[tokio::test]
async fn however_packs_are_read_the_answer_is_the_same() {
    let twins = Twins::new(ObjectFormat::Sha1, 12, false).await;
    let odd = Reads {
        chunk_bytes: 100,
        chunks: 3,
        parallel: 5,
    };
    for request in [want(twins.all()), want(twins.branches())] {
        let mut answers = Vec::new();
        for reads in [Reads::LOCAL, Reads::REMOTE, odd] {
            let bed = twins.bed.limited(|limits| limits.reads = reads);
            let session = Session::open(bed.snapshot().await).await.unwrap();
            let request = request.clone();
            let planning = move |session: &Session| {
                let wants = session.wants(&request)?;
                let boundary = session.boundary(&wants, &request)?;
                session.plan(&wants, &[], &boundary, &request)
            };
            let planned = session.run(planning).await;
            answers.push(bytes_of(planned.unwrap()).await);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }
}

#[tokio::test]
async fn depths_cut_history_where_git_cuts_it() {
    for (seed, skew) in [(4, false), (5, true)] {
        let mut rng = Rng::new(seed);
        let mut twins = Twins::new(ObjectFormat::Sha1, seed, skew).await;
        if skew {
            twins = twins.merged().await;
        }
        for depth in 1..=5 {
            let deep = |depth, shallow: &[ObjectId]| {
                let mut shallow = shallow.to_vec();
                shallow.sort_unstable();
                let deepen = Some(Deepen::Depth(depth));
                FetchRequest {
                    deepen,

                    shallow,
                    ..want(twins.branches())
                }
            };
            let (shallow, _) = twins.check(deep(depth, &[]), &[]).await;
            let haves = twins.branches();
            twins.check(deep(depth + 2, &shallow), &haves).await;
            twins
                .check(deep(depth.saturating_sub(1).max(1), &shallow), &haves)
                .await;
            twins.check(deep(INFINITE_DEPTH, &shallow), &haves).await;
            // An ordinary fetch of a shallow client, and a cut for one that has all of some history.
            let ordinary = FetchRequest {
                deepen: None,
                ..deep(1, &shallow)
            };
            twins.check(ordinary, &haves[..1]).await;
            let some = twins.pick(&mut rng, 1);
            twins.check(deep(depth, &[]), &some).await;
        }
    }
}

#[tokio::test]
async fn relative_depths_count_from_the_clients_boundary() {
    let twins = Twins::new(ObjectFormat::Sha1, 6, false).await;
    let main = vec![twins.git.id("main")];
    for depth in 1..=3 {
        let first = FetchRequest {
            deepen: Some(Deepen::Depth(depth)),
            ..want(main.clone())
        };
        let (mut shallow, _) = twins.check(first, &[]).await;
        shallow.sort_unstable();
        for more in 1..=2 {
            let deepen = Some(Deepen::Depth(more));
            let request = FetchRequest {
                deepen,
                deepen_relative: true,
                shallow: shallow.clone(),
                ..want(main.clone())
            };
            twins.check(request, &main).await;
        }
    }
}

#[tokio::test]
async fn times_and_refs_cut_history_where_git_cuts_it() {
    let twins = Twins::new(ObjectFormat::Sha1, 7, false).await;
    twins
        .git
        .set("refs/heads/early", twins.commits[twins.commits.len() / 2]);
    twins.bed.mirror(&twins.git).await;
    let session = Session::open(twins.bed.snapshot().await).await.unwrap();
    let twins = Twins { session, ..twins };
    let history = |since, not: &[&str]| {
        let not = not.iter().map(|name| name.as_bytes().to_vec()).collect();
        FetchRequest {
            deepen: Some(Deepen::History { since, not }),
            ..want(twins.branches())
        }
    };
    let times: Vec<i64> = (0..36).step_by(5).map(|mark| 1_700_000_000 + mark / 2 * 100).collect();
    for since in times {
        let (mut shallow, _) = twins.check(history(Some(since), &[]), &[]).await;
        shallow.sort_unstable();
        let back = FetchRequest {
            shallow,
            ..history(Some(since - 500), &[])
        };
        twins.check(back, &twins.branches()).await;
    }
    twins.check(history(None, &["early"]), &[]).await;
    twins
        .check(history(None, &["refs/heads/early"]), &twins.commits[30..31])
        .await;
    twins.check(history(Some(1_700_000_300), &["early"]), &[]).await;
}

#[tokio::test]
async fn filters_leave_out_what_git_leaves_out() {
    for seed in [8, 9] {
        let mut rng = Rng::new(seed);
        let mut twins = Twins::new(ObjectFormat::Sha1, seed, false).await;
        let sparse = twins.git.blob(b"/d0/\n!/d0/e1/\ncopy\n");
        let tree = twins.git.tree(&[("patterns", sparse)]);
        twins
            .git
            .set("refs/heads/sparse", twins.git.commit(tree, &[], "patterns"));
        twins.bed.mirror(&twins.git).await;
        twins.session = Session::open(twins.bed.snapshot().await).await.unwrap();
        if seed == 9 {
            twins = twins.merged().await;
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
            twins
                .check(
                    FetchRequest {
                        filter: filter.clone(),
                        ..want(twins.all())
                    },
                    &[],
                )
                .await;
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
    let common = haves.clone();
    let planning = move |session: &Session| {
        let wants = session.wants(&request)?;
        session.plan(&wants, &common, &session.boundary(&wants, &request)?, &request)
    };
    let stream = twins.session.run(planning).await.unwrap();
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
            .run(move |session| session.ready(&wants, &told))
            .await
            .unwrap();
        assert_eq!(ready, expect);
        seen[usize::from(ready)] += 1;
    }
    assert!(seen.iter().all(|&times| times > 3), "{seen:?}");
}
