//! What `packhouse env` hands out.

use std::{collections::BTreeMap, path::Path, process::Command};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The variables that make stock tools work against one server.
#[derive(Debug, Clone)]
pub struct Credentials(BTreeMap<String, String>);

impl Credentials {
    /// Runs `packhouse env --data <data>` and lets a real shell evaluate what it printed.
    pub fn of(packhouse: &Path, data: &Path) -> Self {
        let printed = Command::new(packhouse)
            .args(["env", "--data"])
            .arg(data)
            .env_clear()
            .output();
        let printed = printed.expect("packhouse runs");
        assert!(
            printed.status.success(),
            "packhouse env: {}",
            String::from_utf8_lossy(&printed.stderr)
        );
        let script = String::from_utf8(printed.stdout).expect("exports are UTF-8");
        let evaluated = Command::new("/bin/sh")
            .args(["-euc", &format!("{script}\n/usr/bin/env -0")])
            .env_clear()
            .output();
        let evaluated = evaluated.expect("sh runs");
        assert!(evaluated.status.success(), "sh cannot evaluate: {script}");
        let pairs = String::from_utf8(evaluated.stdout).expect("values are UTF-8");
        let pairs = pairs.split('\0').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Credentials that are known already.
    pub(crate) const fn given(pairs: BTreeMap<String, String>) -> Self {
        Self(pairs)
    }

    /// Credentials of a server that has no AWS side, such as the reference host.
    pub(crate) fn git_only(url: &str, user: &str, password: &str) -> Self {
        let pairs = [
            ("PACKHOUSE_URL", url),
            ("PACKHOUSE_GIT_USERNAME", user),
            ("PACKHOUSE_GIT_PASSWORD", password),
        ];
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    /// One variable; fails the test when it is not handed out.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("`packhouse env` prints no {name}"))
    }

    /// All variables that stock tools read or that the documents name.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let ours = |name: &str| name.starts_with("AWS_") || name.starts_with("PACKHOUSE_");
        self.0
            .iter()
            .filter(move |(name, _)| ours(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a header `Authorization` with the Git credentials.
    pub fn basic(&self) -> String {
        basic(self.get("PACKHOUSE_GIT_USERNAME"), self.get("PACKHOUSE_GIT_PASSWORD"))
    }
}

/// The value of a header `Authorization` for HTTP Basic.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}
