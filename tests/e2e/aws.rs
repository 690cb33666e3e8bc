//! Packhouse on AWS, as emulators have it.

mod budget;
mod deploy;
mod events;
mod faults;
mod gateway;
mod packaging;
mod servers;

use packhouse_harness::{Git, deployment::Deployment};

/// The deployment that tests share; isolation is by repository name.
fn shared() -> &'static Deployment {
    static SHARED: std::sync::OnceLock<Deployment> = std::sync::OnceLock::new();
    SHARED.get_or_init(Deployment::start)
}

/// Lets `git` know the administrator's credentials.
fn log_in(git: &Git, deployment: &Deployment) {
    let credentials = deployment.credentials();
    git.store_credentials(
        &deployment.gateway.url(),
        credentials.get("PACKHOUSE_GIT_USERNAME"),
        credentials.get("PACKHOUSE_GIT_PASSWORD"),
    );
}
