//! HTTPS.

use std::fs;

use packhouse_harness::{Git, Server, bare_twin};

#[test]
fn git_works_over_tls() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    fs::write(&certificate, made.cert.pem()).expect("the folder is writable");
    fs::write(&key, made.signing_key.serialize_pem()).expect("the folder is writable");
    let (certificate, key) = (certificate.to_string_lossy(), key.to_string_lossy());
    let server = Server::start_with(&["--tls-cert", &certificate, "--tls-key", &key]);
    assert!(server.base_url().starts_with("https://"), "{}", server.base_url());
    server.packhouse(&["admin", "create-repository", "secure"]);
    let url = server.url("secure");
    for git in Git::every() {
        git.log_in(&server);
        git.run(&format!("ls-remote {url}")).refused_with("certificate");
        let trusting = git.with_env("GIT_SSL_CAINFO", certificate.as_ref());
        let work = trusting.init("work");
        work.commit("file", git.version());
        work.run(&format!("push --quiet {url} main:by-{}", git.version())).ok();
        trusting.run(&format!("clone --quiet --mirror {url} copy")).ok();
        bare_twin::contents(&trusting.in_dir("copy"));
    }
}
