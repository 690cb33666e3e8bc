//! Direct pushes over HTTPS, with git's own settings.

use packhouse_harness::{Git, server::against_reference};

use super::{always_direct, finished, with_helper};
use crate::server::Certificate;

#[test]
fn certificates_are_trusted_as_git_is_told_to() {
    if against_reference() {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(&[]);
    server.packhouse(&["admin", "create-repository", "secure"]);
    let url = format!("packhouse::{}", server.url("secure"));
    let git = with_helper(&Git::newest());
    git.log_in(&server);
    let work = git.init("work");
    always_direct(&work);
    work.commit("file", "one");
    work.run(&format!("push {url} main")).refused_with("certificate");

    let trusting = work.with_env("GIT_SSL_CAINFO", &certificate.file);
    trusting.run(&format!("push --quiet {url} main:by-variable")).ok();
    work.commit("file", "two");
    let setting = format!("http.{}/.sslCAInfo={}", server.base_url(), certificate.file);
    work.run_args(["-c", &setting, "push", "--quiet", &url, "main:by-setting"])
        .ok();
    work.commit("file", "three");
    work.run_args(["-c", "http.sslVerify=false", "push", "--quiet", &url, "main:unverified"])
        .ok();
    assert_eq!(finished(&server, "secure"), 3);
    let other = work.with_env("GIT_SSL_CAINFO", "/nonexistent.pem");
    work.commit("file", "four");
    other.run(&format!("push {url} main")).refused();
}
