//! Prints what a million of each operation costs on AWS, as a table for the README: `cargo bench -p packhouse-tests --bench costs`.
//!
//! It counts the calls of DynamoDB, S3 and the gateway of a deployment on emulators, and takes prices from `prices.json`. What a
//! function's time costs depends on AWS's machines and is not in it.
#![expect(clippy::print_stdout, reason = "a command that prints")]

use packhouse_harness::{costs, fault_proxy::Tally};
use serde_json::Value;

const PUTS: [&str; 6] = [
    "PutObject",
    "ListObjectsV2",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "CopyObject",
];

fn main() {
    let prices: Value = serde_json::from_str(include_str!("prices.json")).expect("prices.json is JSON");
    let price = |name: &str| prices["us_dollars_a_million"][name].as_f64().expect("a price");
    println!(
        "| operation | HTTP requests | table: reads, units | writes, units | bucket: PUT | GET | store, $ a million | with gateway and invocations |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    for cost in costs::measure() {
        let (read, written) = units(&cost.table);
        let reads = cost.table.count("GetItem") + cost.table.count("Query");
        let writes = cost.table.total() - reads;
        let puts: u64 = PUTS.iter().map(|operation| cost.bucket.count(operation)).sum();
        let gets = cost.bucket.total() - puts - cost.bucket.count("DeleteObject");
        let store = read * price("table_read_unit")
            + written * price("table_write_unit")
            + count(puts) * price("bucket_put")
            + count(gets) * price("bucket_get");
        let all =
            store + count(cost.requests) * price("gateway_request") + count(cost.invocations) * price("invocation");
        println!(
            "| {} | {} | {reads}, {read} | {writes}, {written} | {puts} | {gets} | {store:.2} | {all:.2} |",
            cost.operation, cost.requests
        );
    }
    println!("\n{}", prices["from"].as_str().unwrap_or_default());
}

/// Read and write units of all calls.
fn units(tally: &Tally) -> (f64, f64) {
    tally.iter().fold((0.0, 0.0), |(read, written), (_, calls)| {
        (read + calls.read_units, written + calls.write_units)
    })
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
