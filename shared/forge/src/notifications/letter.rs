//! A notification as a mail that people read.

use std::fmt::Write as _;

use serde_json::Value;

use super::mailer::Mail;

/// The most characters of a subject.
const MAX_SUBJECT: usize = 200;
/// The most changed files that are listed.
const MAX_FILES: usize = 50;
/// The first characters of a commit's id.
const SHORT: usize = 8;

/// What is told of each event, as far as it has it: member of the detail, and what people call it.
const FACTS: [(&str, &str); 11] = [
    ("title", "Title"),
    ("description", "Description"),
    ("sourceReference", "From"),
    ("destinationReference", "To"),
    ("referenceFullName", "Reference"),
    ("oldCommitId", "Before"),
    ("commitId", "Now"),
    ("approvalStatus", "Approval"),
    ("overrideStatus", "Approval rules"),
    ("mergeOption", "Merge"),
    ("callerUserArn", "By"),
];

/// The mail to an address that says what the message to a topic says.
pub(super) fn of(message: &Value, to: &str, id: String) -> Mail {
    let detail = &message["detail"];
    let mut text = String::new();
    let what = what(detail);
    line(&mut text, &format!("{what}."));
    text.push('\n');
    fact(&mut text, "Repository", repository(detail));
    for (member, name) in FACTS {
        fact(&mut text, name, detail[member].as_str().unwrap_or_default());
    }
    fact(&mut text, "At", message["time"].as_str().unwrap_or_default());
    attributes(&mut text, &message["additionalAttributes"]);
    if let Some(url) = detail["notificationBody"]
        .as_str()
        .and_then(|body| body.rsplit(' ').next())
    {
        let _ = write!(text, "\n{url}\n");
    }
    let rule = message["notificationRuleArn"].as_str().unwrap_or_default();
    let _ = write!(text, "\n-- \nSent for the notification rule {rule}\n");
    let subject = format!("[{}] {what}", repository(detail));
    let subject = subject
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    Mail {
        to: to.to_owned(),
        subject: subject.take(MAX_SUBJECT).collect(),
        text,
        id,
    }
}

fn repository(detail: &Value) -> &str {
    detail["repositoryName"]
        .as_str()
        .or(detail["repositoryNames"][0].as_str())
        .unwrap_or_default()
}

