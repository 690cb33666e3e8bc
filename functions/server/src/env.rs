//! `packhouse env`: what stock tools need, as shell exports.

use std::io::Write as _;

use anyhow::Result;
use serde_json::Value;

use crate::options::DataOption;
use crate::store::folder::{self, Administrator};

/// Prints one `export NAME='value'` a line.
pub(crate) fn run(options: &DataOption) -> Result<()> {
    let (server, administrator) = folder::read_server(&options.data)?;
    let exports = Exports {
        administrator: &administrator,
        region: &server.region,
        url: Some(&server.url),
    };
    exports.print()
}

/// What stock tools need to know.
pub(crate) struct Exports<'a> {
    pub(crate) administrator: &'a Administrator,
    pub(crate) region: &'a str,
    pub(crate) url: Option<&'a str>,
}

impl Exports<'_> {
    fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let named = [
            ("AWS_ACCESS_KEY_ID", Some(self.administrator.access_key_id.as_str())),
            ("AWS_SECRET_ACCESS_KEY", Some(&self.administrator.secret_access_key)),
            ("AWS_DEFAULT_REGION", Some(self.region)),
            ("AWS_ENDPOINT_URL", self.url),
            ("PACKHOUSE_URL", self.url),
            ("PACKHOUSE_GIT_USERNAME", Some(&self.administrator.git_username)),
            ("PACKHOUSE_GIT_PASSWORD", Some(&self.administrator.git_password)),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// Prints one `export NAME='value'` a line.
    pub(crate) fn print(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        for (name, value) in self.all() {
            writeln!(out, "export {name}={}", quoted(value))?;
        }
        Ok(out.flush()?)
    }

    /// Prints one object with the same names.
    pub(crate) fn print_json(&self) -> Result<()> {
        let object: Value = self.all().collect();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string_pretty(&object)?)?;
        Ok(out.flush()?)
    }
}

/// Quotes a value so that a POSIX shell takes it as it is.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_quoted_values_as_they_are() {
        for value in ["", "plain", "a b", "it's", "$(x)`y`\"\\", "line\nbreak"] {
            let printed = std::process::Command::new("sh")
                .arg("-c")
                .arg(format!("printf %s {}", quoted(value)))
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(printed.stdout).unwrap(), value);
        }
    }
}
