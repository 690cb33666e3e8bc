//! A repository with its refs and objects, at one instant.

use std::sync::Arc;

use packhouse_git::hash::{ObjectFormat, ObjectId, parse_hex};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_storage::odb::Odb;
use packhouse_storage::push::HIDDEN;
use packhouse_storage::snapshot::Snapshot;

use super::{Repository, authorised, authorised_at};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// A repository that is opened: what it was at one instant.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) repository: Repository,
    pub(crate) snapshot: Snapshot,
    pub(crate) odb: Odb,
}

/// Opens a repository for somebody who may do `action` with it.
///
/// # Errors
/// As [`authorised`].
pub(crate) async fn opened(forge: &Forge, caller: &Caller, action: Action, name: &RepositoryName) -> Result<Opened> {
    Opened::of(forge, authorised(forge, caller, action, name).await?).await
}

/// Opens a repository for somebody who may do `action` with one of its refs.
///
/// # Errors
/// As [`authorised`].
pub(crate) async fn opened_to_change(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    on: (&RepositoryName, &RefName),
) -> Result<Opened> {
    Opened::of(forge, authorised_at(forge, caller, action, on).await?).await
}

/// The refs of a repository that was resolved, as it was then.
///
/// # Errors
/// The store's.
pub(crate) async fn snapshot_of(forge: &Forge, found: &Repository) -> Result<Snapshot> {
    let manifest = Arc::clone(&found.manifest);
    Ok(Snapshot::of(forge.store(), &found.id, manifest).await?)
}

impl Opened {
    /// Opens a repository that was resolved, as it was then.
    pub(crate) async fn of(forge: &Forge, repository: Repository) -> Result<Self> {
        let snapshot = snapshot_of(forge, &repository).await?;
        let odb = snapshot.odb().await?;
        Ok(Self {
            repository,
            snapshot,
            odb,
        })
    }

    /// The same repository as it is now.
    ///
    /// # Errors
    /// [`NoRepository`](packhouse_storage::error::Error::NoRepository) when it was deleted; the store's.
    pub(crate) async fn again(self, forge: &Forge) -> Result<Self> {
        let manifest = forge.store.manifest(&self.repository.id).await?;
        if manifest.deleted.is_some() {
            return Err(packhouse_storage::error::Error::NoRepository.into());
        }
        let repository = Repository {
            manifest,
            ..self.repository
        };
        Self::of(forge, repository).await
    }

    /// The hash of the ids.
    pub(crate) fn format(&self) -> ObjectFormat {
        self.snapshot.manifest().format
    }

    /// A full id; `None` where the text is none, or only the start of one.
    pub(crate) fn id(&self, text: &str) -> Option<ObjectId> {
        parse_hex(self.format(), text.as_bytes())
    }

    /// What a ref points to. Hidden refs do not exist for callers.
    pub(crate) fn tip(&self, name: &RefName) -> Option<ObjectId> {
        let told = !name.as_str().starts_with(HIDDEN);
        self.snapshot.refs().get(name).filter(|_| told).map(|target| target.id)
    }

    /// The branch that HEAD points to, if it is there.
    pub(crate) fn default_branch(&self) -> Option<&RefName> {
        let head = &self.snapshot.manifest().head;
        self.tip(head).map(|_| head)
    }

    /// What a specifier names: a full id, whether there is such an object or not, `HEAD`, a full ref, a branch, or a tag, in
    /// that order. `None` where there is nothing of that name.
    pub(crate) fn object(&self, specifier: &str) -> Option<ObjectId> {
        self.id(specifier).or_else(|| self.named(specifier))
    }

    /// Whether there is an object of that id.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn contains(&self, id: ObjectId) -> Result<bool> {
        self.odb.walk(move |odb| Ok(odb.contains(&id))).await
    }

    /// The commit of a full id; `None` where there is none.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn peeled(&self, id: ObjectId) -> Result<Option<ObjectId>> {
        self.odb
            .walk(move |odb| {
                if !odb.contains(&id) {
                    return Ok(None);
                }
                let (id, kind) = odb.peel(&id)?;
                Ok((kind == Kind::Commit).then_some(id))
            })
            .await
    }

    fn named(&self, specifier: &str) -> Option<ObjectId> {
        if specifier == "HEAD" {
            return self.tip(&self.snapshot.manifest().head);
        }
        let full = |text: String| self.tip(&RefName::new(text.as_bytes()).ok()?);
        if specifier.starts_with("refs/") {
            return full(specifier.to_owned());
        }
        full(format!("refs/heads/{specifier}")).or_else(|| full(format!("refs/tags/{specifier}")))
    }
}
