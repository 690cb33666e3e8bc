//! Numbers of pull requests.

use std::fmt;

use packhouse_storage::keys;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Write};

use crate::error::Result;
use crate::forge::Forge;
use crate::refusal::Refusal;

/// The most digits that a number has: all numbers of them fit.
const MAX_DIGITS: usize = 19;

/// Names a pull request among all of an installation: a number from 1, in decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullRequestId(u64);

impl PullRequestId {
    /// Takes an id as clients write it.
    ///
    /// # Errors
    /// [`Refusal::InvalidPullRequestId`].
    pub fn new(text: &str) -> Result<Self> {
        let digits = (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits && !text.starts_with('0'));
        Ok(Self(number.ok_or(Refusal::InvalidPullRequestId)?))
    }

    /// The number that was stored.
    pub(super) const fn stored(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PullRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A number that nobody has. One that is not used is never given out again.
///
/// # Errors
/// The store's.
pub(super) async fn take(forge: &Forge) -> Result<PullRequestId> {
    let installation = forge.installation();
    let key = keys::pull_request_counter(installation.account.as_str(), installation.region.as_str());
    let mut commit = Commit::new(forge.store().table(), std::slice::from_ref(&key));
    loop {
        let taken = commit.read().await?.into_iter().flatten().next();
        let taken = taken.map_or(0, |item| item.version);
        let expect = if taken == 0 {
            Expect::Absent
        } else {
            Expect::Version(taken)
        };
        if commit.write(vec![Write::put(key.clone(), expect, "{}")]).await? {
            return Ok(PullRequestId(taken + 1));
        }
    }
}
