//! The rules for `.gitmodules`: what in it could make a client run or overwrite something.

use super::config::{Malformed, Reader};
use super::submodule_url;
use super::{Fault, Policy, Rule};

pub(super) fn check(policy: Policy, file: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader::new(file);
    let mut is_submodule = false;
    loop {
        let setting = match reader.next() {
            Ok(Some(setting)) => setting,
            Ok(None) => return Ok(()),
            // Git stops here too, having heeded what came before.
            Err(Malformed) => return policy.refuse(Rule::GitmodulesParse),
        };
        if setting.is_first {
            let name = setting.section.strip_prefix(b"submodule.");
            is_submodule = name.is_some();
            if let Some(name) = name.filter(|name| !is_good_name(name)) {
                policy.refuse_text(Rule::GitmodulesName, name)?;
            }
        }
        let Some(value) = setting.value.filter(|_| is_submodule) else {
            continue;
        };
        // Git reads values as C strings.
        let value = value.split(|&byte| byte == 0).next().unwrap_or_default();
        let broken = match setting.key {
            b"url" => (!submodule_url::is_good(value)).then_some(Rule::GitmodulesUrl),
            b"path" => value.starts_with(b"-").then_some(Rule::GitmodulesPath),
            b"update" => value.starts_with(b"!").then_some(Rule::GitmodulesUpdate),
            _ => None,
        };
        if let Some(rule) = broken {
            policy.refuse_text(rule, value)?;
        }
    }
}

/// The name becomes a directory under `.git/modules`.
fn is_good_name(name: &[u8]) -> bool {
    !name.is_empty()
        && !name.contains(&0)
        && !name
            .split(|&byte| matches!(byte, b'/' | b'\\'))
            .any(|part| part == b"..")
}
