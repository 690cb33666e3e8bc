//! How often what was asked.

use std::{collections::BTreeMap, fmt};

/// The calls of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Calls {
    /// How many.
    pub count: u64,
    /// To how many of them a rule did something.
    pub faults: u64,
    /// Bytes of the requests' bodies.
    pub bytes_in: u64,
    /// Bytes of the answers' bodies, as far as they were passed on.
    pub bytes_out: u64,
    /// DynamoDB's read units, computed from what was answered: 4 KB each, half as many where reads may be stale, twice in
    /// transactions.
    pub read_units: f64,
    /// DynamoDB's write units, computed from what was sent: 1 KB each, twice in transactions. A deletion or a condition counts as
    /// one kilobyte, as its request does not tell the item's size.
    pub write_units: f64,
}

/// The calls by operation, under the names that AWS gives the operations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally(BTreeMap<String, Calls>);

impl Tally {
    /// How often an operation was called.
    pub fn count(&self, operation: &str) -> u64 {
        self.calls(operation).count
    }

    /// The calls of an operation.
    pub fn calls(&self, operation: &str) -> Calls {
        self.0.get(operation).copied().unwrap_or_default()
    }

    /// All operations that were called, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Calls)> {
        self.0.iter().map(|(operation, calls)| (operation.as_str(), calls))
    }

    /// How many calls there were in all.
    pub fn total(&self) -> u64 {
        self.0.values().map(|calls| calls.count).sum()
    }

    pub(super) fn entry(&mut self, operation: &str) -> &mut Calls {
        self.0.entry(operation.to_owned()).or_default()
    }
}

/// One line an operation: its name and its count.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (operation, calls) in &self.0 {
            writeln!(f, "{operation} {}", calls.count)?;
        }
        Ok(())
    }
}
