//! The world of the story, and how its examples are run.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
};

use packhouse_harness::{Aws, Boto3, Server, emulators};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    super::bytes,
    deviations::DEVIATIONS,
    examples::{self, Example},
    shape::{self, Difference},
};

/// The people of the examples that the story needs: one writes, the other reviews. Both may do everything.
pub(super) const LI: &str = "Li_Juan";
pub(super) const MARY: &str = "Mary_Major";
/// Sessions of the role whose approvals the rules of the examples ask for.
pub(super) const REVIEWERS: [&str; 2] = ["Jorge_Souza", "Saanvi_Sarkar"];

/// The repository of the examples.
pub(super) const REPOSITORY: &str = "MyDemoRepo";

/// What stands for the accounts and regions of the examples, in which the server is not.
const PLACES: [(&str, &str); 5] = [
    ("111111111111", "000000000000"),
    ("123456789012", "000000000000"),
    ("us-east-2", "us-east-1"),
    ("us-west-2", "us-east-1"),
    // By now a branch like all others.
    ("mainline", "main"),
];

pub(super) struct Story {
    server: Server,
    people: BTreeMap<&'static str, Aws>,
    folder: TempDir,
    examples: BTreeMap<String, Example>,
    ran: BTreeSet<String>,
    wrong: Vec<String>,
}

/// What was wrong is told also when the story cannot go on.
impl Drop for Story {
    #[expect(clippy::print_stdout, reason = "it belongs to the report of the test that failed")]
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.wrong.join("\n"));
        }
    }
}

impl Story {
    pub(super) fn new() -> Self {
        let examples = examples::all();
        let cloud = emulators::Cloud::shared().url();
        let server = Server::start_with(&["--deliver-to", &cloud]);
        let people = people(&server);
        Self {
            server,
            people,
            folder: TempDir::new().expect("a temporary folder"),
            examples,
            ran: BTreeSet::new(),
            wrong: Vec::new(),
        }
    }

    /// Runs an example as somebody, with some texts of it replaced by what stands for them in the story. What it prints is
    /// compared with what the example shows.
    #[track_caller]
    pub(super) fn run(&mut self, who: &str, name: &str, replaced: &[(&str, &str)]) -> Value {
        let example = self.examples.get(name).unwrap_or_else(|| panic!("no example {name}"));
        assert!(self.ran.insert(name.to_owned()), "{name}: it ran before");
        for (file, content) in &example.files {
            fs::write(self.folder.path().join(file), in_story(content)).expect("the folder is writable");
        }
        let mut command = in_story(&example.command);
        for (printed, meant) in replaced {
            assert!(command.contains(printed), "{name}: no {printed:?} in {command}");
            command = command.replace(printed, meant);
        }
        let left = ["EXAMPLE", "thisisanexample"].iter().any(|id| command.contains(id));
        assert!(!left, "{name}: an id was not replaced: {command}");
        let script = format!(
            "cd {}\n{{ {}\n}} || echo \"ended with $?\"",
            self.folder.path().display(),
            command.trim()
        );
        let told = self.person(who).shell(&script);
        let answer = if told.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&told)
        };
        let Ok(answer) = answer else {
            self.wrong.push(format!("{name}: {command}: {told}"));
            return Value::Null;
        };
        let found = shape::differences(&example.printed, &answer);
        let known = DEVIATIONS.iter().filter(|row| row.0 == name);
        let known: BTreeSet<(String, Difference)> = known
            .map(|(_, place, difference, _)| ((*place).to_owned(), *difference))
            .collect();
        if found != known {
            let new = found.difference(&known);
            let repaired = known.difference(&found);
            let (new, repaired) = (new.collect::<Vec<_>>(), repaired.collect::<Vec<_>>());
            self.wrong
                .push(format!("{name}: new {new:?}, repaired {repaired:?}: {answer}"));
        }
        answer
    }

    /// Fails if an example differed, or was not run.
    pub(super) fn end(&self) {
        assert_eq!(self.wrong.len(), 0, "examples that print something else");
        let all: BTreeSet<String> = self.examples.keys().cloned().collect();
        assert_eq!(self.ran, all, "each example is run");
        let stray = DEVIATIONS.iter().find(|row| !all.contains(row.0));
        assert_eq!(stray, None, "a deviation names no example");
    }

    /// The file that a command of the examples reads.
    pub(super) fn write(&self, path: &str, content: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder is writable");
        fs::write(path, content).expect("the folder is writable");
    }

    /// The command line of somebody.
    pub(super) fn person(&self, who: &str) -> &Aws {
        self.people.get(who).unwrap_or_else(|| panic!("nobody is {who}"))
    }

    /// What the examples presume: an operation, by the administrator.
    #[track_caller]
    pub(super) fn call(&self, operation: &str, parameters: &Value) -> Value {
        let answer = self.server.boto3().call(operation, parameters);
        answer.unwrap_or_else(|error| panic!("{operation} {parameters}: {error:?}"))
    }

    /// The same in the repository.
    #[track_caller]
    pub(super) fn here(&self, operation: &str, mut parameters: Value) -> Value {
        parameters["repositoryName"] = REPOSITORY.into();
        self.call(operation, &parameters)
    }

    /// The commit at the tip of a branch.
    pub(super) fn tip(&self, branch: &str) -> String {
        id(&self.here("GetBranch", json!({ "branchName": branch }))["branch"]["commitId"])
    }

    /// Makes a branch at the tip of another.
    pub(super) fn branch(&self, name: &str, from: &str) {
        self.here(
            "CreateBranch",
            json!({ "branchName": name, "commitId": self.tip(from) }),
        );
    }

    /// Adds a commit with some files to a branch; the ids of commit and tree.
    pub(super) fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let files = files
            .iter()
            .map(|(path, content)| json!({ "filePath": path, "fileContent": bytes(content) }));
        let commit = json!({
            "branchName": branch, "parentCommitId": self.tip(branch), "putFiles": files.collect::<Vec<_>>(),
            "authorName": LI, "email": "li_juan@example.com", "commitMessage": "Change what the example needs",
        });
        id(&self.here("CreateCommit", commit)["commitId"])
    }

    /// Makes the topic of a trigger.
    pub(super) fn make_topic(name: &str) {
        let mut variables = emulators::root_variables();
        variables.push(("AWS_ENDPOINT_URL".to_owned(), emulators::Cloud::shared().url()));
        let made = Boto3::of("sns", variables).call("CreateTopic", &json!({ "Name": name }));
        made.expect("the emulator makes topics");
    }
}

