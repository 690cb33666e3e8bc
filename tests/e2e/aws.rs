//! Packhouse on AWS, as emulators have it.

mod budget;
mod deploy;
mod events;
mod everything;
mod faults;
mod gateway;
mod notifications;
mod packaging;
mod servers;
mod triggers;

use packhouse_harness::{Git, deployment::Deployment};

/// The deployment that tests share; isolation is by repository name.
fn shared() -> &'static Deployment {
    static SHARED: std::sync::OnceLock<Deployment> = std::sync::OnceLock::new();
    SHARED.get_or_init(Deployment::start)
}

/// Fails the test unless `copy` has every ref of `source` with all that it reaches.
#[track_caller]
fn assert_same(copy: &Git, source: &Git) {
    let refs = |git: &Git| {
        git.run("for-each-ref --format=%(objectname)%(refname) refs/heads refs/tags")
            .ok()
    };
    assert_eq!(refs(copy), refs(source));
    assert_eq!(
        crate::git::reachable(copy, "--all"),
        crate::git::reachable(source, "--all")
    );
}

/// Lets `git` know the administrator's credentials.
fn log_in(git: &Git, deployment: &Deployment) {
    git.log_in_at(&deployment.gateway.url(), deployment.credentials());
}
