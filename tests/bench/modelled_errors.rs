//! Counts which exceptions of the service model the tests provoked: `cargo bench -p packhouse-tests --bench modelled_errors -- DIR`.
//!
//! DIR is a folder that `PACKHOUSE_REFUSALS` named, by its full path, while tests ran. The model is that of the pinned botocore.
//! Those of encryption keys are told apart: they need keys that fail, which the embedded store has not.
#![expect(clippy::print_stdout, reason = "a command that prints a report")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use packhouse_harness::python;

/// Prints the exceptions of every operation.
const MODEL: &str = r#"
import json
from botocore.session import Session
model = Session().get_service_model("codecommit")
operations = [model.operation_model(name) for name in model.operation_names]
print(json.dumps({one.name: [shape.name for shape in one.error_shapes] for one in operations}))
"#;

/// What becomes of encryption keys, of any operation that reads or writes what lies under one.
const OF_KEYS: [&str; 5] = [
    "EncryptionIntegrityChecksFailedException",
    "EncryptionKeyAccessDeniedException",
    "EncryptionKeyDisabledException",
    "EncryptionKeyNotFoundException",
    "EncryptionKeyUnavailableException",
];

/// Exceptions by operation.
type Exceptions = BTreeMap<String, BTreeSet<String>>;

fn main() -> Result<()> {
    let Some(folder) = std::env::args().skip(1).find(|one| !one.starts_with("--")) else {
        bail!("the folder is missing that PACKHOUSE_REFUSALS named while the tests ran");
    };
    let (model, provoked) = (model()?, provoked(&PathBuf::from(folder))?);
    let nothing = BTreeSet::new();
    let (mut sums, mut missing) = ([[0; 2]; 2], Vec::new());
    println!("| operation | provoked | modelled | of keys | modelled |\n|---|---:|---:|---:|---:|");
    for (operation, modelled) in &model {
        let seen = provoked.get(operation).unwrap_or(&nothing);
        let mut row = [[0; 2]; 2];
        for exception in modelled {
            let kind = usize::from(OF_KEYS.contains(&exception.as_str()));
            row[kind][1] += 1;
            if seen.contains(exception) {
                row[kind][0] += 1;
            } else if kind == 0 {
                missing.push(format!("{operation} {exception}"));
            }
        }
        let [[some, all], [keys, all_keys]] = row;
        println!("| {operation} | {some} | {all} | {keys} | {all_keys} |");
        for (sum, count) in sums.as_flattened_mut().iter_mut().zip(row.as_flattened()) {
            *sum += count;
        }
    }
    let [[some, all], [keys, all_keys]] = sums;
    println!("| **all** | **{some}** | **{all}** | **{keys}** | **{all_keys}** |");
    println!("\nProvoked {some} of {all} modelled pairs of operation and exception, and {keys} of {all_keys} of keys.");
    println!("\nNever provoked, those of keys left out:\n");
    for pair in missing {
        println!("{pair}");
    }
    Ok(())
}

fn model() -> Result<Exceptions> {
    let asked = Command::new(python::program("python")).args(["-c", MODEL]).output()?;
    ensure!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let model: serde_json::Value = serde_json::from_slice(&asked.stdout)?;
    let model = model.as_object().context("no object")?.iter();
    let named = model.map(|(operation, exceptions)| {
        let names = exceptions.as_array().into_iter().flatten();
        let names = names.filter_map(|name| Some(name.as_str()?.to_owned()));
        (operation.clone(), names.collect())
    });
    Ok(named.collect())
}

/// What the clients noted.
fn provoked(folder: &Path) -> Result<Exceptions> {
    let mut provoked = Exceptions::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        for line in fs::read_to_string(entry?.path())?.lines() {
            let (operation, exception) = line.split_once(' ').context("a line without an exception")?;
            let seen = provoked.entry(operation.to_owned()).or_default();
            seen.insert(exception.to_owned());
        }
    }
    Ok(provoked)
}
