//! Refs by the names that a client gives them, short or full.

use packhouse_git::ref_name::RefName;

use crate::manifest::Target;
use crate::push::HIDDEN;
use crate::snapshot::Snapshot;

/// What a name stands for, tried as git tries short names; hidden refs have none.
pub(super) fn resolve(snapshot: &Snapshot, name: &[u8]) -> Option<Target> {
    let text = std::str::from_utf8(name).ok()?;
    let full = |prefix: &str| RefName::new(format!("{prefix}{text}").as_bytes()).ok();
    let head = (text == "HEAD").then(|| snapshot.manifest().head.clone());
    let names = ["", "refs/", "refs/tags/", "refs/heads/"].into_iter().filter_map(full);
    let mut visible = head
        .into_iter()
        .chain(names)
        .filter(|name| !name.as_str().starts_with(HIDDEN));
    visible.find_map(|name| snapshot.refs().get(&name))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use packhouse_git::filter::Filter;

    use super::*;
    use crate::fetch::filter::Compiled;
    use crate::testing::{Bed, chain, name};

    /// A repository with a branch and a hidden ref.
    async fn snapshot() -> Snapshot {
        let bed = Bed::sha1().await;
        chain(&bed, 1).await;
        let snapshot = bed.snapshot().await;
        let mut manifest = snapshot.manifest().clone();
        let target = snapshot.refs().get(&name("refs/heads/main"));
        manifest.refs_overlay.insert(name("refs/packhouse/kept"), target);
        Snapshot::of(&bed.store, &bed.id, Arc::new(manifest)).await.unwrap()
    }

    #[tokio::test]
    async fn names_stand_for_refs_that_are_not_hidden() {
        let snapshot = snapshot().await;
        assert!(snapshot.refs().get(&name("refs/packhouse/kept")).is_some());
        for (name, found) in [
            (&b"HEAD"[..], true),
            (b"main", true),
            (b"heads/main", true),
            (b"refs/heads/main", true),
            (b"Main", false),
            (b"main\xff", false),
            (b"", false),
            (b"kept", false),
            (b"packhouse/kept", false),
            (b"refs/packhouse/kept", false),
        ] {
            assert_eq!(resolve(&snapshot, name).is_some(), found, "{}", name.escape_ascii());
        }
    }

    #[tokio::test]
    async fn a_sparse_filter_finds_nothing_under_a_hidden_ref() {
        let snapshot = snapshot().await;
        let odb = snapshot.odb().await.unwrap();
        for start in ["packhouse/kept", "refs/packhouse/kept", "refs/packhouse/kept:patterns"] {
            let filter = Filter::parse(format!("sparse:oid={start}").as_bytes()).unwrap();
            let refused = Compiled::new(&snapshot, &odb, Some(&filter)).unwrap_err();
            assert_eq!(
                refused.to_string(),
                format!("unable to access sparse blob in '{start}': no such object")
            );
        }
    }
}
