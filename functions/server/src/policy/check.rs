//! `packhouse policy check`.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use packhouse_forge::policy::{Document, Kind};

use crate::options::CheckOptions;

/// Reads a document, or says what is wrong with it.
pub(crate) fn run(options: &CheckOptions) -> Result<()> {
    let told = check(options)?;
    writeln!(std::io::stdout().lock(), "{told}")?;
    Ok(())
}

fn check(options: &CheckOptions) -> Result<String> {
    let kind = if options.trust { Kind::Trust } else { Kind::Identity };
    let name = options.file.display();
    let text = read(&options.file).with_context(|| format!("cannot read {name}"))?;
    Document::parse(&text, kind).with_context(|| format!("{name} is no policy"))?;
    Ok(format!("{name}: {}", told(Document::characters(&text), kind)))
}

fn read(path: &Path) -> Result<String> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(path)?)
    };
    let most = Document::MAXIMUM_BYTES;
    let mut text = String::new();
    input.take(u64::try_from(most)? + 1).read_to_string(&mut text)?;
    ensure!(text.len() <= most, "it is longer than {most} bytes");
    Ok(text)
}

/// How long a document is, and where it fits.
fn told(characters: usize, kind: Kind) -> String {
    let limits: &[(&str, usize)] = match kind {
        Kind::Identity => &[
            ("a user's inline policies", Document::MAXIMUM_USER),
            ("a group's inline policies", Document::MAXIMUM_GROUP),
            ("a managed policy", Document::MAXIMUM_MANAGED),
            ("a role's inline policies", Document::MAXIMUM_ROLE),
        ],
        Kind::Trust => &[("a trust policy", Document::MAXIMUM_TRUST)],
    };
    let too_long = limits.iter().filter(|(_, most)| characters > *most);
    let too_long: Vec<String> = too_long.map(|(what, most)| format!("{what} ({most})")).collect();
    let told = format!("a valid policy of {characters} characters without white space");
    if too_long.is_empty() {
        told
    } else {
        format!("{told}, too long for {}", too_long.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_is_too_long_for_is_told() {
        let rows = [
            (
                2048,
                Kind::Identity,
                "a valid policy of 2048 characters without white space",
            ),
            (
                6000,
                Kind::Identity,
                "a valid policy of 6000 characters without white space, too long for a user's inline policies (2048), a \
                 group's inline policies (5120)",
            ),
            (
                4097,
                Kind::Trust,
                "a valid policy of 4097 characters without white space, too long for a trust policy (4096)",
            ),
        ];
        for (characters, kind, expect) in rows {
            assert_eq!(told(characters, kind), expect);
        }
    }

    #[test]
    fn files_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policy.json");
        let checked = |text: &str, trust| {
            std::fs::write(&file, text).unwrap();
            let options = CheckOptions {
                file: file.clone(),
                trust,
            };
            check(&options).map_err(|error| format!("{error:#}"))
        };
        let good = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"codecommit:*","Resource":"*"}}"#;
        let told = checked(good, false).unwrap();
        assert!(
            told.ends_with("policy.json: a valid policy of 94 characters without white space"),
            "{told}"
        );
        for (text, trust) in [
            (good, true),
            ("{", false),
            ("", false),
            (" ".repeat(20_481).as_str(), false),
        ] {
            let told = checked(text, trust).unwrap_err();
            assert!(told.contains("policy.json"), "{told}");
        }
    }
}
