//! Git's configuration, as far as it concerns us.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use crate::git;

/// From how many bytes on a push goes directly, unless `packhouse.directUploadThreshold` says otherwise: what one request
/// through a gateway on AWS carries is a little more.
const THRESHOLD: u64 = 4 << 20;

/// From how many bytes on a push goes directly.
pub(crate) fn threshold() -> Result<u64> {
    let key = "packhouse.directUploadThreshold";
    let found = git::run(["config", "--type=int", "--get", key], Vec::new())?;
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        return Ok(THRESHOLD);
    };
    let text = String::from_utf8_lossy(&found);
    text.trim()
        .parse()
        .with_context(|| format!("{key} is no number of bytes"))
}

/// The settings `http.*` that hold for `url`, by their names in lower case.
pub(crate) fn http(url: &str) -> Result<BTreeMap<String, String>> {
    let found = git::run(["config", "--null", "--get-urlmatch", "http", url], Vec::new())?;
    Ok(parsed(&found.unwrap_or_default()))
}

/// Reads `name LF value NUL`; a name alone is set to true.
fn parsed(settings: &[u8]) -> BTreeMap<String, String> {
    let settings = settings.split(|byte| *byte == 0).filter(|setting| !setting.is_empty());
    let pair = |setting: &[u8]| {
        let setting = String::from_utf8_lossy(setting).into_owned();
        let (name, value) = setting.split_once('\n').unwrap_or((&setting, "true"));
        (name.trim_start_matches("http.").to_ascii_lowercase(), value.to_owned())
    };
    settings.map(pair).collect()
}

/// Whether a setting is off, in any of the ways in which git writes that.
pub(crate) fn is_off(value: Option<&String>) -> bool {
    value.is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0" | ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_git_lists_them() {
        let found = parsed(b"http.sslverify\nfalse\0http.proxy\n\0http.sslTry\0http.extraheader\nA: b\nc\0");
        let expected = [
            ("extraheader", "A: b\nc"),
            ("proxy", ""),
            ("sslverify", "false"),
            ("ssltry", "true"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, BTreeMap::from(expected));
        assert!(is_off(found.get("sslverify")) && is_off(found.get("proxy")));
        assert!(!is_off(found.get("ssltry")) && !is_off(found.get("absent")));
        assert!(parsed(b"").is_empty());
    }
}
