//! `packhouse env`: what stock tools need, as shell exports.

use std::io::Write as _;

use anyhow::Result;

use crate::data;
use crate::options::DataOption;

/// Prints one `export NAME='value'` a line.
pub(crate) fn run(options: &DataOption) -> Result<()> {
    let (server, administrator) = data::read_server(&options.data)?;
    let exports = [
        ("AWS_ACCESS_KEY_ID", &administrator.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &administrator.secret_access_key),
        ("AWS_DEFAULT_REGION", &server.region),
        ("AWS_ENDPOINT_URL", &server.url),
        ("PACKHOUSE_URL", &server.url),
        ("PACKHOUSE_GIT_USERNAME", &administrator.git_username),
        ("PACKHOUSE_GIT_PASSWORD", &administrator.git_password),
    ];
    let mut out = std::io::stdout().lock();
    for (name, value) in exports {
        writeln!(out, "export {name}={}", quoted(value))?;
    }
    Ok(())
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
