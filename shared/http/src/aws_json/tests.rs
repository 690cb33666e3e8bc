use std::sync::Arc;
use std::time::Duration;

use packhouse_storage::fault::{FaultyTable, Operation, Plan};
use packhouse_storage::memory::MemoryTable;

use super::testing::{server, server_on};

const CREATE: &str = r#"{"repositoryName":"w"}"#;

#[tokio::test]
async fn a_change_goes_on_when_its_caller_hangs_up() {
    let counting = Arc::new(Plan::counting());
    let counted = server_on(Arc::new(FaultyTable::new(
        Arc::new(MemoryTable::default()),
        Arc::clone(&counting),
    )))
    .await;
    counted.call("CreateRepository", CREATE).await;
    let calls = counting.calls();
    let commit = calls
        .iter()
        .rposition(|call| call.operation == Operation::Transact)
        .unwrap()
        + 1;

    let (plan, gate) = Plan::counting().hold_at(commit);
    let server = server_on(Arc::new(FaultyTable::new(
        Arc::new(MemoryTable::default()),
        Arc::new(plan),
    )))
    .await;
    tokio::select! {
        answer = server.call("CreateRepository", CREATE) => panic!("answered before its commit: {answer:?}"),
        () = gate.reached() => {}
    }
    gate.open();
    let made = async {
        while server.call("GetRepository", CREATE).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), made).await.unwrap();
}

#[tokio::test]
async fn rules_are_relaxed_by_administrators() {
    let server = server().await;
    server.call("CreateRepository", CREATE).await;
    let relaxed = r#"{"repositoryName":"w","rules":["zeroPaddedFilemode"]}"#;
    assert_eq!(server.administrate("RelaxFsck", relaxed).await.status, 200);
    let shown = server.administrate("InspectRepository", CREATE).await.body;
    assert_eq!(shown["relaxedFsckRules"][0], "zeroPaddedFilemode");
    assert_eq!(
        (&shown["objectFormat"], &shown["head"]),
        (&"sha1".into(), &"refs/heads/main".into())
    );
    let rows = [
        (
            "RelaxFsck",
            r#"{"repositoryName":"w","rules":["badTree"]}"#,
            "InvalidFsckRuleException",
        ),
        (
            "RelaxFsck",
            r#"{"repositoryName":"x"}"#,
            "RepositoryDoesNotExistException",
        ),
        (
            "InspectRepository",
            r#"{"repositoryName":"x"}"#,
            "RepositoryDoesNotExistException",
        ),
        ("InspectRepository", "{}", "RepositoryNameRequiredException"),
        ("CreateRepository", "{}", "UnknownOperationException"),
    ];
    for (operation, input, exception) in rows {
        let refused = server.administrate(operation, input).await;
        assert_eq!(refused.exception.as_deref(), Some(exception), "{operation} {input}");
    }
}
