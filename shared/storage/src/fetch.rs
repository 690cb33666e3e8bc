//! A fetch: which objects a client lacks, and the stream that brings them.
//!
//! [`Session`] answers the questions of the negotiation on one snapshot; [`Session::plan`] chooses between the two
//! plans, [`whole`] and [`objects`], whose [`answers`] are kept; [`stream::PackStream`] sends what was chosen. All but the stream blocks on the blob
//! store and belongs on the blocking pool.

mod answers;
mod commits;
mod filter;
mod in_base;
mod objects;
mod readiness;
mod shallow;
mod short_name;
pub mod stream;
#[cfg(test)]
mod tests;
mod whole;

use packhouse_git::hash::{ObjectId, oid};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_git::upload_pack::FetchRequest;

pub use readiness::Readiness;
pub use shallow::Boundary;
pub use stream::PackStream;

use crate::error::{Error, Result};
use crate::manifest::Target;
use crate::odb::Odb;
use crate::push::HIDDEN;
use crate::snapshot::Snapshot;

/// Above so many objects of a repository, few answers are planned at once for clients that have none of them.
const MANY_OBJECTS: u64 = 50_000;

/// A repository at one instant, as a fetch sees it.
#[derive(Clone, Debug)]
pub struct Session {
    snapshot: Snapshot,
    odb: Odb,
}

/// What is wanted, resolved.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    /// The objects, each once.
    pub ids: Vec<ObjectId>,
    /// What each ref that was wanted by name points to.
    pub refs: Vec<(RefName, ObjectId)>,
}

/// What a client is to get.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it wants.
    pub wants: Wants,
    /// What both sides have.
    pub common: Vec<ObjectId>,
    /// How far history goes for it.
    pub boundary: Boundary,
    /// The rest.
    pub request: FetchRequest,
}

impl Session {
    /// Opens the objects of a snapshot.
    ///
    /// # Errors
    /// When an index cannot be read.
    pub async fn open(snapshot: Snapshot) -> Result<Self> {
        let odb = snapshot.odb().await?;
        Ok(Self { snapshot, odb })
    }

    /// Runs `work` on the blocking pool, as [`Odb::walk`] does.
    ///
    /// # Errors
    /// What `work` returns.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> Result<T> + Send + 'static) -> Result<T> {
        let snapshot = self.snapshot.clone();
        let work = move |odb: &Odb| {
            let odb = odb.clone();
            work(&Self { snapshot, odb })
        };
        self.odb.walk(work).await
    }

    /// The objects.
    #[must_use]
    pub fn odb(&self) -> &Odb {
        &self.odb
    }

    /// The refs that clients may see, in byte order.
    pub fn visible_refs(&self) -> impl Iterator<Item = (&RefName, Target)> {
        visible(&self.snapshot)
    }

    /// Resolves what a request wants. Any object that is there may be wanted.
    ///
    /// # Errors
    /// [`Error::Invalid`] in git's words for what is not there.
    pub fn wants(&self, request: &FetchRequest) -> Result<Wants> {
        let mut wants = Wants {
            ids: request.wants.clone(),
            refs: Vec::new(),
        };
        for name in &request.want_refs {
            let unknown = || Error::Invalid(format!("unknown ref {}", name.escape_ascii()));
            let name = if name == b"HEAD" {
                self.snapshot.manifest().head.clone()
            } else {
                RefName::new(name)
                    .ok()
                    .filter(|name| !name.as_str().starts_with(HIDDEN))
                    .ok_or_else(unknown)?
            };
            let target = self.snapshot.refs().get(&name).ok_or_else(unknown)?;
            wants.ids.push(target.id);
            wants.refs.push((name, target.id));
        }
        if let Some(id) = wants.ids.iter().find(|id| !self.odb.contains(id)) {
            return Err(Error::Invalid(format!("upload-pack: not our ref {id}")));
        }
        Ok(wants)
    }

    /// Whether both sides have an object.
    #[must_use]
    pub fn is_common(&self, id: &oid) -> bool {
        self.odb.contains(id)
    }

    /// What tells when the haves of a negotiation are enough.
    #[must_use]
    pub fn readiness<'a>(&'a self, wants: &'a Wants) -> Readiness<'a> {
        Readiness::new(&self.odb, &wants.ids)
    }

    /// How far history goes for this client, before and after.
    ///
    /// # Errors
    /// [`Error::Invalid`] in git's words when the request makes no sense.
    pub fn boundary(&self, wants: &Wants, request: &FetchRequest) -> Result<Boundary> {
        shallow::boundary(&self.snapshot, &self.odb, wants, request)
    }

    /// Chooses what to send.
    ///
    /// # Errors
    /// When a pack cannot be read, or a filter names no patterns.
    pub async fn plan(&self, asked: Asked) -> Result<PackStream> {
        let question = answers::question(&self.snapshot, &asked);
        let objects = self.odb.packs().iter().map(|file| u64::from(file.pack.objects));
        let is_large = asked.common.is_empty() && objects.sum::<u64>() > MANY_OBJECTS;
        let make = async move {
            let _place = match is_large {
                true => Some(self.odb.store().large_plan().await?),
                false => None,
            };
            let plan = move |Self { snapshot, odb }: &Self| {
                let mut stream = match whole::plan(snapshot, odb, &asked)? {
                    Some(stream) => stream,
                    None => objects::plan(snapshot, odb, &asked)?,
                };
                stream.assemble(answers::LARGEST)?;
                Ok(stream)
            };
            self.run(plan).await
        };
        let answer = answers::answer(question, &self.odb, make);
        Box::pin(answer).await
    }

    /// The kind and size of an object, for `object-info`.
    ///
    /// # Errors
    /// When a pack cannot be read.
    pub fn size(&self, id: &oid) -> Result<Option<u64>> {
        self.odb.place(id).map(|place| self.odb.size(place)).transpose()
    }

    /// The kind of an object.
    ///
    /// # Errors
    /// When a pack cannot be read.
    pub fn kind(&self, id: &oid) -> Result<Option<Kind>> {
        self.odb.kind(id)
    }
}

/// The refs that clients may see, in byte order.
pub fn visible(snapshot: &Snapshot) -> impl Iterator<Item = (&RefName, Target)> {
    visible_below(snapshot, "")
}

/// Those of them whose names begin with `prefix`.
pub fn visible_below<'a>(snapshot: &'a Snapshot, prefix: &'a str) -> impl Iterator<Item = (&'a RefName, Target)> {
    snapshot
        .refs()
        .starting_with(prefix)
        .filter(|(name, _)| !name.as_str().starts_with(HIDDEN))
}
