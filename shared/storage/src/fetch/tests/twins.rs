//! The same content in git and here, and fetches of both.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::upload_pack::{Deepen, FetchRequest};

use crate::fetch::{Asked, Session};
use crate::merge::merge;
use crate::repack::repack;
use crate::testing::{Bed, Git, Rng, assert_clean, bytes_of, history};

/// The same content in git and in a repository, which got it in several thin pushes.
pub(super) struct Twins {
    pub(super) git: Git,
    pub(super) bed: Bed,
    pub(super) session: Session,
    /// Every commit of the branches.
    pub(super) commits: Vec<ObjectId>,
}

impl Twins {
    pub(super) async fn new(format: ObjectFormat, seed: u64, skew: bool) -> Self {
        let (git, bed) = (Git::new(format), Bed::new(format).await);
        for commits in [6, 12, 13, 24, 36] {
            history(&git, seed, commits, skew);
            bed.mirror(&git).await;
        }
        Self::of(git, bed).await
    }

    async fn of(git: Git, bed: Bed) -> Self {
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

    /// The same, but that a repack came before the last pushes.
    pub(super) async fn grown(format: ObjectFormat, seed: u64, skew: bool) -> Self {
        let (git, bed) = (Git::new(format), Bed::new(format).await);
        for commits in [18, 27, 36] {
            history(&git, seed, commits, skew);
            bed.mirror(&git).await;
            if commits == 18 {
                repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap().unwrap();
            }
        }
        Self::of(git, bed).await
    }

    /// The same after all packs became one.
    pub(super) async fn merged(self) -> Self {
        let packs = self.bed.snapshot().await.packs().await.unwrap();
        merge(&self.bed.snapshot().await, &packs).await.unwrap().unwrap();
        let session = Session::open(self.bed.snapshot().await).await.unwrap();
        Self { session, ..self }
    }

    /// The same after a repack.
    pub(super) async fn repacked(self) -> Self {
        let bed = &self.bed;
        repack(&bed.store, &bed.id, Duration::ZERO).await.unwrap().unwrap();
        assert_clean(bed).await;
        let session = Session::open(bed.snapshot().await).await.unwrap();
        Self { session, ..self }
    }

    pub(super) fn all(&self) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self.git.refs().into_values().collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    pub(super) fn branches(&self) -> Vec<ObjectId> {
        ["main", "b0", "b1"].map(|branch| self.git.id(branch)).to_vec()
    }

    pub(super) fn pick(&self, rng: &mut Rng, count: usize) -> Vec<ObjectId> {
        (0..count)
            .map(|_| self.commits[rng.below(self.commits.len())])
            .collect()
    }

    /// What `tips` reach for a client whose history ends at `shallow`.
    pub(super) fn reach(&self, tips: &[ObjectId], shallow: &[ObjectId], filter: Option<&Filter>) -> BTreeSet<String> {
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
    pub(super) async fn check(&self, request: FetchRequest, haves: &[ObjectId]) -> (Vec<ObjectId>, Vec<ObjectId>) {
        let request = FetchRequest {
            ofs_delta: true,
            thin_pack: true,
            ..request
        };
        let told = format!("{:?} {request:?} with {haves:?}", request.filter);
        let (asked, common) = (request.clone(), haves.to_vec());
        let asking = move |session: &Session| {
            let wants = session.wants(&asked)?;
            let boundary = session.boundary(&wants, &asked)?;
            assert!(common.iter().all(|id| session.is_common(id)));
            Ok(Asked {
                wants,
                common,
                boundary,
                request: asked,
            })
        };
        let asked = self.session.run(asking).await.unwrap();
        let boundary = asked.boundary.clone();
        let stream = self.session.plan(asked).await.unwrap();
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
    pub(super) fn shallow_lines(&self, request: &FetchRequest) -> (BTreeSet<ObjectId>, BTreeSet<ObjectId>) {
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

pub(super) fn lines(ids: &[ObjectId]) -> String {
    ids.iter().fold(String::new(), |mut text, id| {
        writeln!(text, "{id}").unwrap();
        text
    })
}

pub(super) fn want(wants: Vec<ObjectId>) -> FetchRequest {
    let mut wants = wants;
    wants.sort_unstable();
    wants.dedup();
    FetchRequest {
        wants,
        ..FetchRequest::default()
    }
}
