//! Reads the published examples.

use std::{collections::BTreeMap, fs};

use packhouse_harness::python;
use serde_json::Value;

use super::{LOCAL, corrections::CORRECTIONS};

/// One example: a command, and what it prints.
#[derive(Debug)]
pub(super) struct Example {
    /// For a shell.
    pub(super) command: String,
    /// Null for a command that prints nothing.
    pub(super) printed: Value,
    /// Names and contents of the files that the command reads, where the example shows them.
    pub(super) files: Vec<(String, String)>,
}

/// The examples of all commands that ask the service, by the name of the command; of further ones of a command, by that with
/// a number.
pub(super) fn all() -> BTreeMap<String, Example> {
    let folder = python::site_packages().join("awscli/examples/codecommit");
    let mut found = BTreeMap::new();
    let (mut corrected, mut left_out) = (0, 0);
    for entry in fs::read_dir(&folder).expect("the AWS CLI has examples").flatten() {
        let name = entry.file_name().into_string().expect("names are ASCII");
        let command = name.strip_suffix(".rst").expect("examples are reStructuredText");
        if LOCAL.iter().any(|(local, _)| *local == command) {
            left_out += 1;
            continue;
        }
        let mut text = fs::read_to_string(entry.path()).expect("examples are UTF-8");
        text = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        for (_, printed, meant, why) in CORRECTIONS.iter().filter(|row| row.0 == command) {
            assert!(
                text.contains(printed),
                "{command}: {printed:?} is there no more ({why})"
            );
            text = text.replace(printed, meant);
            corrected += 1;
        }
        for (at, example) in read(command, &text).into_iter().enumerate() {
            let number = if at == 0 { String::new() } else { format!("-{}", at + 1) };
            found.insert(format!("{command}{number}"), example);
        }
    }
    assert_eq!(corrected, CORRECTIONS.len(), "a correction names no example");
    assert_eq!(left_out, LOCAL.len(), "an example that is not run is there no more");
    found
}

/// The examples of a file.
fn read(name: &str, text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for (lead, block) in blocks(text) {
        if block.trim_start().starts_with("aws codecommit ") {
            let quiet = text.contains("This command produces no output.");
            found.push(Example {
                command: block,
                // What no example prints, so that one without output fails unless it says that there is none.
                printed: if quiet { Value::Null } else { "nothing".into() },
                files: Vec::new(),
            });
            continue;
        }
        let example = found.last_mut().expect("a command comes first");
        if lead == "Output::" {
            example.printed = printed(name, &block);
        } else if let Some(file) = lead
            .strip_prefix("Contents of ``")
            .and_then(|rest| rest.strip_suffix("``::"))
        {
            example.files.push((file.to_owned(), block));
        } else {
            panic!("{name}: {lead:?} is neither a command nor its output");
        }
    }
    assert!(!found.is_empty(), "{name}: no command");
    found
}

fn printed(name: &str, block: &str) -> Value {
    // So the older examples say that a command prints nothing.
    if block.trim() == "None." {
        return Value::Null;
    }
    serde_json::from_str(block).unwrap_or_else(|error| panic!("{name}: {error}: {block}"))
}

/// The literal blocks, each with the last line of the paragraph before it.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut lead = "";
    let mut inside = false;
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']);
        if indented && lead.ends_with("::") {
            if !inside {
                found.push((lead, String::new()));
            }
            inside = true;
        } else if !line.is_empty() {
            (lead, inside) = (line, false);
        }
        if inside && let Some((_, block)) = found.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    found
}
