//! What was asked for over HTTP, as the audit log records it.

use packhouse_forge::audit::{Event, Failure, write};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::RepositoryName;
use packhouse_forge::policy::Action;
use serde_json::Value;

/// A service whose calls are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    CodeCommit,
    Iam,
    Sts,
    CloudTrail,
    /// Our own administration.
    Packhouse,
}

impl Service {
    const fn source(self) -> &'static str {
        match self {
            Self::CodeCommit => "codecommit.amazonaws.com",
            Self::Iam => "iam.amazonaws.com",
            Self::Sts => "sts.amazonaws.com",
            Self::CloudTrail => "cloudtrail.amazonaws.com",
            Self::Packhouse => "packhouse",
        }
    }

    /// Whether an operation changes nothing.
    fn only_reads(self, operation: &str) -> bool {
        const READS: [&str; 5] = ["Get", "List", "Lookup", "Simulate", "Inspect"];
        match self {
            Self::CodeCommit => Action::ALL
                .iter()
                .find(|action| action.name() == operation)
                .is_some_and(|action| action.is_read()),
            // Temporary keys change nothing, but who got them is worth knowing.
            Self::Sts => operation == "GetCallerIdentity",
            Self::Iam | Self::CloudTrail | Self::Packhouse => READS.iter().any(|start| operation.starts_with(start)),
        }
    }
}

/// Records a call of an API, with its input and, of what changed something, its output.
pub(crate) async fn record(
    forge: &Forge,
    caller: &Caller,
    (service, operation): (Service, &str),
    parameters: Value,
    outcome: Result<Option<Value>, Failure>,
) {
    let read_only = service.only_reads(operation);
    let (response, failure) = match outcome {
        Ok(response) => (response.filter(|_| !read_only), None),
        Err(failure) => (None, Some(failure)),
    };
    let event = Event {
        name: operation.to_owned(),
        source: service.source(),
        read_only,
        repositories: repositories(&parameters),
        parameters: Some(parameters),
        response,
        failure,
        ..Event::default()
    };
    write(forge, caller, &event).await;
}

/// The repositories that an input names.
fn repositories(parameters: &Value) -> Vec<RepositoryName> {
    let single = ["repositoryName", "oldName", "newName"]
        .iter()
        .map(|name| &parameters[*name]);
    let several = parameters["repositoryNames"].as_array().into_iter().flatten();
    let named = single.chain(several).filter_map(Value::as_str);
    named.filter_map(|name| RepositoryName::new(name).ok()).collect()
}
