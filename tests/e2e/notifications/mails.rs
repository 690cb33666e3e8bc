//! What people get by e-mail, through a mail server that asks for TLS and a password.

use std::time::{Duration, Instant};

use packhouse_harness::{Git, Server, smtp_server::SmtpServer};
use serde_json::{Value, json};

use super::{client, id, repository};
use crate::server::Certificate;

/// How long it may take until a failure is noted.
const PATIENCE: Duration = Duration::from_secs(60);

fn server(certificate: &Certificate, mails: &SmtpServer) -> Server {
    let flags = [
        "--smtp",
        &mails.url(),
        "--mail-from",
        "packhouse@example.com",
        "--mail-to",
        "example.com,example.org",
    ];
    Server::start_embedded_with_env(&flags, &[("SSL_CERT_FILE", &certificate.file)])
}

/// Makes a rule for new branches and comments.
fn rule(server: &Server, resource: &str, name: &str, addresses: &[&str]) -> Value {
    let targets = addresses
        .iter()
        .map(|address| json!({ "TargetType": "Email", "TargetAddress": address }));
    let events = ["branches-and-tags-created", "comments-on-commits"].map(id);
    let rule = json!({
        "Name": name, "Resource": resource, "DetailType": "FULL", "EventTypeIds": events,
        "Targets": targets.collect::<Vec<_>>(),
    });
    client(server)
        .call("CreateNotificationRule", &rule)
        .expect("it is a rule")["Arn"]
        .take()
}

#[test]
fn a_push_and_a_comment_reach_people_by_mail() {
    let certificate = Certificate::new();
    let mut mails = SmtpServer::start(&certificate.file, &certificate.key);
    let server = server(&certificate, &mails);
    let resource = repository(&server, "mailed");
    let arn = rule(&server, &resource, "team", &["ana@example.org"]);
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    let commit = work.commit("a", "1\n2\n");
    work.run(&format!("push --quiet {} main", server.url("mailed"))).ok();

    let mail = mails.next_mail();
    assert_eq!(mail.from, "packhouse@example.com");
    assert_eq!(mail.to, ["ana@example.org"]);
    for line in [
        "Subject: [mailed] Branch main was created",
        "To: ana@example.org",
        "Auto-Submitted: auto-generated",
        "Repository: mailed",
        "Reference: refs/heads/main",
    ] {
        assert!(mail.text.lines().any(|one| one == line), "no {line:?} in {}", mail.text);
    }

    let comment = json!({
        "repositoryName": "mailed", "afterCommitId": commit, "content": "Why \"2\"?\n.\nAnd why here?",
        "location": { "filePath": "a", "filePosition": 2, "relativeFileVersion": "AFTER" },
    });
    server
        .boto3()
        .call("PostCommentForComparedCommit", &comment)
        .expect("it can be said");
    let mail = mails.next_mail();
    let said = "a, line 2:\r\n    2\r\n\r\n> Why \"2\"?\r\n> .\r\n> And why here?\r\n";
    assert!(mail.text.contains(said), "{}", mail.text);
    let described = client(&server).call("DescribeNotificationRule", &json!({ "Arn": arn }));
    let target = json!({ "TargetAddress": "ana@example.org", "TargetType": "Email", "TargetStatus": "ACTIVE" });
    assert_eq!(described.expect("it is there")["Targets"], json!([target]));
}

#[test]
fn who_cannot_get_mails_is_told_of_and_keeps_nobody_from_theirs() {
    let certificate = Certificate::new();
    let mut mails = SmtpServer::start(&certificate.file, &certificate.key);
    let server = server(&certificate, &mails);
    let resource = repository(&server, "mailed");
    let arn = rule(
        &server,
        &resource,
        "team",
        &["full@example.com", "eve@elsewhere.net", "ana@example.com"],
    );
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    work.commit("a", "1\n");
    work.run(&format!("push --quiet {} main", server.url("mailed"))).ok();
    assert_eq!(mails.next_mail().to, ["ana@example.com"]);
    let status = || {
        let described = client(&server)
            .call("DescribeNotificationRule", &json!({ "Arn": arn }))
            .expect("it is there");
        let targets = described["Targets"].as_array().expect("a list").iter();
        let unreachable = targets.filter(|target| target["TargetStatus"] == "UNREACHABLE");
        unreachable.count()
    };
    let until = Instant::now() + PATIENCE;
    while status() != 2 {
        assert!(Instant::now() < until, "two of three cannot be reached");
    }
}

#[test]
fn an_address_has_to_be_one() {
    let server = Server::start_embedded(&[]);
    let resource = repository(&server, "mailed");
    for address in [
        "ana",
        "ana@",
        "@example.com",
        "ana@example.com, eve@example.com",
        "ana@example.com\r\nRCPT TO:<x@y>",
    ] {
        let rule = json!({
            "Name": "team", "Resource": resource, "DetailType": "FULL", "EventTypeIds": [id("branches-and-tags-created")],
            "Targets": [{ "TargetType": "Email", "TargetAddress": address }],
        });
        let error = client(&server)
            .call("CreateNotificationRule", &rule)
            .expect_err("that is no address");
        assert_eq!(error.code, "ValidationException", "{address:?}");
    }
}