/// What happened, in half a sentence.
fn what(detail: &Value) -> String {
    let of = |member: &str| detail[member].as_str().unwrap_or_default();
    let short = |member: &str| of(member).chars().take(SHORT).collect::<String>();
    let reference = || format!("{} {}", capital(of("referenceType")), of("referenceName"));
    let pull_request = |what: &str| format!("Pull request {} {what}: {}", of("pullRequestId"), of("title"));
    match of("event") {
        "referenceCreated" => format!("{} was created", reference()),
        "referenceUpdated" => format!("{} was updated", reference()),
        "referenceDeleted" => format!("{} was deleted", reference()),
        "pullRequestCreated" => pull_request("was created"),
        "pullRequestSourceBranchUpdated" => pull_request("has new commits"),
        "pullRequestStatusChanged" => pull_request(&format!("is {}", of("pullRequestStatus").to_lowercase())),
        "pullRequestMergeStatusUpdated" => pull_request("was merged"),
        "pullRequestApprovalStateChanged" if of("approvalStatus") == "APPROVE" => pull_request("was approved"),
        "pullRequestApprovalStateChanged" => pull_request("lost an approval"),
        "pullRequestApprovalRuleOverridden" if of("overrideStatus") == "OVERRIDE" => {
            pull_request("needs no approvals any more")
        }
        "pullRequestApprovalRuleOverridden" => pull_request("needs its approvals again"),
        "commentOnPullRequestCreated" => format!("Comment on pull request {}", of("pullRequestId")),
        "commentOnPullRequestUpdated" => format!("Changed comment on pull request {}", of("pullRequestId")),
        "commentOnCommitCreated" => format!("Comment on commit {}", short("afterCommitId")),
        "commentOnCommitUpdated" => format!("Changed comment on commit {}", short("afterCommitId")),
        other => other.to_owned(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn fact(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        line(text, &format!("{name}: {value}"));
    }
}

/// Adds lines, whose own ends become those of mails and whose control characters are dropped.
fn line(text: &mut String, lines: &str) {
    for line in lines.lines() {
        text.extend(line.chars().filter(|letter| !letter.is_control() || *letter == '\t'));
        text.push('\n');
    }
}

/// What rules with full detail tell besides.
fn attributes(text: &mut String, attributes: &Value) {
    if let Some(path) = attributes["filePath"].as_str() {
        text.push('\n');
        let at = attributes["commentedLineNumber"].as_str();
        line(
            text,
            &at.map_or_else(|| format!("{path}:"), |at| format!("{path}, line {at}:")),
        );
        line(
            text,
            &format!("    {}", attributes["commentedLine"].as_str().unwrap_or_default()),
        );
    }
    for comment in attributes["comments"].as_array().into_iter().flatten() {
        text.push('\n');
        for said in comment["commentText"].as_str().unwrap_or_default().lines() {
            line(text, &format!("> {said}"));
        }
    }
    let files = attributes["changedFiles"].as_array();
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        return;
    };
    text.push('\n');
    for file in files.iter().take(MAX_FILES) {
        let [change, path] = ["changeType", "filePath"].map(|member| file[member].as_str().unwrap_or_default());
        line(text, &format!("{change} {path}"));
    }
    let count = |member: &str| {
        attributes[member]
            .as_str()
            .and_then(|count| count.parse::<usize>().ok())
    };
    let all = ["numberOfFilesAdded", "numberOfFilesDeleted", "numberOfFilesModified"].map(count);
    let all: usize = all.into_iter().flatten().sum();
    if all > MAX_FILES {
        line(text, &format!("and {} more files", all - MAX_FILES));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mail(detail: &Value, attributes: &Value) -> Mail {
        let message = json!({
            "additionalAttributes": attributes,
            "detail": detail,
            "notificationRuleArn": "arn:aws:codestar-notifications:eu-west-1:210987654321:notificationrule/1",
            "time": "2026-03-04T05:06:07Z",
        });
        of(&message, "ana@example.com", "id".to_owned())
    }

    #[test]
    fn a_pull_request_is_told_with_its_files() {
        let detail = json!({
            "event": "pullRequestCreated", "pullRequestId": "42", "repositoryNames": ["widgets"], "title": "Add x",
            "description": "It was\r\nmissing.", "callerUserArn": "arn:aws:iam::210987654321:user/ana",
            "sourceReference": "refs/heads/x", "destinationReference": "refs/heads/main",
            "notificationBody": "A pull request event occurred. For more information, go to: https://git.example.com/42",
        });
        let files = json!({
            "changedFiles": [{ "changeType": "A", "filePath": "x\n.txt" }, { "changeType": "D", "filePath": "y" }],
            "numberOfFilesAdded": "1", "numberOfFilesDeleted": "1", "numberOfFilesModified": "70",
        });
        let mail = mail(&detail, &files);
        assert_eq!(mail.subject, "[widgets] Pull request 42 was created: Add x");
        assert_eq!(
            mail.text,
            "Pull request 42 was created: Add x.\n\nRepository: widgets\nTitle: Add x\nDescription: It was\nmissing.\n\
             From: refs/heads/x\nTo: refs/heads/main\nBy: arn:aws:iam::210987654321:user/ana\nAt: 2026-03-04T05:06:07Z\n\
             \nA x\n.txt\nD y\nand 22 more files\n\nhttps://git.example.com/42\n\n-- \nSent for the notification rule \
             arn:aws:codestar-notifications:eu-west-1:210987654321:notificationrule/1\n"
        );
    }

    #[test]
    fn a_comment_is_quoted_with_its_line() {
        let detail = json!({
            "event": "commentOnCommitCreated", "repositoryName": "widgets", "afterCommitId": "0123456789abcdef",
        });
        let said = json!({
            "filePath": "a.rs", "commentedLineNumber": "7", "commentedLine": "let x;",
            "comments": [{ "commentText": "Why?\nI\u{7} wonder." }],
        });
        let mail = mail(&detail, &said);
        assert_eq!(mail.subject, "[widgets] Comment on commit 01234567");
        assert!(
            mail.text
                .contains("\na.rs, line 7:\n    let x;\n\n> Why?\n> I wonder.\n\n-- \n"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        let detail = json!({
            "event": "pullRequestStatusChanged", "pullRequestStatus": "Closed", "pullRequestId": "1", "repositoryNames": ["r"],
            "title": format!("a\r\nBcc: x@example.com{}", "é".repeat(300)),
        });
        let subject = mail(&detail, &json!({})).subject;
        assert!(
            subject.starts_with("[r] Pull request 1 is closed: a  Bcc: x@example.comé"),
            "{subject}"
        );
        assert_eq!(subject.chars().count(), MAX_SUBJECT);
    }

    #[test]
    fn references_are_told_by_their_kind_and_name() {
        let subject = |event: &str, kind: &str| {
            let detail =
                json!({ "event": event, "repositoryName": "r", "referenceType": kind, "referenceName": "v/1" });
            mail(&detail, &json!({})).subject
        };
        assert_eq!(subject("referenceUpdated", "branch"), "[r] Branch v/1 was updated");
        assert_eq!(subject("referenceDeleted", "tag"), "[r] Tag v/1 was deleted");
    }
}
