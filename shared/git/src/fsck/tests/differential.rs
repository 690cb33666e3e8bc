//! Real `git fsck --strict` judges the same objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::corpus::{self, Case, FORMATS, tree};
use super::random::{self, Random};
use super::verdict;
use crate::fsck::{Policy, Rule};
use crate::hash::{ObjectFormat, ObjectId, object_id};
use crate::object::Kind;

/// Our verdicts that git's may contradict, each for a reason given in the documentation of [`crate::fsck`].
fn is_deliberate(rule: Rule, data: &[u8]) -> bool {
    match rule {
        // Modes of no known type, or too long.
        Rule::BadTree => {
            let odd: [&[u8]; 6] = [b"0 a", b"644 a", b"10000 a", b"60000 a", b"1100644 a", b"777777"];
            odd.iter().any(|odd| data.starts_with(odd))
        }
        // `badTree` in git.
        Rule::EmptyName => true,
        Rule::BadTreeSha1 | Rule::BadParentSha1 | Rule::BadObjectSha1 => data.iter().any(u8::is_ascii_uppercase),
        Rule::GitmodulesName => data.contains(&0),
        Rule::GitmodulesUrl => data.windows(2).any(|bytes| bytes == b".."),
        _ => false,
    }
}

pub(super) fn git(repository: &Path, arguments: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "core.fsync=none"])
        .arg("--git-dir")
        .arg(repository)
        .args(arguments)
        .env("HOME", repository)
        .env("GIT_CONFIG_GLOBAL", repository.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .output()
        .expect("git runs")
}

/// Writes the objects, of which git must not look at the content, and checks that git gives them the ids that we do.
fn write(repository: &Path, format: ObjectFormat, kind: Kind, objects: &[&[u8]]) {
    let listed = repository.join(kind.name());
    let mut arguments: Vec<String> = ["hash-object", "-w", "--literally", "--no-filters", "-t", kind.name()]
        .map(Into::into)
        .into();
    fs::create_dir(&listed).unwrap();
    for (number, data) in objects.iter().enumerate() {
        let file = listed.join(number.to_string());
        fs::write(&file, data).unwrap();
        arguments.push(file.to_str().unwrap().into());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = git(repository, &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let written: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(Into::into)
        .collect();
    let ours: Vec<String> = objects
        .iter()
        .map(|data| object_id(format, kind, data).unwrap().to_string())
        .collect();
    assert_eq!(written, ours);
}

/// What git says: the message ids of each object, and the objects that it cannot parse at all.
struct Verdicts {
    messages: BTreeMap<String, BTreeSet<String>>,
    unparsed: BTreeSet<String>,
}

fn fsck(repository: &Path) -> Verdicts {
    // As index-pack does on servers that check: warnings count as errors.
    let output = git(repository, &["fsck", "--strict", "--no-dangling", "--no-progress"]);
    let mut verdicts = Verdicts {
        messages: BTreeMap::new(),
        unparsed: BTreeSet::new(),
    };
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let parts: Vec<&str> = line.split(": ").collect();
        match parts[..] {
            // What is missing is of no interest here.
            [_, "broken links"] => {}
            [object, message, _, ..] if object.starts_with("error in") => {
                let id = object.rsplit(' ').next().unwrap();
                verdicts.messages.entry(id.into()).or_default().insert(message.into());
            }
            [
                "error",
                id,
                "object corrupt or missing" | "object could not be parsed",
                ..,
            ] => {
                verdicts.unparsed.insert(id.into());
            }
            _ => {}
        }
    }
    verdicts
}

#[test]
fn verdicts_are_those_of_git_fsck_but_for_the_listed_differences() {
    for format in FORMATS {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let mut cases = corpus::rows(format);
        for _ in 0..250 {
            cases.push(random::random_tree(&mut random, format));
            cases.push(random::headers(&mut random, format));
            cases.push(random::gitmodules(&mut random));
        }
        compare(format, &cases);
    }
}

fn compare(format: ObjectFormat, cases: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("r.git");
    let name = if format == ObjectFormat::Sha1 { "sha1" } else { "sha256" };
    let init = ["init", "--bare", "--quiet", "--object-format", name];
    assert!(git(&repository, &init).status.success());
    let id_of = |case: &Case| -> ObjectId { object_id(format, case.kind, &case.data).unwrap() };
    let naming: Vec<Vec<u8>> = cases
        .iter()
        .filter_map(|case| Some(tree(format, &[("100644", case.named?, id_of(case).as_bytes())])))
        .collect();
    for kind in [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag] {
        let mut objects: Vec<&[u8]> = cases
            .iter()
            .filter(|case| case.kind == kind)
            .map(|case| &case.data[..])
            .collect();
        if kind == Kind::Tree {
            objects.extend(naming.iter().map(|data| &data[..]));
        }
        write(&repository, format, kind, &objects);
    }
    let theirs = fsck(&repository);
    let none = BTreeSet::new();
    let mut refused = 0;
    let mut differences = Vec::new();
    for case in cases {
        let id = id_of(case).to_string();
        let messages = theirs.messages.get(&id).unwrap_or(&none);
        let is_refused = !messages.is_empty() || theirs.unparsed.contains(&id);
        refused += usize::from(is_refused);
        let agrees = match verdict(format, Policy::strict(), case) {
            Ok(()) => !is_refused,
            // That the blob is missing is a message about the blob.
            Err(rule @ (Rule::GitmodulesMissing | Rule::GitattributesMissing)) => theirs
                .messages
                .values()
                .any(|messages| messages.contains(rule.as_str())),
            // Git sees the bad end of a tree before the rest.
            Err(rule) if messages.contains(rule.as_str()) || messages.contains("badTree") => true,
            Err(rule) => theirs.unparsed.contains(&id) || is_deliberate(rule, &case.data),
        };
        if !agrees {
            let ours = verdict(format, Policy::strict(), case);
            differences.push(format!("{id}: git says {messages:?}, we {ours:?}: {case}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(
        refused > 150 && cases.len() - refused > 150,
        "a lopsided sample: {refused} of {} refused",
        cases.len()
    );
}
