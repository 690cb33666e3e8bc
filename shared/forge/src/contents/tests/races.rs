//! Writers that meet: the parent is a lock.

use packhouse_storage::fault::{Call, FaultyTable, Operation, Plan};

use super::*;

/// An installation with the repository `demo`.
struct Bed {
    forge: Forge,
    table: Arc<dyn Table>,
    /// The tip of `main`, if that is to be there.
    parent: Option<ObjectId>,
}

impl Bed {
    async fn new(with_main: bool) -> Self {
        let (forge, table) = with_demo().await;
        let parent = if with_main {
            Some(put(&forge, "main", ("first", "1"), None).await.unwrap().commit)
        } else {
            None
        };
        Self { forge, table, parent }
    }

    /// Another process whose table goes by that plan.
    fn through(&self, plan: &Arc<Plan>) -> Forge {
        let table = FaultyTable::new(Arc::clone(&self.table), Arc::clone(plan));
        testing::again(&self.forge, Arc::new(table))
    }
}

/// Has one file put while another was about to be committed; answers what became of that.
async fn overtaken(with_main: bool, slow: &str, fast: &str) -> (Forge, Result<Written>) {
    let bed = Bed::new(with_main).await;
    let plan = Arc::new(Plan::counting());
    put(&bed.through(&plan), slow, ("x", "counted"), bed.parent)
        .await
        .unwrap();
    let is_commit = |call: &Call| call.operation == Operation::Transact && call.keys.contains("MANIFEST");
    let nth = plan.calls().iter().rposition(is_commit).unwrap() + 1;

    let bed = Bed::new(with_main).await;
    let (plan, gate) = Plan::counting().hold_at(nth);
    let (held, parent) = (bed.through(&Arc::new(plan)), bed.parent);
    let slow = slow.to_owned();
    let slow = tokio::spawn(async move { put(&held, &slow, ("slow", "s"), parent).await });
    gate.reached().await;
    put(&bed.forge, fast, ("fast", "f"), parent).await.unwrap();
    gate.open();
    (bed.forge, slow.await.unwrap())
}

#[tokio::test]
async fn of_two_on_the_same_parent_one_is_outdated() {
    let (forge, slow) = overtaken(true, "main", "main").await;
    assert_eq!(refused(slow), Refusal::ParentCommitIdOutdated);
    assert_eq!(content(&forge, "fast").await.unwrap(), "f");
    assert_eq!(refused(content(&forge, "slow").await), Refusal::FileDoesNotExist);
}

#[tokio::test]
async fn of_two_first_commits_the_first_makes_the_default_branch() {
    let (_, slow) = overtaken(false, "main", "main").await;
    assert_eq!(refused(slow), Refusal::ParentCommitIdRequired);
    for (slow, fast) in [("main", "other"), ("other", "main"), ("one", "two")] {
        let (forge, late) = overtaken(false, slow, fast).await;
        assert_eq!(tip(&forge, slow).await, Some(late.unwrap().commit));
        let opened = opened(&forge).await;
        assert_eq!(opened.default_branch().and_then(RefName::short_branch), Some(fast));
    }
}

#[tokio::test]
async fn of_many_at_once_exactly_one_wins() {
    let bed = Bed::new(true).await;
    let writers = (0..6).map(|at| {
        let forge = bed.through(&Arc::new(Plan::counting().yielding()));
        // Each two of them even write the same.
        let (path, parent) = (format!("f{}", at / 2), bed.parent);
        tokio::spawn(async move { put(&forge, "main", (&path, "x"), parent).await })
    });
    let writers: Vec<_> = writers.collect();
    let mut winners = Vec::new();
    for writer in writers {
        match writer.await.unwrap() {
            Ok(written) => winners.push(written.commit),
            lost => assert_eq!(refused(lost), Refusal::ParentCommitIdOutdated),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(tip(&bed.forge, "main").await, winners.first().copied());
}
