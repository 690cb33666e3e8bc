//! How many calls of DynamoDB and S3 an operation may cost.

use packhouse_harness::costs::{self, Cost};

/// What the authorizer reads for each request: the credential and its owner.
const AUTHENTICATION: u64 = 2;

fn reads(cost: &Cost) -> u64 {
    let all = cost.table.count("GetItem") + cost.table.count("Query");
    all - AUTHENTICATION * cost.authenticated
}

#[test]
fn warm_operations_stay_within_their_budgets() {
    let costs = costs::measure();
    // Operation, requests that are let in, reads and writes of the table, PUTs and other calls of the bucket.
    let budgets = [
        ("push of one commit", 2, 2, 2, 3, 1),
        ("ls-remote", 2, 2, 0, 0, 0),
        ("fetch of one commit", 3, 3, 0, 0, 2),
        ("fetch of nothing new", 2, 2, 0, 0, 0),
        ("clone", 3, 3, 0, 0, 8),
    ];
    for (operation, requests, table_reads, table_writes, puts, others) in budgets {
        let cost = costs
            .iter()
            .find(|cost| cost.operation == operation)
            .expect("it was measured");
        let told = format!("{operation}:\n{}\n{}", cost.table, cost.bucket);
        assert!(
            cost.authenticated <= requests,
            "{} requests for {told}",
            cost.authenticated
        );
        assert!(reads(cost) <= table_reads, "{told}");
        assert!(
            cost.table.total() - cost.table.count("GetItem") - cost.table.count("Query") <= table_writes,
            "{told}"
        );
        assert!(cost.bucket.count("PutObject") <= puts, "{told}");
        assert!(cost.bucket.total() - cost.bucket.count("PutObject") <= others, "{told}");
    }
}
