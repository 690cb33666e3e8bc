//! Direct pushes to a deployment on AWS, as emulators have it: the parts go to S3, the last request to `pack-indexer`.

use packhouse_harness::{Git, deployment::Deployment};

use super::{kept, noise, push::megabytes, with_helper};

#[test]
fn a_push_that_no_request_carries_goes_through_the_bucket() {
    let deployment = Deployment::start();
    let git = with_helper(&Git::newest());
    git.log_in_at(&deployment.gateway.url(), deployment.credentials());
    let url = deployment.create_repository("large");
    let work = git.init("work");
    work.run("config core.compression 0").ok();
    work.commit("small", "small");
    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    let tip = work.commit("large", noise(4, megabytes() << 20));
    work.run(&format!("push {url} main")).refused_with("HTTP 413");

    work.run(&format!("push --quiet packhouse::{url} main")).ok();
    assert_eq!(kept(&work).len(), 0);
    let answered = deployment.gateway.answered();
    let finishes = answered
        .iter()
        .filter(|answered| answered.path.contains("/large/uploads/") && answered.path.ends_with("/git-receive-pack"));
    assert_eq!(finishes.count(), 1, "{answered:?}");
    // Without the file, which may be longer than what one answer carries.
    git.run(&format!("clone --quiet --no-checkout --filter=blob:none {url} copy"))
        .ok();
    assert_eq!(git.in_dir("copy").rev("HEAD"), tip);
}