/// An id in an answer.
#[track_caller]
pub(super) fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

fn in_story(text: &str) -> String {
    let mut text = text.to_owned();
    for (printed, meant) in PLACES {
        text = text.replace(printed, meant);
    }
    text
}

/// Makes the users, and the role with its sessions.
fn people(server: &Server) -> BTreeMap<&'static str, Aws> {
    let service = |name: &str| {
        let variables = server.credentials().variables();
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Boto3::of(name, variables.collect())
    };
    let (iam, sts) = (service("iam"), service("sts"));
    let call = |service: &Boto3, operation: &str, parameters: Value| {
        service.call(operation, &parameters).expect("the administrator may")
    };
    let aws = |keys: &Value| {
        Aws::with_keys(server, keys)
            .with_env("AWS_ENDPOINT_URL", server.base_url())
            .with_env("AWS_DEFAULT_REGION", "us-east-1")
    };
    let full = "arn:aws:iam::aws:policy/AWSCodeCommitFullAccess";
    let mut people = BTreeMap::new();
    for name in [LI, MARY] {
        call(&iam, "CreateUser", json!({ "UserName": name }));
        call(&iam, "AttachUserPolicy", json!({ "UserName": name, "PolicyArn": full }));
        people.insert(
            name,
            aws(&call(&iam, "CreateAccessKey", json!({ "UserName": name }))["AccessKey"]),
        );
    }
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "000000000000" }, "Action": "sts:AssumeRole" },
    ] });
    let role = json!({ "RoleName": "CodeCommitReview", "AssumeRolePolicyDocument": trust.to_string() });
    let role = call(&iam, "CreateRole", role)["Role"]["Arn"].clone();
    call(
        &iam,
        "AttachRolePolicy",
        json!({ "RoleName": "CodeCommitReview", "PolicyArn": full }),
    );
    for name in REVIEWERS {
        let session = call(&sts, "AssumeRole", json!({ "RoleArn": role, "RoleSessionName": name }));
        people.insert(name, aws(&session["Credentials"]));
    }
    people
}
