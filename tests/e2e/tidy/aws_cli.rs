//! IAM and STS are there for the stock AWS CLI: each operation that they know must be called by it in some test.

use std::collections::BTreeSet;

use packhouse_harness::binary::workspace;

use super::{files, read};

/// Where operations are told apart by their names.
const TABLES: [&str; 2] = ["shared/http/src/iam.rs", "shared/http/src/sts.rs"];

/// What only the AWS CLI runs in; each command stands at the beginning of a text.
const STORIES: [&str; 3] = [
    "tests/e2e/iam/aws_cli.rs",
    "tests/e2e/iam/aws_cli",
    "tests/e2e/sts/aws_cli.rs",
];

/// The operation that AWS does not have, so that its CLI cannot call it; and the test in which `packhouse login` does.
const OURS: (&str, &str, &str) = ("AssumeRoleWithAws", "tests/e2e/command_line/login.rs", "login --aws");

/// The names before the arrows of a file's tables.
fn operations(file: &str) -> BTreeSet<String> {
    let text = read(&workspace().join(file));
    let arms = text.lines().filter_map(|line| line.trim().split_once(" => "));
    let named = arms.filter(|(pattern, _)| pattern.starts_with('"'));
    named
        .flat_map(|(pattern, _)| pattern.split(" | "))
        .map(|name| name.trim_matches('"').to_owned())
        .collect()
}

/// The first words of all texts in the stories, without hyphens.
fn commands() -> BTreeSet<String> {
    let paths = STORIES.map(|story| workspace().join(story));
    let all = paths
        .iter()
        .flat_map(|path| if path.is_dir() { files(path) } else { vec![path.clone()] });
    let texts: Vec<String> = all.map(|path| read(&path)).collect();
    let words = texts
        .iter()
        .flat_map(|text| text.split('"'))
        .filter_map(|part| part.split_whitespace().next());
    words.map(|word| word.replace('-', "")).collect()
}

#[test]
fn each_operation_of_iam_and_sts_is_called_by_the_aws_cli() {
    let commands = commands();
    let (ours, test, called) = OURS;
    assert!(read(&workspace().join(test)).contains(called), "{test} calls {ours}");
    for table in TABLES {
        let operations = operations(table);
        assert!(operations.len() > 4, "{table} has no table: {operations:?}");
        let missing: Vec<&String> = operations
            .iter()
            .filter(|name| *name != ours && !commands.contains(&name.to_lowercase()))
            .collect();
        assert!(
            missing.is_empty(),
            "no story of the AWS CLI calls {missing:?} of {table}"
        );
    }
}
