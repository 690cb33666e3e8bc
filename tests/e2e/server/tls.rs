//! HTTPS.

use std::fs;

use packhouse_harness::{Git, Server, bare_twin};
use tempfile::TempDir;

/// A certificate for this machine that nobody trusts yet.
pub(crate) struct Certificate {
    /// Its file.
    pub(crate) file: String,
    /// The file of its key.
    pub(crate) key: String,
    _folder: TempDir,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (file, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        fs::write(&file, made.cert.pem()).expect("the folder is writable");
        fs::write(&key, made.signing_key.serialize_pem()).expect("the folder is writable");
        Self {
            file: file.to_string_lossy().into_owned(),
            key: key.to_string_lossy().into_owned(),
            _folder: folder,
        }
    }

    /// Starts a server that has it, with further flags.
    pub(crate) fn serve(&self, flags: &[&str]) -> Server {
        let tls = ["--tls-cert", &self.file, "--tls-key", &self.key];
        Server::start_with(&[&tls, flags].concat())
    }
}

#[test]
fn git_works_over_tls() {
    let certificate = Certificate::new();
    let server = certificate.serve(&[]);
    assert!(server.base_url().starts_with("https://"), "{}", server.base_url());
    server.packhouse(&["admin", "create-repository", "secure"]);
    let url = server.url("secure");
    for git in Git::every() {
        git.log_in(&server);
        git.run(&format!("ls-remote {url}")).refused_with("certificate");
        let trusting = git.with_env("GIT_SSL_CAINFO", &certificate.file);
        let work = trusting.init("work");
        work.commit("file", git.version());
        work.run(&format!("push --quiet {url} main:by-{}", git.version())).ok();
        trusting.run(&format!("clone --quiet --mirror {url} copy")).ok();
        bare_twin::contents(&trusting.in_dir("copy"));
    }
}
