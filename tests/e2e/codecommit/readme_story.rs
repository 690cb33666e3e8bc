//! The pull request of the README: what it shows is what comes out.

use packhouse_harness::{Aws, Server};

/// Where the transcript starts in the README.
const HEADING: &str = "## A pull request, from the command line";
/// Between the outputs of two commands.
const NEXT: &str = "=== the next command ===";

/// The commands of the transcript with what they print.
fn transcript() -> Vec<(String, String)> {
    let readme = include_str!("../../../README.md");
    let section = readme.split_once(HEADING).expect("the README has the story").1;
    let block = section.split("```").nth(1).expect("the story has a transcript");
    let commands = block.split("\n$ ").skip(1);
    commands
        .map(|command| {
            let mut lines = command.lines();
            let mut typed = Vec::new();
            for line in lines.by_ref() {
                typed.push(line);
                let quotes = typed.iter().map(|line| line.matches('\'').count()).sum::<usize>();
                if !line.ends_with('\\') && quotes.is_multiple_of(2) {
                    break;
                }
            }
            (typed.join("\n"), lines.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

#[test]
fn a_pull_request_goes_from_its_creation_to_its_merge() {
    let transcript = transcript();
    assert!(transcript.len() > 10, "{transcript:?}");
    let commands = transcript.iter().map(|(typed, _)| format!("{typed}\necho '{NEXT}'\n"));
    let script: String = commands.collect();
    let server = Server::start_embedded(&[]);
    let printed = Aws::of(&server).shell(&script);
    let printed: Vec<&str> = printed.split(NEXT).collect();
    for ((typed, expected), printed) in transcript.iter().zip(&printed) {
        assert_eq!(printed.trim(), expected.trim(), "{typed}");
    }
}
