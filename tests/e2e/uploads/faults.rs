//! Bad days between the helper and the server.

use packhouse_harness::{
    Git, Server,
    fault_proxy::{Answer, Fault, FaultProxy, Hits, Rule},
    server::against_reference,
};

use super::{always_direct, finished, kept, noise, with_helper};

const REFUSAL: &str = "{\"message\":\"this cannot be done today\"}";

struct Bed {
    proxy: FaultProxy,
    work: Git,
    name: String,
}

impl Bed {
    /// A repository behind a proxy, and a commit to push to it.
    fn new(name: &str) -> Self {
        let server = Server::shared();
        server.create_repository(name);
        let proxy = FaultProxy::start(server.base_url());
        let git = with_helper(&Git::newest());
        git.log_in_at(&proxy.url(), server.credentials());
        let work = git.init("work");
        always_direct(&work);
        work.run(&format!("remote add origin packhouse::{}/v1/repos/{name}", proxy.url()))
            .ok();
        work.commit("file", noise(3, 100_000));
        let name = name.to_owned();
        Self { proxy, work, name }
    }

    fn inject(&self, n: u64, holding: &str, fault: Fault) -> Hits {
        self.proxy.inject(Rule::nth(n, "*", fault).holding(holding))
    }

    /// Pushes, and finds it done.
    fn push(&self) {
        self.work.run("push --quiet origin main").ok();
        let tip = self.work.rev("HEAD");
        assert_eq!(
            self.work.run("ls-remote origin main").ok(),
            format!("{tip}\trefs/heads/main\n")
        );
        assert_eq!(kept(&self.work).len(), 0);
    }
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer(Answer::of(status, "application/json", body))
}

#[test]
fn what_fails_once_is_tried_again() {
    if against_reference() {
        return;
    }
    let bed = Bed::new("upload-faults");
    let faults = [
        ("/uploads?", answer(503, REFUSAL)),
        ("/uploads?", Fault::DropBefore),
        ("/parts?", Fault::DropAfter),
        ("/parts?", Fault::Cut { after: 10 }),
        // An URL whose time is over.
        ("/00001?", answer(403, "<Error><Code>AccessDenied</Code></Error>")),
        (
            "/00001?",
            answer(409, "<Error><Code>ConditionalRequestConflict</Code></Error>"),
        ),
        ("/00001?", answer(503, "<Error><Code>SlowDown</Code></Error>")),
        ("/00001?", Fault::DropBefore),
        ("/00001?", Fault::DropAfter),
        ("git-receive-pack?bytes", Fault::DropBefore),
        ("git-receive-pack?bytes", Fault::DropAfter),
        ("git-receive-pack?bytes", Fault::Cut { after: 10 }),
        (
            "git-receive-pack?bytes",
            answer(502, "{\"message\": \"Internal server error\"}"),
        ),
    ];
    for (at, (holding, fault)) in faults.into_iter().enumerate() {
        bed.work.commit("file", at.to_string());
        let hits = bed.inject(1, holding, fault);
        bed.push();
        assert_eq!(hits.count(), 1, "fault {at}");
        bed.proxy.heal();
    }
    assert!(finished(Server::shared(), &bed.name) >= 13);
}

#[test]
fn what_is_refused_is_told_with_the_reason() {
    if against_reference() {
        return;
    }
    let bed = Bed::new("upload-refused");
    for (holding, told) in [
        (
            "/uploads?",
            "fatal: the server refuses: this cannot be done today (HTTP 422)",
        ),
        (
            "/parts?",
            "fatal: the server refuses: this cannot be done today (HTTP 422)",
        ),
        (
            "/00001?",
            "fatal: the server refuses: the store does not take the pack (HTTP 422)",
        ),
        (
            "git-receive-pack?bytes",
            "fatal: the server refuses: this cannot be done today (HTTP 422)",
        ),
    ] {
        bed.inject(1, holding, answer(422, REFUSAL));
        bed.work.run("push origin main").refused_with(told);
        bed.proxy.heal();
    }
    bed.push();
}

#[test]
fn a_server_without_uploads_gets_the_push_in_one_request() {
    if against_reference() {
        return;
    }
    let bed = Bed::new("upload-unknown");
    bed.inject(
        1,
        "/uploads?",
        Fault::Answer(Answer::of(404, "text/plain", "not found\n")),
    );
    let told = bed.work.run("push origin main");
    assert!(told.stderr.contains("this server takes no direct uploads"), "{told:?}");
    told.ok();
    assert_eq!((finished(Server::shared(), &bed.name), kept(&bed.work).len()), (0, 0));
}

#[test]
fn wrong_credentials_are_asked_for_again_once() {
    if against_reference() {
        return;
    }
    let bed = Bed::new("upload-credentials");
    bed.proxy
        .inject(Rule::all("Unknown", answer(401, "")).holding("/uploads?"));
    let told = bed.work.run("push origin main").refused();
    assert!(told.contains("Authentication failed for"), "{told}");
    bed.proxy.heal();
    // Git's store was told that they are wrong.
    let told = bed.work.run("push origin main").refused();
    assert!(told.contains("could not read Username"), "{told}");

    let url = bed.work.run("remote get-url origin").ok();
    let url = url.trim().strip_prefix("packhouse::").expect("it is the helper's");
    let credentials = Server::shared().credentials();
    let header = format!("http.extraHeader=Authorization: {}", credentials.basic());
    bed.work
        .run_args(["-c", &header, "push", "--quiet", "origin", "main"])
        .ok();
    bed.work.commit("file", "more");
    let (user, password) = (
        credentials.get("PACKHOUSE_GIT_USERNAME"),
        credentials.get("PACKHOUSE_GIT_PASSWORD"),
    );
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let with = url.replacen("://", &format!("://{}:{}@", encoded(user), encoded(password)), 1);
    bed.work
        .run_args(["push", "--quiet", &format!("packhouse::{with}"), "main"])
        .ok();
    assert_eq!(finished(Server::shared(), &bed.name), 2);
}

#[test]
fn urls_that_are_none_are_refused() {
    if against_reference() {
        return;
    }
    let git = with_helper(&Git::newest());
    for (url, told) in [
        (
            "packhouse::ssh://host/repo",
            "is not a URL that starts with packhouse::https://",
        ),
        ("packhouse::https://", "names no host"),
        (
            "packhouse::/etc/passwd",
            "is not a URL that starts with packhouse::https://",
        ),
    ] {
        git.run(&format!("ls-remote {url}")).refused_with(told);
    }
}
