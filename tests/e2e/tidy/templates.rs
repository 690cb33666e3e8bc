//! The two templates of one deployment, as far as text tells. `infra/lint` compares what they make, property by property.

use std::collections::BTreeSet;

use packhouse_harness::binary::workspace;

use super::read;

/// Folders of `functions/` that are no Lambda functions.
const PROGRAMS: [&str; 2] = ["server", "git-remote-packhouse"];

/// What stands behind `label` on the lines of a file.
fn values(file: &str, label: &str) -> BTreeSet<String> {
    let text = read(&workspace().join(file));
    let found = text.lines().filter_map(|line| line.trim().strip_prefix(label));
    found
        .map(|value| value.trim_matches(['\'', ',', ' ']).to_owned())
        .collect()
}

#[test]
fn every_lambda_function_is_in_both_templates() {
    let folders: BTreeSet<String> = workspace()
        .join("functions")
        .read_dir()
        .expect("functions/")
        .map(|folder| {
            folder
                .expect("a readable entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !PROGRAMS.contains(&name.as_str()))
        .collect();
    assert_eq!(values("template.yaml", "CodeUri: target/lambda/"), folders);
    assert_eq!(values("infra/cdk/lib/functions.ts", "binary: "), folders);
}

#[test]
fn lock_files_name_no_registry() {
    for folder in ["infra/cdk", "tests/harness/javascript"] {
        let lock = read(&workspace().join(folder).join("package-lock.json"));
        assert!(lock.contains("\"integrity\": \"sha512-"), "{folder}: nothing is pinned");
        assert!(
            !lock.contains("\"resolved\":"),
            "run npm in {folder}, whose .npmrc leaves registries out"
        );
    }
}
