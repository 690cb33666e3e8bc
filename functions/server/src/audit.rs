//! `packhouse audit`: who did what, out of the server's audit log.

mod record;
pub(crate) mod since;

use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, Result};
use packhouse_storage::clock;
use serde_json::{Value, json};

use self::record::Record;
use crate::options::AuditOptions;
use crate::{control, runtime};

/// The operation that is asked.
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
/// The most events that one call answers.
const PAGE: u32 = 50;

/// Prints what is asked for, the newest first.
pub(crate) fn run(options: AuditOptions) -> Result<()> {
    runtime::run(print(options))
}

async fn print(options: AuditOptions) -> Result<()> {
    let AuditOptions {
        data,
        remote,
        since,
        user,
        event,
        repository,
        denied,
        json,
    } = options;
    let wanted = Wanted {
        user,
        event,
        repository,
        denied,
    };
    let control = control::reach(&data, remote).await?;
    let mut input = json!({ "StartTime": since.seconds(clock::now_secs()), "MaxResults": PAGE });
    if let Some(attribute) = wanted.attribute() {
        input["LookupAttributes"] = json!([attribute]);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    loop {
        let page = control.json("cloudtrail", TARGET, &input).await?;
        for event in page["Events"].as_array().into_iter().flatten() {
            let text = event["CloudTrailEvent"].as_str().context("an event has no record")?;
            let record: Value = serde_json::from_str(text).context("a record is not understood")?;
            let record = Record(&record);
            if !wanted.has(record) {
                continue;
            }
            if json {
                writeln!(out, "{text}")?;
            } else {
                writeln!(out, "{record}")?;
            }
        }
        // What is found is seen while the rest is looked for.
        out.flush()?;
        match page["NextToken"].as_str() {
            Some(token) if !token.is_empty() => input["NextToken"] = token.into(),
            _ => return Ok(()),
        }
    }
}

/// Which events are asked for.
#[derive(Debug, Default)]
struct Wanted {
    user: Option<String>,
    event: Option<String>,
    repository: Option<String>,
    denied: bool,
}

impl Wanted {
    /// What the server is told to look for: it takes one attribute, as CloudTrail does.
    fn attribute(&self) -> Option<Value> {
        // A user name leads to few events; an ARN is no user name.
        let user = self.user.as_ref().filter(|user| !user.starts_with("arn:"));
        let all = [
            ("ResourceName", self.repository.as_ref()),
            ("Username", user),
            ("EventName", self.event.as_ref()),
        ];
        let given = all.into_iter().find_map(|(key, value)| Some((key, value?)));
        given.map(|(key, value)| json!({ "AttributeKey": key, "AttributeValue": value }))
    }

    fn has(&self, record: Record<'_>) -> bool {
        self.user.as_ref().is_none_or(|user| record.is_by(user))
            && self.event.as_ref().is_none_or(|event| record.event() == event)
            && self.repository.as_ref().is_none_or(|name| record.is_about(name))
            && (!self.denied || record.is_denied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(user: &str, event: &str, repository: &str, denied: bool) -> Wanted {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Wanted {
            user: some(user),
            event: some(event),
            repository: some(repository),
            denied,
        }
    }

    #[test]
    fn the_server_looks_for_one_attribute() {
        let check = |wanted: Wanted, expect: Option<(&str, &str)>| {
            let attribute = expect.map(|(key, value)| json!({ "AttributeKey": key, "AttributeValue": value }));
            assert_eq!(wanted.attribute(), attribute, "{wanted:?}");
        };
        check(wanted("", "", "", true), None);
        check(wanted("ana", "GitPush", "demo", false), Some(("ResourceName", "demo")));
        check(wanted("ana", "GitPush", "", false), Some(("Username", "ana")));
        check(
            wanted("arn:aws:iam::1:user/ana", "GitPush", "", false),
            Some(("EventName", "GitPush")),
        );
        check(wanted("arn:aws:iam::1:user/ana", "", "", false), None);
    }

    #[test]
    fn events_have_to_be_all_that_is_asked_for() {
        let denied = json!({
            "eventName": "GitPush",
            "userIdentity": { "type": "IAMUser", "userName": "ana", "arn": "arn:aws:iam::210987654321:user/ops/ana" },
            "resources": [{ "ARN": "arn:aws:codecommit:eu-west-1:210987654321:demo" }],
            "errorCode": "AccessDeniedException",
        });
        let session = json!({
            "eventName": "GitPull",
            "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::210987654321:assumed-role/ci/build-7" },
            "additionalEventData": { "repositoryName": "demo" },
        });
        let rows = [
            (wanted("", "", "", false), true, true),
            (wanted("ana", "", "", false), true, false),
            (wanted("build-7", "", "", false), false, true),
            (wanted("ci", "", "", false), false, false),
            (
                wanted("arn:aws:iam::210987654321:user/ops/ana", "", "", false),
                true,
                false,
            ),
            (wanted("", "GitPush", "", false), true, false),
            (wanted("", "", "demo", false), true, true),
            (wanted("", "", "demo2", false), false, false),
            (wanted("", "", "", true), true, false),
            (wanted("ana", "GitPush", "demo", true), true, false),
            (wanted("ana", "GitPull", "demo", true), false, false),
        ];
        for (wanted, first, second) in rows {
            assert_eq!(wanted.has(Record(&denied)), first, "{wanted:?}");
            assert_eq!(wanted.has(Record(&session)), second, "{wanted:?}");
        }
    }
}
