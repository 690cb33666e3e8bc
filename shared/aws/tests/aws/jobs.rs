//! Jobs for a function.

use packhouse_aws::LambdaJobs;
use packhouse_forge::jobs::Jobs as _;
use packhouse_forge::maintenance::Place;
use packhouse_harness::emulators::Cloud;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::repository_id::RepositoryId;

use crate::setting::clients;

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_one_event_for_the_function() {
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let jobs = LambdaJobs::new(&clients(&proxy.url()), "pack-indexer");
    let id = RepositoryId::fresh();
    let accepted = || Fault::Answer(Answer::of(202, "application/json", ""));
    let compact = proxy.inject(Rule::all("Invoke", accepted()).holding(&format!(r#"{{"compact":"{id}"}}"#)));
    let sweep = proxy.inject(Rule::all("Invoke", accepted()).holding(&format!(r#"{{"sweep":{{"after":"{id}"}}}}"#)));
    jobs.compact(id.clone()).await;
    jobs.sweep(&Place::Repositories(id)).await;
    assert_eq!((compact.count(), sweep.count(), proxy.tally().total()), (1, 1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_asked_for_does_not_fail_who_asks() {
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let jobs = LambdaJobs::new(&clients(&proxy.url()), "no-such-function");
    jobs.compact(RepositoryId::fresh()).await;
    assert_eq!(
        proxy.tally().count("Invoke"),
        1,
        "a function that is not there is asked once"
    );
    let hits = proxy.inject(Rule::all("Invoke", Fault::DropBefore));
    jobs.compact(RepositoryId::fresh()).await;
    assert_eq!(hits.count(), 3);
}
