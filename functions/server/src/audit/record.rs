//! One record in CloudTrail's form, read and shown.

use std::fmt;

use serde_json::Value;

/// A record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a>(pub(super) &'a Value);

impl<'a> Record<'a> {
    /// The operation.
    pub(super) fn event(self) -> &'a str {
        self.0["eventName"].as_str().unwrap_or_default()
    }

    /// Whether `who` did it: a user's name, a session's, or an ARN.
    pub(super) fn is_by(self, who: &str) -> bool {
        let identity = &self.0["userIdentity"];
        let arn = identity["arn"].as_str().unwrap_or_default();
        arn == who || self.name() == Some(who)
    }

    /// Whether it was about the repository `name`.
    pub(super) fn is_about(self, name: &str) -> bool {
        self.repositories().any(|repository| repository == name)
    }

    /// Whether a policy was against it.
    pub(super) fn is_denied(self) -> bool {
        self.error().is_some_and(|code| code.starts_with("AccessDenied"))
    }

    fn error(self) -> Option<&'a str> {
        self.0["errorCode"].as_str()
    }

    /// The user's name, or the name of a role's session.
    fn name(self) -> Option<&'a str> {
        let identity = &self.0["userIdentity"];
        let of_arn = || identity["arn"].as_str()?.rsplit('/').next();
        identity["userName"].as_str().or_else(of_arn)
    }

    fn repositories(self) -> impl Iterator<Item = &'a str> {
        let resources = self.0["resources"].as_array().into_iter().flatten();
        let of_arns = resources.filter_map(|resource| resource["ARN"].as_str()?.rsplit(':').next());
        of_arns.chain(self.0["additionalEventData"]["repositoryName"].as_str())
    }

    /// What it was about: a repository and refs, or else an identity of IAM.
    fn about(self) -> String {
        let mut names: Vec<&str> = self.repositories().collect();
        names.dedup();
        let parameters = &self.0["requestParameters"];
        if names.is_empty() {
            let of_identities = [
                "userName",
                "groupName",
                "roleName",
                "roleArn",
                "policyName",
                "policyArn",
            ];
            names.extend(of_identities.into_iter().filter_map(|key| parameters[key].as_str()));
        }
        let references = parameters["references"].as_array().into_iter().flatten();
        names.extend(references.filter_map(|reference| reference["ref"].as_str()));
        names.join(" ")
    }
}

/// One line: time, who, from where, what, about what, how it ended. Nothing of it can move a terminal's cursor.
impl fmt::Display for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: &str| self.0[name].as_str().unwrap_or("-");
        let arn = self.0["userIdentity"]["arn"].as_str().unwrap_or_default();
        // `user/ana` and `assumed-role/ci/build-7` tell more than names.
        let who = arn.rsplit(':').next().filter(|who| !who.is_empty()).unwrap_or("-");
        let about = self.about();
        let mut line = format!(
            "{}  {who}  {}  {}",
            text("eventTime"),
            text("sourceIPAddress"),
            text("eventName")
        );
        if !about.is_empty() {
            line.push_str("  ");
            line.push_str(&about);
        }
        if let Some(code) = self.error() {
            line.push_str(&format!("  {code}: {}", text("errorMessage")));
        }
        for letter in line.chars() {
            if letter.is_control() {
                write!(f, "{}", letter.escape_default())?;
            } else {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_one_line() {
        let check = |record: Value, expect: &str| assert_eq!(Record(&record).to_string(), expect);
        check(
            json!({
                "eventTime": "2026-11-21T19:06:42Z",
                "eventName": "GitPush",
                "sourceIPAddress": "192.0.2.1",
                "userIdentity": { "userName": "ana", "arn": "arn:aws:iam::210987654321:user/ana" },
                "requestParameters": { "references": [{ "commit": "0", "ref": "refs/heads/main" }, { "ref": "refs/tags/v1" }] },
                "additionalEventData": { "repositoryName": "demo" },
                "resources": [{ "ARN": "arn:aws:codecommit:eu-west-1:210987654321:demo" }],
            }),
            "2026-11-21T19:06:42Z  user/ana  192.0.2.1  GitPush  demo refs/heads/main refs/tags/v1",
        );
        check(
            json!({
                "eventTime": "2026-11-21T19:06:42Z",
                "eventName": "CreateAccessKey",
                "userIdentity": { "arn": "arn:aws:sts::210987654321:assumed-role/ci/build-7" },
                "requestParameters": { "userName": "bob" },
                "errorCode": "AccessDenied",
                "errorMessage": "no\u{1b}[2J\nway",
            }),
            "2026-11-21T19:06:42Z  assumed-role/ci/build-7  -  CreateAccessKey  bob  AccessDenied: no\\u{1b}[2J\\nway",
        );
        check(json!({}), "-  -  -  -");
    }
}
