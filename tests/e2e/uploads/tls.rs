//! Direct pushes over HTTPS, with git's own settings.

use std::fs;

use packhouse_harness::{Git, Server, server::against_reference};

use super::{always_direct, finished, with_helper};

#[test]
fn certificates_are_trusted_as_git_is_told_to() {
    if against_reference() {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    fs::write(&certificate, made.cert.pem()).expect("the folder is writable");
    fs::write(&key, made.signing_key.serialize_pem()).expect("the folder is writable");
    let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
    let server = Server::start_with(&["--tls-cert", &certificate, "--tls-key", &key]);
    server.packhouse(&["admin", "create-repository", "secure"]);
    let url = format!("packhouse::{}", server.url("secure"));
    let git = with_helper(&Git::newest());
    git.log_in(&server);
    let work = git.init("work");
    always_direct(&work);
    work.commit("file", "one");
    work.run(&format!("push {url} main")).refused_with("certificate");

    let trusting = work.with_env("GIT_SSL_CAINFO", certificate.as_ref());
    trusting.run(&format!("push --quiet {url} main:by-variable")).ok();
    work.commit("file", "two");
    let setting = format!("http.{}/.sslCAInfo={certificate}", server.base_url());
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
